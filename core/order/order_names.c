/* The second document's words, as they stand in scenarios, reports and docs. */
#include "core/record.h"

static const char *const order_status_names[RCP_ORDER_STATUS_COUNT] = {
    [RCP_ORDER_NONE] = "NONE",
    [RCP_ORDER_PLACED] = "PLACED",
    [RCP_ORDER_PAID] = "PAID",
    [RCP_ORDER_CANCELLED] = "CANCELLED",
};

static const char *const charge_status_names[RCP_CHARGE_STATUS_COUNT] = {
    [RCP_CHARGE_NONE] = "NONE",
    [RCP_CHARGE_PENDING] = "PENDING",
    [RCP_CHARGE_IN_PROGRESS] = "IN_PROGRESS",
    [RCP_CHARGE_UNKNOWN] = "UNKNOWN",
    [RCP_CHARGE_REVIEW] = "REVIEW",
    [RCP_CHARGE_PAID] = "PAID",
    [RCP_CHARGE_FAILED] = "FAILED",
};

static const char *const refund_status_names[RCP_REFUND_STATUS_COUNT] = {
    [RCP_REFUND_NONE] = "NONE",
    [RCP_REFUND_DUE] = "REFUND_DUE",
    [RCP_REFUND_SENT] = "SENT",
    [RCP_REFUND_REFUNDED] = "REFUNDED",
    [RCP_REFUND_PARKED] = "REFUND_PARKED",
};

static const char *const failure_names[RCP_FAILURE_COUNT] = {
    [RCP_FAILURE_NONE] = "none",
    [RCP_FAILURE_LIMIT] = "limit",
    [RCP_FAILURE_CARD] = "card",
    [RCP_FAILURE_PG] = "pg",
    [RCP_FAILURE_REFUSED] = "refused",
    [RCP_FAILURE_NOT_REACHED] = "not_reached",
    [RCP_FAILURE_NO_RECORD] = "no_record",
    [RCP_FAILURE_TIME_OUT] = "time_out",
    [RCP_FAILURE_OPERATOR] = "operator",
};

static const char *const order_verdict_names[RCP_ORDER_VERDICT_COUNT] = {
    [RCP_ORDER_VERDICT_NONE] = "none",
    [RCP_ORDER_VERDICT_PLACED] = "placed",
    [RCP_ORDER_VERDICT_PAID] = "paid",
    [RCP_ORDER_VERDICT_FAILED] = "failed",
    [RCP_ORDER_VERDICT_UNSURE] = "unsure",
    [RCP_ORDER_VERDICT_RUNNING] = "running",
    [RCP_ORDER_VERDICT_OTHER] = "other",
    [RCP_ORDER_VERDICT_NO_STOCK] = "no_stock",
    [RCP_ORDER_VERDICT_NO_POINT] = "no_point",
    [RCP_ORDER_VERDICT_NO_COUPON] = "no_coupon",
    [RCP_ORDER_VERDICT_PRICE] = "price",
    [RCP_ORDER_VERDICT_NOTHING] = "nothing",
    [RCP_ORDER_VERDICT_DUE] = "due",
    [RCP_ORDER_VERDICT_REFUND] = "refund",
    [RCP_ORDER_VERDICT_WRITTEN] = "written",
    [RCP_ORDER_VERDICT_STALE] = "stale",
    [RCP_ORDER_VERDICT_REFUSED] = "refused",
    [RCP_ORDER_VERDICT_ALERT] = "alert",
};

static const char *const pg_verb_names[RCP_PG_VERB_COUNT] = {
    [RCP_PG_PAY] = "pay",
    [RCP_PG_LIST] = "list",
    [RCP_PG_GET] = "get",
    [RCP_PG_REFUND] = "refund",
};

static const char *const pg_answer_names[RCP_PG_ANSWER_COUNT] = {
    [RCP_PG_ANSWER_NONE] = "none",
    [RCP_PG_OK] = "ok",
    [RCP_PG_UNREADABLE] = "unreadable",
    [RCP_PG_BAD_REQUEST] = "bad_request",
    [RCP_PG_UNAUTHORIZED] = "unauthorized",
    [RCP_PG_NOT_FOUND] = "not_found",
    [RCP_PG_TOO_MANY] = "too_many",
    [RCP_PG_ERROR_500] = "error_500",
    [RCP_PG_BAD_GATEWAY] = "bad_gateway",
    [RCP_PG_NOT_CONNECTED] = "not_connected",
    [RCP_PG_RESET] = "reset",
    [RCP_PG_TIMED_OUT] = "timed_out",
};

static const char *const pg_status_names[RCP_PG_STATUS_COUNT] = {
    [RCP_PG_PENDING] = "PENDING",
    [RCP_PG_SUCCESS] = "SUCCESS",
    [RCP_PG_FAILED] = "FAILED",
    [RCP_PG_REFUNDED] = "REFUNDED",
};

/* A record may come from a file, so a number past the table has a name too. */
static const char *name_in(const char *const *names, uint32_t count, uint32_t index)
{
    return index < count && names[index] ? names[index] : "?";
}

const char *rcp_order_status_name(enum rcp_order_status status)
{
    return name_in(order_status_names, RCP_ORDER_STATUS_COUNT, (uint32_t)status);
}

const char *rcp_charge_status_name(enum rcp_charge_status status)
{
    return name_in(charge_status_names, RCP_CHARGE_STATUS_COUNT, (uint32_t)status);
}

const char *rcp_refund_status_name(enum rcp_refund_status status)
{
    return name_in(refund_status_names, RCP_REFUND_STATUS_COUNT, (uint32_t)status);
}

const char *rcp_failure_name(enum rcp_failure failure)
{
    return name_in(failure_names, RCP_FAILURE_COUNT, (uint32_t)failure);
}

const char *rcp_order_verdict_name(enum rcp_order_verdict verdict)
{
    return name_in(order_verdict_names, RCP_ORDER_VERDICT_COUNT, (uint32_t)verdict);
}

const char *rcp_pg_verb_name(enum rcp_pg_verb verb)
{
    return name_in(pg_verb_names, RCP_PG_VERB_COUNT, (uint32_t)verb);
}

const char *rcp_pg_answer_name(enum rcp_pg_answer answer)
{
    return name_in(pg_answer_names, RCP_PG_ANSWER_COUNT, (uint32_t)answer);
}

const char *rcp_pg_status_name(enum rcp_pg_status status)
{
    return name_in(pg_status_names, RCP_PG_STATUS_COUNT, (uint32_t)status);
}
