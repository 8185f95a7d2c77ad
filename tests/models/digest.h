/* A digest for models whose state is a few words without padding. */
#ifndef RCP_TESTS_MODELS_DIGEST_H
#define RCP_TESTS_MODELS_DIGEST_H

#include "core/hash.h"
#include "sim/search.h"

/* Two chains over all words, one for each half: neither knows the other. */
static inline struct rcp_search_digest digest_of(const uint64_t *words, uint32_t count)
{
    struct rcp_search_digest digest = {{1, 2}};
    for (uint32_t i = 0; i < count; i++) {
        digest.words[0] = rcp_hash(digest.words[0], words[i]);
        digest.words[1] = rcp_hash(digest.words[1], words[i]);
    }
    return digest;
}

#endif
