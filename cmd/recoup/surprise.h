/* What a person gets to see of a surprise: its story, its tape, the command that shows it again. */
#ifndef RCP_CMD_RECOUP_SURPRISE_H
#define RCP_CMD_RECOUP_SURPRISE_H

#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"
#include "reports/result.h"

/* Fills in result->replay: the scenario's file, the telling seed, the policy as it was chosen. */
void rcp_replay_command(struct rcp_result *result, const struct rcp_policy_choice *policy);

/* Runs the telling seed once more and keeps what concerned its payment in result->story. Where the
 * seed ended in a violation, writes its tape below folder, and replay names the tape. */
void rcp_look_into(struct rcp_result *result,
                   const struct rcp_scenario *scenario,
                   struct rcp_arena *arena,
                   struct rcp_record_log *log,
                   const char *folder);

#endif
