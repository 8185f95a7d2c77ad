/* What exploring came to; and what it proves where it was complete: which strikes, single and in pairs,
 * were reached and held, and why the others were not reached. */
#ifndef RCP_CMD_RECOUP_CERTIFICATE_H
#define RCP_CMD_RECOUP_CERTIFICATE_H

#include "reports/result.h"
#include "sim/explore.h"

#include <stdio.h>

struct rcp_certificate {
    const struct rcp_scenario *scenario;
    struct rcp_explore_bounds bounds;
    const struct rcp_search_result *search;
    const struct rcp_explore_seen *seen;
    int32_t collision_log2;             /* two states were taken for one: 2 to this at most */
    const char *verdict;                /* in words */
    const struct rcp_result *violation; /* the run that shows it; NULL where there is none */
    bool as_expected;
};

/* Only where the search was COMPLETE. */
void rcp_certificate_print(const struct rcp_certificate *certificate, FILE *out);

/* Strikes are in them where the search was COMPLETE. Each writes path; says on stderr what went wrong and returns false. */
bool rcp_certificate_write_json(const struct rcp_certificate *certificate, const char *path);
bool rcp_certificate_write_junit(const struct rcp_certificate *certificate, const char *path);

#endif
