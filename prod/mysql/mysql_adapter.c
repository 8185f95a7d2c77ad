/* MySQL as the core asks for it: effects become jobs for the pool's workers. */
#include "prod/mysql/mysql_adapter.h"

#include "core/check.h"
#include "prod/mysql/lanes.h"
#include "prod/mysql/pool.h"

#include <stdlib.h>
#include <string.h>

#define MARGIN_MS 5u /* so much of an effect's time is kept for its way back to the loop */

struct rcp_mysql {
    struct rcp_mysql_options options;
    struct rcp_loop *loop;
    struct rcp_pool *pool;
};

struct rcp_mysql *rcp_mysql_open(const struct rcp_mysql_options *options, struct rcp_loop *loop)
{
    struct rcp_mysql *mysql = calloc(1, sizeof *mysql);
    if (mysql == NULL)
        return NULL;
    mysql->options = *options;
    mysql->loop = loop;
    if (options->claims_per_minute == 0)
        mysql->options.claims_per_minute = RCP_RATE_PER_MINUTE;
    struct rcp_pool_options pool = {.session = options->session,
                                    .connections = options->connections};
    mysql->pool = rcp_pool_open(&pool, loop);
    if (mysql->pool != NULL)
        return mysql;
    free(mysql);
    return NULL;
}

void rcp_mysql_close(struct rcp_mysql *mysql, uint32_t grace_ms)
{
    if (mysql == NULL)
        return;
    rcp_pool_close(mysql->pool, grace_ms);
    free(mysql);
}

/* The record that PARK keeps, copied: its owner may forget it. */
static void copy_raw(const struct rcp_mysql *mysql, struct rcp_job *job)
{
    const struct rcp_raw_records *raw = &mysql->options.raw;
    const char *bytes = NULL;
    uint32_t size = 0;
    job->run.topic = mysql->options.topic != NULL ? mysql->options.topic : "";
    if (job->effect.script != RCP_SCRIPT_PARK || job->effect.row_count != 1 || raw->find == NULL ||
        !raw->find(
            raw->context, job->run.rows[0].partition, job->run.rows[0].offset, &bytes, &size))
        return;
    job->raw = malloc(size + 1u);
    if (job->raw == NULL)
        return; /* parked without its bytes rather than not at all */
    memcpy(job->raw, bytes, size);
    job->run.raw = job->raw;
    job->run.raw_size = size;
}

static void issue(void *adapter, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    struct rcp_mysql *mysql = adapter;
    struct rcp_job *job = rcp_job_make(rcp_loop_handles(mysql->loop), effects, &effect->mysql);
    rcp_check(job != NULL, "memory_for_a_job");
    uint32_t timeout_ms = effect->mysql.timeout_ms;
    job->lane = rcp_lane_of(&effect->mysql, effect->role);
    job->deadline_ms =
        rcp_mono_ms() + (timeout_ms > MARGIN_MS ? timeout_ms - MARGIN_MS : timeout_ms);
    job->run.node = mysql->options.node;
    job->run.claims_per_minute = mysql->options.claims_per_minute;
    copy_raw(mysql, job);
    rcp_pool_submit(mysql->pool, job);
}

struct rcp_port rcp_mysql_port(struct rcp_mysql *mysql)
{
    return (struct rcp_port){.adapter = mysql, .issue = issue};
}

struct rcp_mysql_health rcp_mysql_health(struct rcp_mysql *mysql)
{
    struct rcp_pool_health pool = rcp_pool_health(mysql->pool);
    return (struct rcp_mysql_health){.sessions = pool.sessions,
                                     .waiting = pool.waiting,
                                     .running = pool.running,
                                     .success_ms = pool.success_ms,
                                     .successes = pool.successes,
                                     .trouble = pool.error};
}

bool rcp_mysql_up(struct rcp_mysql *mysql)
{
    return rcp_pool_health(mysql->pool).sessions > 0;
}
