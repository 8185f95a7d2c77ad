/* Values as text: numbers, durations, ratios and spans, with a unit in every number. */
#ifndef RCP_YAML_VALUE_H
#define RCP_YAML_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_DURATION_MAX_MS 86400000000u /* 1000 days. */
#define RCP_VALUE_TEXT_MAX  64u          /* Room for any printed value. */

/* Each takes the whole text or returns false: no sign, no blank, nothing left over. */
bool rcp_parse_number(const char *text, uint64_t *number);
bool rcp_parse_duration(const char *text, uint64_t *ms); /* "1h30m", "100ms", "0s" */
bool rcp_parse_ratio(const char *text, uint32_t *numerator, uint32_t *denominator); /* "1/10" */
bool rcp_parse_item(const char *text, uint64_t *product, uint64_t *quantity);       /* "3x1" */

/* "7", "1..20", "3..", "..3": an open end is min or max. */
bool rcp_parse_span(const char *text, uint64_t min, uint64_t max, uint64_t *first, uint64_t *last);

/* Each writes at most RCP_VALUE_TEXT_MAX bytes, and the parser above reads them back. */
void rcp_print_duration(uint64_t ms, char *text);
void rcp_print_span(uint64_t min, uint64_t max, uint64_t first, uint64_t last, char *text);

#endif
