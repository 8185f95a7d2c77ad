/* The second document in a storm: what order scripts and the PG may answer, and what is asked of a node. */
#ifndef RCP_TESTS_SUPPORT_STORM_ORDER_H
#define RCP_TESTS_SUPPORT_STORM_ORDER_H

#include "tests/support/storm.h"

/* Limits of orders with hardly any room, or none at all. */
void storm_order_limits(struct storm_dice dice, struct rcp_limits *limits);

/* What this script's rows may come back with: into storm->order_rows; says how many, and whether there are
 * more. */
uint32_t storm_order_rows(struct storm *storm, const struct storm_open *open, bool *more);

/* The end of a call to the PG, any. */
struct rcp_event storm_pg_done(struct storm *storm, const struct rcp_pg_effect *call);

/* What a request about an order says; the storm's, until the next one. */
const struct rcp_order_request *storm_order_says(struct storm *storm);

#endif
