/* The circuit breaker alone (core/gateway/breaker.h) with several callers, at all moments of a coarse clock:
 * results that are good, bad, slow, late, of an older state, or never come; and from every state on, a PG
 * that has healed. */
#ifndef RCP_TESTS_MODELS_BREAKER_H
#define RCP_TESTS_MODELS_BREAKER_H

#include "core/gateway/breaker.h"
#include "sim/search.h"

#define BREAKER_CALLS_MAX 5u

struct breaker_call {
    uint16_t age; /* ticks since it was let out; as far as anything reads it */
    struct rcp_permit permit;
    uint8_t used;
    uint8_t fresh; /* ghost: the breaker has not changed its state since it let this out */
    uint8_t sound; /* the PG had healed when it was made: it is answered well, and fast */
    uint8_t spare; /* zero */
};

/* Now is always the same moment: time passing makes everything else older. */
struct breaker_state {
    struct rcp_breaker breaker;
    struct breaker_call calls[BREAKER_CALLS_MAX]; /* sorted: which is which does not matter */
    uint16_t opened; /* ghost: ticks since the circuit has opened, open_ms at most */
    uint16_t quiet; /* ghost: ticks since the last call began or told something, stale_ms at most */
    uint8_t healed;
    uint8_t spare; /* zero */
};

/* A worker's context. */
struct breaker_context {
    struct breaker_state at;
    struct rcp_breaker_settings settings; /* its times are ticks */
    uint32_t calls;                       /* in flight at most */
    uint32_t edges;                       /* seen by this worker: a bit for each row of the table */
    const char *broken;                   /* what a violation broke */
};

const struct rcp_search_model *breaker_model(void);

/* Begins a context. */
struct breaker_context breaker_context(const struct rcp_breaker_settings *settings, uint32_t calls);

#endif
