/* libjwt verifies with whichever algorithm the token names, so each key says which one it is for, and a token
 * that names another one is refused after the fact: an RS256 key is never taken for an HMAC secret, and "none"
 * is nobody's. */
#include "prod/http/identity.h"

#include <errno.h>
#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_public_key(const void *bytes, size_t size)
{
    BIO *bio = BIO_new_mem_buf(bytes, (int)size);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    bool is_rsa = key != NULL && EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048;
    EVP_PKEY_free(key);
    BIO_free(bio);
    return is_rsa;
}

bool rcp_identity_add(struct rcp_identity *identity,
                      enum rcp_jwt_kind kind,
                      const void *bytes,
                      size_t size)
{
    if (identity->key_count == RCP_JWT_KEYS_MAX || size > RCP_JWT_KEY_MAX)
        return false;
    bool is_pem = memmem(bytes, size, "-----BEGIN ", 11) != NULL;
    bool fits = kind == RCP_JWT_HS256 ? size >= RCP_JWT_SECRET && !is_pem
                                      : is_pem && is_public_key(bytes, size);
    if (!fits)
        return false;
    struct rcp_jwt_key *key = &identity->keys[identity->key_count++];
    key->kind = kind;
    key->size = (uint32_t)size;
    memcpy(key->bytes, bytes, size);
    key->bytes[size] = '\0';
    return true;
}

uint64_t rcp_id_read(const char *text)
{
    uint64_t number = 0;
    if (text == NULL || *text == '0')
        return 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        uint64_t digit = (uint64_t)(*text - '0');
        if (number > ((uint64_t)INT64_MAX - digit) / 10u)
            return 0;
        number = number * 10u + digit;
    }
    return number;
}

/* --- Claims --- */

/* A NumericDate; false where it is there and is no whole number, or it is missing and `needed`. */
static bool read_time(json_t *claims, const char *name, bool needed, uint64_t *at_s)
{
    const json_t *value = json_object_get(claims, name);
    if (value == NULL)
        return !needed;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *at_s = (uint64_t)json_integer_value(value);
    return true;
}

static bool is_text(const json_t *value, const char *text)
{
    return json_is_string(value) && json_string_length(value) == strlen(text) &&
           memcmp(json_string_value(value), text, strlen(text)) == 0;
}

/* aud is one text, or a list of which one is ours (RFC 7519, 4.1.3). */
static bool has_audience(const json_t *value, const char *audience)
{
    size_t index = 0;
    const json_t *one = NULL;
    json_array_foreach(value, index, one)
    {
        if (is_text(one, audience))
            return true;
    }
    return is_text(value, audience);
}

static uint64_t user_of_claims(const struct rcp_identity *identity, json_t *claims, uint64_t now_s)
{
    uint64_t expires_s = 0;
    uint64_t begins_s = 0;
    if (!read_time(claims, "exp", true, &expires_s) || !read_time(claims, "nbf", false, &begins_s))
        return 0;
    if (expires_s + identity->leeway_s <= now_s || begins_s > now_s + identity->leeway_s)
        return 0;
    if (identity->issuer[0] != '\0' && !is_text(json_object_get(claims, "iss"), identity->issuer))
        return 0;
    if (identity->audience[0] != '\0' &&
        !has_audience(json_object_get(claims, "aud"), identity->audience))
        return 0;
    const json_t *subject = json_object_get(claims, "sub");
    return json_is_string(subject) ? rcp_id_read(json_string_value(subject)) : 0;
}

/* --- Token --- */

static bool names_algorithm_of(jwt_t *token, const struct rcp_jwt_key *key)
{
    switch (key->kind) {
    case RCP_JWT_HS256:
        return jwt_get_alg(token) == JWT_ALG_HS256;
    case RCP_JWT_RS256:
        return jwt_get_alg(token) == JWT_ALG_RS256;
    }
    return false;
}

/* A header that must be understood and is not (RFC 7515, 4.1.11). */
static bool has_critical_header(jwt_t *token)
{
    char *critical = jwt_get_headers_json(token, "crit");
    bool has = critical != NULL;
    free(critical);
    return has;
}

static json_t *claims_of(jwt_t *token)
{
    char *text = jwt_get_grants_json(token, NULL);
    json_t *claims = text != NULL ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return claims;
}

static uint64_t user_by_key(const struct rcp_identity *identity,
                            const struct rcp_jwt_key *key,
                            const char *text,
                            uint64_t now_s)
{
    jwt_t *token = NULL;
    uint64_t user_id = 0;
    if (jwt_decode(&token, text, key->bytes, (int)key->size) != 0)
        return 0;
    if (names_algorithm_of(token, key) && !has_critical_header(token)) {
        json_t *claims = claims_of(token);
        user_id = user_of_claims(identity, claims, now_s);
        json_decref(claims);
    }
    jwt_free(token);
    return user_id;
}

uint64_t rcp_identity_user(const struct rcp_identity *identity,
                           const char *authorization,
                           uint64_t now_s)
{
    if (authorization == NULL || strncasecmp(authorization, "Bearer ", 7) != 0)
        return 0;
    const char *text = authorization + 7 + strspn(authorization + 7, " ");
    if (strnlen(text, RCP_JWT_TEXT_MAX + 1u) > RCP_JWT_TEXT_MAX)
        return 0;
    for (uint32_t i = 0; i < identity->key_count; i++) {
        uint64_t user_id = user_by_key(identity, &identity->keys[i], text, now_s);
        if (user_id != 0)
            return user_id;
    }
    return 0;
}
