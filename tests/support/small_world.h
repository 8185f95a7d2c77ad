/* A small world filled by hand: what checkers look at, without the engine and the models. Two activities
 * of eight users and capacity two, so payment 6 is user 7 of activity 1. */
#ifndef RCP_TESTS_SUPPORT_SMALL_WORLD_H
#define RCP_TESTS_SUPPORT_SMALL_WORLD_H

#include "sim/world.h"

#define SMALL_WORLD_USERS 8u
#define SMALL_WORLD_ROOM  16u /* rows, parked records, records per partition, exchanges */

/* An empty world under the hardened policy; freed with free(). */
struct rcp_world *small_world_new(void);

/* Each of these keeps tables, ledger and backlog in step, as the models do. */
void small_world_entry(struct rcp_world *world, uint32_t payment, enum rcp_entry_status status);
void small_world_token(struct rcp_world *world, uint32_t payment, enum rcp_token_state state);
uint32_t small_world_row(struct rcp_world *world, uint32_t payment, enum rcp_row_status status);
void small_world_move(struct rcp_world *world, uint32_t row, enum rcp_row_status status);

/* A person was told of this row, and it says so. */
void small_world_alert(struct rcp_world *world, uint32_t row);

/* The owner asks and is answered; returns the exchange. */
struct rcp_exchange *small_world_ask(struct rcp_world *world,
                                     uint32_t payment,
                                     enum rcp_request_kind kind,
                                     enum rcp_status status);

/* Appends a usable record with a MAC to partition 0. */
struct rcp_topic_record *small_world_send(struct rcp_world *world,
                                          uint32_t payment,
                                          uint32_t row_id);

/* Commits the offset behind all records of partition 0. */
void small_world_commit(struct rcp_world *world);

/* Parks the record at this offset of partition 0. */
void small_world_park(struct rcp_world *world, uint64_t offset);

#endif
