/* What nodes do, as records: for those who listen to a run. */
#include "sim/model/trace.h"

/* A failed retry that inserts a new row is the documents' logFailure: it is told as such. */
static enum rcp_script script_told(enum rcp_script script, uint32_t flags)
{
    return script == RCP_SCRIPT_LATER && (flags & RCP_TX_NEW_ROW) != 0 ? RCP_SCRIPT_LOG : script;
}

static enum rcp_redis_verb verb_of(const struct rcp_pending *pending)
{
    uint32_t site = rcp_key_unpack(pending->key).site;
    return site == RCP_SITE_TOKEN_GET      ? RCP_REDIS_GET
           : site == RCP_SITE_TOKEN_DELETE ? RCP_REDIS_DEL
                                           : RCP_REDIS_EXPIRE;
}

static void tell_mysql_done(const struct rcp_pending *pending,
                            const struct rcp_mysql_done *done,
                            struct rcp_record *record)
{
    record->kind = RCP_RECORD_TX_DONE;
    record->script = (uint8_t)script_told((enum rcp_script)pending->script, pending->flags);
    record->outcome = (uint8_t)done->outcome;
    record->error = (uint8_t)done->error;
    record->rows = done->row_count;
    record->flags = pending->flags;
    if (done->outcome != RCP_OUTCOME_DONE || done->row_count == 0)
        return;
    if (rcp_script_is_order((enum rcp_script)record->script)) {
        record->verdict = done->orders[0].verdict;
        record->order_id = done->orders[0].order_id;
    } else {
        record->verdict = done->rows[0].verdict;
        record->row_id = done->rows[0].row_id;
    }
}

/* Who takes a request. */
static enum rcp_role role_of(enum rcp_request_kind kind)
{
    if (kind < RCP_REQUEST_ORDER || kind == RCP_REQUEST_RETRY || kind == RCP_REQUEST_PARK)
        return RCP_ROLE_PAYMENT;
    return kind == RCP_REQUEST_CALLBACK ? RCP_ROLE_CALLBACK : RCP_ROLE_ORDER;
}

static enum rcp_record_kind kind_of(enum rcp_event_kind kind)
{
    static const uint8_t kinds[RCP_EVENT_KIND_COUNT] = {
        [RCP_EVENT_TIMER] = RCP_RECORD_TIMER,
        [RCP_EVENT_REQUEST] = RCP_RECORD_REQUEST,
        [RCP_EVENT_REDIS_DONE] = RCP_RECORD_REDIS_DONE,
        [RCP_EVENT_MYSQL_DONE] = RCP_RECORD_TX_DONE,
        [RCP_EVENT_SENT] = RCP_RECORD_SENT,
        [RCP_EVENT_ASSIGNED] = RCP_RECORD_ASSIGNED,
        [RCP_EVENT_REVOKED] = RCP_RECORD_REVOKED,
        [RCP_EVENT_RECORD] = RCP_RECORD_CONSUME,
        [RCP_EVENT_OFFSET_DONE] = RCP_RECORD_OFFSET_DONE,
        [RCP_EVENT_PG_DONE] = RCP_RECORD_PG_DONE,
    };
    return (enum rcp_record_kind)kinds[kind];
}

void rcp_trace_event(struct rcp_sim *sim,
                     uint32_t node,
                     const struct rcp_pending *pending,
                     const struct rcp_event *event)
{
    enum rcp_record_kind kind = kind_of(event->kind);
    if (kind == RCP_RECORD_NONE || pending == NULL)
        return; /* START and STOP are told by the process that they happen to */
    struct rcp_record record =
        rcp_sim_new_record(sim, kind, (enum rcp_role)pending->role, node, pending->payment);
    rcp_record_purchase(sim->world, &record, pending->purchase);
    switch (event->kind) {
    case RCP_EVENT_REQUEST:
        record.role = (uint8_t)role_of(event->request.kind);
        record.number = (uint16_t)event->request.kind;
        record.detail = event->request.request_id;
        break;
    case RCP_EVENT_REDIS_DONE:
        record.verb = (uint8_t)verb_of(pending);
        record.outcome = (uint8_t)event->redis_done.outcome;
        record.flags = event->redis_done.found;
        break;
    case RCP_EVENT_MYSQL_DONE:
        tell_mysql_done(pending, &event->mysql_done, &record);
        break;
    case RCP_EVENT_SENT:
        record.outcome = (uint8_t)event->sent.outcome;
        record.flags = pending->flags;
        break;
    case RCP_EVENT_RECORD:
        record.role = RCP_ROLE_CONSUMER;
        record.row_id = event->record.record.row_id;
        record.detail = event->record.offset;
        break;
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
        record.number = (uint16_t)event->partition.partition;
        break;
    case RCP_EVENT_OFFSET_DONE:
        record.outcome = (uint8_t)event->offset_done.outcome;
        record.number = (uint16_t)event->offset_done.partition;
        break;
    case RCP_EVENT_PG_DONE:
        record.verb = (uint8_t)(rcp_key_unpack(pending->key).site - RCP_SITE_PG_PAY);
        record.number = (uint16_t)event->pg_done.answer;
        if (event->pg_done.count > 0)
            record.detail = event->pg_done.transactions[0].key;
        break;
    case RCP_EVENT_TIMER:
    case RCP_EVENT_OPERATE:
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_NONE:
    case RCP_EVENT_KIND_COUNT:
        break;
    }
    rcp_sim_record(sim, &record);
}

static void tell_order_row(const struct rcp_order_row *row, struct rcp_record *record)
{
    record->order_id = row->order_id;
    if (record->script == RCP_SCRIPT_RESULT)
        record->number = row->settle;
    else if (record->script == RCP_SCRIPT_REFUND)
        record->number = row->status;
}

static void tell_script(const struct rcp_sim *sim,
                        const struct rcp_mysql_effect *mysql,
                        struct rcp_record *record)
{
    record->script = (uint8_t)script_told(mysql->script, mysql->flags);
    record->rows = mysql->row_count;
    record->flags = mysql->flags;
    if (mysql->row_count > 0 && rcp_script_is_order(mysql->script))
        tell_order_row(&sim->effects->orders[mysql->first_row], record);
    else if (mysql->row_count > 0)
        record->row_id = sim->effects->rows[mysql->first_row].row_id;
}

void rcp_trace_effect(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      const struct rcp_effect *effect)
{
    static const uint8_t kinds[RCP_EFFECT_KIND_COUNT] = {
        [RCP_EFFECT_REPLY] = RCP_RECORD_REPLY,
        [RCP_EFFECT_REDIS] = RCP_RECORD_REDIS,
        [RCP_EFFECT_MYSQL] = RCP_RECORD_TX,
        [RCP_EFFECT_SEND] = RCP_RECORD_SEND,
        [RCP_EFFECT_COMMIT_OFFSET] = RCP_RECORD_OFFSET,
        [RCP_EFFECT_PG] = RCP_RECORD_PG,
    };
    if (kinds[effect->kind] == RCP_RECORD_NONE)
        return; /* a fetch is no news; an alert tells of itself */
    struct rcp_record record = rcp_sim_new_record(
        sim, (enum rcp_record_kind)kinds[effect->kind], effect->role, issue->node, issue->payment);
    rcp_record_purchase(sim->world, &record, issue->purchase);
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        if (issue->purchase == RCP_NOBODY)
            record.role = RCP_ROLE_PAYMENT;
        record.number = (uint16_t)effect->reply.status;
        record.verdict = (uint8_t)effect->reply.charge;
        record.detail = effect->reply.request_id;
        break;
    case RCP_EFFECT_REDIS:
        record.verb = (uint8_t)effect->redis.verb;
        break;
    case RCP_EFFECT_MYSQL:
        tell_script(sim, &effect->mysql, &record);
        break;
    case RCP_EFFECT_SEND:
        record.row_id = effect->send.record.row_id;
        record.flags = effect->send.acks;
        break;
    case RCP_EFFECT_COMMIT_OFFSET:
        record.detail = effect->commit_offset.next_offset;
        record.number = (uint16_t)effect->commit_offset.partition;
        break;
    case RCP_EFFECT_PG:
        record.verb = (uint8_t)effect->pg.verb;
        record.order_id = effect->pg.order_id;
        record.detail = effect->pg.key;
        break;
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    rcp_sim_record(sim, &record);
}

void rcp_trace_alert(struct rcp_sim *sim, uint32_t node, const struct rcp_alert_effect *effect)
{
    const struct rcp_tx_row *row = &effect->row;
    uint32_t payment =
        rcp_world_payment(sim->world, row->payload.activity_id, row->payload.user_id);
    struct rcp_record record =
        rcp_sim_new_record(sim, RCP_RECORD_ALERT, RCP_ROLE_SWEEP, node, payment);
    record.row_id = row->row_id;
    record.detail = row->offset;
    rcp_sim_record(sim, &record);
}

void rcp_trace_order_alert(struct rcp_sim *sim,
                           const struct rcp_issue *issue,
                           const struct rcp_order_alert_effect *effect)
{
    struct rcp_record record = rcp_sim_new_record(
        sim, RCP_RECORD_ORDER_ALERT, (enum rcp_role)issue->role, issue->node, RCP_NOBODY);
    rcp_record_purchase(sim->world, &record, issue->purchase);
    record.number = (uint16_t)effect->alert;
    record.order_id = effect->order_id;
    record.detail = effect->key;
    rcp_sim_record(sim, &record);
}
