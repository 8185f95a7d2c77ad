/* Before the first event: planned faults, nodes and the workload; what rules and pickers may take where. */
#include "sim/engine/prepare.h"

#include "sim/choose.h"
#include "sim/engine/plan.h"
#include "sim/model/process.h"

/* A line of the second document: the same purchase of each of its buyers. */
static void prepare_purchases(struct rcp_sim *sim, uint32_t w)
{
    const struct rcp_work *work = &sim->scenario->work[w];
    for (uint32_t user = work->user_first; user <= work->user_last; user++) {
        uint32_t purchase = (user - 1u) * sim->world->config.purchases + work->purchase - 1u;
        uint64_t at_ms = work->at_ms + (user - work->user_first) * work->every_ms;
        struct rcp_pending *pending = rcp_sim_push(sim, RCP_JOB_CLIENT_ACTS, at_ms, at_ms + 3u);
        pending->key = rcp_key_pack((struct rcp_key){.subject = purchase,
                                                     .subject_kind = RCP_SUBJECT_PURCHASE,
                                                     .phase = RCP_PHASE_ACT,
                                                     .nth = (uint16_t)(w + 1u)});
        pending->purchase = purchase;
        pending->a = w;
    }
}

static void prepare_workload(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t w = 0; w < scenario->work_count; w++) {
        const struct rcp_work *work = &scenario->work[w];
        if (work->kind >= RCP_WORK_ORDER) {
            prepare_purchases(sim, w);
            continue;
        }
        for (uint32_t user = work->user_first; user <= work->user_last; user++) {
            uint32_t payment = rcp_world_payment(sim->world, work->activity, user);
            uint64_t at_ms = work->at_ms + (user - work->user_first) * work->every_ms;
            struct rcp_pending *pending = rcp_sim_push(sim, RCP_JOB_CLIENT_ACTS, at_ms, at_ms + 3u);
            pending->key = rcp_key_pack((struct rcp_key){.subject = payment,
                                                         .subject_kind = RCP_SUBJECT_PAYMENT,
                                                         .phase = RCP_PHASE_ACT,
                                                         .nth = (uint16_t)(w + 1u)});
            pending->payment = payment;
            pending->a = w;
            pending->b = payment;
        }
    }
}

/* Which rules may strike at each site. */
static void prepare_rules(struct rcp_sim *sim)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t r = 0; r < scenario->rule_count; r++) {
        const struct rcp_rule *rule = &scenario->rules[r];
        uint64_t sites = rule->site != RCP_SITE_NONE ? RCP_AT(rule->site) : UINT64_MAX;
        if (rule->why == RCP_WHY_FATE)
            sites &= rcp_fault_info((enum rcp_fault)rule->option)->sites;
        for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
            if ((sites & RCP_AT(site)) != 0)
                sim->site_rules[site] |= 1ull << r;
    }
}

/* Which faults a picker may take at each site. */
static void prepare_faults(struct rcp_sim *sim)
{
    for (uint32_t fault = 1; fault < RCP_FAULT_FATES; fault++) {
        const struct rcp_fault_info *info = rcp_fault_info((enum rcp_fault)fault);
        for (uint32_t site = 1; site < RCP_SITE_COUNT; site++)
            if ((info->sites & RCP_AT(site)) != 0)
                sim->site_faults[site] |= 1ull << fault;
    }
}

void rcp_prepare(struct rcp_sim *sim)
{
    rcp_tape_index(sim);
    rcp_plan_prepare(sim);
    prepare_rules(sim);
    prepare_faults(sim);
    for (uint32_t i = 0; i < sim->world->config.nodes; i++)
        rcp_process_start(sim, i);
    prepare_workload(sim);
}

static_assert(RCP_SITE_COUNT <= 64, "a set of sites fits 64 bits");
static_assert(RCP_FAULT_FATES <= 64, "a set of fates fits 64 bits");
static_assert(RCP_RULES_MAX <= 64, "a set of rules fits 64 bits");
