/* recoup-bench-prod [ROUNDS] [PART...]: starts Redis, MariaDB, Kafka and recoupd on loopback, as the integration tests do, and
 * measures. The generator stands on the same machine, and so do all servers. */
#include "cmd/bench-prod/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Sizes as a server of its own would have: the small ones of tests are full within seconds, and then everybody waits
 * for pages to be written back. */
static void size_mariadb(void)
{
    setenv("RCP_MARIADB_POOL", "1G", 0);
    setenv("RCP_MARIADB_LOG", "2G", 0);
    setenv("RCP_MARIADB_BINLOG", "1G", 0);
}

static void open_service(void)
{
    size_mariadb();
    serves = true;
    service_open(&bench.service);
    service_start(&bench.service, 0, "");
    service_sql(&bench.service, "UPDATE campaign_activity_capacity SET capacity = 4000000000");
}

static const struct {
    const char *name;
    void (*measure)(struct bench *bench);
} parts[] = {
    {"payments", bench_payments},
    {"overload", bench_overload},
    {"recovery", bench_recovery},
};

static int usage(void)
{
    fprintf(stderr,
            "usage: recoup-bench-prod [ROUNDS] [payments] [overload] [recovery]\n"
            "ROUNDS: 1 to %u; without a name, all of them\n",
            BENCH_ROUNDS_MAX);
    return 2;
}

/* Takes the words; false where one is nothing that it knows. */
static bool read_words(int count, char **words, bool chosen[])
{
    bool any = false;
    for (int i = 1; i < count; i++) {
        bool known = i == 1 && words[i][0] >= '0' && words[i][0] <= '9';
        if (known)
            bench.rounds = (uint32_t)strtoul(words[i], NULL, 10);
        for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
            if (strcmp(words[i], parts[part].name) == 0)
                known = any = chosen[part] = true;
        if (!known)
            return false;
    }
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
        chosen[part] = chosen[part] || !any;
    return bench.rounds >= 1 && bench.rounds <= BENCH_ROUNDS_MAX;
}

int main(int count, char **words)
{
    bool chosen[sizeof parts / sizeof parts[0]] = {false};
    if (!read_words(count, words, chosen))
        return usage();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (atexit(close_service) != 0)
        return EXIT_FAILURE;
    open_service();
    bench_warm_up(&bench);
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++)
        if (chosen[part])
            parts[part].measure(&bench);
    return EXIT_SUCCESS;
}
