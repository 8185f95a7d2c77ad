/* The gateway's tables in words, as docs/POLICIES.md has them and for messages. */
#include "tests/support/gateway_words.h"

#include <stdio.h>

static const char *const answers[RCP_PG_ANSWER_COUNT] = {
    [RCP_PG_OK] = "2xx",
    [RCP_PG_UNREADABLE] = "2xx that nobody can read",
    [RCP_PG_BAD_REQUEST] = "400",
    [RCP_PG_UNAUTHORIZED] = "401, 403",
    [RCP_PG_NOT_FOUND] = "404",
    [RCP_PG_TOO_MANY] = "429",
    [RCP_PG_ERROR_500] = "500",
    [RCP_PG_BAD_GATEWAY] = "502, 504",
    [RCP_PG_NOT_CONNECTED] = "not connected",
    [RCP_PG_RESET] = "reset",
    [RCP_PG_TIMED_OUT] = "timed out",
};

static const char *const classes[RCP_PG_CLASS_COUNT] = {
#define CLASS(name) [RCP_PG_CLASS_##name] = #name
    CLASS(NONE),
    CLASS(TOLD),
    CLASS(NO_RECORD),
    CLASS(BUSINESS),
    CLASS(CIRCUIT_OPEN),
    CLASS(LATER),
    CLASS(NOT_REACHED),
    CLASS(ASK_FIRST),
    CLASS(UNCERTAIN),
#undef CLASS
};

static const char *const healths[] = {
    [RCP_PG_HEALTHY] = "good",
    [RCP_PG_FAILURE] = "failure",
    [RCP_PG_IGNORED] = "ignored",
};

static const char *const states[RCP_BREAKER_STATE_COUNT] = {
    [RCP_BREAKER_CLOSED] = "CLOSED",
    [RCP_BREAKER_OPEN] = "OPEN",
    [RCP_BREAKER_HALF_OPEN] = "HALF_OPEN",
};

static const char *const events[RCP_BREAKER_EVENT_COUNT] = {
    [RCP_BREAKER_TRIPPED] = "tripped",
    [RCP_BREAKER_WAITED] = "waited",
    [RCP_BREAKER_HEALED] = "healed",
    [RCP_BREAKER_RELAPSED] = "relapsed",
};

static const char *word_in(const char *const *words, size_t count, uint32_t index)
{
    return index < count && words[index] != NULL ? words[index] : "?";
}

const char *gateway_answer_word(uint32_t answer)
{
    return word_in(answers, RCP_PG_ANSWER_COUNT, answer);
}

const char *gateway_class_word(uint32_t class)
{
    return word_in(classes, RCP_PG_CLASS_COUNT, class);
}

const char *gateway_health_word(uint32_t health)
{
    return word_in(healths, sizeof healths / sizeof healths[0], health);
}

const char *gateway_state_word(uint32_t state)
{
    return word_in(states, RCP_BREAKER_STATE_COUNT, state);
}

const char *gateway_event_word(uint32_t event)
{
    return word_in(events, RCP_BREAKER_EVENT_COUNT, event);
}

void gateway_rule_line(const struct rcp_pg_rule *rule, char *text, size_t size)
{
    char policy[64] = "both";
    if (rule->knob != RCP_KNOB_COUNT) {
        const struct rcp_knob_info *info = rcp_knob_info((enum rcp_knob)rule->knob);
        snprintf(policy,
                 sizeof policy,
                 "`%s: %s`",
                 info->name,
                 rule->side != 0 ? info->hardened : info->documented);
    }
    char words[128] = "";
    size_t at = 0;
    for (uint32_t answer = 0; answer < RCP_PG_ANSWER_COUNT; answer++)
        if ((rule->answers >> answer & 1u) != 0)
            at += (size_t)snprintf(words + at,
                                   sizeof words - at,
                                   "%s%s",
                                   at > 0 ? ", " : "",
                                   gateway_answer_word(answer));
    snprintf(text,
             size,
             "| %s | %s | %s | %s | %s |",
             rule->pays != 0 ? "pays" : "query",
             words,
             policy,
             gateway_class_word(rule->class),
             gateway_health_word(rule->health));
}

void gateway_edge_line(const struct rcp_breaker_edge *edge, char *text, size_t size)
{
    snprintf(text,
             size,
             "| %s | %s | %s |",
             gateway_state_word(edge->from),
             gateway_event_word(edge->event),
             gateway_state_word(edge->to));
}
