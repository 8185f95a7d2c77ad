/* Numbers to bytes and back, for the files of a recording. */
#ifndef RCP_CORE_RECORDING_BYTES_H
#define RCP_CORE_RECORDING_BYTES_H

#include "core/recording.h"

/* Writing: whoever holds the pen has made room. */
struct rcp_pen {
    unsigned char *at;
};

static inline void rcp_write_number(struct rcp_pen *pen, uint64_t value)
{
    for (; value > 0x7fu; value >>= 7)
        *pen->at++ = (unsigned char)(value | 0x80u);
    *pen->at++ = (unsigned char)value;
}

/* Reading: once a number is missing, too large, or longer than it needs to be, all that follow are 0. */
struct rcp_eye {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

static inline uint64_t rcp_eye_fails(struct rcp_eye *eye)
{
    eye->bad = true;
    eye->at = eye->end;
    return 0;
}

/* At most `most`. */
static inline uint64_t rcp_read_number(struct rcp_eye *eye, uint64_t most)
{
    uint64_t value = 0;
    for (uint32_t shift = 0; eye->at < eye->end; shift += 7) {
        uint64_t byte = *eye->at++;
        if (shift == 63 && byte > 1) /* more than 64 bits */
            break;
        value |= (byte & 0x7fu) << shift;
        if ((byte & 0x80u) != 0)
            continue;
        bool shortest = byte != 0 || shift == 0;
        return shortest && value <= most ? value : rcp_eye_fails(eye);
    }
    return rcp_eye_fails(eye);
}

void rcp_write_fields(struct rcp_pen *pen, struct rcp_fields fields, const void *object);

/* Sets them; a number that its field cannot hold, or an enumerator that does not exist, is bad. */
void rcp_read_fields(struct rcp_eye *eye, struct rcp_fields fields, void *object);

/* An entry whose body is to be written behind the pen that is returned; and its frame, when that is done.
 * Returns the bytes of all. */
struct rcp_pen rcp_entry_begin(void *bytes, enum rcp_recording_kind kind);
uint32_t rcp_entry_end(void *bytes, struct rcp_pen pen);

#endif
