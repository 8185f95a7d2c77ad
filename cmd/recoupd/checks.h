/* What must be true of the dependencies before the promises hold (POLICIES.md, "Assumptions"). */
#ifndef RCP_CMD_RECOUPD_CHECKS_H
#define RCP_CMD_RECOUPD_CHECKS_H

#include "cmd/recoupd/options.h"

enum check_end {
    CHECK_GOOD,
    CHECK_WEAK,  /* weaker than the promises need; the configuration allows it: label the run */
    CHECK_WRONG, /* weaker, or of another version, and not allowed: do not serve */
    CHECK_AWAY,  /* it does not answer: nobody knows */
};

/* Each waits for its server, some seconds at most, and logs what it finds. */
enum check_end check_mysql(const struct rcp_config *config, const struct rcp_addresses *addresses);
enum check_end check_kafka(const struct rcp_config *config);

#endif
