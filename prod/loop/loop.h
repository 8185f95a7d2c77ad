/* One node's thread: letters in from every adapter, the core's step, effects out to the adapters.
 *
 * The loop alone touches the node, its handles, and those adapters that live on its event loop (Redis, PG,
 * Kafka's queue). Other threads (MySQL's workers, the HTTP server's) post letters. */
#ifndef RCP_PROD_LOOP_LOOP_H
#define RCP_PROD_LOOP_LOOP_H

#include "core/node.h"
#include "prod/loop/clock.h"
#include "prod/loop/handles.h"

#include <uv.h>

struct rcp_loop;

/* Something on its way to the loop; whoever makes it embeds it in what it carries. */
struct rcp_letter {
    struct rcp_letter *next;
    /* On the loop's thread: makes an event of what it carries, steps it, and frees it. */
    void (*open)(struct rcp_letter *letter, struct rcp_loop *loop);
};

/* Where the effects of one kind go. `issue` is called on the loop's thread, and never steps the node itself:
 * whatever ends at once is posted. The effect and its rows are the loop's, for this call only. */
struct rcp_port {
    void *adapter;
    void (*issue)(void *adapter,
                  const struct rcp_effects *effects,
                  const struct rcp_effect *effect);
};

/* One who watches each step (recorder, metrics). Called after the step and before its effects go out. */
struct rcp_watch {
    void *watcher;
    void (*stepped)(void *watcher,
                    const struct rcp_event *event,
                    const struct rcp_effects *effects);
    /* May be NULL. The step of this event broke a check of the core: the process ends when this returns. */
    void (*broken)(void *watcher, const struct rcp_event *event, const char *check);
};

#define RCP_WATCHES_MAX 4u

struct rcp_loop_options {
    struct rcp_node_config node;
    uint32_t number;      /* which instance; unique among all that share a database, 1 or more */
    uint32_t incarnation; /* grew since the last start of this instance */
    const void *secret;   /* of the handles; the same in all processes */
    uint32_t secret_size; /* bytes, at most 64 */
    struct rcp_port ports[RCP_EFFECT_KIND_COUNT]; /* one for each kind but NONE */
    struct rcp_watch watches[RCP_WATCHES_MAX];
    uint32_t watch_count;
};

/* Prepares a loop that is not running yet; freed by rcp_loop_free(). Ports may be set with rcp_loop_port()
 * until it runs, since adapters want the loop first. NULL where memory or descriptors are short. */
struct rcp_loop *rcp_loop_open(const struct rcp_loop_options *options);
void rcp_loop_port(struct rcp_loop *loop, enum rcp_effect_kind kind, struct rcp_port port);

/* Whoever posts must have ended before; letters that are left are opened, and their steps do nothing. */
void rcp_loop_free(struct rcp_loop *loop);

/* Runs in this thread until it has stopped: START first, then whatever comes. */
void rcp_loop_run(struct rcp_loop *loop);

/* Any thread. Stops gracefully: STOP is stepped; the loop ends as soon as the node is idle, or after
 * grace_ms all the same. A second call cuts the grace short. */
void rcp_loop_stop(struct rcp_loop *loop, uint32_t grace_ms);

/* After it has run: true where it was idle at the end. */
bool rcp_loop_ended_clean(const struct rcp_loop *loop);

/* Any thread. The letter is the loop's from here on; it is opened once, also while stopping. */
void rcp_loop_post(struct rcp_loop *loop, struct rcp_letter *letter);

/* The loop's thread, from a letter's open() or from a callback of its event loop: fills in both clocks of
 * the event, steps it, and issues the effects. Never from within a port's issue(). */
void rcp_loop_step(struct rcp_loop *loop, struct rcp_event *event);

/* For rcp_check_failed(), on whatever thread: where a core is at work on it, those who watch its loop hear which
 * event broke the check. Does nothing the second time. */
void rcp_loop_broken(const char *check);

/* The loop's thread. */
struct rcp_handles *rcp_loop_handles(struct rcp_loop *loop);
uv_loop_t *rcp_loop_uv(struct rcp_loop *loop);
const struct rcp_node *rcp_loop_node(const struct rcp_loop *loop);

#endif
