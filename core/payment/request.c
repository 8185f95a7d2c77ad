/* The door: what is decided about a request before anybody is asked; and what the flow's own effects
 * (Redis commands and scripts that are not shared) come back with. */
#include "core/payment/request.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/group.h"

/* The answer that needs nobody: NONE where the request goes on. */
static enum rcp_status refuse_at_door(const struct rcp_step *step,
                                      const struct rcp_request *request)
{
    const struct rcp_token *token = &request->token;
    bool process = request->kind == RCP_REQUEST_PROCESS;
    if (request->kind == RCP_REQUEST_REJECT || request->kind == RCP_REQUEST_RETRY ||
        request->kind == RCP_REQUEST_PARK)
        return RCP_STATUS_NONE; /* operators come in by a door of their own */
    if (request->user_id == 0)
        return RCP_STATUS_UNAUTHORIZED;
    if (process && !rcp_knob_hardened(step, RCP_KNOB_TOKEN_MISSING))
        return RCP_STATUS_NONE; /* documented: nothing but its presence in Redis makes a token valid */
    if (token->form != RCP_TOKEN_SIGNED)
        return RCP_STATUS_BAD_REQUEST;
    if (process && !rcp_knob_hardened(step, RCP_KNOB_USER_MISMATCH))
        return RCP_STATUS_NONE;
    return token->user_id == request->user_id ? RCP_STATUS_NONE : RCP_STATUS_FORBIDDEN;
}

static enum rcp_flow_state first_state(enum rcp_request_kind kind)
{
    switch (kind) {
    case RCP_REQUEST_PROCESS:
        return RCP_FLOW_TOKEN;
    case RCP_REQUEST_STATUS:
        return RCP_FLOW_STATUS;
    case RCP_REQUEST_REJECT:
        return RCP_FLOW_REJECT;
    case RCP_REQUEST_RETRY:
        return RCP_FLOW_REOPEN;
    case RCP_REQUEST_PARK:
        return RCP_FLOW_SHELVE;
    case RCP_REQUEST_ORDER:
    case RCP_REQUEST_CALLBACK:
    case RCP_REQUEST_ORDER_STATUS:
    case RCP_REQUEST_ORDER_ASK:
    case RCP_REQUEST_ORDER_FAIL:
    case RCP_REQUEST_KIND_COUNT:
        break;
    }
    rcp_check_failed("request_kind_exists");
}

void rcp_request_arrived(struct rcp_step *step, const struct rcp_request *request)
{
    struct rcp_node *node = step->node;
    step->role = RCP_ROLE_PAYMENT;
    enum rcp_status refusal = refuse_at_door(step, request);
    if (refusal != RCP_STATUS_NONE) {
        rcp_emit_reply(step, request->request_id, refusal, RCP_PAYMENT_UNKNOWN);
        return;
    }
    uint32_t slot = node->stopping ? RCP_NO_SLOT : rcp_flow_take(node, true);
    if (slot == RCP_NO_SLOT) {
        rcp_emit_reply(step, request->request_id, RCP_STATUS_UNAVAILABLE, RCP_PAYMENT_UNKNOWN);
        return;
    }
    struct rcp_flow *flow = &rcp_flows(node)[slot];
    flow->request_id = request->request_id;
    flow->user_id = request->user_id;
    flow->token = request->token.handle;
    flow->origin = request->request_id;
    flow->kind = (uint8_t)request->kind;
    flow->payload.user_id = request->token.user_id;
    flow->payload.activity_id = request->token.activity_id;
    flow->deadline_ms = step->mono_ms + RCP_REQUEST_DEADLINE_MS;
    rcp_flow_enter(step, slot, first_state(request->kind));
}

static enum rcp_answer redis_answer(struct rcp_flow *flow, const struct rcp_redis_done *done)
{
    if (done->outcome == RCP_OUTCOME_UNKNOWN)
        return RCP_ANSWER_UNKNOWN;
    if (done->outcome == RCP_OUTCOME_REFUSED)
        return RCP_ANSWER_REFUSED;
    if (!done->found)
        return RCP_ANSWER_MISSING;
    if (flow->state != RCP_FLOW_TOKEN)
        return RCP_ANSWER_FOUND;
    if (!done->readable)
        return RCP_ANSWER_UNREADABLE;
    flow->payload = done->payload;
    return done->payload.user_id == flow->user_id ? RCP_ANSWER_FOUND : RCP_ANSWER_FOREIGN;
}

void rcp_request_redis_done(struct rcp_step *step, uint32_t slot, const struct rcp_redis_done *done)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    if (flow->op_id == done->op_id)
        rcp_flow_answer(step, slot, redis_answer(flow, done));
}

void rcp_flow_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    if (flow->op_id != done->op_id)
        return;
    if (done->outcome != RCP_OUTCOME_DONE) {
        rcp_flow_failed(step, slot, done);
        return;
    }
    rcp_check(done->row_count == 1, "verdict_for_the_row");
    enum rcp_verdict verdict = (enum rcp_verdict)done->rows[0].verdict;
    bool settles = flow->state == RCP_FLOW_COMMIT || flow->state == RCP_FLOW_COMMIT_LOG;
    rcp_flow_answer(step, slot, settles ? RCP_ANSWER_WRITTEN : rcp_answer_of(verdict));
}
