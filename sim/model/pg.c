/* The payment gateway: what can happen to a call on its way, to its answer, and to a transaction. */
#include "sim/model/pg.h"

#include "sim/model/client_order.h"
#include "sim/model/pg_ledger.h"

#include <string.h>

#define PAY_LEAST_MS   100u /* POST sleeps so long (FACTS 1.3) ... */
#define PAY_MOST_MS    500u
#define STUCK_MS       3600000u
#define EARLY_LEAST_MS 500u /* a callback that comes early is so much ahead of the PG itself */
#define EARLY_MOST_MS  3000u
#define RETRY_AFTER_MS 1500u

/* --- Calls --- */

static struct rcp_pg_call *call_at(const struct rcp_world *world, uint32_t index)
{
    return &rcp_world_pg_calls(world)[index];
}

static uint32_t take_call(struct rcp_sim *sim)
{
    uint32_t room = rcp_world_pg_call_room(&sim->world->config);
    for (uint32_t i = 0; i < room; i++)
        if (call_at(sim->world, i)->used == 0)
            return i;
    rcp_sim_error(sim, "too many calls to the PG on their way: give the shop more `transactions`");
}

/* A pending event of this call: it stays until all of them have come. */
static void push_call(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      uint32_t index,
                      enum rcp_job job,
                      enum rcp_phase phase,
                      struct rcp_span span)
{
    struct rcp_pending *pending = rcp_issue_push(sim, issue, job, phase, span);
    pending->a = index;
    pending->b = call_at(sim->world, index)->number;
    call_at(sim->world, index)->used++;
}

/* PAYs on their way that may yet make a transaction. */
static void count_request(struct rcp_world *world, const struct rcp_pg_call *call, uint32_t by)
{
    if (call->effect.verb == RCP_PG_PAY && call->purchase != RCP_NOBODY)
        rcp_world_purchase_ledgers(world)[call->purchase].requests += by;
}

/* Whoever hears this knows that the PAY has happened, or does not know that it has not, and will not. */
static bool may_have_happened(enum rcp_pg_answer answer)
{
    return answer == RCP_PG_OK || answer == RCP_PG_TIMED_OUT || answer == RCP_PG_RESET ||
           answer == RCP_PG_ERROR_500 || answer == RCP_PG_BAD_GATEWAY ||
           answer == RCP_PG_UNREADABLE;
}

static struct rcp_order_record *order_of(const struct rcp_world *world,
                                         const struct rcp_pg_effect *effect)
{
    uint32_t order = rcp_world_order(world, effect->order_id);
    return order == RCP_NOBODY ? NULL : &rcp_world_orders(world)[order];
}

static void answer(struct rcp_sim *sim,
                   const struct rcp_issue *issue,
                   uint32_t index,
                   enum rcp_pg_answer how,
                   struct rcp_span span)
{
    struct rcp_pg_call *call = call_at(sim->world, index);
    struct rcp_order_record *order = order_of(sim->world, &call->effect);
    call->answer = (uint8_t)how;
    if (how != RCP_PG_OK)
        call->count = 0;
    if (call->effect.verb == RCP_PG_PAY && order != NULL && may_have_happened(how))
        order->uncertain = 1;
    push_call(sim, issue, index, RCP_JOB_PG_ANSWERS, RCP_PHASE_ANSWER, span);
}

/* A PAY leaves over one of which nobody knows: the PG might take the money twice. */
static void note_pay(struct rcp_world *world, const struct rcp_pg_effect *effect)
{
    struct rcp_order_record *order = order_of(world, effect);
    if (effect->verb != RCP_PG_PAY || order == NULL || !order->uncertain)
        return;
    order->blind_resend = 1;
    rcp_touch(world, RCP_OF_ORDER, rcp_world_order(world, effect->order_id));
}

static void begin_call(struct rcp_sim *sim,
                       const struct rcp_issue *issue,
                       const struct rcp_pg_effect *effect,
                       uint32_t index)
{
    struct rcp_pg_call *call = call_at(sim->world, index);
    uint32_t number = call->number + 1u;
    memset(call, 0, sizeof *call);
    call->effect = *effect;
    call->op_id = effect->op_id;
    call->deadline_ms = sim->world->now_ms + effect->timeout_ms;
    call->purchase = issue->purchase;
    call->incarnation = sim->world->nodes[issue->node].incarnation;
    call->node = (uint8_t)issue->node;
    call->number = number;
    note_pay(sim->world, effect);
}

void rcp_pg_issue(struct rcp_sim *sim,
                  const struct rcp_issue *issue,
                  const struct rcp_pg_effect *effect)
{
    uint32_t index = take_call(sim);
    sim->result->pg_calls++;
    begin_call(sim, issue, effect, index);
    struct rcp_pg_call *call = call_at(sim->world, index);
    struct rcp_span way = rcp_link_span(RCP_LINK_PG, issue->fate);
    struct rcp_span silence = rcp_until_deadline(sim, call->deadline_ms);
    enum rcp_fault fault = issue->fate.fault;
    if (fault == RCP_FAULT_PG_NOT_CONNECTED || fault == RCP_FAULT_PG_REQUEST_LOST ||
        way.shortest_ms >= effect->timeout_ms) {
        if (fault != RCP_FAULT_NONE)
            rcp_link_struck(sim, issue, fault);
        bool refused = fault == RCP_FAULT_PG_NOT_CONNECTED;
        answer(sim,
               issue,
               index,
               refused ? RCP_PG_NOT_CONNECTED : RCP_PG_TIMED_OUT,
               refused ? way : silence);
        return;
    }
    call->waiting = 1;
    count_request(sim->world, call, 1u);
    push_call(sim, issue, index, RCP_JOB_PG_ARRIVES, RCP_PHASE_APPLY, way);
}

/* --- At the PG --- */

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
    struct rcp_pg_call *call = call_at(sim->world, index);
    if (rcp_world_fault(sim->world, RCP_FAULT_PG_DOWN))
        rcp_link_struck(sim, issue, RCP_FAULT_PG_DOWN);
    else if (rcp_world_fault(sim->world, RCP_FAULT_PG_SILENT))
        rcp_link_struck(sim, issue, RCP_FAULT_PG_SILENT);
    else
        rcp_link_struck(sim, issue, issue->fate.fault);
    call->retry_after_ms = how == RCP_PG_TOO_MANY ? RETRY_AFTER_MS : 0;
    answer(sim, issue, index, how, answer_span(sim, call, how));
}

/* The caller hears nothing, or 500; the request takes effect later, within T_pg. */
static void do_later(struct rcp_sim *sim, struct rcp_issue *issue, uint32_t index)
{
    struct rcp_pg_call *call = call_at(sim->world, index);
    struct rcp_span silence = rcp_until_deadline(sim, call->deadline_ms);
    enum rcp_pg_answer how =
        issue->fate.fault == RCP_FAULT_PG_500_LATE ? RCP_PG_ERROR_500 : RCP_PG_TIMED_OUT;
    rcp_link_struck(sim, issue, issue->fate.fault);
    answer(sim, issue, index, how, answer_span(sim, call, how));
    issue->fate = (struct rcp_fate){0};
    call->waiting = 1;
    count_request(sim->world, call, 1u);
    uint64_t least_ms = silence.longest_ms;
    push_call(sim,
              issue,
              index,
              RCP_JOB_PG_ARRIVES,
              RCP_PHASE_LATE,
              (struct rcp_span){least_ms, RCP_PG_LATE_MS - call->effect.timeout_ms});
}

/* What chance makes of a new transaction, and when. */
static void schedule_end(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t index)
{
    struct rcp_world *world = sim->world;
    struct rcp_pg_row *row = &rcp_world_pg_rows(world)[index];
    struct rcp_issue result = *issue;
    result.key =
        rcp_sim_key(sim, RCP_SITE_PG_RESULT, issue->node, RCP_SUBJECT_PURCHASE, issue->purchase);
    result.fate =
        rcp_choose_fate(sim,
                        (struct rcp_effect_key){
                            .key = result.key, .payment = RCP_NOBODY, .purchase = issue->purchase});
    row->result = (uint8_t)result.fate.fault;
    struct rcp_span span = {world->config.pg_settles_ms[0], world->config.pg_settles_ms[1]};
    if (result.fate.fault == RCP_FAULT_PG_STUCK) {
        uint64_t heal_ms =
            sim->scenario->heal_ms > world->now_ms ? sim->scenario->heal_ms - world->now_ms : 0;
        uint64_t stuck_ms = heal_ms < STUCK_MS ? heal_ms : STUCK_MS;
        span.shortest_ms += stuck_ms;
        span.longest_ms += stuck_ms;
    }
    if (result.fate.fault != RCP_FAULT_NONE)
        rcp_link_struck(sim, issue, result.fate.fault);
    rcp_issue_push(sim, &result, RCP_JOB_PG_SETTLES, RCP_PHASE_APPLY, span)->a = index;
}

/* It is done, and the caller hears of it, or not. */
static void perform(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t index, bool late)
{
    struct rcp_pg_call *call = call_at(sim->world, index);
    struct rcp_pg_call done = *call;
    uint32_t made = rcp_pg_execute(sim, &done);
    if (made != RCP_NOBODY)
        schedule_end(sim, issue, made);
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
    answer(sim, issue, index, how, span);
}

/* One pending event less; the slot is free when none is left. */
static void drop(struct rcp_world *world, uint32_t index)
{
    call_at(world, index)->used--;
}

bool rcp_pg_arrive(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    uint32_t index = pending->a;
    struct rcp_pg_call *call = call_at(sim->world, index);
    rcp_check(call->used > 0 && call->number == pending->b && call->waiting,
              "pg_call_arrives_once");
    bool late = call->answer != RCP_PG_ANSWER_NONE; /* its caller was told that it timed out */
    bool dies = issue.fate.fault == RCP_FAULT_CRASH_APPLIED;
    call->waiting = 0;
    count_request(sim->world, call, UINT32_MAX); /* one less */
    enum rcp_pg_answer how = late ? RCP_PG_ANSWER_NONE : refusal(sim->world, issue.fate.fault);
    if (how != RCP_PG_ANSWER_NONE)
        refuse(sim, &issue, index, how);
    else if (issue.fate.fault == RCP_FAULT_PG_LATE_REQUEST ||
             issue.fate.fault == RCP_FAULT_PG_500_LATE)
        do_later(sim, &issue, index);
    else
        perform(sim, &issue, index, late);
    drop(sim->world, index);
    return dies && how == RCP_PG_ANSWER_NONE;
}

void rcp_pg_answer(struct rcp_sim *sim, const struct rcp_pending *pending, struct rcp_event *event)
{
    struct rcp_pg_call *call = call_at(sim->world, pending->a);
    struct rcp_order_record *order = order_of(sim->world, &call->effect);
    rcp_check(call->used > 0 && call->number == pending->b, "pg_call_answered_once");
    if (call->effect.verb == RCP_PG_LIST && call->answer == RCP_PG_NOT_FOUND && order != NULL)
        order->uncertain = 0;
    *event = (struct rcp_event){
        .kind = RCP_EVENT_PG_DONE,
        .pg_done = {.op_id = call->op_id,
                    .answer = (enum rcp_pg_answer)call->answer,
                    .retry_after_ms = call->retry_after_ms,
                    .more = call->more != 0,
                    .count = call->count,
                    .transactions = call->transactions},
    };
    drop(sim->world, pending->a);
}

/* --- Transactions --- */

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
