/* Two-phase commit (Gray and Lamport, "Consensus on Transaction Commit", TLA+ module TwoPhase), as
 * two_phase.pml has it: a coordinator and seven resource managers over messages that may be read late, twice
 * or never. */
#ifndef RCP_TESTS_MODELS_TWO_PHASE_H
#define RCP_TESTS_MODELS_TWO_PHASE_H

#include "sim/search.h"

#define TWO_PHASE_MANAGERS    7u
#define TWO_PHASE_ACTIONS_MAX (5u * TWO_PHASE_MANAGERS + 2u)

/* A state is a word: a byte for each of these, in which a manager is a bit. */
enum two_phase_byte {
    TWO_PHASE_WORKING, /* a manager is in exactly one of the first four */
    TWO_PHASE_PREPARED,
    TWO_PHASE_COMMITTED,
    TWO_PHASE_ABORTED,
    TWO_PHASE_KNOWN,    /* tmPrepared: managers that the coordinator knows to be prepared */
    TWO_PHASE_SENT,     /* messages "Prepared" */
    TWO_PHASE_DECISION, /* TWO_PHASE_COMMIT or _ABORT, once decided; its message is sent with it */
};

#define TWO_PHASE_COMMIT 1u
#define TWO_PHASE_ABORT  2u

/* A worker's context. Begins with all zero. */
struct two_phase {
    uint64_t at;
    uint64_t listed; /* the state whose actions are listed */
    uint32_t enabled_count;
    uint8_t enabled[TWO_PHASE_ACTIONS_MAX];
};

const struct rcp_search_model *two_phase_model(void);

#endif
