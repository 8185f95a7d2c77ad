/* Writing effects and marks; op ids that find their owner again. */
#include "core/emit.h"

#include <string.h>

#define SEQUENCE_BITS 24u
#define SLOT_BITS     16u
#define OWNER_BITS    8u

uint64_t rcp_op_id(struct rcp_node *node, enum rcp_owner owner, uint32_t slot)
{
    rcp_check(slot < 1u << SLOT_BITS, "op_slot_fits");
    node->op_seq = (node->op_seq + 1u) & ((1u << SEQUENCE_BITS) - 1u);
    return (uint64_t)(node->incarnation & 0xffffu) << (SEQUENCE_BITS + SLOT_BITS + OWNER_BITS) |
           (uint64_t)owner << (SEQUENCE_BITS + SLOT_BITS) | (uint64_t)slot << SEQUENCE_BITS |
           node->op_seq;
}

enum rcp_owner rcp_op_owner(uint64_t op_id)
{
    return (enum rcp_owner)(op_id >> (SEQUENCE_BITS + SLOT_BITS) & 0xffu);
}

uint32_t rcp_op_slot(uint64_t op_id)
{
    return (uint32_t)(op_id >> SEQUENCE_BITS & 0xffffu);
}

uint32_t rcp_op_incarnation(uint64_t op_id)
{
    return (uint32_t)(op_id >> (SEQUENCE_BITS + SLOT_BITS + OWNER_BITS));
}

struct rcp_effect *rcp_emit(struct rcp_step *step, enum rcp_effect_kind kind)
{
    struct rcp_effects *effects = step->effects;
    rcp_check(effects->count < RCP_EFFECTS_MAX, "effects_fit_step");
    struct rcp_effect *effect = &effects->items[effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    effect->role = step->role;
    return effect;
}

void rcp_emit_reply(struct rcp_step *step,
                    uint64_t request_id,
                    enum rcp_status status,
                    enum rcp_payment_state state)
{
    rcp_check(request_id != 0, "reply_has_request");
    rcp_emit(step, RCP_EFFECT_REPLY)->reply =
        (struct rcp_reply){.request_id = request_id, .status = status, .state = state};
}

void rcp_emit_redis(struct rcp_step *step,
                    uint64_t op_id,
                    enum rcp_redis_verb verb,
                    uint64_t token,
                    uint64_t origin,
                    uint32_t timeout_ms)
{
    rcp_emit(step, RCP_EFFECT_REDIS)->redis = (struct rcp_redis_effect){
        .op_id = op_id,
        .token = token,
        .origin = origin,
        .verb = verb,
        .hold_ms = verb == RCP_REDIS_EXPIRE ? RCP_TOKEN_HOLD_MS : 0u,
        .timeout_ms = timeout_ms,
    };
}

static struct rcp_mysql_effect *emit_mysql(struct rcp_step *step,
                                           uint64_t op_id,
                                           enum rcp_script script,
                                           uint32_t first_row,
                                           uint32_t row_count,
                                           uint32_t timeout_ms)
{
    rcp_check(row_count <= RCP_TX_ROWS_MAX, "rows_fit_script");
    struct rcp_mysql_effect *mysql = &rcp_emit(step, RCP_EFFECT_MYSQL)->mysql;
    mysql->op_id = op_id;
    mysql->script = script;
    mysql->timeout_ms = timeout_ms;
    mysql->first_row = first_row;
    mysql->row_count = row_count;
    return mysql;
}

struct rcp_mysql_effect *rcp_emit_script(struct rcp_step *step,
                                         uint64_t op_id,
                                         enum rcp_script script,
                                         uint32_t row_count,
                                         uint32_t timeout_ms)
{
    struct rcp_effects *effects = step->effects;
    rcp_check(!rcp_script_is_order(script), "script_has_its_rows");
    rcp_check(effects->row_count + row_count <= RCP_EFFECT_ROWS_MAX, "rows_fit_step");
    struct rcp_mysql_effect *mysql =
        emit_mysql(step, op_id, script, effects->row_count, row_count, timeout_ms);
    memset(&effects->rows[effects->row_count], 0, row_count * sizeof effects->rows[0]);
    effects->row_count += row_count;
    return mysql;
}

struct rcp_tx_row *rcp_emit_rows(struct rcp_step *step, const struct rcp_mysql_effect *script)
{
    return &step->effects->rows[script->first_row];
}

struct rcp_mysql_effect *rcp_emit_order_script(struct rcp_step *step,
                                               uint64_t op_id,
                                               enum rcp_script script,
                                               uint32_t row_count,
                                               uint32_t timeout_ms)
{
    struct rcp_effects *effects = step->effects;
    rcp_check(rcp_script_is_order(script), "script_has_its_rows");
    rcp_check(effects->order_count + row_count <= RCP_EFFECT_ORDERS_MAX, "rows_fit_step");
    struct rcp_mysql_effect *mysql =
        emit_mysql(step, op_id, script, effects->order_count, row_count, timeout_ms);
    memset(&effects->orders[effects->order_count], 0, row_count * sizeof effects->orders[0]);
    effects->order_count += row_count;
    return mysql;
}

struct rcp_order_row *rcp_emit_order_rows(struct rcp_step *step,
                                          const struct rcp_mysql_effect *script)
{
    return &step->effects->orders[script->first_row];
}

void rcp_mark(struct rcp_step *step, enum rcp_core_table table, uint32_t row)
{
    struct rcp_effects *effects = step->effects;
    if (effects->mark_count < RCP_MARKS_MAX)
        effects->marks[effects->mark_count++] = (struct rcp_mark){(uint8_t)table, (uint8_t)row};
}
