/* PaymentFacade (FACTS 1.6): LIST, GET what needs a price, aggregate, decide. Nothing is written here,
 * and no transaction is open meanwhile. */
#include "core/order/facade.h"

#include "core/emit.h"
#include "core/hash.h"
#include "core/order/charge_table.h"
#include "core/order/decision_check.h"
#include "core/order/order_call.h"
#include "core/order/place.h"
#include "core/order/refund.h"

#include <string.h>

static_assert(RCP_ASK_AGAIN_MS << RCP_ASKED_COUNTS >= RCP_ASK_AGAIN_MAX_MS,
              "the pauses grow to the longest one");

enum rcp_failure rcp_failure_of(enum rcp_pg_reason reason)
{
    static const uint8_t failures[RCP_PG_REASON_COUNT] = {
        [RCP_PG_REASON_NONE] = RCP_FAILURE_PG,
        [RCP_PG_REASON_LIMIT] = RCP_FAILURE_LIMIT,
        [RCP_PG_REASON_CARD] = RCP_FAILURE_CARD,
    };
    return reason < RCP_PG_REASON_COUNT ? (enum rcp_failure)failures[reason] : RCP_FAILURE_PG;
}

/* --- When to ask again --- */

/* A charge that is in progress is looked at each minute; what waits for the PG's last word, or for the PG
 * itself, less and less often: 1 2 4 .. 60 minutes, and up to an eighth of jitter. */
static uint32_t ask_again_ms(const struct rcp_step *step,
                             const struct rcp_order_row *row,
                             enum rcp_charge_status becomes)
{
    uint32_t again_ms = RCP_ASK_AGAIN_MS;
    if (becomes != RCP_CHARGE_IN_PROGRESS)
        again_ms <<= rcp_asked_counts(row);
    if (again_ms > RCP_ASK_AGAIN_MAX_MS)
        again_ms = RCP_ASK_AGAIN_MAX_MS;
    uint64_t hash = rcp_hash(rcp_hash(step->node->seed, row->order_id), rcp_asked_counts(row));
    return again_ms + (uint32_t)(hash % (again_ms / 8u));
}

/* --- Deciding --- */

/* Nothing can come any more: all is final, and too late for what was sent. */
static bool is_over(const struct rcp_order_flow *flow, enum rcp_pg_result result)
{
    return result != RCP_PG_RESULT_QUERY_FAILED && result != RCP_PG_RESULT_PENDING &&
           (flow->seen.count == 0 || rcp_pg_all_final(&flow->seen)) &&
           flow->row.sent_age_ms > RCP_PG_LATE_MS;
}

static uint32_t posts_in_all(const struct rcp_order_flow *flow)
{
    return (flow->kind == RCP_ORDER_KIND_PLACE ? flow->posts : 0u) + flow->row.tries;
}

static bool asked_on(const struct rcp_order_flow *flow,
                     const struct rcp_decision_rule *rule,
                     bool over)
{
    switch ((enum rcp_asked_on)rule->asked_on) {
    case RCP_ASKED_ON_NO:
        return false;
    case RCP_ASKED_ON_YES:
        return true;
    case RCP_ASKED_ON_TILL_OVER:
        break;
    }
    bool only_post = rule->settle == RCP_SETTLE_PAY && posts_in_all(flow) == 1;
    return !over && !only_post;
}

/* The transaction that the order keeps: what else took money goes back. */
static uint64_t kept_key(const struct rcp_order_row *row)
{
    return row->settle == RCP_SETTLE_PAY || row->status == RCP_CHARGE_PAID ? row->pg_key : 0;
}

/* True where surplus money is looked for: once it is settled, whatever the order does not keep. */
static bool gives_back(const struct rcp_step *step, const struct rcp_order_row *row)
{
    return rcp_knob_hardened(step, RCP_KNOB_REFUND) &&
           (row->settle == RCP_SETTLE_PAY ||
            !rcp_charge_is_open((enum rcp_charge_status)row->status));
}

static void write_refunds(const struct rcp_step *step, struct rcp_order_flow *flow)
{
    struct rcp_order_row *row = &flow->row;
    memset(row->refunds, 0, sizeof row->refunds);
    if (!gives_back(step, row))
        return;
    uint32_t count = rcp_pg_surplus(&flow->seen, row->order_id, kept_key(row), row->refunds);
    if (count <= RCP_REFUND_LINES_MAX)
        return;
    row->pg_open = 1; /* the rest is written when these have gone back */
    if (row->settle == RCP_SETTLE_CLOSE)
        row->settle = RCP_SETTLE_LEAVE;
}

/* Documented: what is left as it is, is not written at all. */
static bool is_left(const struct rcp_step *step, const struct rcp_order_row *row)
{
    return row->settle == RCP_SETTLE_LEAVE && row->refunds[0].key == 0 &&
           !rcp_knob_hardened(step, RCP_KNOB_SELECTION);
}

static void decide(struct rcp_step *step, uint32_t slot, enum rcp_pg_result result, uint32_t which)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    struct rcp_order_row *row = &flow->row;
    bool over = is_over(flow, result);
    const struct rcp_decision_rule *rule =
        rcp_decision_find(step,
                          (enum rcp_charge_status)row->status,
                          result,
                          rcp_age_of(step->node->policy, row, result, over));
    bool on = asked_on(flow, rule, over);
    enum rcp_charge_status becomes = rcp_decision_check(step, flow, rule, on);
    row->settle = rule->settle;
    row->failure = rule->failure;
    row->pg_open = on;
    row->silent = result == RCP_PG_RESULT_QUERY_FAILED;
    if (rule->settle == RCP_SETTLE_FAIL && result == RCP_PG_RESULT_FAILED)
        row->failure =
            (uint8_t)rcp_failure_of((enum rcp_pg_reason)flow->seen.transactions[which].reason);
    if (rule->settle == RCP_SETTLE_PAY || (rule->settle == RCP_SETTLE_KEY && row->pg_key == 0))
        row->pg_key = flow->seen.transactions[which].key;
    write_refunds(step, flow);
    row->delay_ms = ask_again_ms(step, row, becomes);
    row->tries = flow->kind == RCP_ORDER_KIND_PLACE ? flow->posts : 0;
    rcp_order_answer(step, slot, is_left(step, row) ? RCP_SAID_LEFT : RCP_SAID_DECIDED);
}

/* --- Asking --- */

/* No time left to ask: it stays as it is. */
static bool leaves(const struct rcp_step *step, const struct rcp_order_flow *flow)
{
    return rcp_order_left_ms(step, flow) <= (flow->replied ? 0 : RCP_MYSQL_TIMEOUT_MS);
}

static void call(struct rcp_step *step, uint32_t slot, enum rcp_pg_verb verb, uint64_t key)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (leaves(step, flow))
        rcp_order_answer(step, slot, RCP_SAID_LEFT);
    else if (rcp_order_call(step, slot, verb, key) == RCP_CALL_OPEN)
        decide(step, slot, RCP_PG_RESULT_QUERY_FAILED, 0);
}

void rcp_facade_ask(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    memset(&flow->seen, 0, sizeof flow->seen);
    call(step, slot, RCP_PG_LIST, 0);
}

void rcp_facade_price(struct rcp_step *step, uint32_t slot)
{
    const struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    uint64_t key = rcp_pg_seen_unpriced(step, &flow->seen);
    rcp_check(key != 0, "price_is_asked_for");
    call(step, slot, RCP_PG_GET, key);
}

/* All is known that can be. */
static void conclude(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    uint32_t which = 0;
    if (rcp_pg_seen_unpriced(step, &flow->seen) != 0) {
        rcp_order_answer(step, slot, RCP_SAID_UNPRICED);
        return;
    }
    enum rcp_pg_result result =
        rcp_pg_aggregate(step, &flow->seen, flow->row.order_id, flow->row.cart.paid_amount, &which);
    if (result == RCP_PG_RESULT_PENDING && flow->hinted) {
        flow->hinted = 0;
        rcp_order_answer(step, slot, RCP_SAID_HINTED);
        return;
    }
    decide(step, slot, result, which);
}

static void listed(struct rcp_step *step,
                   uint32_t slot,
                   enum rcp_pg_class class,
                   const struct rcp_pg_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (class == RCP_PG_CLASS_TOLD) {
        rcp_pg_seen_list(&flow->seen, done);
        conclude(step, slot);
        return;
    }
    if (class != RCP_PG_CLASS_NO_RECORD)
        decide(step, slot, RCP_PG_RESULT_QUERY_FAILED, 0);
    else if (rcp_place_pauses(step, flow, 0))
        rcp_order_answer(step, slot, RCP_SAID_NO_RECORD);
    else
        conclude(step, slot);
}

static void priced(struct rcp_step *step,
                   uint32_t slot,
                   enum rcp_pg_class class,
                   const struct rcp_pg_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    uint64_t key = rcp_pg_seen_unpriced(step, &flow->seen);
    if (class == RCP_PG_CLASS_TOLD && rcp_pg_seen_price(&flow->seen, key, done))
        conclude(step, slot);
    else
        decide(step, slot, RCP_PG_RESULT_QUERY_FAILED, 0);
}

void rcp_facade_told(struct rcp_step *step,
                     uint32_t slot,
                     enum rcp_pg_class class,
                     const struct rcp_pg_done *done)
{
    if (rcp_order_flow_at(step->node, slot)->stage == RCP_STAGE_ASK)
        listed(step, slot, class, done);
    else
        priced(step, slot, class, done);
}

/* --- Without asking --- */

void rcp_facade_settle_as(struct rcp_step *step, uint32_t slot, enum rcp_order_stage stage)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    struct rcp_order_row *row = &flow->row;
    enum rcp_settle settle = RCP_SETTLE_KEY;
    enum rcp_charge_status becomes = RCP_CHARGE_IN_PROGRESS;
    if (stage == RCP_STAGE_FAIL) {
        settle = RCP_SETTLE_FAIL;
        becomes = RCP_CHARGE_FAILED;
    } else if (stage == RCP_STAGE_TAKE) {
        enum rcp_knob trust =
            flow->kind == RCP_ORDER_KIND_PLACE ? RCP_KNOB_PG_ACCEPTED : RCP_KNOB_CALLBACK_TRUST;
        rcp_check(!rcp_knob_hardened(step, trust), "word_is_not_taken");
        settle = RCP_SETTLE_PAY;
        becomes = RCP_CHARGE_PAID;
    }
    row->settle = (uint8_t)settle;
    if (settle != RCP_SETTLE_FAIL)
        row->failure = RCP_FAILURE_NONE;
    row->tries = flow->kind == RCP_ORDER_KIND_PLACE ? flow->posts : 0;
    row->silent = 0;
    row->delay_ms = ask_again_ms(step, row, becomes);
    memset(row->refunds, 0, sizeof row->refunds);
}

/* --- What DUE brought --- */

void rcp_facade_take_due(struct rcp_step *step, const struct rcp_order_row *row)
{
    uint32_t slot = rcp_order_take(step->node, true);
    rcp_check(slot != RCP_NO_SLOT, "due_has_slot");
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    flow->row = *row;
    flow->deadline_ms = step->mono_ms + RCP_ASK_LEASE_MS;
    switch ((enum rcp_order_verdict)row->verdict) {
    case RCP_ORDER_VERDICT_DUE:
        flow->kind = RCP_ORDER_KIND_SETTLE;
        rcp_order_enter(step, slot, RCP_STAGE_ASK);
        return;
    case RCP_ORDER_VERDICT_REFUND:
        flow->kind = RCP_ORDER_KIND_REFUND;
        rcp_order_enter(step, slot, rcp_refund_first_stage(step, row));
        return;
    case RCP_ORDER_VERDICT_ALERT:
        flow->kind = RCP_ORDER_KIND_ALERT;
        rcp_order_enter(step, slot, RCP_STAGE_TELL);
        return;
    case RCP_ORDER_VERDICT_NONE:
    case RCP_ORDER_VERDICT_PLACED:
    case RCP_ORDER_VERDICT_PAID:
    case RCP_ORDER_VERDICT_FAILED:
    case RCP_ORDER_VERDICT_UNSURE:
    case RCP_ORDER_VERDICT_RUNNING:
    case RCP_ORDER_VERDICT_OTHER:
    case RCP_ORDER_VERDICT_NO_STOCK:
    case RCP_ORDER_VERDICT_NO_POINT:
    case RCP_ORDER_VERDICT_NO_COUPON:
    case RCP_ORDER_VERDICT_PRICE:
    case RCP_ORDER_VERDICT_NOTHING:
    case RCP_ORDER_VERDICT_WRITTEN:
    case RCP_ORDER_VERDICT_STALE:
    case RCP_ORDER_VERDICT_REFUSED:
    case RCP_ORDER_VERDICT_COUNT:
        break;
    }
    rcp_check_failed("due_row_has_work");
}
