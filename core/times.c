/* The times of docs/POLICIES.md, "Times and limits", as one who only sees what a step asks for would
 * hold them: how long an effect waits, how far a timer leads, what a backoff may be. */
#include "core/times.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/order/order_flow.h"

/* --- How long an effect may wait --- */

struct wait {
    uint64_t op_id;
    uint32_t timeout_ms;
    uint32_t longest_ms;
};

static struct wait wait_of(const struct rcp_effect *effect)
{
    switch (effect->kind) {
    case RCP_EFFECT_REDIS:
        return (struct wait){effect->redis.op_id, effect->redis.timeout_ms, RCP_REDIS_TIMEOUT_MS};
    case RCP_EFFECT_MYSQL:
        return (struct wait){effect->mysql.op_id, effect->mysql.timeout_ms, RCP_MYSQL_TIMEOUT_MS};
    case RCP_EFFECT_SEND:
        return (struct wait){effect->send.op_id, effect->send.timeout_ms, RCP_KAFKA_TIMEOUT_MS};
    case RCP_EFFECT_PG:
        return (struct wait){effect->pg.op_id, effect->pg.timeout_ms, RCP_PG_TIMEOUT_MS};
    case RCP_EFFECT_REPLY:
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_COMMIT_OFFSET:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    return (struct wait){0, 0, 0};
}

/* A client that still waits has one deadline across all that is done for it. */
static void check_deadline(const struct rcp_step *step, uint32_t slot, uint32_t timeout_ms)
{
    const struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    if (!rcp_flow_is_request(step->node, slot) || flow->replied ||
        flow->deadline_ms <= step->mono_ms)
        return;
    rcp_check(step->mono_ms + timeout_ms <= flow->deadline_ms, "request_waits_within_its_deadline");
}

/* The same for an order: what it says to others, a PAY above all, has ended when its time is over. */
static void check_order_deadline(const struct rcp_step *step, uint32_t slot, uint32_t timeout_ms)
{
    const struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    rcp_check(flow->replied || step->mono_ms + timeout_ms <= flow->deadline_ms,
              "order_waits_within_its_deadline");
}

static void check_wait(const struct rcp_step *step, const struct rcp_effect *effect)
{
    struct wait wait = wait_of(effect);
    rcp_check(wait.timeout_ms <= wait.longest_ms, "effect_waits_within_its_time");
    if (rcp_op_owner(wait.op_id) == RCP_OWNER_FLOW)
        check_deadline(step, rcp_op_slot(wait.op_id), wait.timeout_ms);
    if (rcp_op_owner(wait.op_id) == RCP_OWNER_ORDER)
        check_order_deadline(step, rcp_op_slot(wait.op_id), wait.timeout_ms);
    if (rcp_op_owner(wait.op_id) != RCP_OWNER_GROUP)
        return;
    const struct rcp_group *group = rcp_group_at(step->node, rcp_op_slot(wait.op_id));
    for (uint32_t i = 0; i < group->count; i++)
        check_deadline(step, group->flows[i], wait.timeout_ms);
}

/* --- Backoffs --- */

/* After so many attempts that count: 1 2 4 8 16 minutes, and up to an eighth of jitter. */
static const uint32_t backoffs_ms[RCP_ATTEMPTS_MAX] = {60000, 120000, 240000, 480000, 960000};

static void check_backoffs(const struct rcp_step *step, const struct rcp_effect *effect)
{
    if (effect->kind != RCP_EFFECT_MYSQL || effect->mysql.script != RCP_SCRIPT_LATER)
        return;
    const struct rcp_tx_row *rows = &step->effects->rows[effect->mysql.first_row];
    for (uint32_t i = 0; i < effect->mysql.row_count; i++) {
        uint32_t attempt = rows[i].attempt < RCP_ATTEMPTS_MAX ? rows[i].attempt : 4u;
        uint32_t least_ms = backoffs_ms[attempt];
        rcp_check(rows[i].delay_ms >= least_ms && rows[i].delay_ms <= least_ms + least_ms / 8u,
                  "backoff_within_its_bounds");
    }
}

/* A payment is asked about again, and a refund goes on, after 1 minute to 1 hour and an eighth of it. */
static void check_ask_again(const struct rcp_step *step, const struct rcp_effect *effect)
{
    if (effect->kind != RCP_EFFECT_MYSQL ||
        (effect->mysql.script != RCP_SCRIPT_RESULT && effect->mysql.script != RCP_SCRIPT_REFUND))
        return;
    uint32_t delay_ms = step->effects->orders[effect->mysql.first_row].delay_ms;
    rcp_check(delay_ms >= RCP_ASK_AGAIN_MS &&
                  delay_ms <= RCP_ASK_AGAIN_MAX_MS + RCP_ASK_AGAIN_MAX_MS / 8u,
              "asks_again_within_its_bounds");
}

/* --- What failed waits --- */

/* An offset commit that failed goes out again after a pause, not in the same breath. */
static void check_repeat(const struct rcp_effect *effect, const struct rcp_event *event)
{
    if (event->kind != RCP_EVENT_OFFSET_DONE || event->offset_done.outcome == RCP_OUTCOME_DONE ||
        effect->kind != RCP_EFFECT_COMMIT_OFFSET)
        return;
    rcp_check(effect->commit_offset.partition != event->offset_done.partition ||
                  effect->commit_offset.assignment != event->offset_done.assignment,
              "failed_offset_commit_pauses");
}

/* --- Rounds --- */

/* A round that ended is due one period later, or at once behind a full page: surely at once where what
 * it did is written down. The first is due within a period of the start. */
static void check_round(const struct rcp_step *step,
                        const struct rcp_event *event,
                        const struct rcp_round *round,
                        uint8_t before,
                        uint32_t period_ms,
                        bool drains)
{
    if (round->state != RCP_ROUND_IDLE || round->next_ms == RCP_NEVER_MS)
        return;
    uint64_t lead_ms = round->next_ms - step->mono_ms;
    if (event->kind == RCP_EVENT_START)
        rcp_check(lead_ms > 0 && lead_ms <= period_ms, "first_round_within_a_period");
    if (before == RCP_ROUND_IDLE)
        return;
    rcp_check(lead_ms == period_ms || (lead_ms == 0 && round->more && drains),
              "round_is_due_as_promised");
    if (before == RCP_ROUND_WRITING && event->mysql_done.outcome == RCP_OUTCOME_DONE)
        rcp_check(lead_ms == 0 || !round->more || !drains, "full_page_goes_on");
}

/* Passes keep their ticks: the next comes within a period of the end of one, or at once. */
static void check_reconcile(const struct rcp_step *step,
                            const struct rcp_event *event,
                            uint8_t before)
{
    const struct rcp_reconcile *round = &step->node->reconcile;
    if (round->state != RCP_ROUND_IDLE || round->next_ms == RCP_NEVER_MS)
        return;
    uint64_t lead_ms = round->next_ms - step->mono_ms;
    if (event->kind == RCP_EVENT_START)
        rcp_check(lead_ms > 0 && lead_ms <= RCP_RECONCILE_MS, "first_round_within_a_period");
    if (before == RCP_ROUND_IDLE)
        return;
    rcp_check(lead_ms <= RCP_RECONCILE_MS, "pass_is_due_within_a_period");
    rcp_check(lead_ms == 0 || (round->next_ms - round->tick_ms) % RCP_RECONCILE_MS == 0,
              "ticks_keep_their_distance");
}

void rcp_times_check(const struct rcp_step *step,
                     const struct rcp_event *event,
                     struct rcp_rounds_before before)
{
    const struct rcp_node *node = step->node;
    for (uint32_t i = 0; i < step->effects->count; i++) {
        const struct rcp_effect *effect = &step->effects->items[i];
        check_wait(step, effect);
        check_backoffs(step, effect);
        check_ask_again(step, effect);
        check_repeat(effect, event);
    }
    bool drains = rcp_knob_hardened(step, RCP_KNOB_DRAIN);
    check_round(step, event, &node->scheduler, before.scheduler, RCP_PERIOD_MS, drains);
    check_round(step, event, &node->sweep, before.sweep, RCP_SWEEP_MS, true);
    check_reconcile(step, event, before.reconcile);
}

static_assert(RCP_BACKOFF_MS == 60000u && RCP_ATTEMPTS_MAX == 5u, "the backoffs are those above");
