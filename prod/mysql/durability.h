/* What the promises need of the server's settings (POLICIES.md, "Assumptions"): checked at the start. */
#ifndef RCP_PROD_MYSQL_DURABILITY_H
#define RCP_PROD_MYSQL_DURABILITY_H

#include "prod/mysql/session.h"

struct rcp_durability {
    uint64_t innodb_flush_log_at_trx_commit;
    uint64_t sync_binlog;
    bool log_bin;
    bool read_only;
    bool statement_binlog; /* binlog_format STATEMENT does not go with READ COMMITTED */
    char version[64];
};

/* Reads the settings in a session of its own. False where the server does not answer; *error says why. */
bool rcp_mysql_durability(const struct rcp_session_options *options,
                          struct rcp_durability *durability,
                          struct rcp_session_error *error);

/* NULL where committed transactions survive a crash of the server; else what to set, as a sentence. */
const char *rcp_durability_weakness(const struct rcp_durability *durability);

#endif
