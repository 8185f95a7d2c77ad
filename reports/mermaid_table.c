/* From records to arrows: the whole translation.
 *
 * Each row says which records it draws and how. A record may draw several rows, in table order.
 * Labels are the documents' words; $words stand for what the record says. */
#include "reports/mermaid_drawing.h"

/* Short names for the table. */
#define ANY         RCP_ROLE_NONE
#define PAYMENT     RCP_ROLE_PAYMENT
#define SCHEDULING  RCP_ROLE_SCHEDULER
#define CONSUMING   RCP_ROLE_CONSUMER
#define USER        RCP_LANE_USER
#define FRONTEND    RCP_LANE_FRONTEND
#define CONTROLLER  RCP_LANE_CONTROLLER
#define SERVICE     RCP_LANE_SERVICE
#define LOG_SERVICE RCP_LANE_LOG_SERVICE
#define SCHEDULER   RCP_LANE_SCHEDULER
#define CONSUMER    RCP_LANE_CONSUMER
#define REDIS       RCP_LANE_REDIS
#define ENTRIES     RCP_LANE_ENTRY_TABLE
#define LOGS        RCP_LANE_LOG_TABLE
#define KAFKA       RCP_LANE_KAFKA
#define ACTOR       RCP_MERMAID_ACTOR

/* The second document's. */
#define ORDERING      RCP_ROLE_ORDER
#define CALLED_BACK   RCP_ROLE_CALLBACK
#define RECONCILING   RCP_ROLE_RECONCILE
#define FACADE        RCP_LANE_ORDER_FACADE
#define PAY_FACADE    RCP_LANE_PAYMENT_FACADE
#define PAY_SCHEDULER RCP_LANE_PAYMENT_SCHEDULER
#define HANDLER       RCP_LANE_RESULT_HANDLER
#define CLIENT        RCP_LANE_PG_CLIENT
#define PG            RCP_LANE_PG
#define ORDERS        RCP_LANE_ORDER_TABLES

/* A row, from words that are pasted together here and nowhere else. */
#define ROW(kind_, role_, when_, shape_, from_, to_, label_)                               \
    .kind = (kind_), .role = (role_), .when = (when_), .shape = (shape_), .from = (from_), \
    .to = (to_), .label = (label_)
#define PLAIN(kind_, role_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_##kind_,                                    \
        role_,                                                 \
        RCP_MERMAID_WHEN_##when_,                              \
        RCP_MERMAID_SHAPE_##shape_,                            \
        from_,                                                 \
        to_,                                                   \
        label_)
#define RD(kind_, verb_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_##kind_,                                 \
        ANY,                                                \
        RCP_MERMAID_WHEN_##when_,                           \
        RCP_MERMAID_SHAPE_##shape_,                         \
        from_,                                              \
        to_,                                                \
        label_),                                            \
        .verb = RCP_REDIS_##verb_
#define CALL_PG(kind_, verb_, role_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_##kind_,                                             \
        role_,                                                          \
        RCP_MERMAID_WHEN_##when_,                                       \
        RCP_MERMAID_SHAPE_##shape_,                                     \
        from_,                                                          \
        to_,                                                            \
        label_),                                                        \
        .verb = RCP_PG_##verb_
#define TX(script_, role_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_TX,                                        \
        role_,                                                \
        RCP_MERMAID_WHEN_##when_,                             \
        RCP_MERMAID_SHAPE_##shape_,                           \
        from_,                                                \
        to_,                                                  \
        label_),                                              \
        .script = RCP_SCRIPT_##script_
#define TXD(script_, role_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_TX_DONE,                                    \
        role_,                                                 \
        RCP_MERMAID_WHEN_##when_,                              \
        RCP_MERMAID_SHAPE_##shape_,                            \
        from_,                                                 \
        to_,                                                   \
        label_),                                               \
        .script = RCP_SCRIPT_##script_

/* clang-format off */
const struct rcp_mermaid_row rcp_mermaid_rows[] = {
    /* The request. */
    {PLAIN(CLICK, ANY, PROCESS, CALL, USER, FRONTEND, "Click \"결제하기\"")},
    {PLAIN(CLICK, ANY, STATUS, CALL, USER, FRONTEND, "Ask for the payment's status")},
    {PLAIN(REQUEST, ANY, PROCESS, CALL, FRONTEND, CONTROLLER, "POST /process (Token)")},
    {PLAIN(REQUEST, ANY, PROCESS, CALL, CONTROLLER, SERVICE, "processPayment(token, userId)")},
    {PLAIN(REQUEST, ANY, STATUS, CALL, FRONTEND, CONTROLLER, "GET status (Token)")},
    {PLAIN(REQUEST, ANY, STATUS, CALL, CONTROLLER, SERVICE, "status(token, userId)")},
    {PLAIN(REQUEST, ANY, REJECT, NOTE_OVER, SERVICE, SERVICE, "an operator rejects the reservation")},
    {PLAIN(REQUEST, ANY, RETRY, NOTE_OVER, SERVICE, SERVICE, "an operator wants the payment tried again")},
    {PLAIN(REQUEST, ANY, PARK, NOTE_OVER, SERVICE, SERVICE, "an operator parks the payment")},

    /* The token. */
    {RD(REDIS, GET, ANY, CALL, ACTOR, REDIS, "GET RESERVATION_TOKEN:{token}")},
    {RD(REDIS, DEL, ANY, CALL, ACTOR, REDIS, "DELETE RESERVATION_TOKEN:{token}")},
    {RD(REDIS, EXPIRE, ANY, CALL, ACTOR, REDIS, "PEXPIRE RESERVATION_TOKEN:{token} (hold)")},
    {RD(REDIS_DONE, GET, FOUND, ANSWER, REDIS, ACTOR, "Payload (UserId, ActivityId...)")},
    {RD(REDIS_DONE, GET, FOUND, CALL, ACTOR, ACTOR, "Validate (UserId Match?)"), .needs = REDIS},
    {RD(REDIS_DONE, GET, FOUND, CALL, ACTOR, ACTOR, "Redis Validate OK"), .without = REDIS},
    {RD(REDIS_DONE, GET, MISSING, ANSWER, REDIS, ACTOR, "nil: missing, used or expired")},
    {RD(REDIS_DONE, DEL, FOUND, ANSWER, REDIS, ACTOR, "Deleted")},
    {RD(REDIS_DONE, DEL, MISSING, ANSWER, REDIS, ACTOR, "Nothing to delete")},
    {RD(REDIS_DONE, EXPIRE, FOUND, ANSWER, REDIS, ACTOR, "Held")},
    {RD(REDIS_DONE, EXPIRE, MISSING, ANSWER, REDIS, ACTOR, "nil: nothing to hold")},
    {RD(REDIS_DONE, GET, FAILED, FAILED, REDIS, ACTOR, "💥 $outcome")},
    {RD(REDIS_DONE, DEL, FAILED, FAILED, REDIS, ACTOR, "💥 $outcome")},
    {RD(REDIS_DONE, EXPIRE, FAILED, FAILED, REDIS, ACTOR, "💥 $outcome")},

    /* The entry. For a record, PaymentService works for PaymentRetryConsumer. */
    {TX(APPROVE, PAYMENT, LEFT_OPEN, NOTE_RIGHT, CONTROLLER, CONTROLLER, "[Transaction Start]")},
    {TX(APPROVE, ANY, ANY, CALL, SERVICE, ENTRIES, "upsertEntry(APPROVED)$rows")},
    {TXD(APPROVE, ANY, DONE, ANSWER, ENTRIES, SERVICE, "Success$verdict")},
    {TXD(APPROVE, PAYMENT, FAILED, FAILED, ENTRIES, SERVICE, "💥 Exception ($error)")},
    {TXD(APPROVE, CONSUMING, FAILED, FAILED, ENTRIES, SERVICE, "💥 Still Error! ($error)")},
    {TXD(APPROVE, CONSUMING, FAILED, FAILED, SERVICE, CONSUMER, "Throw Exception")},
    {TXD(APPROVE, CONSUMING, DONE, NOTE_OVER, SERVICE, SERVICE, "✅ 데이터 복구 완료"), .needs = CONSUMER},
    {TXD(FINISH, PAYMENT, FAILED, FAILED, ENTRIES, SERVICE, "💥 COMMIT: $error")},
    {TX(ABANDON, ANY, ANY, NOTE_RIGHT, ACTOR, ACTOR, "[Transaction Rollback]")},
    {TX(SETTLE, ANY, ANY, CALL, ACTOR, ENTRIES, "KILL the lost session, then SELECT ... FOR UPDATE$rows")},
    {TXD(SETTLE, ANY, DONE, ANSWER, ENTRIES, ACTOR, "The truth$verdict")},
    {TXD(SETTLE, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},
    {TX(LOOKUP, ANY, ANY, CALL, ACTOR, ENTRIES, "SELECT entry and open row$rows")},
    {TXD(LOOKUP, ANY, DONE, ANSWER, ENTRIES, ACTOR, "Known$verdict")},
    {TXD(LOOKUP, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},
    {TX(FENCE, ANY, ANY, CALL, ACTOR, ENTRIES, "INSERT entry (REJECTED), the fence")},
    {TXD(FENCE, ANY, DONE, ANSWER, ENTRIES, ACTOR, "Fence$verdict")},
    {TXD(FENCE, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},
    {TX(REJECT, ANY, ANY, CALL, ACTOR, ENTRIES, "UPDATE entry (REJECTED), its rows RESOLVED")},
    {TXD(REJECT, ANY, DONE, ANSWER, ENTRIES, ACTOR, "Success$verdict")},
    {TXD(REJECT, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},
    {TX(REOPEN, ANY, ANY, CALL, ACTOR, LOGS, "UPDATE row (PENDING), as if it had just failed")},
    {TXD(REOPEN, ANY, DONE, ANSWER, LOGS, ACTOR, "Known$verdict")},
    {TXD(REOPEN, ANY, FAILED, FAILED, LOGS, ACTOR, "💥 $error")},
    {TX(SHELVE, ANY, ANY, CALL, ACTOR, LOGS, "UPDATE open row (FAILED, parked)")},
    {TXD(SHELVE, ANY, DONE, ANSWER, LOGS, ACTOR, "Known$verdict")},
    {TXD(SHELVE, ANY, FAILED, FAILED, LOGS, ACTOR, "💥 $error")},

    /* The failure log, in its own transaction. */
    {TX(LOG, PAYMENT, ANY, CALL, ACTOR, LOG_SERVICE, "logFailure(payload, ex)")},
    {TX(LOG, CONSUMING, ANY, CALL, ACTOR, LOG_SERVICE, "logFailure()")},
    {TX(LOG, PAYMENT, ANY, NOTE_RIGHT, LOG_SERVICE, LOG_SERVICE, "[New Transaction] (REQUIRES_NEW)")},
    {TX(LOG, ANY, ANY, CALL, LOG_SERVICE, LOGS, "INSERT payment_failure_log (PENDING)$rows")},
    {TXD(LOG, PAYMENT, DONE, ANSWER, LOGS, LOG_SERVICE, "Success$verdict")},
    {TXD(LOG, PAYMENT, DONE, NOTE_RIGHT, LOG_SERVICE, LOG_SERVICE, "[Log Commit]")},
    {TXD(LOG, CONSUMING, DONE, NOTE_OVER, CONSUMER, CONSUMER, "다음 스케줄러 타임에 다시 시도됨")},
    {TXD(LOG, ANY, FAILED, FAILED, LOGS, LOG_SERVICE, "💥 $error")},
    {TX(LATER, ANY, ANY, CALL, ACTOR, LOG_SERVICE, "retryFailed(payload, ex)")},
    {TX(LATER, ANY, ANY, CALL, LOG_SERVICE, LOGS, "Update Status = PENDING, attempt counted, next_retry_at later")},
    {TXD(LATER, ANY, DONE, ANSWER, LOGS, LOG_SERVICE, "Success$verdict")},
    {TXD(LATER, ANY, FAILED, FAILED, LOGS, LOG_SERVICE, "💥 $error")},
    {TX(PARK, ANY, ANY, CALL, ACTOR, LOG_SERVICE, "park(record)")},
    {TX(PARK, ANY, ANY, CALL, LOG_SERVICE, LOGS, "INSERT parked record, raw")},
    {TXD(PARK, ANY, DONE, ANSWER, LOGS, LOG_SERVICE, "Success$verdict")},
    {TXD(PARK, ANY, FAILED, FAILED, LOGS, LOG_SERVICE, "💥 $error")},

    /* The answer. */
    {PLAIN(REPLY, ANY, OF_PAYMENT, ANSWER, SERVICE, CONTROLLER, "$result")},
    {PLAIN(REPLY, ANY, COMMITTED, NOTE_RIGHT, CONTROLLER, CONTROLLER, "[Transaction Commit]")},
    {PLAIN(REPLY, ANY, OF_PAYMENT, ANSWER, CONTROLLER, FRONTEND, "$status$eventual")},
    {PLAIN(REPLY, ANY, SAVED_ONLY, NOTE_RIGHT, SERVICE, SERVICE, "[Main Tx Rollback but Log Saved]")},
    {PLAIN(ANSWERED, ANY, OF_PAYMENT, ANSWER, FRONTEND, USER, "$modal")},

    /* The scheduler. */
    {TX(CLAIM, ANY, LEFT_OPEN, CALL, SCHEDULER, LOGS, "Find PENDING Logs (Top 10)")},
    {TX(CLAIM, ANY, CLOSED, CALL, SCHEDULER, LOGS, "Claim PENDING Logs (owner, lease, epoch)")},
    {TXD(CLAIM, ANY, DONE, ANSWER, LOGS, SCHEDULER, "$logs")},
    {TXD(CLAIM, ANY, FAILED, FAILED, LOGS, SCHEDULER, "💥 $error")},
    {PLAIN(SEND, SCHEDULING, ANY, CALL, SCHEDULER, KAFKA, "Send (Payload)")},
    {PLAIN(SEND, PAYMENT, ANY, CALL, SERVICE, KAFKA, "Send direct record (Payload, MAC)")},
    {PLAIN(SEND, CONSUMING, ANY, CALL, CONSUMER, KAFKA, "Send direct record (Payload, MAC)")},
    {PLAIN(SENT, ANY, ACKED, ANSWER, KAFKA, ACTOR, "Acknowledged")},
    {PLAIN(SENT, ANY, FAILED, FAILED, KAFKA, ACTOR, "💥 Send: $outcome")},
    {TX(FINISH, SCHEDULING, ANY, CALL, SCHEDULER, LOGS, "Update Status = RESOLVED$rows")},
    {TXD(FINISH, SCHEDULING, FAILED, FAILED, LOGS, SCHEDULER, "💥 $error")},
    {TX(RELEASE, ANY, ANY, CALL, ACTOR, LOGS, "Update Status = PENDING (not sent)$rows")},
    {TXD(RELEASE, ANY, DONE, ANSWER, LOGS, ACTOR, "Success$verdict")},
    {TXD(RELEASE, ANY, FAILED, FAILED, LOGS, ACTOR, "💥 $error")},
    {TX(SWEEP, ANY, ANY, CALL, ACTOR, LOGS, "Sweep: tokens to release or renew, alerts to raise"), .detail = true},
    {TXD(SWEEP, ANY, DONE, ANSWER, LOGS, ACTOR, "$logs"), .detail = true},
    {TXD(SWEEP, ANY, FAILED, FAILED, LOGS, ACTOR, "💥 $error"), .detail = true},
    {TX(MARK, ANY, ANY, CALL, ACTOR, ENTRIES, "Mark what is done (released, renewed, alerted)$rows")},
    {TXD(MARK, ANY, DONE, ANSWER, ENTRIES, ACTOR, "Success"), .detail = true},
    {TXD(MARK, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},
    {PLAIN(ALERT, ANY, ANY, NOTE_OVER, ACTOR, ACTOR, "🔔 alert: parked, a person must look$row")},

    /* The consumer. "Skip" is a remark on what came from the broker, so it goes with the broker. */
    {PLAIN(CONSUME, ANY, ANY, CALL, KAFKA, CONSUMER, "Consume Message")},
    {PLAIN(CONSUME, ANY, ANY, CALL, CONSUMER, SERVICE, "retryPayment(Payload)")},
    {PLAIN(CONSUME, ANY, ANY, CALL, SERVICE, SERVICE, "⚠️ Skip Token Validation"), .needs = KAFKA},
    {PLAIN(OFFSET, ANY, ANY, CALL, CONSUMER, KAFKA, "Commit offset $detail"), .detail = true},
    {PLAIN(OFFSET_DONE, ANY, DONE, ANSWER, KAFKA, CONSUMER, "Committed"), .detail = true},
    {PLAIN(OFFSET_DONE, ANY, FAILED, FAILED, KAFKA, CONSUMER, "💥 offset commit: $outcome")},
    {PLAIN(ASSIGNED, ANY, ANY, NOTE_OVER, CONSUMER, CONSUMER, "partition $number assigned"), .detail = true},
    {PLAIN(REVOKED, ANY, ANY, NOTE_OVER, CONSUMER, CONSUMER, "partition $number revoked"), .detail = true},

    /* An order, and its answer. */
    {PLAIN(CLICK, ANY, ORDER, CALL, USER, FRONTEND, "Click \"주문하기\"")},
    {PLAIN(CLICK, ANY, ORDER_STATUS, CALL, USER, FRONTEND, "Ask what became of the order")},
    {PLAIN(REQUEST, ANY, ORDER, CALL, FRONTEND, FACADE, "POST /api/v1/orders (Idempotency-Key)")},
    {PLAIN(REQUEST, ANY, ORDER_STATUS, CALL, FRONTEND, FACADE, "GET /api/v1/orders/{id}")},
    {PLAIN(REQUEST, ANY, ORDER_ASK, NOTE_OVER, FACADE, FACADE, "an operator asks the PG about it")},
    {PLAIN(REQUEST, ANY, ORDER_FAIL, NOTE_OVER, FACADE, FACADE, "an operator says that the payment has failed")},
    {TX(PLACE, ANY, ANY, CALL, FACADE, ORDERS, "placeOrder: stock, coupon, points, order, payment")},
    {TXD(PLACE, ANY, DONE, ANSWER, ORDERS, FACADE, "Success$verdict")},
    {TXD(PLACE, ANY, FAILED, FAILED, ORDERS, FACADE, "💥 $error")},
    {TX(FIND, ANY, ANY, CALL, ACTOR, ORDERS, "Find the order")},
    {TXD(FIND, ANY, DONE, ANSWER, ORDERS, ACTOR, "Known$verdict")},
    {TXD(FIND, ANY, FAILED, FAILED, ORDERS, ACTOR, "💥 $error")},
    {PLAIN(REPLY, ORDERING, OF_ORDER, ANSWER, FACADE, FRONTEND, "$status$charge")},
    {PLAIN(ANSWERED, RCP_ROLE_WORLD, OF_ORDER, ANSWER, FRONTEND, USER, "$bought")},

    /* The PG. */
    {CALL_PG(PG, PAY, ORDERING, ANY, CALL, FACADE, PAY_FACADE, "requestPayment$order")},
    {CALL_PG(PG, PAY, ANY, ANY, CALL, PAY_FACADE, CLIENT, "pay$order")},
    {CALL_PG(PG, PAY, ANY, ANY, CALL, CLIENT, PG, "POST /api/v1/payments")},
    {CALL_PG(PG, LIST, RECONCILING, ANY, CALL, PAY_SCHEDULER, PAY_FACADE, "recoverPayment$order")},
    {CALL_PG(PG, LIST, ANY, ANY, CALL, PAY_FACADE, CLIENT, "listTransactions$order")},
    {CALL_PG(PG, LIST, ANY, ANY, CALL, CLIENT, PG, "GET /api/v1/payments?orderId=")},
    {CALL_PG(PG, GET, ANY, ANY, CALL, PAY_FACADE, CLIENT, "getTransaction($detail)")},
    {CALL_PG(PG, GET, ANY, ANY, CALL, CLIENT, PG, "GET /api/v1/payments/{transactionKey}")},
    {CALL_PG(PG, REFUND, ANY, ANY, CALL, HANDLER, CLIENT, "refund($detail)")},
    {CALL_PG(PG, REFUND, ANY, ANY, CALL, CLIENT, PG, "POST /api/v1/payments/{transactionKey}/refund")},
    {CALL_PG(PG_DONE, PAY, ANY, ANSWERED, ANSWER, PG, CLIENT, "$answer$key")},
    {CALL_PG(PG_DONE, PAY, ANY, UNANSWERED, FAILED, PG, CLIENT, "💥 $answer")},
    {CALL_PG(PG_DONE, LIST, ANY, ANSWERED, ANSWER, PG, CLIENT, "$answer$key")},
    {CALL_PG(PG_DONE, LIST, ANY, UNANSWERED, FAILED, PG, CLIENT, "💥 $answer")},
    {CALL_PG(PG_DONE, GET, ANY, ANSWERED, ANSWER, PG, CLIENT, "$answer$key")},
    {CALL_PG(PG_DONE, GET, ANY, UNANSWERED, FAILED, PG, CLIENT, "💥 $answer")},
    {CALL_PG(PG_DONE, REFUND, ANY, ANSWERED, ANSWER, PG, CLIENT, "$answer$key")},
    {CALL_PG(PG_DONE, REFUND, ANY, UNANSWERED, FAILED, PG, CLIENT, "💥 $answer")},
    {PLAIN(PG_SETTLED, ANY, ANY, NOTE_OVER, PG, PG, "transaction $detail: $transaction")},
    {PLAIN(CALLBACK, ANY, ANY, NOTE_OVER, PG, PG, "calls back: $transaction")},
    {PLAIN(REQUEST, ANY, CALLBACK, CALL, PG, PAY_FACADE, "POST /api/v1/payments/callback")},
    {PLAIN(REPLY, CALLED_BACK, OF_ORDER, ANSWER, PAY_FACADE, PG, "$status")},

    /* The result, and what is asked again. */
    {TX(RESULT, ANY, ANY, CALL, PAY_FACADE, HANDLER, "handle($settle)")},
    {TX(RESULT, ANY, ANY, CALL, HANDLER, ORDERS, "UPDATE payment WHERE version: $settle")},
    {TXD(RESULT, ANY, DONE, ANSWER, ORDERS, HANDLER, "Success$verdict")},
    {TXD(RESULT, ANY, FAILED, FAILED, ORDERS, HANDLER, "💥 $error")},
    {TX(DUE, ANY, ANY, CALL, PAY_SCHEDULER, ORDERS, "Find payments, refunds and alerts that are due")},
    {TXD(DUE, ANY, DONE, ANSWER, ORDERS, PAY_SCHEDULER, "$due")},
    {TXD(DUE, ANY, FAILED, FAILED, ORDERS, PAY_SCHEDULER, "💥 $error")},
    {TX(REFUND, ANY, ANY, CALL, HANDLER, ORDERS, "UPDATE refund WHERE epoch: $refund")},
    {TXD(REFUND, ANY, DONE, ANSWER, ORDERS, HANDLER, "Success$verdict")},
    {TXD(REFUND, ANY, FAILED, FAILED, ORDERS, HANDLER, "💥 $error")},
    {TX(TOLD, ANY, ANY, CALL, ACTOR, ORDERS, "Mark as told"), .detail = true},
    {TXD(TOLD, ANY, DONE, ANSWER, ORDERS, ACTOR, "Success$verdict"), .detail = true},
    {TXD(TOLD, ANY, FAILED, FAILED, ORDERS, ACTOR, "💥 $error")},
    {PLAIN(ORDER_ALERT, ANY, ANY, NOTE_OVER, ACTOR, ACTOR, "🔔 alert: $cause")},

    /* The world. */
    {PLAIN(RESERVED, ANY, ANY, NOTE_OVER, REDIS, REDIS, "RESERVATION_TOKEN:{token} issued"), .detail = true},
    {PLAIN(EXPIRED, ANY, ANY, NOTE_OVER, REDIS, REDIS, "RESERVATION_TOKEN:{token} expired, slot given back")},
    {PLAIN(START, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "starts (incarnation $detail)"), .detail = true},
    {PLAIN(STOP, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "stops gracefully")},
    {PLAIN(CRASH, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "💥 crashes")},
    {PLAIN(FAULT, ANY, ANY, NOTE_OVER, RCP_MERMAID_ALL, RCP_MERMAID_ALL, "⚡ $fault")},
    {PLAIN(HEAL, ANY, ANY, NOTE_OVER, RCP_MERMAID_ALL, RCP_MERMAID_ALL, "faults end"), .detail = true},
    {PLAIN(DRAINED, ANY, ANY, NOTE_OVER, RCP_MERMAID_ALL, RCP_MERMAID_ALL, "nothing is left to do"), .detail = true},
    {PLAIN(VIOLATION, ANY, ANY, NOTE_OVER, RCP_MERMAID_ALL, RCP_MERMAID_ALL, "❌ violated: $invariant")},
};
/* clang-format on */

const uint32_t rcp_mermaid_row_count = sizeof rcp_mermaid_rows / sizeof rcp_mermaid_rows[0];
