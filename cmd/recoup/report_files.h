/* --json and --junit: the files that a verb writes about its results. */
#ifndef RCP_CMD_RECOUP_REPORT_FILES_H
#define RCP_CMD_RECOUP_REPORT_FILES_H

#include "reports/result.h"

#include <stdbool.h>
#include <stdint.h>

/* Where to; NULL: not wanted. */
struct rcp_report_files {
    const char *json;
    const char *junit;
};

/* Writes those that are wanted. Says which could not be written, and why; false then. */
bool rcp_write_reports(const struct rcp_report_files *files,
                       const char *verb,
                       const struct rcp_result *results,
                       uint32_t count);

#endif
