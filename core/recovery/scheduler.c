/* PaymentRecoveryScheduler: claims due failure rows and sends them to the retry topic, round by round.
 *
 *   IDLE -> READING (CLAIM) -> WORKING (sends) -> WRITING (FINISH or RELEASE) -> IDLE
 *
 * Documented: one transaction stays open from the SELECT to "RESOLVED", and RESOLVED means that the
 * producer has the record. Hardened: the claim is a short transaction; the row stays PROCESSING under
 * owner, lease and epoch until the consumer has committed the entry. */
#include "core/recovery/scheduler.h"

#include "core/emit.h"
#include "core/flow.h"
#include "core/hash.h"

#include <string.h>

static bool closes_at_hand_over(const struct rcp_step *step)
{
    return !rcp_knob_hardened(step, RCP_KNOB_RESOLVED_MEANS);
}

/* Documented: one transaction from the SELECT to the UPDATE. */
static bool stays_open(const struct rcp_step *step)
{
    return closes_at_hand_over(step) && !rcp_knob_hardened(step, RCP_KNOB_CLAIM);
}

/* Claims that the broker surely does not have are given back, or they would wait for their lease. */
static void check_given_back(const struct rcp_node *node)
{
    for (uint32_t i = 0; i < node->scheduler.count; i++)
        rcp_check(rcp_claims(node)[i].state != RCP_ITEM_REFUSED, "refused_claim_is_given_back");
}

static void end_round(struct rcp_step *step, bool at_once)
{
    struct rcp_round *round = &step->node->scheduler;
    if (round->state == RCP_ROUND_WORKING)
        check_given_back(step->node);
    round->state = RCP_ROUND_IDLE;
    round->op_id = 0;
    round->session = 0;
    round->count = 0;
    at_once = at_once && round->more && rcp_knob_hardened(step, RCP_KNOB_DRAIN);
    round->next_ms = step->mono_ms + (at_once ? 0u : RCP_PERIOD_MS);
    if (step->node->stopping || rcp_is_paused(step->node, RCP_WORKER_SCHEDULER))
        round->next_ms = RCP_NEVER_MS;
}

void rcp_scheduler_tick(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->scheduler;
    if (round->state != RCP_ROUND_IDLE || step->mono_ms < round->next_ms || node->stopping)
        return;
    round->state = RCP_ROUND_READING;
    step->role = RCP_ROLE_SCHEDULER;
    round->op_id = rcp_op_id(node, RCP_OWNER_SCHEDULER, 0);
    struct rcp_mysql_effect *claim =
        rcp_emit_script(step, round->op_id, RCP_SCRIPT_CLAIM, 0, RCP_MYSQL_TIMEOUT_MS);
    claim->page = node->limits.page;
    claim->owner = (uint64_t)node->node << 32 | node->incarnation;
    if (!rcp_knob_hardened(step, RCP_KNOB_CLAIM))
        claim->flags |= RCP_TX_PLAIN;
    if (stays_open(step))
        claim->flags |= RCP_TX_LEAVE_OPEN;
}

/* --- WORKING: claimed rows on their way to the broker --- */

static void send(struct rcp_step *step, uint32_t index)
{
    struct rcp_item *item = &rcp_claims(step->node)[index];
    rcp_check(item->state == RCP_ITEM_UNSENT, "claim_is_sent_once");
    rcp_check(!step->node->stopping, "stopping_node_sends_no_claim");
    item->state = RCP_ITEM_WAITING;
    step->role = RCP_ROLE_SCHEDULER;
    item->op_id = rcp_op_id(step->node, RCP_OWNER_CLAIM, index);
    struct rcp_send_effect *send = &rcp_emit(step, RCP_EFFECT_SEND)->send;
    send->op_id = item->op_id;
    send->record = (struct rcp_retry_record){
        .payload = item->row.payload,
        .token = item->row.token,
        .origin = item->row.origin,
        .row_id = item->row.row_id,
        .epoch = item->row.epoch,
        .attempt = item->row.attempt,
        .usable = 1,
        .mac = 1,
        .alone = item->row.alone,
    };
    send->keyed = rcp_knob_hardened(step, RCP_KNOB_RECORD_KEY);
    send->key_hash = rcp_hash(item->row.payload.activity_id, item->row.payload.user_id);
    send->acks = closes_at_hand_over(step) ? RCP_ACKS_HANDED : RCP_ACKS_ALL;
    send->timeout_ms = RCP_KAFKA_TIMEOUT_MS;
}

/* Documented: what was handed over is RESOLVED; what could not be is counted and put off. */
static void write_finish(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->scheduler;
    round->state = RCP_ROUND_WRITING;
    step->role = RCP_ROLE_SCHEDULER;
    round->op_id = rcp_op_id(node, RCP_OWNER_SCHEDULER, 0);
    struct rcp_mysql_effect *finish =
        rcp_emit_script(step, round->op_id, RCP_SCRIPT_FINISH, round->count, RCP_MYSQL_TIMEOUT_MS);
    finish->session = round->session;
    struct rcp_tx_row *rows = rcp_emit_rows(step, finish);
    for (uint32_t i = 0; i < round->count; i++) {
        const struct rcp_item *item = &rcp_claims(node)[i];
        bool handed = item->state != RCP_ITEM_REFUSED;
        uint32_t failures = item->row.attempt + 1u;
        rows[i] = item->row;
        rows[i].verdict = handed ? RCP_VERDICT_WRITTEN : RCP_VERDICT_STALE;
        rows[i].counted = !handed;
        rows[i].cause = !handed && failures >= RCP_ATTEMPTS_MAX ? RCP_PARK_ATTEMPTS : RCP_PARK_NONE;
        rows[i].delay_ms = RCP_BACKOFF_MS << (failures < RCP_ATTEMPTS_MAX ? failures : 4u);
    }
}

/* Hardened: what was surely not sent is given back; what may have been carries on by its lease. */
static void write_release(struct rcp_step *step, uint32_t count)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->scheduler;
    round->state = RCP_ROUND_WRITING;
    step->role = RCP_ROLE_SCHEDULER;
    round->op_id = rcp_op_id(node, RCP_OWNER_SCHEDULER, 0);
    round->more = 0; /* the broker does not take them: no hurry */
    struct rcp_mysql_effect *release =
        rcp_emit_script(step, round->op_id, RCP_SCRIPT_RELEASE, count, RCP_MYSQL_TIMEOUT_MS);
    struct rcp_tx_row *rows = rcp_emit_rows(step, release);
    uint32_t at = 0;
    for (uint32_t i = 0; i < round->count; i++)
        if (rcp_claims(node)[i].state == RCP_ITEM_REFUSED)
            rows[at++] = rcp_claims(node)[i].row;
    rcp_check(at == count && at > 0, "release_has_its_rows");
}

static void work(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->scheduler;
    uint32_t waiting = 0, unsent = 0, refused = 0;
    rcp_check(round->state == RCP_ROUND_WORKING, "round_works_between_reading_and_writing");
    for (uint32_t i = 0; i < round->count; i++) {
        struct rcp_item *item = &rcp_claims(node)[i];
        waiting += item->state == RCP_ITEM_WAITING;
        unsent += item->state == RCP_ITEM_UNSENT;
        refused += item->state == RCP_ITEM_REFUSED;
    }
    for (uint32_t i = 0; i < round->count && unsent > 0 && waiting < node->limits.sends; i++) {
        if (rcp_claims(node)[i].state != RCP_ITEM_UNSENT)
            continue;
        send(step, i);
        unsent--;
        waiting++;
    }
    if (waiting > 0)
        return;
    if (closes_at_hand_over(step))
        write_finish(step);
    else if (refused > 0)
        write_release(step, refused);
    else
        end_round(step, true);
}

static void take_claimed(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_node *node = step->node;
    struct rcp_round *round = &node->scheduler;
    rcp_check(done->row_count <= node->limits.page, "claim_fits_page");
    round->session = stays_open(step) ? done->session : 0;
    round->more = done->more;
    round->count = done->row_count;
    for (uint32_t i = 0; i < done->row_count; i++)
        rcp_claims(node)[i] = (struct rcp_item){.row = done->rows[i], .state = RCP_ITEM_UNSENT};
    if (round->count == 0 && !stays_open(step)) {
        end_round(step, true);
        return;
    }
    round->state = RCP_ROUND_WORKING;
    if (node->stopping)
        rcp_scheduler_stop(step);
    else
        work(step);
}

void rcp_scheduler_mysql_done(struct rcp_step *step, const struct rcp_mysql_done *done)
{
    struct rcp_round *round = &step->node->scheduler;
    if (round->op_id != done->op_id)
        return;
    round->op_id = 0;
    bool written = done->outcome == RCP_OUTCOME_DONE;
    if (round->state == RCP_ROUND_READING && written)
        take_claimed(step, done);
    else
        end_round(step, written && round->state == RCP_ROUND_WRITING);
}

void rcp_scheduler_sent(struct rcp_step *step, const struct rcp_sent *sent)
{
    struct rcp_node *node = step->node;
    uint32_t index = rcp_op_slot(sent->op_id);
    if (node->scheduler.state != RCP_ROUND_WORKING || index >= node->scheduler.count)
        return;
    struct rcp_item *item = &rcp_claims(node)[index];
    if (item->op_id != sent->op_id || item->state != RCP_ITEM_WAITING)
        return;
    switch (sent->outcome) {
    case RCP_OUTCOME_DONE:
        item->state = RCP_ITEM_DONE;
        break;
    case RCP_OUTCOME_REFUSED:
        item->state = RCP_ITEM_REFUSED;
        break;
    case RCP_OUTCOME_UNKNOWN:
    case RCP_OUTCOME_COUNT:
        item->state = RCP_ITEM_UNKNOWN;
        break;
    }
    work(step);
}

void rcp_scheduler_stop(struct rcp_step *step)
{
    struct rcp_node *node = step->node;
    node->scheduler.next_ms = RCP_NEVER_MS;
    if (node->scheduler.state != RCP_ROUND_WORKING)
        return;
    for (uint32_t i = 0; i < node->scheduler.count; i++)
        if (rcp_claims(node)[i].state == RCP_ITEM_UNSENT)
            rcp_claims(node)[i].state = RCP_ITEM_REFUSED;
    work(step);
}
