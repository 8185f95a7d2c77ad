/* A thread looks at all connections a few times within the limit. A socket is shut down, not closed: its owner
 * then sees it end, and closes it itself. */
#include "prod/http/guard.h"

#include "prod/loop/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define LOOKS_PER_LIMIT 8u

struct rcp_watched {
    struct rcp_watched *next;
    struct rcp_watched *previous;
    _Atomic uint64_t until_ms; /* UINT64_MAX: our turn */
    int fd;
};

struct rcp_guard {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    pthread_t thread;
    struct rcp_watched all; /* a ring */
    uint32_t limit_ms;
    bool ending;
};

static void cut_off_late(struct rcp_guard *guard, uint64_t now_ms)
{
    for (struct rcp_watched *one = guard->all.next; one != &guard->all; one = one->next) {
        if (atomic_load_explicit(&one->until_ms, memory_order_relaxed) <= now_ms) {
            shutdown(one->fd, SHUT_RDWR);
            rcp_guard_our_turn(one);
        }
    }
}

static void *look_on(void *context)
{
    struct rcp_guard *guard = context;
    uint64_t pause_ms = guard->limit_ms / LOOKS_PER_LIMIT + 1u;
    pthread_mutex_lock(&guard->lock);
    while (!guard->ending) {
        uint64_t until_ms = rcp_mono_ms() + pause_ms;
        struct timespec until = {.tv_sec = (time_t)(until_ms / 1000u),
                                 .tv_nsec = (long)(until_ms % 1000u) * 1000000L};
        pthread_cond_timedwait(&guard->ended, &guard->lock, &until);
        cut_off_late(guard, rcp_mono_ms());
    }
    pthread_mutex_unlock(&guard->lock);
    return NULL;
}

struct rcp_guard *rcp_guard_open(uint32_t limit_ms)
{
    struct rcp_guard *guard = calloc(1, sizeof *guard);
    pthread_condattr_t attributes;
    if (guard == NULL)
        return NULL;
    guard->limit_ms = limit_ms;
    guard->all.next = &guard->all;
    guard->all.previous = &guard->all;
    pthread_mutex_init(&guard->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&guard->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&guard->thread, NULL, look_on, guard) != 0) {
        pthread_cond_destroy(&guard->ended);
        pthread_mutex_destroy(&guard->lock);
        free(guard);
        return NULL;
    }
    return guard;
}

struct rcp_watched *rcp_guard_enter(struct rcp_guard *guard, int fd)
{
    struct rcp_watched *watched = calloc(1, sizeof *watched);
    if (watched == NULL)
        return NULL;
    watched->fd = fd;
    rcp_guard_their_turn(guard, watched);
    pthread_mutex_lock(&guard->lock);
    watched->next = guard->all.next;
    watched->previous = &guard->all;
    watched->next->previous = watched;
    guard->all.next = watched;
    pthread_mutex_unlock(&guard->lock);
    return watched;
}

void rcp_guard_leave(struct rcp_guard *guard, struct rcp_watched *watched)
{
    if (watched == NULL)
        return;
    pthread_mutex_lock(&guard->lock);
    watched->next->previous = watched->previous;
    watched->previous->next = watched->next;
    pthread_mutex_unlock(&guard->lock);
    free(watched);
}

void rcp_guard_our_turn(struct rcp_watched *watched)
{
    if (watched != NULL)
        atomic_store_explicit(&watched->until_ms, UINT64_MAX, memory_order_relaxed);
}

void rcp_guard_their_turn(struct rcp_guard *guard, struct rcp_watched *watched)
{
    if (watched != NULL)
        atomic_store_explicit(
            &watched->until_ms, rcp_mono_ms() + guard->limit_ms, memory_order_relaxed);
}

void rcp_guard_close(struct rcp_guard *guard)
{
    if (guard == NULL)
        return;
    pthread_mutex_lock(&guard->lock);
    guard->ending = true;
    pthread_cond_signal(&guard->ended);
    pthread_mutex_unlock(&guard->lock);
    pthread_join(guard->thread, NULL);
    pthread_cond_destroy(&guard->ended);
    pthread_mutex_destroy(&guard->lock);
    free(guard);
}
