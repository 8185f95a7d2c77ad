/* Recordings, one file after the other, until one differs. */
#include "cmd/recoup/replay_recordings.h"

#include "cmd/host/catch.h"
#include "cmd/recoup/files.h"
#include "cmd/recoup/recording_words.h"
#include "core/replay.h"
#include "reports/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".recording"

#ifndef RCP_COMMIT
#define RCP_COMMIT "unknown"
#endif

/* A file as it is in memory. */
struct mapping {
    const unsigned char *bytes;
    size_t size;
};

/* What all files came to, and where the last one left off. */
struct tally {
    struct rcp_replay *replay;
    struct rcp_catch broken;
    bool last; /* the event of which the recorded process died is at work */
    bool verbose;
    bool unreadable;
    bool different;
    uint64_t files, events, effects;
    uint32_t node, incarnation; /* of the last file */
    uint64_t events_before;     /* that the next file of that incarnation should have before it */
};

/* --- Files --- */

static bool map(const char *path, struct mapping *mapping)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *mapping = (struct mapping){(const unsigned char *)"", 0};
    if (fd < 0)
        return false;
    bool good = fstat(fd, &status) == 0;
    if (good && status.st_size > 0) {
        void *at = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        good = at != MAP_FAILED;
        if (good)
            *mapping = (struct mapping){at, (size_t)status.st_size};
    }
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

static void unmap(const struct mapping *mapping)
{
    if (mapping->size > 0)
        munmap((void *)(uintptr_t)mapping->bytes, mapping->size);
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool rcp_is_recording(const char *path)
{
    struct mapping mapping;
    if (is_folder(path))
        return true;
    if (!map(path, &mapping))
        return false;
    bool begins = rcp_recording_begins(mapping.bytes, mapping.size);
    unmap(&mapping);
    return begins;
}

/* --- One file --- */

/* Says on stderr what is wrong, and counts it. */
static void say_unreadable(struct tally *tally, const char *path, enum rcp_replay_result result)
{
    const struct rcp_replay *replay = tally->replay;
    tally->unreadable = true;
    fflush(stdout);
    fprintf(stderr, "%s: ", path);
    switch (result) {
    case RCP_REPLAY_DAMAGED:
        fprintf(stderr,
                "damaged at byte %zu, behind event %" PRIu64 ": what is before it is equal\n",
                replay->at,
                replay->event_count);
        return;
    case RCP_REPLAY_SENSELESS:
        fprintf(stderr,
                "whole, yet senseless before byte %zu, behind event %" PRIu64
                ": no node can have seen this\n",
                replay->at,
                replay->event_count);
        return;
    case RCP_REPLAY_FOREIGN:
        fprintf(stderr,
                "written by build %s in format %" PRIu32 "-%016" PRIx64
                "; this is build %s, which reads %u-%016" PRIx64 ": replay it with that one\n",
                replay->head.build,
                replay->head.version,
                replay->head.fields,
                RCP_COMMIT,
                RCP_RECORDING_VERSION,
                rcp_fields_hash());
        return;
    case RCP_REPLAY_STATELESS:
        fprintf(stderr,
                "begins with a node's state of build %s, which build %s lays out otherwise: replay "
                "it with that one, or from the incarnation's first file\n",
                replay->head.build,
                RCP_COMMIT);
        return;
    case RCP_REPLAY_NONE:
    case RCP_REPLAY_EQUAL:
    case RCP_REPLAY_DIFFERENT:
    case RCP_REPLAY_BREAKS:
    case RCP_REPLAY_OVER:
    case RCP_REPLAY_CUT:
        break;
    }
    fprintf(stderr, "no recording\n");
}

/* "FILE: WHAT at event 7, 2026-11-21T12:34:56.789Z: mysql_done ..." */
static void say_event(const struct rcp_replay *replay, const char *path, const char *what)
{
    char at[RCP_INSTANT_SIZE];
    rcp_print_instant(at, replay->was.event.wall_ms);
    printf("%s: %s at event %" PRIu64 ", %s: ", path, what, replay->event_count, at);
    rcp_tell_event(stdout, &replay->was.event);
    putchar('\n');
}

static void say_different(struct tally *tally, const char *path)
{
    tally->different = true;
    say_event(tally->replay, path, "differs");
    rcp_tell_difference(stdout, tally->replay);
}

/* Then or now a check failed; where it is the same one, that is as equal as effects are. */
static void say_broken(struct tally *tally, const char *path)
{
    const char *then = tally->replay->ending.check; /* where a check failed then */
    const char *now = tally->broken.check;
    tally->different = !tally->last || now == NULL || strcmp(then, now) != 0;
    say_event(tally->replay, path, tally->different ? "differs" : "breaks a check");
    if (!tally->different)
        printf("    check:%s, as it did then: this is a bug in the core\n", now);
    else
        printf("    was: %s%s\n    is:  %s%s\n",
               tally->last ? "check:" : "no check failed",
               tally->last ? then : "",
               now != NULL ? "check:" : "no check fails",
               now != NULL ? now : "");
}

/* Between this file and the one before it. */
static void say_missing(const struct tally *tally)
{
    const struct rcp_recording_head *head = &tally->replay->head;
    bool follows =
        tally->files > 0 && head->node == tally->node && head->incarnation == tally->incarnation;
    if (follows && head->events_before > tally->events_before)
        printf("    (%" PRIu64 " events before it are in none of these files)\n",
               head->events_before - tally->events_before);
}

static void say_equal(struct tally *tally, const char *path, enum rcp_replay_result result)
{
    const struct rcp_replay *replay = tally->replay;
    char events[RCP_GROUPED_SIZE];
    char effects[RCP_GROUPED_SIZE];
    printf("%s: node %" PRIu32 ", incarnation %" PRIu32 ", file %" PRIu32
           ": %s events, %s effects, all equal",
           path,
           replay->head.node,
           replay->head.incarnation,
           replay->head.sequence,
           rcp_grouped(replay->event_count, events),
           rcp_grouped(replay->effect_count, effects));
    if (result == RCP_REPLAY_CUT)
        printf("; cut off behind its last whole entry, %zu bytes are left",
               replay->size - replay->at);
    else if (result == RCP_REPLAY_OVER && replay->ending.why == RCP_RECORDING_GAP)
        printf("; a gap follows");
    if (strcmp(replay->head.build, RCP_COMMIT) != 0)
        printf("; recorded by build %s", replay->head.build);
    putchar('\n');
    say_missing(tally);
    tally->files++;
    tally->events += replay->event_count;
    tally->effects += replay->effect_count;
    tally->node = replay->head.node;
    tally->incarnation = replay->head.incarnation;
    tally->events_before = replay->head.events_before + replay->event_count;
}

static enum rcp_replay_result lead(struct tally *tally, void *block)
{
    struct rcp_replay *replay = tally->replay;
    enum rcp_replay_result result = rcp_replay_begin(replay, block);
    while (result == RCP_REPLAY_EQUAL) {
        result = rcp_replay_step(replay);
        if (tally->verbose && (result == RCP_REPLAY_EQUAL || result == RCP_REPLAY_DIFFERENT))
            rcp_tell_step(stdout, &replay->was, replay->event_count);
    }
    tally->last = result == RCP_REPLAY_BREAKS;
    if (tally->last)
        rcp_replay_break(replay);
    return result;
}

/* BREAKS: of a check that failed then, or `tally->broken.check` that fails now, or both. */
static enum rcp_replay_result lead_caught(struct tally *tally, void *block)
{
    tally->last = false;
    tally->broken.check = NULL;
    if (setjmp(tally->broken.back) == 0) {
        rcp_catch_arm(&tally->broken);
        enum rcp_replay_result result = lead(tally, block);
        rcp_catch_arm(NULL);
        return result;
    }
    rcp_catch_arm(NULL);
    return RCP_REPLAY_BREAKS;
}

static enum rcp_replay_result run(struct tally *tally, const struct mapping *mapping)
{
    struct rcp_replay *replay = tally->replay;
    enum rcp_replay_result result = rcp_replay_open(replay, mapping->bytes, mapping->size);
    if (result != RCP_REPLAY_EQUAL)
        return result;
    void *block = rcp_allocate(rcp_node_size(&replay->head.config.limits));
    result = lead_caught(tally, block);
    free(block);
    return result;
}

static void replay_file(struct tally *tally, const char *path)
{
    struct mapping mapping;
    if (!map(path, &mapping)) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        tally->unreadable = true;
        return;
    }
    enum rcp_replay_result result = run(tally, &mapping);
    if (result == RCP_REPLAY_DIFFERENT)
        say_different(tally, path);
    else if (result == RCP_REPLAY_BREAKS)
        say_broken(tally, path);
    else if (result == RCP_REPLAY_OVER || result == RCP_REPLAY_CUT)
        say_equal(tally, path, result);
    else
        say_unreadable(tally, path, result);
    unmap(&mapping);
}

/* --- Folders --- */

static int is_recording_name(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > strlen(SUFFIX) && strcmp(entry->d_name + size - strlen(SUFFIX), SUFFIX) == 0;
}

/* By bytes, not by locale: so they are in the order in which they were written. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
    return strcmp((*left)->d_name, (*right)->d_name);
}

static void replay_folder(struct tally *tally, const char *folder)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_recording_name, by_name);
    if (count <= 0) {
        fprintf(stderr,
                "%s: %s\n",
                folder,
                count < 0 ? strerror(errno) : "no recording (*" SUFFIX ") in this folder");
        tally->unreadable = true;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        int size = snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (size > 0 && (size_t)size < sizeof path && !tally->different)
            replay_file(tally, path);
        free(names[i]);
    }
    free(names);
}

enum rcp_exit rcp_replay_recordings(char **paths, int count, bool verbose)
{
    struct tally tally = {.verbose = verbose};
    char files[RCP_GROUPED_SIZE];
    char events[RCP_GROUPED_SIZE];
    char effects[RCP_GROUPED_SIZE];
    tally.replay = rcp_allocate(sizeof *tally.replay);
    for (int i = 0; i < count && !tally.different; i++)
        if (is_folder(paths[i]))
            replay_folder(&tally, paths[i]);
        else
            replay_file(&tally, paths[i]);
    free(tally.replay);
    if (tally.different)
        return RCP_EXIT_NOT_AS_EXPECTED;
    if (tally.files > 0)
        printf("equal: %s files, %s events, %s effects\n",
               rcp_grouped(tally.files, files),
               rcp_grouped(tally.events, events),
               rcp_grouped(tally.effects, effects));
    return tally.unreadable ? RCP_EXIT_BAD_INPUT : RCP_EXIT_AS_EXPECTED;
}
