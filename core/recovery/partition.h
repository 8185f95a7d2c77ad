/* The consumer's side of a partition: fetching, and committing offsets only behind durable work. */
#ifndef RCP_CORE_RECOVERY_PARTITION_H
#define RCP_CORE_RECOVERY_PARTITION_H

#include "core/state.h"

void rcp_partition_assigned(struct rcp_step *step, const struct rcp_partition_event *event);
void rcp_partition_revoked(struct rcp_step *step, const struct rcp_partition_event *event);

/* Puts the record into the window. False where it belongs to an assignment that is no longer ours. */
bool rcp_partition_record(struct rcp_step *step, const struct rcp_record_event *event);

/* The work of one record is durable: its offset may be committed once all before it are. */
void rcp_partition_done(struct rcp_step *step,
                        uint32_t partition,
                        uint32_t assignment,
                        uint64_t offset);

void rcp_partition_committed(struct rcp_step *step, const struct rcp_offset_done *done);

/* Fetches where there is room, commits where the window has moved. Once at the end of each step. */
void rcp_partition_pump(struct rcp_step *step);

#endif
