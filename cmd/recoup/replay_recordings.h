/* recoup replay, of recordings: each file through a fresh node of this build's core. */
#ifndef RCP_CMD_RECOUP_REPLAY_RECORDINGS_H
#define RCP_CMD_RECOUP_REPLAY_RECORDINGS_H

#include "cmd/recoup/verb.h"

#include <stdbool.h>

/* True where path is a recording, by what it begins with, or a folder. */
bool rcp_is_recording(const char *path);

/* Replays files, and the recordings of folders by name; prints what was equal, or the first difference. */
enum rcp_exit rcp_replay_recordings(char **paths, int count, bool verbose);

#endif
