/* What several verdicts come to. */
#include "reports/result.h"

const char *rcp_result_outcome_name(enum rcp_result_outcome outcome)
{
    static const char *const names[RCP_RESULT_OUTCOME_COUNT] = {
        [RCP_RESULT_HELD] = "held",
        [RCP_RESULT_VIOLATED] = "violated",
        [RCP_RESULT_ERROR] = "error",
    };
    return names[outcome];
}

struct rcp_result_summary rcp_result_summary(const struct rcp_result *results, uint32_t count)
{
    struct rcp_result_summary summary = {0};
    for (uint32_t i = 0; i < count; i++) {
        const struct rcp_result *result = &results[i];
        if (result->outcome == RCP_RESULT_ERROR) {
            summary.errors++;
        } else if (result->as_expected) {
            summary.as_expected++;
        } else {
            summary.not_as_expected++;
        }
        summary.runs += result->runs;
        summary.events += result->events;
        summary.wall_us += result->wall_us;
    }
    return summary;
}
