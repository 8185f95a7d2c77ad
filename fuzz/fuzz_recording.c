/* Bytes of a recording. The first says what the rest is: 0, a whole file, whose checksums are looked at; else
 * the body of an entry, which gets its frame here. Whatever is taken is written again as the same bytes. */
#include "core/recording_bytes.h"
#include "core/snapshot.h"
#include "fuzz/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "recording";

static unsigned char framed[RCP_RECORDING_STEP_MAX];
static unsigned char again[RCP_RECORDING_STEP_MAX];
static struct rcp_recorded *step;

void fuzz_begin(void)
{
    step = calloc(1, sizeof *step);
    if (step == NULL) {
        perror("fuzz-recording");
        exit(2);
    }
}

/* The head of another build is not written again, nor is a layout. */
static uint32_t head_again(const struct rcp_recording_entry *entry)
{
    struct rcp_recording_head head;
    if (rcp_recording_read_head(entry, &head) != RCP_RECORDING_READABLE ||
        head.layout != rcp_node_layout())
        return 0;
    return rcp_recording_write_head(again, &head);
}

static uint32_t step_again(const struct rcp_recording_entry *entry)
{
    struct rcp_recording_difference difference;
    if (!rcp_recording_read_step(entry, step))
        return 0;
    if (rcp_recording_differs(&step->effects, &step->effects, &difference))
        fuzz_fail("a step differs from itself in effect %u", difference.effect);
    return rcp_recording_write_step(again, &step->event, &step->effects);
}

static uint32_t end_again(const struct rcp_recording_entry *entry)
{
    struct rcp_recording_ending ending;
    return rcp_recording_read_end(entry, &ending) ? rcp_recording_write_end(again, &ending) : 0;
}

/* 0 where it was not taken. A node's state is trusted, and not looked at here. */
static uint32_t entry_again(const struct rcp_recording_entry *entry)
{
    switch (entry->kind) {
    case RCP_RECORDING_HEAD:
        return head_again(entry);
    case RCP_RECORDING_STEP:
        return step_again(entry);
    case RCP_RECORDING_END:
        return end_again(entry);
    case RCP_RECORDING_STATE:
    case RCP_RECORDING_NONE:
    case RCP_RECORDING_KIND_COUNT:
        break;
    }
    return 0;
}

static void read_file(const uint8_t *bytes, size_t size)
{
    struct rcp_recording_entry entry;
    size_t at = 0;
    rcp_recording_begins(bytes, size);
    for (size_t before = 0; rcp_recording_next(bytes, size, &at, &entry) == RCP_RECORDING_ENTRY;
         before = at) {
        if (at <= before || at > size)
            fuzz_fail("an entry ends at %zu, and the file at %zu", at, size);
        uint32_t written = entry.size < sizeof again - 64u ? entry_again(&entry) : 0;
        if (written != 0 && (written != at - before || memcmp(again, bytes + before, written) != 0))
            fuzz_fail("the entry at %zu is written again as other bytes", before);
    }
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > sizeof framed - 64u)
        return;
    if (bytes[0] == 0) {
        read_file(bytes + 1, size - 1);
        return;
    }
    struct rcp_pen pen = rcp_entry_begin(framed, (enum rcp_recording_kind)bytes[0]);
    memcpy(pen.at, bytes + 1, size - 1);
    pen.at += size - 1;
    read_file(framed, rcp_entry_end(framed, pen));
}
