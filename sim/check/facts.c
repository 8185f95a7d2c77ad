/* Scans of the durable tables that several invariants share. */
#include "sim/check/facts.h"

/* Operators come in by a door of their own. */
static bool is_operators(const struct rcp_exchange *exchange)
{
    return exchange->kind == RCP_REQUEST_REJECT || exchange->kind == RCP_REQUEST_RETRY ||
           exchange->kind == RCP_REQUEST_PARK;
}

/* The refusal that needs nobody but the request itself; NONE where it is to come in. */
static enum rcp_status at_the_door(const struct rcp_world *world,
                                   const struct rcp_exchange *exchange)
{
    bool process = exchange->kind == RCP_REQUEST_PROCESS;
    if (is_operators(exchange))
        return RCP_STATUS_NONE;
    if (exchange->user == 0)
        return RCP_STATUS_UNAUTHORIZED;
    if (process && !rcp_hardened(world->policy, RCP_KNOB_TOKEN_MISSING))
        return RCP_STATUS_NONE;
    if (exchange->form != RCP_TOKEN_SIGNED)
        return RCP_STATUS_BAD_REQUEST;
    if (process && !rcp_hardened(world->policy, RCP_KNOB_USER_MISMATCH))
        return RCP_STATUS_NONE;
    return exchange->user == rcp_payment_user(world, exchange->payment) ? RCP_STATUS_NONE
                                                                        : RCP_STATUS_FORBIDDEN;
}

/* Who has come in may be answered so. */
static bool is_answer(const struct rcp_world *world, const struct rcp_exchange *exchange)
{
    bool process = exchange->kind == RCP_REQUEST_PROCESS;
    bool asks_redis_alone = process && !rcp_hardened(world->policy, RCP_KNOB_TOKEN_MISSING);
    switch ((enum rcp_status)exchange->status) {
    case RCP_STATUS_OK:
    case RCP_STATUS_UNAVAILABLE:
        return true;
    case RCP_STATUS_ACCEPTED:
    case RCP_STATUS_GONE:
        return process;
    case RCP_STATUS_CONFLICT:
        return exchange->kind != RCP_REQUEST_STATUS;
    case RCP_STATUS_FORBIDDEN:
        return process && exchange->user != rcp_payment_user(world, exchange->payment);
    case RCP_STATUS_BAD_REQUEST:
        return asks_redis_alone;
    case RCP_STATUS_ERROR:
        return asks_redis_alone ||
               (process && !rcp_hardened(world->policy, RCP_KNOB_UNKNOWN_COMMIT));
    case RCP_STATUS_NOT_FOUND:
        return exchange->kind == RCP_REQUEST_RETRY || exchange->kind == RCP_REQUEST_PARK;
    case RCP_STATUS_NONE:
    case RCP_STATUS_UNAUTHORIZED:
    case RCP_STATUS_PAYMENT_REQUIRED:
    case RCP_STATUS_UNPROCESSABLE:
        break;
    }
    return false;
}

bool rcp_facts_rightly_refused(const struct rcp_world *world, const struct rcp_exchange *exchange)
{
    enum rcp_status refusal = at_the_door(world, exchange);
    if (refusal == RCP_STATUS_NONE)
        return is_answer(world, exchange);
    return exchange->status == refusal && (exchange->noted & RCP_NOTED_ASKED) == 0;
}

/* What 200 says, by what was asked for. */
static enum rcp_payment_state done_state(enum rcp_request_kind kind)
{
    if (kind == RCP_REQUEST_REJECT)
        return RCP_PAYMENT_REJECTED;
    if (kind == RCP_REQUEST_RETRY)
        return RCP_PAYMENT_OPEN;
    return kind == RCP_REQUEST_PARK ? RCP_PAYMENT_PARKED : RCP_PAYMENT_APPROVED;
}

/* What stands in an operator's way and is decided, or in another session's hands at this moment. */
static bool is_in_the_way(const struct rcp_exchange *exchange, enum rcp_payment_state said)
{
    bool retry = exchange->kind == RCP_REQUEST_RETRY, park = exchange->kind == RCP_REQUEST_PARK;
    if (exchange->status == RCP_STATUS_CONFLICT)
        return (retry || park) && said == RCP_PAYMENT_REJECTED;
    return exchange->status == RCP_STATUS_UNAVAILABLE && said == (retry  ? RCP_PAYMENT_PARKED
                                                                  : park ? RCP_PAYMENT_OPEN
                                                                         : RCP_PAYMENT_UNKNOWN);
}

/* The words that fit the status; all but a status question has no other. */
static bool fits(const struct rcp_exchange *exchange)
{
    enum rcp_payment_state said = (enum rcp_payment_state)exchange->said;
    if (exchange->kind == RCP_REQUEST_STATUS || is_in_the_way(exchange, said))
        return true;
    switch ((enum rcp_status)exchange->status) {
    case RCP_STATUS_OK:
        return said == done_state((enum rcp_request_kind)exchange->kind);
    case RCP_STATUS_ACCEPTED:
        return said == RCP_PAYMENT_OPEN || said == RCP_PAYMENT_PARKED;
    case RCP_STATUS_CONFLICT:
        return said == RCP_PAYMENT_APPROVED;
    case RCP_STATUS_GONE:
        return said == RCP_PAYMENT_REJECTED;
    case RCP_STATUS_NONE:
    case RCP_STATUS_BAD_REQUEST:
    case RCP_STATUS_UNAUTHORIZED:
    case RCP_STATUS_PAYMENT_REQUIRED:
    case RCP_STATUS_UNPROCESSABLE:
    case RCP_STATUS_FORBIDDEN:
    case RCP_STATUS_NOT_FOUND:
    case RCP_STATUS_ERROR:
    case RCP_STATUS_UNAVAILABLE:
        break;
    }
    return said == RCP_PAYMENT_UNKNOWN;
}

/* A row of the payment that was parked at some time: its cause stays, unless it was opened again. */
static bool was_parked(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    for (uint32_t i = rcp_world_ledgers(world)[payment].rows; i != RCP_NOBODY; i = rows[i].sibling)
        if (rows[i].cause != RCP_PARK_NONE || rows[i].reopened)
            return true;
    return false;
}

bool rcp_facts_said_so(const struct rcp_world *world, const struct rcp_exchange *exchange)
{
    uint32_t payment = exchange->payment;
    const struct rcp_entry_row *entry = &rcp_world_entries(world)[payment];
    if (!fits(exchange))
        return false;
    switch ((enum rcp_payment_state)exchange->said) {
    case RCP_PAYMENT_UNKNOWN:
        return true;
    case RCP_PAYMENT_APPROVED:
        return entry->status == RCP_ENTRY_APPROVED;
    case RCP_PAYMENT_REJECTED:
        return entry->status == RCP_ENTRY_REJECTED || entry->overwrites > 0;
    case RCP_PAYMENT_PARKED:
        return was_parked(world, payment);
    case RCP_PAYMENT_OPEN:
        return rcp_world_ledgers(world)[payment].rows != RCP_NOBODY || exchange->record_tried;
    case RCP_PAYMENT_STATE_COUNT:
        break;
    }
    return false;
}

bool rcp_facts_fallback_missed(const struct rcp_exchange *exchange)
{
    bool log_missed = (exchange->noted & (RCP_NOTED_ENTRY | RCP_NOTED_LOG)) == RCP_NOTED_ENTRY;
    return exchange->status == RCP_STATUS_UNAVAILABLE && (exchange->log_failed || log_missed) &&
           !exchange->record_tried && !exchange->node_died && exchange->in_time;
}

static uint32_t told_by(const struct rcp_exchange *exchange)
{
    uint16_t status = exchange->status;
    if (status == RCP_STATUS_OK)
        return RCP_TOLD_OK;
    if (status == RCP_STATUS_ACCEPTED)
        return RCP_TOLD_ACCEPTED;
    bool gone = status == RCP_STATUS_BAD_REQUEST || status == RCP_STATUS_NOT_FOUND ||
                status == RCP_STATUS_GONE;
    return gone ? RCP_TOLD_GONE : 0u;
}

uint32_t rcp_facts_told(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_ledger *ledger = &rcp_world_ledgers(world)[payment];
    uint32_t told = (ledger->told_ok ? RCP_TOLD_OK : 0u) |
                    (ledger->told_accepted ? RCP_TOLD_ACCEPTED : 0u) |
                    (ledger->told_gone ? RCP_TOLD_GONE : 0u);
    const struct rcp_exchange *exchanges = rcp_world_exchanges(world);
    for (uint32_t i = 0; i < world->exchange_count; i++)
        if (exchanges[i].replies > 0 && rcp_facts_own_process(world, &exchanges[i], payment))
            told |= told_by(&exchanges[i]);
    return told;
}

uint32_t rcp_facts_rows(const struct rcp_world *world, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t statuses = 0;
    for (uint32_t i = 0; i < world->row_count; i++)
        if (rows[i].payment == payment)
            statuses |= 1u << rows[i].status;
    return statuses;
}

bool rcp_facts_direct_record(const struct rcp_world *world, uint32_t payment)
{
    for (uint32_t p = 0; p < world->config.limits.partitions; p++) {
        const struct rcp_topic_partition *partition = &world->partitions[p];
        const struct rcp_topic_record *records = rcp_world_records(world, p);
        for (uint32_t i = partition->first; i < partition->count; i++)
            if (records[i].payment == payment && records[i].offset >= partition->committed &&
                records[i].record.row_id == 0 && records[i].record.usable && records[i].record.mac)
                return true;
    }
    return false;
}

bool rcp_facts_left_work(const struct rcp_world *world, const struct rcp_topic_record *record)
{
    if (!rcp_facts_usable(world, record) || record->payment == RCP_NOBODY ||
        rcp_facts_final(world, record->payment))
        return true;
    const struct rcp_log_row *rows = rcp_world_rows(world);
    uint32_t first = rcp_world_ledgers(world)[record->payment].rows;
    for (uint32_t i = first; i != RCP_NOBODY; i = rows[i].sibling)
        if (rcp_facts_open(rows[i].status) || rows[i].status == RCP_ROW_FAILED)
            return true;
    return false;
}

bool rcp_facts_parked(const struct rcp_world *world, uint32_t partition, uint64_t offset)
{
    const struct rcp_parked_row *parked = rcp_world_parked(world);
    for (uint32_t i = 0; i < world->parked_count; i++)
        if (parked[i].partition == partition && parked[i].offset == offset)
            return true;
    return false;
}
