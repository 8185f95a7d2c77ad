/* The first document's tables as its scripts read and write them: entries by key, failure rows by id. Nobody
 * but the payment scripts includes this. */
#ifndef RCP_PROD_MYSQL_PAYMENT_TABLES_H
#define RCP_PROD_MYSQL_PAYMENT_TABLES_H

#include "core/payment.h"
#include "prod/mysql/sql_rows.h"

/* What is known of one row's payment. */
struct rcp_seen {
    enum rcp_entry_status status; /* NONE as well where there is but this run's own placeholder */
    bool placeholder;             /* inserted by this run, to hold the key */
    bool stamped;                 /* written by this run */
    bool product_known;
    uint64_t product_id;
    bool open;   /* it has an open failure row */
    bool parked; /* it has a parked one */
};

/* A script's look at the payments of its rows. */
struct rcp_look {
    struct rcp_run *run;
    uint64_t stamp; /* of this run */
    struct rcp_seen seen[RCP_TX_ROWS_MAX];
};

/* Adds the rows' keys: campaign_activity_id, user_id, each. */
void rcp_add_keys(struct rcp_sql_values *values, const struct rcp_run *run);

/* Locks the keys of all rows, in their order, whether there are entries or not: where there is none, a
 * placeholder (PENDING, with the run's stamp) takes its place until rcp_entries_let_go(). */
enum rcp_sql_end rcp_entries_hold(struct rcp_look *look);

/* Deletes the placeholders that are left. */
enum rcp_sql_end rcp_entries_let_go(struct rcp_look *look);

/* Reads the entries into look->seen; `locked`: FOR UPDATE. */
enum rcp_sql_end rcp_entries_read(struct rcp_look *look, bool locked);

/* Reads open and parked failure rows into look->seen, as committed. */
enum rcp_sql_end rcp_failures_read(struct rcp_look *look);

/* Holds the keys of all rows, and reads entries and failure rows under them. */
enum rcp_sql_end rcp_look_held(struct rcp_look *look);

/* For rcp_sql_read(): adds a row's first column to struct rcp_sql_values, at most RCP_TX_ROWS_MAX of them. */
void rcp_take_id(void *context, const struct rcp_sql_value columns[]);

/* What LOOKUP, SETTLE, FENCE and LOG find: a final entry, an open row, a parked row, nothing. product_id 0
 * asks for no agreement. */
enum rcp_verdict rcp_seen_verdict(const struct rcp_seen *seen, uint64_t product_id);

/* Begins the list of keys in an UPDATE: no payment's key. MariaDB reads the whole table, and locks it row by row,
 * where such a list has one pair alone. */
#define RCP_KEY_OF_NOBODY "(0, 0),"

/* UPDATE of the entries of some rows to REJECTED: those whose `chosen` is true, and which are not final. */
enum rcp_sql_end rcp_entries_reject(struct rcp_look *look, const bool chosen[]);

/* INSERT of failure rows for the rows that are `chosen`, due after their delay_ms, FAILED where they have a
 * cause; one_open guards them as POLICIES.md says. */
enum rcp_sql_end rcp_failures_insert(struct rcp_run *run, const bool chosen[], bool one_open);

/* What is there of the failure row that a row of the run names. */
struct rcp_behind {
    enum rcp_row_status status; /* of the row that has this id, and is this payment's; else NONE */
    bool claimed;               /* it is PROCESSING under this epoch */
};

/* Locks the failure rows behind the run's rows, in the order of their ids. An id alone does not do: a database
 * that was restored gives ids again, and a record from before names another payment's row. */
enum rcp_sql_end rcp_failures_behind(const struct rcp_run *run,
                                     struct rcp_behind behind[RCP_TX_ROWS_MAX]);

/* UPDATE of open and parked failure rows to RESOLVED, by id, and their lines in the attempt log. */
enum rcp_sql_end rcp_failures_resolve(const struct rcp_run *run, const struct rcp_sql_values *ids);

/* UPDATE of open failure rows to FAILED for this cause, by id, and their lines in the attempt log. */
enum rcp_sql_end rcp_failures_park(const struct rcp_run *run,
                                   const struct rcp_sql_values *ids,
                                   enum rcp_park_cause cause);

/* What became of a failure row: payment_attempt_log.outcome. */
enum rcp_attempt {
    RCP_ATTEMPT_CLAIMED,
    RCP_ATTEMPT_REOPENED,
    RCP_ATTEMPT_RELEASED,
    RCP_ATTEMPT_REFUSED,
    RCP_ATTEMPT_UNKNOWN,
    RCP_ATTEMPT_PARKED,
    RCP_ATTEMPT_RESOLVED,
};

/* INSERT of a line for each of these failure rows, which this transaction has changed, and has changed so. `error`:
 * what refused the try, for REFUSED and PARKED; else NONE. */
enum rcp_sql_end rcp_attempts_tell(const struct rcp_run *run,
                                   const struct rcp_sql_values *ids,
                                   enum rcp_attempt attempt,
                                   enum rcp_error_class error);

/* What error_message says of a row that is parked for this cause, or that waits (NONE). */
const char *rcp_cause_sentence(enum rcp_park_cause cause);

/* The columns that rcp_failure_take() wants, in its order, of a failure row. */
#define RCP_FAILURE_COLUMNS                                                                   \
    "id, campaign_activity_id, user_id, product_id, quantity, activity_type, token, origin, " \
    "epoch,"                                                                                  \
    " retry_count, sends, alone, park_cause"
#define RCP_FAILURE_COLUMN_COUNT 13u

/* Puts one failure row behind the run's rows. The caller has seen that there is room. */
struct rcp_tx_row *rcp_failure_take(struct rcp_run *run, const struct rcp_sql_value columns[]);

/* The scripts, each of them one family's. */
enum rcp_sql_end rcp_payment_approve(struct rcp_run *run);
enum rcp_sql_end rcp_payment_look(struct rcp_run *run);  /* LOOKUP, SETTLE */
enum rcp_sql_end rcp_payment_fence(struct rcp_run *run); /* FENCE, REJECT */
enum rcp_sql_end rcp_payment_reopen(struct rcp_run *run);
enum rcp_sql_end rcp_payment_shelve(struct rcp_run *run);
enum rcp_sql_end rcp_payment_log(struct rcp_run *run);
enum rcp_sql_end rcp_payment_claim(struct rcp_run *run);
enum rcp_sql_end rcp_payment_release(struct rcp_run *run);
enum rcp_sql_end rcp_payment_later(struct rcp_run *run);
enum rcp_sql_end rcp_payment_finish(struct rcp_run *run);
enum rcp_sql_end rcp_payment_park(struct rcp_run *run);
enum rcp_sql_end rcp_payment_sweep(struct rcp_run *run);
enum rcp_sql_end rcp_payment_mark(struct rcp_run *run);

#endif
