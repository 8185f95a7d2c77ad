/* A recorded run as a Mermaid sequence diagram, between the participants of both documents. */
#ifndef RCP_REPORTS_MERMAID_H
#define RCP_REPORTS_MERMAID_H

#include "core/record.h"
#include "reports/story.h"

#include <stdio.h>

/* Who can be drawn: one lifeline each. cmd holds this to the scenario's list of participants. */
enum rcp_lane {
    RCP_LANE_NONE,
    RCP_LANE_USER,
    RCP_LANE_FRONTEND,
    RCP_LANE_CONTROLLER,
    RCP_LANE_SERVICE,
    RCP_LANE_LOG_SERVICE,
    RCP_LANE_SCHEDULER,
    RCP_LANE_CONSUMER,
    RCP_LANE_REDIS,
    RCP_LANE_ENTRY_TABLE,
    RCP_LANE_LOG_TABLE,
    RCP_LANE_KAFKA,

    /* The second document. */
    RCP_LANE_ORDER_FACADE,
    RCP_LANE_PAYMENT_FACADE,
    RCP_LANE_PAYMENT_SCHEDULER,
    RCP_LANE_RESULT_HANDLER,
    RCP_LANE_PG_CLIENT,
    RCP_LANE_PG,
    RCP_LANE_ORDER_TABLES,
    RCP_LANE_COUNT
};

/* What to draw of a run. */
struct rcp_mermaid_view {
    const enum rcp_lane *lanes; /* in drawing order, each once */
    uint32_t lane_count;        /* 0: all of the documents at work, in the order of the enum */
    uint64_t from_ms;           /* both 0: the whole run; else inclusive */
    uint64_t until_ms;
    bool details; /* also what every healthy run repeats: offsets, partitions, sweeps */
};

/* Draws records in their order. What a record means between the lanes is one table; a role that is
 * not drawn folds into the one it works for, and arrows that would then lead nowhere vanish. */
void rcp_mermaid_write(FILE *out,
                       const struct rcp_record *records,
                       uint32_t count,
                       const struct rcp_mermaid_view *view,
                       const struct rcp_report_names *names);

#endif
