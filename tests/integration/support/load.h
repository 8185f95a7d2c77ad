/* Clients that pay and order while something else happens. Each asks until it is told an end, as a person would who is
 * told to try again; what each was told is kept, and is all that they know. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_LOAD_H
#define RCP_TESTS_INTEGRATION_SUPPORT_LOAD_H

#include "tests/integration/support/service.h"

#define LOAD_CLIENTS_MAX 8192u
#define LOAD_FIRST_USER  100000u /* of client 0; each client is a user of its own */

/* What a client was told, at any time. */
enum load_told {
    LOAD_DONE = 1u << 0,     /* the payment is approved, the order paid */
    LOAD_ACCEPTED = 1u << 1, /* it will come to its end */
    LOAD_REFUSED = 1u << 2,  /* 4xx: this took nothing */
    LOAD_ODD = 1u << 3,      /* anything else but 503 and no answer at all */
};

struct load_client {
    bool orders; /* else it pays */
    uint8_t told;
    int odd; /* the status, with LOAD_ODD */
};

struct load;

/* Clients begin, some at a time, on instances 0 to `instances` - 1 in turn; where `orders`, every second one has an
 * order of 1000 by card (product 1), the others pay for activity 1, which is reserved for them first. */
struct load *load_begin(struct service *service, uint32_t instances, bool orders);

/* Redis forgot everything: those who come from now on reserve anew. */
void load_reserve(struct load *load);

/* Waits until so many more questions have been answered, or given up, whatever the answers; or so many more clients
 * were told an end. Fails the test where that takes a minute. */
void load_wait_asked(struct load *load, uint32_t more);
void load_wait_told(struct load *load, uint32_t more);

/* No more clients begin; those who are there are told an end. Fails the test where one is not within a minute, or was
 * told what nobody should be. */
void load_end(struct load *load);

/* After the end. */
const struct load_client *load_clients(const struct load *load, uint32_t *count);
void load_free(struct load *load);

#endif
