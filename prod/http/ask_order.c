/* POST /api/v1/orders: {items[{productId,quantity}], usePoint, issuedCouponId} as documented (FACTS 1.2), the
 * amounts that the buyer was shown (totalAmount, paidAmount, couponDiscount), and the card that pays the rest. */
#include "prod/http/ask.h"

#include "prod/http/identity.h"
#include "prod/http/json.h"

#include <openssl/sha.h>
#include <string.h>

#define AMOUNT_MAX   9999999999999u /* KRW: decimal(15,2) */
#define QUANTITY_MAX 9999u

static const uint64_t nothing = 0;

static bool read_item(json_t *item, struct rcp_order_item *into)
{
    static const char *const names[] = {"productId", "quantity"};
    uint64_t product_id = 0;
    uint64_t quantity = 0;
    if (!json_is_object(item) || !rcp_json_only(item, names, 2) ||
        !rcp_json_number(item, "productId", 1, UINT32_MAX, NULL, &product_id) ||
        !rcp_json_number(item, "quantity", 1, QUANTITY_MAX, NULL, &quantity))
        return false;
    into->product_id = (uint32_t)product_id;
    into->quantity = (uint32_t)quantity;
    return true;
}

static bool read_items(const json_t *items, struct rcp_cart *cart)
{
    size_t count = json_array_size(items);
    if (count == 0 || count > RCP_ORDER_ITEMS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!read_item(json_array_get(items, i), &cart->items[i]))
            return false;
    }
    return true;
}

static bool read_amounts(json_t *order, struct rcp_cart *cart)
{
    return rcp_json_number(order, "totalAmount", 1, AMOUNT_MAX, NULL, &cart->total_amount) &&
           rcp_json_number(order, "paidAmount", 0, AMOUNT_MAX, NULL, &cart->paid_amount) &&
           rcp_json_number(order, "usePoint", 0, AMOUNT_MAX, &nothing, &cart->used_point) &&
           rcp_json_number(
               order, "couponDiscount", 0, AMOUNT_MAX, &nothing, &cart->coupon_discount) &&
           rcp_json_number(order, "issuedCouponId", 1, INT64_MAX, &nothing, &cart->coupon_id) &&
           cart->used_point + cart->paid_amount + cart->coupon_discount == cart->total_amount &&
           (cart->coupon_discount == 0 || cart->coupon_id != 0);
}

/* A card goes with an amount for it, and with nothing else. */
static bool read_card(json_t *order, const struct rcp_cart *cart, struct rcp_card *card)
{
    const json_t *type = json_object_get(order, "cardType");
    const json_t *number = json_object_get(order, "cardNo");
    if (cart->paid_amount == 0)
        return type == NULL && number == NULL;
    return json_is_string(type) && json_is_string(number) &&
           rcp_card_read(card, json_string_value(type), json_string_value(number));
}

static bool read_order(json_t *order, struct rcp_ask *ask)
{
    static const char *const names[] = {"items",
                                        "totalAmount",
                                        "usePoint",
                                        "paidAmount",
                                        "couponDiscount",
                                        "issuedCouponId",
                                        "cardType",
                                        "cardNo"};
    struct rcp_cart *cart = &ask->order.cart;
    return rcp_json_only(order, names, sizeof names / sizeof names[0]) &&
           read_items(json_object_get(order, "items"), cart) && read_amounts(order, cart) &&
           read_card(order, cart, &ask->card);
}

/* Of what was asked, not of how it was spelled: the same cart under another spacing is the same request. */
static uint64_t hash_of(const struct rcp_cart *cart)
{
    uint64_t words[5u + 2u * RCP_ORDER_ITEMS_MAX] = {cart->total_amount,
                                                     cart->used_point,
                                                     cart->paid_amount,
                                                     cart->coupon_discount,
                                                     cart->coupon_id};
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char bytes[sizeof words];
    uint64_t hash = 0;
    for (size_t i = 0; i < RCP_ORDER_ITEMS_MAX; i++) {
        words[5u + 2u * i] = cart->items[i].product_id;
        words[6u + 2u * i] = cart->items[i].quantity;
    }
    for (size_t i = 0; i < sizeof words; i++)
        bytes[i] = (unsigned char)(words[i / 8u] >> (8u * (i % 8u)));
    SHA256(bytes, sizeof bytes, digest);
    for (size_t i = 0; i < 8; i++)
        hash = hash << 8 | digest[i];
    return hash;
}

/* Visible characters alone; a key in quotes (as the draft standard has it) is the one without them. */
static bool keep_key(const char *key, struct rcp_bytes *bytes)
{
    size_t size = key != NULL ? strlen(key) : 0;
    if (size >= 2 && key[0] == '"' && key[size - 1] == '"') {
        key++;
        size -= 2;
    }
    if (size > RCP_REQUEST_KEY_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (key[i] <= 0x20 || key[i] == 0x7f)
            return false;
    }
    return rcp_ask_keep(bytes, size > 0 ? key : "", size);
}

enum rcp_problem rcp_ask_order(const struct rcp_ask_keys *keys,
                               const struct rcp_message *message,
                               struct rcp_ask *ask)
{
    (void)keys;
    ask->kind = RCP_REQUEST_ORDER;
    json_t *order = rcp_json_object(message->body, message->body_size);
    bool reads = order != NULL && read_order(order, ask);
    json_decref(order);
    if (!reads || !keep_key(message->idempotency_key, &ask->request_key))
        return RCP_PROBLEM_BAD_REQUEST;
    ask->order.body_hash = hash_of(&ask->order.cart);
    return RCP_PROBLEM_NONE;
}

enum rcp_problem rcp_ask_order_status(const struct rcp_ask_keys *keys,
                                      const struct rcp_message *message,
                                      struct rcp_ask *ask)
{
    (void)keys;
    ask->kind = RCP_REQUEST_ORDER_STATUS;
    ask->order.order_id = rcp_id_read(message->tail);
    return ask->order.order_id != 0 ? RCP_PROBLEM_NONE : RCP_PROBLEM_NOT_FOUND;
}
