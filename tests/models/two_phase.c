/* Two-phase commit with seven resource managers, as two_phase.pml has it. */
#include "tests/models/two_phase.h"

#include "tests/models/digest.h"

#include <assert.h>
#include <string.h>

#define EVERYONE ((1u << TWO_PHASE_MANAGERS) - 1u)

/* The actions of one manager are a byte each in a mask of what is enabled, its bit in that byte. */
enum action {
    TM_RCV_PREPARED,
    RM_PREPARE,
    RM_CHOOSE_TO_ABORT,
    RM_RCV_COMMIT,
    RM_RCV_ABORT,
    TM_DECIDES, /* bit 0: commits, bit 1: aborts */
};

static uint64_t everyone_if(bool enabled)
{
    return enabled ? EVERYONE : 0;
}

static uint64_t enabled(const struct two_phase *at)
{
    bool undecided = at->coordinator == TWO_PHASE_INIT;
    uint64_t decisions = !undecided ? 0 : at->known == EVERYONE ? 3u : 2u;
    return (undecided ? (uint64_t)at->sent : 0) << 8 * TM_RCV_PREPARED |
           (uint64_t)at->working << 8 * RM_PREPARE |
           (uint64_t)at->working << 8 * RM_CHOOSE_TO_ABORT |
           everyone_if(at->coordinator == TWO_PHASE_COMMITTED) << 8 * RM_RCV_COMMIT |
           everyone_if(at->coordinator == TWO_PHASE_ABORTED) << 8 * RM_RCV_ABORT |
           decisions << 8 * TM_DECIDES;
}

/* Lists what is enabled, as bits of the mask, once for all the vectors of one state. */
static void list_enabled(struct two_phase_context *context)
{
    context->listed = context->at;
    context->enabled_count = 0;
    for (uint64_t mask = enabled(&context->at); mask != 0; mask &= mask - 1u)
        context->enabled[context->enabled_count++] = (uint8_t)__builtin_ctzll(mask);
}

/* A manager is in one state at a time. */
static void becomes(struct two_phase *at, uint8_t *state, uint8_t manager)
{
    uint8_t others = (uint8_t)~manager;
    at->working &= others;
    at->prepared &= others;
    at->committed &= others;
    at->aborted &= others;
    *state |= manager;
}

static void act(struct two_phase *at, enum action action, uint8_t bit)
{
    switch (action) {
    case TM_RCV_PREPARED:
        at->known |= bit;
        break;
    case RM_PREPARE:
        becomes(at, &at->prepared, bit);
        at->sent |= bit;
        break;
    case RM_CHOOSE_TO_ABORT:
    case RM_RCV_ABORT:
        becomes(at, &at->aborted, bit);
        break;
    case RM_RCV_COMMIT:
        becomes(at, &at->committed, bit);
        break;
    case TM_DECIDES:
        at->coordinator = bit == 1u ? TWO_PHASE_COMMITTED : TWO_PHASE_ABORTED;
        break;
    }
}

/* --- The model --- */

static void init(void *context)
{
    struct two_phase_context *two_phase = context;
    two_phase->at = (struct two_phase){.working = EVERYONE};
}

static void load(void *context, const void *state, uint32_t size)
{
    struct two_phase_context *two_phase = context;
    (void)size;
    memcpy(&two_phase->at, state, sizeof two_phase->at);
}

static uint32_t save(void *context, void *state)
{
    const struct two_phase_context *two_phase = context;
    memcpy(state, &two_phase->at, sizeof two_phase->at);
    return sizeof two_phase->at;
}

static struct rcp_search_digest digest(void *context)
{
    const struct two_phase_context *two_phase = context;
    uint64_t word;
    static_assert(sizeof word == sizeof two_phase->at, "every byte is digested");
    memcpy(&word, &two_phase->at, sizeof word);
    return digest_of(&word, 1);
}

static enum rcp_search_end step(void *context, struct rcp_search_chooser *chooser)
{
    struct two_phase_context *two_phase = context;
    struct two_phase *at = &two_phase->at;
    if (memcmp(at, &two_phase->listed, sizeof *at) != 0)
        list_enabled(two_phase);
    uint32_t option = rcp_search_choose(chooser, two_phase->enabled_count);
    uint32_t chosen = two_phase->enabled[option];
    act(at, (enum action)(chosen / 8u), (uint8_t)(1u << chosen % 8u));
    /* TCConsistent: no manager has committed while another has aborted. */
    return at->committed != 0 && at->aborted != 0 ? RCP_SEARCH_VIOLATED : RCP_SEARCH_GOES_ON;
}

const struct rcp_search_model *two_phase_model(void)
{
    static const struct rcp_search_model model = {
        .state_max = sizeof(struct two_phase),
        .init = init,
        .load = load,
        .step = step,
        .digest = digest,
        .save = save,
    };
    return &model;
}
