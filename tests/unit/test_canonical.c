/* The canonical form and the reductions built on it: equal states step alike, whoever loads them; what is
 * called local or dead is. */
#include "sim/engine/canonical.h"
#include "sim/engine/dead_letter.h"

#include "sim/engine/local.h"
#include "tests/support/runs.h"
#include "tests/support/worlds_explored.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The worlds that are walked, and how wide. */
static const struct walked {
    const char *path;
    bool documented;
    struct rcp_explore_bounds bounds;
    uint32_t width;
} walks[] = {
    {EXPLORED_ONE, false, {.faults = 1, .crashes = 1}, 150},
    {EXPLORED_ONE, true, {.faults = 1, .crashes = 1}, 150},
    {EXPLORED_TWO, false, {.faults = 1, .crashes = 1}, 80},
    {EXPLORED_TWO, true, {.faults = 1, .crashes = 1}, 80},
    {EXPLORED_ORDER, false, {.faults = 2, .crashes = 1}, 120},
    {EXPLORED_ALONE, false, {.faults = 2, .crashes = 1}, 120},
};
#define WALKS (sizeof walks / sizeof walks[0])

/* Two workers: one walks, the other looks at what it finds. */
struct pair {
    struct rcp_scenario *scenario;
    struct explored walker;
    struct explored looker;
    uint32_t looked; /* at so many */
    uint32_t longest;
};

typedef void (*arrived_fn)(void *context,
                           const struct explored_state *known,
                           const struct explored_state *now);

static void walk_with(const struct walked *walked,
                      bool looker_unreduced,
                      bool walker_unreduced,
                      arrived_fn arrived,
                      struct pair *pair)
{
    memset(pair, 0, sizeof *pair);
    struct rcp_explore_bounds bounds = walked->bounds;
    pair->scenario = explored_scenario(
        walked->path, walked->documented ? rcp_policy_documented() : rcp_policy_hardened());
    bounds.unreduced = walker_unreduced;
    pair->walker = explored_open(pair->scenario, bounds);
    bounds.unreduced = looker_unreduced;
    pair->looker = explored_open(pair->scenario, bounds);
    struct explored_walk walk = {
        .world = &pair->walker, .width = walked->width, .context = pair, .arrived = arrived};
    uint32_t states = explored_walk(&walk);
    print_message("%s%s: %u states, looked at %u\n",
                  pair->scenario->name,
                  walked->documented ? " (documented)" : "",
                  states,
                  pair->looked);
    explored_close(&pair->walker);
    explored_close(&pair->looker);
    free(pair->scenario);
}

/* --- Equal states --- */

static bool same_bytes(const struct explored_state *a, const struct explored_state *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static struct explored_successors first, second;

static void steps_alike(void *context,
                        const struct explored_state *known,
                        const struct explored_state *now)
{
    struct pair *pair = context;
    if (known == NULL || same_bytes(known, now))
        return;
    explored_successors(&pair->looker, known, &first);
    explored_successors(&pair->looker, now, &second);
    assert_int_equal(first.count, second.count);
    assert_memory_equal(first.list, second.list, first.count * sizeof first.list[0]);
    pair->looked++;
}

/* Two states with one digest and other bytes lead to the same states, by as many vectors. */
static void equal_states_step_alike(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < WALKS; i++) {
        struct pair pair;
        walk_with(&walks[i], false, false, steps_alike, &pair);
        assert_true(pair.looked > 100);
    }
}

/* --- Snapshots --- */

static void assert_digest(struct explored *world, const struct explored_state *state)
{
    struct rcp_search_digest digest = world->model.digest(world->explorer);
    assert_memory_equal(&digest, &state->digest, sizeof digest);
}

static void comes_back(void *context,
                       const struct explored_state *known,
                       const struct explored_state *now)
{
    struct pair *pair = context;
    const struct rcp_search_move dull = {0};
    if (known != NULL)
        return;
    explored_load(&pair->looker, now);
    assert_digest(&pair->looker, now);
    struct explored_state again = explored_save(&pair->looker);
    assert_int_equal(again.size, now->size);
    explored_load(&pair->looker, &again);
    assert_digest(&pair->looker, now);
    free(again.bytes);
    /* Leaves things lying about for the next one. */
    rcp_search_follow(&pair->looker.model, pair->looker.explorer, &dull);
    pair->looked++;
}

/* A saved state is the same for a worker that has been elsewhere, and saved again, it still is. */
static void a_saved_state_is_the_same_for_every_worker(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < WALKS; i++) {
        struct pair pair;
        walk_with(&walks[i], false, false, comes_back, &pair);
        assert_true(pair.looked > 100);
    }
}

/* --- Local events --- */

/* How an event is known again in another state. */
struct event_name {
    uint8_t job, node, kind, fate;
    uint32_t a, b, payment;
    uint32_t assignment; /* of a partition's news */
};

static struct event_name name_of(const struct rcp_pending *pending)
{
    bool step = pending->job == RCP_JOB_NODE_STEPS;
    bool news = step && (pending->event.kind == RCP_EVENT_ASSIGNED ||
                         pending->event.kind == RCP_EVENT_REVOKED);
    return (struct event_name){
        .job = pending->job,
        .node = pending->node,
        .kind = step ? (uint8_t)pending->event.kind : 0,
        .assignment = news ? pending->event.partition.assignment : 0,
        .fate = pending->fate,
        .a = pending->a,
        .b = pending->b,
        .payment = pending->payment,
    };
}

/* The events that may be next in a state. */
struct nexts {
    uint32_t count;
    struct event_name names[UINT8_MAX];
};

static void list_nexts(struct explored *world, struct nexts *nexts)
{
    uint8_t bag[UINT8_MAX];
    nexts->count = explored_possible(world, bag);
    for (uint32_t i = 0; i < nexts->count; i++)
        nexts->names[i] = name_of(rcp_queue_at(world->sim->queue, bag[i]));
}

static uint32_t place_of(const struct nexts *nexts, const struct event_name *name)
{
    for (uint32_t i = 0; i < nexts->count; i++)
        if (memcmp(&nexts->names[i], name, sizeof *name) == 0)
            return i;
    return RCP_NOT_LOCAL;
}

/* The place among the possible ones of the local event of this state. */
static uint32_t local_place(struct explored *world, const struct explored_state *state)
{
    struct explored_struck struck;
    struct nexts nexts;
    explored_load(world, state);
    list_nexts(world, &nexts);
    memcpy(&struck, state->bytes, sizeof struck);
    bool healed = world->sim->world->healed != 0;
    struct rcp_left left = {
        .faults = healed ? 0 : world->bounds.faults - struck.faults,
        .crashes = healed ? 0 : world->bounds.crashes - struck.crashes,
    };
    uint32_t local = rcp_local_event(world->sim, left);
    if (local == RCP_NOT_LOCAL)
        return RCP_NOT_LOCAL;
    struct event_name name = name_of(rcp_queue_at(world->sim->queue, local));
    return place_of(&nexts, &name);
}

/* The states that steps from one state led to. */
struct reached {
    struct explored *world;
    uint32_t count;
    struct explored_state states[EXPLORED_SUCCESSORS_MAX];
};

static void keep(void *context, enum rcp_search_end end)
{
    struct reached *reached = context;
    if (end != RCP_SEARCH_GOES_ON && end != RCP_SEARCH_DONE)
        return; /* the path ends there */
    assert_true(reached->count < EXPLORED_SUCCESSORS_MAX);
    explored_remove_letters(reached->world);
    reached->states[reached->count++] = explored_save(reached->world);
}

static void reach(struct explored *world,
                  const struct explored_state *from,
                  uint32_t place,
                  struct reached *reached)
{
    reached->world = world;
    reached->count = 0;
    explored_step_event(world, from, place, reached, keep);
}

static void forget(struct reached *reached)
{
    for (uint32_t i = 0; i < reached->count; i++)
        free(reached->states[i].bytes);
    reached->count = 0;
}

/* Digests of what follows the local event, sorted. */
static struct explored_successors after_local;
static struct reached by_local, by_other, by_next;

static void add_digest(const struct explored_state *state)
{
    assert_true(after_local.count < EXPLORED_SUCCESSORS_MAX);
    struct explored_successor *added = &after_local.list[after_local.count++];
    memset(added, 0, sizeof *added);
    memcpy(added->words, state->digest.words, sizeof added->words);
}

static void follow_local(struct explored *world, const struct explored_state *state, uint32_t local)
{
    after_local.count = 0;
    reach(world, state, local, &by_local);
    for (uint32_t i = 0; i < by_local.count; i++) {
        struct nexts nexts;
        explored_load(world, &by_local.states[i]);
        list_nexts(world, &nexts);
        for (uint32_t k = 0; k < nexts.count; k++) {
            reach(world, &by_local.states[i], k, &by_next);
            for (uint32_t j = 0; j < by_next.count; j++)
                add_digest(&by_next.states[j]);
            forget(&by_next);
        }
    }
    forget(&by_local);
    qsort(after_local.list, after_local.count, sizeof after_local.list[0], explored_compare);
}

static bool comes_after_local(const struct explored_state *state)
{
    struct explored_successor wanted = {.end = 0};
    memcpy(wanted.words, state->digest.words, sizeof wanted.words);
    return bsearch(&wanted, after_local.list, after_local.count, sizeof wanted, explored_compare) !=
           NULL;
}

static void describe(const char *what, const struct event_name *name)
{
    print_error("%s: job %u, node %u, event %u, fate %u, a %u, b %u, payment %u\n",
                what,
                name->job,
                name->node,
                name->kind,
                name->fate,
                name->a,
                name->b,
                name->payment);
}

/* Where the local event leads from here, it leads where it would have led before. One that nobody waits for
 * any more is gone. */
static bool comes_to_the_same(struct explored *world,
                              const struct explored_state *from,
                              const struct event_name *local)
{
    struct nexts nexts;
    explored_load(world, from);
    list_nexts(world, &nexts);
    uint32_t place = place_of(&nexts, local);
    if (place == RCP_NOT_LOCAL)
        return comes_after_local(from);
    bool all = true;
    reach(world, from, place, &by_next);
    for (uint32_t i = 0; i < by_next.count; i++)
        all &= comes_after_local(&by_next.states[i]);
    forget(&by_next);
    return all;
}

static bool commutes(struct explored *world, const struct event_name *local)
{
    bool all = true;
    for (uint32_t i = 0; all && i < by_other.count; i++)
        all = comes_to_the_same(world, &by_other.states[i], local);
    return all;
}

static void local_commutes(void *context,
                           const struct explored_state *known,
                           const struct explored_state *now)
{
    struct pair *pair = context;
    struct explored *world = &pair->looker;
    struct nexts nexts;
    uint32_t local = known == NULL ? local_place(world, now) : RCP_NOT_LOCAL;
    if (local == RCP_NOT_LOCAL)
        return;
    list_nexts(world, &nexts);
    if (nexts.count < 2)
        return; /* nothing to commute with */
    follow_local(world, now, local);
    for (uint32_t i = 0; i < nexts.count; i++) {
        if (i == local)
            continue;
        reach(world, now, i, &by_other);
        bool fine = commutes(world, &nexts.names[local]);
        forget(&by_other);
        if (!fine) {
            describe("local", &nexts.names[local]);
            describe("does not commute with", &nexts.names[i]);
            fail();
        }
    }
    pair->looked++;
}

/* What may come before a local event may as well come after it: nothing that it leads to is lost. */
static void local_events_commute(void **state)
{
    (void)state;
    static const struct walked worlds[] = {
        {EXPLORED_ONE, false, {.faults = 1, .crashes = 1}, 150},
        {EXPLORED_TWO, false, {.faults = 0, .crashes = 1}, 100},
        {EXPLORED_TWO, false, {.faults = 1, .crashes = 1}, 15},
    };
    for (uint32_t i = 0; i < sizeof worlds / sizeof worlds[0]; i++) {
        struct pair pair;
        walk_with(&worlds[i], true, false, local_commutes, &pair);
        assert_true(pair.looked > 100);
    }
}

#define LOCAL_RUN_MAX 16u

/* The longest run of local events from here. */
static uint32_t local_run(struct explored *world, const struct explored_state *from, uint32_t depth)
{
    uint32_t longest = 0;
    uint32_t place = local_place(world, from);
    if (place == RCP_NOT_LOCAL || depth > LOCAL_RUN_MAX)
        return 0;
    struct reached *reached = malloc(sizeof *reached);
    assert_non_null(reached);
    reach(world, from, place, reached);
    for (uint32_t i = 0; i < reached->count; i++) {
        uint32_t run = 1u + local_run(world, &reached->states[i], depth + 1u);
        longest = run > longest ? run : longest;
    }
    forget(reached);
    free(reached);
    return longest;
}

static void local_run_is_short(void *context,
                               const struct explored_state *known,
                               const struct explored_state *now)
{
    struct pair *pair = context;
    if (known != NULL)
        return;
    uint32_t run = local_run(&pair->looker, now, 0);
    assert_in_range(run, 0, LOCAL_RUN_MAX);
    pair->longest = run > pair->longest ? run : pair->longest;
    pair->looked += run > 0;
}

/* Local events soon come to one that is not: they cannot put the others off for ever. They are steps of the
 * first document's payments, so a world of orders alone has none. */
static void local_events_end_soon(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < WALKS; i++) {
        struct pair pair;
        walk_with(&walks[i], true, false, local_run_is_short, &pair);
        print_message("  the longest run of local events: %u\n", pair.longest);
        if (strcmp(walks[i].path, EXPLORED_ALONE) == 0)
            assert_int_equal(pair.longest, 0);
        else
            assert_true(pair.longest > 1);
    }
}

/* --- Dead letters --- */

static struct rcp_search_digest without_letters(struct explored *world)
{
    explored_remove_letters(world);
    return world->model.digest(world->explorer);
}

static void letters_change_nothing(void *context,
                                   const struct explored_state *known,
                                   const struct explored_state *now)
{
    struct pair *pair = context;
    struct explored *world = &pair->looker;
    uint8_t bag[UINT8_MAX];
    bool dead[UINT8_MAX] = {false};
    if (known != NULL)
        return;
    explored_load(world, now);
    uint32_t count = explored_possible(world, bag);
    for (uint32_t i = 0; i < count; i++) {
        const struct rcp_pending *pending = rcp_queue_at(world->sim->queue, bag[i]);
        dead[i] = pending->earliest_ms <= world->sim->world->now_ms &&
                  rcp_dead_letter(world->sim->world, pending);
    }
    struct rcp_search_digest before = without_letters(world);
    for (uint32_t i = 0; i < count; i++) {
        if (!dead[i])
            continue;
        reach(world, now, i, &by_next);
        assert_int_equal(by_next.count, 1); /* and nothing is left to choose */
        assert_memory_equal(&by_next.states[0].digest, &before, sizeof before);
        forget(&by_next);
        pair->looked++;
    }
}

/* What nobody waits for changes nothing but that it is not pending any more. */
static void dead_letters_change_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < WALKS; i++) {
        struct pair pair;
        walk_with(&walks[i], true, true, letters_change_nothing, &pair);
        assert_true(pair.looked > 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_states_step_alike),
        cmocka_unit_test(a_saved_state_is_the_same_for_every_worker),
        cmocka_unit_test(local_events_commute),
        cmocka_unit_test(local_events_end_soon),
        cmocka_unit_test(dead_letters_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
