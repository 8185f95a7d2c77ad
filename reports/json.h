/* The verdicts as JSON, for programs. The shape is version 1 and only grows. */
#ifndef RCP_REPORTS_JSON_H
#define RCP_REPORTS_JSON_H

#include "reports/result.h"

#include <jansson.h>
#include <stdio.h>

/* One result, as in the array "results". NULL where memory ran out; else the caller's to release. */
json_t *rcp_json_result(const struct rcp_result *result);

/* {"version":1,"results":[...],"summary":{...}}. Returns 0, or -1 where it could not be written. */
int rcp_json_write(FILE *out, const struct rcp_result *results, uint32_t count);

#endif
