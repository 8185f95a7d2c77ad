/* recoupd ctl: asks a serving recoupd over its operators' socket, and prints what it answers. */
#include "cmd/recoupd/ctl_print.h"
#include "cmd/recoupd/verb.h"
#include "prod/config/config.h"
#include "prod/ctl/answer.h"
#include "prod/ctl/line.h"
#include "prod/ctl/request.h"
#include "prod/loop/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX  32
#define SEND_MS    5000u
#define ANSWER_MS  60000u /* longer than anything that the other side waits for */
#define ANSWER_MAX (16u << 20)

struct calling {
    const char *socket; /* --socket; NULL: the configuration says */
    char *config[2];    /* --config and its file; NULL: the usual one */
    bool json;
    int count;
    char *words[WORDS_MAX]; /* of the request */
};

/* --- Words --- */

static int usage(FILE *out)
{
    fprintf(out,
            "recoupd ctl: asks a serving recoupd, or tells it what to do\n\n"
            "usage: recoupd ctl [--socket PATH | --config FILE] [--json] VERB ...\n\n");
    for (uint32_t i = 0; i < RCP_CTL_VERB_COUNT; i++)
        fprintf(out,
                "  %s %s\n      %s\n",
                rcp_ctl_verbs[i].name,
                rcp_ctl_verbs[i].words,
                rcp_ctl_verbs[i].sentence);
    fprintf(
        out,
        "  rewind --to TIME\n      The retry topic again after a restore; while none serves.\n");
    fprintf(
        out,
        "\nThe socket is `operators` of the configuration. What takes a --reason is written into\n"
        "the table operator_audit before it is done, with the user who asks.\n"
        "Exit codes: 0 done, 1 refused or not found, 2 bad usage, 3 unknown or unreachable.\n");
    return out == stdout ? RCP_EXIT_OK : RCP_EXIT_USAGE;
}

/* Takes our own options out, and leaves the request's words. What stands behind --reason is a reason. */
static bool sort_words(int count, char **words, struct calling *calling)
{
    for (int i = 0; i < count; i++) {
        bool more = i + 1 < count;
        if (strcmp(words[i], "--json") == 0) {
            calling->json = true;
        } else if (strcmp(words[i], "--socket") == 0 && more) {
            calling->socket = words[++i];
        } else if (strcmp(words[i], "--config") == 0 && more) {
            calling->config[0] = words[i];
            calling->config[1] = words[++i];
        } else {
            if (calling->count > WORDS_MAX - 2)
                return false;
            bool reason = strcmp(words[i], "--reason") == 0 && more;
            calling->words[calling->count++] = words[i];
            if (reason)
                calling->words[calling->count++] = words[++i];
        }
    }
    return true;
}

/* --- The socket --- */

/* Where the configuration says that it is; false where that cannot be read, or says nothing. */
static bool find_socket(struct calling *calling, struct rcp_config_text *path)
{
    if (calling->socket != NULL) {
        snprintf(path->at, sizeof path->at, "%s", calling->socket);
        return true;
    }
    struct rcp_config *config =
        rcp_verb_config(calling->config[0] == NULL ? 0 : 2, calling->config);
    if (config == NULL)
        return false;
    *path = config->operators;
    rcp_verb_forget(config);
    if (path->at[0] == '\0')
        fprintf(stderr,
                "recoupd: the configuration names no socket: set `operators: PATH` and start "
                "recoupd again\n");
    return path->at[0] != '\0';
}

static const char *advice(int why)
{
    if (why == EACCES)
        return "be the user that runs it, or root";
    if (why == ENOENT || why == ECONNREFUSED)
        return "does it run, with this `operators` in its configuration?";
    return "see --socket";
}

/* The answer's line, for free(); NULL where there is none, and then it was said why. A request that went out
 * whole may have been done. */
static char *exchange(const char *path, const char *line)
{
    char *answer = NULL;
    size_t size = 0;
    int fd = rcp_ctl_call(path);
    if (fd < 0) {
        int why = errno;
        fprintf(
            stderr, "recoupd: nobody answers at %s: %s; %s\n", path, strerror(why), advice(why));
        return NULL;
    }
    /* Whoever is turned away at the door is told so before the line is read. */
    rcp_line_write(fd, rcp_mono_ms() + SEND_MS, line, strlen(line));
    if (rcp_line_read(fd, rcp_mono_ms() + ANSWER_MS, ANSWER_MAX, &answer, &size) != RCP_LINE_WHOLE)
        fprintf(stderr,
                "recoupd: no answer came: it may have been done. See its log, and `recoupd ctl "
                "show`\n");
    close(fd);
    return answer;
}

/* --- The answer --- */

static int exit_of(enum rcp_ctl_outcome outcome)
{
    switch (outcome) {
    case RCP_CTL_DONE:
        return RCP_EXIT_OK;
    case RCP_CTL_REFUSED:
        return RCP_EXIT_FAILED;
    case RCP_CTL_WRONG:
        return RCP_EXIT_USAGE;
    case RCP_CTL_UNKNOWN:
    case RCP_CTL_OUTCOME_COUNT:
        return RCP_EXIT_UNKNOWN;
    }
    return RCP_EXIT_UNKNOWN;
}

static int tell(const char *line, bool json)
{
    json_t *answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    if (outcome == NULL) {
        fprintf(stderr, "recoupd: what answers there is no recoupd\n");
        json_decref(answer);
        return RCP_EXIT_UNKNOWN;
    }
    int code = exit_of(rcp_ctl_outcome_find(outcome));
    if (json)
        puts(line);
    else
        ctl_print(code == RCP_EXIT_OK ? stdout : stderr, answer);
    json_decref(answer);
    return code;
}

/* Asks nobody, since nobody may be serving: the verb of that name. */
static int rewind_topic(const struct calling *calling)
{
    char *words[WORDS_MAX + 2];
    int count = 0;
    for (int i = 0; i < 2 && calling->config[i] != NULL; i++)
        words[count++] = calling->config[i];
    for (int i = 1; i < calling->count; i++)
        words[count++] = calling->words[i];
    return rcp_verb_run("rewind", count, words);
}

int rcp_verb_ctl(int count, char **words)
{
    struct calling calling = {0};
    struct rcp_config_text path = {0};
    char wrong[RCP_CTL_WRONG_MAX] = "too many words";
    char *line = NULL;
    if (!sort_words(count, words, &calling) || calling.count == 0)
        return usage(stderr);
    if (rcp_verb_is_help(calling.words[0]) ||
        (calling.count == 2 && rcp_verb_is_help(calling.words[1])))
        return usage(stdout);
    if (strcmp(calling.words[0], "rewind") == 0)
        return rewind_topic(&calling);
    line = rcp_ctl_request_line(calling.count, calling.words, wrong);
    if (line == NULL) {
        fprintf(stderr, "recoupd: %s\n", wrong);
        return RCP_EXIT_USAGE;
    }
    int code = RCP_EXIT_USAGE;
    if (find_socket(&calling, &path)) {
        char *answer = exchange(path.at, line);
        code = answer == NULL ? RCP_EXIT_UNKNOWN : tell(answer, calling.json);
        free(answer);
    }
    free(line);
    return code;
}
