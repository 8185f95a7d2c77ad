/* What recoup-bench measures, and how it says it. */
#ifndef RCP_CMD_BENCH_BENCH_H
#define RCP_CMD_BENCH_BENCH_H

#include <stdint.h>

#define BENCH_ROUNDS_MAX 7u

/* One search of a model that Spin searches, too: a line with distinct states and transitions for tests/spin.sh
 * to read; it takes the time. `name` is two_phase, or payment_FAULTS_CRASHES_ASKS. Returns the exit code. */
int bench_twin(const char *name);

/* Searches the real core in scenarios/explore/one-payment.yaml, faults 2, crashes 0, and says how fast that
 * went and how large a world is. Returns the exit code. */
int bench_explore(void);

/* Count a second in each round: the median (rounds are odd), and how far the rounds lie apart. */
void bench_print_rate(const char *name, uint64_t count, const uint64_t *times_ns, uint32_t rounds);

/* How many on each of them, to a tenth. */
void bench_print_ratio(const char *name, uint64_t count, uint64_t of);
void bench_print_count(const char *name, uint64_t count);

#endif
