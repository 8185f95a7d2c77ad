/* Bytes decode to events, any that the contract allows, for one node: its policy and limits, then eight
 * bytes an event. Its whole-state checks run after every step; at the end it has to stop. */
#include "fuzz/support/bytes_dice.h"
#include "fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>

const char fuzz_name[] = "core";

#define ROOM 65536u /* of a node with the largest limits of a storm */

static struct storm storm;
static void *node;
static void *copy;

void fuzz_begin(void)
{
    node = malloc(ROOM);
    copy = malloc(ROOM);
    if (node == NULL || copy == NULL) {
        perror("fuzz-core");
        exit(2);
    }
}

/* Hardened, documented, or hardened with one knob turned. */
static struct rcp_policy a_policy(struct storm_dice dice)
{
    struct rcp_policy policy = rcp_policy_hardened();
    uint32_t index = dice.below(dice.context, RCP_KNOB_COUNT + 2u);
    if (index == 1)
        policy = rcp_policy_documented();
    else if (index > 1)
        rcp_policy_set(&policy, (enum rcp_knob)(index - 2u), false);
    return policy;
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    struct bytes_dice source = bytes_dice_over(bytes, size);
    struct storm_dice dice = bytes_dice_for_storm(&source);
    struct rcp_node_config config = {.seed = 1};
    bytes_dice_next(&source);
    config.policy = a_policy(dice);
    bytes_dice_next(&source);
    config.limits = storm_limits(dice);
    config.gateway.refunds = dice.below(dice.context, 2) != 0;
    config.gateway.callback_mac = dice.below(dice.context, 2) != 0;
    if (rcp_node_size(&config.limits) > ROOM)
        fuzz_fail("a node of %zu bytes: give it more room", rcp_node_size(&config.limits));
    storm_begin(&storm, dice, &config, node, copy);
    while (bytes_dice_next(&source))
        storm_event(&storm);
    storm_end(&storm);
}
