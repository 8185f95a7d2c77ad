/* A token is decoded, taken apart, and put together again from its claims: only what comes out the same is
 * well formed, so nothing has to be said about padding, leading zeros or upper case. */
#include "prod/token.h"

#include "prod/hex.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define MAC_SIZE   32u
#define HEX_SIZE   64u
#define CLAIMS_MAX 41u /* "userId:activityId" */
#define PLAIN_MAX  (CLAIMS_MAX + 1u + HEX_SIZE)

bool rcp_token_keys_add(struct rcp_token_keys *keys, const void *bytes, size_t size)
{
    if (keys->count == RCP_TOKEN_KEYS_MAX || size == 0 || size > RCP_TOKEN_KEY_MAX)
        return false;
    struct rcp_token_key *key = &keys->keys[keys->count++];
    key->size = (uint32_t)size;
    memcpy(key->bytes, bytes, size);
    return true;
}

/* --- base64url without padding, by OpenSSL's base64 --- */

static void exchange_characters(char *text, size_t size, const char from[2], const char to[2])
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] == from[0])
            text[i] = to[0];
        else if (text[i] == from[1])
            text[i] = to[1];
    }
}

static size_t encode(const char *plain, size_t size, char text[RCP_TOKEN_TEXT_MAX + 3u])
{
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)plain, (int)size);
    size_t length = (size * 4u + 2u) / 3u; /* without padding */
    text[length] = '\0';
    exchange_characters(text, length, "+/", "-_");
    return length;
}

/* Bytes decoded, 0 where it is none. */
static size_t decode(const char *text, size_t size, char plain[PLAIN_MAX + 3u])
{
    char padded[RCP_TOKEN_TEXT_MAX + 3u];
    if (size == 0 || size > RCP_TOKEN_TEXT_MAX || size % 4u == 1u)
        return 0;
    memcpy(padded, text, size);
    exchange_characters(padded, size, "-_", "+/");
    size_t whole = size;
    while (whole % 4u != 0)
        padded[whole++] = '=';
    int decoded =
        EVP_DecodeBlock((unsigned char *)plain, (const unsigned char *)padded, (int)whole);
    return decoded < 0 ? 0 : (size_t)decoded - (whole - size);
}

/* --- Claims and signature --- */

static bool sign(const struct rcp_token_key *key,
                 const char *claims,
                 size_t size,
                 char hex[HEX_SIZE + 1u])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size = 0;
    if (HMAC(EVP_sha256(),
             key->bytes,
             (int)key->size,
             (const unsigned char *)claims,
             size,
             mac,
             &mac_size) == NULL)
        return false;
    *rcp_hex_write(hex, mac, MAC_SIZE) = '\0';
    return true;
}

/* A decimal number from 1 on without leading zeros, up to `end`; moves *at behind it. 0 where it is none. */
static uint64_t read_number(const char **at, const char *end)
{
    uint64_t number = 0;
    if (*at < end && **at == '0')
        return 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        uint64_t digit = (uint64_t)(**at - '0');
        if (number > (UINT64_MAX - digit) / 10u)
            return 0;
        number = number * 10u + digit;
        (*at)++;
    }
    return number;
}

static bool is_hex(const char *text)
{
    for (uint32_t i = 0; i < HEX_SIZE; i++) {
        bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (!digit)
            return false;
    }
    return true;
}

/* Fills in the claims; returns the size of "userId:activityId", 0 where that is not what it says. */
static size_t read_claims(const char *plain, size_t size, struct rcp_token *token)
{
    if (size <= HEX_SIZE + 1u || !is_hex(plain + size - HEX_SIZE))
        return 0;
    const char *at = plain;
    const char *end = plain + size - HEX_SIZE - 1u;
    uint64_t user_id = read_number(&at, end);
    if (user_id == 0 || at == end || *at++ != ':')
        return 0;
    uint64_t activity_id = read_number(&at, end);
    if (activity_id == 0 || at != end || *end != ':')
        return 0;
    token->user_id = user_id;
    token->activity_id = activity_id;
    return (size_t)(end - plain);
}

struct rcp_token rcp_token_read(const struct rcp_token_keys *keys, const char *text, size_t size)
{
    struct rcp_token token = {.form = RCP_TOKEN_MALFORMED};
    char plain[PLAIN_MAX + 3u];
    char again[RCP_TOKEN_TEXT_MAX + 3u];
    size_t plain_size = decode(text, size, plain);
    size_t claims_size = read_claims(plain, plain_size, &token);
    if (claims_size == 0)
        return token;
    if (encode(plain, plain_size, again) != size || memcmp(again, text, size) != 0)
        return (struct rcp_token){.form = RCP_TOKEN_MALFORMED};
    int matches = 0;
    for (uint32_t i = 0; i < keys->count; i++) {
        char hex[HEX_SIZE + 1u];
        if (sign(&keys->keys[i], plain, claims_size, hex))
            matches |= CRYPTO_memcmp(hex, plain + claims_size + 1u, HEX_SIZE) == 0;
    }
    token.form = matches ? RCP_TOKEN_SIGNED : RCP_TOKEN_FORGED;
    return token;
}

bool rcp_token_issue(const struct rcp_token_keys *keys,
                     uint64_t user_id,
                     uint64_t activity_id,
                     char text[RCP_TOKEN_TEXT_MAX + 1u])
{
    char plain[PLAIN_MAX + 1u];
    char hex[HEX_SIZE + 1u];
    char encoded[RCP_TOKEN_TEXT_MAX + 3u];
    int claims = snprintf(plain, sizeof plain, "%" PRIu64 ":%" PRIu64, user_id, activity_id);
    if (keys->count == 0 || !sign(&keys->keys[0], plain, (size_t)claims, hex))
        return false;
    plain[claims] = ':';
    memcpy(plain + claims + 1, hex, HEX_SIZE);
    size_t size = encode(plain, (size_t)claims + 1u + HEX_SIZE, encoded);
    memcpy(text, encoded, size + 1u);
    return true;
}
