/* A record as one plain line: what `recoup replay -v` prints, and a failure's "what happened". */
#ifndef RCP_REPORTS_STORY_H
#define RCP_REPORTS_STORY_H

#include "core/record.h"

#include <stddef.h>

/* Names from the writer's own tables, which reports cannot see. */
struct rcp_report_names {
    const char *(*fault)(uint32_t number);
    const char *(*invariant)(uint32_t number);
};

#define RCP_STORY_LINE_SIZE 256u

/* Writes "12.003s node 1  PaymentService -> MySQL: approve user 7 (activity 1)" into line, without
 * a newline. Every kind of record has its words. */
void rcp_story_line(const struct rcp_record *record,
                    const struct rcp_report_names *names,
                    char line[RCP_STORY_LINE_SIZE]);

/* "200 OK"; a status we never send is its number alone. Into out (32 bytes), which it returns. */
const char *rcp_status_text(uint32_t status, char out[32]);

#endif
