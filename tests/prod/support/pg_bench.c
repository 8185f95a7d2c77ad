/* The transactions of an event are gone after its step, so they are copied while it lasts. */
#include "tests/prod/support/pg_bench.h"

#include "core/check.h"
#include "tests/prod/support/loop_double.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDS_MAX    1024u
#define CONNECTIONS 16u
#define CONNECT_MS  200u
#define TIMEOUT_MS  400u
#define SLACK_MS    300u /* of a machine that does other things, too */
#define USER        7u
#define AMOUNT      5000u

struct pg_bench {
    struct rcp_loop *loop;
    struct rcp_cards *cards;
    struct rcp_pg_adapter *adapter;
    struct rcp_port port;
    uint32_t issued, count;
    uint64_t issued_ms[ENDS_MAX];
    struct pg_end ends[ENDS_MAX];
};

static void on_event(void *context, const struct rcp_event *event)
{
    struct pg_bench *bench = context;
    rcp_check(event->kind == RCP_EVENT_PG_DONE, "pg_ends_with_pg_done");
    rcp_check(bench->count < ENDS_MAX, "test_has_room_for_ends");
    const struct rcp_pg_done *done = &event->pg_done;
    rcp_check(done->op_id >= 1 && done->op_id <= bench->issued, "try_was_issued");
    struct pg_end *end = &bench->ends[bench->count++];
    *end = (struct pg_end){.done = *done};
    end->took_ms = (uint32_t)(rcp_mono_ms() - bench->issued_ms[done->op_id - 1u]);
    rcp_check(done->count <= RCP_PG_TRANSACTIONS_MAX, "transactions_fit");
    if (done->count > 0)
        memcpy(end->transactions, done->transactions, done->count * sizeof end->transactions[0]);
    end->done.transactions = end->transactions;
}

struct pg_bench *pg_bench_open(const char *base_url, const char *callback_url, const char *ca_file)
{
    struct pg_bench *bench = calloc(1, sizeof *bench);
    rcp_check(bench != NULL, "test_has_memory");
    bench->loop = loop_double_open();
    bench->cards = rcp_cards_open(ENDS_MAX);
    struct rcp_pg_options options = {
        .base_url = base_url,
        .callback_url = callback_url != NULL ? callback_url : PG_BENCH_CALLBACK,
        .ca_file = ca_file,
        .connections = CONNECTIONS,
        .cards = bench->cards,
    };
    bench->adapter = rcp_pg_adapter_open(bench->loop, &options);
    rcp_check(bench->adapter != NULL, "adapter_opens");
    bench->port = rcp_pg_adapter_port(bench->adapter);
    loop_double_answer(bench->loop, bench, on_event);
    return bench;
}

struct pg_bench *pg_bench_at(uint16_t port)
{
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", port);
    return pg_bench_open(url, NULL, NULL);
}

void pg_bench_free_adapter(struct pg_bench *bench)
{
    rcp_pg_adapter_free(bench->adapter);
    bench->adapter = NULL;
}

void pg_bench_close(struct pg_bench *bench)
{
    pg_bench_free_adapter(bench);
    rcp_loop_free(bench->loop);
    rcp_cards_free(bench->cards);
    free(bench);
}

struct rcp_cards *pg_bench_cards(struct pg_bench *bench)
{
    return bench->cards;
}

void pg_bench_put_card(struct pg_bench *bench, uint64_t order_id)
{
    struct rcp_card card;
    rcp_check(rcp_card_read(&card, "KB", PG_BENCH_CARD), "test_card_reads");
    rcp_check(rcp_cards_put(bench->cards, order_id, rcp_mono_ms(), &card), "test_card_has_room");
}

bool pg_bench_has_card(const struct pg_bench *bench, uint64_t order_id)
{
    struct rcp_card card;
    return rcp_cards_take(bench->cards, order_id, &card);
}

struct rcp_pg_effect pg_bench_effect(enum rcp_pg_verb verb, uint64_t order_id, uint64_t key)
{
    return (struct rcp_pg_effect){
        .user_id = USER,
        .order_id = order_id,
        .key = key,
        .amount = AMOUNT,
        .origin = order_id,
        .verb = verb,
        .padded = true,
        .connect_timeout_ms = CONNECT_MS,
        .timeout_ms = TIMEOUT_MS,
    };
}

void pg_bench_issue(struct pg_bench *bench, const struct rcp_pg_effect *effect)
{
    static const struct rcp_effects none;
    struct rcp_effect it = {.kind = RCP_EFFECT_PG, .pg = *effect};
    rcp_check(bench->issued < ENDS_MAX, "test_has_room_for_tries");
    bench->issued_ms[bench->issued++] = rcp_mono_ms();
    it.pg.op_id = bench->issued;
    uint32_t before = bench->count;
    bench->port.issue(bench->port.adapter, &none, &it);
    rcp_check(bench->count == before, "issue_does_not_step");
}

bool pg_bench_turn(struct pg_bench *bench, uint32_t ends, uint32_t within_ms)
{
    return loop_double_turn(bench->loop, ends, within_ms);
}

uint32_t pg_bench_count(const struct pg_bench *bench)
{
    return bench->count;
}

const struct pg_end *pg_bench_end(const struct pg_bench *bench, uint32_t nth)
{
    rcp_check(nth < bench->count, "test_end_is_there");
    return &bench->ends[nth];
}

const struct pg_end *pg_bench_call(struct pg_bench *bench, const struct rcp_pg_effect *effect)
{
    uint32_t nth = bench->count;
    pg_bench_issue(bench, effect);
    bool in_time = pg_bench_turn(bench, nth + 1u, effect->timeout_ms + SLACK_MS);
    rcp_check(in_time, "try_ends_within_its_timeout");
    rcp_check(bench->ends[nth].done.op_id == bench->issued, "end_is_of_this_try");
    return &bench->ends[nth];
}

uint64_t pg_bench_key(struct pg_bench *bench, const char *key)
{
    return loop_double_handle(bench->loop, key);
}

void pg_bench_health(struct pg_bench *bench, struct rcp_pg_health *health)
{
    rcp_pg_adapter_health(bench->adapter, health);
}
