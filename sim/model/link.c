/* How long a message takes from here to there, and who is told what it was about. */
#include "sim/model/link.h"

#include "core/check.h"

/* One way: usual, medium and long, in milliseconds. */
static const struct rcp_span spans[RCP_LINK_COUNT][RCP_TAKES_COUNT] = {
    [RCP_LINK_HTTP] = {{1, 4}, {20, 200}, {500, 3000}},
    [RCP_LINK_REDIS] = {{1, 2}, {5, 50}, {100, 400}},
    [RCP_LINK_MYSQL] = {{1, 4}, {10, 100}, {200, 800}},
    [RCP_LINK_KAFKA] = {{1, 6}, {20, 200}, {300, 900}},
    [RCP_LINK_PG] = {{1, 8}, {20, 200}, {250, 450}},
};

struct rcp_span rcp_link_span(enum rcp_link link, struct rcp_fate fate)
{
    if (fate.exact_ms != 0)
        return (struct rcp_span){fate.exact_ms, fate.exact_ms};
    return spans[link][fate.takes];
}

struct rcp_span rcp_until_deadline(const struct rcp_sim *sim, uint64_t deadline_ms)
{
    uint64_t now_ms = sim->world->now_ms;
    return (struct rcp_span){1, deadline_ms > now_ms ? deadline_ms - now_ms : 1};
}

struct rcp_pending *rcp_issue_push(struct rcp_sim *sim,
                                   const struct rcp_issue *issue,
                                   enum rcp_job job,
                                   enum rcp_phase phase,
                                   struct rcp_span span)
{
    struct rcp_pending *pending = rcp_sim_push(sim, job, span.shortest_ms, span.longest_ms);
    struct rcp_key key = issue->key;
    key.phase = (uint8_t)phase;
    key.copy = 0;
    pending->key = rcp_key_pack(key);
    pending->node = (uint8_t)issue->node;
    pending->incarnation = sim->world->nodes[issue->node].incarnation;
    pending->payment = issue->payment;
    pending->purchase = issue->purchase;
    pending->fate = (uint8_t)issue->fate.fault;
    pending->takes = (uint8_t)issue->fate.takes;
    pending->role = issue->role;
    pending->flags = issue->flags;
    pending->script = issue->script;
    return pending;
}

/* A request may have a double, and what a member is given is taken from it again: those two are apart by
 * one already. */
void rcp_repeat_key(struct rcp_pending *again, const struct rcp_pending *pending)
{
    struct rcp_key key = rcp_key_unpack(pending->key);
    bool paired = key.phase == RCP_PHASE_MEMBER || key.site == RCP_SITE_REQUEST;
    key.copy = (uint8_t)(key.copy + (paired ? 2u : 1u));
    again->key = rcp_key_pack(key);
}

struct rcp_issue rcp_issue_of(const struct rcp_pending *pending)
{
    return (struct rcp_issue){
        .key = rcp_key_unpack(pending->key),
        .fate = {.fault = (enum rcp_fault)pending->fate, .takes = (enum rcp_takes)pending->takes},
        .node = pending->node,
        .payment = pending->payment,
        .purchase = pending->purchase,
        .role = pending->role,
        .flags = pending->flags,
        .script = pending->script,
    };
}

void rcp_answer_push(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_event *event,
                     struct rcp_span span)
{
    rcp_issue_push(sim, issue, RCP_JOB_NODE_STEPS, RCP_PHASE_ANSWER, span)->event = *event;
}

/* Several lines may poison, each another payment; of what all meet, the last line that began counts. */
static uint32_t line_that_struck(const struct rcp_sim *sim, enum rcp_fault fault, uint32_t payment)
{
    const struct rcp_scenario *scenario = sim->scenario;
    for (uint32_t i = 0; i < scenario->plan_count; i++) {
        const struct rcp_plan *plan = &scenario->plan[i];
        if (plan->fault == fault && plan->user != 0 && payment != RCP_NOBODY &&
            rcp_world_payment(sim->world, plan->activity, plan->user) == payment)
            return i + 1u;
    }
    return sim->plan_of[fault];
}

static void note_line(struct rcp_sim *sim, enum rcp_fault fault, uint32_t payment)
{
    uint32_t line = line_that_struck(sim, fault, payment);
    if (line != 0)
        sim->result->plan_fired[line - 1u] = 1;
}

void rcp_link_struck(struct rcp_sim *sim, const struct rcp_issue *issue, enum rcp_fault fault)
{
    note_line(sim, fault, issue->payment);
    sim->result->fired[fault]++;
    if (!rcp_sim_listening(sim))
        return;
    struct rcp_record record =
        rcp_sim_new_record(sim, RCP_RECORD_FAULT, RCP_ROLE_WORLD, issue->node, issue->payment);
    rcp_record_purchase(sim->world, &record, issue->purchase);
    record.number = (uint16_t)fault;
    rcp_sim_record(sim, &record);
}

void rcp_plan_struck(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment)
{
    note_line(sim, fault, payment);
    rcp_sim_fired(sim, fault, node, payment);
}
