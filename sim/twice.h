/* The twice oracle: whatever a run does once may happen twice. A client clicks again, a proxy repeats a
 * COMMIT whose answer it lost, a topic delivers at least once, two instances run the same pass. So a run is
 * repeated with one request, transaction, delivery or pass performed twice, for each of them in turn.
 *
 *     size = rcp_twice_init(twice, scenario)
 *     if (rcp_twice_plain(twice, seed, block, size))
 *         for each kind, for nth 1 .. twice->plain.twice_points[kind]:
 *             rcp_twice_point(twice, kind, nth, NULL, &difference)
 *
 * The plain run's choices are kept on a tape, and the repeated runs take nothing else by chance, so up to
 * the point all are the same run. From there each point is held in two ways:
 *
 *   called off  No fault strikes any more and all is dull, in a plain run and in a doubled one. Nothing but
 *               the double tells them apart, so they must settle alike, and promise alike.
 *   going on    The faults go on as recorded. They now strike others (the second of its kind is the double),
 *               and whom they strike decides what is settled; so the invariants are asked, and only they. */
#ifndef RCP_SIM_TWICE_H
#define RCP_SIM_TWICE_H

#include "sim/run.h"

/* One scenario and seed at work. Large: not for a stack. */
struct rcp_twice {
    struct rcp_scenario scenario; /* with room for what is done twice */
    struct rcp_scenario replay;   /* the same, and the plain run's tape */
    uint64_t seed;
    void *plain_world; /* in the caller's block */
    void *double_world;
    size_t world_size;
    struct rcp_run_result plain;   /* the whole run */
    struct rcp_run_result spared;  /* of the last point: called off there, and nothing done twice */
    struct rcp_run_result doubled; /* of the last point */
};

enum rcp_twice_end {
    RCP_TWICE_SAME,
    RCP_TWICE_DIFFERS, /* `difference` says in what */
    RCP_TWICE_ERROR,   /* the doubled run ran out of room (`doubled.error`), or has no such point */
};

/* What a settled state is made of; see rcp_twice_point(). */
enum rcp_settled {
    RCP_SETTLED_INVARIANT, /* the doubled run broke one: `doubled.violation` */
    RCP_SETTLED_PROMISE,   /* what its owner was told: enum rcp_promise */
    RCP_SETTLED_ENTRY,     /* enum rcp_entry_status */
    RCP_SETTLED_PRODUCT,   /* of an approved entry */
    RCP_SETTLED_TOKEN,     /* of an approved entry: 1 where the token can still be used */
    RCP_SETTLED_RELEASED,  /* of an approved entry: 1 where it is marked as released */
    RCP_SETTLED_PARKED,    /* rows: bit per enum rcp_park_cause under which one is FAILED */
    RCP_SETTLED_RECORDS,   /* of the world: unusable records that are parked */
    RCP_SETTLED_CHARGE, /* of a purchase: enum rcp_charge_status of its order, PAID where one is */
    RCP_SETTLED_COUNT
};

/* What the owner was told that binds. */
enum rcp_promise {
    RCP_PROMISE_NONE, /* nothing, or 503 */
    RCP_PROMISE_YES,  /* 200 or 202 */
    RCP_PROMISE_NO,   /* 400, 404 or 410 */
    RCP_PROMISE_COUNT
};

struct rcp_twice_difference {
    enum rcp_settled in;
    bool called_off;         /* as opposed to: going on */
    uint32_t user, activity; /* 0 where it is nobody's; a purchase has no activity */
    uint64_t plain, doubled;
};

/* Takes the scenario over; returns the bytes that its two worlds take, in one block aligned to 64. */
size_t rcp_twice_init(struct rcp_twice *twice, const struct rcp_scenario *scenario);

/* Runs it as it is, and keeps its tape. The block must stay until the last point is done. False where
 * there is nothing to compare with: it did not hold, or ran out of room (`plain` says which). */
bool rcp_twice_plain(struct rcp_twice *twice, uint64_t seed, void *block, size_t block_size);

/* Holds the nth point of this kind in both ways. What has settled at the drain: promises, entries and what
 * they bought, the tokens of the approved, what is parked and why, what became of each purchase. Attempts, versions, RESOLVED rows, the
 * topic's length and all times may differ. The recorder, which may be NULL, hears the run that differs, or
 * else the one that goes on. */
enum rcp_twice_end rcp_twice_point(struct rcp_twice *twice,
                                   enum rcp_twice_kind kind,
                                   uint32_t nth,
                                   const struct rcp_recorder *recorder,
                                   struct rcp_twice_difference *difference);

/* "request", "commit", "delivery", "pass", as the command line has them. */
const char *rcp_twice_name(enum rcp_twice_kind kind);

/* "entry", "product" ... */
const char *rcp_settled_name(enum rcp_settled in);

#endif
