/* What goes back to a client: status, headers, body. No HTTP library; the adapter sends it. */
#ifndef RCP_PROD_HTTP_ANSWER_H
#define RCP_PROD_HTTP_ANSWER_H

#include "prod/http/ask.h"

#include <stddef.h>

#define RCP_ANSWER_BODY_MAX 1024u /* of what is written here; pages and metrics are the caller's */

struct rcp_answer {
    unsigned status;
    enum rcp_language language;
    enum rcp_problem problem; /* NONE where all is well */
    const char *content_type;
    const char *allow;   /* 405: the methods of the page; else NULL */
    const char *caching; /* Cache-Control */
    const char *entity;  /* ETag, without its quotes; else NULL */
    bool is_page;        /* gets the headers of a page: Content-Security-Policy and so on */
    char location[RCP_HANDLE_BYTES_MAX + 32u]; /* 202: where to ask how it stands; else "" */
    const char *bytes;                         /* the body, `text` or somebody else's */
    size_t size;
    void *owned; /* freed with the answer, or NULL */
    char text[RCP_ANSWER_BODY_MAX];
};

/* A problem, with the trace that a client may quote (NULL: none). */
void rcp_answer_problem(struct rcp_answer *answer,
                        enum rcp_problem problem,
                        enum rcp_language language,
                        const struct rcp_trace *trace);

/* What the core replied to what was asked. */
void rcp_answer_reply(struct rcp_answer *answer,
                      const struct rcp_ask *ask,
                      const struct rcp_reply *reply);

#endif
