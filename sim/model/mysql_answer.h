/* What a client hears of its script. */
#ifndef RCP_SIM_MODEL_MYSQL_ANSWER_H
#define RCP_SIM_MODEL_MYSQL_ANSWER_H

#include "sim/model/link.h"

/* It hears that nothing happened, or that it will never know. The session lives on without it. */
void rcp_mysql_fail(struct rcp_sim *sim,
                    const struct rcp_issue *issue,
                    uint32_t session,
                    enum rcp_outcome outcome,
                    enum rcp_error_class error,
                    struct rcp_span span);

/* It hears that nothing happened, and the session ends. */
void rcp_mysql_refuse(struct rcp_sim *sim,
                      const struct rcp_issue *issue,
                      uint32_t session,
                      enum rcp_error_class error);

/* The rows are on their way back to it. */
void rcp_mysql_succeed(struct rcp_sim *sim, const struct rcp_issue *issue, uint32_t session);

/* The script took effect. True where nobody hears of it: its answer is lost, or the client's process dies
 * (*dies); the session has ended. */
bool rcp_mysql_goes_unheard(struct rcp_sim *sim,
                            const struct rcp_issue *issue,
                            uint32_t session,
                            bool *dies);

#endif
