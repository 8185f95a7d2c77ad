/* Group commit: flows that wait for the same kind of transaction share one, sorted by key, a key once. */
#include "core/group.h"

#include "core/emit.h"
#include "core/flow.h"

static enum rcp_queue_id queue_of(const struct rcp_node *node, uint32_t slot)
{
    switch ((enum rcp_flow_state)rcp_flows(node)[slot].state) {
    case RCP_FLOW_APPROVE:
        return rcp_flow_is_request(node, slot) ? RCP_QUEUE_APPROVE : RCP_QUEUE_RETRY;
    case RCP_FLOW_LOG:
        return RCP_QUEUE_LOG;
    case RCP_FLOW_LATER:
        return RCP_QUEUE_LATER;
    case RCP_FLOW_MARK:
        return RCP_QUEUE_MARK;
    case RCP_FLOW_FREE:
    case RCP_FLOW_TOKEN:
    case RCP_FLOW_DELETE_OPEN:
    case RCP_FLOW_COMMIT:
    case RCP_FLOW_COMMIT_LOG:
    case RCP_FLOW_SETTLE:
    case RCP_FLOW_DIRECT:
    case RCP_FLOW_HOLD:
    case RCP_FLOW_RELEASE:
    case RCP_FLOW_LOOKUP:
    case RCP_FLOW_FENCE:
    case RCP_FLOW_STATUS:
    case RCP_FLOW_REJECT:
    case RCP_FLOW_PARK:
    case RCP_FLOW_PAUSE:
    case RCP_FLOW_REOPEN:
    case RCP_FLOW_SHELVE:
    case RCP_FLOW_STATE_COUNT:
        break;
    }
    rcp_check_failed("state_has_queue");
}

void rcp_group_queue(struct rcp_step *step, uint32_t slot)
{
    struct rcp_node *node = step->node;
    struct rcp_flow *flows = rcp_flows(node);
    struct rcp_queue *queue = &node->queues[queue_of(node, slot)];
    rcp_check(flows[slot].op_id == 0, "queued_flow_waits_for_nothing");
    rcp_check((queue->head == RCP_NO_SLOT) == (queue->tail == RCP_NO_SLOT), "queue_has_its_tail");
    flows[slot].next = RCP_NO_SLOT;
    if (queue->head == RCP_NO_SLOT) {
        queue->head = (uint16_t)slot;
        queue->due_ms = step->mono_ms + node->limits.linger_ms;
    } else {
        flows[queue->tail].next = (uint16_t)slot;
    }
    queue->tail = (uint16_t)slot;
    queue->length++;
}

/* --- Forming a group --- */

static uint32_t pop(struct rcp_node *node, struct rcp_queue *queue)
{
    uint32_t slot = queue->head;
    queue->head = rcp_flows(node)[slot].next;
    queue->length--;
    if (queue->head == RCP_NO_SLOT)
        queue->tail = RCP_NO_SLOT;
    return slot;
}

static int compare_keys(const struct rcp_payload *a, const struct rcp_payload *b)
{
    if (a->activity_id != b->activity_id)
        return a->activity_id < b->activity_id ? -1 : 1;
    if (a->user_id != b->user_id)
        return a->user_id < b->user_id ? -1 : 1;
    return 0;
}

bool rcp_group_in_order(const struct rcp_node *node, uint32_t first, uint32_t second)
{
    const struct rcp_flow *flows = rcp_flows(node);
    return compare_keys(&flows[first].payload, &flows[second].payload) < 0;
}

/* Makes room for one before this member. */
static void move_up(struct rcp_group *group, uint32_t to)
{
    rcp_check(to > 0 && to <= group->count, "group_moves_within_itself");
    group->flows[to] = group->flows[to - 1];
}

/* Inserts in key order. False where the key is there already. */
static bool insert(const struct rcp_node *node, struct rcp_group *group, uint32_t slot)
{
    const struct rcp_flow *flows = rcp_flows(node);
    uint32_t at = group->count;
    while (at > 0) {
        int order = compare_keys(&flows[group->flows[at - 1]].payload, &flows[slot].payload);
        if (order == 0)
            return false;
        if (order < 0)
            break;
        at--;
    }
    for (uint32_t i = group->count; i > at; i--)
        move_up(group, i);
    group->flows[at] = (uint16_t)slot;
    group->count++;
    return true;
}

/* A transaction that is left open for its own DEL cannot be shared. */
static uint32_t room(const struct rcp_step *step, enum rcp_queue_id id)
{
    if (id == RCP_QUEUE_APPROVE && !rcp_knob_hardened(step, RCP_KNOB_TOKEN_DELETE))
        return 1;
    return step->node->limits.group;
}

/* Requests that have run out of time are answered wherever they stand: a record before them, or their
 * own key in this group, would make them wait for one transaction after another. */
static void give_up_overdue(struct rcp_step *step, struct rcp_queue *queue)
{
    struct rcp_flow *flows = rcp_flows(step->node);
    uint16_t kept = RCP_NO_SLOT, next;
    for (uint16_t slot = queue->head; slot != RCP_NO_SLOT; slot = next) {
        next = flows[slot].next;
        if (!rcp_flow_overdue(step, slot)) {
            kept = slot;
            continue;
        }
        if (kept == RCP_NO_SLOT)
            queue->head = next;
        else
            flows[kept].next = next;
        queue->length--;
        rcp_flow_give_up(step, slot);
    }
    queue->tail = kept;
}

static void gather(struct rcp_step *step, enum rcp_queue_id id, struct rcp_group *group)
{
    struct rcp_node *node = step->node;
    struct rcp_queue *queue = &node->queues[id];
    uint32_t most = room(step, id);
    group->count = 0;
    give_up_overdue(step, queue);
    while (queue->head != RCP_NO_SLOT && group->count < most) {
        uint32_t slot = queue->head;
        rcp_check(slot != RCP_NO_SLOT, "group_takes_who_waits");
        bool alone = rcp_flows(node)[slot].alone != 0;
        if ((alone && group->count > 0) || !insert(node, group, slot))
            return;
        pop(node, queue);
        if (alone)
            return;
    }
}

static enum rcp_script script_of(enum rcp_queue_id id)
{
    static const uint8_t scripts[RCP_QUEUE_COUNT] = {
        [RCP_QUEUE_APPROVE] = RCP_SCRIPT_APPROVE,
        [RCP_QUEUE_RETRY] = RCP_SCRIPT_APPROVE,
        [RCP_QUEUE_LOG] = RCP_SCRIPT_LOG,
        [RCP_QUEUE_LATER] = RCP_SCRIPT_LATER,
        [RCP_QUEUE_MARK] = RCP_SCRIPT_MARK,
    };
    return (enum rcp_script)scripts[id];
}

static uint32_t flags_of(const struct rcp_step *step, enum rcp_queue_id id)
{
    uint32_t flags = 0;
    if (id == RCP_QUEUE_APPROVE || id == RCP_QUEUE_RETRY) {
        if (!rcp_knob_hardened(step, RCP_KNOB_LATE_RETRY))
            flags |= RCP_TX_BLIND;
        if (rcp_knob_hardened(step, RCP_KNOB_OPEN_RETRY_TOKEN))
            flags |= RCP_TX_CAPACITY;
    }
    if (id == RCP_QUEUE_APPROVE && !rcp_knob_hardened(step, RCP_KNOB_TOKEN_DELETE))
        flags |= RCP_TX_LEAVE_OPEN;
    if (id == RCP_QUEUE_LOG && rcp_knob_hardened(step, RCP_KNOB_OPEN_ROWS))
        flags |= RCP_TX_ONE_OPEN;
    if (id == RCP_QUEUE_LATER && !rcp_knob_hardened(step, RCP_KNOB_RETRY_FAILED))
        flags |= RCP_TX_NEW_ROW;
    return flags;
}

/* The group times out with its most pressed member. */
static uint32_t timeout_of(const struct rcp_step *step, const struct rcp_group *group)
{
    uint32_t timeout_ms = RCP_MYSQL_TIMEOUT_MS;
    for (uint32_t i = 0; i < group->count; i++)
        timeout_ms = rcp_flow_timeout(step, group->flows[i], timeout_ms);
    return timeout_ms;
}

static void issue(struct rcp_step *step, enum rcp_queue_id id, uint32_t index)
{
    struct rcp_node *node = step->node;
    struct rcp_group *group = rcp_group_at(node, index);
    group->queue = (uint16_t)id;
    group->op_id = rcp_op_id(node, RCP_OWNER_GROUP, index);
    step->role = rcp_flow_is_request(node, group->flows[0]) ? RCP_ROLE_PAYMENT : RCP_ROLE_CONSUMER;
    struct rcp_mysql_effect *mysql =
        rcp_emit_script(step, group->op_id, script_of(id), group->count, timeout_of(step, group));
    mysql->flags = flags_of(step, id);
    struct rcp_tx_row *rows = rcp_emit_rows(step, mysql);
    for (uint32_t i = 0; i < group->count; i++) {
        struct rcp_flow *flow = &rcp_flows(node)[group->flows[i]];
        flow->op_id = group->op_id;
        rcp_check(flow->payload.activity_id != 0 && flow->payload.user_id != 0, "row_has_key");
        rcp_flow_to_row(step, flow, &rows[i]);
    }
    node->queues[id].in_flight++;
}

static uint32_t free_group(const struct rcp_node *node, enum rcp_queue_id id)
{
    uint32_t first = (uint32_t)id * node->limits.groups;
    for (uint32_t i = first; i < first + node->limits.groups; i++)
        if (rcp_group_at(node, i)->op_id == 0)
            return i;
    rcp_check_failed("group_free");
}

/* Full, or its eldest has waited for company long enough. */
static bool is_due(const struct rcp_step *step, enum rcp_queue_id id)
{
    const struct rcp_queue *queue = &step->node->queues[id];
    return queue->length >= room(step, id) || step->mono_ms >= queue->due_ms;
}

void rcp_group_pump(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        struct rcp_queue *queue = &node->queues[id];
        while (queue->head != RCP_NO_SLOT && queue->in_flight < node->limits.groups &&
               is_due(step, (enum rcp_queue_id)id)) {
            uint32_t index = free_group(node, (enum rcp_queue_id)id);
            uint16_t head = queue->head;
            gather(step, (enum rcp_queue_id)id, rcp_group_at(node, index));
            rcp_check(queue->head != head, "group_takes_from_its_queue"); /* or it never ends */
            if (rcp_group_at(node, index)->count > 0)
                issue(step, (enum rcp_queue_id)id, index);
        }
        if (queue->head == RCP_NO_SLOT)
            queue->due_ms = 0;
    }
}

uint64_t rcp_group_deadline(const struct rcp_node *node)
{
    uint64_t at_ms = RCP_NEVER_MS;
    for (uint32_t id = 0; id < RCP_QUEUE_COUNT; id++) {
        const struct rcp_queue *queue = &node->queues[id];
        if (queue->head != RCP_NO_SLOT && queue->in_flight < node->limits.groups &&
            queue->due_ms < at_ms)
            at_ms = queue->due_ms;
    }
    return at_ms;
}

/* --- The end of a group --- */

/* Does this failure count as one of the row's attempts, and what is said of it? A connection that fails while
 * others succeed may be this row's doing: it is tried alone next time, and then it counts. */
static void count_failure(struct rcp_step *step,
                          struct rcp_flow *flow,
                          const struct rcp_mysql_done *done)
{
    bool lost = done->outcome == RCP_OUTCOME_REFUSED && done->error == RCP_ERROR_CONNECTION;
    bool handler = done->outcome == RCP_OUTCOME_REFUSED && done->error == RCP_ERROR_HANDLER;
    if (!rcp_knob_hardened(step, RCP_KNOB_ATTEMPT_COUNTS))
        flow->counted = 1;
    else
        flow->counted = handler || (lost && flow->alone && done->others_succeed);
    if (lost)
        flow->alone = 1;
    flow->error = done->outcome == RCP_OUTCOME_REFUSED ? (uint8_t)done->error : RCP_ERROR_NONE;
}

void rcp_flow_failed(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    bool unknown = done->outcome == RCP_OUTCOME_UNKNOWN;
    if (unknown && flow->state != RCP_FLOW_SETTLE)
        flow->session = done->session;
    if (flow->state == RCP_FLOW_APPROVE && !rcp_flow_is_request(step->node, slot))
        count_failure(step, flow, done);
    rcp_flow_answer(step, slot, unknown ? RCP_ANSWER_UNKNOWN : RCP_ANSWER_REFUSED);
}

/* Back into the queue: a group that was refused for what one of its members wrote, or who else wrote. */
static bool repeat_in_place(struct rcp_step *step,
                            const struct rcp_group *group,
                            uint32_t slot,
                            const struct rcp_mysql_done *done)
{
    struct rcp_flow *flow = &rcp_flows(step->node)[slot];
    if (done->outcome != RCP_OUTCOME_REFUSED || done->error == RCP_ERROR_CONNECTION ||
        !rcp_knob_hardened(step, RCP_KNOB_TOKEN_DELETE))
        return false;
    if (group->count == 1) {
        if (done->error != RCP_ERROR_CONTENTION || flow->tries >= RCP_CONTENTION_TRIES)
            return false;
        flow->tries++;
    }
    flow->alone = 1;
    flow->op_id = 0;
    rcp_group_queue(step, slot);
    return true;
}

/* The transaction was left open for a DEL that will not come. Nobody waits for its ROLLBACK. */
static void abandon(struct rcp_step *step, uint32_t session)
{
    rcp_emit_script(step, 0, RCP_SCRIPT_ABANDON, 0, RCP_MYSQL_TIMEOUT_MS)->session = session;
}

/* What a row's verdict says to the member it belongs to. */
static enum rcp_answer member_answer(const struct rcp_node *node,
                                     enum rcp_queue_id queue,
                                     uint32_t slot,
                                     const struct rcp_tx_row *row)
{
    const struct rcp_flow *flow = &rcp_flows(node)[slot];
    enum rcp_answer answer = rcp_answer_of((enum rcp_verdict)row->verdict);
    bool direct = !rcp_flow_is_request(node, slot) && flow->row_id == 0;
    if (direct && answer == RCP_ANSWER_REJECTED)
        return RCP_ANSWER_FENCED;
    if (queue == RCP_QUEUE_LOG && answer == RCP_ANSWER_WRITTEN && flow->cause != RCP_PARK_NONE)
        return RCP_ANSWER_PARKED;
    return answer;
}

void rcp_group_done(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_node *node = step->node;
    uint32_t index = rcp_op_slot(done->op_id);
    if (index >= RCP_QUEUE_COUNT * node->limits.groups)
        return;
    struct rcp_group *group = rcp_group_at(node, index); /* its members stay until the next pump */
    if (group->op_id != done->op_id)
        return;
    group->op_id = 0;
    node->queues[group->queue].in_flight--;
    if (done->outcome == RCP_OUTCOME_DONE)
        rcp_check(done->row_count == group->count, "verdict_for_each_row");
    bool left_open = (flags_of(step, (enum rcp_queue_id)group->queue) & RCP_TX_LEAVE_OPEN) != 0;
    for (uint32_t i = 0; i < group->count; i++) {
        uint32_t slot = group->flows[i];
        struct rcp_flow *flow = &rcp_flows(node)[slot];
        rcp_check(flow->op_id == done->op_id, "group_member_waits");
        if (done->outcome == RCP_OUTCOME_DONE) {
            enum rcp_answer answer =
                member_answer(node, (enum rcp_queue_id)group->queue, slot, &done->rows[i]);
            flow->session = done->session;
            if (left_open && answer != RCP_ANSWER_APPROVED)
                abandon(step, done->session);
            rcp_flow_answer(step, slot, answer);
        } else if (!repeat_in_place(step, group, slot, done)) {
            rcp_flow_failed(step, slot, done);
        }
    }
}
