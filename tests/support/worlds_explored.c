/* Worlds as the explorer sees them: searched by a crew, or walked by hand, with every state at hand. */
#include "tests/support/worlds_explored.h"

#include "sim/engine/canonical.h"
#include "sim/engine/dead_letter.h"
#include "sim/engine/search_chooser.h"
#include "sim/scenario/scenario_file.h"
#include "tests/models/crew.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEARCH_BYTES ((size_t)1 << 30) /* pages never used are never touched */

static void *allocate(size_t size)
{
    void *block = calloc(1, size);
    if (block == NULL)
        abort();
    return block;
}

/* --- Worlds --- */

struct rcp_scenario *explored_scenario(const char *path, struct rcp_policy policy)
{
    struct rcp_scenario *scenario = allocate(sizeof *scenario);
    struct rcp_scenario_error error;
    if (!rcp_scenario_read(path, scenario, &error))
        fail_msg("%s", error.text);
    scenario->base = policy;
    scenario->policy = policy;
    return scenario;
}

struct explored explored_open(const struct rcp_scenario *scenario, struct rcp_explore_bounds bounds)
{
    struct explored world = {
        .scenario = scenario, .bounds = bounds, .model = rcp_explore_model(scenario)};
    void *block = runs_block(rcp_explorer_size(scenario));
    world.explorer = rcp_explorer_init(block, scenario, &bounds);
    world.sim = rcp_explorer_sim(world.explorer);
    return world;
}

void explored_close(struct explored *world)
{
    free(world->explorer);
}

/* --- Complete searches --- */

static void *open_explorer(const void *context)
{
    const struct explored *world = context;
    return explored_open(world->scenario, world->bounds).explorer;
}

void explored_search(const struct rcp_scenario *scenario,
                     struct rcp_explore_bounds bounds,
                     uint32_t workers,
                     struct explored_outcome *outcome)
{
    const struct rcp_search_model model = rcp_explore_model(scenario);
    const struct explored world = {.scenario = scenario, .bounds = bounds};
    const struct crew_search search = {
        .model = &model,
        .context = &world,
        .open = open_explorer,
        .memory = SEARCH_BYTES,
        .workers = workers,
    };
    struct crew_outcome found;
    crew_run(&search, &found);
    memset(outcome, 0, sizeof *outcome);
    outcome->search = found.result;
    if (found.result.path_count > 0) {
        outcome->retold_given = rcp_explore_retell(
            found.context, found.moves, found.result.path_count, &outcome->retold);
        outcome->run = *rcp_explorer_result(found.context);
    }
    crew_forget(&found);
}

/* --- States --- */

void explored_load(struct explored *world, const struct explored_state *state)
{
    world->model.load(world->explorer, state->bytes, state->size);
}

struct explored_state explored_save(const struct explored *world)
{
    unsigned char *room = allocate(world->model.state_max);
    struct explored_state state = {
        .digest = world->model.digest(world->explorer),
        .size = world->model.save(world->explorer, room),
    };
    state.bytes = realloc(room, state.size);
    return state;
}

/* --- Walks --- */

#define SLOTS 1048576u

/* The states seen, by digest: open addressing, never more than half full. */
struct seen {
    struct explored_state *slots;
    uint32_t count;
};

static struct explored_state *find(const struct seen *seen, struct rcp_search_digest digest)
{
    uint32_t at = (uint32_t)digest.words[1] % SLOTS;
    while (seen->slots[at].bytes != NULL &&
           memcmp(&seen->slots[at].digest, &digest, sizeof digest) != 0)
        at = (at + 1u) % SLOTS;
    return &seen->slots[at];
}

/* States of one level. */
struct level {
    struct explored_state *states; /* their bytes are those of the table */
    uint32_t count, room;
};

static void level_add(struct level *level, const struct explored_state *state)
{
    if (level->count == level->room) {
        level->room = level->room * 2u + 64u;
        level->states = realloc(level->states, level->room * sizeof *level->states);
        if (level->states == NULL)
            abort();
    }
    level->states[level->count++] = *state;
}

static int by_digest(const void *left, const void *right)
{
    const struct explored_state *a = left;
    const struct explored_state *b = right;
    return (a->digest.words[0] > b->digest.words[0]) - (a->digest.words[0] < b->digest.words[0]);
}

static void arrive(const struct explored_walk *walk, struct seen *seen, struct level *next)
{
    struct explored_state now = explored_save(walk->world);
    struct explored_state *known = find(seen, now.digest);
    bool fresh = known->bytes == NULL;
    if (walk->arrived != NULL)
        walk->arrived(walk->context, fresh ? NULL : known, &now);
    if (!fresh) {
        free(now.bytes);
        return;
    }
    *known = now;
    seen->count++;
    assert_true(seen->count < SLOTS / 2u);
    level_add(next, &now);
}

static void expand(const struct explored_walk *walk,
                   const struct explored_state *state,
                   struct seen *seen,
                   struct level *next)
{
    struct explored *world = walk->world;
    struct rcp_search_chooser chooser;
    rcp_chooser_reset(&chooser);
    do {
        explored_load(world, state);
        if (rcp_chooser_step(&chooser, &world->model, world->explorer) == RCP_SEARCH_GOES_ON)
            arrive(walk, seen, next);
    } while (rcp_chooser_advance(&chooser));
}

static void forget(struct seen *seen)
{
    for (uint32_t i = 0; i < SLOTS; i++)
        free(seen->slots[i].bytes);
    free(seen->slots);
}

uint32_t explored_walk(const struct explored_walk *walk)
{
    struct seen seen = {.slots = allocate(SLOTS * sizeof(struct explored_state))};
    struct level level = {0};
    walk->world->model.init(walk->world->explorer);
    arrive(walk, &seen, &level);
    while (level.count > 0) {
        struct level next = {0};
        if (walk->width > 0 && level.count > walk->width) {
            qsort(level.states, level.count, sizeof *level.states, by_digest);
            level.count = walk->width;
        }
        for (uint32_t i = 0; i < level.count; i++)
            expand(walk, &level.states[i], &seen, &next);
        free(level.states);
        level = next;
    }
    free(level.states);
    uint32_t count = seen.count;
    forget(&seen);
    return count;
}

/* --- What a state leads to --- */

int explored_compare(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct explored_successor));
}

static struct explored_successor successor(const struct explored *world, enum rcp_search_end end)
{
    struct explored_successor now = {.end = (uint64_t)end};
    if (end == RCP_SEARCH_VIOLATED)
        now.words[0] = rcp_explorer_result(world->explorer)->violation.invariant;
    else
        memcpy(now.words, world->model.digest(world->explorer).words, sizeof now.words);
    return now;
}

void explored_successors(struct explored *world,
                         const struct explored_state *state,
                         struct explored_successors *successors)
{
    struct rcp_search_chooser chooser;
    rcp_chooser_reset(&chooser);
    successors->count = 0;
    do {
        explored_load(world, state);
        enum rcp_search_end end = rcp_chooser_step(&chooser, &world->model, world->explorer);
        if (end == RCP_SEARCH_SKIPPED)
            continue;
        assert_int_not_equal(end, RCP_SEARCH_NO_ROOM);
        assert_true(successors->count < EXPLORED_SUCCESSORS_MAX);
        successors->list[successors->count++] = successor(world, end);
    } while (rcp_chooser_advance(&chooser));
    qsort(successors->list, successors->count, sizeof successors->list[0], explored_compare);
}

/* --- Events --- */

uint32_t explored_possible(struct explored *world, uint8_t bag[UINT8_MAX])
{
    struct rcp_queue_head *queue = world->sim->queue;
    uint64_t smallest_latest_ms = 0;
    uint32_t count = 0;
    if (!rcp_queue_refill(queue, &smallest_latest_ms))
        return 0;
    for (uint32_t i = 0; i < queue->near_count && count < UINT8_MAX; i++)
        if (rcp_queue_near(queue)[i].earliest_ms <= smallest_latest_ms)
            bag[count++] = (uint8_t)i;
    return count;
}

void explored_step_event(struct explored *world,
                         const struct explored_state *state,
                         uint32_t place,
                         void *context,
                         void (*ended)(void *context, enum rcp_search_end end))
{
    uint8_t bag[UINT8_MAX];
    struct rcp_search_chooser chooser;
    assert_true(world->bounds.unreduced);
    explored_load(world, state);
    rcp_chooser_reset(&chooser);
    chooser.given = 1;
    chooser.options[0] = (uint8_t)place;
    chooser.counts[0] = (uint8_t)explored_possible(world, bag);
    do {
        explored_load(world, state);
        ended(context, rcp_chooser_step(&chooser, &world->model, world->explorer));
    } while (rcp_chooser_advance(&chooser) && chooser.options[0] == place);
}

void explored_remove_letters(struct explored *world)
{
    struct rcp_queue_head *queue = world->sim->queue;
    for (uint32_t i = 0; i < rcp_queue_count(queue);) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        if (!rcp_dead_letter(world->sim->world, pending)) {
            i++;
            continue;
        }
        if (!rcp_job_is_watch((enum rcp_job)pending->job))
            world->sim->world->backlog.busy--;
        rcp_queue_remove(queue, i);
        i = 0; /* the list's order has changed */
    }
}
