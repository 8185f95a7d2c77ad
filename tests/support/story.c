/* A story of one node, told line by line. */
#include "tests/support/story.h"

#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPEN_MAX    64u
#define SESSION     7u /* every script's connection */
#define INCARNATION 1u

/* An effect that waits for its completion. */
struct open_effect {
    struct rcp_effect effect;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
};

struct story {
    struct rcp_node *node;
    struct rcp_effects effects;
    struct open_effect open[OPEN_MAX];
    uint32_t open_count;
    uint64_t now_ms;
    uint64_t requests;
    char text[1024];
};

struct rcp_limits story_limits(void)
{
    return (struct rcp_limits){.requests = 8,
                               .retries = 8,
                               .group = 4,
                               .groups = 2,
                               .page = 4,
                               .sends = 4,
                               .partitions = 2,
                               .window = 8};
}

struct story *story_begin(const struct rcp_limits *limits, struct rcp_policy policy)
{
    struct story *story = calloc(1, sizeof *story);
    struct rcp_node_config config = {.limits = *limits, .policy = policy, .seed = 1};
    assert_non_null(story);
    void *block = malloc(rcp_node_size(limits));
    assert_non_null(block);
    story->node = rcp_node_init(block, &config);
    struct rcp_event start = {.kind = RCP_EVENT_START,
                              .start = {.node = 1, .incarnation = INCARNATION}};
    story_step(story, &start);
    return story;
}

void story_end(struct story *story)
{
    free(story->node);
    free(story);
}

struct rcp_node *story_node(struct story *story)
{
    return story->node;
}

const struct rcp_effects *story_effects(const struct story *story)
{
    return &story->effects;
}

uint64_t story_now_ms(const struct story *story)
{
    return story->now_ms;
}

/* ---- Effects in words ----------------------------------------------------------------------- */

static void say(struct story *story, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct story *story, const char *format, ...)
{
    va_list words;
    size_t at = strlen(story->text);
    va_start(words, format);
    vsnprintf(story->text + at, sizeof story->text - at, format, words);
    va_end(words);
}

static unsigned long long wide(uint64_t value)
{
    return value;
}

static void say_script(struct story *story, const struct rcp_mysql_effect *mysql)
{
    bool open = (mysql->flags & RCP_TX_LEAVE_OPEN) != 0;
    say(story, "%s%s", rcp_script_name(mysql->script), open ? "!" : "");
    for (uint32_t i = 0; i < mysql->row_count; i++)
        say(story,
            "%s%llu",
            i == 0 ? " " : "+",
            wide(story->effects.rows[mysql->first_row + i].payload.user_id));
    if (mysql->kill_session != 0)
        say(story, " kill %u", mysql->kill_session);
    if (mysql->session != 0)
        say(story, " in %u", mysql->session);
}

static void say_effect(struct story *story, const struct rcp_effect *effect)
{
    static const char *const verbs[RCP_REDIS_VERB_COUNT] = {"GET", "DEL", "HOLD"};
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        say(story,
            "reply %llu %d %s",
            wide(effect->reply.request_id),
            (int)effect->reply.status,
            rcp_payment_state_name(effect->reply.state));
        break;
    case RCP_EFFECT_REDIS:
        say(story, "%s %llu", verbs[effect->redis.verb], wide(effect->redis.token));
        break;
    case RCP_EFFECT_MYSQL:
        say_script(story, &effect->mysql);
        break;
    case RCP_EFFECT_SEND:
        if (effect->send.record.row_id == 0)
            say(story, "direct %llu", wide(effect->send.record.payload.user_id));
        else
            say(story, "send %u", effect->send.record.row_id);
        break;
    case RCP_EFFECT_FETCH:
        say(story, "fetch %u", effect->fetch.partition);
        break;
    case RCP_EFFECT_COMMIT_OFFSET:
        say(story,
            "commit %u %llu",
            effect->commit_offset.partition,
            wide(effect->commit_offset.next_offset));
        break;
    case RCP_EFFECT_ALERT:
        say(story, "alert %u", effect->alert.row.row_id);
        break;
    case RCP_EFFECT_PG: /* the second document's stories are told in shop_story.c */
    case RCP_EFFECT_ORDER_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        fail_msg("an effect that has no place in a story of payments");
    }
}

/* ---- Stepping ------------------------------------------------------------------------------- */

static bool is_answered(const struct rcp_effect *effect)
{
    return effect->kind == RCP_EFFECT_REDIS || effect->kind == RCP_EFFECT_SEND ||
           (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.op_id != 0);
}

static void remember(struct story *story, const struct rcp_effect *effect)
{
    assert_true(story->open_count < OPEN_MAX);
    struct open_effect *open = &story->open[story->open_count++];
    open->effect = *effect;
    if (effect->kind == RCP_EFFECT_MYSQL)
        memcpy(open->rows,
               &story->effects.rows[effect->mysql.first_row],
               effect->mysql.row_count * sizeof open->rows[0]);
}

const char *story_step(struct story *story, const struct rcp_event *event)
{
    struct rcp_event timed = *event;
    timed.mono_ms = story->now_ms;
    timed.wall_ms = story->now_ms;
    rcp_node_step(story->node, &timed, &story->effects);
    rcp_node_check(story->node);
    story->text[0] = '\0';
    for (uint32_t i = 0; i < story->effects.count; i++) {
        const struct rcp_effect *effect = &story->effects.items[i];
        say(story, "%s", i == 0 ? "" : ", ");
        say_effect(story, effect);
        if (is_answered(effect))
            remember(story, effect);
    }
    return story->text;
}

/* The oldest effect of this kind that is still open; no longer open then. */
static struct open_effect take_open(struct story *story, enum rcp_effect_kind kind)
{
    for (uint32_t i = 0; i < story->open_count; i++) {
        struct open_effect found = story->open[i];
        if (found.effect.kind != kind)
            continue;
        story->open_count--;
        memmove(&story->open[i], &story->open[i + 1], (story->open_count - i) * sizeof found);
        return found;
    }
    fail_msg("no effect of kind %d waits", (int)kind);
    return (struct open_effect){.effect.kind = RCP_EFFECT_NONE};
}

/* ---- Events from words ---------------------------------------------------------------------- */

static enum rcp_outcome outcome_of(const char *word)
{
    return strcmp(word, "refused") == 0   ? RCP_OUTCOME_REFUSED
           : strcmp(word, "unknown") == 0 ? RCP_OUTCOME_UNKNOWN
                                          : RCP_OUTCOME_DONE;
}

static enum rcp_error_class class_of(const char *word)
{
    for (uint32_t i = 0; i < RCP_ERROR_CLASS_COUNT; i++)
        if (strcmp(rcp_error_class_name((enum rcp_error_class)i), word) == 0)
            return (enum rcp_error_class)i;
    fail_msg("no error class `%s`", word);
    return RCP_ERROR_NONE;
}

static uint8_t verdict_of(const char *word, size_t length)
{
    for (uint32_t i = 0; i < RCP_VERDICT_COUNT; i++) {
        const char *name = rcp_verdict_name((enum rcp_verdict)i);
        if (strlen(name) == length && strncmp(name, word, length) == 0)
            return (uint8_t)i;
    }
    fail_msg("no verdict `%s`", word);
    return RCP_VERDICT_NONE;
}

static struct rcp_payload payload_of(uint64_t user)
{
    return (struct rcp_payload){
        .user_id = user, .activity_id = 1, .product_id = 100, .quantity = 1};
}

static const char *request(struct story *story, enum rcp_request_kind kind, uint64_t user)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = ++story->requests,
                    .user_id = user,
                    .kind = kind,
                    .token = {.handle = user,
                              .user_id = user,
                              .activity_id = 1,
                              .form = RCP_TOKEN_SIGNED}},
    };
    return story_step(story, &event);
}

static const char *operate(struct story *story, enum rcp_operation operation, const char *word)
{
    static const char *const workers[RCP_WORKER_COUNT] = {
        [RCP_WORKER_SCHEDULER] = "scheduler",
        [RCP_WORKER_CONSUMER] = "consumer",
        [RCP_WORKER_SWEEP] = "sweep",
        [RCP_WORKER_RECONCILE] = "reconcile",
    };
    uint32_t worker = 0;
    while (worker < RCP_WORKER_COUNT && strcmp(workers[worker], word) != 0)
        worker++;
    assert_true(worker < RCP_WORKER_COUNT);
    struct rcp_event event = {
        .kind = RCP_EVENT_OPERATE,
        .operate = {.operation = operation, .worker = (enum rcp_worker)worker},
    };
    return story_step(story, &event);
}

static const char *redis(struct story *story, const char *word)
{
    struct open_effect open = take_open(story, RCP_EFFECT_REDIS);
    struct rcp_event event = {
        .kind = RCP_EVENT_REDIS_DONE,
        .redis_done = {.op_id = open.effect.redis.op_id, .outcome = outcome_of(word)},
    };
    struct rcp_redis_done *done = &event.redis_done;
    if (done->outcome == RCP_OUTCOME_DONE) {
        done->found = strcmp(word, "missing") != 0;
        done->readable = done->found && strcmp(word, "unreadable") != 0;
        done->payload = payload_of(open.effect.redis.token + (strcmp(word, "foreign") == 0));
    }
    return story_step(story, &event);
}

/* One verdict for each row. */
static void give_verdicts(struct open_effect *open, const char *words)
{
    uint32_t row = 0;
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        assert_true(row < open->effect.mysql.row_count);
        open->rows[row++].verdict = verdict_of(words, length);
        words += length + strspn(words + length, " ");
    }
    assert_int_equal(row, open->effect.mysql.row_count);
}

/* Rows 1..count, as CLAIM and SWEEP find them. */
static void give_page(struct open_effect *open, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        open->rows[i] = (struct rcp_tx_row){.payload = payload_of(i + 1u),
                                            .token = i + 1u,
                                            .row_id = i + 1u,
                                            .epoch = 1,
                                            .verdict = RCP_VERDICT_RELEASE};
}

static const char *mysql(struct story *story, const char *words)
{
    struct open_effect open = take_open(story, RCP_EFFECT_MYSQL);
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = open.effect.mysql.op_id, .session = SESSION, .rows = open.rows},
    };
    struct rcp_mysql_done *done = &event.mysql_done;
    if (strncmp(words, "refused ", 8) == 0 || strncmp(words, "alone ", 6) == 0) {
        done->outcome = RCP_OUTCOME_REFUSED;
        done->others_succeed = words[0] == 'a';
        done->error = class_of(strchr(words, ' ') + 1);
    } else if (strcmp(words, "unknown") == 0) {
        done->outcome = RCP_OUTCOME_UNKNOWN;
    } else if (strncmp(words, "page ", 5) == 0) {
        char *rest = NULL;
        done->row_count = (uint32_t)strtoul(words + 5, &rest, 10);
        done->more = strcmp(rest, " more") == 0;
        give_page(&open, done->row_count);
    } else {
        done->row_count = open.effect.mysql.row_count;
        give_verdicts(&open, words);
    }
    return story_step(story, &event);
}

static const char *sent(struct story *story, const char *word)
{
    struct open_effect open = take_open(story, RCP_EFFECT_SEND);
    struct rcp_event event = {
        .kind = RCP_EVENT_SENT,
        .sent = {.op_id = open.effect.send.op_id, .outcome = outcome_of(word)},
    };
    return story_step(story, &event);
}

static const char *member(struct story *story, enum rcp_event_kind kind, const uint32_t *numbers)
{
    struct rcp_event event = {.kind = kind,
                              .partition = {.partition = numbers[0], .assignment = numbers[1]}};
    return story_step(story, &event);
}

static const char *record(struct story *story, const uint32_t *numbers, bool usable)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_RECORD,
        .record = {.partition = numbers[0], .assignment = numbers[1], .offset = numbers[2]},
    };
    event.record.record = (struct rcp_retry_record){
        .payload = payload_of(numbers[2]),
        .token = numbers[2],
        .row_id = numbers[3],
        .epoch = 1,
        .usable = usable,
        .mac = usable,
    };
    return story_step(story, &event);
}

static const char *offset_done(struct story *story, const uint32_t *numbers, const char *word)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_OFFSET_DONE,
        .offset_done = {.partition = numbers[0],
                        .assignment = numbers[1],
                        .outcome = outcome_of(word)},
    };
    return story_step(story, &event);
}

/* The numbers that the text begins with, up to four; what follows them. */
static const char *read_numbers(const char *text, uint32_t n[4])
{
    for (uint32_t i = 0; i < 4; i++) {
        char *end = NULL;
        unsigned long value = strtoul(text, &end, 10);
        if (end == text)
            break;
        n[i] = (uint32_t)value;
        text = end + (*end == ' ');
    }
    return text;
}

const char *story_tell(struct story *story, const char *event)
{
    char word[16] = "";
    uint32_t n[4] = {0};
    size_t length = strcspn(event, " ");
    assert_true(length < sizeof word);
    memcpy(word, event, length);
    const char *rest = event + length + (event[length] == ' ');
    const char *last = read_numbers(rest, n);
    story->text[0] = '\0';
    if (strcmp(word, "request") == 0)
        return request(story, RCP_REQUEST_PROCESS, n[0]);
    if (strcmp(word, "status") == 0)
        return request(story, RCP_REQUEST_STATUS, n[0]);
    if (strcmp(word, "reject") == 0)
        return request(story, RCP_REQUEST_REJECT, n[0]);
    if (strcmp(word, "retry") == 0)
        return request(story, RCP_REQUEST_RETRY, n[0]);
    if (strcmp(word, "park") == 0)
        return request(story, RCP_REQUEST_PARK, n[0]);
    if (strcmp(word, "pause") == 0)
        return operate(story, RCP_OPERATE_PAUSE, rest);
    if (strcmp(word, "resume") == 0)
        return operate(story, RCP_OPERATE_RESUME, rest);
    if (strcmp(word, "redis") == 0)
        return redis(story, rest);
    if (strcmp(word, "mysql") == 0)
        return mysql(story, rest);
    if (strcmp(word, "sent") == 0)
        return sent(story, rest);
    if (strcmp(word, "assigned") == 0)
        return member(story, RCP_EVENT_ASSIGNED, n);
    if (strcmp(word, "revoked") == 0)
        return member(story, RCP_EVENT_REVOKED, n);
    if (strcmp(word, "record") == 0 || strcmp(word, "unusable") == 0)
        return record(story, n, word[0] == 'r');
    if (strcmp(word, "offset") == 0)
        return offset_done(story, n, last);
    if (strcmp(word, "timer") == 0)
        return story_step(story, &(struct rcp_event){.kind = RCP_EVENT_TIMER});
    if (strcmp(word, "stop") == 0)
        return story_step(story, &(struct rcp_event){.kind = RCP_EVENT_STOP});
    if (strcmp(word, "wait") == 0) {
        story->now_ms += n[0];
        return story->text;
    }
    fail_msg("no such event: `%s`", event);
    return NULL;
}

void story_tell_all(struct story *story, const char *name, const struct story_line *lines)
{
    for (; lines->event != NULL; lines++) {
        const char *effects = story_tell(story, lines->event);
        if (strcmp(effects, lines->effects) != 0)
            fail_msg("%s: after `%s`: `%s`, not `%s`", name, lines->event, effects, lines->effects);
    }
}
