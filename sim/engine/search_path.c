/* The way to what a search found: the states are known by their parents, the moves between them are found
 * by stepping once more. */
#include "core/check.h"
#include "sim/engine/search_engine.h"

#include <string.h>

/* Steps the saved state with one vector after the other until it comes to the state wanted, or, where that
 * is NULL, to the end wanted. */
static void find_move(struct rcp_search *search,
                      void *context,
                      uint32_t size,
                      const uint32_t *wanted,
                      enum rcp_search_end wanted_end,
                      struct rcp_search_move *move)
{
    const struct rcp_search_model *model = search->model;
    struct rcp_search_worker *worker = &search->crew[0];
    rcp_chooser_reset(&worker->chooser);
    bool found = false;
    do {
        model->load(context, worker->pending_bytes, size);
        enum rcp_search_end end = rcp_chooser_step(&worker->chooser, model, context);
        if (wanted == NULL)
            found = end == wanted_end;
        else if (end == RCP_SEARCH_GOES_ON || end == RCP_SEARCH_DONE)
            found = rcp_visited_is(&search->visited,
                                   *wanted,
                                   rcp_visited_key(&search->visited, model->digest(context)));
        if (found)
            rcp_chooser_move(&worker->chooser, move);
    } while (!found && rcp_chooser_advance(&worker->chooser));
    rcp_check(found, "search_path_repeats");
}

/* The state that comes after `index` transitions, for the part of the path that parents tell. It is kept in
 * the move that leads there until that is known. */
static void set_slot(struct rcp_search_move *moves, uint32_t index, uint32_t slot)
{
    memcpy(moves[index].options, &slot, sizeof slot);
}

static uint32_t slot_at(const struct rcp_search_move *moves, uint32_t index)
{
    uint32_t slot;
    memcpy(&slot, moves[index].options, sizeof slot);
    return slot;
}

/* The slots of the path's states, all but the first one; the last transition of FOUND and ROOM leads to
 * none. Returns how many there are. */
static uint32_t lay_slots(const struct rcp_search *search, struct rcp_search_move *moves)
{
    uint32_t depth = rcp_visited_depth(&search->visited, search->goal.slot);
    uint32_t slot = search->goal.slot;
    for (uint32_t i = depth; i > 0; i--) {
        set_slot(moves, i - 1u, slot);
        slot = rcp_visited_parent(&search->visited, slot);
    }
    slot = search->goal.slot;
    for (uint32_t i = 0; i < search->cycle_count; i++) {
        slot = rcp_live_next(&search->live, slot);
        set_slot(moves, depth + i, slot);
    }
    return depth + search->cycle_count;
}

void rcp_search_path(struct rcp_search *search, void *context, struct rcp_search_move *moves)
{
    const struct rcp_search_model *model = search->model;
    unsigned char *state = search->crew[0].pending_bytes;
    uint32_t slots = lay_slots(search, moves);
    model->init(context);
    for (uint32_t i = 0; i < search->path_count; i++) {
        uint32_t size = model->save(context, state);
        if (i < slots) {
            uint32_t slot = slot_at(moves, i);
            find_move(search, context, size, &slot, RCP_SEARCH_GOES_ON, &moves[i]);
        } else {
            enum rcp_search_end end =
                search->goal.verdict == RCP_SEARCH_FOUND ? RCP_SEARCH_VIOLATED : RCP_SEARCH_NO_ROOM;
            find_move(search, context, size, NULL, end, &moves[i]);
        }
    }
}
