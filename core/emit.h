/* Writing effects and marks; op ids that find their owner again. */
#ifndef RCP_CORE_EMIT_H
#define RCP_CORE_EMIT_H

#include "core/state.h"

/* Who waits for a completion. Part of the op id, so that a completion finds its slot at once. */
enum rcp_owner {
    RCP_OWNER_NONE,
    RCP_OWNER_FLOW,
    RCP_OWNER_GROUP,
    RCP_OWNER_SCHEDULER,
    RCP_OWNER_CLAIM,
    RCP_OWNER_SWEEP,
    RCP_OWNER_SWEPT,
    RCP_OWNER_ORDER,     /* an order flow */
    RCP_OWNER_RECONCILE, /* DUE */
    RCP_OWNER_COUNT
};

/* A fresh op id: incarnation (16 bits), owner (8), slot (16), sequence (24). Never 0. */
uint64_t rcp_op_id(struct rcp_node *node, enum rcp_owner owner, uint32_t slot);
enum rcp_owner rcp_op_owner(uint64_t op_id);
uint32_t rcp_op_slot(uint64_t op_id);
uint32_t rcp_op_incarnation(uint64_t op_id);

/* The next free effect of this step, its kind set, the rest zero. */
struct rcp_effect *rcp_emit(struct rcp_step *step, enum rcp_effect_kind kind);

void rcp_emit_reply(struct rcp_step *step,
                    uint64_t request_id,
                    enum rcp_status status,
                    enum rcp_payment_state state);

void rcp_emit_redis(struct rcp_step *step,
                    uint64_t op_id,
                    enum rcp_redis_verb verb,
                    uint64_t token,
                    uint64_t origin,
                    uint32_t timeout_ms);

/* A script with room for row_count rows, zeroed; rcp_emit_rows gives them. */
struct rcp_mysql_effect *rcp_emit_script(struct rcp_step *step,
                                         uint64_t op_id,
                                         enum rcp_script script,
                                         uint32_t row_count,
                                         uint32_t timeout_ms);
struct rcp_tx_row *rcp_emit_rows(struct rcp_step *step, const struct rcp_mysql_effect *script);

/* The same for an order script. */
struct rcp_mysql_effect *rcp_emit_order_script(struct rcp_step *step,
                                               uint64_t op_id,
                                               enum rcp_script script,
                                               uint32_t row_count,
                                               uint32_t timeout_ms);
struct rcp_order_row *rcp_emit_order_rows(struct rcp_step *step,
                                          const struct rcp_mysql_effect *script);

/* Notes that a row of a decision table was used. */
void rcp_mark(struct rcp_step *step, enum rcp_core_table table, uint32_t row);

#endif
