/* The world as a model of the complete search: a transition is one event, chosen among those that may be
 * next, and what becomes of each effect that it issues. */
#include "sim/explore.h"

#include "core/check.h"
#include "core/hash.h"
#include "sim/choose.h"
#include "sim/engine/canonical.h"
#include "sim/engine/dead_letter.h"
#include "sim/engine/guard.h"
#include "sim/engine/local.h"
#include "sim/engine/prepare.h"
#include "sim/engine/snapshot.h"
#include "sim/engine/step.h"
#include "sim/engine/verdict.h"
#include "sim/layout.h"

#include <stdio.h>
#include <string.h>

#define ALIGN 64u

/* What has struck so far: part of the state until the heal, when nothing strikes any more. What struck
 * alone is part of it too, so that the pairs that follow can be told apart. */
struct struck {
    uint16_t faults;
    uint16_t crashes;
    uint16_t alone; /* the strike; 0 where none or more than one has come */
    uint16_t spare;
};

struct rcp_explorer {
    struct rcp_sim sim;
    struct rcp_run_result result;
    struct rcp_picker picker;
    struct rcp_explore_bounds bounds;
    struct struck struck;
    struct rcp_search_chooser *chooser; /* of the transition at work */
    struct rcp_retold *retold;          /* while a path is retold */
    struct rcp_explore_seen seen;
};

/* --- Fates --- */

static bool is_crash(uint64_t fault)
{
    return fault >= RCP_FAULT_CRASH_BEFORE_ISSUE && fault <= RCP_FAULT_CRASH_ANSWERED;
}

static void strike(struct rcp_explorer *explorer, enum rcp_site site, uint64_t fault)
{
    struct struck *struck = &explorer->struck;
    uint32_t now = rcp_strike(site, fault);
    explorer->seen.struck[now]++;
    if (struck->alone != 0)
        explorer->seen.pairs[struck->alone][now / 64u] |= 1ull << (now % 64u);
    bool first = struck->faults + struck->crashes == 0;
    struck->alone = first ? (uint16_t)now : 0;
    struck->crashes = (uint16_t)(struck->crashes + is_crash(fault));
    struck->faults = (uint16_t)(struck->faults + !is_crash(fault));
}

static uint32_t pick_fate(struct rcp_explorer *explorer,
                          enum rcp_site site,
                          const uint64_t options[],
                          uint32_t count)
{
    uint8_t allowed[RCP_OPTIONS_MAX];
    uint32_t allowed_count = 0;
    bool fault = explorer->struck.faults < explorer->bounds.faults;
    bool crash = explorer->struck.crashes < explorer->bounds.crashes;
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || (is_crash(options[i]) ? crash : fault))
            allowed[allowed_count++] = (uint8_t)i;
    explorer->seen.issued[site]++;
    if (explorer->struck.alone != 0)
        explorer->seen.issued_after[explorer->struck.alone] |= RCP_AT(site);
    if (allowed_count < 2)
        return 0;
    uint32_t taken = allowed[rcp_search_choose(explorer->chooser, allowed_count)];
    if (taken != 0)
        strike(explorer, site, options[taken]);
    return taken;
}

static bool crash_left(const struct rcp_explorer *explorer)
{
    return explorer->struck.crashes < explorer->bounds.crashes && !explorer->sim.world->healed;
}

/* The order in which a step's effects leave tells only where the process dies between two of them. */
static uint32_t pick_leaving(struct rcp_explorer *explorer, uint32_t count)
{
    return crash_left(explorer) ? rcp_search_choose(explorer->chooser, count) : 0;
}

static void write_down(struct rcp_explorer *explorer, struct rcp_retold_choice choice)
{
    struct rcp_retold *retold = explorer->retold;
    if (retold != NULL && retold->count < RCP_RETOLD_MAX)
        retold->choices[retold->count++] = choice;
}

static void happens(void *context, uint64_t key)
{
    struct rcp_explorer *explorer = context;
    write_down(explorer, (struct rcp_retold_choice){.key = key, .why = RCP_WHY_NONE});
    if (explorer->retold != NULL && rcp_key_unpack(key).phase == RCP_PHASE_HEAL)
        explorer->retold->heal_ms = explorer->sim.world->now_ms;
}

static uint32_t choose_option(struct rcp_explorer *explorer,
                              const struct rcp_key *key,
                              const uint64_t options[],
                              uint32_t count)
{
    switch ((enum rcp_why)key->why) {
    case RCP_WHY_FATE:
        return pick_fate(explorer, (enum rcp_site)key->site, options, count);
    case RCP_WHY_ORDER: /* of effects: events are chosen by the step itself */
        return pick_leaving(explorer, count);
    case RCP_WHY_TAKES: /* long ways are faults of their own: slow, late */
    case RCP_WHY_NONE:
    case RCP_WHY_COUNT:
        break;
    }
    return 0;
}

static uint32_t pick(void *context,
                     const struct rcp_key *key,
                     const uint64_t options[],
                     uint32_t count)
{
    struct rcp_explorer *explorer = context;
    uint32_t taken = choose_option(explorer, key, options, count);
    if (taken != 0)
        write_down(explorer,
                   (struct rcp_retold_choice){
                       .key = rcp_key_pack(*key), .option = options[taken], .why = key->why});
    return taken;
}

/* --- One transition --- */

static struct rcp_left left_of(const struct rcp_explorer *explorer)
{
    if (explorer->sim.world->healed)
        return (struct rcp_left){0, 0};
    return (struct rcp_left){.faults = explorer->bounds.faults - explorer->struck.faults,
                             .crashes = explorer->bounds.crashes - explorer->struck.crashes};
}

/* The index in the bag of one of the events that may be next. */
static uint32_t pick_event(struct rcp_explorer *explorer, uint64_t smallest_latest_ms)
{
    const struct rcp_near *near = rcp_queue_near(explorer->sim.queue);
    uint32_t local = explorer->bounds.unreduced
                         ? RCP_NOT_LOCAL
                         : rcp_local_event(&explorer->sim, left_of(explorer));
    if (local != RCP_NOT_LOCAL)
        return local;
    uint8_t possible[UINT8_MAX];
    possible[0] = 0; /* the bag is never empty here */
    uint32_t count = 0;
    for (uint32_t i = 0; i < explorer->sim.queue->near_count && count < UINT8_MAX; i++)
        if (near[i].earliest_ms <= smallest_latest_ms)
            possible[count++] = (uint8_t)i;
    return possible[rcp_search_choose(explorer->chooser, count)];
}

static void remove_letters(struct rcp_explorer *explorer)
{
    struct rcp_queue_head *queue = explorer->sim.queue;
    struct rcp_world *world = explorer->sim.world;
    rcp_queue_gather(queue); /* taking out of a bag moves its last, not those before */
    for (uint32_t i = rcp_queue_count(queue); i-- > 0;) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        if (!rcp_dead_letter(world, pending))
            continue;
        if (!rcp_job_is_watch((enum rcp_job)pending->job))
            world->backlog.busy--;
        write_down(
            explorer,
            (struct rcp_retold_choice){.key = pending->key, .why = RCP_WHY_NONE, .dropped = 1});
        rcp_queue_remove(queue, i);
    }
}

/* Rows that live so long are parked for it: exploring forgets how old a row is, so it stops before. */
static void stay_young(struct rcp_explorer *explorer)
{
    struct rcp_world *world = explorer->sim.world;
    for (uint32_t i = world->open_head; i != RCP_NOBODY; i = rcp_world_rows(world)[i].next)
        if (rcp_world_rows(world)[i].created_ms + RCP_AGE_MAX_MS / 2u < rcp_world_mysql_ms(world))
            rcp_sim_error(&explorer->sim,
                          "a failure row was open for half a day: exploring does not cover parking "
                          "by age; lower the bounds");
}

static enum rcp_search_end one_event(struct rcp_explorer *explorer)
{
    struct rcp_sim *sim = &explorer->sim;
    uint64_t smallest_latest_ms = 0;
    rcp_queue_gather(sim->queue); /* in the order in which a saved state comes back */
    if (!rcp_queue_refill(sim->queue, &smallest_latest_ms))
        return RCP_SEARCH_SKIPPED; /* nothing is pending: a dead end */
    uint32_t event = pick_event(explorer, smallest_latest_ms);
    rcp_step(sim, event);
    rcp_verdict_after_event(sim);
    stay_young(explorer);
    if (!explorer->bounds.unreduced)
        remove_letters(explorer);
    if (!rcp_verdict_drained(sim->world))
        return RCP_SEARCH_GOES_ON;
    rcp_verdict_at_end(sim);
    return RCP_SEARCH_DONE;
}

static enum rcp_search_end guarded_event(struct rcp_explorer *explorer)
{
    if (setjmp(explorer->sim.stop) == 0)
        return one_event(explorer);
    return explorer->result.outcome == RCP_RUN_ERROR ? RCP_SEARCH_NO_ROOM : RCP_SEARCH_VIOLATED;
}

static enum rcp_search_end step(void *context, struct rcp_search_chooser *chooser)
{
    struct rcp_explorer *explorer = context;
    explorer->chooser = chooser;
    explorer->result.outcome = RCP_RUN_HELD;
    rcp_guard_arm(&explorer->sim);
    enum rcp_search_end end = guarded_event(explorer);
    rcp_guard_arm(NULL); /* there is no way back into it */
    return end;
}

/* --- States --- */

/* The heal may come at any point: its event has no window. */
static void open_heal(struct rcp_sim *sim)
{
    struct rcp_queue_head *queue = sim->queue;
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        struct rcp_pending *pending = rcp_queue_at(queue, i);
        if (pending->job != RCP_JOB_HEALS)
            continue;
        struct rcp_pending heal = *pending;
        rcp_queue_remove(queue, i);
        struct rcp_pending *open = rcp_queue_take(queue);
        heal.sequence = open->sequence;
        *open = heal;
        open->earliest_ms = 0;
        open->latest_ms = UINT64_MAX;
        rcp_queue_push(queue, open);
        return;
    }
}

static void init(void *context)
{
    struct rcp_explorer *explorer = context;
    struct rcp_sim *sim = &explorer->sim;
    explorer->struck = (struct struck){0};
    sim->world = rcp_world_lay_out(sim->world, sim->scenario, sim->scenario->seed_first);
    sim->picker = NULL; /* nothing strikes before the first event */
    rcp_guard_arm(sim);
    if (setjmp(sim->stop) == 0)
        rcp_prepare(sim);
    rcp_guard_arm(NULL);
    sim->picker = &explorer->picker;
    open_heal(sim);
}

static void load(void *context, const void *state, uint32_t size)
{
    struct rcp_explorer *explorer = context;
    (void)size;
    memcpy(&explorer->struck, state, sizeof explorer->struck);
    rcp_snapshot_load(&explorer->sim, (const unsigned char *)state + sizeof explorer->struck);
}

static uint32_t save(void *context, void *state)
{
    const struct rcp_explorer *explorer = context;
    memcpy(state, &explorer->struck, sizeof explorer->struck);
    return (uint32_t)sizeof explorer->struck +
           rcp_snapshot_save(&explorer->sim, (unsigned char *)state + sizeof explorer->struck);
}

static struct rcp_search_digest digest(void *context)
{
    const struct rcp_explorer *explorer = context;
    struct rcp_digest canonical = rcp_canonical_digest(&explorer->sim);
    if (!explorer->sim.world->healed)
        rcp_digest_pair(&canonical,
                        (uint32_t)explorer->struck.faults << 16 | explorer->struck.crashes,
                        explorer->struck.alone);
    return (struct rcp_search_digest){.words = {rcp_hash(canonical.words[0], canonical.words[1]),
                                                rcp_hash(canonical.words[1], canonical.words[0])}};
}

static bool must_end(void *context)
{
    const struct rcp_explorer *explorer = context;
    return explorer->sim.world->healed != 0;
}

struct rcp_search_model rcp_explore_model(const struct rcp_scenario *scenario)
{
    return (struct rcp_search_model){
        .state_max = (uint32_t)sizeof(struct struck) + rcp_snapshot_max(scenario),
        .init = init,
        .load = load,
        .step = step,
        .digest = digest,
        .save = save,
        .must_end = must_end,
    };
}

/* --- The context --- */

static size_t round_up(size_t size)
{
    return (size + ALIGN - 1u) / ALIGN * ALIGN;
}

bool rcp_explore_possible(const struct rcp_scenario *scenario, char *text, uint32_t text_size)
{
    const struct rcp_world_config *world = &scenario->world;
    if (scenario->tape_count > 0) {
        snprintf(text,
                 text_size,
                 "a scenario with a tape cannot be explored: the tape takes what exploring tries "
                 "out; remove it, or `recoup replay` the file");
        return false;
    }
    if (world->sessions > RCP_CANONICAL_SESSIONS_MAX) {
        snprintf(text,
                 text_size,
                 "too large to explore: world.sessions is %u; allowed: at most %u",
                 world->sessions,
                 RCP_CANONICAL_SESSIONS_MAX);
        return false;
    }
    if (world->users * world->activities > RCP_SNAPSHOT_PAYMENTS_MAX) {
        snprintf(
            text,
            text_size,
            "too large to explore: world.users and world.activities make %u payments; allowed: "
            "at most %u",
            world->users * world->activities,
            RCP_SNAPSHOT_PAYMENTS_MAX);
        return false;
    }
    if (world->exchanges > RCP_CANONICAL_EXCHANGES_MAX) {
        snprintf(text,
                 text_size,
                 "too large to explore: world.exchanges is %u; allowed: at most %u, so give the "
                 "world `exchanges: %u` or fewer",
                 world->exchanges,
                 RCP_CANONICAL_EXCHANGES_MAX,
                 RCP_CANONICAL_EXCHANGES_MAX);
        return false;
    }
    return true;
}

size_t rcp_explorer_size(const struct rcp_scenario *scenario)
{
    return round_up(sizeof(struct rcp_explorer)) + round_up(rcp_world_size(scenario));
}

struct rcp_explorer *rcp_explorer_init(void *block,
                                       const struct rcp_scenario *scenario,
                                       const struct rcp_explore_bounds *bounds)
{
    struct rcp_explorer *explorer = block;
    memset(explorer, 0, sizeof *explorer);
    explorer->bounds = *bounds;
    explorer->picker = (struct rcp_picker){.context = explorer, .pick = pick, .happens = happens};
    struct rcp_sim *sim = &explorer->sim;
    sim->world = rcp_world_lay_out(
        (unsigned char *)block + round_up(sizeof *explorer), scenario, scenario->seed_first);
    sim->queue = rcp_world_queue(sim->world);
    sim->effects = rcp_world_effects(sim->world);
    sim->scenario = scenario;
    sim->sure_only = true;
    sim->result = &explorer->result;
    init(explorer); /* what a loaded state does not bring: where faults may strike */
    return explorer;
}

const struct rcp_run_result *rcp_explorer_result(const struct rcp_explorer *explorer)
{
    return &explorer->result;
}

struct rcp_sim *rcp_explorer_sim(struct rcp_explorer *explorer)
{
    return &explorer->sim;
}

const struct rcp_explore_seen *rcp_explorer_seen(const struct rcp_explorer *explorer)
{
    return &explorer->seen;
}

bool rcp_explore_retell(struct rcp_explorer *explorer,
                        const struct rcp_search_move *moves,
                        uint32_t count,
                        struct rcp_retold *retold)
{
    const struct rcp_search_model model = rcp_explore_model(explorer->sim.scenario);
    memset(retold, 0, sizeof *retold);
    retold->heal_ms = UINT64_MAX;
    init(explorer);
    explorer->retold = retold;
    for (uint32_t i = 0; i < count; i++)
        rcp_search_follow(&model, explorer, &moves[i]);
    explorer->retold = NULL;
    return retold->count < RCP_RETOLD_MAX;
}
