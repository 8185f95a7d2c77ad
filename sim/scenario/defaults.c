/* A scenario before anybody says anything, and whether one makes a world. */
#include "core/node.h"
#include "sim/check/invariant.h"
#include "sim/scenario/store.h"

#include <stdio.h>
#include <string.h>

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (UINT64_C(60) * SECOND_MS)
#define HOUR_MS   (UINT64_C(60) * MINUTE_MS)

static const struct rcp_limits limits = {
    .requests = 64,
    .retries = 16,
    .group = 8,
    .groups = 2,
    .page = 10,
    .sends = 10,
    .partitions = 1,
    .window = 16,
};

void rcp_scenario_defaults(struct rcp_scenario *scenario)
{
    memset(scenario, 0, sizeof *scenario);
    scenario->seed_first = 1;
    scenario->seed_last = 1;
    scenario->base = rcp_policy_hardened();
    scenario->policy = scenario->base;
    scenario->world.limits = limits;
    scenario->world.nodes = 1;
    scenario->world.nodes_per_process = 1;
    scenario->world.activities = 1;
    scenario->world.users = 8;
    scenario->world.sessions = 32;
    scenario->world.token_ttl_ms = RCP_TOKEN_TTL_MS;
    scenario->world.orphan_ms = 10 * SECOND_MS;
    scenario->world.session_timeout_ms = 10 * SECOND_MS;
    scenario->world.retention_ms = UINT64_C(168) * HOUR_MS;
    scenario->world.client_timeout_ms = 6 * SECOND_MS;
    scenario->world.client_pause_ms = 2 * SECOND_MS;
    scenario->world.client_tries = 4;
    rcp_world_derive(&scenario->world);
    scenario->heal_ms = 10 * MINUTE_MS;
    scenario->drain_ms = 72 * HOUR_MS;
    scenario->chaos_den = 1;
    scenario->slow_den = 1;
    scenario->invariants = rcp_set_bits(&rcp_invariant_names);
}

static bool text_is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\0')
            return true;
        unsigned char byte = (unsigned char)text[i];
        if ((byte < ' ' && byte != '\n') || byte == 0x7f)
            return false;
    }
    return false;
}

/* Every field is in its range, and what the fields make together is the same scenario. */
static bool top_is_valid(const struct rcp_scenario *scenario, struct rcp_flaw *flaw)
{
    struct rcp_scenario_line line;
    struct rcp_policy base = scenario->base;
    rcp_scenario_to_line(scenario, &line);
    rcp_section_give_all(&rcp_scenario_section, &line);
    if (scenario->world.products == 0)
        line.world.head.given &= ~RCP_BIT(rcp_section_find(&rcp_world_section, "shop"));
    if (!rcp_section_check(&rcp_scenario_section, &line, flaw))
        return false;
    if (base.hardened != rcp_policy_hardened().hardened && base.hardened != 0)
        return rcp_flawed(flaw, "policy", "the base policy is no preset");
    if (!text_is_plain(scenario->why, sizeof scenario->why))
        return rcp_flawed(flaw, NULL, "`why` is not plain text that ends");
    if (scenario->invariants !=
        (scenario->invariants | RCP_BIT(RCP_INVARIANT_CHECK) | RCP_BIT(RCP_INVARIANT_TWIN)))
        return rcp_flawed(flaw, "invariants", "`check` and `twin` cannot be left out");
    return true;
}

static bool knobs_and_room_are_valid(const struct rcp_scenario *scenario, struct rcp_flaw *flaw)
{
    const struct rcp_diagram *diagram = &scenario->diagram;
    const char *refusal = rcp_policy_refusal(scenario->policy);
    if (refusal != NULL)
        return rcp_flawed(flaw, "knobs", "impossible knobs: %s", refusal);
    if (scenario->world.activities * scenario->world.users > RCP_PAYMENTS_MAX)
        return rcp_flawed(flaw, "users", "there are more than %u payments", RCP_PAYMENTS_MAX);
    if (!rcp_shop_is_whole(&scenario->world, flaw) ||
        !rcp_limits_are_whole(&scenario->world.limits, flaw))
        return false;
    if (diagram->until_ms != 0 && diagram->from_ms >= diagram->until_ms)
        return rcp_flawed(flaw, "diagram", "`until` is not after `from`");
    return true;
}

/* What a line does not keep, and so cannot bring back. */
static void drop_unkept(const struct rcp_store *store, void *item)
{
    if (store->items == offsetof(struct rcp_scenario, tape))
        ((struct rcp_tape_entry *)item)->consumed = 0;
}

union item {
    struct rcp_work work;
    struct rcp_plan plan;
    struct rcp_rule rule;
    struct rcp_order_rule order;
    struct rcp_expect expect;
    struct rcp_tape_entry tape;
};

static bool item_is_valid(const struct rcp_scenario *scenario,
                          const struct rcp_section *section,
                          const struct rcp_store *store,
                          const void *given,
                          struct rcp_flaw *flaw)
{
    union rcp_list_line line;
    union item item;
    union item again;
    memset(&line, 0, sizeof line);
    memset(&again, 0, sizeof again);
    memcpy(&item, given, store->item_size);
    drop_unkept(store, &item);
    store->to_line(scenario, &item, &line);
    if (!rcp_section_check(section, &line, flaw) ||
        !store->from_line(scenario, &line, &again, flaw))
        return false;
    if (memcmp(&item, &again, store->item_size) != 0)
        return rcp_flawed(flaw, NULL, "it has a field that its kind does not use");
    return true;
}

static bool store_is_valid(const struct rcp_scenario *scenario,
                           const struct rcp_field *field,
                           const struct rcp_store *store,
                           struct rcp_flaw *flaw)
{
    uint32_t count = rcp_store_count(store, scenario);
    if (count > store->max)
        return rcp_flawed(flaw, field->key, "there are more than %u", store->max);
    for (uint32_t i = 0; i < count; i++) {
        const void *item = rcp_store_item(store, scenario, i);
        if (rcp_store_owns(store, item) &&
            !item_is_valid(scenario, field->list->section, store, item, flaw)) {
            char text[sizeof flaw->text];
            memcpy(text, flaw->text, sizeof text);
            return rcp_flawed(flaw, field->key, "%s, number %u: %.1400s", field->key, i, text);
        }
    }
    return true;
}

static bool lists_are_valid(const struct rcp_scenario *scenario, struct rcp_flaw *flaw)
{
    for (uint32_t i = 0; i < rcp_scenario_section.count; i++) {
        const struct rcp_field *field = &rcp_scenario_section.fields[i];
        for (uint32_t j = 0; field->kind == RCP_VALUE_LIST && j < 2; j++) {
            const struct rcp_store *store = field->list->stores[j];
            if (store != NULL && !store_is_valid(scenario, field, store, flaw))
                return false;
        }
    }
    return true;
}

bool rcp_scenario_valid(const struct rcp_scenario *scenario, char *text, uint32_t text_size)
{
    struct rcp_flaw flaw;
    if (top_is_valid(scenario, &flaw) && knobs_and_room_are_valid(scenario, &flaw) &&
        lists_are_valid(scenario, &flaw))
        return true;
    if (text_size > 0)
        snprintf(text, text_size, "%s", flaw.text);
    return false;
}
