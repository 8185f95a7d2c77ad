/* The swarm's dice: what its generators draw with. */
#ifndef RCP_SIM_ENGINE_DICE_H
#define RCP_SIM_ENGINE_DICE_H

#include "core/hash.h"

#include <stdbool.h>

struct rcp_dice {
    uint64_t state;
};

static inline uint64_t rcp_dice_roll(struct rcp_dice *dice)
{
    dice->state = rcp_hash(dice->state, 0x7377u);
    return dice->state;
}

/* first..last, both included. */
static inline uint32_t rcp_dice_between(struct rcp_dice *dice, uint32_t first, uint32_t last)
{
    return first + (uint32_t)((rcp_dice_roll(dice) >> 32) * (last - first + 1u) >> 32);
}

static inline bool rcp_dice_one_in(struct rcp_dice *dice, uint32_t n)
{
    return rcp_dice_between(dice, 1, n) == 1;
}

/* One in eight draws is the smallest there is, one in eight the largest. */
static inline uint32_t rcp_dice_limit(struct rcp_dice *dice, uint32_t least, uint32_t most)
{
    switch (rcp_dice_between(dice, 0, 7)) {
    case 0:
        return least;
    case 1:
        return most;
    default:
        return rcp_dice_between(dice, least, most);
    }
}

#endif
