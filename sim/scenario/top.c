/* The whole file: its keys in the order in which they are read and written. What comes later may be
 * checked against what came before. */
#include "sim/check/invariant.h"
#include "sim/scenario/store.h"
#include "yaml/value.h"

#include <string.h>

enum {
    TOP_POLICY,
    TOP_KNOBS,
    TOP_SEEDS,
    TOP_SEED,
    TOP_WORLD,
    TOP_HEAL,
    TOP_DRAIN,
    TOP_CHAOS,
    TOP_SLOW,
    TOP_WORKLOAD,
    TOP_FAULTS,
    TOP_TAKES,
    TOP_ORDER,
    TOP_DIAGRAM,
    TOP_EXPECT,
    TOP_INVARIANTS,
    TOP_TAPE_ONLY,
    TOP_TAPE,
    TOP_FIELD_COUNT
};

#define LINE(member) offsetof(struct rcp_scenario_line, member)
#define LIST(name, what, text)                                                  \
    {                                                                           \
        .key = (name), .help = (text), .kind = RCP_VALUE_LIST, .list = &(what), \
    }
#define SEEDS(name, text)                                                         \
    {                                                                             \
        .key = (name), .help = (text), .kind = RCP_VALUE_SPAN, .max = UINT64_MAX, \
        .offset = LINE(seeds),                                                    \
    }
#define DURATION(name, member, text)                                         \
    {                                                                        \
        .key = (name), .help = (text), .kind = RCP_VALUE_DURATION, .min = 1, \
        .max = RCP_DURATION_MAX_MS, .offset = LINE(member),                  \
    }
#define RATIO(name, member, text)                                                       \
    {                                                                                   \
        .key = (name), .help = (text), .kind = RCP_VALUE_RATIO, .offset = LINE(member), \
    }

enum { DIAGRAM_PARTICIPANTS, DIAGRAM_FROM, DIAGRAM_UNTIL };

static const struct rcp_field diagram_fields[] = {
    [DIAGRAM_PARTICIPANTS] =
        {
            .key = "participants",
            .help = "in drawing order; all by default",
            .kind = RCP_VALUE_NAMES,
            .names = &rcp_participant_names,
            .offset = offsetof(struct rcp_diagram_line, drawn.participants),
        },
    [DIAGRAM_FROM] =
        {
            .key = "from",
            .help = "the start by default",
            .kind = RCP_VALUE_DURATION,
            .max = RCP_DURATION_MAX_MS,
            .offset = offsetof(struct rcp_diagram_line, drawn.from_ms),
        },
    [DIAGRAM_UNTIL] =
        {
            .key = "until",
            .help = "the end by default",
            .kind = RCP_VALUE_DURATION,
            .max = RCP_DURATION_MAX_MS,
            .offset = offsetof(struct rcp_diagram_line, drawn.until_ms),
        },
};

const struct rcp_section rcp_diagram_section = {
    .what = "`diagram`",
    .fields = diagram_fields,
    .count = sizeof diagram_fields / sizeof diagram_fields[0],
};

static const struct rcp_field top_fields[] = {
    [TOP_POLICY] =
        {
            .key = "policy",
            .help = "the preset; hardened by default",
            .kind = RCP_VALUE_NAME,
            .names = &rcp_preset_names,
            .offset = LINE(policy),
        },
    [TOP_KNOBS] =
        {
            .key = "knobs",
            .help = "knobs turned away from the preset",
            .kind = RCP_VALUE_KNOBS,
            .names = &rcp_knob_names,
            .offset = LINE(knobs),
        },
    [TOP_SEEDS] = SEEDS("seeds", "the seeds that it is run under: A..B"),
    [TOP_SEED] = SEEDS("seed", "the one seed that it is run under; 1 by default"),
    [TOP_WORLD] =
        {
            .key = "world",
            .help = "what the world is made of",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_world_section,
            .offset = LINE(world),
        },
    [TOP_HEAL] = DURATION("heal", heal_ms, "when all faults end; 10m by default"),
    [TOP_DRAIN] = DURATION("drain", drain_ms, "how long the world may take to drain then; 72h"),
    [TOP_CHAOS] = RATIO("chaos", chaos, "how often events leave the dull order; 0/1 by default"),
    [TOP_SLOW] = RATIO("slow", slow, "how often a message takes longer; 0/1 by default"),
    [TOP_WORKLOAD] = LIST("workload", rcp_workload_list, "who does what, when"),
    [TOP_FAULTS] = LIST("faults", rcp_faults_list, "what goes wrong"),
    [TOP_TAKES] = LIST("takes", rcp_takes_list, "how long effects take"),
    [TOP_ORDER] = LIST("order", rcp_order_list, "which effect comes first"),
    [TOP_DIAGRAM] =
        {
            .key = "diagram",
            .help = "what `recoup diagram` draws",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_diagram_section,
            .offset = LINE(diagram),
        },
    [TOP_EXPECT] = LIST("expect", rcp_expect_list, "what the run is to end with"),
    [TOP_INVARIANTS] =
        {
            .key = "invariants",
            .help = "what is checked; all by default",
            .kind = RCP_VALUE_SET,
            .names = &rcp_checker_names,
            .offset = LINE(invariants),
        },
    [TOP_TAPE_ONLY] =
        {
            .key = "tape_only",
            .help = "chance takes nothing but the tape and the rules without `chance`",
            .kind = RCP_VALUE_FLAG,
            .offset = LINE(tape_only),
        },
    [TOP_TAPE] = LIST("tape", rcp_tape_list, "where chance did not take the dull option"),
};

const struct rcp_section rcp_scenario_section = {
    .what = "a scenario",
    .fields = top_fields,
    .count = TOP_FIELD_COUNT,
};

/* A check of the core and a wrong checker end a run whatever is asked for. */
#define UNASKED (RCP_BIT(RCP_INVARIANT_CHECK) | RCP_BIT(RCP_INVARIANT_TWIN))

void rcp_scenario_to_line(const struct rcp_scenario *scenario, struct rcp_scenario_line *line)
{
    *line = (struct rcp_scenario_line){
        .policy = scenario->base.hardened == rcp_policy_hardened().hardened,
        .knobs = {.knobs = scenario->base.hardened ^ scenario->policy.hardened,
                  .hardened = scenario->policy.hardened},
        .seeds = {scenario->seed_first, scenario->seed_last},
        .heal_ms = scenario->heal_ms,
        .drain_ms = scenario->drain_ms,
        .chaos = {scenario->chaos_num, scenario->chaos_den},
        .slow = {scenario->slow_num, scenario->slow_den},
        .diagram = {.drawn = scenario->diagram},
        .invariants = scenario->invariants & ~UNASKED,
        .tape_only = scenario->tape_only,
    };
    rcp_world_to_line(&scenario->world, &line->world);
}

static bool set_policy(const struct rcp_scenario_line *line,
                       struct rcp_scenario *scenario,
                       struct rcp_flaw *flaw)
{
    scenario->base = line->policy ? rcp_policy_hardened() : rcp_policy_documented();
    scenario->policy = scenario->base;
    for (uint32_t i = 0; i < RCP_KNOB_COUNT; i++) {
        if (line->knobs.knobs & RCP_BIT(i))
            rcp_policy_set(
                &scenario->policy, (enum rcp_knob)i, (line->knobs.hardened & RCP_BIT(i)) != 0);
    }
    const char *refusal = rcp_policy_refusal(scenario->policy);
    return refusal == NULL || rcp_flawed(flaw, "knobs", "impossible knobs: %s", refusal);
}

static bool set_world(const struct rcp_scenario_line *line,
                      struct rcp_scenario *scenario,
                      struct rcp_flaw *flaw)
{
    struct rcp_world_config *world = &scenario->world;
    rcp_world_from_line(&line->world, world);
    if (world->activities * world->users > RCP_PAYMENTS_MAX)
        return rcp_flawed(flaw,
                          "users",
                          "%u activities of %u users are too many payments; allowed: %u in all",
                          world->activities,
                          world->users,
                          RCP_PAYMENTS_MAX);
    return rcp_shop_is_whole(world, flaw) && rcp_limits_are_whole(&world->limits, flaw);
}

bool rcp_scenario_from_line(const struct rcp_scenario_line *line,
                            struct rcp_scenario *scenario,
                            struct rcp_flaw *flaw)
{
    const struct rcp_diagram *diagram = &line->diagram.drawn;
    if (rcp_given(line, TOP_SEED) && line->seeds[0] != line->seeds[1])
        return rcp_flawed(flaw, "seed", "`seed` is one number; use `seeds` for several");
    if (rcp_given(line, TOP_SEED) && rcp_given(line, TOP_SEEDS))
        return rcp_flawed(flaw, "seed", "`seed` and `seeds` are the same; allowed: one of them");
    if (diagram->until_ms != 0 && diagram->from_ms >= diagram->until_ms)
        return rcp_flawed(flaw, "until", "`until` is not after `from`: nothing is in between");
    scenario->seed_first = line->seeds[0];
    scenario->seed_last = line->seeds[1];
    scenario->heal_ms = line->heal_ms;
    scenario->drain_ms = line->drain_ms;
    scenario->chaos_num = line->chaos[0];
    scenario->chaos_den = line->chaos[1];
    scenario->slow_num = line->slow[0];
    scenario->slow_den = line->slow[1];
    scenario->diagram = *diagram;
    scenario->invariants = line->invariants | UNASKED;
    scenario->tape_only = (uint8_t)line->tape_only;
    return set_policy(line, scenario, flaw) && set_world(line, scenario, flaw);
}
