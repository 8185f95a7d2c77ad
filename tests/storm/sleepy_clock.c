/* A recoupd's clock for the storm: every few seconds it has slept for a minute, as a process may anywhere.
 *
 * Recovery ticks once a minute, so a process that lives for seconds would never begin with it, and would never be
 * killed in the middle of it. Linked in place of prod/loop/clock.c; all else is recoupd as it is shipped. */
#include "prod/loop/clock.h"

#include <pthread.h>
#include <time.h>

#define AWAKE_MS 2000u
#define SLEEP_MS 61000u

static uint64_t began_ms;
static pthread_once_t began = PTHREAD_ONCE_INIT;

static uint64_t read_ms(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void begin(void)
{
    began_ms = read_ms(CLOCK_MONOTONIC);
}

uint64_t rcp_mono_ms(void)
{
    pthread_once(&began, begin);
    uint64_t now_ms = read_ms(CLOCK_MONOTONIC);
    return now_ms + (now_ms - began_ms) / AWAKE_MS * SLEEP_MS;
}

uint64_t rcp_wall_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
