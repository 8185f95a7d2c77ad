/* Bytes as a schedule: which fault strikes which effect, how long it takes, and who goes first.
 *
 * A schedule is a set of orders of one to five bytes: an opcode, whose top bit is set, and up to three
 * operands, whose top bits are not; operands that are missing are zero, and bytes that belong to no order
 * are skipped. So a reader finds its place again behind any insertion, most orders mean the same wherever
 * they stand, and zeros are the dull run: nothing strikes, all is quick, first in goes first.
 *
 *   strike   the nth effect at a site (on one node, or any) meets this fault
 *   delay    the nth effect at a site takes longer
 *   rank     all events of a source go before, or after, those of others (a priority, as in PCT)
 *   drop     when a source is about to go for the nth time, it falls behind all others (a change point)
 *
 * What only a shop has is said in two bytes: SCHEDULE_SHOP, and then the opcode without its top bit. Bytes
 * that say so are a schedule of an order's world, all others of a payment's.
 *
 * PCT: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees
 * of Finding Bugs", ASPLOS 2010. */
#ifndef RCP_FUZZ_SUPPORT_SCHEDULE_H
#define RCP_FUZZ_SUPPORT_SCHEDULE_H

#include "sim/run.h"

#define SCHEDULE_ORDERS_MAX 64u /* what comes after is not read */
#define SCHEDULE_EVERY      8u  /* the nth operand, modulo this: the last one means every time, */
#define SCHEDULE_NTH_MAX    8u  /* up to this one: what fails for ever in no time has no end */

/* Who an event belongs to: an effect's site; or, for what is no effect, what it does. */
#define SCHEDULE_SITES   (RCP_SITE_COUNT - 1u)
#define SCHEDULE_OTHERS  (RCP_PHASE_COUNT - RCP_PHASE_LATE)
#define SCHEDULE_SOURCES (SCHEDULE_SITES + SCHEDULE_OTHERS)

enum schedule_kind {
    SCHEDULE_STRIKE, /* opcodes 0x80.., one per site */
    SCHEDULE_DELAY,  /* the next ones, one per site */
    SCHEDULE_RANK,   /* one per source */
    SCHEDULE_DROP,   /* one per source */
    SCHEDULE_KIND_COUNT
};

/* The first document's opcodes count its own sites alone, as if there were no others between them, and
 * then what is no effect; behind SCHEDULE_SHOP the same four kinds count the sites of a shop. */
#define SCHEDULE_SHOP          0xffu
#define SCHEDULE_SHOP_SITES    (RCP_SITE_CALLBACK - RCP_SITE_PLACE + 1u)
#define SCHEDULE_PAYMENT_SITES (SCHEDULE_SITES - SCHEDULE_SHOP_SITES)

struct schedule_order {
    uint8_t of;   /* site - 1, or source */
    uint8_t what; /* STRIKE, DELAY: which of the options that are not dull; RANK: how far */
    uint8_t nth;  /* 1.., SCHEDULE_EVERY; RANK: 0 */
    uint8_t node; /* 0 any */
    uint8_t next; /* index + 1 of the next order of the same kind and `of` */
};

/* What one run needs; rcp_run gets it as a picker. */
struct schedule {
    uint32_t count;
    uint32_t nodes;
    uint32_t drops; /* so far: each falls behind the one before */
    struct schedule_order orders[SCHEDULE_ORDERS_MAX];
    uint8_t first[SCHEDULE_KIND_COUNT][SCHEDULE_SOURCES]; /* index + 1; 0 none */
    int16_t rank[SCHEDULE_SOURCES][RCP_NODES_MAX + 1u];   /* higher goes first */
    uint16_t going[SCHEDULE_SOURCES][RCP_NODES_MAX + 1u]; /* how often it was about to go */
    bool ranks; /* somebody is not where all are: orders of events matter */
    bool shop;  /* it is about an order's world */
};

/* Decodes bytes for a world of this many nodes. Any bytes are a schedule. */
void schedule_decode(struct schedule *schedule, const uint8_t *bytes, size_t size, uint32_t nodes);

/* A picker that follows the schedule; good for one run. */
struct rcp_picker schedule_picker(struct schedule *schedule);

/* One payment, or one order, on two nodes with little room, where messages take no time unless something
 * slows them. */
void schedule_world(struct rcp_policy policy, bool shop, struct rcp_scenario *scenario);

#endif
