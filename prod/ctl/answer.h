/* What an operator is answered: one line of JSON.
 *
 *     {"outcome":"done","result":{...}}
 *     {"outcome":"refused","message":"..."}         it did not happen, and will not
 *     {"outcome":"unknown","message":"..."}         it may have happened, or may yet
 *     {"outcome":"wrong","message":"..."}           this is no request */
#ifndef RCP_PROD_CTL_ANSWER_H
#define RCP_PROD_CTL_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

enum rcp_ctl_outcome {
    RCP_CTL_DONE,
    RCP_CTL_REFUSED,
    RCP_CTL_UNKNOWN,
    RCP_CTL_WRONG,
    RCP_CTL_OUTCOME_COUNT
};

#define RCP_CTL_MESSAGE_MAX 512u

struct rcp_ctl_answer {
    enum rcp_ctl_outcome outcome;
    char message[RCP_CTL_MESSAGE_MAX]; /* for a person: what it is, and what to do; "": none */
    json_t *result;                    /* an object; NULL: none */
};

/* Says so in the answer, which has no result. */
void rcp_ctl_say(struct rcp_ctl_answer *answer,
                 enum rcp_ctl_outcome outcome,
                 const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

/* "done", "refused", ... */
const char *rcp_ctl_outcome_name(enum rcp_ctl_outcome outcome);

/* The outcome of that name; COUNT where there is none. */
enum rcp_ctl_outcome rcp_ctl_outcome_find(const char *name);

/* The line, ended by a line end and a NUL, for free(); takes the result away. NULL where memory is short. */
char *rcp_ctl_answer_line(struct rcp_ctl_answer *answer);

/* The object as a line: the same ending, the same owner. */
char *rcp_ctl_line(const json_t *object);

#endif
