/* What must be true when it is over, by what the clients were told, the database and the PG's ledger alone: no
 * acknowledged payment is lost, none is made twice, and nothing is left over. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_LEDGER_H
#define RCP_TESTS_INTEGRATION_SUPPORT_LEDGER_H

#include "tests/integration/support/load.h"

/* The stock of product 1 that ledger_stock() puts there: enough for every order of a load. */
#define LEDGER_STOCK 100000u

void ledger_stock(struct service *service);

/* Until nothing is open any more: time passes in the database, and this instance looks for what is due. Fails the test
 * where something stays open. */
void ledger_drain(struct service *service, const struct load *load, uint32_t instance);

/* Fails the test with the promise that is broken. Without a load (NULL) there is only the database to ask. */
void ledger_check(struct service *service, const struct load *load);

#endif
