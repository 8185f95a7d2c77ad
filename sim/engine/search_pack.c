/* Bytes in less room, by what repeats.
 *
 * Packed bytes are sequences, each of them as in a block of LZ4:
 *
 *     token          literals 4 | match - 4 4; 15 means that bytes follow to be added, up to one below 255
 *     more literals  if 15
 *     the literals
 *     distance 16    little endian, 1 to 65535; the last sequence ends with its literals
 *     more match     if 15
 */
#include "sim/engine/search_pack.h"

#include "core/check.h"

#include <stdbool.h>
#include <string.h>

#define MATCH_MIN    4u
#define DISTANCE_MAX 65535u
#define NIBBLE       15u
#define PATIENCE     6u /* after 2^this misses it looks at every second byte, and so on */

static uint32_t word_at(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint64_t long_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* How many bytes from `left` on are the same as those from `right`, which comes later and ends at `end`. */
static uint32_t same(const unsigned char *left,
                     const unsigned char *right,
                     const unsigned char *end)
{
    const unsigned char *begin = right;
    while ((size_t)(end - right) >= sizeof(uint64_t) && long_at(left) == long_at(right)) {
        left += sizeof(uint64_t);
        right += sizeof(uint64_t);
    }
    while (right < end && *left == *right) {
        left++;
        right++;
    }
    return (uint32_t)(right - begin);
}

/* --- Packing --- */

struct writer {
    unsigned char *at;
    unsigned char *end;
};

/* The part of a number that its nibble does not hold, and how many bytes that takes. */
static uint32_t more_bytes(uint32_t number)
{
    return number < NIBBLE ? 0 : (number - NIBBLE) / UINT8_MAX + 1u;
}

static void put_more(struct writer *writer, uint32_t number)
{
    if (number < NIBBLE)
        return;
    for (number -= NIBBLE; number >= UINT8_MAX; number -= UINT8_MAX)
        *writer->at++ = UINT8_MAX;
    *writer->at++ = (unsigned char)number;
}

/* One sequence; a match of 0 is the last one's. Returns false when there is no room. */
static bool put_sequence(struct writer *writer,
                         const unsigned char *literals,
                         uint32_t count,
                         uint32_t match,
                         uint32_t distance)
{
    uint32_t beyond = match == 0 ? 0 : match - MATCH_MIN;
    uint32_t bytes = 1u + more_bytes(count) + count;
    bytes += match == 0 ? 0 : 2u + more_bytes(beyond);
    if ((size_t)(writer->end - writer->at) < bytes)
        return false;
    uint32_t high = count < NIBBLE ? count : NIBBLE;
    uint32_t low = beyond < NIBBLE ? beyond : NIBBLE;
    *writer->at++ = (unsigned char)(high << 4 | low);
    put_more(writer, count);
    memcpy(writer->at, literals, count);
    writer->at += count;
    if (match == 0)
        return true;
    *writer->at++ = (unsigned char)(distance & UINT8_MAX);
    *writer->at++ = (unsigned char)(distance >> 8);
    put_more(writer, beyond);
    return true;
}

/* Where the four bytes at `at` stood last, and from now on stand; NULL: nowhere near. */
static const unsigned char *look_back(struct rcp_packer *packer,
                                      const unsigned char *bytes,
                                      const unsigned char *at)
{
    uint32_t *place = &packer->places[(word_at(at) * 2654435761u) >> 20];
    uint32_t here = (uint32_t)(at - bytes) + 1u;
    uint32_t last = *place;
    *place = here;
    if (last == 0 || here - last > DISTANCE_MAX || word_at(bytes + last - 1u) != word_at(at))
        return NULL;
    return bytes + last - 1u;
}

uint32_t rcp_pack(struct rcp_packer *packer,
                  const unsigned char *bytes,
                  uint32_t size,
                  unsigned char *packed,
                  uint32_t room)
{
    struct writer writer = {packed, packed + room};
    const unsigned char *end = bytes + size;
    const unsigned char *literals = bytes;
    const unsigned char *at = bytes;
    uint32_t misses = 0;
    memset(packer, 0, sizeof *packer);
    while ((size_t)(end - at) >= MATCH_MIN) {
        const unsigned char *before = look_back(packer, bytes, at);
        if (before == NULL) {
            uint32_t step = 1u + (misses++ >> PATIENCE);
            at += (size_t)(end - at) > step ? step : (size_t)(end - at);
            continue;
        }
        uint32_t match = MATCH_MIN + same(before + MATCH_MIN, at + MATCH_MIN, end);
        if (!put_sequence(
                &writer, literals, (uint32_t)(at - literals), match, (uint32_t)(at - before)))
            return 0;
        at += match;
        literals = at;
        misses = 0;
    }
    if (!put_sequence(&writer, literals, (uint32_t)(end - literals), 0, 0))
        return 0;
    return (uint32_t)(writer.at - packed);
}

/* --- Unpacking --- */

struct reader {
    const unsigned char *at;
    const unsigned char *end;
};

static uint32_t byte_of(struct reader *reader)
{
    rcp_check(reader->at < reader->end, "search_packed_whole");
    return *reader->at++;
}

static uint32_t number_of(struct reader *reader, uint32_t nibble)
{
    uint32_t number = nibble;
    uint32_t more = nibble == NIBBLE ? UINT8_MAX : 0;
    while (more == UINT8_MAX) {
        more = byte_of(reader);
        number += more;
    }
    return number;
}

/* A match may overlap itself: a distance of 1 repeats one byte. */
static void repeat(unsigned char *to, uint32_t distance, uint32_t count)
{
    const unsigned char *from = to - distance;
    if (distance >= count) {
        memcpy(to, from, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        to[i] = from[i];
}

void rcp_unpack(const unsigned char *packed,
                uint32_t packed_size,
                unsigned char *bytes,
                uint32_t size)
{
    struct reader reader = {packed, packed + packed_size};
    uint32_t at = 0;
    for (;;) {
        uint32_t token = byte_of(&reader);
        uint32_t count = number_of(&reader, token >> 4);
        rcp_check(count <= size - at && count <= (size_t)(reader.end - reader.at),
                  "search_packed_whole");
        memcpy(bytes + at, reader.at, count);
        at += count;
        reader.at += count;
        if (reader.at == reader.end)
            break;
        uint32_t distance = byte_of(&reader);
        distance |= byte_of(&reader) << 8;
        uint32_t match = MATCH_MIN + number_of(&reader, token & NIBBLE);
        rcp_check(distance > 0 && distance <= at && match <= size - at, "search_packed_whole");
        repeat(bytes + at, distance, match);
        at += match;
    }
    rcp_check(at == size, "search_packed_whole");
}
