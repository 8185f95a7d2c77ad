/* Texts and the small numbers that stand for them: order ids, users and transaction keys have any form at the
 * PG, and are indexes in the simulator's world. */
#ifndef RCP_LAB_PG_NAMES_H
#define RCP_LAB_PG_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define RCP_LAB_NAME_MAX 101u /* and the end */
#define RCP_LAB_NO_NAME  UINT32_MAX

struct rcp_lab_names;

/* Room for so many. NULL where memory is short. */
struct rcp_lab_names *rcp_lab_names_open(uint32_t room);
void rcp_lab_names_free(struct rcp_lab_names *names);

/* The number of this text, from 0 in the order in which they came. find: RCP_LAB_NO_NAME where it never came; add:
 * where it is too long, or there is no room. */
uint32_t rcp_lab_names_find(const struct rcp_lab_names *names, const char *text);
uint32_t rcp_lab_names_add(struct rcp_lab_names *names, const char *text);

/* number < rcp_lab_names_count() */
const char *rcp_lab_names_text(const struct rcp_lab_names *names, uint32_t number);
uint32_t rcp_lab_names_count(const struct rcp_lab_names *names);

#endif
