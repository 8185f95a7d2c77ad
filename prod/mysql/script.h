/* One script at work in one session: what the adapter hands to it, and what it leaves behind.
 *
 * The adapter begins and ends the transaction. A script runs its statements, fills in verdicts (and rows,
 * where it finds its own), and returns how its last statement ended: anything but RCP_SQL_OK is rolled back. */
#ifndef RCP_PROD_MYSQL_SCRIPT_H
#define RCP_PROD_MYSQL_SCRIPT_H

#include "core/effect.h"
#include "prod/loop/handles.h"
#include "prod/mysql/session.h"

/* The bytes behind a row's handles. Empty: none. */
struct rcp_tx_bytes {
    struct rcp_bytes token;
    struct rcp_bytes origin;
};

struct rcp_order_bytes {
    struct rcp_bytes origin;
    struct rcp_bytes request_key;
    struct rcp_bytes pg_key;
    struct rcp_bytes refunds[RCP_REFUND_LINES_MAX]; /* behind refunds[i].key */
};

/* A script leaves the handle of what it has read as 0 and its bytes here: the loop makes the handle. Where
 * the bytes are empty, a handle that went in comes back as it is. */
struct rcp_run {
    struct rcp_session *session;
    const struct rcp_mysql_effect *effect;
    enum rcp_script first_script; /* FINISH: what left the session open, else NONE */
    uint32_t node;                /* whose script it is */
    uint32_t claims_per_minute;   /* CLAIM: by all nodes together */

    /* PARK, for its one row: the record as it came, and where from. No bytes: they are not known any more. */
    const char *topic;
    const char *raw;
    uint32_t raw_size;

    /* Room for RCP_TX_ROWS_MAX; those of the family that the script does not belong to are NULL. */
    struct rcp_tx_row *rows;
    struct rcp_tx_bytes *bytes;
    struct rcp_order_row *orders;
    struct rcp_order_bytes *order_bytes;
    uint32_t row_count; /* in and out */
    bool more;          /* out: the page was full */
};

/* The first document's scripts, and the second's. SETTLE's and FIND's KILL is done when they are called. */
enum rcp_sql_end rcp_payment_script(struct rcp_run *run);
enum rcp_sql_end rcp_order_script(struct rcp_run *run);

#endif
