/* The workers: threads with one session each, the jobs that wait for them, and a thread that keeps time. */
#ifndef RCP_PROD_MYSQL_POOL_H
#define RCP_PROD_MYSQL_POOL_H

#include "prod/mysql/job.h"

#define RCP_CONNECTIONS_MAX 64u

struct rcp_pool;

struct rcp_pool_options {
    struct rcp_session_options session;
    uint32_t connections; /* 1 to RCP_CONNECTIONS_MAX */
};

/* What one sees of it from outside. */
struct rcp_pool_health {
    uint32_t sessions;   /* that stand */
    uint32_t waiting;    /* jobs */
    uint32_t running;    /* jobs */
    uint64_t success_ms; /* rcp_mono_ms() of the last script that ended well; 0 where none has */
    uint64_t successes;
    struct rcp_session_error
        error; /* of the last connection that failed; empty where none has since */
};

/* Starts the threads; ended jobs are posted to the loop. NULL where memory or threads are short. */
struct rcp_pool *rcp_pool_open(const struct rcp_pool_options *options, struct rcp_loop *loop);

/* The job is the pool's from here on, and ends by its deadline: run, or refused. Never blocks. */
void rcp_pool_submit(struct rcp_pool *pool, struct rcp_job *job);

struct rcp_pool_health rcp_pool_health(struct rcp_pool *pool);

/* Ends all: what waits is refused, what runs has grace_ms, then its session is cut. Returns when the last
 * letter is posted; one that is connecting takes RCP_SESSION_CONNECT_S + RCP_SESSION_IO_S more. */
void rcp_pool_close(struct rcp_pool *pool, uint32_t grace_ms);

#endif
