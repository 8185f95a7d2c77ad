/* A call to the payment gateway: its slot while anything of it is on its way, and what its caller hears. */
#include "sim/model/pg_call.h"

#include "sim/model/pg.h"

#include <string.h>

static uint32_t take_call(struct rcp_sim *sim)
{
    uint32_t room = rcp_world_pg_call_room(&sim->world->config);
    for (uint32_t i = 0; i < room; i++)
        if (rcp_pg_call_at(sim->world, i)->used == 0)
            return i;
    rcp_sim_error(sim, "too many calls to the PG on their way: give the shop more `transactions`");
}

void rcp_pg_call_push(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      uint32_t index,
                      enum rcp_job job,
                      enum rcp_phase phase,
                      struct rcp_span span)
{
    struct rcp_pending *pending = rcp_issue_push(sim, issue, job, phase, span);
    pending->a = index;
    pending->b = rcp_pg_call_at(sim->world, index)->number;
    rcp_pg_call_at(sim->world, index)->used++;
}

void rcp_pg_call_count(struct rcp_world *world, const struct rcp_pg_call *call, uint32_t by)
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

void rcp_pg_call_answer(struct rcp_sim *sim,
                        const struct rcp_issue *issue,
                        uint32_t index,
                        enum rcp_pg_answer how,
                        struct rcp_span span)
{
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    struct rcp_order_record *order = order_of(sim->world, &call->effect);
    call->answer = (uint8_t)how;
    if (how != RCP_PG_OK)
        call->count = 0;
    if (call->effect.verb == RCP_PG_PAY && order != NULL && may_have_happened(how))
        order->uncertain = 1;
    rcp_pg_call_push(sim, issue, index, RCP_JOB_PG_ANSWERS, RCP_PHASE_ANSWER, span);
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
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
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
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, index);
    struct rcp_span way = rcp_link_span(RCP_LINK_PG, issue->fate);
    struct rcp_span silence = rcp_until_deadline(sim, call->deadline_ms);
    enum rcp_fault fault = issue->fate.fault;
    if (fault == RCP_FAULT_PG_NOT_CONNECTED || fault == RCP_FAULT_PG_REQUEST_LOST ||
        way.shortest_ms >= effect->timeout_ms) {
        if (fault != RCP_FAULT_NONE)
            rcp_link_struck(sim, issue, fault);
        bool refused = fault == RCP_FAULT_PG_NOT_CONNECTED;
        rcp_pg_call_answer(sim,
                           issue,
                           index,
                           refused ? RCP_PG_NOT_CONNECTED : RCP_PG_TIMED_OUT,
                           refused ? way : silence);
        return;
    }
    call->waiting = 1;
    rcp_pg_call_count(sim->world, call, 1u);
    rcp_pg_call_push(sim, issue, index, RCP_JOB_PG_ARRIVES, RCP_PHASE_APPLY, way);
}

void rcp_pg_call_drop(struct rcp_world *world, uint32_t index)
{
    rcp_pg_call_at(world, index)->used--;
}

void rcp_pg_answer(struct rcp_sim *sim, const struct rcp_pending *pending, struct rcp_event *event)
{
    struct rcp_pg_call *call = rcp_pg_call_at(sim->world, pending->a);
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
    rcp_pg_call_drop(sim->world, pending->a);
}
