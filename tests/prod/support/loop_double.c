/* Letters under a lock, events in an array. */
#include "tests/prod/support/loop_double.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "a secret of the tests"

struct rcp_loop {
    uv_loop_t uv;
    uv_async_t posted;
    uv_timer_t tick; /* a turn is never longer */
    struct rcp_handles *handles;
    pthread_mutex_t lock; /* of the letters */
    struct rcp_letter *first;
    struct rcp_letter **last;
    bool over;
    bool stepping;
    void *context;
    void (*stepped)(void *context, const struct rcp_event *event);
    uint32_t count;
    struct rcp_event events[LOOP_DOUBLE_EVENTS_MAX];
};

static void open_letters(struct rcp_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct rcp_letter *letter = loop->first;
    loop->first = NULL;
    loop->last = &loop->first;
    pthread_mutex_unlock(&loop->lock);
    while (letter != NULL) {
        struct rcp_letter *next = letter->next;
        letter->open(letter, loop);
        letter = next;
    }
}

static void on_posted(uv_async_t *posted)
{
    open_letters(posted->data);
}

static void on_tick(uv_timer_t *tick)
{
    (void)tick;
}

struct rcp_loop *loop_double_open(void)
{
    struct rcp_loop *loop = calloc(1, sizeof *loop);
    rcp_check(loop != NULL, "test_has_memory");
    loop->handles = rcp_handles_open(1u << 17, SECRET, sizeof SECRET);
    rcp_check(loop->handles != NULL, "test_has_memory");
    loop->last = &loop->first;
    pthread_mutex_init(&loop->lock, NULL);
    uv_loop_init(&loop->uv);
    uv_async_init(&loop->uv, &loop->posted, on_posted);
    loop->posted.data = loop;
    uv_timer_init(&loop->uv, &loop->tick);
    uv_timer_start(&loop->tick, on_tick, 5, 5);
    return loop;
}

void rcp_loop_post(struct rcp_loop *loop, struct rcp_letter *letter)
{
    letter->next = NULL;
    pthread_mutex_lock(&loop->lock);
    *loop->last = letter;
    loop->last = &letter->next;
    pthread_mutex_unlock(&loop->lock);
    uv_async_send(&loop->posted);
}

void rcp_loop_step(struct rcp_loop *loop, struct rcp_event *event)
{
    if (loop->over)
        return;
    rcp_check(!loop->stepping, "loop_steps_one_by_one");
    rcp_check(loop->count < LOOP_DOUBLE_EVENTS_MAX, "test_has_room_for_events");
    loop->stepping = true;
    event->mono_ms = rcp_mono_ms();
    event->wall_ms = rcp_wall_ms();
    loop->events[loop->count++] = *event;
    if (loop->stepped != NULL)
        loop->stepped(loop->context, event);
    loop->stepping = false;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void rcp_loop_free(struct rcp_loop *loop)
{
    loop->over = true;
    open_letters(loop);
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    rcp_check(uv_loop_close(&loop->uv) == 0, "loop_closes_empty");
    rcp_handles_free(loop->handles);
    pthread_mutex_destroy(&loop->lock);
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

void loop_double_answer(struct rcp_loop *loop,
                        void *context,
                        void (*stepped)(void *context, const struct rcp_event *event))
{
    loop->context = context;
    loop->stepped = stepped;
}

uint32_t loop_double_count(const struct rcp_loop *loop)
{
    return loop->count;
}

const struct rcp_event *loop_double_event(const struct rcp_loop *loop, uint32_t index)
{
    rcp_check(index < loop->count, "test_event_is_there");
    return &loop->events[index];
}

bool loop_double_until(struct rcp_loop *loop,
                       const void *context,
                       bool (*holds)(const void *context),
                       uint32_t within_ms)
{
    uint64_t end_ms = rcp_mono_ms() + within_ms;
    while (!holds(context)) {
        if (rcp_mono_ms() >= end_ms)
            return false;
        uv_run(&loop->uv, UV_RUN_ONCE);
    }
    return true;
}

struct goal {
    const struct rcp_loop *loop;
    uint32_t count;
};

static bool is_reached(const void *context)
{
    const struct goal *goal = context;
    return goal->loop->count >= goal->count;
}

bool loop_double_turn(struct rcp_loop *loop, uint32_t count, uint32_t within_ms)
{
    const struct goal goal = {loop, count};
    return loop_double_until(loop, &goal, is_reached, within_ms);
}

static bool is_never(const void *context)
{
    (void)context;
    return false;
}

void loop_double_for(struct rcp_loop *loop, uint32_t ms)
{
    loop_double_until(loop, NULL, is_never, ms);
}

uint64_t loop_double_handle(struct rcp_loop *loop, const char *bytes)
{
    uint64_t handle = rcp_handles_put(loop->handles, bytes, (uint32_t)strlen(bytes));
    rcp_check(handle != 0, "test_handle_is_given");
    return handle;
}
