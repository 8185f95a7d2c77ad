/* A partition has a queue of records that the core has not fetched yet, and keeps those that it has handed out
 * unusable or unsigned. Both are the library's events; what is freed is freed there.
 *
 * When a partition is paused the library drops what it has fetched beyond our queue, so no queue grows past
 * PAUSE_AT. When it is resumed the library takes up to a second to fetch again, so it is resumed while there is
 * still enough to hand out meanwhile. */
#include "prod/kafka/consumer_adapter.h"

#include "core/check.h"
#include "prod/kafka/statistics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH         256u  /* events served before others have their turn */
#define PAUSE_AT      2048u /* records in a partition's queue; each takes about a kilobyte */
#define RESUME_AT     1024u
#define STATISTICS_MS "1000"

#define FAREWELL_MS 500u  /* for one that cannot go on to leave the group */
#define REOPEN_MS   1000u /* between two tries to make a client */
#define NEVER_MS    UINT64_MAX

/* A record that has come. */
struct taken {
    struct taken *next;
    rd_kafka_event_t *event;
    const rd_kafka_message_t *message; /* the event's */
};

struct list {
    struct taken *first;
    struct taken *last;
    uint32_t count;
};

struct partition {
    uint32_t assignment; /* 0: not ours */
    bool fetching;
    bool paused;
    struct list waiting; /* for a fetch */
    struct list kept;    /* handed out, unusable or unsigned, not committed yet */
};

struct rcp_consumer {
    struct rcp_letter letter; /* to itself: records wait for fetches */
    bool letter_out;
    struct rcp_loop *loop;
    const struct rcp_kafka_options *options;
    struct rcp_kafka_counts *counts;
    int wake_fd;
    rd_kafka_t *client; /* NULL: there is none for now, or none any more */
    rd_kafka_queue_t *queue;
    bool fatal;
    bool told; /* the group has told this client what is its own, be it nothing */
    uint64_t reopen_ms;
    uint32_t assignments; /* given out so far */
    struct partition partitions[RCP_PARTITIONS_MAX];
};

/* --- Lists --- */

static void push(struct list *list, struct taken *taken)
{
    taken->next = NULL;
    if (list->count == 0)
        list->first = taken;
    else
        list->last->next = taken;
    list->last = taken;
    list->count++;
}

static struct taken *pop(struct list *list)
{
    struct taken *taken = list->first;
    list->first = taken->next;
    list->count--;
    return taken;
}

static void drop(struct taken *taken)
{
    rd_kafka_event_destroy(taken->event);
    free(taken);
}

static void drop_all(struct list *list)
{
    while (list->count > 0)
        drop(pop(list));
}

/* --- Partitions --- */

/* The partition, where this is its assignment; else it was revoked meanwhile. */
static struct partition *ours(struct rcp_consumer *consumer,
                              uint32_t partition,
                              uint32_t assignment)
{
    if (consumer->client == NULL || partition >= consumer->options->partitions || assignment == 0)
        return NULL;
    struct partition *found = &consumer->partitions[partition];
    return found->assignment == assignment ? found : NULL;
}

static rd_kafka_topic_partition_list_t *list_one(const struct rcp_consumer *consumer,
                                                 uint32_t partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, consumer->options->topic, (int32_t)partition);
    return list;
}

static void set_paused(struct rcp_consumer *consumer, uint32_t index, bool paused)
{
    struct partition *partition = &consumer->partitions[index];
    if (partition->paused == paused)
        return;
    partition->paused = paused;
    rd_kafka_topic_partition_list_t *list = list_one(consumer, index);
    if (paused)
        rd_kafka_pause_partitions(consumer->client, list);
    else
        rd_kafka_resume_partitions(consumer->client, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- Handing out --- */

static struct rcp_retry_record read_record(struct rcp_consumer *consumer,
                                           const rd_kafka_message_t *message)
{
    struct rcp_record_header headers[RCP_MESSAGE_HEADERS_MAX];
    size_t count;
    struct rcp_record_in in;
    rcp_kafka_headers_read(message, headers, &count);
    rcp_record_read(message->payload, message->len, headers, count, &consumer->options->keys, &in);
    struct rcp_handles *handles = rcp_loop_handles(consumer->loop);
    in.record.token = rcp_handles_put(handles, in.token.at, in.token.size);
    in.record.origin = rcp_handles_put(handles, in.trace.at, in.trace.size);
    return in.record;
}

static void hand_out(struct rcp_consumer *consumer, uint32_t index)
{
    struct partition *partition = &consumer->partitions[index];
    struct taken *taken = pop(&partition->waiting);
    atomic_fetch_sub_explicit(&consumer->counts->waiting, 1, memory_order_relaxed);
    struct rcp_event event = {.kind = RCP_EVENT_RECORD};
    event.record = (struct rcp_record_event){
        .offset = (uint64_t)taken->message->offset,
        .record = read_record(consumer, taken->message),
        .partition = index,
        .assignment = partition->assignment,
    };
    partition->fetching = false;
    if (event.record.record.usable && event.record.record.mac)
        drop(taken);
    else
        push(&partition->kept, taken);
    if (partition->waiting.count <= RESUME_AT)
        set_paused(consumer, index, false);
    atomic_fetch_add_explicit(&consumer->counts->records, 1, memory_order_relaxed);
    rcp_loop_step(consumer->loop, &event);
}

/* Hands out what was fetched while it waited already. Each record's step may fetch the next. */
static void hand_out_all(struct rcp_consumer *consumer)
{
    for (uint32_t i = 0; i < consumer->options->partitions; i++) {
        const struct partition *partition = &consumer->partitions[i];
        while (partition->fetching && partition->waiting.count > 0)
            hand_out(consumer, i);
    }
}

static void open_letter(struct rcp_letter *letter, struct rcp_loop *loop)
{
    (void)loop;
    struct rcp_consumer *consumer = (struct rcp_consumer *)letter;
    consumer->letter_out = false;
    hand_out_all(consumer);
}

void rcp_consumer_fetch(struct rcp_consumer *consumer, const struct rcp_fetch_effect *fetch)
{
    struct partition *partition = ours(consumer, fetch->partition, fetch->assignment);
    if (partition == NULL)
        return; /* its REVOKED was the answer */
    partition->fetching = true;
    if (partition->waiting.count == 0 || consumer->letter_out)
        return;
    consumer->letter_out = true;
    consumer->letter.open = open_letter;
    rcp_loop_post(consumer->loop, &consumer->letter);
}

/* --- Offsets --- */

/* A commit that ends within its own step: told once that is over. */
struct early_end {
    struct rcp_letter letter;
    struct rcp_offset_done done;
};

static void open_early(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct early_end *early = (struct early_end *)letter;
    struct rcp_event event = {.kind = RCP_EVENT_OFFSET_DONE, .offset_done = early->done};
    rcp_loop_step(loop, &event);
    free(early);
}

static void forget_kept(struct partition *partition, uint64_t next_offset)
{
    while (partition->kept.count > 0 &&
           (uint64_t)partition->kept.first->message->offset < next_offset)
        drop(pop(&partition->kept));
}

void rcp_consumer_commit(struct rcp_consumer *consumer,
                         const struct rcp_commit_offset_effect *commit)
{
    struct partition *partition = ours(consumer, commit->partition, commit->assignment);
    if (partition == NULL)
        return; /* its REVOKED was the answer */
    forget_kept(partition, commit->next_offset);
    rd_kafka_topic_partition_list_t *list = list_one(consumer, commit->partition);
    list->elems[0].offset = (int64_t)commit->next_offset;
    /* Its answer says which partition, but not which ownership of it. */
    void *assignment = (void *)(uintptr_t)commit->assignment;
    rd_kafka_resp_err_t error =
        rd_kafka_commit_queue(consumer->client, list, consumer->queue, NULL, assignment);
    rd_kafka_topic_partition_list_destroy(list);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    struct early_end *early = malloc(sizeof *early);
    rcp_check(early != NULL, "kafka_has_memory");
    *early = (struct early_end){
        .letter.open = open_early,
        .done = {commit->partition, commit->assignment, RCP_OUTCOME_REFUSED},
    };
    rcp_loop_post(consumer->loop, &early->letter);
}

/* Committing again is harmless, so whatever is not surely done is unknown. */
static void take_committed(struct rcp_consumer *consumer, rd_kafka_event_t *taken)
{
    const rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(taken);
    if (list == NULL || list->cnt != 1)
        return;
    bool done = rd_kafka_event_error(taken) == RD_KAFKA_RESP_ERR_NO_ERROR &&
                list->elems[0].err == RD_KAFKA_RESP_ERR_NO_ERROR;
    struct rcp_event event = {.kind = RCP_EVENT_OFFSET_DONE};
    event.offset_done = (struct rcp_offset_done){
        .partition = (uint32_t)list->elems[0].partition,
        .assignment = (uint32_t)(uintptr_t)rd_kafka_event_opaque(taken),
        .outcome = done ? RCP_OUTCOME_DONE : RCP_OUTCOME_UNKNOWN,
    };
    rcp_loop_step(consumer->loop, &event);
}

/* --- Rebalances --- */

static bool is_cooperative(const struct rcp_consumer *consumer)
{
    return strcmp(rd_kafka_rebalance_protocol(consumer->client), "COOPERATIVE") == 0;
}

static void step_partition(struct rcp_consumer *consumer,
                           enum rcp_event_kind kind,
                           uint32_t index,
                           uint32_t assignment)
{
    struct rcp_event event = {.kind = kind, .partition = {index, assignment}};
    rcp_loop_step(consumer->loop, &event);
}

static void assign(struct rcp_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    uint32_t assignment = ++consumer->assignments;
    for (int i = 0; i < list->cnt; i++) {
        uint32_t index = (uint32_t)list->elems[i].partition;
        if (index >= consumer->options->partitions) {
            atomic_store(&consumer->counts->too_many, true);
            continue;
        }
        consumer->partitions[index].assignment = assignment;
        atomic_fetch_add_explicit(&consumer->counts->assigned, 1, memory_order_relaxed);
    }
    if (is_cooperative(consumer))
        rd_kafka_error_destroy(rd_kafka_incremental_assign(consumer->client, list));
    else
        rd_kafka_assign(consumer->client, list);
    for (int i = 0; i < list->cnt; i++) {
        uint32_t index = (uint32_t)list->elems[i].partition;
        if (index < consumer->options->partitions)
            step_partition(consumer, RCP_EVENT_ASSIGNED, index, assignment);
    }
}

static void give_back(struct rcp_consumer *consumer, uint32_t index)
{
    struct partition *partition = &consumer->partitions[index];
    uint32_t assignment = partition->assignment;
    if (assignment == 0)
        return;
    atomic_fetch_sub(&consumer->counts->waiting, partition->waiting.count);
    drop_all(&partition->waiting);
    drop_all(&partition->kept);
    set_paused(consumer, index, false); /* else it would come back paused */
    *partition = (struct partition){0};
    atomic_fetch_sub_explicit(&consumer->counts->assigned, 1, memory_order_relaxed);
    step_partition(consumer, RCP_EVENT_REVOKED, index, assignment);
}

static void take_away(struct rcp_consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
    for (int i = 0; i < list->cnt; i++) {
        if ((uint32_t)list->elems[i].partition < consumer->options->partitions)
            give_back(consumer, (uint32_t)list->elems[i].partition);
    }
    if (is_cooperative(consumer))
        rd_kafka_error_destroy(rd_kafka_incremental_unassign(consumer->client, list));
    else
        rd_kafka_assign(consumer->client, NULL);
}

static void take_rebalance(struct rcp_consumer *consumer, rd_kafka_event_t *event)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(event);
    if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        consumer->told = true;
        assign(consumer, list);
    } else {
        take_away(consumer, list);
    }
}

/* --- What comes --- */

/* Takes the event with it where the record is to wait. */
static bool take_record(struct rcp_consumer *consumer, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message = rd_kafka_event_message_next(event);
    if (message == NULL || message->err != RD_KAFKA_RESP_ERR_NO_ERROR ||
        (uint32_t)message->partition >= consumer->options->partitions)
        return false;
    uint32_t index = (uint32_t)message->partition;
    struct partition *partition = &consumer->partitions[index];
    if (partition->assignment == 0)
        return false;
    struct taken *taken = malloc(sizeof *taken);
    rcp_check(taken != NULL, "kafka_has_memory");
    *taken = (struct taken){.event = event, .message = message};
    push(&partition->waiting, taken);
    atomic_fetch_add_explicit(&consumer->counts->waiting, 1, memory_order_relaxed);
    if (partition->fetching)
        hand_out(consumer, index);
    else if (partition->waiting.count >= PAUSE_AT)
        set_paused(consumer, index, true);
    return true;
}

/* The library's consumer cannot go on. */
static bool is_fatal(rd_kafka_event_t *event)
{
    return rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__FATAL ||
           rd_kafka_event_error_is_fatal(event) != 0;
}

/* Errors that stay until a person changes something, though the library tries again and again. */
static bool keeps_us_out(rd_kafka_event_t *event)
{
    static const rd_kafka_resp_err_t errors[] = {
        RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL, /* members with another kind of rebalance */
        RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT,
        RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (rd_kafka_event_error(event) == errors[i])
            return true;
    }
    return false;
}

static void take_error(struct rcp_consumer *consumer, rd_kafka_event_t *event)
{
    rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    if (is_fatal(event))
        consumer->fatal = true;
    if (keeps_us_out(event))
        atomic_store(&consumer->counts->not_taken, true);
    if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
        atomic_store(&consumer->counts->reached, false);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        atomic_store(&consumer->counts->topic_missing, true);
}

static void take_statistics(struct rcp_consumer *consumer, rd_kafka_event_t *event)
{
    const char *json = rd_kafka_event_stats(event);
    struct rcp_kafka_statistics statistics;
    if (!rcp_kafka_statistics_read(json, strlen(json), consumer->options->topic, &statistics))
        return;
    uint64_t lag = 0;
    for (uint32_t i = 0; i < consumer->options->partitions; i++)
        lag += consumer->partitions[i].assignment != 0 ? statistics.lag[i] : 0;
    atomic_store(&consumer->counts->reached, statistics.reached);
    atomic_store(&consumer->counts->lag, lag);
}

static void take_event(struct rcp_consumer *consumer, rd_kafka_event_t *event)
{
    bool kept = false;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_FETCH:
        kept = take_record(consumer, event);
        break;
    case RD_KAFKA_EVENT_REBALANCE:
        atomic_store(&consumer->counts->topic_missing, false);
        atomic_store(&consumer->counts->not_taken, false);
        take_rebalance(consumer, event);
        break;
    case RD_KAFKA_EVENT_OFFSET_COMMIT:
        take_committed(consumer, event);
        break;
    case RD_KAFKA_EVENT_ERROR:
        take_error(consumer, event);
        break;
    case RD_KAFKA_EVENT_STATS:
        take_statistics(consumer, event);
        break;
    case RD_KAFKA_EVENT_LOG:
        rcp_kafka_tell_log(consumer->options, event);
        break;
    default: /* a number of the library's: nothing else was asked for */
        break;
    }
    if (!kept)
        rd_kafka_event_destroy(event);
}

bool rcp_consumer_value(const struct rcp_consumer *consumer,
                        uint32_t partition,
                        uint64_t offset,
                        const char **value,
                        size_t *size)
{
    if (partition >= consumer->options->partitions)
        return false;
    const struct list *kept = &consumer->partitions[partition].kept;
    const struct taken *taken = kept->first;
    for (uint32_t i = 0; i < kept->count; i++, taken = taken->next) {
        if ((uint64_t)taken->message->offset != offset)
            continue;
        *value = taken->message->payload;
        *size = taken->message->len;
        return true;
    }
    return false;
}

/* --- Its life --- */

static bool make_client(struct rcp_consumer *consumer, char wrong[RCP_KAFKA_WRONG_MAX])
{
    char session[12];
    snprintf(session, sizeof session, "%u", consumer->options->session_timeout_ms);
    char heartbeat[12];
    snprintf(heartbeat, sizeof heartbeat, "%u", consumer->options->session_timeout_ms / 5);
    const struct rcp_kafka_setting settings[] = {
        {"group.id", consumer->options->group},
        {"session.timeout.ms", session},
        {"heartbeat.interval.ms", heartbeat},
        {"partition.assignment.strategy", "cooperative-sticky"},
        {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        /* When its own queue has so many, the library waits a second before it fetches again: a partition
         * gives no more than that in a second. */
        {"queued.min.messages", "8000"},
        {"queued.max.messages.kbytes", "4096"},
        {"statistics.interval.ms", STATISTICS_MS},
        {NULL, NULL},
    };
    consumer->client =
        rcp_kafka_client(RD_KAFKA_CONSUMER,
                         &consumer->options->access,
                         settings,
                         RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_OFFSET_COMMIT |
                             RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_STATS,
                         wrong);
    consumer->told = false;
    return consumer->client != NULL;
}

static bool join(struct rcp_consumer *consumer)
{
    rd_kafka_poll_set_consumer(consumer->client);
    consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
    rcp_kafka_wake(consumer->queue, consumer->wake_fd);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, consumer->options->topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer->client, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* The library wants its rebalance events answered while it leaves. */
static bool leave(struct rcp_consumer *consumer, uint32_t wait_ms)
{
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(consumer->client, consumer->queue);
    uint64_t end_ms = rcp_mono_ms() + wait_ms;
    if (error != NULL) {
        rd_kafka_error_destroy(error);
        return false;
    }
    while (!rd_kafka_consumer_closed(consumer->client)) {
        if (rcp_mono_ms() >= end_ms)
            return false;
        rd_kafka_event_t *event = rd_kafka_queue_poll(consumer->queue, 10);
        if (event != NULL)
            take_event(consumer, event);
    }
    return true;
}

static bool is_member(const struct rcp_consumer *consumer)
{
    char *member = rd_kafka_memberid(consumer->client);
    bool joined = member != NULL && member[0] != '\0';
    rd_kafka_mem_free(NULL, member);
    return joined;
}

/* Before 2.3.0 the library aborts the process where a member is destroyed that was never told what is its own (its
 * issue 4312). Such a client leaves the group and is then left alone: it costs some memory and threads, once. */
static void drop_client(struct rcp_consumer *consumer, uint32_t wait_ms)
{
    bool joined = is_member(consumer);
    for (uint32_t i = 0; i < consumer->options->partitions; i++)
        give_back(consumer, i);
    rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
    bool left = leave(consumer, wait_ms);
    rd_kafka_queue_destroy(consumer->queue);
    if (!joined || consumer->told)
        rd_kafka_destroy_flags(consumer->client, left ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    consumer->client = NULL;
}

static bool open_client(struct rcp_consumer *consumer, char wrong[RCP_KAFKA_WRONG_MAX])
{
    if (!make_client(consumer, wrong))
        return false;
    if (join(consumer))
        return true;
    snprintf(wrong, RCP_KAFKA_WRONG_MAX, "cannot subscribe to \"%s\"", consumer->options->topic);
    drop_client(consumer, 0);
    return false;
}

struct rcp_consumer *rcp_consumer_open(struct rcp_loop *loop,
                                       const struct rcp_kafka_options *options,
                                       struct rcp_kafka_counts *counts,
                                       int wake_fd,
                                       char wrong[RCP_KAFKA_WRONG_MAX])
{
    struct rcp_consumer *consumer = calloc(1, sizeof *consumer);
    if (consumer == NULL)
        return NULL;
    consumer->loop = loop;
    consumer->options = options;
    consumer->counts = counts;
    consumer->wake_fd = wake_fd;
    consumer->reopen_ms = NEVER_MS;
    if (open_client(consumer, wrong))
        return consumer;
    rcp_consumer_free(consumer);
    return NULL;
}

void rcp_consumer_close(struct rcp_consumer *consumer, uint32_t wait_ms)
{
    consumer->reopen_ms = NEVER_MS;
    if (consumer->client != NULL)
        drop_client(consumer, wait_ms);
}

void rcp_consumer_free(struct rcp_consumer *consumer)
{
    free(consumer);
}

/* --- A fatal error --- */

/* Its partitions are given back, whatever the group thinks: the core hears of them again with the next client's, and
 * of the records that nothing was committed behind. */
static void give_up(struct rcp_consumer *consumer)
{
    drop_client(consumer, FAREWELL_MS);
    consumer->fatal = false;
    consumer->reopen_ms = rcp_mono_ms();
}

bool rcp_consumer_serve(struct rcp_consumer *consumer)
{
    uint32_t served = 0;
    for (; consumer->client != NULL && served < BATCH; served++) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(consumer->queue, 0);
        if (event == NULL)
            break;
        take_event(consumer, event);
        if (consumer->fatal)
            give_up(consumer);
    }
    hand_out_all(consumer);
    return served == BATCH;
}

uint64_t rcp_consumer_due_ms(const struct rcp_consumer *consumer)
{
    return consumer->reopen_ms;
}

void rcp_consumer_tick(struct rcp_consumer *consumer)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    uint64_t now_ms = rcp_mono_ms();
    if (now_ms < consumer->reopen_ms)
        return;
    consumer->reopen_ms = open_client(consumer, wrong) ? NEVER_MS : now_ms + REOPEN_MS;
}

rd_kafka_t *rcp_consumer_client(struct rcp_consumer *consumer)
{
    return consumer->client;
}
