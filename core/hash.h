/* A pure hash for jitter and record keys: the same everywhere, for ever. */
#ifndef RCP_CORE_HASH_H
#define RCP_CORE_HASH_H

#include <stdint.h>

/* Mixes value into hash (the finalizer of SplitMix64, by Sebastiano Vigna, public domain). */
static inline uint64_t rcp_hash(uint64_t hash, uint64_t value)
{
    uint64_t mixed = hash * 0x9e3779b97f4a7c15u + value + 0x632be59bd9b4e019u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

#endif
