/* POST /api/v1/payments/callback: the PG's flat JSON (FACTS 1.3). Anybody may send it; a hardened core takes it
 * for a hint, so what does not decode is dropped field by field, and the card's number is not kept at all. */
#include "prod/http/ask.h"

#include "prod/hex.h"
#include "prod/http/json.h"
#include "prod/pg/pg_json.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

/* Our order id as we sent it; 0 where it is none of ours. */
static uint64_t read_order_id(json_t *said)
{
    uint64_t id = 0;
    const char *text = json_string_value(json_object_get(said, "orderId"));
    return text != NULL && rcp_pg_order_read(text, &id) ? id : 0;
}

static uint8_t read_status(json_t *said)
{
    const char *text = json_string_value(json_object_get(said, "status"));
    if (text != NULL && strcmp(text, "SUCCESS") == 0)
        return RCP_PG_SUCCESS;
    return text != NULL && strcmp(text, "FAILED") == 0 ? RCP_PG_FAILED : RCP_PG_PENDING;
}

/* By how the documented PG begins its two reasons for a failure. */
static uint8_t read_reason(json_t *said)
{
    static const char limit[] = "한도초과";
    static const char card[] = "잘못된 카드";
    const char *text = json_string_value(json_object_get(said, "reason"));
    if (text == NULL)
        return RCP_PG_REASON_NONE;
    if (strncmp(text, limit, sizeof limit - 1) == 0)
        return RCP_PG_REASON_LIMIT;
    return strncmp(text, card, sizeof card - 1) == 0 ? RCP_PG_REASON_CARD : RCP_PG_REASON_NONE;
}

/* True where the signature is the hex of HMAC-SHA256(key, body); in constant time. */
static bool is_signed(const struct rcp_ask_keys *keys, const struct rcp_message *message)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size = 0;
    char hex[64];
    if (keys->signature_size == 0 || message->signature == NULL ||
        strlen(message->signature) != sizeof hex)
        return false;
    if (HMAC(EVP_sha256(),
             keys->signature_key,
             (int)keys->signature_size,
             (const unsigned char *)message->body,
             message->body_size,
             mac,
             &mac_size) == NULL)
        return false;
    rcp_hex_write(hex, mac, sizeof hex / 2u);
    return CRYPTO_memcmp(hex, message->signature, sizeof hex) == 0;
}

enum rcp_problem rcp_ask_callback(const struct rcp_ask_keys *keys,
                                  const struct rcp_message *message,
                                  struct rcp_ask *ask)
{
    size_t size = 0;
    ask->kind = RCP_REQUEST_CALLBACK;
    json_t *said = rcp_json_object(message->body, message->body_size);
    if (said == NULL)
        return RCP_PROBLEM_BAD_REQUEST;
    ask->order.order_id = read_order_id(said);
    ask->order.status = read_status(said);
    ask->order.reason = read_reason(said);
    ask->order.mac = is_signed(keys, message);
    const char *key = rcp_json_text(said, "transactionKey", RCP_PG_KEY_MAX, &size);
    if (key != NULL)
        rcp_ask_keep(&ask->pg_key, key, size);
    json_decref(said);
    return RCP_PROBLEM_NONE;
}
