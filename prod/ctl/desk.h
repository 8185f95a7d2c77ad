/* Where an operator's thread waits for a loop: a ticket goes in with a letter, and comes back answered. One that is
 * waited for in vain is left behind, and whoever answers it then lets go of it. */
#ifndef RCP_PROD_CTL_DESK_H
#define RCP_PROD_CTL_DESK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct rcp_desk {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    bool closed;
};

/* Embedded in what waits; that is on the heap. */
struct rcp_ticket {
    struct rcp_desk *desk;
    bool answered;
    bool left; /* nobody waits any more */
};

void rcp_desk_open(struct rcp_desk *desk);

/* From its return on no ticket is handed in. */
void rcp_desk_close(struct rcp_desk *desk);

/* After every ticket that was handed in has been answered. */
void rcp_desk_free(struct rcp_desk *desk);

/* Runs `post`, which posts the letter, unless the desk is closed: then false, and nothing was posted. */
bool rcp_desk_hand_in(struct rcp_desk *desk,
                      struct rcp_ticket *ticket,
                      void (*post)(struct rcp_ticket *ticket));

/* True where it was answered: what it is in is the caller's again. False where it was not, in time: then it is
 * whoever's answers it. */
bool rcp_desk_wait(struct rcp_desk *desk, struct rcp_ticket *ticket, uint32_t wait_ms);

/* Any thread, once. False where nobody waits any more: the caller frees what the ticket is in. */
bool rcp_ticket_answer(struct rcp_ticket *ticket);

#endif
