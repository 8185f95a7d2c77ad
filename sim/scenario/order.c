/* `order:` which of two effects comes first where both could, and what comes last of all. */
#include "sim/scenario/key.h"

enum { ORDER_FIRST, ORDER_THEN, ORDER_MAY_NOT_FIRE, ORDER_FIELD_COUNT };

static const struct rcp_field order_fields[] = {
    [ORDER_FIRST] =
        {
            .key = "first",
            .help = "this effect is stepped first; left out: whatever else could come next",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_key_section,
            .offset = offsetof(struct rcp_order_line, first),
        },
    [ORDER_THEN] =
        {
            .key = "then",
            .help = "and this one after it, where both are possible",
            .kind = RCP_VALUE_SECTION,
            .section = &rcp_key_section,
            .required = true,
            .offset = offsetof(struct rcp_order_line, then),
        },
    [ORDER_MAY_NOT_FIRE] =
        {
            .key = "may_not_fire",
            .help = "else the scenario fails where the two never meet",
            .kind = RCP_VALUE_FLAG,
            .offset = offsetof(struct rcp_order_line, may_not_fire),
        },
};

static const struct rcp_section order_section = {
    .what = "a line of `order`",
    .fields = order_fields,
    .count = ORDER_FIELD_COUNT,
};

static void side_to_line(const struct rcp_order_rule *rule, int side, struct rcp_key_line *line)
{
    line->site = rule->site[side];
    line->activity = rule->activity[side];
    line->user = rule->user[side];
    line->purchase = rule->purchase[side];
    line->node = rule->node[side];
    line->nth = rule->nth[side];
    line->phase = rule->phase[side];
    uint64_t given = 0;
    given |= line->site != RCP_SITE_NONE ? RCP_BIT(RCP_KEY_ON) : 0;
    given |= line->activity != 0 ? RCP_BIT(RCP_KEY_ACTIVITY) : 0;
    given |= line->user != 0 ? RCP_BIT(RCP_KEY_USER) : 0;
    given |= line->purchase != 0 ? RCP_BIT(RCP_KEY_PURCHASE) : 0;
    given |= line->node != 0 ? RCP_BIT(RCP_KEY_NODE) : 0;
    given |= line->nth != 0 ? RCP_BIT(RCP_KEY_NTH) : 0;
    given |= line->phase != RCP_PHASE_ISSUE ? RCP_BIT(RCP_KEY_PHASE) : 0;
    line->head.given = given;
}

static void to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_order_rule *rule = item;
    struct rcp_order_line *line = out;
    side_to_line(rule, 0, &line->first);
    side_to_line(rule, 1, &line->then);
    line->may_not_fire = rule->may_not_fire;
    line->head.given = RCP_BIT(ORDER_THEN);
    line->head.given |= line->first.head.given != 0 ? RCP_BIT(ORDER_FIRST) : 0;
    line->head.given |= rule->may_not_fire ? RCP_BIT(ORDER_MAY_NOT_FIRE) : 0;
}

static bool side_from_line(const struct rcp_scenario *scenario,
                           const struct rcp_key_line *line,
                           int side,
                           struct rcp_order_rule *rule,
                           struct rcp_flaw *flaw)
{
    uint32_t needed = RCP_BIT(RCP_KEY_ON);
    uint32_t allowed = needed | RCP_BIT(RCP_KEY_ACTIVITY) | RCP_BIT(RCP_KEY_USER) |
                       RCP_BIT(RCP_KEY_PURCHASE) | RCP_BIT(RCP_KEY_NODE) | RCP_BIT(RCP_KEY_NTH) |
                       RCP_BIT(RCP_KEY_PHASE);
    const char *subject = side == 0 ? "`first`" : "`then`";
    if (!rcp_line_shape(&rcp_key_section, line, needed, allowed, subject, flaw))
        return false;
    rule->site[side] = line->site;
    rule->activity[side] = line->activity;
    rule->user[side] = line->user;
    rule->purchase[side] = line->purchase;
    rule->node[side] = line->node;
    rule->nth[side] = line->nth;
    rule->phase[side] = (uint8_t)line->phase;
    struct rcp_selector selector = {
        .node = line->node,
        .activity = line->activity,
        .user = line->user,
        .purchase = line->purchase,
    };
    return rcp_in_world_or_shop(scenario, &selector, flaw);
}

static bool from_line(const struct rcp_scenario *scenario,
                      const void *in,
                      void *item,
                      struct rcp_flaw *flaw)
{
    const struct rcp_order_line *line = in;
    struct rcp_order_rule *rule = item;
    rule->may_not_fire = (uint8_t)line->may_not_fire;
    return (!rcp_given(line, ORDER_FIRST) ||
            side_from_line(scenario, &line->first, 0, rule, flaw)) &&
           side_from_line(scenario, &line->then, 1, rule, flaw);
}

static const struct rcp_store order_store = {
    .items = offsetof(struct rcp_scenario, order),
    .count = offsetof(struct rcp_scenario, order_count),
    .item_size = sizeof(struct rcp_order_rule),
    .max = RCP_RULES_MAX,
    .to_line = to_line,
    .from_line = from_line,
};

const struct rcp_list rcp_order_list = {.section = &order_section, .stores = {&order_store}};
