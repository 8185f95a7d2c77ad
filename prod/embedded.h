/* Files that a binary carries: tables of them are written as C by build/embed.py. */
#ifndef RCP_PROD_EMBEDDED_H
#define RCP_PROD_EMBEDDED_H

#include <stddef.h>

struct rcp_embedded {
    const char *name;  /* the file's, without its folder */
    const char *bytes; /* a NUL stands behind them */
    size_t size;
    const char *hash; /* 32 hex digits of the bytes' SHA-256 */
};

#endif
