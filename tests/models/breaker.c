/* The circuit breaker with its callers: each of its moves is compared with a naive reading of the table. */
#include "tests/models/breaker.h"

#include "tests/models/digest.h"

#include <assert.h>
#include <string.h>

#define NOW   (UINT64_C(1) << 20) /* far behind anything that is subtracted */
#define EPOCH 7u /* the breaker's epoch between two transitions; an older one is one less */

static_assert(sizeof(struct breaker_state) % sizeof(uint64_t) == 0, "a state is made of words");

/* --- The table, read naively --- */

/* What the breaker says of itself, without its arithmetic. */
struct reading {
    uint32_t state, count;
    uint8_t results[RCP_BREAKER_WINDOW_MAX]; /* newest first: bit 0 failed, bit 1 slow */
};

static struct reading read_breaker(const struct rcp_breaker *breaker)
{
    struct reading reading = {.state = breaker->state, .count = breaker->count};
    for (uint32_t i = 0; i < reading.count; i++)
        reading.results[i] =
            (uint8_t)((breaker->failures >> i & 1u) | (breaker->slows >> i & 1u) << 1);
    return reading;
}

static bool same(const struct reading *a, const struct reading *b)
{
    return a->state == b->state && a->count == b->count &&
           memcmp(a->results, b->results, sizeof a->results) == 0;
}

static void enter(struct reading *reading, enum rcp_breaker_state state)
{
    *reading = (struct reading){.state = state};
}

static bool past_a_share(const struct reading *reading, const struct rcp_breaker_settings *settings)
{
    uint32_t failures = 0, slows = 0;
    for (uint32_t i = 0; i < reading->count; i++) {
        failures += reading->results[i] & 1u;
        slows += reading->results[i] >> 1 & 1u;
    }
    return failures * 100u >= settings->failure_percent * reading->count ||
           slows * 100u >= settings->slow_percent * reading->count;
}

static bool permit_lives(const struct breaker_context *context, const struct breaker_call *call)
{
    return call->used && call->fresh && call->permit.probe != 0 &&
           call->age < context->settings.permit_ms;
}

/* Who asks is let through. `reading` becomes what must be said then. */
static bool asked(const struct breaker_context *context, struct reading *reading)
{
    uint32_t out = 0;
    if (reading->state == RCP_BREAKER_OPEN) {
        if (context->at.opened < context->settings.open_ms)
            return false;
        enter(reading, RCP_BREAKER_HALF_OPEN);
        return true;
    }
    if (context->at.quiet >= context->settings.stale_ms && reading->count > 0) {
        bool good = !past_a_share(reading, &context->settings);
        enter(reading, good ? RCP_BREAKER_CLOSED : (enum rcp_breaker_state)reading->state);
    }
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        out += permit_lives(context, &context->at.calls[i]);
    return reading->state == RCP_BREAKER_CLOSED || out + reading->count < context->settings.probes;
}

/* A result that is heard goes in front, and may be one too many. */
static void told(const struct breaker_context *context,
                 struct reading *reading,
                 bool failed,
                 bool slow)
{
    const struct rcp_breaker_settings *settings = &context->settings;
    bool probing = reading->state == RCP_BREAKER_HALF_OPEN;
    uint32_t room = probing ? settings->probes : settings->window;
    memmove(reading->results + 1, reading->results, room - 1u);
    reading->results[0] = (uint8_t)(failed | slow << 1);
    if (reading->count < room)
        reading->count++;
    bool bad = past_a_share(reading, settings);
    if (!probing && reading->count >= settings->minimum && bad)
        enter(reading, RCP_BREAKER_OPEN);
    else if (probing && reading->count == room)
        enter(reading, bad ? RCP_BREAKER_OPEN : RCP_BREAKER_CLOSED);
}

/* --- Actions --- */

enum end { END_HEALTHY, END_FAILURE, END_IGNORED, END_NEVER, END_COUNT };

enum action { TICK, ASK, HEAL, FIRST_CALL }; /* from there on: END_COUNT actions for each call */

static bool broke(struct breaker_context *context, const char *what)
{
    context->broken = what;
    return false;
}

/* After anything that the breaker was asked or told. */
static bool moved_rightly(struct breaker_context *context,
                          const struct rcp_breaker *before,
                          const struct reading *expected,
                          uint32_t edge)
{
    struct breaker_state *at = &context->at;
    struct reading reading = read_breaker(&at->breaker);
    if (!same(&reading, expected))
        return broke(context, "it says what the table says");
    if (edge == RCP_BREAKER_NO_EDGE)
        return before->state == at->breaker.state || broke(context, "an edge leads there");
    if (edge >= rcp_breaker_edge_count || rcp_breaker_edges[edge].from != before->state ||
        rcp_breaker_edges[edge].to != at->breaker.state)
        return broke(context, "the edge is one of the table");
    context->edges |= 1u << edge;
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        at->calls[i].fresh = 0;
    if (at->breaker.state == RCP_BREAKER_OPEN)
        at->opened = 0;
    return true;
}

static bool probes_are_bounded(struct breaker_context *context)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        out += permit_lives(context, &context->at.calls[i]);
    if (context->at.breaker.state != RCP_BREAKER_HALF_OPEN)
        return out == 0 || broke(context, "only HALF_OPEN has probes out");
    return out + context->at.breaker.count <= context->settings.probes ||
           broke(context, "never more than the probes are out");
}

static bool ask(struct breaker_context *context)
{
    struct breaker_state *at = &context->at;
    struct rcp_breaker before = at->breaker;
    struct reading expected = read_breaker(&before);
    struct rcp_permit permit;
    uint32_t edge = 0, slot = 0;
    bool expect_through = asked(context, &expected);
    bool through = rcp_breaker_ask(&at->breaker, &context->settings, NOW, &permit, &edge);
    rcp_breaker_check(&at->breaker, &context->settings);
    if (through != expect_through)
        return broke(context, through ? "who must wait is refused" : "who may call is let through");
    if (!moved_rightly(context, &before, &expected, edge))
        return false;
    if (!through)
        return permit.given == 0 || broke(context, "who is refused has no permit");
    while (at->calls[slot].used)
        slot++;
    at->calls[slot] =
        (struct breaker_call){.permit = permit, .used = 1, .fresh = 1, .sound = at->healed};
    at->quiet = 0;
    return probes_are_bounded(context);
}

static bool tell(struct breaker_context *context, struct breaker_call *call, enum end end)
{
    static const enum rcp_pg_health healths[] = {RCP_PG_HEALTHY, RCP_PG_FAILURE, RCP_PG_IGNORED};
    struct breaker_state *at = &context->at;
    struct rcp_breaker before = at->breaker;
    struct reading expected = read_breaker(&before);
    struct breaker_call ended = *call;
    uint32_t edge = 0;
    bool heard = ended.permit.probe != 0 ? permit_lives(context, call) : ended.fresh;
    *call = (struct breaker_call){0};
    if (end == END_NEVER)
        return true;
    rcp_breaker_tell(
        &at->breaker, &context->settings, NOW, ended.permit, NOW - ended.age, healths[end], &edge);
    rcp_breaker_check(&at->breaker, &context->settings);
    if (!heard)
        return memcmp(&before, &at->breaker, sizeof before) == 0 ||
               broke(context, "late news changes nothing");
    if (end != END_IGNORED)
        told(context, &expected, end == END_FAILURE, ended.age >= context->settings.slow_ms);
    at->quiet = 0;
    return moved_rightly(context, &before, &expected, edge) && probes_are_bounded(context);
}

/* --- Time --- */

static void grow(uint16_t *age, uint32_t most)
{
    if (*age < most)
        (*age)++;
}

static void come_closer(uint64_t *at)
{
    if (*at > NOW)
        (*at)--;
}

static void tick(struct breaker_context *context)
{
    const struct rcp_breaker_settings *settings = &context->settings;
    struct breaker_state *at = &context->at;
    uint32_t oldest =
        settings->slow_ms > settings->permit_ms ? settings->slow_ms : settings->permit_ms;
    come_closer(&at->breaker.until_ms);
    for (uint32_t i = 0; i < RCP_BREAKER_PERMITS_MAX; i++)
        come_closer(&at->breaker.permit_until_ms[i]);
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        if (at->calls[i].used)
            grow(&at->calls[i].age, oldest);
    grow(&at->opened, settings->open_ms);
    grow(&at->quiet, settings->stale_ms);
}

/* A sound call is answered before it is slow, and before its permit expires. */
static bool may_tick(const struct breaker_context *context)
{
    const struct rcp_breaker_settings *settings = &context->settings;
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++) {
        const struct breaker_call *call = &context->at.calls[i];
        if (call->used && call->sound &&
            (call->age + 1u >= settings->slow_ms || call->age + 1u >= settings->permit_ms))
            return false;
    }
    return true;
}

/* --- The model --- */

static uint32_t in_flight(const struct breaker_state *at)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        count += at->calls[i].used;
    return count;
}

/* An end that this call may have now. One that never comes keeps its place until its permit is dead. */
static bool may_end(const struct breaker_context *context,
                    const struct breaker_call *call,
                    enum end end)
{
    if (!call->used)
        return false;
    if (call->sound)
        return end == END_HEALTHY;
    return end != END_NEVER || !permit_lives(context, call);
}

static uint32_t list_actions(const struct breaker_context *context,
                             uint8_t actions[FIRST_CALL + END_COUNT * BREAKER_CALLS_MAX])
{
    const struct breaker_state *at = &context->at;
    bool settled = at->healed && at->breaker.state == RCP_BREAKER_CLOSED;
    uint32_t count = 0;
    if (may_tick(context))
        actions[count++] = TICK;
    if (in_flight(at) < context->calls && !settled)
        actions[count++] = ASK;
    if (!at->healed)
        actions[count++] = HEAL;
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        for (uint32_t end = 0; end < END_COUNT; end++)
            if (may_end(context, &at->calls[i], (enum end)end))
                actions[count++] = (uint8_t)(FIRST_CALL + END_COUNT * i + end);
    return count;
}

/* Epochs as near to each other as they can be, and calls in order. */
static void make_canonical(struct breaker_state *at)
{
    for (uint32_t i = 0; i < BREAKER_CALLS_MAX; i++)
        if (at->calls[i].used)
            at->calls[i].permit.epoch =
                at->calls[i].permit.epoch == at->breaker.epoch ? EPOCH : EPOCH - 1u;
    at->breaker.epoch = EPOCH;
    if (at->breaker.state != RCP_BREAKER_OPEN)
        at->opened = 0;
    for (uint32_t i = 1; i < BREAKER_CALLS_MAX; i++)
        for (uint32_t k = i; k > 0; k--) {
            struct breaker_call *left = &at->calls[k - 1u], *right = &at->calls[k], swap = *left;
            if (memcmp(left, right, sizeof *left) >= 0)
                break;
            *left = *right;
            *right = swap;
        }
}

static void init(void *context)
{
    struct breaker_context *breaker = context;
    breaker->at = (struct breaker_state){.breaker = {.until_ms = NOW, .epoch = EPOCH}};
}

static void load(void *context, const void *state, uint32_t size)
{
    struct breaker_context *breaker = context;
    memcpy(&breaker->at, state, size);
}

static uint32_t save(void *context, void *state)
{
    const struct breaker_context *breaker = context;
    memcpy(state, &breaker->at, sizeof breaker->at);
    return sizeof breaker->at;
}

static struct rcp_search_digest digest(void *context)
{
    const struct breaker_context *breaker = context;
    uint64_t words[sizeof breaker->at / sizeof(uint64_t)];
    memcpy(words, &breaker->at, sizeof words);
    return digest_of(words, sizeof words / sizeof words[0]);
}

static bool act(struct breaker_context *breaker, uint32_t action)
{
    if (action == TICK)
        tick(breaker);
    else if (action == HEAL)
        breaker->at.healed = 1;
    else if (action == ASK)
        return ask(breaker);
    else
        return tell(breaker,
                    &breaker->at.calls[(action - FIRST_CALL) / END_COUNT],
                    (enum end)((action - FIRST_CALL) % END_COUNT));
    return true;
}

static enum rcp_search_end step(void *context, struct rcp_search_chooser *chooser)
{
    struct breaker_context *breaker = context;
    struct breaker_state before = breaker->at;
    uint8_t actions[FIRST_CALL + END_COUNT * BREAKER_CALLS_MAX];
    uint32_t count = list_actions(breaker, actions);
    if (count == 0)
        return RCP_SEARCH_SKIPPED;
    if (!act(breaker, actions[rcp_search_choose(chooser, count)]))
        return RCP_SEARCH_VIOLATED;
    make_canonical(&breaker->at);
    if (memcmp(&before, &breaker->at, sizeof before) == 0)
        return RCP_SEARCH_SKIPPED; /* who is refused, or waits in vain, is where they were */
    bool settled = breaker->at.healed && breaker->at.breaker.state == RCP_BREAKER_CLOSED;
    return settled && in_flight(&breaker->at) == 0 ? RCP_SEARCH_DONE : RCP_SEARCH_GOES_ON;
}

/* A PG that has healed leads back to CLOSED, on every path. */
static bool must_end(void *context)
{
    const struct breaker_context *breaker = context;
    return breaker->at.healed != 0;
}

const struct rcp_search_model *breaker_model(void)
{
    static const struct rcp_search_model model = {
        .state_max = sizeof(struct breaker_state),
        .init = init,
        .load = load,
        .step = step,
        .digest = digest,
        .save = save,
        .must_end = must_end,
    };
    return &model;
}

struct breaker_context breaker_context(const struct rcp_breaker_settings *settings, uint32_t calls)
{
    return (struct breaker_context){.settings = *settings, .calls = calls};
}
