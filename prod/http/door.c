/* The table of open exchanges belongs to the loop's thread: letters put them in, replies take them out. */
#include "prod/http/door.h"

#include "core/check.h"

#include <stdlib.h>

struct rcp_door {
    struct rcp_loop *loop;
    struct rcp_cards *cards;
    uint32_t mask;
    struct rcp_exchange **open; /* by request_id */
};

struct rcp_door *rcp_door_open(struct rcp_loop *loop, struct rcp_cards *cards, uint32_t most)
{
    uint32_t count = 64;
    while (count < most && count < 1u << 20)
        count *= 2u;
    struct rcp_door *door = calloc(1, sizeof *door);
    if (door == NULL)
        return NULL;
    door->loop = loop;
    door->cards = cards;
    door->mask = count - 1u;
    door->open = calloc(count, sizeof(struct rcp_exchange *));
    if (door->open == NULL) {
        free(door);
        return NULL;
    }
    return door;
}

/* --- The table --- */

/* Where the exchange stands, or NULL at the end of its list. */
static struct rcp_exchange **find(struct rcp_door *door, uint64_t request_id)
{
    struct rcp_exchange **at = &door->open[(uint32_t)request_id & door->mask];
    while (*at != NULL && (*at)->request_id != request_id)
        at = &(*at)->next;
    return at;
}

static void answer(struct rcp_exchange *exchange, const struct rcp_reply *reply)
{
    exchange->reply = *reply;
    exchange->answered(exchange);
}

/* --- Replies --- */

/* An order that is answered sends no PAY any more: whatever is still open is asked about without a card. */
static void issue(void *adapter, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    (void)effects;
    struct rcp_door *door = adapter;
    struct rcp_exchange **at = find(door, effect->reply.request_id);
    struct rcp_exchange *exchange = *at;
    rcp_check(exchange != NULL, "reply_has_exchange");
    *at = exchange->next;
    if (door->cards != NULL && exchange->ask.kind == RCP_REQUEST_ORDER)
        rcp_cards_drop(door->cards, exchange->request_id);
    answer(exchange, &effect->reply);
}

struct rcp_port rcp_door_port(struct rcp_door *door)
{
    return (struct rcp_port){.adapter = door, .issue = issue};
}

/* --- Requests --- */

/* Bytes into a handle; true where there are none, or there is room. */
static bool put(struct rcp_handles *handles, const struct rcp_bytes *bytes, uint64_t *handle)
{
    *handle = rcp_handles_put(handles, bytes->at, bytes->size);
    return *handle != 0 || bytes->size == 0;
}

static bool put_all(struct rcp_handles *handles, struct rcp_exchange *exchange)
{
    struct rcp_ask *ask = &exchange->ask;
    const char *origin = (const char *)&ask->trace;
    exchange->request_id = rcp_handles_put(handles, origin, sizeof ask->trace);
    return exchange->request_id != 0 && put(handles, &ask->token_bytes, &ask->token.handle) &&
           put(handles, &ask->request_key, &ask->order.request_key) &&
           put(handles, &ask->pg_key, &ask->order.pg_key);
}

/* The card waits for the PG under the order's origin. */
static bool put_card(struct rcp_exchange *exchange)
{
    struct rcp_card *card = &exchange->ask.card;
    struct rcp_cards *cards = exchange->door->cards;
    bool put = card->number[0] == '\0' ||
               (cards != NULL && rcp_cards_put(cards, exchange->request_id, rcp_mono_ms(), card));
    rcp_card_wipe(card);
    return put;
}

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct rcp_exchange *exchange = (struct rcp_exchange *)letter; /* its first member */
    struct rcp_exchange **at = NULL;
    if (put_all(rcp_loop_handles(loop), exchange) && put_card(exchange))
        at = find(exchange->door, exchange->request_id);
    if (at == NULL || *at != NULL) { /* no room; or, once in 2^64, a name that is taken */
        struct rcp_reply refusal = {.status = RCP_STATUS_UNAVAILABLE};
        answer(exchange, &refusal);
        return;
    }
    exchange->next = NULL;
    *at = exchange;
    struct rcp_event event = {.kind = RCP_EVENT_REQUEST};
    event.request.request_id = exchange->request_id;
    event.request.user_id = exchange->ask.user_id;
    event.request.token = exchange->ask.token;
    event.request.kind = exchange->ask.kind;
    event.request.order = &exchange->ask.order;
    rcp_loop_step(loop, &event);
}

void rcp_door_ask(struct rcp_door *door, struct rcp_exchange *exchange)
{
    exchange->door = door;
    exchange->letter.open = open_letter;
    rcp_loop_post(door->loop, &exchange->letter);
}

void rcp_door_close(struct rcp_door *door)
{
    if (door == NULL)
        return;
    for (uint32_t i = 0; i <= door->mask; i++) {
        while (door->open[i] != NULL) {
            struct rcp_exchange *exchange = door->open[i];
            struct rcp_reply refusal = {.status = RCP_STATUS_UNAVAILABLE};
            door->open[i] = exchange->next;
            answer(exchange, &refusal);
        }
    }
    free(door->open);
    free(door);
}
