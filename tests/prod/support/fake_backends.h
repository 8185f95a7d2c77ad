/* Redis, MySQL, Kafka and a PG that answer by the number asked about, for tests of what stands in front of the
 * core. One set for each loop; it answers by letters, as real adapters do.
 *
 * A payment goes by its activity, an order by its first product (and a question by the order's id). */
#ifndef RCP_TESTS_PROD_FAKE_BACKENDS_H
#define RCP_TESTS_PROD_FAKE_BACKENDS_H

#include "prod/loop/loop.h"
#include "prod/token.h"

enum fake_activity {
    FAKE_APPROVES = 1,  /* 200 */
    FAKE_OPENS = 2,     /* 202; approved from the third question on */
    FAKE_CONFLICTS = 3, /* 409 */
    FAKE_EXPIRED = 4,   /* 410 */
    FAKE_NOBODY = 5,    /* 503 */
    FAKE_HOLDS = 6,     /* no answer until fake_release() */
    FAKE_PARKS = 8,     /* 202, parked */
    FAKE_RECOVERS = 9,  /* 503 the first time, then 200 */
};

enum fake_product {
    FAKE_POINTS = 1,     /* 200 PAID */
    FAKE_CARD = 2,       /* 200 IN_PROGRESS */
    FAKE_SOLD_OUT = 3,   /* 409 */
    FAKE_OTHER_BODY = 4, /* 422 */
    FAKE_DECLINED = 5,   /* 402 */
    FAKE_DATABASE = 6,   /* 503 */
    FAKE_RUNNING = 7,    /* 202 */
};

enum fake_order {
    FAKE_ORDER_PAID = 1001,        /* of user 7 */
    FAKE_ORDER_IN_PROGRESS = 1002, /* of user 7 */
    FAKE_ORDER_UNKNOWN = 1003,     /* there is none */
};

struct fake_backends;

/* NULL where memory is short. Keys: to read tokens with; the caller's. */
struct fake_backends *fake_backends_open(struct rcp_loop *loop, const struct rcp_token_keys *keys);
void fake_backends_free(struct fake_backends *backends);

/* Sets every port of the loop but that for replies. Before it runs. */
void fake_backends_plug_in(struct fake_backends *backends);

/* Any thread: what FAKE_HOLDS has held so far is answered, as approved. */
void fake_release(struct fake_backends *backends);

/* Any thread: how many are held. */
uint32_t fake_held(struct fake_backends *backends);

#endif
