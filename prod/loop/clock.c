/* The two clocks, as POSIX has them. */
#include "prod/loop/clock.h"

#include <time.h>

static uint64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

uint64_t rcp_mono_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}

uint64_t rcp_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
