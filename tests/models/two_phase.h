/* Two-phase commit (Gray and Lamport, "Consensus on Transaction Commit", TLA+ module TwoPhase), as
 * two_phase.pml has it: a coordinator and seven resource managers over messages that may be read late, twice
 * or never. */
#ifndef RCP_TESTS_MODELS_TWO_PHASE_H
#define RCP_TESTS_MODELS_TWO_PHASE_H

#include "sim/search.h"

#define TWO_PHASE_MANAGERS    7u
#define TWO_PHASE_ACTIONS_MAX (5u * TWO_PHASE_MANAGERS + 2u)

struct two_phase {
    uint8_t working; /* resource managers, a bit each: in exactly one of these four */
    uint8_t prepared;
    uint8_t committed;
    uint8_t aborted;
    uint8_t known; /* tmPrepared: managers that the coordinator knows to be prepared */
    uint8_t sent;  /* messages "Prepared" of managers, a bit each */
    uint8_t
        coordinator; /* enum two_phase_coordinator; its message "Commit" or "Abort" is sent with it */
    uint8_t unused;
};

enum two_phase_coordinator { TWO_PHASE_INIT, TWO_PHASE_COMMITTED, TWO_PHASE_ABORTED };

/* A worker's context. Begins with all zero. */
struct two_phase_context {
    struct two_phase at;
    struct two_phase listed; /* the state whose actions are listed */
    uint32_t enabled_count;
    uint8_t enabled[TWO_PHASE_ACTIONS_MAX];
};

const struct rcp_search_model *two_phase_model(void);

#endif
