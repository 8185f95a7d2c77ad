/* Where requests go into a loop and replies come out of it: one door for each loop. Knows letters, handles and
 * effects; of HTTP it knows nothing, so an operator's requests go through it too.
 *
 * An exchange is whoever asks's. From rcp_door_ask() on it is the door's, until `answered` is called. */
#ifndef RCP_PROD_HTTP_DOOR_H
#define RCP_PROD_HTTP_DOOR_H

#include "prod/http/ask.h"
#include "prod/loop/loop.h"

struct rcp_door;

struct rcp_exchange {
    struct rcp_letter letter;
    struct rcp_exchange *next; /* with the same hash */
    struct rcp_door *door;
    uint64_t request_id;
    struct rcp_ask ask;
    struct rcp_reply reply; /* once it is answered */

    /* On the loop's thread, or that of rcp_door_close(). The door has forgotten the exchange by then. */
    void (*answered)(struct rcp_exchange *exchange);
};

/* `most`: exchanges open at once, about; more are slower to find. Cards of orders go to `cards`, this loop's;
 * NULL where no orders are taken. NULL where memory is short. */
struct rcp_door *rcp_door_open(struct rcp_loop *loop, struct rcp_cards *cards, uint32_t most);

/* For RCP_EFFECT_REPLY of this loop. */
struct rcp_port rcp_door_port(struct rcp_door *door);

/* Any thread: asks the core. 503 comes back at once where there is no room for handles or a card, which is
 * wiped from the exchange once it is passed on. */
void rcp_door_ask(struct rcp_door *door, struct rcp_exchange *exchange);

/* After the loop was freed: what the core never answered is answered 503. Frees the door; NULL is fine. */
void rcp_door_close(struct rcp_door *door);

#endif
