/* The circuit breaker: a table of edges, a window of results, permits for probes. */
#include "core/gateway/breaker.h"

#include "core/check.h"
#include "core/limits.h"

const struct rcp_breaker_edge rcp_breaker_edges[] = {
    {RCP_BREAKER_CLOSED, RCP_BREAKER_TRIPPED, RCP_BREAKER_OPEN},
    {RCP_BREAKER_OPEN, RCP_BREAKER_WAITED, RCP_BREAKER_HALF_OPEN},
    {RCP_BREAKER_HALF_OPEN, RCP_BREAKER_HEALED, RCP_BREAKER_CLOSED},
    {RCP_BREAKER_HALF_OPEN, RCP_BREAKER_RELAPSED, RCP_BREAKER_OPEN},
};
const uint32_t rcp_breaker_edge_count = sizeof rcp_breaker_edges / sizeof rcp_breaker_edges[0];

/* Ours: the documents give no life to a permit, and no age to a result. */
#define PERMIT_MS 2000u
#define STALE_MS  30000u

static_assert(PERMIT_MS > RCP_PG_TIMEOUT_MS, "a permit outlives the try it was given for");
static_assert(PERMIT_MS < STALE_MS, "no permit is out when what is remembered is stale");
static_assert(STALE_MS < RCP_RECONCILE_MS, "a pass does not judge by the results of the last one");

const struct rcp_breaker_settings rcp_breaker_pay = {
    .window = 10,
    .minimum = 5,
    .failure_percent = 30,
    .slow_percent = 50,
    .slow_ms = 700,
    .open_ms = 5000,
    .probes = 3,
    .permit_ms = PERMIT_MS,
    .stale_ms = STALE_MS,
};

const struct rcp_breaker_settings rcp_breaker_query = {
    .window = 5,
    .minimum = 5,
    .failure_percent = 20,
    .slow_percent = 50,
    .slow_ms = 400,
    .open_ms = 5000,
    .probes = 3,
    .permit_ms = PERMIT_MS,
    .stale_ms = STALE_MS,
};

/* --- Moves --- */

/* Forgets everything but the epoch, which it raises: whatever is still out was let out by another state. */
static void move(struct rcp_breaker *breaker,
                 const struct rcp_breaker_settings *settings,
                 uint64_t mono_ms,
                 enum rcp_breaker_event event,
                 uint32_t *edge)
{
    for (uint32_t i = 0; i < rcp_breaker_edge_count; i++) {
        const struct rcp_breaker_edge *row = &rcp_breaker_edges[i];
        if (row->from != breaker->state || row->event != event)
            continue;
        *breaker = (struct rcp_breaker){
            .until_ms =
                mono_ms + (row->to == RCP_BREAKER_OPEN ? settings->open_ms : settings->stale_ms),
            .epoch = (uint16_t)(breaker->epoch + 1u),
            .state = row->to,
        };
        *edge = i;
        return;
    }
    rcp_check_failed("breaker_edge_exists");
}

void rcp_breaker_force(struct rcp_breaker *breaker, enum rcp_breaker_force force)
{
    if (breaker->forced == force)
        return;
    *breaker = (struct rcp_breaker){
        .epoch = (uint16_t)(breaker->epoch + 1u),
        .state = force == RCP_BREAKER_FORCED_OPEN ? RCP_BREAKER_OPEN : RCP_BREAKER_CLOSED,
        .forced = (uint8_t)force,
    };
}

/* --- Results --- */

static uint32_t ones(uint32_t bits)
{
    uint32_t count = 0;
    for (; bits != 0; bits &= bits - 1u)
        count++;
    return count;
}

static bool too_many(const struct rcp_breaker *breaker, const struct rcp_breaker_settings *settings)
{
    return ones(breaker->failures) * 100u >= settings->failure_percent * breaker->count ||
           ones(breaker->slows) * 100u >= settings->slow_percent * breaker->count;
}

/* The newest result pushes the oldest one out. */
static void remember(struct rcp_breaker *breaker, uint32_t room, bool failed, bool slow)
{
    uint32_t mask = (1u << room) - 1u;
    breaker->failures = (breaker->failures << 1 | failed) & mask;
    breaker->slows = (breaker->slows << 1 | slow) & mask;
    if (breaker->count < room)
        breaker->count++;
}

/* Nobody has called for long: what is remembered is judged for the last time. */
static void settle_stale(struct rcp_breaker *breaker,
                         const struct rcp_breaker_settings *settings,
                         uint64_t mono_ms,
                         uint32_t *edge)
{
    if (breaker->count == 0)
        return;
    if (breaker->state == RCP_BREAKER_HALF_OPEN && !too_many(breaker, settings)) {
        move(breaker, settings, mono_ms, RCP_BREAKER_HEALED, edge);
        return;
    }
    breaker->failures = breaker->slows = 0;
    breaker->count = 0;
}

/* --- Permits --- */

/* A probe goes out where it and those before it are not more than asked for. */
static bool lend(struct rcp_breaker *breaker,
                 const struct rcp_breaker_settings *settings,
                 uint64_t mono_ms,
                 struct rcp_permit *permit)
{
    uint32_t taken = breaker->count, free = 0;
    for (uint32_t i = settings->probes; i-- > 0;) {
        if (breaker->permit_until_ms[i] <= mono_ms)
            breaker->permit_until_ms[i] = 0; /* free, or expired just now */
        if (breaker->permit_until_ms[i] == 0)
            free = i;
        else
            taken++;
    }
    if (taken >= settings->probes)
        return false;
    breaker->permit_until_ms[free] = mono_ms + settings->permit_ms;
    *permit =
        (struct rcp_permit){.epoch = breaker->epoch, .given = 1, .probe = (uint8_t)(free + 1u)};
    return true;
}

static bool let_through(struct rcp_breaker *breaker,
                        const struct rcp_breaker_settings *settings,
                        uint64_t mono_ms,
                        struct rcp_permit *permit,
                        uint32_t *edge)
{
    switch ((enum rcp_breaker_state)breaker->state) {
    case RCP_BREAKER_CLOSED:
        *permit = (struct rcp_permit){.epoch = breaker->epoch, .given = 1};
        return true;
    case RCP_BREAKER_OPEN:
        if (mono_ms < breaker->until_ms)
            return false;
        move(breaker, settings, mono_ms, RCP_BREAKER_WAITED, edge);
        return lend(breaker, settings, mono_ms, permit);
    case RCP_BREAKER_HALF_OPEN:
        return lend(breaker, settings, mono_ms, permit);
    case RCP_BREAKER_STATE_COUNT:
        break;
    }
    rcp_check_failed("breaker_state_exists");
}

/* Who asks finds no permit out whose life is over: it would be out for ever. */
static void check_permits(const struct rcp_breaker *breaker, uint64_t mono_ms)
{
    for (uint32_t i = 0; i < RCP_BREAKER_PERMITS_MAX; i++)
        rcp_check(breaker->permit_until_ms[i] == 0 || breaker->permit_until_ms[i] > mono_ms,
                  "permit_expires");
}

bool rcp_breaker_ask(struct rcp_breaker *breaker,
                     const struct rcp_breaker_settings *settings,
                     uint64_t mono_ms,
                     struct rcp_permit *permit,
                     uint32_t *edge)
{
    *edge = RCP_BREAKER_NO_EDGE;
    *permit = (struct rcp_permit){0};
    if (breaker->forced == RCP_BREAKER_FORCED_OPEN)
        return false;
    if (breaker->state != RCP_BREAKER_OPEN && mono_ms >= breaker->until_ms)
        settle_stale(breaker, settings, mono_ms, edge);
    bool through = let_through(breaker, settings, mono_ms, permit, edge);
    check_permits(breaker, mono_ms);
    if (!through)
        return false;
    breaker->until_ms = mono_ms + settings->stale_ms;
    return true;
}

bool rcp_breaker_listens(const struct rcp_breaker *breaker,
                         const struct rcp_breaker_settings *settings,
                         uint64_t mono_ms,
                         struct rcp_permit permit,
                         uint64_t since_ms)
{
    if (!permit.given || permit.epoch != breaker->epoch || breaker->forced != RCP_BREAKER_AUTOMATIC)
        return false;
    if (permit.probe == 0)
        return true;
    /* The same place may have been lent again since; the end of its life tells which permit it is. */
    uint64_t until_ms = breaker->permit_until_ms[permit.probe - 1u];
    return mono_ms < until_ms && until_ms == since_ms + settings->permit_ms;
}

void rcp_breaker_tell(struct rcp_breaker *breaker,
                      const struct rcp_breaker_settings *settings,
                      uint64_t mono_ms,
                      struct rcp_permit permit,
                      uint64_t since_ms,
                      enum rcp_pg_health health,
                      uint32_t *edge)
{
    *edge = RCP_BREAKER_NO_EDGE;
    rcp_check(permit.given && permit.probe <= settings->probes, "permit_was_given");
    rcp_check(since_ms <= mono_ms, "call_ends_after_it_began");
    if (!rcp_breaker_listens(breaker, settings, mono_ms, permit, since_ms))
        return;
    rcp_check((permit.probe != 0) == (breaker->state == RCP_BREAKER_HALF_OPEN),
              "probe_of_a_probing");
    if (permit.probe != 0)
        breaker->permit_until_ms[permit.probe - 1u] = 0;
    breaker->until_ms = mono_ms + settings->stale_ms;
    if (health == RCP_PG_IGNORED)
        return;
    remember(breaker,
             permit.probe != 0 ? settings->probes : settings->window,
             health == RCP_PG_FAILURE,
             mono_ms - since_ms >= settings->slow_ms);
    bool bad = too_many(breaker, settings);
    if (permit.probe == 0 && breaker->count >= settings->minimum && bad)
        move(breaker, settings, mono_ms, RCP_BREAKER_TRIPPED, edge);
    else if (permit.probe != 0 && breaker->count == settings->probes)
        move(breaker, settings, mono_ms, bad ? RCP_BREAKER_RELAPSED : RCP_BREAKER_HEALED, edge);
}

/* --- Whole-state invariants --- */

void rcp_breaker_check(const struct rcp_breaker *breaker,
                       const struct rcp_breaker_settings *settings)
{
    uint32_t out = 0;
    for (uint32_t i = 0; i < RCP_BREAKER_PERMITS_MAX; i++)
        out += breaker->permit_until_ms[i] != 0;
    rcp_check((breaker->failures | breaker->slows) >> breaker->count == 0,
              "breaker_knows_what_it_counts");
    if (breaker->forced != RCP_BREAKER_AUTOMATIC) {
        rcp_check(breaker->count == 0, "forced_remembers_nothing");
        rcp_check((breaker->forced == RCP_BREAKER_FORCED_OPEN) ==
                      (breaker->state == RCP_BREAKER_OPEN),
                  "forced_keeps_its_state");
    }
    switch ((enum rcp_breaker_state)breaker->state) {
    case RCP_BREAKER_CLOSED:
        rcp_check(out == 0, "permits_are_of_half_open");
        rcp_check(breaker->count <= settings->window, "results_fit_window");
        rcp_check(breaker->count < settings->minimum || !too_many(breaker, settings),
                  "closed_below_the_shares");
        return;
    case RCP_BREAKER_OPEN:
        rcp_check(out == 0, "permits_are_of_half_open");
        rcp_check(breaker->count == 0, "open_remembers_nothing");
        return;
    case RCP_BREAKER_HALF_OPEN:
        rcp_check(breaker->count < settings->probes, "enough_probes_decide");
        rcp_check(breaker->count + out <= settings->probes, "probes_bounded");
        return;
    case RCP_BREAKER_STATE_COUNT:
        break;
    }
    rcp_check_failed("breaker_state_exists");
}
