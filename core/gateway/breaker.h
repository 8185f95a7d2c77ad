/* The circuit breaker in front of one kind of call (FACTS 1.5; POLICIES.md, "Breaker").
 *
 *            failures or slow calls past their share
 *   CLOSED ------------------------------------------> OPEN
 *      ^                                              |   ^
 *      |              open_ms over, and somebody asks |   | a probe failed, or too many were slow
 *      +---- enough probes were good ------------- HALF_OPEN
 *
 * Around single tries: slow is measured per try. A permit of HALF_OPEN that nobody gives back expires.
 *
 * Thin traffic. The documented settings count calls and know no age, so that with a call a minute the
 * failures of an hour ago decide about the call of now, and three probes take three minutes. Ours:
 *  - Nothing here has a timer. Whoever asks first after open_ms is the probe, be it a buyer's order, a
 *    refund, or a query of the next reconciliation: so OPEN ends with the first call, however late.
 *  - What is remembered speaks for stale_ms after the last call. Whoever asks later finds CLOSED with
 *    nothing remembered; and in HALF_OPEN the probes so far decide: good ones close the circuit, bad ones
 *    are forgotten and probing begins anew. */
#ifndef RCP_CORE_GATEWAY_BREAKER_H
#define RCP_CORE_GATEWAY_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define RCP_BREAKER_WINDOW_MAX  16u
#define RCP_BREAKER_PERMITS_MAX 3u
#define RCP_BREAKER_NO_EDGE     UINT32_MAX /* it did not move */

enum rcp_breaker_state {
    RCP_BREAKER_CLOSED,
    RCP_BREAKER_OPEN,
    RCP_BREAKER_HALF_OPEN,
    RCP_BREAKER_STATE_COUNT
};

enum rcp_breaker_event {
    RCP_BREAKER_TRIPPED, /* CLOSED: the window has too many failures or slow calls */
    RCP_BREAKER_WAITED,  /* OPEN: open_ms is over, and somebody asks */
    RCP_BREAKER_HEALED, /* HALF_OPEN: enough probes (thin traffic: any), few enough of them failures or slow */
    RCP_BREAKER_RELAPSED, /* HALF_OPEN: enough probes, too many failures or slow ones */
    RCP_BREAKER_EVENT_COUNT
};

/* An operator's word: the state stays what it is, and what calls come to is not remembered. */
enum rcp_breaker_force {
    RCP_BREAKER_AUTOMATIC,
    RCP_BREAKER_FORCED_OPEN,
    RCP_BREAKER_FORCED_CLOSED,
    RCP_BREAKER_FORCE_COUNT
};

struct rcp_breaker_edge {
    uint8_t from;  /* enum rcp_breaker_state */
    uint8_t event; /* enum rcp_breaker_event */
    uint8_t to;    /* enum rcp_breaker_state */
};

extern const struct rcp_breaker_edge rcp_breaker_edges[];
extern const uint32_t rcp_breaker_edge_count;

struct rcp_breaker_settings {
    uint32_t window;          /* calls remembered, RCP_BREAKER_WINDOW_MAX at most */
    uint32_t minimum;         /* calls before it may trip; at most `window` */
    uint32_t failure_percent; /* trips at this share or more */
    uint32_t slow_percent;    /* trips at this share or more */
    uint32_t slow_ms;         /* a try is slow from here on */
    uint32_t open_ms;         /* it stays open for this long */
    uint32_t probes;          /* calls of HALF_OPEN, RCP_BREAKER_PERMITS_MAX at most */
    uint32_t permit_ms;       /* a permit of HALF_OPEN that is not given back expires after this */
    uint32_t stale_ms; /* longer than permit_ms: without a call for this long, traffic is thin */
};

/* The documented settings: of paying calls, and of queries. */
extern const struct rcp_breaker_settings rcp_breaker_pay;
extern const struct rcp_breaker_settings rcp_breaker_query;

/* Plain data, no pointers. Zeroed: CLOSED, nothing remembered. */
struct rcp_breaker {
    /* Mono. OPEN: somebody may ask again from here on. Else what is remembered is stale from here on. */
    uint64_t until_ms;
    uint64_t permit_until_ms[RCP_BREAKER_PERMITS_MAX]; /* HALF_OPEN: permits out; 0: free */
    uint32_t failures,
        slows;      /* bit i: the i-th last call; CLOSED: of the window, HALF_OPEN: of the probes */
    uint16_t epoch; /* grows with each change of state: a result of an older one is dropped */
    uint8_t state;  /* enum rcp_breaker_state */
    uint8_t count;  /* calls remembered */
    uint8_t forced; /* enum rcp_breaker_force: by an operator */
    uint8_t spare[3]; /* zero */
};

/* What a caller holds until its call has ended. Zero: none. */
struct rcp_permit {
    uint16_t epoch;
    uint8_t given; /* 1: it is one */
    uint8_t probe; /* 1 + index of the permit, in HALF_OPEN */
};

/* What the end of a call tells of the PG. */
enum rcp_pg_health {
    RCP_PG_HEALTHY,
    RCP_PG_FAILURE,
    RCP_PG_IGNORED, /* nothing: the permit is given back, and the call is not remembered */
};

/* An operator takes the circuit in hand, or lets go of it: it is CLOSED then, with nothing remembered. What
 * is still out was let out by another state. */
void rcp_breaker_force(struct rcp_breaker *breaker, enum rcp_breaker_force force);

/* Asks to make a call. False where the circuit is open, or all probes are out. *edge is the index of the
 * table's row that this made it move by, RCP_BREAKER_NO_EDGE where it did not move. */
bool rcp_breaker_ask(struct rcp_breaker *breaker,
                     const struct rcp_breaker_settings *settings,
                     uint64_t mono_ms,
                     struct rcp_permit *permit,
                     uint32_t *edge);

/* The call for which this permit was given at since_ms has ended. Once per permit. A result that is not
 * about the present any more is dropped: the state has changed since, or the permit has expired. */
void rcp_breaker_tell(struct rcp_breaker *breaker,
                      const struct rcp_breaker_settings *settings,
                      uint64_t mono_ms,
                      struct rcp_permit permit,
                      uint64_t since_ms,
                      enum rcp_pg_health health,
                      uint32_t *edge);

/* True where the end of the call with this permit would still tell the breaker something. */
bool rcp_breaker_listens(const struct rcp_breaker *breaker,
                         const struct rcp_breaker_settings *settings,
                         uint64_t mono_ms,
                         struct rcp_permit permit,
                         uint64_t since_ms);

/* Whole-state invariants of a breaker (docs/INVARIANTS.md, "Core checks"); a broken one stops. */
void rcp_breaker_check(const struct rcp_breaker *breaker,
                       const struct rcp_breaker_settings *settings);

#endif
