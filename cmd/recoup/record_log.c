/* Running scenarios, with and without a memory of it. */
#include "cmd/recoup/record_log.h"

#include "cmd/recoup/files.h"
#include "sim/scenario/scenario_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define WORLD_ALIGNMENT 64u

static const char *fault_name(uint32_t number)
{
    return number < RCP_FAULT_COUNT ? rcp_fault_info((enum rcp_fault)number)->name : "?";
}

static const char *invariant_name(uint32_t number)
{
    return number < RCP_INVARIANT_COUNT ? rcp_invariant_info((enum rcp_invariant)number)->name
                                        : "?";
}

const struct rcp_report_names rcp_sim_names = {.fault = fault_name, .invariant = invariant_name};

/* Makes room for scenario's world. What was in the block is not kept. */
static void make_room(struct rcp_arena *arena, const struct rcp_scenario *scenario)
{
    size_t wanted = rcp_world_size(scenario);
    if (wanted <= arena->size) {
        return;
    }
    free(arena->block);
    arena->size = (wanted + WORLD_ALIGNMENT - 1) / WORLD_ALIGNMENT * WORLD_ALIGNMENT;
    arena->block = aligned_alloc(WORLD_ALIGNMENT, arena->size);
    if (arena->block == NULL) {
        fprintf(stderr, "recoup: out of memory (a world of %zu bytes)\n", arena->size);
        exit(2);
    }
}

void rcp_arena_run(struct rcp_arena *arena,
                   const struct rcp_scenario *scenario,
                   uint64_t seed,
                   struct rcp_run_result *result)
{
    make_room(arena, scenario);
    rcp_run(scenario, seed, arena->block, arena->size, NULL, NULL, NULL, NULL, result);
}

void rcp_arena_free(struct rcp_arena *arena)
{
    free(arena->block);
    *arena = (struct rcp_arena){0};
}

static void keep(void *context, const struct rcp_record *record)
{
    struct rcp_record_log *log = context;
    if (log->count == log->room) {
        log->room = log->room == 0 ? 4096 : log->room * 2;
        log->records = rcp_reallocate(log->records, log->room * sizeof *log->records);
    }
    log->records[log->count++] = *record;
}

void rcp_arena_run_picked(struct rcp_arena *arena,
                          const struct rcp_scenario *scenario,
                          uint64_t seed,
                          const struct rcp_picker *picker,
                          struct rcp_run_result *result,
                          struct rcp_record_log *log)
{
    make_room(arena, scenario);
    if (log->tape == NULL) {
        log->tape = rcp_allocate(RCP_TAPE_MAX * sizeof *log->tape);
    }
    log->count = 0;
    log->tape_count = 0;
    struct rcp_recorder recorder = {.context = log, .write = keep};
    rcp_run(scenario,
            seed,
            arena->block,
            arena->size,
            &recorder,
            picker,
            log->tape,
            &log->tape_count,
            result);
}

void rcp_arena_run_logged(struct rcp_arena *arena,
                          const struct rcp_scenario *scenario,
                          uint64_t seed,
                          struct rcp_run_result *result,
                          struct rcp_record_log *log)
{
    rcp_arena_run_picked(arena, scenario, seed, NULL, result, log);
}

void rcp_record_log_free(struct rcp_record_log *log)
{
    free(log->records);
    free(log->tape);
    *log = (struct rcp_record_log){0};
}

/* mkdir -p. */
static bool make_folder(const char *folder)
{
    char path[512];
    size_t length = strlen(folder);
    if (length == 0 || length >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path, folder, length + 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] == '/') {
            path[i] = '\0';
            if (mkdir(path, 0777) != 0 && errno != EEXIST) {
                return false;
            }
            path[i] = '/';
        }
    }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

/* folder/flaws-claim-seed-7.tape.yaml, for the scenario flaws/claim. */
static bool tape_path(const char *folder, const char *name, uint64_t seed, char *path, size_t size)
{
    char flat[RCP_NAME_MAX];
    snprintf(flat, sizeof flat, "%s", name);
    for (char *at = flat; *at != '\0'; at++) {
        if (*at == '/' || *at == ' ') {
            *at = '-';
        }
    }
    int length = snprintf(path, size, "%s/%s-seed-%" PRIu64 ".tape.yaml", folder, flat, seed);
    return length > 0 && (size_t)length < size;
}

bool rcp_write_tape(const char *folder,
                    const struct rcp_scenario *scenario,
                    uint64_t seed,
                    const struct rcp_record_log *log,
                    char *path,
                    size_t path_size)
{
    path[0] = '\0';
    if (log->tape_count > RCP_TAPE_MAX) {
        fprintf(stderr, "recoup: no tape for seed %" PRIu64 ": it is too long\n", seed);
        return false;
    }
    struct rcp_scenario *replayed = rcp_scenario_new();
    *replayed = *scenario;
    replayed->seed_first = seed;
    replayed->seed_last = seed;
    replayed->tape_only = 1;
    replayed->tape_count = log->tape_count;
    memcpy(replayed->tape, log->tape, log->tape_count * sizeof *log->tape);

    FILE *file = NULL;
    bool good = make_folder(folder) && tape_path(folder, scenario->name, seed, path, path_size) &&
                (file = fopen(path, "w")) != NULL;
    good = good && rcp_scenario_write(replayed, file);
    if (file != NULL) {
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        fprintf(stderr, "recoup: no tape in %s: %s\n", folder, strerror(errno));
        path[0] = '\0';
    }
    free(replayed);
    return good;
}
