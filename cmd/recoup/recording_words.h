/* What a recording says, in words: events, effects, and in what they differ. */
#ifndef RCP_CMD_RECOUP_RECORDING_WORDS_H
#define RCP_CMD_RECOUP_RECORDING_WORDS_H

#include "core/recording.h"
#include "core/replay.h"

#include <stdio.h>

/* "2026-11-21T12:34:56.789Z" (RFC 3339). */
#define RCP_INSTANT_SIZE 40u
void rcp_print_instant(char text[RCP_INSTANT_SIZE], uint64_t wall_ms);

/* One line without its end: the kind, then each field that is not zero. */
void rcp_tell_event(FILE *out, const struct rcp_event *event);
void rcp_tell_effect(FILE *out, const struct rcp_effect *effect);

/* A line for the event, one for each row that comes with it, and the same for each effect. */
void rcp_tell_step(FILE *out, const struct rcp_recorded *step, uint64_t number);

/* Where the last step of the replay differs: two or three lines. */
void rcp_tell_difference(FILE *out, const struct rcp_replay *replay);

#endif
