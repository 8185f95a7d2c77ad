/* What Redis answers, and what that means: a refusal is only what surely did nothing. */
#include "prod/redis/redis_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_redis_answer text(enum rcp_redis_answer_kind kind, const char *words)
{
    return (struct rcp_redis_answer){kind, 0, words, strlen(words)};
}

/* Errors: one row per code that Redis documents, then those that say nothing for sure. */
static void an_error_refuses_where_redis_surely_did_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *error;
        enum rcp_outcome of_a_write;
        bool trouble; /* the connection is of no use any more */
    } rows[] = {
        {"LOADING Redis is loading the dataset in memory", RCP_OUTCOME_REFUSED, true},
        {"READONLY You can't write against a read only replica.", RCP_OUTCOME_REFUSED, true},
        {"MASTERDOWN Link with MASTER is down", RCP_OUTCOME_REFUSED, true},
        {"NOAUTH Authentication required.", RCP_OUTCOME_REFUSED, true},
        {"WRONGPASS invalid username-password pair", RCP_OUTCOME_REFUSED, true},
        {"NOPERM this user has no permissions", RCP_OUTCOME_REFUSED, false},
        {"OOM command not allowed when used memory > 'maxmemory'.", RCP_OUTCOME_REFUSED, false},
        {"MISCONF Redis is configured to save RDB snapshots", RCP_OUTCOME_REFUSED, false},
        {"NOREPLICAS Not enough good replicas to write.", RCP_OUTCOME_REFUSED, false},
        {"BUSY Redis is busy running a script.", RCP_OUTCOME_REFUSED, false},
        {"CLUSTERDOWN The cluster is down", RCP_OUTCOME_REFUSED, false},
        {"TRYAGAIN Multiple keys request during rehashing", RCP_OUTCOME_REFUSED, false},
        {"MOVED 3999 127.0.0.1:6381", RCP_OUTCOME_REFUSED, false},
        {"ASK 3999 127.0.0.1:6381", RCP_OUTCOME_REFUSED, false},
        {"LOADING", RCP_OUTCOME_REFUSED, true},
        {"ERR upstream failure", RCP_OUTCOME_UNKNOWN, false},
        {"LOADINGS of trouble", RCP_OUTCOME_UNKNOWN, false},
        {"LOADIN", RCP_OUTCOME_UNKNOWN, false},
        {"", RCP_OUTCOME_UNKNOWN, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_redis_answer error = text(RCP_REDIS_ANSWER_ERROR, rows[i].error);
        for (unsigned verb = RCP_REDIS_GET; verb < RCP_REDIS_VERB_COUNT; verb++) {
            struct rcp_redis_done done = rcp_redis_answer_means((enum rcp_redis_verb)verb, &error);
            enum rcp_outcome wanted =
                verb == RCP_REDIS_GET ? RCP_OUTCOME_REFUSED : rows[i].of_a_write;
            if (done.outcome != wanted || done.found)
                fail_msg("verb %u, %s", verb, rows[i].error);
        }
        assert_int_equal(rcp_redis_answer_trouble(&error) != NULL, rows[i].trouble);
    }
}

/* A value: there and readable, there and not, not there. */
static void a_value_is_found_and_perhaps_readable(void **state)
{
    (void)state;
    const struct {
        struct rcp_redis_answer answer;
        bool found;
        bool readable;
    } rows[] = {
        {text(RCP_REDIS_ANSWER_TEXT,
              "{\"userId\":7,\"campaignActivityId\":3,\"productId\":11,"
              "\"campaignActivityType\":\"GIVEAWAY\",\"quantity\":2}"),
         true,
         true},
        {text(RCP_REDIS_ANSWER_TEXT, "{}"), true, false},
        {text(RCP_REDIS_ANSWER_TEXT, ""), true, false},
        {text(RCP_REDIS_ANSWER_ERROR, "WRONGTYPE Operation against a key"), true, false},
        {{.kind = RCP_REDIS_ANSWER_NOTHING}, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_redis_done done = rcp_redis_answer_means(RCP_REDIS_GET, &rows[i].answer);
        assert_int_equal(done.outcome, RCP_OUTCOME_DONE);
        assert_int_equal(done.found, rows[i].found);
        assert_int_equal(done.readable, rows[i].readable);
        assert_int_equal(done.payload.user_id, rows[i].readable ? 7 : 0);
    }
}

/* DEL and PEXPIRE count keys; nil or a text in their place is somebody else's answer. */
static void a_write_counts_keys(void **state)
{
    (void)state;
    const struct {
        struct rcp_redis_answer answer;
        enum rcp_outcome outcome;
        bool found;
    } rows[] = {
        {{.kind = RCP_REDIS_ANSWER_NUMBER, .number = 1}, RCP_OUTCOME_DONE, true},
        {{.kind = RCP_REDIS_ANSWER_NUMBER, .number = 0}, RCP_OUTCOME_DONE, false},
        {{.kind = RCP_REDIS_ANSWER_NOTHING}, RCP_OUTCOME_UNKNOWN, false},
        {text(RCP_REDIS_ANSWER_TEXT, "1"), RCP_OUTCOME_UNKNOWN, false},
        {{.kind = RCP_REDIS_ANSWER_OTHER}, RCP_OUTCOME_UNKNOWN, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (unsigned verb = RCP_REDIS_DEL; verb < RCP_REDIS_VERB_COUNT; verb++) {
            struct rcp_redis_done done =
                rcp_redis_answer_means((enum rcp_redis_verb)verb, &rows[i].answer);
            assert_int_equal(done.outcome, rows[i].outcome);
            assert_int_equal(done.found, rows[i].found);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_refuses_where_redis_surely_did_nothing),
        cmocka_unit_test(a_value_is_found_and_perhaps_readable),
        cmocka_unit_test(a_write_counts_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
