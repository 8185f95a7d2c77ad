/* The names of record kinds, scripts, verdicts and states: the one place that spells them. */
#include "core/record.h"

static const char *const record_kind_names[RCP_RECORD_KIND_COUNT] = {
    [RCP_RECORD_NONE] = "none",
    [RCP_RECORD_CLICK] = "click",
    [RCP_RECORD_REQUEST] = "request",
    [RCP_RECORD_REPLY] = "reply",
    [RCP_RECORD_ANSWERED] = "answered",
    [RCP_RECORD_REDIS] = "redis",
    [RCP_RECORD_REDIS_DONE] = "redis_done",
    [RCP_RECORD_TX] = "tx",
    [RCP_RECORD_TX_DONE] = "tx_done",
    [RCP_RECORD_SEND] = "send",
    [RCP_RECORD_SENT] = "sent",
    [RCP_RECORD_CONSUME] = "consume",
    [RCP_RECORD_OFFSET] = "offset",
    [RCP_RECORD_OFFSET_DONE] = "offset_done",
    [RCP_RECORD_ASSIGNED] = "assigned",
    [RCP_RECORD_REVOKED] = "revoked",
    [RCP_RECORD_TIMER] = "timer",
    [RCP_RECORD_ALERT] = "alert",
    [RCP_RECORD_START] = "start",
    [RCP_RECORD_STOP] = "stop",
    [RCP_RECORD_CRASH] = "crash",
    [RCP_RECORD_RESERVED] = "reserved",
    [RCP_RECORD_EXPIRED] = "expired",
    [RCP_RECORD_PG] = "pg",
    [RCP_RECORD_PG_DONE] = "pg_done",
    [RCP_RECORD_PG_SETTLED] = "pg_settled",
    [RCP_RECORD_CALLBACK] = "callback",
    [RCP_RECORD_ORDER_ALERT] = "order_alert",
    [RCP_RECORD_FAULT] = "fault",
    [RCP_RECORD_HEAL] = "heal",
    [RCP_RECORD_DRAINED] = "drained",
    [RCP_RECORD_VIOLATION] = "violation",
};

static const char *const script_names[RCP_SCRIPT_COUNT] = {
    [RCP_SCRIPT_NONE] = "none",       [RCP_SCRIPT_APPROVE] = "approve",
    [RCP_SCRIPT_FINISH] = "finish",   [RCP_SCRIPT_ABANDON] = "abandon",
    [RCP_SCRIPT_SETTLE] = "settle",   [RCP_SCRIPT_LOG] = "log",
    [RCP_SCRIPT_LOOKUP] = "lookup",   [RCP_SCRIPT_FENCE] = "fence",
    [RCP_SCRIPT_REJECT] = "reject",   [RCP_SCRIPT_CLAIM] = "claim",
    [RCP_SCRIPT_RELEASE] = "release", [RCP_SCRIPT_LATER] = "later",
    [RCP_SCRIPT_PARK] = "park",       [RCP_SCRIPT_SWEEP] = "sweep",
    [RCP_SCRIPT_MARK] = "mark",       [RCP_SCRIPT_PLACE] = "place",
    [RCP_SCRIPT_FIND] = "find",       [RCP_SCRIPT_DUE] = "due",
    [RCP_SCRIPT_RESULT] = "result",   [RCP_SCRIPT_REFUND] = "refund",
    [RCP_SCRIPT_TOLD] = "told",       [RCP_SCRIPT_REOPEN] = "reopen",
    [RCP_SCRIPT_SHELVE] = "shelve",
};

static const char *const redis_verb_names[RCP_REDIS_VERB_COUNT] = {
    [RCP_REDIS_GET] = "get",
    [RCP_REDIS_DEL] = "del",
    [RCP_REDIS_EXPIRE] = "expire",
};

static const char *const outcome_names[RCP_OUTCOME_COUNT] = {
    [RCP_OUTCOME_DONE] = "done",
    [RCP_OUTCOME_REFUSED] = "refused",
    [RCP_OUTCOME_UNKNOWN] = "unknown",
};

static const char *const verdict_names[RCP_VERDICT_COUNT] = {
    [RCP_VERDICT_NONE] = "none",
    [RCP_VERDICT_APPROVED] = "approved",
    [RCP_VERDICT_ALREADY] = "already",
    [RCP_VERDICT_REJECTED] = "rejected",
    [RCP_VERDICT_CONFLICT] = "conflict",
    [RCP_VERDICT_FULL] = "full",
    [RCP_VERDICT_OPEN] = "open",
    [RCP_VERDICT_PARKED] = "parked",
    [RCP_VERDICT_NOTHING] = "nothing",
    [RCP_VERDICT_LOGGED] = "logged",
    [RCP_VERDICT_STALE] = "stale",
    [RCP_VERDICT_WRITTEN] = "written",
    [RCP_VERDICT_RELEASE] = "release",
    [RCP_VERDICT_RENEW] = "renew",
    [RCP_VERDICT_ALERT] = "alert",
    [RCP_VERDICT_ALERT_RECORD] = "alert_record",
};

static const char *const error_class_names[RCP_ERROR_CLASS_COUNT] = {
    [RCP_ERROR_NONE] = "none",
    [RCP_ERROR_CONNECTION] = "connection",
    [RCP_ERROR_CONTENTION] = "contention",
    [RCP_ERROR_HANDLER] = "handler",
};

static const char *const entry_status_names[RCP_ENTRY_STATUS_COUNT] = {
    [RCP_ENTRY_NONE] = "NONE",
    [RCP_ENTRY_PENDING] = "PENDING",
    [RCP_ENTRY_APPROVED] = "APPROVED",
    [RCP_ENTRY_REJECTED] = "REJECTED",
    [RCP_ENTRY_DUPLICATED] = "DUPLICATED",
};

static const char *const row_status_names[RCP_ROW_STATUS_COUNT] = {
    [RCP_ROW_NONE] = "NONE",
    [RCP_ROW_PENDING] = "PENDING",
    [RCP_ROW_PROCESSING] = "PROCESSING",
    [RCP_ROW_RESOLVED] = "RESOLVED",
    [RCP_ROW_FAILED] = "FAILED",
};

static const char *const park_cause_names[RCP_PARK_CAUSE_COUNT] = {
    [RCP_PARK_NONE] = "none",
    [RCP_PARK_ATTEMPTS] = "attempts",
    [RCP_PARK_SENDS] = "sends",
    [RCP_PARK_AGE] = "age",
    [RCP_PARK_CAPACITY] = "capacity",
    [RCP_PARK_FENCED] = "fenced",
    [RCP_PARK_OPERATOR] = "operator",
};

static const char *const payment_state_names[RCP_PAYMENT_STATE_COUNT] = {
    [RCP_PAYMENT_UNKNOWN] = "unknown",
    [RCP_PAYMENT_APPROVED] = "approved",
    [RCP_PAYMENT_OPEN] = "open",
    [RCP_PAYMENT_PARKED] = "parked",
    [RCP_PAYMENT_REJECTED] = "rejected",
};

static const char *const role_names[RCP_ROLE_COUNT] = {
    [RCP_ROLE_NONE] = "none",
    [RCP_ROLE_PAYMENT] = "payment",
    [RCP_ROLE_SCHEDULER] = "scheduler",
    [RCP_ROLE_CONSUMER] = "consumer",
    [RCP_ROLE_SWEEP] = "sweep",
    [RCP_ROLE_ORDER] = "order",
    [RCP_ROLE_CALLBACK] = "callback",
    [RCP_ROLE_RECONCILE] = "reconcile",
    [RCP_ROLE_REFUND] = "refund",
    [RCP_ROLE_WORLD] = "world",
};

/* A record may come from a file, so a number past the table has a name too. */
static const char *name_in(const char *const *names, uint32_t count, uint32_t index)
{
    return index < count && names[index] ? names[index] : "?";
}

const char *rcp_record_kind_name(enum rcp_record_kind kind)
{
    return name_in(record_kind_names, RCP_RECORD_KIND_COUNT, (uint32_t)kind);
}

const char *rcp_script_name(enum rcp_script script)
{
    return name_in(script_names, RCP_SCRIPT_COUNT, (uint32_t)script);
}

const char *rcp_redis_verb_name(enum rcp_redis_verb verb)
{
    return name_in(redis_verb_names, RCP_REDIS_VERB_COUNT, (uint32_t)verb);
}

const char *rcp_outcome_name(enum rcp_outcome outcome)
{
    return name_in(outcome_names, RCP_OUTCOME_COUNT, (uint32_t)outcome);
}

const char *rcp_verdict_name(enum rcp_verdict verdict)
{
    return name_in(verdict_names, RCP_VERDICT_COUNT, (uint32_t)verdict);
}

const char *rcp_error_class_name(enum rcp_error_class error)
{
    return name_in(error_class_names, RCP_ERROR_CLASS_COUNT, (uint32_t)error);
}

const char *rcp_entry_status_name(enum rcp_entry_status status)
{
    return name_in(entry_status_names, RCP_ENTRY_STATUS_COUNT, (uint32_t)status);
}

const char *rcp_row_status_name(enum rcp_row_status status)
{
    return name_in(row_status_names, RCP_ROW_STATUS_COUNT, (uint32_t)status);
}

const char *rcp_park_cause_name(enum rcp_park_cause cause)
{
    return name_in(park_cause_names, RCP_PARK_CAUSE_COUNT, (uint32_t)cause);
}

const char *rcp_payment_state_name(enum rcp_payment_state state)
{
    return name_in(payment_state_names, RCP_PAYMENT_STATE_COUNT, (uint32_t)state);
}

const char *rcp_role_name(enum rcp_role role)
{
    return name_in(role_names, RCP_ROLE_COUNT, (uint32_t)role);
}
