/* libcurl's transfers on the loop's event loop: it says which sockets and which time to watch, libuv watches.
 *
 * Its handles are void pointers here, as libcurl itself declares them: only *_adapter.c see its header. */
#ifndef RCP_PROD_PG_TRANSFER_ADAPTER_H
#define RCP_PROD_PG_TRANSFER_ADAPTER_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct rcp_transfers;

/* A transfer (CURL *) has ended, with a CURLcode; it is the owner's again. Called from the event loop, never
 * from within rcp_transfers_add(); the owner may add others. */
typedef void rcp_transfer_ended(void *owner, void *easy, int code);

/* At most so many connections at once, idle ones included; what comes on top waits, within its own timeout.
 * NULL where memory is short. */
struct rcp_transfers *rcp_transfers_open(uv_loop_t *loop,
                                         uint32_t connections,
                                         rcp_transfer_ended *ended,
                                         void *owner);

/* Begins a transfer. False where it cannot: it is still the owner's. */
bool rcp_transfers_add(struct rcp_transfers *transfers, void *easy);

/* Takes one back before it has ended. */
void rcp_transfers_remove(struct rcp_transfers *transfers, void *easy);

/* Closes the connections, and what libuv watches; the memory goes when the event loop has run once more. All
 * transfers must have ended or been removed. */
void rcp_transfers_free(struct rcp_transfers *transfers);

#endif
