/* One script on its way: a copy of the effect, of its rows and of the bytes behind their handles, and what
 * became of it. Made and ended on the loop's thread; in between a worker has it. */
#ifndef RCP_PROD_MYSQL_JOB_H
#define RCP_PROD_MYSQL_JOB_H

#include "prod/loop/loop.h"
#include "prod/mysql/script.h"

struct rcp_job {
    struct rcp_letter letter;
    struct rcp_job *next;    /* behind it in its lane */
    struct rcp_job *earlier; /* all that wait, by deadline */
    struct rcp_job *later;
    struct rcp_mysql_effect effect;
    uint32_t lane;
    uint64_t deadline_ms; /* by rcp_mono_ms() */
    uint64_t successes;   /* of all scripts, when it was issued */
    struct rcp_run run;
    char *raw; /* PARK: the record */

    /* What became of it. */
    enum rcp_outcome outcome;
    enum rcp_error_class error;
    uint32_t session;
    bool others_succeed;
};

/* Copies what the effect asks for. NULL where memory is short. */
struct rcp_job *rcp_job_make(const struct rcp_handles *handles,
                             const struct rcp_effects *effects,
                             const struct rcp_mysql_effect *effect);

/* Its completion, on the loop's thread: new bytes get handles, and the job is freed. */
void rcp_job_complete(struct rcp_job *job, struct rcp_loop *loop);

void rcp_job_free(struct rcp_job *job);

#endif
