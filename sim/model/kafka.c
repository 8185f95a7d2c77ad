/* Kafka: topic axon.payment.retry, its partitions, and the consumer group axon-payment-retry-group. */
#include "sim/model/kafka.h"

#define HANDED_RETRY_MS 10000u  /* the client library tries a handed record again after this */
#define HANDED_DROP_MS  120000u /* and drops it in silence after this (delivery.timeout.ms) */
#define LATE_MS         30000u  /* a late record lands within this */

/* --- Retention: records older than this are gone, consumed or not --- */

static void move_committed(struct rcp_sim *sim, uint32_t partition, uint64_t next_offset);

static void cut(struct rcp_sim *sim, uint32_t partition, uint64_t older_than_ms)
{
    struct rcp_topic_partition *p = &sim->world->partitions[partition];
    const struct rcp_topic_record *records = rcp_world_records(sim->world, partition);
    while (p->first < p->count && records[p->first].at_ms + older_than_ms < sim->world->now_ms)
        p->first++;
    if (p->at < p->first)
        p->at = p->first;
    if (p->done < p->first) {
        sim->result->weak = 1; /* nobody had consumed them: an assumption is broken */
        move_committed(sim, partition, records[p->first - 1u].offset + 1u);
    }
}

void rcp_kafka_cut(struct rcp_sim *sim, uint64_t older_than_ms)
{
    for (uint32_t i = 0; i < sim->world->config.limits.partitions; i++)
        cut(sim, i, older_than_ms);
}

/* --- Producing --- */

static void report(struct rcp_sim *sim,
                   const struct rcp_issue *issue,
                   uint64_t op_id,
                   enum rcp_outcome outcome,
                   struct rcp_span span)
{
    if (op_id == 0)
        return;
    struct rcp_event event = {.kind = RCP_EVENT_SENT, .sent = {.op_id = op_id, .outcome = outcome}};
    rcp_answer_push(sim, issue, &event, span);
}

static void fire(struct rcp_sim *sim, const struct rcp_issue *issue)
{
    rcp_sim_fired(sim, issue->fate.fault, issue->node, issue->payment);
}

/* A handed record completes when the client library has it; what happens then, nobody hears. */
static void hand_over(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_send_effect *effect)
{
    bool refused = issue->fate.fault == RCP_FAULT_KAFKA_SEND_REFUSED;
    if (refused)
        fire(sim, issue);
    report(sim,
           issue,
           effect->op_id,
           refused ? RCP_OUTCOME_REFUSED : RCP_OUTCOME_DONE,
           (struct rcp_span){0, 1});
    if (refused)
        return;
    if (issue->fate.fault == RCP_FAULT_KAFKA_RECORD_LOST) {
        fire(sim, issue);
        return;
    }
    struct rcp_pending *pending = rcp_issue_push(sim,
                                                 issue,
                                                 RCP_JOB_KAFKA_APPENDS,
                                                 RCP_PHASE_APPLY,
                                                 rcp_link_span(RCP_LINK_KAFKA, issue->fate));
    pending->send = *effect;
    pending->send.op_id = 0;
    pending->c = sim->world->now_ms + HANDED_DROP_MS;
}

/* The record outlives its answer: unknown now, written later. */
static void send_late(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_send_effect *effect,
                      struct rcp_span span)
{
    uint64_t deadline_ms = sim->world->now_ms + effect->timeout_ms;
    report(sim, issue, effect->op_id, RCP_OUTCOME_UNKNOWN, rcp_until_deadline(sim, deadline_ms));
    struct rcp_issue late = *issue;
    late.fate.fault = RCP_FAULT_CRASH_ISSUED; /* it has left: no crash takes it back */
    struct rcp_pending *pending =
        rcp_issue_push(sim, &late, RCP_JOB_KAFKA_APPENDS, RCP_PHASE_LATE, span);
    pending->send = *effect;
    pending->send.op_id = 0;
    pending->c = UINT64_MAX;
}

static void note_record_tried(const struct rcp_world *world, uint64_t origin)
{
    struct rcp_exchange *exchange = &rcp_world_exchanges(world)[origin - 1];
    if (exchange->replies == 0)
        exchange->record_tried = 1;
}

void rcp_kafka_send(struct rcp_sim *sim,
                    const struct rcp_issue *issue,
                    const struct rcp_send_effect *effect)
{
    rcp_check(effect->record.usable, "core_sends_usable_records");
    if (issue->payment != RCP_NOBODY && effect->record.row_id == 0 && effect->record.origin != 0 &&
        effect->record.origin <= sim->world->exchange_count)
        note_record_tried(sim->world, effect->record.origin);
    struct rcp_span span = rcp_link_span(RCP_LINK_KAFKA, issue->fate);
    struct rcp_span silence = {effect->timeout_ms, effect->timeout_ms};
    enum rcp_fault fault = issue->fate.fault;
    if (effect->acks == RCP_ACKS_HANDED) {
        hand_over(sim, issue, effect);
        return;
    }
    if (fault == RCP_FAULT_KAFKA_LATE_RECORD || span.shortest_ms >= effect->timeout_ms) {
        if (fault == RCP_FAULT_KAFKA_LATE_RECORD) {
            fire(sim, issue);
            span = (struct rcp_span){effect->timeout_ms, effect->timeout_ms + LATE_MS};
        }
        send_late(sim, issue, effect, span);
        return;
    }
    if (fault == RCP_FAULT_KAFKA_SEND_REFUSED || fault == RCP_FAULT_KAFKA_RECORD_LOST) {
        bool refused = fault == RCP_FAULT_KAFKA_SEND_REFUSED;
        fire(sim, issue);
        report(sim,
               issue,
               effect->op_id,
               refused ? RCP_OUTCOME_REFUSED : RCP_OUTCOME_UNKNOWN,
               refused ? span : silence);
        return;
    }
    struct rcp_pending *pending =
        rcp_issue_push(sim, issue, RCP_JOB_KAFKA_APPENDS, RCP_PHASE_APPLY, span);
    pending->send = *effect;
    pending->c = sim->world->now_ms + effect->timeout_ms;
}

static uint32_t partition_for(struct rcp_sim *sim, const struct rcp_send_effect *effect)
{
    uint32_t partitions = sim->world->config.limits.partitions;
    if (effect->keyed)
        return (uint32_t)(effect->key_hash % partitions);
    return sim->world->records_sent++ % partitions;
}

static void write_record(struct rcp_sim *sim,
                         uint32_t partition,
                         uint32_t payment,
                         uint32_t sent_seq,
                         const struct rcp_retry_record *record)
{
    struct rcp_world *world = sim->world;
    struct rcp_topic_partition *p = &world->partitions[partition];
    if (p->count == world->config.records)
        rcp_sim_error(sim, "the topic is full: give the world more `records`");
    if (p->gap)
        p->end += 1u + p->end % 3u;
    p->gap = 0;
    struct rcp_topic_record *stored = &rcp_world_records(world, partition)[p->count++];
    *stored = (struct rcp_topic_record){.offset = p->end++,
                                        .at_ms = world->now_ms,
                                        .payment = payment,
                                        .sent_seq = sent_seq,
                                        .record = *record};
    world->backlog.lag++;
    if (payment != RCP_NOBODY) {
        if (record->row_id == 0 && record->usable && record->mac)
            rcp_world_ledgers(world)[payment].direct_records++;
        rcp_touch(world, RCP_OF_PAYMENT, payment);
    }
    rcp_kafka_kick(sim, partition);
}

/* The broker is down: a handed record is tried again by the library, another is refused. */
static void append_refused(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    rcp_plan_struck(sim, RCP_FAULT_KAFKA_DOWN, issue.node, issue.payment);
    if (pending->send.op_id != 0) {
        report(sim,
               &issue,
               pending->send.op_id,
               RCP_OUTCOME_REFUSED,
               rcp_until_deadline(sim, pending->c));
        return;
    }
    if (sim->world->now_ms + HANDED_RETRY_MS > pending->c && pending->c != UINT64_MAX)
        return; /* dropped in silence */
    struct rcp_pending *again = rcp_issue_push(sim,
                                               &issue,
                                               RCP_JOB_KAFKA_APPENDS,
                                               RCP_PHASE_APPLY,
                                               (struct rcp_span){HANDED_RETRY_MS, HANDED_RETRY_MS});
    rcp_repeat_key(again, pending);
    again->incarnation = pending->incarnation;
    again->send = pending->send;
    again->c = pending->c;
}

bool rcp_kafka_append(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    const struct rcp_send_effect *effect = &pending->send;
    const struct rcp_sim_node *node = &sim->world->nodes[issue.node];
    if (node->incarnation != pending->incarnation || !node->alive)
        if (issue.fate.fault != RCP_FAULT_CRASH_ISSUED)
            return false; /* still in the dead process's queue: gone with it */
    if (rcp_world_fault(sim->world, RCP_FAULT_KAFKA_DOWN)) {
        append_refused(sim, pending);
        return false;
    }
    uint32_t partition = partition_for(sim, effect);
    if (issue.fate.fault == RCP_FAULT_KAFKA_OFFSET_GAP) {
        fire(sim, &issue);
        sim->world->partitions[partition].gap = 1;
    }
    struct rcp_span back = rcp_link_span(RCP_LINK_KAFKA, (struct rcp_fate){0});
    uint32_t sent_seq =
        issue.payment == RCP_NOBODY ? 0 : ++rcp_world_ledgers(sim->world)[issue.payment].sent_seq;
    write_record(sim, partition, issue.payment, sent_seq, &effect->record);
    if (issue.fate.fault == RCP_FAULT_KAFKA_DUPLICATED) {
        fire(sim, &issue);
        write_record(sim, partition, issue.payment, sent_seq, &effect->record);
    }
    if (issue.fate.fault == RCP_FAULT_CRASH_APPLIED)
        return true;
    if (issue.fate.fault == RCP_FAULT_KAFKA_ACK_LOST) {
        fire(sim, &issue);
        report(
            sim, &issue, effect->op_id, RCP_OUTCOME_UNKNOWN, rcp_until_deadline(sim, pending->c));
    } else {
        report(sim, &issue, effect->op_id, RCP_OUTCOME_DONE, back);
    }
    return false;
}

void rcp_kafka_inject(struct rcp_sim *sim, uint32_t payment, bool usable)
{
    struct rcp_world *world = sim->world;
    struct rcp_retry_record record = {.usable = usable};
    if (usable) {
        record.payload = (struct rcp_payload){
            .user_id = rcp_payment_user(world, payment),
            .activity_id = rcp_payment_activity(world, payment) + 1u,
            .product_id = rcp_world_tokens(world)[payment].product_id,
            .quantity = 1,
        };
        record.token = payment + 1u;
    }
    uint32_t partition = world->records_sent++ % world->config.limits.partitions;
    write_record(sim, partition, usable ? payment : RCP_NOBODY, 0, &record);
}

/* --- Consuming --- */

static bool reachable(const struct rcp_world *world)
{
    return !rcp_world_fault(world, RCP_FAULT_KAFKA_DOWN) &&
           !rcp_world_fault(world, RCP_FAULT_KAFKA_LAG);
}

void rcp_kafka_kick(struct rcp_sim *sim, uint32_t partition)
{
    struct rcp_world *world = sim->world;
    struct rcp_topic_partition *p = &world->partitions[partition];
    cut(sim, partition, world->config.retention_ms);
    if (p->owner == RCP_NOBODY || !p->fetching || p->delivering || p->at >= p->count ||
        !world->nodes[p->owner].alive)
        return;
    if (!reachable(world)) {
        bool down = rcp_world_fault(world, RCP_FAULT_KAFKA_DOWN);
        rcp_plan_struck(
            sim, down ? RCP_FAULT_KAFKA_DOWN : RCP_FAULT_KAFKA_LAG, p->owner, RCP_NOBODY);
        return;
    }
    const struct rcp_topic_record *record = &rcp_world_records(world, partition)[p->at];
    struct rcp_issue issue = {
        .purchase = RCP_NOBODY,
        .key = rcp_sim_key(sim, RCP_SITE_DELIVER, p->owner, RCP_SUBJECT_PARTITION, partition),
        .node = p->owner,
        .payment = record->payment,
    };
    issue.fate =
        rcp_choose_fate(sim,
                        (struct rcp_effect_key){
                            .key = issue.key, .payment = issue.payment, .purchase = RCP_NOBODY});
    struct rcp_span span = rcp_link_span(RCP_LINK_KAFKA, issue.fate);
    if (issue.fate.fault == RCP_FAULT_KAFKA_DELIVERY_SLOW) {
        fire(sim, &issue);
        span = (struct rcp_span){30000, 300000};
    }
    struct rcp_pending *pending =
        rcp_issue_push(sim, &issue, RCP_JOB_KAFKA_DELIVERS, RCP_PHASE_APPLY, span);
    pending->a = partition;
    pending->b = p->assignment;
    p->delivering = 1;
}

void rcp_kafka_fetch(struct rcp_sim *sim, uint32_t node, const struct rcp_fetch_effect *effect)
{
    struct rcp_topic_partition *p = &sim->world->partitions[effect->partition];
    if (p->owner != node || p->assignment != effect->assignment)
        return; /* REVOKED is on its way */
    p->fetching = 1;
    rcp_kafka_kick(sim, effect->partition);
}

bool rcp_kafka_deliver(struct rcp_sim *sim,
                       const struct rcp_pending *pending,
                       struct rcp_event *event)
{
    struct rcp_world *world = sim->world;
    struct rcp_topic_partition *p = &world->partitions[pending->a];
    if (p->assignment != pending->b)
        return false;
    p->delivering = 0;
    if (!reachable(world)) {
        rcp_kafka_kick(sim, pending->a);
        return false;
    }
    if (!p->fetching || p->at >= p->count)
        return false;
    const struct rcp_topic_record *record = &rcp_world_records(world, pending->a)[p->at++];
    p->fetching = 0;
    *event = (struct rcp_event){
        .kind = RCP_EVENT_RECORD,
        .record = {.offset = record->offset,
                   .record = record->record,
                   .partition = pending->a,
                   .assignment = pending->b},
    };
    if (record->payment != RCP_NOBODY && record->sent_seq != 0) {
        struct rcp_ledger *ledger = &rcp_world_ledgers(world)[record->payment];
        if (record->sent_seq < ledger->consumed_seq)
            ledger->out_of_order = 1;
        else
            ledger->consumed_seq = record->sent_seq;
    }
    return true;
}

/* --- Offsets --- */

static void offset_answer(struct rcp_sim *sim,
                          const struct rcp_issue *issue,
                          const struct rcp_commit_offset_effect *effect,
                          enum rcp_outcome outcome,
                          struct rcp_span span)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_OFFSET_DONE,
        .offset_done = {.partition = effect->partition,
                        .assignment = effect->assignment,
                        .outcome = outcome},
    };
    rcp_answer_push(sim, issue, &event, span);
}

void rcp_kafka_commit_issue(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            const struct rcp_commit_offset_effect *effect)
{
    struct rcp_span span = rcp_link_span(RCP_LINK_KAFKA, issue->fate);
    if (issue->fate.fault == RCP_FAULT_KAFKA_OFFSET_LOST) {
        fire(sim, issue);
        offset_answer(sim, issue, effect, RCP_OUTCOME_REFUSED, span);
        return;
    }
    rcp_issue_push(sim, issue, RCP_JOB_KAFKA_COMMITS, RCP_PHASE_APPLY, span)->commit_offset =
        *effect;
}

static void move_committed(struct rcp_sim *sim, uint32_t partition, uint64_t next_offset)
{
    struct rcp_world *world = sim->world;
    struct rcp_topic_partition *p = &world->partitions[partition];
    const struct rcp_topic_record *records = rcp_world_records(world, partition);
    if (next_offset <= p->committed)
        return;
    p->committed = next_offset;
    while (p->done < p->count && records[p->done].offset < next_offset) {
        const struct rcp_topic_record *record = &records[p->done++];
        world->backlog.lag--;
        if (record->payment != RCP_NOBODY && record->record.row_id == 0 && record->record.usable &&
            record->record.mac) {
            rcp_world_ledgers(world)[record->payment].direct_records--;
            rcp_touch(world, RCP_OF_PAYMENT, record->payment);
        }
    }
    rcp_touch(world, RCP_OF_PARTITION, partition);
}

bool rcp_kafka_commit_apply(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    const struct rcp_commit_offset_effect *effect = &pending->commit_offset;
    const struct rcp_topic_partition *p = &sim->world->partitions[effect->partition];
    struct rcp_span back = rcp_link_span(RCP_LINK_KAFKA, (struct rcp_fate){0});
    if (rcp_world_fault(sim->world, RCP_FAULT_KAFKA_DOWN)) {
        rcp_plan_struck(sim, RCP_FAULT_KAFKA_DOWN, issue.node, RCP_NOBODY);
        offset_answer(sim, &issue, effect, RCP_OUTCOME_REFUSED, back);
        return false;
    }
    if (p->assignment != effect->assignment) { /* fenced by the group's generation */
        offset_answer(sim, &issue, effect, RCP_OUTCOME_REFUSED, back);
        return false;
    }
    move_committed(sim, effect->partition, effect->next_offset);
    if (issue.fate.fault == RCP_FAULT_CRASH_APPLIED)
        return true;
    bool lost = issue.fate.fault == RCP_FAULT_KAFKA_OFFSET_ANSWER_LOST;
    if (lost)
        fire(sim, &issue);
    offset_answer(sim, &issue, effect, lost ? RCP_OUTCOME_UNKNOWN : RCP_OUTCOME_DONE, back);
    return false;
}

/* --- The group --- */

static void tell_member(struct rcp_sim *sim,
                        uint32_t node,
                        enum rcp_event_kind kind,
                        uint32_t partition,
                        uint32_t assignment)
{
    struct rcp_issue issue = {
        .purchase = RCP_NOBODY,
        .key = {.subject = partition,
                .subject_kind = RCP_SUBJECT_PARTITION,
                .node = (uint8_t)(node + 1u),
                .nth = (uint16_t)assignment,
                .copy = kind == RCP_EVENT_REVOKED,
                .phase = RCP_PHASE_MEMBER},
        .node = node,
        .payment = RCP_NOBODY,
    };
    struct rcp_event event = {
        .kind = kind,
        .partition = {.partition = partition, .assignment = assignment},
    };
    /* REVOKED first: the same member may get the partition again under a new assignment. */
    struct rcp_span span =
        kind == RCP_EVENT_REVOKED ? (struct rcp_span){0, 1} : (struct rcp_span){2, 20};
    struct rcp_pending *pending =
        rcp_issue_push(sim, &issue, RCP_JOB_NODE_STEPS, RCP_PHASE_MEMBER, span);
    pending->key = rcp_key_pack(issue.key);
    pending->event = event;
}

static uint32_t nth_member(const struct rcp_world *world, uint32_t nth)
{
    for (uint32_t i = 0; i < world->config.nodes; i++)
        if (world->nodes[i].in_group && nth-- == 0)
            return i;
    return RCP_NOBODY;
}

static void give_partition(struct rcp_sim *sim, uint32_t partition, uint32_t owner)
{
    struct rcp_world *world = sim->world;
    struct rcp_topic_partition *p = &world->partitions[partition];
    if (p->owner != RCP_NOBODY)
        tell_member(sim, p->owner, RCP_EVENT_REVOKED, partition, p->assignment);
    p->owner = owner;
    p->assignment = ++world->assignment;
    p->fetching = 0;
    p->delivering = 0;
    p->at = p->done > p->first ? p->done : p->first;
    if (owner != RCP_NOBODY)
        tell_member(sim, owner, RCP_EVENT_ASSIGNED, partition, p->assignment);
}

void rcp_kafka_rebalance(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    uint32_t members = 0;
    for (uint32_t i = 0; i < world->config.nodes; i++) {
        struct rcp_sim_node *node = &world->nodes[i];
        bool asleep = node->paused_until_ms > world->now_ms + world->config.session_timeout_ms;
        node->in_group = node->alive && !node->stopping && !asleep;
        members += node->in_group;
    }
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        give_partition(sim,
                       i,
                       members == 0 ? RCP_NOBODY
                                    : nth_member(world, (i + world->assignment) % members));
}

void rcp_kafka_reassign(struct rcp_sim *sim, uint32_t partition)
{
    const struct rcp_world *world = sim->world;
    uint32_t members = 0;
    while (nth_member(world, members) != RCP_NOBODY)
        members++;
    if (members > 0)
        give_partition(sim, partition, nth_member(world, world->assignment % members));
}
