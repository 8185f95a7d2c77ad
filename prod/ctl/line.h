/* One line over a socket, by a deadline: how operator and service speak. Blocking; nobody waits for longer. */
#ifndef RCP_PROD_CTL_LINE_H
#define RCP_PROD_CTL_LINE_H

#include <stddef.h>
#include <stdint.h>

enum rcp_line_end {
    RCP_LINE_WHOLE,
    RCP_LINE_LATE,   /* the deadline has come */
    RCP_LINE_LONG,   /* no line end within `most` bytes */
    RCP_LINE_CLOSED, /* the other side has gone, or there is no memory */
};

/* A socket that somebody answers at, at this path; -1, and errno says why there is none. */
int rcp_ctl_call(const char *path);

/* Reads up to the first line end. WHOLE: *line has `*size` bytes, ended by a NUL in its place, for free(); else it
 * is NULL. What comes behind the line end is not looked at. deadline_ms: of rcp_mono_ms(). */
enum rcp_line_end rcp_line_read(
    int fd, uint64_t deadline_ms, size_t most, char **line, size_t *size);

/* Writes all of it; WHOLE, LATE or CLOSED. */
enum rcp_line_end rcp_line_write(int fd, uint64_t deadline_ms, const char *bytes, size_t size);

#endif
