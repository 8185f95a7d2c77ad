/* Field by field, as core/recording_fields.c lists them. */
#include "cmd/recoup/recording_words.h"

#include "core/record.h"

#include <inttypes.h>
#include <time.h>

void rcp_print_instant(char text[RCP_INSTANT_SIZE], uint64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000u);
    struct tm utc;
    char day[32] = "";
    if (gmtime_r(&seconds, &utc) != NULL)
        strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, RCP_INSTANT_SIZE, "%s.%03uZ", day, (unsigned)(wall_ms % 1000u));
}

/* --- Numbers that have names --- */

#define NAME_OF(table, value) \
    ((value) < sizeof(table) / sizeof(table)[0] ? (table)[value] : (const char *)NULL)

static const char *const request_names[RCP_REQUEST_KIND_COUNT] = {
    [RCP_REQUEST_PROCESS] = "process",
    [RCP_REQUEST_STATUS] = "status",
    [RCP_REQUEST_REJECT] = "reject",
    [RCP_REQUEST_ORDER] = "order",
    [RCP_REQUEST_CALLBACK] = "callback",
    [RCP_REQUEST_ORDER_STATUS] = "order_status",
    [RCP_REQUEST_ORDER_ASK] = "order_ask",
    [RCP_REQUEST_ORDER_FAIL] = "order_fail",
    [RCP_REQUEST_RETRY] = "retry",
    [RCP_REQUEST_PARK] = "park",
};

static const char *const form_names[RCP_TOKEN_FORM_COUNT] = {
    [RCP_TOKEN_MALFORMED] = "malformed",
    [RCP_TOKEN_FORGED] = "forged",
    [RCP_TOKEN_SIGNED] = "signed",
};

static const char *const reason_names[RCP_PG_REASON_COUNT] = {
    [RCP_PG_REASON_NONE] = "none",
    [RCP_PG_REASON_LIMIT] = "limit",
    [RCP_PG_REASON_CARD] = "card",
};

static const char *const acks_names[RCP_ACKS_COUNT] = {
    [RCP_ACKS_HANDED] = "handed",
    [RCP_ACKS_ALL] = "all",
};

static const char *const alert_names[RCP_ORDER_ALERT_COUNT] = {
    [RCP_ORDER_ALERT_NONE] = "none",
    [RCP_ORDER_ALERT_UNKNOWN] = "unknown",
    [RCP_ORDER_ALERT_REVIEW] = "review",
    [RCP_ORDER_ALERT_REFUND] = "refund",
};

static const char *const settle_names[RCP_SETTLE_COUNT] = {
    [RCP_SETTLE_NONE] = "none",
    [RCP_SETTLE_PAY] = "pay",
    [RCP_SETTLE_FAIL] = "fail",
    [RCP_SETTLE_KEY] = "key",
    [RCP_SETTLE_LEAVE] = "leave",
    [RCP_SETTLE_SIGHT] = "sight",
    [RCP_SETTLE_MISS] = "miss",
    [RCP_SETTLE_DOUBT] = "doubt",
    [RCP_SETTLE_REVIEW] = "review",
    [RCP_SETTLE_CLOSE] = "close",
};

static const char *const operation_names[RCP_OPERATION_COUNT] = {
    [RCP_OPERATE_PAUSE] = "pause",
    [RCP_OPERATE_RESUME] = "resume",
    [RCP_OPERATE_FORCE_OPEN] = "force_open",
    [RCP_OPERATE_FORCE_CLOSED] = "force_closed",
    [RCP_OPERATE_AUTOMATIC] = "automatic",
};

static const char *const worker_names[RCP_WORKER_COUNT] = {
    [RCP_WORKER_SCHEDULER] = "scheduler",
    [RCP_WORKER_CONSUMER] = "consumer",
    [RCP_WORKER_SWEEP] = "sweep",
    [RCP_WORKER_RECONCILE] = "reconcile",
};

static const char *const circuit_names[RCP_CIRCUIT_COUNT] = {
    [RCP_CIRCUIT_PAY] = "pay",
    [RCP_CIRCUIT_QUERY] = "query",
};

/* NULL where it is a mere number. */
static const char *name_of(enum rcp_meaning means, uint64_t value)
{
    uint32_t index = (uint32_t)value;
    switch (means) {
    case RCP_MEANS_TOKEN_FORM:
        return NAME_OF(form_names, index);
    case RCP_MEANS_REQUEST:
        return NAME_OF(request_names, index);
    case RCP_MEANS_OUTCOME:
        return rcp_outcome_name((enum rcp_outcome)index);
    case RCP_MEANS_ERROR:
        return rcp_error_class_name((enum rcp_error_class)index);
    case RCP_MEANS_PG_ANSWER:
        return rcp_pg_answer_name((enum rcp_pg_answer)index);
    case RCP_MEANS_PG_STATUS:
        return rcp_pg_status_name((enum rcp_pg_status)index);
    case RCP_MEANS_PG_REASON:
        return NAME_OF(reason_names, index);
    case RCP_MEANS_ROLE:
        return rcp_role_name((enum rcp_role)index);
    case RCP_MEANS_PAYMENT_STATE:
        return rcp_payment_state_name((enum rcp_payment_state)index);
    case RCP_MEANS_CHARGE:
        return rcp_charge_status_name((enum rcp_charge_status)index);
    case RCP_MEANS_REDIS_VERB:
        return rcp_redis_verb_name((enum rcp_redis_verb)index);
    case RCP_MEANS_SCRIPT:
        return rcp_script_name((enum rcp_script)index);
    case RCP_MEANS_ACKS:
        return NAME_OF(acks_names, index);
    case RCP_MEANS_PG_VERB:
        return rcp_pg_verb_name((enum rcp_pg_verb)index);
    case RCP_MEANS_ORDER_ALERT:
        return NAME_OF(alert_names, index);
    case RCP_MEANS_VERDICT:
        return rcp_verdict_name((enum rcp_verdict)index);
    case RCP_MEANS_ORDER_VERDICT:
        return rcp_order_verdict_name((enum rcp_order_verdict)index);
    case RCP_MEANS_PARK_CAUSE:
        return rcp_park_cause_name((enum rcp_park_cause)index);
    case RCP_MEANS_SETTLE:
        return NAME_OF(settle_names, index);
    case RCP_MEANS_FAILURE:
        return rcp_failure_name((enum rcp_failure)index);
    case RCP_MEANS_OPERATION:
        return NAME_OF(operation_names, index);
    case RCP_MEANS_WORKER:
        return NAME_OF(worker_names, index);
    case RCP_MEANS_CIRCUIT:
        return NAME_OF(circuit_names, index);
    case RCP_MEANS_BOOL:
        return value != 0 ? "yes" : "no";
    case RCP_MEANS_NUMBER:
    case RCP_MEANS_HTTP:
    case RCP_MEANS_HANDLE:
    case RCP_MEANS_OP_ID:
    case RCP_MEANS_FLAGS:
    case RCP_MEANS_COUNT:
        break;
    }
    return NULL;
}

static void tell_value(FILE *out, enum rcp_meaning means, uint64_t value)
{
    const char *name = name_of(means, value);
    bool bits = means == RCP_MEANS_HANDLE || means == RCP_MEANS_OP_ID || means == RCP_MEANS_FLAGS;
    if (name != NULL)
        fputs(name, out);
    else if (bits)
        fprintf(out, "0x%" PRIx64, value);
    else
        fprintf(out, "%" PRIu64, value);
}

/* --- Events and effects --- */

/* An enumerator that is zero may say a lot (GET, DONE): only numbers are left out. */
static bool says_something(const struct rcp_field *field, uint64_t value)
{
    return value != 0 || field->means == RCP_MEANS_OUTCOME || field->means == RCP_MEANS_REQUEST ||
           field->means == RCP_MEANS_REDIS_VERB || field->means == RCP_MEANS_PG_VERB ||
           field->means == RCP_MEANS_TOKEN_FORM || field->means == RCP_MEANS_OPERATION;
}

static void tell_fields(FILE *out, struct rcp_fields fields, const void *object)
{
    for (uint32_t i = 0; i < fields.count; i++) {
        uint64_t value = rcp_field_get(object, &fields.list[i]);
        if (!says_something(&fields.list[i], value))
            continue;
        fprintf(out, " %s=", fields.list[i].name);
        tell_value(out, (enum rcp_meaning)fields.list[i].means, value);
    }
}

void rcp_tell_event(FILE *out, const struct rcp_event *event)
{
    fputs(rcp_event_kind_name(event->kind), out);
    tell_fields(out, rcp_event_fields(event->kind), event);
}

void rcp_tell_effect(FILE *out, const struct rcp_effect *effect)
{
    fputs(rcp_effect_kind_name(effect->kind), out);
    tell_fields(out, rcp_effect_fields(effect->kind), effect);
}

static void tell_rows(FILE *out, const struct rcp_event_rows *rows)
{
    for (uint32_t i = 0; i < rows->count; i++) {
        fprintf(out, "        row %" PRIu32 ":", i + 1u);
        tell_fields(out,
                    rcp_row_fields(rows->kind),
                    (const unsigned char *)rows->at + (size_t)i * rows->size);
        putc('\n', out);
    }
}

void rcp_tell_step(FILE *out, const struct rcp_recorded *step, uint64_t number)
{
    char at[RCP_INSTANT_SIZE];
    struct rcp_event_rows rows = rcp_event_rows(&step->event);
    rcp_print_instant(at, step->event.wall_ms);
    fprintf(out, "%" PRIu64 " %s ", number, at);
    rcp_tell_event(out, &step->event);
    putc('\n', out);
    tell_rows(out, &rows);
    for (uint32_t i = 0; i < step->effects.count; i++) {
        fputs("    -> ", out);
        rcp_tell_effect(out, &step->effects.items[i]);
        putc('\n', out);
        rows = rcp_effect_rows(&step->effects, &step->effects.items[i]);
        tell_rows(out, &rows);
    }
}

/* --- Differences --- */

static void tell_effect_at(FILE *out,
                           const char *when,
                           const struct rcp_effects *effects,
                           uint32_t index)
{
    fprintf(out, "        %s: ", when);
    if (index < effects->count)
        rcp_tell_effect(out, &effects->items[index]);
    else
        fputs("nothing", out);
    putc('\n', out);
}

void rcp_tell_difference(FILE *out, const struct rcp_replay *replay)
{
    const struct rcp_recording_difference *difference = &replay->difference;
    fprintf(out, "    effect %" PRIu32, difference->effect + 1u);
    if (difference->field == NULL) {
        fputs(" is another one\n", out);
    } else {
        enum rcp_meaning means = (enum rcp_meaning)difference->field->means;
        fprintf(out, ", %s", rcp_effect_kind_name(difference->was));
        if (difference->rows != RCP_ROWS_NONE)
            fprintf(out, ", row %" PRIu32, difference->row + 1u);
        fprintf(out, ": %s was ", difference->field->name);
        tell_value(out, means, difference->value_was);
        fputs(", is ", out);
        tell_value(out, means, difference->value_is);
        putc('\n', out);
    }
    tell_effect_at(out, "was", &replay->was.effects, difference->effect);
    tell_effect_at(out, "is ", &replay->is, difference->effect);
}
