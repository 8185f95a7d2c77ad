/* The documented PG's words on the wire: what it takes in a request, and what it says (FACTS 1.3). */
#ifndef RCP_LAB_PG_WORDS_H
#define RCP_LAB_PG_WORDS_H

#include "lab/pg/bank.h"

#include <stddef.h>

/* A response: its status, and a body to be given to free(). */
struct rcp_words {
    unsigned status;
    char *body; /* NULL where memory is short */
};

/* A payment as asked for; texts are its own. */
struct rcp_words_pay {
    char order[RCP_BANK_URL_MAX];
    struct rcp_card card;
    uint64_t amount;
    char callback_url[RCP_BANK_URL_MAX];
};

/* Reads and validates the body of POST /api/v1/payments, in the documented order: order id, card, amount,
 * callback URL (which begins with `prefix`). Returns NULL where it is valid, else the 400's message, for this
 * call only where it names the prefix. */
const char *rcp_words_read_pay(const char *body,
                               size_t size,
                               const char *prefix,
                               struct rcp_words_pay *pay);

/* {"meta": FAIL, the status's reason phrase, message}. */
struct rcp_words rcp_words_failure(unsigned status, const char *message);

/* What an answer of the bank is on the wire; not for TIMED_OUT and RESET. asked: the order or key. */
struct rcp_words rcp_words_answer(const struct rcp_bank *bank,
                                  const struct rcp_bank_answer *answer,
                                  const char *asked);

/* The callback's flat body: the transaction as it says it is. To be given to free(). */
char *rcp_words_callback(const struct rcp_bank_transaction *it, enum rcp_pg_status says);

const char *rcp_words_status(enum rcp_pg_status status);
const char *rcp_words_reason(enum rcp_pg_status status, enum rcp_pg_reason reason); /* NULL: none */

#endif
