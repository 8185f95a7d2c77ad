/* A node in a storm: events in any order that the contract allows, on nodes with hardly any room.
 * Whatever comes, its whole-state checks hold, a copy does the same, and it can stop. */
#include "core/node.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EVENTS   1000u /* under each policy */
#define OPEN_MAX 512u
#define KEYS     5u /* few, so that flows meet */

/* An effect that somebody will answer. */
struct open_effect {
    struct rcp_effect effect;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
};

static struct {
    struct rcp_node *node;
    struct rcp_node *copy;
    size_t size;
    struct rcp_limits limits;
    struct open_effect open[OPEN_MAX];
    uint32_t open_count;
    uint64_t answered[16]; /* op ids that were answered already */
    uint32_t answered_count;
    uint32_t newest[RCP_PARTITIONS_MAX];  /* assignment */
    uint32_t fetches[RCP_PARTITIONS_MAX]; /* assignment that asked; 0 none */
    uint64_t offsets[RCP_PARTITIONS_MAX];
    uint64_t now_ms;
    uint64_t requests;
    uint64_t replies;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
} storm;

static uint64_t dice;

static uint32_t below(uint32_t bound)
{
    dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (dice ^ dice >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((mixed >> 40) * bound >> 24);
}

/* ---- Stepping ------------------------------------------------------------------------------- */

static void remember(const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    assert_true(storm.open_count < OPEN_MAX);
    struct open_effect *open = &storm.open[storm.open_count++];
    open->effect = *effect;
    if (effect->kind == RCP_EFFECT_MYSQL)
        memcpy(open->rows,
               &effects->rows[effect->mysql.first_row],
               effect->mysql.row_count * sizeof open->rows[0]);
}

/* What leaves the node; a group's keys are sorted, each there once. */
static void take_effects(const struct rcp_effects *effects)
{
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct rcp_effect *effect = &effects->items[i];
        storm.replies += effect->kind == RCP_EFFECT_REPLY;
        if (effect->kind == RCP_EFFECT_FETCH)
            storm.fetches[effect->fetch.partition] = effect->fetch.assignment;
        bool waits = effect->kind == RCP_EFFECT_REDIS || effect->kind == RCP_EFFECT_SEND ||
                     effect->kind == RCP_EFFECT_COMMIT_OFFSET ||
                     (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.op_id != 0);
        if (waits)
            remember(effects, effect);
        if (effect->kind != RCP_EFFECT_MYSQL || effect->mysql.script != RCP_SCRIPT_APPROVE)
            continue;
        const struct rcp_tx_row *rows = &effects->rows[effect->mysql.first_row];
        assert_in_range(effect->mysql.row_count, 1, storm.limits.group);
        for (uint32_t k = 1; k < effect->mysql.row_count; k++)
            assert_true(rows[k - 1].payload.user_id < rows[k].payload.user_id);
    }
}

static void step(struct rcp_event event)
{
    static struct rcp_effects effects;
    static struct rcp_effects of_copy;
    event.mono_ms = storm.now_ms;
    event.wall_ms = storm.now_ms + below(1000); /* may jump: nothing may depend on it */
    memcpy(storm.copy, storm.node, storm.size);
    rcp_node_step(storm.node, &event, &effects);
    rcp_node_check(storm.node);
    event.wall_ms = 0;
    rcp_node_step(storm.copy, &event, &of_copy);
    assert_memory_equal(storm.copy, storm.node, storm.size);
    assert_int_equal(effects.count, of_copy.count);
    take_effects(&effects);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* Verdicts that each script may give to a row. */
static enum rcp_verdict a_verdict(const struct rcp_mysql_effect *mysql,
                                  const struct rcp_tx_row *row)
{
    static const uint8_t approve[] = {RCP_VERDICT_APPROVED,
                                      RCP_VERDICT_ALREADY,
                                      RCP_VERDICT_REJECTED,
                                      RCP_VERDICT_CONFLICT,
                                      RCP_VERDICT_FULL};
    static const uint8_t look[] = {RCP_VERDICT_APPROVED,
                                   RCP_VERDICT_REJECTED,
                                   RCP_VERDICT_OPEN,
                                   RCP_VERDICT_PARKED,
                                   RCP_VERDICT_NOTHING,
                                   RCP_VERDICT_CONFLICT};
    static const uint8_t log[] = {RCP_VERDICT_LOGGED,
                                  RCP_VERDICT_OPEN,
                                  RCP_VERDICT_PARKED,
                                  RCP_VERDICT_ALREADY,
                                  RCP_VERDICT_CONFLICT};
    static const uint8_t later[] = {RCP_VERDICT_WRITTEN, RCP_VERDICT_STALE, RCP_VERDICT_PARKED};
    enum rcp_verdict verdict = RCP_VERDICT_WRITTEN;
    bool blind = (mysql->flags & RCP_TX_BLIND) != 0;
    switch (mysql->script) {
    case RCP_SCRIPT_APPROVE:
        verdict = blind ? RCP_VERDICT_APPROVED : (enum rcp_verdict)approve[below(sizeof approve)];
        if (verdict == RCP_VERDICT_FULL && row->row_id != 0)
            verdict = RCP_VERDICT_PARKED;
        break;
    case RCP_SCRIPT_SETTLE:
        verdict = (enum rcp_verdict)look[below(6)];
        break;
    case RCP_SCRIPT_LOOKUP:
        verdict = (enum rcp_verdict)look[below(5)];
        break;
    case RCP_SCRIPT_FENCE:
        verdict = (enum rcp_verdict)look[below(4)];
        break;
    case RCP_SCRIPT_REJECT:
        verdict = (enum rcp_verdict)look[below(2)];
        break;
    case RCP_SCRIPT_LOG:
        verdict =
            (enum rcp_verdict)log[(mysql->flags & RCP_TX_ONE_OPEN) != 0 ? below(sizeof log) : 0];
        break;
    case RCP_SCRIPT_LATER:
        verdict = (enum rcp_verdict)later[below(sizeof later)];
        break;
    case RCP_SCRIPT_SWEEP:
        verdict = (enum rcp_verdict)(RCP_VERDICT_RELEASE + below(4));
        break;
    case RCP_SCRIPT_FINISH:
    case RCP_SCRIPT_RELEASE:
    case RCP_SCRIPT_PARK:
    case RCP_SCRIPT_MARK:
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_COUNT:
        break;
    }
    return verdict;
}

static struct rcp_payload a_payload(void)
{
    return (struct rcp_payload){
        .user_id = 1u + below(KEYS), .activity_id = 1, .product_id = 1, .quantity = 1};
}

static struct rcp_event mysql_done(struct open_effect *open, enum rcp_outcome outcome)
{
    const struct rcp_mysql_effect *mysql = &open->effect.mysql;
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = mysql->op_id,
                       .outcome = outcome,
                       .session = 1u + below(99),
                       .others_succeed = below(2) != 0,
                       .rows = storm.rows},
    };
    if (outcome == RCP_OUTCOME_REFUSED)
        event.mysql_done.error = (enum rcp_error_class)(RCP_ERROR_CONNECTION + below(3));
    if (outcome != RCP_OUTCOME_DONE)
        return event;
    bool pages = mysql->script == RCP_SCRIPT_CLAIM || mysql->script == RCP_SCRIPT_SWEEP;
    event.mysql_done.row_count = pages ? below(mysql->page + 1u) : mysql->row_count;
    event.mysql_done.more = pages && below(2) != 0;
    memcpy(storm.rows, open->rows, sizeof storm.rows);
    for (uint32_t i = 0; i < event.mysql_done.row_count; i++) {
        if (pages)
            storm.rows[i] = (struct rcp_tx_row){
                .payload = a_payload(), .token = 1, .row_id = 1u + i, .epoch = 1};
        storm.rows[i].verdict = (uint8_t)a_verdict(mysql, &storm.rows[i]);
    }
    return event;
}

static struct rcp_event answer(struct open_effect *open, enum rcp_outcome outcome)
{
    struct rcp_event event = {.kind = RCP_EVENT_REDIS_DONE};
    switch (open->effect.kind) {
    case RCP_EFFECT_REDIS:
        event.redis_done = (struct rcp_redis_done){.op_id = open->effect.redis.op_id,
                                                   .outcome = outcome,
                                                   .found = below(4) != 0,
                                                   .readable = below(8) != 0,
                                                   .payload = a_payload()};
        if (below(4) != 0)
            event.redis_done.payload.user_id = open->effect.redis.token;
        break;
    case RCP_EFFECT_MYSQL:
        event = mysql_done(open, outcome);
        break;
    case RCP_EFFECT_SEND:
        event.kind = RCP_EVENT_SENT;
        event.sent = (struct rcp_sent){.op_id = open->effect.send.op_id, .outcome = outcome};
        break;
    case RCP_EFFECT_COMMIT_OFFSET:
        event.kind = RCP_EVENT_OFFSET_DONE;
        event.offset_done =
            (struct rcp_offset_done){.partition = open->effect.commit_offset.partition,
                                     .assignment = open->effect.commit_offset.assignment,
                                     .outcome = outcome};
        break;
    case RCP_EFFECT_REPLY:
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        fail_msg("nobody answers this effect");
    }
    return event;
}

static uint64_t op_of(const struct rcp_effect *effect)
{
    return effect->kind == RCP_EFFECT_REDIS   ? effect->redis.op_id
           : effect->kind == RCP_EFFECT_MYSQL ? effect->mysql.op_id
           : effect->kind == RCP_EFFECT_SEND  ? effect->send.op_id
                                              : 0;
}

/* Any effect that waits is answered, somehow. */
static void answer_one(void)
{
    if (storm.open_count == 0)
        return;
    static struct open_effect open;
    uint32_t at = below(storm.open_count);
    open = storm.open[at];
    storm.open[at] = storm.open[--storm.open_count];
    storm.answered[storm.answered_count++ % 16u] = op_of(&open.effect);
    step(answer(&open,
                below(3) != 0 ? RCP_OUTCOME_DONE : (enum rcp_outcome)below(RCP_OUTCOME_COUNT)));
}

/* A completion that comes twice, for another incarnation, or out of nowhere. */
static void answer_nobody(void)
{
    uint64_t op_id = storm.answered[below(16)];
    switch (below(3)) {
    case 0:
        break;
    case 1:
        op_id += (uint64_t)(1u + below(3)) << 48;
        break;
    default:
        op_id = (uint64_t)below(1u << 24) << 40 | below(1u << 24);
        if (op_id >> 48 == 1)
            op_id |= UINT64_C(1) << 63;
        break;
    }
    struct rcp_event events[] = {
        {.kind = RCP_EVENT_REDIS_DONE,
         .redis_done = {.op_id = op_id, .outcome = RCP_OUTCOME_UNKNOWN}},
        {.kind = RCP_EVENT_MYSQL_DONE,
         .mysql_done = {.op_id = op_id, .outcome = RCP_OUTCOME_UNKNOWN}},
        {.kind = RCP_EVENT_SENT, .sent = {.op_id = op_id, .outcome = RCP_OUTCOME_DONE}},
    };
    step(events[below(3)]);
}

/* ---- What comes from outside ---------------------------------------------------------------- */

static void ask(void)
{
    uint32_t user = 1u + below(KEYS);
    struct rcp_event event = {
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = ++storm.requests,
                    .user_id = below(8) == 0 ? below(KEYS + 1u) : user,
                    .kind =
                        (enum rcp_request_kind)(below(3) == 0 ? below(RCP_REQUEST_KIND_COUNT) : 0),
                    .token = {.handle = user,
                              .user_id = user,
                              .activity_id = 1,
                              .form = below(9) == 0
                                          ? (enum rcp_token_form)below(RCP_TOKEN_FORM_COUNT)
                                          : RCP_TOKEN_SIGNED}},
    };
    step(event);
}

/* News of assignments: mostly the next one, sometimes old news, sometimes of no partition at all. */
static void reassign(void)
{
    uint32_t partition = below(storm.limits.partitions + 1u);
    bool given = below(2) != 0;
    struct rcp_event event = {.kind = given ? RCP_EVENT_ASSIGNED : RCP_EVENT_REVOKED};
    event.partition.partition = partition;
    if (partition == storm.limits.partitions) {
        event.partition.assignment = 1;
        step(event);
        return;
    }
    uint32_t newest = storm.newest[partition];
    if (event.kind == RCP_EVENT_ASSIGNED && below(3) != 0)
        event.partition.assignment = ++storm.newest[partition];
    else
        event.partition.assignment = below(newest + 1u);
    step(event);
}

/* A record for whoever asked, or for nobody. */
static void deliver(void)
{
    uint32_t partition = below(storm.limits.partitions);
    uint32_t assignment = storm.fetches[partition];
    if (below(10) == 0)
        assignment = below(storm.newest[partition] + 2u);
    else if (assignment == 0)
        return;
    storm.offsets[partition] += 1u + below(3);
    storm.fetches[partition] = 0;
    struct rcp_event event = {
        .kind = RCP_EVENT_RECORD,
        .record = {.partition = partition,
                   .assignment = assignment,
                   .offset = storm.offsets[partition],
                   .record = {.payload = a_payload(),
                              .token = 1u + below(KEYS),
                              .row_id = below(4),
                              .epoch = below(3),
                              .attempt = (uint8_t)below(6),
                              .usable = below(8) != 0,
                              .mac = below(8) != 0,
                              .alone = below(4) == 0}},
    };
    step(event);
}

static void pass_time(void)
{
    static const uint32_t waits_ms[] = {1, 100, 2000, 5000, 60000};
    storm.now_ms += below(waits_ms[below(5)]);
    uint64_t deadline_ms = rcp_node_deadline(storm.node);
    if (deadline_ms != RCP_NEVER_MS && below(4) == 0 && deadline_ms > storm.now_ms)
        storm.now_ms = deadline_ms;
    step((struct rcp_event){.kind = RCP_EVENT_TIMER});
}

static void any_event(void)
{
    switch (below(10)) {
    case 0:
        pass_time();
        break;
    case 1:
        reassign();
        break;
    case 2:
    case 3:
        ask();
        break;
    case 4:
        deliver();
        break;
    case 5:
        answer_nobody();
        break;
    default:
        answer_one();
        break;
    }
}

/* ---- Storms --------------------------------------------------------------------------------- */

static struct rcp_limits any_limits(void)
{
    struct rcp_limits limits = {
        .requests = 1u + below(4),
        .retries = 1u + below(4),
        .group = 1u + below(4),
        .groups = 1u + below(2),
        .page = 1u + below(4),
        .sends = 1u + below(3),
        .partitions = 1u + below(3),
        .window = 1u + below(3),
    };
    if (limits.retries < limits.partitions)
        limits.retries = limits.partitions;
    return limits;
}

static void begin(struct rcp_policy policy)
{
    memset(&storm, 0, sizeof storm);
    storm.limits = any_limits();
    storm.size = rcp_node_size(&storm.limits);
    struct rcp_node_config config = {.limits = storm.limits, .policy = policy, .seed = dice};
    storm.node = rcp_node_init(runs_block(storm.size), &config);
    storm.copy = runs_block(storm.size);
    step((struct rcp_event){.kind = RCP_EVENT_START, .start = {.node = 1, .incarnation = 1}});
}

static void end(void)
{
    free(storm.node);
    free(storm.copy);
}

/* Checks hold after every step under every policy, and every request is answered exactly once. */
static void checks_hold_in_any_storm(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RUNS_POLICIES; i++) {
        dice = i;
        begin(runs_policy(i));
        for (uint32_t k = 0; k < EVENTS; k++)
            any_event();
        assert_true(storm.replies <= storm.requests);
        end();
    }
}

/* After STOP, with everything answered, a node is idle before long, and nobody is left unanswered. */
static void any_node_can_stop(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 10u * RUNS_POLICIES; i++) {
        dice = 1000u + i;
        begin(runs_policy(i % RUNS_POLICIES));
        for (uint32_t k = 0; k < 100; k++)
            any_event();
        step((struct rcp_event){.kind = RCP_EVENT_STOP});
        for (uint32_t k = 0; k < 5000 && !rcp_node_idle(storm.node); k++) {
            answer_one();
            if (storm.open_count == 0)
                pass_time();
        }
        assert_true(rcp_node_idle(storm.node));
        assert_int_equal(storm.replies, storm.requests);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_hold_in_any_storm),
        cmocka_unit_test(any_node_can_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
