/* Scenario files: found below folders, read, and put under the policy that the command line asks for. */
#ifndef RCP_CMD_RECOUP_FILES_H
#define RCP_CMD_RECOUP_FILES_H

#include "cmd/recoup/options.h"
#include "sim/scenario.h"

/* Paths, sorted within each folder, in the order in which the folders were named. */
struct rcp_files {
    char **paths;
    uint32_t count;
    uint32_t room;
};

/* Adds path: a file as it is, a folder with every *.yaml below it. Says what is wrong on stderr. */
bool rcp_files_add(struct rcp_files *files, const char *verb, const char *path);
void rcp_files_free(struct rcp_files *files);

/* A scenario with nothing in it, on the heap (it is too large for a stack); never NULL. The
 * caller's to free(). */
struct rcp_scenario *rcp_scenario_new(void);

/* Reads path and applies choice. Says `file:line:column: what is wrong` on stderr. */
bool rcp_load(const char *path,
              const struct rcp_policy_choice *choice,
              struct rcp_scenario *scenario);

/* malloc and realloc that do not come back without memory. */
void *rcp_allocate(size_t size);
void *rcp_reallocate(void *block, size_t size);

#endif
