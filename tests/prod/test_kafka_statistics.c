/* librdkafka's statistics: who is connected, and how far behind the commits are. */
#include "prod/kafka/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool read_text(const char *json, struct rcp_kafka_statistics *statistics)
{
    return rcp_kafka_statistics_read(json, strlen(json), "retry", statistics);
}

/* One broker that is up is enough; none, or none that is, is not. */
static void one_broker_that_is_up_is_enough(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        bool reached;
    } rows[] = {
        {"{\"brokers\":{\"a\":{\"state\":\"DOWN\"},\"b\":{\"state\":\"UP\"}}}", true},
        {"{\"brokers\":{\"a\":{\"state\":\"DOWN\"},\"b\":{\"state\":\"TRY_CONNECT\"}}}", false},
        {"{\"brokers\":{\"a\":{\"state\":1}}}", false},
        {"{\"brokers\":{}}", false},
        {"{}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_kafka_statistics statistics;
        assert_true(read_text(rows[i].json, &statistics));
        assert_int_equal(statistics.reached, rows[i].reached);
    }
}

/* The end of the partition less what is committed; before the first commit, less where it begins. Another
 * topic's partitions, the library's own (-1), and what is beyond our limit do not count. */
static void the_lag_is_counted_from_the_commit(void **state)
{
    (void)state;
    static const char json[] =
        "{\"topics\":{\"other\":{\"partitions\":{\"0\":{\"partition\":0,\"ls_offset\":7}}},"
        "\"retry\":{\"partitions\":{"
        "\"-1\":{\"partition\":-1,\"ls_offset\":9,\"committed_offset\":0},"
        "\"0\":{\"partition\":0,\"lo_offset\":3,\"ls_offset\":10,\"committed_offset\":6},"
        "\"1\":{\"partition\":1,\"lo_offset\":3,\"ls_offset\":10,\"committed_offset\":-1001},"
        "\"2\":{\"partition\":2,\"lo_offset\":-1001,\"ls_offset\":-1001,\"committed_offset\":5},"
        "\"3\":{\"partition\":3,\"lo_offset\":-1001,\"ls_offset\":4,\"committed_offset\":-1001},"
        "\"4\":{\"partition\":4},"
        "\"16\":{\"partition\":16,\"ls_offset\":10,\"committed_offset\":0}}}}}";
    static const uint64_t wanted[RCP_PARTITIONS_MAX] = {4, 7, 0, 4};
    struct rcp_kafka_statistics statistics;
    assert_true(read_text(json, &statistics));
    assert_memory_equal(statistics.lag, wanted, sizeof wanted);
}

/* What is no object says nothing. */
static void what_is_no_object_says_nothing(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "[]", "{", "1", "null"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_kafka_statistics statistics = {.reached = true};
        assert_false(read_text(rows[i], &statistics));
        assert_false(statistics.reached);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_broker_that_is_up_is_enough),
        cmocka_unit_test(the_lag_is_counted_from_the_commit),
        cmocka_unit_test(what_is_no_object_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
