/* A violation that exploring found, told as an ordinary run: its story, its tape, its verdict. */
#ifndef RCP_CMD_RECOUP_EXPLORE_TELL_H
#define RCP_CMD_RECOUP_EXPLORE_TELL_H

#include "cmd/recoup/explore_crew.h"
#include "cmd/recoup/options.h"
#include "reports/result.h"

/* The first violation that the scenario expects, of this invariant where it is not NULL; NULL where it expects
 * none. */
const char *rcp_explore_expected(const struct rcp_scenario *scenario, const char *invariant);

/* Runs the path once more, writes its tape and prints what happened. In result, what that run came to;
 * result->violation_count is 0 where the run does not fail of itself: a cycle that it leaves in the end,
 * or a path too long to be retold. True where the scenario expects this violation. */
bool rcp_explore_tell(const struct rcp_scenario *scenario,
                      const struct rcp_policy_choice *policy,
                      struct rcp_explore_outcome *outcome,
                      struct rcp_result *result);

#endif
