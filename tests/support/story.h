/* A story of one node, told line by line: an event in a few words, and the effects that must follow.
 *
 *   request U, status U, reject U,      user U comes with token U of activity 1; its request id is the
 *   retry U, park U                     number of requests so far
 *   pause WORKER, resume WORKER         an operator: scheduler, consumer, sweep, reconcile
 *   redis found|missing|foreign|unreadable|refused|unknown
 *   mysql VERDICT...                    as many verdicts as the script has rows
 *   mysql refused connection|contention|handler, mysql alone CLASS (others succeed), mysql unknown
 *   mysql page N, mysql page N more     CLAIM and SWEEP: rows 1..N (sweep: to release)
 *   sent done|refused|unknown
 *   assigned P A, revoked P A, record P A OFFSET ROW, unusable P A OFFSET, offset P A done|refused|unknown
 *   wait MS, timer, stop
 *
 * A completion goes to the oldest effect of its kind that nobody has answered yet. Effects read
 *
 *   GET 1, DEL 1, HOLD 1, approve 1+2 (keys), approve! 1 (left open), settle 1 kill 7, claim, sweep,
 *   send 1 (of row 1), direct 1, fetch P, commit P OFFSET, reply REQUEST STATUS state, alert ROW */
#ifndef RCP_TESTS_SUPPORT_STORY_H
#define RCP_TESTS_SUPPORT_STORY_H

#include "core/node.h"

struct story_line {
    const char *event;
    const char *effects;
};

/* A node to tell a story of. Freed with story_end. */
struct story;
struct story *story_begin(const struct rcp_limits *limits, struct rcp_policy policy);
void story_end(struct story *story);

/* One line: steps the event, checks the node, and returns the effects in words, until the next call. */
const char *story_tell(struct story *story, const char *event);

/* All lines; fails the test at the first that does not hold. */
void story_tell_all(struct story *story, const char *name, const struct story_line *lines);

/* For tests that go on by hand. */
struct rcp_node *story_node(struct story *story);
const struct rcp_effects *story_effects(const struct story *story);
uint64_t story_now_ms(const struct story *story);
const char *story_step(struct story *story, const struct rcp_event *event);

/* Roomy limits: nothing is full by accident. */
struct rcp_limits story_limits(void);

#endif
