/* A table with open addressing, never more than half full. */
#include "lab/pg/names.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

struct rcp_lab_names {
    uint32_t room, count;
    uint32_t slot_mask;
    uint32_t *slots; /* number + 1; 0: free */
    char (*texts)[RCP_LAB_NAME_MAX];
};

static uint32_t slot_of(const struct rcp_lab_names *names, const char *text)
{
    uint64_t hash = 0;
    for (const char *at = text; *at != '\0'; at++)
        hash = rcp_hash(hash, (unsigned char)*at);
    uint32_t slot = (uint32_t)hash & names->slot_mask;
    while (names->slots[slot] != 0 && strcmp(names->texts[names->slots[slot] - 1u], text) != 0)
        slot = (slot + 1u) & names->slot_mask;
    return slot;
}

struct rcp_lab_names *rcp_lab_names_open(uint32_t room)
{
    uint32_t slots = 2;
    while (slots < 2u * room)
        slots *= 2u;
    struct rcp_lab_names *names = calloc(1, sizeof *names);
    if (names == NULL)
        return NULL;
    names->room = room;
    names->slot_mask = slots - 1u;
    names->slots = calloc(slots, sizeof names->slots[0]);
    names->texts = calloc(room, sizeof names->texts[0]);
    if (names->slots == NULL || names->texts == NULL) {
        rcp_lab_names_free(names);
        return NULL;
    }
    return names;
}

void rcp_lab_names_free(struct rcp_lab_names *names)
{
    if (names == NULL)
        return;
    free(names->slots);
    free(names->texts);
    free(names);
}

uint32_t rcp_lab_names_find(const struct rcp_lab_names *names, const char *text)
{
    uint32_t slot = slot_of(names, text);
    return names->slots[slot] == 0 ? RCP_LAB_NO_NAME : names->slots[slot] - 1u;
}

uint32_t rcp_lab_names_add(struct rcp_lab_names *names, const char *text)
{
    uint32_t slot = slot_of(names, text);
    size_t size = strlen(text);
    if (names->slots[slot] != 0)
        return names->slots[slot] - 1u;
    if (names->count == names->room || size >= RCP_LAB_NAME_MAX)
        return RCP_LAB_NO_NAME;
    memcpy(names->texts[names->count], text, size + 1u);
    names->slots[slot] = ++names->count;
    return names->count - 1u;
}

const char *rcp_lab_names_text(const struct rcp_lab_names *names, uint32_t number)
{
    return names->texts[number];
}

uint32_t rcp_lab_names_count(const struct rcp_lab_names *names)
{
    return names->count;
}
