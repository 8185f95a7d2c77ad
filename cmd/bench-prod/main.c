/* recoup-bench-prod [ROUNDS]: starts Redis, MariaDB, Kafka and recoupd on loopback, as the integration tests do, and
 * measures. The generator stands on the same machine, and so do all servers. */
#include "cmd/bench-prod/bench.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 5u

/* atexit() takes no argument. */
static struct bench bench = {.next_user = 1000, .rounds = ROUNDS};
static bool serves;

static void close_service(void)
{
    if (!serves)
        return;
    serves = false; /* a failure in there ends the program again */
    service_close(&bench.service);
}

static void open_service(void)
{
    serves = true;
    service_open(&bench.service);
    service_start(&bench.service, 0, "");
    service_sql(&bench.service, "UPDATE campaign_activity_capacity SET capacity = 4000000000");
}

int main(int count, char **words)
{
    if (count > 1)
        bench.rounds = (uint32_t)strtoul(words[1], NULL, 10);
    if (bench.rounds == 0 || bench.rounds > BENCH_ROUNDS_MAX) {
        fprintf(stderr, "usage: recoup-bench-prod [ROUNDS]: 1 to %u\n", BENCH_ROUNDS_MAX);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (atexit(close_service) != 0)
        return EXIT_FAILURE;
    open_service();
    bench_payments(&bench);
    bench_overload(&bench);
    bench_recovery(&bench);
    return EXIT_SUCCESS;
}
