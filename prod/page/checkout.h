/* The checkout page's files: build/embed.py OUT.c rcp_checkout prod/page/checkout.{css,html,js} */
#ifndef RCP_PROD_PAGE_CHECKOUT_H
#define RCP_PROD_PAGE_CHECKOUT_H

#include "prod/embedded.h"

extern const struct rcp_embedded rcp_checkout[];
extern const size_t rcp_checkout_count;

#endif
