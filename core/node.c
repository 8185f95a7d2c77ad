/* One service instance: a step takes each event to its door, and what became of it is looked at. */
#include "core/node.h"

#include "core/completion.h"
#include "core/group.h"
#include "core/operate.h"
#include "core/order/callback.h"
#include "core/order/inquiry.h"
#include "core/order/order_call.h"
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
    step->node->paused = 0; /* nothing new is taken up anyway; what is in hand comes to its end */
    step->node->sweep.next_ms = RCP_NEVER_MS;
    rcp_scheduler_stop(step);
    rcp_reconcile_stop(step);
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
    case RCP_REQUEST_RETRY:
    case RCP_REQUEST_PARK:
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
        rcp_completion_redis(step, &event->redis_done);
        break;
    case RCP_EVENT_MYSQL_DONE:
        rcp_completion_mysql(step, &event->mysql_done);
        break;
    case RCP_EVENT_SENT:
        rcp_completion_sent(step, &event->sent);
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
        rcp_completion_pg(step, &event->pg_done);
        break;
    case RCP_EVENT_OPERATE:
        rcp_operate(step, &event->operate);
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
    uint64_t group_ms = rcp_group_deadline(node);
    if (group_ms < at_ms)
        at_ms = group_ms;
    return node->order_wake_ms < at_ms ? node->order_wake_ms : at_ms;
}

bool rcp_node_idle(const struct rcp_node *node)
{
    return node->requests_used == 0 && node->retries_used == 0 && node->orders_used == 0 &&
           node->settles_used == 0 && node->scheduler.state == RCP_ROUND_IDLE &&
           node->sweep.state == RCP_ROUND_IDLE && node->reconcile.state == RCP_ROUND_IDLE;
}

bool rcp_node_lingers(const struct rcp_node *node)
{
    return rcp_group_deadline(node) != RCP_NEVER_MS;
}

bool rcp_node_has_records(const struct rcp_node *node)
{
    return node->retries_used > 0;
}
