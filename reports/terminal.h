/* The verdicts for a person at a terminal: a table, then what went wrong and how to see it again. */
#ifndef RCP_REPORTS_TERMINAL_H
#define RCP_REPORTS_TERMINAL_H

#include "reports/result.h"

#include <stdio.h>

/* Where verdicts go and how wide their columns are. */
struct rcp_terminal {
    FILE *out;
    bool colour;
    int scenario_width; /* of the longest name in the table */
    int policy_width;
};

/* True where stream is a terminal, and nobody has set NO_COLOR (https://no-color.org). */
bool rcp_terminal_wants_colour(FILE *stream);

/* One row: mark, scenario, policy, seeds, verdict. */
void rcp_terminal_verdict(const struct rcp_terminal *terminal, const struct rcp_result *result);

/* What a person needs of a result that is not as expected: why, the invariant's sentence, what
 * happened, the seed, the command that replays it. */
void rcp_terminal_surprise(const struct rcp_terminal *terminal, const struct rcp_result *result);

/* The last line. wall_us: by the clock on the wall, whatever ran side by side. */
void rcp_terminal_summary(const struct rcp_terminal *terminal,
                          const struct rcp_result_summary *summary,
                          uint64_t wall_us);

/* Shows a line that the next one replaces, on stderr, where that is a terminal; "" takes it away. */
void rcp_terminal_progress(const char *line);

#endif
