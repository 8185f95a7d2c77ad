/* `faults:` what strikes when, where and whom. A planned fault or bad input is a plan; the fate of
 * effects is a rule. */
#include "sim/scenario/store.h"
#include "yaml/value.h"

#include <stdio.h>
#include <string.h>

enum {
    FAULT_FAULT,
    FAULT_AT,
    FAULT_FOR,
    FAULT_BY,
    FAULT_ON,
    FAULT_ACTIVITY,
    FAULT_USER,
    FAULT_PURCHASE,
    FAULT_NODE,
    FAULT_PARTITION,
    FAULT_NTH,
    FAULT_CHANCE,
    FAULT_FROM,
    FAULT_UNTIL,
    FAULT_MAY_NOT_FIRE,
    FAULT_FIELD_COUNT
};

#define LINE(member) offsetof(struct rcp_fault_line, member)
#define MOMENT(name, member, text)                                                             \
    {                                                                                          \
        .key = (name), .help = (text), .kind = RCP_VALUE_DURATION, .max = RCP_DURATION_MAX_MS, \
        .offset = LINE(member),                                                                \
    }
#define AMOUNT(name, member, text)                                           \
    {                                                                        \
        .key = (name), .help = (text), .kind = RCP_VALUE_DURATION, .min = 1, \
        .max = RCP_DURATION_MAX_MS, .offset = LINE(member),                  \
    }
#define NUMBER(name, member, least, most, text)                                                 \
    {                                                                                           \
        .key = (name), .help = (text), .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), \
        .offset = LINE(member),                                                                 \
    }
#define FLAG(name, member, text)                                                       \
    {                                                                                  \
        .key = (name), .help = (text), .kind = RCP_VALUE_FLAG, .offset = LINE(member), \
    }
#define NTH                                                                                       \
    {                                                                                             \
        .key = "nth", .help = "which effects, counted for each subject and node; all by default", \
        .kind = RCP_VALUE_SPAN, .open = true, .min = 1, .max = UINT32_MAX, .offset = LINE(nth),   \
    }
#define CHANCE                                                                          \
    {                                                                                   \
        .key = "chance", .help = "how many of them, drawn by the seed; 1/1 by default", \
        .kind = RCP_VALUE_RATIO, .min = 1, .offset = LINE(chance),                      \
    }
#define ON                                                                                      \
    {                                                                                           \
        .key = "on", .help = "what the effect does; every site where it may strike by default", \
        .kind = RCP_VALUE_NAME, .names = &rcp_site_names, .offset = LINE(site),                 \
    }

static const struct rcp_field fault_fields[] = {
    [FAULT_FAULT] =
        {
            .key = "fault",
            .help = "what goes wrong",
            .kind = RCP_VALUE_NAME,
            .names = &rcp_fault_names,
            .required = true,
            .offset = LINE(fault),
        },
    [FAULT_AT] = MOMENT("at", at_ms, "planned faults and bad input: when; 0s by default"),
    [FAULT_FOR] = AMOUNT("for", for_ms, "planned faults: how long"),
    [FAULT_BY] = AMOUNT("by", by_ms, "planned faults: how much"),
    [FAULT_ON] = ON,
    [FAULT_ACTIVITY] = NUMBER("activity", activity, 1, RCP_ACTIVITIES_MAX, "whose payment"),
    [FAULT_USER] = NUMBER("user", user, 1, RCP_USERS_MAX, "whose payment or purchase"),
    [FAULT_PURCHASE] =
        NUMBER("purchase", purchase, 1, RCP_PURCHASES_MAX, "which purchase of the user"),
    [FAULT_NODE] = NUMBER("node", node, 1, RCP_NODES_MAX, "on which node"),
    [FAULT_PARTITION] =
        NUMBER("partition", partition, 0, RCP_PARTITIONS_MAX - 1, "of which partition"),
    [FAULT_NTH] = NTH,
    [FAULT_CHANCE] = CHANCE,
    [FAULT_FROM] = MOMENT("from", from_ms, "effects: only from then on"),
    [FAULT_UNTIL] = AMOUNT("until", until_ms, "effects: only before then"),
    [FAULT_MAY_NOT_FIRE] = FLAG("may_not_fire", may_not_fire, "else the scenario fails without it"),
};

static const struct rcp_section fault_section = {
    .what = "a line of `faults`",
    .fields = fault_fields,
    .count = FAULT_FIELD_COUNT,
};

enum {
    TAKES_TAKES,
    TAKES_ON,
    TAKES_ACTIVITY,
    TAKES_USER,
    TAKES_PURCHASE,
    TAKES_NODE,
    TAKES_PARTITION,
    TAKES_NTH,
    TAKES_CHANCE,
    TAKES_FROM,
    TAKES_UNTIL,
    TAKES_MAY_NOT_FIRE,
    TAKES_FIELD_COUNT
};

static const struct rcp_field takes_fields[] = {
    [TAKES_TAKES] =
        {
            .key = "takes",
            .help = "how long the message or statement takes",
            .kind = RCP_VALUE_LENGTH,
            .names = &rcp_takes_names,
            .min = 1,
            .max = RCP_DURATION_MAX_MS,
            .required = true,
            .offset = LINE(takes),
        },
    [TAKES_ON] = ON,
    [TAKES_ACTIVITY] = NUMBER("activity", activity, 1, RCP_ACTIVITIES_MAX, "whose payment"),
    [TAKES_USER] = NUMBER("user", user, 1, RCP_USERS_MAX, "whose payment or purchase"),
    [TAKES_PURCHASE] =
        NUMBER("purchase", purchase, 1, RCP_PURCHASES_MAX, "which purchase of the user"),
    [TAKES_NODE] = NUMBER("node", node, 1, RCP_NODES_MAX, "on which node"),
    [TAKES_PARTITION] =
        NUMBER("partition", partition, 0, RCP_PARTITIONS_MAX - 1, "of which partition"),
    [TAKES_NTH] = NTH,
    [TAKES_CHANCE] = CHANCE,
    [TAKES_FROM] = MOMENT("from", from_ms, "only from then on"),
    [TAKES_UNTIL] = AMOUNT("until", until_ms, "only before then"),
    [TAKES_MAY_NOT_FIRE] = FLAG("may_not_fire", may_not_fire, "else the scenario fails without it"),
};

static const struct rcp_section takes_section = {
    .what = "a line of `takes`",
    .fields = takes_fields,
    .count = TAKES_FIELD_COUNT,
};

/* ---- Plans ---------------------------------------------------------------------------------- */

static void plan_to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_plan *plan = item;
    struct rcp_fault_line *line = out;
    bool input = plan->fault < RCP_FAULT_COUNT &&
                 rcp_fault_info((enum rcp_fault)plan->fault)->class == RCP_FAULT_CLASS_INPUT;
    line->fault = plan->fault;
    line->at_ms = plan->at_ms;
    line->for_ms = plan->for_ms;
    line->by_ms = plan->by_ms;
    line->node = plan->node;
    line->activity = plan->activity;
    line->user = plan->user;
    line->may_not_fire = plan->may_not_fire;
    line->head.given = RCP_BIT(FAULT_FAULT) | RCP_BIT(FAULT_AT);
    line->head.given |= plan->for_ms ? RCP_BIT(FAULT_FOR) : 0;
    line->head.given |= plan->by_ms ? RCP_BIT(FAULT_BY) : 0;
    line->head.given |= plan->node ? RCP_BIT(FAULT_NODE) : 0;
    line->head.given |= plan->user ? RCP_BIT(FAULT_USER) : 0;
    line->head.given |= plan->may_not_fire ? RCP_BIT(FAULT_MAY_NOT_FIRE) : 0;
    bool usual = plan->activity == (input && plan->user ? 1u : 0u);
    line->head.given |= usual ? 0 : RCP_BIT(FAULT_ACTIVITY);
}

/* Which keys a planned fault needs; each of them is superfluous elsewhere. */
static uint32_t plan_needs(const struct rcp_fault_line *line)
{
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)line->fault);
    uint32_t needed = RCP_BIT(FAULT_FAULT);
    needed |= info->wants_for ? RCP_BIT(FAULT_FOR) : 0;
    needed |= info->wants_by ? RCP_BIT(FAULT_BY) : 0;
    needed |= info->wants_node ? RCP_BIT(FAULT_NODE) : 0;
    bool input = info->class == RCP_FAULT_CLASS_INPUT;
    /* A record that does not decode names no payment. */
    needed |= input && line->fault != RCP_FAULT_RECORD_UNUSABLE ? RCP_BIT(FAULT_USER) : 0;
    return needed;
}

static bool plan_from_line(const struct rcp_scenario *scenario,
                           const void *in,
                           void *item,
                           struct rcp_flaw *flaw)
{
    const struct rcp_fault_line *line = in;
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)line->fault);
    struct rcp_plan *plan = item;
    uint32_t needed = plan_needs(line);
    uint32_t allowed = needed | RCP_BIT(FAULT_AT) | RCP_BIT(FAULT_MAY_NOT_FIRE);
    if (info->class == RCP_FAULT_CLASS_INPUT)
        allowed |= RCP_BIT(FAULT_USER) | RCP_BIT(FAULT_ACTIVITY);
    char subject[64];
    snprintf(subject, sizeof subject, "`%s`", info->name);
    if (info->class == RCP_FAULT_CLASS_FATE)
        return rcp_flawed(flaw, NULL, "`%s` strikes effects: it is a rule, not a plan", info->name);
    if (!rcp_line_shape(&fault_section, line, needed, allowed, subject, flaw))
        return false;
    if (rcp_given(line, FAULT_ACTIVITY) && !rcp_given(line, FAULT_USER))
        return rcp_flawed(flaw, "activity", "`activity` needs `user`: a payment is both");
    if (line->at_ms >= scenario->heal_ms)
        return rcp_flawed(flaw, "at", "it would strike after the heal; allowed: before `heal`");
    plan->fault = line->fault;
    plan->at_ms = line->at_ms;
    plan->for_ms = line->for_ms;
    plan->by_ms = line->by_ms;
    plan->node = line->node;
    plan->user = line->user;
    bool usual = line->user != 0 && !rcp_given(line, FAULT_ACTIVITY);
    plan->activity = usual ? 1 : line->activity;
    plan->may_not_fire = (uint8_t)line->may_not_fire;
    return rcp_in_world(scenario, plan->node, plan->activity, plan->user, flaw);
}

static const struct rcp_store plan_store = {
    .items = offsetof(struct rcp_scenario, plan),
    .count = offsetof(struct rcp_scenario, plan_count),
    .item_size = sizeof(struct rcp_plan),
    .max = RCP_PLAN_MAX,
    .to_line = plan_to_line,
    .from_line = plan_from_line,
};

/* ---- Rules ---------------------------------------------------------------------------------- */

/* Where the keys that both kinds of rule have stand in their section. */
struct rule_keys {
    uint8_t on, activity, user, purchase, node, partition, nth, chance, from, until, may_not_fire;
};

static const struct rule_keys fault_keys = {FAULT_ON,
                                            FAULT_ACTIVITY,
                                            FAULT_USER,
                                            FAULT_PURCHASE,
                                            FAULT_NODE,
                                            FAULT_PARTITION,
                                            FAULT_NTH,
                                            FAULT_CHANCE,
                                            FAULT_FROM,
                                            FAULT_UNTIL,
                                            FAULT_MAY_NOT_FIRE};

static const struct rule_keys takes_keys = {TAKES_ON,
                                            TAKES_ACTIVITY,
                                            TAKES_USER,
                                            TAKES_PURCHASE,
                                            TAKES_NODE,
                                            TAKES_PARTITION,
                                            TAKES_NTH,
                                            TAKES_CHANCE,
                                            TAKES_FROM,
                                            TAKES_UNTIL,
                                            TAKES_MAY_NOT_FIRE};

static uint64_t bit_if(bool condition, uint8_t key)
{
    return condition ? RCP_BIT(key) : 0;
}

/* `from` alone means until the heal, whenever that is. */
static void rule_to_line(const struct rcp_rule *rule,
                         const struct rule_keys *keys,
                         struct rcp_fault_line *line)
{
    line->site = rule->site;
    line->activity = rule->activity;
    line->user = rule->user;
    line->purchase = rule->purchase;
    line->node = rule->node;
    line->partition = rule->only_partition - 1;
    line->nth[0] = rule->nth_first;
    line->nth[1] = rule->nth_last;
    line->chance[0] = rule->chance_num;
    line->chance[1] = rule->chance_den;
    line->from_ms = rule->from_ms;
    line->until_ms = rule->until_ms;
    line->may_not_fire = rule->may_not_fire;
    bool open_end = rule->until_ms == UINT64_MAX;
    uint64_t given = 0;
    given |= bit_if(rule->site != RCP_SITE_NONE, keys->on);
    given |= bit_if(rule->activity != 0, keys->activity);
    given |= bit_if(rule->user != 0, keys->user);
    given |= bit_if(rule->purchase != 0, keys->purchase);
    given |= bit_if(rule->node != 0, keys->node);
    given |= bit_if(rule->only_partition != 0, keys->partition);
    given |= bit_if(rule->nth_first != 0 || rule->nth_last != 0, keys->nth);
    given |= bit_if(rule->chance_num != 1 || rule->chance_den != 1, keys->chance);
    given |= bit_if(rule->from_ms != 0 || open_end, keys->from);
    given |= bit_if(rule->until_ms != 0 && !open_end, keys->until);
    given |= bit_if(rule->may_not_fire != 0, keys->may_not_fire);
    line->head.given = given;
}

static bool window_is_clear(const struct rcp_scenario *scenario,
                            const struct rcp_rule *rule,
                            struct rcp_flaw *flaw)
{
    if (rule->until_ms != 0 && rule->from_ms >= rule->until_ms)
        return rcp_flawed(flaw, "until", "`until` is not after `from`: nothing is in between");
    if (rule->from_ms != 0 && rule->from_ms >= scenario->heal_ms)
        return rcp_flawed(flaw, "from", "it would start after the heal; allowed: before `heal`");
    return true;
}

static bool rule_from_line(const struct rcp_scenario *scenario,
                           const struct rcp_fault_line *line,
                           const struct rule_keys *keys,
                           struct rcp_rule *rule,
                           struct rcp_flaw *flaw)
{
    bool chance = rcp_given(line, keys->chance);
    bool from = rcp_given(line, keys->from);
    bool until = rcp_given(line, keys->until);
    rule->site = line->site;
    rule->activity = line->activity;
    rule->user = line->user;
    rule->purchase = line->purchase;
    rule->node = line->node;
    rule->only_partition = rcp_given(line, keys->partition) ? line->partition + 1 : 0;
    rule->nth_first = (uint32_t)line->nth[0];
    rule->nth_last = (uint32_t)line->nth[1];
    rule->chance_num = chance ? line->chance[0] : 1;
    rule->chance_den = chance ? line->chance[1] : 1;
    rule->from_ms = line->from_ms;
    rule->until_ms = from && !until ? UINT64_MAX : line->until_ms;
    rule->may_not_fire = (uint8_t)line->may_not_fire;
    if (rule->only_partition > scenario->world.limits.partitions)
        return rcp_flawed(flaw,
                          "partition",
                          "there is no partition %u; allowed: 0 to %u, see `limits`",
                          line->partition,
                          scenario->world.limits.partitions - 1);
    struct rcp_selector selector = {
        .node = rule->node,
        .activity = rule->activity,
        .user = rule->user,
        .purchase = rule->purchase,
    };
    return window_is_clear(scenario, rule, flaw) && rcp_in_world_or_shop(scenario, &selector, flaw);
}

static bool is_fate(const void *item)
{
    return ((const struct rcp_rule *)item)->why != RCP_WHY_TAKES;
}

static void fate_to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_rule *rule = item;
    struct rcp_fault_line *line = out;
    rule_to_line(rule, &fault_keys, line);
    line->fault = rule->option;
    line->head.given |= RCP_BIT(FAULT_FAULT);
}

static bool may_strike(const struct rcp_fault_info *info, enum rcp_site site, struct rcp_flaw *flaw)
{
    if (site == RCP_SITE_NONE || (info->sites & RCP_AT(site)) != 0)
        return true;
    char sites[512] = "";
    for (uint32_t i = 1; i < RCP_SITE_COUNT; i++) {
        size_t used = strlen(sites);
        if (info->sites & RCP_AT(i))
            snprintf(sites + used,
                     sizeof sites - used,
                     "%s%s",
                     used == 0 ? "" : ", ",
                     rcp_site_name((enum rcp_site)i));
    }
    return rcp_flawed(flaw,
                      "on",
                      "`%s` cannot strike on `%s`; allowed: %s",
                      info->name,
                      rcp_site_name(site),
                      sites);
}

static bool fate_from_line(const struct rcp_scenario *scenario,
                           const void *in,
                           void *item,
                           struct rcp_flaw *flaw)
{
    const struct rcp_fault_line *line = in;
    const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)line->fault);
    struct rcp_rule *rule = item;
    uint32_t planned = RCP_BIT(FAULT_AT) | RCP_BIT(FAULT_FOR) | RCP_BIT(FAULT_BY);
    uint32_t allowed = (RCP_BIT(FAULT_FIELD_COUNT) - 1) & ~planned;
    char subject[64];
    snprintf(subject, sizeof subject, "`%s`", info->name);
    if (info->class != RCP_FAULT_CLASS_FATE)
        return rcp_flawed(
            flaw, NULL, "`%s` strikes no effect: it is a plan, not a rule", info->name);
    if (!rcp_line_shape(&fault_section, line, RCP_BIT(FAULT_FAULT), allowed, subject, flaw))
        return false;
    rule->why = RCP_WHY_FATE;
    rule->option = line->fault;
    return may_strike(info, (enum rcp_site)line->site, flaw) &&
           rule_from_line(scenario, line, &fault_keys, rule, flaw);
}

static bool is_takes(const void *item)
{
    return !is_fate(item);
}

static void takes_to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_rule *rule = item;
    struct rcp_fault_line *line = out;
    rule_to_line(rule, &takes_keys, line);
    line->takes.ms = rule->takes_ms;
    line->takes.option = rule->option;
    line->head.given |= RCP_BIT(TAKES_TAKES);
}

static bool takes_from_line(const struct rcp_scenario *scenario,
                            const void *in,
                            void *item,
                            struct rcp_flaw *flaw)
{
    const struct rcp_fault_line *line = in;
    struct rcp_rule *rule = item;
    rule->why = RCP_WHY_TAKES;
    rule->takes_ms = line->takes.ms;
    rule->option = line->takes.option;
    return rule_from_line(scenario, line, &takes_keys, rule, flaw);
}

static const struct rcp_store fate_store = {
    .items = offsetof(struct rcp_scenario, rules),
    .count = offsetof(struct rcp_scenario, rule_count),
    .item_size = sizeof(struct rcp_rule),
    .max = RCP_RULES_MAX,
    .owns = is_fate,
    .to_line = fate_to_line,
    .from_line = fate_from_line,
};

static const struct rcp_store takes_store = {
    .items = offsetof(struct rcp_scenario, rules),
    .count = offsetof(struct rcp_scenario, rule_count),
    .item_size = sizeof(struct rcp_rule),
    .max = RCP_RULES_MAX,
    .owns = is_takes,
    .to_line = takes_to_line,
    .from_line = takes_from_line,
};

/* 0: a plan, 1: a rule. */
static uint32_t store_of_fault(const void *line)
{
    uint32_t fault = ((const struct rcp_fault_line *)line)->fault;
    return rcp_fault_info((enum rcp_fault)fault)->class == RCP_FAULT_CLASS_FATE;
}

const struct rcp_list rcp_faults_list = {
    .section = &fault_section,
    .stores = {&plan_store, &fate_store},
    .store_of = store_of_fault,
};

const struct rcp_list rcp_takes_list = {.section = &takes_section, .stores = {&takes_store}};
