/* One lock for all: operators are few. */
#include "prod/ctl/desk.h"

#include <time.h>

void rcp_desk_open(struct rcp_desk *desk)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    desk->closed = false;
}

void rcp_desk_close(struct rcp_desk *desk)
{
    pthread_mutex_lock(&desk->lock);
    desk->closed = true;
    pthread_mutex_unlock(&desk->lock);
}

void rcp_desk_free(struct rcp_desk *desk)
{
    pthread_cond_destroy(&desk->answered);
    pthread_mutex_destroy(&desk->lock);
}

bool rcp_desk_hand_in(struct rcp_desk *desk,
                      struct rcp_ticket *ticket,
                      void (*post)(struct rcp_ticket *ticket))
{
    *ticket = (struct rcp_ticket){.desk = desk};
    pthread_mutex_lock(&desk->lock);
    bool open = !desk->closed;
    if (open)
        post(ticket);
    pthread_mutex_unlock(&desk->lock);
    return open;
}

static struct timespec after_ms(uint32_t ms)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += ms / 1000u;
    time.tv_nsec += (long)(ms % 1000u) * 1000000l;
    if (time.tv_nsec >= 1000000000l) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000l;
    }
    return time;
}

bool rcp_desk_wait(struct rcp_desk *desk, struct rcp_ticket *ticket, uint32_t wait_ms)
{
    const struct timespec until = after_ms(wait_ms);
    int end = 0;
    pthread_mutex_lock(&desk->lock);
    while (!ticket->answered && end == 0)
        end = pthread_cond_timedwait(&desk->answered, &desk->lock, &until);
    bool answered = ticket->answered;
    ticket->left = !answered;
    pthread_mutex_unlock(&desk->lock);
    return answered;
}

bool rcp_ticket_answer(struct rcp_ticket *ticket)
{
    struct rcp_desk *desk = ticket->desk;
    pthread_mutex_lock(&desk->lock);
    bool waited_for = !ticket->left;
    ticket->answered = true;
    pthread_cond_broadcast(&desk->answered);
    pthread_mutex_unlock(&desk->lock);
    return waited_for;
}
