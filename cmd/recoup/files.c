/* Finding and reading scenario files. */
#include "cmd/recoup/files.h"

#include "cmd/recoup/verb.h"
#include "sim/scenario/scenario_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 16u /* Folders within folders; a link that leads back up ends here. */

void *rcp_reallocate(void *block, size_t size)
{
    void *bigger = realloc(block, size);
    if (bigger == NULL) {
        fprintf(stderr, "recoup: out of memory (%zu bytes)\n", size);
        exit(RCP_EXIT_BAD_INPUT);
    }
    return bigger;
}

void *rcp_allocate(size_t size)
{
    return memset(rcp_reallocate(NULL, size), 0, size);
}

static void add_file(struct rcp_files *files, const char *path)
{
    if (files->count == files->room) {
        files->room = files->room == 0 ? 64 : files->room * 2;
        files->paths = rcp_reallocate(files->paths, files->room * sizeof *files->paths);
    }
    size_t size = strlen(path) + 1;
    files->paths[files->count++] = memcpy(rcp_allocate(size), path, size);
}

static bool is_scenario_name(const char *name)
{
    size_t length = strlen(name);
    return name[0] != '.' && length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* By bytes: the order must not follow the user's locale. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static bool add_folder(struct rcp_files *files,
                       const char *verb,
                       const char *folder,
                       uint32_t depth)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, NULL, by_name);
    if (count < 0) {
        fprintf(stderr, "recoup %s: %s:1:1: %s\n", verb, folder, strerror(errno));
        return false;
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        size_t end = strlen(folder);
        const char *slash = end > 0 && folder[end - 1] == '/' ? "" : "/";
        char path[4096];
        int length = snprintf(path, sizeof path, "%s%s%s", folder, slash, name);
        bool fits = length > 0 && (size_t)length < sizeof path;
        if (fits && is_scenario_name(name) && !is_folder(path)) {
            add_file(files, path);
        } else if (fits && name[0] != '.' && depth < DEPTH_MAX && is_folder(path)) {
            good = add_folder(files, verb, path, depth + 1) && good;
        }
        free(names[i]);
    }
    free(names);
    return good;
}

bool rcp_files_add(struct rcp_files *files, const char *verb, const char *path)
{
    if (!is_folder(path)) {
        add_file(files, path);
        return true;
    }
    uint32_t before = files->count;
    if (!add_folder(files, verb, path, 0)) {
        return false;
    }
    if (files->count == before) {
        fprintf(stderr, "recoup %s: %s:1:1: no scenario (*.yaml) in this folder\n", verb, path);
        return false;
    }
    return true;
}

void rcp_files_free(struct rcp_files *files)
{
    for (uint32_t i = 0; i < files->count; i++) {
        free(files->paths[i]);
    }
    free(files->paths);
    *files = (struct rcp_files){0};
}

struct rcp_scenario *rcp_scenario_new(void)
{
    return rcp_allocate(sizeof(struct rcp_scenario));
}

bool rcp_load(const char *path,
              const struct rcp_policy_choice *choice,
              struct rcp_scenario *scenario)
{
    struct rcp_scenario_error error = {0};
    if (!rcp_scenario_read(path, scenario, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    rcp_apply_policy(choice, &scenario->base, &scenario->policy);
    const char *refusal = rcp_policy_refusal(scenario->policy);
    if (refusal != NULL) {
        fprintf(stderr, "%s:1:1: with the knobs of the command line: %s\n", path, refusal);
        return false;
    }
    return true;
}
