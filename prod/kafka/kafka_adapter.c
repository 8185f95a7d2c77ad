/* A pipe that the library writes to wakes the loop; then producer and consumer take what has come. One timer
 * for what no event brings: a send's deadline, and a client that is to be made anew. */
#include "prod/kafka/kafka_adapter.h"

#include "core/check.h"
#include "prod/kafka/consumer_adapter.h"
#include "prod/kafka/producer_adapter.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILURE_FADES_MS 10000u /* after that a failed send says nothing about now */

struct rcp_kafka {
    struct rcp_letter letter; /* to itself: there is more to take */
    bool letter_out;
    bool closed;
    struct rcp_loop *loop;
    struct rcp_kafka_options options;
    char *texts[9]; /* what the options point to */
    size_t text_count;
    struct rcp_kafka_counts counts;
    struct rcp_producer *producer;
    struct rcp_consumer *consumer;
    int pipe[2]; /* read, write */
    uv_poll_t woken;
    uv_timer_t timer;
    unsigned holds; /* of the event loop on this memory */
};

/* --- Taking what has come --- */

static void serve(struct rcp_kafka *kafka);

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    (void)loop;
    struct rcp_kafka *kafka = (struct rcp_kafka *)letter;
    kafka->letter_out = false;
    serve(kafka);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct rcp_kafka *kafka)
{
    uint64_t due_ms = rcp_producer_due_ms(kafka->producer);
    if (rcp_consumer_due_ms(kafka->consumer) < due_ms)
        due_ms = rcp_consumer_due_ms(kafka->consumer);
    if (kafka->closed || due_ms == UINT64_MAX) {
        uv_timer_stop(&kafka->timer);
        return;
    }
    uint64_t now_ms = rcp_mono_ms();
    uv_timer_start(&kafka->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct rcp_kafka *kafka = timer->data;
    rcp_producer_tick(kafka->producer);
    rcp_consumer_tick(kafka->consumer);
    set_timer(kafka);
}

/* The library writes to the pipe when an empty queue gets its first event, so queues are emptied: where that
 * takes long, others on the loop have their turn in between. */
static void serve(struct rcp_kafka *kafka)
{
    if (kafka->closed)
        return;
    bool more = rcp_producer_serve(kafka->producer);
    more |= rcp_consumer_serve(kafka->consumer);
    set_timer(kafka);
    if (!more || kafka->letter_out)
        return;
    kafka->letter_out = true;
    kafka->letter.open = open_letter;
    rcp_loop_post(kafka->loop, &kafka->letter);
}

static void on_woken(uv_poll_t *woken, int status, int events)
{
    (void)status;
    (void)events;
    struct rcp_kafka *kafka = woken->data;
    char bytes[64];
    while (read(kafka->pipe[0], bytes, sizeof bytes) > 0)
        continue;
    serve(kafka);
}

/* --- Ports --- */

static void send_record(void *adapter,
                        const struct rcp_effects *effects,
                        const struct rcp_effect *effect)
{
    (void)effects;
    struct rcp_kafka *kafka = adapter;
    uint64_t due_ms = rcp_producer_due_ms(kafka->producer);
    rcp_producer_send(kafka->producer, &effect->send);
    if (rcp_producer_due_ms(kafka->producer) < due_ms)
        set_timer(kafka);
}

static void fetch(void *adapter, const struct rcp_effects *effects, const struct rcp_effect *effect)
{
    (void)effects;
    struct rcp_kafka *kafka = adapter;
    rcp_consumer_fetch(kafka->consumer, &effect->fetch);
}

static void commit_offset(void *adapter,
                          const struct rcp_effects *effects,
                          const struct rcp_effect *effect)
{
    (void)effects;
    struct rcp_kafka *kafka = adapter;
    rcp_consumer_commit(kafka->consumer, &effect->commit_offset);
}

struct rcp_port rcp_kafka_send_port(struct rcp_kafka *kafka)
{
    return (struct rcp_port){.adapter = kafka, .issue = send_record};
}

struct rcp_port rcp_kafka_fetch_port(struct rcp_kafka *kafka)
{
    return (struct rcp_port){.adapter = kafka, .issue = fetch};
}

struct rcp_port rcp_kafka_commit_port(struct rcp_kafka *kafka)
{
    return (struct rcp_port){.adapter = kafka, .issue = commit_offset};
}

bool rcp_kafka_value(const struct rcp_kafka *kafka,
                     uint32_t partition,
                     uint64_t offset,
                     const char **value,
                     size_t *size)
{
    return rcp_consumer_value(kafka->consumer, partition, offset, value, size);
}

/* --- Its life --- */

/* Makes a text of the options our own. */
static void keep(struct rcp_kafka *kafka, const char **text)
{
    if (*text == NULL)
        return;
    char *kept = strdup(*text);
    rcp_check(kept != NULL, "kafka_has_memory");
    kafka->texts[kafka->text_count++] = kept;
    *text = kept;
}

static void keep_options(struct rcp_kafka *kafka, const struct rcp_kafka_options *options)
{
    struct rcp_kafka_access *access = &kafka->options.access;
    kafka->options = *options;
    keep(kafka, &access->brokers);
    keep(kafka, &access->client);
    keep(kafka, &access->user);
    keep(kafka, &access->password);
    keep(kafka, &access->ca);
    keep(kafka, &access->certificate);
    keep(kafka, &access->key);
    keep(kafka, &kafka->options.topic);
    keep(kafka, &kafka->options.group);
}

/* Secrets do not stay in freed memory. */
static void free_kafka(struct rcp_kafka *kafka)
{
    if (kafka->producer != NULL)
        rcp_producer_free(kafka->producer);
    if (kafka->consumer != NULL)
        rcp_consumer_free(kafka->consumer);
    for (size_t i = 0; i < kafka->text_count; i++) {
        explicit_bzero(kafka->texts[i], strlen(kafka->texts[i]));
        free(kafka->texts[i]);
    }
    close(kafka->pipe[0]);
    close(kafka->pipe[1]);
    explicit_bzero(&kafka->options, sizeof kafka->options);
    free(kafka);
}

static bool open_clients(struct rcp_kafka *kafka, char wrong[RCP_KAFKA_WRONG_MAX])
{
    kafka->producer =
        rcp_producer_open(kafka->loop, &kafka->options, &kafka->counts, kafka->pipe[1], wrong);
    if (kafka->producer == NULL)
        return false;
    kafka->consumer =
        rcp_consumer_open(kafka->loop, &kafka->options, &kafka->counts, kafka->pipe[1], wrong);
    if (kafka->consumer == NULL)
        rcp_producer_close(kafka->producer);
    return kafka->consumer != NULL;
}

struct rcp_kafka *rcp_kafka_open(struct rcp_loop *loop,
                                 const struct rcp_kafka_options *options,
                                 char wrong[RCP_KAFKA_WRONG_MAX])
{
    rcp_check(options->sends_max > 0, "kafka_has_room");
    rcp_check(options->partitions > 0 && options->partitions <= RCP_PARTITIONS_MAX,
              "kafka_has_partitions");
    snprintf(wrong, RCP_KAFKA_WRONG_MAX, "no memory or descriptors");
    struct rcp_kafka *kafka = calloc(1, sizeof *kafka);
    if (kafka == NULL)
        return NULL;
    if (pipe2(kafka->pipe, O_NONBLOCK | O_CLOEXEC) != 0) {
        free(kafka);
        return NULL;
    }
    kafka->loop = loop;
    keep_options(kafka, options);
    if (!open_clients(kafka, wrong)) {
        free_kafka(kafka);
        return NULL;
    }
    uv_timer_init(rcp_loop_uv(loop), &kafka->timer);
    uv_poll_init(rcp_loop_uv(loop), &kafka->woken, kafka->pipe[0]);
    kafka->timer.data = kafka;
    kafka->woken.data = kafka;
    kafka->holds = 2;
    uv_poll_start(&kafka->woken, UV_READABLE, on_woken);
    return kafka;
}

static void on_closed(uv_handle_t *handle)
{
    struct rcp_kafka *kafka = handle->data;
    if (--kafka->holds == 0)
        free_kafka(kafka);
}

void rcp_kafka_close(struct rcp_kafka *kafka, uint32_t wait_ms)
{
    if (kafka == NULL)
        return;
    kafka->closed = true;
    rcp_consumer_close(kafka->consumer, wait_ms);
    rcp_producer_close(kafka->producer);
    uv_close((uv_handle_t *)&kafka->timer, on_closed);
    uv_close((uv_handle_t *)&kafka->woken, on_closed);
}

/* --- Health --- */

static const char *trouble_of(const struct rcp_kafka_counts *counts)
{
    uint64_t failed_ms = atomic_load(&counts->failed_ms);
    if (atomic_load(&counts->too_many))
        return "the topic has more partitions than limits.partitions";
    if (!atomic_load(&counts->reached))
        return "no broker is connected";
    if (atomic_load(&counts->topic_missing))
        return "the brokers do not know the topic";
    if (atomic_load(&counts->not_taken))
        return "the brokers do not let it into the consumer group";
    if (failed_ms != 0 && rcp_mono_ms() - failed_ms < FAILURE_FADES_MS)
        return "no broker takes records";
    return "";
}

static uint64_t count(const atomic_uint_fast64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

struct rcp_kafka_health rcp_kafka_health(const struct rcp_kafka *kafka)
{
    const struct rcp_kafka_counts *counts = &kafka->counts;
    const char *trouble = trouble_of(counts);
    return (struct rcp_kafka_health){
        .ready = trouble[0] == '\0',
        .trouble = trouble,
        .assigned = atomic_load(&counts->assigned),
        .lag = count(&counts->lag),
        .done = count(&counts->ends[RCP_OUTCOME_DONE]),
        .refused = count(&counts->ends[RCP_OUTCOME_REFUSED]),
        .unknown = count(&counts->ends[RCP_OUTCOME_UNKNOWN]),
        .records = count(&counts->records),
        .producers = count(&counts->producers),
        .in_flight = atomic_load(&counts->in_flight),
        .waiting = atomic_load(&counts->waiting),
    };
}
