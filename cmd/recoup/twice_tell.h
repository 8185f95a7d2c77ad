/* What came of doing a thing twice, in words, and the command that shows it again. */
#ifndef RCP_CMD_RECOUP_TWICE_TELL_H
#define RCP_CMD_RECOUP_TWICE_TELL_H

#include "cmd/recoup/options.h"
#include "reports/result.h"
#include "sim/twice.h"

/* A point that did not settle alike (end is not SAME), into the scenario's result. The first one is told, and
 * result->as_expected is false from then on. */
void rcp_twice_tell(const struct rcp_twice *twice,
                    const struct rcp_policy_choice *policy,
                    enum rcp_twice_end end,
                    const struct rcp_twice_difference *difference,
                    struct rcp_result *result);

#endif
