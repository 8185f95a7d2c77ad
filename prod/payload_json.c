/* Writing is one line of text with numbers in it; reading is jansson's, and then every field's own check. */
#include "prod/payload_json.h"

#include "core/check.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const type_names[RCP_ACTIVITY_TYPE_COUNT] = {
    [RCP_ACTIVITY_FIRST_COME_FIRST_SERVE] = "FIRST_COME_FIRST_SERVE",
    [RCP_ACTIVITY_COUPON] = "COUPON",
    [RCP_ACTIVITY_GIVEAWAY] = "GIVEAWAY",
};

size_t rcp_payload_write(const struct rcp_payload *payload, char text[RCP_PAYLOAD_JSON_MAX])
{
    rcp_check(payload->type < RCP_ACTIVITY_TYPE_COUNT, "payload_type_has_a_name");
    int length =
        snprintf(text,
                 RCP_PAYLOAD_JSON_MAX,
                 "{\"userId\":%" PRIu64 ",\"campaignActivityId\":%" PRIu64 ",\"productId\":%" PRIu64
                 ",\"campaignActivityType\":\"%s\",\"quantity\":%" PRIu32 "}",
                 payload->user_id,
                 payload->activity_id,
                 payload->product_id,
                 type_names[payload->type],
                 payload->quantity);
    rcp_check(length > 0 && (size_t)length < RCP_PAYLOAD_JSON_MAX, "payload_text_fits");
    return (size_t)length;
}

/* An id: Java's long, and positive. */
static bool read_id(const json_t *object, const char *name, uint64_t *id)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value) || json_integer_value(value) < 1)
        return false;
    *id = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_quantity(const json_t *object, uint32_t *quantity)
{
    const json_t *value = json_object_get(object, "quantity");
    if (value == NULL || json_is_null(value)) {
        *quantity = 1;
        return true;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > INT32_MAX)
        return false;
    *quantity = (uint32_t)json_integer_value(value);
    return true;
}

static bool read_type(const json_t *object, uint32_t *type)
{
    const char *name = json_string_value(json_object_get(object, "campaignActivityType"));
    for (uint32_t i = 0; name != NULL && i < RCP_ACTIVITY_TYPE_COUNT; i++) {
        if (strcmp(name, type_names[i]) == 0) {
            *type = i;
            return true;
        }
    }
    return false;
}

bool rcp_payload_read(const char *text, size_t size, struct rcp_payload *payload)
{
    memset(payload, 0, sizeof *payload);
    if (size > RCP_PAYLOAD_READ_MAX)
        return false;
    json_t *object = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    struct rcp_payload read = {0};
    bool good = json_is_object(object) && read_id(object, "userId", &read.user_id) &&
                read_id(object, "campaignActivityId", &read.activity_id) &&
                read_id(object, "productId", &read.product_id) && read_type(object, &read.type) &&
                read_quantity(object, &read.quantity);
    if (good)
        *payload = read;
    json_decref(object);
    return good;
}
