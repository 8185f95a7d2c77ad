/* Rows of the core's tables that no simulated world can lead to, each for a reason. */
#ifndef RCP_TESTS_SUPPORT_BEYOND_REACH_H
#define RCP_TESTS_SUPPORT_BEYOND_REACH_H

#include "core/effect.h"

#include <stdbool.h>

/* True where the row is there for what only a real client, PG or operator does, or to make a table whole. */
bool beyond_reach(enum rcp_core_table table, uint32_t row);

/* True where it takes a moment that a seed hardly ever hits: a scenario stages it. */
bool is_staged(enum rcp_core_table table, uint32_t row);

#endif
