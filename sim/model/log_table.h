/* payment_failure_log: its rows, the index on (status, next_retry_at), and the facts checkers need. */
#ifndef RCP_SIM_MODEL_LOG_TABLE_H
#define RCP_SIM_MODEL_LOG_TABLE_H

#include "core/recovery/row_table.h"
#include "sim/sim.h"

/* INSERT: PENDING, or FAILED where cause is given. Returns the row's index. */
uint32_t rcp_log_insert(struct rcp_sim *sim,
                        uint32_t payment,
                        const struct rcp_tx_row *values,
                        uint64_t due_ms);

/* UPDATE of the status, due where it is open. Marks the edge; one that the table does not have is kept
 * on the row for the checker. */
void rcp_log_move(struct rcp_sim *sim,
                  uint32_t index,
                  enum rcp_row_event event,
                  enum rcp_row_status to,
                  uint64_t due_ms);

/* An operator has a FAILED row tried again: as if it had just failed for the first time, but for its epoch. */
void rcp_log_reopen(struct rcp_sim *sim, uint32_t index);

/* The payment's open row, else its parked row, else RCP_NOBODY. */
uint32_t rcp_log_open_row(const struct rcp_world *world, uint32_t payment);
uint32_t rcp_log_parked_row(const struct rcp_world *world, uint32_t payment);

/* A parked row or record was told to a person, and that is written down. */
void rcp_log_alerted(struct rcp_sim *sim, uint32_t index);

/* Raw unusable record: unique by (partition, offset). */
void rcp_log_park_record(struct rcp_sim *sim, uint32_t partition, uint64_t offset);

static inline bool rcp_log_is_open(const struct rcp_log_row *row)
{
    return row->status == RCP_ROW_PENDING || row->status == RCP_ROW_PROCESSING;
}

#endif
