/* What a person is told: parked payments, orders in doubt, and what client libraries complain about. All of it
 * becomes a line in the log; the database repeats what nobody has marked. */
#ifndef RCP_CMD_RECOUPD_ALERT_H
#define RCP_CMD_RECOUPD_ALERT_H

#include "prod/loop/loop.h"

struct rcp_port alert_payment_port(void); /* RCP_EFFECT_ALERT */
struct rcp_port alert_order_port(void);   /* RCP_EFFECT_ORDER_ALERT */

/* For struct rcp_kafka_options.log. */
void alert_library(void *context, int level, const char *text);

#endif
