/* Bounded text, and numbers as people write them. */
#include "reports/text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct rcp_text rcp_text_in(char *bytes, size_t size)
{
    bytes[0] = '\0';
    return (struct rcp_text){.bytes = bytes, .size = size, .used = 0};
}

/* Length of text without a character that was cut in two at its end. */
static size_t whole_characters(const char *bytes, size_t length)
{
    size_t start = length;
    while (start > 0 && ((unsigned char)bytes[start - 1] & 0xc0u) == 0x80u) {
        start--;
    }
    if (start == 0) {
        return length;
    }
    unsigned char lead = (unsigned char)bytes[start - 1];
    size_t wants = lead >= 0xf0u ? 4 : lead >= 0xe0u ? 3 : lead >= 0xc0u ? 2 : 1;
    return length - (start - 1) < wants ? start - 1 : length;
}

void rcp_text_add(struct rcp_text *text, const char *format, ...)
{
    size_t room = text->size - text->used;
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(text->bytes + text->used, room, format, arguments);
    va_end(arguments);
    if (wanted < 0) {
        text->bytes[text->used] = '\0';
        return;
    }
    if ((size_t)wanted < room) {
        text->used += (size_t)wanted;
        return;
    }
    text->used = whole_characters(text->bytes, text->size - 1);
    text->bytes[text->used] = '\0';
}

const char *rcp_grouped(uint64_t number, char out[RCP_GROUPED_SIZE])
{
    char digits[RCP_GROUPED_SIZE];
    size_t count = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out[used++] = ',';
        }
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

const char *rcp_duration(uint64_t ms, char out[RCP_GROUPED_SIZE])
{
    uint64_t seconds = ms / 1000;
    if (seconds < 60) {
        snprintf(out, RCP_GROUPED_SIZE, "%" PRIu64 ".%03" PRIu64 " s", seconds, ms % 1000);
    } else if (seconds < 3600) {
        snprintf(
            out, RCP_GROUPED_SIZE, "%" PRIu64 " min %" PRIu64 " s", seconds / 60, seconds % 60);
    } else if (seconds < 86400) {
        snprintf(out,
                 RCP_GROUPED_SIZE,
                 "%" PRIu64 " h %" PRIu64 " min",
                 seconds / 3600,
                 seconds % 3600 / 60);
    } else {
        snprintf(out,
                 RCP_GROUPED_SIZE,
                 "%" PRIu64 ".%" PRIu64 " days",
                 seconds / 86400,
                 seconds % 86400 / 8640);
    }
    return out;
}
