/* A story of one node and its orders, told line by line. */
#include "tests/support/shop_story.h"

#include "core/record.h"
#include "tests/support/shop_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPEN_MAX 256u
#define SESSION  7u /* every script's connection */
#define PRICE    1000u
#define PLACED   101u /* the order that PLACE makes */

/* An effect that waits for its completion. */
struct open_effect {
    struct rcp_effect effect;
    struct rcp_order_row row;
};

struct shop_story {
    struct rcp_node *node;
    struct rcp_node_config config;
    struct rcp_effects effects;
    struct open_effect open[OPEN_MAX];
    uint32_t open_count;
    uint32_t incarnation;
    uint64_t now_ms;
    uint64_t requests;
    char text[SHOP_STORY_TEXT_MAX];
};

static const char *step(struct shop_story *story, struct rcp_event event);

static const char *start(struct shop_story *story)
{
    story->node = rcp_node_init(story->node, &story->config);
    story->open_count = 0;
    return step(story,
                (struct rcp_event){.kind = RCP_EVENT_START,
                                   .start = {.node = 1, .incarnation = ++story->incarnation}});
}

struct rcp_limits shop_story_limits(void)
{
    return (struct rcp_limits){.requests = 1,
                               .retries = 1,
                               .group = 1,
                               .groups = 1,
                               .page = 1,
                               .sends = 1,
                               .partitions = 1,
                               .window = 1,
                               .orders = 8,
                               .settles = 4,
                               .pg_calls = 8};
}

struct shop_story *shop_story_begin(const struct rcp_limits *limits,
                                    struct rcp_policy policy,
                                    struct rcp_gateway gateway)
{
    struct shop_story *story = calloc(1, sizeof *story);
    assert_non_null(story);
    story->config = (struct rcp_node_config){
        .limits = *limits, .policy = policy, .gateway = gateway, .seed = 1};
    story->node = malloc(rcp_node_size(limits));
    assert_non_null(story->node);
    start(story);
    return story;
}

void shop_story_end(struct shop_story *story)
{
    free(story->node);
    free(story);
}

struct rcp_node *shop_story_node(struct shop_story *story)
{
    return story->node;
}

const struct rcp_effects *shop_story_effects(const struct shop_story *story)
{
    return &story->effects;
}

/* --- Stepping --- */

/* The first document's rounds go on as well, and nobody answers them: they are of no interest here. */
static bool is_of_orders(const struct rcp_effect *effect)
{
    return effect->kind != RCP_EFFECT_MYSQL || rcp_script_is_order(effect->mysql.script);
}

static void remember(struct shop_story *story, const struct rcp_effect *effect)
{
    if (effect->kind != RCP_EFFECT_MYSQL && effect->kind != RCP_EFFECT_PG)
        return;
    assert_true(story->open_count < OPEN_MAX);
    struct open_effect *open = &story->open[story->open_count++];
    open->effect = *effect;
    if (effect->kind == RCP_EFFECT_MYSQL && effect->mysql.row_count > 0)
        open->row = story->effects.orders[effect->mysql.first_row];
}

static const char *step(struct shop_story *story, struct rcp_event event)
{
    event.mono_ms = event.wall_ms = story->now_ms;
    rcp_node_step(story->node, &event, &story->effects);
    rcp_node_check(story->node);
    story->text[0] = '\0';
    for (uint32_t i = 0; i < story->effects.count; i++) {
        const struct rcp_effect *effect = &story->effects.items[i];
        if (!is_of_orders(effect))
            continue;
        size_t said = strlen(story->text);
        if (said > 0)
            (void)snprintf(story->text + said, sizeof story->text - said, ", ");
        shop_story_say(story->text, &story->effects, effect);
        remember(story, effect);
    }
    return story->text;
}

/* The oldest effect of this kind that is still open; no longer open then. */
static struct open_effect take_open(struct shop_story *story, enum rcp_effect_kind kind)
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

/* --- Words --- */

/* The next word of a line, up to a blank; NULL at its end. */
static const char *next_word(const char **line, char word[48])
{
    size_t length = strcspn(*line, " ");
    if (length == 0)
        return NULL;
    assert_true(length < 48);
    memcpy(word, *line, length);
    word[length] = '\0';
    *line += length + strspn(*line + length, " ");
    return word;
}

static uint32_t number_of(const char *word)
{
    char *end = NULL;
    if (word == NULL) {
        fail_msg("a number is missing");
        return 0;
    }
    unsigned long value = strtoul(word, &end, 10);
    if (end == word)
        fail_msg("no number: `%s`", word);
    return (uint32_t)value;
}

static uint8_t named(const char *word, uint32_t count, const char *(*name)(uint32_t))
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(name(i), word) == 0)
            return (uint8_t)i;
    fail_msg("no such word: `%s`", word);
    return 0;
}

static const char *verdict_name(uint32_t index)
{
    return rcp_order_verdict_name((enum rcp_order_verdict)index);
}

static const char *charge_name(uint32_t index)
{
    return rcp_charge_status_name((enum rcp_charge_status)index);
}

static const char *pg_status_name(uint32_t index)
{
    return rcp_pg_status_name((enum rcp_pg_status)index);
}

static const char *pg_answer_name(uint32_t index)
{
    return rcp_pg_answer_name((enum rcp_pg_answer)index);
}

static const char *error_name(uint32_t index)
{
    return rcp_error_class_name((enum rcp_error_class)index);
}

/* WORD=N */
static void set_field(struct rcp_order_row *row, const char *word)
{
    const char *value = strchr(word, '=');
    if (value == NULL)
        fail_msg("neither a word nor WORD=N: `%s`", word);
    uint32_t n = number_of(value + 1);
    size_t length = (size_t)(value - word);
#define IS(name) (strlen(name) == length && strncmp(word, name, length) == 0)
    if (IS("order"))
        row->order_id = n;
    else if (IS("user"))
        row->user_id = n;
    else if (IS("version") || IS("epoch"))
        row->version = n;
    else if (IS("origin"))
        row->origin = n;
    else if (IS("tx"))
        row->pg_key = n;
    else if (IS("age"))
        row->age_ms = row->sight_age_ms = row->sent_age_ms = row->miss_age_ms = n;
    else if (IS("sent"))
        row->sent_age_ms = n;
    else if (IS("sight"))
        row->sight_age_ms = n;
    else if (IS("miss"))
        row->miss_age_ms = n;
    else if (IS("misses"))
        row->misses = (uint8_t)n;
    else if (IS("tries"))
        row->tries = (uint8_t)n;
    else if (IS("asked"))
        row->asked = (uint8_t)n;
    else if (IS("silent"))
        row->silent = (uint8_t)n;
    else if (IS("open"))
        row->pg_open = (uint8_t)n;
    else
        fail_msg("no field `%s`", word);
#undef IS
}

/* --- Requests --- */

static const char *ask(struct shop_story *story,
                       enum rcp_request_kind kind,
                       uint64_t user,
                       const struct rcp_order_request *says)
{
    struct rcp_event event = {
        .kind = RCP_EVENT_REQUEST,
        .request = {.request_id = ++story->requests, .user_id = user, .kind = kind, .order = says}};
    return step(story, event);
}

static const char *order(struct shop_story *story, const char *line)
{
    char word[48];
    uint32_t user = number_of(next_word(&line, word));
    struct rcp_order_request says = {.cart = {.total_amount = PRICE,
                                              .paid_amount = PRICE,
                                              .items = {{.product_id = 1, .quantity = 1}}}};
    while (next_word(&line, word) != NULL) {
        if (strcmp(word, "points") == 0) {
            says.cart.used_point = PRICE;
            says.cart.paid_amount = 0;
        } else if (strcmp(word, "bad") == 0) {
            says.cart.coupon_discount = 1;
        } else if (strncmp(word, "key=", 4) == 0) {
            says.request_key = number_of(word + 4);
            says.body_hash = 1;
        } else {
            fail_msg("no such order: `%s`", word);
        }
    }
    return ask(story, RCP_REQUEST_ORDER, user, &says);
}

static const char *callback(struct shop_story *story, const char *line)
{
    char word[48];
    struct rcp_order_request says = {.order_id = number_of(next_word(&line, word))};
    says.pg_key = number_of(next_word(&line, word));
    assert_non_null(next_word(&line, word));
    says.status = named(word, RCP_PG_STATUS_COUNT, pg_status_name);
    says.mac = next_word(&line, word) != NULL && strcmp(word, "mac") == 0;
    return ask(story, RCP_REQUEST_CALLBACK, 0, &says);
}

/* --- The database --- */

static void describe(struct rcp_order_row *row, enum rcp_charge_status status)
{
    row->status = (uint8_t)status;
    row->version = row->version == 0 ? 1 : row->version;
    row->user_id = row->user_id == 0 ? 1 : row->user_id;
    if (row->cart.total_amount == 0)
        row->cart = (struct rcp_cart){.total_amount = PRICE, .paid_amount = PRICE};
}

/* What a verdict of PLACE or FIND says of the order. */
static void describe_by_verdict(struct rcp_order_row *row)
{
    static const uint8_t statuses[RCP_ORDER_VERDICT_COUNT] = {
        [RCP_ORDER_VERDICT_PLACED] = RCP_CHARGE_IN_PROGRESS,
        [RCP_ORDER_VERDICT_RUNNING] = RCP_CHARGE_IN_PROGRESS,
        [RCP_ORDER_VERDICT_PAID] = RCP_CHARGE_PAID,
        [RCP_ORDER_VERDICT_FAILED] = RCP_CHARGE_FAILED,
        [RCP_ORDER_VERDICT_UNSURE] = RCP_CHARGE_UNKNOWN,
    };
    if (statuses[row->verdict] == RCP_CHARGE_NONE)
        return;
    row->order_id = row->order_id == 0 ? PLACED : row->order_id;
    describe(row, (enum rcp_charge_status)statuses[row->verdict]);
}

/* due:O:STATUS, refund:O:T, alert:O */
static struct rcp_order_row item(const char *word)
{
    struct rcp_order_row row = {.version = 1};
    const char *first = strchr(word, ':');
    assert_non_null(first);
    const char *second = strchr(first + 1, ':');
    row.order_id = number_of(first + 1);
    if (word[0] == 'd') {
        assert_non_null(second);
        row.verdict = RCP_ORDER_VERDICT_DUE;
        describe(&row,
                 (enum rcp_charge_status)named(second + 1, RCP_CHARGE_STATUS_COUNT, charge_name));
    } else if (word[0] == 'r') {
        assert_non_null(second);
        row.verdict = RCP_ORDER_VERDICT_REFUND;
        row.status = RCP_REFUND_SENT;
        row.user_id = 1;
        row.pg_key = number_of(second + 1);
        row.pg_amount = PRICE;
    } else {
        row.verdict = RCP_ORDER_VERDICT_ALERT;
        row.alert = RCP_ORDER_ALERT_UNKNOWN;
    }
    return row;
}

static uint32_t page(struct rcp_order_row *rows, const char *line, bool *more)
{
    char word[48];
    uint32_t count = 0;
    while (next_word(&line, word) != NULL)
        if (strcmp(word, "/more") == 0) {
            *more = true;
        } else if (strchr(word, ':') != NULL) {
            assert_true(count < RCP_TX_ROWS_MAX);
            rows[count++] = item(word);
        } else {
            for (uint32_t i = 0; i < count; i++)
                set_field(&rows[i], word);
        }
    return count;
}

static const char *db(struct shop_story *story, const char *line)
{
    static struct rcp_order_row rows[RCP_TX_ROWS_MAX];
    struct open_effect open = take_open(story, RCP_EFFECT_MYSQL);
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = open.effect.mysql.op_id, .session = SESSION, .orders = rows},
    };
    struct rcp_mysql_done *done = &event.mysql_done;
    char word[48];
    assert_non_null(next_word(&line, word));
    if (strcmp(word, "refused") == 0) {
        done->outcome = RCP_OUTCOME_REFUSED;
        done->error = (enum rcp_error_class)named(line, RCP_ERROR_CLASS_COUNT, error_name);
    } else if (strcmp(word, "unknown") == 0 && *line == '\0') {
        done->outcome = RCP_OUTCOME_UNKNOWN;
    } else if (strcmp(word, "page") == 0) {
        done->row_count = page(rows, line, &done->more);
    } else {
        rows[0] = open.row;
        rows[0].verdict = named(word, RCP_ORDER_VERDICT_COUNT, verdict_name);
        describe_by_verdict(&rows[0]);
        while (next_word(&line, word) != NULL)
            if (strchr(word, '=') != NULL)
                set_field(&rows[0], word);
            else
                rows[0].status = named(word, RCP_CHARGE_STATUS_COUNT, charge_name);
        done->row_count = 1;
    }
    return step(story, event);
}

/* --- The PG --- */

/* T:STATUS, or T:STATUS:AMOUNT */
static struct rcp_pg_transaction transaction(const struct rcp_pg_effect *call, char *word)
{
    char *status = strchr(word, ':');
    assert_non_null(status);
    *status++ = '\0';
    char *amount = strchr(status, ':');
    if (amount != NULL)
        *amount++ = '\0';
    struct rcp_pg_transaction told = {.key = number_of(word),
                                      .status = named(status, RCP_PG_STATUS_COUNT, pg_status_name)};
    if (call->verb != RCP_PG_LIST) {
        told.order_id = call->order_id;
        told.amount = amount == NULL ? PRICE : number_of(amount);
        told.priced = 1;
    }
    return told;
}

static const char *pg(struct shop_story *story, const char *line)
{
    struct rcp_pg_transaction told[RCP_PG_TRANSACTIONS_MAX];
    struct open_effect open = take_open(story, RCP_EFFECT_PG);
    struct rcp_event event = {.kind = RCP_EVENT_PG_DONE,
                              .pg_done = {.op_id = open.effect.pg.op_id, .transactions = told}};
    char word[48];
    assert_non_null(next_word(&line, word));
    event.pg_done.answer = (enum rcp_pg_answer)named(word, RCP_PG_ANSWER_COUNT, pg_answer_name);
    while (next_word(&line, word) != NULL)
        told[event.pg_done.count++] = transaction(&open.effect.pg, word);
    return step(story, event);
}

/* --- Telling --- */

const char *shop_story_tell(struct shop_story *story, const char *event)
{
    char word[48];
    const char *line = event;
    assert_non_null(next_word(&line, word));
    struct rcp_order_request says = {.order_id = 0};
    story->text[0] = '\0';
    if (strcmp(word, "order") == 0)
        return order(story, line);
    if (strcmp(word, "callback") == 0)
        return callback(story, line);
    if (strcmp(word, "db") == 0)
        return db(story, line);
    if (strcmp(word, "pg") == 0)
        return pg(story, line);
    if (strcmp(word, "timer") == 0)
        return step(story, (struct rcp_event){.kind = RCP_EVENT_TIMER});
    if (strcmp(word, "stop") == 0)
        return step(story, (struct rcp_event){.kind = RCP_EVENT_STOP});
    if (strcmp(word, "start") == 0)
        return start(story);
    char number[48];
    uint32_t n = number_of(next_word(&line, number));
    says.order_id = n;
    if (strcmp(word, "ask") == 0)
        return ask(story, RCP_REQUEST_ORDER_ASK, 0, &says);
    if (strcmp(word, "fail") == 0)
        return ask(story, RCP_REQUEST_ORDER_FAIL, 0, &says);
    if (strcmp(word, "status") == 0) {
        says.order_id = number_of(next_word(&line, number));
        return ask(story, RCP_REQUEST_ORDER_STATUS, n, &says);
    }
    if (strcmp(word, "wait") == 0) {
        story->now_ms += n;
        return story->text;
    }
    fail_msg("no such event: `%s`", event);
    return NULL;
}

void shop_story_tell_all(struct shop_story *story, const char *name, const struct shop_line *lines)
{
    for (uint32_t i = 0; lines[i].event != NULL; i++) {
        const char *effects = shop_story_tell(story, lines[i].event);
        if (strcmp(effects, lines[i].effects) != 0)
            fail_msg("%s: after `%s`\n  expected `%s`\n  got      `%s`",
                     name,
                     lines[i].event,
                     lines[i].effects,
                     effects);
    }
}
