/* The flight recorder's claims: what it writes replays effect by effect, also from the middle; it never waits
 * for its disk, and what it could not record is a gap that is counted; no secret is in its files. */
#include "prod/record/recorder.h"

#include "core/replay.h"
#include "prod/record/record_files.h"
#include "prod/record/ring.h"

#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define QUEUE_MAX 4096u

/* --- A node whose every wish is granted at once, on a clock of its own --- */

struct waiting {
    struct rcp_event event;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
};

struct shop {
    struct rcp_node_config config;
    struct rcp_node *node;
    struct rcp_watch watch;
    struct waiting *queue;
    uint32_t first, count;
    uint64_t now_ms;
    uint64_t payments;
    uint64_t approved;
    uint64_t events;
    struct rcp_effects effects;
};

static struct shop shop;
static char folder[64];
static char wrong[256];

static uint8_t verdict_of(enum rcp_script script)
{
    return script == RCP_SCRIPT_APPROVE ? RCP_VERDICT_APPROVED : RCP_VERDICT_WRITTEN;
}

static struct waiting *wait_for(enum rcp_event_kind kind)
{
    struct waiting *waiting = &shop.queue[(shop.first + shop.count++) % QUEUE_MAX];
    assert_true(shop.count <= QUEUE_MAX);
    memset(waiting, 0, sizeof *waiting);
    waiting->event.kind = kind;
    return waiting;
}

static void grant_script(const struct rcp_mysql_effect *mysql)
{
    struct waiting *waiting = wait_for(RCP_EVENT_MYSQL_DONE);
    bool pages = mysql->script == RCP_SCRIPT_CLAIM || mysql->script == RCP_SCRIPT_SWEEP;
    waiting->event.mysql_done.op_id = mysql->op_id;
    waiting->event.mysql_done.session = 17;
    waiting->event.mysql_done.row_count = pages ? 0 : mysql->row_count;
    memcpy(waiting->rows,
           &shop.effects.rows[mysql->first_row],
           mysql->row_count * sizeof waiting->rows[0]);
    for (uint32_t i = 0; i < mysql->row_count; i++)
        waiting->rows[i].verdict = verdict_of(mysql->script);
    waiting->event.mysql_done.rows = waiting->rows;
}

static void grant_command(const struct rcp_redis_effect *redis)
{
    struct rcp_redis_done *done = &wait_for(RCP_EVENT_REDIS_DONE)->event.redis_done;
    done->op_id = redis->op_id;
    done->found = true;
    done->readable = true;
    done->payload = (struct rcp_payload){
        .user_id = redis->token >> 32, .activity_id = 1, .product_id = 9, .quantity = 1};
}

static void step(struct rcp_event *event)
{
    event->mono_ms = shop.now_ms;
    event->wall_ms = UINT64_C(1790000000000) + shop.now_ms;
    rcp_node_step(shop.node, event, &shop.effects);
    if (shop.watch.stepped != NULL)
        shop.watch.stepped(shop.watch.watcher, event, &shop.effects);
    shop.events++;
    for (uint32_t i = 0; i < shop.effects.count; i++) {
        const struct rcp_effect *effect = &shop.effects.items[i];
        if (effect->kind == RCP_EFFECT_REDIS)
            grant_command(&effect->redis);
        if (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.op_id != 0)
            grant_script(&effect->mysql);
        if (effect->kind == RCP_EFFECT_REPLY)
            shop.approved += effect->reply.status == RCP_STATUS_OK;
    }
}

/* At most `most` of what is waited for comes. */
static void settle(uint32_t most)
{
    for (; most > 0 && shop.count > 0; most--) {
        struct waiting waiting = shop.queue[shop.first];
        shop.first = (shop.first + 1u) % QUEUE_MAX;
        shop.count--;
        if (waiting.event.kind == RCP_EVENT_MYSQL_DONE)
            waiting.event.mysql_done.rows = waiting.rows;
        step(&waiting.event);
    }
}

/* So many users pay, `together` at a time, so that there is always something in progress. */
static void pay(uint32_t payments, uint32_t together)
{
    for (uint32_t i = 0; i < payments; i++) {
        uint64_t user = 1000000u + shop.payments++;
        struct rcp_event event = {
            .kind = RCP_EVENT_REQUEST,
            .request = {.request_id = user, .user_id = user, .kind = RCP_REQUEST_PROCESS}};
        event.request.token = (struct rcp_token){
            .handle = user << 32 | 0x9e3779b9u, .user_id = user, .activity_id = 1};
        event.request.token.form = RCP_TOKEN_SIGNED;
        shop.now_ms++;
        step(&event);
        if (i % together == together - 1u)
            settle(3u * together);
    }
}

static struct rcp_flight_recorder_options options_here(void)
{
    return (struct rcp_flight_recorder_options){
        .folder = folder, .build = "a test", .node = shop.config, .number = 3, .incarnation = 12};
}

static void start(struct rcp_flight_recorder *recorder)
{
    struct rcp_event event = {.kind = RCP_EVENT_START, .start = {3, 12}};
    rcp_flight_recorder_follow(recorder, shop.node);
    shop.watch = rcp_flight_recorder_watch(recorder);
    step(&event);
}

static int open_shop(void **state)
{
    (void)state;
    struct rcp_limits limits = {.requests = 256,
                                .retries = 16,
                                .group = 8,
                                .groups = 4,
                                .page = 8,
                                .sends = 8,
                                .partitions = 2,
                                .window = 8};
    memset(&shop, 0, sizeof shop);
    shop.config = (struct rcp_node_config){.limits = limits, .policy = rcp_policy_hardened()};
    shop.node = rcp_node_init(calloc(1, rcp_node_size(&limits)), &shop.config);
    shop.queue = calloc(QUEUE_MAX, sizeof *shop.queue);
    shop.now_ms = 5000;
    snprintf(folder, sizeof folder, "/tmp/recorder-XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* --- Its files --- */

struct listing {
    struct dirent **names;
    int count;
};

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static struct listing list_files(void)
{
    struct listing listing = {0};
    listing.count = scandir(folder, &listing.names, is_file, alphasort);
    return listing;
}

static void free_listing(struct listing *listing)
{
    for (int i = 0; i < listing->count; i++)
        free(listing->names[i]);
    free(listing->names);
}

static unsigned char *read_file(const char *name, size_t *size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    struct stat status;
    assert_int_equal(fstat(fileno(file), &status), 0);
    unsigned char *bytes = calloc(1, (size_t)status.st_size + 1u);
    *size = fread(bytes, 1, (size_t)status.st_size, file);
    fclose(file);
    return bytes;
}

static int close_shop(void **state)
{
    (void)state;
    char path[512];
    struct listing listing = list_files();
    for (int i = 0; i < listing.count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, listing.names[i]->d_name);
        unlink(path);
    }
    free_listing(&listing);
    rmdir(folder);
    free(shop.queue);
    free(shop.node);
    return 0;
}

/* What all files together came to. */
struct replayed {
    bool chained; /* nothing is missing: each file says how many events are before it */
    uint32_t files, resumed, gaps, stopped, cut;
    uint64_t events;
};

static void replay_file(const char *name, struct replayed *all)
{
    size_t size;
    unsigned char *bytes = read_file(name, &size);
    struct rcp_replay *replay = calloc(1, sizeof *replay);
    assert_int_equal(rcp_replay_open(replay, bytes, size), RCP_REPLAY_EQUAL);
    void *block = calloc(1, rcp_node_size(&replay->head.config.limits));
    enum rcp_replay_result result = rcp_replay_begin(replay, block);
    while (result == RCP_REPLAY_EQUAL)
        result = rcp_replay_step(replay);
    assert_true(result == RCP_REPLAY_OVER || result == RCP_REPLAY_CUT);
    assert_true(!all->chained || replay->head.events_before == all->events);
    all->files++;
    all->resumed += replay->resumed;
    all->events += replay->event_count;
    all->cut += result == RCP_REPLAY_CUT;
    all->gaps += result == RCP_REPLAY_OVER && replay->ending.why == RCP_RECORDING_GAP;
    all->stopped += result == RCP_REPLAY_OVER && replay->ending.why == RCP_RECORDING_STOPPED;
    free(block);
    free(replay);
    free(bytes);
}

static struct replayed replay_chained(bool chained)
{
    struct replayed all = {.chained = chained};
    struct listing listing = list_files();
    for (int i = 0; i < listing.count; i++)
        replay_file(listing.names[i]->d_name, &all);
    free_listing(&listing);
    return all;
}

static struct replayed replay_all(void)
{
    return replay_chained(false);
}

/* --- Claims --- */

/* Files that are full give way to the next, in the middle of payments; each replays alone, and together they
 * have every event. */
static void rotated_files_have_every_event(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    options.file_bytes = 50000;
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&options, wrong, sizeof wrong);
    assert_non_null(recorder);
    start(recorder);
    pay(2000, 16);
    settle(QUEUE_MAX);
    struct rcp_flight_recorder_counts counts = rcp_flight_recorder_counts(recorder);
    rcp_flight_recorder_close(recorder);
    struct replayed all = replay_chained(true);
    assert_int_equal(shop.approved, 2000);
    assert_int_equal(counts.gaps, 0);
    assert_true(counts.events == shop.events);
    assert_true(all.events == shop.events);
    assert_int_equal(all.files, counts.files);
    assert_true(all.files > 5);
    assert_int_equal(all.resumed, all.files - 1u);
    assert_int_equal(all.stopped, 1);
    assert_int_equal(all.cut, 0);
    print_message("a payment: %.1f events, %.0f bytes\n",
                  (double)counts.events / 2000.0,
                  (double)counts.bytes / 2000.0);
}

/* The oldest files go, so that the newest have room; another node's stay. */
static void oldest_files_are_deleted(void **state)
{
    (void)state;
    char other[RCP_RECORD_PATH_MAX];
    rcp_record_path(other, folder, 4, 1, 0);
    fclose(fopen(other, "w"));
    struct rcp_flight_recorder_options options = options_here();
    options.file_bytes = 20000;
    options.total_bytes = 100000;
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&options, wrong, sizeof wrong);
    start(recorder);
    for (uint32_t i = 0; i < 20; i++) {
        pay(100, 16);
        nanosleep(&(struct timespec){0, 20000000}, NULL);
    }
    struct rcp_flight_recorder_counts counts = rcp_flight_recorder_counts(recorder);
    rcp_flight_recorder_close(recorder);
    assert_int_equal(access(other, F_OK), 0);
    unlink(other);
    struct replayed all = replay_all();
    assert_true(counts.files > 10);
    assert_true(all.files >= 3 && all.files <= 6);
    assert_int_equal(all.resumed, all.files); /* the first file is gone */
    assert_int_equal(all.stopped, 1);
}

/* The writer is slow: recording stops, payments do not; it begins anew, and both sides of the gap replay. */
static void a_slow_writer_makes_a_gap(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    options.buffer_bytes = 1;
    options.gather_ms = 300;
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&options, wrong, sizeof wrong);
    start(recorder);
    for (uint32_t i = 0; i < 200 && rcp_flight_recorder_counts(recorder).gaps == 0; i++)
        pay(100, 16);
    assert_int_equal(rcp_flight_recorder_counts(recorder).gaps, 1);
    pay(100, 16);
    for (uint32_t i = 0; i < 100 && rcp_flight_recorder_counts(recorder).files < 2; i++) {
        nanosleep(&(struct timespec){0, 50000000}, NULL);
        pay(1, 1);
    }
    pay(50, 16);
    settle(QUEUE_MAX);
    struct rcp_flight_recorder_counts counts = rcp_flight_recorder_counts(recorder);
    rcp_flight_recorder_close(recorder);
    struct replayed all = replay_all();
    assert_true(shop.approved == shop.payments);
    assert_int_equal(counts.files, 2);
    assert_true(counts.unrecorded > 0);
    assert_true(counts.events + counts.unrecorded == shop.events);
    assert_true(all.events == counts.events);
    assert_int_equal(all.gaps, 1);
    assert_int_equal(all.stopped, 1);
    assert_int_equal(all.resumed, 1);
}

/* The disk refuses: payments go on, nothing is left behind of the file, and ten seconds later it is tried
 * again. */
static void a_disk_that_refuses_is_tried_again(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&options, wrong, sizeof wrong);
    assert_int_equal(rmdir(folder), 0); /* who runs the tests may be root: no permission stops it */
    start(recorder);
    for (uint32_t i = 0; i < 100 && rcp_flight_recorder_counts(recorder).gaps == 0; i++) {
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        pay(1, 1);
    }
    assert_int_equal(rcp_flight_recorder_counts(recorder).gaps, 1);
    assert_int_equal(mkdir(folder, 0700), 0);
    pay(10, 1);
    settle(QUEUE_MAX);
    assert_int_equal(rcp_flight_recorder_counts(recorder).files, 1);
    shop.now_ms += 10000;
    pay(10, 1);
    settle(QUEUE_MAX);
    assert_int_equal(rcp_flight_recorder_counts(recorder).files, 2);
    rcp_flight_recorder_close(recorder);
    struct replayed all = replay_all();
    assert_true(shop.approved == shop.payments);
    assert_int_equal(all.files, 1);
    assert_int_equal(all.resumed, 1);
    assert_int_equal(all.stopped, 1);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit = {bytes, RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full before a file has more than its beginning: such a file is removed, for it would only push
 * out one that says something. */
static void a_full_disk_leaves_no_stumps(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    pid_t child = fork(); /* the limit is the whole process's */
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        limit_files(16);
        struct rcp_flight_recorder *recorder =
            rcp_flight_recorder_open(&options, wrong, sizeof wrong);
        start(recorder);
        for (uint32_t i = 0; i < 100 && rcp_flight_recorder_counts(recorder).gaps == 0; i++)
            nanosleep(&(struct timespec){0, 20000000}, NULL);
        limit_files(RLIM_INFINITY);
        shop.now_ms += 10000;
        pay(10, 1); /* sees that it failed, and begins the next once its time has come */
        shop.now_ms += 10000;
        pay(10, 1);
        settle(QUEUE_MAX);
        rcp_flight_recorder_close(recorder);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    struct replayed all = replay_all();
    assert_int_equal(all.files, 1);
    assert_int_equal(all.resumed, 1);
    assert_int_equal(all.stopped, 1);
}

/* What a killed process has left behind is read to its last whole entry, and that was written at once. */
static void a_killed_process_leaves_whole_entries(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    pid_t child = fork();
    if (child == 0) {
        struct rcp_flight_recorder *recorder =
            rcp_flight_recorder_open(&options, wrong, sizeof wrong);
        start(recorder);
        for (;;) {
            pay(shop.payments < 20 ? 10 : 0, 8);
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        }
    }
    nanosleep(&(struct timespec){0, 300000000}, NULL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    struct replayed all = replay_all();
    assert_int_equal(all.files, 1);
    assert_int_equal(all.cut, 1);
    assert_true(all.events > 40);
}

/* A folder that cannot be had is refused at the start, with a sentence. */
static void a_folder_that_cannot_be_had_is_refused(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    options.folder = "/dev/null/recordings";
    assert_null(rcp_flight_recorder_open(&options, wrong, sizeof wrong));
    assert_non_null(strstr(wrong, "/dev/null/recordings: "));
}

/* --- With a real loop --- */

#define TOKEN  "dGhlLXJlc2VydmF0aW9uLXRva2VuLW9mLXVzZXItNzc"
#define SECRET "the secret of the handles"

struct asked {
    struct rcp_letter letter;
};

static void open_asked(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct rcp_handles *handles = rcp_loop_handles(loop);
    struct rcp_event event = {
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = 1, .user_id = 77, .kind = RCP_REQUEST_PROCESS}};
    event.request.token = (struct rcp_token){.user_id = 77, .activity_id = 1};
    event.request.token.form = RCP_TOKEN_SIGNED;
    event.request.token.handle = rcp_handles_put(handles, TOKEN, sizeof TOKEN - 1u);
    rcp_loop_step(loop, &event);
    free(letter);
}

static void count_issued(void *adapter,
                         const struct rcp_effects *effects,
                         const struct rcp_effect *effect)
{
    (void)effects;
    *(uint32_t *)adapter += effect->kind == RCP_EFFECT_REDIS;
}

static bool has_text(const unsigned char *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

/* A loop's recording has the token's handle in it, and neither the token nor the secret; and it replays. */
static void a_loops_recording_has_no_secret(void **state)
{
    (void)state;
    struct rcp_flight_recorder_options options = options_here();
    struct rcp_flight_recorder *recorder = rcp_flight_recorder_open(&options, wrong, sizeof wrong);
    uint32_t issued = 0;
    struct rcp_loop_options loop_options = {.node = shop.config,
                                            .number = 3,
                                            .incarnation = 12,
                                            .secret = SECRET,
                                            .secret_size = sizeof SECRET,
                                            .watch_count = 1};
    loop_options.watches[0] = rcp_flight_recorder_watch(recorder);
    for (uint32_t kind = 1; kind < RCP_EFFECT_KIND_COUNT; kind++)
        loop_options.ports[kind] = (struct rcp_port){&issued, count_issued};
    struct rcp_loop *loop = rcp_loop_open(&loop_options);
    rcp_flight_recorder_follow(recorder, rcp_loop_node(loop));
    uint64_t handle = rcp_handles_put(rcp_loop_handles(loop), TOKEN, sizeof TOKEN - 1u);
    struct asked *asked = calloc(1, sizeof *asked);
    asked->letter.open = open_asked;
    rcp_loop_post(loop, &asked->letter);
    rcp_loop_stop(loop, 50);
    rcp_loop_run(loop);
    rcp_loop_free(loop);
    rcp_flight_recorder_close(recorder);
    assert_true(handle != 0);
    struct replayed all = replay_all();
    assert_int_equal(all.files, 1);
    assert_int_equal(all.stopped, 1);
    assert_true(all.events >= 2);
    struct listing listing = list_files();
    size_t size;
    unsigned char *bytes = read_file(listing.names[0]->d_name, &size);
    for (uint32_t at = 0; at + 8 <= sizeof TOKEN; at++) {
        char part[9] = {0};
        memcpy(part, &TOKEN[at], 8);
        assert_false(has_text(bytes, size, part));
    }
    assert_false(has_text(bytes, size, SECRET));
    assert_true(has_text(bytes, size, "a test")); /* it would be seen */
    free(bytes);
    free_listing(&listing);
}

/* --- The ring --- */

static void *take_all(void *context)
{
    struct rcp_ring *ring = context;
    for (uint32_t expected = 0; expected < 200000;) {
        uint32_t number = 0;
        if (rcp_ring_filled(ring) < sizeof number + 3)
            continue;
        rcp_ring_take(ring, &number, sizeof number);
        rcp_ring_skip(ring, 3);
        if (number != expected++)
            return ring;
    }
    return NULL;
}

/* What one thread puts in comes out at the other in order, also where it wraps around. */
static void a_ring_keeps_its_order(void **state)
{
    (void)state;
    struct rcp_ring ring;
    pthread_t thread;
    void *disorder = NULL;
    assert_true(rcp_ring_open(&ring, 5000));
    assert_int_equal(pthread_create(&thread, NULL, take_all, &ring), 0);
    for (uint32_t number = 0; number < 200000;) {
        if (rcp_ring_room(&ring) < sizeof number + 3)
            continue;
        rcp_ring_put(&ring, &number, sizeof number);
        rcp_ring_put(&ring, "...", 3);
        rcp_ring_publish(&ring);
        number++;
    }
    pthread_join(thread, &disorder);
    assert_null(disorder);
    rcp_ring_free(&ring);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, open_shop, close_shop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_keeps_its_order),
        HERE(rotated_files_have_every_event),
        HERE(oldest_files_are_deleted),
        HERE(a_slow_writer_makes_a_gap),
        HERE(a_disk_that_refuses_is_tried_again),
        HERE(a_full_disk_leaves_no_stumps),
        HERE(a_killed_process_leaves_whole_entries),
        HERE(a_folder_that_cannot_be_had_is_refused),
        HERE(a_loops_recording_has_no_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
