/* The canonical digest of a state: the same for states that cannot be told apart by anything that will
 * still happen to them. Times are relative to now, and ids of the outside are renamed by whoever asks. */
#ifndef RCP_CORE_DIGEST_H
#define RCP_CORE_DIGEST_H

#include "core/node.h"

#include <string.h>

/* What a node knows by a number that somebody else gave out. */
enum rcp_name_kind {
    RCP_NAME_REQUEST,    /* request id, or the origin of a row or record; 0 names nothing */
    RCP_NAME_SESSION,    /* MySQL connection; 0 names nothing */
    RCP_NAME_ASSIGNMENT, /* of a partition; only equality and order count; 0 names nothing */
    RCP_NAME_OFFSET,     /* of a record in partition `of`; only differences count */
    RCP_NAME_VERSION,    /* of the payment of order `of`; only whether it still is so counts */
    RCP_NAME_EPOCH,      /* of the refund of transaction `of`; the same */
};

/* 128 bits in the making. */
struct rcp_digest {
    uint64_t words[2];
    uint64_t place;  /* of the next word: a number that looks random */
    uint64_t now_ms; /* times are relative to this */
    const void *context;
    uint64_t (*name)(const void *context, enum rcp_name_kind kind, uint64_t id, uint32_t of);
};

/* What lies further ahead than this is far: nothing that is explored comes near it. */
#define RCP_FAR_MS 36000000u /* ten hours */

static_assert(RCP_FAR_MS <= UINT32_MAX, "two times fit one word");
static_assert(RCP_FAR_MS > RCP_TOKEN_RENEW_MS && RCP_FAR_MS > RCP_LEASE_MS << RCP_LEASE_SHIFT_MAX,
              "what is due by a lease or a renewal is near");

__extension__ typedef unsigned __int128 rcp_wide; /* gcc and clang have it on every 64-bit target */

/* A product of the word with itself, blurred by its place, is added to the sum: nothing waits for the
 * word before, so a long row of them costs little more than its multiplications. */
static inline void rcp_digest_add(struct rcp_digest *digest, uint64_t word)
{
    uint64_t blurred = word + digest->place;
    rcp_wide product = (rcp_wide)blurred * (blurred ^ 0xd6e8feb86659fd93u);
    digest->words[0] += (uint64_t)product;
    digest->words[1] += (uint64_t)(product >> 64) ^ (uint64_t)product >> 32;
    digest->place += 0x9e3779b97f4a7c15u;
}

/* Two small numbers in one word. */
static inline void rcp_digest_pair(struct rcp_digest *digest, uint32_t low, uint32_t high)
{
    rcp_digest_add(digest, (uint64_t)high << 32 | low);
}

/* Eight small numbers in one word. */
static inline void rcp_digest_bytes(struct rcp_digest *digest, const uint8_t bytes[8])
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    rcp_digest_add(digest, word);
}

/* A time at which something becomes due: what is due already is due now, what is far is far. */
static inline uint64_t rcp_digest_ahead(uint64_t at_ms, uint64_t now_ms)
{
    if (at_ms <= now_ms)
        return 0;
    return at_ms - now_ms > RCP_FAR_MS ? RCP_FAR_MS : at_ms - now_ms;
}

static inline uint64_t rcp_digest_name(const struct rcp_digest *digest,
                                       enum rcp_name_kind kind,
                                       uint64_t id,
                                       uint32_t of)
{
    return id == 0 && kind != RCP_NAME_OFFSET ? 0 : digest->name(digest->context, kind, id, of);
}

/* One row of a script, in canonical form. Its offset counts where it is about a parked record. */
void rcp_digest_row(struct rcp_digest *digest,
                    enum rcp_script script,
                    const struct rcp_tx_row *row);

/* The node's whole state, in canonical form. */
void rcp_node_digest(const struct rcp_node *node, struct rcp_digest *digest);

/* Who waits for this completion on this node: 0 where nobody does any more, so that it would be
 * ignored; else the slot and its kind, the same for every run that came to this state. */
uint32_t rcp_node_awaits(const struct rcp_node *node, uint64_t op_id);

#endif
