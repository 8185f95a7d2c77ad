/* The failure row's status x event table: what each script may do to a row, and nothing else. */
#ifndef RCP_CORE_RECOVERY_ROW_TABLE_H
#define RCP_CORE_RECOVERY_ROW_TABLE_H

#include "core/payment.h"

#include <stdbool.h>

/* What can happen to a row. */
enum rcp_row_event {
    RCP_ROW_LOGGED,        /* INSERT after a failure */
    RCP_ROW_LOGGED_PARKED, /* INSERT of a row that waits for a person at once */
    RCP_ROW_CLAIMED,       /* due: epoch + 1, owner, lease */
    RCP_ROW_RECLAIMED,     /* its lease ran out: epoch + 1, owner, lease */
    RCP_ROW_RELEASED,      /* surely not sent: back at once */
    RCP_ROW_RETRY_LATER,   /* its retry failed: backoff */
    RCP_ROW_PARKED,        /* attempts, sends, age or capacity used up; or an operator */
    RCP_ROW_SETTLED,       /* the entry is final, in the same transaction */
    RCP_ROW_HANDED,        /* documented: given to the producer */
    RCP_ROW_REPLACED,      /* documented: deleted, a new row takes its place */
    RCP_ROW_REOPENED,      /* an operator: tried again from anew, epoch + 1 */
    RCP_ROW_EVENT_COUNT
};

struct rcp_row_edge {
    uint8_t from;       /* enum rcp_row_status; NONE: no row */
    uint8_t event;      /* enum rcp_row_event */
    uint8_t to;         /* enum rcp_row_status; NONE: the row is gone */
    uint8_t documented; /* 1: only where the policy has a documented knob for it */
};

extern const struct rcp_row_edge rcp_row_table[];
extern const uint32_t rcp_row_table_count;

/* Where event leads from this status: true and *to, or false where the row stays as it is (the
 * statement's WHERE matches nothing). *edge, where not NULL, is the index of the table's row. */
bool rcp_row_next(enum rcp_row_status from,
                  enum rcp_row_event event,
                  enum rcp_row_status *to,
                  uint32_t *edge);

#endif
