/* The vectors of choices of one state, in order: all dull first, the last choice changes fastest. */
#ifndef RCP_SIM_ENGINE_SEARCH_CHOOSER_H
#define RCP_SIM_ENGINE_SEARCH_CHOOSER_H

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
void rcp_chooser_reset(struct rcp_search_chooser *chooser);

/* The vector after the one just taken comes next. Returns false when there is none. */
bool rcp_chooser_advance(struct rcp_search_chooser *chooser);

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
