/* Bytes as dice for a storm. */
#include "fuzz/support/bytes_dice.h"

#include "core/hash.h"

struct bytes_dice bytes_dice_over(const uint8_t *bytes, size_t size)
{
    return (struct bytes_dice){.bytes = bytes, .size = size};
}

bool bytes_dice_next(struct bytes_dice *dice)
{
    bool more = dice->next < dice->size;
    size_t left = dice->size - dice->next;
    dice->at = dice->next;
    dice->end = dice->next + (left < BYTES_DICE_CHUNK ? left : BYTES_DICE_CHUNK);
    dice->next = dice->end;
    dice->hash = 0;
    for (size_t i = dice->at; i < dice->end; i++)
        if (dice->bytes[i] != 0)
            dice->hash = rcp_hash(dice->hash + i - dice->at, dice->bytes[i]);
    return more;
}

static uint32_t below(void *context, uint32_t bound)
{
    struct bytes_dice *dice = context;
    if (bound <= UINT8_MAX + 1u && dice->at < dice->end)
        return dice->bytes[dice->at++] % bound;
    if (dice->hash != 0)
        dice->hash = rcp_hash(dice->hash, bound);
    return (uint32_t)(dice->hash % bound);
}

struct storm_dice bytes_dice_for_storm(struct bytes_dice *dice)
{
    return (struct storm_dice){.context = dice, .below = below};
}
