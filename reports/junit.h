/* The verdicts as JUnit XML, for CI: one test case for each scenario and policy. */
#ifndef RCP_REPORTS_JUNIT_H
#define RCP_REPORTS_JUNIT_H

#include "reports/result.h"

#include <stdio.h>

/* A verdict that is not as expected is a failure, a run that did not work is an error; both carry
 * the seed and the command that replays it. Returns 0, or -1 where it could not be written. */
int rcp_junit_write(FILE *out, const struct rcp_result *results, uint32_t count);

#endif
