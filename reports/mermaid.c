/* From records to arrows.
 *
 * The table below is the whole translation: each row says which records it draws and how. A record
 * may draw several rows, in table order. Labels are the documents' words; $words stand for what the
 * record says. */
#include "reports/mermaid.h"

#include "reports/text.h"

#include <inttypes.h>
#include <string.h>

/* Ends of arrows that depend on the record. */
enum {
    LANE_ACTOR = RCP_LANE_COUNT, /* the role that acts */
    LANE_ALL,                    /* a note over everything drawn */
};

enum shape {
    SHAPE_CALL,   /* solid, arrow head */
    SHAPE_ANSWER, /* dashed, arrow head */
    SHAPE_FAILED, /* dashed, cross: an answer that is none */
    SHAPE_THROWN, /* solid, cross */
    SHAPE_NOTE_RIGHT,
    SHAPE_NOTE_OVER,
};

/* Which ends of an effect a row is for. */
enum when {
    WHEN_ANY,
    WHEN_DONE,
    WHEN_FAILED, /* refused or unknown */
    WHEN_REFUSED,
    WHEN_UNKNOWN,
    WHEN_FOUND,      /* Redis: done, and the key was there */
    WHEN_MISSING,    /* Redis: done, and it was not */
    WHEN_ACKED,      /* SENT: done, by an answer that took time on its way */
    WHEN_LEFT_OPEN,  /* TX: the transaction stays open for what follows */
    WHEN_CLOSED,     /* TX: it does not */
    WHEN_SAVED_ONLY, /* REPLY: of this payment, only the failure log was written */
    WHEN_COMMITTED,  /* REPLY: the transaction that was left open is committed */
    WHEN_PROCESS,    /* CLICK, REQUEST: a payment */
    WHEN_STATUS,     /* a status question */
    WHEN_REJECT,     /* an operator's rejection */
};

struct row {
    uint8_t kind;   /* enum rcp_record_kind */
    uint8_t role;   /* enum rcp_role; NONE matches all */
    uint8_t verb;   /* enum rcp_redis_verb, for Redis */
    uint8_t script; /* enum rcp_script, for MySQL; NONE matches all */
    uint8_t when;   /* enum when */
    uint8_t shape;  /* enum shape */
    uint8_t from;   /* enum rcp_lane or the ends above */
    uint8_t to;
    uint8_t needs;   /* drawn only where this lane is drawn */
    uint8_t without; /* drawn only where this lane is not drawn */
    bool detail;     /* drawn only where details are asked for */
    const char *label;
};

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
#define ACTOR       LANE_ACTOR

#define ROW(kind_, role_, when_, shape_, from_, to_, label_)                               \
    .kind = (kind_), .role = (role_), .when = (when_), .shape = (shape_), .from = (from_), \
    .to = (to_), .label = (label_)
#define PLAIN(kind_, role_, when_, shape_, from_, to_, label_) \
    ROW(RCP_RECORD_##kind_, role_, WHEN_##when_, SHAPE_##shape_, from_, to_, label_)
#define RD(kind_, verb_, when_, shape_, from_, to_, label_)                         \
    ROW(RCP_RECORD_##kind_, ANY, WHEN_##when_, SHAPE_##shape_, from_, to_, label_), \
        .verb = RCP_REDIS_##verb_
#define TX(script_, role_, when_, shape_, from_, to_, label_)                    \
    ROW(RCP_RECORD_TX, role_, WHEN_##when_, SHAPE_##shape_, from_, to_, label_), \
        .script = RCP_SCRIPT_##script_
#define TXD(script_, role_, when_, shape_, from_, to_, label_)                        \
    ROW(RCP_RECORD_TX_DONE, role_, WHEN_##when_, SHAPE_##shape_, from_, to_, label_), \
        .script = RCP_SCRIPT_##script_

/* clang-format off */
static const struct row rows[] = {
    /* The request. */
    {PLAIN(CLICK, ANY, PROCESS, CALL, USER, FRONTEND, "Click \"결제하기\"")},
    {PLAIN(CLICK, ANY, STATUS, CALL, USER, FRONTEND, "Ask for the payment's status")},
    {PLAIN(REQUEST, ANY, PROCESS, CALL, FRONTEND, CONTROLLER, "POST /process (Token)")},
    {PLAIN(REQUEST, ANY, PROCESS, CALL, CONTROLLER, SERVICE, "processPayment(token, userId)")},
    {PLAIN(REQUEST, ANY, STATUS, CALL, FRONTEND, CONTROLLER, "GET status (Token)")},
    {PLAIN(REQUEST, ANY, STATUS, CALL, CONTROLLER, SERVICE, "status(token, userId)")},
    {PLAIN(REQUEST, ANY, REJECT, NOTE_OVER, SERVICE, SERVICE, "an operator rejects the reservation")},

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
    {TXD(APPROVE, CONSUMING, FAILED, THROWN, SERVICE, CONSUMER, "Throw Exception")},
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
    {TX(REJECT, ANY, ANY, CALL, ACTOR, ENTRIES, "UPDATE entry (REJECTED), open rows RESOLVED")},
    {TXD(REJECT, ANY, DONE, ANSWER, ENTRIES, ACTOR, "Success$verdict")},
    {TXD(REJECT, ANY, FAILED, FAILED, ENTRIES, ACTOR, "💥 $error")},

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
    {PLAIN(REPLY, ANY, ANY, ANSWER, SERVICE, CONTROLLER, "$result")},
    {PLAIN(REPLY, ANY, COMMITTED, NOTE_RIGHT, CONTROLLER, CONTROLLER, "[Transaction Commit]")},
    {PLAIN(REPLY, ANY, ANY, ANSWER, CONTROLLER, FRONTEND, "$status$eventual")},
    {PLAIN(REPLY, ANY, SAVED_ONLY, NOTE_RIGHT, SERVICE, SERVICE, "[Main Tx Rollback but Log Saved]")},
    {PLAIN(ANSWERED, ANY, ANY, ANSWER, FRONTEND, USER, "$modal")},

    /* The scheduler. */
    {TX(CLAIM, ANY, LEFT_OPEN, CALL, SCHEDULER, LOGS, "Find PENDING Logs (Top 10)")},
    {TX(CLAIM, ANY, CLOSED, CALL, SCHEDULER, LOGS, "Claim PENDING Logs (owner, lease, epoch)")},
    {TXD(CLAIM, ANY, DONE, ANSWER, LOGS, SCHEDULER, "$logs")},
    {TXD(CLAIM, ANY, FAILED, FAILED, LOGS, SCHEDULER, "💥 $error")},
    {PLAIN(SEND, SCHEDULING, ANY, CALL, SCHEDULER, KAFKA, "Send (Payload)$row")},
    {PLAIN(SEND, PAYMENT, ANY, CALL, SERVICE, KAFKA, "Send direct record (Payload, MAC)")},
    {PLAIN(SEND, CONSUMING, ANY, CALL, CONSUMER, KAFKA, "Send direct record (Payload, MAC)")},
    {PLAIN(SENT, ANY, ACKED, ANSWER, KAFKA, ACTOR, "Acknowledged$row")},
    {PLAIN(SENT, ANY, FAILED, FAILED, KAFKA, ACTOR, "💥 Send: $outcome$row")},
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
    {PLAIN(CONSUME, ANY, ANY, CALL, KAFKA, CONSUMER, "Consume Message$row")},
    {PLAIN(CONSUME, ANY, ANY, CALL, CONSUMER, SERVICE, "retryPayment(Payload)")},
    {PLAIN(CONSUME, ANY, ANY, CALL, SERVICE, SERVICE, "⚠️ Skip Token Validation"), .needs = KAFKA},
    {PLAIN(OFFSET, ANY, ANY, CALL, CONSUMER, KAFKA, "Commit offset $detail"), .detail = true},
    {PLAIN(OFFSET_DONE, ANY, DONE, ANSWER, KAFKA, CONSUMER, "Committed"), .detail = true},
    {PLAIN(OFFSET_DONE, ANY, FAILED, FAILED, KAFKA, CONSUMER, "💥 offset commit: $outcome")},
    {PLAIN(ASSIGNED, ANY, ANY, NOTE_OVER, CONSUMER, CONSUMER, "partition $number assigned"), .detail = true},
    {PLAIN(REVOKED, ANY, ANY, NOTE_OVER, CONSUMER, CONSUMER, "partition $number revoked"), .detail = true},

    /* The world. */
    {PLAIN(RESERVED, ANY, ANY, NOTE_OVER, REDIS, REDIS, "RESERVATION_TOKEN:{token} issued"), .detail = true},
    {PLAIN(EXPIRED, ANY, ANY, NOTE_OVER, REDIS, REDIS, "RESERVATION_TOKEN:{token} expired, slot given back")},
    {PLAIN(START, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "starts (incarnation $detail)"), .detail = true},
    {PLAIN(STOP, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "stops gracefully")},
    {PLAIN(CRASH, ANY, ANY, NOTE_OVER, SERVICE, SERVICE, "💥 crashes")},
    {PLAIN(FAULT, ANY, ANY, NOTE_OVER, LANE_ALL, LANE_ALL, "⚡ $fault")},
    {PLAIN(HEAL, ANY, ANY, NOTE_OVER, LANE_ALL, LANE_ALL, "faults end"), .detail = true},
    {PLAIN(DRAINED, ANY, ANY, NOTE_OVER, LANE_ALL, LANE_ALL, "nothing is left to do"), .detail = true},
    {PLAIN(VIOLATION, ANY, ANY, NOTE_OVER, LANE_ALL, LANE_ALL, "❌ violated: $invariant")},
};
/* clang-format on */

struct lane_name {
    const char *id;
    const char *name; /* NULL: the id */
};

static const struct lane_name lane_names[RCP_LANE_COUNT] = {
    [RCP_LANE_USER] = {"User", NULL},
    [RCP_LANE_FRONTEND] = {"Frontend", NULL},
    [RCP_LANE_CONTROLLER] = {"CoreAPI", "PaymentController"},
    [RCP_LANE_SERVICE] = {"Service", "PaymentService"},
    [RCP_LANE_LOG_SERVICE] = {"LogService", "PaymentFailureLogService"},
    [RCP_LANE_SCHEDULER] = {"Scheduler", "PaymentRecoveryScheduler"},
    [RCP_LANE_CONSUMER] = {"Consumer", "PaymentRetryConsumer"},
    [RCP_LANE_REDIS] = {"Redis", NULL},
    [RCP_LANE_ENTRY_TABLE] = {"DB_Entry", "MySQL (Entry Table)"},
    [RCP_LANE_LOG_TABLE] = {"DB_Log", "MySQL (Log Table)"},
    [RCP_LANE_KAFKA] = {"Kafka", "Kafka (axon.payment.retry)"},
};

/* Where one table is drawn alone, the document calls it the database. */
static const struct lane_name lone_entry_table = {"DB", "MySQL (Entry)"};

struct drawing {
    FILE *out;
    const struct rcp_record *records;
    uint32_t count;
    const struct rcp_mermaid_view *view;
    const struct rcp_report_names *names;
    enum rcp_lane lanes[RCP_LANE_COUNT];
    uint32_t lane_count;
    bool many_nodes;    /* then each label says which */
    bool many_payments; /* then each label says whose */
};

static bool drawn(const struct drawing *drawing, uint32_t lane)
{
    for (uint32_t i = 0; i < drawing->lane_count; i++) {
        if (drawing->lanes[i] == lane) {
            return true;
        }
    }
    return false;
}

static const struct lane_name *name_of(const struct drawing *drawing, uint32_t lane)
{
    if (lane == RCP_LANE_ENTRY_TABLE && !drawn(drawing, RCP_LANE_LOG_TABLE)) {
        return &lone_entry_table;
    }
    return &lane_names[lane];
}

static bool in_window(const struct drawing *drawing, const struct rcp_record *record)
{
    const struct rcp_mermaid_view *view = drawing->view;
    return (view->from_ms == 0 && view->until_ms == 0) ||
           (record->at_ms >= view->from_ms && record->at_ms <= view->until_ms);
}

/* ---- What a record means among its neighbours ------------------------------------------------ */

static bool same_flow(const struct rcp_record *left, const struct rcp_record *right)
{
    return left->node == right->node && left->user_id == right->user_id &&
           left->activity_id == right->activity_id;
}

/* The last script that ended for the payment of records[index], before it was answered. NULL where
 * none did since its request. */
static const struct rcp_record *last_script_of(const struct drawing *drawing, uint32_t index)
{
    const struct rcp_record *reply = &drawing->records[index];
    for (uint32_t i = index; i-- > 0;) {
        const struct rcp_record *record = &drawing->records[i];
        if (!same_flow(record, reply)) {
            continue;
        }
        if (record->kind == RCP_RECORD_REQUEST || record->kind == RCP_RECORD_CRASH) {
            return NULL;
        }
        if (record->kind == RCP_RECORD_TX_DONE && record->role == RCP_ROLE_PAYMENT) {
            return record;
        }
    }
    return NULL;
}

static bool last_script_did(const struct drawing *drawing, uint32_t index, enum rcp_script script)
{
    const struct rcp_record *last = last_script_of(drawing, index);
    return last != NULL && last->script == script && last->outcome == RCP_OUTCOME_DONE;
}

/* A send that ends when it begins was only handed to the client library: nothing came back. */
static bool acknowledged(const struct drawing *drawing, uint32_t index)
{
    const struct rcp_record *sent = &drawing->records[index];
    for (uint32_t i = index; i-- > 0;) {
        const struct rcp_record *record = &drawing->records[i];
        if (record->at_ms != sent->at_ms) {
            return true;
        }
        if (record->kind == RCP_RECORD_SEND && record->row_id == sent->row_id &&
            same_flow(record, sent)) {
            return false;
        }
    }
    return true;
}

/* A claim or a sweep that found nothing is a clock ticking, not part of a story. */
static bool found_nothing(const struct drawing *drawing, uint32_t index)
{
    const struct rcp_record *asked = &drawing->records[index];
    if ((asked->kind != RCP_RECORD_TX && asked->kind != RCP_RECORD_TX_DONE) ||
        (asked->script != RCP_SCRIPT_CLAIM && asked->script != RCP_SCRIPT_SWEEP)) {
        return false;
    }
    for (uint32_t i = index; i < drawing->count; i++) {
        const struct rcp_record *record = &drawing->records[i];
        if (record->kind == RCP_RECORD_TX_DONE && record->script == asked->script &&
            record->node == asked->node) {
            return record->outcome == RCP_OUTCOME_DONE && record->rows == 0;
        }
    }
    return false;
}

/* The documented scheduler ends what it left open even where it had found nothing. */
static bool finishes_nothing(const struct drawing *drawing, uint32_t index)
{
    const struct rcp_record *finish = &drawing->records[index];
    return (finish->kind == RCP_RECORD_TX || finish->kind == RCP_RECORD_TX_DONE) &&
           finish->script == RCP_SCRIPT_FINISH && finish->role == RCP_ROLE_SCHEDULER &&
           finish->rows == 0 && finish->outcome == RCP_OUTCOME_DONE;
}

static bool happens(const struct drawing *drawing, uint32_t index, enum when when)
{
    const struct rcp_record *record = &drawing->records[index];
    bool done = record->outcome == RCP_OUTCOME_DONE;
    switch (when) {
    case WHEN_ANY:
        return true;
    case WHEN_DONE:
        return done;
    case WHEN_FAILED:
        return !done;
    case WHEN_REFUSED:
        return record->outcome == RCP_OUTCOME_REFUSED;
    case WHEN_UNKNOWN:
        return record->outcome == RCP_OUTCOME_UNKNOWN;
    case WHEN_FOUND:
        return done && (record->flags & 1u) != 0;
    case WHEN_MISSING:
        return done && (record->flags & 1u) == 0;
    case WHEN_ACKED:
        return done && acknowledged(drawing, index);
    case WHEN_LEFT_OPEN:
        return (record->flags & RCP_TX_LEAVE_OPEN) != 0;
    case WHEN_SAVED_ONLY:
        return last_script_did(drawing, index, RCP_SCRIPT_LOG);
    case WHEN_CLOSED:
        return (record->flags & RCP_TX_LEAVE_OPEN) == 0;
    case WHEN_COMMITTED:
        return last_script_did(drawing, index, RCP_SCRIPT_FINISH);
    case WHEN_PROCESS:
        return record->number == RCP_REQUEST_PROCESS;
    case WHEN_STATUS:
        return record->number == RCP_REQUEST_STATUS;
    case WHEN_REJECT:
        return record->number == RCP_REQUEST_REJECT;
    }
    return false;
}

static bool matches(const struct drawing *drawing, uint32_t index, const struct row *row)
{
    const struct rcp_record *record = &drawing->records[index];
    if (row->kind != record->kind || (row->role != ANY && row->role != record->role)) {
        return false;
    }
    if ((row->kind == RCP_RECORD_REDIS || row->kind == RCP_RECORD_REDIS_DONE) &&
        row->verb != record->verb) {
        return false;
    }
    if (row->script != RCP_SCRIPT_NONE && row->script != record->script) {
        return false;
    }
    if ((row->detail && !drawing->view->details) ||
        (row->needs != RCP_LANE_NONE && !drawn(drawing, row->needs)) ||
        (row->without != RCP_LANE_NONE && drawn(drawing, row->without))) {
        return false;
    }
    return happens(drawing, index, (enum when)row->when);
}

/* ---- Where an arrow ends ---------------------------------------------------------------------- */

static uint32_t actor_lane(const struct rcp_record *record)
{
    switch ((enum rcp_role)record->role) {
    case RCP_ROLE_SCHEDULER:
    case RCP_ROLE_SWEEP:
        return RCP_LANE_SCHEDULER;
    case RCP_ROLE_CONSUMER:
        return RCP_LANE_CONSUMER;
    case RCP_ROLE_NONE:
    case RCP_ROLE_PAYMENT:
    case RCP_ROLE_WORLD:
    case RCP_ROLE_COUNT:
        break;
    }
    return RCP_LANE_SERVICE;
}

/* The lane where this end is drawn: its own, or that of the role it works for. NONE: nowhere. */
static uint32_t fold(const struct drawing *drawing, const struct rcp_record *record, uint32_t end)
{
    uint32_t lane = end == LANE_ACTOR ? actor_lane(record) : end;
    if (!drawn(drawing, lane) && lane == RCP_LANE_CONTROLLER) {
        lane = RCP_LANE_SERVICE;
    } else if (!drawn(drawing, lane) && lane == RCP_LANE_LOG_SERVICE) {
        lane = actor_lane(record);
    }
    return drawn(drawing, lane) ? lane : RCP_LANE_NONE;
}

/* ---- Labels ----------------------------------------------------------------------------------- */

static const char *error_words(const struct rcp_record *record)
{
    if (record->outcome == RCP_OUTCOME_UNKNOWN) {
        return "no answer: it may have happened";
    }
    switch ((enum rcp_error_class)record->error) {
    case RCP_ERROR_CONNECTION:
        return "DB Error: no connection";
    case RCP_ERROR_CONTENTION:
        return "DB Error: deadlock or lock wait timeout";
    case RCP_ERROR_HANDLER:
        return "DB Error: statement refused";
    case RCP_ERROR_NONE:
    case RCP_ERROR_CLASS_COUNT:
        break;
    }
    return "DB Error!";
}

static const char *modal_words(uint32_t status)
{
    switch (status) {
    case RCP_STATUS_OK:
        return "\"결제 완료\" 모달 표시";
    case RCP_STATUS_ACCEPTED:
        return "\"결제 접수, 처리 중\" 모달 표시";
    case RCP_STATUS_UNAVAILABLE:
        return "\"잠시 후 다시 시도해 주세요\" 모달 표시";
    case RCP_STATUS_ERROR:
        return "\"결제 처리 중 오류\" 모달 표시";
    default:
        return "\"결제할 수 없습니다\" 모달 표시";
    }
}

static const char *result_words(uint32_t status)
{
    switch (status) {
    case RCP_STATUS_OK:
        return "Success";
    case RCP_STATUS_ACCEPTED:
        return "Accepted, to be approved later";
    case RCP_STATUS_UNAVAILABLE:
        return "Nobody knows, ask again";
    case RCP_STATUS_ERROR:
        return "Error";
    default:
        return "Refused";
    }
}

/* One $word. What has nothing to say adds nothing. */
static void add_word(struct rcp_text *text,
                     const struct drawing *drawing,
                     uint32_t index,
                     const char *word,
                     size_t length)
{
    const struct rcp_record *record = &drawing->records[index];
    char status[32];
#define IS(name) (length == sizeof name - 1 && memcmp(word, name, length) == 0)
    if (IS("outcome")) {
        rcp_text_add(text,
                     "%s",
                     record->outcome == RCP_OUTCOME_REFUSED ? "refused"
                                                            : "no answer: it may have happened");
    } else if (IS("error")) {
        rcp_text_add(text, "%s", error_words(record));
    } else if (IS("status")) {
        rcp_text_add(text, "%s", rcp_status_text(record->number, status));
    } else if (IS("result")) {
        rcp_text_add(text, "%s", result_words(record->number));
    } else if (IS("modal")) {
        rcp_text_add(text, "%s", modal_words(record->number));
    } else if (IS("eventual")) {
        if (last_script_did(drawing, index, RCP_SCRIPT_LOG)) {
            rcp_text_add(text, " (Eventual Consistency)");
        }
    } else if (IS("verdict")) {
        bool plain =
            record->verdict == RCP_VERDICT_NONE || record->verdict == RCP_VERDICT_WRITTEN ||
            record->verdict == RCP_VERDICT_LOGGED ||
            (record->verdict == RCP_VERDICT_APPROVED && record->script == RCP_SCRIPT_APPROVE);
        if (!plain) {
            rcp_text_add(text, ": %s", rcp_verdict_name((enum rcp_verdict)record->verdict));
        }
    } else if (IS("rows")) {
        if (record->rows > 1) {
            rcp_text_add(text, " (%" PRIu32 " rows)", record->rows);
        }
    } else if (IS("row")) {
        if (record->row_id != 0 && drawing->many_payments) {
            rcp_text_add(text, " [Log %" PRIu32 "]", record->row_id);
        }
    } else if (IS("logs")) {
        if (record->rows > 1) {
            rcp_text_add(text, "[Log 1, Log 2...] (%" PRIu32 " rows)", record->rows);
        } else {
            rcp_text_add(text, "[Log %" PRIu32 "]", record->row_id == 0 ? 1 : record->row_id);
        }
    } else if (IS("detail")) {
        rcp_text_add(text, "%" PRIu64, record->detail);
    } else if (IS("number")) {
        rcp_text_add(text, "%u", (unsigned)record->number);
    } else if (IS("fault")) {
        rcp_text_add(text, "%s", drawing->names->fault(record->number));
    } else if (IS("invariant")) {
        rcp_text_add(text, "%s", drawing->names->invariant(record->number));
    }
#undef IS
}

static size_t word_length(const char *word)
{
    return strspn(word, "abcdefghijklmnopqrstuvwxyz");
}

static void write_label(const struct drawing *drawing, uint32_t index, const char *label)
{
    const struct rcp_record *record = &drawing->records[index];
    char bytes[512];
    struct rcp_text text = rcp_text_in(bytes, sizeof bytes);
    while (*label != '\0') {
        size_t plain = strcspn(label, "$");
        rcp_text_add(&text, "%.*s", (int)plain, label);
        label += plain;
        if (*label == '$') {
            size_t length = word_length(label + 1);
            add_word(&text, drawing, index, label + 1, length);
            label += 1 + length;
        }
    }
    if (drawing->many_payments && record->user_id != 0) {
        rcp_text_add(&text, " · user %" PRIu64, record->user_id);
    }
    if (drawing->many_nodes && record->node != 0) {
        rcp_text_add(&text, " · node %u", (unsigned)record->node);
    }
    fprintf(drawing->out, "%s\n", bytes);
}

/* ---- Drawing ---------------------------------------------------------------------------------- */

static void draw_note_over_all(const struct drawing *drawing, uint32_t index, const struct row *row)
{
    const char *first = name_of(drawing, drawing->lanes[0])->id;
    const char *last = name_of(drawing, drawing->lanes[drawing->lane_count - 1])->id;
    fprintf(drawing->out, "    note over %s, %s: ", first, last);
    write_label(drawing, index, row->label);
}

static void draw(const struct drawing *drawing, uint32_t index, const struct row *row)
{
    static const char *const arrows[] = {
        [SHAPE_CALL] = "->>",
        [SHAPE_ANSWER] = "-->>",
        [SHAPE_FAILED] = "--x",
        [SHAPE_THROWN] = "-x",
    };
    if (row->from == LANE_ALL) {
        draw_note_over_all(drawing, index, row);
        return;
    }
    const struct rcp_record *record = &drawing->records[index];
    uint32_t from = fold(drawing, record, row->from);
    uint32_t to = fold(drawing, record, row->to);
    if (from == RCP_LANE_NONE || to == RCP_LANE_NONE) {
        return;
    }
    const char *from_id = name_of(drawing, from)->id;
    const char *to_id = name_of(drawing, to)->id;
    switch ((enum shape)row->shape) {
    case SHAPE_NOTE_RIGHT:
        fprintf(drawing->out, "    note right of %s: ", from_id);
        break;
    case SHAPE_NOTE_OVER:
        fprintf(drawing->out, "    note over %s: ", from_id);
        break;
    case SHAPE_CALL:
    case SHAPE_ANSWER:
    case SHAPE_FAILED:
    case SHAPE_THROWN:
        if (from == to && row->from != row->to) {
            return; /* folded into itself */
        }
        fprintf(drawing->out, "    %s%s%s: ", from_id, arrows[row->shape], to_id);
        break;
    }
    write_label(drawing, index, row->label);
}

static void draw_record(const struct drawing *drawing, uint32_t index)
{
    if (found_nothing(drawing, index) || finishes_nothing(drawing, index)) {
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (matches(drawing, index, &rows[i])) {
            draw(drawing, index, &rows[i]);
        }
    }
}

static void draw_participants(const struct drawing *drawing)
{
    for (uint32_t i = 0; i < drawing->lane_count; i++) {
        const struct lane_name *name = name_of(drawing, drawing->lanes[i]);
        const char *what = drawing->lanes[i] == RCP_LANE_USER ? "actor" : "participant";
        if (name->name == NULL) {
            fprintf(drawing->out, "    %s %s\n", what, name->id);
        } else {
            fprintf(drawing->out, "    %s %s as %s\n", what, name->id, name->name);
        }
    }
    fputc('\n', drawing->out);
}

static void choose_lanes(struct drawing *drawing)
{
    const struct rcp_mermaid_view *view = drawing->view;
    for (uint32_t i = 0; i < view->lane_count && i + 1 < RCP_LANE_COUNT; i++) {
        drawing->lanes[drawing->lane_count++] = view->lanes[i];
    }
    for (uint32_t lane = 1; view->lane_count == 0 && lane < RCP_LANE_COUNT; lane++) {
        drawing->lanes[drawing->lane_count++] = (enum rcp_lane)lane;
    }
}

/* Labels name node and payment only where there are several. */
static void look_for_company(struct drawing *drawing)
{
    const struct rcp_record *first_node = NULL;
    const struct rcp_record *first_payment = NULL;
    for (uint32_t i = 0; i < drawing->count; i++) {
        const struct rcp_record *record = &drawing->records[i];
        if (!in_window(drawing, record)) {
            continue;
        }
        if (record->node != 0) {
            first_node = first_node == NULL ? record : first_node;
            drawing->many_nodes = drawing->many_nodes || first_node->node != record->node;
        }
        if (record->user_id != 0) {
            first_payment = first_payment == NULL ? record : first_payment;
            drawing->many_payments = drawing->many_payments ||
                                     first_payment->user_id != record->user_id ||
                                     first_payment->activity_id != record->activity_id;
        }
    }
}

void rcp_mermaid_write(FILE *out,
                       const struct rcp_record *records,
                       uint32_t count,
                       const struct rcp_mermaid_view *view,
                       const struct rcp_report_names *names)
{
    struct drawing drawing = {
        .out = out, .records = records, .count = count, .view = view, .names = names};
    choose_lanes(&drawing);
    look_for_company(&drawing);
    fputs("sequenceDiagram\n    autonumber\n", out);
    draw_participants(&drawing);
    for (uint32_t i = 0; i < count; i++) {
        if (in_window(&drawing, &records[i])) {
            draw_record(&drawing, i);
        }
    }
}
