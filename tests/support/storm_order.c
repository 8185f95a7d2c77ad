/* The second document in a storm: what order scripts and the PG may answer, and what is asked of a node. */
#include "tests/support/storm_order.h"

#include <string.h>

#define ORDERS 6u /* few, so that flows meet */
#define KEYS   9u /* transactions at the PG */

static uint32_t below(struct storm *storm, uint32_t bound)
{
    return storm->dice.below(storm->dice.context, bound);
}

void storm_order_limits(struct storm_dice dice, struct rcp_limits *limits)
{
    if (dice.below(dice.context, 4) == 3)
        return;
    limits->orders = 1u + dice.below(dice.context, 4);
    limits->settles = 1u + dice.below(dice.context, 4);
    limits->pg_calls = 1u + dice.below(dice.context, 3);
}

/* --- Rows --- */

/* On both sides of every limit that reads it. */
static uint32_t an_age(struct storm *storm)
{
    static const uint32_t ages_ms[] = {
        0, RCP_NOT_FOUND_GRACE_MS, RCP_FORCE_FAIL_MS, RCP_FORCE_FAIL_MS + 1u, RCP_PG_LATE_MS + 1u};
    return ages_ms[below(storm, sizeof ages_ms / sizeof ages_ms[0])];
}

/* A payment of this status, as the tables may have it. */
static void describe(struct storm *storm, struct rcp_order_row *row, enum rcp_charge_status status)
{
    bool settled = status == RCP_CHARGE_PAID || status == RCP_CHARGE_FAILED;
    if (row->order_id == 0)
        row->order_id = 1u + below(storm, ORDERS);
    row->user_id = 1u + row->order_id % 3u;
    row->status = (uint8_t)status;
    if (row->cart.total_amount == 0) /* it was not known yet */
        row->cart = (struct rcp_cart){.total_amount = 1000, .paid_amount = 1000};
    row->version = 1u + below(storm, 4);
    row->pg_key = status == RCP_CHARGE_PAID ? 1u + below(storm, KEYS) : 0;
    row->pg_open = settled && below(storm, 2) != 0;
    row->age_ms = an_age(storm);
    row->sent_age_ms = an_age(storm);
    row->sight_age_ms = an_age(storm);
    row->misses = (uint8_t)below(storm, 3);
    row->miss_age_ms = row->misses > 0 ? an_age(storm) : 0;
    row->tries = (uint8_t)below(storm, 3);
    row->asked = (uint8_t)below(storm, 12);
    row->silent = below(storm, 4) == 0;
}

/* Points pay for all of it: it is PAID as soon as it is placed. */
static bool is_covered(const struct rcp_order_row *row)
{
    return row->cart.total_amount > 0 && row->cart.paid_amount == 0;
}

static void place(struct storm *storm, struct rcp_order_row *row)
{
    static const uint8_t verdicts[] = {RCP_ORDER_VERDICT_PLACED,
                                       RCP_ORDER_VERDICT_PLACED,
                                       RCP_ORDER_VERDICT_PLACED,
                                       RCP_ORDER_VERDICT_PAID,
                                       RCP_ORDER_VERDICT_FAILED,
                                       RCP_ORDER_VERDICT_RUNNING,
                                       RCP_ORDER_VERDICT_OTHER,
                                       RCP_ORDER_VERDICT_NO_STOCK,
                                       RCP_ORDER_VERDICT_NO_POINT,
                                       RCP_ORDER_VERDICT_NO_COUPON,
                                       RCP_ORDER_VERDICT_PRICE};
    row->verdict = verdicts[below(storm, sizeof verdicts)];
    if (row->verdict == RCP_ORDER_VERDICT_PLACED && is_covered(row))
        row->verdict = RCP_ORDER_VERDICT_PAID;
    if (row->verdict == RCP_ORDER_VERDICT_PLACED || row->verdict == RCP_ORDER_VERDICT_RUNNING)
        describe(storm, row, RCP_CHARGE_IN_PROGRESS);
    if (row->verdict == RCP_ORDER_VERDICT_PAID)
        describe(storm, row, RCP_CHARGE_PAID);
    if (row->verdict == RCP_ORDER_VERDICT_FAILED)
        describe(storm, row, RCP_CHARGE_FAILED);
}

static void find(struct storm *storm, struct rcp_order_row *row)
{
    static const struct {
        uint8_t status, verdict;
    } rows[] = {
        {RCP_CHARGE_IN_PROGRESS, RCP_ORDER_VERDICT_PLACED},
        {RCP_CHARGE_PAID, RCP_ORDER_VERDICT_PAID},
        {RCP_CHARGE_FAILED, RCP_ORDER_VERDICT_FAILED},
        {RCP_CHARGE_UNKNOWN, RCP_ORDER_VERDICT_UNSURE},
        {RCP_CHARGE_REVIEW, RCP_ORDER_VERDICT_UNSURE},
        {RCP_CHARGE_NONE, RCP_ORDER_VERDICT_NOTHING},
    };
    uint32_t at = below(storm, sizeof rows / sizeof rows[0]);
    if (at == 0 && is_covered(row))
        at = 1;
    row->verdict = rows[at].verdict;
    if (row->verdict == RCP_ORDER_VERDICT_NOTHING)
        return;
    describe(storm, row, (enum rcp_charge_status)rows[at].status);
    if (below(storm, 4) == 0)
        row->origin = 1u + below(storm, 99);
}

static void due(struct storm *storm, struct rcp_order_row *row)
{
    static const uint8_t asked[] = {
        RCP_CHARGE_IN_PROGRESS, RCP_CHARGE_UNKNOWN, RCP_CHARGE_PAID, RCP_CHARGE_FAILED};
    memset(row, 0, sizeof *row);
    switch (below(storm, 4)) {
    case 0:
        row->verdict = RCP_ORDER_VERDICT_REFUND;
        row->order_id = 1u + below(storm, ORDERS);
        row->pg_key = 1u + below(storm, KEYS);
        row->pg_amount = 1000;
        row->version = 1u + below(storm, 3);
        row->status = RCP_REFUND_SENT;
        row->tries = (uint8_t)below(storm, RCP_REFUND_TRIES_MAX);
        break;
    case 1:
        row->verdict = RCP_ORDER_VERDICT_ALERT;
        row->order_id = 1u + below(storm, ORDERS);
        row->alert = (uint8_t)(1u + below(storm, RCP_ORDER_ALERT_COUNT - 1u));
        break;
    default:
        row->verdict = RCP_ORDER_VERDICT_DUE;
        describe(storm, row, (enum rcp_charge_status)asked[below(storm, sizeof asked)]);
        row->pg_open = row->status == RCP_CHARGE_PAID || row->status == RCP_CHARGE_FAILED;
        break;
    }
}

static void written(struct storm *storm, struct rcp_order_row *row, bool refuses)
{
    static const uint8_t verdicts[] = {RCP_ORDER_VERDICT_WRITTEN,
                                       RCP_ORDER_VERDICT_WRITTEN,
                                       RCP_ORDER_VERDICT_STALE,
                                       RCP_ORDER_VERDICT_REFUSED};
    row->verdict = verdicts[below(storm, refuses ? 4 : 3)];
}

uint32_t storm_order_rows(struct storm *storm, const struct storm_open *open, bool *more)
{
    const struct rcp_mysql_effect *mysql = &open->effect.mysql;
    struct rcp_order_row *rows = storm->order_rows;
    uint32_t count = mysql->script == RCP_SCRIPT_DUE ? below(storm, mysql->page + 1u) : 1;
    *more = mysql->script == RCP_SCRIPT_DUE && below(storm, 2) != 0;
    rows[0] = open->order;
    for (uint32_t i = 0; i < count; i++)
        if (mysql->script == RCP_SCRIPT_PLACE)
            place(storm, &rows[i]);
        else if (mysql->script == RCP_SCRIPT_FIND)
            find(storm, &rows[i]);
        else if (mysql->script == RCP_SCRIPT_DUE)
            due(storm, &rows[i]);
        else
            written(storm, &rows[i], mysql->script == RCP_SCRIPT_RESULT);
    return count;
}

/* --- The PG --- */

static struct rcp_pg_transaction a_transaction(struct storm *storm,
                                               const struct rcp_pg_effect *call,
                                               uint32_t key)
{
    struct rcp_pg_transaction told = {
        .key = key,
        .status = (uint8_t)below(storm, RCP_PG_STATUS_COUNT),
        .reason = (uint8_t)below(storm, RCP_PG_REASON_COUNT),
    };
    if (call->verb == RCP_PG_LIST)
        return told;
    told.order_id = below(storm, 6) == 0 ? 99 : call->order_id;
    told.amount = below(storm, 6) == 0 ? 1 : 1000;
    told.priced = 1;
    return told;
}

struct rcp_event storm_pg_done(struct storm *storm, const struct rcp_pg_effect *call)
{
    struct rcp_event event = {.kind = RCP_EVENT_PG_DONE};
    struct rcp_pg_done *done = &event.pg_done;
    done->op_id = call->op_id;
    done->transactions = storm->transactions;
    done->answer = RCP_PG_OK;
    if (below(storm, 2) != 0)
        done->answer = (enum rcp_pg_answer)(1u + below(storm, RCP_PG_ANSWER_COUNT - 1u));
    if (done->answer == RCP_PG_TOO_MANY)
        done->retry_after_ms = below(storm, 3) * 1000u;
    if (done->answer != RCP_PG_OK)
        return event;
    bool lists = call->verb == RCP_PG_LIST;
    done->count = lists ? 1u + below(storm, RCP_PG_TRANSACTIONS_MAX) : 1;
    done->more = lists && below(storm, 8) == 0;
    for (uint32_t i = 0; i < done->count; i++)
        storm->transactions[i] = a_transaction(storm, call, i + 1u);
    if (call->key != 0 && below(storm, 8) != 0)
        storm->transactions[0].key = call->key;
    return event;
}

/* --- Requests --- */

const struct rcp_order_request *storm_order_says(struct storm *storm)
{
    bool free = below(storm, 5) == 0;
    storm->says = (struct rcp_order_request){
        .cart = {.total_amount = 1000,
                 .used_point = free ? 1000 : 0,
                 .paid_amount = free ? 0 : 1000u + (below(storm, 9) == 0),
                 .items = {{.product_id = below(storm, 9) != 0, .quantity = 1}}},
        .request_key = below(storm, 4),
        .body_hash = below(storm, 2),
        .order_id = below(storm, ORDERS + 1u),
        .pg_key = below(storm, KEYS + 1u),
        .status = (uint8_t)below(storm, RCP_PG_STATUS_COUNT),
        .reason = (uint8_t)below(storm, RCP_PG_REASON_COUNT),
        .mac = below(storm, 2) != 0,
    };
    return &storm->says;
}
