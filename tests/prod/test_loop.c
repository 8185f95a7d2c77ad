/* The loop's claims: letters are opened in order by one thread, effects reach their ports, handles that the
 * node knows survive, and a stop ends clean or after its grace. */
#include "prod/loop/loop.h"

#include "core/policy.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECRET      "the loop's test secret"
#define LETTERS_MAX 20000u

/* What the ports saw. Nothing answers; where `down`, Redis and MySQL refuse whatever they are asked. */
struct seen {
    struct rcp_loop *loop;
    bool down;
    uint32_t issued[RCP_EFFECT_KIND_COUNT];
    uint64_t replied_to;
    enum rcp_status status;
    uint64_t token; /* of the last Redis effect */
};

struct refusal {
    struct rcp_letter letter;
    struct rcp_event event;
};

static void open_refusal(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct refusal *refusal = (struct refusal *)letter;
    rcp_loop_step(loop, &refusal->event);
    free(refusal);
}

static void refuse(struct rcp_loop *loop, const struct rcp_effect *effect)
{
    struct refusal *refusal = calloc(1, sizeof *refusal);
    refusal->letter.open = open_refusal;
    if (effect->kind == RCP_EFFECT_REDIS) {
        refusal->event.kind = RCP_EVENT_REDIS_DONE;
        refusal->event.redis_done.op_id = effect->redis.op_id;
        refusal->event.redis_done.outcome = RCP_OUTCOME_REFUSED;
    } else {
        refusal->event.kind = RCP_EVENT_MYSQL_DONE;
        refusal->event.mysql_done.op_id = effect->mysql.op_id;
        refusal->event.mysql_done.outcome = RCP_OUTCOME_REFUSED;
        refusal->event.mysql_done.error = RCP_ERROR_CONNECTION;
    }
    rcp_loop_post(loop, &refusal->letter);
}

static void count_effect(void *adapter,
                         const struct rcp_effects *effects,
                         const struct rcp_effect *effect)
{
    struct seen *seen = adapter;
    (void)effects;
    seen->issued[effect->kind]++;
    if (effect->kind == RCP_EFFECT_REPLY) {
        seen->replied_to = effect->reply.request_id;
        seen->status = effect->reply.status;
    }
    if (effect->kind == RCP_EFFECT_REDIS)
        seen->token = effect->redis.token;
    if (seen->down && (effect->kind == RCP_EFFECT_REDIS || effect->kind == RCP_EFFECT_MYSQL))
        refuse(seen->loop, effect);
}

static struct rcp_loop *open_loop(struct seen *seen)
{
    struct rcp_loop_options options = {
        .node = {.policy = rcp_policy_hardened(),
                 .limits = {.requests = 64,
                            .retries = 16,
                            .group = 8,
                            .groups = 2,
                            .page = 8,
                            .sends = 8,
                            .partitions = 2,
                            .window = 8}},
        .number = 1,
        .incarnation = 1,
        .secret = SECRET,
        .secret_size = sizeof SECRET,
    };
    memset(seen, 0, sizeof *seen);
    for (uint32_t kind = 1; kind < RCP_EFFECT_KIND_COUNT; kind++)
        options.ports[kind] = (struct rcp_port){seen, count_effect};
    struct rcp_loop *loop = rcp_loop_open(&options);
    assert_non_null(loop);
    seen->loop = loop;
    return loop;
}

static void *run(void *loop)
{
    rcp_loop_run(loop);
    return NULL;
}

/* --- Letters --- */

struct numbered {
    struct rcp_letter letter;
    uint32_t number;
    uint32_t *next; /* the number that is due */
    uint32_t *out_of_order;
};

static void open_numbered(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct numbered *numbered = (struct numbered *)letter;
    (void)loop;
    *numbered->out_of_order += numbered->number != (*numbered->next)++;
    free(numbered);
}

/* One thread's letters are opened in the order in which it posted them, none twice, none lost. */
static void letters_are_opened_in_order(void **state)
{
    (void)state;
    struct seen seen;
    struct rcp_loop *loop = open_loop(&seen);
    uint32_t next = 0, out_of_order = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
    for (uint32_t i = 0; i < LETTERS_MAX; i++) {
        struct numbered *numbered = calloc(1, sizeof *numbered);
        *numbered = (struct numbered){{.open = open_numbered}, i, &next, &out_of_order};
        rcp_loop_post(loop, &numbered->letter);
    }
    rcp_loop_stop(loop, 60000);
    pthread_join(thread, NULL);
    rcp_loop_free(loop); /* opens what came behind the stop */
    assert_int_equal(next, LETTERS_MAX);
    assert_int_equal(out_of_order, 0);
}

/* --- A request --- */

struct asked {
    struct rcp_letter letter;
    const char *token;
    uint64_t *handle;
    uint32_t grace_ms; /* 0: no stop follows */
};

static void open_asked(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct asked *asked = (struct asked *)letter;
    uint64_t handle =
        rcp_handles_put(rcp_loop_handles(loop), asked->token, (uint32_t)strlen(asked->token));
    struct rcp_event event = {.kind = RCP_EVENT_REQUEST};
    event.request.request_id = 7;
    event.request.user_id = 5;
    event.request.kind = RCP_REQUEST_PROCESS;
    event.request.token = (struct rcp_token){handle, 5, 9, RCP_TOKEN_SIGNED};
    rcp_loop_step(loop, &event);
    *asked->handle = handle;
    if (asked->grace_ms > 0)
        rcp_loop_stop(loop, asked->grace_ms);
}

/* A request becomes a GET with the token's handle; where Redis and MySQL are down the client is told to ask
 * again. */
static void a_request_goes_out_and_is_answered(void **state)
{
    (void)state;
    struct seen seen;
    struct rcp_loop *loop = open_loop(&seen);
    seen.down = true;
    uint64_t handle = 0;
    struct asked asked = {{.open = open_asked}, "a token", &handle, 0};
    rcp_loop_post(loop, &asked.letter);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run, loop), 0);
    while (__atomic_load_n(&seen.issued[RCP_EFFECT_REPLY], __ATOMIC_ACQUIRE) == 0)
        uv_sleep(10);
    rcp_loop_stop(loop, 1);
    pthread_join(thread, NULL);
    assert_int_equal(seen.token, handle);
    assert_int_equal(seen.replied_to, 7);
    assert_int_equal(seen.status, RCP_STATUS_UNAVAILABLE);
    rcp_loop_free(loop);
}

/* --- Stops --- */

/* With nothing in progress a stop is over at once, and clean. */
static void an_idle_loop_stops_clean(void **state)
{
    (void)state;
    struct seen seen;
    struct rcp_loop *loop = open_loop(&seen);
    rcp_loop_stop(loop, 60000);
    rcp_loop_run(loop);
    assert_true(rcp_loop_ended_clean(loop));
    rcp_loop_free(loop);
}

/* What never ends does not hold the stop up for longer than its grace, and the end is not clean. */
static void a_stop_ends_after_its_grace(void **state)
{
    (void)state;
    struct seen seen;
    struct rcp_loop *loop = open_loop(&seen);
    uint64_t handle = 0;
    struct asked asked = {{.open = open_asked}, "a token", &handle, 50};
    rcp_loop_post(loop, &asked.letter);
    rcp_loop_run(loop);
    assert_false(rcp_loop_ended_clean(loop));
    rcp_loop_free(loop);
}

/* --- Handles --- */

/* The same bytes have the same handle in every table with the same secret, other bytes another one. */
static void a_handle_stands_for_its_bytes(void **state)
{
    (void)state;
    struct rcp_handles *one = rcp_handles_open(16, SECRET, sizeof SECRET);
    struct rcp_handles *two = rcp_handles_open(16, SECRET, sizeof SECRET);
    struct rcp_handles *other = rcp_handles_open(16, "another", 7);
    uint64_t handle = rcp_handles_put(one, "abc", 3);
    struct rcp_bytes bytes;
    assert_int_not_equal(handle, 0);
    assert_int_equal(rcp_handles_put(two, "abc", 3), handle);
    assert_int_not_equal(rcp_handles_put(other, "abc", 3), handle);
    assert_int_not_equal(rcp_handles_put(one, "abd", 3), handle);
    assert_true(rcp_handles_get(one, handle, &bytes));
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.at, "abc", 3);
    assert_false(rcp_handles_get(other, handle, &bytes));
    assert_int_equal(rcp_handles_put(one, "", 0), 0);
    rcp_handles_free(one);
    rcp_handles_free(two);
    rcp_handles_free(other);
}

/* A handle is the first bytes of HMAC-SHA256 (RFC 4231, 4.3), whatever was asked for before: what stands in rows and
 * recordings outlives the library and the process that wrote it. */
static void a_handle_is_what_the_rfc_says(void **state)
{
    (void)state;
    static const char text[] = "what do ya want for nothing?";
    static const unsigned char mac[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
    struct rcp_handles *handles = rcp_handles_open(16, "Jefe", 4);
    for (int i = 0; i < 3; i++) {
        uint64_t handle = rcp_handles_put(handles, text, sizeof text - 1u);
        assert_memory_equal(&handle, mac, sizeof handle);
        rcp_handles_put(handles, "abc", 3);
    }
    rcp_handles_free(handles);
}

/* A full table takes no more until a sweep; the sweep forgets all but what is kept. */
static void a_sweep_keeps_what_is_known(void **state)
{
    (void)state;
    enum { ENTRIES = 64 };
    struct rcp_handles *handles = rcp_handles_open(ENTRIES, SECRET, sizeof SECRET);
    uint64_t known[ENTRIES] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < ENTRIES; i++) {
        known[i] = rcp_handles_put(handles, (const char *)&i, sizeof i);
        count += known[i] != 0;
    }
    assert_int_equal(count, ENTRIES - 1);
    assert_true(rcp_handles_crowded(handles));
    rcp_handles_sweep_begin(handles);
    for (uint32_t i = 0; i < ENTRIES; i += 8)
        rcp_handles_keep(handles, known[i]);
    rcp_handles_sweep_end(handles);
    assert_false(rcp_handles_crowded(handles));
    for (uint32_t i = 0; i < count; i++) {
        struct rcp_bytes bytes;
        assert_int_equal(rcp_handles_get(handles, known[i], &bytes), i % 8 == 0);
    }
    rcp_handles_free(handles);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_opened_in_order),
        cmocka_unit_test(a_request_goes_out_and_is_answered),
        cmocka_unit_test(an_idle_loop_stops_clean),
        cmocka_unit_test(a_stop_ends_after_its_grace),
        cmocka_unit_test(a_handle_stands_for_its_bytes),
        cmocka_unit_test(a_handle_is_what_the_rfc_says),
        cmocka_unit_test(a_sweep_keeps_what_is_known),
    };
    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
