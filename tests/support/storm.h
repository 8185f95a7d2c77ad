/* A node in a storm: any events that the contract of core/event.h allows, in any order, as dice say.
 *
 * Completions come in any order and with any outcome; they come twice, late, for another incarnation, or
 * for nothing that was ever asked; partitions come and go, with old news between; requests, records and
 * timers come whenever they like; and the node dies and starts again. After every step the node's
 * whole-state checks run, and a copy that was told another wall clock must have done the same. */
#ifndef RCP_TESTS_SUPPORT_STORM_H
#define RCP_TESTS_SUPPORT_STORM_H

#include "core/node.h"

#define STORM_OPEN_MAX     512u /* effects that wait for their answer */
#define STORM_ANSWERED_MAX 16u  /* op ids that are remembered for a second answer */

/* Who decides: a number below bound, which is at least 1. All zeros are a calm sea. */
struct storm_dice {
    void *context;
    uint32_t (*below)(void *context, uint32_t bound);
};

/* An effect that somebody will answer. */
struct storm_open {
    struct rcp_effect effect;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    struct rcp_order_row order; /* of an order script: its only row */
};

struct storm {
    struct storm_dice dice;
    struct rcp_node_config config;
    struct rcp_node *node;
    struct rcp_node *copy;
    size_t size;
    uint32_t incarnation;
    uint32_t open_count;
    uint32_t answered_count;
    uint64_t answered[STORM_ANSWERED_MAX];
    uint32_t newest[RCP_PARTITIONS_MAX]; /* assignment */
    uint32_t dead[RCP_PARTITIONS_MAX]; /* assignments up to this one belong to dead incarnations */
    uint32_t fetches[RCP_PARTITIONS_MAX]; /* assignment that asked; 0 none */
    uint64_t offsets[RCP_PARTITIONS_MAX];
    uint64_t now_ms;
    uint64_t requests;
    uint64_t replies;
    uint64_t forgotten; /* requests that died with their node */
    struct storm_open open[STORM_OPEN_MAX];
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX]; /* of the completion at hand, and the others below */
    struct rcp_order_row order_rows[RCP_TX_ROWS_MAX];
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX];
    struct rcp_order_request says; /* of the request at hand */
    struct rcp_effects effects;
    struct rcp_effects effects_of_copy;

    /* Told of each step; set before storm_begin(), which leaves it alone. May be NULL. */
    void (*stepped)(void *watcher,
                    const struct rcp_event *event,
                    const struct rcp_effects *effects);
    void *watcher;

    /* Operators come, too; set before storm_begin(), which leaves it alone. */
    bool operators;
};

/* Limits with hardly any room, as the dice say. */
struct rcp_limits storm_limits(struct storm_dice dice);

/* Starts a node of this configuration in node; copy has as much room (rcp_node_size bytes each). */
void storm_begin(struct storm *storm,
                 struct storm_dice dice,
                 const struct rcp_node_config *config,
                 void *node,
                 void *copy);

/* One event, of whatever kind. */
void storm_event(struct storm *storm);

/* The last answer once more: nobody waits for it any longer, whichever kind it calls itself. */
void storm_repeat(struct storm *storm);

/* STOP, then answers and timers until the node is idle; the check `node_can_stop` fails where that takes
 * for ever, `request_answered` where somebody was left without an answer. */
void storm_end(struct storm *storm);

#endif
