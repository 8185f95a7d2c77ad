/* Shrinking times: moments closer together, lengths shorter, both round. */
#include "sim/engine/shrink_steps.h"

#include <stddef.h>

#define SECOND UINT64_C(1000)
#define MINUTE (60u * SECOND)
#define HOUR   (60u * MINUTE)

const uint64_t rcp_shrink_ladder[] = {
    0,
    1,
    2,
    5,
    10,
    20,
    50,
    100,
    200,
    500,
    SECOND,
    2u * SECOND,
    3u * SECOND,
    5u * SECOND,
    10u * SECOND,
    15u * SECOND,
    20u * SECOND,
    30u * SECOND,
    45u * SECOND,
    MINUTE,
    90u * SECOND,
    2u * MINUTE,
    3u * MINUTE,
    5u * MINUTE,
    10u * MINUTE,
    15u * MINUTE,
    20u * MINUTE,
    30u * MINUTE,
    HOUR,
    2u * HOUR,
    3u * HOUR,
    6u * HOUR,
    12u * HOUR,
    24u * HOUR,
    25u * HOUR,
    48u * HOUR,
    72u * HOUR,
};
const uint32_t rcp_shrink_ladder_count = sizeof rcp_shrink_ladder / sizeof rcp_shrink_ladder[0];

static bool round_already(uint64_t ms)
{
    for (uint32_t i = 0; i < rcp_shrink_ladder_count; i++)
        if (rcp_shrink_ladder[i] == ms)
            return true;
    return false;
}

/* Its place on the ladder, or the next one above; the last where there is none. */
static uint64_t next_rung(uint64_t ms)
{
    for (uint32_t i = 0; i < rcp_shrink_ladder_count; i++)
        if (rcp_shrink_ladder[i] >= ms)
            return rcp_shrink_ladder[i];
    return ms;
}

/* --- Moments: when the lines of workload and plan begin, and the heal --- */

static uint32_t moment_count(const struct rcp_scenario *scenario)
{
    return scenario->work_count + scenario->plan_count + 1u;
}

static uint64_t *moment(struct rcp_scenario *scenario, uint32_t i)
{
    if (i < scenario->work_count)
        return &scenario->work[i].at_ms;
    i -= scenario->work_count;
    return i < scenario->plan_count ? &scenario->plan[i].at_ms : &scenario->heal_ms;
}

/* The first moment after `ms`; false where there is none. */
static bool next_moment(struct rcp_scenario *scenario, uint64_t ms, bool inclusive, uint64_t *next)
{
    bool found = false;
    for (uint32_t i = 0; i < moment_count(scenario); i++) {
        uint64_t at_ms = *moment(scenario, i);
        if ((at_ms > ms || (inclusive && at_ms == ms)) && (!found || at_ms < *next)) {
            *next = at_ms;
            found = true;
        }
    }
    return found;
}

/* All moments from `from_ms` on come `to_ms - from_ms` later, or earlier. */
static bool shift(struct rcp_shrink *shrink, uint64_t from_ms, uint64_t to_ms)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    for (uint32_t i = 0; i < moment_count(trial); i++)
        if (*moment(trial, i) >= from_ms)
            *moment(trial, i) += to_ms - from_ms;
    return rcp_shrink_keep(shrink);
}

/* The gap before each moment, with all that follows, as short as it can be. */
static bool close_gaps(struct rcp_shrink *shrink)
{
    bool kept = false;
    uint64_t last_ms = 0;
    uint64_t next_ms = 0;
    bool first = true;
    while (next_moment(&shrink->best, last_ms, first, &next_ms)) {
        for (uint32_t i = 0; i < rcp_shrink_ladder_count; i++) {
            uint64_t to_ms = last_ms + rcp_shrink_ladder[i];
            if (to_ms >= next_ms)
                break;
            if (shift(shrink, next_ms, to_ms)) {
                next_ms = to_ms;
                kept = true;
                break;
            }
        }
        last_ms = next_ms;
        first = false;
    }
    return kept;
}

/* --- Single times --- */

enum { WORK_EVERY, PLAN_FOR, PLAN_BY, RULE_TAKES, OF_WORLD, MOMENT, TIME_KINDS };

#define SECOND_RUNG 10u /* the world's own times are not worth less than a second */

static const size_t world_times[] = {
    offsetof(struct rcp_world_config, token_ttl_ms),
    offsetof(struct rcp_world_config, orphan_ms),
    offsetof(struct rcp_world_config, session_timeout_ms),
    offsetof(struct rcp_world_config, retention_ms),
    offsetof(struct rcp_world_config, client_timeout_ms),
    offsetof(struct rcp_world_config, client_pause_ms),
};

static uint64_t *world_time(struct rcp_scenario *scenario, uint32_t i)
{
    return (uint64_t *)(void *)((unsigned char *)&scenario->world + world_times[i]);
}

static bool is_default(struct rcp_scenario *scenario, uint32_t i)
{
    struct rcp_scenario plain; /* no more than its world is looked at */
    rcp_scenario_defaults(&plain);
    return *world_time(scenario, i) == *world_time(&plain, i);
}

static uint32_t time_count(const struct rcp_scenario *scenario, int kind)
{
    switch (kind) {
    case WORK_EVERY:
        return scenario->work_count;
    case PLAN_FOR:
    case PLAN_BY:
        return scenario->plan_count;
    case RULE_TAKES:
        return scenario->rule_count;
    case OF_WORLD:
        return sizeof world_times / sizeof world_times[0];
    default:
        return moment_count(scenario);
    }
}

static uint64_t *time_of(struct rcp_scenario *scenario, int kind, uint32_t i)
{
    switch (kind) {
    case WORK_EVERY:
        return &scenario->work[i].every_ms;
    case PLAN_FOR:
        return &scenario->plan[i].for_ms;
    case PLAN_BY:
        return &scenario->plan[i].by_ms;
    case RULE_TAKES:
        return &scenario->rules[i].takes_ms;
    case OF_WORLD:
        return world_time(scenario, i);
    default:
        return moment(scenario, i);
    }
}

static bool set(struct rcp_shrink *shrink, int kind, uint32_t i, uint64_t ms)
{
    *time_of(rcp_shrink_trial(shrink), kind, i) = ms;
    return rcp_shrink_keep(shrink);
}

/* The smallest of the ladder that fails alike. 0 in a length would mean that there is none. */
static bool shorten(struct rcp_shrink *shrink, int kind, uint32_t i)
{
    static const uint32_t least[TIME_KINDS] = {
        [PLAN_FOR] = 1, [PLAN_BY] = 1, [RULE_TAKES] = 1, [OF_WORLD] = SECOND_RUNG};
    uint64_t now_ms = *time_of(&shrink->best, kind, i);
    if (kind == OF_WORLD && is_default(&shrink->best, i))
        return false;
    for (uint32_t rung = least[kind]; rung < rcp_shrink_ladder_count; rung++) {
        if (rcp_shrink_ladder[rung] >= now_ms)
            return false;
        if (set(shrink, kind, i, rcp_shrink_ladder[rung]))
            return true;
    }
    return false;
}

bool rcp_shrink_times(struct rcp_shrink *shrink)
{
    bool kept = close_gaps(shrink);
    for (int kind = 0; kind < TIME_KINDS; kind++)
        for (uint32_t i = 0; i < time_count(&shrink->best, kind); i++)
            kept = shorten(shrink, kind, i) || kept;
    return kept;
}

/* --- Round, where shorter does not go --- */

static bool round_gaps(struct rcp_shrink *shrink)
{
    bool kept = false;
    uint64_t last_ms = 0;
    uint64_t next_ms = 0;
    bool first = true;
    while (next_moment(&shrink->best, last_ms, first, &next_ms)) {
        uint64_t to_ms = last_ms + next_rung(next_ms - last_ms);
        if (to_ms != next_ms && shift(shrink, next_ms, to_ms)) {
            next_ms = to_ms;
            kept = true;
        }
        last_ms = next_ms;
        first = false;
    }
    return kept;
}

bool rcp_shrink_round(struct rcp_shrink *shrink)
{
    bool kept = round_gaps(shrink);
    for (int kind = 0; kind < OF_WORLD; kind++) {
        for (uint32_t i = 0; i < time_count(&shrink->best, kind); i++) {
            uint64_t now_ms = *time_of(&shrink->best, kind, i);
            if (!round_already(now_ms))
                kept = set(shrink, kind, i, next_rung(now_ms)) || kept;
        }
    }
    return kept;
}
