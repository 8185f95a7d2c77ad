/* A world's state in canonical form, folded into 128 bits table by table. Tables whose order means nothing
 * (pending events, sessions) are folded as sets: the sum of their members' digests. */
#include "sim/engine/canonical.h"

#include "core/check.h"
#include "sim/engine/canon.h"

uint64_t rcp_canon_name(const void *context, enum rcp_name_kind kind, uint64_t id, uint32_t of)
{
    const struct rcp_canon *canon = context;
    const struct rcp_world *world = canon->world;
    switch (kind) {
    case RCP_NAME_REQUEST:
        return rcp_canon_request(canon, id);
    case RCP_NAME_SESSION:
        return rcp_canon_session(canon, (uint32_t)id);
    case RCP_NAME_ASSIGNMENT:
        return 1u + world->assignment - id;
    case RCP_NAME_VERSION:
        return rcp_canon_version(world, of) - id;
    case RCP_NAME_EPOCH:
        return rcp_canon_epoch(world, of) - id;
    case RCP_NAME_OFFSET:
        break;
    }
    return of < world->config.limits.partitions ? world->partitions[of].end - id : id;
}

/* --- Exchanges --- */

/* Over: nobody waits for it any more, neither its client nor a node. */
static bool is_over(const struct rcp_world *world, const struct rcp_exchange *x)
{
    bool heard = x->state == RCP_EXCHANGE_ANSWERED || x->state == RCP_EXCHANGE_LOST;
    bool at_node =
        x->arrived_ms != 0 && x->replies == 0 && !x->node_died && world->nodes[x->node].alive;
    return heard && !x->again && !at_node;
}

static uint64_t live_exchanges(const struct rcp_world *world, const struct rcp_queue_head *queue)
{
    uint64_t live = 0;
    rcp_check(world->exchange_count <= RCP_CANONICAL_EXCHANGES_MAX, "exchanges_have_names");
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (!is_over(world, &rcp_world_exchanges(world)[i]))
            live |= 1ull << i;
    for (uint32_t i = 0; i < rcp_queue_count(queue); i++) {
        const struct rcp_pending *pending = rcp_queue_at(queue, i);
        if (pending->job == RCP_JOB_REQUEST_ARRIVES || pending->job == RCP_JOB_CLIENT_ASKS)
            live |= 1ull << pending->a;
    }
    return live;
}

static void add_exchanges(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    for (uint64_t left = canon->live; left != 0; left &= left - 1u) {
        const struct rcp_exchange *x = &rcp_world_exchanges(world)[(uint32_t)__builtin_ctzll(left)];
        rcp_digest_pair(digest, x->payment, x->user);
        if (rcp_world_has_shop(&world->config))
            rcp_canon_add_asked(digest, x);
        rcp_digest_pair(digest, x->node, (uint32_t)x->status << 8 | x->kind);
        rcp_digest_bytes(digest,
                         (const uint8_t[8]){x->form,
                                            x->state,
                                            x->replies,
                                            x->again,
                                            x->log_failed,
                                            x->record_tried,
                                            x->node_died,
                                            x->in_time});
        if (x->replies == 0 && !x->node_died)
            rcp_digest_pair(digest, x->noted, x->payload);
        if (x->arrived_ms != 0 && x->replies == 0)
            rcp_digest_add(
                digest,
                1u + rcp_digest_ahead(x->arrived_ms + RCP_REQUEST_DEADLINE_MS, world->now_ms));
    }
}

/* --- Payments: token, entry, client, ledger --- */

static void add_entry(struct rcp_digest *digest,
                      const struct rcp_canon *canon,
                      const struct rcp_entry_row *entry)
{
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){entry->status,
                                        entry->token_released,
                                        entry->poison,
                                        (uint8_t)entry->approvals,
                                        (uint8_t)entry->overwrites});
    rcp_digest_add(digest, entry->product_id);
    rcp_digest_add(digest, rcp_canon_request(canon, entry->origin));
    rcp_digest_add(digest, rcp_canon_holder(canon, entry->lock));
    if (entry->status == RCP_ENTRY_APPROVED && !entry->token_released)
        rcp_digest_add(digest,
                       rcp_digest_ahead(entry->processed_ms + RCP_SWEEP_AGE_MS,
                                        rcp_world_mysql_ms(canon->world)));
}

static void add_token(struct rcp_digest *digest,
                      const struct rcp_canon *canon,
                      const struct rcp_token_row *token)
{
    const struct rcp_world *world = canon->world;
    rcp_digest_pair(digest, token->state, token->unreadable);
    rcp_digest_add(digest, token->product_id);
    if (token->state == RCP_TOKEN_LIVE)
        rcp_digest_add(digest, rcp_digest_ahead(token->expires_ms, rcp_world_redis_ms(world)));
    if (token->armed_ms != 0)
        rcp_digest_add(digest, 1u + rcp_digest_ahead(token->armed_ms, world->now_ms));
}

static void add_ledger(struct rcp_digest *digest, const struct rcp_ledger *ledger)
{
    rcp_digest_pair(digest, ledger->open_rows, ledger->parked_rows);
    rcp_digest_pair(digest, ledger->direct_records, ledger->counted);
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){ledger->owner_asked,
                                        ledger->told_ok,
                                        ledger->told_accepted,
                                        ledger->told_gone,
                                        ledger->rejected_by_operator,
                                        ledger->deleted,
                                        ledger->resurrected,
                                        ledger->failure_took});
    rcp_digest_bytes(digest,
                     (const uint8_t[8]){ledger->fallback_missed,
                                        ledger->status_404,
                                        ledger->answered_twice,
                                        ledger->told_410,
                                        ledger->told_other,
                                        ledger->turned_away,
                                        ledger->misled,
                                        ledger->answered_late});
}

static void add_payments(struct rcp_digest *digest, const struct rcp_canon *canon)
{
    const struct rcp_world *world = canon->world;
    for (uint32_t i = 0; i < world->payments; i++) {
        add_token(digest, canon, &rcp_world_tokens(world)[i]);
        add_entry(digest, canon, &rcp_world_entries(world)[i]);
        add_ledger(digest, &rcp_world_ledgers(world)[i]);
        if (!world->healed)
            rcp_digest_add(digest, rcp_world_clients(world)[i].tries);
    }
}

/* --- The whole --- */

static void add_node(struct rcp_digest *digest, const struct rcp_world *world, uint32_t index)
{
    const struct rcp_sim_node *node = &world->nodes[index];
    rcp_digest_bytes(digest, (const uint8_t[8]){node->alive, node->stopping, node->in_group});
    if (!node->alive)
        return;
    rcp_digest_add(digest, rcp_digest_ahead(node->paused_until_ms, world->now_ms));
    rcp_digest_add(digest, rcp_digest_ahead(node->timer_ms, world->now_ms));
    rcp_node_digest(rcp_world_node(world, index), digest);
}

/* What turns are taken by: the load balancer's, the topic's, the group's. */
static void add_turns(struct rcp_digest *digest, const struct rcp_world *world)
{
    static const uint32_t every_group[RCP_NODES_MAX + 1] = {1, 1, 2, 6, 12, 60, 60, 420, 840};
    rcp_digest_pair(digest,
                    world->exchange_count % every_group[world->config.nodes],
                    world->assignment % every_group[world->config.nodes]);
    if (world->config.limits.partitions > 0)
        rcp_digest_add(digest, world->records_sent % world->config.limits.partitions);
}

struct rcp_digest rcp_canonical_digest(const struct rcp_sim *sim)
{
    const struct rcp_world *world = sim->world;
    struct rcp_canon canon = {.world = world, .live = live_exchanges(world, sim->queue)};
    rcp_canon_name_sessions(&canon);
    struct rcp_digest digest = rcp_canon_fresh(&canon);
    rcp_digest_add(&digest, world->redis_offset_ms);
    rcp_digest_add(&digest, world->mysql_offset_ms);
    rcp_digest_add(&digest, world->faults[0] ^ (uint64_t)world->healed << 63);
    rcp_digest_add(&digest, world->faults[1]);
    for (uint32_t i = 0; sim->scenario->plan_count > 0 && i < RCP_FAULT_COUNT; i++)
        rcp_digest_add(&digest, rcp_digest_ahead(world->thaw_ms[i], world->now_ms));
    rcp_digest_pair(&digest, world->row_count, world->parked_count);
    rcp_digest_pair(&digest, world->backlog.unalerted, world->backlog.waiting);
    rcp_digest_add(&digest, world->backlog.untold);
    add_turns(&digest, world);
    for (uint32_t i = 0; i < world->config.nodes; i++)
        add_node(&digest, world, i);
    add_exchanges(&digest, &canon);
    add_payments(&digest, &canon);
    rcp_canon_add_mysql(&digest, &canon);
    rcp_canon_add_shop(&digest, &canon);
    for (uint32_t i = 0; i < world->config.limits.partitions; i++)
        rcp_canon_add_partition(&digest, &canon, i);
    rcp_canon_add_pending(&digest, &canon, sim->queue);
    return digest;
}
