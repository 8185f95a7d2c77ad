/* When an offset is committed, every usable record below it has left durable work: its payment's
 * entry is final, or has an open or parked row. Looked at once, when the record falls behind the
 * committed offset: a row may be handed over again later. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool holds(const struct rcp_world *world, uint32_t partition)
{
    const struct rcp_topic_partition *it = &world->partitions[partition];
    uint32_t i = it->checked > it->first ? it->checked : it->first;
    for (; i < it->done; i++)
        if (!rcp_facts_left_work(world, &rcp_world_records(world, partition)[i]))
            return false;
    return true;
}

/* What can still be told later: an entry stays final, and a row never goes without a successor. */
static bool twin(const struct rcp_world *world, uint32_t partition)
{
    const struct rcp_topic_partition *it = &world->partitions[partition];
    for (uint32_t i = it->first; i < it->done; i++) {
        const struct rcp_topic_record *record = &rcp_world_records(world, partition)[i];
        if (!rcp_facts_usable(world, record) || record->payment == RCP_NOBODY ||
            rcp_facts_final(world, record->payment))
            continue;
        if ((rcp_facts_rows(world, record->payment) & ~RCP_ROWS_GONE) == 0)
            return false;
    }
    return true;
}

const struct rcp_invariant_info rcp_offset_behind_work = {
    .name = "offset_behind_work",
    .sentence = "When an offset is committed, every usable record below it has left durable work: "
                "its payment's entry is final, or has an open or parked row.",
    .broken = "committed an offset past work that is durable nowhere",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PARTITION,
    .holds = holds,
    .twin = twin,
};
