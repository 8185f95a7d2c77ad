/* What the same server does without recoupd: the bare loops that its figures are held against. */
#ifndef RCP_CMD_BENCH_PROD_PLAIN_H
#define RCP_CMD_BENCH_PROD_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

struct plain {
    uint16_t port; /* of MariaDB, on 127.0.0.1 */
    uint32_t connections;
    uint32_t rows; /* in each transaction */
    uint32_t duration_ms;
};

struct plain_figure {
    double rows_per_second;
    double commit_p99_ms; /* COMMIT alone: the disk, and its company */
};

/* Upserts entries of an activity of its own in a closed loop: one INSERT of so many rows, and COMMIT. False where
 * the server does not take them. */
bool plain_run(const struct plain *plain, struct plain_figure *figure);

#endif
