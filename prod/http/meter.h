/* Counts what one loop's events and effects tell: replies, dependencies, scripts and their rows, calls to the
 * PG, alerts. Decides nothing, and looks into nothing. */
#ifndef RCP_PROD_HTTP_METER_H
#define RCP_PROD_HTTP_METER_H

#include "prod/http/histogram.h"
#include "prod/loop/loop.h"

#define RCP_METER_STATUSES 13u   /* enum rcp_status, by rcp_meter_status() */
#define RCP_METER_TIMED    8192u /* effects whose duration is remembered; a power of two */

/* What an effect waits for. */
enum rcp_waits_for {
    RCP_WAITS_FOR_REDIS,
    RCP_WAITS_FOR_MYSQL,
    RCP_WAITS_FOR_KAFKA, /* the delivery report of a record */
    RCP_WAITS_FOR_PG,
    RCP_WAITS_FOR_COUNT
};

/* An effect that has not come back yet. Its slot is op_id's; an older one there is forgotten. */
struct rcp_timed {
    uint64_t op_id;
    uint64_t since_us;
    uint8_t script; /* enum rcp_script */
    uint8_t verb;   /* enum rcp_pg_verb */
};

struct rcp_meter {
    struct rcp_timed timed[RCP_METER_TIMED]; /* the loop's thread alone */

    _Atomic uint64_t replies[RCP_ROLE_COUNT][RCP_METER_STATUSES];
    _Atomic uint64_t ended[RCP_WAITS_FOR_COUNT][RCP_OUTCOME_COUNT];
    _Atomic uint64_t scripts[RCP_SCRIPT_COUNT][RCP_OUTCOME_COUNT];
    _Atomic uint64_t refusals[RCP_ERROR_CLASS_COUNT]; /* of scripts, by error class */
    _Atomic uint64_t rows[RCP_SCRIPT_COUNT][RCP_VERDICT_COUNT];
    _Atomic uint64_t orders[RCP_SCRIPT_COUNT][RCP_ORDER_VERDICT_COUNT];
    _Atomic uint64_t refunds[RCP_REFUND_STATUS_COUNT]; /* written down as */
    _Atomic uint64_t calls[RCP_PG_VERB_COUNT][RCP_PG_ANSWER_COUNT];
    _Atomic uint64_t attempts; /* failed retries that counted */
    _Atomic uint64_t records;  /* of the retry topic */
    _Atomic uint64_t payment_alerts;
    _Atomic uint64_t order_alerts[RCP_ORDER_ALERT_COUNT];
    struct rcp_histogram took[RCP_WAITS_FOR_COUNT];
};

/* A watch of its loop: rcp_watch.stepped. */
void rcp_meter_stepped(void *meter,
                       const struct rcp_event *event,
                       const struct rcp_effects *effects);

/* Adds another loop's counts to `sum`, which nobody steps. */
void rcp_meter_add(struct rcp_meter *sum, struct rcp_meter *meter);

/* As Prometheus' text: counts that are not 0. */
void rcp_meter_write(FILE *out, struct rcp_meter *meter);

#endif
