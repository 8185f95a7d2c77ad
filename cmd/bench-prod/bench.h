/* recoup-bench-prod: what recoupd does on this machine, with all that it stands on beside it. Each file measures
 * one thing and prints one table, as Markdown. */
#ifndef RCP_CMD_BENCH_PROD_BENCH_H
#define RCP_CMD_BENCH_PROD_BENCH_H

#include "cmd/bench-prod/load.h"
#include "cmd/bench-prod/stock.h"
#include "cmd/bench-prod/usage.h"

#define BENCH_ROUNDS_MAX 15u

struct bench {
    struct service service;
    uint64_t next_user;
    uint32_t rounds; /* odd, so that a median is one of them */
};

/* So many payments that nobody has asked for yet. Ends the program where they cannot be made. */
void bench_stock(struct bench *bench, uint32_t count, struct stock *stock);

/* A load of this form (next and context are the bench's), with payments of its own, and what it took of the
 * processors. Ends the program where it cannot be run. */
struct bench_load {
    struct load_answers answers;
    double us[USAGE_WHO_COUNT]; /* of CPU, for each payment that was answered 200 or 202 */
};
void bench_load(struct bench *bench, struct load load, struct bench_load *done);
void bench_forget(struct bench_load *done);

/* The first seconds of a JVM, of a buffer pool and of prepared statements are nobody's figure. */
void bench_warm_up(struct bench *bench);

/* Waits until MariaDB is idle: what a part leaves it to purge and to write back is not the next one's cost. */
void bench_settle(struct bench *bench);

/* Answers with this status a second. */
double bench_rate(const struct bench_load *done, uint16_t status);

/* The middle one of these; sorts them. */
double bench_median(double figures[], uint32_t count);

/* Ends the program, and the servers with it. */
_Noreturn void bench_fail(const char *what);

/* Payments a second and their latency, beside the bare loops. */
void bench_payments(struct bench *bench);

/* Twice what it can do: how fast 503 is, and what comes after. */
void bench_overload(struct bench *bench);

/* PENDING rows through Kafka, while payments come in; and what the cap on them does. */
void bench_recovery(struct bench *bench);

#endif
