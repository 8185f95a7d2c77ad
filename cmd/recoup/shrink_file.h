/* What recoup shrink writes: the small scenario, with what a person wants to know about it. */
#ifndef RCP_CMD_RECOUP_SHRINK_FILE_H
#define RCP_CMD_RECOUP_SHRINK_FILE_H

#include "sim/shrink.h"

#include <stdbool.h>

/* Whether a file can be made where path is. Says on stderr why not. */
bool rcp_shrink_can_write(const char *path);

/* Writes shrink->best to path, in the place of what was there: first what goes wrong, in words; what
 * happens without each fault; where it came from. Says on stderr what went wrong and returns false, and
 * has then left no half of a file. minimal: the search came to its end. */
bool rcp_shrink_write(struct rcp_shrink *shrink,
                      bool minimal,
                      const char *path,
                      const char *origin);

#endif
