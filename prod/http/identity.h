/* Who asks: a JSON Web Token signed by a key that we were given (RFC 7519; libjwt). */
#ifndef RCP_PROD_HTTP_IDENTITY_H
#define RCP_PROD_HTTP_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RCP_JWT_KEYS_MAX  4u    /* the one in use, and those that are being rotated out */
#define RCP_JWT_KEY_MAX   8192u /* bytes of one key: a secret, or a public key as PEM */
#define RCP_JWT_SECRET    32u   /* bytes an HS256 secret has at least (RFC 7518, 3.2) */
#define RCP_JWT_TEXT_MAX  4096u /* characters of a token */
#define RCP_JWT_CLAIM_MAX 256u

enum rcp_jwt_kind {
    RCP_JWT_HS256, /* a shared secret */
    RCP_JWT_RS256, /* a public key, PEM */
};

struct rcp_jwt_key {
    enum rcp_jwt_kind kind;
    uint32_t size;
    unsigned char bytes[RCP_JWT_KEY_MAX + 1u]; /* NUL behind it: PEM is read as text */
};

/* What a token must be. Zeroed: no key, so nobody is logged in by a token. */
struct rcp_identity {
    uint32_t key_count;
    struct rcp_jwt_key keys[RCP_JWT_KEYS_MAX];
    char issuer[RCP_JWT_CLAIM_MAX];   /* "": any */
    char audience[RCP_JWT_CLAIM_MAX]; /* "": any */
    uint32_t leeway_s;                /* clocks may differ by this much */
};

/* Adds a key. False where there is no room, an HS256 secret is too short or is a PEM text, or an RS256 key is
 * no public key in PEM. */
bool rcp_identity_add(struct rcp_identity *identity,
                      enum rcp_jwt_kind kind,
                      const void *bytes,
                      size_t size);

/* The user behind this Authorization header ("Bearer TOKEN"): its subject as a number; 0 where there is none,
 * or it is not good: signature, algorithm (the key's, never the token's choice), exp, nbf, iss, aud, sub. */
uint64_t rcp_identity_user(const struct rcp_identity *identity,
                           const char *authorization,
                           uint64_t now_s);

/* An id as text: digits from 1 on, no sign, no leading zero, at most 2^63 - 1. 0 where it is none. */
uint64_t rcp_id_read(const char *text);

#endif
