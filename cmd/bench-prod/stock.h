/* Payments that are ready to be asked for: reserved in Redis, each with a user, a token and a whole request of
 * its own. */
#ifndef RCP_CMD_BENCH_PROD_STOCK_H
#define RCP_CMD_BENCH_PROD_STOCK_H

#include "cmd/bench-prod/load.h"

#include <stddef.h>

struct stock {
    uint64_t first_user;
    char *bytes; /* all requests, one behind the other */
    size_t size;
    struct load_request *requests;
    uint32_t count;
    uint32_t next; /* the first one that was not asked for yet */
};

/* Users number first_user, first_user + 1, ... (stock_user()) of activity 1, signed with the key of this file, reserved in the Redis on
 * this port for ten minutes. False where memory is short, or Redis does not take them. Freed by stock_close(). */
bool stock_open(struct stock *stock,
                const char *key_file,
                uint16_t redis_port,
                uint64_t first_user,
                uint32_t count);
void stock_close(struct stock *stock);

/* Who pays with the request of this index, and the token in it: RCP_TOKEN_TEXT_MAX + 1 bytes. */
uint64_t stock_user(const struct stock *stock, uint32_t index);
void stock_token(const struct stock *stock, uint32_t index, char *token);

/* struct load.next for a stock. */
bool stock_next(void *stock, struct load_request *request);

#endif
