/* Text of bounded length: what is too long is cut, never written past the end. */
#ifndef RCP_REPORTS_TEXT_H
#define RCP_REPORTS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Where the next words go. The text is a string from the first call on. */
struct rcp_text {
    char *bytes;
    size_t size; /* of bytes, 1 or more */
    size_t used; /* without the closing zero; always less than size */
};

/* An empty text in bytes. */
struct rcp_text rcp_text_in(char *bytes, size_t size);

/* Appends as printf would. A cut never leaves half of a UTF-8 character. */
void rcp_text_add(struct rcp_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Room for a 64-bit number with separators. */
#define RCP_GROUPED_SIZE 32u

/* 1234567 as "1,234,567", into out; returns out. */
const char *rcp_grouped(uint64_t number, char out[RCP_GROUPED_SIZE]);

/* A time of the simulation in plain words: "0.250 s", "4 min 10 s", "3.2 days". Returns out. */
const char *rcp_duration(uint64_t ms, char out[RCP_GROUPED_SIZE]);

#endif
