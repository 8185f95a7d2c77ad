/* recoupd's loop, for the storm: every few seconds its node has slept for a minute, as a process may anywhere.
 *
 * Recovery ticks once a minute, so a process that lives for seconds would never begin with it, and would never be
 * killed in the middle of it. Linked in place of prod/loop/loop.c, whose text this is; the core alone sees this clock,
 * and all else is recoupd as it is shipped. */
#include "prod/loop/clock.h"

#include <stdatomic.h>

#define AWAKE_MS 2000u
#define SLEEP_MS 61000u

static uint64_t sleepy_mono_ms(void)
{
    static atomic_uint_fast64_t began_ms;
    uint64_t now_ms = rcp_mono_ms();
    uint64_t unset = 0;
    atomic_compare_exchange_strong(&began_ms, &unset, now_ms);
    return now_ms + (now_ms - atomic_load(&began_ms)) / AWAKE_MS * SLEEP_MS;
}

#define rcp_mono_ms sleepy_mono_ms
#include "prod/loop/loop.c" // NOLINT(bugprone-suspicious-include): the same text by another clock
