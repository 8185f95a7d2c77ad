/* Two counters that only grow: what lies between them is on its way. */
#include "prod/record/ring.h"

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

bool rcp_ring_open(struct rcp_ring *ring, size_t size)
{
    *ring = (struct rcp_ring){.size = 4096};
    while (ring->size < size)
        ring->size *= 2;
    ring->bytes = malloc(ring->size);
    return ring->bytes != NULL;
}

void rcp_ring_free(struct rcp_ring *ring)
{
    free(ring->bytes);
    ring->bytes = NULL;
}

size_t rcp_ring_room(const struct rcp_ring *ring)
{
    return ring->size - (size_t)(ring->put - atomic_load(&ring->taken));
}

void rcp_ring_put(struct rcp_ring *ring, const void *bytes, size_t size)
{
    rcp_check(size <= rcp_ring_room(ring), "ring_has_room");
    size_t at = (size_t)ring->put & (ring->size - 1u);
    size_t first = size < ring->size - at ? size : ring->size - at;
    memcpy(ring->bytes + at, bytes, first);
    memcpy(ring->bytes, (const unsigned char *)bytes + first, size - first);
    ring->put += size;
}

void rcp_ring_publish(struct rcp_ring *ring)
{
    atomic_store(&ring->published, ring->put);
}

size_t rcp_ring_filled(const struct rcp_ring *ring)
{
    return (size_t)(atomic_load(&ring->published) - atomic_load(&ring->taken));
}

const unsigned char *rcp_ring_peek(const struct rcp_ring *ring, size_t *size)
{
    size_t at = (size_t)atomic_load(&ring->taken) & (ring->size - 1u);
    if (*size > ring->size - at)
        *size = ring->size - at;
    return ring->bytes + at;
}

void rcp_ring_skip(struct rcp_ring *ring, size_t size)
{
    atomic_fetch_add(&ring->taken, size);
}

void rcp_ring_take(struct rcp_ring *ring, void *bytes, size_t size)
{
    size_t first = size;
    const unsigned char *from = rcp_ring_peek(ring, &first);
    memcpy(bytes, from, first);
    memcpy((unsigned char *)bytes + first, ring->bytes, size - first);
    rcp_ring_skip(ring, size);
}
