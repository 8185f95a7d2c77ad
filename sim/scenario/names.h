/* The words that a scenario may use: one vocabulary for each enum. */
#ifndef RCP_SIM_SCENARIO_NAMES_H
#define RCP_SIM_SCENARIO_NAMES_H

#include <stdint.h>

#define RCP_NAME_UNKNOWN UINT32_MAX

/* Names of the numbers in [first, end). Constant data. */
struct rcp_names {
    const char *what; /* "fault", as in "no such fault" */
    uint32_t first;
    uint32_t end;
    const char *(*name)(uint32_t number);
};

extern const struct rcp_names rcp_preset_names;
extern const struct rcp_names rcp_fault_names;
extern const struct rcp_names rcp_site_names;
extern const struct rcp_names rcp_takes_names;
extern const struct rcp_names rcp_phase_names;
extern const struct rcp_names rcp_participant_names;
extern const struct rcp_names rcp_answer_names; /* numbers index rcp_answer_status() */
extern const struct rcp_names rcp_entry_names;
extern const struct rcp_names rcp_row_names;
extern const struct rcp_names rcp_cause_names;
extern const struct rcp_names rcp_charge_names;
extern const struct rcp_names rcp_refund_names;
extern const struct rcp_names rcp_pg_names; /* statuses of a transaction */
extern const struct rcp_names rcp_event_names;
extern const struct rcp_names rcp_invariant_names;
extern const struct rcp_names rcp_checker_names; /* but for those that are never left out */
extern const struct rcp_names rcp_seeds_names;   /* "some seed", "every seed" */
extern const struct rcp_names rcp_knob_names;

/* The HTTP status that an index of rcp_answer_names stands for, and back (RCP_NAME_UNKNOWN). */
uint32_t rcp_answer_status(uint32_t index);
uint32_t rcp_answer_index(uint32_t status);

/* The number that text names, or RCP_NAME_UNKNOWN. */
uint32_t rcp_names_find(const struct rcp_names *names, const char *text);

/* Edits that lead from one word to the other; UINT32_MAX where either is too long to be one. */
uint32_t rcp_word_distance(const char *left, const char *right);

#endif
