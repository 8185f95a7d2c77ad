/* Refunds (POLICIES.md): the intent is committed before the call, the call carries the transaction's own
 * key, and what is not known is asked for before it is sent once more. */
#include "core/order/refund.h"

#include "core/emit.h"
#include "core/hash.h"
#include "core/order/order_call.h"
#include "core/order/order_pause.h"

enum rcp_order_stage rcp_refund_first_stage(const struct rcp_step *step,
                                            const struct rcp_order_row *row)
{
    if (!step->node->gateway.refunds)
        return RCP_STAGE_REFUND_WRITE;
    return row->version > 1 ? RCP_STAGE_REFUND_ASK
                            : RCP_STAGE_REFUND; /* an earlier claim may have sent it */
}

/* --- What it comes to --- */

static void note(struct rcp_order_flow *flow, enum rcp_refund_status becomes, bool refused)
{
    bool spent = flow->row.tries + (refused ? 1u : 0u) >= RCP_REFUND_TRIES_MAX;
    if (becomes == RCP_REFUND_DUE && spent)
        becomes = RCP_REFUND_PARKED;
    flow->row.status = (uint8_t)becomes;
    flow->row.tries = refused;
}

/* 1 2 4 .. 60 minutes by the number of claims, and up to an eighth of jitter. */
static uint32_t again_ms(const struct rcp_step *step, const struct rcp_order_row *row)
{
    uint32_t again_ms = RCP_ASK_AGAIN_MS;
    for (uint32_t i = 1; i < row->version && again_ms < RCP_ASK_AGAIN_MAX_MS; i++)
        again_ms *= 2u;
    if (again_ms > RCP_ASK_AGAIN_MAX_MS)
        again_ms = RCP_ASK_AGAIN_MAX_MS;
    uint64_t hash = rcp_hash(rcp_hash(step->node->seed, row->pg_key), row->version);
    return again_ms + (uint32_t)(hash % (again_ms / 8u));
}

/* --- Calls --- */

static void call(struct rcp_step *step, uint32_t slot, enum rcp_pg_verb verb)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (rcp_order_left_ms(step, flow) == 0) {
        rcp_order_answer(step, slot, RCP_SAID_LEFT); /* its lease brings it back */
    } else if (rcp_order_call(step, slot, verb, flow->row.pg_key) == RCP_CALL_OPEN) {
        note(flow, RCP_REFUND_DUE, false);
        rcp_order_answer(step, slot, RCP_SAID_DECIDED);
    }
}

void rcp_refund_ask(struct rcp_step *step, uint32_t slot)
{
    call(step, slot, RCP_PG_GET);
}

void rcp_refund_send(struct rcp_step *step, uint32_t slot)
{
    call(step, slot, RCP_PG_REFUND);
}

/* GET: is it back already? */
static enum rcp_order_answer asked(struct rcp_order_flow *flow,
                                   enum rcp_pg_class class,
                                   const struct rcp_pg_done *done)
{
    if (class != RCP_PG_CLASS_TOLD) {
        note(flow, RCP_REFUND_DUE, false);
        return RCP_SAID_DECIDED;
    }
    rcp_check(done->count == 1, "get_tells_one");
    switch ((enum rcp_pg_status)done->transactions[0].status) {
    case RCP_PG_REFUNDED:
        note(flow, RCP_REFUND_REFUNDED, false);
        return RCP_SAID_DECIDED;
    case RCP_PG_SUCCESS:
        return RCP_SAID_KEPT;
    case RCP_PG_PENDING:
    case RCP_PG_FAILED:
    case RCP_PG_STATUS_COUNT:
        break;
    }
    note(flow, RCP_REFUND_PARKED, false); /* it once told us SUCCESS: for a person */
    return RCP_SAID_DECIDED;
}

/* REFUND: a refusal that would be repeated is for a person; one that may pass counts; silence does not. */
static void sent(struct rcp_order_flow *flow, enum rcp_pg_class class)
{
    switch (class) {
    case RCP_PG_CLASS_TOLD:
        note(flow, RCP_REFUND_REFUNDED, false);
        return;
    case RCP_PG_CLASS_BUSINESS:
    case RCP_PG_CLASS_NO_RECORD:
        note(flow, RCP_REFUND_PARKED, true);
        return;
    case RCP_PG_CLASS_LATER:
    case RCP_PG_CLASS_ASK_FIRST:
        note(flow, RCP_REFUND_DUE, true);
        return;
    case RCP_PG_CLASS_CIRCUIT_OPEN:
    case RCP_PG_CLASS_NOT_REACHED:
    case RCP_PG_CLASS_UNCERTAIN:
        note(flow, RCP_REFUND_DUE, false);
        return;
    case RCP_PG_CLASS_NONE:
    case RCP_PG_CLASS_COUNT:
        break;
    }
    rcp_check_failed("refund_has_class");
}

void rcp_refund_told(struct rcp_step *step,
                     uint32_t slot,
                     enum rcp_pg_class class,
                     const struct rcp_pg_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->stage == RCP_STAGE_REFUND_ASK) {
        rcp_order_answer(step, slot, asked(flow, class, done));
        return;
    }
    sent(flow, class);
    rcp_check(class != RCP_PG_CLASS_BUSINESS || flow->row.status == RCP_REFUND_PARKED,
              "refused_refund_is_parked");
    rcp_order_answer(step, slot, RCP_SAID_DECIDED);
}

/* --- Writing it down --- */

void rcp_refund_write(struct rcp_step *step, uint32_t slot)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (!step->node->gateway.refunds)
        note(flow, RCP_REFUND_PARKED, false); /* there is no call for it */
    flow->row.delay_ms = again_ms(step, &flow->row);
    rcp_order_issue(step, slot, RCP_SCRIPT_REFUND);
}

void rcp_refund_tell(struct rcp_step *step, uint32_t slot)
{
    const struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    rcp_check(flow->row.alert != RCP_ORDER_ALERT_NONE && flow->row.alert < RCP_ORDER_ALERT_COUNT,
              "alert_says_what");
    rcp_emit(step, RCP_EFFECT_ORDER_ALERT)->order_alert = (struct rcp_order_alert_effect){
        .alert = (enum rcp_order_alert)flow->row.alert,
        .order_id = flow->row.order_id,
        .key = flow->row.pg_key,
    };
    rcp_order_issue(step, slot, RCP_SCRIPT_TOLD);
}

void rcp_refund_written(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (done->outcome == RCP_OUTCOME_DONE) {
        rcp_order_answer(step, slot, RCP_SAID_WRITTEN);
        return;
    }
    if (flow->stage == RCP_STAGE_REFUND_WRITE && rcp_order_repeats(step, flow, done)) {
        rcp_order_answer(step, slot, RCP_SAID_CONTENTION);
        return;
    }
    step->node->reconcile.more = 0; /* the database does not take them: no hurry */
    rcp_order_answer(step, slot, RCP_SAID_SKIPPED);
}
