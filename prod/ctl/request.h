/* One request of an operator: as words on a command line, as a line of JSON on the socket, and decoded.
 *
 *     {"verb":"reject","object":"7/31","reason":"the buyer called"}
 *     {"verb":"list","pending":true,"orders":true,"limit":20}
 *     {"verb":"breaker","object":"pay","set":"open","node":1,"reason":"their maintenance"}
 *
 * Strict: a member that its verb does not take is wrong, and so is one that is missing, empty or too long. */
#ifndef RCP_PROD_CTL_REQUEST_H
#define RCP_PROD_CTL_REQUEST_H

#include "core/event.h"
#include "prod/ctl/verb.h"

#include <stddef.h>

#define RCP_CTL_LINE_MAX     2048u /* bytes of a request, its line end left out */
#define RCP_CTL_REASON_MAX   255u  /* bytes of UTF-8 */
#define RCP_CTL_NAME_MAX     48u   /* an object's name and a NUL */
#define RCP_CTL_WRONG_MAX    256u  /* of a sentence that says what is wrong, and a NUL */
#define RCP_CTL_LIMIT_MAX    1000u
#define RCP_CTL_LIMIT_NORMAL 50u
#define RCP_CTL_NODE_MAX     2000000u

struct rcp_ctl_request {
    enum rcp_ctl_verb verb;
    enum rcp_ctl_object object;
    uint64_t activity_id, user_id; /* PAYMENT; below 2^63 */
    uint64_t order_id;             /* ORDER; below 2^63 */
    struct rcp_operate operate;    /* PAUSE, RESUME, BREAKER */
    const char *setting;           /* BREAKER: the operation as it is spelled; "": another verb */
    uint32_t node;                 /* the same: of this number; 0: all of this process */
    uint32_t limit;                /* LIST: rows of each table at most */
    bool pending;                  /* LIST: those that wait for their turn, not for a person */
    bool orders;                   /* LIST: orders and refunds only */
    char reason[RCP_CTL_REASON_MAX + 1u];
};

/* Reads a line. False where it is no request; then `wrong` says why, and what is allowed. */
bool rcp_ctl_request_read(const char *line,
                          size_t size,
                          struct rcp_ctl_request *request,
                          char wrong[RCP_CTL_WRONG_MAX]);

/* The line for these words, the ones behind `ctl` and its own options: ended by a line end and a NUL, for free(). NULL
 * where they are no request; then `wrong` says why. */
char *rcp_ctl_request_line(int count, char **words, char wrong[RCP_CTL_WRONG_MAX]);

/* As operators spell them; "" for COUNT. */
const char *rcp_ctl_worker_name(enum rcp_worker worker);
const char *rcp_ctl_circuit_name(enum rcp_circuit circuit);

/* What the request is about, as it is spelled; "" for nothing. */
void rcp_ctl_object_name(const struct rcp_ctl_request *request, char name[RCP_CTL_NAME_MAX]);

#endif
