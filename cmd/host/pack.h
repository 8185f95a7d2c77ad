/* Bytes in less room, for a search whose memory gets short: a block of LZ4. */
#ifndef RCP_CMD_HOST_PACK_H
#define RCP_CMD_HOST_PACK_H

#include <stdbool.h>
#include <stdint.h>

/* `pack` and `unpack` of struct rcp_search_host (sim/search.h). */
uint32_t rcp_host_pack(const void *bytes, uint32_t size, void *packed, uint32_t room);
bool rcp_host_unpack(const void *packed, uint32_t packed_size, void *bytes, uint32_t size);

#endif
