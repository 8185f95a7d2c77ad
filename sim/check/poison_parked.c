/* Every unusable record below the committed offset is parked raw. Unusable: it does not decode,
 * or lacks the MAC that this policy writes. */
#include "sim/check/facts.h"
#include "sim/check/table.h"

static bool parked_from(const struct rcp_world *world, uint32_t partition, uint32_t from)
{
    const struct rcp_topic_partition *it = &world->partitions[partition];
    for (uint32_t i = from > it->first ? from : it->first; i < it->done; i++) {
        const struct rcp_topic_record *record = &rcp_world_records(world, partition)[i];
        if (!rcp_facts_usable(world, record) && !rcp_facts_parked(world, partition, record->offset))
            return false;
    }
    return true;
}

static bool holds(const struct rcp_world *world, uint32_t partition)
{
    return parked_from(world, partition, world->partitions[partition].checked);
}

static bool twin(const struct rcp_world *world, uint32_t partition)
{
    return parked_from(world, partition, 0);
}

const struct rcp_invariant_info rcp_poison_parked = {
    .name = "poison_parked",
    .sentence = "Every unusable record below the committed offset is parked raw.",
    .broken = "committed an offset past an unusable record that is not parked",
    .when = RCP_ALWAYS,
    .subject = RCP_OF_PARTITION,
    .holds = holds,
    .twin = twin,
};
