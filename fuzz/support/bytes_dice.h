/* Bytes as dice for a storm. Each event has a few bytes of its own, so that a byte that is changed, or an
 * event that is cut out, leaves all others as they were. */
#ifndef RCP_FUZZ_SUPPORT_BYTES_DICE_H
#define RCP_FUZZ_SUPPORT_BYTES_DICE_H

#include "tests/support/storm.h"

#include <stdbool.h>

#define BYTES_DICE_CHUNK 8u /* bytes of one event; a throw that needs more is a hash of these */

struct bytes_dice {
    const uint8_t *bytes;
    size_t size;
    size_t next; /* where the next chunk begins */
    size_t at;   /* in the chunk */
    size_t end;
    uint64_t
        hash; /* of the chunk, and of the throws after its bytes were used up; 0: all are dull */
};

struct bytes_dice bytes_dice_over(const uint8_t *bytes, size_t size);

/* Goes on to the next chunk. False where there is none: from then on every throw is 0. */
bool bytes_dice_next(struct bytes_dice *dice);

struct storm_dice bytes_dice_for_storm(struct bytes_dice *dice);

#endif
