/* Looking into a surprise. */
#include "cmd/recoup/surprise.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void rcp_replay_command(struct rcp_result *result, const struct rcp_policy_choice *policy)
{
    struct rcp_text text = rcp_text_in(result->replay, sizeof result->replay);
    rcp_add_quoted(&text, rcp_program());
    rcp_text_add(&text, " replay ");
    rcp_add_quoted(&text, result->path);
    rcp_text_add(&text, " --seed %" PRIu64, result->seed);
    rcp_policy_options(policy, &text);
    rcp_text_add(&text, " -v");
}

/* True for what belongs to the violation's payment, or struck everybody. */
static bool concerns(const struct rcp_violation *violation, const struct rcp_record *record)
{
    switch ((enum rcp_record_kind)record->kind) {
    case RCP_RECORD_FAULT:
    case RCP_RECORD_CRASH:
    case RCP_RECORD_HEAL:
    case RCP_RECORD_VIOLATION:
        return record->user_id == 0 || violation->user_id == 0 ||
               (record->user_id == violation->user_id &&
                record->activity_id == violation->activity_id);
    case RCP_RECORD_NONE:
    case RCP_RECORD_TIMER:
        return false;
    case RCP_RECORD_CLICK:
    case RCP_RECORD_REQUEST:
    case RCP_RECORD_REPLY:
    case RCP_RECORD_ANSWERED:
    case RCP_RECORD_REDIS:
    case RCP_RECORD_REDIS_DONE:
    case RCP_RECORD_TX:
    case RCP_RECORD_TX_DONE:
    case RCP_RECORD_SEND:
    case RCP_RECORD_SENT:
    case RCP_RECORD_CONSUME:
    case RCP_RECORD_OFFSET:
    case RCP_RECORD_OFFSET_DONE:
    case RCP_RECORD_ASSIGNED:
    case RCP_RECORD_REVOKED:
    case RCP_RECORD_ALERT:
    case RCP_RECORD_START:
    case RCP_RECORD_STOP:
    case RCP_RECORD_RESERVED:
    case RCP_RECORD_EXPIRED:
    case RCP_RECORD_PG:
    case RCP_RECORD_PG_DONE:
    case RCP_RECORD_PG_SETTLED:
    case RCP_RECORD_CALLBACK:
    case RCP_RECORD_ORDER_ALERT:
    case RCP_RECORD_DRAINED:
    case RCP_RECORD_KIND_COUNT:
        break;
    }
    return violation->user_id == 0 ||
           (record->user_id == violation->user_id && record->activity_id == violation->activity_id);
}

uint32_t rcp_tell(const struct rcp_violation *violation,
                  const struct rcp_record_log *log,
                  char lines[][RCP_STORY_LINE_SIZE],
                  uint32_t max)
{
    uint32_t count = 0;
    uint32_t first = log->count;
    while (first > 0 && count < max) {
        count += concerns(violation, &log->records[--first]);
    }
    count = 0;
    for (uint32_t i = first; i < log->count; i++) {
        if (concerns(violation, &log->records[i])) {
            rcp_story_line(&log->records[i], &rcp_sim_names, lines[count++]);
        }
    }
    return count;
}

/* A command on the tape, with this program's name. */
static void with_tape(const struct rcp_result *result,
                      const char *verb,
                      const char *options,
                      char *command,
                      size_t size)
{
    struct rcp_text text = rcp_text_in(command, size);
    rcp_add_quoted(&text, rcp_program());
    rcp_text_add(&text, "%s", verb);
    rcp_add_quoted(&text, result->tape);
    rcp_text_add(&text, "%s", options);
}

void rcp_tape_commands(struct rcp_result *result)
{
    with_tape(result, " replay ", " -v", result->replay, sizeof result->replay);
    with_tape(result, " shrink ", " -o small.yaml", result->shrink, sizeof result->shrink);
}

void rcp_look_into(struct rcp_result *result,
                   const struct rcp_scenario *scenario,
                   struct rcp_arena *arena,
                   struct rcp_record_log *log,
                   const char *folder)
{
    struct rcp_run_result run;
    rcp_arena_run_logged(arena, scenario, result->seed, &run, log);
    result->story_count = rcp_tell(&run.violation, log, result->story, RCP_RESULT_STORY_MAX);
    if (run.outcome == RCP_RUN_VIOLATED &&
        rcp_write_tape(folder, scenario, result->seed, log, result->tape, sizeof result->tape)) {
        rcp_tape_commands(result);
    }
}
