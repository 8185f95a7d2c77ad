/* The payment gateway: what can happen to a call that reaches it, and to a transaction. */
#include "sim/model/pg.h"

#include "sim/model/client_order.h"
#include "sim/model/pg_call.h"
#include "sim/model/pg_ledger.h"

#define PAY_LEAST_MS   100u /* POST sleeps so long (FACTS 1.3) ... */
#define PAY_MOST_MS    500u
#define STUCK_MS       3600000u
#define EARLY_LEAST_MS 500u /* a callback that comes early is so much ahead of the PG itself */
#define EARLY_MOST_MS  3000u
#define RETRY_AFTER_MS 1500u

/* Faults that keep the PG from doing it, and what the caller hears. NONE: it is done. */
static enum rcp_pg_answer refusal(const struct rcp_world *world, enum rcp_fault fate)
{
    if (rcp_world_fault(world, RCP_FAULT_PG_DOWN))
        return RCP_PG_NOT_CONNECTED;
    if (rcp_world_fault(world, RCP_FAULT_PG_SILENT))
        return RCP_PG_TIMED_OUT;
    if (fate == RCP_FAULT_PG_RESET_BEFORE)
        return RCP_PG_RESET;
    if (fate == RCP_FAULT_PG_500_BEFORE)
        return RCP_PG_ERROR_500;
    if (fate == RCP_FAULT_PG_TOO_MANY)
        return RCP_PG_TOO_MANY;
    if (fate == RCP_FAULT_PG_UNAUTHORIZED)
        return RCP_PG_UNAUTHORIZED;
    return RCP_PG_ANSWER_NONE;
}

/* What the caller hears though it was done; NONE: what the PG says. */
static enum rcp_pg_answer distorted(enum rcp_fault fate)
{
    static const uint8_t answers[RCP_FAULT_FATES] = {
        [RCP_FAULT_PG_ANSWER_LOST] = RCP_PG_TIMED_OUT,
        [RCP_FAULT_PG_RESET_AFTER] = RCP_PG_RESET,
        [RCP_FAULT_PG_500_AFTER] = RCP_PG_ERROR_500,
        [RCP_FAULT_PG_BAD_GATEWAY] = RCP_PG_BAD_GATEWAY,
        [RCP_FAULT_PG_UNREADABLE] = RCP_PG_UNREADABLE,
    };
    return (enum rcp_pg_answer)answers[fate];
}

/* How long the answer takes: POST sleeps first, and what nobody sends is missed at the deadline. */
static struct rcp_span answer_span(const struct rcp_sim *sim,
                                   const struct rcp_pg_call *call,
                                   enum rcp_pg_answer how)
{
    struct rcp_span back = rcp_link_span(RCP_LINK_PG, (struct rcp_fate){0});
    struct rcp_span silence = rcp_until_deadline(sim, call->deadline_ms);
    if (how == RCP_PG_TIMED_OUT)
        return silence;
    if (call->effect.verb == RCP_PG_PAY && !sim->world->config.instant) {
        back.shortest_ms += PAY_LEAST_MS;
        back.longest_ms += PAY_MOST_MS;
    }
    if (back.longest_ms > silence.longest_ms)
        back.longest_ms = silence.longest_ms;
    if (back.shortest_ms > back.longest_ms)
        back.shortest_ms = back.longest_ms;
    return back;
}

/* It is not done. */
static void refuse(struct rcp_sim *sim,
                   const struct rcp_issue *issue,
                   uint32_t index,
                   enum rcp_pg_answer how)
{
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    if (rcp_world_fault(sim->world, RCP_FAULT_PG_DOWN))
        rcp_link_struck(sim, issue, RCP_FAULT_PG_DOWN);
    else if (rcp_world_fault(sim->world, RCP_FAULT_PG_SILENT))
        rcp_link_struck(sim, issue, RCP_FAULT_PG_SILENT);
    else
        rcp_link_struck(sim, issue, issue->fate.fault);
    call->retry_after_ms = how == RCP_PG_TOO_MANY ? RETRY_AFTER_MS : 0;
    rcp_pg_call_answer(sim, issue, index, how, answer_span(sim, call, how));
}

/* The caller hears nothing, or 500; the request takes effect later, within T_pg. */
static void do_later(struct rcp_sim *sim, struct rcp_issue *issue, uint32_t index)
{
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    struct rcp_span silence = rcp_until_deadline(sim, call->deadline_ms);
    enum rcp_pg_answer how =
        issue->fate.fault == RCP_FAULT_PG_500_LATE ? RCP_PG_ERROR_500 : RCP_PG_TIMED_OUT;
    rcp_link_struck(sim, issue, issue->fate.fault);
    rcp_pg_call_answer(sim, issue, index, how, answer_span(sim, call, how));
    issue->fate = (struct rcp_fate){0};
    call->waiting = 1;
    rcp_pg_call_count(sim->world, call, 1u);
    uint64_t least_ms = silence.longest_ms;
    rcp_pg_call_push(sim,
                     issue,
                     index,
                     RCP_JOB_PG_ARRIVES,
                     RCP_PHASE_LATE,
                     (struct rcp_span){least_ms, RCP_PG_LATE_MS - call->effect.timeout_ms});
}

void rcp_pg_await_end(struct rcp_sim *sim, const struct rcp_issue *result, uint32_t index)
{
    struct rcp_world *world = sim->world;
    struct rcp_span span = {world->config.pg_settles_ms[0], world->config.pg_settles_ms[1]};
    rcp_world_pg_rows(world)[index].result = (uint8_t)result->fate.fault;
    if (result->fate.fault == RCP_FAULT_PG_STUCK) {
        uint64_t heal_ms =
            sim->scenario->heal_ms > world->now_ms ? sim->scenario->heal_ms - world->now_ms : 0;
        uint64_t stuck_ms = heal_ms < STUCK_MS ? heal_ms : STUCK_MS;
        span.shortest_ms += stuck_ms;
        span.longest_ms += stuck_ms;
    }
    rcp_issue_push(sim, result, RCP_JOB_PG_SETTLES, RCP_PHASE_APPLY, span)->a = index;
}

/* What chance makes of a new transaction. */
static void decide_end(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t index)
{
    struct rcp_issue result = *issue;
    result.key =
        rcp_sim_key(sim, RCP_SITE_PG_RESULT, issue->node, RCP_SUBJECT_PURCHASE, issue->purchase);
    result.fate =
        rcp_choose_fate(sim,
                        (struct rcp_effect_key){
                            .key = result.key, .payment = RCP_NOBODY, .purchase = issue->purchase});
    if (result.fate.fault != RCP_FAULT_NONE)
        rcp_link_struck(sim, issue, result.fate.fault);
    rcp_pg_await_end(sim, &result, index);
}

/* It is done, and the caller hears of it, or not. */
static void perform(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t index, bool late)
{
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    struct rcp_pg_call done = *call;
    uint32_t made = rcp_pg_execute(sim, &done);
    if (made != RCP_NOBODY)
        decide_end(sim, issue, made);
    if (late)
        return; /* nobody waits for the answer any more */
    *call = done;
    enum rcp_fault fate = issue->fate.fault;
    enum rcp_pg_answer how = distorted(fate);
    if (how != RCP_PG_ANSWER_NONE)
        rcp_link_struck(sim, issue, fate);
    else
        how = (enum rcp_pg_answer)call->answer;
    struct rcp_span span = answer_span(sim, call, how);
    if (fate == RCP_FAULT_PG_SLOW && span.longest_ms > 4) {
        rcp_link_struck(sim, issue, fate);
        uint64_t most_ms = rcp_until_deadline(sim, call->deadline_ms).longest_ms;
        span = (struct rcp_span){most_ms * 3u / 4u, most_ms - 1u};
    }
    rcp_pg_call_answer(sim, issue, index, how, span);
}

bool rcp_pg_arrive(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t index = pending->a;
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    rcp_check(call->used > 0 && call->number == pending->b && call->waiting,
              "pg_call_arrives_once");
    bool late = call->answer != RCP_PG_ANSWER_NONE; /* its caller was told that it timed out */
    bool dies = issue.fate.fault == RCP_FAULT_CRASH_APPLIED;
    call->waiting = 0;
    rcp_pg_call_count(sim->world, call, UINT32_MAX); /* one less */
    enum rcp_pg_answer how = late ? RCP_PG_ANSWER_NONE : refusal(sim->world, issue.fate.fault);
    if (how != RCP_PG_ANSWER_NONE)
        refuse(sim, &issue, index, how);
    else if (issue.fate.fault == RCP_FAULT_PG_LATE_REQUEST ||
             issue.fate.fault == RCP_FAULT_PG_500_LATE)
        do_later(sim, &issue, index);
    else
        perform(sim, &issue, index, late);
    rcp_pg_call_drop(sim->world, index);
    return dies && how == RCP_PG_ANSWER_NONE;
}

void rcp_pg_settle(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    struct rcp_pg_row *row = &rcp_world_pg_rows(sim->world)[pending->a];
    bool told = pending->c != 0; /* its callback came early */
    if (!told && rcp_pg_call_back(sim, &issue, pending->a) == RCP_FAULT_CALLBACK_EARLY) {
        struct rcp_pending *again =
            rcp_issue_push(sim,
                           &issue,
                           RCP_JOB_PG_SETTLES,
                           RCP_PHASE_LATE,
                           (struct rcp_span){EARLY_LEAST_MS, EARLY_MOST_MS});
        again->a = pending->a;
        again->c = 1;
        return;
    }
    rcp_check(row->status == RCP_PG_PENDING, "transaction_ends_once");
    rcp_pg_end(sim, pending->a);
}
