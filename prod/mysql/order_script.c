/* Runs one order script: which function does it, and what all of them share. */
#include "prod/mysql/order_parts.h"

#include "core/check.h"

enum rcp_sql_end rcp_order_change_one(struct rcp_run *run,
                                      const char *sql,
                                      const struct rcp_sql_value values[],
                                      uint32_t value_count)
{
    uint64_t changed = 0;
    enum rcp_sql_end end =
        rcp_session_run(run->session, sql, values, value_count, NULL, NULL, &changed);
    if (end != RCP_SQL_OK)
        return end;
    return changed == 1 ? RCP_SQL_OK : RCP_SQL_DATA;
}

/* --- Units of a cart --- */

static struct rcp_order_unit *unit_of(struct rcp_order_unit units[],
                                      uint32_t *count,
                                      uint32_t product_id)
{
    for (uint32_t i = 0; i < *count; i++)
        if (units[i].product_id == product_id)
            return &units[i];
    struct rcp_order_unit *fresh = &units[(*count)++];
    *fresh = (struct rcp_order_unit){.product_id = product_id};
    return fresh;
}

static void sort_by_id(struct rcp_order_unit units[], uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct rcp_order_unit unit = units[i];
        uint32_t at = i;
        for (; at > 0 && units[at - 1u].product_id > unit.product_id; at--)
            units[at] = units[at - 1u];
        units[at] = unit;
    }
}

uint32_t rcp_order_units(const struct rcp_cart *cart,
                         bool by_id,
                         bool overwritten,
                         struct rcp_order_unit units[RCP_ORDER_ITEMS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++) {
        const struct rcp_order_item *item = &cart->items[i];
        if (item->product_id == 0)
            continue;
        struct rcp_order_unit *unit = unit_of(units, &count, item->product_id);
        unit->quantity = overwritten ? item->quantity : unit->quantity + item->quantity;
    }
    if (by_id)
        sort_by_id(units, count);
    return count;
}

/* --- Scripts --- */

/* A key whose bytes are not known here cannot be written, nor looked for; to leave it out would be to place
 * an order twice, or to forget a refund. A trace id is not worth as much. */
static bool has_its_bytes(const struct rcp_order_row *row, const struct rcp_order_bytes *bytes)
{
    if ((row->request_key != 0 && bytes->request_key.size == 0) ||
        (row->pg_key != 0 && bytes->pg_key.size == 0))
        return false;
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX; i++)
        if (row->refunds[i].key != 0 && bytes->refunds[i].size == 0)
            return false;
    return true;
}

enum rcp_sql_end rcp_order_script(struct rcp_run *run)
{
    rcp_check(run->effect->script == RCP_SCRIPT_DUE || run->row_count == 1, "order_script_has_row");
    run->more = false;
    if (run->row_count > 0 && !has_its_bytes(&run->orders[0], &run->order_bytes[0]))
        return RCP_SQL_DATA;
    switch (run->effect->script) {
    case RCP_SCRIPT_PLACE:
        return rcp_order_run_place(run);
    case RCP_SCRIPT_FIND:
        return rcp_order_run_find(run);
    case RCP_SCRIPT_DUE:
        return rcp_order_run_due(run);
    case RCP_SCRIPT_RESULT:
        return rcp_order_run_result(run);
    case RCP_SCRIPT_REFUND:
        return rcp_order_run_refund(run);
    case RCP_SCRIPT_TOLD:
        return rcp_order_run_told(run);
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_APPROVE:
    case RCP_SCRIPT_FINISH:
    case RCP_SCRIPT_ABANDON:
    case RCP_SCRIPT_SETTLE:
    case RCP_SCRIPT_LOG:
    case RCP_SCRIPT_LOOKUP:
    case RCP_SCRIPT_FENCE:
    case RCP_SCRIPT_REJECT:
    case RCP_SCRIPT_REOPEN:
    case RCP_SCRIPT_SHELVE:
    case RCP_SCRIPT_CLAIM:
    case RCP_SCRIPT_RELEASE:
    case RCP_SCRIPT_LATER:
    case RCP_SCRIPT_PARK:
    case RCP_SCRIPT_SWEEP:
    case RCP_SCRIPT_MARK:
    case RCP_SCRIPT_COUNT:
        break;
    }
    rcp_check_failed("script_has_orders");
}
