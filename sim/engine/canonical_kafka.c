/* The retry topic in canonical form: what its group has not passed yet, by distance from the end. */
#include "sim/engine/canon.h"

void rcp_canon_add_record(struct rcp_digest *digest,
                          const struct rcp_canon *canon,
                          const struct rcp_retry_record *record)
{
    rcp_digest_pair(
        digest, (uint32_t)record->payload.user_id, (uint32_t)record->payload.activity_id);
    rcp_digest_add(digest, record->payload.product_id);
    rcp_digest_add(digest, record->token);
    rcp_digest_add(digest, rcp_canon_request(canon, record->origin));
    rcp_digest_pair(digest, record->row_id, record->epoch);
    rcp_digest_bytes(
        digest, (const uint8_t[8]){record->attempt, record->usable, record->mac, record->alone});
}

void rcp_canon_add_partition(struct rcp_digest *digest,
                             const struct rcp_canon *canon,
                             uint32_t index)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_topic_partition *p = &world->partitions[index];
    const struct rcp_topic_record *records = rcp_world_records(world, index);
    rcp_digest_add(digest, rcp_canon_name(canon, RCP_NAME_OFFSET, p->committed, index));
    /* To a dead owner nothing is delivered any more, and the next one begins anew. */
    bool heard = p->owner != RCP_NOBODY && world->nodes[p->owner].alive;
    rcp_digest_pair(digest, p->count - p->done, heard ? p->at - p->done : 0);
    rcp_digest_pair(digest, p->owner, world->assignment - p->assignment);
    rcp_digest_bytes(
        digest,
        (const uint8_t[8]){
            heard && p->fetching, heard && p->delivering, p->gap, (uint8_t)(p->done - p->checked)});
    for (uint32_t i = p->done; i < p->count; i++) {
        rcp_digest_add(digest, rcp_canon_name(canon, RCP_NAME_OFFSET, records[i].offset, index));
        rcp_digest_add(digest, records[i].payment);
        rcp_canon_add_record(digest, canon, &records[i].record);
    }
}
