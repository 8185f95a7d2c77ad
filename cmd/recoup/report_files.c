/* --json and --junit: the files that a verb writes about its results. */
#include "cmd/recoup/report_files.h"

#include "reports/json.h"
#include "reports/junit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* What both writers look like. */
typedef int report_writer(FILE *out, const struct rcp_result *results, uint32_t count);

static bool write_report(const char *path,
                         report_writer *write,
                         const char *verb,
                         const struct rcp_result *results,
                         uint32_t count)
{
    if (path == NULL) {
        return true;
    }
    FILE *file = fopen(path, "w");
    bool good = file != NULL && write(file, results, count) == 0;
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        fprintf(stderr, "recoup %s: %s: %s\n", verb, path, strerror(errno));
    }
    return good;
}

bool rcp_write_reports(const struct rcp_report_files *files,
                       const char *verb,
                       const struct rcp_result *results,
                       uint32_t count)
{
    bool json = write_report(files->json, rcp_json_write, verb, results, count);
    bool junit = write_report(files->junit, rcp_junit_write, verb, results, count);
    return json && junit;
}
