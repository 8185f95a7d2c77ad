/* Where a check of the core fails, the recording has the event that broke it, and replays to the same end. */
#include "core/policy.h"
#include "core/replay.h"
#include "prod/loop/loop.h"
#include "prod/record/record_files.h"
#include "prod/record/recorder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NODE        3u
#define INCARNATION 12u

static char folder[64];

/* As cmd/recoupd/check_failed.c does it, without the log. */
void rcp_check_failed(const char *id)
{
    rcp_loop_broken(id);
    abort();
}

/* --- The process that dies --- */

static void nobody(void *adapter,
                   const struct rcp_effects *effects,
                   const struct rcp_effect *effect)
{
    (void)adapter;
    (void)effects;
    (void)effect;
}

static void ask(struct rcp_loop *loop, uint64_t request_id)
{
    struct rcp_event event = {.kind = RCP_EVENT_REQUEST,
                              .request = {.request_id = request_id,
                                          .user_id = 5,
                                          .kind = RCP_REQUEST_PROCESS,
                                          .token = {99, 5, 9, RCP_TOKEN_SIGNED}}};
    rcp_loop_step(loop, &event);
}

/* A request that is sound, and one without the name that it needs to be answered. */
static void open_bad_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    (void)letter;
    ask(loop, 7);
    ask(loop, 0);
}

static void die_recorded(void)
{
    char wrong[256];
    struct rcp_letter bad = {.open = open_bad_letter};
    struct rcp_node_config node = {.policy = rcp_policy_hardened(),
                                   .limits = {.requests = 64,
                                              .retries = 16,
                                              .group = 8,
                                              .groups = 2,
                                              .page = 8,
                                              .sends = 8,
                                              .partitions = 2,
                                              .window = 8}};
    struct rcp_flight_recorder_options record = {.folder = folder,
                                                 .build = "a test",
                                                 .node = node,
                                                 .number = NODE,
                                                 .incarnation = INCARNATION};
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&record, wrong, sizeof wrong);
    struct rcp_loop_options options = {.node = node,
                                       .number = NODE,
                                       .incarnation = INCARNATION,
                                       .secret = "a secret",
                                       .secret_size = 8,
                                       .watches = {rcp_flight_recorder_watch(recorder)},
                                       .watch_count = 1};
    for (uint32_t kind = 1; kind < RCP_EFFECT_KIND_COUNT; kind++)
        options.ports[kind] = (struct rcp_port){NULL, nobody};
    struct rcp_loop *loop = rcp_loop_open(&options);
    rcp_flight_recorder_follow(recorder, rcp_loop_node(loop));
    rcp_loop_post(loop, &bad);
    rcp_loop_run(loop);
    _exit(0); /* alive: the parent fails */
}

static int record_a_death(void **state)
{
    (void)state;
    int status = 0;
    snprintf(folder, sizeof folder, "/tmp/broken-check-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    pid_t child = fork();
    if (child == 0)
        die_recorded();
    waitpid(child, &status, 0);
    return !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT;
}

static void path_of_file(char path[RCP_RECORD_PATH_MAX])
{
    rcp_record_path(path, folder, NODE, INCARNATION, 0);
}

static int forget_it(void **state)
{
    char path[RCP_RECORD_PATH_MAX];
    (void)state;
    path_of_file(path);
    unlink(path);
    return rmdir(folder);
}

/* --- Claims --- */

/* The event is the last in the file, and the file says which check it broke. */
static void the_event_is_recorded(void **state)
{
    static unsigned char bytes[1u << 16];
    char path[RCP_RECORD_PATH_MAX];
    (void)state;
    path_of_file(path);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    struct rcp_replay *replay = calloc(1, sizeof *replay);
    assert_int_equal(rcp_replay_open(replay, bytes, size), RCP_REPLAY_EQUAL);
    void *block = calloc(1, rcp_node_size(&replay->head.config.limits));
    enum rcp_replay_result result = rcp_replay_begin(replay, block);
    while (result == RCP_REPLAY_EQUAL)
        result = rcp_replay_step(replay);
    assert_int_equal(result, RCP_REPLAY_BREAKS);
    assert_int_equal(replay->event_count, 3); /* START and two requests */
    assert_int_equal(replay->was.event.kind, RCP_EVENT_REQUEST);
    assert_int_equal(replay->was.event.request.request_id, 0);
    assert_string_equal(replay->ending.check, "request_has_id");
    free(block);
    free(replay);
}

/* `recoup replay` comes to the same end, says so, and lives. */
static void replay_breaks_the_same_check(void **state)
{
    char command[RCP_RECORD_PATH_MAX + 64];
    char line[512];
    bool breaks = false, same = false;
    (void)state;
    snprintf(command, sizeof command, "zig-out/bin/recoup replay %s", folder);
    FILE *said = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(said);
    while (fgets(line, sizeof line, said) != NULL) {
        breaks |= strstr(line, "breaks a check at event 3") != NULL;
        same |= strstr(line, "check:request_has_id, as it did then") != NULL;
    }
    assert_int_equal(pclose(said), 0);
    assert_true(breaks);
    assert_true(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_is_recorded),
        cmocka_unit_test(replay_breaks_the_same_check),
    };
    return cmocka_run_group_tests(tests, record_a_death, forget_it);
}
