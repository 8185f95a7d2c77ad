/* MySQL in canonical form: sessions as a set, each by what it is at; then locks, rows, parked records. */
#include "core/check.h"
#include "core/hash.h"
#include "sim/engine/canon.h"

/* The session that a SETTLE or FIND is about to kill, told by what it is doing. */
static void add_killed(struct rcp_digest *digest,
                       const struct rcp_world *world,
                       const struct rcp_session *s)
{
    uint32_t index = rcp_session_find(world, s->kill);
    bool kills = (s->script == RCP_SCRIPT_SETTLE || s->script == RCP_SCRIPT_FIND) && s->kill != 0;
    if (!kills || index == RCP_NOBODY) {
        rcp_digest_add(digest, kills);
        return;
    }
    const struct rcp_session *old = &rcp_world_sessions(world)[index];
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){old->state,
                                        old->node,
                                        old->script,
                                        old->fate,
                                        old->row_count > 0,
                                        1,
                                        (uint8_t)old->payment});
    if (rcp_world_has_shop(&world->config))
        rcp_digest_add(digest, old->purchase);
}

static void add_script_rows(struct rcp_digest *digest,
                            const struct rcp_world *world,
                            uint32_t session)
{
    const struct rcp_session *s = &rcp_world_sessions(world)[session];
    enum rcp_script script = (enum rcp_script)s->script;
    bool orders = rcp_script_is_order(script);
    if (orders)
        rcp_digest_pair(digest, s->purchase, s->first_order);
    for (uint32_t k = 0; k < s->row_count; k++)
        if (orders)
            rcp_canon_add_order_row(digest, script, &rcp_world_session_orders(world, session)[k]);
        else
            rcp_digest_row(digest, script, &rcp_world_session_rows(world, session)[k]);
}

void rcp_canon_name_sessions(struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    rcp_check(world->config.sessions <= RCP_CANONICAL_SESSIONS_MAX, "sessions_have_names");
    for (uint32_t i = 0; i < world->config.sessions; i++) {
        const struct rcp_session *s = &rcp_world_sessions(world)[i];
        if (s->state == RCP_SESSION_FREE)
            continue;
        struct rcp_digest digest = rcp_canon_fresh(canon);
        bool others = world->nodes[s->node].mysql_ok_ms > s->issued_ms;
        rcp_digest_bytes(
            &digest,
            (const uint8_t[8]){
                s->state, s->node, s->script, s->fate, s->answer, s->error, s->more, s->left_open});
        rcp_digest_bytes(&digest,
                         (const uint8_t[8]){s->first_script,
                                            s->slow,
                                            s->woken,
                                            others,
                                            s->issued_ms < world->now_ms,
                                            s->incarnation == world->nodes[s->node].incarnation});
        rcp_digest_pair(
            &digest, rcp_canon_awaited(world, s->node, s->incarnation, s->op_id), s->payment);
        rcp_digest_pair(
            &digest, (uint32_t)rcp_digest_ahead(s->deadline_ms, world->now_ms), s->row_count);
        rcp_digest_add(&digest, s->late_ms);
        rcp_digest_pair(&digest, s->flags, s->page);
        rcp_digest_pair(&digest, s->lock_at, s->state == RCP_SESSION_WAITING ? s->wait_lock : 0);
        add_killed(&digest, world, s);
        add_script_rows(&digest, world, i);
        canon->sessions[i] = rcp_hash(digest.words[0], digest.words[1]) | 2u;
    }
}

static void add_sessions(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    uint64_t sum[2] = {0, 0};
    for (uint32_t i = 0; i < canon->world->config.sessions; i++) {
        struct rcp_digest member = rcp_canon_fresh(canon);
        if (rcp_world_sessions(canon->world)[i].state == RCP_SESSION_FREE)
            continue;
        rcp_digest_add(&member, canon->sessions[i]);
        rcp_canon_add_member(sum, &member);
    }
    rcp_digest_add(digest, sum[0]);
    rcp_digest_add(digest, sum[1]);
}

static void add_row(struct rcp_digest *digest,
                    const struct rcp_canon *canon,
                    const struct rcp_log_row *row)
{
    uint64_t mysql_ms = rcp_world_mysql_ms(canon->world);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){row->status,
                                        row->attempt,
                                        row->sends,
                                        row->cause,
                                        row->alone,
                                        row->alerted,
                                        row->claimed_twice,
                                        row->bad_edge});
    rcp_digest_pair(digest, row->payment, row->epoch);
    rcp_digest_pair(digest,
                    row->handler_failures,
                    (uint32_t)row->reopened << 9 | (uint32_t)row->claimed_by << 1 |
                        (!row->alerted && row->raised));
    rcp_digest_add(digest, rcp_canon_holder(canon, row->lock));
    if (row->status != RCP_ROW_PENDING && row->status != RCP_ROW_PROCESSING)
        return;
    rcp_digest_add(digest, row->product_id);
    rcp_digest_add(digest, rcp_canon_request(canon, row->origin));
    rcp_digest_add(digest, rcp_digest_ahead(row->due_ms + 1u, mysql_ms));
    rcp_digest_add(digest,
                   rcp_digest_ahead(row->token_until_ms + 1u, mysql_ms + RCP_TOKEN_RENEW_MS));
}

void rcp_canon_add_mysql(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    add_sessions(digest, canon);
    for (uint32_t i = 0; i < world->config.activities; i++) {
        const struct rcp_activity_row *activity = &world->activities[i];
        rcp_digest_pair(digest, activity->approved, activity->counter);
        rcp_digest_add(digest, activity->total);
        rcp_digest_add(digest, rcp_canon_holder(canon, activity->lock));
    }
    for (uint32_t i = 0; i < world->row_count; i++)
        add_row(digest, canon, &rows[i]);
    for (uint32_t i = world->open_head; i != RCP_NOBODY; i = rows[i].next)
        rcp_digest_add(digest, i);
    for (uint32_t i = 0; i < world->parked_count; i++) {
        const struct rcp_parked_row *parked = &rcp_world_parked(world)[i];
        rcp_digest_pair(digest,
                        parked->partition,
                        (uint32_t)parked->alerted << 1 | (!parked->alerted && parked->raised));
        rcp_digest_add(digest,
                       rcp_canon_name(canon, RCP_NAME_OFFSET, parked->offset, parked->partition));
    }
}
