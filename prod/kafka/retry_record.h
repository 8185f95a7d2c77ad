/* How a retry record looks on topic axon.payment.retry.
 *
 * The value is the payload's JSON and nothing else, as the documented service writes it and its consumers read
 * it (FACTS 0.3, 0.8). What they do not know stands in headers, all of them text:
 *
 *   recoup-version   1; a node refuses versions above those that it reads, so a new version is only written once
 *                    every node reads it (prod/version.h)
 *   recoup-row       payment_failure_log.id; 0: there is no row, the record is the payment's only trace
 *   recoup-epoch     claim under which it was sent
 *   recoup-attempt   failed attempts before it
 *   recoup-alone     1: wants to be tried alone
 *   recoup-token     the reservation token; left out where there is none
 *   traceparent      of the request that caused it (W3C Trace Context, version 00); left out where there is none
 *   recoup-mac       HMAC-SHA256, in hex, over the value and over the headers above in the order in which they
 *                    stand, each name and value behind its length
 *
 * Without a MAC that one of our keys makes, no header is believed. Other headers are nobody's business here;
 * those that begin with "recoup-" are under the MAC, so that a later node of version 1 may add to them. */
#ifndef RCP_PROD_KAFKA_RETRY_RECORD_H
#define RCP_PROD_KAFKA_RETRY_RECORD_H

#include "core/event.h"
#include "prod/loop/handles.h"
#include "prod/payload_json.h"

#include <stdbool.h>
#include <stddef.h>

#define RCP_RECORD_KEYS_MAX    4u  /* the one in use, and those that are being rotated in or out */
#define RCP_RECORD_HEADERS_MAX 8u  /* that we write */
#define RCP_RECORD_MAC_TEXT    65u /* 64 hex digits and a NUL */

/* The first one signs; any of them verifies. A new key is added behind on all nodes before it goes first. */
struct rcp_record_keys {
    uint32_t count;
    unsigned char list[RCP_RECORD_KEYS_MAX][32]; /* made from the secrets, for this use alone */
};

/* Adds a key behind the others. False where there is no room, or no secret. */
bool rcp_record_keys_add(struct rcp_record_keys *keys, const void *secret, size_t size);

/* One header. The value need not end with a NUL, and is NULL where the header has none. */
struct rcp_record_header {
    const char *name;
    const char *value;
    size_t size;
};

/* A record as it goes out; the headers point into it. */
struct rcp_record_out {
    char value[RCP_PAYLOAD_JSON_MAX];
    size_t value_size;
    struct rcp_record_header headers[RCP_RECORD_HEADERS_MAX];
    size_t header_count;
    char numbers[5][12];
    struct rcp_bytes token;
    char traceparent[56];
    char mac[RCP_RECORD_MAC_TEXT];
};

/* Writes a record, signed by the first key. Token and trace are the bytes behind its handles; a trace is 24
 * bytes, the trace id and the span's (prod/http/trace.h), and any other is none. */
void rcp_record_write(const struct rcp_retry_record *record,
                      const struct rcp_bytes *token,
                      const struct rcp_bytes *trace,
                      const struct rcp_record_keys *keys,
                      struct rcp_record_out *out);

/* A record as it was read; its handles are 0 until the bytes are put where handles are given. */
struct rcp_record_in {
    struct rcp_retry_record record;
    struct rcp_bytes token;
    struct rcp_bytes trace;
};

/* Reads a record. usable 0: the value is no payload, or it is ours by its MAC and yet of a version to come, or not
 * well formed. mac 0: nobody knows whose it is, and all that the headers say is left out. */
void rcp_record_read(const char *value,
                     size_t value_size,
                     const struct rcp_record_header headers[],
                     size_t header_count,
                     const struct rcp_record_keys *keys,
                     struct rcp_record_in *in);

/* The MAC over a value and those of the headers that it covers, by the first key. False where they are more or
 * larger than any record of ours. */
bool rcp_record_sign(const char *value,
                     size_t value_size,
                     const struct rcp_record_header headers[],
                     size_t header_count,
                     const struct rcp_record_keys *keys,
                     char mac[RCP_RECORD_MAC_TEXT]);

#endif
