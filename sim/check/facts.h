/* What several invariants ask of the world. All of it is read from the durable tables and from what
 * was told; nothing here trusts a counter that is kept by index. */
#ifndef RCP_SIM_CHECK_FACTS_H
#define RCP_SIM_CHECK_FACTS_H

#include "sim/world.h"

/* What a payment's owner was told; see rcp_facts_told(). */
#define RCP_TOLD_OK       1u
#define RCP_TOLD_ACCEPTED 2u
#define RCP_TOLD_GONE     4u

/* Sets of row statuses; see rcp_facts_rows(). */
#define RCP_ROWS_GONE   (1u << RCP_ROW_NONE)
#define RCP_ROWS_OPEN   (1u << RCP_ROW_PENDING | 1u << RCP_ROW_PROCESSING)
#define RCP_ROWS_PARKED (1u << RCP_ROW_FAILED)

static inline bool rcp_facts_final(const struct rcp_world *world, uint32_t payment)
{
    uint8_t status = rcp_world_entries(world)[payment].status;
    return status == RCP_ENTRY_APPROVED || status == RCP_ENTRY_REJECTED;
}

/* True where the payment came to an end that keeps every promise: approved, or an operator's no. */
static inline bool rcp_facts_ended(const struct rcp_world *world, uint32_t payment)
{
    uint8_t status = rcp_world_entries(world)[payment].status;
    return status == RCP_ENTRY_APPROVED ||
           (status == RCP_ENTRY_REJECTED && rcp_world_ledgers(world)[payment].rejected_by_operator);
}

static inline bool rcp_facts_open(uint8_t row_status)
{
    return row_status == RCP_ROW_PENDING || row_status == RCP_ROW_PROCESSING;
}

/* The exchange is about this payment, by its owner, with a token of our making. */
static inline bool rcp_facts_own(const struct rcp_world *world,
                                 const struct rcp_exchange *exchange,
                                 uint32_t payment)
{
    return exchange->payment == payment && exchange->user == rcp_payment_user(world, payment) &&
           exchange->form == RCP_TOKEN_SIGNED;
}

static inline bool rcp_facts_own_process(const struct rcp_world *world,
                                         const struct rcp_exchange *exchange,
                                         uint32_t payment)
{
    return exchange->kind == RCP_REQUEST_PROCESS && rcp_facts_own(world, exchange, payment);
}

/* The exchange has reached a node, whatever became of it since. */
static inline bool rcp_facts_arrived(const struct rcp_exchange *exchange)
{
    return exchange->replies > 0 || exchange->arrived_ms > 0 ||
           exchange->state == RCP_EXCHANGE_AT_NODE;
}

/* The record can be used: it decodes, and carries a MAC where this policy writes one. */
static inline bool rcp_facts_usable(const struct rcp_world *world,
                                    const struct rcp_topic_record *record)
{
    return record->record.usable &&
           (record->record.mac || !rcp_hardened(world->policy, RCP_KNOB_LOG_UNAVAILABLE));
}

/* True where the reply refuses only what is to be refused, for its own reason, and nobody was asked
 * about what is turned away at the door. Needs a reply. */
bool rcp_facts_rightly_refused(const struct rcp_world *world, const struct rcp_exchange *exchange);

/* True where what the reply says of the payment is so, and fits its status. Needs a reply. */
bool rcp_facts_said_so(const struct rcp_world *world, const struct rcp_exchange *exchange);

/* True where 503 was told in time though the entry was tried, and the failure log was not, or did not
 * answer, and the retry topic was not tried either. */
bool rcp_facts_fallback_missed(const struct rcp_exchange *exchange);

/* RCP_TOLD_ bits: what left a node as an answer to its owner's PROCESS. */
uint32_t rcp_facts_told(const struct rcp_world *world, uint32_t payment);

/* The statuses of its rows, deleted ones included: bit per enum rcp_row_status. */
uint32_t rcp_facts_rows(const struct rcp_world *world, uint32_t payment);

/* True where a record of its own, with no row behind it, waits at or after the committed offset. */
bool rcp_facts_direct_record(const struct rcp_world *world, uint32_t payment);

/* True where the record is none of a payment's, or its payment is final, or has an open or parked
 * row right now. */
bool rcp_facts_left_work(const struct rcp_world *world, const struct rcp_topic_record *record);

/* True where the record at this offset stands in the table of parked records. */
bool rcp_facts_parked(const struct rcp_world *world, uint32_t partition, uint64_t offset);

#endif
