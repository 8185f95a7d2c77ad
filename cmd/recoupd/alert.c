/* The words of the log lines, by cause. */
#include "cmd/recoupd/alert.h"

#include "prod/host/log.h"

#include <syslog.h>

static const char *const causes[] = {
    [RCP_PARK_NONE] = "an unusable record",
    [RCP_PARK_ATTEMPTS] = "its handler failed too often",
    [RCP_PARK_SENDS] = "it was sent too often without an end",
    [RCP_PARK_AGE] = "it was open for over a day",
    [RCP_PARK_CAPACITY] = "approving it would sell more than there is",
    [RCP_PARK_FENCED] = "it was rejected before its record came",
    [RCP_PARK_OPERATOR] = "an operator parked it",
};

static const char *const doubts[RCP_ORDER_ALERT_COUNT] = {
    [RCP_ORDER_ALERT_NONE] = "",
    [RCP_ORDER_ALERT_UNKNOWN] = "the PG does not tell what became of an order's payment",
    [RCP_ORDER_ALERT_REVIEW] = "the PG took another amount than the order's",
    [RCP_ORDER_ALERT_REFUND] = "a refund is parked",
};

static void tell_payment(void *unused,
                         const struct rcp_effects *effects,
                         const struct rcp_effect *effect)
{
    const struct rcp_tx_row *row = &effect->alert.row;
    (void)unused;
    (void)effects;
    rcp_log(RCP_LOG_ALERT,
            "a payment is parked: recoupd waits for a person",
            RCP_LOG_FIELDS({"cause", causes[row->cause], 0},
                           {"row", NULL, row->row_id},
                           {"user", NULL, row->payload.user_id},
                           {"activity", NULL, row->payload.activity_id},
                           {"partition", NULL, row->partition},
                           {"offset", NULL, row->offset}));
}

static void tell_order(void *unused,
                       const struct rcp_effects *effects,
                       const struct rcp_effect *effect)
{
    (void)unused;
    (void)effects;
    rcp_log(RCP_LOG_ALERT,
            doubts[effect->order_alert.alert],
            RCP_LOG_FIELDS({"order", NULL, effect->order_alert.order_id}));
}

struct rcp_port alert_payment_port(void)
{
    return (struct rcp_port){.issue = tell_payment};
}

struct rcp_port alert_order_port(void)
{
    return (struct rcp_port){.issue = tell_order};
}

void alert_library(void *context, int level, const char *text)
{
    (void)context;
    rcp_log(level <= LOG_ERR ? RCP_LOG_WARN : RCP_LOG_INFO,
            "the Kafka library says something",
            RCP_LOG_FIELDS({"text", text, 0}));
}
