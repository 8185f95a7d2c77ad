/* The one door for chance, and the seeded generator behind it. */
#include "sim/choose.h"

#include <string.h>

/* subject 20 bits, nth 16, phase 6, site 6, node 4, subject kind 3, copy 8: 63 in all. */
uint64_t rcp_key_pack(struct rcp_key key)
{
    return (uint64_t)(key.subject & 0xfffffu) | (uint64_t)key.nth << 20 |
           (uint64_t)(key.phase & 0x3fu) << 36 | (uint64_t)(key.site & 0x3fu) << 42 |
           (uint64_t)(key.node & 0xfu) << 48 | (uint64_t)(key.subject_kind & 0x7u) << 52 |
           (uint64_t)key.copy << 55;
}

struct rcp_key rcp_key_unpack(uint64_t packed)
{
    return (struct rcp_key){
        .subject = (uint32_t)(packed & 0xfffffu),
        .nth = (uint16_t)(packed >> 20),
        .phase = (uint8_t)(packed >> 36 & 0x3fu),
        .site = (uint8_t)(packed >> 42 & 0x3fu),
        .node = (uint8_t)(packed >> 48 & 0xfu),
        .subject_kind = (uint8_t)(packed >> 52 & 0x7u),
        .copy = (uint8_t)(packed >> 55 & 0xffu),
    };
}

uint64_t rcp_random(struct rcp_sim *sim)
{
    sim->prng += 0x9e3779b97f4a7c15u;
    uint64_t mixed = sim->prng;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

uint32_t rcp_random_below(struct rcp_sim *sim, uint32_t bound)
{
    return (uint32_t)((rcp_random(sim) >> 32) * bound >> 32);
}

bool rcp_random_chance(struct rcp_sim *sim, uint32_t num, uint32_t den)
{
    if (num == 0)
        return false;
    return num >= den || rcp_random_below(sim, den) < num;
}

/* --- The door --- */

static bool same_key(const struct rcp_key *a, const struct rcp_key *b)
{
    return a->why == b->why && rcp_key_pack(*a) == rcp_key_pack(*b);
}

static uint16_t *chain_of(struct rcp_sim *sim, const struct rcp_key *key)
{
    uint64_t mixed = (rcp_key_pack(*key) + key->why) * UINT64_C(0x9e3779b97f4a7c15);
    return &sim->tape_first[mixed >> 32 & (RCP_TAPE_CHAINS - 1u)];
}

/* From the last entry to the first, so that a chain has them in the tape's order. */
void rcp_tape_index(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t i = scenario->tape_count; i-- > 0;) {
        uint16_t *first = chain_of(sim, &scenario->tape[i].key);
        sim->tape_next[i] = *first;
        *first = (uint16_t)(i + 1u);
    }
}

/* The tape's next entry for this key whose option is possible now. */
static bool take_from_tape(struct rcp_sim *sim, const struct rcp_choice *choice, uint64_t *option)
{
    for (uint32_t at = *chain_of(sim, &choice->key); at != 0; at = sim->tape_next[at - 1u]) {
        uint32_t i = at - 1u;
        const struct rcp_tape_entry *entry = &sim->scenario->tape[i];
        if (sim->tape_used[i] || !same_key(&entry->key, &choice->key))
            continue;
        if (choice->possible != NULL && !choice->possible(sim, choice->context, entry->option))
            return false;
        sim->tape_used[i] = 1;
        *option = entry->option;
        return true;
    }
    return false;
}

static void write_tape(struct rcp_sim *sim, const struct rcp_choice *choice, uint64_t option)
{
    if (sim->tape == NULL)
        return;
    if (sim->tape_count == RCP_TAPE_MAX)
        rcp_sim_error(sim, "the tape is full: shorten the run, or lower chaos, slow and chance");
    struct rcp_tape_entry *entry = &sim->tape[sim->tape_count++];
    memset(entry, 0, sizeof *entry);
    entry->key = choice->key;
    entry->option = option;
}

/* The picker's option. One that is taken is possible: it was listed. */
static uint64_t ask_picker(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    uint64_t options[RCP_OPTIONS_MAX];
    const struct rcp_picker *picker = sim->picker;
    if (picker->wants != NULL && !picker->wants(picker->context, &choice->key))
        return choice->dull;
    uint32_t count = choice->list(sim, choice->context, options);
    if (count < 2)
        return choice->dull;
    uint32_t index = picker->pick(picker->context, &choice->key, options, count);
    rcp_check(index < count, "picked_option_exists");
    if (index > 0 && choice->possible != NULL)
        choice->possible(sim, choice->context, options[index]);
    return options[index];
}

uint64_t rcp_choose(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    uint64_t option = choice->dull;
    if (sim->chance_over)
        return option;
    bool taped = sim->scenario->tape_count > 0 && take_from_tape(sim, choice, &option);
    if (!taped)
        option = choice->pick(sim, choice);
    if (!taped && option == choice->dull && sim->picker != NULL)
        option = ask_picker(sim, choice);
    if (option == choice->dull)
        return option;
    rcp_sim_digest(sim, rcp_key_pack(choice->key) ^ option << 8 ^ choice->key.why);
    write_tape(sim, choice, option);
    return option;
}

/* --- Fate and length of one effect --- */

/* The purchase is this buyer's (0: anybody's), and its nth (0: any). */
static bool of_purchase(const struct rcp_world *world,
                        uint32_t purchase,
                        uint32_t buyer,
                        uint32_t nth)
{
    uint32_t each = world->config.purchases;
    return (buyer == 0 || buyer == purchase / each + 1u) &&
           (nth == 0 || nth == purchase % each + 1u);
}

static bool rule_matches(const struct rcp_sim *sim,
                         const struct rcp_rule *rule,
                         const struct rcp_effect_key *at)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_key *key = &at->key;
    if (rule->node != 0 && rule->node != key->node)
        return false;
    if (rule->nth_first != 0 && (key->nth < rule->nth_first || key->nth > rule->nth_last))
        return false;
    if (at->purchase != RCP_NOBODY) {
        if (rule->activity != 0 || !of_purchase(world, at->purchase, rule->user, rule->purchase))
            return false;
    } else if (rule->user != 0 || rule->activity != 0 || rule->purchase != 0) {
        if (at->payment == RCP_NOBODY || rule->purchase != 0)
            return false;
        if (rule->user != 0 && rule->user != rcp_payment_user(world, at->payment))
            return false;
        if (rule->activity != 0 && rule->activity != rcp_payment_activity(world, at->payment) + 1u)
            return false;
    }
    if (rule->only_partition != 0 &&
        (key->subject_kind != RCP_SUBJECT_PARTITION || rule->only_partition != key->subject + 1u))
        return false;
    if (rule->until_ms != 0 && (world->now_ms < rule->from_ms || world->now_ms >= rule->until_ms))
        return false;
    return true;
}

/* The first rule of this kind that matches and whose chance comes up; NULL where none does. */
static const struct rcp_rule *draw_rule(struct rcp_sim *sim,
                                        const struct rcp_effect_key *at,
                                        enum rcp_why why)
{
    uint64_t mask = sim->site_rules[at->key.site];
    while (mask != 0) {
        uint32_t index = (uint32_t)__builtin_ctzll(mask);
        const struct rcp_rule *rule = &sim->scenario->rules[index];
        mask &= mask - 1u;
        if (rule->why != (uint32_t)why || !rule_matches(sim, rule, at))
            continue;
        if (sim->sure_only && rule->chance_num < rule->chance_den)
            continue;
        if (!rcp_random_chance(sim, rule->chance_num, rule->chance_den))
            continue;
        sim->result->rule_fired[index] = 1;
        return rule;
    }
    return NULL;
}

static uint64_t pick_fate(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    if (sim->world->healed)
        return RCP_FAULT_NONE;
    const struct rcp_rule *rule = draw_rule(sim, choice->context, RCP_WHY_FATE);
    return rule == NULL ? RCP_FAULT_NONE : rule->option;
}

static uint32_t list_fates(struct rcp_sim *sim, void *context, uint64_t options[])
{
    const struct rcp_effect_key *at = context;
    uint64_t left = sim->world->healed ? 0 : sim->site_faults[at->key.site];
    uint32_t count = 0;
    options[count++] = RCP_FAULT_NONE;
    for (; left != 0; left &= left - 1u)
        options[count++] = (uint64_t)__builtin_ctzll(left);
    return count;
}

static uint32_t list_takes(struct rcp_sim *sim, void *context, uint64_t options[])
{
    uint32_t count = 0;
    (void)context;
    for (uint64_t takes = RCP_TAKES_SHORT; takes < RCP_TAKES_COUNT; takes++)
        if (takes == RCP_TAKES_SHORT || !sim->world->healed)
            options[count++] = takes;
    return count;
}

/* Lengths are keyed as RCP_TAKES_*, or as RCP_TAKES_COUNT + milliseconds where they are exact. */
static uint64_t pick_takes(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    const struct rcp_scenario *scenario = sim->scenario;
    if (sim->world->healed)
        return RCP_TAKES_SHORT;
    const struct rcp_rule *rule = draw_rule(sim, choice->context, RCP_WHY_TAKES);
    if (rule != NULL)
        return rule->takes_ms != 0 ? RCP_TAKES_COUNT + rule->takes_ms : rule->option;
    if (sim->sure_only || !rcp_random_chance(sim, scenario->slow_num, scenario->slow_den))
        return RCP_TAKES_SHORT;
    return RCP_TAKES_MEDIUM + rcp_random_below(sim, RCP_TAKES_LONG - RCP_TAKES_SHORT);
}

struct rcp_fate rcp_choose_fate(struct rcp_sim *sim, struct rcp_effect_key at)
{
    struct rcp_choice choice = {
        .key = at.key, .context = &at, .pick = pick_fate, .list = list_fates};
    choice.key.why = RCP_WHY_FATE;
    choice.dull = RCP_FAULT_NONE;
    struct rcp_fate fate = {.fault = (enum rcp_fault)rcp_choose(sim, &choice)};
    choice.key.why = RCP_WHY_TAKES;
    choice.dull = RCP_TAKES_SHORT;
    choice.pick = pick_takes;
    choice.list = list_takes;
    uint64_t takes = rcp_choose(sim, &choice);
    if (takes >= RCP_TAKES_COUNT)
        fate.exact_ms = takes - RCP_TAKES_COUNT;
    else
        fate.takes = (enum rcp_takes)takes;
    return fate;
}

/* --- Which event comes next --- */

struct rcp_candidates {
    struct rcp_near *near;
    uint32_t count;     /* entries of the bag */
    uint32_t dull;      /* index of the one that is first in */
    uint64_t latest_ms; /* an entry may be next where it opens by then */
    uint32_t possible;  /* how many may be next */
    uint32_t picked;    /* index of the answer */
};

/* The dull order: first to open, first in. */
static bool comes_before(const struct rcp_near *a, const struct rcp_near *b)
{
    return a->earliest_ms < b->earliest_ms ||
           (a->earliest_ms == b->earliest_ms && a->sequence < b->sequence);
}

static uint64_t key_at(struct rcp_sim *sim, const struct rcp_candidates *candidates, uint32_t index)
{
    return rcp_queue_slot(sim->queue, candidates->near[index].slot)->key;
}

/* The index of the candidate with this key; the first in among equals. */
static bool find_candidate(struct rcp_sim *sim, void *context, uint64_t option)
{
    struct rcp_candidates *candidates = context;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < candidates->count; i++) {
        if (candidates->near[i].earliest_ms > candidates->latest_ms ||
            key_at(sim, candidates, i) != option)
            continue;
        if (found == UINT32_MAX || candidates->near[i].sequence < candidates->near[found].sequence)
            found = i;
    }
    candidates->picked = found == UINT32_MAX ? candidates->dull : found;
    return found != UINT32_MAX;
}

static bool side_matches(const struct rcp_sim *sim,
                         const struct rcp_order_rule *rule,
                         uint32_t side,
                         const struct rcp_pending *pending)
{
    const struct rcp_key key = rcp_key_unpack(pending->key);
    const struct rcp_world *world = sim->world;
    if (key.site != rule->site[side] || (rule->node[side] != 0 && rule->node[side] != key.node) ||
        (rule->nth[side] != 0 && rule->nth[side] != key.nth) ||
        (rule->phase[side] != RCP_PHASE_ISSUE && rule->phase[side] != key.phase))
        return false;
    if (rule->user[side] == 0 && rule->purchase[side] == 0)
        return true;
    if (pending->purchase != RCP_NOBODY)
        return rule->activity[side] == 0 &&
               of_purchase(world, pending->purchase, rule->user[side], rule->purchase[side]);
    return rule->purchase[side] == 0 && pending->payment != RCP_NOBODY &&
           rule->user[side] == rcp_payment_user(world, pending->payment) &&
           (rule->activity[side] == 0 ||
            rule->activity[side] == rcp_payment_activity(world, pending->payment) + 1u);
}

/* Of what may come before the dull one by this rule, what was first in; UINT32_MAX: nothing. */
static uint32_t overtaker(const struct rcp_sim *sim,
                          const struct rcp_candidates *candidates,
                          const struct rcp_order_rule *rule)
{
    bool any = rule->site[0] == RCP_SITE_NONE;
    uint32_t found = UINT32_MAX;
    for (uint32_t i = 0; i < candidates->count; i++) {
        const struct rcp_near *it = &candidates->near[i];
        if (i == candidates->dull || it->earliest_ms > candidates->latest_ms)
            continue;
        if (any && (found == UINT32_MAX || comes_before(it, &candidates->near[found])))
            found = i;
        if (!any && side_matches(sim, rule, 0, rcp_queue_slot(sim->queue, it->slot)))
            return i;
    }
    return found;
}

/* `order:` says that another candidate goes before the dull one. */
static bool overtaken(struct rcp_sim *sim, struct rcp_candidates *candidates)
{
    const struct rcp_pending *dull =
        rcp_queue_slot(sim->queue, candidates->near[candidates->dull].slot);
    for (uint32_t r = 0; r < sim->scenario->order_count; r++) {
        const struct rcp_order_rule *rule = &sim->scenario->order[r];
        if (!side_matches(sim, rule, 1, dull))
            continue;
        uint32_t first = overtaker(sim, candidates, rule);
        if (first == UINT32_MAX)
            continue;
        sim->result->order_fired[r] = 1;
        candidates->picked = first;
        return true;
    }
    return false;
}

static uint64_t pick_order(struct rcp_sim *sim, const struct rcp_choice *choice)
{
    struct rcp_candidates *candidates = choice->context;
    const struct rcp_scenario *scenario = sim->scenario;
    candidates->picked = candidates->dull;
    if (candidates->possible < 2)
        return choice->dull;
    if (scenario->order_count > 0 && overtaken(sim, candidates))
        return key_at(sim, candidates, candidates->picked);
    if (sim->sure_only || !rcp_random_chance(sim, scenario->chaos_num, scenario->chaos_den))
        return choice->dull;
    uint32_t nth = rcp_random_below(sim, candidates->possible);
    for (uint32_t i = 0; i < candidates->count; i++)
        if (candidates->near[i].earliest_ms <= candidates->latest_ms && nth-- == 0)
            candidates->picked = i;
    /* Events with the dull one's key mean the same: the first in goes first. */
    uint64_t key = key_at(sim, candidates, candidates->picked);
    if (key == choice->dull)
        candidates->picked = candidates->dull;
    else
        find_candidate(sim, candidates, key);
    return key;
}

static bool listed(const uint64_t options[], uint32_t count, uint64_t option)
{
    for (uint32_t i = 0; i < count; i++)
        if (options[i] == option)
            return true;
    return false;
}

static uint32_t list_candidates(struct rcp_sim *sim, void *context, uint64_t options[])
{
    const struct rcp_candidates *candidates = context;
    uint32_t count = 0;
    options[count++] = key_at(sim, candidates, candidates->dull);
    for (uint32_t i = 0; i < candidates->count && count < RCP_OPTIONS_MAX; i++) {
        uint64_t key = key_at(sim, candidates, i);
        if (candidates->near[i].earliest_ms <= candidates->latest_ms &&
            !listed(options, count, key))
            options[count++] = key;
    }
    return count;
}

uint32_t rcp_choose_next(struct rcp_sim *sim, uint64_t smallest_latest_ms)
{
    struct rcp_candidates candidates = {
        .near = rcp_queue_near(sim->queue),
        .count = sim->queue->near_count,
        .latest_ms = smallest_latest_ms,
    };
    for (uint32_t i = 0; i < candidates.count; i++) {
        const struct rcp_near *entry = &candidates.near[i];
        const struct rcp_near *dull = &candidates.near[candidates.dull];
        if (entry->earliest_ms > smallest_latest_ms)
            continue;
        candidates.possible++;
        if (comes_before(entry, dull))
            candidates.dull = i;
    }
    if (candidates.possible < 2)
        return candidates.dull;
    candidates.picked = candidates.dull;
    struct rcp_choice choice = {
        .key = rcp_key_unpack(key_at(sim, &candidates, candidates.dull)),
        .context = &candidates,
        .pick = pick_order,
        .list = list_candidates,
        .possible = find_candidate,
    };
    choice.key.why = RCP_WHY_ORDER;
    choice.dull = rcp_key_pack(choice.key);
    rcp_choose(sim, &choice);
    return candidates.picked;
}

static_assert((RCP_TAPE_CHAINS & (RCP_TAPE_CHAINS - 1u)) == 0, "a chain is found by a mask");
static_assert(RCP_TAPE_MAX < UINT16_MAX, "an entry's index + 1 fits 16 bits");
