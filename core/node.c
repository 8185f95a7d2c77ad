/* One service instance: laying it out, stepping it, and what must always be true of it. */
#include "core/node.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/group.h"
#include "core/order/callback.h"
#include "core/order/inquiry.h"
#include "core/order/order_call.h"
#include "core/order/order_check.h"
#include "core/order/order_flow.h"
#include "core/order/order_pause.h"
#include "core/order/place.h"
#include "core/order/reconcile.h"
#include "core/payment/request.h"
#include "core/recovery/partition.h"
#include "core/recovery/retry.h"
#include "core/recovery/scheduler.h"
#include "core/recovery/sweep.h"
#include "core/state.h"
#include "core/times.h"

#include <string.h>

/* --- Layout --- */

/* The second document's: all within their bounds, or all 0 on a node that serves no orders. */
static const char *refuse_orders(const struct rcp_limits *limits)
{
    const bool none = limits->orders == 0;
    if (limits->orders > RCP_ORDERS_MAX)
        return "orders";
    if (limits->settles > RCP_PAGE_MAX || (limits->settles == 0) != none)
        return "settles";
    return limits->pg_calls > RCP_PG_CALLS_MAX || (limits->pg_calls == 0) != none ? "pg_calls"
                                                                                  : NULL;
}

/* The first document's: the same. */
static const char *refuse_payments(const struct rcp_limits *limits)
{
    const struct {
        const char *name;
        uint32_t value;
        uint32_t max;
    } rows[] = {
        {"requests", limits->requests, RCP_REQUESTS_MAX},
        {"retries", limits->retries, RCP_RETRIES_MAX},
        {"group", limits->group, RCP_GROUP_MAX},
        {"groups", limits->groups, 64},
        {"page", limits->page, RCP_PAGE_MAX},
        {"sends", limits->sends, RCP_PAGE_MAX},
        {"partitions", limits->partitions, RCP_PARTITIONS_MAX},
        {"window", limits->window, RCP_WINDOW_MAX},
    };
    const bool none = limits->requests == 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((rows[i].value == 0) != none || rows[i].value > rows[i].max)
            return rows[i].name;
    /* Each partition that waits for a record holds a slot. */
    return limits->retries < limits->partitions ? "retries" : NULL;
}

const char *rcp_limits_refusal(const struct rcp_limits *limits)
{
    const char *refusal = refuse_payments(limits);
    if (refusal == NULL)
        refusal = refuse_orders(limits);
    return refusal == NULL && limits->requests == 0 && limits->orders == 0 ? "requests" : refusal;
}

/* Fills in where each table begins; the size is where the last one ends. */
static void lay_out(struct rcp_node *node, const struct rcp_limits *limits)
{
    uint32_t at = sizeof *node;
    node->flows_at = at;
    at += (limits->requests + limits->retries) * (uint32_t)sizeof(struct rcp_flow);
    node->groups_at = at;
    at += RCP_QUEUE_COUNT * limits->groups * rcp_group_bytes(limits);
    node->claims_at = at;
    at += limits->page * (uint32_t)sizeof(struct rcp_item);
    node->swept_at = at;
    at += limits->page * (uint32_t)sizeof(struct rcp_item);
    node->partitions_at = at;
    at += limits->partitions * (uint32_t)sizeof(struct rcp_partition);
    node->window_at = at;
    at += limits->partitions * limits->window * (uint32_t)sizeof(struct rcp_window_slot);
    node->orders_at = at;
    at += (limits->orders + limits->settles) * (uint32_t)sizeof(struct rcp_order_flow);
    node->size = at;
}

static_assert(sizeof(struct rcp_node) % 8 == 0, "tables behind the header are aligned");
static_assert(sizeof(struct rcp_flow) % 8 == 0, "tables behind the flows are aligned");
static_assert(sizeof(struct rcp_item) % 8 == 0, "tables behind the items are aligned");
static_assert(sizeof(struct rcp_partition) % 8 == 0, "the window is aligned");
static_assert(sizeof(struct rcp_window_slot) % 8 == 0, "the order flows are aligned");
static_assert(sizeof(struct rcp_order_flow) % 8 == 0, "a node is made of words");

size_t rcp_node_size(const struct rcp_limits *limits)
{
    struct rcp_node node;
    rcp_check(rcp_limits_refusal(limits) == NULL, "limits_valid");
    lay_out(&node, limits);
    return node.size;
}

static uint16_t chain(struct rcp_flow *flows, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        flows[first + i].next = i + 1 < count ? (uint16_t)(first + i + 1) : RCP_NO_SLOT;
    return count > 0 ? (uint16_t)first : RCP_NO_SLOT;
}

static uint16_t chain_orders(const struct rcp_node *node, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        rcp_order_flow_at(node, first + i)->next =
            i + 1 < count ? (uint16_t)(first + i + 1) : RCP_NO_SLOT;
    return count > 0 ? (uint16_t)first : RCP_NO_SLOT;
}

struct rcp_node *rcp_node_init(void *block, const struct rcp_node_config *config)
{
    struct rcp_node *node = block;
    rcp_check(rcp_limits_refusal(&config->limits) == NULL, "limits_valid");
    rcp_check((uintptr_t)block % 8 == 0, "node_aligned");
    memset(node, 0, sizeof *node);
    lay_out(node, &config->limits);
    memset((unsigned char *)block + sizeof *node, 0, node->size - sizeof *node);
    node->limits = config->limits;
    node->policy = config->policy;
    node->seed = config->seed;
    node->gateway = config->gateway;
    node->wake_ms = RCP_NEVER_MS;
    node->order_wake_ms = RCP_NEVER_MS;
    node->reconcile.next_ms = RCP_NEVER_MS;
    node->scheduler.next_ms = RCP_NEVER_MS;
    node->sweep.next_ms = RCP_NEVER_MS;
    node->free_request = chain(rcp_flows(node), 0, config->limits.requests);
    node->free_retry = chain(rcp_flows(node), config->limits.requests, config->limits.retries);
    node->free_order = chain_orders(node, 0, config->limits.orders);
    node->free_settle = chain_orders(node, config->limits.orders, config->limits.settles);
    for (uint32_t i = 0; i < RCP_QUEUE_COUNT; i++)
        node->queues[i].head = node->queues[i].tail = RCP_NO_SLOT;
    return node;
}

/* --- Events --- */

static void start(struct rcp_step *step, const struct rcp_start *event)
{
    struct rcp_node *node = step->node;
    rcp_check(node->incarnation == 0 && event->incarnation != 0, "starts_once");
    node->node = event->node;
    node->incarnation = event->incarnation;
    if (rcp_serves_payments(node))
        node->scheduler.next_ms = step->mono_ms + RCP_PERIOD_MS;
    if (rcp_serves_payments(node) && rcp_sweep_wanted(node->policy))
        node->sweep.next_ms = step->mono_ms + RCP_SWEEP_MS / 2;
    if (node->limits.orders > 0)
        node->reconcile.next_ms = step->mono_ms + RCP_RECONCILE_MS;
}

static void stop(struct rcp_step *step)
{
    step->node->stopping = 1;
    step->node->sweep.next_ms = RCP_NEVER_MS;
    rcp_scheduler_stop(step);
    rcp_reconcile_stop(step);
}

/* True where the completion belongs to this incarnation and the slot exists. */
static bool is_ours(const struct rcp_node *node, uint64_t op_id)
{
    if (rcp_op_incarnation(op_id) != (node->incarnation & 0xffffu))
        return false;
    return rcp_op_owner(op_id) != RCP_OWNER_FLOW ||
           rcp_op_slot(op_id) < node->limits.requests + node->limits.retries;
}

static void redis_done(struct rcp_step *step, const struct rcp_redis_done *done)
{
    if (!is_ours(step->node, done->op_id))
        return;
    if (rcp_op_owner(done->op_id) == RCP_OWNER_FLOW)
        rcp_request_redis_done(step, rcp_op_slot(done->op_id), done);
    else if (rcp_op_owner(done->op_id) == RCP_OWNER_SWEPT)
        rcp_sweep_redis_done(step, done);
}

static void mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    if (!is_ours(step->node, done->op_id))
        return;
    switch (rcp_op_owner(done->op_id)) {
    case RCP_OWNER_FLOW:
        rcp_flow_mysql_done(step, rcp_op_slot(done->op_id), done);
        break;
    case RCP_OWNER_GROUP:
        rcp_group_done(step, done);
        break;
    case RCP_OWNER_SCHEDULER:
        rcp_scheduler_mysql_done(step, done);
        break;
    case RCP_OWNER_SWEEP:
        rcp_sweep_mysql_done(step, done);
        break;
    case RCP_OWNER_ORDER:
        rcp_order_mysql_done(step, rcp_op_slot(done->op_id), done);
        break;
    case RCP_OWNER_RECONCILE:
        rcp_reconcile_mysql_done(step, done);
        break;
    case RCP_OWNER_NONE:
    case RCP_OWNER_CLAIM:
    case RCP_OWNER_SWEPT:
    case RCP_OWNER_COUNT:
        break;
    }
}

static enum rcp_answer sent_answer(enum rcp_outcome outcome)
{
    static const uint8_t answers[RCP_OUTCOME_COUNT] = {
        [RCP_OUTCOME_DONE] = RCP_ANSWER_SENT,
        [RCP_OUTCOME_REFUSED] = RCP_ANSWER_REFUSED,
        [RCP_OUTCOME_UNKNOWN] = RCP_ANSWER_UNKNOWN,
    };
    return (enum rcp_answer)answers[outcome];
}

static void sent(struct rcp_step *step, const struct rcp_sent *event)
{
    if (!is_ours(step->node, event->op_id))
        return;
    uint32_t slot = rcp_op_slot(event->op_id);
    if (rcp_op_owner(event->op_id) == RCP_OWNER_CLAIM)
        rcp_scheduler_sent(step, event);
    else if (rcp_op_owner(event->op_id) == RCP_OWNER_FLOW &&
             rcp_flows(step->node)[slot].op_id == event->op_id)
        rcp_flow_answer(step, slot, sent_answer(event->outcome));
}

static void pg_done(struct rcp_step *step, const struct rcp_pg_done *done)
{
    if (is_ours(step->node, done->op_id) && rcp_op_owner(done->op_id) == RCP_OWNER_ORDER)
        rcp_order_pg_done(step, done);
}

static void timer(struct rcp_step *step)
{
    rcp_retry_wake(step);
    rcp_scheduler_tick(step);
    rcp_sweep_tick(step);
    rcp_order_wake(step);
    rcp_reconcile_tick(step);
}

/* By its kind, to its door. */
static void admit(struct rcp_step *step, const struct rcp_request *event)
{
    rcp_check(event->request_id != 0, "request_has_id");
    switch (event->kind) {
    case RCP_REQUEST_PROCESS:
    case RCP_REQUEST_STATUS:
    case RCP_REQUEST_REJECT:
        rcp_request_arrived(step, event);
        return;
    case RCP_REQUEST_ORDER:
        rcp_place_arrived(step, event);
        return;
    case RCP_REQUEST_CALLBACK:
        rcp_callback_arrived(step, event);
        return;
    case RCP_REQUEST_ORDER_STATUS:
    case RCP_REQUEST_ORDER_ASK:
    case RCP_REQUEST_ORDER_FAIL:
        rcp_inquiry_arrived(step, event);
        return;
    case RCP_REQUEST_KIND_COUNT:
        break;
    }
    rcp_check_failed("request_kind_exists");
}

static void request(struct rcp_step *step, const struct rcp_request *event)
{
    const struct rcp_node *node = step->node;
    uint32_t used = (uint32_t)node->requests_used + node->orders_used;
    admit(step, event);
    rcp_check(!node->stopping || (uint32_t)node->requests_used + node->orders_used == used,
              "stopping_node_takes_no_request");
    rcp_check((uint32_t)node->requests_used + node->orders_used > used || step->effects->count > 0,
              "request_taken_or_answered");
}

/* The partition that this news is about, under the assignment that it is about; NULL: not any more. */
static const struct rcp_partition *named(const struct rcp_node *node,
                                         uint32_t partition,
                                         uint32_t assignment)
{
    if (partition >= node->limits.partitions || assignment == 0)
        return NULL;
    const struct rcp_partition *p = &rcp_partitions(node)[partition];
    return p->assignment == assignment ? p : NULL;
}

/* An offset commit that is out, and of which this event says that it failed. */
static bool commit_fails(const struct rcp_node *node, const struct rcp_event *event)
{
    if (event->kind != RCP_EVENT_OFFSET_DONE || event->offset_done.outcome == RCP_OUTCOME_DONE)
        return false;
    const struct rcp_partition *p =
        named(node, event->offset_done.partition, event->offset_done.assignment);
    return p != NULL && p->committing;
}

/* What the event must have led to. */
static void check_heard(const struct rcp_node *node, const struct rcp_event *event, bool failed)
{
    if (failed) {
        const struct rcp_partition *p =
            named(node, event->offset_done.partition, event->offset_done.assignment);
        rcp_check(p != NULL && p->dirty, "failed_offset_commit_is_repeated");
    }
    if (event->kind == RCP_EVENT_REVOKED)
        rcp_check(named(node, event->partition.partition, event->partition.assignment) == NULL,
                  "revoked_partition_is_let_go");
}

static void apply(struct rcp_step *step, const struct rcp_event *event)
{
    switch (event->kind) {
    case RCP_EVENT_START:
        start(step, &event->start);
        break;
    case RCP_EVENT_STOP:
        stop(step);
        break;
    case RCP_EVENT_TIMER:
        timer(step);
        break;
    case RCP_EVENT_REQUEST:
        request(step, &event->request);
        break;
    case RCP_EVENT_REDIS_DONE:
        redis_done(step, &event->redis_done);
        break;
    case RCP_EVENT_MYSQL_DONE:
        mysql_done(step, &event->mysql_done);
        break;
    case RCP_EVENT_SENT:
        sent(step, &event->sent);
        break;
    case RCP_EVENT_ASSIGNED:
        rcp_partition_assigned(step, &event->partition);
        break;
    case RCP_EVENT_REVOKED:
        rcp_partition_revoked(step, &event->partition);
        break;
    case RCP_EVENT_RECORD:
        rcp_retry_record(step, &event->record);
        break;
    case RCP_EVENT_OFFSET_DONE:
        rcp_partition_committed(step, &event->offset_done);
        break;
    case RCP_EVENT_PG_DONE:
        pg_done(step, &event->pg_done);
        break;
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        rcp_check_failed("event_kind_exists");
    }
}

void rcp_node_step(struct rcp_node *node,
                   const struct rcp_event *event,
                   struct rcp_effects *effects)
{
    rcp_check(event->mono_ms >= node->mono_ms, "mono_never_goes_back");
    rcp_check((event->kind == RCP_EVENT_START) == (node->incarnation == 0), "start_comes_first");
    struct rcp_step step = {.node = node, .effects = effects, .mono_ms = event->mono_ms};
    struct rcp_rounds_before before = {
        node->scheduler.state, node->sweep.state, node->reconcile.state};
    node->mono_ms = event->mono_ms;
    effects->count = 0;
    effects->row_count = 0;
    effects->order_count = 0;
    effects->mark_count = 0;
    bool failed = commit_fails(node, event);
    apply(&step, event);
    check_heard(node, event, failed);
    rcp_group_pump(&step);
    rcp_partition_pump(&step);
    rcp_order_pump(&step);
    rcp_reconcile_pump(&step);
    rcp_times_check(&step, event, before);
    /* A timer that leads nowhere would be asked for again at once, for ever. */
    rcp_check(event->kind != RCP_EVENT_TIMER || rcp_node_deadline(node) > event->mono_ms,
              "timer_leads_on");
}

uint64_t rcp_node_deadline(const struct rcp_node *node)
{
    uint64_t at_ms = node->wake_ms;
    if (node->scheduler.state == RCP_ROUND_IDLE && node->scheduler.next_ms < at_ms)
        at_ms = node->scheduler.next_ms;
    if (node->sweep.state == RCP_ROUND_IDLE && node->sweep.next_ms < at_ms)
        at_ms = node->sweep.next_ms;
    if (node->reconcile.state == RCP_ROUND_IDLE && node->reconcile.next_ms < at_ms)
        at_ms = node->reconcile.next_ms;
    return node->order_wake_ms < at_ms ? node->order_wake_ms : at_ms;
}

bool rcp_node_idle(const struct rcp_node *node)
{
    return node->requests_used == 0 && node->retries_used == 0 && node->orders_used == 0 &&
           node->settles_used == 0 && node->scheduler.state == RCP_ROUND_IDLE &&
           node->sweep.state == RCP_ROUND_IDLE && node->reconcile.state == RCP_ROUND_IDLE;
}

bool rcp_node_has_records(const struct rcp_node *node)
{
    return node->retries_used > 0;
}

/* --- Whole-state invariants --- */

/* States in which a flow queues for a transaction before it waits for one. */
static bool queues(const struct rcp_flow *flow)
{
    return flow->state == RCP_FLOW_APPROVE || flow->state == RCP_FLOW_LOG ||
           flow->state == RCP_FLOW_LATER || flow->state == RCP_FLOW_MARK;
}

/* A flow waits for an effect, for its turn in a queue, or for its pause to end: else it is lost. */
static void check_waits(const struct rcp_node *node)
{
    uint32_t queued = 0, waiting = 0;
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++) {
        const struct rcp_flow *flow = &rcp_flows(node)[i];
        if (flow->state == RCP_FLOW_FREE || flow->op_id != 0)
            continue;
        rcp_check(queues(flow) || flow->state == RCP_FLOW_PAUSE, "flow_waits_for_something");
        queued += queues(flow);
        rcp_check(flow->state != RCP_FLOW_PAUSE || node->wake_ms <= flow->deadline_ms,
                  "pause_has_timer");
        rcp_check(flow->state != RCP_FLOW_PAUSE ||
                      flow->deadline_ms <= node->mono_ms + RCP_RETRY_PAUSE_MS,
                  "pause_within_its_time");
    }
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++)
        for (uint16_t slot = node->queues[id].head; slot != RCP_NO_SLOT && waiting <= queued;
             slot = rcp_flows(node)[slot].next) {
            rcp_check(queues(&rcp_flows(node)[slot]) && rcp_flows(node)[slot].op_id == 0,
                      "queue_holds_who_queues");
            waiting++;
        }
    rcp_check(waiting == queued, "queued_flow_is_in_its_queue");
}

static uint32_t chained(const struct rcp_node *node, uint16_t slot, uint32_t most)
{
    uint32_t count = 0;
    for (; slot != RCP_NO_SLOT && count <= most; slot = rcp_flows(node)[slot].next)
        count++;
    return count;
}

static void check_free(const struct rcp_node *node)
{
    uint32_t requests = node->limits.requests, retries = node->limits.retries;
    rcp_check(chained(node, node->free_request, requests) + node->requests_used == requests,
              "slot_free_or_used");
    rcp_check(chained(node, node->free_retry, retries) + node->retries_used == retries,
              "slot_free_or_used");
}

/* A round at work waits for a script or an item; an idle one for its timer, but for a node that stops. */
static void check_round(const struct rcp_node *node,
                        const struct rcp_round *round,
                        const struct rcp_item *items,
                        bool wanted)
{
    bool waits = false;
    for (uint32_t i = 0; i < round->count; i++)
        waits = waits || items[i].state == RCP_ITEM_WAITING;
    switch ((enum rcp_round_state)round->state) {
    case RCP_ROUND_IDLE:
        rcp_check(round->next_ms != RCP_NEVER_MS || node->stopping || !wanted, "round_is_armed");
        break;
    case RCP_ROUND_WRITING:
        rcp_check(!waits, "round_writes_when_all_is_done");
        rcp_check(round->op_id != 0, "round_waits_for_something");
        break;
    case RCP_ROUND_READING:
        rcp_check(round->op_id != 0, "round_waits_for_something");
        break;
    case RCP_ROUND_WORKING:
        rcp_check(waits, "round_waits_for_something");
        rcp_check(round->op_id == 0, "working_round_waits_for_items_alone");
        break;
    }
}

static void check_rounds(const struct rcp_node *node)
{
    bool started = node->incarnation != 0 && rcp_serves_payments(node);
    check_round(node, &node->scheduler, rcp_claims(node), started);
    check_round(node, &node->sweep, rcp_swept(node), started && rcp_sweep_wanted(node->policy));
}

static void check_flows(const struct rcp_node *node)
{
    uint32_t used[2] = {0, 0};
    for (uint32_t i = 0; i < node->limits.requests + node->limits.retries; i++) {
        const struct rcp_flow *flow = &rcp_flows(node)[i];
        rcp_check(flow->state < RCP_FLOW_STATE_COUNT, "flow_state_exists");
        if (flow->state == RCP_FLOW_FREE)
            continue;
        used[rcp_flow_is_request(node, i)]++;
        rcp_check(flow->state != RCP_FLOW_PAUSE || !rcp_flow_is_request(node, i),
                  "only_records_pause");
    }
    rcp_check(used[1] == node->requests_used, "requests_counted");
    rcp_check(used[0] == node->retries_used, "records_counted");
}

static void check_groups(const struct rcp_node *node)
{
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        uint32_t in_flight = 0;
        for (uint32_t i = 0; i < node->limits.groups; i++) {
            const struct rcp_group *group = rcp_group_at(node, id * node->limits.groups + i);
            if (group->op_id == 0)
                continue;
            in_flight++;
            rcp_check(group->queue == id && group->count > 0, "group_in_its_queue");
            for (uint32_t k = 1; k < group->count; k++)
                rcp_check(rcp_group_in_order(node, group->flows[k - 1], group->flows[k]),
                          "group_in_key_order");
            for (uint32_t k = 0; k < group->count; k++)
                rcp_check(rcp_flows(node)[group->flows[k]].op_id == group->op_id,
                          "group_member_waits");
        }
        rcp_check(in_flight == node->queues[id].in_flight, "groups_counted");
    }
}

/* Record slots in use, and those kept for fetches that are out. */
static uint32_t slots_taken(const struct rcp_node *node)
{
    return (uint32_t)node->retries_used + node->fetches;
}

static void check_partitions(const struct rcp_node *node)
{
    uint32_t fetches = 0;
    for (uint32_t i = 0; i < node->limits.partitions; i++) {
        const struct rcp_partition *p = &rcp_partitions(node)[i];
        fetches += p->fetching;
        rcp_check(p->count <= node->limits.window, "window_fits");
        rcp_check(p->assignment != 0 || p->count == 0, "window_of_ours");
        rcp_check(!p->dirty || p->committing || node->wake_ms <= p->not_before_ms,
                  "offset_commit_has_timer");
        rcp_check(p->not_before_ms <= node->mono_ms + RCP_RETRY_PAUSE_MS, "pause_within_its_time");
        rcp_check(p->assignment == 0 || p->fetching || p->count == node->limits.window ||
                      node->stopping || slots_taken(node) >= node->limits.retries,
                  "partition_is_read");
        for (uint32_t k = 1; k < p->count; k++) {
            const struct rcp_window_slot *window = rcp_window(node, i);
            rcp_check(window[(p->head + k - 1u) % node->limits.window].offset <
                          window[(p->head + k) % node->limits.window].offset,
                      "window_in_order");
        }
    }
    rcp_check(fetches == node->fetches, "fetches_counted");
    rcp_check(fetches + node->retries_used <= node->limits.retries, "fetch_has_slot");
}

void rcp_node_check(const struct rcp_node *node)
{
    check_flows(node);
    check_waits(node);
    check_free(node);
    check_rounds(node);
    check_groups(node);
    check_partitions(node);
    rcp_order_check(node);
    rcp_check(node->scheduler.count <= node->limits.page, "claim_fits_page");
    rcp_check(node->sweep.count <= node->limits.page, "sweep_fits_page");
}
