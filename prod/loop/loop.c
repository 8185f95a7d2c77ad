/* Letters come in through one list, newest first; the loop takes the whole list at once and opens it in the
 * order in which it was posted. Before it sleeps it sees to what no letter brings: the node's deadline,
 * handles that nobody knows any more, and whether a stop is over. */
#include "prod/loop/loop.h"

#include "core/check.h"
#include "core/handles.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A flow has a token and an origin, an order's up to 16 handles; four times that leaves room between sweeps. */
#define HANDLES_MIN 4096u

struct rcp_loop {
    struct rcp_loop_options options;
    struct rcp_node *node;
    struct rcp_handles *handles;
    uv_loop_t uv;
    uv_async_t posted;
    uv_prepare_t before_sleep;
    uv_timer_t deadline;                  /* the node's */
    uv_timer_t grace;                     /* of a stop */
    _Atomic(struct rcp_letter *) letters; /* newest first */
    atomic_uint stops;                    /* how often a stop was asked for */
    atomic_uint grace_ms;                 /* as asked for last */
    unsigned stops_seen;
    bool over;     /* it has run: what still comes is freed, and does nothing */
    bool stepping; /* a step, or the issuing of its effects, is at work */
    bool clean;
    const struct rcp_event *event; /* of the step at work */
    struct rcp_effects effects;    /* of the step at work; large */
};

/* Whose core is at work on this thread. */
static _Thread_local struct rcp_loop *at_work;

/* --- Steps --- */

static void issue_all(struct rcp_loop *loop)
{
    for (uint32_t i = 0; i < loop->effects.count; i++) {
        const struct rcp_effect *effect = &loop->effects.items[i];
        const struct rcp_port *port = &loop->options.ports[effect->kind];
        rcp_check(port->issue != NULL, "loop_port_is_there");
        port->issue(port->adapter, &loop->effects, effect);
    }
}

void rcp_loop_step(struct rcp_loop *loop, struct rcp_event *event)
{
    if (loop->over)
        return;
    rcp_check(!loop->stepping, "loop_steps_one_by_one");
    loop->stepping = true;
    event->mono_ms = rcp_mono_ms();
    event->wall_ms = rcp_wall_ms();
    loop->event = event;
    at_work = loop;
    rcp_node_step(loop->node, event, &loop->effects);
    at_work = NULL;
    for (uint32_t i = 0; i < loop->options.watch_count; i++) {
        const struct rcp_watch *watch = &loop->options.watches[i];
        watch->stepped(watch->watcher, event, &loop->effects);
    }
    issue_all(loop);
    loop->stepping = false;
}

void rcp_loop_broken(const char *check)
{
    const struct rcp_loop *loop = at_work;
    if (loop == NULL)
        return;
    at_work = NULL; /* a check that fails from here on is nobody's event */
    for (uint32_t i = 0; i < loop->options.watch_count; i++) {
        const struct rcp_watch *watch = &loop->options.watches[i];
        if (watch->broken != NULL)
            watch->broken(watch->watcher, loop->event, check);
    }
}

static void step_kind(struct rcp_loop *loop, enum rcp_event_kind kind)
{
    struct rcp_event event = {.kind = kind};
    rcp_loop_step(loop, &event);
}

/* --- Letters --- */

void rcp_loop_post(struct rcp_loop *loop, struct rcp_letter *letter)
{
    struct rcp_letter *newest = atomic_load_explicit(&loop->letters, memory_order_relaxed);
    do
        letter->next = newest;
    while (!atomic_compare_exchange_weak_explicit(
        &loop->letters, &newest, letter, memory_order_release, memory_order_relaxed));
    if (newest == NULL) /* else whoever posted that one has woken the loop */
        uv_async_send(&loop->posted);
}

/* All letters there are, oldest first. */
static struct rcp_letter *take_letters(struct rcp_loop *loop)
{
    struct rcp_letter *newest =
        atomic_exchange_explicit(&loop->letters, NULL, memory_order_acquire);
    struct rcp_letter *oldest = NULL;
    while (newest != NULL) {
        struct rcp_letter *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

static void open_letters(struct rcp_loop *loop)
{
    struct rcp_letter *letter = take_letters(loop);
    while (letter != NULL) {
        struct rcp_letter *next = letter->next; /* open() frees it */
        letter->open(letter, loop);
        letter = next;
    }
}

/* --- Stopping --- */

static void end_run(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void see_stops(struct rcp_loop *loop)
{
    unsigned stops = atomic_load(&loop->stops);
    if (stops == loop->stops_seen)
        return;
    bool first = loop->stops_seen == 0;
    loop->stops_seen = stops;
    if (first)
        step_kind(loop, RCP_EVENT_STOP);
    uv_timer_start(&loop->grace, end_run, atomic_load(&loop->grace_ms), 0);
}

void rcp_loop_stop(struct rcp_loop *loop, uint32_t grace_ms)
{
    atomic_store(&loop->grace_ms, atomic_load(&loop->stops) == 0 ? grace_ms : 0);
    atomic_fetch_add(&loop->stops, 1u);
    uv_async_send(&loop->posted);
}

bool rcp_loop_ended_clean(const struct rcp_loop *loop)
{
    return loop->clean;
}

/* --- What the event loop calls --- */

static void on_posted(uv_async_t *posted)
{
    struct rcp_loop *loop = posted->data;
    see_stops(loop);
    open_letters(loop);
}

static void on_deadline(uv_timer_t *timer)
{
    step_kind(timer->data, RCP_EVENT_TIMER);
}

static void set_deadline(struct rcp_loop *loop)
{
    uint64_t at_ms = rcp_node_deadline(loop->node);
    uint64_t now_ms = rcp_mono_ms();
    if (at_ms == RCP_NEVER_MS) {
        uv_timer_stop(&loop->deadline);
        return;
    }
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->deadline, on_deadline, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

static void keep_handle(void *handles, uint64_t handle)
{
    rcp_handles_keep(handles, handle);
}

static void forget_handles(struct rcp_loop *loop)
{
    rcp_handles_sweep_begin(loop->handles);
    rcp_node_handles(loop->node, loop->handles, keep_handle);
    rcp_handles_sweep_end(loop->handles);
}

static void on_before_sleep(uv_prepare_t *prepare)
{
    struct rcp_loop *loop = prepare->data;
    if (rcp_handles_crowded(loop->handles))
        forget_handles(loop);
    set_deadline(loop);
    if (loop->stops_seen > 0 && rcp_node_idle(loop->node)) {
        loop->clean = true;
        uv_stop(&loop->uv);
    }
}

/* --- A loop's life --- */

static uint32_t handles_wanted(const struct rcp_limits *limits)
{
    uint32_t most = 2u * (limits->requests + limits->retries + limits->sends + limits->page) +
                    16u * (limits->orders + limits->settles);
    uint32_t entries = HANDLES_MIN;
    while (entries < 4u * most)
        entries *= 2u;
    return entries;
}

static bool open_uv(struct rcp_loop *loop)
{
    if (uv_loop_init(&loop->uv) != 0)
        return false;
    if (uv_async_init(&loop->uv, &loop->posted, on_posted) != 0) {
        uv_loop_close(&loop->uv);
        return false;
    }
    uv_prepare_init(&loop->uv, &loop->before_sleep);
    uv_timer_init(&loop->uv, &loop->deadline);
    uv_timer_init(&loop->uv, &loop->grace);
    loop->posted.data = loop;
    loop->before_sleep.data = loop;
    loop->deadline.data = loop;
    return true;
}

struct rcp_loop *rcp_loop_open(const struct rcp_loop_options *options)
{
    const struct rcp_limits *limits = &options->node.limits;
    struct rcp_loop *loop = calloc(1, sizeof *loop);
    if (loop == NULL)
        return NULL;
    loop->options = *options;
    void *block = calloc(1, rcp_node_size(limits));
    loop->handles = rcp_handles_open(handles_wanted(limits), options->secret, options->secret_size);
    if (block == NULL || loop->handles == NULL || !open_uv(loop)) {
        rcp_handles_free(loop->handles);
        free(block);
        free(loop);
        return NULL;
    }
    loop->node = rcp_node_init(block, &loop->options.node);
    return loop;
}

void rcp_loop_port(struct rcp_loop *loop, enum rcp_effect_kind kind, struct rcp_port port)
{
    loop->options.ports[kind] = port;
}

void rcp_loop_run(struct rcp_loop *loop)
{
    struct rcp_event start = {.kind = RCP_EVENT_START};
    start.start.node = loop->options.number;
    start.start.incarnation = loop->options.incarnation;
    uv_prepare_start(&loop->before_sleep, on_before_sleep);
    rcp_loop_step(loop, &start);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    loop->over = true;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void rcp_loop_free(struct rcp_loop *loop)
{
    if (loop == NULL)
        return;
    loop->over = true;
    open_letters(loop);
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    rcp_check(uv_loop_close(&loop->uv) == 0, "loop_closes_empty");
    rcp_handles_free(loop->handles);
    free(loop->node);
    free(loop);
}

struct rcp_handles *rcp_loop_handles(struct rcp_loop *loop)
{
    return loop->handles;
}

uv_loop_t *rcp_loop_uv(struct rcp_loop *loop)
{
    return &loop->uv;
}

const struct rcp_node *rcp_loop_node(const struct rcp_loop *loop)
{
    return loop->node;
}
