/* Laying a world out in one block. */
#ifndef RCP_SIM_LAYOUT_H
#define RCP_SIM_LAYOUT_H

#include "sim/queue.h"
#include "sim/world.h"

/* Lays out an empty world for the scenario in block (rcp_world_size bytes, aligned to 64). Only what is
 * laid out is touched; tables that grow are not cleared before they are used. */
struct rcp_world *rcp_world_lay_out(void *block,
                                    const struct rcp_scenario *scenario,
                                    uint64_t seed);

/* The queue and the step's scratch behind the tables. */
struct rcp_queue_head *rcp_world_queue(const struct rcp_world *world);
struct rcp_effects *rcp_world_effects(const struct rcp_world *world);

/* The counter behind a key's nth. */
uint16_t *rcp_world_nth(const struct rcp_world *world,
                        uint32_t node,
                        enum rcp_subject_kind kind,
                        uint32_t subject,
                        enum rcp_site site);

#endif
