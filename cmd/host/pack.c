/* Bytes in less room, by what repeats: LZ4, with its table of what stood where on the stack. */
#include "cmd/host/pack.h"

#include <lz4.h>

uint32_t rcp_host_pack(const void *bytes, uint32_t size, void *packed, uint32_t room)
{
    return (uint32_t)LZ4_compress_default(bytes, packed, (int)size, (int)room);
}

bool rcp_host_unpack(const void *packed, uint32_t packed_size, void *bytes, uint32_t size)
{
    return LZ4_decompress_safe(packed, bytes, (int)packed_size, (int)size) == (int)size;
}
