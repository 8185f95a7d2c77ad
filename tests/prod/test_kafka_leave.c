/* A consumer that leaves its group before the group has told it what it is to read. */
#include "prod/kafka/consumer_adapter.h"
#include "prod/kafka/kafka_adapter.h"
#include "prod/loop/clock.h"
#include "tests/prod/support/loop_double.h"

#include <fcntl.h>
#include <librdkafka/rdkafka_mock.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define TOPIC       "retries"
#define SYNC_GROUP  14    /* the protocol's number of the request that asks what is whose */
#define REFUSALS    1000u /* of it: more than there is time for */
#define PATIENCE_MS 30000u

/* The library's broker, which takes members and never tells them what is theirs. */
static rd_kafka_mock_cluster_t *open_broker(rd_kafka_t **owner)
{
    static const struct rcp_kafka_access access = {.brokers = "127.0.0.1:1", .client = "broker"};
    static const struct rcp_kafka_setting settings[] = {{NULL, NULL}};
    char wrong[RCP_KAFKA_WRONG_MAX] = "";
    *owner = rcp_kafka_client(RD_KAFKA_PRODUCER, &access, settings, 0, wrong);
    assert_non_null(*owner);
    rd_kafka_mock_cluster_t *broker = rd_kafka_mock_cluster_new(*owner, 1);
    rd_kafka_mock_topic_create(broker, TOPIC, 1, 1);
    rd_kafka_resp_err_t refusals[REFUSALS];
    for (uint32_t i = 0; i < REFUSALS; i++)
        refusals[i] = RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
    rd_kafka_mock_push_request_errors_array(broker, SYNC_GROUP, REFUSALS, refusals);
    return broker;
}

static bool is_member(struct rcp_consumer *consumer)
{
    char *member = rd_kafka_memberid(rcp_consumer_client(consumer));
    bool joined = member != NULL && member[0] != '\0';
    rd_kafka_mem_free(NULL, member);
    return joined;
}

/* It leaves in good order, and the process goes on: librdkafka before 2.3.0 would end it. */
static void one_that_was_told_nothing_may_leave(void **state)
{
    (void)state;
    rd_kafka_t *owner = NULL;
    rd_kafka_mock_cluster_t *broker = open_broker(&owner);
    const struct rcp_kafka_options options = {
        .access = {.brokers = rd_kafka_mock_cluster_bootstraps(broker), .client = "recoup-test"},
        .topic = TOPIC,
        .group = TOPIC,
        .partitions = 1,
        .session_timeout_ms = 6000,
    };
    struct rcp_kafka_counts counts = {0};
    char wrong[RCP_KAFKA_WRONG_MAX];
    int wake[2];
    assert_int_equal(pipe2(wake, O_NONBLOCK | O_CLOEXEC), 0);
    struct rcp_loop *loop = loop_double_open();
    struct rcp_consumer *consumer = rcp_consumer_open(loop, &options, &counts, wake[1], wrong);
    assert_non_null(consumer);
    uint64_t end_ms = rcp_mono_ms() + PATIENCE_MS;
    while (!is_member(consumer)) {
        assert_true(rcp_mono_ms() < end_ms);
        rcp_consumer_serve(consumer);
        usleep(10000);
    }
    assert_int_equal(loop_double_count(loop), 0);
    rcp_consumer_close(consumer, 5000);
    assert_null(rcp_consumer_client(consumer));
    rcp_loop_free(loop);
    rcp_consumer_free(consumer);
    rd_kafka_mock_cluster_destroy(broker);
    rd_kafka_destroy(owner);
    close(wake[0]);
    close(wake[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_was_told_nothing_may_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
