/* The loops over invariants and subjects. This runs after every event, so the invariants of a kind of
 * subject are a mask, and once one is found broken only those before it are still looked at. */
#include "sim/check/checker.h"

#include "sim/check/table.h"

#define BIT(name) (UINT64_C(1) << RCP_INVARIANT_##name)

static_assert(RCP_INVARIANT_COUNT < 64, "a set of invariants fits 64 bits");

/* A twin scans whole tables. Where all subjects would take more rows than this, some are left out. */
#define TWIN_WORK_MAX 4000000u

static const uint64_t always[RCP_INVARIANT_SUBJECT_COUNT] = {
    [RCP_OF_PAYMENT] =
        BIT(OK_IS_APPROVED) | BIT(ACCEPTED_IS_DURABLE) | BIT(APPROVED_ONCE) | BIT(OWNER_CONSENTED) |
        BIT(FINAL_KEPT) | BIT(GONE_IS_FINAL) | BIT(FAILURE_TOOK_NOTHING) | BIT(FALLBACK_TRIED) |
        BIT(TOKEN_KEPT) | BIT(ONE_OPEN_ROW) | BIT(ATTEMPTS_BOUNDED) | BIT(STATUS_KNOWN) |
        BIT(ANSWERED_ONCE) | BIT(REFUSED_RIGHTLY) | BIT(TOLD_TRULY) | BIT(ANSWERED_IN_TIME),
    [RCP_OF_ROW] =
        BIT(ROW_EDGES) | BIT(RESOLVED_IS_SETTLED) | BIT(CLAIM_EXCLUSIVE) | BIT(PARKED_WITH_CAUSE),
    [RCP_OF_ACTIVITY] = BIT(CAPACITY_KEPT),
    [RCP_OF_PARTITION] = BIT(OFFSET_BEHIND_WORK) | BIT(POISON_PARKED),
    [RCP_OF_ORDER] = BIT(COMPENSATED_ONCE) | BIT(PAID_IS_TAKEN) | BIT(FAILURE_IS_TRUE) |
                     BIT(NO_BLIND_RESEND) | BIT(CHARGE_EDGES) | BIT(SILENCE_TOLD),
    [RCP_OF_REFUND] = BIT(REFUND_EDGES),
    [RCP_OF_PG] = BIT(REFUND_IS_DUE),
    [RCP_OF_PURCHASE] = BIT(ORDER_ONCE) | BIT(ORDER_ANSWER_TRUE),
    [RCP_OF_BUYER] = BIT(POINTS_CONSERVED) | BIT(COUPONS_CONSERVED),
    [RCP_OF_PRODUCT] = BIT(STOCK_CONSERVED),
};

static const uint64_t at_drain_too[RCP_INVARIANT_SUBJECT_COUNT] = {
    [RCP_OF_PAYMENT] = BIT(ACCEPTED_IS_SETTLED) | BIT(TOKEN_RELEASED),
    [RCP_OF_WORLD] = BIT(PARKED_ALERTED) | BIT(BACKLOG_DRAINED) | BIT(ANSWERED) |
                     BIT(CHARGE_SETTLED) | BIT(ORDER_ALERTED),
    [RCP_OF_PG] = BIT(MONEY_SETTLED),
};

/* The first violation so far; invariant is COUNT where there is none. */
struct finding {
    enum rcp_invariant invariant;
    uint32_t index;
};

static inline void look(const struct rcp_world *world,
                        uint64_t todo,
                        uint32_t index,
                        struct finding *first)
{
    todo &= (UINT64_C(1) << first->invariant) - 1u;
    while (todo != 0) {
        enum rcp_invariant invariant = (enum rcp_invariant)__builtin_ctzll(todo);
        if (!rcp_invariants[invariant]->holds(world, index)) {
            *first = (struct finding){invariant, index};
            return;
        }
        todo &= todo - 1u;
    }
}

static uint32_t subject_count(const struct rcp_world *world, enum rcp_invariant_subject subject)
{
    switch (subject) {
    case RCP_OF_PAYMENT:
        return world->payments;
    case RCP_OF_ROW:
        return world->row_count;
    case RCP_OF_ACTIVITY:
        return world->config.activities;
    case RCP_OF_PARTITION:
        return world->config.limits.partitions;
    case RCP_OF_WORLD:
        return 1;
    case RCP_OF_ORDER:
        return world->order_count;
    case RCP_OF_REFUND:
        return world->refund_count;
    case RCP_OF_PG:
        return world->pg_count;
    case RCP_OF_PURCHASE:
        return world->purchases;
    case RCP_OF_BUYER:
        return world->config.buyers;
    case RCP_OF_PRODUCT:
        return world->config.products;
    case RCP_INVARIANT_SUBJECT_COUNT:
        break;
    }
    return 0;
}

static void look_at_all(const struct rcp_world *world,
                        uint64_t mask,
                        bool at_drain,
                        struct finding *first)
{
    for (uint32_t subject = 0; subject < RCP_INVARIANT_SUBJECT_COUNT; subject++) {
        uint64_t todo = mask & (always[subject] | (at_drain ? at_drain_too[subject] : 0u));
        uint32_t count = subject_count(world, (enum rcp_invariant_subject)subject);
        for (uint32_t i = 0; todo != 0 && i < count; i++)
            look(world, todo, i, first);
    }
}

static bool held(const struct finding *first, enum rcp_invariant *broken, uint32_t *index)
{
    if (first->invariant == RCP_INVARIANT_COUNT)
        return true;
    *broken = first->invariant;
    *index = first->index;
    return false;
}

static void mark_checked(struct rcp_world *world)
{
    for (uint32_t i = 0; i < world->config.limits.partitions; i++) {
        struct rcp_topic_partition *partition = &world->partitions[i];
        if (partition->checked < partition->done)
            partition->checked = partition->done;
    }
}

bool rcp_checker_touched(struct rcp_world *world,
                         uint64_t mask,
                         enum rcp_invariant *broken,
                         uint32_t *index)
{
    struct finding first = {RCP_INVARIANT_COUNT, 0};
    const struct rcp_touched *touched = &world->touched;
    if (touched->count > RCP_TOUCHED_MAX) {
        look_at_all(world, mask, false, &first);
        mark_checked(world);
        return held(&first, broken, index);
    }
    bool partitions = false;
    for (uint32_t i = 0; i < touched->count; i++) {
        uint32_t subject = touched->subjects[i] >> 28;
        look(world, mask & always[subject], touched->subjects[i] & 0xfffffffu, &first);
        partitions |= subject == RCP_OF_PARTITION;
    }
    if (partitions)
        mark_checked(world);
    return held(&first, broken, index);
}

bool rcp_checker_at_drain(const struct rcp_world *world,
                          uint64_t mask,
                          enum rcp_invariant *broken,
                          uint32_t *index)
{
    struct finding first = {RCP_INVARIANT_COUNT, 0};
    look_at_all(world, mask, true, &first);
    return held(&first, broken, index);
}

bool rcp_checker_twins(const struct rcp_world *world,
                       uint64_t mask,
                       bool at_drain,
                       enum rcp_invariant *which,
                       uint32_t *index)
{
    uint64_t rows = 1u + world->row_count + world->exchange_count + world->order_count +
                    world->refund_count + world->pg_count;
    for (uint32_t id = RCP_INVARIANT_NONE + 1; id < RCP_INVARIANT_CHECK; id++) {
        const struct rcp_invariant_info *info = rcp_invariants[id];
        if ((mask >> id & 1u) == 0 || (info->when == RCP_AT_DRAIN && !at_drain))
            continue;
        uint32_t count = subject_count(world, info->subject);
        uint32_t stride = 1u + (uint32_t)(count * rows / TWIN_WORK_MAX);
        for (uint32_t i = 0; i < count; i += stride) {
            if (info->holds(world, i) == info->twin(world, i))
                continue;
            *which = (enum rcp_invariant)id;
            *index = i;
            return false;
        }
    }
    return true;
}
