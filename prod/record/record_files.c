/* Names that sort as time goes, and the deleting of the oldest. */
#include "prod/record/record_files.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".recording"

void rcp_record_path(char path[RCP_RECORD_PATH_MAX],
                     const char *folder,
                     uint32_t node,
                     uint32_t incarnation,
                     uint32_t sequence)
{
    snprintf(path,
             RCP_RECORD_PATH_MAX,
             "%s/node%05" PRIu32 "-%010" PRIu32 "-%06" PRIu32 SUFFIX,
             folder,
             node,
             incarnation,
             sequence);
}

static bool is_recording_of(const char *name, const char *prefix)
{
    size_t size = strlen(name);
    return strncmp(name, prefix, strlen(prefix)) == 0 && size > strlen(SUFFIX) &&
           strcmp(name + size - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

void rcp_record_prune(const char *folder, uint32_t node, uint32_t files, uint64_t bytes)
{
    char prefix[32];
    char path[RCP_RECORD_PATH_MAX];
    struct dirent **names = NULL;
    uint64_t used = 0;
    uint32_t kept = 0;
    snprintf(prefix, sizeof prefix, "node%05" PRIu32 "-", node);
    int count = scandir(folder, &names, NULL, by_name);
    for (int i = count; i-- > 0;) { /* the newest first */
        struct stat status;
        int size = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        bool is_ours = is_recording_of(names[i]->d_name, prefix) && size > 0 &&
                       (size_t)size < sizeof path && stat(path, &status) == 0;
        free(names[i]);
        if (!is_ours)
            continue;
        kept++;
        used += (uint64_t)status.st_size;
        if (kept > files || used > bytes)
            unlink(path);
    }
    free(names);
}
