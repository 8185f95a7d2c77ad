/* The PG's transactions in a file, so that they outlive its process.
 *
 * A line of JSON for each time that a transaction is made or changes, written before anybody is told: of several
 * lines about one transaction the last counts. What a kill -9 cut short was told to nobody, and is cut off. */
#ifndef RCP_LAB_PG_LEDGER_H
#define RCP_LAB_PG_LEDGER_H

#include "lab/pg/bank.h"

struct rcp_ledger;

/* Gives the bank what the file has, or begins the file. NULL: *why says it. */
struct rcp_ledger *rcp_ledger_open(const char *path, struct rcp_bank *bank, const char **why);
void rcp_ledger_close(struct rcp_ledger *ledger); /* or NULL */

/* Appends the transaction as it stands. A PG that cannot write down what it did ends at once. */
void rcp_ledger_write(struct rcp_ledger *ledger, const struct rcp_bank_transaction *it);

#endif
