/* The vectors of choices of one state, in order: all dull first, the last choice changes fastest. */
#include "sim/engine/search_chooser.h"

#include "core/check.h"

#include <string.h>

uint32_t rcp_search_choose(struct rcp_search_chooser *chooser, uint32_t count)
{
    rcp_check(count > 0 && count <= UINT8_MAX, "search_choice_count");
    uint32_t at = chooser->at;
    if (at < chooser->given) {
        /* A re-run that comes to another choice is not the same transition. */
        rcp_check(chooser->follows ? chooser->options[at] < count : chooser->counts[at] == count,
                  "search_step_repeats");
    } else if (at < RCP_SEARCH_CHOICES_MAX) {
        chooser->options[at] = 0;
    } else {
        chooser->overflow = true;
        return 0;
    }
    chooser->counts[at] = (uint8_t)count;
    chooser->at = at + 1u;
    return chooser->options[at];
}

void rcp_chooser_move(const struct rcp_search_chooser *chooser, struct rcp_search_move *move)
{
    memset(move, 0, sizeof *move);
    move->count = (uint8_t)chooser->at;
    memcpy(move->options, chooser->options, chooser->at);
}

enum rcp_search_end rcp_search_follow(const struct rcp_search_model *model,
                                      void *context,
                                      const struct rcp_search_move *move)
{
    struct rcp_search_chooser chooser;
    rcp_chooser_reset(&chooser);
    chooser.follows = true;
    chooser.given = move->count;
    memcpy(chooser.options, move->options, move->count);
    return rcp_chooser_step(&chooser, model, context);
}
