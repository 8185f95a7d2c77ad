/* A world's state in canonical form: what can still happen decides whether two worlds are the same. */
#ifndef RCP_SIM_ENGINE_CANONICAL_H
#define RCP_SIM_ENGINE_CANONICAL_H

#include "core/digest.h"
#include "sim/sim.h"

#define RCP_CANONICAL_SESSIONS_MAX  32u
#define RCP_CANONICAL_EXCHANGES_MAX 64u

/* 128 bits of the canonical form. The world has at most so many sessions and exchanges as above.
 *
 * Left out, because nothing that is checked or done reads it any more: now itself; names of choices (nth,
 * keys, copies); records behind the committed offset; exchanges that are over; what was told of their
 * answers beyond the ledger; counters that only expectations read; which of two equal sessions is which. */
struct rcp_digest rcp_canonical_digest(const struct rcp_sim *sim);

#endif
