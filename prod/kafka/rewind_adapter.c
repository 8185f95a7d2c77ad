/* Partition by partition: where it begins, each record from there to where it ended, and at last the group's
 * offsets. */
#include "prod/kafka/rewind_adapter.h"

#include "prod/kafka/client_adapter.h"
#include "prod/kafka/topic_adapter.h"
#include "prod/loop/clock.h"

#include <limits.h>
#include <stdio.h>

#define POLL_MS 50

struct rewinder {
    const struct rcp_rewind_options *options;
    struct rcp_rewind_report *report;
    char *wrong; /* RCP_KAFKA_WRONG_MAX bytes */
    int timeout_ms;
    rd_kafka_t *reader; /* of the group, but no member */
    rd_kafka_queue_t *records;
    rd_kafka_t *sender;
    rd_kafka_queue_t *reports;
    uint64_t on_their_way; /* copies without a delivery report */
    bool lost;             /* a copy did not arrive */
    rd_kafka_topic_partition_list_t *ends;
};

/* Offsets of one partition: what is read, and what is committed behind it. */
struct span {
    int64_t from;
    int64_t end; /* one past the last */
};

static bool refuse(const struct rewinder *r, const char *what, const char *why)
{
    snprintf(r->wrong, RCP_KAFKA_WRONG_MAX, "%s: %s", what, why);
    return false;
}

static bool went_well(const struct rewinder *r, const char *what, rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR_NO_ERROR || refuse(r, what, rd_kafka_err2str(error));
}

/* --- Clients --- */

static bool open_reader(struct rewinder *r)
{
    const struct rcp_kafka_setting settings[] = {
        {"group.id", r->options->group},
        {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {NULL, NULL},
    };
    r->reader = rcp_kafka_client(RD_KAFKA_CONSUMER,
                                 &r->options->access,
                                 settings,
                                 RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_ERROR,
                                 r->wrong);
    if (r->reader == NULL)
        return false;
    rd_kafka_poll_set_consumer(r->reader);
    r->records = rd_kafka_queue_get_consumer(r->reader);
    return true;
}

static bool open_sender(struct rewinder *r)
{
    char timeout[12];
    snprintf(timeout, sizeof timeout, "%d", r->timeout_ms);
    const struct rcp_kafka_setting settings[] = {
        {"enable.idempotence", "true"}, /* acks=all, and in order, with it */
        {"message.timeout.ms", timeout},
        {NULL, NULL},
    };
    r->sender = rcp_kafka_client(
        RD_KAFKA_PRODUCER, &r->options->access, settings, RD_KAFKA_EVENT_DR, r->wrong);
    if (r->sender == NULL)
        return false;
    r->reports = rd_kafka_queue_get_main(r->sender);
    return true;
}

static void close_clients(struct rewinder *r)
{
    if (r->records != NULL)
        rd_kafka_queue_destroy(r->records);
    if (r->reader != NULL)
        rd_kafka_destroy_flags(r->reader, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (r->reports != NULL)
        rd_kafka_queue_destroy(r->reports);
    if (r->sender != NULL)
        rd_kafka_destroy(r->sender);
}

/* --- The group --- */

static bool group_is_empty(const struct rewinder *r)
{
    const struct rd_kafka_group_list *list = NULL;
    rd_kafka_resp_err_t error =
        rd_kafka_list_groups(r->reader, r->options->group, &list, r->timeout_ms);
    if (!went_well(r, "the group's members", error))
        return false;
    int members = 0;
    for (int i = 0; i < list->group_cnt; i++)
        members += list->groups[i].member_cnt;
    rd_kafka_group_list_destroy(list);
    return members == 0 || refuse(r,
                                  r->options->group,
                                  "the group has members: stop every recoupd first, and give one "
                                  "that was killed ten seconds");
}

static rd_kafka_topic_partition_list_t *list_one(const struct rewinder *r,
                                                 int32_t partition,
                                                 int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, r->options->topic, partition)->offset = offset;
    return list;
}

/* Commits the ends of all partitions. The brokers refuse where somebody has joined the group meanwhile. */
static bool move_group(const struct rewinder *r)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(r->sender);
    rd_kafka_AdminOptions_t *options =
        rcp_kafka_admin(r->sender, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, r->timeout_ms);
    rd_kafka_AlterConsumerGroupOffsets_t *alter =
        rd_kafka_AlterConsumerGroupOffsets_new(r->options->group, r->ends);
    rd_kafka_AlterConsumerGroupOffsets(r->sender, &alter, 1, options, queue);
    rd_kafka_event_t *event =
        rcp_kafka_wait(queue, RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT, r->timeout_ms);
    bool moved = event != NULL || refuse(r, "the group's offsets", "the brokers do not answer");
    moved = moved && went_well(r, "the group's offsets", rd_kafka_event_error(event));
    size_t count = 0;
    const rd_kafka_group_result_t **groups =
        moved ? rd_kafka_AlterConsumerGroupOffsets_result_groups(
                    rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count)
              : NULL;
    for (size_t i = 0; i < count && moved; i++) {
        const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(groups[i]);
        const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[i]);
        if (error != NULL)
            moved = refuse(r, "the group's offsets", rd_kafka_error_string(error));
        for (int at = 0; list != NULL && at < list->cnt && moved; at++)
            moved = went_well(r, "the group's offsets", list->elems[at].err);
    }
    rd_kafka_event_destroy(event);
    rd_kafka_AlterConsumerGroupOffsets_destroy(alter);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return moved;
}

/* --- What is read --- */

/* Where the group stands; its beginning where it never stood anywhere: consumers begin there, too. */
static bool find_committed(const struct rewinder *r,
                           int32_t partition,
                           int64_t low,
                           int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = list_one(r, partition, RD_KAFKA_OFFSET_INVALID);
    bool found =
        went_well(r, "the group's offsets", rd_kafka_committed(r->reader, list, r->timeout_ms));
    *offset = list->elems[0].offset >= low ? list->elems[0].offset : low;
    rd_kafka_topic_partition_list_destroy(list);
    return found;
}

static bool find_moment(const struct rewinder *r, int32_t partition, int64_t high, int64_t *offset)
{
    rd_kafka_topic_partition_list_t *list = list_one(r, partition, (int64_t)r->options->from_ms);
    bool found = went_well(r,
                           "the topic's offsets by time",
                           rd_kafka_offsets_for_times(r->reader, list, r->timeout_ms)) &&
                 went_well(r, "the topic's offsets by time", list->elems[0].err);
    *offset = list->elems[0].offset >= 0 ? list->elems[0].offset : high;
    rd_kafka_topic_partition_list_destroy(list);
    return found;
}

/* From the moment on; from where the group stands, if that is earlier: what it has not come to yet is only in the
 * topic, whenever it was sent. */
static bool find_span(const struct rewinder *r, int32_t partition, struct span *span)
{
    int64_t low = 0, committed = 0, moment = 0;
    if (!went_well(r,
                   "the topic's offsets",
                   rd_kafka_query_watermark_offsets(
                       r->reader, r->options->topic, partition, &low, &span->end, r->timeout_ms)) ||
        !find_committed(r, partition, low, &committed) ||
        !find_moment(r, partition, span->end, &moment))
        return false;
    span->from = committed < moment ? committed : moment;
    return true;
}

/* --- What is sent --- */

static void take_reports(struct rewinder *r, rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    if (event == NULL || rd_kafka_event_type(event) != RD_KAFKA_EVENT_DR)
        return;
    while ((message = rd_kafka_event_message_next(event)) != NULL) {
        r->on_their_way--;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            r->lost = true;
    }
}

static void serve_reports(struct rewinder *r, int wait_ms)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(r->reports, wait_ms);
    take_reports(r, event);
    rd_kafka_event_destroy(event);
}

/* Takes the headers, whatever comes of it. The library's queue is waited for where it is full. */
static bool send_copy(struct rewinder *r,
                      const rd_kafka_message_t *message,
                      const void *value,
                      size_t value_size,
                      rd_kafka_headers_t *headers)
{
    rd_kafka_error_t *error;
    do {
        const rd_kafka_vu_t parts[] = {
            {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = r->options->topic},
            {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition},
            {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
            {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
            {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value, value_size}},
            {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        };
        error = rd_kafka_produceva(r->sender, parts, sizeof parts / sizeof parts[0]);
        if (error == NULL) {
            r->on_their_way++;
            return true;
        }
        if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            break;
        rd_kafka_error_destroy(error);
        serve_reports(r, POLL_MS);
    } while (true);
    refuse(r, "a record cannot be sent again", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return false;
}

/* As it came, its headers with it. */
static bool send_verbatim(struct rewinder *r, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *all = NULL;
    rd_kafka_headers_t *headers =
        rd_kafka_message_headers(message, &all) == RD_KAFKA_RESP_ERR_NO_ERROR
            ? rd_kafka_headers_copy(all)
            : rd_kafka_headers_new(0);
    r->report->others++;
    return send_copy(r, message, message->payload, message->len, headers);
}

static bool send_again(struct rewinder *r, const rd_kafka_message_t *message)
{
    struct rcp_record_header headers[RCP_MESSAGE_HEADERS_MAX];
    size_t count = 0;
    struct rcp_record_in in;
    struct rcp_record_out out;
    rcp_kafka_headers_read(message, headers, &count);
    rcp_record_read(message->payload, message->len, headers, count, &r->options->keys, &in);
    if (!in.record.usable || !in.record.mac)
        return send_verbatim(r, message);
    in.record.row_id = 0; /* it is gone, or its own; the id may be another's by now */
    in.record.epoch = 0;
    in.record.attempt = 0;
    rcp_record_write(&in.record, &in.token, &in.trace, &r->options->keys, &out);
    r->report->ours++;
    return send_copy(r, message, out.value, out.value_size, rcp_kafka_headers_make(&out));
}

/* Until each copy has its delivery report. */
static bool all_arrived(struct rewinder *r)
{
    uint64_t end_ms = rcp_mono_ms() + (uint64_t)r->timeout_ms + 1000u;
    while (r->on_their_way > 0 && rcp_mono_ms() < end_ms)
        serve_reports(r, POLL_MS);
    return (r->on_their_way == 0 && !r->lost) ||
           refuse(r, "not every record arrived", "nothing was moved; begin again");
}

/* --- A partition --- */

enum read_end {
    READ_ON,
    READ_DONE,
    READ_FAILED,
};

static enum read_end take_record(struct rewinder *r,
                                 const struct span *span,
                                 const rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return READ_ON;
    if (message->offset >= span->end)
        return READ_DONE; /* the first of our own copies */
    if (!send_again(r, message))
        return READ_FAILED;
    return message->offset == span->end - 1 ? READ_DONE : READ_ON;
}

static enum read_end take_event(struct rewinder *r,
                                const struct span *span,
                                rd_kafka_event_t *event)
{
    const rd_kafka_message_t *message;
    enum read_end end = READ_ON;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR &&
        rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return READ_DONE; /* its last offsets are nobody's records */
    if (rd_kafka_event_type(event) != RD_KAFKA_EVENT_FETCH)
        return READ_ON;
    while (end == READ_ON && (message = rd_kafka_event_message_next(event)) != NULL)
        end = take_record(r, span, message);
    return end;
}

static bool read_span(struct rewinder *r, const struct span *span)
{
    enum read_end end = READ_ON;
    uint64_t patience_ms = rcp_mono_ms() + (uint64_t)r->timeout_ms;
    while (end == READ_ON && rcp_mono_ms() < patience_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(r->records, POLL_MS);
        serve_reports(r, 0);
        if (event == NULL)
            continue;
        patience_ms = rcp_mono_ms() + (uint64_t)r->timeout_ms;
        end = take_event(r, span, event);
        rd_kafka_event_destroy(event);
    }
    if (end == READ_ON)
        return refuse(r, "the topic", "the brokers do not go on");
    return end == READ_DONE;
}

static bool replay_partition(struct rewinder *r, int32_t partition)
{
    struct span span;
    if (!find_span(r, partition, &span))
        return false;
    if (span.from >= span.end)
        return true; /* nothing since then: the group stays where it is */
    rd_kafka_topic_partition_list_t *list = list_one(r, partition, span.from);
    bool good = went_well(r, "the topic", rd_kafka_assign(r->reader, list)) && read_span(r, &span);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_assign(r->reader, NULL);
    rd_kafka_topic_partition_list_add(r->ends, r->options->topic, partition)->offset = span.end;
    return good;
}

static bool replay(struct rewinder *r)
{
    for (uint32_t i = 0; i < r->report->partitions; i++)
        if (!replay_partition(r, (int32_t)i))
            return false;
    return all_arrived(r) && (r->ends->cnt == 0 || move_group(r));
}

bool rcp_kafka_rewind(const struct rcp_rewind_options *options,
                      struct rcp_rewind_report *report,
                      char wrong[RCP_KAFKA_WRONG_MAX])
{
    struct rcp_kafka_durability topic;
    struct rewinder r = {
        .options = options,
        .report = report,
        .wrong = wrong,
        .timeout_ms = options->timeout_ms < INT_MAX ? (int)options->timeout_ms : INT_MAX,
    };
    *report = (struct rcp_rewind_report){0};
    if (!rcp_kafka_durability(&options->access, options->topic, options->timeout_ms, &topic, wrong))
        return false;
    report->partitions = topic.partitions;
    report->cut =
        topic.retention_ms >= 0 && options->from_ms + (uint64_t)topic.retention_ms < rcp_wall_ms();
    r.ends = rd_kafka_topic_partition_list_new((int)topic.partitions + 1);
    bool good = open_reader(&r) && open_sender(&r) && group_is_empty(&r) && replay(&r);
    close_clients(&r);
    rd_kafka_topic_partition_list_destroy(r.ends);
    return good;
}
