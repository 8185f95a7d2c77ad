/* What a complete exploration proves: which strikes, single and in pairs, were reached and held, and why
 * the others were not reached. */
#ifndef RCP_CMD_RECOUP_CERTIFICATE_H
#define RCP_CMD_RECOUP_CERTIFICATE_H

#include "sim/explore.h"

#include <stdio.h>

struct rcp_certificate {
    const struct rcp_scenario *scenario;
    struct rcp_explore_bounds bounds;
    const struct rcp_search_result *search; /* COMPLETE */
    const struct rcp_explore_seen *seen;
};

void rcp_certificate_print(const struct rcp_certificate *certificate, FILE *out);

/* Each writes path; says on stderr what went wrong and returns false. */
bool rcp_certificate_write_json(const struct rcp_certificate *certificate, const char *path);
bool rcp_certificate_write_junit(const struct rcp_certificate *certificate, const char *path);

#endif
