/* Complete search: small graphs whose answer is known, drawn graphs held to naive searches, and the
 * models of tests/models with the counts that Spin comes to. */
#include "sim/engine/search_chooser.h"
#include "sim/engine/search_table.h"
#include "tests/models/crew.h"
#include "tests/models/digest.h"
#include "tests/models/payment.h"
#include "tests/models/two_phase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MEMORY ((size_t)8 << 20)

/* What leads away from a node. */
struct arc {
    uint32_t target;
    enum rcp_search_end end;
};

/* A model made of rules: a node is a number, its arcs come from a function. */
struct graph {
    uint64_t at;
    uint32_t (*arcs)(const struct graph *graph, uint64_t node);
    struct arc (*arc)(const struct graph *graph, uint64_t node, uint32_t index);
    bool (*must_end)(const struct graph *graph, uint64_t node);
    const struct drawn *drawn;
    uint32_t size;
};

static void graph_init(void *context)
{
    struct graph *graph = context;
    graph->at = 0;
}

static void graph_load(void *context, const void *state, uint32_t size)
{
    struct graph *graph = context;
    assert_int_equal(size, sizeof graph->at);
    memcpy(&graph->at, state, sizeof graph->at);
}

static uint32_t graph_save(void *context, void *state)
{
    const struct graph *graph = context;
    memcpy(state, &graph->at, sizeof graph->at);
    return sizeof graph->at;
}

static enum rcp_search_end graph_step(void *context, struct rcp_search_chooser *chooser)
{
    struct graph *graph = context;
    uint32_t arcs = graph->arcs(graph, graph->at);
    if (arcs == 0)
        return RCP_SEARCH_SKIPPED;
    struct arc arc = graph->arc(graph, graph->at, rcp_search_choose(chooser, arcs));
    graph->at = arc.target;
    return arc.end;
}

static struct rcp_search_digest graph_digest(void *context)
{
    const struct graph *graph = context;
    return digest_of(&graph->at, 1);
}

static bool graph_must_end(void *context)
{
    const struct graph *graph = context;
    return graph->must_end(graph, graph->at);
}

static const struct rcp_search_model safety_model = {
    .state_max = sizeof(uint64_t),
    .init = graph_init,
    .load = graph_load,
    .step = graph_step,
    .digest = graph_digest,
    .save = graph_save,
};

static const struct rcp_search_model liveness_model = {
    .state_max = sizeof(uint64_t),
    .init = graph_init,
    .load = graph_load,
    .step = graph_step,
    .digest = graph_digest,
    .save = graph_save,
    .must_end = graph_must_end,
};

static void search_with(const struct graph *graph,
                        size_t memory,
                        uint32_t workers,
                        struct crew_outcome *outcome)
{
    struct crew_search search = {
        .model = graph->must_end == NULL ? &safety_model : &liveness_model,
        .context = graph,
        .context_size = sizeof *graph,
        .memory = memory,
        .workers = workers,
    };
    crew_run(&search, outcome);
}

/* --- Rules --- */

static uint32_t one_arc(const struct graph *graph, uint64_t node)
{
    (void)graph;
    (void)node;
    return 1;
}

static uint32_t two_arcs(const struct graph *graph, uint64_t node)
{
    (void)graph;
    (void)node;
    return 2;
}

static bool always(const struct graph *graph, uint64_t node)
{
    (void)graph;
    (void)node;
    return true;
}

static struct arc next_in_circle(const struct graph *graph, uint64_t node, uint32_t index)
{
    (void)index;
    return (struct arc){(uint32_t)((node + 1u) % graph->size), RCP_SEARCH_GOES_ON};
}

/* A square, size + 1 to a side: one step right or one step down. Beyond its sides there is nothing. */
static struct arc right_or_down(const struct graph *graph, uint64_t node, uint32_t index)
{
    uint32_t x = (uint32_t)node % 1000u;
    uint32_t y = (uint32_t)node / 1000u;
    if ((index == 0 ? x : y) == graph->size)
        return (struct arc){0, RCP_SEARCH_SKIPPED};
    return (struct arc){(uint32_t)node + (index == 0 ? 1u : 1000u), RCP_SEARCH_GOES_ON};
}

/* The same, where the middle is forbidden. */
static struct arc right_or_down_but(const struct graph *graph, uint64_t node, uint32_t index)
{
    struct arc arc = right_or_down(graph, node, index);
    if (arc.target == graph->size / 2u * 1001u && arc.end == RCP_SEARCH_GOES_ON)
        arc.end = RCP_SEARCH_VIOLATED;
    return arc;
}

/* A tree without end, as wide as the numbers are. */
static struct arc child(const struct graph *graph, uint64_t node, uint32_t index)
{
    (void)graph;
    return (struct arc){(uint32_t)(2u * node + 1u + index), RCP_SEARCH_GOES_ON};
}

/* A counter that wraps is as many states as it counts, and as many transitions: the last one leads back. */
static void a_counter_that_wraps_is_complete(void **state)
{
    (void)state;
    struct graph graph = {.arcs = one_arc, .arc = next_in_circle, .size = 5000};
    struct crew_outcome outcome;
    search_with(&graph, MEMORY, 1, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_COMPLETE);
    assert_int_equal(outcome.result.states, 5000);
    assert_int_equal(outcome.result.transitions, 5000);
    assert_int_equal(outcome.result.depth, 5000);
    assert_int_equal(outcome.result.path_count, 0);
    assert_int_equal(outcome.result.state_bytes, 5000 * sizeof(uint64_t));
    assert_int_equal(outcome.result.state_bytes_max, sizeof(uint64_t));
    crew_forget(&outcome);
}

/* Skipped vectors are no transitions: a square has only those that stay inside. */
static void skipped_vectors_do_not_count(void **state)
{
    (void)state;
    struct graph graph = {.arcs = two_arcs, .arc = right_or_down, .size = 99};
    struct crew_outcome outcome;
    search_with(&graph, MEMORY, 2, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_COMPLETE);
    assert_int_equal(outcome.result.states, 100 * 100);
    assert_int_equal(outcome.result.transitions, 2 * 100 * 99);
    assert_int_equal(outcome.result.depth, 199);
    crew_forget(&outcome);
}

/* Of the many ways to a violation the path is a shortest one, and the same for every number of workers. */
static void the_shortest_violation_is_the_same_for_all_workers(void **state)
{
    (void)state;
    struct graph graph = {.arcs = two_arcs, .arc = right_or_down_but, .size = 100};
    struct crew_outcome first;
    search_with(&graph, MEMORY, 1, &first);
    assert_int_equal(first.result.verdict, RCP_SEARCH_FOUND);
    assert_int_equal(first.result.path_count, 100);
    assert_int_equal(((const struct graph *)first.context)->at, 50 * 1001);
    for (uint32_t workers = 2; workers <= 4; workers++) {
        struct crew_outcome again;
        search_with(&graph, MEMORY, workers, &again);
        assert_int_equal(again.result.states, first.result.states);
        assert_int_equal(again.result.transitions, first.result.transitions);
        assert_int_equal(again.result.path_count, first.result.path_count);
        assert_memory_equal(again.moves, first.moves, 100 * sizeof *first.moves);
        crew_forget(&again);
    }
    crew_forget(&first);
}

/* Where the memory ends, so does the search: it says what it saw, and claims nothing. */
static void memory_used_up_is_a_verdict(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++) {
        struct graph graph = {.arcs = two_arcs, .arc = child};
        struct crew_outcome outcome;
        search_with(&graph, 0, workers, &outcome);
        assert_int_equal(outcome.result.verdict, RCP_SEARCH_MEMORY);
        assert_true(outcome.result.states > 100);
        assert_int_equal(outcome.result.path_count, 0);
        crew_forget(&outcome);
        graph.must_end = always;
        search_with(&graph, 0, workers, &outcome);
        assert_int_equal(outcome.result.verdict, RCP_SEARCH_MEMORY);
        crew_forget(&outcome);
    }
}

/* A search that was told to stop says so. */
static void a_stopped_search_says_so(void **state)
{
    (void)state;
    struct graph graph = {.arcs = one_arc, .arc = next_in_circle, .size = 1000000};
    atomic_bool stop = true;
    struct crew_search search = {
        .model = &safety_model,
        .context = &graph,
        .context_size = sizeof graph,
        .memory = MEMORY,
        .workers = 2,
        .stop = &stop,
    };
    struct crew_outcome outcome;
    crew_run(&search, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_STOPPED);
    assert_in_range(outcome.result.states, 1, 999999);
    crew_forget(&outcome);
}

/* --- Large things --- */

#define BLOB 1500u

/* A counter in a state that is mostly ballast. */
struct blob {
    uint32_t at;
    uint32_t broken; /* ballast that came back changed */
    uint8_t ballast[BLOB];
};

static void blob_fill(struct blob *blob)
{
    for (uint32_t i = 0; i < BLOB; i++)
        blob->ballast[i] = (uint8_t)(blob->at * 31u + i);
}

static void blob_init(void *context)
{
    struct blob *blob = context;
    blob->at = 0;
    blob_fill(blob);
}

/* Odd states are shorter. */
static uint32_t blob_size(const struct blob *blob)
{
    return BLOB + (uint32_t)sizeof blob->at - blob->at % 2u * 700u;
}

static void blob_load(void *context, const void *state, uint32_t size)
{
    struct blob *blob = context;
    struct blob wanted;
    memcpy(&wanted.at, state, sizeof wanted.at);
    blob_fill(&wanted);
    const uint8_t *ballast = (const uint8_t *)state + sizeof wanted.at;
    blob->broken +=
        size != blob_size(&wanted) || memcmp(ballast, wanted.ballast, size - sizeof wanted.at) != 0;
    blob->at = wanted.at;
}

static uint32_t blob_save(void *context, void *state)
{
    struct blob *blob = context;
    blob_fill(blob);
    uint32_t size = blob_size(blob);
    memcpy(state, &blob->at, sizeof blob->at);
    memcpy((uint8_t *)state + sizeof blob->at, blob->ballast, size - sizeof blob->at);
    return size;
}

/* Six digits in base 5, each of which may count up. */
static enum rcp_search_end blob_step(void *context, struct rcp_search_chooser *chooser)
{
    struct blob *blob = context;
    uint32_t digit = rcp_search_choose(chooser, 6);
    uint32_t place = 1;
    while (digit-- > 0)
        place *= 5u;
    if (blob->at / place % 5u == 4u)
        return RCP_SEARCH_SKIPPED;
    blob->at += place;
    return blob->broken == 0 ? RCP_SEARCH_GOES_ON : RCP_SEARCH_VIOLATED;
}

static struct rcp_search_digest blob_digest(void *context)
{
    uint64_t at = ((const struct blob *)context)->at;
    return digest_of(&at, 1);
}

/* All of its states, with no more memory than that; returns the most that held something. */
static uint64_t count_blobs(size_t memory, uint32_t workers)
{
    const struct rcp_search_model model = {
        .state_max = BLOB + sizeof(uint32_t),
        .init = blob_init,
        .load = blob_load,
        .step = blob_step,
        .digest = blob_digest,
        .save = blob_save,
    };
    struct blob blob = {0};
    struct crew_search search = {
        .model = &model,
        .context = &blob,
        .context_size = sizeof blob,
        .memory = memory,
        .workers = workers,
    };
    struct crew_outcome outcome;
    crew_run(&search, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_COMPLETE);
    assert_int_equal(outcome.result.states, 15625); /* 5^6 */
    assert_int_equal(outcome.result.transitions, 6 * 4 * 3125);
    assert_int_equal(outcome.result.depth, 25);
    assert_int_equal(outcome.result.state_bytes_max, BLOB + sizeof(uint32_t));
    uint64_t held = outcome.result.memory;
    crew_forget(&outcome);
    return held;
}

/* Large states of different sizes come back as they were saved, whoever takes them. */
static void large_states_come_back_whole(void **state)
{
    (void)state;
    for (uint32_t workers = 1; workers <= 3; workers++)
        count_blobs((size_t)32 << 20, workers);
}

/* Where memory is short, states wait packed, since they repeat each other: the widest levels do not fit as
 * they are, and the search sees what it sees with more memory. */
static void states_wait_packed_where_memory_is_short(void **state)
{
    (void)state;
    const size_t little = (size_t)3 << 19;
    assert_true(count_blobs((size_t)32 << 20, 1) > 2u * little);
    for (uint32_t workers = 1; workers <= 3; workers++)
        assert_true(count_blobs(little, workers) <= little);
}

#define STAR 20000u

/* Node 0 leads to every other one, and each of those to its end; one may lead back. */
static enum rcp_search_end star_step(void *context, struct rcp_search_chooser *chooser)
{
    struct graph *graph = context;
    if (graph->at == 0) {
        uint32_t high = rcp_search_choose(chooser, STAR / 100u);
        uint32_t low = rcp_search_choose(chooser, 100);
        graph->at = 1u + high * 100u + low;
        return RCP_SEARCH_GOES_ON;
    }
    bool back = graph->at == graph->size;
    graph->at = back ? 0 : STAR + 1u;
    return back ? RCP_SEARCH_GOES_ON : RCP_SEARCH_DONE;
}

/* A state with more successors than fit one record of edges: the one way back among them is found. */
static void a_state_may_have_very_many_successors(void **state)
{
    (void)state;
    struct rcp_search_model model = liveness_model;
    model.step = star_step;
    for (uint32_t workers = 1; workers <= 2; workers++) {
        struct graph graph = {.must_end = always};
        struct crew_search search = {
            .model = &model,
            .context = &graph,
            .context_size = sizeof graph,
            .memory = MEMORY,
            .workers = workers,
        };
        struct crew_outcome outcome;
        crew_run(&search, &outcome);
        assert_int_equal(outcome.result.verdict, RCP_SEARCH_COMPLETE);
        assert_int_equal(outcome.result.states, STAR + 2u);
        assert_int_equal(outcome.result.must_end, STAR + 2u);
        crew_forget(&outcome);
        graph.size = 12345;
        crew_run(&search, &outcome);
        assert_int_equal(outcome.result.verdict, RCP_SEARCH_CYCLE);
        assert_int_equal(outcome.result.path_count, 2);
        assert_int_equal(outcome.result.cycle_count, 2);
        assert_int_equal(outcome.moves[0].options[0], 12344 / 100);
        assert_int_equal(outcome.moves[0].options[1], 12344 % 100);
        crew_forget(&outcome);
    }
}

/* A cycle is told from the state of it that is reached first, and once around. */
static void a_cycle_is_told_once_around(void **state)
{
    (void)state;
    struct graph graph = {.arcs = one_arc, .arc = next_in_circle, .must_end = always, .size = 5000};
    struct crew_outcome outcome;
    search_with(&graph, MEMORY, 1, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_CYCLE);
    assert_int_equal(outcome.result.cycle_count, 5000);
    assert_int_equal(outcome.result.path_count, 5000);
    assert_int_equal(((const struct graph *)outcome.context)->at, 0);
    crew_forget(&outcome);
}

/* --- Drawn graphs --- */

#define NODES     120u
#define ARCS_MAX  4u
#define GRAPHS    600u
#define MUST_FROM (NODES / 2u) /* nodes from here on must end, and lead to such nodes only */

struct drawn {
    uint32_t counts[NODES];
    uint32_t targets[NODES][ARCS_MAX];
    bool bad[NODES];  /* reaching it is a violation */
    bool full[NODES]; /* reaching it runs out of room */
    bool done[NODES]; /* reaching it is a good end */
};

static uint32_t drawn_arcs(const struct graph *graph, uint64_t node)
{
    return graph->drawn->counts[node];
}

static struct arc drawn_arc(const struct graph *graph, uint64_t node, uint32_t index)
{
    const struct drawn *drawn = graph->drawn;
    uint32_t target = drawn->targets[node][index];
    return (struct arc){target,
                        drawn->bad[target]    ? RCP_SEARCH_VIOLATED
                        : drawn->full[target] ? RCP_SEARCH_NO_ROOM
                        : drawn->done[target] ? RCP_SEARCH_DONE
                                              : RCP_SEARCH_GOES_ON};
}

static bool drawn_must_end(const struct graph *graph, uint64_t node)
{
    (void)graph;
    return node >= MUST_FROM;
}

static uint32_t draw_below(uint64_t *seed, uint32_t bound)
{
    *seed = rcp_hash(*seed, 1);
    return (uint32_t)(*seed >> 32) % bound;
}

/* Every third graph has bad ends, every second one has ways back. */
static void draw(struct drawn *drawn, uint64_t seed)
{
    bool ways_back = seed % 2u == 0;
    bool bad_ends = seed % 3u == 0;
    memset(drawn, 0, sizeof *drawn);
    for (uint32_t node = 0; node < NODES; node++) {
        uint32_t low = node < MUST_FROM ? 0 : MUST_FROM;
        bool last = node + 1u == NODES;
        drawn->done[node] = last || (node >= MUST_FROM && draw_below(&seed, 8) == 0);
        drawn->bad[node] = bad_ends && node > 0 && draw_below(&seed, 40) == 0;
        drawn->full[node] = bad_ends && node > 0 && draw_below(&seed, 80) == 0;
        bool dead = bad_ends && draw_below(&seed, 20) == 0;
        drawn->counts[node] = dead ? 0 : 1u + draw_below(&seed, ARCS_MAX);
        for (uint32_t i = 0; i < drawn->counts[node]; i++) {
            bool back = node < MUST_FROM || (ways_back && draw_below(&seed, 30) == 0);
            if (back || last)
                drawn->targets[node][i] = low + draw_below(&seed, NODES - low);
            else
                drawn->targets[node][i] = node + 1u + draw_below(&seed, NODES - node - 1u);
        }
    }
}

/* The same by the plainest means. */
struct naive {
    enum rcp_search_verdict verdict;
    uint64_t states;
    uint64_t transitions;
    uint64_t must_end;
    uint64_t depth;
    uint32_t path_count; /* unless CYCLE */
    bool reached[NODES];
};

/* Whether a node leads back to itself through nodes that go on. */
static bool on_cycle(const struct graph *graph, uint32_t start)
{
    bool seen[NODES] = {false};
    bool changed = true;
    uint32_t from = start;
    while (changed) {
        changed = false;
        for (uint32_t node = 0; node < NODES; node++) {
            if (node != from && !seen[node])
                continue;
            for (uint32_t i = 0; i < graph->drawn->counts[node]; i++) {
                struct arc arc = drawn_arc(graph, node, i);
                if (arc.end == RCP_SEARCH_GOES_ON && !seen[arc.target])
                    seen[arc.target] = changed = true;
            }
        }
    }
    return seen[start];
}

static void naive_node(
    const struct graph *graph, uint32_t node, struct naive *naive, bool *next, bool *ends)
{
    const struct drawn *drawn = graph->drawn;
    if (drawn->counts[node] == 0 && node >= MUST_FROM)
        ends[RCP_SEARCH_DEAD_END] = true;
    for (uint32_t i = 0; i < drawn->counts[node]; i++) {
        struct arc arc = drawn_arc(graph, node, i);
        naive->transitions++;
        if (arc.end == RCP_SEARCH_VIOLATED)
            ends[RCP_SEARCH_FOUND] = true;
        else if (arc.end == RCP_SEARCH_NO_ROOM)
            ends[RCP_SEARCH_ROOM] = true;
        else if (!naive->reached[arc.target])
            next[arc.target] = naive->reached[arc.target] = true;
    }
}

static void search_naively(const struct graph *graph, struct naive *naive)
{
    bool level[NODES] = {true};
    bool ends[RCP_SEARCH_STOPPED + 1] = {false};
    uint64_t frontier = 1;
    memset(naive, 0, sizeof *naive);
    naive->reached[0] = true;
    while (frontier > 0 && naive->verdict == RCP_SEARCH_COMPLETE) {
        bool next[NODES] = {false};
        for (uint32_t node = 0; node < NODES; node++)
            if (level[node] && !graph->drawn->done[node])
                naive_node(graph, node, naive, next, ends);
        naive->path_count = (uint32_t)++naive->depth;
        if (ends[RCP_SEARCH_DEAD_END]) {
            naive->verdict = RCP_SEARCH_DEAD_END;
            naive->path_count--;
        } else if (ends[RCP_SEARCH_FOUND]) {
            naive->verdict = RCP_SEARCH_FOUND;
        } else if (ends[RCP_SEARCH_ROOM]) {
            naive->verdict = RCP_SEARCH_ROOM;
        }
        frontier = 0;
        for (uint32_t node = 0; node < NODES; node++)
            frontier += next[node] ? 1u : 0;
        memcpy(level, next, sizeof level);
    }
    for (uint32_t node = 0; node < NODES; node++) {
        naive->states += naive->reached[node] ? 1u : 0;
        naive->must_end += naive->reached[node] && node >= MUST_FROM ? 1u : 0;
        if (naive->verdict == RCP_SEARCH_COMPLETE && naive->reached[node] && node >= MUST_FROM &&
            !graph->drawn->done[node] && on_cycle(graph, node))
            naive->verdict = RCP_SEARCH_CYCLE;
    }
}

/* The path leads where the verdict says. */
static void follow(const struct graph *graph, const struct crew_outcome *outcome)
{
    struct graph walker = *graph;
    enum rcp_search_verdict verdict = outcome->result.verdict;
    uint32_t count = outcome->result.path_count;
    uint64_t cycle_at = UINT64_MAX;
    enum rcp_search_end end = RCP_SEARCH_GOES_ON;
    graph_init(&walker);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(end, RCP_SEARCH_GOES_ON);
        if (i == count - outcome->result.cycle_count)
            cycle_at = walker.at;
        end = rcp_search_follow(&liveness_model, &walker, &outcome->moves[i]);
    }
    if (verdict == RCP_SEARCH_FOUND)
        assert_int_equal(end, RCP_SEARCH_VIOLATED);
    if (verdict == RCP_SEARCH_ROOM)
        assert_int_equal(end, RCP_SEARCH_NO_ROOM);
    if (verdict == RCP_SEARCH_DEAD_END)
        assert_int_equal(graph->drawn->counts[walker.at], 0);
    if (verdict == RCP_SEARCH_CYCLE) {
        assert_true(outcome->result.cycle_count > 0);
        assert_true(walker.at >= MUST_FROM);
        assert_int_equal(walker.at, cycle_at);
    }
}

static void same(const struct crew_outcome *a, const struct crew_outcome *b)
{
    assert_int_equal(a->result.verdict, b->result.verdict);
    assert_int_equal(a->result.states, b->result.states);
    assert_int_equal(a->result.transitions, b->result.transitions);
    assert_int_equal(a->result.depth, b->result.depth);
    assert_int_equal(a->result.path_count, b->result.path_count);
    assert_int_equal(a->result.cycle_count, b->result.cycle_count);
    assert_memory_equal(a->moves, b->moves, a->result.path_count * sizeof *a->moves);
}

/* What the search says of a drawn graph is what the plainest search says of it, for 1, 2 and 4 workers. */
static void drawn_graphs_agree_with_a_naive_search(void **state)
{
    (void)state;
    static struct drawn drawn;
    uint32_t verdicts[RCP_SEARCH_STOPPED + 1] = {0};
    struct graph graph = {
        .arcs = drawn_arcs, .arc = drawn_arc, .must_end = drawn_must_end, .drawn = &drawn};
    for (uint64_t seed = 1; seed <= GRAPHS; seed++) {
        struct naive naive;
        struct crew_outcome first;
        draw(&drawn, seed);
        search_naively(&graph, &naive);
        search_with(&graph, 0, 1, &first);
        assert_int_equal(first.result.verdict, naive.verdict);
        assert_int_equal(first.result.states, naive.states);
        assert_int_equal(first.result.transitions, naive.transitions);
        assert_int_equal(first.result.must_end, naive.must_end);
        assert_int_equal(first.result.depth, naive.depth);
        if (naive.verdict != RCP_SEARCH_CYCLE && naive.verdict != RCP_SEARCH_COMPLETE)
            assert_int_equal(first.result.path_count, naive.path_count);
        follow(&graph, &first);
        for (uint32_t workers = 2; workers <= 4; workers *= 2) {
            struct crew_outcome again;
            search_with(&graph, 0, workers, &again);
            same(&again, &first);
            crew_forget(&again);
        }
        verdicts[naive.verdict]++;
        crew_forget(&first);
    }
    static const enum rcp_search_verdict drawn_often[] = {RCP_SEARCH_COMPLETE,
                                                          RCP_SEARCH_FOUND,
                                                          RCP_SEARCH_DEAD_END,
                                                          RCP_SEARCH_CYCLE,
                                                          RCP_SEARCH_ROOM};
    for (uint32_t i = 0; i < sizeof drawn_often / sizeof drawn_often[0]; i++)
        assert_true(verdicts[drawn_often[i]] >= 10);
}

/* --- Choices --- */

/* Two options, then three behind the first and none behind the second: in order, each once. */
static void vectors_are_enumerated_in_order(void **state)
{
    (void)state;
    struct rcp_search_chooser chooser;
    char seen[64] = "";
    rcp_chooser_reset(&chooser);
    do {
        chooser.at = 0;
        size_t length = strlen(seen);
        seen[length++] = ' ';
        uint32_t first = rcp_search_choose(&chooser, 2);
        seen[length++] = (char)('0' + first);
        if (first == 0) {
            uint32_t second = rcp_search_choose(&chooser, 3);
            seen[length++] = (char)('0' + second);
        }
    } while (rcp_chooser_advance(&chooser));
    assert_string_equal(seen, " 00 01 02 1");
}

static enum rcp_search_end greedy_step(void *context, struct rcp_search_chooser *chooser)
{
    struct graph *graph = context;
    for (uint32_t i = 0; i <= RCP_SEARCH_CHOICES_MAX; i++)
        graph->at += rcp_search_choose(chooser, 1);
    return RCP_SEARCH_GOES_ON;
}

/* One choice more than there is room for: the search is not complete, and says so. */
static void too_many_choices_are_no_room(void **state)
{
    (void)state;
    struct rcp_search_model model = safety_model;
    model.step = greedy_step;
    struct graph graph = {0};
    struct crew_search search = {
        .model = &model, .context = &graph, .context_size = sizeof graph, .workers = 1};
    struct crew_outcome outcome;
    crew_run(&search, &outcome);
    assert_int_equal(outcome.result.verdict, RCP_SEARCH_ROOM);
    assert_int_equal(outcome.result.path_count, 1);
    assert_int_equal(outcome.moves[0].count, RCP_SEARCH_CHOICES_MAX);
    crew_forget(&outcome);
}

/* --- The table --- */

#define SLOTS 64u

static struct rcp_visited_found put(struct rcp_visited *visited,
                                    uint64_t print,
                                    uint64_t place,
                                    uint64_t parent_print)
{
    struct rcp_search_digest digest = {{print, place}};
    struct rcp_visited_parent parent = {parent_print, 7};
    return rcp_visited_insert(
        visited, rcp_visited_key(visited, digest), parent, RCP_VISITED_ODD, false);
}

/* Digests that differ in the tag alone are two states; so are those that share a place. */
static void digests_that_nearly_agree_are_two_states(void **state)
{
    (void)state;
    static struct rcp_visited_slot slots[SLOTS];
    struct rcp_visited visited;
    const uint64_t last = UINT64_C(0xffffffff) << 32; /* the last slot: the next one is the first */
    memset(slots, 0, sizeof slots);
    rcp_visited_init(&visited, slots, SLOTS);
    struct rcp_visited_found first = put(&visited, 5, last | 1u, 9);
    struct rcp_visited_found tag = put(&visited, 5, last | 2u, 9);
    struct rcp_visited_found print = put(&visited, 6, last | 1u, 9);
    assert_true(first.is_new && tag.is_new && print.is_new);
    assert_int_equal(first.slot, SLOTS - 1);
    assert_int_equal(tag.slot, 0);
    assert_int_equal(print.slot, 1);
    struct rcp_visited_found again = put(&visited, 5, last | 2u, 9);
    assert_false(again.is_new);
    assert_int_equal(again.slot, 0);
    assert_true(put(&visited, 0, 0, 9).is_new);
    assert_false(put(&visited, 0, 0, 9).is_new);
}

/* Within its level a state takes the smaller parent, whoever comes first; an old one keeps its own. */
static void the_smallest_parent_stays(void **state)
{
    (void)state;
    static struct rcp_visited_slot slots[SLOTS];
    struct rcp_visited visited;
    memset(slots, 0, sizeof slots);
    rcp_visited_init(&visited, slots, SLOTS);
    static const uint64_t prints[] = {UINT64_C(1) << 63, 1000, 999, 2000};
    uint32_t parents[4];
    for (uint32_t i = 0; i < 4; i++)
        parents[i] = put(&visited, prints[i], (uint64_t)i << 60, 0).slot;
    struct rcp_visited_key key = {.print = 77, .home = 40, .tag = 3};
    static const uint32_t expected[] = {0, 1, 2, 2};
    uint32_t slot = 0;
    for (uint32_t i = 0; i < 4; i++) {
        struct rcp_visited_parent parent = {prints[i], parents[i]};
        slot = rcp_visited_insert(&visited, key, parent, RCP_VISITED_ODD, false).slot;
        assert_int_equal(rcp_visited_parent(&visited, slot), parents[expected[i]]);
    }
    rcp_visited_grow_old(&visited, slot);
    rcp_visited_insert(&visited, key, (struct rcp_visited_parent){1, 50}, RCP_VISITED_EVEN, false);
    assert_int_equal(rcp_visited_parent(&visited, slot), parents[2]);
}

/* No more slots are lent than may be taken. */
static void slots_are_lent_up_to_the_limit(void **state)
{
    (void)state;
    static struct rcp_visited_slot slots[SLOTS];
    struct rcp_visited visited;
    rcp_visited_init(&visited, slots, SLOTS);
    assert_int_equal(rcp_visited_lend(&visited, 50), 50);
    assert_int_equal(rcp_visited_lend(&visited, 50), SLOTS - SLOTS / 8 - 50);
    assert_int_equal(rcp_visited_lend(&visited, 50), 0);
}

/* --- Protocols that Spin counts, too: tests/spin.sh --- */

static void has(const struct rcp_search_model *model,
                const void *context,
                size_t context_size,
                uint64_t states,
                uint64_t transitions)
{
    for (uint32_t workers = 1; workers <= 2; workers++) {
        struct crew_search search = {
            .model = model,
            .context = context,
            .context_size = context_size,
            .memory = (size_t)64 << 20,
            .workers = workers,
        };
        struct crew_outcome outcome;
        crew_run(&search, &outcome);
        assert_int_equal(outcome.result.verdict, RCP_SEARCH_COMPLETE);
        assert_int_equal(outcome.result.states, states);
        assert_int_equal(outcome.result.transitions, transitions);
        assert_true(outcome.collision_log2 < -50);
        crew_forget(&outcome);
    }
}

/* Gray and Lamport's two-phase commit with seven managers has 296,448 states: TLC counts them, and Spin. */
static void two_phase_commit_has_the_known_states(void **state)
{
    (void)state;
    struct two_phase two_phase = {0};
    has(two_phase_model(), &two_phase, sizeof two_phase, 296448, 2744705);
}

/* The payment model keeps its promises under its bounds, and is as large as Spin says. */
static void the_payment_model_has_the_states_that_spin_counts(void **state)
{
    (void)state;
    struct payment_context small = payment_context((struct payment_bounds){2, 1, 2, 1});
    has(payment_model(), &small, sizeof small, 13098, 37179);
    struct payment_context large = payment_context((struct payment_bounds){3, 2, 3, 0});
    has(payment_model(), &large, sizeof large, 266033, 942051);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_that_wraps_is_complete),
        cmocka_unit_test(skipped_vectors_do_not_count),
        cmocka_unit_test(the_shortest_violation_is_the_same_for_all_workers),
        cmocka_unit_test(memory_used_up_is_a_verdict),
        cmocka_unit_test(a_stopped_search_says_so),
        cmocka_unit_test(large_states_come_back_whole),
        cmocka_unit_test(states_wait_packed_where_memory_is_short),
        cmocka_unit_test(a_state_may_have_very_many_successors),
        cmocka_unit_test(a_cycle_is_told_once_around),
        cmocka_unit_test(drawn_graphs_agree_with_a_naive_search),
        cmocka_unit_test(vectors_are_enumerated_in_order),
        cmocka_unit_test(too_many_choices_are_no_room),
        cmocka_unit_test(digests_that_nearly_agree_are_two_states),
        cmocka_unit_test(the_smallest_parent_stays),
        cmocka_unit_test(slots_are_lent_up_to_the_limit),
        cmocka_unit_test(two_phase_commit_has_the_known_states),
        cmocka_unit_test(the_payment_model_has_the_states_that_spin_counts),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
