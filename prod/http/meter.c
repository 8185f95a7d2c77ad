/* Each event is looked at once, each effect once; a completion is matched to its effect by op_id. */
#include "prod/http/meter.h"

#include "core/record.h"

#include <inttypes.h>
#include <time.h>

static_assert((RCP_METER_TIMED & (RCP_METER_TIMED - 1u)) == 0, "a slot is a mask away");

static const enum rcp_status statuses[RCP_METER_STATUSES] = {
    RCP_STATUS_OK,
    RCP_STATUS_ACCEPTED,
    RCP_STATUS_BAD_REQUEST,
    RCP_STATUS_UNAUTHORIZED,
    RCP_STATUS_PAYMENT_REQUIRED,
    RCP_STATUS_FORBIDDEN,
    RCP_STATUS_NOT_FOUND,
    RCP_STATUS_CONFLICT,
    RCP_STATUS_GONE,
    RCP_STATUS_UNPROCESSABLE,
    RCP_STATUS_ERROR,
    RCP_STATUS_UNAVAILABLE,
    RCP_STATUS_NONE,
};

static const char *const waits_for_names[RCP_WAITS_FOR_COUNT] = {
    [RCP_WAITS_FOR_REDIS] = "redis",
    [RCP_WAITS_FOR_MYSQL] = "mysql",
    [RCP_WAITS_FOR_KAFKA] = "kafka",
    [RCP_WAITS_FOR_PG] = "pg",
};

static void count(_Atomic uint64_t *counter)
{
    atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static struct rcp_timed *slot_of(struct rcp_meter *meter, uint64_t op_id)
{
    return &meter->timed[(uint32_t)op_id & (RCP_METER_TIMED - 1u)];
}

/* --- Effects --- */

static void began(struct rcp_meter *meter, uint64_t op_id, struct rcp_timed effect)
{
    if (op_id == 0)
        return;
    effect.op_id = op_id;
    effect.since_us = now_us();
    *slot_of(meter, op_id) = effect;
}

static void count_reply(struct rcp_meter *meter, const struct rcp_effect *effect)
{
    uint32_t at = 0;
    while (at + 1u < RCP_METER_STATUSES && statuses[at] != effect->reply.status)
        at++;
    /* Behind a completion the core names no role for a reply: those are the payments'. */
    enum rcp_role role = effect->role != RCP_ROLE_NONE ? effect->role : RCP_ROLE_PAYMENT;
    count(&meter->replies[role][at]);
}

static void count_attempts(struct rcp_meter *meter,
                           const struct rcp_effects *effects,
                           const struct rcp_mysql_effect *script)
{
    for (uint32_t i = 0; script->script == RCP_SCRIPT_LATER && i < script->row_count; i++) {
        if (effects->rows[script->first_row + i].counted)
            count(&meter->attempts);
    }
}

static void count_effect(struct rcp_meter *meter,
                         const struct rcp_effects *effects,
                         const struct rcp_effect *effect)
{
    switch (effect->kind) {
    case RCP_EFFECT_REPLY:
        count_reply(meter, effect);
        return;
    case RCP_EFFECT_REDIS:
        began(meter, effect->redis.op_id, (struct rcp_timed){0});
        return;
    case RCP_EFFECT_MYSQL:
        began(meter,
              effect->mysql.op_id,
              (struct rcp_timed){.script = (uint8_t)effect->mysql.script});
        count_attempts(meter, effects, &effect->mysql);
        return;
    case RCP_EFFECT_SEND:
        began(meter, effect->send.op_id, (struct rcp_timed){0});
        return;
    case RCP_EFFECT_PG:
        began(meter, effect->pg.op_id, (struct rcp_timed){.verb = (uint8_t)effect->pg.verb});
        return;
    case RCP_EFFECT_ALERT:
        count(&meter->payment_alerts);
        return;
    case RCP_EFFECT_ORDER_ALERT:
        count(&meter->order_alerts[effect->order_alert.alert]);
        return;
    case RCP_EFFECT_FETCH:
    case RCP_EFFECT_COMMIT_OFFSET:
    case RCP_EFFECT_NONE:
    case RCP_EFFECT_KIND_COUNT:
        return;
    }
}

/* --- Events --- */

/* What is known of the effect that has ended; zero where it was forgotten. */
static struct rcp_timed ended(struct rcp_meter *meter, enum rcp_waits_for what, uint64_t op_id)
{
    struct rcp_timed *slot = slot_of(meter, op_id);
    if (slot->op_id != op_id)
        return (struct rcp_timed){0};
    struct rcp_timed effect = *slot;
    slot->op_id = 0;
    rcp_histogram_add(&meter->took[what], now_us() - effect.since_us);
    return effect;
}

static void count_order_row(struct rcp_meter *meter,
                            enum rcp_script script,
                            const struct rcp_order_row *row)
{
    count(&meter->orders[script][row->verdict]);
    if (script == RCP_SCRIPT_REFUND && row->verdict == RCP_ORDER_VERDICT_WRITTEN)
        count(&meter->refunds[row->status]);
}

static void count_script(struct rcp_meter *meter, const struct rcp_mysql_done *done)
{
    struct rcp_timed effect = ended(meter, RCP_WAITS_FOR_MYSQL, done->op_id);
    enum rcp_script script = (enum rcp_script)effect.script;
    count(&meter->ended[RCP_WAITS_FOR_MYSQL][done->outcome]);
    count(&meter->scripts[script][done->outcome]);
    if (done->outcome == RCP_OUTCOME_REFUSED)
        count(&meter->refusals[done->error]);
    for (uint32_t i = 0; done->outcome == RCP_OUTCOME_DONE && i < done->row_count; i++) {
        if (done->orders != NULL && rcp_script_is_order(script))
            count_order_row(meter, script, &done->orders[i]);
        else if (done->rows != NULL)
            count(&meter->rows[script][done->rows[i].verdict]);
    }
}

/* A PG's answer in the words of outcomes: what is surely known, and what is not. */
static enum rcp_outcome outcome_of(enum rcp_pg_answer answer)
{
    switch (answer) {
    case RCP_PG_OK:
    case RCP_PG_NOT_FOUND:
        return RCP_OUTCOME_DONE;
    case RCP_PG_BAD_REQUEST:
    case RCP_PG_UNAUTHORIZED:
    case RCP_PG_TOO_MANY:
    case RCP_PG_NOT_CONNECTED:
        return RCP_OUTCOME_REFUSED;
    case RCP_PG_ANSWER_NONE:
    case RCP_PG_UNREADABLE:
    case RCP_PG_ERROR_500:
    case RCP_PG_BAD_GATEWAY:
    case RCP_PG_RESET:
    case RCP_PG_TIMED_OUT:
    case RCP_PG_ANSWER_COUNT:
        break;
    }
    return RCP_OUTCOME_UNKNOWN;
}

static void count_event(struct rcp_meter *meter, const struct rcp_event *event)
{
    switch (event->kind) {
    case RCP_EVENT_REDIS_DONE:
        ended(meter, RCP_WAITS_FOR_REDIS, event->redis_done.op_id);
        count(&meter->ended[RCP_WAITS_FOR_REDIS][event->redis_done.outcome]);
        return;
    case RCP_EVENT_MYSQL_DONE:
        count_script(meter, &event->mysql_done);
        return;
    case RCP_EVENT_SENT:
        ended(meter, RCP_WAITS_FOR_KAFKA, event->sent.op_id);
        count(&meter->ended[RCP_WAITS_FOR_KAFKA][event->sent.outcome]);
        return;
    case RCP_EVENT_PG_DONE: {
        struct rcp_timed effect = ended(meter, RCP_WAITS_FOR_PG, event->pg_done.op_id);
        count(&meter->ended[RCP_WAITS_FOR_PG][outcome_of(event->pg_done.answer)]);
        count(&meter->calls[effect.verb][event->pg_done.answer]);
        return;
    }
    case RCP_EVENT_RECORD:
        count(&meter->records);
        return;
    case RCP_EVENT_NONE:
    case RCP_EVENT_START:
    case RCP_EVENT_STOP:
    case RCP_EVENT_TIMER:
    case RCP_EVENT_REQUEST:
    case RCP_EVENT_ASSIGNED:
    case RCP_EVENT_REVOKED:
    case RCP_EVENT_OFFSET_DONE:
    case RCP_EVENT_OPERATE:
    case RCP_EVENT_KIND_COUNT:
        return;
    }
}

void rcp_meter_stepped(void *meter,
                       const struct rcp_event *event,
                       const struct rcp_effects *effects)
{
    count_event(meter, event);
    for (uint32_t i = 0; i < effects->count; i++)
        count_effect(meter, effects, &effects->items[i]);
}

/* --- Telling --- */

static void add_all(_Atomic uint64_t *sum, _Atomic uint64_t *counts, size_t size)
{
    for (size_t i = 0; i < size / sizeof *sum; i++) {
        uint64_t one = atomic_load_explicit(&counts[i], memory_order_relaxed);
        atomic_fetch_add_explicit(&sum[i], one, memory_order_relaxed);
    }
}

void rcp_meter_add(struct rcp_meter *sum, struct rcp_meter *meter)
{
    add_all(sum->replies[0], meter->replies[0], sizeof sum->replies);
    add_all(sum->ended[0], meter->ended[0], sizeof sum->ended);
    add_all(sum->scripts[0], meter->scripts[0], sizeof sum->scripts);
    add_all(sum->refusals, meter->refusals, sizeof sum->refusals);
    add_all(sum->rows[0], meter->rows[0], sizeof sum->rows);
    add_all(sum->orders[0], meter->orders[0], sizeof sum->orders);
    add_all(sum->refunds, meter->refunds, sizeof sum->refunds);
    add_all(sum->calls[0], meter->calls[0], sizeof sum->calls);
    add_all(&sum->attempts, &meter->attempts, sizeof sum->attempts);
    add_all(&sum->records, &meter->records, sizeof sum->records);
    add_all(&sum->payment_alerts, &meter->payment_alerts, sizeof sum->payment_alerts);
    add_all(sum->order_alerts, meter->order_alerts, sizeof sum->order_alerts);
    for (int i = 0; i < RCP_WAITS_FOR_COUNT; i++) {
        add_all(sum->took[i].counts, meter->took[i].counts, sizeof sum->took[i].counts);
        add_all(&sum->took[i].sum_us, &meter->took[i].sum_us, sizeof sum->took[i].sum_us);
    }
}

static void head(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* One line: name{first="a",second="b"} n, where n is not 0. */
static void line(FILE *out,
                 const char *name,
                 const char *first,
                 const char *first_value,
                 const char *second,
                 const char *second_value,
                 _Atomic uint64_t *counter)
{
    uint64_t number = atomic_load_explicit(counter, memory_order_relaxed);
    if (number == 0)
        return;
    fprintf(out, "%s{%s=\"%s\"", name, first, first_value);
    if (second != NULL)
        fprintf(out, ",%s=\"%s\"", second, second_value);
    fprintf(out, "} %" PRIu64 "\n", number);
}

static void write_replies(FILE *out, struct rcp_meter *meter)
{
    static const char name[] = "recoup_replies_total";
    char status[16];
    head(out, name, "counter", "Replies of the core, by role and status.");
    for (int role = 0; role < RCP_ROLE_COUNT; role++) {
        for (uint32_t i = 0; i < RCP_METER_STATUSES; i++) {
            snprintf(status, sizeof status, "%d", (int)statuses[i]);
            line(out,
                 name,
                 "role",
                 rcp_role_name((enum rcp_role)role),
                 "status",
                 status,
                 &meter->replies[role][i]);
        }
    }
}

static void write_dependencies(FILE *out, struct rcp_meter *meter)
{
    static const char name[] = "recoup_operations_total";
    static const char took[] = "recoup_operation_duration_seconds";
    char labels[32];
    head(out, name, "counter", "Effects that ended, by dependency and outcome.");
    for (int what = 0; what < RCP_WAITS_FOR_COUNT; what++) {
        for (int outcome = 0; outcome < RCP_OUTCOME_COUNT; outcome++)
            line(out,
                 name,
                 "dependency",
                 waits_for_names[what],
                 "outcome",
                 rcp_outcome_name((enum rcp_outcome)outcome),
                 &meter->ended[what][outcome]);
    }
    head(out, took, "histogram", "From effect to completion; kafka: until the delivery report.");
    for (int what = 0; what < RCP_WAITS_FOR_COUNT; what++) {
        snprintf(labels, sizeof labels, "dependency=\"%s\"", waits_for_names[what]);
        rcp_histogram_write(out, took, labels, &meter->took[what]);
    }
}

static void write_scripts(FILE *out, struct rcp_meter *meter)
{
    static const char name[] = "recoup_scripts_total";
    static const char refusals[] = "recoup_script_refusals_total";
    static const char rows[] = "recoup_rows_total";
    head(out, name, "counter", "Transaction scripts, by outcome.");
    for (int script = 0; script < RCP_SCRIPT_COUNT; script++) {
        for (int outcome = 0; outcome < RCP_OUTCOME_COUNT; outcome++)
            line(out,
                 name,
                 "script",
                 rcp_script_name((enum rcp_script)script),
                 "outcome",
                 rcp_outcome_name((enum rcp_outcome)outcome),
                 &meter->scripts[script][outcome]);
    }
    head(out, refusals, "counter", "Refused scripts, by error class.");
    for (int class = 0; class < RCP_ERROR_CLASS_COUNT; class ++)
        line(out,
             refusals,
             "class",
             rcp_error_class_name((enum rcp_error_class) class),
             NULL,
             NULL,
             &meter->refusals[class]);
    head(out,
         rows,
         "counter",
         "Rows of committed scripts, by verdict: claims, approvals, parkings.");
    for (int script = 0; script < RCP_SCRIPT_COUNT; script++) {
        const char *script_name = rcp_script_name((enum rcp_script)script);
        for (int i = 0; i < RCP_VERDICT_COUNT; i++)
            line(out,
                 rows,
                 "script",
                 script_name,
                 "verdict",
                 rcp_verdict_name((enum rcp_verdict)i),
                 &meter->rows[script][i]);
        for (int i = 0; i < RCP_ORDER_VERDICT_COUNT; i++)
            line(out,
                 rows,
                 "script",
                 script_name,
                 "verdict",
                 rcp_order_verdict_name((enum rcp_order_verdict)i),
                 &meter->orders[script][i]);
    }
}

static void write_gateway(FILE *out, struct rcp_meter *meter)
{
    static const char calls[] = "recoup_pg_calls_total";
    static const char refunds[] = "recoup_refunds_total";
    head(out, calls, "counter", "Calls to the payment gateway, by answer.");
    for (int verb = 0; verb < RCP_PG_VERB_COUNT; verb++) {
        for (int i = 0; i < RCP_PG_ANSWER_COUNT; i++)
            line(out,
                 calls,
                 "call",
                 rcp_pg_verb_name((enum rcp_pg_verb)verb),
                 "answer",
                 rcp_pg_answer_name((enum rcp_pg_answer)i),
                 &meter->calls[verb][i]);
    }
    head(out, refunds, "counter", "Refunds, by what was written down of them.");
    for (int i = 0; i < RCP_REFUND_STATUS_COUNT; i++)
        line(out,
             refunds,
             "status",
             rcp_refund_status_name((enum rcp_refund_status)i),
             NULL,
             NULL,
             &meter->refunds[i]);
}

static void write_rest(FILE *out, struct rcp_meter *meter)
{
    static const char alerts[] = "recoup_alerts_total";
    static const char *const order_alerts[RCP_ORDER_ALERT_COUNT] = {
        [RCP_ORDER_ALERT_NONE] = "none",
        [RCP_ORDER_ALERT_UNKNOWN] = "charge_unknown",
        [RCP_ORDER_ALERT_REVIEW] = "charge_review",
        [RCP_ORDER_ALERT_REFUND] = "refund_parked",
    };
    head(out, alerts, "counter", "Persons told, by cause.");
    line(out, alerts, "cause", "payment_parked", NULL, NULL, &meter->payment_alerts);
    for (int i = 0; i < RCP_ORDER_ALERT_COUNT; i++)
        line(out, alerts, "cause", order_alerts[i], NULL, NULL, &meter->order_alerts[i]);
    head(out, "recoup_attempts_total", "counter", "Failed retries that counted as an attempt.");
    fprintf(out, "recoup_attempts_total %" PRIu64 "\n", atomic_load(&meter->attempts));
    head(out, "recoup_records_total", "counter", "Records of the retry topic that came in.");
    fprintf(out, "recoup_records_total %" PRIu64 "\n", atomic_load(&meter->records));
}

void rcp_meter_write(FILE *out, struct rcp_meter *meter)
{
    write_replies(out, meter);
    write_dependencies(out, meter);
    write_scripts(out, meter);
    write_gateway(out, meter);
    write_rest(out, meter);
}
