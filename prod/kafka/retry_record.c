/* Writing puts the headers in a row and signs them. Reading first asks whether they are ours, and only then
 * what they say. */
#include "prod/kafka/retry_record.h"

#include "core/check.h"
#include "prod/hex.h"
#include "prod/version.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define PREFIX          "recoup-"
#define TRACE_SIZE      24u /* bytes: 16 of the trace's id, 8 of the span's */
#define TRACEPARENT     "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
#define COVERED_MAX     16u  /* headers under one MAC: ours, and room for what a later node adds */
#define COVERED_SIZE    256u /* bytes of one of them */
#define NAME_SIZE       64u
#define SIGNED_SIZE_MAX (4u + RCP_PAYLOAD_READ_MAX + COVERED_MAX * (8u + NAME_SIZE + COVERED_SIZE))

enum number { ROW, EPOCH, ATTEMPT, ALONE, NUMBER_COUNT };

static const struct number_header {
    const char *name;
    uint32_t max;
} number_headers[NUMBER_COUNT] = {
    [ROW] = {PREFIX "row", UINT32_MAX},
    [EPOCH] = {PREFIX "epoch", UINT32_MAX},
    [ATTEMPT] = {PREFIX "attempt", UINT8_MAX},
    [ALONE] = {PREFIX "alone", 1},
};

static const char version_name[] = PREFIX "version";
static const char token_name[] = PREFIX "token";
static const char mac_name[] = PREFIX "mac";
static const char trace_name[] = "traceparent";

/* --- The MAC --- */

bool rcp_record_keys_add(struct rcp_record_keys *keys, const void *secret, size_t size)
{
    static const char use[] = "recoup retry record";
    if (keys->count == RCP_RECORD_KEYS_MAX || size == 0 || size > INT32_MAX)
        return false;
    unsigned char *key = keys->list[keys->count];
    if (HMAC(EVP_sha256(), secret, (int)size, (const unsigned char *)use, sizeof use, key, NULL) ==
        NULL)
        return false;
    keys->count++;
    return true;
}

static bool is_covered(const struct rcp_record_header *header)
{
    return strcmp(header->name, trace_name) == 0 ||
           (strncmp(header->name, PREFIX, strlen(PREFIX)) == 0 &&
            strcmp(header->name, mac_name) != 0);
}

static unsigned char *append(unsigned char *at, const char *bytes, size_t size)
{
    for (unsigned shift = 32; shift > 0; shift -= 8)
        *at++ = (unsigned char)(size >> (shift - 8));
    if (size > 0)
        memcpy(at, bytes, size);
    return at + size;
}

/* What is signed, in one piece; 0 where it is more than a record of ours can be. */
static size_t gather(const char *value,
                     size_t value_size,
                     const struct rcp_record_header headers[],
                     size_t header_count,
                     unsigned char text[SIGNED_SIZE_MAX])
{
    if (value_size > RCP_PAYLOAD_READ_MAX)
        return 0;
    unsigned char *at = append(text, value, value_size);
    size_t covered = 0;
    for (size_t i = 0; i < header_count; i++) {
        const struct rcp_record_header *header = &headers[i];
        if (!is_covered(header))
            continue;
        size_t name_size = strlen(header->name);
        if (++covered > COVERED_MAX || name_size > NAME_SIZE || header->size > COVERED_SIZE)
            return 0;
        at = append(at, header->name, name_size);
        at = append(at, header->value, header->size);
    }
    return (size_t)(at - text);
}

static void make_mac(const unsigned char key[32],
                     const unsigned char *text,
                     size_t size,
                     char mac[RCP_RECORD_MAC_TEXT])
{
    unsigned char bytes[32];
    rcp_check(HMAC(EVP_sha256(), key, 32, text, size, bytes, NULL) != NULL, "hmac_is_there");
    *rcp_hex_write(mac, bytes, sizeof bytes) = '\0';
}

bool rcp_record_sign(const char *value,
                     size_t value_size,
                     const struct rcp_record_header headers[],
                     size_t header_count,
                     const struct rcp_record_keys *keys,
                     char mac[RCP_RECORD_MAC_TEXT])
{
    unsigned char text[SIGNED_SIZE_MAX];
    rcp_check(keys->count > 0, "record_key_is_there");
    size_t size = gather(value, value_size, headers, header_count, text);
    if (size > 0)
        make_mac(keys->list[0], text, size, mac);
    return size > 0;
}

/* --- Looking headers up --- */

/* The header of this name, if there is exactly one. */
static const struct rcp_record_header *find(const struct rcp_record_header headers[],
                                            size_t header_count,
                                            const char *name)
{
    const struct rcp_record_header *found = NULL;
    for (size_t i = 0; i < header_count; i++) {
        if (strcmp(headers[i].name, name) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = &headers[i];
    }
    return found;
}

static bool has_any(const struct rcp_record_header headers[], size_t header_count, const char *name)
{
    for (size_t i = 0; i < header_count; i++) {
        if (strcmp(headers[i].name, name) == 0)
            return true;
    }
    return false;
}

/* All keys are tried, whichever fits: how long it takes says nothing of them. */
static bool is_ours(const char *value,
                    size_t value_size,
                    const struct rcp_record_header headers[],
                    size_t header_count,
                    const struct rcp_record_keys *keys)
{
    unsigned char text[SIGNED_SIZE_MAX];
    const struct rcp_record_header *said = find(headers, header_count, mac_name);
    if (said == NULL || said->size != RCP_RECORD_MAC_TEXT - 1u)
        return false;
    size_t size = gather(value, value_size, headers, header_count, text);
    bool ours = false;
    for (uint32_t i = 0; size > 0 && i < keys->count; i++) {
        char mac[RCP_RECORD_MAC_TEXT];
        make_mac(keys->list[i], text, size, mac);
        ours |= CRYPTO_memcmp(mac, said->value, said->size) == 0;
    }
    return ours;
}

/* --- What headers say --- */

/* A decimal number as we write it: no sign, no zero in front, not above max. */
static bool read_number(const struct rcp_record_header *header, uint32_t max, uint32_t *number)
{
    uint64_t read = 0;
    if (header == NULL || header->size == 0 || header->size > 10 ||
        (header->value[0] == '0' && header->size > 1))
        return false;
    for (size_t i = 0; i < header->size; i++) {
        if (header->value[i] < '0' || header->value[i] > '9')
            return false;
        read = read * 10 + (uint64_t)(header->value[i] - '0');
    }
    *number = (uint32_t)read;
    return read <= max;
}

static bool read_token(const struct rcp_record_header headers[],
                       size_t header_count,
                       struct rcp_bytes *token)
{
    if (!has_any(headers, header_count, token_name))
        return true;
    const struct rcp_record_header *header = find(headers, header_count, token_name);
    if (header == NULL || header->size == 0 || header->size > RCP_HANDLE_BYTES_MAX)
        return false;
    token->size = (uint8_t)header->size;
    memcpy(token->at, header->value, header->size);
    return true;
}

static int nibble(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool read_hex(const char *text, char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = nibble(text[2 * i]);
        int low = nibble(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (char)(high * 16 + low);
    }
    return true;
}

static bool read_trace(const struct rcp_record_header headers[],
                       size_t header_count,
                       struct rcp_bytes *trace)
{
    if (!has_any(headers, header_count, trace_name))
        return true;
    const struct rcp_record_header *header = find(headers, header_count, trace_name);
    if (header == NULL || header->size != sizeof TRACEPARENT - 1 ||
        memcmp(header->value, "00-", 3) != 0 || header->value[35] != '-' ||
        header->value[52] != '-' || !read_hex(header->value + 3, trace->at, 16) ||
        !read_hex(header->value + 36, trace->at + 16, 8))
        return false;
    trace->size = TRACE_SIZE;
    return true;
}

static bool read_headers(const struct rcp_record_header headers[],
                         size_t header_count,
                         struct rcp_record_in *in)
{
    uint32_t version;
    uint32_t numbers[NUMBER_COUNT];
    if (!read_number(
            find(headers, header_count, version_name), RCP_RECORD_VERSION_READ, &version) ||
        version == 0)
        return false;
    for (unsigned i = 0; i < NUMBER_COUNT; i++) {
        const struct number_header *row = &number_headers[i];
        if (!read_number(find(headers, header_count, row->name), row->max, &numbers[i]))
            return false;
    }
    in->record.row_id = numbers[ROW];
    in->record.epoch = numbers[EPOCH];
    in->record.attempt = (uint8_t)numbers[ATTEMPT];
    in->record.alone = (uint8_t)numbers[ALONE];
    return read_token(headers, header_count, &in->token) &&
           read_trace(headers, header_count, &in->trace);
}

void rcp_record_read(const char *value,
                     size_t value_size,
                     const struct rcp_record_header headers[],
                     size_t header_count,
                     const struct rcp_record_keys *keys,
                     struct rcp_record_in *in)
{
    *in = (struct rcp_record_in){0};
    struct rcp_payload payload;
    if (!rcp_payload_read(value, value_size, &payload))
        return;
    if (is_ours(value, value_size, headers, header_count, keys)) {
        if (!read_headers(headers, header_count, in)) {
            *in = (struct rcp_record_in){0};
            return;
        }
        in->record.mac = 1;
    }
    in->record.payload = payload;
    in->record.usable = 1;
}

/* --- Writing --- */

static void add(struct rcp_record_out *out, const char *name, const char *value, size_t size)
{
    rcp_check(out->header_count < RCP_RECORD_HEADERS_MAX, "record_headers_fit");
    out->headers[out->header_count++] = (struct rcp_record_header){name, value, size};
}

static void add_number(struct rcp_record_out *out, const char *name, uint32_t number, unsigned slot)
{
    int size = snprintf(out->numbers[slot], sizeof out->numbers[slot], "%" PRIu32, number);
    add(out, name, out->numbers[slot], (size_t)size);
}

static void add_trace(struct rcp_record_out *out, const struct rcp_bytes *trace)
{
    const unsigned char *bytes = (const unsigned char *)trace->at;
    memcpy(out->traceparent, TRACEPARENT, sizeof TRACEPARENT);
    rcp_hex_write(out->traceparent + 3, bytes, 16);
    rcp_hex_write(out->traceparent + 36, bytes + 16, 8);
    add(out, trace_name, out->traceparent, sizeof TRACEPARENT - 1);
}

void rcp_record_write(const struct rcp_retry_record *record,
                      const struct rcp_bytes *token,
                      const struct rcp_bytes *trace,
                      const struct rcp_record_keys *keys,
                      struct rcp_record_out *out)
{
    const uint32_t numbers[NUMBER_COUNT] = {
        [ROW] = record->row_id,
        [EPOCH] = record->epoch,
        [ATTEMPT] = record->attempt,
        [ALONE] = record->alone,
    };
    memset(out, 0, sizeof *out);
    out->value_size = rcp_payload_write(&record->payload, out->value);
    add_number(out, version_name, RCP_RECORD_VERSION_WRITTEN, NUMBER_COUNT);
    for (unsigned i = 0; i < NUMBER_COUNT; i++)
        add_number(out, number_headers[i].name, numbers[i], i);
    out->token = *token;
    if (token->size > 0)
        add(out, token_name, out->token.at, token->size);
    if (trace->size == TRACE_SIZE)
        add_trace(out, trace);
    bool good = rcp_record_sign(
        out->value, out->value_size, out->headers, out->header_count, keys, out->mac);
    rcp_check(good, "record_is_signed");
    add(out, mac_name, out->mac, RCP_RECORD_MAC_TEXT - 1u);
}
