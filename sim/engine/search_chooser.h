/* The vectors of choices of one state, in order: all dull first, the last choice changes fastest. */
#ifndef RCP_SIM_ENGINE_SEARCH_CHOOSER_H
#define RCP_SIM_ENGINE_SEARCH_CHOOSER_H

#include "core/check.h"
#include "sim/search.h"

struct rcp_search_chooser {
    uint32_t at;    /* choices made in this transition */
    uint32_t given; /* choices that are prescribed; those after it are dull */
    bool overflow;  /* more choices than there is room for */
    bool follows;   /* prescribed by a move: the counts are not known yet */
    uint8_t options[RCP_SEARCH_CHOICES_MAX];
    uint8_t counts[RCP_SEARCH_CHOICES_MAX];
};

/* The first vector comes next. */
static inline void rcp_chooser_reset(struct rcp_search_chooser *chooser)
{
    chooser->at = 0;
    chooser->given = 0;
    chooser->overflow = false;
    chooser->follows = false;
}

/* The vector after the one just taken comes next. Returns false when there is none. */
static inline bool rcp_chooser_advance(struct rcp_search_chooser *chooser)
{
    rcp_check(chooser->at >= chooser->given, "search_step_repeats");
    uint32_t last = chooser->at;
    while (last > 0 && chooser->options[last - 1u] + 1u >= chooser->counts[last - 1u])
        last--;
    chooser->given = last;
    chooser->overflow = false;
    if (last == 0)
        return false;
    chooser->options[last - 1u]++;
    return true;
}

/* The vector just taken. */
void rcp_chooser_move(const struct rcp_search_chooser *chooser, struct rcp_search_move *move);

/* One transition with what the chooser prescribes. */
static inline enum rcp_search_end rcp_chooser_step(struct rcp_search_chooser *chooser,
                                                   const struct rcp_search_model *model,
                                                   void *context)
{
    chooser->at = 0;
    enum rcp_search_end end = model->step(context, chooser);
    return chooser->overflow ? RCP_SEARCH_NO_ROOM : end;
}

#endif
