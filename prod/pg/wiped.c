/* The C library knows how large a block is; that is all it takes. */
#include "prod/pg/wiped.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *rcp_wiped_malloc(size_t size)
{
    return malloc(size);
}

void *rcp_wiped_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

/* Its own realloc() would move the bytes and leave the old ones behind. */
void *rcp_wiped_realloc(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    size_t old_size = malloc_usable_size(block);
    if (size <= old_size && size > old_size / 2u)
        return block;
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    rcp_wiped_free(block);
    return moved;
}

char *rcp_wiped_strdup(const char *text)
{
    return strdup(text);
}

void rcp_wiped_free(void *block)
{
    if (block == NULL)
        return;
    explicit_bzero(block, malloc_usable_size(block));
    free(block);
}
