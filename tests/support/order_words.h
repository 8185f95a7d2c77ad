/* The order tables' rows in words, for messages. */
#ifndef RCP_TESTS_SUPPORT_ORDER_WORDS_H
#define RCP_TESTS_SUPPORT_ORDER_WORDS_H

#include "core/effect.h"

#include <stddef.h>

/* "order table: PAY x ACCEPTED (in_progress)". Needs one of ORDER, DECISION, CHARGE and REFUND. */
void order_row_line(enum rcp_core_table table, uint32_t row, char *text, size_t size);

#endif
