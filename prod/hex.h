/* Bytes as lower-case hexadecimal digits. */
#ifndef RCP_PROD_HEX_H
#define RCP_PROD_HEX_H

#include <stddef.h>

/* Writes two digits for each byte, and no NUL; returns the end of what was written. */
static inline char *rcp_hex_write(char *text, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15u];
    }
    return text;
}

#endif
