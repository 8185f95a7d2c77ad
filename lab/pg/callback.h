/* The PG's callbacks: one POST each, never repeated, and whatever becomes of it is only counted (FACTS 1.3). */
#ifndef RCP_LAB_PG_CALLBACK_H
#define RCP_LAB_PG_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>

struct rcp_callbacks;

struct rcp_callback_counts {
    uint64_t sent;     /* began */
    uint64_t answered; /* with any 2xx */
    uint64_t failed;   /* no connection, no answer, another status */
};

#define RCP_CALLBACK_KEY_MAX 128u

struct rcp_callback_options {
    bool anywhere;     /* else to this machine alone */
    uint32_t key_size; /* 0: they are not signed, as documented */
    unsigned char key
        [RCP_CALLBACK_KEY_MAX]; /* our extension: X-PG-SIGNATURE is hex(HMAC-SHA256(key, body)) */
};

/* NULL where memory is short. */
struct rcp_callbacks *rcp_callbacks_open(const struct rcp_callback_options *options);
void rcp_callbacks_free(struct rcp_callbacks *callbacks);

/* Begins one; the body is taken over, and given to free(). */
void rcp_callbacks_send(struct rcp_callbacks *callbacks, const char *url, char *body);

/* Waits until there is something to do for the callbacks or at `fd`, or somebody wakes it, or the time is over;
 * then does what there is to do for the callbacks. */
void rcp_callbacks_wait(struct rcp_callbacks *callbacks, int fd, uint32_t timeout_ms);

/* Any thread: ends a wait. */
void rcp_callbacks_wake(struct rcp_callbacks *callbacks);

struct rcp_callback_counts rcp_callbacks_counts(const struct rcp_callbacks *callbacks);

#endif
