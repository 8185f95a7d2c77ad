/* The reservation token (FACTS 0.2): base64url without padding of `userId:activityId:hex(HMAC-SHA256(secret,
 * "userId:activityId"))`. The entry service issues it; here it is read, and issued for tests. */
#ifndef RCP_PROD_TOKEN_H
#define RCP_PROD_TOKEN_H

#include "core/payment.h"

#include <stdbool.h>
#include <stddef.h>

#define RCP_TOKEN_TEXT_MAX \
    142u                      /* characters: two numbers of 20 digits, 64 hex digits, two colons */
#define RCP_TOKEN_KEYS_MAX 4u /* the one in use, and those that are being rotated out */
#define RCP_TOKEN_KEY_MAX  128u /* bytes */

struct rcp_token_key {
    uint32_t size; /* bytes, 1 or more */
    unsigned char bytes[RCP_TOKEN_KEY_MAX];
};

/* The first one signs; any of them verifies. */
struct rcp_token_keys {
    uint32_t count;
    struct rcp_token_key keys[RCP_TOKEN_KEYS_MAX];
};

/* Adds a key behind the others. False where there is no room, or the key is empty or too long. */
bool rcp_token_keys_add(struct rcp_token_keys *keys, const void *bytes, size_t size);

/* Reads a token: its form, and the claims unless it is MALFORMED. Its handle is 0: that is given where the
 * bytes are kept. All keys are tried, in constant time. There is one spelling only: what decodes to the same
 * claims by other characters is MALFORMED, and so is user or activity 0. */
struct rcp_token rcp_token_read(const struct rcp_token_keys *keys, const char *text, size_t size);

/* The token for these claims, signed by the first key, ended by a NUL. False where there is no key. */
bool rcp_token_issue(const struct rcp_token_keys *keys,
                     uint64_t user_id,
                     uint64_t activity_id,
                     char text[RCP_TOKEN_TEXT_MAX + 1u]);

#endif
