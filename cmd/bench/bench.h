/* What recoup-bench measures, and how it says it. */
#ifndef RCP_CMD_BENCH_BENCH_H
#define RCP_CMD_BENCH_BENCH_H

/* One search of a model that Spin searches, too: a line with distinct states, transitions and states a second,
 * for tests/spin.sh to read. `name` is two_phase, or payment_FAULTS_CRASHES_ASKS. Returns the exit code. */
int bench_twin(const char *name);

#endif
