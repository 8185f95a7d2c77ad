/* MySQL as the core asks for it: each effect is a script, run as one transaction by a worker thread in a
 * session of its own, and completed by a letter to the loop within the effect's timeout_ms.
 *
 * Outcomes: DONE, REFUSED with an error class, or UNKNOWN, only where COMMIT was sent and its answer is not
 * known; `session` is then the connection to KILL (POLICIES.md, "unknown COMMIT"). What waits for a worker
 * until its deadline, or is asked while no connection stands, is REFUSED as CONNECTION without being sent. */
#ifndef RCP_PROD_MYSQL_MYSQL_ADAPTER_H
#define RCP_PROD_MYSQL_MYSQL_ADAPTER_H

#include "prod/loop/loop.h"
#include "prod/mysql/session.h"

struct rcp_mysql;

/* The record of the retry topic at this offset, as it came: for PARK. Called on the loop's thread; the bytes
 * are the callee's until the next call. False where it is not known any more. */
struct rcp_raw_records {
    void *context;
    bool (*find)(
        void *context, uint32_t partition, uint64_t offset, const char **bytes, uint32_t *size);
};

/* Strings are the caller's, for the adapter's life. */
struct rcp_mysql_options {
    struct rcp_session_options session;
    uint32_t node;              /* its number, for the attempt log */
    uint32_t connections;       /* worker threads, one session each; 1 to 64 */
    uint32_t claims_per_minute; /* failure rows, by all nodes together; 0: RCP_RATE_PER_MINUTE */
    const char *topic;          /* of the records that PARK keeps */
    struct rcp_raw_records raw; /* find may be NULL: then records are parked without their bytes */
};

/* Starts the workers; they connect by themselves, now and whenever a connection is lost. NULL where memory or
 * threads are short. rcp_session_library_init() comes before. */
struct rcp_mysql *rcp_mysql_open(const struct rcp_mysql_options *options, struct rcp_loop *loop);

/* The port of RCP_EFFECT_MYSQL. Its issue() never blocks. */
struct rcp_port rcp_mysql_port(struct rcp_mysql *mysql);

/* Ends the workers: what waits is refused, what runs has grace_ms and is cut then. A worker that is just
 * connecting may take RCP_SESSION_CONNECT_S + RCP_SESSION_IO_S more. The loop must outlive it. */
void rcp_mysql_close(struct rcp_mysql *mysql, uint32_t grace_ms);

struct rcp_mysql_health {
    uint32_t sessions;   /* that stand */
    uint32_t waiting;    /* scripts that wait for a worker */
    uint32_t running;    /* scripts */
    uint64_t success_ms; /* rcp_mono_ms() of the last script that ended well; 0: none has */
    uint64_t successes;  /* scripts that were committed, ever */
    struct rcp_session_error trouble; /* why a connection failed; its text is "" since one stands */
};

/* Any thread. */
struct rcp_mysql_health rcp_mysql_health(struct rcp_mysql *mysql);

/* Any thread: true where at least one session stands. */
bool rcp_mysql_up(struct rcp_mysql *mysql);

#endif
