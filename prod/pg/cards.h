/* The cards of orders that are being placed, from the order's request until its PAY is done.
 *
 * The core and the database never see a card: an order has an origin, and here, on the loop that places it, a
 * card stands behind that origin for a few seconds. It is never logged or written down, and it is wiped as
 * soon as the PG has it, or will not get it any more. One table per loop; its thread alone uses it. */
#ifndef RCP_PROD_PG_CARDS_H
#define RCP_PROD_PG_CARDS_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define RCP_CARD_TYPE_MAX   16u
#define RCP_CARD_NUMBER_MAX 24u

/* As the PG wants it (FACTS 1.3): both are texts that end. */
struct rcp_card {
    char type[RCP_CARD_TYPE_MAX];     /* SAMSUNG, KB or HYUNDAI */
    char number[RCP_CARD_NUMBER_MAX]; /* dddd-dddd-dddd-dddd */
};

/* An order's tries end with its deadline; twice that leaves room for a clock that nobody shares. */
#define RCP_CARD_LIFE_MS (UINT64_C(2) * RCP_ORDER_DEADLINE_MS)

struct rcp_cards;

/* Takes a card of the documented form. False where it has another; then *card is all zero. */
bool rcp_card_read(struct rcp_card *card, const char *type, const char *number);

/* Overwrites it in a way that no compiler leaves out. */
void rcp_card_wipe(struct rcp_card *card);

/* Room for so many at once, at least 1. NULL where memory is short. */
struct rcp_cards *rcp_cards_open(uint32_t room);

/* Wipes what is left. */
void rcp_cards_free(struct rcp_cards *cards);

/* The card of the order with this origin (struct rcp_pg_effect has the same), kept for RCP_CARD_LIFE_MS at
 * most; it replaces an earlier one. False where there is no room: tell the client to try again, before the
 * core hears of the order. The caller wipes its own copy. */
bool rcp_cards_put(struct rcp_cards *cards,
                   uint64_t origin,
                   uint64_t mono_ms,
                   const struct rcp_card *card);

/* A copy, for the caller to wipe. It stays in the table: a PAY that surely failed may be tried again. False
 * where there is none: it was never given to this process, or is gone. */
bool rcp_cards_take(const struct rcp_cards *cards, uint64_t origin, struct rcp_card *card);

/* Wipes it, if it is there. */
void rcp_cards_drop(struct rcp_cards *cards, uint64_t origin);

/* Wipes those whose time is over. Returns how many are left. */
uint32_t rcp_cards_expire(struct rcp_cards *cards, uint64_t mono_ms);

#endif
