/* What several invariants of the second document ask of the world, from the durable tables alone. */
#ifndef RCP_SIM_CHECK_ORDER_FACTS_H
#define RCP_SIM_CHECK_ORDER_FACTS_H

#include "sim/world.h"

/* The order still has what it took. */
static inline bool rcp_order_stands(const struct rcp_order_record *order)
{
    return order->status != RCP_ORDER_CANCELLED;
}

/* The PG's transaction with this key, RCP_NOBODY where it has none. */
static inline uint32_t rcp_facts_pg(const struct rcp_world *world, uint64_t key)
{
    return key == 0 || key > world->pg_count ? RCP_NOBODY : (uint32_t)(key - 1u);
}

/* Index of the refund of this transaction, RCP_NOBODY where nobody has written one down. */
uint32_t rcp_facts_refund(const struct rcp_world *world, uint64_t key);

/* A person has to be told of it, and was: the mark stands, and an alert left a node. */
bool rcp_facts_order_told(const struct rcp_order_record *order);
bool rcp_facts_refund_told(const struct rcp_refund_row *refund);

/* Units of one product in a cart, all its items together. */
uint32_t rcp_facts_units(const struct rcp_cart *cart, uint32_t product_id);

#endif
