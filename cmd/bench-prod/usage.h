/* How much CPU the processes have used: the figure that other work on the machine disturbs least. */
#ifndef RCP_CMD_BENCH_PROD_USAGE_H
#define RCP_CMD_BENCH_PROD_USAGE_H

#include "tests/integration/support/service.h"

enum usage_who {
    USAGE_RECOUPD,
    USAGE_MYSQL,
    USAGE_REDIS,
    USAGE_KAFKA,
    USAGE_LOAD,   /* this process */
    USAGE_OTHERS, /* whatever else this machine does: it makes latencies worse than they are */
    USAGE_WHO_COUNT
};

extern const char *const usage_names[USAGE_WHO_COUNT];

/* Seconds of user and system time since each process, or the machine, began. */
struct usage {
    double seconds[USAGE_WHO_COUNT];
};

/* Now; the first instance of recoupd. 0 for one that does not run. */
void usage_read(const struct service *service, struct usage *usage);

#endif
