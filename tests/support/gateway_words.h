/* The gateway's tables in words, as docs/POLICIES.md has them and for messages. */
#ifndef RCP_TESTS_SUPPORT_GATEWAY_WORDS_H
#define RCP_TESTS_SUPPORT_GATEWAY_WORDS_H

#include "core/gateway/answer_table.h"

#include <stddef.h>

/* Constant text, never NULL. */
const char *gateway_answer_word(uint32_t answer);
const char *gateway_class_word(uint32_t class);
const char *gateway_health_word(uint32_t health);
const char *gateway_state_word(uint32_t state);
const char *gateway_event_word(uint32_t event);

/* A row as the page has it: "| pays | 429 | `too_many: retry_after` | LATER | ignored |". */
void gateway_rule_line(const struct rcp_pg_rule *rule, char *text, size_t size);
void gateway_edge_line(const struct rcp_breaker_edge *edge, char *text, size_t size);

#endif
