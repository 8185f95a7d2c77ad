/* The step: what one node asks for after each event, told as stories. */
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rcp_policy hardened_but(enum rcp_knob knob)
{
    struct rcp_policy policy = rcp_policy_hardened();
    rcp_policy_set(&policy, knob, false);
    return policy;
}

static void tell(const char *name,
                 struct rcp_limits limits,
                 struct rcp_policy policy,
                 const struct story_line *lines)
{
    struct story *story = story_begin(&limits, policy);
    story_tell_all(story, name, lines);
    story_end(story);
}

#define END        \
    {              \
        NULL, NULL \
    }

/* ---- The door ------------------------------------------------------------------------------- */

/* What needs nobody is answered at once: who is not logged in, whose token is not a token, whose token
 * is another's. A documented door looks at nothing but the login. */
static void the_door_answers_what_needs_nobody(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct rcp_request request;
        const char *hardened;
        const char *documented;
    } rows[] = {
        {"nobody is logged in",
         {.kind = RCP_REQUEST_PROCESS, .token = {1, 1, 1, RCP_TOKEN_SIGNED}},
         "reply 1 401 unknown",
         "reply 1 401 unknown"},
        {"not a token",
         {.user_id = 1, .kind = RCP_REQUEST_PROCESS, .token = {1, 1, 1, RCP_TOKEN_MALFORMED}},
         "reply 1 400 unknown",
         "GET 1"},
        {"a forged token",
         {.user_id = 1, .kind = RCP_REQUEST_PROCESS, .token = {1, 1, 1, RCP_TOKEN_FORGED}},
         "reply 1 400 unknown",
         "GET 1"},
        {"another's token",
         {.user_id = 2, .kind = RCP_REQUEST_PROCESS, .token = {1, 1, 1, RCP_TOKEN_SIGNED}},
         "reply 1 403 unknown",
         "GET 1"},
        {"another's status",
         {.user_id = 2, .kind = RCP_REQUEST_STATUS, .token = {1, 1, 1, RCP_TOKEN_SIGNED}},
         "reply 1 403 unknown",
         "reply 1 403 unknown"},
        {"a status with a forged token",
         {.user_id = 1, .kind = RCP_REQUEST_STATUS, .token = {1, 1, 1, RCP_TOKEN_FORGED}},
         "reply 1 400 unknown",
         "reply 1 400 unknown"},
        {"an operator needs no login here",
         {.kind = RCP_REQUEST_REJECT, .token = {1, 1, 1, RCP_TOKEN_SIGNED}},
         "reject 1",
         "reject 1"},
        {"the owner",
         {.user_id = 1, .kind = RCP_REQUEST_PROCESS, .token = {1, 1, 1, RCP_TOKEN_SIGNED}},
         "GET 1",
         "GET 1"},
    };
    const struct rcp_limits limits = story_limits();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (uint32_t hardened = 0; hardened < 2; hardened++) {
            struct story *story =
                story_begin(&limits, hardened ? rcp_policy_hardened() : rcp_policy_documented());
            struct rcp_event event = {.kind = RCP_EVENT_REQUEST, .request = rows[i].request};
            event.request.request_id = 1;
            const char *effects = story_step(story, &event);
            const char *expected = hardened ? rows[i].hardened : rows[i].documented;
            if (strcmp(effects, expected) != 0)
                fail_msg("%s: `%s`, not `%s`", rows[i].name, effects, expected);
            story_end(story);
        }
}

/* Full is an answer, and a slot that is free again takes the next. */
static void a_full_node_answers_503(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    limits.requests = 1;
    static const struct story_line lines[] = {
        {"request 1", "GET 1"},
        {"request 2", "reply 2 503 unknown"},
        {"status 2", "reply 3 503 unknown"},
        {"redis foreign", "reply 1 403 unknown"},
        {"request 2", "GET 2"},
        END,
    };
    tell("full", limits, rcp_policy_hardened(), lines);
}

/* A node that stops takes nothing new, and brings what it has to an end. */
static void a_stopping_node_answers_503(void **state)
{
    (void)state;
    const struct rcp_limits limits = story_limits();
    static const struct story_line lines[] = {
        {"request 1", "GET 1"},
        {"stop", ""},
        {"request 2", "reply 2 503 unknown"},
        {"redis found", "approve 1"},
        {"mysql approved", "reply 1 200 approved, DEL 1"},
        {"redis found", "mark 1"},
        END,
    };
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell_all(story, "stopping", lines);
    assert_false(rcp_node_idle(story_node(story)));
    story_tell(story, "mysql written");
    assert_true(rcp_node_idle(story_node(story)));
    assert_true(rcp_node_deadline(story_node(story)) == RCP_NEVER_MS);
    story_end(story);
}

/* ---- Stories of one request ----------------------------------------------------------------- */

struct story_row {
    const char *name;
    int knob; /* on its documented side; -1: none, COUNT: all */
    struct story_line lines[12];
};

static const struct story_row stories[] = {
    {"a payment",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql approved", "reply 1 200 approved, DEL 1"},
      {"redis found", "mark 1"},
      {"mysql written", ""},
      END}},
    {"a payment, documented",
     RCP_KNOB_COUNT,
     {{"request 1", "GET 1"},
      {"redis found", "approve! 1"},
      {"mysql approved", "DEL 1"},
      {"redis found", "finish 1 in 7"},
      {"mysql written", "reply 1 200 approved"},
      END}},
    {"documented: a failed DEL is taken for a failure of the database",
     RCP_KNOB_COUNT,
     {{"request 1", "GET 1"},
      {"redis found", "approve! 1"},
      {"mysql approved", "DEL 1"},
      {"redis refused", "finish 1 in 7"},
      {"mysql written", "log 1"},
      {"mysql logged", "reply 1 200 approved"},
      END}},
    {"what is left open for a DEL that will not come is rolled back",
     RCP_KNOB_TOKEN_DELETE,
     {{"request 1", "GET 1"},
      {"redis found", "approve! 1"},
      {"mysql rejected", "abandon in 7, reply 1 410 rejected"},
      END}},
    {"no connection: 202 behind a row and a held token",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql refused connection", "log 1"},
      {"mysql logged", "HOLD 1"},
      {"redis found", "reply 1 202 open"},
      END}},
    {"no connection, documented: 200",
     RCP_KNOB_COUNT,
     {{"request 1", "GET 1"},
      {"redis found", "approve! 1"},
      {"mysql refused connection", "log 1"},
      {"mysql logged", "reply 1 200 approved"},
      END}},
    {"a token that cannot be held is no 202",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql refused connection", "log 1"},
      {"mysql open", "HOLD 1"},
      {"redis unknown", "reply 1 503 unknown"},
      END}},
    {"no log either: a record straight to the topic",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql refused connection", "log 1"},
      {"mysql unknown", "direct 1"},
      {"sent done", "HOLD 1"},
      {"redis found", "reply 1 202 open"},
      END}},
    {"nothing durable: 503",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql refused connection", "log 1"},
      {"mysql refused connection", "direct 1"},
      {"sent refused", "reply 1 503 unknown"},
      END}},
    {"nothing durable, documented: 200 all the same",
     RCP_KNOB_COUNT,
     {{"request 1", "GET 1"},
      {"redis found", "approve! 1"},
      {"mysql refused connection", "log 1"},
      {"mysql refused connection", "reply 1 200 approved"},
      END}},
    {"an unknown COMMIT is killed, then read",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql unknown", "settle 1 kill 7"},
      {"mysql approved", "reply 1 200 approved, DEL 1"},
      {"redis missing", "mark 1"},
      {"mysql written", ""},
      END}},
    {"an unknown COMMIT that did not happen is logged",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql unknown", "settle 1 kill 7"},
      {"mysql nothing", "log 1"},
      {"mysql logged", "HOLD 1"},
      END}},
    {"an unknown COMMIT, documented: 500",
     RCP_KNOB_UNKNOWN_COMMIT,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql unknown", "reply 1 500 unknown"},
      END}},
    {"a token that is gone: fenced before 410",
     -1,
     {{"request 1", "GET 1"},
      {"redis missing", "fence 1"},
      {"mysql rejected", "reply 1 410 rejected"},
      END}},
    {"a token that is gone after the approval: 200",
     -1,
     {{"request 1", "GET 1"},
      {"redis missing", "fence 1"},
      {"mysql approved", "reply 1 200 approved"},
      END}},
    {"a fence that may not stand is no 410",
     -1,
     {{"request 1", "GET 1"},
      {"redis missing", "fence 1"},
      {"mysql unknown", "reply 1 503 unknown"},
      END}},
    {"a token that is gone, documented: 400",
     RCP_KNOB_TOKEN_MISSING,
     {{"request 1", "GET 1"}, {"redis missing", "reply 1 400 unknown"}, END}},
    {"Redis does not tell, the database does",
     -1,
     {{"request 1", "GET 1"},
      {"redis unknown", "lookup 1"},
      {"mysql open", "reply 1 202 open"},
      END}},
    {"nobody tells",
     -1,
     {{"request 1", "GET 1"},
      {"redis refused", "lookup 1"},
      {"mysql nothing", "reply 1 503 unknown"},
      END}},
    {"the payload is another's",
     -1,
     {{"request 1", "GET 1"}, {"redis foreign", "reply 1 403 unknown"}, END}},
    {"the payload is another's, documented: logged for its owner",
     RCP_KNOB_USER_MISMATCH,
     {{"request 1", "GET 1"}, {"redis foreign", "log 2"}, END}},
    {"no room: parked, and told",
     -1,
     {{"request 1", "GET 1"},
      {"redis found", "approve 1"},
      {"mysql full", "log 1"},
      {"mysql logged", "reply 1 202 parked"},
      END}},
    {"a status is an answer, whatever is known",
     -1,
     {{"status 1", "lookup 1"},
      {"mysql nothing", "reply 1 200 unknown"},
      {"status 1", "lookup 1"},
      {"mysql approved", "reply 2 200 approved"},
      {"status 1", "lookup 1"},
      {"mysql refused connection", "reply 3 200 unknown"},
      END}},
    {"an operator's rejection",
     -1,
     {{"reject 1", "reject 1"},
      {"mysql rejected", "reply 1 200 rejected"},
      {"reject 1", "reject 1"},
      {"mysql approved", "reply 2 409 approved"},
      END}},
};

/* Each story's events bring these effects and no others. */
static void each_event_brings_its_effects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const struct story_row *row = &stories[i];
        struct rcp_policy policy = rcp_policy_hardened();
        if (row->knob == RCP_KNOB_COUNT)
            policy = rcp_policy_documented();
        else if (row->knob >= 0)
            policy = hardened_but((enum rcp_knob)row->knob);
        tell(row->name, story_limits(), policy, row->lines);
    }
}

/* ---- Time ----------------------------------------------------------------------------------- */

/* A request whose time is over is answered 503 with the next answer that does not answer it. */
static void an_overdue_request_answers_503(void **state)
{
    (void)state;
    static const struct story_line on_an_answer[] = {
        {"request 1", "GET 1"},
        {"wait 5000", ""},
        {"redis found", "reply 1 503 unknown"},
        END,
    };
    static const struct story_line in_a_queue[] = {
        {"request 1", "GET 1"},
        {"request 2", "GET 2"},
        {"redis found", "approve 1"},
        {"redis found", ""},
        {"wait 5000", ""},
        {"mysql approved", "reply 1 200 approved, DEL 1, reply 2 503 unknown"},
        END,
    };
    static const struct story_line just_in_time[] = {
        {"request 1", "GET 1"},
        {"wait 4999", ""},
        {"redis found", "approve 1"},
        {"wait 1", ""},
        {"mysql refused connection", "reply 1 503 unknown"},
        END,
    };
    static const struct story_line behind_a_record[] = {
        {"assigned 0 1", "fetch 0"},
        {"request 1", "GET 1"},
        {"redis found", "approve 1"},
        {"record 0 1 5 0", "approve 5, fetch 0"},
        {"mysql refused connection", "log 1"},
        {"mysql refused connection", ""},
        {"wait 5000", ""},
        {"mysql refused contention", "reply 1 503 unknown, log 5"},
        END,
    };
    struct rcp_limits limits = story_limits();
    tell("on an answer", limits, rcp_policy_hardened(), on_an_answer);
    tell("just in time", limits, rcp_policy_hardened(), just_in_time);
    limits.groups = 1;
    tell("in a queue", limits, rcp_policy_hardened(), in_a_queue);
    limits.group = 1;
    tell("behind a record", limits, rcp_policy_hardened(), behind_a_record);
}

/* No effect waits longer than what is left of its request's deadline. */
static void timeouts_end_with_the_deadline(void **state)
{
    (void)state;
    const struct rcp_limits limits = story_limits();
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell(story, "request 1");
    assert_int_equal(story_effects(story)->items[0].redis.timeout_ms, RCP_REDIS_TIMEOUT_MS);
    story_tell(story, "wait 4900");
    story_tell(story, "redis found");
    assert_int_equal(story_effects(story)->items[0].mysql.timeout_ms, 100);
    story_end(story);
}

/* ---- Group commit --------------------------------------------------------------------------- */

/* What queues up while transactions are in flight shares the next one: sorted by key, a key once. */
static void a_group_is_sorted_and_has_a_key_once(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"request 9", "GET 9"},
        {"request 3", "GET 3"},
        {"request 1", "GET 1"},
        {"request 2", "GET 2"},
        {"request 1", "GET 1"},
        {"redis found", "approve 9"},
        {"redis found", ""},
        {"redis found", ""},
        {"redis found", ""},
        {"redis found", ""},
        {"mysql approved", "reply 1 200 approved, DEL 9, approve 1+2+3"},
        {"mysql approved full approved",
         "reply 3 200 approved, DEL 1, reply 2 200 approved, DEL 3, approve 1, log 2"},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.groups = 1;
    tell("group", limits, rcp_policy_hardened(), lines);
}

/* A group is no larger than the limit. */
static void a_group_is_no_larger_than_its_limit(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"request 9", "GET 9"},
        {"request 3", "GET 3"},
        {"request 2", "GET 2"},
        {"request 1", "GET 1"},
        {"redis found", "approve 9"},
        {"redis found", ""},
        {"redis found", ""},
        {"redis found", ""},
        {"mysql refused connection", "approve 2+3, log 9"},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.groups = 1;
    limits.group = 2;
    tell("group of two", limits, rcp_policy_hardened(), lines);
}

/* A group that is not full waits limits.linger_ms for company and no longer, counted from its eldest; one that is
 * full goes at once. Who is left over waits no longer than the eldest would have. */
static void a_group_waits_for_company(void **state)
{
    (void)state;
    static const struct story_line in_time[] = {
        {"request 1", "GET 1"},
        {"request 2", "GET 2"},
        {"redis found", ""},
        {"wait 4", ""},
        {"redis found", ""},
        {"wait 1", ""},
        {"timer", "approve 1+2"},
        {"mysql approved approved", "reply 1 200 approved, DEL 1, reply 2 200 approved, DEL 2"},
        {"redis found", ""},
        {"wait 5", ""},
        {"timer", "mark 1"},
        END,
    };
    static const struct story_line full[] = {
        {"request 1", "GET 1"},
        {"request 2", "GET 2"},
        {"request 3", "GET 3"},
        {"request 4", "GET 4"},
        {"redis found", ""},
        {"redis found", "approve 1+2"},
        {"wait 3", ""},
        {"redis found", ""},
        {"wait 4", ""},
        {"redis foreign", "reply 4 403 unknown"},
        {"wait 1", ""},
        {"timer", "approve 3"},
        END,
    };
    static const struct story_line left_over[] = {
        {"request 1", "GET 1"},
        {"request 1", "GET 1"},
        {"request 2", "GET 2"},
        {"redis found", ""},
        {"wait 2", ""},
        {"redis found", "approve 1"},
        {"redis found", "approve 1+2"},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.linger_ms = 5;
    tell("in time", limits, rcp_policy_hardened(), in_time);
    limits.group = 2;
    tell("full", limits, rcp_policy_hardened(), full);
    tell("left over", limits, rcp_policy_hardened(), left_over);
}

/* While all transactions are in flight nobody's time is up: the end of one is what is waited for. */
static void a_group_without_a_transaction_needs_no_timer(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    limits.groups = 1;
    limits.linger_ms = 5;
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell(story, "request 1");
    story_tell(story, "request 2");
    story_tell(story, "redis found");
    assert_int_equal(rcp_node_deadline(story_node(story)), story_now_ms(story) + 5u);
    story_tell(story, "wait 5");
    assert_string_equal(story_tell(story, "timer"), "approve 1");
    story_tell(story, "redis found");
    assert_true(rcp_node_deadline(story_node(story)) > story_now_ms(story) + 5u);
    story_tell(story, "wait 5");
    assert_string_equal(story_tell(story, "mysql approved"),
                        "reply 1 200 approved, DEL 1, approve 2");
    story_end(story);
}

/* Three requests in one transaction, in flight. */
static const struct story_line three_in_one[] = {
    {"request 9", "GET 9"},
    {"request 1", "GET 1"},
    {"request 2", "GET 2"},
    {"request 3", "GET 3"},
    {"redis found", "approve 9"},
    {"redis found", ""},
    {"redis found", ""},
    {"redis found", ""},
    {"mysql rejected", "reply 1 410 rejected, approve 1+2+3"},
    END,
};

/* What one member wrote must not fail the others: refused for that, they are tried one by one. What
 * the connection did is nobody's doing: all fail. Unknown stays together too: each settles its own. */
static void a_group_splits_only_on_what_a_member_did(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        const char *effects;
    } rows[] = {
        {"mysql refused handler", "approve 1"},
        {"mysql refused contention", "approve 1"},
        {"mysql refused connection", "log 1+2+3"},
        {"mysql unknown", "settle 1 kill 7, settle 2 kill 7, settle 3 kill 7"},
    };
    struct rcp_limits limits = story_limits();
    limits.groups = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct story *story = story_begin(&limits, rcp_policy_hardened());
        const struct story_line last[] = {{rows[i].event, rows[i].effects}, END};
        story_tell_all(story, "three in one", three_in_one);
        story_tell_all(story, rows[i].event, last);
        story_end(story);
    }
}

/* Contention is repeated in place, three times; a failing statement is not. */
static void contention_is_repeated_in_place(void **state)
{
    (void)state;
    static const struct story_line contention[] = {
        {"request 1", "GET 1"},
        {"redis found", "approve 1"},
        {"mysql refused contention", "approve 1"},
        {"mysql refused contention", "approve 1"},
        {"mysql refused contention", "approve 1"},
        {"mysql refused contention", "log 1"},
        END,
    };
    static const struct story_line handler[] = {
        {"request 1", "GET 1"},
        {"redis found", "approve 1"},
        {"mysql refused handler", "log 1"},
        END,
    };
    tell("contention", story_limits(), rcp_policy_hardened(), contention);
    tell("handler", story_limits(), rcp_policy_hardened(), handler);
}

/* Nor is a record approved again and again while nobody hears of its COMMITs: three times more, and then
 * it is for later, or gets a row where it has none. What is found in between makes no difference. */
static void a_commit_nobody_hears_of_is_repeated_three_times(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        const char *found;
        const char *then;
    } rows[] = {
        {"record 0 1 5 1", "mysql nothing", "later 5"},
        {"record 0 1 5 1", "mysql open", "later 5"},
        {"record 0 1 5 1", "mysql approved", "later 5"},
        {"record 0 1 5 0", "mysql nothing", "log 5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_limits limits = story_limits();
        limits.partitions = 1;
        limits.window = 1; /* so that nothing else is fetched meanwhile */
        const struct story_line lines[] = {
            {"assigned 0 1", "fetch 0"},
            {rows[i].record, "approve 5"},
            {"mysql unknown", "settle 5 kill 7"},
            {rows[i].found, "approve 5"},
            {"mysql unknown", "settle 5 kill 7"},
            {rows[i].found, "approve 5"},
            {"mysql unknown", "settle 5 kill 7"},
            {rows[i].found, "approve 5"},
            {"mysql unknown", "settle 5 kill 7"},
            {rows[i].found, rows[i].then},
            END,
        };
        tell(rows[i].found, limits, rcp_policy_hardened(), lines);
    }
}

/* A retry that failed says what refused it; where nobody knows what became of it, nothing did. */
static void a_failed_retry_says_what_refused_it(void **state)
{
    (void)state;
    static const struct {
        enum rcp_error_class error;
        const char *ends[5]; /* of its transactions, to the one before LATER */
    } rows[] = {
        {RCP_ERROR_CONNECTION, {"mysql refused connection"}},
        {RCP_ERROR_HANDLER, {"mysql refused handler"}},
        {RCP_ERROR_CONTENTION,
         {"mysql refused contention",
          "mysql refused contention",
          "mysql refused contention",
          "mysql refused contention"}},
        {RCP_ERROR_NONE, {"mysql unknown", "mysql refused connection"}},
        {RCP_ERROR_HANDLER, {"mysql unknown", "mysql nothing", "mysql refused handler"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_limits limits = story_limits();
        limits.partitions = 1;
        limits.window = 1; /* so that nothing else is fetched meanwhile */
        struct story *story = story_begin(&limits, rcp_policy_hardened());
        story_tell(story, "assigned 0 1");
        story_tell(story, "record 0 1 5 1");
        const char *effects = "";
        for (size_t end = 0; rows[i].ends[end] != NULL; end++)
            effects = story_tell(story, rows[i].ends[end]);
        assert_string_equal(effects, "later 5");
        assert_int_equal(story_effects(story)->rows[0].error, rows[i].error);
        story_end(story);
    }
}

/* ---- The scheduler and the sweep ------------------------------------------------------------ */

/* Rows are claimed, sent, and stay claimed: a full page is followed by the next at once. */
static void a_round_claims_and_sends(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"wait 60000", ""},
        {"timer", "claim, sweep"},
        {"mysql page 2 more", "send 1, send 2"},
        {"sent done", ""},
        {"sent unknown", ""},
        {"timer", "claim"},
        {"mysql page 0", ""}, /* the sweep */
        {"mysql page 1", "send 1"},
        {"sent refused", "release 1"},
        {"mysql written", ""},
        {"timer", ""},
        END,
    };
    tell("round", story_limits(), rcp_policy_hardened(), lines);
}

/* Documented: one transaction stays open from the SELECT to RESOLVED. */
static void a_documented_round_closes_at_hand_over(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"wait 60000", ""},
        {"timer", "claim!"},
        {"mysql page 2 more", "send 1, send 2"},
        {"sent done", ""},
        {"sent refused", "finish 1+2 in 7"},
        {"mysql written written", ""},
        {"timer", ""},
        {"wait 60000", ""},
        {"timer", "claim!"},
        END,
    };
    tell("documented round", story_limits(), rcp_policy_documented(), lines);
}

/* No more sends are out than the limit. */
static void sends_are_bounded(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"wait 60000", ""},
        {"timer", "claim, sweep"},
        {"mysql page 3", "send 1"},
        {"sent done", "send 2"},
        {"sent done", "send 3"},
        {"sent done", ""},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.sends = 1;
    tell("one send", limits, rcp_policy_hardened(), lines);
}

/* A graceful stop gives back what is claimed and not sent, and waits for what is. */
static void stop_releases_unsent_rows_only(void **state)
{
    (void)state;
    static const struct story_line while_sending[] = {
        {"wait 60000", ""},
        {"timer", "claim, sweep"},
        {"mysql page 3", "send 1"},
        {"stop", ""},
        {"sent unknown", "release 2+3"},
        {"mysql page 0", ""}, /* the sweep */
        {"mysql written written", ""},
        END,
    };
    static const struct story_line while_claiming[] = {
        {"wait 60000", ""},
        {"timer", "claim, sweep"},
        {"stop", ""},
        {"mysql page 2", "release 1+2"},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.sends = 1;
    tell("while sending", limits, rcp_policy_hardened(), while_sending);
    tell("while claiming", limits, rcp_policy_hardened(), while_claiming);
}

/* The sweep does, then marks what was done; what Redis did not take is left for the next round. */
static void the_sweep_marks_what_was_done(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"wait 30000", ""},
        {"timer", "sweep"},
        {"mysql page 3", "DEL 1, DEL 2, DEL 3"},
        {"redis found", ""},
        {"redis unknown", ""},
        {"redis missing", "mark 1+3"},
        {"mysql written written", ""},
        END,
    };
    tell("sweep", story_limits(), rcp_policy_hardened(), lines);
}

/* ---- Completions that are nobody's ---------------------------------------------------------- */

/* A completion in all its forms: as it is, of another incarnation, of an op nobody has. */
static struct rcp_event redis_done(uint64_t op_id)
{
    return (struct rcp_event){
        .kind = RCP_EVENT_REDIS_DONE,
        .redis_done = {.op_id = op_id, .outcome = RCP_OUTCOME_UNKNOWN},
    };
}

/* Unknown, repeated and late completions change nothing, not a byte but the clock. */
static void strangers_completions_are_ignored(void **state)
{
    (void)state;
    const struct rcp_limits limits = story_limits();
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell(story, "request 1");
    uint64_t op_id = story_effects(story)->items[0].redis.op_id;
    story_tell(story, "request 2");
    uint64_t second = story_effects(story)->items[0].redis.op_id;
    assert_string_equal(story_tell(story, "redis found"), "approve 1");
    const uint64_t strangers[] = {
        op_id,                           /* repeated */
        second + (UINT64_C(1) << 48),    /* of the next incarnation */
        second - (UINT64_C(1) << 48),    /* of the last one */
        second + 1,                      /* an op that is not out yet */
        second | UINT64_C(0xffff) << 24, /* a slot that does not exist */
        second ^ UINT64_C(7) << 40,      /* an owner that does not exist */
        0,
        UINT64_MAX,
    };
    size_t size = rcp_node_size(&limits);
    unsigned char *before = malloc(size);
    assert_non_null(before);
    memcpy(before, story_node(story), size);
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        struct rcp_event events[] = {
            redis_done(strangers[i]),
            {.kind = RCP_EVENT_MYSQL_DONE, .mysql_done = {.op_id = strangers[i]}},
            {.kind = RCP_EVENT_SENT, .sent = {.op_id = strangers[i]}},
        };
        for (size_t k = 0; k < sizeof events / sizeof events[0]; k++) {
            assert_string_equal(story_step(story, &events[k]), "");
            assert_memory_equal(before, story_node(story), size);
        }
    }
    free(before);
    assert_string_equal(story_tell(story, "redis found"), "approve 2");
    story_end(story);
}

/* A copy of the block is the node: it goes on as the original does. */
static void a_copy_of_the_block_is_a_snapshot(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    static struct rcp_effects effects;
    limits.groups = 1;
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    size_t size = rcp_node_size(&limits);
    struct rcp_node *copy = malloc(size);
    assert_non_null(copy);
    story_tell_all(story, "three in one", three_in_one);
    memcpy(copy, story_node(story), size);
    struct rcp_event event = {
        .mono_ms = story_now_ms(story),
        .wall_ms = story_now_ms(story),
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = story_effects(story)->items[1].mysql.op_id,
                       .outcome = RCP_OUTCOME_UNKNOWN,
                       .session = 5},
    };
    story_step(story, &event);
    rcp_node_step(copy, &event, &effects);
    assert_int_equal(effects.count, story_effects(story)->count);
    assert_memory_equal(copy, story_node(story), size);
    free(copy);
    story_end(story);
}

/* Room that comes back while a parked row is written: the approval that was found ends as any other. */
static void an_approval_after_full_ends_as_any_other(void **state)
{
    (void)state;
    static const struct story_line request[] = {
        {"request 1", "GET 1"},
        {"redis found", "approve 1"},
        {"mysql full", "log 1"},
        {"mysql already", "reply 1 200 approved, DEL 1"},
        {"redis found", "mark 1"},
        {"mysql written", ""},
        END,
    };
    static const struct story_line record[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 0", "approve 5, fetch 0"},
        {"mysql full", "log 5"},
        {"mysql already", "DEL 5, commit 0 6"},
        {"redis found", "mark 5"},
        {"mysql written", ""},
        END,
    };
    tell("request", story_limits(), rcp_policy_hardened(), request);
    tell("record", story_limits(), rcp_policy_hardened(), record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_answers_what_needs_nobody),
        cmocka_unit_test(a_full_node_answers_503),
        cmocka_unit_test(a_stopping_node_answers_503),
        cmocka_unit_test(each_event_brings_its_effects),
        cmocka_unit_test(an_overdue_request_answers_503),
        cmocka_unit_test(timeouts_end_with_the_deadline),
        cmocka_unit_test(a_group_is_sorted_and_has_a_key_once),
        cmocka_unit_test(a_group_is_no_larger_than_its_limit),
        cmocka_unit_test(a_group_waits_for_company),
        cmocka_unit_test(a_group_without_a_transaction_needs_no_timer),
        cmocka_unit_test(a_group_splits_only_on_what_a_member_did),
        cmocka_unit_test(contention_is_repeated_in_place),
        cmocka_unit_test(a_commit_nobody_hears_of_is_repeated_three_times),
        cmocka_unit_test(a_failed_retry_says_what_refused_it),
        cmocka_unit_test(a_round_claims_and_sends),
        cmocka_unit_test(a_documented_round_closes_at_hand_over),
        cmocka_unit_test(sends_are_bounded),
        cmocka_unit_test(stop_releases_unsent_rows_only),
        cmocka_unit_test(the_sweep_marks_what_was_done),
        cmocka_unit_test(strangers_completions_are_ignored),
        cmocka_unit_test(a_copy_of_the_block_is_a_snapshot),
        cmocka_unit_test(an_approval_after_full_ends_as_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
