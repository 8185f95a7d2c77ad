/* Entries: their frames, and those that are not steps. */
#include "core/recording.h"

#include "core/check.h"
#include "core/recording_bytes.h"
#include "core/snapshot.h"

#include <string.h>

#define FRAME_BYTES 8u

/* What the body of every HEAD begins with, behind its kind. */
static const unsigned char magic[] = {'R', 'e', 'c', 'o', 'u', 'p', '\n'};

/* --- Frames --- */

/* CRC-32C, four bits at a time. */
static uint32_t checksum(uint32_t crc, const unsigned char *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000u,
                                       0x105ec76fu,
                                       0x20bd8edeu,
                                       0x30e349b1u,
                                       0x417b1dbcu,
                                       0x5125dad3u,
                                       0x61c69362u,
                                       0x7198540du,
                                       0x82f63b78u,
                                       0x92a8fc17u,
                                       0xa24bb5a6u,
                                       0xb21572c9u,
                                       0xc38d26c4u,
                                       0xd3d3e1abu,
                                       0xe330a81au,
                                       0xf36e6f75u};
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15u];
        crc = crc >> 4 ^ table[crc & 15u];
    }
    return crc;
}

static uint32_t checksum_of(const unsigned char *frame, const unsigned char *body, size_t size)
{
    return ~checksum(checksum(~0u, frame, 4), body, size);
}

static unsigned char size_check(const unsigned char *frame)
{
    return (unsigned char)(0xa5u ^ frame[0] ^ frame[1] ^ frame[2]);
}

static void write_four(unsigned char *at, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
        at[i] = (unsigned char)(value >> 8u * i);
}

static uint32_t read_bytes(const unsigned char *at, uint32_t count)
{
    uint32_t value = 0;
    for (uint32_t i = 0; i < count; i++)
        value |= (uint32_t)at[i] << 8u * i;
    return value;
}

struct rcp_pen rcp_entry_begin(void *bytes, enum rcp_recording_kind kind)
{
    struct rcp_pen pen = {(unsigned char *)bytes + FRAME_BYTES};
    *pen.at++ = (unsigned char)kind;
    return pen;
}

uint32_t rcp_entry_end(void *bytes, struct rcp_pen pen)
{
    unsigned char *frame = bytes;
    size_t size = (size_t)(pen.at - frame) - FRAME_BYTES;
    rcp_check(size <= RCP_RECORDING_BODY_MAX, "recording_entry_fits");
    write_four(frame, (uint32_t)size);
    frame[3] = size_check(frame);
    write_four(frame + 4, checksum_of(frame, frame + FRAME_BYTES, size));
    return (uint32_t)size + FRAME_BYTES;
}

enum rcp_recording_found rcp_recording_next(const unsigned char *bytes,
                                            size_t size,
                                            size_t *at,
                                            struct rcp_recording_entry *entry)
{
    const unsigned char *frame = bytes + *at;
    size_t left = size - *at;
    if (left == 0)
        return RCP_RECORDING_NOTHING;
    if (left < FRAME_BYTES)
        return RCP_RECORDING_CUT;
    size_t body = read_bytes(frame, 3);
    if (frame[3] != size_check(frame) || body == 0)
        return RCP_RECORDING_DAMAGED;
    if (left - FRAME_BYTES < body)
        return RCP_RECORDING_CUT;
    if (read_bytes(frame + 4, 4) != checksum_of(frame, frame + FRAME_BYTES, body))
        return RCP_RECORDING_DAMAGED;
    uint32_t kind = frame[FRAME_BYTES];
    if (kind == RCP_RECORDING_NONE || kind >= RCP_RECORDING_KIND_COUNT)
        return RCP_RECORDING_DAMAGED;
    entry->kind = (enum rcp_recording_kind)kind;
    entry->bytes = frame + FRAME_BYTES + 1;
    entry->size = (uint32_t)body - 1u;
    *at += FRAME_BYTES + body;
    return RCP_RECORDING_ENTRY;
}

bool rcp_recording_begins(const void *bytes, size_t size)
{
    const unsigned char *magic_at = (const unsigned char *)bytes + FRAME_BYTES + 1;
    return size >= FRAME_BYTES + 1 + sizeof magic && memcmp(magic_at, magic, sizeof magic) == 0;
}

/* --- Fields --- */

void rcp_write_fields(struct rcp_pen *pen, struct rcp_fields fields, const void *object)
{
    for (uint32_t i = 0; i < fields.count; i++)
        rcp_write_number(pen, rcp_field_get(object, &fields.list[i]));
}

void rcp_read_fields(struct rcp_eye *eye, struct rcp_fields fields, void *object)
{
    for (uint32_t i = 0; i < fields.count; i++) {
        const struct rcp_field *field = &fields.list[i];
        rcp_field_set(object, field, rcp_read_number(eye, rcp_field_most(field)));
    }
}

static struct rcp_eye eye_on(const struct rcp_recording_entry *entry)
{
    return (struct rcp_eye){entry->bytes, entry->bytes + entry->size, false};
}

/* Everything was read, and nothing is left. */
static bool saw_all(const struct rcp_eye *eye)
{
    return !eye->bad && eye->at == eye->end;
}

/* --- Text --- */

static void write_text(struct rcp_pen *pen, const char *text, uint32_t most)
{
    uint32_t size = 0;
    while (size < most && text[size] != '\0')
        size++;
    rcp_write_number(pen, size);
    memcpy(pen->at, text, size);
    pen->at += size;
}

static void read_text(struct rcp_eye *eye, char *text, uint32_t most)
{
    uint32_t size = (uint32_t)rcp_read_number(eye, most);
    if (size > (size_t)(eye->end - eye->at))
        size = (uint32_t)rcp_eye_fails(eye);
    memcpy(text, eye->at, size);
    text[size] = '\0';
    eye->at += size;
    for (uint32_t i = 0; i < size; i++)
        if (text[i] == '\0')
            rcp_eye_fails(eye);
}

/* --- HEAD --- */

uint32_t rcp_recording_write_head(void *bytes, const struct rcp_recording_head *head)
{
    struct rcp_pen pen = rcp_entry_begin(bytes, RCP_RECORDING_HEAD);
    memcpy(pen.at, magic, sizeof magic);
    pen.at += sizeof magic;
    rcp_write_number(&pen, RCP_RECORDING_VERSION);
    rcp_write_number(&pen, rcp_fields_hash());
    rcp_write_number(&pen, rcp_node_layout());
    write_text(&pen, head->build, RCP_RECORDING_BUILD_MAX);
    rcp_write_fields(&pen, rcp_config_fields(), &head->config);
    rcp_write_number(&pen, head->node);
    rcp_write_number(&pen, head->incarnation);
    rcp_write_number(&pen, head->sequence);
    rcp_write_number(&pen, head->events_before);
    rcp_write_number(&pen, head->wall_ms);
    return rcp_entry_end(bytes, pen);
}

enum rcp_recording_readable rcp_recording_read_head(const struct rcp_recording_entry *entry,
                                                    struct rcp_recording_head *head)
{
    struct rcp_eye eye = eye_on(entry);
    memset(head, 0, sizeof *head);
    if (entry->kind != RCP_RECORDING_HEAD || entry->size < sizeof magic ||
        memcmp(eye.at, magic, sizeof magic) != 0)
        return RCP_RECORDING_NONSENSE;
    eye.at += sizeof magic;
    head->version = (uint32_t)rcp_read_number(&eye, UINT32_MAX);
    head->fields = rcp_read_number(&eye, UINT64_MAX);
    head->layout = rcp_read_number(&eye, UINT64_MAX);
    read_text(&eye, head->build, RCP_RECORDING_BUILD_MAX);
    if (eye.bad)
        return RCP_RECORDING_NONSENSE;
    if (head->version != RCP_RECORDING_VERSION || head->fields != rcp_fields_hash())
        return RCP_RECORDING_FOREIGN;
    rcp_read_fields(&eye, rcp_config_fields(), &head->config);
    head->node = (uint32_t)rcp_read_number(&eye, UINT32_MAX);
    head->incarnation = (uint32_t)rcp_read_number(&eye, UINT32_MAX);
    head->sequence = (uint32_t)rcp_read_number(&eye, UINT32_MAX);
    head->events_before = rcp_read_number(&eye, UINT64_MAX);
    head->wall_ms = rcp_read_number(&eye, UINT64_MAX);
    if (!saw_all(&eye) || rcp_limits_refusal(&head->config.limits) != NULL)
        return RCP_RECORDING_NONSENSE;
    return RCP_RECORDING_READABLE;
}

/* --- STATE: the size of what rcp_node_save() writes, that, and the free lists --- */

#define SIZE_BYTES 4u

uint32_t rcp_recording_state_max(const struct rcp_limits *limits)
{
    return FRAME_BYTES + 1u + SIZE_BYTES + rcp_node_saved_max(limits);
}

uint32_t rcp_recording_write_state(void *bytes, const struct rcp_node *node)
{
    struct rcp_pen pen = rcp_entry_begin(bytes, RCP_RECORDING_STATE);
    unsigned char *size_at = pen.at;
    pen.at += SIZE_BYTES;
    uint32_t size = rcp_node_save(node, pen.at);
    write_four(size_at, size);
    pen.at += size;
    pen.at += rcp_node_save_free(node, pen.at);
    return rcp_entry_end(bytes, pen);
}

bool rcp_recording_read_state(const struct rcp_recording_entry *entry, struct rcp_node *node)
{
    if (entry->kind != RCP_RECORDING_STATE || entry->size < SIZE_BYTES)
        return false;
    const unsigned char *at = entry->bytes + SIZE_BYTES;
    uint32_t left = entry->size - SIZE_BYTES;
    uint32_t size = read_bytes(entry->bytes, SIZE_BYTES);
    return size <= left && rcp_node_load(node, at) == size &&
           rcp_node_load_free(node, at + size, left - size);
}

/* --- END --- */

uint32_t rcp_recording_write_end(void *bytes, const struct rcp_recording_ending *ending)
{
    struct rcp_pen pen = rcp_entry_begin(bytes, RCP_RECORDING_END);
    rcp_write_number(&pen, ending->why);
    rcp_write_number(&pen, ending->events);
    write_text(&pen, ending->check, RCP_RECORDING_CHECK_MAX);
    return rcp_entry_end(bytes, pen);
}

bool rcp_recording_read_end(const struct rcp_recording_entry *entry,
                            struct rcp_recording_ending *ending)
{
    struct rcp_eye eye = eye_on(entry);
    ending->why = (enum rcp_recording_end)rcp_read_number(&eye, RCP_RECORDING_END_COUNT - 1u);
    ending->events = rcp_read_number(&eye, UINT64_MAX);
    read_text(&eye, ending->check, RCP_RECORDING_CHECK_MAX);
    bool named = ending->check[0] != '\0';
    return entry->kind == RCP_RECORDING_END && saw_all(&eye) &&
           named == (ending->why == RCP_RECORDING_BROKEN);
}
