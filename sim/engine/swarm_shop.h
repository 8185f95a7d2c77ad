/* The swarm's shops: how a seed draws the second document's half of its world. */
#ifndef RCP_SIM_ENGINE_SWARM_SHOP_H
#define RCP_SIM_ENGINE_SWARM_SHOP_H

#include "sim/engine/dice.h"
#include "sim/scenario.h"

/* A shop for this world, its limits and room. */
void rcp_swarm_draw_shop(struct rcp_dice *dice, struct rcp_world_config *world);

/* Orders for every purchase, and what else buyers, operators and forgers do. */
void rcp_swarm_draw_orders(struct rcp_dice *dice, struct rcp_scenario *scenario);

#endif
