/* The key of an effect or event, in words: whose, which, on which node. */
#include "sim/scenario/key.h"

static const struct rcp_field key_fields[] = {RCP_KEY_FIELDS(0, 0)};

const struct rcp_section rcp_key_section = {
    .what = "an effect",
    .fields = key_fields,
    .count = RCP_KEY_FIELD_COUNT,
};

static uint64_t bit_if(bool condition, enum rcp_key_field field)
{
    return condition ? RCP_BIT(field) : 0;
}

void rcp_key_to_line(const struct rcp_scenario *scenario,
                     struct rcp_key key,
                     struct rcp_key_line *line)
{
    uint32_t users = scenario->world.users;
    uint32_t purchases = scenario->world.purchases;
    bool payment = key.subject_kind == RCP_SUBJECT_PAYMENT;
    bool purchase = key.subject_kind == RCP_SUBJECT_PURCHASE && purchases > 0;
    line->site = key.site;
    line->activity = payment ? key.subject / users + 1 : 0;
    line->user = payment ? key.subject % users + 1 : 0;
    line->user = purchase ? key.subject / purchases + 1 : line->user;
    line->purchase = purchase ? key.subject % purchases + 1 : 0;
    line->subject = payment || purchase ? 0 : key.subject;
    line->node = key.node;
    line->nth = key.nth;
    line->phase = key.phase;
    line->copy = key.copy;
    uint64_t given = 0;
    given |= bit_if(key.site != RCP_SITE_NONE, RCP_KEY_ON);
    given |= bit_if(line->activity > 1, RCP_KEY_ACTIVITY);
    given |= bit_if(payment || purchase, RCP_KEY_USER);
    given |= bit_if(purchase, RCP_KEY_PURCHASE);
    given |= bit_if(key.subject_kind == RCP_SUBJECT_NODE, RCP_KEY_OF_NODE);
    given |= bit_if(key.subject_kind == RCP_SUBJECT_PARTITION, RCP_KEY_PARTITION);
    bool world = key.subject_kind == RCP_SUBJECT_WORLD;
    given |= bit_if(world && key.subject != 0, RCP_KEY_SUBJECT);
    given |= bit_if(key.node != 0, RCP_KEY_NODE);
    given |= bit_if(key.nth != 0, RCP_KEY_NTH);
    given |= bit_if(key.phase != RCP_PHASE_ISSUE, RCP_KEY_PHASE);
    given |= bit_if(key.copy != 0, RCP_KEY_COPY);
    line->head.given = given;
}

/* Which kind of subject the line names; COUNT where it names more than one. */
static enum rcp_subject_kind subject_of(const struct rcp_key_line *line)
{
    static const struct {
        enum rcp_key_field field;
        enum rcp_subject_kind kind;
    } subjects[] = {
        {RCP_KEY_USER, RCP_SUBJECT_PAYMENT},
        {RCP_KEY_OF_NODE, RCP_SUBJECT_NODE},
        {RCP_KEY_PARTITION, RCP_SUBJECT_PARTITION},
        {RCP_KEY_SUBJECT, RCP_SUBJECT_WORLD},
    };
    enum rcp_subject_kind found = RCP_SUBJECT_WORLD;
    uint32_t count = 0;
    for (uint32_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        if (rcp_given(line, subjects[i].field)) {
            found = subjects[i].kind;
            count++;
        }
    }
    if (found == RCP_SUBJECT_PAYMENT && rcp_given(line, RCP_KEY_PURCHASE))
        found = RCP_SUBJECT_PURCHASE;
    return count > 1 ? RCP_SUBJECT_KIND_COUNT : found;
}

bool rcp_key_from_line(const struct rcp_scenario *scenario,
                       const struct rcp_key_line *line,
                       struct rcp_key *key,
                       struct rcp_flaw *flaw)
{
    enum rcp_subject_kind kind = subject_of(line);
    if (kind == RCP_SUBJECT_KIND_COUNT)
        return rcp_flawed(
            flaw, NULL, "a key has one subject; allowed: one of user, of_node, partition, subject");
    if (rcp_given(line, RCP_KEY_ACTIVITY) && kind != RCP_SUBJECT_PAYMENT)
        return rcp_flawed(
            flaw, "activity", "`activity` needs `user`, and no `purchase`: a payment is both");
    if (rcp_given(line, RCP_KEY_PURCHASE) && kind != RCP_SUBJECT_PURCHASE)
        return rcp_flawed(flaw, "purchase", "`purchase` needs `user`: whose it is");
    uint32_t activity = rcp_given(line, RCP_KEY_ACTIVITY) ? line->activity : 1;
    struct rcp_selector selector = {
        .node = line->node,
        .activity = kind == RCP_SUBJECT_PURCHASE ? 0 : activity,
        .user = line->user,
        .purchase = line->purchase,
    };
    if (!rcp_in_world_or_shop(scenario, &selector, flaw))
        return false;
    *key = (struct rcp_key){
        .subject = line->subject,
        .nth = (uint16_t)line->nth,
        .subject_kind = (uint8_t)kind,
        .site = (uint8_t)line->site,
        .node = (uint8_t)line->node,
        .phase = (uint8_t)line->phase,
        .copy = (uint8_t)line->copy,
    };
    if (kind == RCP_SUBJECT_PAYMENT)
        key->subject = (activity - 1) * scenario->world.users + line->user - 1;
    if (kind == RCP_SUBJECT_PURCHASE)
        key->subject = (line->user - 1) * scenario->world.purchases + line->purchase - 1;
    return true;
}
