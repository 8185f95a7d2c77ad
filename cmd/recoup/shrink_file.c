/* Writing the small scenario, with what a person wants to know about it. */
#include "cmd/recoup/shrink_file.h"

#include "cmd/recoup/files.h"
#include "cmd/recoup/record_log.h"
#include "cmd/recoup/surprise.h"
#include "sim/scenario/scenario_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef RCP_COMMIT
#define RCP_COMMIT "unknown"
#endif

#define WIDTH     98u /* of a comment's words */
#define STORY_MAX 24u

/* Where a file is until it is whole. */
static bool part_path(const char *path, char *part, size_t size)
{
    int length = snprintf(part, size, "%s.part", path);
    if (length > 0 && (size_t)length < size) {
        return true;
    }
    errno = ENAMETOOLONG;
    return false;
}

static bool cannot(const char *path)
{
    fprintf(stderr, "recoup shrink: cannot write %s: %s\n", path, strerror(errno));
    return false;
}

bool rcp_shrink_can_write(const char *path)
{
    char part[4096];
    FILE *file = part_path(path, part, sizeof part) ? fopen(part, "w") : NULL;
    if (file == NULL) {
        return cannot(path);
    }
    fclose(file);
    unlink(part);
    return true;
}

/* --- Words --- */

/* text in lines of at most WIDTH, broken at blanks, each after `before`. */
static void add_wrapped(struct rcp_text *out, const char *before, const char *text)
{
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > WIDTH) {
            length = WIDTH;
            while (length > 0 && text[length] != ' ') {
                length--;
            }
            length = length == 0 ? WIDTH : length;
        }
        rcp_text_add(out, "%s%.*s\n", before, (int)length, text);
        text += length;
        while (*text == ' ') {
            text++;
        }
    }
}

/* What goes wrong: the promise, and the facts. It is the scenario's opening comment. */
static void say_why(struct rcp_shrink *shrink)
{
    const struct rcp_violation *violation = &shrink->best_result.violation;
    const struct rcp_invariant_info *info =
        rcp_invariant_info((enum rcp_invariant)violation->invariant);
    struct rcp_text why = rcp_text_in(shrink->best.why, sizeof shrink->best.why);
    rcp_text_add(&why, "Broken: %s\n", info->sentence);
    add_wrapped(&why, "", violation->detail);
    if (why.used > 0 && why.bytes[why.used - 1] == '\n') {
        why.bytes[--why.used] = '\0'; /* the writer ends lines itself */
    }
}

static void say_story(const struct rcp_shrink *shrink, struct rcp_text *out)
{
    struct rcp_arena arena = {0};
    struct rcp_record_log log = {0};
    struct rcp_run_result run;
    char lines[STORY_MAX][RCP_STORY_LINE_SIZE];
    rcp_arena_run_logged(&arena, &shrink->best, shrink->best.seed_first, &run, &log);
    uint32_t count = rcp_tell(&run.violation, &log, lines, STORY_MAX);
    rcp_text_add(out, "\n# What happens%s:\n", count == STORY_MAX ? " in the end" : "");
    for (uint32_t i = 0; i < count; i++) {
        rcp_text_add(out, "#   %s\n", lines[i]);
    }
    rcp_record_log_free(&log);
    rcp_arena_free(&arena);
}

static void say_sizes(const struct rcp_shrink *shrink, bool minimal, struct rcp_text *out)
{
    const struct rcp_shrink_size *before = &shrink->before;
    struct rcp_shrink_size after = rcp_shrink_size(&shrink->best, &shrink->best_result);
    rcp_text_add(out,
                 "# Events %" PRIu64 " -> %" PRIu64 ", faults %" PRIu32 " -> %" PRIu32
                 ", payments %" PRIu32 " -> %" PRIu32 ", nodes %" PRIu32 " -> %" PRIu32 ".\n",
                 before->events,
                 after.events,
                 before->faults,
                 after.faults,
                 before->work,
                 after.work,
                 before->nodes,
                 after.nodes);
    if (minimal) {
        rcp_text_add(
            out,
            "# 1-minimal: no single line, fault, user, node or knob can be left out, and no "
            "time shortened.\n");
    } else {
        rcp_text_add(out, "# The search did not come to its end: this is the smallest so far.\n");
    }
}

static void say_preface(const struct rcp_shrink *shrink,
                        bool minimal,
                        const char *path,
                        const char *origin,
                        struct rcp_text *out)
{
    say_story(shrink, out);
    rcp_text_add(out, "#\n# See it again: recoup run ");
    rcp_add_quoted(out, path);
    rcp_text_add(out, "\n# Fingerprint: %s\n", shrink->violation.fingerprint);
    rcp_text_add(out, "# Shrunk from %s, commit %s.\n", origin, RCP_COMMIT);
    say_sizes(shrink, minimal, out);
    rcp_text_add(out, "\n");
}

/* --- What each line is there for --- */

#define NOTE_SIZE 128u

struct notes {
    struct rcp_shrink *shrink;
    char text[NOTE_SIZE];
};

/* Which list of the scenario has the item, and where. */
static enum rcp_shrink_list list_of(const struct rcp_scenario *scenario,
                                    const void *item,
                                    uint32_t *index)
{
    const struct {
        const void *items;
        size_t size;
        uint32_t count;
        enum rcp_shrink_list list;
    } lists[] = {
        {scenario->plan, sizeof scenario->plan[0], scenario->plan_count, RCP_SHRINK_PLAN},
        {scenario->rules, sizeof scenario->rules[0], scenario->rule_count, RCP_SHRINK_RULES},
        {scenario->order, sizeof scenario->order[0], scenario->order_count, RCP_SHRINK_ORDER},
        {scenario->tape, sizeof scenario->tape[0], scenario->tape_count, RCP_SHRINK_TAPE},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        uintptr_t at = (uintptr_t)item - (uintptr_t)lists[i].items;
        if ((uintptr_t)item >= (uintptr_t)lists[i].items && at < lists[i].count * lists[i].size) {
            *index = (uint32_t)(at / lists[i].size);
            return lists[i].list;
        }
    }
    return RCP_SHRINK_LIST_COUNT;
}

static const char *note_of(void *context, const void *item)
{
    struct notes *notes = context;
    struct rcp_run_result without;
    uint32_t index = 0;
    enum rcp_shrink_list list = list_of(&notes->shrink->best, item, &index);
    if (list == RCP_SHRINK_LIST_COUNT) {
        return NULL;
    }
    rcp_shrink_without(notes->shrink, list, index, &without);
    const char *fingerprint = without.violation.fingerprint;
    switch (without.outcome) {
    case RCP_RUN_HELD:
        return "without it: all holds";
    case RCP_RUN_ERROR:
        return "without it: the run does not work";
    case RCP_RUN_VIOLATED:
        break;
    }
    snprintf(notes->text, sizeof notes->text, "without it: %s", fingerprint);
    return notes->text;
}

/* Who was in a hurry does not wait for what each line is there for. */
static const char *no_note(void *context, const void *item)
{
    (void)context;
    (void)item;
    return NULL;
}

/* --- The file --- */

static bool write_scenario(
    struct rcp_shrink *shrink, bool minimal, const char *path, const char *origin, FILE *file)
{
    struct notes notes = {.shrink = shrink};
    char preface[16384];
    struct rcp_text text = rcp_text_in(preface, sizeof preface);
    say_why(shrink);
    say_preface(shrink, minimal, path, origin, &text);
    struct rcp_scenario_notes written = {
        .preface = preface, .context = &notes, .of = minimal ? note_of : no_note};
    return rcp_scenario_write_noted(&shrink->best, &written, file);
}

/* What was written is what was found: read again, it fails alike. */
static bool fails_alike(const struct rcp_shrink *shrink, const struct rcp_scenario *read)
{
    struct rcp_run_result run = {0};
    struct rcp_arena arena = {0};
    rcp_arena_run(&arena, read, read->seed_first, &run);
    rcp_arena_free(&arena);
    if (strcmp(run.violation.fingerprint, shrink->violation.fingerprint) == 0) {
        return true;
    }
    fprintf(stderr,
            "recoup shrink: a bug of recoup: what it wrote ends with '%s'\n",
            run.violation.fingerprint);
    return false;
}

/* text as it would be read from path: how large a file may be depends on its name. */
static bool reproduces(const struct rcp_shrink *shrink,
                       const char *path,
                       const char *text,
                       size_t size)
{
    struct rcp_scenario *read = rcp_scenario_new();
    struct rcp_scenario_error error = {0};
    bool good = rcp_scenario_read_text(path, text, size, read, &error);
    if (!good) {
        fprintf(stderr, "recoup shrink: %s\n", error.text);
        if (size > RCP_SCENARIO_FILE_MAX) {
            fprintf(stderr, "recoup shrink: a file named *.tape.yaml may be larger\n");
        }
    }
    good = good && fails_alike(shrink, read);
    free(read);
    return good;
}

/* path is as it was, or has all of the text. */
static bool put(const char *path, const char *text, size_t size)
{
    char part[4096];
    FILE *file = part_path(path, part, sizeof part) ? fopen(part, "w") : NULL;
    if (file == NULL) {
        return cannot(path);
    }
    bool good = fwrite(text, 1, size, file) == size;
    good = fclose(file) == 0 && good;
    good = good && rename(part, path) == 0;
    if (!good) {
        cannot(path);
        unlink(part);
    }
    return good;
}

bool rcp_shrink_write(struct rcp_shrink *shrink, bool minimal, const char *path, const char *origin)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL) {
        return cannot(path);
    }
    bool good = write_scenario(shrink, minimal, path, origin, memory);
    good = fclose(memory) == 0 && good;
    good = good ? reproduces(shrink, path, text, size) && put(path, text, size) : cannot(path);
    free(text);
    return good;
}
