/* An answer to an operator, for people: whatever it holds, as lines and tables. */
#ifndef RCP_CMD_RECOUPD_CTL_PRINT_H
#define RCP_CMD_RECOUPD_CTL_PRINT_H

#include <jansson.h>
#include <stdio.h>

/* The answer's message, then its result. */
void ctl_print(FILE *out, json_t *answer);

#endif
