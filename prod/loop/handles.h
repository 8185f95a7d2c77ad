/* Bytes that the core must not see (tokens, trace ids, keys of the PG and of clients), and the 64-bit handles
 * that stand for them. One table per loop; its thread alone uses it.
 *
 * A handle is the first 8 bytes of HMAC-SHA256 under the service's own secret: the same bytes have the same
 * handle in every process that shares the secret, and a recording that shows a handle shows nothing. */
#ifndef RCP_PROD_LOOP_HANDLES_H
#define RCP_PROD_LOOP_HANDLES_H

#include <stdbool.h>
#include <stdint.h>

#define RCP_HANDLE_BYTES_MAX  190u /* a reservation token has 142 at most */
#define RCP_HANDLE_SECRET_MAX 64u  /* bytes; 1 at least */

/* Bytes behind a handle, or on their way to one. Not a C string. */
struct rcp_bytes {
    uint8_t size;
    char at[RCP_HANDLE_BYTES_MAX];
};

struct rcp_handles;

/* Room for `entries` at once (a power of two); the secret is copied. NULL where memory is short. */
struct rcp_handles *rcp_handles_open(uint32_t entries, const void *secret, uint32_t secret_size);
void rcp_handles_free(struct rcp_handles *handles);

/* The handle of these bytes, remembered until a sweep finds it unknown. 0 for no bytes; 0 as well where they
 * are too many, or the table is full, or (once in 2^64) other bytes have that handle: then whoever brings
 * them is to be told to try again. */
uint64_t rcp_handles_put(struct rcp_handles *handles, const char *bytes, uint32_t size);

/* The bytes behind a handle. False where there are none, then *bytes is empty. */
bool rcp_handles_get(const struct rcp_handles *handles, uint64_t handle, struct rcp_bytes *bytes);

/* True where it is time for a sweep: half of the table is used. */
bool rcp_handles_crowded(const struct rcp_handles *handles);

/* A sweep: begin, keep what is still known, end. Whatever was not kept is forgotten. */
void rcp_handles_sweep_begin(struct rcp_handles *handles);
void rcp_handles_keep(struct rcp_handles *handles, uint64_t handle);
void rcp_handles_sweep_end(struct rcp_handles *handles);

#endif
