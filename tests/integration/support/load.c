/* A few threads take one client after the other. Nothing is asserted in them: cmocka's failures are the test's own
 * thread's business. */
#include "tests/integration/support/load.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define THREADS     8u
#define PAUSE_MS    20u /* of a thread between two questions: a little load */
#define RESERVE     2048u
#define PATIENCE_MS 60000u

struct load {
    struct service *service;
    uint32_t instances;
    bool orders;
    atomic_uint next; /* client */
    atomic_uint asked;
    atomic_uint told;
    atomic_bool ends;  /* no more clients */
    atomic_bool stops; /* nor questions */
    pthread_t threads[THREADS];
    struct load_client clients[LOAD_CLIENTS_MAX];
};

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

/* --- One client --- */

static void ask(struct load *load, uint32_t index, uint32_t instance, struct service_answer *answer)
{
    uint64_t user = LOAD_FIRST_USER + index;
    char text[SERVICE_TOKEN_SIZE];
    if (load->clients[index].orders) {
        snprintf(text, sizeof text, "order-%u", index);
        service_order(load->service,
                      instance,
                      user,
                      text,
                      "{\"items\":[{\"productId\":1,\"quantity\":1}],\"totalAmount\":1000,"
                      "\"usePoint\":0,\"paidAmount\":1000,\"cardType\":\"KB\","
                      "\"cardNo\":\"1234-5678-9012-3456\"}",
                      answer);
    } else {
        service_token(user, 1, text);
        service_pay(load->service, instance, user, text, answer);
    }
}

/* An order that is there is answered 200, also while its payment is under way. */
static bool is_done(const struct load_client *client, const struct service_answer *answer)
{
    return answer->status == 200 && (!client->orders || strstr(answer->body, "\"PAID\"") != NULL);
}

/* True where it is an end. */
static bool note(struct load_client *client, const struct service_answer *answer)
{
    int status = answer->status;
    if (status == 0 || status == 503)
        return false;
    if (is_done(client, answer))
        client->told |= LOAD_DONE;
    else if (status == 200 || status == 202)
        client->told |= LOAD_ACCEPTED;
    else if (status == 402 || status == 410)
        client->told |= LOAD_REFUSED;
    else
        client->told |= LOAD_ODD;
    if ((client->told & LOAD_ODD) != 0)
        client->odd = status;
    return true;
}

static void ask_until_told(struct load *load, uint32_t index)
{
    struct load_client *client = &load->clients[index];
    struct service_answer answer = {0};
    client->orders = load->orders && index % 2u == 1u;
    for (uint32_t tries = 0; !atomic_load(&load->stops); tries++) {
        ask(load, index, (index / 2u + tries) % load->instances, &answer);
        bool ended = note(client, &answer);
        atomic_fetch_add(&load->asked, 1u);
        if (ended) {
            atomic_fetch_add(&load->told, 1u);
            return;
        }
        pause_ms(PAUSE_MS);
    }
}

static void *work(void *context)
{
    struct load *load = context;
    while (!atomic_load(&load->ends)) {
        uint32_t index = atomic_fetch_add(&load->next, 1u);
        if (index >= LOAD_CLIENTS_MAX)
            return NULL;
        ask_until_told(load, index);
        pause_ms(PAUSE_MS);
    }
    return NULL;
}

/* --- All of them --- */

static uint32_t count_of(const struct load *load)
{
    uint32_t next = atomic_load(&load->next);
    return next < LOAD_CLIENTS_MAX ? next : LOAD_CLIENTS_MAX;
}

void load_reserve(struct load *load)
{
    uint32_t next = count_of(load);
    uint32_t left = LOAD_CLIENTS_MAX - next;
    service_reserve_all(load->service, LOAD_FIRST_USER + next, left < RESERVE ? left : RESERVE);
}

struct load *load_begin(struct service *service, uint32_t instances, bool orders)
{
    struct load *load = calloc(1, sizeof *load);
    assert_non_null(load);
    load->service = service;
    load->instances = instances;
    load->orders = orders;
    load_reserve(load);
    for (uint32_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&load->threads[i], NULL, work, load), 0);
    return load;
}

static void wait_for(const atomic_uint *counter, uint32_t more, const char *what)
{
    uint32_t wanted = atomic_load(counter) + more;
    for (uint32_t waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms += 10u) {
        if (atomic_load(counter) >= wanted)
            return;
        pause_ms(10);
    }
    fail_msg("in a minute %u of %u more %s", atomic_load(counter) + more - wanted, more, what);
}

void load_wait_asked(struct load *load, uint32_t more)
{
    wait_for(&load->asked, more, "questions were answered or given up");
}

void load_wait_told(struct load *load, uint32_t more)
{
    wait_for(&load->told, more, "clients were told an end");
}

void load_end(struct load *load)
{
    atomic_store(&load->ends, true);
    for (uint32_t waited_ms = 0; waited_ms < PATIENCE_MS; waited_ms += 10u) {
        if (atomic_load(&load->told) == count_of(load))
            break;
        pause_ms(10);
    }
    atomic_store(&load->stops, true);
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(load->threads[i], NULL);
    for (uint32_t i = 0; i < count_of(load); i++) {
        const struct load_client *client = &load->clients[i];
        if (client->told == 0 || (client->told & LOAD_ODD) != 0)
            fail_msg("client %u, who %s, was told %d",
                     i,
                     client->orders ? "ordered" : "paid",
                     client->odd);
    }
}

const struct load_client *load_clients(const struct load *load, uint32_t *count)
{
    *count = count_of(load);
    return load->clients;
}

void load_free(struct load *load)
{
    free(load);
}
