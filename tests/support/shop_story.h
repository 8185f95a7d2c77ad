/* A story of one node and its orders, told line by line: an event in a few words, and the effects that
 * must follow (see tests/support/story.h for payments).
 *
 *   order U [key=K] [points]            user U orders; its request id is the number of requests so far
 *   order U bad                         amounts that do not add up; `order 0`: nobody is logged in
 *   status U O, ask O, fail O           about order O: its buyer's question, an operator's
 *   callback O T SUCCESS|FAILED [mac]   about transaction T
 *   db VERDICT [WORD=N ...]             the oldest script ends; PLACE gives order 101, unless order=N
 *   db refused connection|contention|handler, db unknown
 *   db page ITEM ... [/more]            DUE: `due:O:STATUS`, `refund:O:T`, `alert:O`; then WORD=N for all
 *   pg ANSWER, pg ok T:STATUS ...       the oldest call ends; PAY, GET, REFUND: of amount 1000, or T:STATUS:N
 *   wait MS, timer, stop, start         start: the node dies and starts again
 *
 * WORD=N: order, user, version, origin, key, tx, age (all ages), sent, sight, miss, misses, tries, asked,
 * silent, open, epoch. Effects read
 *
 *   place U, find O|tx T|key K|request R [kill S], result O SETTLE [FAILURE] [tx T] [open] [tries N]
 *   [back T ...], refund O T STATUS, due, told O, alert O KIND, PAY O 1000, LIST O, GET T, REFUND T,
 *   reply REQUEST STATUS [O CHARGE] */
#ifndef RCP_TESTS_SUPPORT_SHOP_STORY_H
#define RCP_TESTS_SUPPORT_SHOP_STORY_H

#include "core/node.h"

struct shop_line {
    const char *event;
    const char *effects;
};

/* A node to tell a story of. Freed with shop_story_end. */
struct shop_story;
struct shop_story *shop_story_begin(const struct rcp_limits *limits,
                                    struct rcp_policy policy,
                                    struct rcp_gateway gateway);
void shop_story_end(struct shop_story *story);

/* One line: steps the event, checks the node, and returns the effects in words, until the next call. */
const char *shop_story_tell(struct shop_story *story, const char *event);

/* All lines; fails the test at the first that does not hold. */
void shop_story_tell_all(struct shop_story *story, const char *name, const struct shop_line *lines);

/* For tests that look closer. */
struct rcp_node *shop_story_node(struct shop_story *story);
const struct rcp_effects *shop_story_effects(const struct shop_story *story);

/* Roomy limits: nothing is full by accident. */
struct rcp_limits shop_story_limits(void);

#endif
