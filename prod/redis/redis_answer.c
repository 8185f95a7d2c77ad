/* Redis refuses a command as a whole, before it does any of it; the table holds the codes that say so. A code
 * that is not in it may come from a proxy that gave up waiting, so a write it answers is unknown. */
#include "prod/redis/redis_answer.h"

#include "prod/payload_json.h"

#include <string.h>

static const struct refusal {
    const char *code;    /* the error's first word */
    const char *trouble; /* it will say so again until something changes: connect anew */
} refusals[] = {
    {"LOADING", "it is loading its data"},
    {"READONLY", "it is a replica"},
    {"MASTERDOWN", "it is a replica without its master"},
    {"NOAUTH", "it wants a password"},
    {"WRONGPASS", "it does not know the user or the password"},
    {"NOPERM", NULL},
    {"OOM", NULL},
    {"MISCONF", NULL},
    {"NOREPLICAS", NULL},
    {"BUSY", NULL},
    {"CLUSTERDOWN", NULL},
    {"TRYAGAIN", NULL},
    {"MOVED", NULL},
    {"ASK", NULL},
};

static bool begins_with(const struct rcp_redis_answer *answer, const char *code)
{
    size_t size = strlen(code);
    return answer->size >= size && memcmp(answer->text, code, size) == 0 &&
           (answer->size == size || answer->text[size] == ' ');
}

static const struct refusal *find_refusal(const struct rcp_redis_answer *answer)
{
    if (answer->kind != RCP_REDIS_ANSWER_ERROR)
        return NULL;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (begins_with(answer, refusals[i].code))
            return &refusals[i];
    }
    return NULL;
}

const char *rcp_redis_answer_trouble(const struct rcp_redis_answer *answer)
{
    const struct refusal *refusal = find_refusal(answer);
    return refusal != NULL ? refusal->trouble : NULL;
}

static struct rcp_redis_done value_means(const struct rcp_redis_answer *answer)
{
    struct rcp_redis_done done = {.outcome = RCP_OUTCOME_DONE};
    switch (answer->kind) {
    case RCP_REDIS_ANSWER_NOTHING:
        break;
    case RCP_REDIS_ANSWER_TEXT:
        done.found = true;
        done.readable = rcp_payload_read(answer->text, answer->size, &done.payload);
        break;
    case RCP_REDIS_ANSWER_ERROR: /* reading changes nothing, however it ends */
        done.found = begins_with(answer, "WRONGTYPE");
        done.outcome = done.found ? RCP_OUTCOME_DONE : RCP_OUTCOME_REFUSED;
        break;
    case RCP_REDIS_ANSWER_NUMBER:
    case RCP_REDIS_ANSWER_OTHER:
        done.outcome = RCP_OUTCOME_UNKNOWN;
        break;
    }
    return done;
}

static struct rcp_redis_done count_means(const struct rcp_redis_answer *answer)
{
    if (answer->kind == RCP_REDIS_ANSWER_NUMBER)
        return (struct rcp_redis_done){.outcome = RCP_OUTCOME_DONE, .found = answer->number > 0};
    bool refused = find_refusal(answer) != NULL;
    return (struct rcp_redis_done){.outcome = refused ? RCP_OUTCOME_REFUSED : RCP_OUTCOME_UNKNOWN};
}

struct rcp_redis_done rcp_redis_answer_means(enum rcp_redis_verb verb,
                                             const struct rcp_redis_answer *answer)
{
    return verb == RCP_REDIS_GET ? value_means(answer) : count_means(answer);
}
