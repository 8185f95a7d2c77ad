/* The Redis adapter against a real redis-server: what it answers, and what is said of a command when Redis is
 * frozen, killed, not there, or not ours. */
#include "prod/payload_json.h"
#include "prod/redis/redis_adapter.h"
#include "tests/prod/support/loop_double.h"
#include "tests/prod/support/own_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCRIPT     "tests/services/redis.sh"
#define TIMEOUT_MS 300u
#define SOON_MS    5000u

/* A server, an adapter to it, and the loop between. */
struct bench {
    struct own_server server;
    struct rcp_loop *loop;
    struct rcp_redis *redis;
    struct rcp_port port;
    uint32_t timeout_ms; /* of the commands */
};

static bool is_ready(const void *redis)
{
    return rcp_redis_health(redis).ready;
}

static bool is_troubled(const void *redis)
{
    struct rcp_redis_health health = rcp_redis_health(redis);
    return !health.ready && strcmp(health.trouble, "not connected yet") != 0;
}

static struct rcp_redis_options options_for(const struct bench *bench)
{
    return (struct rcp_redis_options){
        .host = "localhost", /* which may well mean ::1 first, where nobody listens */
        .port = bench->server.port,
        .in_flight_max = 20000,
        .connect_timeout_ms = 500,
    };
}

static void open_adapter(struct bench *bench, const struct rcp_redis_options *options)
{
    bench->loop = loop_double_open();
    bench->redis = rcp_redis_open(bench->loop, options);
    assert_non_null(bench->redis);
    bench->port = rcp_redis_port(bench->redis);
    bench->timeout_ms = TIMEOUT_MS;
}

static void close_adapter(struct bench *bench)
{
    rcp_redis_close(bench->redis);
    rcp_loop_free(bench->loop);
}

static void wait_ready(struct bench *bench)
{
    if (!loop_double_until(bench->loop, bench->redis, is_ready, SOON_MS))
        fail_msg("never ready: %s", rcp_redis_health(bench->redis).trouble);
}

static void open_bench(struct bench *bench, const char *server_options)
{
    own_server_start(&bench->server, SCRIPT, server_options);
    struct rcp_redis_options options = options_for(bench);
    open_adapter(bench, &options);
    wait_ready(bench);
}

static void close_bench(struct bench *bench)
{
    close_adapter(bench);
    own_server_end(&bench->server);
}

static void issue(struct bench *bench, uint64_t op_id, enum rcp_redis_verb verb, const char *token)
{
    struct rcp_effect effect = {.kind = RCP_EFFECT_REDIS};
    effect.redis.op_id = op_id;
    effect.redis.token = loop_double_handle(bench->loop, token);
    effect.redis.verb = verb;
    effect.redis.hold_ms = 60000;
    effect.redis.timeout_ms = bench->timeout_ms;
    bench->port.issue(bench->port.adapter, NULL, &effect);
}

/* The end of the command that was issued, once it is the next event. */
static struct rcp_redis_done ended(struct bench *bench, uint64_t op_id)
{
    uint32_t count = loop_double_count(bench->loop);
    assert_true(loop_double_turn(bench->loop, count + 1, SOON_MS));
    const struct rcp_event *event = loop_double_event(bench->loop, count);
    assert_int_equal(event->kind, RCP_EVENT_REDIS_DONE);
    assert_int_equal(event->redis_done.op_id, op_id);
    return event->redis_done;
}

static struct rcp_redis_done ask(struct bench *bench, enum rcp_redis_verb verb, const char *token)
{
    static uint64_t op_id = 1000000;
    op_id++;
    issue(bench, op_id, verb, token);
    return ended(bench, op_id);
}

static void store(const struct bench *bench, const char *token, const struct rcp_payload *payload)
{
    char text[RCP_PAYLOAD_JSON_MAX];
    char command[512];
    rcp_payload_write(payload, text);
    snprintf(command,
             sizeof command,
             "redis-cli -p $PORT set 'RESERVATION_TOKEN:%s' '%s' PX 300000",
             token,
             text);
    assert_string_equal(own_server_shell(&bench->server, command), "OK");
}

static const struct rcp_payload coupon = {
    .user_id = 7, .activity_id = 3, .product_id = 11, .quantity = 1, .type = RCP_ACTIVITY_COUPON};

/* A token's whole life: read, held for longer, deleted, gone. */
static void a_token_is_read_held_and_deleted(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    assert_false(ask(&bench, RCP_REDIS_GET, "a").found);
    assert_false(ask(&bench, RCP_REDIS_EXPIRE, "a").found);
    store(&bench, "a", &coupon);
    struct rcp_redis_done done = ask(&bench, RCP_REDIS_GET, "a");
    assert_int_equal(done.outcome, RCP_OUTCOME_DONE);
    assert_true(done.found && done.readable);
    assert_memory_equal(&done.payload, &coupon, sizeof coupon);
    assert_true(ask(&bench, RCP_REDIS_EXPIRE, "a").found);
    long left_ms = strtol(
        own_server_shell(&bench.server, "redis-cli -p $PORT pttl RESERVATION_TOKEN:a"), NULL, 10);
    assert_in_range(left_ms, 50000, 60000);
    assert_true(ask(&bench, RCP_REDIS_DEL, "a").found);
    assert_false(ask(&bench, RCP_REDIS_DEL, "a").found);
    assert_false(ask(&bench, RCP_REDIS_GET, "a").found);
    close_bench(&bench);
}

/* A value that is no payload, and a key that is no value, are found and not readable. */
static void what_is_no_payload_is_found_unreadable(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    own_server_shell(&bench.server, "redis-cli -p $PORT set RESERVATION_TOKEN:text hello");
    own_server_shell(&bench.server, "redis-cli -p $PORT lpush RESERVATION_TOKEN:list hello");
    static const char *const tokens[] = {"text", "list"};
    for (size_t i = 0; i < 2; i++) {
        struct rcp_redis_done done = ask(&bench, RCP_REDIS_GET, tokens[i]);
        assert_int_equal(done.outcome, RCP_OUTCOME_DONE);
        assert_true(done.found && !done.readable);
    }
    close_bench(&bench);
}

/* Spaces, line ends and a NUL's neighbours in a token are bytes of a key, never words of the protocol. */
static void a_token_cannot_speak_redis(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    store(&bench, "a", &coupon);
    assert_false(ask(&bench, RCP_REDIS_GET, "a\r\nFLUSHALL\r\n").found);
    assert_false(ask(&bench, RCP_REDIS_DEL, "b RESERVATION_TOKEN:a").found);
    assert_true(ask(&bench, RCP_REDIS_GET, "a").found);
    close_bench(&bench);
}

/* Ten thousand commands of one turn: one connection, and each hears its own answer. */
static void a_pipeline_gives_each_its_own_answer(void **state)
{
    (void)state;
    enum { COMMANDS = 10000, TOKENS = 7 };
    struct bench bench;
    open_bench(&bench, "");
    for (unsigned i = 0; i < TOKENS; i++) {
        char token[16];
        struct rcp_payload payload = coupon;
        payload.user_id = i + 1;
        snprintf(token, sizeof token, "t%u", i);
        store(&bench, token, &payload);
    }
    bench.timeout_ms = SOON_MS; /* however slow this build is */
    for (unsigned i = 0; i < COMMANDS; i++) {
        char token[16];
        snprintf(token, sizeof token, "t%u", i % TOKENS);
        issue(&bench, i + 1, RCP_REDIS_GET, token);
    }
    assert_int_equal(rcp_redis_health(bench.redis).in_flight, COMMANDS);
    assert_true(loop_double_turn(bench.loop, COMMANDS, SOON_MS));
    for (unsigned i = 0; i < COMMANDS; i++) {
        const struct rcp_redis_done *done = &loop_double_event(bench.loop, i)->redis_done;
        assert_int_equal(done->op_id, i + 1);
        assert_int_equal(done->payload.user_id, i % TOKENS + 1);
    }
    assert_int_equal(rcp_redis_health(bench.redis).in_flight, 0);
    assert_int_equal(rcp_redis_health(bench.redis).done, COMMANDS);
    assert_int_equal(rcp_redis_health(bench.redis).connections, 1);
    close_bench(&bench);
}

/* One too many, and one whose bytes nobody knows, never leave; nothing is told before the step is over. */
static void what_cannot_be_sent_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    own_server_start(&bench.server, SCRIPT, "");
    struct rcp_redis_options options = options_for(&bench);
    options.in_flight_max = 1;
    open_adapter(&bench, &options);
    wait_ready(&bench);
    issue(&bench, 1, RCP_REDIS_DEL, "a");
    issue(&bench, 2, RCP_REDIS_DEL, "a");
    struct rcp_effect strange = {.kind = RCP_EFFECT_REDIS};
    strange.redis = (struct rcp_redis_effect){.op_id = 3, .token = 12345, .timeout_ms = TIMEOUT_MS};
    bench.port.issue(bench.port.adapter, NULL, &strange);
    assert_int_equal(loop_double_count(bench.loop), 0);
    assert_true(loop_double_turn(bench.loop, 3, SOON_MS));
    for (uint32_t i = 0; i < 3; i++) {
        const struct rcp_redis_done *done = &loop_double_event(bench.loop, i)->redis_done;
        assert_int_equal(done->outcome, done->op_id == 1 ? RCP_OUTCOME_DONE : RCP_OUTCOME_REFUSED);
    }
    close_bench(&bench);
}

/* Frozen: unknown within the time asked for, refused at once from then on, and after the thaw no late answer
 * is taken for a new command's. */
static void a_frozen_redis_leaves_commands_unknown(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    store(&bench, "a", &coupon);
    own_server_do(&bench.server, "freeze");
    uint64_t began_ms = rcp_mono_ms();
    issue(&bench, 1, RCP_REDIS_GET, "a");
    issue(&bench, 2, RCP_REDIS_DEL, "a");
    assert_true(loop_double_turn(bench.loop, 2, SOON_MS));
    assert_in_range(rcp_mono_ms() - began_ms, TIMEOUT_MS, TIMEOUT_MS + 1000);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(loop_double_event(bench.loop, i)->redis_done.outcome, RCP_OUTCOME_UNKNOWN);
    loop_double_for(bench.loop, 100);
    assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_REFUSED);
    assert_string_equal(rcp_redis_health(bench.redis).trouble, "it does not answer in time");
    own_server_do(&bench.server, "thaw");
    wait_ready(&bench);
    /* What was unknown has happened after all: that is what the word means. */
    struct rcp_redis_done done = ask(&bench, RCP_REDIS_GET, "a");
    assert_int_equal(done.outcome, RCP_OUTCOME_DONE);
    assert_false(done.found);
    close_bench(&bench);
}

/* A pipeline longer than the socket takes: what had left is unknown, the rest has surely not happened. */
static void what_never_left_is_refused_when_redis_freezes(void **state)
{
    (void)state;
    enum { COMMANDS = 20000 };
    struct bench bench;
    own_server_start(&bench.server, SCRIPT, "");
    struct rcp_redis_options options = options_for(&bench);
    char path[96];
    snprintf(path, sizeof path, "%s/redis.sock", bench.server.dir);
    options.unix_path = path;
    open_adapter(&bench, &options);
    wait_ready(&bench);
    store(&bench, "last", &coupon);
    own_server_do(&bench.server, "freeze");
    char token[160];
    memset(token, 'x', sizeof token);
    token[sizeof token - 1] = '\0';
    bench.timeout_ms = 2000; /* time enough to issue them all */
    for (unsigned i = 1; i < COMMANDS; i++)
        issue(&bench, i, RCP_REDIS_DEL, token);
    issue(&bench, COMMANDS, RCP_REDIS_DEL, "last");
    assert_true(loop_double_turn(bench.loop, COMMANDS, SOON_MS));
    assert_int_equal(loop_double_event(bench.loop, 0)->redis_done.outcome, RCP_OUTCOME_UNKNOWN);
    assert_int_equal(loop_double_event(bench.loop, COMMANDS - 1)->redis_done.outcome,
                     RCP_OUTCOME_REFUSED);
    struct rcp_redis_health health = rcp_redis_health(bench.redis);
    assert_int_equal(health.unknown + health.refused, COMMANDS);
    own_server_do(&bench.server, "thaw");
    wait_ready(&bench);
    assert_true(ask(&bench, RCP_REDIS_GET, "last").found);
    close_bench(&bench);
}

/* Killed with commands on the way, gone for a while, back without its data. */
static void a_killed_redis_is_found_again(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    store(&bench, "a", &coupon);
    own_server_do(&bench.server, "freeze");
    issue(&bench, 1, RCP_REDIS_DEL, "a");
    loop_double_for(bench.loop, 20);
    own_server_do(&bench.server, "kill");
    assert_int_equal(ended(&bench, 1).outcome, RCP_OUTCOME_UNKNOWN);
    assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_REFUSED);
    own_server_do(&bench.server, "restart");
    wait_ready(&bench);
    struct rcp_redis_done done = ask(&bench, RCP_REDIS_GET, "a");
    assert_int_equal(done.outcome, RCP_OUTCOME_DONE);
    assert_false(done.found);
    assert_int_equal(rcp_redis_health(bench.redis).connections, 2);
    close_bench(&bench);
}

/* Nobody there at first: commands are refused, and it is found as soon as it comes. */
static void a_redis_that_comes_later_is_found(void **state)
{
    (void)state;
    struct bench bench;
    own_server_start(&bench.server, SCRIPT, "");
    own_server_do(&bench.server, "stop");
    struct rcp_redis_options options = options_for(&bench);
    open_adapter(&bench, &options);
    assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_REFUSED);
    assert_true(loop_double_until(bench.loop, bench.redis, is_troubled, SOON_MS));
    assert_string_equal(rcp_redis_health(bench.redis).trouble, "nobody accepts connections there");
    own_server_do(&bench.server, "restart");
    wait_ready(&bench);
    assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_DONE);
    close_bench(&bench);
}

/* A replica reads but does not write: refused, never unknown. */
static void a_replica_refuses_writes(void **state)
{
    (void)state;
    struct bench bench;
    open_bench(&bench, "");
    store(&bench, "a", &coupon);
    own_server_shell(&bench.server, "redis-cli -p $PORT replicaof 127.0.0.1 1");
    assert_true(ask(&bench, RCP_REDIS_GET, "a").found);
    assert_int_equal(ask(&bench, RCP_REDIS_DEL, "a").outcome, RCP_OUTCOME_REFUSED);
    loop_double_for(bench.loop, 1100);
    assert_int_equal(ask(&bench, RCP_REDIS_EXPIRE, "a").outcome, RCP_OUTCOME_REFUSED);
    /* By now the connection counts as an old one: another is made, in case the name means another server. */
    wait_ready(&bench);
    assert_int_equal(rcp_redis_health(bench.redis).connections, 2);
    close_bench(&bench);
}

/* Who logs in, how it ends, and why a node is not ready. */
static void only_a_good_login_is_ready(void **state)
{
    (void)state;
    struct bench bench;
    own_server_start(&bench.server,
                     SCRIPT,
                     "--requirepass open --user recoup on '>sesame' '~*' '+@all' --databases 4");
    const struct {
        const char *user;
        const char *password;
        uint32_t database;
        const char *trouble; /* NULL: ready */
    } rows[] = {
        {NULL, "open", 0, NULL},
        {"recoup", "sesame", 3, NULL},
        {NULL, NULL, 0, "it wants a password"},
        {NULL, "shut", 0, "it does not know the user or the password"},
        {"recoup", "open", 0, "it does not know the user or the password"},
        {"recoup", "sesame", 4, "it refuses our login or our database"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_redis_options options = options_for(&bench);
        options.user = rows[i].user;
        options.password = rows[i].password;
        options.database = rows[i].database;
        open_adapter(&bench, &options);
        if (rows[i].trouble == NULL) {
            wait_ready(&bench);
            assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_DONE);
        } else {
            assert_true(loop_double_until(bench.loop, bench.redis, is_troubled, SOON_MS));
            assert_string_equal(rcp_redis_health(bench.redis).trouble, rows[i].trouble);
        }
        close_adapter(&bench);
    }
    own_server_end(&bench.server);
}

/* Whose certificate is believed, and that the bytes do go through. */
static void tls_believes_only_its_own_authority(void **state)
{
    (void)state;
    struct bench bench;
    own_server_start(&bench.server, SCRIPT, "tls");
    char ca[96];
    char other_ca[96];
    snprintf(ca, sizeof ca, "%s/ca.pem", bench.server.dir);
    snprintf(other_ca, sizeof other_ca, "%s/other.pem", bench.server.dir);
    const struct {
        const char *ca;
        const char *server;
        bool ready;
    } rows[] = {
        {ca, "localhost", true},
        {ca, "127.0.0.1", true},
        {ca, "redis.example", false},
        {ca, "127.0.0.2", false},
        {other_ca, "localhost", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_redis_options options = options_for(&bench);
        options.tls = true;
        options.tls_files.ca = rows[i].ca;
        options.tls_server = rows[i].server;
        open_adapter(&bench, &options);
        if (rows[i].ready) {
            wait_ready(&bench);
            assert_int_equal(ask(&bench, RCP_REDIS_GET, "a").outcome, RCP_OUTCOME_DONE);
        } else {
            assert_true(loop_double_until(bench.loop, bench.redis, is_troubled, SOON_MS));
            assert_string_equal(rcp_redis_health(bench.redis).trouble, "TLS was not agreed on");
        }
        close_adapter(&bench);
    }
    own_server_end(&bench.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_read_held_and_deleted),
        cmocka_unit_test(what_is_no_payload_is_found_unreadable),
        cmocka_unit_test(a_token_cannot_speak_redis),
        cmocka_unit_test(a_pipeline_gives_each_its_own_answer),
        cmocka_unit_test(what_cannot_be_sent_is_refused),
        cmocka_unit_test(a_frozen_redis_leaves_commands_unknown),
        cmocka_unit_test(what_never_left_is_refused_when_redis_freezes),
        cmocka_unit_test(a_killed_redis_is_found_again),
        cmocka_unit_test(a_redis_that_comes_later_is_found),
        cmocka_unit_test(a_replica_refuses_writes),
        cmocka_unit_test(only_a_good_login_is_ready),
        cmocka_unit_test(tls_believes_only_its_own_authority),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
