/* Scans of the second document's tables that several invariants share. */
#include "sim/check/order_facts.h"

uint32_t rcp_facts_refund(const struct rcp_world *world, uint64_t key)
{
    const struct rcp_refund_row *refunds = rcp_world_refunds(world);
    for (uint32_t i = 0; i < world->refund_count; i++)
        if (refunds[i].key == key)
            return i;
    return RCP_NOBODY;
}

bool rcp_facts_order_told(const struct rcp_order_record *order)
{
    bool wants = order->charge == RCP_CHARGE_UNKNOWN || order->charge == RCP_CHARGE_REVIEW;
    return !wants || (order->alerted && order->told);
}

bool rcp_facts_refund_told(const struct rcp_refund_row *refund)
{
    return refund->status != RCP_REFUND_PARKED || (refund->alerted && refund->told);
}

uint32_t rcp_facts_units(const struct rcp_cart *cart, uint32_t product_id)
{
    uint32_t units = 0;
    for (uint32_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++)
        if (cart->items[i].product_id == product_id)
            units += cart->items[i].quantity;
    return units;
}
