/* The effects of orders in words, for tests/support/shop_story.h. */
#include "tests/support/shop_words.h"

#include "core/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct said {
    char *text;
    const struct rcp_effects *effects;
};

static void say(struct said *said, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct said *said, const char *format, ...)
{
    va_list words;
    size_t at = strlen(said->text);
    va_start(words, format);
    vsnprintf(said->text + at, SHOP_STORY_TEXT_MAX - at, format, words);
    va_end(words);
}

static unsigned long long wide(uint64_t value)
{
    return value;
}

static void say_find(struct said *said,
                     const struct rcp_mysql_effect *mysql,
                     const struct rcp_order_row *row)
{
    if (row->order_id != 0)
        say(said, "find %llu", wide(row->order_id));
    else if (row->pg_key != 0)
        say(said, "find tx %llu", wide(row->pg_key));
    else if (row->request_key != 0)
        say(said, "find key %llu", wide(row->request_key));
    else
        say(said, "find request %llu", wide(row->origin));
    if (mysql->kill_session != 0)
        say(said, " kill %u", mysql->kill_session);
}

static void say_result(struct said *said, const struct rcp_order_row *row)
{
    static const char *const settles[RCP_SETTLE_COUNT] = {
        "none", "pay", "fail", "key", "leave", "sight", "miss", "doubt", "review", "close"};
    say(said, "result %llu %s", wide(row->order_id), settles[row->settle]);
    if (row->failure != RCP_FAILURE_NONE)
        say(said, " %s", rcp_failure_name((enum rcp_failure)row->failure));
    if (row->pg_key != 0)
        say(said, " tx %llu", wide(row->pg_key));
    if (row->pg_open)
        say(said, " open");
    if (row->tries != 0)
        say(said, " tries %u", row->tries);
    for (uint32_t i = 0; i < RCP_REFUND_LINES_MAX && row->refunds[i].key != 0; i++)
        say(said, " back %llu", wide(row->refunds[i].key));
}

static void say_script(struct said *said, const struct rcp_mysql_effect *mysql)
{
    const struct rcp_order_row *row = &said->effects->orders[mysql->first_row];
    if (mysql->script == RCP_SCRIPT_PLACE)
        say(said, "place %llu", wide(row->user_id));
    else if (mysql->script == RCP_SCRIPT_FIND)
        say_find(said, mysql, row);
    else if (mysql->script == RCP_SCRIPT_RESULT)
        say_result(said, row);
    else if (mysql->script == RCP_SCRIPT_REFUND)
        say(said,
            "refund %llu %llu %s",
            wide(row->order_id),
            wide(row->pg_key),
            rcp_refund_status_name((enum rcp_refund_status)row->status));
    else if (mysql->script == RCP_SCRIPT_DUE && mysql->row_count > 0 && row->order_id != 0)
        say(said, "due after %llu", wide(row->order_id));
    else
        say(said, "%s", rcp_script_name(mysql->script));
    if (mysql->script == RCP_SCRIPT_TOLD)
        say(said, " %llu", wide(row->order_id));
}

static void say_call(struct said *said, const struct rcp_pg_effect *call)
{
    switch (call->verb) {
    case RCP_PG_PAY:
        say(said, "PAY %llu %llu", wide(call->order_id), wide(call->amount));
        return;
    case RCP_PG_LIST:
        say(said, "LIST %llu", wide(call->order_id));
        return;
    case RCP_PG_GET:
        say(said, "GET %llu", wide(call->key));
        return;
    case RCP_PG_REFUND:
        say(said, "REFUND %llu %llu", wide(call->key), wide(call->amount));
        return;
    case RCP_PG_VERB_COUNT:
        break;
    }
    fail_msg("a call without a verb");
}

void shop_story_say(char *text, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    static const char *const alerts[RCP_ORDER_ALERT_COUNT] = {
        "none", "UNKNOWN", "REVIEW", "REFUND"};
    struct said all = {text, effects}, *said = &all;
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        say(said, "reply %llu %d", wide(effect->reply.request_id), (int)effect->reply.status);
        if (effect->reply.order_id != 0)
            say(said,
                " %llu %s",
                wide(effect->reply.order_id),
                rcp_charge_status_name(effect->reply.charge));
        return;
    case RCP_EFFECT_MYSQL:
        say_script(said, &effect->mysql);
        return;
    case RCP_EFFECT_PG:
        say_call(said, &effect->pg);
        return;
    case RCP_EFFECT_ORDER_ALERT:
        say(said,
            "alert %llu %s",
            wide(effect->order_alert.order_id),
            alerts[effect->order_alert.alert]);
        return;
    case RCP_EFFECT_REDIS:
    case RCP_EFFECT_SEND:
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_COMMIT_OFFSET:
    case RCP_EFFECT_ALERT:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        break;
    }
    fail_msg("no effect of an order: kind %d", (int)effect->kind);
}
