/* One script as a transaction in one session: its statements, its COMMIT, and which of the three outcomes
 * that was. */
#ifndef RCP_PROD_MYSQL_TRANSACTION_H
#define RCP_PROD_MYSQL_TRANSACTION_H

#include "prod/mysql/job.h"

/* Runs the job in this session, and fills in what became of it. *open is the script that has left the
 * session's transaction open, NONE where there is none; it is NONE or a script afterwards as well. */
void rcp_transaction_run(struct rcp_job *job, struct rcp_session *session, enum rcp_script *open);

/* The job ends without having been sent: surely not done. */
void rcp_transaction_refuse(struct rcp_job *job);

/* True where the script writes nothing: its answer stands whatever becomes of its transaction. */
bool rcp_transaction_only_reads(enum rcp_script script);

#endif
