/* Ctrl-C: the run in progress ends, what was found is still reported, the exit code is 3. */
#ifndef RCP_CMD_RECOUP_STOP_H
#define RCP_CMD_RECOUP_STOP_H

#include <stdbool.h>
#include <stdint.h>

/* From now on SIGINT and SIGTERM only ask to stop; a third ends the program at once. */
void rcp_stop_on_signal(void);

/* True once somebody asked. Safe from any thread. */
bool rcp_stop_asked(void);

/* Microseconds of a clock that never goes back; its zero means nothing. */
uint64_t rcp_clock_us(void);

#endif
