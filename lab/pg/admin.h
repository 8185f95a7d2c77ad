/* What a test asks of its PG and no client does: /lab/ledger, /lab/rates. */
#ifndef RCP_LAB_PG_ADMIN_H
#define RCP_LAB_PG_ADMIN_H

#include "lab/pg/bank.h"
#include "lab/pg/callback.h"

#include <stddef.h>

/* All transactions, oldest first, the faults that struck, and the callbacks sent. To be given to free(); NULL
 * where memory is short. */
char *rcp_admin_ledger(const struct rcp_bank *bank, const struct rcp_callbacks *callbacks);

/* {"rates": ["pg_500_before@pg_pay=2/5", ...]}. As above. */
char *rcp_admin_rates(const struct rcp_bank *bank);

/* {"clear": true, "rates": [...], "silent": true}: each may be left out; rates are changed one by one, after the
 * clearing. False where something is not understood: then nothing has changed, and *why says it. */
bool rcp_admin_change(struct rcp_bank *bank, const char *body, size_t size, const char **why);

#endif
