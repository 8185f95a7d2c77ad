/* The model of Kafka: acknowledgements, gaps in offsets, and a group that moves its partitions. */
#include "sim/model/kafka.h"
#include "tests/support/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define USER 1u

static struct rcp_sim *sim;

static int begin(void **state)
{
    (void)state;
    sim = servers_begin(8);
    rcp_kafka_rebalance(sim);
    servers_pass(100);
    return 0;
}

static int end(void **state)
{
    (void)state;
    servers_end();
    return 0;
}

static struct rcp_topic_partition *partition(void)
{
    return &sim->world->partitions[0];
}

static const struct rcp_topic_record *records(void)
{
    return rcp_world_records(sim->world, 0);
}

/* What each fate of a send says, and what is on the topic then and at last. */
static void sends_end_as_they_must(void **state)
{
    (void)state;
    static const struct {
        enum rcp_fault fate;
        enum rcp_outcome outcome;
        uint32_t written;
        uint32_t at_last;
    } rows[] = {
        {RCP_FAULT_NONE, RCP_OUTCOME_DONE, 1, 1},
        {RCP_FAULT_KAFKA_SEND_REFUSED, RCP_OUTCOME_REFUSED, 0, 0},
        {RCP_FAULT_KAFKA_RECORD_LOST, RCP_OUTCOME_UNKNOWN, 0, 0},
        {RCP_FAULT_KAFKA_ACK_LOST, RCP_OUTCOME_UNKNOWN, 1, 1},
        {RCP_FAULT_KAFKA_LATE_RECORD, RCP_OUTCOME_UNKNOWN, 0, 1},
        {RCP_FAULT_KAFKA_DUPLICATED, RCP_OUTCOME_DONE, 2, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        end(NULL);
        begin(NULL);
        uint64_t op_id = servers_send(USER, rows[i].fate);
        for (uint32_t ms = 0; ms <= RCP_KAFKA_TIMEOUT_MS && servers_answer(op_id) == NULL; ms++)
            servers_pass(1);
        assert_non_null(servers_answer(op_id));
        assert_int_equal(servers_answer(op_id)->outcome, rows[i].outcome);
        assert_int_equal(partition()->count, rows[i].written);
        servers_pass(100000);
        assert_int_equal(partition()->count, rows[i].at_last);
        assert_int_equal(sim->result->fired[rows[i].fate], rows[i].fate != RCP_FAULT_NONE);
    }
}

/* Offsets grow and may leave holes; a duplicate is another record of the same send. */
static void offsets_grow_and_have_gaps(void **state)
{
    (void)state;
    static const enum rcp_fault fates[] = {RCP_FAULT_NONE,
                                           RCP_FAULT_KAFKA_OFFSET_GAP,
                                           RCP_FAULT_KAFKA_DUPLICATED,
                                           RCP_FAULT_KAFKA_OFFSET_GAP};
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        servers_send(USER, fates[i]);
        servers_pass(100);
    }
    assert_int_equal(partition()->count, 5);
    for (uint32_t i = 1; i < 5; i++) {
        uint64_t step = records()[i].offset - records()[i - 1].offset;
        assert_int_equal(step > 1, i == 1 || i == 4);
    }
    assert_int_equal(records()[2].sent_seq, records()[3].sent_seq);
    assert_int_equal(records()[1].sent_seq + 1u, records()[2].sent_seq);
}

static void commit(uint32_t assignment, uint64_t next, enum rcp_fault fate)
{
    servers_commit_offset(0, assignment, next, fate);
    servers_pass(100);
}

/* A rebalance fences the commits of those who had the partition before. */
static void a_rebalance_fences_old_commits(void **state)
{
    (void)state;
    servers_send(USER, RCP_FAULT_NONE);
    servers_pass(100);
    uint32_t old = partition()->assignment;
    rcp_kafka_rebalance(sim);
    assert_true(partition()->assignment > old);
    commit(old, 1, RCP_FAULT_NONE);
    assert_int_equal(servers_offset_answer()->outcome, RCP_OUTCOME_REFUSED);
    assert_int_equal(partition()->committed, 0);
    commit(partition()->assignment, 1, RCP_FAULT_NONE);
    assert_int_equal(servers_offset_answer()->outcome, RCP_OUTCOME_DONE);
    assert_int_equal(partition()->committed, 1);
}

/* A new owner begins behind what is committed: what is not, comes again. */
static void what_is_not_committed_comes_again(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++)
        servers_send(USER, RCP_FAULT_NONE);
    servers_pass(100);
    commit(partition()->assignment, 1, RCP_FAULT_NONE);
    partition()->at = 3;
    rcp_kafka_rebalance(sim);
    assert_int_equal(partition()->at, 1);
    assert_int_equal(records()[partition()->at].offset, 1);
}

/* A lost commit did not happen, one without an answer did; committed never goes back. */
static void offset_commits_end_as_they_must(void **state)
{
    (void)state;
    servers_send(USER, RCP_FAULT_NONE);
    servers_send(USER, RCP_FAULT_NONE);
    servers_pass(100);
    uint32_t assignment = partition()->assignment;
    commit(assignment, 1, RCP_FAULT_KAFKA_OFFSET_LOST);
    assert_int_equal(servers_offset_answer()->outcome, RCP_OUTCOME_REFUSED);
    assert_int_equal(partition()->committed, 0);
    commit(assignment, 2, RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST);
    assert_int_equal(servers_offset_answer()->outcome, RCP_OUTCOME_UNKNOWN);
    assert_int_equal(partition()->committed, 2);
    commit(assignment, 1, RCP_FAULT_NONE);
    assert_int_equal(partition()->committed, 2);
}

/* Every partition has one owner that lives; nobody where nobody does. */
static void partitions_belong_to_the_living(void **state)
{
    (void)state;
    sim->world->nodes[0].alive = 0;
    rcp_kafka_rebalance(sim);
    assert_int_equal(partition()->owner, 1);
    sim->world->nodes[1].stopping = 1;
    rcp_kafka_rebalance(sim);
    assert_int_equal(partition()->owner, RCP_NOBODY);
}

/* What only the dead process's library had is gone; what had left for the broker is not. */
static void the_unsent_die_with_their_process(void **state)
{
    (void)state;
    servers_send(USER, RCP_FAULT_NONE);
    servers_send(USER, RCP_FAULT_CRASH_ISSUED);
    sim->world->nodes[0].alive = 0;
    servers_pass(100);
    assert_int_equal(partition()->count, 1);
}

/* Retention cuts what is old, committed or not. */
static void retention_cuts_what_is_old(void **state)
{
    (void)state;
    servers_send(USER, RCP_FAULT_NONE);
    servers_pass(5000);
    servers_send(USER, RCP_FAULT_NONE);
    servers_pass(100);
    rcp_kafka_cut(sim, 1000);
    assert_int_equal(partition()->first, 1);
    assert_int_equal(partition()->committed, 1);
    assert_int_equal(sim->world->backlog.lag, 1);
}

int main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(sends_end_as_they_must),
        TEST(offsets_grow_and_have_gaps),
        TEST(a_rebalance_fences_old_commits),
        TEST(what_is_not_committed_comes_again),
        TEST(offset_commits_end_as_they_must),
        TEST(partitions_belong_to_the_living),
        TEST(the_unsent_die_with_their_process),
        TEST(retention_cuts_what_is_old),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
