/* Bytes in less room, by what repeats: a byte string that stood up to 64 KiB before is told by how far
 * back and how long. States of one level repeat each other nearly whole. */
#ifndef RCP_SIM_ENGINE_SEARCH_PACK_H
#define RCP_SIM_ENGINE_SEARCH_PACK_H

#include <stdint.h>

#define RCP_PACK_PLACES 4096u

/* Where four bytes stood last, by a hash of them. */
struct rcp_packer {
    uint32_t places[RCP_PACK_PLACES]; /* counted from 1; 0: nowhere yet */
};

/* Packs `size` bytes into at most `room`; returns how many it took, or 0: there is not enough room. */
uint32_t rcp_pack(struct rcp_packer *packer,
                  const unsigned char *bytes,
                  uint32_t size,
                  unsigned char *packed,
                  uint32_t room);

/* The bytes that rcp_pack() packed: `size` of them, from packed_size. Stops where they cannot be. */
void rcp_unpack(const unsigned char *packed,
                uint32_t packed_size,
                unsigned char *bytes,
                uint32_t size);

#endif
