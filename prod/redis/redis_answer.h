/* What an answer of Redis means for the command that it answers. */
#ifndef RCP_PROD_REDIS_REDIS_ANSWER_H
#define RCP_PROD_REDIS_REDIS_ANSWER_H

#include "core/effect.h"

#include <stdbool.h>
#include <stddef.h>

enum rcp_redis_answer_kind {
    RCP_REDIS_ANSWER_NOTHING, /* nil */
    RCP_REDIS_ANSWER_NUMBER,
    RCP_REDIS_ANSWER_TEXT,
    RCP_REDIS_ANSWER_ERROR,
    RCP_REDIS_ANSWER_OTHER /* none of our commands is answered so */
};

struct rcp_redis_answer {
    enum rcp_redis_answer_kind kind;
    long long number;
    const char *text; /* TEXT, ERROR; not ended by NUL */
    size_t size;
};

/* The completion of a command with this verb; op_id is the caller's to fill in. */
struct rcp_redis_done rcp_redis_answer_means(enum rcp_redis_verb verb,
                                             const struct rcp_redis_answer *answer);

/* NULL, or why a connection on which this was said is of no use, as a constant text. */
const char *rcp_redis_answer_trouble(const struct rcp_redis_answer *answer);

#endif
