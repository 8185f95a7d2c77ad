/* A heap for libraries that carry a card's bytes through their own buffers (JSON, HTTP): what they give back
 * is overwritten first, so that no core dump shows it later. */
#ifndef RCP_PROD_PG_WIPED_H
#define RCP_PROD_PG_WIPED_H

#include <stddef.h>

/* As the C library's functions of those names; what they return may be mixed with its own. */
void *rcp_wiped_malloc(size_t size);
void *rcp_wiped_calloc(size_t count, size_t size);
void *rcp_wiped_realloc(void *block, size_t size);
char *rcp_wiped_strdup(const char *text);
void rcp_wiped_free(void *block);

#endif
