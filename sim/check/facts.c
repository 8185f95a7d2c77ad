/* Scans of the durable tables that several invariants share. */
#include "sim/check/facts.h"

static uint32_t told_by(const struct rcp_exchange *exchange)
{
    uint16_t status = exchange->status;
    if (status == RCP_STATUS_OK)
        return RCP_TOLD_OK;
    if (status == RCP_STATUS_ACCEPTED)
        return RCP_TOLD_ACCEPTED;
    bool gone = status == RCP_STATUS_BAD_REQUEST || status == RCP_STATUS_NOT_FOUND ||
                status == RCP_STATUS_GONE;
    return gone ? RCP_TOLD_GONE : 0u;
}

uint32_t rcp_facts_told(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    uint32_t told = (ledger->told_ok ? RCP_TOLD_OK : 0u) |
                    (ledger->told_accepted ? RCP_TOLD_ACCEPTED : 0u) |
                    (ledger->told_gone ? RCP_TOLD_GONE : 0u);
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].replies > 0 && rcp_facts_own_process(world, &exchanges[i], payment))
            told |= told_by(&exchanges[i]);
    return told;
}

uint32_t rcp_facts_rows(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t statuses = 0;
    for (uint32_t i = 0; i < world->row_count; i++)
        if (rows[i].payment == payment)
            statuses |= 1u << rows[i].status;
    return statuses;
}

bool rcp_facts_direct_record(const struct rcp_world *world, uint32_t payment)
{
    for (uint32_t p = 0; p < world->config.limits.partitions; p++) {
        const struct rcp_topic_partition *partition = &world->partitions[p];
        const struct rcp_topic_record *records = rcp_world_records(world, p);
        for (uint32_t i = partition->first; i < partition->count; i++)
            if (records[i].payment == payment && records[i].offset >= partition->committed &&
                records[i].record.row_id == 0 && records[i].record.usable && records[i].record.mac)
                return true;
    }
    return false;
}

bool rcp_facts_left_work(const struct rcp_world *world, const struct rcp_topic_record *record)
{
    if (!rcp_facts_usable(world, record) || record->payment == RCP_NOBODY ||
        rcp_facts_final(world, record->payment))
        return true;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t first = rcp_world_ledgers(world)[record->payment].rows;
    for (uint32_t i = first; i != RCP_NOBODY; i = rows[i].sibling)
        if (rcp_facts_open(rows[i].status) || rows[i].status == RCP_ROW_FAILED)
            return true;
    return false;
}

bool rcp_facts_parked(const struct rcp_world *world, uint32_t partition, uint64_t offset)
{
    const struct rcp_parked_row *parked = rcp_world_parked(world);
    for (uint32_t i = 0; i < world->parked_count; i++)
        if (parked[i].partition == partition && parked[i].offset == offset)
            return true;
    return false;
}
