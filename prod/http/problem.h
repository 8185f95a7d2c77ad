/* What we answer where a request did not get what it wanted: problem details of RFC 9457, with the codes of
 * the second document (FACTS 1.8) and our own beside them. */
#ifndef RCP_PROD_HTTP_PROBLEM_H
#define RCP_PROD_HTTP_PROBLEM_H

#include "core/effect.h"
#include "prod/http/language.h"

enum rcp_problem {
    RCP_PROBLEM_NONE,
    RCP_PROBLEM_BAD_REQUEST,    /* the request does not read, or does not add up */
    RCP_PROBLEM_TOKEN,          /* the reservation token is malformed or forged */
    RCP_PROBLEM_UNAUTHORIZED,   /* nobody is logged in */
    RCP_PROBLEM_PAYMENT_FAILED, /* the PG took nothing, and all was given back */
    RCP_PROBLEM_FORBIDDEN,      /* it is somebody else's */
    RCP_PROBLEM_NOT_FOUND,      /* no such page, or no such order */
    RCP_PROBLEM_METHOD,         /* the page has other methods: Allow says which */
    RCP_PROBLEM_CONFLICT,       /* another payload under the key; sold out, used up */
    RCP_PROBLEM_GONE,           /* the reservation is over, behind a committed fence */
    RCP_PROBLEM_TOO_LARGE,      /* of the body */
    RCP_PROBLEM_MEDIA_TYPE,     /* a body that is not application/json */
    RCP_PROBLEM_KEY_REUSED,     /* the Idempotency-Key came before with another body */
    RCP_PROBLEM_INTERNAL,       /* documented policy alone */
    RCP_PROBLEM_UNAVAILABLE,    /* nobody knows, or there is no room: ask again */
    RCP_PROBLEM_COUNT
};

struct rcp_problem_row {
    uint16_t status;
    const char *code;  /* of us and the document */
    const char *type;  /* URI reference: /problems/... */
    const char *title; /* the reason phrase; the second document's code on the wire */
    const char *detail[RCP_LANGUAGE_COUNT];
};

const struct rcp_problem_row *rcp_problem_row(enum rcp_problem problem);

/* What the core's status says to a client; NONE where it is no problem (200, 202). */
enum rcp_problem rcp_problem_of(enum rcp_status status);

#define RCP_RETRY_AFTER_S 1u /* with each 503 */

#endif
