/* How often which of the simulator's faults strikes at the PG: "pg_500_before@pg_pay=2/5". */
#ifndef RCP_LAB_PG_RATE_H
#define RCP_LAB_PG_RATE_H

#include "sim/fault.h"

#define RCP_RATES_MAX 64u

/* Of several that could strike the same message, each is drawn of what the earlier ones have left. */
struct rcp_rate {
    enum rcp_fault fault;
    enum rcp_site site; /* RCP_SITE_NONE: wherever it may strike */
    uint32_t chance_num, chance_den;
};

struct rcp_rates {
    uint32_t count;
    struct rcp_rate rates[RCP_RATES_MAX];
};

/* What the documented PG does (FACTS 1.3): 40 % of all POSTs end in 500 before anything exists; of the
 * transactions 20 % are over the limit and 10 % have a bad card. */
void rcp_rates_documented(struct rcp_rates *rates);

/* Takes the place of the rate for the same fault and site; at 0 out of n it is taken out. False where there
 * is no such fault at the PG, no such site for it, or no such chance; *why says it. */
bool rcp_rates_read(struct rcp_rates *rates, const char *text, const char **why);

/* The same for one fault at one site, as so many percent. */
bool rcp_rates_set(struct rcp_rates *rates,
                   enum rcp_fault fault,
                   enum rcp_site site,
                   uint32_t percent);

#define RCP_RATE_TEXT_MAX 96u
void rcp_rate_write(const struct rcp_rate *rate, char text[RCP_RATE_TEXT_MAX]);

#endif
