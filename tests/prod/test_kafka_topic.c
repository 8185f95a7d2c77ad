/* What a topic is held to: to the promises, whatever the configuration expects of it. One that expects little
 * does not make a topic safe. */
#include "prod/kafka/topic_adapter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define WEEK_MS 604800000

static const struct rcp_kafka_durability good = {
    .partitions = 4, .replicas = 3, .min_in_sync = 2, .retention_ms = WEEK_MS};

static void assert_weakness(const struct rcp_kafka_durability *found,
                            uint32_t replicas,
                            uint32_t min_in_sync,
                            const char *expected)
{
    const char *weakness = rcp_kafka_weakness(found, replicas, min_in_sync, WEEK_MS);
    assert_non_null(weakness);
    assert_string_equal(weakness, expected);
}

/* Three replicas, two in sync: nothing is weak, unless more was asked for. */
static void three_replicas_are_enough(void **state)
{
    (void)state;
    assert_null(rcp_kafka_weakness(&good, 3, 2, WEEK_MS));
    assert_null(rcp_kafka_weakness(&good, 1, 1, WEEK_MS));
    assert_weakness(&good, 5, 2, "it has fewer replicas than kafka.replicas");
    assert_weakness(&good, 3, 3, "its min.insync.replicas is below kafka.min_in_sync");
}

/* A topic that has as many copies as it was configured to have is weak all the same where those are too few, at
 * each start and not at its making alone. */
static void fewer_are_weak_though_configured(void **state)
{
    struct rcp_kafka_durability found = good;
    (void)state;
    found.min_in_sync = 1;
    assert_weakness(&found, 3, 1, "the topic's min.insync.replicas is below two");
    found.replicas = 2;
    assert_weakness(&found, 2, 1, "the topic has fewer than three replicas");
    found.replicas = 1;
    assert_weakness(&found, 1, 1, "the topic has fewer than three replicas");
    assert_null(rcp_kafka_few_copies(3, 2));
    assert_string_equal(rcp_kafka_few_copies(1, 1), "the topic has fewer than three replicas");
}

/* What is weaker than the copies is told before them. */
static void the_worst_is_told_first(void **state)
{
    struct rcp_kafka_durability found = good;
    (void)state;
    found.replicas = 1;
    found.compacted = true;
    assert_weakness(&found, 1, 1, "its cleanup.policy compacts: records would vanish");
    found.retention_ms = WEEK_MS - 1;
    found.compacted = false;
    assert_weakness(
        &found, 1, 1, "its retention.ms is below retention.backup: a rewind would miss records");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_replicas_are_enough),
        cmocka_unit_test(fewer_are_weak_though_configured),
        cmocka_unit_test(the_worst_is_told_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
