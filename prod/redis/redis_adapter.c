/* One link at a time, one ring of commands in the order in which Redis answers them, one timer for whatever is
 * due next: a command, the connection's first answer, or the next try to connect. */
#include "prod/redis/redis_adapter.h"

#include "core/check.h"
#include "prod/redis/redis_answer.h"
#include "prod/redis/redis_link.h"

#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_PREFIX     "RESERVATION_TOKEN:"
#define BACKOFF_MS     10u /* before the second try to connect; doubles */
#define BACKOFF_MAX_MS 1000u
#define REPLY_MAX      (1u << 20) /* bytes of one reply; whoever sends more is not our Redis */
#define NEVER_MS       UINT64_MAX

enum state {
    WAITING,  /* for the time to connect again */
    GREETING, /* connecting, then waiting for the answers to what a connection begins with */
    READY,
    LEAVING /* of no use any more: ends once it has answered what it was asked */
};

struct command {
    uint64_t op_id;
    uint64_t due_ms;
    uint64_t end; /* its last byte among all that the link took */
    enum rcp_redis_verb verb;
};

/* What a config's texts point to, for good. */
struct texts {
    char *unix_path;
    char *host;
    char *user;
    char *password;
    char *server;
    char port[8];
    char database[12];
};

struct rcp_redis {
    struct rcp_loop *loop;
    struct texts texts;
    struct rcp_redis_address address;
    struct rcp_redis_link *link; /* NULL while WAITING */
    redisReader *reader;         /* of this link */
    uv_timer_t timer;
    uv_prepare_t before_sleep; /* flushes what the turn has brought */
    unsigned holds;            /* of the event loop on this memory */
    enum state state;
    const char *leaving; /* LEAVING: why */
    unsigned greetings;  /* GREETING: answers to come */
    uint64_t state_due_ms;
    uint64_t backoff_ms;
    uint64_t ready_since_ms; /* NEVER_MS before */
    uint64_t soonest_ms;     /* no command is due before */
    uint32_t connect_timeout_ms;
    uint32_t database;
    struct command *ring;
    uint32_t room;
    uint32_t head;
    uint32_t count;
    atomic_bool ready;
    _Atomic(const char *) trouble;
    atomic_uint_fast64_t connections;
    atomic_uint_fast64_t ends[RCP_OUTCOME_COUNT];
    atomic_uint in_flight;
};

/* A command that ends before it has begun: told once its step is over. */
struct refusal {
    struct rcp_letter letter;
    struct rcp_redis *redis;
    uint64_t op_id;
};

/* --- Ends of commands --- */

static void end_command(struct rcp_redis *redis, struct rcp_redis_done done)
{
    atomic_fetch_add_explicit(&redis->ends[done.outcome], 1, memory_order_relaxed);
    if (done.op_id == 0)
        return; /* nobody waits */
    struct rcp_event event = {.kind = RCP_EVENT_REDIS_DONE, .redis_done = done};
    rcp_loop_step(redis->loop, &event);
}

static void open_refusal(struct rcp_letter *letter, struct rcp_loop *loop)
{
    (void)loop;
    struct refusal *refusal = (struct refusal *)letter;
    end_command(refusal->redis,
                (struct rcp_redis_done){.op_id = refusal->op_id, .outcome = RCP_OUTCOME_REFUSED});
    free(refusal);
}

static void refuse(struct rcp_redis *redis, uint64_t op_id)
{
    struct refusal *refusal = malloc(sizeof *refusal);
    rcp_check(refusal != NULL, "redis_has_memory");
    *refusal = (struct refusal){.letter.open = open_refusal, .redis = redis, .op_id = op_id};
    rcp_loop_post(redis->loop, &refusal->letter);
}

static struct command pop(struct rcp_redis *redis)
{
    struct command command = redis->ring[redis->head];
    redis->head = (redis->head + 1) % redis->room;
    redis->count--;
    atomic_store_explicit(&redis->in_flight, redis->count, memory_order_relaxed);
    return command;
}

/* --- The timer --- */

static void on_timer(uv_timer_t *timer);

static void set_timer(struct rcp_redis *redis)
{
    uint64_t due_ms =
        redis->soonest_ms < redis->state_due_ms ? redis->soonest_ms : redis->state_due_ms;
    if (due_ms == NEVER_MS) {
        uv_timer_stop(&redis->timer);
        return;
    }
    uint64_t now_ms = rcp_mono_ms();
    uv_timer_start(&redis->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void enter(struct rcp_redis *redis, enum state state, uint64_t due_ms, const char *trouble)
{
    redis->state = state;
    redis->state_due_ms = due_ms;
    atomic_store(&redis->trouble, trouble);
    atomic_store(&redis->ready, state == READY);
    set_timer(redis);
}

/* --- The end of a link --- */

/* All that wait are told how it ended for them: what never left has surely not happened. */
static void end_all(struct rcp_redis *redis, uint64_t sent)
{
    redis->soonest_ms = NEVER_MS;
    while (redis->count > 0) {
        struct command command = pop(redis);
        enum rcp_outcome outcome = command.end <= sent ? RCP_OUTCOME_UNKNOWN : RCP_OUTCOME_REFUSED;
        end_command(redis, (struct rcp_redis_done){.op_id = command.op_id, .outcome = outcome});
    }
}

/* True where this link has answered for a while. One that ends sooner waits longer and longer before the next:
 * a server that takes each connection and ends it is not to be stormed. */
static bool has_lasted(const struct rcp_redis *redis)
{
    return redis->ready_since_ms != NEVER_MS &&
           rcp_mono_ms() - redis->ready_since_ms >= BACKOFF_MAX_MS;
}

static void drop_link(struct rcp_redis *redis, const char *why)
{
    struct rcp_redis_link *link = redis->link;
    uint64_t sent = rcp_redis_link_sent(link);
    rcp_redis_link_close(link);
    redis->link = NULL;
    redisReaderFree(redis->reader);
    redis->reader = NULL;
    if (has_lasted(redis))
        redis->backoff_ms = 0; /* it was a good one: try again at once */
    redis->ready_since_ms = NEVER_MS;
    uint64_t again_ms = rcp_mono_ms() + redis->backoff_ms;
    uint64_t doubled_ms = 2 * redis->backoff_ms;
    redis->backoff_ms = doubled_ms < BACKOFF_MS       ? BACKOFF_MS
                        : doubled_ms > BACKOFF_MAX_MS ? BACKOFF_MAX_MS
                                                      : doubled_ms;
    enter(redis, WAITING, again_ms, why);
    end_all(redis, sent);
}

static void on_lost(void *owner, const char *why)
{
    drop_link(owner, why);
}

/* Nothing new goes down this link; it ends as soon as nothing waits for its answers. */
static void leave_link(struct rcp_redis *redis, const char *why)
{
    redis->leaving = why;
    enter(redis, LEAVING, NEVER_MS, why);
}

/* --- Answers --- */

static struct rcp_redis_answer read_answer(const redisReply *reply)
{
    struct rcp_redis_answer answer = {RCP_REDIS_ANSWER_OTHER, 0, NULL, 0};
    switch (reply->type) {
    case REDIS_REPLY_NIL:
        answer.kind = RCP_REDIS_ANSWER_NOTHING;
        break;
    case REDIS_REPLY_INTEGER:
        answer.kind = RCP_REDIS_ANSWER_NUMBER;
        answer.number = reply->integer;
        break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_ERROR:
        answer.kind =
            reply->type == REDIS_REPLY_STRING ? RCP_REDIS_ANSWER_TEXT : RCP_REDIS_ANSWER_ERROR;
        answer.text = reply->str;
        answer.size = reply->len;
        break;
    default: /* hiredis has no enum */
        break;
    }
    return answer;
}

/* Any answer but an error will do; the last one makes the link ready. */
static void take_greeting(struct rcp_redis *redis, const struct rcp_redis_answer *answer)
{
    if (answer->kind == RCP_REDIS_ANSWER_ERROR) {
        const char *trouble = rcp_redis_answer_trouble(answer);
        drop_link(redis, trouble != NULL ? trouble : "it refuses our login or our database");
        return;
    }
    if (--redis->greetings > 0)
        return;
    atomic_fetch_add_explicit(&redis->connections, 1, memory_order_relaxed);
    redis->ready_since_ms = rcp_mono_ms();
    enter(redis, READY, NEVER_MS, "");
}

static void take_answer(struct rcp_redis *redis, const struct rcp_redis_answer *answer)
{
    if (redis->state == GREETING) {
        take_greeting(redis, answer);
        return;
    }
    if (redis->count == 0) {
        drop_link(redis, "it answers what nobody asked");
        return;
    }
    struct command command = pop(redis);
    struct rcp_redis_done done = rcp_redis_answer_means(command.verb, answer);
    done.op_id = command.op_id;
    const char *trouble = rcp_redis_answer_trouble(answer);
    if (trouble != NULL && redis->state == READY && has_lasted(redis))
        leave_link(redis, trouble);
    end_command(redis, done);
    if (redis->state == LEAVING && redis->count == 0)
        drop_link(redis, redis->leaving);
}

/* Answering steps the node; it never opens another link, but it may well end this one. */
static void on_received(void *owner, const char *bytes, size_t size)
{
    struct rcp_redis *redis = owner;
    redisReaderFeed(redis->reader, bytes, size);
    while (redis->link != NULL) {
        redisReply *reply = NULL;
        if (redisReaderGetReply(redis->reader, (void **)&reply) != REDIS_OK) {
            drop_link(redis, "it does not speak Redis' protocol");
            return;
        }
        if (reply == NULL)
            break;
        struct rcp_redis_answer answer = read_answer(reply);
        take_answer(redis, &answer);
        freeReplyObject(reply);
    }
    if (redis->link != NULL && redis->reader->len > REPLY_MAX)
        drop_link(redis, "its answer is too long");
}

/* --- Commands --- */

static uint64_t send_words(struct rcp_redis *redis,
                           int count,
                           const char *words[],
                           const size_t sizes[])
{
    char *text = NULL;
    int size = redisFormatCommandArgv(&text, count, words, sizes);
    rcp_check(size > 0, "redis_has_memory");
    uint64_t end = rcp_redis_link_send(redis->link, text, (size_t)size);
    redisFreeCommand(text);
    return end;
}

static uint64_t send_command(struct rcp_redis *redis,
                             const struct rcp_redis_effect *effect,
                             const struct rcp_bytes *token)
{
    static const char *const names[RCP_REDIS_VERB_COUNT] = {
        [RCP_REDIS_GET] = "GET", [RCP_REDIS_DEL] = "DEL", [RCP_REDIS_EXPIRE] = "PEXPIRE"};
    char key[sizeof KEY_PREFIX + RCP_HANDLE_BYTES_MAX] = KEY_PREFIX;
    char hold_ms[12];
    memcpy(key + sizeof KEY_PREFIX - 1, token->at, token->size);
    int hold_size = snprintf(hold_ms, sizeof hold_ms, "%u", effect->hold_ms);
    const char *words[] = {names[effect->verb], key, hold_ms};
    const size_t sizes[] = {
        strlen(names[effect->verb]), sizeof KEY_PREFIX - 1 + token->size, (size_t)hold_size};
    return send_words(redis, effect->verb == RCP_REDIS_EXPIRE ? 3 : 2, words, sizes);
}

static void issue(void *adapter, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    (void)effects;
    struct rcp_redis *redis = adapter;
    const struct rcp_redis_effect *asked = &effect->redis;
    struct rcp_bytes token;
    rcp_check(asked->verb < RCP_REDIS_VERB_COUNT, "redis_verb_is_one");
    if (redis->state != READY || redis->count == redis->room ||
        !rcp_handles_get(rcp_loop_handles(redis->loop), asked->token, &token)) {
        refuse(redis, asked->op_id);
        return;
    }
    struct command *command = &redis->ring[(redis->head + redis->count) % redis->room];
    *command = (struct command){
        .op_id = asked->op_id,
        .due_ms = rcp_mono_ms() + asked->timeout_ms,
        .end = send_command(redis, asked, &token),
        .verb = asked->verb,
    };
    redis->count++;
    atomic_store_explicit(&redis->in_flight, redis->count, memory_order_relaxed);
    if (command->due_ms < redis->soonest_ms) {
        redis->soonest_ms = command->due_ms;
        set_timer(redis);
    }
}

/* --- Connecting --- */

static void greet(
    struct rcp_redis *redis, int count, const char *first, const char *second, const char *third)
{
    const char *words[] = {first, second, third};
    size_t sizes[3] = {0};
    for (int i = 0; i < count; i++)
        sizes[i] = strlen(words[i]);
    send_words(redis, count, words, sizes);
    redis->greetings++;
}

/* A Redis that is frozen takes the connection, and one that is loading takes the login: neither answers PING
 * as it should. */
static void on_opened(void *owner)
{
    struct rcp_redis *redis = owner;
    const struct texts *texts = &redis->texts;
    if (texts->password != NULL && texts->user != NULL)
        greet(redis, 3, "AUTH", texts->user, texts->password);
    else if (texts->password != NULL)
        greet(redis, 2, "AUTH", texts->password, NULL);
    if (redis->database != 0)
        greet(redis, 2, "SELECT", texts->database, NULL);
    greet(redis, 1, "PING", NULL, NULL);
    rcp_redis_link_flush(redis->link);
}

static void connect_now(struct rcp_redis *redis)
{
    const struct rcp_redis_link_calls calls = {redis, on_opened, on_received, on_lost};
    redis->greetings = 0;
    redis->reader = redisReaderCreate();
    redis->link = rcp_redis_link_open(rcp_loop_uv(redis->loop), &redis->address, &calls);
    if (redis->reader == NULL || redis->link == NULL) {
        if (redis->link != NULL)
            rcp_redis_link_close(redis->link);
        redisReaderFree(redis->reader);
        redis->link = NULL;
        redis->reader = NULL;
        enter(redis, WAITING, rcp_mono_ms() + BACKOFF_MAX_MS, "no memory to connect");
        return;
    }
    const char *trouble = atomic_load(&redis->trouble); /* holds until the link is ready */
    enter(redis, GREETING, rcp_mono_ms() + redis->connect_timeout_ms, trouble);
}

/* When the first of the commands is due: looked for only once the one that was first has had its time, so
 * most commands cost no thought of the timer. */
static uint64_t find_soonest(const struct rcp_redis *redis)
{
    uint64_t soonest_ms = NEVER_MS;
    for (uint32_t i = 0; i < redis->count; i++) {
        uint64_t due_ms = redis->ring[(redis->head + i) % redis->room].due_ms;
        soonest_ms = due_ms < soonest_ms ? due_ms : soonest_ms;
    }
    return soonest_ms;
}

static void on_timer(uv_timer_t *timer)
{
    struct rcp_redis *redis = timer->data;
    uint64_t now_ms = rcp_mono_ms();
    redis->soonest_ms = find_soonest(redis);
    if (redis->soonest_ms <= now_ms)
        drop_link(redis, "it does not answer in time");
    else if (redis->state_due_ms > now_ms)
        set_timer(redis);
    else if (redis->state == WAITING)
        connect_now(redis);
    else
        drop_link(redis, "it does not answer in time");
}

static void on_before_sleep(uv_prepare_t *prepare)
{
    struct rcp_redis *redis = prepare->data;
    if (redis->link != NULL)
        rcp_redis_link_flush(redis->link);
}

/* --- An adapter's life --- */

static char *copy(const char *text)
{
    if (text == NULL)
        return NULL;
    char *copied = strdup(text);
    rcp_check(copied != NULL, "redis_has_memory");
    return copied;
}

static void take_options(struct rcp_redis *redis, const struct rcp_redis_options *options)
{
    struct texts *texts = &redis->texts;
    texts->unix_path = copy(options->unix_path);
    texts->host = copy(options->host);
    texts->user = copy(options->user);
    texts->password = copy(options->password);
    texts->server = copy(options->tls_server != NULL ? options->tls_server : options->host);
    snprintf(texts->port, sizeof texts->port, "%u", options->port);
    snprintf(texts->database, sizeof texts->database, "%u", options->database);
    redis->database = options->database;
    redis->connect_timeout_ms = options->connect_timeout_ms;
    redis->address = (struct rcp_redis_address){
        .unix_path = texts->unix_path,
        .host = texts->host,
        .port = texts->port,
        .server = texts->server,
    };
}

static void free_redis(struct rcp_redis *redis)
{
    SSL_CTX_free(redis->address.tls);
    if (redis->texts.password != NULL)
        explicit_bzero(redis->texts.password, strlen(redis->texts.password));
    free(redis->texts.unix_path);
    free(redis->texts.host);
    free(redis->texts.user);
    free(redis->texts.password);
    free(redis->texts.server);
    free(redis->ring);
    free(redis);
}

struct rcp_redis *rcp_redis_open(struct rcp_loop *loop, const struct rcp_redis_options *options)
{
    rcp_check(options->in_flight_max > 0, "redis_has_room");
    rcp_check(options->connect_timeout_ms > 0, "redis_connects_in_time");
    struct rcp_redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL)
        return NULL;
    take_options(redis, options);
    redis->loop = loop;
    redis->room = options->in_flight_max;
    redis->ring = calloc(redis->room, sizeof *redis->ring);
    if (options->tls)
        redis->address.tls = rcp_tls_context(&options->tls_files);
    if (redis->ring == NULL || (options->tls && redis->address.tls == NULL)) {
        free_redis(redis);
        return NULL;
    }
    uv_timer_init(rcp_loop_uv(loop), &redis->timer);
    uv_prepare_init(rcp_loop_uv(loop), &redis->before_sleep);
    redis->timer.data = redis;
    redis->before_sleep.data = redis;
    redis->holds = 2;
    uv_prepare_start(&redis->before_sleep, on_before_sleep);
    redis->soonest_ms = NEVER_MS;
    redis->ready_since_ms = NEVER_MS;
    enter(redis, WAITING, rcp_mono_ms(), "not connected yet");
    return redis;
}

struct rcp_port rcp_redis_port(struct rcp_redis *redis)
{
    return (struct rcp_port){.adapter = redis, .issue = issue};
}

static void on_closed(uv_handle_t *handle)
{
    struct rcp_redis *redis = handle->data;
    if (--redis->holds == 0)
        free_redis(redis);
}

void rcp_redis_close(struct rcp_redis *redis)
{
    if (redis == NULL)
        return;
    if (redis->link != NULL)
        rcp_redis_link_close(redis->link);
    redisReaderFree(redis->reader);
    uv_close((uv_handle_t *)&redis->timer, on_closed);
    uv_close((uv_handle_t *)&redis->before_sleep, on_closed);
}

struct rcp_redis_health rcp_redis_health(const struct rcp_redis *redis)
{
    return (struct rcp_redis_health){
        .ready = atomic_load(&redis->ready),
        .trouble = atomic_load(&redis->trouble),
        .connections = atomic_load_explicit(&redis->connections, memory_order_relaxed),
        .done = atomic_load_explicit(&redis->ends[RCP_OUTCOME_DONE], memory_order_relaxed),
        .refused = atomic_load_explicit(&redis->ends[RCP_OUTCOME_REFUSED], memory_order_relaxed),
        .unknown = atomic_load_explicit(&redis->ends[RCP_OUTCOME_UNKNOWN], memory_order_relaxed),
        .in_flight = atomic_load_explicit(&redis->in_flight, memory_order_relaxed),
    };
}
