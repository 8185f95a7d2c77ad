/* A loop without a node, for tests of one adapter: the same functions as prod/loop/loop.h, over the same event
 * loop and handles, but what an adapter steps is only written down. Link it instead of prod/loop/loop.c. */
#ifndef RCP_TESTS_PROD_SUPPORT_LOOP_DOUBLE_H
#define RCP_TESTS_PROD_SUPPORT_LOOP_DOUBLE_H

#include "prod/loop/loop.h"

#define LOOP_DOUBLE_EVENTS_MAX 65536u

struct rcp_loop *loop_double_open(void);

/* After each event is written down: may issue effects, as a core would. */
void loop_double_answer(struct rcp_loop *loop,
                        void *context,
                        void (*stepped)(void *context, const struct rcp_event *event));

/* What was stepped so far, oldest first. Rows that an event points to are gone. */
uint32_t loop_double_count(const struct rcp_loop *loop);
const struct rcp_event *loop_double_event(const struct rcp_loop *loop, uint32_t index);

/* Turns the loop until `count` events are written down in all, or within_ms are over. True for the former. */
bool loop_double_turn(struct rcp_loop *loop, uint32_t count, uint32_t within_ms);

/* The same, until the condition holds. */
bool loop_double_until(struct rcp_loop *loop,
                       const void *context,
                       bool (*holds)(const void *context),
                       uint32_t within_ms);

/* Turns it for a while, whatever comes. */
void loop_double_for(struct rcp_loop *loop, uint32_t ms);

/* A handle for these bytes, a C string. */
uint64_t loop_double_handle(struct rcp_loop *loop, const char *bytes);

#endif
