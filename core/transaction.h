/* The typed scripts that the core asks of MySQL, and the rows that go in and come back.
 *
 * A script is one transaction: its statements, then COMMIT. Any statement error ends it with an
 * explicit ROLLBACK or a dropped connection; nothing is repeated by the adapter. Tables: FACTS 0.5. */
#ifndef RCP_CORE_TRANSACTION_H
#define RCP_CORE_TRANSACTION_H

#include "core/payment.h"

#include <stdbool.h>

enum rcp_script {
    RCP_SCRIPT_NONE,    /* Zeroed memory; never a valid script. */
    RCP_SCRIPT_APPROVE, /* upsertEntry(APPROVED) for each row; a row with row_id is RESOLVED too */
    RCP_SCRIPT_FINISH,  /* goes on in the session left open (or a new one): verdict WRITTEN: the row
                          * is RESOLVED; verdict STALE: PENDING, attempt counted, backoff. COMMIT */
    RCP_SCRIPT_ABANDON, /* goes on in the session that was left open: ROLLBACK */
    RCP_SCRIPT_SETTLE,  /* KILL kill_session, then a locking read on each key: what is the truth? */
    RCP_SCRIPT_LOG,     /* logFailure: INSERT payment_failure_log (PENDING, or FAILED with cause) */
    RCP_SCRIPT_LOOKUP,  /* read the entry and the open row of each key */
    RCP_SCRIPT_FENCE,   /* where there is neither entry nor open row: INSERT entry (REJECTED) */
    RCP_SCRIPT_REJECT,  /* operator: entry REJECTED unless APPROVED; unfinished rows RESOLVED */
    RCP_SCRIPT_CLAIM, /* due rows, oldest first, up to page: PROCESSING, owner, lease, epoch + 1 */
    RCP_SCRIPT_RELEASE, /* claimed but surely not sent: PENDING again, the send uncounted */
    RCP_SCRIPT_LATER,   /* retry failed: PENDING, attempt counted, backoff; or FAILED */
    RCP_SCRIPT_PARK,    /* an unusable record, raw, unique by (topic, partition, offset) */
    RCP_SCRIPT_SWEEP,   /* read tokens to release or renew and alerts to raise, up to page */
    RCP_SCRIPT_MARK,    /* write down what the sweep or a flow has done */

    /* The second document's scripts: their rows are struct rcp_order_row (core/order/order_script.h). */
    RCP_SCRIPT_PLACE, /* stock, coupon, points, order PLACED, payment PENDING and IN_PROGRESS */
    RCP_SCRIPT_FIND, /* KILL kill_session, if any; then read one order: by order_id, else by pg_key,
                        * else by (user_id, request_key), else by origin */
    RCP_SCRIPT_DUE,  /* claim charges to ask about, refunds to send, alerts to raise, up to page */
    RCP_SCRIPT_RESULT, /* settle one charge: WHERE version, the order and what it took with it */
    RCP_SCRIPT_REFUND, /* write down how a refund ended, or when it goes on: WHERE epoch */
    RCP_SCRIPT_TOLD,   /* write down that a person was told */

    /* Operators' scripts over the first document's rows; new ones come last, since recordings have numbers. */
    RCP_SCRIPT_REOPEN, /* final entry: parked rows RESOLVED; else the newest parked row, unless one is
                        * open: PENDING, due now, epoch + 1, attempts, sends and age from anew */
    RCP_SCRIPT_SHELVE, /* final entry: nothing; else open rows FAILED, with the row's cause */
    RCP_SCRIPT_COUNT
};

/* True where the script's rows are struct rcp_order_row. */
static inline bool rcp_script_is_order(enum rcp_script script)
{
    return script >= RCP_SCRIPT_PLACE && script <= RCP_SCRIPT_TOLD;
}

/* How a script is run. The core turns knobs into these; an adapter only obeys. */
enum rcp_script_flag {
    RCP_TX_BLIND = 1u << 0,      /* APPROVE overwrites whatever state the entry is in */
    RCP_TX_CAPACITY = 1u << 1,   /* APPROVE refuses (verdict FULL) past the activity's capacity */
    RCP_TX_LEAVE_OPEN = 1u << 2, /* no COMMIT yet: FINISH or ABANDON follows in the same session */
    RCP_TX_ONE_OPEN = 1u << 3,   /* LOG is guarded: one open row per key, none for a final entry;
                                  * REOPEN: its row is the one */
    RCP_TX_PLAIN = 1u << 4,      /* CLAIM reads without locks and writes by id alone */
    RCP_TX_NEW_ROW = 1u << 5,    /* LATER deletes the row and inserts a new one, attempt 0 */
    RCP_TX_RELEASE = 1u << 6,    /* SWEEP looks for tokens to release */
    RCP_TX_RENEW = 1u << 7,      /* SWEEP looks for tokens to renew */
};

/* What happened to, or is known of, one row of a script. */
enum rcp_verdict {
    RCP_VERDICT_NONE,     /* not looked at yet */
    RCP_VERDICT_APPROVED, /* APPROVE: approved by this script. SETTLE, LOOKUP, FENCE: is approved */
    RCP_VERDICT_ALREADY,  /* APPROVE, LOG: was approved before, same payload */
    RCP_VERDICT_REJECTED, /* the fence stands */
    RCP_VERDICT_CONFLICT, /* approved before with another payload */
    RCP_VERDICT_FULL,     /* capacity is used up; nothing written (a row with row_id: FAILED) */
    RCP_VERDICT_OPEN,     /* no final entry, but an open row; REOPEN: maybe by this script */
    RCP_VERDICT_PARKED,  /* no final entry, but a parked row; LATER, SHELVE: maybe by this script */
    RCP_VERDICT_NOTHING, /* neither entry nor row */
    RCP_VERDICT_LOGGED,  /* LOG: the row is there now */
    RCP_VERDICT_STALE,   /* WHERE id AND epoch AND status matched nothing */
    RCP_VERDICT_WRITTEN, /* the write took effect */
    RCP_VERDICT_RELEASE, /* SWEEP: approved, token not released yet */
    RCP_VERDICT_RENEW,   /* SWEEP: open, token ends soon */
    RCP_VERDICT_ALERT,   /* SWEEP: parked row, nobody told yet */
    RCP_VERDICT_ALERT_RECORD, /* SWEEP: parked record, nobody told yet */
    RCP_VERDICT_COUNT
};

/* One row of a script, in both directions. Which fields matter is the script's business. */
struct rcp_tx_row {
    struct rcp_payload payload; /* its key: (activity_id, user_id) */
    uint64_t token;     /* handle, kept in entry and row so that the token can be released */
    uint64_t origin;    /* the request or record that caused it: a trace id, 0 where none */
    uint64_t offset;    /* PARK, ALERT_RECORD: of the unusable record */
    uint32_t partition; /* PARK, ALERT_RECORD: of the unusable record */
    uint32_t row_id;    /* payment_failure_log.id, 0 where there is none */
    uint32_t epoch;     /* claim number of that row; in WHERE */
    uint32_t delay_ms;  /* LATER: backoff from the database's now; LOG: first due after it */
    uint8_t attempt;    /* failed attempts so far */
    uint8_t sends;      /* sends so far */
    uint8_t verdict;    /* enum rcp_verdict: filled in by the adapter; FINISH, MARK: what to do */
    uint8_t cause;      /* enum rcp_park_cause: LOG, LATER, SHELVE: park for this cause */
    uint8_t counted;    /* LATER: 1 where this failure counts as an attempt */
    uint8_t alone;      /* the row wants to be tried alone (kept on the row) */
    uint8_t error;      /* LATER: enum rcp_error_class that refused the try; NONE: nobody knows */
    uint8_t spare;      /* zero */
};

#endif
