/* A flow: one request or one record on its way through its decision table. */
#include "core/flow.h"

#include "core/emit.h"
#include "core/group.h"
#include "core/hash.h"
#include "core/recovery/partition.h"
#include "core/rule.h"

#include <string.h>

uint32_t rcp_flow_take(struct rcp_node *node, bool request)
{
    uint16_t *list = request ? &node->free_request : &node->free_retry;
    uint32_t slot = *list;
    if (slot == RCP_NO_SLOT)
        return RCP_NO_SLOT;
    struct rcp_flow *flow = &rcp_flows(node)[slot];
    rcp_check(flow->state == RCP_FLOW_FREE, "flow_slot_free");
    *list = flow->next;
    memset(flow, 0, sizeof *flow);
    flow->next = RCP_NO_SLOT;
    *(request ? &node->requests_used : &node->retries_used) += 1;
    return slot;
}

void rcp_flow_give(struct rcp_node *node, uint32_t slot)
{
    bool request = rcp_flow_is_request(node, slot);
    uint16_t *list = request ? &node->free_request : &node->free_retry;
    uint16_t *used = request ? &node->requests_used : &node->retries_used;
    struct rcp_flow *flow = &rcp_flows(node)[slot];
    rcp_check(*used > 0, "flow_slot_used");
    rcp_check(flow->replied, "flow_ends_answered");
    flow->state = RCP_FLOW_FREE;
    flow->op_id = 0;
    flow->next = *list;
    *list = (uint16_t)slot;
    *used -= 1;
}

uint32_t rcp_backoff_ms(uint64_t seed, const struct rcp_payload *payload, uint32_t attempt)
{
    uint32_t shift = attempt < RCP_ATTEMPTS_MAX ? attempt : RCP_ATTEMPTS_MAX - 1u;
    uint32_t base_ms = RCP_BACKOFF_MS << shift;
    uint64_t hash = rcp_hash(rcp_hash(seed, payload->activity_id), payload->user_id);
    return base_ms + (uint32_t)(rcp_hash(hash, attempt) % (base_ms / 8u));
}

void rcp_flow_to_row(const struct rcp_step *step,
                     const struct rcp_flow *flow,
                     struct rcp_tx_row *row)
{
    uint32_t failures = (uint32_t)flow->attempt + flow->counted;
    row->payload = flow->payload;
    row->token = flow->token;
    row->origin = flow->origin;
    row->offset = flow->offset;
    row->partition = flow->partition;
    row->row_id = flow->row_id;
    row->epoch = flow->epoch;
    row->attempt = flow->attempt;
    row->alone = flow->alone;
    row->counted = flow->counted;
    row->error = flow->error;
    row->cause = flow->cause;
    if (flow->state == RCP_FLOW_LATER) {
        row->delay_ms = rcp_backoff_ms(step->node->seed, &flow->payload, flow->attempt);
        if (failures >= RCP_ATTEMPTS_MAX)
            row->cause = RCP_PARK_ATTEMPTS;
    }
    if (flow->state == RCP_FLOW_MARK)
        row->verdict = RCP_VERDICT_RELEASE;
    if (flow->state == RCP_FLOW_SHELVE)
        row->cause = RCP_PARK_OPERATOR;
}

bool rcp_flow_overdue(const struct rcp_step *step, uint32_t slot)
{
    const struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    return rcp_flow_is_request(step->node, slot) && !flow->replied &&
           step->mono_ms >= flow->deadline_ms && rcp_knob_hardened(step, RCP_KNOB_TOKEN_DELETE);
}

void rcp_flow_give_up(struct rcp_step *step, uint32_t slot)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    rcp_emit_reply(step, flow->request_id, RCP_STATUS_UNAVAILABLE, RCP_PAYMENT_UNKNOWN);
    flow->replied = 1;
    rcp_flow_give(step->node, slot);
}

uint32_t rcp_flow_timeout(const struct rcp_step *step, uint32_t slot, uint32_t timeout_ms)
{
    const struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    if (!rcp_flow_is_request(step->node, slot) || flow->replied ||
        step->mono_ms >= flow->deadline_ms)
        return timeout_ms;
    uint64_t left_ms = flow->deadline_ms - step->mono_ms;
    return left_ms < timeout_ms ? (uint32_t)left_ms : timeout_ms;
}

/* --- What each state does when it is entered --- */

static void issue_redis(struct rcp_step *step, uint32_t slot, enum rcp_redis_verb verb)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    flow->op_id = rcp_op_id(step->node, RCP_OWNER_FLOW, slot);
    rcp_emit_redis(step,
                   flow->op_id,
                   verb,
                   flow->token,
                   flow->origin,
                   rcp_flow_timeout(step, slot, RCP_REDIS_TIMEOUT_MS));
}

static void issue_script(struct rcp_step *step, uint32_t slot, enum rcp_script script)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    flow->op_id = rcp_op_id(step->node, RCP_OWNER_FLOW, slot);
    struct rcp_mysql_effect *mysql = rcp_emit_script(
        step, flow->op_id, script, 1, rcp_flow_timeout(step, slot, RCP_MYSQL_TIMEOUT_MS));
    if (script == RCP_SCRIPT_FINISH)
        mysql->session = flow->session;
    if (script == RCP_SCRIPT_SETTLE)
        mysql->kill_session = flow->session;
    if (script == RCP_SCRIPT_REOPEN && rcp_knob_hardened(step, RCP_KNOB_OPEN_ROWS))
        mysql->flags |= RCP_TX_ONE_OPEN;
    rcp_flow_to_row(step, flow, rcp_emit_rows(step, mysql));
}

static void issue_direct_record(struct rcp_step *step, uint32_t slot)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    flow->op_id = rcp_op_id(step->node, RCP_OWNER_FLOW, slot);
    struct rcp_send_effect *send = &rcp_emit(step, RCP_EFFECT_SEND)->send;
    send->op_id = flow->op_id;
    send->record.payload = flow->payload;
    send->record.token = flow->token;
    send->record.origin = flow->origin;
    send->record.usable = 1;
    send->record.mac = 1;
    send->keyed = rcp_knob_hardened(step, RCP_KNOB_RECORD_KEY);
    send->key_hash = rcp_hash(flow->payload.activity_id, flow->payload.user_id);
    send->acks = RCP_ACKS_ALL;
    send->timeout_ms = rcp_flow_timeout(step, slot, RCP_KAFKA_TIMEOUT_MS);
}

static void pause_record(struct rcp_step *step, struct rcp_flow *flow, enum rcp_flow_state from)
{
    struct rcp_node *node = step->node;
    flow->op_id = 0;
    flow->resume = (uint8_t)(from == RCP_FLOW_PARK ? RCP_FLOW_PARK : RCP_FLOW_APPROVE);
    flow->deadline_ms = step->mono_ms + RCP_RETRY_PAUSE_MS;
    if (flow->deadline_ms < node->wake_ms)
        node->wake_ms = flow->deadline_ms;
}

void rcp_flow_enter(struct rcp_step *step, uint32_t slot, enum rcp_flow_state state)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    enum rcp_flow_state from = (enum rcp_flow_state)flow->state;
    step->role = rcp_flow_is_request(step->node, slot) ? RCP_ROLE_PAYMENT : RCP_ROLE_CONSUMER;
    if (from == RCP_FLOW_FREE && !rcp_flow_is_request(step->node, slot) &&
        rcp_is_paused(step->node, RCP_WORKER_CONSUMER)) {
        from = state; /* it came all the same, and goes on there when that is over */
        state = RCP_FLOW_PAUSE;
    }
    if (from == RCP_FLOW_PAUSE)
        rcp_check(flow->tries == 0 && flow->cause == RCP_PARK_NONE, "record_goes_on_afresh");
    if (from == RCP_FLOW_SETTLE && state == RCP_FLOW_APPROVE &&
        flow->tries++ >= RCP_CONTENTION_TRIES)
        state = RCP_FLOW_LATER; /* nobody hears of its COMMITs: not now */
    if (state == RCP_FLOW_LATER && flow->row_id == 0)
        state = RCP_FLOW_LOG; /* a direct record has no row yet: it gets one */
    flow->state = (uint8_t)state;
    switch (state) {
    case RCP_FLOW_FREE:
        rcp_flow_give(step->node, slot);
        break;
    case RCP_FLOW_TOKEN:
        issue_redis(step, slot, RCP_REDIS_GET);
        break;
    case RCP_FLOW_DELETE_OPEN:
    case RCP_FLOW_RELEASE:
        issue_redis(step, slot, RCP_REDIS_DEL);
        break;
    case RCP_FLOW_HOLD:
        issue_redis(step, slot, RCP_REDIS_EXPIRE);
        break;
    case RCP_FLOW_COMMIT:
    case RCP_FLOW_COMMIT_LOG:
        issue_script(step, slot, RCP_SCRIPT_FINISH);
        break;
    case RCP_FLOW_SETTLE:
        issue_script(step, slot, RCP_SCRIPT_SETTLE);
        break;
    case RCP_FLOW_LOOKUP:
    case RCP_FLOW_STATUS:
        issue_script(step, slot, RCP_SCRIPT_LOOKUP);
        break;
    case RCP_FLOW_FENCE:
        issue_script(step, slot, RCP_SCRIPT_FENCE);
        break;
    case RCP_FLOW_REJECT:
        issue_script(step, slot, RCP_SCRIPT_REJECT);
        break;
    case RCP_FLOW_REOPEN:
        issue_script(step, slot, RCP_SCRIPT_REOPEN);
        break;
    case RCP_FLOW_SHELVE:
        issue_script(step, slot, RCP_SCRIPT_SHELVE);
        break;
    case RCP_FLOW_PARK:
        issue_script(step, slot, RCP_SCRIPT_PARK);
        break;
    case RCP_FLOW_DIRECT:
        issue_direct_record(step, slot);
        break;
    case RCP_FLOW_PAUSE:
        pause_record(step, flow, from);
        break;
    case RCP_FLOW_APPROVE:
    case RCP_FLOW_LOG:
    case RCP_FLOW_LATER:
    case RCP_FLOW_MARK:
        rcp_group_queue(step, slot);
        break;
    case RCP_FLOW_STATE_COUNT:
        rcp_check_failed("flow_state_exists");
    }
}

/* --- Moving through the table --- */

/* What the payment is known to be by this answer. */
static enum rcp_payment_state known_state(enum rcp_answer answer)
{
    switch (answer) {
    case RCP_ANSWER_APPROVED:
    case RCP_ANSWER_CONFLICT:
        return RCP_PAYMENT_APPROVED;
    case RCP_ANSWER_OPEN:
        return RCP_PAYMENT_OPEN;
    case RCP_ANSWER_PARKED:
        return RCP_PAYMENT_PARKED;
    case RCP_ANSWER_REJECTED:
        return RCP_PAYMENT_REJECTED;
    case RCP_ANSWER_NONE:
    case RCP_ANSWER_FOUND:
    case RCP_ANSWER_MISSING:
    case RCP_ANSWER_FOREIGN:
    case RCP_ANSWER_UNREADABLE:
    case RCP_ANSWER_FENCED:
    case RCP_ANSWER_FULL:
    case RCP_ANSWER_NOTHING:
    case RCP_ANSWER_WRITTEN:
    case RCP_ANSWER_SENT:
    case RCP_ANSWER_REFUSED:
    case RCP_ANSWER_UNKNOWN:
    case RCP_ANSWER_COUNT:
        break;
    }
    return RCP_PAYMENT_UNKNOWN;
}

/* What the reply says of the payment: what is known, else what its status promises. */
static enum rcp_payment_state told_state(const struct rcp_flow *flow,
                                         enum rcp_answer answer,
                                         enum rcp_status status)
{
    enum rcp_payment_state known = known_state(answer);
    if (known != RCP_PAYMENT_UNKNOWN || flow->kind != RCP_REQUEST_PROCESS)
        return known;
    if (status == RCP_STATUS_ACCEPTED)
        return RCP_PAYMENT_OPEN;
    return status == RCP_STATUS_OK ? RCP_PAYMENT_APPROVED : RCP_PAYMENT_UNKNOWN;
}

static void mark_durable(struct rcp_step *step, struct rcp_flow *flow)
{
    if (!flow->replied)
        rcp_partition_done(step, flow->partition, flow->assignment, flow->offset);
    flow->replied = 1;
}

void rcp_flow_answer(struct rcp_step *step, uint32_t slot, enum rcp_answer answer)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    bool request = rcp_flow_is_request(step->node, slot);
    const struct rcp_flow_rule *rule = rcp_rule_find(step,
                                                     request ? RCP_TABLE_PAYMENT : RCP_TABLE_RETRY,
                                                     (enum rcp_flow_state)flow->state,
                                                     answer);
    flow->op_id = 0;
    if (answer == RCP_ANSWER_FULL)
        flow->cause = RCP_PARK_CAPACITY;
    if (answer == RCP_ANSWER_FENCED)
        flow->cause = RCP_PARK_FENCED;
    switch ((enum rcp_move)rule->move) {
    case RCP_MOVE_TO:
        if (rcp_flow_overdue(step, slot)) {
            rcp_flow_give_up(step, slot);
            return;
        }
        break;
    case RCP_MOVE_REPLY:
        rcp_check(request && !flow->replied, "reply_once");
        rcp_emit_reply(step,
                       flow->request_id,
                       (enum rcp_status)rule->status,
                       told_state(flow, answer, (enum rcp_status)rule->status));
        flow->replied = 1;
        break;
    case RCP_MOVE_DURABLE:
        rcp_check(!request, "durable_is_for_records");
        mark_durable(step, flow);
        break;
    case RCP_MOVE_PAUSE:
    case RCP_MOVE_NONE:
        rcp_check_failed("rule_has_move");
    }
    rcp_flow_enter(step, slot, (enum rcp_flow_state)rule->to);
}

enum rcp_answer rcp_answer_of(enum rcp_verdict verdict)
{
    switch (verdict) {
    case RCP_VERDICT_APPROVED:
    case RCP_VERDICT_ALREADY:
        return RCP_ANSWER_APPROVED;
    case RCP_VERDICT_REJECTED:
        return RCP_ANSWER_REJECTED;
    case RCP_VERDICT_CONFLICT:
        return RCP_ANSWER_CONFLICT;
    case RCP_VERDICT_FULL:
        return RCP_ANSWER_FULL;
    case RCP_VERDICT_OPEN:
        return RCP_ANSWER_OPEN;
    case RCP_VERDICT_PARKED:
        return RCP_ANSWER_PARKED;
    case RCP_VERDICT_NOTHING:
        return RCP_ANSWER_NOTHING;
    case RCP_VERDICT_LOGGED:
    case RCP_VERDICT_STALE:
    case RCP_VERDICT_WRITTEN:
    case RCP_VERDICT_RELEASE:
    case RCP_VERDICT_RENEW:
    case RCP_VERDICT_ALERT:
    case RCP_VERDICT_ALERT_RECORD:
        return RCP_ANSWER_WRITTEN;
    case RCP_VERDICT_NONE:
    case RCP_VERDICT_COUNT:
        break;
    }
    rcp_check_failed("verdict_given");
}
