/* Two-phase commit with seven resource managers, as two_phase.pml has it. */
#include "tests/models/two_phase.h"

#include "tests/models/digest.h"

#include <string.h>

#define EVERYONE ((UINT64_C(1) << TWO_PHASE_MANAGERS) - 1u)

/* A mask of what is enabled has a byte for each action, in it the bits of the managers that may take it. */
enum action {
    TM_RCV_PREPARED,
    RM_PREPARE,
    RM_CHOOSE_TO_ABORT,
    RM_RCV_COMMIT,
    RM_RCV_ABORT,
    TM_DECIDES, /* its bits are decisions */
};

static uint64_t byte_of(uint64_t state, enum two_phase_byte byte)
{
    return state >> 8 * byte & 0xffu;
}

static uint64_t with(uint64_t state, enum two_phase_byte byte, uint64_t bit)
{
    return state | bit << 8 * byte;
}

/* A manager leaves the state that it is in. */
static uint64_t without(uint64_t state, uint64_t manager)
{
    return state & ~(manager * UINT64_C(0x01010101));
}

static uint64_t enabled(uint64_t state)
{
    uint64_t working = byte_of(state, TWO_PHASE_WORKING);
    uint64_t decision = byte_of(state, TWO_PHASE_DECISION);
    uint64_t mask = working << 8 * RM_PREPARE | working << 8 * RM_CHOOSE_TO_ABORT;
    if (decision == TWO_PHASE_COMMIT)
        return mask | EVERYONE << 8 * RM_RCV_COMMIT;
    if (decision == TWO_PHASE_ABORT)
        return mask | EVERYONE << 8 * RM_RCV_ABORT;
    uint64_t decisions = TWO_PHASE_ABORT;
    if (byte_of(state, TWO_PHASE_KNOWN) == EVERYONE)
        decisions |= TWO_PHASE_COMMIT;
    return mask | byte_of(state, TWO_PHASE_SENT) << 8 * TM_RCV_PREPARED |
           decisions << 8 * TM_DECIDES;
}

static uint64_t after(uint64_t state, enum action action, uint64_t bit)
{
    switch (action) {
    case TM_RCV_PREPARED:
        return with(state, TWO_PHASE_KNOWN, bit);
    case RM_PREPARE:
        return with(with(without(state, bit), TWO_PHASE_PREPARED, bit), TWO_PHASE_SENT, bit);
    case RM_CHOOSE_TO_ABORT:
    case RM_RCV_ABORT:
        return with(without(state, bit), TWO_PHASE_ABORTED, bit);
    case RM_RCV_COMMIT:
        return with(without(state, bit), TWO_PHASE_COMMITTED, bit);
    case TM_DECIDES:
        break;
    }
    return with(state, TWO_PHASE_DECISION, bit);
}

/* Lists what is enabled, as bits of the mask, once for all the vectors of one state. */
static void list_enabled(struct two_phase *two_phase)
{
    two_phase->listed = two_phase->at;
    two_phase->enabled_count = 0;
    for (uint64_t mask = enabled(two_phase->at); mask != 0; mask &= mask - 1u)
        two_phase->enabled[two_phase->enabled_count++] = (uint8_t)__builtin_ctzll(mask);
}

/* --- The model --- */

static void init(void *context)
{
    struct two_phase *two_phase = context;
    two_phase->at = with(0, TWO_PHASE_WORKING, EVERYONE);
}

static void load(void *context, const void *state, uint32_t size)
{
    struct two_phase *two_phase = context;
    (void)size;
    memcpy(&two_phase->at, state, sizeof two_phase->at);
}

static uint32_t save(void *context, void *state)
{
    const struct two_phase *two_phase = context;
    memcpy(state, &two_phase->at, sizeof two_phase->at);
    return sizeof two_phase->at;
}

static struct rcp_search_digest digest(void *context)
{
    const struct two_phase *two_phase = context;
    return digest_of(&two_phase->at, 1);
}

static enum rcp_search_end step(void *context, struct rcp_search_chooser *chooser)
{
    struct two_phase *two_phase = context;
    if (two_phase->at != two_phase->listed)
        list_enabled(two_phase);
    uint32_t option = rcp_search_choose(chooser, two_phase->enabled_count);
    uint32_t chosen = two_phase->enabled[option];
    uint64_t state = after(two_phase->at, (enum action)(chosen / 8u), UINT64_C(1) << chosen % 8u);
    two_phase->at = state;
    /* TCConsistent: no manager has committed while another has aborted. */
    return byte_of(state, TWO_PHASE_COMMITTED) != 0 && byte_of(state, TWO_PHASE_ABORTED) != 0
               ? RCP_SEARCH_VIOLATED
               : RCP_SEARCH_GOES_ON;
}

const struct rcp_search_model *two_phase_model(void)
{
    static const struct rcp_search_model model = {
        .state_max = sizeof(uint64_t),
        .init = init,
        .load = load,
        .step = step,
        .digest = digest,
        .save = save,
    };
    return &model;
}
