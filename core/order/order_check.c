/* What must always be true of a node's order flows: slots and calls are counted, whoever is there waits
 * for something, and nothing that is uncertain is about to be sent again. */
#include "core/order/order_check.h"

#include "core/order/order_call.h"

static void check_waits(const struct rcp_node *node, const struct rcp_order_flow *flow)
{
    bool pauses = flow->stage == RCP_STAGE_PAUSE;
    bool waits_for_room = rcp_order_waits_for_room(flow);
    rcp_check(flow->op_id != 0 || pauses || waits_for_room, "order_waits_for_something");
    rcp_check(!pauses || flow->op_id == 0, "order_pauses_or_waits");
    rcp_check(!pauses || node->order_wake_ms <= flow->wake_ms, "order_pause_has_timer");
    rcp_check(!pauses || flow->replied || flow->wake_ms <= flow->deadline_ms,
              "order_pauses_within_its_deadline");
    rcp_check(!waits_for_room || flow->stage != RCP_STAGE_PAY, "buyer_does_not_wait_for_room");
    rcp_check(!waits_for_room || node->pg.in_flight == node->limits.pg_calls ||
                  node->order_wake_ms <= node->mono_ms + 1u,
              "room_is_waited_for_while_full");
}

static void check_pay(const struct rcp_order_flow *flow)
{
    bool pays = flow->stage == RCP_STAGE_PAY ||
                (flow->stage == RCP_STAGE_PAUSE && flow->resume == RCP_STAGE_PAY);
    rcp_check(flow->sends <= RCP_PG_TRIES_MAX, "pay_tries_bounded");
    rcp_check(flow->posts <= flow->sends, "posts_are_tries");
    rcp_check(!pays || flow->came_to != RCP_PG_CLASS_UNCERTAIN, "uncertain_is_not_resent");
    rcp_check(!pays || (flow->kind == RCP_ORDER_KIND_PLACE && !flow->replied),
              "pays_while_buyer_waits");
}

/* Who asks to be answered sits in a request's slot, and an item has nobody. */
static void check_whom(const struct rcp_node *node,
                       const struct rcp_order_flow *flow,
                       uint32_t slot)
{
    bool item = rcp_order_is_item(node, slot);
    rcp_check(flow->kind > RCP_ORDER_KIND_NONE && flow->kind < RCP_ORDER_KIND_COUNT,
              "order_kind_exists");
    rcp_check(item == (flow->kind >= RCP_ORDER_KIND_SETTLE), "order_kind_in_its_slots");
    rcp_check(item ? flow->replied : flow->request_id != 0, "order_answers_somebody");
    rcp_check(flow->repeats <= RCP_ORDER_TRIES, "order_repeats_bounded");
}

static uint32_t chained(const struct rcp_node *node, uint16_t slot, uint32_t most)
{
    uint32_t count = 0;
    for (; slot != RCP_NO_SLOT && count <= most; slot = rcp_order_flow_at(node, slot)->next)
        count++;
    return count;
}

static void check_round(const struct rcp_node *node)
{
    const struct rcp_reconcile *round = &node->reconcile;
    bool wanted = node->incarnation != 0 && node->limits.orders > 0 && !node->stopping &&
                  !rcp_is_paused(node, RCP_WORKER_RECONCILE);
    switch ((enum rcp_round_state)round->state) {
    case RCP_ROUND_IDLE:
        rcp_check(round->next_ms != RCP_NEVER_MS || !wanted, "reconcile_is_armed");
        rcp_check(node->settles_used == 0, "item_belongs_to_round");
        return;
    case RCP_ROUND_READING:
        rcp_check(round->op_id != 0 && node->settles_used == 0, "reconcile_waits_for_something");
        return;
    case RCP_ROUND_WORKING:
        rcp_check(round->op_id == 0 && node->settles_used > 0, "reconcile_waits_for_something");
        return;
    case RCP_ROUND_WRITING:
        break;
    }
    rcp_check_failed("reconcile_state_exists");
}

void rcp_order_check(const struct rcp_node *node)
{
    uint32_t used[2] = {0, 0}, calls = 0, waiting = 0;
    for (uint32_t i = 0; i < rcp_order_slots(node); i++) {
        const struct rcp_order_flow *flow = rcp_order_flow_at(node, i);
        rcp_check(flow->stage < RCP_STAGE_COUNT, "order_stage_exists");
        if (flow->stage == RCP_STAGE_FREE)
            continue;
        used[rcp_order_is_item(node, i)]++;
        calls += rcp_order_calls(flow);
        waiting += rcp_order_waits_for_room(flow);
        check_whom(node, flow, i);
        check_waits(node, flow);
        check_pay(flow);
    }
    rcp_check(used[0] == node->orders_used, "orders_counted");
    rcp_check(used[1] == node->settles_used, "settles_counted");
    rcp_check(waiting == node->wait_for_room, "waits_for_room_counted");
    rcp_check(chained(node, node->free_order, node->limits.orders) + node->orders_used ==
                  node->limits.orders,
              "order_slot_free_or_used");
    rcp_check(chained(node, node->free_settle, node->limits.settles) + node->settles_used ==
                  node->limits.settles,
              "order_slot_free_or_used");
    rcp_pg_client_check(&node->pg, calls, node->limits.pg_calls);
    check_round(node);
}
