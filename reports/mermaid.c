/* A recorded run as a Mermaid sequence diagram: lifelines, then the arrows of each record. */
#include "reports/mermaid.h"

#include "reports/mermaid_drawing.h"

struct lane_name {
    const char *id;
    const char *name; /* NULL: the id */
};

static const struct lane_name lane_names[RCP_LANE_COUNT] = {
    [RCP_LANE_USER] = {"User", NULL},
    [RCP_LANE_FRONTEND] = {"Frontend", NULL},
    [RCP_LANE_CONTROLLER] = {"CoreAPI", "PaymentController"},
    [RCP_LANE_SERVICE] = {"Service", "PaymentService"},
    [RCP_LANE_LOG_SERVICE] = {"LogService", "PaymentFailureLogService"},
    [RCP_LANE_SCHEDULER] = {"Scheduler", "PaymentRecoveryScheduler"},
    [RCP_LANE_CONSUMER] = {"Consumer", "PaymentRetryConsumer"},
    [RCP_LANE_REDIS] = {"Redis", NULL},
    [RCP_LANE_ENTRY_TABLE] = {"DB_Entry", "MySQL (Entry Table)"},
    [RCP_LANE_LOG_TABLE] = {"DB_Log", "MySQL (Log Table)"},
    [RCP_LANE_KAFKA] = {"Kafka", "Kafka (axon.payment.retry)"},
    [RCP_LANE_ORDER_FACADE] = {"OrderFacade", NULL},
    [RCP_LANE_PAYMENT_FACADE] = {"PaymentFacade", NULL},
    [RCP_LANE_PAYMENT_SCHEDULER] = {"PaymentScheduler", NULL},
    [RCP_LANE_RESULT_HANDLER] = {"ResultHandler", "PaymentResultHandler"},
    [RCP_LANE_PG_CLIENT] = {"PgClient", NULL},
    [RCP_LANE_PG] = {"PG", NULL},
    [RCP_LANE_ORDER_TABLES] = {"DB_Order", "MySQL (Order Tables)"},
};

/* Where one table is drawn alone, the document calls it the database. */
static const struct lane_name lone_entry_table = {"DB", "MySQL (Entry)"};

bool rcp_mermaid_drawn(const struct rcp_mermaid_drawing *drawing, uint32_t lane)
{
    for (uint32_t i = 0; i < drawing->lane_count; i++) {
        if (drawing->lanes[i] == lane) {
            return true;
        }
    }
    return false;
}

static const struct lane_name *name_of(const struct rcp_mermaid_drawing *drawing, uint32_t lane)
{
    if (lane == RCP_LANE_ENTRY_TABLE && !rcp_mermaid_drawn(drawing, RCP_LANE_LOG_TABLE)) {
        return &lone_entry_table;
    }
    return &lane_names[lane];
}

static bool in_window(const struct rcp_mermaid_drawing *drawing, const struct rcp_record *record)
{
    const struct rcp_mermaid_view *view = drawing->view;
    return (view->from_ms == 0 && view->until_ms == 0) ||
           (record->at_ms >= view->from_ms && record->at_ms <= view->until_ms);
}

/* ---- Where an arrow ends ---------------------------------------------------------------------- */

static uint32_t actor_lane(const struct rcp_record *record)
{
    switch ((enum rcp_role)record->role) {
    case RCP_ROLE_SCHEDULER:
    case RCP_ROLE_SWEEP:
        return RCP_LANE_SCHEDULER;
    case RCP_ROLE_CONSUMER:
        return RCP_LANE_CONSUMER;
    case RCP_ROLE_ORDER:
        return RCP_LANE_ORDER_FACADE;
    case RCP_ROLE_CALLBACK:
        return RCP_LANE_PAYMENT_FACADE;
    case RCP_ROLE_RECONCILE:
        return RCP_LANE_PAYMENT_SCHEDULER;
    case RCP_ROLE_REFUND:
        return RCP_LANE_RESULT_HANDLER;
    case RCP_ROLE_NONE:
    case RCP_ROLE_PAYMENT:
    case RCP_ROLE_WORLD:
    case RCP_ROLE_COUNT:
        break;
    }
    return RCP_LANE_SERVICE;
}

/* Whom a role of the second document works for, or who speaks for a part of the world. */
static uint32_t principal(const struct rcp_record *record, uint32_t lane)
{
    switch ((enum rcp_lane)lane) {
    case RCP_LANE_PG_CLIENT:
    case RCP_LANE_RESULT_HANDLER:
        return RCP_LANE_PAYMENT_FACADE;
    case RCP_LANE_PAYMENT_FACADE:
        return record->role == RCP_ROLE_ORDER ? RCP_LANE_ORDER_FACADE : RCP_LANE_PAYMENT_SCHEDULER;
    case RCP_LANE_FRONTEND:
        return rcp_mermaid_of_order(record) ? RCP_LANE_USER : RCP_LANE_NONE;
    case RCP_LANE_SERVICE:
        return RCP_LANE_ORDER_FACADE;
    case RCP_LANE_NONE:
    case RCP_LANE_USER:
    case RCP_LANE_CONTROLLER:
    case RCP_LANE_LOG_SERVICE:
    case RCP_LANE_SCHEDULER:
    case RCP_LANE_CONSUMER:
    case RCP_LANE_REDIS:
    case RCP_LANE_ENTRY_TABLE:
    case RCP_LANE_LOG_TABLE:
    case RCP_LANE_KAFKA:
    case RCP_LANE_ORDER_FACADE:
    case RCP_LANE_PAYMENT_SCHEDULER:
    case RCP_LANE_PG:
    case RCP_LANE_ORDER_TABLES:
    case RCP_LANE_COUNT:
        break;
    }
    return RCP_LANE_NONE;
}

/* The lane where this end is drawn: its own, or that of the role it works for. NONE: nowhere. */
static uint32_t fold(const struct rcp_mermaid_drawing *drawing,
                     const struct rcp_record *record,
                     uint32_t end)
{
    uint32_t lane = end == RCP_MERMAID_ACTOR ? actor_lane(record) : end;
    if (!rcp_mermaid_drawn(drawing, lane) && lane == RCP_LANE_CONTROLLER) {
        lane = RCP_LANE_SERVICE;
    } else if (!rcp_mermaid_drawn(drawing, lane) && lane == RCP_LANE_LOG_SERVICE) {
        lane = actor_lane(record);
    }
    while (lane != RCP_LANE_NONE && !rcp_mermaid_drawn(drawing, lane)) {
        lane = principal(record, lane);
    }
    return lane;
}

/* ---- Drawing ---------------------------------------------------------------------------------- */

static void draw_note_over_all(const struct rcp_mermaid_drawing *drawing,
                               uint32_t index,
                               const struct rcp_mermaid_row *row)
{
    const char *first = name_of(drawing, drawing->lanes[0])->id;
    const char *last = name_of(drawing, drawing->lanes[drawing->lane_count - 1])->id;
    fprintf(drawing->out, "    note over %s, %s: ", first, last);
    rcp_mermaid_write_label(drawing, index, row->label);
}

static void draw(const struct rcp_mermaid_drawing *drawing,
                 uint32_t index,
                 const struct rcp_mermaid_row *row)
{
    static const char *const arrows[] = {
        [RCP_MERMAID_SHAPE_CALL] = "->>",
        [RCP_MERMAID_SHAPE_ANSWER] = "-->>",
        [RCP_MERMAID_SHAPE_FAILED] = "--x",
    };
    if (row->from == RCP_MERMAID_ALL) {
        draw_note_over_all(drawing, index, row);
        return;
    }
    const struct rcp_record *record = &drawing->records[index];
    uint32_t from = fold(drawing, record, row->from);
    uint32_t to = fold(drawing, record, row->to);
    if (from == RCP_LANE_NONE || to == RCP_LANE_NONE) {
        return;
    }
    const char *from_id = name_of(drawing, from)->id;
    const char *to_id = name_of(drawing, to)->id;
    switch ((enum rcp_mermaid_shape)row->shape) {
    case RCP_MERMAID_SHAPE_NOTE_RIGHT:
        fprintf(drawing->out, "    note right of %s: ", from_id);
        break;
    case RCP_MERMAID_SHAPE_NOTE_OVER:
        fprintf(drawing->out, "    note over %s: ", from_id);
        break;
    case RCP_MERMAID_SHAPE_CALL:
    case RCP_MERMAID_SHAPE_ANSWER:
    case RCP_MERMAID_SHAPE_FAILED:
        if (from == to && row->from != row->to) {
            return; /* folded into itself */
        }
        fprintf(drawing->out, "    %s%s%s: ", from_id, arrows[row->shape], to_id);
        break;
    }
    rcp_mermaid_write_label(drawing, index, row->label);
}

static void draw_record(const struct rcp_mermaid_drawing *drawing, uint32_t index)
{
    if (rcp_mermaid_idle(drawing, index)) {
        return;
    }
    for (uint32_t i = 0; i < rcp_mermaid_row_count; i++) {
        if (rcp_mermaid_matches(drawing, index, &rcp_mermaid_rows[i])) {
            draw(drawing, index, &rcp_mermaid_rows[i]);
        }
    }
}

static void draw_participants(const struct rcp_mermaid_drawing *drawing)
{
    for (uint32_t i = 0; i < drawing->lane_count; i++) {
        const struct lane_name *name = name_of(drawing, drawing->lanes[i]);
        const char *what = drawing->lanes[i] == RCP_LANE_USER ? "actor" : "participant";
        if (name->name == NULL) {
            fprintf(drawing->out, "    %s %s\n", what, name->id);
        } else {
            fprintf(drawing->out, "    %s %s as %s\n", what, name->id, name->name);
        }
    }
    fputc('\n', drawing->out);
}

/* Every lane of the documents that the records are about. */
static void choose_all_lanes(struct rcp_mermaid_drawing *drawing)
{
    bool orders = false;
    bool payments = false;
    for (uint32_t i = 0; i < drawing->count; i++) {
        bool of_order = rcp_mermaid_of_order(&drawing->records[i]);
        orders = orders || of_order;
        payments = payments || (!of_order && drawing->records[i].user_id != 0);
    }
    for (uint32_t lane = 1; lane < RCP_LANE_COUNT; lane++) {
        bool of_payments = lane > RCP_LANE_FRONTEND && lane < RCP_LANE_ORDER_FACADE;
        bool of_orders = lane >= RCP_LANE_ORDER_FACADE;
        if (of_orders ? orders : !of_payments || payments || !orders) {
            drawing->lanes[drawing->lane_count++] = (enum rcp_lane)lane;
        }
    }
}

static void choose_lanes(struct rcp_mermaid_drawing *drawing)
{
    const struct rcp_mermaid_view *view = drawing->view;
    if (view->lane_count == 0) {
        choose_all_lanes(drawing);
    }
    for (uint32_t i = 0; i < view->lane_count && i + 1 < RCP_LANE_COUNT; i++) {
        drawing->lanes[drawing->lane_count++] = view->lanes[i];
    }
}

/* Labels name node and payment only where there are several. */
static void look_for_company(struct rcp_mermaid_drawing *drawing)
{
    const struct rcp_record *first_node = NULL;
    const struct rcp_record *first_payment = NULL;
    for (uint32_t i = 0; i < drawing->count; i++) {
        const struct rcp_record *record = &drawing->records[i];
        if (!in_window(drawing, record)) {
            continue;
        }
        if (record->node != 0) {
            first_node = first_node == NULL ? record : first_node;
            drawing->many_nodes = drawing->many_nodes || first_node->node != record->node;
        }
        if (record->user_id != 0) {
            first_payment = first_payment == NULL ? record : first_payment;
            drawing->many_payments = drawing->many_payments ||
                                     first_payment->user_id != record->user_id ||
                                     first_payment->activity_id != record->activity_id;
        }
    }
}

void rcp_mermaid_write(FILE *out,
                       const struct rcp_record *records,
                       uint32_t count,
                       const struct rcp_mermaid_view *view,
                       const struct rcp_report_names *names)
{
    struct rcp_mermaid_drawing drawing = {
        .out = out, .records = records, .count = count, .view = view, .names = names};
    choose_lanes(&drawing);
    look_for_company(&drawing);
    fputs("sequenceDiagram\n    autonumber\n", out);
    draw_participants(&drawing);
    for (uint32_t i = 0; i < count; i++) {
        if (in_window(&drawing, &records[i])) {
            draw_record(&drawing, i);
        }
    }
}
