/* A small world filled by hand. */
#include "tests/support/small_world.h"

#include <stdlib.h>
#include <string.h>

enum { PAYMENTS = 2 * SMALL_WORLD_USERS, PARTITIONS = 2 };

struct rcp_world *small_world_new(void)
{
    struct rcp_world shape;
    memset(&shape, 0, sizeof shape);
    uint32_t size = (uint32_t)sizeof shape;
    const struct {
        uint32_t *at;
        size_t bytes;
    } tables[] = {
        {&shape.tokens_at, PAYMENTS * sizeof(struct rcp_token_row)},
        {&shape.entries_at, PAYMENTS * sizeof(struct rcp_entry_row)},
        {&shape.clients_at, PAYMENTS * sizeof(struct rcp_client)},
        {&shape.ledgers_at, PAYMENTS * sizeof(struct rcp_ledger)},
        {&shape.rows_at, SMALL_WORLD_ROOM * sizeof(struct rcp_log_row)},
        {&shape.parked_at, SMALL_WORLD_ROOM * sizeof(struct rcp_parked_row)},
        {&shape.records_at,
         (size_t)PARTITIONS * SMALL_WORLD_ROOM * sizeof(struct rcp_topic_record)},
        {&shape.exchanges_at, SMALL_WORLD_ROOM * sizeof(struct rcp_exchange)},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        *tables[i].at = size;
        size += (uint32_t)(tables[i].bytes + 63u) / 64u * 64u;
    }
    struct rcp_world *world = calloc(1, size);
    if (world == NULL)
        abort();
    shape.size = size;
    shape.policy = rcp_policy_hardened();
    shape.config.limits.partitions = PARTITIONS;
    shape.config.activities = 2;
    shape.config.users = SMALL_WORLD_USERS;
    shape.config.capacity = 2;
    shape.config.records = SMALL_WORLD_ROOM;
    shape.config.rows = SMALL_WORLD_ROOM;
    shape.payments = PAYMENTS;
    shape.open_head = RCP_NOBODY;
    shape.open_tail = RCP_NOBODY;
    shape.now_ms = 1000;
    memcpy(world, &shape, sizeof shape);
    for (uint32_t i = 0; i < shape.config.activities; i++)
        world->activities[i].capacity = shape.config.capacity;
    for (uint32_t i = 0; i < PAYMENTS; i++)
        rcp_world_ledgers(world)[i].rows = RCP_NOBODY;
    return world;
}

void small_world_entry(struct rcp_world *world, uint32_t payment, enum rcp_entry_status status)
{
    struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    struct rcp_activity_row *activity = &world->activities[rcp_payment_activity(world, payment)];
    activity->total -= entry->status == RCP_ENTRY_APPROVED;
    activity->total += status == RCP_ENTRY_APPROVED;
    entry->approvals = status == RCP_ENTRY_APPROVED;
    entry->status = (uint8_t)status;
}

void small_world_token(struct rcp_world *world, uint32_t payment, enum rcp_token_state state)
{
    rcp_world_tokens(world)[payment].state = (uint8_t)state;
    if (state == RCP_TOKEN_DELETED)
        rcp_world_ledgers(world)[payment].deleted = 1;
}

static bool is_open(uint8_t status)
{
    return status == RCP_ROW_PENDING || status == RCP_ROW_PROCESSING;
}

static void list(struct rcp_world *world, uint32_t row)
{
    struct rcp_log_row *rows = rcp_world_rows(world);
    rows[row].prev = world->open_tail;
    rows[row].next = RCP_NOBODY;
    if (world->open_tail == RCP_NOBODY)
        world->open_head = row;
    else
        rows[world->open_tail].next = row;
    world->open_tail = row;
}

static void unlist(struct rcp_world *world, uint32_t row)
{
    struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t prev = rows[row].prev;
    uint32_t next = rows[row].next;
    if (prev == RCP_NOBODY)
        world->open_head = next;
    else
        rows[prev].next = next;
    if (next == RCP_NOBODY)
        world->open_tail = prev;
    else
        rows[next].prev = prev;
}

void small_world_move(struct rcp_world *world, uint32_t row, enum rcp_row_status status)
{
    struct rcp_log_row *it = &rcp_world_rows(world)[row];
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[it->payment];
    bool was_open = is_open(it->status);
    bool was_parked = it->status == RCP_ROW_FAILED;
    it->status = (uint8_t)status;
    if (was_open && !is_open(it->status))
        unlist(world, row);
    if (!was_open && is_open(it->status))
        list(world, row);
    ledger->open_rows += (uint32_t)is_open(it->status) - (uint32_t)was_open;
    world->backlog.open_rows += (uint32_t)is_open(it->status) - (uint32_t)was_open;
    ledger->parked_rows += (uint32_t)(status == RCP_ROW_FAILED) - (uint32_t)was_parked;
    world->backlog.unalerted += status == RCP_ROW_FAILED && !it->alerted;
    if (status == RCP_ROW_FAILED && it->cause == RCP_PARK_NONE)
        it->cause = RCP_PARK_AGE;
}

uint32_t small_world_row(struct rcp_world *world, uint32_t payment, enum rcp_row_status status)
{
    uint32_t row = world->row_count++;
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    struct rcp_log_row *it = &rcp_world_rows(world)[row];
    it->payment = payment;
    it->due_ms = world->now_ms;
    it->sibling = ledger->rows;
    ledger->rows = row;
    small_world_move(world, row, status);
    return row;
}

void small_world_alert(struct rcp_world *world, uint32_t row)
{
    rcp_world_rows(world)[row].raised = 1;
    rcp_world_rows(world)[row].alerted = 1;
}

/* What a reply with this status says of the payment. */
static enum rcp_payment_state words_for(enum rcp_status status)
{
    if (status == RCP_STATUS_OK)
        return RCP_PAYMENT_APPROVED;
    if (status == RCP_STATUS_ACCEPTED)
        return RCP_PAYMENT_OPEN;
    return status == RCP_STATUS_GONE ? RCP_PAYMENT_REJECTED : RCP_PAYMENT_UNKNOWN;
}

struct rcp_exchange *small_world_ask(struct rcp_world *world,
                                     uint32_t payment,
                                     enum rcp_request_kind kind,
                                     enum rcp_status status)
{
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    struct rcp_exchange *it = &rcp_world_exchanges(world)[world->exchange_count++];
    it->arrived_ms = 10;
    it->payment = payment;
    it->user = rcp_payment_user(world, payment);
    it->status = (uint16_t)status;
    it->kind = (uint8_t)kind;
    it->form = RCP_TOKEN_SIGNED;
    it->state = RCP_EXCHANGE_ANSWERED;
    it->replies = 1;
    it->again = 1;
    it->in_time = 1;
    it->said = (uint8_t)words_for(status);
    if (kind == RCP_REQUEST_STATUS)
        it->said = RCP_PAYMENT_UNKNOWN;
    if (kind != RCP_REQUEST_PROCESS)
        return it;
    ledger->owner_asked = 1;
    ledger->told_ok |= status == RCP_STATUS_OK;
    ledger->told_accepted |= status == RCP_STATUS_ACCEPTED;
    ledger->told_gone |= status == RCP_STATUS_GONE;
    ledger->told_410 |= status == RCP_STATUS_GONE;
    return it;
}

struct rcp_topic_record *small_world_send(struct rcp_world *world,
                                          uint32_t payment,
                                          uint32_t row_id)
{
    struct rcp_topic_partition *partition = &world->partitions[0];
    struct rcp_topic_record *it = &rcp_world_records(world, 0)[partition->count++];
    it->offset = partition->end++;
    it->payment = payment;
    it->record.row_id = row_id;
    it->record.usable = 1;
    it->record.mac = 1;
    world->backlog.lag++;
    if (row_id == 0 && payment != RCP_NOBODY)
        rcp_world_ledgers(world)[payment].direct_records++;
    return it;
}

void small_world_commit(struct rcp_world *world)
{
    struct rcp_topic_partition *partition = &world->partitions[0];
    for (; partition->done < partition->count; partition->done++) {
        const struct rcp_topic_record *it = &rcp_world_records(world, 0)[partition->done];
        if (it->record.row_id == 0 && it->payment != RCP_NOBODY)
            rcp_world_ledgers(world)[it->payment].direct_records--;
        world->backlog.lag--;
    }
    partition->committed = partition->end;
}

void small_world_park(struct rcp_world *world, uint64_t offset)
{
    struct rcp_parked_row *it = &rcp_world_parked(world)[world->parked_count++];
    it->offset = offset;
    it->alerted = 1;
    it->raised = 1;
}
