/* Scenarios as YAML: the reader, the writer and the schema, all three driven by the same tables.
 * The format is described in docs/SCENARIOS.md. */
#ifndef RCP_SIM_SCENARIO_SCENARIO_FILE_H
#define RCP_SIM_SCENARIO_SCENARIO_FILE_H

#include "sim/scenario.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define RCP_SCENARIO_FILE_MAX 65536u   /* Bytes of a scenario. */
#define RCP_TAPE_FILE_MAX     1048576u /* Bytes of a file named *.tape.yaml: recoup wrote it. */

/* What is wrong with a file. */
struct rcp_scenario_error {
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1 */
    char text[3200]; /* "file:line:column: what is wrong, what is allowed", one line */
};

/* Reads the file at path into out, its name and path included. Returns false with error filled in
 * where it cannot be read, is not a scenario, or makes no world; out is then undefined. */
bool rcp_scenario_read(const char *path,
                       struct rcp_scenario *out,
                       struct rcp_scenario_error *error);

/* The same for size bytes at text; path only names them. */
bool rcp_scenario_read_text(const char *path,
                            const char *text,
                            size_t size,
                            struct rcp_scenario *out,
                            struct rcp_scenario_error *error);

/* Writes what differs from the defaults. A valid scenario reads back as the same bytes, but for its
 * name and path, the line numbers of its expectations, how often its tape was consumed, and the
 * order between its FATE and its TAKES rules (which never compete). Returns false where file does
 * not take it. */
bool rcp_scenario_write(const struct rcp_scenario *scenario, FILE *file);

/* Comments for a written scenario. The reader passes over them. */
struct rcp_scenario_notes {
    const char *preface; /* whole lines, between the opening comment and the first key */
    void *context;
    /* What stands behind an item of a list: one line of plain text, or NULL. item is in the scenario. */
    const char *(*of)(void *context, const void *item);
};

/* The same with notes, which may be NULL. */
bool rcp_scenario_write_noted(const struct rcp_scenario *scenario,
                              const struct rcp_scenario_notes *notes,
                              FILE *file);

/* Writes the JSON Schema of the format. Returns false where file does not take it. */
bool rcp_scenario_write_schema(FILE *file);

/* The role as in diagrams and scenarios ("PaymentService"). Never NULL. */
const char *rcp_participant_name(enum rcp_participant participant);

/* The kind of work as in scenarios ("double_click"). Never NULL. */
const char *rcp_work_name(enum rcp_work_kind kind);

#endif
