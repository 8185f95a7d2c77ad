/* payment_failure_log: its rows, the index on (status, next_retry_at), and the facts checkers need. */
#include "sim/model/log_table.h"

#include "core/recovery/sweep.h"

#include <string.h>

/* --- The index: open rows by due time, equal ones in order of insertion --- */

static void unlink_row(struct rcp_world *world, uint32_t index)
{
    struct rcp_log_row *rows = rcp_world_rows(world);
    struct rcp_log_row *row = &rows[index];
    *(row->prev == RCP_NOBODY ? &world->open_head : &rows[row->prev].next) = row->next;
    *(row->next == RCP_NOBODY ? &world->open_tail : &rows[row->next].prev) = row->prev;
    row->prev = row->next = RCP_NOBODY;
}

/* From the tail: most rows come due after those that are there. */
static void link_row(struct rcp_world *world, uint32_t index)
{
    struct rcp_log_row *rows = rcp_world_rows(world);
    struct rcp_log_row *row = &rows[index];
    uint32_t after = world->open_tail;
    while (after != RCP_NOBODY && rows[after].due_ms > row->due_ms)
        after = rows[after].prev;
    row->prev = after;
    row->next = after == RCP_NOBODY ? world->open_head : rows[after].next;
    *(row->prev == RCP_NOBODY ? &world->open_head : &rows[row->prev].next) = index;
    *(row->next == RCP_NOBODY ? &world->open_tail : &rows[row->next].prev) = index;
}

/* --- Counters by index --- */

static void count(struct rcp_world *world, const struct rcp_log_row *row, uint32_t sign)
{
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[row->payment];
    if (rcp_log_is_open(row)) {
        ledger->open_rows += sign;
        world->backlog.open_rows += sign;
    }
    if (row->status == RCP_ROW_FAILED) {
        ledger->parked_rows += sign;
        if (!row->alerted && rcp_sweep_wanted(world->policy))
            world->backlog.unalerted += sign;
    }
}

static void mark_edge(struct rcp_sim *sim,
                      struct rcp_log_row *row,
                      enum rcp_row_event event,
                      enum rcp_row_status to)
{
    enum rcp_row_status expected = RCP_ROW_NONE;
    uint32_t edge = 0;
    if (!rcp_row_next((enum rcp_row_status)row->status, event, &expected, &edge) || expected != to)
        row->bad_edge = (uint8_t)(1u + row->status);
    else
        sim->marks[RCP_TABLE_ROW][edge / 64u] |= 1ull << (edge % 64u);
}

uint32_t rcp_log_insert(struct rcp_sim *sim,
                        uint32_t payment,
                        const struct rcp_tx_row *values,
                        uint64_t due_ms)
{
    struct rcp_world *world = sim->world;
    if (world->row_count == world->config.rows)
        rcp_sim_error(sim, "payment_failure_log is full: give the world more `rows`");
    uint32_t index = world->row_count++;
    struct rcp_log_row *row = &rcp_world_rows(world)[index];
    struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    bool parked = values->cause != RCP_PARK_NONE;
    memset(row, 0, sizeof *row);
    row->due_ms = due_ms;
    row->created_ms = rcp_world_mysql_ms(world);
    row->origin = values->origin;
    row->product_id = values->payload.product_id;
    row->payment = payment;
    row->prev = row->next = RCP_NOBODY;
    row->sibling = ledger->rows;
    row->alone = values->alone;
    row->cause = values->cause;
    enum rcp_row_status status = parked ? RCP_ROW_FAILED : RCP_ROW_PENDING;
    mark_edge(sim, row, parked ? RCP_ROW_LOGGED_PARKED : RCP_ROW_LOGGED, status);
    row->status = (uint8_t)status;
    ledger->rows = index;
    count(world, row, 1);
    if (!parked)
        link_row(world, index);
    rcp_touch(world, RCP_OF_ROW, index);
    rcp_touch(world, RCP_OF_PAYMENT, payment);
    return index;
}

void rcp_log_move(struct rcp_sim *sim,
                  uint32_t index,
                  enum rcp_row_event event,
                  enum rcp_row_status to,
                  uint64_t due_ms)
{
    struct rcp_world *world = sim->world;
    struct rcp_log_row *row = &rcp_world_rows(world)[index];
    mark_edge(sim, row, event, to);
    if (rcp_log_is_open(row))
        unlink_row(world, index);
    count(world, row, UINT32_MAX);
    row->status = (uint8_t)to;
    if (rcp_log_is_open(row)) {
        row->due_ms = due_ms;
        link_row(world, index);
    }
    count(world, row, 1);
    rcp_touch(world, RCP_OF_ROW, index);
    rcp_touch(world, RCP_OF_PAYMENT, row->payment);
}

void rcp_log_reopen(struct rcp_sim *sim, uint32_t index)
{
    const struct rcp_world *world = sim->world;
    struct rcp_log_row *row = &rcp_world_rows(world)[index];
    rcp_log_move(sim, index, RCP_ROW_REOPENED, RCP_ROW_PENDING, rcp_world_mysql_ms(world));
    rcp_world_ledgers(world)[row->payment].counted -= row->attempt;
    row->created_ms = row->due_ms;
    row->handler_failures = 0;
    row->attempt = row->sends = 0;
    row->cause = RCP_PARK_NONE;
    row->alerted = row->raised = 0;
    row->reopened = 1;
    row->epoch++;
}

static uint32_t find(const struct rcp_world *world, uint32_t payment, bool open)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t index = rcp_world_ledgers(world)[payment].rows;
    while (index != RCP_NOBODY) {
        if (open ? rcp_log_is_open(&rows[index]) : rows[index].status == RCP_ROW_FAILED)
            return index;
        index = rows[index].sibling;
    }
    return RCP_NOBODY;
}

uint32_t rcp_log_open_row(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].open_rows == 0 ? RCP_NOBODY
                                                            : find(world, payment, true);
}

uint32_t rcp_log_parked_row(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_ledgers(world)[payment].parked_rows == 0 ? RCP_NOBODY
                                                              : find(world, payment, false);
}

void rcp_log_alerted(struct rcp_sim *sim, uint32_t index)
{
    struct rcp_log_row *row = &rcp_world_rows(sim->world)[index];
    count(sim->world, row, UINT32_MAX);
    row->alerted = 1;
    sim->world->backlog.untold += !row->raised;
    count(sim->world, row, 1);
    rcp_touch(sim->world, RCP_OF_ROW, index);
}

void rcp_log_park_record(struct rcp_sim *sim, uint32_t partition, uint64_t offset)
{
    struct rcp_world *world = sim->world;
    struct rcp_parked_row *parked = rcp_world_parked(world);
    for (uint32_t i = 0; i < world->parked_count; i++)
        if (parked[i].partition == partition && parked[i].offset == offset)
            return;
    if (world->parked_count == world->config.records)
        rcp_sim_error(sim, "the table of parked records is full: give the world more `records`");
    parked[world->parked_count++] =
        (struct rcp_parked_row){.offset = offset, .partition = partition};
    if (rcp_sweep_wanted(world->policy))
        world->backlog.unalerted++;
    rcp_touch(world, RCP_OF_PARTITION, partition);
}
