/* What a person gets to see of a surprise: its story, its tape, the command that shows it again. */
#ifndef RCP_CMD_RECOUP_SURPRISE_H
#define RCP_CMD_RECOUP_SURPRISE_H

#include "cmd/recoup/options.h"
#include "cmd/recoup/record_log.h"
#include "reports/result.h"

/* Fills in result->replay: the scenario's file, the telling seed, the policy as it was chosen. */
void rcp_replay_command(struct rcp_result *result, const struct rcp_policy_choice *policy);

/* Lets result->replay and result->shrink name result->tape. */
void rcp_tape_commands(struct rcp_result *result);

/* The last records that concern the violation, at most max of them, as lines in their order. Returns how
 * many. */
uint32_t rcp_tell(const struct rcp_violation *violation,
                  const struct rcp_record_log *log,
                  char lines[][RCP_STORY_LINE_SIZE],
                  uint32_t max);

/* Runs the telling seed once more and keeps what concerned its payment in result->story. Where the
 * seed ended in a violation, writes its tape below folder, and replay and shrink name the tape. */
void rcp_look_into(struct rcp_result *result,
                   const struct rcp_scenario *scenario,
                   struct rcp_arena *arena,
                   struct rcp_record_log *log,
                   const char *folder);

#endif
