/* Asking a long command to stop. */
#include "cmd/recoup/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 3 /* Signals after which nothing is waited for; timeout(1) sends two at once. */

static atomic_int asked;

static void on_signal(int number)
{
    if (atomic_fetch_add(&asked, 1) + 1 >= PATIENCE) {
        _exit(128 + number);
    }
}

void rcp_stop_on_signal(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool rcp_stop_asked(void)
{
    return atomic_load(&asked) > 0;
}

uint64_t rcp_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}
