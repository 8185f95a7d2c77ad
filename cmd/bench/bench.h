/* What recoup-bench measures, and how it says it. */
#ifndef RCP_CMD_BENCH_BENCH_H
#define RCP_CMD_BENCH_BENCH_H

/* One search of a model that Spin searches, too: a line with distinct states and transitions for tests/spin.sh
 * to read; it takes the time. `name` is two_phase, or payment_FAULTS_CRASHES_ASKS. Returns the exit code. */
int bench_twin(const char *name);

/* Searches the real core in scenarios/explore/one-payment.yaml, faults 2, crashes 0, and says how fast that
 * went and how large a world is. Returns the exit code. */
int bench_explore(void);

#endif
