/* A node in a storm: any events that the contract of core/event.h allows, in any order, as dice say. */
#include "tests/support/storm.h"

#include "tests/support/storm_order.h"

#include <string.h>

#define KEYS        5u    /* users: few, so that flows meet */
#define ENDS_WITHIN 5000u /* answers and timers after STOP */

static uint32_t below(struct storm *storm, uint32_t bound)
{
    return storm->dice.below(storm->dice.context, bound);
}

/* ---- Stepping ------------------------------------------------------------------------------- */

static void remember(struct storm *storm, const struct rcp_effect *effect)
{
    rcp_check(storm->open_count < STORM_OPEN_MAX, "storm_has_room");
    struct storm_open *open = &storm->open[storm->open_count++];
    open->effect = *effect;
    if (effect->kind != RCP_EFFECT_MYSQL)
        return;
    if (rcp_script_is_order(effect->mysql.script))
        open->order = storm->effects.orders[effect->mysql.first_row];
    else
        memcpy(open->rows,
               &storm->effects.rows[effect->mysql.first_row],
               effect->mysql.row_count * sizeof open->rows[0]);
}

/* What leaves the node; a group's keys are sorted, each there once. */
static void take_effects(struct storm *storm)
{
    const struct rcp_effects *effects = &storm->effects;
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct rcp_effect *effect = &effects->items[i];
        storm->replies += effect->kind == RCP_EFFECT_REPLY;
        if (effect->kind == RCP_EFFECT_FETCH)
            storm->fetches[effect->fetch.partition] = effect->fetch.assignment;
        bool waits = effect->kind == RCP_EFFECT_REDIS || effect->kind == RCP_EFFECT_SEND ||
                     effect->kind == RCP_EFFECT_COMMIT_OFFSET || effect->kind == RCP_EFFECT_PG ||
                     (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.op_id != 0);
        if (waits)
            remember(storm, effect);
        if (effect->kind != RCP_EFFECT_MYSQL || effect->mysql.script != RCP_SCRIPT_APPROVE)
            continue;
        const struct rcp_tx_row *rows = &effects->rows[effect->mysql.first_row];
        uint32_t count = effect->mysql.row_count;
        rcp_check(count >= 1 && count <= storm->config.limits.group, "group_within_limit");
        for (uint32_t k = 1; k < count; k++)
            rcp_check(rows[k - 1].payload.user_id < rows[k].payload.user_id, "group_sorted");
    }
}

static void tell(const struct storm *storm, const struct rcp_event *event)
{
    if (storm->stepped != NULL)
        storm->stepped(storm->watcher, event, &storm->effects);
}

static void step(struct storm *storm, struct rcp_event event)
{
    event.mono_ms = storm->now_ms;
    event.wall_ms = storm->now_ms + below(storm, 1000); /* may jump: nothing may depend on it */
    memcpy(storm->copy, storm->node, storm->size);
    rcp_node_step(storm->node, &event, &storm->effects);
    rcp_node_check(storm->node);
    tell(storm, &event);
    event.wall_ms = 0;
    rcp_node_step(storm->copy, &event, &storm->effects_of_copy);
    rcp_check(memcmp(storm->copy, storm->node, storm->size) == 0, "copy_steps_alike");
    rcp_check(storm->effects.count == storm->effects_of_copy.count, "copy_asks_alike");
    take_effects(storm);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* Verdicts that each script may give to a row. */
static enum rcp_verdict a_verdict(struct storm *storm,
                                  const struct rcp_mysql_effect *mysql,
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
        verdict =
            blind ? RCP_VERDICT_APPROVED : (enum rcp_verdict)approve[below(storm, sizeof approve)];
        if (verdict == RCP_VERDICT_FULL && row->row_id != 0)
            verdict = RCP_VERDICT_PARKED;
        break;
    case RCP_SCRIPT_SETTLE:
        verdict = (enum rcp_verdict)look[below(storm, 6)];
        break;
    case RCP_SCRIPT_LOOKUP:
        verdict = (enum rcp_verdict)look[below(storm, 5)];
        break;
    case RCP_SCRIPT_FENCE:
        verdict = (enum rcp_verdict)look[below(storm, 4)];
        break;
    case RCP_SCRIPT_REJECT:
    case RCP_SCRIPT_REOPEN:
    case RCP_SCRIPT_SHELVE:
        verdict = (enum rcp_verdict)look[below(storm, 2)];
        break;
    case RCP_SCRIPT_LOG:
        verdict = (enum rcp_verdict)
            log[(mysql->flags & RCP_TX_ONE_OPEN) != 0 ? below(storm, sizeof log) : 0];
        break;
    case RCP_SCRIPT_LATER:
        verdict = (enum rcp_verdict)later[below(storm, sizeof later)];
        break;
    case RCP_SCRIPT_SWEEP:
        verdict = (enum rcp_verdict)(RCP_VERDICT_RELEASE + below(storm, 4));
        break;
    case RCP_SCRIPT_FINISH:
    case RCP_SCRIPT_RELEASE:
    case RCP_SCRIPT_PARK:
    case RCP_SCRIPT_MARK:
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_PLACE:
    case RCP_SCRIPT_FIND:
    case RCP_SCRIPT_DUE:
    case RCP_SCRIPT_RESULT:
    case RCP_SCRIPT_REFUND:
    case RCP_SCRIPT_TOLD:
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_COUNT:
        break;
    }
    return verdict;
}

static struct rcp_payload a_payload(struct storm *storm)
{
    return (struct rcp_payload){
        .user_id = 1u + below(storm, KEYS), .activity_id = 1, .product_id = 1, .quantity = 1};
}

static struct rcp_event mysql_done(struct storm *storm,
                                   struct storm_open *open,
                                   enum rcp_outcome outcome)
{
    const struct rcp_mysql_effect *mysql = &open->effect.mysql;
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = mysql->op_id,
                       .outcome = outcome,
                       .session = 1u + below(storm, 99),
                       .others_succeed = below(storm, 2) != 0,
                       .rows = storm->rows,
                       .orders = storm->order_rows},
    };
    if (outcome == RCP_OUTCOME_REFUSED)
        event.mysql_done.error = (enum rcp_error_class)(RCP_ERROR_CONNECTION + below(storm, 3));
    if (outcome != RCP_OUTCOME_DONE)
        return event;
    if (rcp_script_is_order(mysql->script)) {
        event.mysql_done.row_count = storm_order_rows(storm, open, &event.mysql_done.more);
        return event;
    }
    bool pages = mysql->script == RCP_SCRIPT_CLAIM || mysql->script == RCP_SCRIPT_SWEEP;
    event.mysql_done.row_count = pages ? below(storm, mysql->page + 1u) : mysql->row_count;
    event.mysql_done.more = pages && below(storm, 2) != 0;
    memcpy(storm->rows, open->rows, sizeof storm->rows);
    for (uint32_t i = 0; i < event.mysql_done.row_count; i++) {
        if (pages)
            storm->rows[i] = (struct rcp_tx_row){
                .payload = a_payload(storm), .token = 1, .row_id = 1u + i, .epoch = 1};
        storm->rows[i].verdict = (uint8_t)a_verdict(storm, mysql, &storm->rows[i]);
    }
    return event;
}

static struct rcp_event answer(struct storm *storm,
                               struct storm_open *open,
                               enum rcp_outcome outcome)
{
    struct rcp_event event = {.kind = RCP_EVENT_REDIS_DONE};
    switch (open->effect.kind) {
    case RCP_EFFECT_REDIS:
        event.redis_done = (struct rcp_redis_done){.op_id = open->effect.redis.op_id,
                                                   .outcome = outcome,
                                                   .found = below(storm, 4) != 0,
                                                   .readable = below(storm, 8) != 0,
                                                   .payload = a_payload(storm)};
        if (below(storm, 4) != 0)
            event.redis_done.payload.user_id = open->effect.redis.token;
        break;
    case RCP_EFFECT_MYSQL:
        event = mysql_done(storm, open, outcome);
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
    case RCP_EFFECT_PG:
        event = storm_pg_done(storm, &open->effect.pg);
        break;
    case RCP_EFFECT_REPLY:
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        rcp_check_failed("somebody_answers_effect");
    }
    return event;
}

static uint64_t op_of(const struct rcp_effect *effect)
{
    return effect->kind == RCP_EFFECT_REDIS   ? effect->redis.op_id
           : effect->kind == RCP_EFFECT_MYSQL ? effect->mysql.op_id
           : effect->kind == RCP_EFFECT_SEND  ? effect->send.op_id
           : effect->kind == RCP_EFFECT_PG    ? effect->pg.op_id
                                              : 0;
}

/* Any effect that waits is answered, somehow. */
static void answer_one(struct storm *storm)
{
    if (storm->open_count == 0)
        return;
    uint32_t at = below(storm, storm->open_count);
    struct storm_open open = storm->open[at];
    storm->open[at] = storm->open[--storm->open_count];
    storm->answered[storm->answered_count++ % STORM_ANSWERED_MAX] = op_of(&open.effect);
    step(storm,
         answer(storm,
                &open,
                below(storm, 3) != 0 ? RCP_OUTCOME_DONE
                                     : (enum rcp_outcome)below(storm, RCP_OUTCOME_COUNT)));
}

/* What nobody waits for leads to nothing: a copy that hears what is surely meant for another process
 * comes to the same. */
static void step_for_nobody(struct storm *storm, struct rcp_event event)
{
    struct rcp_event elsewhere = {
        .kind = RCP_EVENT_SENT,
        .mono_ms = storm->now_ms,
        .sent = {.op_id = (uint64_t)(storm->incarnation ^ 1u) << 48},
    };
    event.mono_ms = storm->now_ms;
    event.wall_ms = storm->now_ms + below(storm, 1000);
    memcpy(storm->copy, storm->node, storm->size);
    rcp_node_step(storm->node, &event, &storm->effects);
    rcp_node_check(storm->node);
    tell(storm, &event);
    rcp_node_step(storm->copy, &elsewhere, &storm->effects_of_copy);
    rcp_check(memcmp(storm->copy, storm->node, storm->size) == 0, "stray_completion_is_ignored");
    rcp_check(storm->effects.count == storm->effects_of_copy.count, "stray_completion_is_ignored");
    take_effects(storm);
}

#define ANSWER_KINDS 4u

/* A completion of a kind, below ANSWER_KINDS, that says hardly more than whom it is for. */
static struct rcp_event empty_answer(uint64_t op_id, uint32_t kind)
{
    const struct rcp_event events[ANSWER_KINDS] = {
        {.kind = RCP_EVENT_REDIS_DONE,
         .redis_done = {.op_id = op_id, .outcome = RCP_OUTCOME_UNKNOWN}},
        {.kind = RCP_EVENT_MYSQL_DONE,
         .mysql_done = {.op_id = op_id, .outcome = RCP_OUTCOME_UNKNOWN}},
        {.kind = RCP_EVENT_SENT, .sent = {.op_id = op_id, .outcome = RCP_OUTCOME_DONE}},
        {.kind = RCP_EVENT_PG_DONE, .pg_done = {.op_id = op_id, .answer = RCP_PG_TIMED_OUT}},
    };
    return events[kind];
}

/* A completion that comes twice, for another incarnation, or out of nowhere. */
static void answer_nobody(struct storm *storm)
{
    uint64_t op_id = storm->answered[below(storm, STORM_ANSWERED_MAX)];
    switch (below(storm, 3)) {
    case 0:
        break;
    case 1:
        op_id += (uint64_t)(1u + below(storm, 3)) << 48;
        break;
    default:
        op_id = (uint64_t)below(storm, 1u << 24) << 40 | below(storm, 1u << 24);
        break;
    }
    bool answered = false;
    for (uint32_t i = 0; i < STORM_ANSWERED_MAX; i++)
        answered |= storm->answered[i] == op_id;
    if (!answered && op_id >> 48 == storm->incarnation)
        op_id ^= UINT64_C(1) << 63; /* it may be somebody's after all */
    step_for_nobody(storm, empty_answer(op_id, below(storm, ANSWER_KINDS)));
}

void storm_repeat(struct storm *storm)
{
    if (storm->answered_count == 0)
        return;
    uint64_t op_id = storm->answered[(storm->answered_count - 1u) % STORM_ANSWERED_MAX];
    for (uint32_t kind = 0; kind < ANSWER_KINDS; kind++)
        step_for_nobody(storm, empty_answer(op_id, kind));
}

/* ---- What comes from outside ---------------------------------------------------------------- */

/* Payments and orders above all. */
static enum rcp_request_kind a_kind(struct storm *storm)
{
    uint32_t kinds = storm->operators ? RCP_REQUEST_KIND_COUNT : RCP_REQUEST_RETRY;
    if (below(storm, 3) == 0)
        return (enum rcp_request_kind)below(storm, kinds);
    bool orders = storm->config.limits.orders > 0 && below(storm, 2) != 0;
    return orders ? RCP_REQUEST_ORDER : RCP_REQUEST_PROCESS;
}

static void ask(struct storm *storm)
{
    uint32_t user = 1u + below(storm, KEYS);
    struct rcp_event event = {
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = ++storm->requests,
                    .user_id = below(storm, 8) == 0 ? below(storm, KEYS + 1u) : user,
                    .kind = a_kind(storm),
                    .token = {.handle = user,
                              .user_id = user,
                              .activity_id = 1,
                              .form = below(storm, 9) == 0
                                          ? (enum rcp_token_form)below(storm, RCP_TOKEN_FORM_COUNT)
                                          : RCP_TOKEN_SIGNED}},
    };
    if (event.request.kind >= RCP_REQUEST_ORDER)
        event.request.order = storm_order_says(storm);
    step(storm, event);
}

/* News of assignments: mostly the next one, sometimes old news, sometimes of no partition at all. */
static void reassign(struct storm *storm)
{
    uint32_t partition = below(storm, storm->config.limits.partitions + 1u);
    bool given = below(storm, 2) != 0;
    struct rcp_event event = {.kind = given ? RCP_EVENT_ASSIGNED : RCP_EVENT_REVOKED};
    event.partition.partition = partition;
    if (partition == storm->config.limits.partitions) {
        event.partition.assignment = 1;
        step(storm, event);
        return;
    }
    uint32_t dead = storm->dead[partition];
    uint32_t old = dead + below(storm, storm->newest[partition] - dead + 1u);
    if (given && below(storm, 3) != 0)
        event.partition.assignment = ++storm->newest[partition];
    else
        event.partition.assignment = old > dead ? old : 0;
    step(storm, event);
}

/* A record for whoever asked, or for nobody. */
static void deliver(struct storm *storm)
{
    uint32_t partition = below(storm, storm->config.limits.partitions);
    uint32_t assignment = storm->fetches[partition];
    if (below(storm, 10) == 0)
        assignment = below(storm, storm->newest[partition] + 2u);
    else if (assignment == 0)
        return;
    storm->offsets[partition] += 1u + below(storm, 3);
    storm->fetches[partition] = 0;
    struct rcp_event event = {
        .kind = RCP_EVENT_RECORD,
        .record = {.partition = partition,
                   .assignment = assignment,
                   .offset = storm->offsets[partition],
                   .record = {.payload = a_payload(storm),
                              .token = 1u + below(storm, KEYS),
                              .row_id = below(storm, 4),
                              .epoch = below(storm, 3),
                              .attempt = (uint8_t)below(storm, 6),
                              .usable = below(storm, 8) != 0,
                              .mac = below(storm, 8) != 0,
                              .alone = below(storm, 4) == 0}},
    };
    step(storm, event);
}

/* An operator, of whatever this node has. */
static void operate(struct storm *storm)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_OPERATE,
        .operate = {.operation = (enum rcp_operation)below(storm, RCP_OPERATION_COUNT),
                    .worker = (enum rcp_worker)below(storm, RCP_WORKER_COUNT),
                    .circuit = (enum rcp_circuit)below(storm, RCP_CIRCUIT_COUNT)},
    };
    step(storm, event);
}

static void pass_time(struct storm *storm)
{
    static const uint32_t waits_ms[] = {1, 100, 2000, 5000, 60000};
    storm->now_ms += below(storm, waits_ms[below(storm, 5)]);
    uint64_t deadline_ms = rcp_node_deadline(storm->node);
    if (deadline_ms != RCP_NEVER_MS && below(storm, 4) == 0 && deadline_ms > storm->now_ms)
        storm->now_ms = deadline_ms;
    step(storm, (struct rcp_event){.kind = RCP_EVENT_TIMER});
}

static void start(struct storm *storm)
{
    storm->node = rcp_node_init(storm->node, &storm->config);
    step(storm,
         (struct rcp_event){.kind = RCP_EVENT_START,
                            .start = {.node = 1, .incarnation = ++storm->incarnation}});
}

/* The node forgets everything; most of what it asked for is still answered, to the next incarnation. */
static void die(struct storm *storm)
{
    storm->forgotten = storm->requests - storm->replies;
    if (storm->open_count > STORM_OPEN_MAX / 2u)
        storm->open_count = STORM_OPEN_MAX / 2u;
    memset(storm->fetches, 0, sizeof storm->fetches);
    memcpy(storm->dead, storm->newest, sizeof storm->dead);
    start(storm);
}

/* Mostly time; now and then an end, or an operator. */
static void pass_or_end(struct storm *storm)
{
    uint32_t which = below(storm, 16);
    if (which == 15)
        die(storm);
    else if (which == 14 && storm->operators)
        operate(storm);
    else
        pass_time(storm);
}

void storm_event(struct storm *storm)
{
    switch (below(storm, 10)) {
    case 1:
        reassign(storm);
        break;
    case 2:
    case 3:
        ask(storm);
        break;
    case 4:
        deliver(storm);
        break;
    case 5:
        answer_nobody(storm);
        break;
    case 6:
        pass_or_end(storm);
        break;
    default:
        answer_one(storm);
        break;
    }
}

/* ---- Storms --------------------------------------------------------------------------------- */

struct rcp_limits storm_limits(struct storm_dice dice)
{
    struct rcp_limits limits = {0};
    limits.requests = 1u + dice.below(dice.context, 4);
    limits.retries = 1u + dice.below(dice.context, 4);
    limits.group = 1u + dice.below(dice.context, 4);
    limits.groups = 1u + dice.below(dice.context, 2);
    limits.page = 1u + dice.below(dice.context, 4);
    limits.sends = 1u + dice.below(dice.context, 3);
    limits.partitions = 1u + dice.below(dice.context, 3);
    limits.window = 1u + dice.below(dice.context, 3);
    if (limits.retries < limits.partitions)
        limits.retries = limits.partitions;
    storm_order_limits(dice, &limits);
    return limits;
}

void storm_begin(struct storm *storm,
                 struct storm_dice dice,
                 const struct rcp_node_config *config,
                 void *node,
                 void *copy)
{
    memset(storm, 0, offsetof(struct storm, open)); /* what is open is counted, not cleared */
    storm->dice = dice;
    storm->config = *config;
    storm->node = node;
    storm->copy = copy;
    storm->size = rcp_node_size(&config->limits);
    start(storm);
}

void storm_end(struct storm *storm)
{
    step(storm, (struct rcp_event){.kind = RCP_EVENT_STOP});
    for (uint32_t i = 0; i < ENDS_WITHIN && !rcp_node_idle(storm->node); i++) {
        answer_one(storm);
        if (storm->open_count == 0)
            pass_time(storm);
    }
    rcp_check(rcp_node_idle(storm->node), "node_can_stop");
    rcp_check(storm->replies + storm->forgotten == storm->requests, "request_answered");
}
