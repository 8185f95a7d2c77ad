/* The servers' models without nodes: effects go in by hand, and what comes back is written down.
 * Events come in the order in which their windows open, but what a server only does sooner or later
 * (noticing a dead client) it does as late as it may. */
#ifndef RCP_TESTS_SUPPORT_SERVERS_H
#define RCP_TESTS_SUPPORT_SERVERS_H

#include "sim/sim.h"

#define SERVERS_ORDERS_MAX 4u /* rows of one order script: limits.settles of the shop */

/* What came back for one effect. */
struct servers_answer {
    uint64_t at_ms;
    uint64_t op_id;
    enum rcp_event_kind kind;
    enum rcp_outcome outcome;
    enum rcp_error_class error;
    enum rcp_verdict verdict; /* of the first row */
    uint32_t rows;
    uint32_t row_ids[RCP_TX_ROWS_MAX];
    uint32_t session;
    bool found;
    bool more;
    struct rcp_order_row orders[SERVERS_ORDERS_MAX]; /* of an order script */
};

/* A fresh world: two nodes that live, two activities of eight users with this capacity. */
struct rcp_sim *servers_begin(uint32_t capacity);
void servers_end(void);

/* The same with a shop: 3 products at 1000, 2000 and 3000 KRW, 10 of each; 4 buyers with 5000 points and
 * a coupon of 500 KRW, 8 purchases each; the first order is 100001. */
struct rcp_sim *servers_begin_shop(void);

/* An order script with this row, or with none; returns its op id. */
struct servers_order {
    enum rcp_script script;
    enum rcp_fault fate;
    uint32_t flags;
    uint32_t node;
    uint32_t kill;
    uint32_t page;
    const struct rcp_order_row *row;
};
uint64_t servers_order(const struct servers_order *order);

/* A script about these users' payments of activity 1 (0: no rows); returns its op id. */
struct servers_script {
    enum rcp_script script;
    enum rcp_fault fate;
    uint32_t flags;
    uint32_t users[3]; /* 0 ends */
    uint32_t node;
    uint32_t session; /* to go on in */
    uint32_t kill;
    uint32_t page;
    uint32_t timeout_ms; /* 0: the usual */
    uint32_t row_id, epoch;
};
uint64_t servers_script(const struct servers_script *script);

uint64_t servers_redis(enum rcp_redis_verb verb, uint32_t user, enum rcp_fault fate);
uint64_t servers_send(uint32_t user, enum rcp_fault fate);
void servers_commit_offset(uint32_t partition,
                           uint32_t assignment,
                           uint64_t next,
                           enum rcp_fault fate);

/* Lets time pass until now + ms. */
void servers_pass(uint64_t ms);

/* The answer to this op id; NULL where there is none (yet). */
const struct servers_answer *servers_answer(uint64_t op_id);

/* The last answer to an offset commit. */
const struct servers_answer *servers_offset_answer(void);

#endif
