/* The PG's words: what we write into its requests, and what its answers say (FACTS 1.3).
 *
 * Every answer is an envelope {"meta": {"result", "errorCode", "message"}, "data"}. Fields that we do not know
 * are passed over; a known one of the wrong type, or one that stands there twice, makes the whole answer
 * unreadable: with money, half an answer is none. */
#ifndef RCP_PROD_PG_PG_JSON_H
#define RCP_PROD_PG_PG_JSON_H

#include "core/gateway/pg.h"
#include "prod/loop/handles.h"
#include "prod/pg/cards.h"

#include <stddef.h>

#define RCP_PG_ORDER_TEXT_MAX 21u   /* the digits of any uint64_t, and the end */
#define RCP_PG_KEY_MAX        100u  /* a transactionKey as our tables keep it (FACTS 1.1) */
#define RCP_PG_BODY_MAX       1024u /* of our requests */
#define RCP_PG_URL_MAX        512u  /* of the callback, and of the PG */

/* The order id as the PG knows it; padded: with at least 6 characters (FACTS 1.9, 5). */
void rcp_pg_order_write(uint64_t order_id, bool padded, char text[RCP_PG_ORDER_TEXT_MAX]);

/* The other way. False where the text is none that rcp_pg_order_write() makes: it names no order of ours. */
bool rcp_pg_order_read(const char *text, uint64_t *order_id);

/* A card's type or number in a request is the PG's business; the rest is ours. */
struct rcp_pg_pay {
    const struct rcp_card *card;
    const char *callback_url;
    uint64_t order_id;
    uint64_t amount; /* KRW */
    bool padded;
};

/* The bodies of POST /api/v1/payments and of POST /api/v1/payments/{key}/refund (our extension). Returns their
 * size, 0 where memory or room is short. */
size_t rcp_pg_write_pay(const struct rcp_pg_pay *pay, char body[RCP_PG_BODY_MAX]);
size_t rcp_pg_write_refund(uint64_t amount, char body[RCP_PG_BODY_MAX]);

/* One transaction as told: struct rcp_pg_transaction before its key has a handle. */
struct rcp_pg_told {
    struct rcp_bytes key;
    uint64_t order_id; /* 0: it names no order of ours, or names none */
    uint64_t amount;
    enum rcp_pg_status status;
    enum rcp_pg_reason reason;
    bool priced;
};

struct rcp_pg_body {
    uint32_t count;
    bool more;
    struct rcp_pg_told told[RCP_PG_TRANSACTIONS_MAX]; /* LIST: newest first, as the PG sorts it */
};

/* What a 2xx says in answer to `verb`. LIST has to be about order_id. False: unreadable. */
bool rcp_pg_read(enum rcp_pg_verb verb,
                 uint64_t order_id,
                 const char *bytes,
                 size_t size,
                 struct rcp_pg_body *body);

/* True where this is the PG's own envelope, and its result is FAIL: what somebody in between says to a path
 * that he does not know has none. */
bool rcp_pg_read_failure(const char *bytes, size_t size);

#endif
