/* Bytes from one thread to another: neither ever waits for the other. */
#ifndef RCP_PROD_RECORD_RING_H
#define RCP_PROD_RECORD_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rcp_ring {
    unsigned char *bytes;
    size_t size;                /* a power of two */
    uint64_t put;               /* the producer's: put in so far, published or not */
    _Atomic uint64_t published; /* bytes that the consumer may see */
    _Atomic uint64_t taken;     /* bytes that the producer may overwrite */
};

/* Room for at least `size` bytes. False where memory is short. */
bool rcp_ring_open(struct rcp_ring *ring, size_t size);
void rcp_ring_free(struct rcp_ring *ring);

/* The producer's thread. Whoever puts has asked for room; nothing is seen before it is published. */
size_t rcp_ring_room(const struct rcp_ring *ring);
void rcp_ring_put(struct rcp_ring *ring, const void *bytes, size_t size);
void rcp_ring_publish(struct rcp_ring *ring);

/* The consumer's thread: how much there is; `size` bytes of it, copied and taken; or the bytes where they
 * stand, as far as they stand in one piece (*size is cut to that), to be taken by rcp_ring_skip(). */
size_t rcp_ring_filled(const struct rcp_ring *ring);
void rcp_ring_take(struct rcp_ring *ring, void *bytes, size_t size);
const unsigned char *rcp_ring_peek(const struct rcp_ring *ring, size_t *size);
void rcp_ring_skip(struct rcp_ring *ring, size_t size);

#endif
