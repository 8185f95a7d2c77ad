/* Retry records on the topic: what is written reads back, what is not ours is not believed, what is ours and
 * malformed is not used. */
#include "prod/kafka/retry_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TOKEN  "NzozOmFiY2RlZg"
#define PARENT "00-000102030405060708090a0b0c0d0e0f-1011121314151617-01"

/* A record with something in every field. */
static const struct rcp_retry_record full = {
    .payload = {.user_id = 7, .activity_id = 3, .product_id = 11, .quantity = 2, .type = 0},
    .row_id = 4294967295u,
    .epoch = 12,
    .attempt = 255,
    .usable = 1,
    .mac = 1,
    .alone = 1,
};

static struct rcp_bytes bytes_of(const void *bytes, uint8_t size)
{
    struct rcp_bytes made = {.size = size};
    memcpy(made.at, bytes, size);
    return made;
}

static struct rcp_bytes token(void)
{
    return bytes_of(TOKEN, sizeof TOKEN - 1);
}

static struct rcp_bytes trace(void)
{
    unsigned char bytes[24];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    return bytes_of(bytes, sizeof bytes);
}

static struct rcp_record_keys keys_of(const char *first, const char *second)
{
    struct rcp_record_keys keys = {0};
    assert_true(rcp_record_keys_add(&keys, first, strlen(first)));
    if (second != NULL)
        assert_true(rcp_record_keys_add(&keys, second, strlen(second)));
    return keys;
}

/* The headers point into the record, so it is not copied. */
static void write_full(struct rcp_record_out *out, const struct rcp_record_keys *keys)
{
    const struct rcp_bytes its_token = token();
    const struct rcp_bytes its_trace = trace();
    rcp_record_write(&full, &its_token, &its_trace, keys, out);
}

static struct rcp_record_in read_out(const struct rcp_record_out *out,
                                     const struct rcp_record_keys *keys)
{
    struct rcp_record_in in;
    rcp_record_read(out->value, out->value_size, out->headers, out->header_count, keys, &in);
    return in;
}

/* Changes to a header, in place: `nth` counts headers as the header file lists them. */
static void set_header(struct rcp_record_out *out, size_t nth, const char *value)
{
    out->headers[nth].value = value;
    out->headers[nth].size = strlen(value);
}

/* Signs what now stands there, as somebody with our key would. */
static void sign_again(struct rcp_record_out *out, const struct rcp_record_keys *keys)
{
    static char mac[RCP_RECORD_MAC_TEXT];
    size_t last = out->header_count - 1;
    assert_true(
        rcp_record_sign(out->value, out->value_size, out->headers, out->header_count, keys, mac));
    set_header(out, last, mac);
}

/* The value is the documented one, to the byte; everything else is in headers, in this order. */
static void the_value_is_what_old_consumers_read(void **state)
{
    (void)state;
    static const char *const wanted[][2] = {
        {"recoup-version", "1"},
        {"recoup-row", "4294967295"},
        {"recoup-epoch", "12"},
        {"recoup-attempt", "255"},
        {"recoup-alone", "1"},
        {"recoup-token", TOKEN},
        {"traceparent", PARENT},
    };
    struct rcp_record_keys keys = keys_of("key", NULL);
    struct rcp_record_out out;
    write_full(&out, &keys);
    char text[RCP_PAYLOAD_JSON_MAX];
    rcp_payload_write(&full.payload, text);
    assert_string_equal(out.value, text);
    assert_int_equal(out.header_count, 8);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        assert_string_equal(out.headers[i].name, wanted[i][0]);
        assert_int_equal(out.headers[i].size, strlen(wanted[i][1]));
        assert_memory_equal(out.headers[i].value, wanted[i][1], out.headers[i].size);
    }
    assert_string_equal(out.headers[7].name, "recoup-mac");
}

/* Every field comes back, with a MAC that is believed. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    struct rcp_record_out out;
    write_full(&out, &keys);
    struct rcp_record_in in = read_out(&out, &keys);
    const struct rcp_bytes its_token = token();
    const struct rcp_bytes its_trace = trace();
    assert_memory_equal(&in.record, &full, sizeof full);
    assert_memory_equal(&in.token, &its_token, sizeof its_token);
    assert_memory_equal(&in.trace, &its_trace, sizeof its_trace);
}

/* A record without a row, a token or a trace says so by leaving them out. */
static void what_is_not_there_is_left_out(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    struct rcp_retry_record direct = {.payload = full.payload, .usable = 1, .mac = 1};
    const struct rcp_bytes none = {0};
    struct rcp_record_out out;
    rcp_record_write(&direct, &none, &none, &keys, &out);
    assert_int_equal(out.header_count, 6);
    struct rcp_record_in in = read_out(&out, &keys);
    assert_memory_equal(&in.record, &direct, sizeof direct);
    assert_int_equal(in.token.size, 0);
    assert_int_equal(in.trace.size, 0);
}

/* The documented service's records: usable, and nobody knows whose they are. */
static void an_old_record_is_usable_and_nobodys(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    static const char value[] = "{\"userId\":7,\"campaignActivityId\":3,\"productId\":11,"
                                "\"campaignActivityType\":\"FIRST_COME_FIRST_SERVE\","
                                "\"quantity\":2}";
    const struct rcp_record_header type = {"__TypeId__", "x.ReservationTokenPayload", 25};
    struct rcp_record_in in;
    rcp_record_read(value, sizeof value - 1, &type, 1, &keys, &in);
    const struct rcp_retry_record wanted = {.payload = full.payload, .usable = 1};
    assert_memory_equal(&in.record, &wanted, sizeof wanted);
    rcp_record_read("{}", 2, &type, 1, &keys, &in);
    assert_int_equal(in.record.usable, 0);
    rcp_record_read(NULL, 0, NULL, 0, &keys, &in); /* a tombstone */
    assert_int_equal(in.record.usable, 0);
}

static void assert_not_believed(const struct rcp_record_in *in, const char *name)
{
    const struct rcp_retry_record wanted = {.payload = in->record.payload, .usable = 1};
    if (memcmp(&in->record, &wanted, sizeof wanted) != 0 || in->token.size != 0 ||
        in->trace.size != 0)
        fail_msg("believed: %s", name);
}

/* Whatever is changed, taken away, added or moved under the MAC, nothing that the headers say is believed. */
static void a_forged_record_is_not_believed(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    for (size_t i = 0; i < 8; i++) {
        struct rcp_record_out out;
        write_full(&out, &keys);
        struct rcp_record_header kept = out.headers[i];

        char changed[128];
        memcpy(changed, kept.value, kept.size);
        changed[kept.size - 1] ^= 1;
        out.headers[i].value = changed;
        struct rcp_record_in in = read_out(&out, &keys);
        assert_not_believed(&in, "a changed header");

        out.headers[i] = kept;
        out.headers[i].size--;
        in = read_out(&out, &keys);
        assert_not_believed(&in, "a shorter header");

        out.headers[i] = kept;
        out.headers[i].name = "other";
        in = read_out(&out, &keys);
        assert_not_believed(&in, "a missing header");

        out.headers[i] = out.headers[(i + 1) % 7];
        in = read_out(&out, &keys);
        assert_not_believed(&in, "a header over another");
    }
    struct rcp_record_out out;
    write_full(&out, &keys);
    struct rcp_record_header swapped = out.headers[1];
    out.headers[1] = out.headers[2];
    out.headers[2] = swapped;
    struct rcp_record_in in = read_out(&out, &keys);
    assert_not_believed(&in, "headers in another order");

    write_full(&out, &keys);
    char *quantity = strstr(out.value, "\"quantity\":2");
    assert_non_null(quantity);
    quantity[11] = '9';
    in = read_out(&out, &keys);
    assert_int_equal(in.record.payload.quantity, 9);
    assert_not_believed(&in, "another quantity");
}

/* A header moved into the name before it does not make the same bytes to sign. */
static void names_and_values_cannot_be_shifted(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    char first[RCP_RECORD_MAC_TEXT];
    char second[RCP_RECORD_MAC_TEXT];
    const struct rcp_record_header a[] = {{"recoup-a", "bc", 2}, {"recoup-d", "", 0}};
    const struct rcp_record_header b[] = {{"recoup-ab", "c", 1}, {"recoup-d", "", 0}};
    assert_true(rcp_record_sign("v", 1, a, 2, &keys, first));
    assert_true(rcp_record_sign("v", 1, b, 2, &keys, second));
    assert_string_not_equal(first, second);
}

/* Keys come and go without a record being lost: signed by any of them is ours, by none of them is not. */
static void keys_are_rotated(void **state)
{
    (void)state;
    struct rcp_record_keys old_keys = keys_of("old", NULL);
    struct rcp_record_keys ready = keys_of("old", "new");
    struct rcp_record_keys turned = keys_of("new", "old");
    struct rcp_record_keys new_keys = keys_of("new", NULL);
    struct rcp_record_keys none = {0};
    struct rcp_record_out by_old;
    write_full(&by_old, &ready);
    assert_int_equal(read_out(&by_old, &old_keys).record.mac, 1);
    assert_int_equal(read_out(&by_old, &ready).record.mac, 1);
    assert_int_equal(read_out(&by_old, &turned).record.mac, 1);
    assert_int_equal(read_out(&by_old, &new_keys).record.mac, 0);
    assert_int_equal(read_out(&by_old, &none).record.mac, 0);
    struct rcp_record_out by_new;
    write_full(&by_new, &turned);
    assert_int_equal(read_out(&by_new, &ready).record.mac, 1);
    assert_int_equal(read_out(&by_new, &old_keys).record.mac, 0);
    assert_false(rcp_record_keys_add(&none, "", 0));
    struct rcp_record_keys crowd = {.count = RCP_RECORD_KEYS_MAX};
    assert_false(rcp_record_keys_add(&crowd, "key", 3));
}

/* Signed with our key and yet not what we write: a bug, or a version that this node does not know. It is for
 * a person to look at. */
static void what_is_ours_and_malformed_is_not_usable(void **state)
{
    (void)state;
    static const struct {
        size_t header;
        const char *value;
    } rows[] = {
        {0, "2"},
        {0, "0"},
        {0, ""},
        {0, "01"},
        {1, "4294967296"},
        {1, "-1"},
        {1, "+1"},
        {1, " 1"},
        {1, "1 "},
        {1, "0x1"},
        {1, "00"},
        {1, ""},
        {1, "99999999999999999999"},
        {2, "twelve"},
        {3, "256"},
        {4, "2"},
        {4, "true"},
        {5, ""},
        {6, ""},
        {6, "00-000102030405060708090a0b0c0d0e0f-1011121314151617"},
        {6, "01-000102030405060708090a0b0c0d0e0f-1011121314151617-01"},
        {6, "00-000102030405060708090A0B0C0D0E0F-1011121314151617-01"},
        {6, "00-000102030405060708090a0b0c0d0e0f+1011121314151617-01"},
        {6, "00-000102030405060708090a0b0c0d0e0f-101112131415161g-01"},
    };
    struct rcp_record_keys keys = keys_of("key", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_record_out out;
        write_full(&out, &keys);
        set_header(&out, rows[i].header, rows[i].value);
        sign_again(&out, &keys);
        struct rcp_record_in in = read_out(&out, &keys);
        const struct rcp_retry_record nothing = {0};
        if (memcmp(&in.record, &nothing, sizeof nothing) != 0 || in.token.size != 0)
            fail_msg("header %zu as \"%s\"", rows[i].header, rows[i].value);
    }
    for (size_t i = 0; i < 5; i++) {
        struct rcp_record_out out;
        write_full(&out, &keys);
        out.headers[i].name = "recoup-new";
        sign_again(&out, &keys);
        assert_int_equal(read_out(&out, &keys).record.usable, 0);
        out.headers[i] = out.headers[(i + 1) % 7];
        sign_again(&out, &keys);
        assert_int_equal(read_out(&out, &keys).record.usable, 0);
    }
    char long_token[RCP_HANDLE_BYTES_MAX + 2];
    memset(long_token, 'x', sizeof long_token);
    long_token[sizeof long_token - 1] = '\0';
    struct rcp_record_out out;
    write_full(&out, &keys);
    set_header(&out, 5, long_token);
    sign_again(&out, &keys);
    assert_int_equal(read_out(&out, &keys).record.usable, 0);
}

/* A later node of this version may add headers; they are under the MAC, and passed over. */
static void headers_of_a_later_node_are_passed_over(void **state)
{
    (void)state;
    struct rcp_record_keys keys = keys_of("key", NULL);
    struct rcp_record_out out;
    write_full(&out, &keys);
    struct rcp_record_header headers[10];
    memcpy(headers, out.headers, sizeof out.headers);
    headers[8] = (struct rcp_record_header){"recoup-later", "x", 1};
    headers[9] = (struct rcp_record_header){"b3", "not ours", 8};
    struct rcp_record_in in;
    rcp_record_read(out.value, out.value_size, headers, 10, &keys, &in);
    assert_not_believed(&in, "an added header without its MAC");
    char mac[RCP_RECORD_MAC_TEXT];
    assert_true(rcp_record_sign(out.value, out.value_size, headers, 10, &keys, mac));
    headers[7].value = mac;
    rcp_record_read(out.value, out.value_size, headers, 10, &keys, &in);
    assert_memory_equal(&in.record, &full, sizeof full);
}

/* Headers without end, without a value, or as large as the broker allows: not ours, and nothing overflows. */
static void a_record_too_large_to_be_ours_is_not_believed(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static char large[70000];
    memset(large, 'x', sizeof large - 1);
    struct rcp_record_keys keys = keys_of("key", NULL);
    struct rcp_record_out out;
    write_full(&out, &keys);
    struct rcp_record_header headers[MANY];
    struct rcp_record_in in;
    memcpy(headers, out.headers, sizeof out.headers);
    for (size_t i = 8; i < MANY; i++)
        headers[i] = (struct rcp_record_header){"recoup-x", NULL, 0};
    rcp_record_read(out.value, out.value_size, headers, MANY, &keys, &in);
    assert_not_believed(&in, "a hundred headers");
    headers[8] = (struct rcp_record_header){"recoup-x", large, sizeof large};
    rcp_record_read(out.value, out.value_size, headers, 9, &keys, &in);
    assert_not_believed(&in, "a large header");
    char name[sizeof "recoup-" + 100];
    snprintf(name, sizeof name, "recoup-%.99s", large);
    headers[8] = (struct rcp_record_header){name, "x", 1};
    rcp_record_read(out.value, out.value_size, headers, 9, &keys, &in);
    assert_not_believed(&in, "a long name");
    rcp_record_read(large, sizeof large, out.headers, out.header_count, &keys, &in);
    assert_int_equal(in.record.usable, 0);
    for (size_t i = 0; i < out.header_count; i++) {
        struct rcp_record_header kept = out.headers[i];
        out.headers[i].value = NULL;
        out.headers[i].size = 0;
        in = read_out(&out, &keys);
        assert_not_believed(&in, "a header without a value");
        out.headers[i] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_is_what_old_consumers_read),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_is_not_there_is_left_out),
        cmocka_unit_test(an_old_record_is_usable_and_nobodys),
        cmocka_unit_test(a_forged_record_is_not_believed),
        cmocka_unit_test(names_and_values_cannot_be_shifted),
        cmocka_unit_test(keys_are_rotated),
        cmocka_unit_test(what_is_ours_and_malformed_is_not_usable),
        cmocka_unit_test(headers_of_a_later_node_are_passed_over),
        cmocka_unit_test(a_record_too_large_to_be_ours_is_not_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
