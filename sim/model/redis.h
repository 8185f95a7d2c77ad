/* Redis: RESERVATION_TOKEN:{token} with a time to live on Redis's own clock; it may lose anything. */
#ifndef RCP_SIM_MODEL_REDIS_H
#define RCP_SIM_MODEL_REDIS_H

#include "sim/model/link.h"

/* A node issues a command. */
void rcp_redis_issue(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_redis_effect *effect);

/* The command reaches Redis. Returns true where the process that sent it dies of it (CRASH_APPLIED). */
bool rcp_redis_apply(struct rcp_sim *sim, const struct rcp_pending *pending);

/* A token's time may have run out: its slot goes back (FACTS 0.9, 4). */
void rcp_redis_expire(struct rcp_sim *sim, uint32_t payment);

/* Entry service: a token for this payment, or the one that lives. False where Redis does not answer or
 * everything is sold; *sold_out tells which. */
bool rcp_redis_reserve(struct rcp_sim *sim, uint32_t payment, uint64_t ttl_ms, bool *sold_out);

/* Restart without data; failover that loses the writes of the last lost_ms; clock jump. */
void rcp_redis_lose_all(struct rcp_sim *sim);
void rcp_redis_fail_over(struct rcp_sim *sim, uint64_t lost_ms);
void rcp_redis_jump(struct rcp_sim *sim, uint64_t by_ms);

#endif
