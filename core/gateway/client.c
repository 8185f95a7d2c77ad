/* PgClient: one try of a call, through bulkhead and breaker, and what comes of it. */
#include "core/gateway/client.h"

#include "core/digest.h"
#include "core/emit.h"
#include "core/hash.h"

static struct rcp_breaker *breaker_of(struct rcp_pg_client *client, enum rcp_pg_verb verb)
{
    return rcp_pg_pays(verb) ? &client->pay : &client->query;
}

static const struct rcp_breaker_settings *settings_of(enum rcp_pg_verb verb)
{
    return rcp_pg_pays(verb) ? &rcp_breaker_pay : &rcp_breaker_query;
}

static void mark_edge(struct rcp_step *step, uint32_t edge)
{
    if (edge != RCP_BREAKER_NO_EDGE)
        rcp_mark(step, RCP_TABLE_BREAKER, edge);
}

/* --- A try --- */

/* What the caller promised of a call. */
static void check_call(const struct rcp_pg_effect *call)
{
    bool by_key = call->verb == RCP_PG_GET || call->verb == RCP_PG_REFUND;
    rcp_check(call->verb < RCP_PG_VERB_COUNT, "pg_verb_exists");
    rcp_check(call->op_id != 0, "pg_call_is_awaited");
    rcp_check(call->timeout_ms > 0 && call->timeout_ms <= RCP_PG_TIMEOUT_MS, "pg_call_in_its_time");
    rcp_check((by_key ? call->key : call->order_id) != 0, "pg_call_is_about_something");
    rcp_check(!rcp_pg_pays(call->verb) || call->amount > 0, "pg_call_has_amount");
}

bool rcp_pg_call(struct rcp_step *step, const struct rcp_pg_effect *call, struct rcp_pg_try *try)
{
    struct rcp_pg_client *client = &step->node->pg;
    uint32_t edge = RCP_BREAKER_NO_EDGE;
    struct rcp_permit permit;
    check_call(call);
    *try = (struct rcp_pg_try){0};
    if (client->in_flight >=
        step->node->limits.pg_calls) /* asked first: a permit is given to be used */
        return false;
    bool closed = rcp_breaker_ask(
        breaker_of(client, call->verb), settings_of(call->verb), step->mono_ms, &permit, &edge);
    mark_edge(step, edge);
    if (!closed)
        return false;
    client->in_flight++;
    *try = (struct rcp_pg_try){
        .since_ms = step->mono_ms, .permit = permit, .verb = (uint8_t)call->verb};
    struct rcp_pg_effect *pg = &rcp_emit(step, RCP_EFFECT_PG)->pg;
    *pg = *call;
    pg->padded = rcp_knob_hardened(step, RCP_KNOB_PG_ORDER_ID);
    pg->connect_timeout_ms =
        call->timeout_ms < RCP_PG_CONNECT_MS ? call->timeout_ms : RCP_PG_CONNECT_MS;
    return true;
}

enum rcp_pg_class rcp_pg_ended(struct rcp_step *step,
                               const struct rcp_pg_try *try,
                               const struct rcp_pg_done *done)
{
    struct rcp_pg_client *client = &step->node->pg;
    uint32_t edge = RCP_BREAKER_NO_EDGE;
    rcp_check(try->permit.given, "try_was_made");
    rcp_check(client->in_flight > 0, "try_is_in_flight");
    client->in_flight--;
    enum rcp_pg_verb verb = (enum rcp_pg_verb)try->verb;
    const struct rcp_pg_rule *rule = rcp_pg_rule_find(step, verb, done->answer);
    rcp_breaker_tell(breaker_of(client, verb),
                     settings_of(verb),
                     step->mono_ms,
                     try->permit,
                     try->since_ms,
                     (enum rcp_pg_health)rule->health,
                     &edge);
    mark_edge(step, edge);
    return (enum rcp_pg_class)rule->class;
}

/* --- Between tries --- */

uint32_t rcp_pg_retry_after_ms(enum rcp_pg_class class, const struct rcp_pg_done *done)
{
    if (class != RCP_PG_CLASS_LATER)
        return 0;
    return done->retry_after_ms > 0 ? done->retry_after_ms : RCP_PG_RETRY_AFTER_MS;
}

uint32_t rcp_pg_pause_ms(const struct rcp_step *step,
                         uint64_t order_id,
                         uint32_t tries,
                         uint32_t retry_after_ms)
{
    rcp_check(tries > 0, "pause_follows_a_try");
    uint32_t backoff_ms = RCP_PG_BACKOFF_MS;
    for (uint32_t i = 1; i < tries && backoff_ms < RCP_PG_BACKOFF_MAX_MS; i++)
        backoff_ms *= 2u;
    if (backoff_ms > RCP_PG_BACKOFF_MAX_MS)
        backoff_ms = RCP_PG_BACKOFF_MAX_MS;
    uint64_t hash = rcp_hash(rcp_hash(step->node->seed, order_id), tries);
    uint32_t jitter_ms = (uint32_t)(hash % (backoff_ms / 8u));
    return (retry_after_ms > backoff_ms ? retry_after_ms : backoff_ms) + jitter_ms;
}

/* --- Canonical form and invariants --- */

static void digest_breaker(const struct rcp_breaker *breaker, struct rcp_digest *digest)
{
    bool timed = breaker->state == RCP_BREAKER_OPEN || breaker->count > 0;
    rcp_digest_pair(digest, breaker->failures, breaker->slows);
    rcp_digest_pair(digest, breaker->state, (uint32_t)breaker->forced << 8 | breaker->count);
    rcp_digest_add(digest, timed ? rcp_digest_ahead(breaker->until_ms, digest->now_ms) : 0);
    for (uint32_t i = 0; i < RCP_BREAKER_PERMITS_MAX; i++)
        rcp_digest_add(digest, rcp_digest_ahead(breaker->permit_until_ms[i], digest->now_ms));
}

void rcp_pg_client_digest(const struct rcp_pg_client *client, struct rcp_digest *digest)
{
    digest_breaker(&client->pay, digest);
    digest_breaker(&client->query, digest);
}

void rcp_pg_try_digest(const struct rcp_pg_client *client,
                       const struct rcp_pg_try *try,
                       struct rcp_digest *digest)
{
    enum rcp_pg_verb verb = (enum rcp_pg_verb)try->verb;
    const struct rcp_breaker *breaker = rcp_pg_pays(verb) ? &client->pay : &client->query;
    const struct rcp_breaker_settings *settings = settings_of(verb);
    uint64_t age_ms = digest->now_ms - try->since_ms;
    bool heard = rcp_breaker_listens(breaker, settings, digest->now_ms, try->permit, try->since_ms);
    rcp_digest_pair(digest, try->permit.given, try->verb);
    rcp_digest_add(digest, heard ? 1u + try->permit.probe : 0);
    rcp_digest_add(digest, !heard ? 0 : age_ms < settings->slow_ms ? age_ms : settings->slow_ms);
}

void rcp_pg_client_check(const struct rcp_pg_client *client, uint32_t in_flight, uint32_t most)
{
    rcp_check(client->in_flight == in_flight, "pg_calls_counted");
    rcp_check(in_flight <= most, "pg_calls_bounded");
    rcp_breaker_check(&client->pay, &rcp_breaker_pay);
    rcp_breaker_check(&client->query, &rcp_breaker_query);
}
