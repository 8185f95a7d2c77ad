/* Redis: RESERVATION_TOKEN:{token} with a time to live on Redis's own clock; it may lose anything. */
#include "sim/model/redis.h"

#include <string.h>

/* A token's handle is its payment's index + 1; other handles are forged and never there. */
static struct rcp_token_row *token_of(const struct rcp_world *world, uint64_t handle)
{
    if (handle == 0 || handle > world->payments)
        return NULL;
    return &rcp_world_tokens(world)[handle - 1];
}

/* Has somebody look at the token when its time is over. */
static void arm(struct rcp_sim *sim, uint32_t payment)
{
    struct rcp_token_row *token = &rcp_world_tokens(sim->world)[payment];
    uint64_t redis_ms = rcp_world_redis_ms(sim->world);
    uint64_t wait_ms = token->expires_ms > redis_ms ? token->expires_ms - redis_ms : 0;
    if (token->armed_ms != 0 && token->armed_ms <= sim->world->now_ms + wait_ms)
        return; /* somebody looks soon enough, and then again */
    struct rcp_pending *pending = rcp_sim_push(sim, RCP_JOB_TOKEN_EXPIRES, wait_ms, wait_ms + 20);
    struct rcp_key key = {.subject = payment,
                          .subject_kind = RCP_SUBJECT_PAYMENT,
                          .nth = (uint16_t)++token->looks,
                          .phase = RCP_PHASE_EXPIRE};
    pending->key = rcp_key_pack(key);
    pending->a = payment;
    pending->payment = payment;
    token->armed_ms = sim->world->now_ms + wait_ms;
}

static void write_token(struct rcp_sim *sim,
                        uint32_t payment,
                        enum rcp_token_state state,
                        uint64_t expires_ms)
{
    struct rcp_token_row *token = &rcp_world_tokens(sim->world)[payment];
    memmove(&token->before[1], &token->before[0], sizeof token->before - sizeof token->before[0]);
    token->before[0] = (struct rcp_token_before){
        .until_ms = sim->world->now_ms, .expires_ms = token->expires_ms, .state = token->state};
    if (token->history < RCP_TOKEN_HISTORY)
        token->history++;
    token->state = (uint8_t)state;
    token->expires_ms = expires_ms;
    if (state == RCP_TOKEN_LIVE)
        arm(sim, payment);
    rcp_touch(sim->world, RCP_OF_PAYMENT, payment);
}

static bool is_live(const struct rcp_world *world, const struct rcp_token_row *token)
{
    return token != NULL && token->state == RCP_TOKEN_LIVE &&
           token->expires_ms > rcp_world_redis_ms(world);
}

/* --- Commands --- */

void rcp_redis_issue(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_redis_effect *effect)
{
    struct rcp_span span = rcp_link_span(RCP_LINK_REDIS, issue->fate);
    uint64_t deadline_ms = sim->world->now_ms + effect->timeout_ms;
    if (issue->fate.fault == RCP_FAULT_REDIS_REQUEST_LOST ||
        span.shortest_ms >= effect->timeout_ms) {
        if (issue->fate.fault == RCP_FAULT_REDIS_REQUEST_LOST)
            rcp_sim_fired(sim, RCP_FAULT_REDIS_REQUEST_LOST, issue->node, issue->payment);
        struct rcp_event event = {
            .kind = RCP_EVENT_REDIS_DONE,
            .redis_done = {.op_id = effect->op_id, .outcome = RCP_OUTCOME_UNKNOWN},
        };
        rcp_answer_push(sim, issue, &event, rcp_until_deadline(sim, deadline_ms));
        return;
    }
    struct rcp_pending *pending =
        rcp_issue_push(sim, issue, RCP_JOB_REDIS_APPLIES, RCP_PHASE_APPLY, span);
    pending->redis = *effect;
    pending->c = deadline_ms;
}

/* The planned fault that answers for Redis now; NONE where it works. */
static enum rcp_fault trouble(const struct rcp_world *world, enum rcp_redis_verb verb)
{
    static const uint8_t faults[] = {
        RCP_FAULT_REDIS_DOWN, RCP_FAULT_REDIS_SILENT, RCP_FAULT_REDIS_LOADING};
    for (uint32_t i = 0; i < sizeof faults; i++)
        if (rcp_world_fault(world, (enum rcp_fault)faults[i]))
            return (enum rcp_fault)faults[i];
    if (verb != RCP_REDIS_GET && rcp_world_fault(world, RCP_FAULT_REDIS_READONLY))
        return RCP_FAULT_REDIS_READONLY;
    return RCP_FAULT_NONE;
}

static void get(struct rcp_sim *sim, uint64_t handle, struct rcp_redis_done *done)
{
    const struct rcp_world *world = sim->world;
    const struct rcp_token_row *token = token_of(world, handle);
    done->found = is_live(world, token);
    if (!done->found)
        return;
    uint32_t payment = (uint32_t)handle - 1u;
    done->readable = !token->unreadable;
    if (token->unreadable)
        rcp_plan_struck(sim, RCP_FAULT_PAYLOAD_UNREADABLE, 0, payment);
    else
        done->payload = (struct rcp_payload){
            .user_id = rcp_payment_user(world, payment),
            .activity_id = rcp_payment_activity(world, payment) + 1u,
            .product_id = token->product_id,
            .quantity = 1,
        };
}

static void execute(struct rcp_sim *sim,
                    const struct rcp_redis_effect *effect,
                    struct rcp_redis_done *done)
{
    struct rcp_world *world = sim->world;
    if (effect->verb == RCP_REDIS_GET) {
        get(sim, effect->token, done);
        return;
    }
    const struct rcp_token_row *token = token_of(world, effect->token);
    done->found = is_live(world, token);
    if (!done->found)
        return;
    uint32_t payment = (uint32_t)effect->token - 1u;
    if (effect->verb == RCP_REDIS_EXPIRE) {
        uint64_t until_ms = rcp_world_redis_ms(world) + effect->hold_ms;
        write_token(sim, payment, RCP_TOKEN_LIVE, until_ms);
        return;
    }
    write_token(sim, payment, RCP_TOKEN_DELETED, token->expires_ms);
    rcp_world_ledgers(world)[payment].deleted = 1;
}

bool rcp_redis_apply(struct rcp_sim *sim, const struct rcp_pending *pending)
{
    struct rcp_issue issue = rcp_issue_of(pending);
    const struct rcp_redis_effect *effect = &pending->redis;
    struct rcp_event event = {
        .kind = RCP_EVENT_REDIS_DONE,
        .redis_done = {.op_id = effect->op_id, .outcome = RCP_OUTCOME_REFUSED},
    };
    struct rcp_span back = rcp_link_span(RCP_LINK_REDIS, (struct rcp_fate){0});
    struct rcp_span silence = rcp_until_deadline(sim, pending->c);
    enum rcp_fault fault = trouble(sim->world, effect->verb);
    if (fault != RCP_FAULT_NONE) {
        rcp_plan_struck(sim, fault, issue.node, issue.payment);
        if (fault == RCP_FAULT_REDIS_SILENT)
            event.redis_done.outcome = RCP_OUTCOME_UNKNOWN;
        rcp_answer_push(sim, &issue, &event, fault == RCP_FAULT_REDIS_SILENT ? silence : back);
        return false;
    }
    event.redis_done.outcome = RCP_OUTCOME_DONE;
    execute(sim, effect, &event.redis_done);
    if (issue.fate.fault == RCP_FAULT_CRASH_APPLIED)
        return true;
    if (issue.fate.fault == RCP_FAULT_REDIS_ANSWER_LOST) {
        rcp_sim_fired(sim, RCP_FAULT_REDIS_ANSWER_LOST, issue.node, issue.payment);
        event.redis_done =
            (struct rcp_redis_done){.op_id = effect->op_id, .outcome = RCP_OUTCOME_UNKNOWN};
        back = silence;
    } else if (issue.fate.fault == RCP_FAULT_REDIS_SLOW && silence.longest_ms > 4) {
        rcp_sim_fired(sim, RCP_FAULT_REDIS_SLOW, issue.node, issue.payment);
        back = (struct rcp_span){silence.longest_ms / 2, silence.longest_ms - 1};
    }
    rcp_answer_push(sim, &issue, &event, back);
    return false;
}

/* --- Time, loss, and the entry service --- */

void rcp_redis_expire(struct rcp_sim *sim, uint32_t payment)
{
    struct rcp_world *world = sim->world;
    struct rcp_token_row *token = &rcp_world_tokens(world)[payment];
    if (token->armed_ms <= world->now_ms)
        token->armed_ms = 0;
    if (token->state != RCP_TOKEN_LIVE)
        return;
    if (token->expires_ms > rcp_world_redis_ms(world)) {
        arm(sim, payment);
        return;
    }
    write_token(sim, payment, RCP_TOKEN_EXPIRED, token->expires_ms);
    struct rcp_activity_row *activity = &world->activities[rcp_payment_activity(world, payment)];
    if (activity->counter > 0)
        activity->counter--;
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_EXPIRED, RCP_ROLE_WORLD, 0, payment);
        rcp_sim_record(sim, &record);
    }
}

bool rcp_redis_reserve(struct rcp_sim *sim, uint32_t payment, uint64_t ttl_ms, bool *sold_out)
{
    struct rcp_world *world = sim->world;
    struct rcp_token_row *token = &rcp_world_tokens(world)[payment];
    struct rcp_activity_row *activity = &world->activities[rcp_payment_activity(world, payment)];
    enum rcp_fault fault = trouble(world, RCP_REDIS_EXPIRE);
    *sold_out = false;
    if (fault != RCP_FAULT_NONE) {
        rcp_plan_struck(sim, fault, 0, payment);
        return false;
    }
    if (is_live(world, token))
        return true;
    /* DELETED: the user is still in campaign:{id}:users, and is turned away as DUPLICATED. */
    *sold_out = token->state == RCP_TOKEN_DELETED;
    if (*sold_out)
        return false;
    if (activity->counter >= activity->capacity) {
        *sold_out = true;
        return false;
    }
    activity->counter++;
    if (rcp_world_entries(world)[payment].status == RCP_ENTRY_APPROVED)
        rcp_world_ledgers(world)[payment].resurrected = 1; /* Redis forgot that it was sold */
    write_token(sim, payment, RCP_TOKEN_LIVE, rcp_world_redis_ms(world) + ttl_ms);
    if (rcp_sim_listening(sim)) {
        struct rcp_record record =
            rcp_sim_new_record(sim, RCP_RECORD_RESERVED, RCP_ROLE_WORLD, 0, payment);
        rcp_sim_record(sim, &record);
    }
    return true;
}

void rcp_redis_lose_all(struct rcp_sim *sim)
{
    struct rcp_world *world = sim->world;
    for (uint32_t i = 0; i < world->payments; i++)
        if (rcp_world_tokens(world)[i].state == RCP_TOKEN_LIVE)
            write_token(sim, i, RCP_TOKEN_GONE, 0);
    for (uint32_t i = 0; i < world->config.activities; i++)
        world->activities[i].counter = 0;
}

/* The state before all writes since then; NULL where there were none. */
static const struct rcp_token_before *before(const struct rcp_token_row *token, uint64_t since_ms)
{
    const struct rcp_token_before *found = NULL;
    for (uint32_t i = 0; i < token->history && token->before[i].until_ms >= since_ms; i++)
        found = &token->before[i];
    return found;
}

void rcp_redis_fail_over(struct rcp_sim *sim, uint64_t lost_ms)
{
    struct rcp_world *world = sim->world;
    uint64_t since_ms = world->now_ms > lost_ms ? world->now_ms - lost_ms : 0;
    for (uint32_t i = 0; i < world->payments; i++) {
        struct rcp_token_row *token = &rcp_world_tokens(world)[i];
        struct rcp_activity_row *activity = &world->activities[rcp_payment_activity(world, i)];
        const struct rcp_token_before *then = before(token, since_ms);
        if (then == NULL)
            continue;
        uint64_t expires_ms = then->expires_ms;
        enum rcp_token_state state = (enum rcp_token_state)then->state;
        if (state == RCP_TOKEN_LIVE)
            rcp_world_ledgers(world)[i].resurrected = 1; /* a DEL or an end is lost */
        else if (activity->counter > 0)
            activity->counter--; /* the reservation itself is lost */
        write_token(sim, i, state == RCP_TOKEN_NONE ? RCP_TOKEN_GONE : state, expires_ms);
        token->history = 0; /* what was lost is lost once */
    }
}

void rcp_redis_jump(struct rcp_sim *sim, uint64_t by_ms)
{
    sim->world->redis_offset_ms += by_ms;
    for (uint32_t i = 0; i < sim->world->payments; i++)
        if (rcp_world_tokens(sim->world)[i].state == RCP_TOKEN_LIVE)
            arm(sim, i);
}
