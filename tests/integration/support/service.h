/* A recoupd of a test's own, with all that it depends on: real servers on loopback, data in a temporary folder,
 * and the client's and the operator's view of it. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_SERVICE_H
#define RCP_TESTS_INTEGRATION_SUPPORT_SERVICE_H

#include "tests/prod/support/own_server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum service_server {
    SERVICE_REDIS,
    SERVICE_MYSQL,
    SERVICE_KAFKA,
    SERVICE_PG, /* is there after service_pg() */
    SERVICE_SERVER_COUNT
};

#define SERVICE_PROCESSES_MAX 3u /* instances of recoupd */

struct service {
    char folder[56];
    struct own_server servers[SERVICE_SERVER_COUNT];
    uint16_t http[SERVICE_PROCESSES_MAX];
    pid_t recoupd[SERVICE_PROCESSES_MAX];      /* 0: does not run */
    const char *binary[SERVICE_PROCESSES_MAX]; /* of another release; NULL: of this one */
};

/* The servers come up, and the database has its tables. Fails the test where one does not. */
void service_open(struct service *service);

/* Ends every process, and takes the folder away; after a failed test (RCP_KEEP is set) it stays. */
void service_close(struct service *service);

/* Starts recoup-lab pg with these options. An instance that is started with service_pg_lines() takes orders. */
void service_pg(struct service *service, const char *options);
const char *service_pg_lines(struct service *service, uint32_t instance);

/* A verb of tests/services: "freeze", "thaw", "kill", "stop", "restart". */
void service_do(struct service *service, enum service_server server, const char *verb);

/* Starts an instance (0..) with these lines added to its configuration, and waits until it is ready. */
void service_start(struct service *service, uint32_t instance, const char *lines);

/* The same in two steps, where something is to happen before it is ready. */
void service_launch(struct service *service, uint32_t instance, const char *lines);
void service_await(struct service *service, uint32_t instance);

/* Ends it: SIGTERM, and its exit code; or SIGKILL. */
int service_stop(struct service *service, uint32_t instance);
void service_kill(struct service *service, uint32_t instance);

/* Any other signal: it goes on afterwards, or stands still. */
void service_signal(struct service *service, uint32_t instance, int signal);

/* --- As a client --- */

struct service_answer {
    int status; /* of HTTP; 0: no answer */
    char body[2048];
};

#define SERVICE_TOKEN_SIZE 143u

/* The entry service's token. */
void service_token(uint64_t user, uint64_t activity, char token[SERVICE_TOKEN_SIZE]);

/* Reserves: that token, in Redis for five minutes. */
void service_reserve(struct service *service,
                     uint64_t user,
                     uint64_t activity,
                     char token[SERVICE_TOKEN_SIZE]);

/* Reserves activity 1 for so many users at once. */
void service_reserve_all(struct service *service, uint64_t first_user, uint32_t count);

/* POST /api/v1/payments/process as this user. */
void service_pay(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *token,
                 struct service_answer *answer);

/* POST /api/v1/orders of this JSON, under this Idempotency-Key. */
void service_order(struct service *service,
                   uint32_t instance,
                   uint64_t user,
                   const char *key,
                   const char *body,
                   struct service_answer *answer);

/* "Authorization: Bearer ..." of this user, for whoever asks by other means. */
void service_authorize(uint64_t user, char *header, size_t size);

/* POST of this JSON as this user. */
void service_post(struct service *service,
                  uint32_t instance,
                  uint64_t user,
                  const char *path,
                  const char *body,
                  struct service_answer *answer);

/* GET of this path as this user. */
void service_get(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *path,
                 struct service_answer *answer);

/* --- As an operator --- */

/* The first column of the first row as text, "" where there is none; good until the next call. */
const char *service_sql(struct service *service, const char *sql);

/* redis-cli's answer; good until the next call. */
const char *service_redis(struct service *service, const char *command);

/* Asks until the query says `wanted`, for at most so many seconds; fails the test with `what` otherwise. */
void service_until(struct service *service,
                   const char *sql,
                   const char *wanted,
                   uint32_t seconds,
                   const char *what);

/* So many payments of activity 1, of users from this one on, wait for their next try, and are due. */
void service_backlog(struct service *service, uint64_t first_user, uint32_t count);

/* Makes all that the database remembers so much older: what it would wait for is due. */
void service_age(struct service *service, uint32_t seconds);

/* An operator's "pause" or "resume" of a worker of an instance: "scheduler", "sweep", "reconcile". */
void service_operate(struct service *service,
                     uint32_t instance,
                     const char *verb,
                     const char *worker);

/* Has a worker look for what is due now, as it does once a minute: it is paused and goes on. */
void service_tick(struct service *service, uint32_t instance, const char *worker);

#endif
