/* A payment's payload as JSON: the Redis value, the failure row's payload, the record's value (FACTS 0.3).
 *
 *   {"userId":7,"campaignActivityId":3,"productId":11,"campaignActivityType":"COUPON","quantity":1}
 *
 * Old services write and read the same text, so its names and its meaning are theirs to keep. */
#ifndef RCP_PROD_PAYLOAD_JSON_H
#define RCP_PROD_PAYLOAD_JSON_H

#include "core/payment.h"

#include <stdbool.h>
#include <stddef.h>

#define RCP_PAYLOAD_JSON_MAX \
    256u /* Bytes of the longest text that we write, its final NUL included. */
#define RCP_PAYLOAD_READ_MAX \
    4096u /* Bytes of the longest text that we read; a longer one is none. */

/* Writes the payload as JSON, ended by NUL; returns its length without it. The payload's type must be one
 * of enum rcp_activity_type. */
size_t rcp_payload_write(const struct rcp_payload *payload, char text[RCP_PAYLOAD_JSON_MAX]);

/* Reads a payload: exactly one JSON object, no name twice. The three ids are integers from 1 to 2^63 - 1, the
 * quantity one from 1 to 2^31 - 1 (Java's long and int); a quantity that is null or missing is 1. Names it
 * does not know, "@class" among them, are passed over. False where the text is anything else; then *payload
 * is all zero. */
bool rcp_payload_read(const char *text, size_t size, struct rcp_payload *payload);

#endif
