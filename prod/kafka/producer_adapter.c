/* One slot for each record on its way. A slot is told once, by the report of its delivery or by its deadline,
 * and is free again when the report has come: the library comes back to every record it has taken. */
#include "prod/kafka/producer_adapter.h"

#include "core/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEVER_MS      UINT64_MAX
#define BATCH         256u  /* events served before others have their turn */
#define BACK_SHARE    10u   /* the last tenth of a record's time: then it is taken back */
#define ANSWER_MS     50u   /* for the library to give a record back */
#define REOPEN_MS     1000u /* between tries to make a producer */
#define LEARN_MS      1000  /* for the first look at the topic, while nothing runs yet */
#define LAST_WORDS_MS 500u  /* for the reports of a producer that is given up */

struct slot {
    uint64_t op_id;
    uint64_t back_ms; /* from here on it is taken back, if that is still possible */
    uint64_t due_ms;
    bool used;
    bool back; /* it was asked back */
    bool told;
};

struct rcp_producer {
    struct rcp_loop *loop;
    const struct rcp_kafka_options *options;
    struct rcp_kafka_counts *counts;
    int wake_fd;
    rd_kafka_t *client; /* NULL: there is none for now */
    rd_kafka_topic_t *topic;
    rd_kafka_queue_t *queue;
    bool fatal;
    uint64_t reopen_ms;
    uint64_t soonest_ms; /* no slot wants anything before */
    uint32_t slot_count;
    uint32_t hint; /* where the last free slot was found */
    struct slot slots[];
};

/* A send that ends within its own step: told once that is over. */
struct early_end {
    struct rcp_letter letter;
    struct rcp_producer *producer;
    struct rcp_sent sent;
};

/* --- Ends --- */

static void end_send(struct rcp_producer *producer, struct rcp_sent sent)
{
    atomic_fetch_add_explicit(&producer->counts->ends[sent.outcome], 1, memory_order_relaxed);
    struct rcp_event event = {.kind = RCP_EVENT_SENT, .sent = sent};
    rcp_loop_step(producer->loop, &event);
}

static void open_early(struct rcp_letter *letter, struct rcp_loop *loop)
{
    (void)loop;
    struct early_end *early = (struct early_end *)letter;
    end_send(early->producer, early->sent);
    free(early);
}

static void end_early(struct rcp_producer *producer, uint64_t op_id, enum rcp_outcome outcome)
{
    struct early_end *early = malloc(sizeof *early);
    rcp_check(early != NULL, "kafka_has_memory");
    *early = (struct early_end){
        .letter.open = open_early, .producer = producer, .sent = {op_id, outcome}};
    rcp_loop_post(producer->loop, &early->letter);
}

/* --- Slots --- */

static struct slot *take_slot(struct rcp_producer *producer)
{
    for (uint32_t i = 0; i < producer->slot_count; i++) {
        uint32_t at = (producer->hint + i) % producer->slot_count;
        if (!producer->slots[at].used) {
            producer->hint = at + 1;
            atomic_fetch_add_explicit(&producer->counts->in_flight, 1, memory_order_relaxed);
            producer->slots[at] = (struct slot){.used = true};
            return &producer->slots[at];
        }
    }
    return NULL;
}

static void free_slot(struct rcp_producer *producer, struct slot *slot)
{
    atomic_fetch_sub_explicit(&producer->counts->in_flight, 1, memory_order_relaxed);
    slot->used = false;
}

static void tell(struct rcp_producer *producer, struct slot *slot, enum rcp_outcome outcome)
{
    if (slot->told)
        return;
    slot->told = true;
    atomic_store(&producer->counts->failed_ms, outcome == RCP_OUTCOME_DONE ? 0 : rcp_mono_ms());
    end_send(producer, (struct rcp_sent){slot->op_id, outcome});
}

/* --- Sending --- */

static bool produce(struct rcp_producer *producer,
                    const struct rcp_send_effect *send,
                    struct slot *slot)
{
    struct rcp_handles *handles = rcp_loop_handles(producer->loop);
    struct rcp_bytes token;
    struct rcp_bytes trace;
    rcp_handles_get(handles, send->record.token, &token);
    rcp_handles_get(handles, send->record.origin, &trace);
    struct rcp_record_out record;
    rcp_record_write(&send->record, &token, &trace, &producer->options->keys, &record);
    char key[17];
    snprintf(key, sizeof key, "%016" PRIx64, send->key_hash);
    rd_kafka_headers_t *headers = rcp_kafka_headers_make(&record);
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = producer->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {send->keyed ? key : NULL, send->keyed ? 16 : 0}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {record.value, record.value_size}},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = slot},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(producer->client, parts, sizeof parts / sizeof parts[0]);
    if (error == NULL)
        return true;
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return false;
}

void rcp_producer_send(struct rcp_producer *producer, const struct rcp_send_effect *send)
{
    struct slot *slot = producer->client == NULL ? NULL : take_slot(producer);
    if (slot == NULL) {
        end_early(producer, send->op_id, RCP_OUTCOME_REFUSED);
        return;
    }
    uint64_t now_ms = rcp_mono_ms();
    slot->op_id = send->op_id;
    slot->due_ms = now_ms + send->timeout_ms;
    slot->back_ms = slot->due_ms - send->timeout_ms / BACK_SHARE;
    if (!produce(producer, send, slot)) {
        free_slot(producer, slot);
        end_early(producer, send->op_id, RCP_OUTCOME_REFUSED);
        return;
    }
    if (send->acks == RCP_ACKS_HANDED) {
        slot->told = true;
        end_early(producer, send->op_id, RCP_OUTCOME_DONE);
        return;
    }
    if (slot->back_ms < producer->soonest_ms)
        producer->soonest_ms = slot->back_ms;
}

/* --- Reports --- */

static enum rcp_outcome outcome_of(const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return RCP_OUTCOME_DONE;
    switch (rd_kafka_message_status(message)) {
    case RD_KAFKA_MSG_STATUS_PERSISTED:
        return RCP_OUTCOME_DONE;
    case RD_KAFKA_MSG_STATUS_NOT_PERSISTED:
        return RCP_OUTCOME_REFUSED;
    case RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED:
        return RCP_OUTCOME_UNKNOWN;
    }
    return RCP_OUTCOME_UNKNOWN;
}

static void take_reports(struct rcp_producer *producer, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        struct slot *slot = message->_private;
        enum rcp_outcome outcome = outcome_of(message);
        if (message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
            message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
            atomic_store(&producer->counts->topic_missing, true);
        else if (outcome == RCP_OUTCOME_DONE)
            atomic_store(&producer->counts->topic_missing, false);
        tell(producer, slot, outcome);
        free_slot(producer, slot);
    }
}

static void take_error(struct rcp_producer *producer, rd_kafka_event_t *event)
{
    if (rd_kafka_event_error_is_fatal(event))
        producer->fatal = true;
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        atomic_store(&producer->counts->reached, false);
}

static void take_event(struct rcp_producer *producer, rd_kafka_event_t *event)
{
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
        take_reports(producer, event);
        break;
    case RD_KAFKA_EVENT_ERROR:
        take_error(producer, event);
        break;
    case RD_KAFKA_EVENT_LOG:
        rcp_kafka_tell_log(producer->options, event);
        break;
    default: /* a number of the library's: nothing else was asked for */
        break;
    }
    rd_kafka_event_destroy(event);
}

/* --- The library's producer --- */

static bool make_client(struct rcp_producer *producer, char wrong[RCP_KAFKA_WRONG_MAX])
{
    char timeout[12];
    snprintf(timeout, sizeof timeout, "%u", producer->options->timeout_ms);
    const struct rcp_kafka_setting settings[] = {
        {"enable.idempotence", "true"}, /* acks=all, and in order, with it */
        {"message.timeout.ms", timeout},
        {"linger.ms", "1"},
        {"partitioner", "murmur2_random"},               /* that of Java's clients */
        {"topic.metadata.refresh.interval.ms", "10000"}, /* a topic that comes later is found */
        {NULL, NULL},
    };
    producer->client = rcp_kafka_client(RD_KAFKA_PRODUCER,
                                        &producer->options->access,
                                        settings,
                                        RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR,
                                        wrong);
    if (producer->client == NULL)
        return false;
    producer->topic = rd_kafka_topic_new(producer->client, producer->options->topic, NULL);
    producer->queue = rd_kafka_queue_get_main(producer->client);
    rcp_kafka_wake(producer->queue, producer->wake_fd);
    atomic_fetch_add_explicit(&producer->counts->producers, 1, memory_order_relaxed);
    return true;
}

/* The library looks for a topic's partitions once a second, and until then nothing leaves: for the first records
 * that is most of their time. */
static void learn_partitions(struct rcp_producer *producer)
{
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(producer->client, 0, producer->topic, &metadata, LEARN_MS) ==
        RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_metadata_destroy(metadata);
}

static void destroy_client(struct rcp_producer *producer, rd_kafka_t *client)
{
    rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(producer->queue);
    rd_kafka_topic_destroy(producer->topic);
    rd_kafka_destroy(client);
}

/* Gives up a producer that can send no more. It reports on what it has taken; whatever it is silent about is
 * unknown. Meanwhile there is none, and sends are refused. */
static void give_up(struct rcp_producer *producer)
{
    rd_kafka_t *client = producer->client;
    producer->client = NULL;
    producer->fatal = false;
    rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    uint64_t end_ms = rcp_mono_ms() + LAST_WORDS_MS;
    while (rd_kafka_outq_len(client) > 0 && rcp_mono_ms() < end_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(producer->queue, 10);
        if (event != NULL)
            take_event(producer, event);
    }
    for (uint32_t i = 0; i < producer->slot_count; i++) {
        struct slot *slot = &producer->slots[i];
        if (!slot->used)
            continue;
        tell(producer, slot, RCP_OUTCOME_UNKNOWN);
        free_slot(producer, slot);
    }
    destroy_client(producer, client);
    producer->fatal = false;
    producer->reopen_ms = rcp_mono_ms();
}

static void reopen(struct rcp_producer *producer)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    producer->reopen_ms = make_client(producer, wrong) ? NEVER_MS : rcp_mono_ms() + REOPEN_MS;
}

bool rcp_producer_serve(struct rcp_producer *producer)
{
    for (uint32_t i = 0; producer->client != NULL && i < BATCH; i++) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(producer->queue, 0);
        if (event == NULL)
            return false;
        take_event(producer, event);
        if (producer->fatal)
            give_up(producer);
    }
    return producer->client != NULL;
}

/* --- Time --- */

uint64_t rcp_producer_due_ms(const struct rcp_producer *producer)
{
    return producer->soonest_ms < producer->reopen_ms ? producer->soonest_ms : producer->reopen_ms;
}

/* True where this slot is asked back now. Its deadline leaves time for the answer, even where this process has
 * slept through both. */
static bool ask_back(struct slot *slot, uint64_t now_ms)
{
    if (slot->back || slot->back_ms > now_ms)
        return false;
    slot->back = true;
    if (slot->due_ms < now_ms + ANSWER_MS)
        slot->due_ms = now_ms + ANSWER_MS;
    return true;
}

static void tick_slots(struct rcp_producer *producer, uint64_t now_ms)
{
    bool back = false;
    producer->soonest_ms = NEVER_MS;
    for (uint32_t i = 0; i < producer->slot_count; i++) {
        struct slot *slot = &producer->slots[i];
        if (!slot->used || slot->told)
            continue;
        back |= ask_back(slot, now_ms);
        uint64_t next_ms = slot->back ? slot->due_ms : slot->back_ms;
        if (next_ms <= now_ms)
            tell(producer, slot, RCP_OUTCOME_UNKNOWN);
        else if (next_ms < producer->soonest_ms)
            producer->soonest_ms = next_ms;
    }
    /* The younger ones go back, too: the brokers have taken nothing for as long as the oldest waits. */
    if (back && producer->client != NULL)
        rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void rcp_producer_tick(struct rcp_producer *producer)
{
    uint64_t now_ms = rcp_mono_ms();
    if (producer->soonest_ms <= now_ms)
        tick_slots(producer, now_ms);
    if (producer->reopen_ms <= now_ms)
        reopen(producer);
}

/* --- Its life --- */

struct rcp_producer *rcp_producer_open(struct rcp_loop *loop,
                                       const struct rcp_kafka_options *options,
                                       struct rcp_kafka_counts *counts,
                                       int wake_fd,
                                       char wrong[RCP_KAFKA_WRONG_MAX])
{
    struct rcp_producer *producer =
        calloc(1, sizeof *producer + options->sends_max * sizeof producer->slots[0]);
    if (producer == NULL)
        return NULL;
    producer->loop = loop;
    producer->options = options;
    producer->counts = counts;
    producer->wake_fd = wake_fd;
    producer->slot_count = options->sends_max;
    producer->soonest_ms = NEVER_MS;
    producer->reopen_ms = NEVER_MS;
    if (!make_client(producer, wrong)) {
        free(producer);
        return NULL;
    }
    learn_partitions(producer);
    return producer;
}

void rcp_producer_close(struct rcp_producer *producer)
{
    if (producer->client == NULL)
        return;
    rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    destroy_client(producer, producer->client);
    producer->client = NULL;
}

void rcp_producer_free(struct rcp_producer *producer)
{
    free(producer);
}

rd_kafka_t *rcp_producer_client(struct rcp_producer *producer)
{
    return producer->client;
}
