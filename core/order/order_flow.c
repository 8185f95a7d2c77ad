/* An order flow on its way through order_table.c: its slot, its deadline, its pauses, its calls. */
#include "core/order/order_flow.h"

#include "core/emit.h"
#include "core/hash.h"
#include "core/order/facade.h"
#include "core/order/inquiry.h"
#include "core/order/place.h"
#include "core/order/refund.h"
#include "core/order/result_handler.h"
#include "core/rule.h"

#include <string.h>

#define WHOLE_AGAIN_MS        100u /* documented: 100 to 500 ms, and two attempts in all (FACTS 1.2) */
#define WHOLE_AGAIN_SPREAD_MS 400u

/* --- Slots --- */

uint32_t rcp_order_take(struct rcp_node *node, bool item)
{
    uint16_t *list = item ? &node->free_settle : &node->free_order;
    uint32_t slot = *list;
    if (slot == RCP_NO_SLOT)
        return RCP_NO_SLOT;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    rcp_check(flow->stage == RCP_STAGE_FREE, "order_slot_free");
    *list = flow->next;
    memset(flow, 0, sizeof *flow);
    flow->next = RCP_NO_SLOT;
    flow->replied = item;
    *(item ? &node->settles_used : &node->orders_used) += 1;
    return slot;
}

static void give(struct rcp_node *node, uint32_t slot)
{
    bool item = rcp_order_is_item(node, slot);
    uint16_t *list = item ? &node->free_settle : &node->free_order;
    uint16_t *used = item ? &node->settles_used : &node->orders_used;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    rcp_check(*used > 0, "order_slot_used");
    rcp_check(flow->replied, "order_flow_ends_answered");
    flow->stage = RCP_STAGE_FREE;
    flow->op_id = 0;
    flow->next = *list;
    *list = (uint16_t)slot;
    *used -= 1;
}

/* --- Time --- */

uint32_t rcp_order_left_ms(const struct rcp_step *step, const struct rcp_order_flow *flow)
{
    uint64_t left_ms = step->mono_ms < flow->deadline_ms ? flow->deadline_ms - step->mono_ms : 0;
    return left_ms < UINT32_MAX ? (uint32_t)left_ms : UINT32_MAX;
}

static bool overdue(const struct rcp_step *step, const struct rcp_order_flow *flow)
{
    return !flow->replied && rcp_order_left_ms(step, flow) == 0;
}

uint32_t rcp_order_jitter(const struct rcp_step *step,
                          const struct rcp_order_flow *flow,
                          uint32_t base_ms,
                          uint32_t spread_ms)
{
    uint64_t hash = rcp_hash(rcp_hash(step->node->seed, flow->row.order_id), flow->row.user_id);
    return base_ms + (uint32_t)(rcp_hash(hash, flow->repeats) % (spread_ms + 1u));
}

bool rcp_order_repeats(struct rcp_step *step,
                       struct rcp_order_flow *flow,
                       const struct rcp_mysql_done *done)
{
    if (done->outcome != RCP_OUTCOME_REFUSED || done->error != RCP_ERROR_CONTENTION ||
        flow->repeats >= RCP_ORDER_TRIES || !rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER))
        return false;
    uint32_t base_ms = RCP_ORDER_AGAIN_MS << flow->repeats;
    flow->repeats++;
    flow->pause_ms = rcp_order_jitter(step, flow, base_ms, base_ms / 2u);
    return true;
}

bool rcp_order_whole_again(struct rcp_step *step,
                           struct rcp_order_flow *flow,
                           const struct rcp_mysql_done *done)
{
    bool lost = done->outcome == RCP_OUTCOME_REFUSED && done->error == RCP_ERROR_CONTENTION;
    bool stale =
        done->outcome == RCP_OUTCOME_DONE && done->orders[0].verdict == RCP_ORDER_VERDICT_STALE;
    if (flow->kind != RCP_ORDER_KIND_PLACE || flow->replied || flow->rounds > 0 ||
        rcp_knob_hardened(step, RCP_KNOB_LOCK_ORDER) || !(lost || stale))
        return false;
    flow->rounds++;
    flow->pause_ms = rcp_order_jitter(step, flow, WHOLE_AGAIN_MS, WHOLE_AGAIN_SPREAD_MS);
    return true;
}

static void pause(struct rcp_step *step, uint32_t slot, enum rcp_order_stage then)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    rcp_check(flow->pause_ms > 0, "pause_has_its_time");
    flow->stage = RCP_STAGE_PAUSE;
    flow->resume = (uint8_t)then;
    flow->wake_ms = step->mono_ms + flow->pause_ms;
    flow->pause_ms = 0;
    if (flow->wake_ms < step->node->order_wake_ms)
        step->node->order_wake_ms = flow->wake_ms;
}

/* --- Answers --- */

void rcp_order_refuse(struct rcp_step *step, uint64_t request_id, enum rcp_status status)
{
    rcp_emit_reply(step, request_id, status, RCP_PAYMENT_UNKNOWN);
}

static void reply(struct rcp_step *step, struct rcp_order_flow *flow, enum rcp_status status)
{
    if (flow->replied)
        return;
    rcp_check(flow->request_id != 0, "reply_has_request");
    struct rcp_reply *said = &rcp_emit(step, RCP_EFFECT_REPLY)->reply;
    said->request_id = flow->request_id;
    said->status = status;
    bool tells = status == RCP_STATUS_OK || status == RCP_STATUS_ACCEPTED ||
                 status == RCP_STATUS_PAYMENT_REQUIRED || status == RCP_STATUS_CONFLICT;
    if (tells && flow->kind != RCP_ORDER_KIND_CALLBACK) {
        said->order_id = flow->row.order_id;
        said->charge = (enum rcp_charge_status)flow->row.status;
    }
    flow->replied = 1;
}

/* True where a move to this stage only writes down what is known: nobody has to wait for it. */
static bool writes(enum rcp_order_stage stage)
{
    return stage == RCP_STAGE_RESULT || stage == RCP_STAGE_KEEP || stage == RCP_STAGE_FAIL ||
           stage == RCP_STAGE_TAKE;
}

/* Time is over. An order that is placed is IN_PROGRESS: the next pass takes it from here. */
static enum rcp_order_stage answer_in_time(struct rcp_step *step,
                                           struct rcp_order_flow *flow,
                                           enum rcp_order_stage to)
{
    bool placed = flow->kind == RCP_ORDER_KIND_PLACE && flow->row.order_id != 0;
    reply(step, flow, placed ? RCP_STATUS_OK : RCP_STATUS_UNAVAILABLE);
    return placed && writes(to) ? to : RCP_STAGE_FREE;
}

void rcp_order_answer(struct rcp_step *step, uint32_t slot, enum rcp_order_answer answer)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    const struct rcp_flow_rule *rule = rcp_rule_find(step, RCP_TABLE_ORDER, flow->stage, answer);
    enum rcp_order_stage to = (enum rcp_order_stage)rule->to;
    bool ends_in_time = overdue(step, flow);
    flow->op_id = 0;
    switch ((enum rcp_move)rule->move) {
    case RCP_MOVE_TO:
        rcp_order_enter(step, slot, ends_in_time ? answer_in_time(step, flow, to) : to);
        return;
    case RCP_MOVE_PAUSE:
        if (ends_in_time)
            rcp_order_enter(step, slot, answer_in_time(step, flow, to));
        else
            pause(step, slot, to);
        return;
    case RCP_MOVE_REPLY:
        reply(step, flow, (enum rcp_status)rule->status);
        rcp_order_enter(step, slot, to);
        return;
    case RCP_MOVE_NONE:
    case RCP_MOVE_DURABLE:
        break;
    }
    rcp_check_failed("rule_has_move");
}

/* --- What a flow asks for --- */

struct rcp_mysql_effect *rcp_order_issue(struct rcp_step *step,
                                         uint32_t slot,
                                         enum rcp_script script)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    uint32_t left_ms = rcp_order_left_ms(step, flow);
    uint32_t timeout_ms = RCP_MYSQL_TIMEOUT_MS;
    if (!flow->replied && left_ms < timeout_ms)
        timeout_ms = left_ms;
    flow->op_id = rcp_op_id(step->node, RCP_OWNER_ORDER, slot);
    struct rcp_mysql_effect *mysql =
        rcp_emit_order_script(step, flow->op_id, script, 1, timeout_ms);
    struct rcp_order_row *row = rcp_emit_order_rows(step, mysql);
    *row = flow->row;
    row->verdict = RCP_ORDER_VERDICT_NONE;
    row->age_ms = row->sent_age_ms = row->sight_age_ms = row->miss_age_ms =
        0; /* they only come out */
    return mysql;
}

enum rcp_call_made rcp_order_call(struct rcp_step *step,
                                  uint32_t slot,
                                  enum rcp_pg_verb verb,
                                  uint64_t key)
{
    struct rcp_node *node = step->node;
    struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
    if (node->pg.in_flight >= node->limits.pg_calls && flow->kind != RCP_ORDER_KIND_PLACE) {
        node->wait_for_room++;
        return RCP_CALL_WAITS;
    }
    uint32_t left_ms = rcp_order_left_ms(step, flow);
    struct rcp_pg_effect call = {
        .op_id = rcp_op_id(node, RCP_OWNER_ORDER, slot),
        .user_id = flow->row.user_id,
        .order_id = flow->row.order_id,
        .key = key,
        .origin = flow->row.origin,
        .verb = verb,
        .timeout_ms = !flow->replied && left_ms < RCP_PG_TIMEOUT_MS ? left_ms : RCP_PG_TIMEOUT_MS,
    };
    if (verb == RCP_PG_PAY)
        call.amount = flow->row.cart.paid_amount;
    else if (verb == RCP_PG_REFUND)
        call.amount = flow->row.pg_amount;
    if (!rcp_pg_call(step, &call, &flow->try))
        return RCP_CALL_OPEN;
    flow->op_id = call.op_id;
    return RCP_CALL_OUT;
}

/* --- Stages --- */

static enum rcp_role role_of(const struct rcp_order_flow *flow)
{
    static const uint8_t roles[RCP_ORDER_KIND_COUNT] = {
        [RCP_ORDER_KIND_PLACE] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_CALLBACK] = RCP_ROLE_CALLBACK,
        [RCP_ORDER_KIND_STATUS] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_INQUIRY] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_OVERRIDE] = RCP_ROLE_ORDER,
        [RCP_ORDER_KIND_SETTLE] = RCP_ROLE_RECONCILE,
        [RCP_ORDER_KIND_REFUND] = RCP_ROLE_REFUND,
        [RCP_ORDER_KIND_ALERT] = RCP_ROLE_RECONCILE,
    };
    return (enum rcp_role)roles[flow->kind];
}

void rcp_order_enter(struct rcp_step *step, uint32_t slot, enum rcp_order_stage stage)
{
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    step->role = role_of(flow);
    flow->stage = (uint8_t)stage;
    switch (stage) {
    case RCP_STAGE_FREE:
        give(step->node, slot);
        return;
    case RCP_STAGE_PLACE:
        rcp_place_issue(step, slot);
        return;
    case RCP_STAGE_FIND:
        rcp_place_find(step, slot);
        return;
    case RCP_STAGE_PAY:
        rcp_place_pay(step, slot);
        return;
    case RCP_STAGE_ASK:
        rcp_facade_ask(step, slot);
        return;
    case RCP_STAGE_PRICE:
        rcp_facade_price(step, slot);
        return;
    case RCP_STAGE_RESULT:
        rcp_result_issue(step, slot);
        return;
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
        rcp_facade_settle_as(step, slot, stage);
        rcp_order_enter(step, slot, RCP_STAGE_RESULT);
        return;
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
        rcp_inquiry_issue(step, slot);
        return;
    case RCP_STAGE_REFUND_ASK:
        rcp_refund_ask(step, slot);
        return;
    case RCP_STAGE_REFUND:
        rcp_refund_send(step, slot);
        return;
    case RCP_STAGE_REFUND_WRITE:
        rcp_refund_write(step, slot);
        return;
    case RCP_STAGE_TELL:
        rcp_refund_tell(step, slot);
        return;
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("order_stage_exists");
}

/* --- Completions --- */

void rcp_order_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    if (slot >= rcp_order_slots(step->node))
        return;
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->op_id != done->op_id)
        return;
    step->role = role_of(flow);
    rcp_check(done->outcome != RCP_OUTCOME_DONE || done->row_count == 1, "verdict_for_the_row");
    switch ((enum rcp_order_stage)flow->stage) {
    case RCP_STAGE_PLACE:
    case RCP_STAGE_FIND:
        rcp_place_mysql_done(step, slot, done);
        return;
    case RCP_STAGE_RESULT:
        rcp_result_done(step, slot, done);
        return;
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
        rcp_inquiry_done(step, slot, done);
        return;
    case RCP_STAGE_REFUND_WRITE:
    case RCP_STAGE_TELL:
        rcp_refund_written(step, slot, done);
        return;
    case RCP_STAGE_FREE:
    case RCP_STAGE_PAY:
    case RCP_STAGE_ASK:
    case RCP_STAGE_PRICE:
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
    case RCP_STAGE_REFUND_ASK:
    case RCP_STAGE_REFUND:
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("stage_waits_for_script");
}

void rcp_order_pg_done(struct rcp_step *step, const struct rcp_pg_done *done)
{
    uint32_t slot = rcp_op_slot(done->op_id);
    if (slot >= rcp_order_slots(step->node))
        return;
    struct rcp_order_flow *flow = rcp_order_flow_at(step->node, slot);
    if (flow->op_id != done->op_id)
        return;
    step->role = role_of(flow);
    enum rcp_pg_class class = rcp_pg_ended(step, &flow->try, done);
    switch ((enum rcp_order_stage)flow->stage) {
    case RCP_STAGE_PAY:
        rcp_place_paid(step, slot, class, done);
        return;
    case RCP_STAGE_ASK:
    case RCP_STAGE_PRICE:
        rcp_facade_told(step, slot, class, done);
        return;
    case RCP_STAGE_REFUND_ASK:
    case RCP_STAGE_REFUND:
        rcp_refund_told(step, slot, class, done);
        return;
    case RCP_STAGE_FREE:
    case RCP_STAGE_PLACE:
    case RCP_STAGE_FIND:
    case RCP_STAGE_RESULT:
    case RCP_STAGE_KEEP:
    case RCP_STAGE_FAIL:
    case RCP_STAGE_TAKE:
    case RCP_STAGE_LOOK:
    case RCP_STAGE_HINT:
    case RCP_STAGE_INQUIRE:
    case RCP_STAGE_OVERRIDE:
    case RCP_STAGE_REFUND_WRITE:
    case RCP_STAGE_TELL:
    case RCP_STAGE_PAUSE:
    case RCP_STAGE_COUNT:
        break;
    }
    rcp_check_failed("stage_waits_for_call");
}

/* --- Pauses and room --- */

void rcp_order_wake(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    if (step->mono_ms < node->order_wake_ms)
        return;
    node->order_wake_ms = RCP_NEVER_MS;
    for (uint32_t slot = 0; slot < rcp_order_slots(node); slot++) {
        struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if (flow->stage != RCP_STAGE_PAUSE)
            continue;
        enum rcp_order_stage then = (enum rcp_order_stage)flow->resume;
        if (flow->wake_ms <= step->mono_ms) {
            step->role = role_of(flow);
            rcp_order_enter(
                step, slot, overdue(step, flow) ? answer_in_time(step, flow, then) : then);
        } else if (flow->wake_ms < node->order_wake_ms) {
            node->order_wake_ms = flow->wake_ms;
        }
    }
}

static bool is_call(const struct rcp_order_flow *flow)
{
    return flow->stage == RCP_STAGE_PAY || flow->stage == RCP_STAGE_ASK ||
           flow->stage == RCP_STAGE_PRICE || flow->stage == RCP_STAGE_REFUND_ASK ||
           flow->stage == RCP_STAGE_REFUND;
}

bool rcp_order_calls(const struct rcp_order_flow *flow)
{
    return is_call(flow) && flow->op_id != 0;
}

bool rcp_order_waits_for_room(const struct rcp_order_flow *flow)
{
    return is_call(flow) && flow->op_id == 0;
}

/* Items come first: a burst of requests must not keep them from the PG. */
void rcp_order_pump(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    uint32_t slots = rcp_order_slots(node);
    for (uint32_t i = 0; i < slots; i++) {
        if (node->wait_for_room == 0 || node->pg.in_flight >= node->limits.pg_calls)
            return;
        uint32_t slot = (i + node->limits.orders) % slots;
        struct rcp_order_flow *flow = rcp_order_flow_at(node, slot);
        if (!rcp_order_waits_for_room(flow))
            continue;
        node->wait_for_room--;
        rcp_order_enter(step, slot, (enum rcp_order_stage)flow->stage);
    }
}
