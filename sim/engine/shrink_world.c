/* Shrinking the world: everything as it is where a scenario says nothing, and no knob turned in vain. */
#include "sim/engine/shrink_steps.h"
#include "sim/scenario/store.h"

#include <stddef.h>
#include <string.h>

#define LOWER_MAX  32u /* a limit above is left as it is where a few do not do */
#define BLAMED_MAX 3u  /* more knobs than so many to blame, and `documented` says it better */

/* --- Fields that have a default --- */

struct place {
    size_t offset; /* in struct rcp_world_config */
    size_t size;
};

#define PLACE(field)                                                                          \
    {                                                                                         \
        offsetof(struct rcp_world_config, field), sizeof((struct rcp_world_config *)0)->field \
    }

static const struct place places[] = {
    PLACE(nodes_per_process),
    PLACE(capacity),
    PLACE(sessions),
    PLACE(rows),
    PLACE(records),
    PLACE(pending),
    PLACE(exchanges),
    PLACE(token_ttl_ms),
    PLACE(orphan_ms),
    PLACE(session_timeout_ms),
    PLACE(retention_ms),
    PLACE(client_timeout_ms),
    PLACE(client_pause_ms),
    PLACE(client_tries),
    PLACE(instant),
    PLACE(limits.requests),
    PLACE(limits.retries),
    PLACE(limits.group),
    PLACE(limits.groups),
    PLACE(limits.linger_ms),
    PLACE(limits.page),
    PLACE(limits.sends),
    PLACE(limits.window),
    PLACE(limits.orders),
    PLACE(limits.settles),
    PLACE(limits.pg_calls),
    PLACE(stock),
    PLACE(orders),
    PLACE(refunds),
    PLACE(transactions),
    PLACE(points),
    PLACE(price),
    PLACE(discount),
    PLACE(first_order_id),
    PLACE(pg_settles_ms),
    PLACE(gateway),
};

/* The world that the file would describe with its nodes, activities, users, partitions, products, buyers
 * and purchases alone. */
static struct rcp_world_config plain_world(const struct rcp_world_config *world)
{
    struct rcp_scenario plain; /* no more than its world is looked at */
    rcp_scenario_defaults(&plain);
    plain.world.nodes = world->nodes;
    plain.world.activities = world->activities;
    plain.world.users = world->users;
    plain.world.products = world->products;
    plain.world.buyers = world->buyers;
    plain.world.purchases = world->purchases;
    plain.world.limits.partitions = world->limits.partitions;
    rcp_world_derive(&plain.world);
    return plain.world;
}

void rcp_shrink_plain_world(struct rcp_scenario *scenario)
{
    scenario->world = plain_world(&scenario->world);
}

/* Whether that changed anything. */
static bool make_plain(struct rcp_world_config *world, const struct place *place)
{
    struct rcp_world_config plain = plain_world(world);
    unsigned char *own = (unsigned char *)world + place->offset;
    const unsigned char *other = (const unsigned char *)&plain + place->offset;
    bool differs = memcmp(own, other, place->size) != 0;
    memcpy(own, other, place->size);
    return differs;
}

static bool reset(struct rcp_shrink *shrink, const struct place *place)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    return make_plain(&trial->world, place) && rcp_shrink_keep(shrink);
}

static bool reset_all(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    bool differs = false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        differs = make_plain(&trial->world, &places[i]) || differs;
    return differs && rcp_shrink_keep(shrink);
}

/* Numbers that, where they are not the default, are no limit unless they are small. */
static const struct place counts[] = {
    PLACE(sessions),
    PLACE(capacity),
    PLACE(client_tries),
    PLACE(nodes_per_process),
    PLACE(limits.requests),
    PLACE(limits.retries),
    PLACE(limits.group),
    PLACE(limits.groups),
    PLACE(limits.page),
    PLACE(limits.sends),
    PLACE(limits.window),
    PLACE(limits.orders),
    PLACE(limits.settles),
    PLACE(limits.pg_calls),
};

/* The smallest number that fails alike: fewer users are then enough to fill it. */
static bool lower(struct rcp_shrink *shrink, const struct place *place)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    uint32_t now = 0;
    memcpy(&now, (unsigned char *)&trial->world + place->offset, sizeof now);
    if (!make_plain(&trial->world, place))
        return false;
    for (uint32_t less = 0; less < now && less < LOWER_MAX; less++) {
        trial = rcp_shrink_trial(shrink);
        memcpy((unsigned char *)&trial->world + place->offset, &less, sizeof less);
        if (rcp_shrink_keep(shrink))
            return true;
    }
    return false;
}

/* --- The shop --- */

/* A scenario whose orders have all gone needs none. */
static bool close_shop(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (trial->world.products == 0)
        return false;
    rcp_shop_clear(&trial->world);
    return rcp_shrink_keep(shrink);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* No more products and buyers than the workload names. Fewer purchases would be other subjects. */
static bool empty_shop(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    uint32_t products = 1, buyers = 1;
    for (uint32_t i = 0; i < trial->work_count; i++) {
        const struct rcp_work *work = &trial->work[i];
        if (work->kind < RCP_WORK_ORDER)
            continue;
        buyers = larger(buyers, work->user_last);
        for (uint32_t j = 0; j < RCP_ORDER_ITEMS_MAX; j++)
            products = larger(products, work->items[j].product_id);
    }
    if (trial->world.products == 0 ||
        (products >= trial->world.products && buyers >= trial->world.buyers))
        return false;
    trial->world.products = products;
    trial->world.buyers = buyers;
    return rcp_shrink_keep(shrink);
}

/* --- The rest of the file's head --- */

static bool reset_seed(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (trial->seed_first == 1)
        return false;
    trial->seed_first = trial->seed_last = 1;
    return rcp_shrink_keep(shrink);
}

/* A world that has less time to drain fails of that alone, so the time is never shortened. */
static bool reset_drain(struct rcp_shrink *shrink)
{
    struct rcp_scenario plain;
    rcp_scenario_defaults(&plain);
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (trial->drain_ms == plain.drain_ms)
        return false;
    trial->drain_ms = plain.drain_ms;
    return rcp_shrink_keep(shrink);
}

static bool check_all(struct rcp_shrink *shrink)
{
    struct rcp_scenario plain;
    rcp_scenario_defaults(&plain);
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (trial->invariants == plain.invariants)
        return false;
    trial->invariants = plain.invariants;
    return rcp_shrink_keep(shrink);
}

bool rcp_shrink_world(struct rcp_shrink *shrink)
{
    bool kept = close_shop(shrink) || empty_shop(shrink);
    kept = reset_all(shrink) || kept;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        kept = reset(shrink, &places[i]) || kept;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        kept = lower(shrink, &counts[i]) || kept;
    kept = reset_seed(shrink) || kept;
    kept = reset_drain(shrink) || kept;
    return check_all(shrink) || kept;
}

/* --- Knobs --- */

static uint64_t turned(const struct rcp_scenario *scenario)
{
    return scenario->base.hardened ^ scenario->policy.hardened;
}

/* Turns back `size` of the knobs that are turned, from the `at`th on. */
static bool turn_back(struct rcp_shrink *shrink, uint32_t at, uint32_t size)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    uint64_t left = turned(trial);
    for (uint32_t i = 0; i < at + size && left != 0; i++) {
        uint64_t lowest = left & (0u - left);
        if (i >= at)
            trial->policy.hardened ^= lowest;
        left ^= lowest;
    }
    return rcp_shrink_keep(shrink);
}

static bool turn_back_all(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (uint32_t size = (uint32_t)__builtin_popcountll(turned(&shrink->best)); size > 0;
         size /= 2u) {
        for (uint32_t at = 0;
             at < (uint32_t)__builtin_popcountll(turned(&shrink->best)) && !shrink->stopped;) {
            if (turn_back(shrink, at, size))
                kept = true;
            else
                at += size;
        }
    }
    return kept;
}

/* `documented` says that something is to blame, `hardened` with a knob turned says what. */
static bool blame(struct rcp_shrink *shrink)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (trial->base.hardened == rcp_policy_hardened().hardened)
        return false;
    rcp_shrink_copy(&shrink->kept, &shrink->best);
    shrink->kept_result = shrink->best_result;
    trial->base = rcp_policy_hardened();
    if (!rcp_shrink_keep(shrink))
        return false;
    while (turn_back_all(shrink))
        ;
    if ((uint32_t)__builtin_popcountll(turned(&shrink->best)) <= BLAMED_MAX)
        return true;
    rcp_shrink_copy(&shrink->best, &shrink->kept);
    shrink->best_result = shrink->kept_result;
    return false;
}

bool rcp_shrink_knobs(struct rcp_shrink *shrink)
{
    bool kept = turn_back_all(shrink);
    return blame(shrink) || kept;
}
