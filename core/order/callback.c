/* The PG's callback. Repeated, early, late, contradictory and forged ones must be safe, so a hardened
 * one moves nothing: it only brings forward a question that would have been asked anyway. */
#include "core/order/callback.h"

#include "core/order/facade.h"
#include "core/order/inquiry.h"

void rcp_callback_arrived(struct rcp_step *step, const struct rcp_request *request)
{
    const struct rcp_order_request *said = request->order;
    bool trusts = !rcp_knob_hardened(step, RCP_KNOB_CALLBACK_TRUST);
    bool by_order = rcp_knob_hardened(step, RCP_KNOB_CALLBACK_LOOKUP) && said->order_id != 0;
    step->role = RCP_ROLE_CALLBACK;
    if (step->node->gateway.callback_mac && !said->mac && !trusts)
        rcp_order_refuse(step, request->request_id, RCP_STATUS_UNAUTHORIZED);
    else if (said->pg_key == 0 && !by_order)
        rcp_order_refuse(
            step, request->request_id, RCP_STATUS_OK); /* it is about nothing we know */
    else
        rcp_inquiry_admit(step, request, RCP_ORDER_KIND_CALLBACK, RCP_STAGE_HINT);
}

void rcp_callback_note(const struct rcp_step *step,
                       struct rcp_order_flow *flow,
                       const struct rcp_order_request *said)
{
    bool paid = said->status == RCP_PG_SUCCESS;
    if (!rcp_knob_hardened(step, RCP_KNOB_CALLBACK_LOOKUP))
        flow->row.order_id = 0; /* by key alone (FACTS 1.9, 2) */
    flow->says = (uint8_t)(paid ? RCP_SAID_SAYS_PAID : RCP_SAID_SAYS_FAILED);
    flow->said_key = said->pg_key;
    flow->said_failure = (uint8_t)rcp_failure_of((enum rcp_pg_reason)said->reason);
}

/* A flow of this node that has asked about this order, or is about to. */
static struct rcp_order_flow *settler_of(const struct rcp_node *node, uint64_t order_id)
{
    for (uint32_t slot = 0; slot < rcp_order_slots(node); slot++) {
        struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if ((flow->stage == RCP_STAGE_ASK || flow->stage == RCP_STAGE_PRICE) &&
            flow->row.order_id == order_id)
            return flow;
    }
    return NULL;
}

enum rcp_order_answer rcp_callback_found(struct rcp_step *step, struct rcp_order_flow *flow)
{
    struct rcp_order_row *row = &flow->row;
    bool trusts = !rcp_knob_hardened(step, RCP_KNOB_CALLBACK_TRUST);
    if (trusts ? row->status != RCP_CHARGE_IN_PROGRESS : !rcp_inquiry_is_open(row))
        return RCP_SAID_CLOSED;
    struct rcp_order_flow *settler = settler_of(step->node, row->order_id);
    if (!trusts && settler != NULL) {
        settler->hinted = 1;
        return RCP_SAID_COALESCED;
    }
    flow->deadline_ms = step->mono_ms + RCP_ASK_LEASE_MS; /* nobody waits for what follows */
    row->failure = flow->said_failure;
    row->pg_open = 0;
    if (row->pg_key == 0)
        row->pg_key = flow->said_key;
    return (enum rcp_order_answer)flow->says;
}
