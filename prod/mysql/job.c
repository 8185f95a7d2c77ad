/* One script on its way: a copy of the effect, of its rows and of the bytes behind their handles. */
#include "prod/mysql/job.h"

#include <stdlib.h>
#include <string.h>

/* --- Making --- */

/* Room for all rows that may go in or come out, behind the job itself. */
static struct rcp_job *allocate(bool orders)
{
    size_t rows = orders ? sizeof(struct rcp_order_row) : sizeof(struct rcp_tx_row);
    size_t bytes = orders ? sizeof(struct rcp_order_bytes) : sizeof(struct rcp_tx_bytes);
    struct rcp_job *job = malloc(sizeof *job + RCP_TX_ROWS_MAX * (rows + bytes));
    if (job == NULL)
        return NULL;
    memset(job, 0, sizeof *job);
    if (orders) {
        job->run.orders = (struct rcp_order_row *)(job + 1);
        job->run.order_bytes = (struct rcp_order_bytes *)(job->run.orders + RCP_TX_ROWS_MAX);
    } else {
        job->run.rows = (struct rcp_tx_row *)(job + 1);
        job->run.bytes = (struct rcp_tx_bytes *)(job->run.rows + RCP_TX_ROWS_MAX);
    }
    return job;
}

static void copy_payments(struct rcp_run *run,
                          const struct rcp_handles *handles,
                          const struct rcp_tx_row *rows)
{
    for (uint32_t i = 0; i < run->row_count; i++) {
        run->rows[i] = rows[i];
        rcp_handles_get(handles, rows[i].token, &run->bytes[i].token);
        rcp_handles_get(handles, rows[i].origin, &run->bytes[i].origin);
    }
}

static void copy_orders(struct rcp_run *run,
                        const struct rcp_handles *handles,
                        const struct rcp_order_row *rows)
{
    for (uint32_t i = 0; i < run->row_count; i++) {
        struct rcp_order_bytes *bytes = &run->order_bytes[i];
        run->orders[i] = rows[i];
        rcp_handles_get(handles, rows[i].origin, &bytes->origin);
        rcp_handles_get(handles, rows[i].request_key, &bytes->request_key);
        rcp_handles_get(handles, rows[i].pg_key, &bytes->pg_key);
        for (uint32_t line = 0; line < RCP_REFUND_LINES_MAX; line++)
            rcp_handles_get(handles, rows[i].refunds[line].key, &bytes->refunds[line]);
    }
}

struct rcp_job *rcp_job_make(const struct rcp_handles *handles,
                             const struct rcp_effects *effects,
                             const struct rcp_mysql_effect *effect)
{
    bool orders = rcp_script_is_order(effect->script);
    struct rcp_job *job = allocate(orders);
    if (job == NULL)
        return NULL;
    job->effect = *effect;
    job->run.effect = &job->effect;
    job->run.row_count = effect->row_count;
    if (orders)
        copy_orders(&job->run, handles, &effects->orders[effect->first_row]);
    else
        copy_payments(&job->run, handles, &effects->rows[effect->first_row]);
    return job;
}

void rcp_job_free(struct rcp_job *job)
{
    free(job->raw);
    free(job);
}

/* --- Completion --- */

/* Bytes that a script has read get their handle; a handle that went in stands. */
static void put(struct rcp_handles *handles, const struct rcp_bytes *bytes, uint64_t *handle)
{
    if (*handle == 0 && bytes->size > 0)
        *handle = rcp_handles_put(handles, bytes->at, bytes->size);
}

static void put_payments(const struct rcp_run *run, struct rcp_handles *handles)
{
    for (uint32_t i = 0; i < run->row_count; i++) {
        put(handles, &run->bytes[i].token, &run->rows[i].token);
        put(handles, &run->bytes[i].origin, &run->rows[i].origin);
    }
}

static void put_orders(const struct rcp_run *run, struct rcp_handles *handles)
{
    for (uint32_t i = 0; i < run->row_count; i++) {
        const struct rcp_order_bytes *bytes = &run->order_bytes[i];
        put(handles, &bytes->origin, &run->orders[i].origin);
        put(handles, &bytes->request_key, &run->orders[i].request_key);
        put(handles, &bytes->pg_key, &run->orders[i].pg_key);
        for (uint32_t line = 0; line < RCP_REFUND_LINES_MAX; line++)
            put(handles, &bytes->refunds[line], &run->orders[i].refunds[line].key);
    }
}

void rcp_job_complete(struct rcp_job *job, struct rcp_loop *loop)
{
    bool done = job->outcome == RCP_OUTCOME_DONE;
    bool orders = rcp_script_is_order(job->effect.script);
    if (done && orders)
        put_orders(&job->run, rcp_loop_handles(loop));
    else if (done)
        put_payments(&job->run, rcp_loop_handles(loop));
    struct rcp_event event = {
        .kind = RCP_EVENT_MYSQL_DONE,
        .mysql_done = {.op_id = job->effect.op_id,
                       .outcome = job->outcome,
                       .error = job->error,
                       .session = job->session,
                       .others_succeed = job->others_succeed,
                       .more = done && job->run.more,
                       .row_count = done ? job->run.row_count : 0,
                       .rows = done && !orders ? job->run.rows : NULL,
                       .orders = done && orders ? job->run.orders : NULL},
    };
    rcp_loop_step(loop, &event);
    rcp_job_free(job);
}
