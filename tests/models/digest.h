/* A digest for models whose state is at most two words: both words are mixed into both halves. */
#ifndef RCP_TESTS_MODELS_DIGEST_H
#define RCP_TESTS_MODELS_DIGEST_H

#include "core/hash.h"
#include "sim/search.h"

static inline struct rcp_search_digest digest_of(uint64_t first, uint64_t second)
{
    uint64_t half = rcp_hash(first, second);
    return (struct rcp_search_digest){{half, rcp_hash(half, first)}};
}

#endif
