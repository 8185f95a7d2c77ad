/* JSON lines on stderr, for whoever collects them: one object a line, with time, level and message first. */
#ifndef RCP_PROD_HOST_LOG_H
#define RCP_PROD_HOST_LOG_H

#include <stdint.h>

enum rcp_log_level {
    RCP_LOG_INFO,
    RCP_LOG_WARN,  /* something is degraded; no promise is broken */
    RCP_LOG_ERROR, /* this process cannot do its work */
    RCP_LOG_ALERT, /* a person must look: a payment or an order waits for one */
    RCP_LOG_LEVEL_COUNT
};

/* A member of the line: a text, or where that is NULL a number. */
struct rcp_log_field {
    const char *name; /* NULL ends the list */
    const char *text;
    uint64_t number;
};

/* Any thread; a line is written at once and whole. `fields` is ended by a name of NULL, or NULL itself.
 * Never give it the bytes of a token, a card or a key. */
void rcp_log(enum rcp_log_level level, const char *message, const struct rcp_log_field fields[]);

#define RCP_LOG_FIELDS(...) ((const struct rcp_log_field[]){__VA_ARGS__, {0}})

#endif
