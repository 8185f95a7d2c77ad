/* The core's decision tables in words, for messages. */
#ifndef RCP_TESTS_SUPPORT_TABLES_H
#define RCP_TESTS_SUPPORT_TABLES_H

#include "core/effect.h"

#include <stddef.h>

/* "TOKEN x FOREIGN, user_mismatch documented": the row of a table, into text. */
void tables_row_name(enum rcp_core_table table, uint32_t row, char *text, size_t size);

/* enum rcp_flow_state and enum rcp_answer without their prefix. Never NULL. */
const char *tables_state_name(uint32_t state);
const char *tables_answer_name(uint32_t answer);

#endif
