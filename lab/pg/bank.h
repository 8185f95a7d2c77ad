/* The simulator's payment gateway (sim/model/pg.h) in real time.
 *
 * A world with a PG and nothing else: no node, no chance but its own. What the simulator leaves open as a
 * window of time is drawn, by the seed, and happens when the wall clock gets there. Whatever a call meets
 * (faults, delays, how a transaction ends, what becomes of its callback) is the model's doing. */
#ifndef RCP_LAB_PG_BANK_H
#define RCP_LAB_PG_BANK_H

#include "core/gateway/pg.h"
#include "lab/pg/rate.h"
#include "prod/pg/cards.h"

#define RCP_BANK_URL_MAX  512u
#define RCP_BANK_ROOM_MAX 262144u

struct rcp_bank;

/* A call that reached the PG, and was found valid as text. */
struct rcp_bank_ask {
    void *caller; /* handed back with the answer */
    enum rcp_pg_verb verb;
    const char *user;         /* X-USER-ID */
    const char *order;        /* PAY, LIST */
    const char *key;          /* GET, REFUND */
    uint64_t amount;          /* PAY */
    struct rcp_card card;     /* PAY; in a test's PG its bytes are no secret */
    const char *callback_url; /* PAY */
};

/* What the caller is to hear. */
struct rcp_bank_answer {
    enum rcp_pg_answer answer; /* TIMED_OUT: nothing, ever; RESET: the connection breaks */
    enum rcp_pg_verb verb;
    uint32_t retry_after_ms;        /* TOO_MANY */
    uint32_t count;                 /* OK: transactions, by index, newest first; all of them */
    const uint32_t *indexes;        /* for this call only */
    struct rcp_pg_transaction told; /* OK, but LIST: as it was when the PG did what it was asked */
};

/* One transaction, for whoever writes about it. Texts live as long as the bank. */
struct rcp_bank_transaction {
    const char *key;
    const char *order;
    const char *user;
    const char *callback_url;
    const struct rcp_card *card;
    uint64_t amount;
    uint64_t created_ms, updated_ms; /* wall clock */
    enum rcp_pg_status status;
    enum rcp_pg_reason reason;
    enum rcp_fault fate; /* what chance has made of it, from its beginning on */
    uint32_t refunds;    /* how often money went back: 0 or 1 */
    uint32_t callbacks;  /* that were due; some of them may have been lost */
};

/* Who hears of what the bank does. */
struct rcp_bank_ears {
    void *context;
    void (*answered)(void *context, void *caller, const struct rcp_bank_answer *answer);
    /* The PG calls back about this transaction, and says this of it. */
    void (*calls_back)(void *context, uint32_t index, enum rcp_pg_status says);
    /* The transaction was made or has changed, and nobody has been told yet. NULL: nobody wants to know. */
    void (*changed)(void *context, uint32_t index);
};

struct rcp_bank_options {
    uint64_t seed;
    uint32_t room;          /* orders, and transactions, at most RCP_BANK_ROOM_MAX */
    uint32_t patience_ms;   /* callers wait so long: what comes late comes after it */
    uint32_t settles_ms[2]; /* from PENDING to the end, shortest and longest */
    bool refunds;           /* our extension */
};

/* NULL where memory is short. */
struct rcp_bank *rcp_bank_open(const struct rcp_bank_options *options,
                               const struct rcp_bank_ears *ears);
void rcp_bank_free(struct rcp_bank *bank);

/* Before the first call: a transaction as an earlier bank had it, once or as often as it has changed, oldest
 * first. False where there is no room. */
bool rcp_bank_restore(struct rcp_bank *bank, const struct rcp_bank_transaction *it);

/* After the last of those: what was PENDING will come to its end. */
void rcp_bank_resume(struct rcp_bank *bank, uint64_t wall_ms);

void rcp_bank_set_rates(struct rcp_bank *bank, const struct rcp_rates *rates);
const struct rcp_rates *rcp_bank_rates(const struct rcp_bank *bank);

/* From now on, or no more: takes calls and never answers, nor does what they ask. */
void rcp_bank_set_silent(struct rcp_bank *bank, bool silent);

/* False where the bank is full: it is not done. Else it is answered from within rcp_bank_tick(). */
bool rcp_bank_ask(struct rcp_bank *bank, uint64_t wall_ms, const struct rcp_bank_ask *ask);

/* Lets happen what is due by now. Returns in how many milliseconds something else will be, at most 1000. */
uint32_t rcp_bank_tick(struct rcp_bank *bank, uint64_t wall_ms);

uint32_t rcp_bank_count(const struct rcp_bank *bank);
struct rcp_bank_transaction rcp_bank_at(const struct rcp_bank *bank, uint32_t index);

/* How often this fault has struck. */
uint64_t rcp_bank_fired(const struct rcp_bank *bank, enum rcp_fault fault);

#endif
