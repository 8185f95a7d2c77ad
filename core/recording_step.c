/* STEP: both times, the event with what it points to, and its effects, each with its rows. */
#include "core/check.h"
#include "core/emit.h"
#include "core/recording.h"
#include "core/recording_bytes.h"

#include <string.h>

/* --- Rows --- */

static uint32_t size_of_row(enum rcp_row_kind kind)
{
    static const uint16_t sizes[RCP_ROWS_COUNT] = {
        [RCP_ROWS_TX] = sizeof(struct rcp_tx_row),
        [RCP_ROWS_ORDER] = sizeof(struct rcp_order_row),
        [RCP_ROWS_TRANSACTION] = sizeof(struct rcp_pg_transaction),
        [RCP_ROWS_REQUEST] = sizeof(struct rcp_order_request),
    };
    return sizes[kind];
}

static struct rcp_event_rows these(enum rcp_row_kind kind, const void *at, uint32_t count)
{
    if (at == NULL || count == 0)
        return (struct rcp_event_rows){0};
    return (struct rcp_event_rows){kind, at, count, size_of_row(kind)};
}

/* Whoever issued an order script waits for order rows. */
static bool waits_for_orders(uint64_t op_id)
{
    enum rcp_owner owner = rcp_op_owner(op_id);
    return owner == RCP_OWNER_ORDER || owner == RCP_OWNER_RECONCILE;
}

struct rcp_event_rows rcp_event_rows(const struct rcp_event *event)
{
    const struct rcp_mysql_done *mysql = &event->mysql_done;
    if (event->kind == RCP_EVENT_REQUEST)
        return these(RCP_ROWS_REQUEST, event->request.order, 1);
    if (event->kind == RCP_EVENT_PG_DONE)
        return these(RCP_ROWS_TRANSACTION, event->pg_done.transactions, event->pg_done.count);
    if (event->kind != RCP_EVENT_MYSQL_DONE)
        return (struct rcp_event_rows){0};
    if (mysql->orders != NULL && waits_for_orders(mysql->op_id))
        return these(RCP_ROWS_ORDER, mysql->orders, mysql->row_count);
    return these(RCP_ROWS_TX, mysql->rows, mysql->row_count);
}

struct rcp_event_rows rcp_effect_rows(const struct rcp_effects *effects,
                                      const struct rcp_effect *effect)
{
    const struct rcp_mysql_effect *mysql = &effect->mysql;
    if (effect->kind != RCP_EFFECT_MYSQL)
        return (struct rcp_event_rows){0};
    if (rcp_script_is_order(mysql->script))
        return these(RCP_ROWS_ORDER, &effects->orders[mysql->first_row], mysql->row_count);
    return these(RCP_ROWS_TX, &effects->rows[mysql->first_row], mysql->row_count);
}

static void write_rows(struct rcp_pen *pen, const struct rcp_event_rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++)
        rcp_write_fields(pen,
                         rcp_row_fields(rows->kind),
                         (const unsigned char *)rows->at + (size_t)i * rows->size);
}

static void read_rows(struct rcp_eye *eye, enum rcp_row_kind kind, void *at, uint32_t count)
{
    const size_t size = size_of_row(kind);
    memset(at, 0, size * count);
    for (uint32_t i = 0; i < count; i++)
        rcp_read_fields(eye, rcp_row_fields(kind), (unsigned char *)at + i * size);
}

/* --- Writing --- */

static void write_event(struct rcp_pen *pen, const struct rcp_event *event)
{
    struct rcp_event_rows rows = rcp_event_rows(event);
    rcp_check(rows.count <= RCP_TX_ROWS_MAX, "recorded_rows_fit");
    rcp_write_number(pen, event->mono_ms);
    rcp_write_number(pen, event->wall_ms);
    rcp_write_number(pen, event->kind);
    rcp_write_fields(pen, rcp_event_fields(event->kind), event);
    rcp_write_number(pen, rows.kind);
    rcp_write_number(pen, rows.count);
    write_rows(pen, &rows);
}

uint32_t rcp_recording_write_step(void *bytes,
                                  const struct rcp_event *event,
                                  const struct rcp_effects *effects)
{
    struct rcp_pen pen = rcp_entry_begin(bytes, RCP_RECORDING_STEP);
    write_event(&pen, event);
    rcp_write_number(&pen, effects->count);
    for (uint32_t i = 0; i < effects->count; i++) {
        const struct rcp_effect *effect = &effects->items[i];
        struct rcp_event_rows rows = rcp_effect_rows(effects, effect);
        rcp_write_number(&pen, effect->kind);
        rcp_write_fields(&pen, rcp_effect_fields(effect->kind), effect);
        write_rows(&pen, &rows);
    }
    return rcp_entry_end(bytes, pen);
}

/* --- Reading --- */

/* Where the rows of this event go. */
static void *room_for(struct rcp_recorded *step, enum rcp_row_kind kind, uint32_t count)
{
    const struct rcp_event *event = &step->event;
    switch (kind) {
    case RCP_ROWS_TX:
    case RCP_ROWS_ORDER:
        if (event->kind != RCP_EVENT_MYSQL_DONE || count != event->mysql_done.row_count ||
            count > RCP_TX_ROWS_MAX)
            return NULL;
        if ((kind == RCP_ROWS_ORDER) != waits_for_orders(event->mysql_done.op_id))
            return NULL;
        return kind == RCP_ROWS_TX ? (void *)step->rows : (void *)step->orders;
    case RCP_ROWS_TRANSACTION:
        if (event->kind != RCP_EVENT_PG_DONE || count != event->pg_done.count ||
            count > RCP_PG_TRANSACTIONS_MAX)
            return NULL;
        return step->transactions;
    case RCP_ROWS_REQUEST:
        return event->kind == RCP_EVENT_REQUEST && count == 1 ? &step->order : NULL;
    case RCP_ROWS_NONE:
    case RCP_ROWS_COUNT:
        break;
    }
    return NULL;
}

/* What must have rows has them. */
static bool lacks_rows(const struct rcp_event *event)
{
    return (event->kind == RCP_EVENT_MYSQL_DONE && event->mysql_done.row_count > 0) ||
           (event->kind == RCP_EVENT_PG_DONE && event->pg_done.count > 0);
}

static void point_to(struct rcp_recorded *step, enum rcp_row_kind kind)
{
    if (kind == RCP_ROWS_TX)
        step->event.mysql_done.rows = step->rows;
    if (kind == RCP_ROWS_ORDER)
        step->event.mysql_done.orders = step->orders;
    if (kind == RCP_ROWS_TRANSACTION)
        step->event.pg_done.transactions = step->transactions;
    if (kind == RCP_ROWS_REQUEST)
        step->event.request.order = &step->order;
}

static void read_event_rows(struct rcp_eye *eye, struct rcp_recorded *step)
{
    enum rcp_row_kind kind = (enum rcp_row_kind)rcp_read_number(eye, RCP_ROWS_COUNT - 1u);
    uint32_t count = (uint32_t)rcp_read_number(eye, RCP_TX_ROWS_MAX);
    if (kind == RCP_ROWS_NONE) {
        if (count > 0 || lacks_rows(&step->event))
            rcp_eye_fails(eye);
        return;
    }
    void *room = count > 0 ? room_for(step, kind, count) : NULL;
    if (room == NULL) {
        rcp_eye_fails(eye);
        return;
    }
    read_rows(eye, kind, room, count);
    point_to(step, kind);
}

static void read_event(struct rcp_eye *eye, struct rcp_recorded *step)
{
    struct rcp_event *event = &step->event;
    memset(event, 0, sizeof *event);
    event->mono_ms = rcp_read_number(eye, UINT64_MAX);
    event->wall_ms = rcp_read_number(eye, UINT64_MAX);
    event->kind = (enum rcp_event_kind)rcp_read_number(eye, RCP_EVENT_KIND_COUNT - 1u);
    if (event->kind == RCP_EVENT_NONE)
        rcp_eye_fails(eye);
    rcp_read_fields(eye, rcp_event_fields(event->kind), event);
    read_event_rows(eye, step);
}

static void read_script_rows(struct rcp_eye *eye, struct rcp_effects *effects, uint32_t index)
{
    struct rcp_mysql_effect *mysql = &effects->items[index].mysql;
    bool orders = rcp_script_is_order(mysql->script);
    uint32_t *used = orders ? &effects->order_count : &effects->row_count;
    uint32_t room = orders ? RCP_EFFECT_ORDERS_MAX : RCP_EFFECT_ROWS_MAX;
    if (mysql->row_count > RCP_TX_ROWS_MAX || mysql->row_count > room - *used) {
        rcp_eye_fails(eye);
        return;
    }
    mysql->first_row = *used;
    *used += mysql->row_count;
    if (orders)
        read_rows(eye, RCP_ROWS_ORDER, &effects->orders[mysql->first_row], mysql->row_count);
    else
        read_rows(eye, RCP_ROWS_TX, &effects->rows[mysql->first_row], mysql->row_count);
}

static void read_effect(struct rcp_eye *eye, struct rcp_effects *effects, uint32_t index)
{
    struct rcp_effect *effect = &effects->items[index];
    memset(effect, 0, sizeof *effect);
    effect->kind = (enum rcp_effect_kind)rcp_read_number(eye, RCP_EFFECT_KIND_COUNT - 1u);
    if (effect->kind == RCP_EFFECT_NONE)
        rcp_eye_fails(eye);
    rcp_read_fields(eye, rcp_effect_fields(effect->kind), effect);
    if (effect->kind == RCP_EFFECT_MYSQL)
        read_script_rows(eye, effects, index);
}

bool rcp_recording_read_step(const struct rcp_recording_entry *entry, struct rcp_recorded *step)
{
    struct rcp_eye eye = {entry->bytes, entry->bytes + entry->size, false};
    struct rcp_effects *effects = &step->effects;
    if (entry->kind != RCP_RECORDING_STEP)
        return false;
    read_event(&eye, step);
    effects->row_count = 0;
    effects->order_count = 0;
    effects->mark_count = 0;
    effects->count = (uint32_t)rcp_read_number(&eye, RCP_EFFECTS_MAX);
    for (uint32_t i = 0; i < effects->count && !eye.bad; i++)
        read_effect(&eye, effects, i);
    return !eye.bad && eye.at == eye.end;
}
