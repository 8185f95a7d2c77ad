/* The twice oracle: a plain run, the same run with one thing done twice, and what both settle to. */
#include "sim/twice.h"

#include "core/check.h"
#include "sim/check/facts.h"

#include <string.h>

/* More than one thing done twice can ever take. */
#define MORE_EXCHANGES 1u
#define MORE_ROWS      64u
#define MORE_RECORDS   256u
#define MORE_PENDING   256u
#define MORE_ORDERS    16u  /* and refunds; where there is a shop */
#define MORE_PG        64u  /* transactions, and callbacks about them */
#define MORE_ASKED     512u /* requests of buyers whose answer comes later than it did */

const char *rcp_twice_name(enum rcp_twice_kind kind)
{
    static const char *const names[RCP_TWICE_KIND_COUNT] = {
        [RCP_TWICE_NONE] = "none",
        [RCP_TWICE_REQUEST] = "request",
        [RCP_TWICE_COMMIT] = "commit",
        [RCP_TWICE_DELIVERY] = "delivery",
        [RCP_TWICE_PASS] = "pass",
    };
    return names[kind];
}

const char *rcp_settled_name(enum rcp_settled in)
{
    static const char *const names[RCP_SETTLED_COUNT] = {
        [RCP_SETTLED_INVARIANT] = "invariant",
        [RCP_SETTLED_PROMISE] = "promise",
        [RCP_SETTLED_ENTRY] = "entry",
        [RCP_SETTLED_PRODUCT] = "product",
        [RCP_SETTLED_TOKEN] = "usable token",
        [RCP_SETTLED_RELEASED] = "token marked released",
        [RCP_SETTLED_PARKED] = "parked rows",
        [RCP_SETTLED_RECORDS] = "parked records",
        [RCP_SETTLED_CHARGE] = "payment",
    };
    return names[in];
}

/* --- The two runs --- */

static void make_room(struct rcp_world_config *world)
{
    world->exchanges += MORE_EXCHANGES;
    world->rows += MORE_ROWS;
    world->records += MORE_RECORDS;
    world->pending += MORE_PENDING;
    if (!rcp_world_has_shop(world))
        return;
    world->exchanges += MORE_PG + MORE_ASKED;
    world->orders += MORE_ORDERS;
    world->refunds += MORE_ORDERS;
    world->transactions += MORE_PG;
}

size_t rcp_twice_init(struct rcp_twice *twice, const struct rcp_scenario *scenario)
{
    twice->scenario = *scenario;
    make_room(&twice->scenario.world);
    twice->replay = twice->scenario;
    twice->replay.tape_only = 1;
    twice->world_size = rcp_world_size(&twice->scenario);
    return 2u * twice->world_size;
}

bool rcp_twice_plain(struct rcp_twice *twice, uint64_t seed, void *block, size_t block_size)
{
    uint32_t count = 0;
    rcp_check(2u * twice->world_size <= block_size, "two_worlds_fit_block");
    twice->seed = seed;
    twice->plain_world = block;
    twice->double_world = (unsigned char *)block + twice->world_size;
    rcp_run(&twice->scenario,
            seed,
            twice->plain_world,
            twice->world_size,
            NULL,
            NULL,
            twice->replay.tape,
            &count,
            &twice->plain);
    twice->replay.tape_count = count;
    return twice->plain.outcome == RCP_RUN_HELD;
}

/* --- What has settled --- */

static uint64_t parked(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint64_t causes = 0;
    for (uint32_t i = rcp_world_ledgers(world)[payment].rows; i != RCP_NOBODY; i = rows[i].sibling)
        if (rows[i].status == RCP_ROW_FAILED)
            causes |= 1ull << rows[i].cause;
    return causes;
}

/* A later yes takes nothing back, and neither does a later no. */
static enum rcp_promise promise(const struct rcp_world *world, uint32_t payment)
{
    uint32_t told = rcp_facts_told(world, payment);
    if ((told & (RCP_TOLD_OK | RCP_TOLD_ACCEPTED)) != 0)
        return RCP_PROMISE_YES;
    return (told & RCP_TOLD_GONE) != 0 ? RCP_PROMISE_NO : RCP_PROMISE_NONE;
}

static void settle(const struct rcp_world *world,
                   uint32_t payment,
                   uint64_t facts[RCP_SETTLED_COUNT])
{
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    bool approved = entry->status == RCP_ENTRY_APPROVED;
    memset(facts, 0, RCP_SETTLED_COUNT * sizeof *facts);
    facts[RCP_SETTLED_PROMISE] = promise(world, payment);
    facts[RCP_SETTLED_ENTRY] = entry->status;
    facts[RCP_SETTLED_PARKED] = parked(world, payment);
    if (!approved)
        return;
    facts[RCP_SETTLED_PRODUCT] = entry->product_id;
    facts[RCP_SETTLED_TOKEN] = rcp_world_tokens(world)[payment].state == RCP_TOKEN_LIVE;
    facts[RCP_SETTLED_RELEASED] = entry->token_released;
}

/* --- Races that either side may win, by rule ---
 *
 * A double takes a slot, a connection, a few milliseconds. Where two things race, that may decide who is
 * first, and both ends are right. What a racing payment may not do is left to the invariants. */

/* True where a line of the workload has this kind of work for the payment. */
static bool has_work(const struct rcp_scenario *scenario,
                     const struct rcp_world *world,
                     uint32_t payment,
                     enum rcp_work_kind kind)
{
    uint32_t activity = rcp_payment_activity(world, payment) + 1u;
    uint32_t user = rcp_payment_user(world, payment);
    for (uint32_t i = 0; i < scenario->work_count; i++) {
        const struct rcp_work *work = &scenario->work[i];
        if (work->kind == (uint32_t)kind && work->activity == activity &&
            work->user_first <= user && user <= work->user_last)
            return true;
    }
    return false;
}

/* Its token ran out before its owner was heard. */
static bool came_too_late(const struct rcp_world *world, uint32_t payment)
{
    return rcp_world_tokens(world)[payment].state == RCP_TOKEN_EXPIRED &&
           promise(world, payment) == RCP_PROMISE_NO;
}

/* Sets of enum rcp_park_cause. */
#define TRIES_RAN_OUT (1ull << RCP_PARK_ATTEMPTS | 1ull << RCP_PARK_SENDS | 1ull << RCP_PARK_AGE)
#define SOLD_OUT      (1ull << RCP_PARK_CAPACITY)

/* A row of it is parked for one of these causes in either run. */
static bool parked_for(const struct rcp_twice *twice, uint32_t payment, uint64_t causes)
{
    return ((parked(twice->plain_world, payment) | parked(twice->double_world, payment)) &
            causes) != 0;
}

static bool may_differ(const struct rcp_twice *twice, uint32_t payment, enum rcp_settled in)
{
    const struct rcp_world *plain = twice->plain_world;
    const struct rcp_world *doubled = twice->double_world;
    /* Full is an answer: who hears nothing but 503 and goes away was promised nothing. */
    if (promise(plain, payment) == RCP_PROMISE_NONE ||
        promise(doubled, payment) == RCP_PROMISE_NONE)
        return true;
    /* The owner against the end of his token: asked again after a 503, he may be too late. */
    if (came_too_late(plain, payment) || came_too_late(doubled, payment))
        return true;
    /* The owner, and the retries, against an operator who rejects the reservation or parks the payment. */
    if (has_work(&twice->scenario, plain, payment, RCP_WORK_REJECT) ||
        has_work(&twice->scenario, plain, payment, RCP_WORK_PARK))
        return true;
    /* One more try against the last one that counts. A transaction that runs again is no try. */
    if (twice->replay.twice != RCP_TWICE_COMMIT && parked_for(twice, payment, TRIES_RAN_OUT))
        return true;
    /* One payment against another for the last place of an activity. */
    if (parked_for(twice, payment, SOLD_OUT))
        return true;
    /* One payload against another under the same key: the first to be approved is what was bought. */
    return in == RCP_SETTLED_PRODUCT &&
           has_work(&twice->scenario, plain, payment, RCP_WORK_OTHER_PAYLOAD);
}

static bool payment_differs(const struct rcp_twice *twice,
                            uint32_t payment,
                            struct rcp_twice_difference *difference)
{
    const struct rcp_world *world = twice->plain_world;
    uint64_t plain[RCP_SETTLED_COUNT], doubled[RCP_SETTLED_COUNT];
    settle(world, payment, plain);
    settle(twice->double_world, payment, doubled);
    for (uint32_t in = 0; in < RCP_SETTLED_COUNT; in++) {
        if (plain[in] == doubled[in] || may_differ(twice, payment, (enum rcp_settled)in))
            continue;
        *difference = (struct rcp_twice_difference){
            .in = (enum rcp_settled)in,
            .called_off = true,
            .user = rcp_payment_user(world, payment),
            .activity = rcp_payment_activity(world, payment) + 1u,
            .plain = plain[in],
            .doubled = doubled[in],
        };
        return true;
    }
    return false;
}

/* PAID where one of its orders is, else what the last one has come to. */
static enum rcp_charge_status charge(const struct rcp_world *world, uint32_t purchase)
{
    enum rcp_charge_status status = RCP_CHARGE_NONE;
    for (uint32_t i = 0; i < world->order_count && status != RCP_CHARGE_PAID; i++)
        if (rcp_world_orders(world)[i].purchase == purchase)
            status = (enum rcp_charge_status)rcp_world_orders(world)[i].charge;
    return status;
}

/* It was never placed, or its buyer was refused: stock, points and coupon are first come, first served. */
static bool is_unbound(const struct rcp_world *world, uint32_t purchase)
{
    return charge(world, purchase) == RCP_CHARGE_NONE ||
           rcp_world_purchase_ledgers(world)[purchase].told_refused;
}

static bool is_known_to_pg(const struct rcp_world *world, uint32_t purchase)
{
    for (uint32_t i = 0; i < world->pg_count; i++) {
        uint32_t order = rcp_world_pg_rows(world)[i].order;
        if (order != RCP_NOBODY && rcp_world_orders(world)[order].purchase == purchase)
            return true;
    }
    return false;
}

/* Its node died between placing it and sending it: which of the two a crash comes after is a race, and an
 * order that the PG has never seen fails. */
static bool is_cut_off(const struct rcp_world *world, uint32_t purchase)
{
    if (charge(world, purchase) != RCP_CHARGE_FAILED || is_known_to_pg(world, purchase))
        return false;
    for (uint32_t i = 0; i < world->exchange_count; i++) {
        const struct rcp_exchange *x = &rcp_world_exchanges(world)[i];
        if (x->purchase == purchase && x->node_died)
            return true;
    }
    return false;
}

/* The PG decided in the minute in which the payment was given up: its callback against the clock. */
static bool is_given_up(const struct rcp_world *world, uint32_t purchase)
{
    for (uint32_t i = 0; i < world->order_count; i++)
        if (rcp_world_orders(world)[i].purchase == purchase &&
            rcp_world_orders(world)[i].failure == RCP_FAILURE_TIME_OUT)
            return true;
    return false;
}

/* It came to a node whose circuit is open, or that calls the PG as often as it may: the PG never heard of it.
 * Each node has circuits of its own, and which node a request comes to is the balancer's turn. */
static bool is_never_sent(const struct rcp_world *world, uint32_t purchase)
{
    for (uint32_t i = 0; i < world->order_count; i++)
        if (rcp_world_orders(world)[i].purchase == purchase &&
            rcp_world_orders(world)[i].failure == RCP_FAILURE_NOT_REACHED)
            return !is_known_to_pg(world, purchase);
    return false;
}

/* It was not its own doing: somebody else has the stock, its node died or could not call, or its time was
 * over. */
static bool may_end_either_way(const struct rcp_world *world, uint32_t purchase)
{
    return is_unbound(world, purchase) || is_cut_off(world, purchase) ||
           is_never_sent(world, purchase) || is_given_up(world, purchase);
}

/* An operator who says that it has failed races with the PG. */
static bool has_override(const struct rcp_scenario *scenario, uint32_t buyer, uint32_t nth)
{
    for (uint32_t i = 0; i < scenario->work_count; i++) {
        const struct rcp_work *work = &scenario->work[i];
        if (work->kind == RCP_WORK_ORDER_FAIL && work->purchase == nth &&
            work->user_first <= buyer && buyer <= work->user_last)
            return true;
    }
    return false;
}

static bool purchase_differs(const struct rcp_twice *twice,
                             uint32_t purchase,
                             struct rcp_twice_difference *difference)
{
    const struct rcp_world *world = twice->plain_world;
    uint32_t buyer = purchase / world->config.purchases + 1u;
    uint32_t nth = purchase % world->config.purchases + 1u;
    *difference = (struct rcp_twice_difference){
        .in = RCP_SETTLED_CHARGE,
        .called_off = true,
        .user = buyer,
        .plain = charge(world, purchase),
        .doubled = charge(twice->double_world, purchase),
    };
    return difference->plain != difference->doubled && !may_end_either_way(world, purchase) &&
           !may_end_either_way(twice->double_world, purchase) &&
           !has_override(&twice->scenario, buyer, nth);
}

static bool differs(const struct rcp_twice *twice, struct rcp_twice_difference *difference)
{
    const struct rcp_world *plain = twice->plain_world;
    const struct rcp_world *doubled = twice->double_world;
    for (uint32_t payment = 0; payment < plain->payments; payment++)
        if (payment_differs(twice, payment, difference))
            return true;
    for (uint32_t purchase = 0; purchase < plain->purchases; purchase++)
        if (purchase_differs(twice, purchase, difference))
            return true;
    *difference = (struct rcp_twice_difference){
        .in = RCP_SETTLED_RECORDS, .plain = plain->parked_count, .doubled = doubled->parked_count};
    return plain->parked_count != doubled->parked_count;
}

/* --- Points --- */

/* The taped run once more, up to this point and in this way beyond it. */
static void run_point(struct rcp_twice *twice,
                      void *world,
                      bool called_off,
                      bool spares,
                      const struct rcp_recorder *recorder,
                      struct rcp_run_result *result)
{
    twice->replay.twice_heals = called_off;
    twice->replay.twice_spares = spares;
    rcp_run(
        &twice->replay, twice->seed, world, twice->world_size, recorder, NULL, NULL, NULL, result);
}

/* Of the doubled run alone: SAME where it held. */
static enum rcp_twice_end judge(const struct rcp_twice *twice,
                                bool called_off,
                                struct rcp_twice_difference *difference)
{
    const struct rcp_run_result *doubled = &twice->doubled;
    const struct rcp_violation *violation = &doubled->violation;
    if (doubled->outcome == RCP_RUN_ERROR ||
        doubled->twice_points[twice->replay.twice] < twice->replay.twice_nth)
        return RCP_TWICE_ERROR;
    *difference = (struct rcp_twice_difference){
        .in = RCP_SETTLED_INVARIANT,
        .called_off = called_off,
        .user = (uint32_t)violation->user_id,
        .activity = (uint32_t)violation->activity_id,
    };
    return doubled->outcome == RCP_RUN_VIOLATED ? RCP_TWICE_DIFFERS : RCP_TWICE_SAME;
}

enum rcp_twice_end rcp_twice_point(struct rcp_twice *twice,
                                   enum rcp_twice_kind kind,
                                   uint32_t nth,
                                   const struct rcp_recorder *recorder,
                                   struct rcp_twice_difference *difference)
{
    twice->replay.twice = (uint32_t)kind;
    twice->replay.twice_nth = nth;
    run_point(twice, twice->double_world, false, false, NULL, &twice->doubled);
    enum rcp_twice_end end = judge(twice, false, difference);
    bool called_off = end == RCP_TWICE_SAME;
    if (called_off) {
        run_point(twice, twice->plain_world, true, true, NULL, &twice->spared);
        run_point(twice, twice->double_world, true, false, NULL, &twice->doubled);
        end = judge(twice, true, difference);
        if (end == RCP_TWICE_SAME && twice->spared.outcome == RCP_RUN_HELD &&
            differs(twice, difference))
            end = RCP_TWICE_DIFFERS;
    }
    if (recorder != NULL)
        run_point(twice,
                  twice->double_world,
                  called_off && end != RCP_TWICE_SAME,
                  false,
                  recorder,
                  &twice->doubled);
    return end;
}
