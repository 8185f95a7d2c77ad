/* A plain array: it holds the orders of a few seconds, and is looked through a few times for each. */
#include "prod/pg/cards.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    uint64_t origin; /* 0: free */
    uint64_t until_ms;
    struct rcp_card card;
};

struct rcp_cards {
    uint32_t room;
    uint32_t used; /* entries at or after this index were never used, or are free again */
    struct entry entries[];
};

/* --- One card --- */

static bool is_documented_type(const char *type)
{
    static const char *const types[] = {"SAMSUNG", "KB", "HYUNDAI"};
    for (uint32_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static bool is_documented_number(const char *number)
{
    static const char form[] = "dddd-dddd-dddd-dddd";
    uint32_t i = 0;
    for (; form[i] != '\0'; i++) {
        bool digit = number[i] >= '0' && number[i] <= '9';
        if (form[i] == 'd' ? !digit : number[i] != form[i])
            return false;
    }
    return number[i] == '\0';
}

bool rcp_card_read(struct rcp_card *card, const char *type, const char *number)
{
    memset(card, 0, sizeof *card);
    if (!is_documented_type(type) || !is_documented_number(number))
        return false;
    memcpy(card->type, type, strlen(type));
    memcpy(card->number, number, strlen(number));
    return true;
}

void rcp_card_wipe(struct rcp_card *card)
{
    explicit_bzero(card, sizeof *card);
}

/* --- The table --- */

struct rcp_cards *rcp_cards_open(uint32_t room)
{
    rcp_check(room > 0, "cards_have_room");
    struct rcp_cards *cards = calloc(1, sizeof *cards + room * sizeof cards->entries[0]);
    if (cards != NULL)
        cards->room = room;
    return cards;
}

void rcp_cards_free(struct rcp_cards *cards)
{
    if (cards == NULL)
        return;
    explicit_bzero(cards->entries, cards->used * sizeof cards->entries[0]);
    free(cards);
}

static const struct entry *find(const struct rcp_cards *cards, uint64_t origin)
{
    for (uint32_t i = 0; i < cards->used; i++)
        if (cards->entries[i].origin == origin)
            return &cards->entries[i];
    return NULL;
}

/* A free entry, NULL where there is none. */
static struct entry *fresh(struct rcp_cards *cards)
{
    for (uint32_t i = 0; i < cards->used; i++)
        if (cards->entries[i].origin == 0)
            return &cards->entries[i];
    return cards->used < cards->room ? &cards->entries[cards->used++] : NULL;
}

static void give_up(struct entry *entry)
{
    explicit_bzero(entry, sizeof *entry);
}

bool rcp_cards_put(struct rcp_cards *cards,
                   uint64_t origin,
                   uint64_t mono_ms,
                   const struct rcp_card *card)
{
    rcp_check(origin != 0, "card_has_an_origin");
    rcp_cards_drop(cards, origin);
    struct entry *entry = fresh(cards);
    if (entry == NULL) {
        rcp_cards_expire(cards, mono_ms);
        entry = fresh(cards);
    }
    if (entry == NULL)
        return false;
    *entry =
        (struct entry){.origin = origin, .until_ms = mono_ms + RCP_CARD_LIFE_MS, .card = *card};
    return true;
}

bool rcp_cards_take(const struct rcp_cards *cards, uint64_t origin, struct rcp_card *card)
{
    const struct entry *entry = origin == 0 ? NULL : find(cards, origin);
    if (entry == NULL)
        return false;
    *card = entry->card;
    return true;
}

void rcp_cards_drop(struct rcp_cards *cards, uint64_t origin)
{
    const struct entry *entry = origin == 0 ? NULL : find(cards, origin);
    if (entry != NULL)
        give_up(&cards->entries[entry - cards->entries]);
}

uint32_t rcp_cards_expire(struct rcp_cards *cards, uint64_t mono_ms)
{
    uint32_t left = 0;
    uint32_t end = 0; /* of what is still used */
    for (uint32_t i = 0; i < cards->used; i++) {
        struct entry *entry = &cards->entries[i];
        if (entry->origin != 0 && entry->until_ms <= mono_ms)
            give_up(entry);
        if (entry->origin == 0)
            continue;
        left++;
        end = i + 1u;
    }
    cards->used = end;
    return left;
}
