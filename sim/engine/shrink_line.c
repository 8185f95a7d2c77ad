/* Shrinking for the reader: what the tape says by key becomes lines of `faults`, `takes` and `order`. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

/* --- One entry of the tape --- */

static struct rcp_rule rule_of(const struct rcp_scenario *scenario,
                               const struct rcp_tape_entry *entry)
{
    const struct rcp_key *key = &entry->key;
    struct rcp_rule rule;
    memset(&rule, 0, sizeof rule);
    rule.why = key->why;
    rule.site = key->site;
    rule.node = key->node;
    rule.nth_first = rule.nth_last = key->nth;
    rule.chance_num = rule.chance_den = 1;
    if (key->why == RCP_WHY_TAKES && entry->option >= RCP_TAKES_COUNT)
        rule.takes_ms = entry->option - RCP_TAKES_COUNT;
    else
        rule.option = (uint32_t)entry->option;
    if (key->subject_kind == RCP_SUBJECT_PAYMENT) {
        rule.activity = key->subject / scenario->world.users + 1u;
        rule.user = key->subject % scenario->world.users + 1u;
    }
    if (key->subject_kind == RCP_SUBJECT_PARTITION)
        rule.only_partition = key->subject + 1u;
    return rule;
}

static void set_side(const struct rcp_scenario *scenario,
                     struct rcp_order_rule *rule,
                     uint32_t side,
                     struct rcp_key key)
{
    rule->site[side] = key.site;
    rule->node[side] = key.node;
    rule->nth[side] = key.nth;
    rule->phase[side] = key.phase;
    if (key.subject_kind != RCP_SUBJECT_PAYMENT)
        return;
    rule->activity[side] = key.subject / scenario->world.users + 1u;
    rule->user[side] = key.subject % scenario->world.users + 1u;
}

/* A line of `order` names effects; other events, and the effects of one step, stay on the tape. */
static bool add_order(struct rcp_scenario *scenario, const struct rcp_tape_entry *entry)
{
    struct rcp_key first = rcp_key_unpack(entry->option);
    if (first.site == RCP_SITE_NONE || entry->key.site == RCP_SITE_NONE ||
        first.phase == RCP_PHASE_ISSUE || scenario->order_count == RCP_RULES_MAX)
        return false;
    struct rcp_order_rule *rule = &scenario->order[scenario->order_count++];
    memset(rule, 0, sizeof *rule);
    set_side(scenario, rule, 0, first);
    set_side(scenario, rule, 1, entry->key);
    return true;
}

static bool add_rule(struct rcp_scenario *scenario, const struct rcp_tape_entry *entry)
{
    if (scenario->rule_count == RCP_RULES_MAX || entry->key.site == RCP_SITE_NONE)
        return false;
    scenario->rules[scenario->rule_count++] = rule_of(scenario, entry);
    return true;
}

static bool make_line(struct rcp_shrink *shrink, uint32_t index)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    const struct rcp_tape_entry entry = trial->tape[index];
    rcp_shrink_drop(trial, RCP_SHRINK_TAPE, index);
    bool made = entry.key.why == RCP_WHY_ORDER ? add_order(trial, &entry) : add_rule(trial, &entry);
    return made && rcp_shrink_keep(shrink);
}

/* --- What a line need not say --- */

enum { SAY_NODE, SAY_ACTIVITY, SAY_PARTITION, SAYINGS };

static uint32_t *said(struct rcp_rule *rule, int what)
{
    switch (what) {
    case SAY_NODE:
        return &rule->node;
    case SAY_ACTIVITY:
        return &rule->activity;
    default:
        return &rule->only_partition;
    }
}

static uint64_t struck(const struct rcp_run_result *result)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < RCP_FAULT_COUNT; i++)
        sum += result->fired[i];
    return sum;
}

/* Less said must not mean that more is struck: the run has to be the very same. */
static bool keep_same_run(struct rcp_shrink *shrink)
{
    rcp_shrink_copy(&shrink->kept, &shrink->best);
    shrink->kept_result = shrink->best_result;
    if (!rcp_shrink_keep(shrink))
        return false;
    if (shrink->best_result.trace_digest == shrink->kept_result.trace_digest &&
        struck(&shrink->best_result) == struck(&shrink->kept_result))
        return true;
    rcp_shrink_copy(&shrink->best, &shrink->kept);
    shrink->best_result = shrink->kept_result;
    return false;
}

/* Without its activity a user is one of each activity; nobody could be renumbered then. */
static bool say_less(struct rcp_shrink *shrink)
{
    bool kept = false;
    bool one_activity = shrink->best.world.activities == 1;
    for (uint32_t i = 0; i < shrink->best.rule_count; i++) {
        for (int what = 0; what < SAYINGS; what++) {
            struct rcp_scenario *trial = rcp_shrink_trial(shrink);
            uint32_t *number = said(&trial->rules[i], what);
            if (*number == 0 || (what == SAY_ACTIVITY && !one_activity))
                continue;
            *number = 0;
            kept = keep_same_run(shrink) || kept;
        }
    }
    for (uint32_t i = 0; i < shrink->best.order_count * 2u; i++) {
        struct rcp_scenario *trial = rcp_shrink_trial(shrink);
        struct rcp_order_rule *rule = &trial->order[i / 2u];
        if (rule->node[i % 2u] != 0) {
            rule->node[i % 2u] = 0;
            kept = keep_same_run(shrink) || kept;
        }
        rule = &rcp_shrink_trial(shrink)->order[i / 2u];
        if (rule->activity[i % 2u] != 0 && one_activity) {
            rule->activity[i % 2u] = 0;
            kept = keep_same_run(shrink) || kept;
        }
    }
    return kept;
}

bool rcp_shrink_lines(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (uint32_t i = 0; i < shrink->best.tape_count && !shrink->stopped;) {
        uint32_t count = shrink->best.tape_count;
        if (make_line(shrink, i))
            kept = true;
        if (shrink->best.tape_count >= count)
            i++;
    }
    return say_less(shrink) || kept;
}

/* --- One length for several orders --- */

#define DELAYS_MAX 24u /* of more orders nothing readable comes anyway */

/* What is overtaken: the later side of a line of `order`, or of an entry of the tape. */
static struct rcp_key overtaken(const struct rcp_scenario *scenario, uint32_t i)
{
    if (i >= scenario->order_count)
        return scenario->tape[i - scenario->order_count].key;
    const struct rcp_order_rule *rule = &scenario->order[i];
    struct rcp_key key = {.site = (uint8_t)rule->site[1],
                          .node = (uint8_t)rule->node[1],
                          .nth = (uint16_t)rule->nth[1],
                          .phase = rule->phase[1],
                          .why = RCP_WHY_ORDER};
    if (rule->user[1] == 0)
        return key;
    key.subject_kind = RCP_SUBJECT_PAYMENT;
    key.subject = (rule->activity[1] == 0 ? 0 : rule->activity[1] - 1u) * scenario->world.users +
                  rule->user[1] - 1u;
    return key;
}

static bool same_effect(struct rcp_key a, struct rcp_key b)
{
    return a.site == b.site && a.nth == b.nth && a.subject_kind == b.subject_kind &&
           a.subject == b.subject && (a.node == b.node || a.node == 0 || b.node == 0);
}

/* Which orders one line takes the place of. */
enum reach {
    WHOLE_EFFECT,  /* all in which one effect is overtaken */
    EVENT,         /* or no more than one event of it */
    EVENT_IN_LINES /* and what the tape says about it stays */
};

/* Takes them out; returns how many there were. */
static uint32_t drop_orders(struct rcp_scenario *scenario, struct rcp_key late, enum reach reach)
{
    uint32_t count = 0;
    for (uint32_t i = scenario->order_count + scenario->tape_count; i-- > 0;) {
        struct rcp_key key = overtaken(scenario, i);
        if (key.why != RCP_WHY_ORDER || !same_effect(key, late) ||
            (reach != WHOLE_EFFECT && key.phase != late.phase) ||
            (reach == EVENT_IN_LINES && i >= scenario->order_count))
            continue;
        count++;
        if (i < scenario->order_count)
            rcp_shrink_drop(scenario, RCP_SHRINK_ORDER, i);
        else
            rcp_shrink_drop(scenario, RCP_SHRINK_TAPE, i - scenario->order_count);
    }
    return count;
}

static bool delay(struct rcp_shrink *shrink, uint32_t index)
{
    struct rcp_key late = overtaken(&shrink->best, index);
    if (late.why != RCP_WHY_ORDER || late.site == RCP_SITE_NONE || late.phase == RCP_PHASE_ISSUE)
        return false;
    for (uint32_t rung = 1; rung < rcp_shrink_ladder_count; rung++) {
        struct rcp_scenario *trial = rcp_shrink_trial(shrink);
        struct rcp_tape_entry entry = {.key = late, .option = RCP_TAKES_COUNT};
        if (drop_orders(trial, late, WHOLE_EFFECT) < 2)
            return false;
        entry.key.why = RCP_WHY_TAKES;
        entry.option += rcp_shrink_ladder[rung];
        if (add_rule(trial, &entry) && rcp_shrink_keep(shrink))
            return true;
    }
    return false;
}

bool rcp_shrink_delays(struct rcp_shrink *shrink)
{
    if (shrink->best.order_count + shrink->best.tape_count > DELAYS_MAX)
        return false;
    for (uint32_t i = 0; i < shrink->best.order_count + shrink->best.tape_count; i++)
        if (delay(shrink, i))
            return true;
    return false;
}

/* --- One line for all that goes before one event --- */

#define HOLDS_MAX 256u /* of more orders nothing readable comes anyway */

static bool seen_before(const struct rcp_scenario *scenario, uint32_t index)
{
    struct rcp_key late = overtaken(scenario, index);
    for (uint32_t i = 0; i < index; i++) {
        struct rcp_key key = overtaken(scenario, i);
        if (key.why == RCP_WHY_ORDER && key.phase == late.phase && same_effect(key, late))
            return true;
    }
    return false;
}

static bool hold(struct rcp_shrink *shrink, struct rcp_key late, enum reach reach)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (drop_orders(trial, late, reach) < 2 || trial->order_count == RCP_RULES_MAX)
        return false;
    struct rcp_order_rule *rule = &trial->order[trial->order_count++];
    memset(rule, 0, sizeof *rule);
    set_side(trial, rule, 1, late);
    return rcp_shrink_keep(shrink);
}

bool rcp_shrink_holds(struct rcp_shrink *shrink)
{
    uint32_t count = shrink->best.order_count + shrink->best.tape_count;
    for (uint32_t i = 0; count <= HOLDS_MAX && i < count && !shrink->stopped; i++) {
        struct rcp_key late = overtaken(&shrink->best, i);
        bool names_event = late.why == RCP_WHY_ORDER && late.site != RCP_SITE_NONE &&
                           late.phase != RCP_PHASE_ISSUE;
        if (names_event && !seen_before(&shrink->best, i) &&
            (hold(shrink, late, EVENT) || hold(shrink, late, EVENT_IN_LINES)))
            return true;
    }
    return false;
}

/* --- Lines that follow each other --- */

static bool follows(const struct rcp_rule *rule, const struct rcp_rule *other)
{
    struct rcp_rule same = *other;
    if (rule->nth_first == 0 || other->nth_first != rule->nth_last + 1u)
        return false;
    same.nth_first = rule->nth_first;
    same.nth_last = rule->nth_last;
    return memcmp(rule, &same, sizeof same) == 0;
}

static bool merge_into(struct rcp_shrink *shrink, uint32_t index)
{
    for (uint32_t other = 0; other < shrink->best.rule_count; other++) {
        struct rcp_scenario *trial = rcp_shrink_trial(shrink);
        if (!follows(&trial->rules[index], &trial->rules[other]))
            continue;
        trial->rules[index].nth_last = trial->rules[other].nth_last;
        rcp_shrink_drop(trial, RCP_SHRINK_RULES, other);
        if (keep_same_run(shrink))
            return true;
    }
    return false;
}

bool rcp_shrink_merge(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (uint32_t i = 0; i < shrink->best.rule_count;) {
        if (merge_into(shrink, i))
            kept = true;
        else
            i++;
    }
    return kept;
}
