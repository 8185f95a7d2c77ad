/* Version 00 of traceparent; a higher version is read as far as it looks like 00, as the standard says. */
#include "prod/http/trace.h"

#include "prod/hex.h"

#include <openssl/rand.h>
#include <string.h>

/* Lower case alone, as the standard says; -1 for anything else. */
static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads `size` bytes of hex; false where it is not, or all of them are zero. */
static bool read_hex(const char *hex, unsigned char *bytes, size_t size)
{
    unsigned char any = 0;
    for (size_t i = 0; i < size; i++) {
        int high = nibble(hex[2u * i]);
        int low = high < 0 ? -1 : nibble(hex[2u * i + 1u]);
        if (low < 0)
            return false;
        bytes[i] = (unsigned char)(high * 16 + low);
        any |= bytes[i];
    }
    return any != 0;
}

static bool read_trace_id(const char *text, unsigned char trace_id[RCP_TRACE_ID_SIZE])
{
    unsigned char parent[RCP_SPAN_ID_SIZE];
    size_t size = strlen(text);
    if (size < RCP_TRACE_TEXT - 1u || nibble(text[0]) < 0 || nibble(text[1]) < 0 ||
        memcmp(text, "ff", 2) == 0 || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    bool newer = memcmp(text, "00", 2) != 0;
    if (size > RCP_TRACE_TEXT - 1u && (!newer || text[55] != '-'))
        return false;
    if (nibble(text[53]) < 0 || nibble(text[54]) < 0)
        return false;
    return read_hex(text + 3, trace_id, RCP_TRACE_ID_SIZE) &&
           read_hex(text + 36, parent, RCP_SPAN_ID_SIZE);
}

bool rcp_trace_begin(struct rcp_trace *trace, const char *traceparent)
{
    if (RAND_bytes(trace->span_id, (int)sizeof trace->span_id) != 1)
        return false;
    if (traceparent != NULL && read_trace_id(traceparent, trace->trace_id))
        return true;
    return RAND_bytes(trace->trace_id, (int)sizeof trace->trace_id) == 1;
}

void rcp_trace_text(const struct rcp_trace *trace, char text[RCP_TRACE_TEXT])
{
    static const unsigned char version = 0;
    char *at = rcp_hex_write(text, &version, 1);
    *at++ = '-';
    at = rcp_hex_write(at, trace->trace_id, RCP_TRACE_ID_SIZE);
    *at++ = '-';
    at = rcp_hex_write(at, trace->span_id, RCP_SPAN_ID_SIZE);
    memcpy(at, "-01", 4);
}
