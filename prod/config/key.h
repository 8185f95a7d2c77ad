/* The configuration's keys, as a table: one row a key, with its place, its kind, its range and its sentence.
 * Reader, printer and docs/OPERATIONS.md go by it. */
#ifndef RCP_PROD_CONFIG_KEY_H
#define RCP_PROD_CONFIG_KEY_H

#include "prod/config/config.h"

enum rcp_key_kind {
    RCP_KEY_TEXT,     /* struct rcp_config_text */
    RCP_KEY_NUMBER,   /* uint32_t: 7 */
    RCP_KEY_BIG,      /* uint64_t: 7 */
    RCP_KEY_DURATION, /* uint64_t of ms: 30s */
    RCP_KEY_FLAG,     /* uint32_t: true, false */
    RCP_KEY_SECRET,   /* struct rcp_secret: KEY_file: PATH, or KEY_env: NAME */
    RCP_KEY_SECRETS,  /* struct rcp_secrets: KEY_files: [PATH, ...] */
};

struct rcp_config_key {
    const char *section; /* "": at the top */
    const char *name;
    enum rcp_key_kind kind;
    size_t offset;
    uint64_t min; /* NUMBER, BIG, DURATION; SECRET(S): bytes of each */
    uint64_t max;
    const char *standard; /* the default, as it would be written; NULL: nothing */
    const char *sentence;
};

#define RCP_CONFIG_KEYS_MAX 128u

extern const struct rcp_config_key rcp_config_keys[];
extern const uint32_t rcp_config_key_count;

#endif
