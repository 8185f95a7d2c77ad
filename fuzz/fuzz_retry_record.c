/* Bytes from the retry topic and from Redis that the adapters decode. The first byte says what they are:
 *
 *   v   a payload, as Redis and old services hold it
 *   r   a record: its value on the first line, then a header on each line, NAME=VALUE
 *   s   the same, and then signed with our key, as only our own nodes could
 *
 * What is accepted comes back as it was when it is written again; what nobody signed is not believed. */
#include "fuzz/target.h"
#include "prod/kafka/retry_record.h"

#include <string.h>

const char fuzz_name[] = "retry_record";

#define TEXT_MAX    16384u
#define HEADERS_MAX 64u

static struct rcp_record_keys keys;
static char text[TEXT_MAX + 1u];

struct parts {
    const char *value;
    size_t value_size;
    struct rcp_record_header headers[HEADERS_MAX + 1u]; /* and one for the MAC */
    size_t header_count;
};

void fuzz_begin(void)
{
    rcp_record_keys_add(&keys, "a key that no input knows", 25);
}

static void read_payload(const char *bytes, size_t size)
{
    struct rcp_payload payload;
    struct rcp_payload again;
    char written[RCP_PAYLOAD_JSON_MAX];
    if (!rcp_payload_read(bytes, size, &payload))
        return;
    if (!rcp_payload_read(written, rcp_payload_write(&payload, written), &again) ||
        memcmp(&payload, &again, sizeof payload) != 0)
        fuzz_fail("a payload comes back as another");
}

/* Cuts the text into lines, in place. */
static void cut(char *bytes, size_t size, struct parts *parts)
{
    char *end = memchr(bytes, '\n', size);
    *parts =
        (struct parts){.value = bytes, .value_size = end == NULL ? size : (size_t)(end - bytes)};
    while (end != NULL && parts->header_count < HEADERS_MAX) {
        char *name = end + 1;
        end = memchr(name, '\n', (size_t)(bytes + size - name));
        size_t line_size = (size_t)((end == NULL ? bytes + size : end) - name);
        char *equals = memchr(name, '=', line_size);
        if (equals == NULL)
            continue;
        *equals = '\0';
        parts->headers[parts->header_count++] =
            (struct rcp_record_header){name, equals + 1, line_size - (size_t)(equals + 1 - name)};
    }
}

static void read_parts(const struct parts *parts, struct rcp_record_in *in)
{
    rcp_record_read(
        parts->value, parts->value_size, parts->headers, parts->header_count, &keys, in);
    const struct rcp_retry_record *record = &in->record;
    if (record->mac > record->usable || record->alone > 1 || record->token != 0 ||
        record->origin != 0)
        fuzz_fail("a record that contradicts itself");
}

static void read_strange(char *bytes, size_t size)
{
    struct parts parts;
    struct rcp_record_in in;
    cut(bytes, size, &parts);
    read_parts(&parts, &in);
    if (in.record.mac || in.record.row_id != 0 || in.record.epoch != 0 || in.record.attempt != 0 ||
        in.token.size != 0 || in.trace.size != 0)
        fuzz_fail("a record that nobody signed is believed");
}

static void check_again(const struct rcp_record_in *in)
{
    struct rcp_record_out out;
    struct rcp_record_in again;
    rcp_record_write(&in->record, &in->token, &in->trace, &keys, &out);
    rcp_record_read(out.value, out.value_size, out.headers, out.header_count, &keys, &again);
    if (memcmp(&in->record, &again.record, sizeof again.record) != 0 ||
        memcmp(&in->token, &again.token, sizeof again.token) != 0 ||
        memcmp(&in->trace, &again.trace, sizeof again.trace) != 0)
        fuzz_fail("a record comes back as another");
}

static void read_signed(char *bytes, size_t size)
{
    struct parts parts;
    struct rcp_record_in in;
    char mac[RCP_RECORD_MAC_TEXT];
    cut(bytes, size, &parts);
    if (!rcp_record_sign(
            parts.value, parts.value_size, parts.headers, parts.header_count, &keys, mac))
        return;
    parts.headers[parts.header_count++] =
        (struct rcp_record_header){"recoup-mac", mac, RCP_RECORD_MAC_TEXT - 1u};
    read_parts(&parts, &in);
    if (in.record.mac)
        check_again(&in);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > TEXT_MAX)
        return;
    memcpy(text, bytes + 1, size - 1u);
    text[size - 1u] = '\0';
    if (bytes[0] == 'v')
        read_payload(text, size - 1u);
    else if (bytes[0] == 'r')
        read_strange(text, size - 1u);
    else if (bytes[0] == 's')
        read_signed(text, size - 1u);
}
