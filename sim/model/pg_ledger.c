/* The PG's own database: what each call reads and writes. */
#include "sim/model/pg_ledger.h"

#define ORDER_ID_LEAST 100000u /* six characters (FACTS 1.3) */
#define OTHER_AMOUNT   10u     /* KRW that OTHER_AMOUNT takes in excess */

static void touch(struct rcp_world *world, const struct rcp_pg_row *row)
{
    rcp_touch(world, RCP_OF_PG, (uint32_t)(row - rcp_world_pg_rows(world)));
    if (row->order != RCP_NOBODY)
        rcp_touch(world, RCP_OF_ORDER, row->order);
}

/* What GET and PAY tell of a transaction; LIST leaves out what it does not know. */
static struct rcp_pg_transaction tell(const struct rcp_world *world, uint32_t index, bool priced)
{
    const struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    struct rcp_pg_transaction told = {
        .key = index + 1u, .status = row->status, .reason = row->reason, .priced = priced};
    if (priced) {
        told.order_id = row->order == RCP_NOBODY ? 0 : world->config.first_order_id + row->order;
        told.amount = row->amount;
    }
    return told;
}

static uint32_t pay(struct rcp_sim *sim, struct rcp_pg_call *call)
{
    struct rcp_world *world = sim->world;
    const struct rcp_pg_effect *effect = &call->effect;
    uint32_t order = rcp_world_order(world, effect->order_id);
    if (effect->amount == 0 || (effect->order_id < ORDER_ID_LEAST && !effect->padded)) {
        call->answer = RCP_PG_BAD_REQUEST;
        return RCP_NOBODY;
    }
    if (world->pg_count == world->config.transactions)
        rcp_sim_error(sim, "the PG is full: give the world more `transactions`");
    uint32_t index = world->pg_count++;
    struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    *row = (struct rcp_pg_row){
        .updated_ms = world->now_ms,
        .amount = effect->amount,
        .order = order,
        .user = (uint32_t)effect->user_id,
        .status = RCP_PG_PENDING,
    };
    touch(world, row);
    call->answer = RCP_PG_OK;
    call->count = 1;
    call->transactions[0] = tell(world, index, false);
    return index;
}

/* True where the first was updated before the second: lists are newest first. */
static bool is_older(const struct rcp_pg_row *rows, uint32_t first, uint32_t second)
{
    if (rows[first].updated_ms != rows[second].updated_ms)
        return rows[first].updated_ms < rows[second].updated_ms;
    return first < second;
}

/* Puts it where it belongs among those that are listed; the oldest falls off the end. */
static void list_in_order(const struct rcp_world *world, struct rcp_pg_call *call, uint32_t index)
{
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    uint32_t at = call->count;
    while (at > 0 && is_older(rows, (uint32_t)call->transactions[at - 1u].key - 1u, index))
        at--;
    if (call->count == RCP_PG_TRANSACTIONS_MAX)
        call->more = 1;
    else
        call->count++;
    for (uint32_t i = call->count - 1u; i > at && i > 0; i--)
        call->transactions[i] = call->transactions[i - 1u];
    if (at < call->count)
        call->transactions[at] = tell(world, index, false);
}

static void list(struct rcp_world *world, struct rcp_pg_call *call)
{
    uint32_t order = rcp_world_order(world, call->effect.order_id);
    const struct rcp_pg_row *rows = rcp_world_pg_rows(world);
    for (uint32_t i = 0; i < world->pg_count; i++)
        if (order != RCP_NOBODY && rows[i].order == order && rows[i].user == call->effect.user_id)
            list_in_order(world, call, i);
    call->answer = call->count > 0 ? RCP_PG_OK : RCP_PG_NOT_FOUND;
    if (call->count > 0 || order == RCP_NOBODY)
        return;
    struct rcp_order_record *record = &rcp_world_orders(world)[order];
    if (record->listed_none < UINT8_MAX)
        record->listed_none++;
}

/* The transaction that the call names, where it is this user's. */
static uint32_t named(const struct rcp_world *world, const struct rcp_pg_effect *effect)
{
    uint64_t index = effect->key - 1u;
    bool known = effect->key != 0 && index < world->pg_count &&
                 rcp_world_pg_rows(world)[index].user == effect->user_id;
    return known ? (uint32_t)index : RCP_NOBODY;
}

static void get(const struct rcp_world *world, struct rcp_pg_call *call)
{
    uint32_t index = named(world, &call->effect);
    call->answer = index == RCP_NOBODY ? RCP_PG_NOT_FOUND : RCP_PG_OK;
    if (index == RCP_NOBODY)
        return;
    call->count = 1;
    call->transactions[0] = tell(world, index, true);
}

/* Our extension: once per transaction, and again the same answer. */
static void refund(struct rcp_world *world, struct rcp_pg_call *call)
{
    uint32_t index = named(world, &call->effect);
    call->answer = RCP_PG_NOT_FOUND;
    if (index == RCP_NOBODY || !world->config.gateway.refunds)
        return;
    struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    bool refundable = row->status == RCP_PG_SUCCESS || row->status == RCP_PG_REFUNDED;
    call->answer = refundable ? RCP_PG_OK : RCP_PG_BAD_REQUEST;
    if (!refundable)
        return;
    if (row->status == RCP_PG_SUCCESS) {
        row->refunds++;
        row->status = RCP_PG_REFUNDED;
        row->updated_ms = world->now_ms;
        touch(world, row);
    }
    call->count = 1;
    call->transactions[0] = tell(world, index, true);
}

uint32_t rcp_pg_execute(struct rcp_sim *sim, struct rcp_pg_call *call)
{
    call->count = 0;
    call->more = 0;
    switch (call->effect.verb) {
    case RCP_PG_PAY:
        return pay(sim, call);
    case RCP_PG_LIST:
        list(sim->world, call);
        return RCP_NOBODY;
    case RCP_PG_GET:
        get(sim->world, call);
        return RCP_NOBODY;
    case RCP_PG_REFUND:
        refund(sim->world, call);
        return RCP_NOBODY;
    case RCP_PG_VERB_COUNT:
        break;
    }
    rcp_check_failed("pg_verb_exists");
}

void rcp_pg_end(struct rcp_sim *sim, uint32_t index)
{
    struct rcp_world *world = sim->world;
    struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    bool over_limit = row->result == RCP_FAULT_PG_OVER_LIMIT;
    bool bad_card = row->result == RCP_FAULT_PG_BAD_CARD;
    row->status = over_limit || bad_card ? RCP_PG_FAILED : RCP_PG_SUCCESS;
    row->reason =
        over_limit ? RCP_PG_REASON_LIMIT : (bad_card ? RCP_PG_REASON_CARD : RCP_PG_REASON_NONE);
    if (row->result == RCP_FAULT_PG_OTHER_AMOUNT)
        row->amount += OTHER_AMOUNT;
    row->updated_ms = world->now_ms;
    touch(world, row);
}
