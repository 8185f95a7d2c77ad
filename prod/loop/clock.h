/* The two clocks of this process. */
#ifndef RCP_PROD_LOOP_CLOCK_H
#define RCP_PROD_LOOP_CLOCK_H

#include <stdint.h>

/* Milliseconds of a clock that never goes back; the same in all threads. Drives deadlines. */
uint64_t rcp_mono_ms(void);

/* Milliseconds since 1970. May jump. Only written down. */
uint64_t rcp_wall_ms(void);

#endif
