/* The Kafka adapter against a real broker: records go out and come back, and what is said of them is true, also
 * when the broker is frozen, killed, not there, or full of what others wrote. */
#include "prod/kafka/consumer_adapter.h"
#include "prod/kafka/kafka_adapter.h"
#include "prod/kafka/producer_adapter.h"
#include "prod/kafka/rewind_adapter.h"
#include "prod/kafka/topic_adapter.h"
#include "prod/loop/clock.h"
#include "tests/prod/support/loop_double.h"
#include "tests/prod/support/own_server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SCRIPT      "tests/services/kafka.sh"
#define TIMEOUT_MS  1000u
#define SOON_MS     20000u
#define PARTITIONS  4u
#define RECORDS_MAX 20000u
#define TRACE       "0123456789abcdefABCDEFGH" /* any 24 bytes */

static struct own_server server;
static char brokers[32];

/* One instance of the service, as far as Kafka is concerned: it fetches as much as it may, and commits what it
 * was handed. */
struct member {
    struct rcp_loop *loop;
    struct rcp_kafka *kafka;
    char topic[32];
    uint32_t fetches_left;
    bool commits;
    bool committing[PARTITIONS];
    uint32_t assignment[PARTITIONS]; /* 0: not ours */
    uint64_t next[PARTITIONS];       /* the offset behind the last record */
    uint64_t committed[PARTITIONS];
};

/* --- A member --- */

static void fetch(struct member *member, uint32_t partition)
{
    if (member->fetches_left == 0)
        return;
    member->fetches_left--;
    struct rcp_effect effect = {.kind = RCP_EFFECT_FETCH};
    effect.fetch = (struct rcp_fetch_effect){partition, member->assignment[partition]};
    struct rcp_port port = rcp_kafka_fetch_port(member->kafka);
    port.issue(port.adapter, NULL, &effect);
}

static void commit(struct member *member, uint32_t partition)
{
    if (!member->commits || member->committing[partition] ||
        member->committed[partition] == member->next[partition])
        return;
    member->committing[partition] = true;
    member->committed[partition] = member->next[partition];
    struct rcp_effect effect = {.kind = RCP_EFFECT_COMMIT_OFFSET};
    effect.commit_offset = (struct rcp_commit_offset_effect){
        member->next[partition], partition, member->assignment[partition]};
    struct rcp_port port = rcp_kafka_commit_port(member->kafka);
    port.issue(port.adapter, NULL, &effect);
}

static void on_record(struct member *member, const struct rcp_record_event *record)
{
    assert_int_equal(record->assignment, member->assignment[record->partition]);
    assert_true(record->offset >= member->next[record->partition]);
    member->next[record->partition] = record->offset + 1;
    fetch(member, record->partition);
    commit(member, record->partition);
}

static void on_stepped(void *context, const struct rcp_event *event)
{
    struct member *member = context;
    uint32_t partition = event->partition.partition;
    if (event->kind == RCP_EVENT_ASSIGNED) {
        assert_int_equal(member->assignment[partition], 0);
        member->assignment[partition] = event->partition.assignment;
        member->committing[partition] = false;
        member->next[partition] = member->committed[partition] = 0;
        fetch(member, partition);
    } else if (event->kind == RCP_EVENT_REVOKED) {
        assert_int_equal(member->assignment[partition], event->partition.assignment);
        member->assignment[partition] = 0;
    } else if (event->kind == RCP_EVENT_RECORD) {
        on_record(member, &event->record);
    } else if (event->kind == RCP_EVENT_OFFSET_DONE &&
               event->offset_done.assignment == member->assignment[event->offset_done.partition]) {
        partition = event->offset_done.partition;
        member->committing[partition] = false;
        if (event->offset_done.outcome != RCP_OUTCOME_DONE)
            member->committed[partition] = 0; /* once more, as the core would */
        commit(member, partition);
    }
}

static struct rcp_kafka_options options_for(const char *topic)
{
    struct rcp_kafka_options options = {
        .access = {.brokers = brokers, .client = "recoup-test"},
        .topic = topic,
        .group = topic,
        .partitions = PARTITIONS,
        .sends_max = RECORDS_MAX,
        .timeout_ms = TIMEOUT_MS,
        .session_timeout_ms = 6000,
    };
    assert_true(rcp_record_keys_add(&options.keys, "key", 3));
    return options;
}

static void join(struct member *member, const struct rcp_kafka_options *options)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    *member = (struct member){.fetches_left = UINT32_MAX};
    snprintf(member->topic, sizeof member->topic, "%s", options->topic);
    member->loop = loop_double_open();
    loop_double_answer(member->loop, member, on_stepped);
    member->kafka = rcp_kafka_open(member->loop, options, wrong);
    if (member->kafka == NULL)
        fail_msg("%s", wrong);
}

static void leave(struct member *member)
{
    rcp_kafka_close(member->kafka, 5000);
    rcp_loop_free(member->loop);
}

/* Names a topic that no other test has. */
static void make_topic(char topic[32], uint32_t partitions)
{
    static unsigned topics;
    char wrong[RCP_KAFKA_WRONG_MAX];
    const struct rcp_kafka_access access = {.brokers = brokers};
    snprintf(topic, 32, "test.%d.%u", (int)getpid(), topics++);
    if (!rcp_kafka_create_topic(&access, topic, partitions, 1, 1, 0, SOON_MS, wrong))
        fail_msg("%s", wrong);
}

static void join_new_topic(struct member *member, uint32_t partitions)
{
    char topic[32];
    make_topic(topic, partitions);
    const struct rcp_kafka_options options = options_for(topic);
    join(member, &options);
}

static uint32_t count_of(const struct member *member, enum rcp_event_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < loop_double_count(member->loop); i++)
        count += loop_double_event(member->loop, i)->kind == kind;
    return count;
}

struct goal {
    const struct member *member;
    enum rcp_event_kind kind;
    uint32_t count;
};

static bool is_reached(const void *context)
{
    const struct goal *goal = context;
    return count_of(goal->member, goal->kind) >= goal->count;
}

static void wait_for(struct member *member, enum rcp_event_kind kind, uint32_t count)
{
    const struct goal goal = {member, kind, count};
    if (!loop_double_until(member->loop, &goal, is_reached, SOON_MS))
        fail_msg("event %d came %u times, not %u", kind, count_of(member, kind), count);
}

/* The nth event of its kind, from 0. */
static const struct rcp_event *nth(const struct member *member,
                                   enum rcp_event_kind kind,
                                   uint32_t n)
{
    for (uint32_t i = 0; i < loop_double_count(member->loop); i++) {
        const struct rcp_event *event = loop_double_event(member->loop, i);
        if (event->kind == kind && n-- == 0)
            return event;
    }
    fail_msg("no such event");
    return NULL;
}

/* --- Sending --- */

static struct rcp_effect send_effect(struct member *member, uint64_t op_id)
{
    struct rcp_effect effect = {.kind = RCP_EFFECT_SEND};
    effect.send = (struct rcp_send_effect){
        .op_id = op_id,
        .record = {.payload = {7, 3, 11, 1, RCP_ACTIVITY_COUPON},
                   .token = loop_double_handle(member->loop, "a token"),
                   .origin = loop_double_handle(member->loop, TRACE),
                   .row_id = (uint32_t)op_id,
                   .epoch = 2,
                   .attempt = 3,
                   .usable = 1,
                   .mac = 1,
                   .alone = 1},
        .acks = RCP_ACKS_ALL,
        .timeout_ms = TIMEOUT_MS,
    };
    return effect;
}

static void issue_send(struct member *member, const struct rcp_effect *effect)
{
    struct rcp_port port = rcp_kafka_send_port(member->kafka);
    port.issue(port.adapter, NULL, effect);
}

static void send_one(struct member *member, uint64_t op_id)
{
    struct rcp_effect effect = send_effect(member, op_id);
    issue_send(member, &effect);
}

static enum rcp_outcome sent(struct member *member, uint64_t op_id)
{
    uint32_t before = count_of(member, RCP_EVENT_SENT);
    send_one(member, op_id);
    wait_for(member, RCP_EVENT_SENT, before + 1);
    const struct rcp_sent *end = &nth(member, RCP_EVENT_SENT, before)->sent;
    assert_int_equal(end->op_id, op_id);
    return end->outcome;
}

/* Sends one after the other until one is done; returns the last op id. */
static uint32_t send_until_done(struct member *member, uint32_t op_id)
{
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    do
        assert_true(rcp_mono_ms() < end_ms);
    while (sent(member, ++op_id) != RCP_OUTCOME_DONE);
    return op_id;
}

/* A record comes back with every field as it was, its token and trace by the same handles. */
static void a_record_comes_back_as_it_was_sent(void **state)
{
    (void)state;
    struct member member;
    join_new_topic(&member, 1);
    assert_int_equal(sent(&member, 42), RCP_OUTCOME_DONE);
    wait_for(&member, RCP_EVENT_RECORD, 1);
    struct rcp_effect effect = send_effect(&member, 42);
    const struct rcp_record_event *record = &nth(&member, RCP_EVENT_RECORD, 0)->record;
    assert_memory_equal(&record->record, &effect.send.record, sizeof effect.send.record);
    assert_int_equal(record->offset, 0);
    const char *value;
    size_t size;
    assert_false(rcp_kafka_value(member.kafka, 0, 0, &value, &size));
    leave(&member);
}

/* A key is for one partition; without one, records go anywhere. */
static void a_key_picks_the_partition(void **state)
{
    (void)state;
    enum { RECORDS = 40 };
    struct member member;
    join_new_topic(&member, PARTITIONS);
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct rcp_effect effect = send_effect(&member, i + 1);
        effect.send.keyed = true;
        effect.send.key_hash = i % 2 == 0 ? 1234567 : 89;
        issue_send(&member, &effect);
    }
    wait_for(&member, RCP_EVENT_RECORD, RECORDS);
    uint32_t seen[2] = {0};
    for (uint32_t i = 0; i < RECORDS; i++) {
        const struct rcp_record_event *record = &nth(&member, RCP_EVENT_RECORD, i)->record;
        seen[record->record.row_id % 2] |= 1u << record->partition;
    }
    assert_int_equal(__builtin_popcount(seen[0]), 1);
    assert_int_equal(__builtin_popcount(seen[1]), 1);
    leave(&member);
}

/* One fetch, one record. Whoever stops fetching gets nothing more, also when there are far more than wait in
 * the adapter's queue; whoever goes on gets each of the rest, once, in order. */
static void pause_holds_and_loses_nothing(void **state)
{
    (void)state;
    enum { RECORDS = 6000, FIRST = 5 };
    struct member member;
    join_new_topic(&member, 1);
    member.fetches_left = FIRST;
    for (uint64_t i = 0; i < RECORDS; i++)
        send_one(&member, i + 1);
    wait_for(&member, RCP_EVENT_SENT, RECORDS);
    wait_for(&member, RCP_EVENT_RECORD, FIRST);
    loop_double_for(member.loop, 1000);
    assert_int_equal(count_of(&member, RCP_EVENT_RECORD), FIRST);
    assert_in_range(rcp_kafka_health(member.kafka).waiting, 1, 2048);
    member.fetches_left = UINT32_MAX;
    uint64_t began_ms = rcp_mono_ms();
    fetch(&member, 0);
    wait_for(&member, RCP_EVENT_RECORD, RECORDS);
    print_message("%u records in %u ms\n", RECORDS, (unsigned)(rcp_mono_ms() - began_ms));
    loop_double_for(member.loop, 300);
    assert_int_equal(count_of(&member, RCP_EVENT_RECORD), RECORDS);
    uint64_t offset = 0;
    for (uint32_t i = 0; i < loop_double_count(member.loop); i++) {
        const struct rcp_event *event = loop_double_event(member.loop, i);
        if (event->kind == RCP_EVENT_RECORD)
            assert_int_equal(event->record.offset, offset++);
    }
    leave(&member);
}

/* What was committed is not read again by whoever comes after; what was not, is. */
static void committed_offsets_survive(void **state)
{
    (void)state;
    struct member member;
    char topic[32];
    make_topic(topic, 1);
    const struct rcp_kafka_options options = options_for(topic);
    join(&member, &options);
    member.commits = true;
    member.fetches_left = 7;
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(sent(&member, i + 1), RCP_OUTCOME_DONE);
    wait_for(&member, RCP_EVENT_RECORD, 7);
    while (member.committed[0] != 7 || member.committing[0])
        loop_double_for(member.loop, 10);
    uint32_t commits = count_of(&member, RCP_EVENT_OFFSET_DONE);
    assert_int_equal(nth(&member, RCP_EVENT_OFFSET_DONE, commits - 1)->offset_done.outcome,
                     RCP_OUTCOME_DONE);
    leave(&member);

    join(&member, &options);
    wait_for(&member, RCP_EVENT_RECORD, 3);
    assert_int_equal(nth(&member, RCP_EVENT_RECORD, 0)->record.offset, 7);
    leave(&member);
}

/* Turns two members' loops side by side until both hold so many partitions. */
static void share(struct member *a, uint32_t of_a, struct member *b, uint32_t of_b)
{
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    for (;;) {
        uint32_t has_a = 0;
        uint32_t has_b = 0;
        for (uint32_t i = 0; i < PARTITIONS; i++) {
            has_a += a->assignment[i] != 0;
            has_b += b != NULL && b->assignment[i] != 0;
            assert_false(b != NULL && a->assignment[i] != 0 && b->assignment[i] != 0);
        }
        if (has_a == of_a && has_b == of_b)
            return;
        if (rcp_mono_ms() >= end_ms)
            fail_msg("partitions are shared %u to %u", has_a, has_b);
        loop_double_for(a->loop, 20);
        if (b != NULL)
            loop_double_for(b->loop, 20);
    }
}

/* A second member takes half, at no time do both hold one, and when it leaves they come back under a number
 * that was never used before. Every record is seen. */
static void two_members_share_the_partitions(void **state)
{
    (void)state;
    enum { RECORDS = 200 };
    struct member a;
    struct member b;
    char topic[32];
    make_topic(topic, PARTITIONS);
    const struct rcp_kafka_options options = options_for(topic);
    join(&a, &options);
    a.commits = true;
    share(&a, 4, NULL, 0);
    join(&b, &options);
    b.commits = true;
    share(&a, 2, &b, 2);
    assert_int_equal(count_of(&a, RCP_EVENT_REVOKED), 2); /* those that it keeps, it keeps */
    for (uint64_t i = 0; i < RECORDS; i++) {
        struct rcp_effect effect = send_effect(&a, i + 1);
        effect.send.keyed = true;
        effect.send.key_hash = i * 0x9e3779b97f4a7c15u;
        issue_send(&a, &effect);
    }
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    while (count_of(&a, RCP_EVENT_RECORD) + count_of(&b, RCP_EVENT_RECORD) < RECORDS) {
        assert_true(rcp_mono_ms() < end_ms);
        loop_double_for(a.loop, 10);
        loop_double_for(b.loop, 10);
    }
    assert_true(count_of(&a, RCP_EVENT_RECORD) > 0);
    assert_true(count_of(&b, RCP_EVENT_RECORD) > 0);
    uint32_t highest = 0;
    for (uint32_t i = 0; i < PARTITIONS; i++)
        highest = a.assignment[i] > highest ? a.assignment[i] : highest;
    leave(&b);
    share(&a, 4, NULL, 0);
    for (uint32_t i = count_of(&a, RCP_EVENT_ASSIGNED) - 2; i < count_of(&a, RCP_EVENT_ASSIGNED);
         i++)
        assert_true(nth(&a, RCP_EVENT_ASSIGNED, i)->partition.assignment > highest);
    leave(&a);
}

/* With an empty header in the place of the MAC. */
static void produce_value(rd_kafka_t *other, const char *topic, const char *value)
{
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = 0},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)value, strlen(value)}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"recoup-mac", NULL, 0}},
    };
    assert_null(rd_kafka_produceva(other, parts, sizeof parts / sizeof parts[0]));
}

/* As somebody else would. */
static void produce_values(const char *topic, const char *const values[], size_t count)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", brokers, wrong, sizeof wrong);
    rd_kafka_t *other = rd_kafka_new(RD_KAFKA_PRODUCER, conf, wrong, sizeof wrong);
    assert_non_null(other);
    for (size_t i = 0; i < count; i++)
        produce_value(other, topic, values[i]);
    assert_int_equal(rd_kafka_flush(other, SOON_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(other);
}

static const char *const garbage[] = {"garbage"};

/* Garbage, an old service's record, one by a stranger's key: told apart, and kept until they are done with. */
static void what_others_wrote_is_told_apart(void **state)
{
    (void)state;
    static const char old[] = "{\"userId\":7,\"campaignActivityId\":3,\"productId\":11,"
                              "\"campaignActivityType\":\"COUPON\",\"quantity\":1}";
    struct member member;
    struct member stranger;
    char topic[32];
    make_topic(topic, 1);
    struct rcp_kafka_options options = options_for(topic);
    join(&member, &options);
    const char *const values[] = {"garbage", "", old};
    produce_values(topic, values, 3);
    options.keys.count = 0;
    assert_true(rcp_record_keys_add(&options.keys, "stolen?", 7));
    options.group = "strangers";
    join(&stranger, &options);
    assert_int_equal(sent(&stranger, 5), RCP_OUTCOME_DONE);
    leave(&stranger);

    wait_for(&member, RCP_EVENT_RECORD, 4);
    const uint8_t usable[] = {0, 0, 1, 1};
    const char *value;
    size_t size;
    for (uint32_t i = 0; i < 4; i++) {
        const struct rcp_record_event *record = &nth(&member, RCP_EVENT_RECORD, i)->record;
        assert_int_equal(record->record.usable, usable[i]);
        assert_int_equal(record->record.mac, 0);
        assert_int_equal(record->record.row_id, 0);
        assert_int_equal(record->record.token, 0);
        assert_true(rcp_kafka_value(member.kafka, 0, i, &value, &size));
        if (i < 3) {
            assert_int_equal(size, strlen(values[i]));
            assert_memory_equal(value, values[i], size);
        }
    }
    assert_false(rcp_kafka_value(member.kafka, 0, 4, &value, &size));
    assert_false(rcp_kafka_value(member.kafka, 1, 0, &value, &size));
    member.commits = true;
    member.next[0] = 2;
    commit(&member, 0);
    assert_false(rcp_kafka_value(member.kafka, 0, 1, &value, &size));
    assert_true(rcp_kafka_value(member.kafka, 0, 2, &value, &size));
    leave(&member);
}

/* --- After a restore --- */

static struct rcp_rewind_report rewind_from(const struct rcp_kafka_options *options,
                                            uint64_t from_ms)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    struct rcp_rewind_report report;
    const struct rcp_rewind_options rewind = {.access = options->access,
                                              .topic = options->topic,
                                              .group = options->group,
                                              .keys = options->keys,
                                              .from_ms = from_ms,
                                              .timeout_ms = SOON_MS};
    if (!rcp_kafka_rewind(&rewind, &report, wrong))
        fail_msg("%s", wrong);
    return report;
}

/* What was committed before the moment stays behind; what came since, and what nobody has come to yet, comes again:
 * ours without its row, a stranger's as it was. Nothing is moved under a member of the group. */
static void a_rewind_sends_again_what_came_since(void **state)
{
    (void)state;
    char topic[32], wrong[RCP_KAFKA_WRONG_MAX];
    struct member member;
    make_topic(topic, 1);
    const struct rcp_kafka_options options = options_for(topic);
    join(&member, &options);
    member.commits = true;
    assert_int_equal(sent(&member, 1), RCP_OUTCOME_DONE);
    loop_double_for(member.loop, 20); /* the next is another millisecond's */
    uint64_t moment_ms = rcp_wall_ms();
    for (uint64_t i = 2; i <= 4; i++)
        assert_int_equal(sent(&member, i), RCP_OUTCOME_DONE);
    produce_values(topic, garbage, 1);
    wait_for(&member, RCP_EVENT_RECORD, 5);
    while (member.committed[0] != 5 || member.committing[0])
        loop_double_for(member.loop, 10);

    struct rcp_rewind_report report;
    const struct rcp_rewind_options early = {.access = options.access,
                                             .topic = topic,
                                             .group = topic,
                                             .keys = options.keys,
                                             .from_ms = moment_ms,
                                             .timeout_ms = SOON_MS};
    assert_false(rcp_kafka_rewind(&early, &report, wrong));
    assert_non_null(strstr(wrong, "the group has members"));
    leave(&member);

    report = rewind_from(&options, moment_ms);
    assert_int_equal(report.partitions, 1);
    assert_int_equal(report.ours, 3);
    assert_int_equal(report.others, 1);
    assert_false(report.cut);
    /* Nobody has come to them yet, so they come though the moment is past them. */
    report = rewind_from(&options, rcp_wall_ms());
    assert_int_equal(report.ours, 3);
    assert_int_equal(report.others, 1);

    join(&member, &options);
    wait_for(&member, RCP_EVENT_RECORD, 4);
    struct rcp_effect effect = send_effect(&member, 0);
    effect.send.record.epoch = 0;
    effect.send.record.attempt = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const struct rcp_record_event *record = &nth(&member, RCP_EVENT_RECORD, i)->record;
        assert_memory_equal(&record->record, &effect.send.record, sizeof effect.send.record);
        assert_int_equal(record->offset, 9 + i);
    }
    const char *value;
    size_t size;
    assert_int_equal(nth(&member, RCP_EVENT_RECORD, 3)->record.record.mac, 0);
    assert_true(rcp_kafka_value(member.kafka, 0, 12, &value, &size));
    assert_int_equal(size, strlen("garbage"));
    assert_memory_equal(value, "garbage", size);
    leave(&member);
    assert_true(rewind_from(&options, 1).cut); /* 1970: a week of records is kept */
}

/* --- Brokers in trouble --- */

/* What each row id's send ended in, and how often a record of it is on the topic: at another offset, that is,
 * as one that is read again after a rebalance is still one. */
struct book {
    uint8_t outcome[RECORDS_MAX];
    uint32_t seen[RECORDS_MAX];
    uint64_t offset[RECORDS_MAX];
};

static void note_record(struct book *book, const struct rcp_record_event *record)
{
    uint32_t row = record->record.row_id;
    if (book->seen[row] > 0 && book->offset[row] == record->offset)
        return;
    book->seen[row]++;
    book->offset[row] = record->offset;
}

/* A send may end once, in its time; done means there once, refused means not there, unknown says nothing but
 * still not twice. */
static void check_book(struct member *member, uint32_t sends, struct book *book)
{
    uint32_t ends = 0;
    memset(book, 0, sizeof *book);
    for (uint32_t i = 0; i < loop_double_count(member->loop); i++) {
        const struct rcp_event *event = loop_double_event(member->loop, i);
        if (event->kind == RCP_EVENT_SENT) {
            assert_int_equal(book->outcome[event->sent.op_id], 0);
            book->outcome[event->sent.op_id] = (uint8_t)(1 + event->sent.outcome);
            ends++;
        } else if (event->kind == RCP_EVENT_RECORD) {
            note_record(book, &event->record);
        }
    }
    assert_int_equal(ends, sends);
    for (uint32_t i = 1; i <= sends; i++) {
        uint32_t seen = book->seen[i];
        if (book->outcome[i] == 1 + RCP_OUTCOME_DONE && seen != 1)
            fail_msg("send %u was done and is there %u times", i, seen);
        if (book->outcome[i] == 1 + RCP_OUTCOME_REFUSED && seen != 0)
            fail_msg("send %u was refused and is there %u times", i, seen);
        if (seen > 1)
            fail_msg("send %u is there %u times", i, seen);
    }
}

static uint32_t outcomes(const struct book *book, uint32_t sends, enum rcp_outcome outcome)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i <= sends; i++)
        count += book->outcome[i] == 1 + outcome;
    return count;
}

/* Sends for a while, a few at a time; returns the last op id. */
static uint32_t send_for(struct member *member, uint32_t op_id, uint32_t ms)
{
    uint64_t end_ms = rcp_mono_ms() + ms;
    while (rcp_mono_ms() < end_ms) {
        for (unsigned i = 0; i < 5; i++)
            send_one(member, ++op_id);
        loop_double_for(member->loop, 5);
    }
    return op_id;
}

/* Reads until the record of this send has come, and then what else there is: until nothing comes for a while. */
static void read_on(struct member *member, uint32_t last)
{
    uint32_t before;
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    while (count_of(member, RCP_EVENT_RECORD) == 0 ||
           nth(member, RCP_EVENT_RECORD, count_of(member, RCP_EVENT_RECORD) - 1)
                   ->record.record.row_id != last) {
        assert_true(rcp_mono_ms() < end_ms);
        loop_double_for(member->loop, 50);
    }
    do {
        before = count_of(member, RCP_EVENT_RECORD);
        loop_double_for(member->loop, 1500);
    } while (count_of(member, RCP_EVENT_RECORD) != before);
}

static void broker_in_trouble(const char *strike, const char *heal)
{
    struct member member;
    static struct book book;
    join_new_topic(&member, 1);
    wait_for(&member, RCP_EVENT_ASSIGNED, 1);
    uint32_t last = send_until_done(&member, 0);
    last = send_for(&member, last, 300);
    own_server_do(&server, "freeze"); /* so that some are on their way when it is struck */
    last = send_for(&member, last, 100);
    own_server_do(&server, strike);
    last = send_for(&member, last, 2500);
    own_server_do(&server, heal);
    wait_for(&member, RCP_EVENT_SENT, last);
    last = send_until_done(&member, last);
    read_on(&member, last);
    check_book(&member, last, &book);
    uint32_t done = outcomes(&book, last, RCP_OUTCOME_DONE);
    uint32_t refused = outcomes(&book, last, RCP_OUTCOME_REFUSED);
    uint32_t unknown = outcomes(&book, last, RCP_OUTCOME_UNKNOWN);
    print_message(
        "%s: %u sends: %u done, %u refused, %u unknown\n", strike, last, done, refused, unknown);
    assert_true(done > 0 && refused > 0 && unknown > 0);
    assert_true(rcp_kafka_health(member.kafka).ready);
    leave(&member);
}

/* Killed while records are on their way, and back with its data. */
static void a_killed_broker_makes_no_outcome_a_lie(void **state)
{
    (void)state;
    broker_in_trouble("kill", "restart");
}

/* Frozen: it takes nothing and says nothing, and after the thaw does what was asked before. */
static void a_frozen_broker_makes_no_outcome_a_lie(void **state)
{
    (void)state;
    broker_in_trouble("freeze", "thaw");
}

/* Each send ends within its own time; what has left is unknown. Closing waits as long as it was told to, and
 * then for the library, which gives a broker five seconds to answer that we leave. */
static void a_frozen_broker_delays_nobody(void **state)
{
    (void)state;
    struct member member;
    join_new_topic(&member, 1);
    wait_for(&member, RCP_EVENT_ASSIGNED, 1);
    uint32_t last = send_until_done(&member, 0);
    own_server_do(&server, "freeze");
    uint64_t began_ms = rcp_mono_ms();
    assert_int_equal(sent(&member, last + 1), RCP_OUTCOME_UNKNOWN);
    assert_in_range(rcp_mono_ms() - began_ms, TIMEOUT_MS - 100, TIMEOUT_MS + 1000);
    assert_false(rcp_kafka_health(member.kafka).ready);
    began_ms = rcp_mono_ms();
    rcp_kafka_close(member.kafka, 500);
    rcp_loop_free(member.loop);
    uint64_t took_ms = rcp_mono_ms() - began_ms;
    own_server_do(&server, "thaw");
    assert_in_range(took_ms, 500, 500 + 5500);
}

/* Handed over is handed over, whatever the broker says of it later (documented policy). */
static void handed_over_does_not_wait_for_the_broker(void **state)
{
    (void)state;
    struct member member;
    join_new_topic(&member, 1);
    uint32_t last = send_until_done(&member, 0);
    own_server_do(&server, "freeze");
    struct rcp_effect effect = send_effect(&member, last + 1);
    effect.send.acks = RCP_ACKS_HANDED;
    issue_send(&member, &effect);
    assert_int_equal(count_of(&member, RCP_EVENT_SENT), last); /* not within its own step */
    uint64_t began_ms = rcp_mono_ms();
    wait_for(&member, RCP_EVENT_SENT, last + 1);
    assert_in_range(rcp_mono_ms() - began_ms, 0, TIMEOUT_MS / 2);
    assert_int_equal(nth(&member, RCP_EVENT_SENT, last)->sent.outcome, RCP_OUTCOME_DONE);
    own_server_do(&server, "thaw");
    read_on(&member, last + 1);
    loop_double_for(member.loop, TIMEOUT_MS + 200);
    assert_int_equal(count_of(&member, RCP_EVENT_SENT), last + 1);
    assert_int_equal(rcp_kafka_health(member.kafka).in_flight, 0);
    leave(&member);
}

/* No broker at all: records go back to whoever brought them, in time and for sure. */
static void no_broker_refuses(void **state)
{
    (void)state;
    struct member member;
    struct rcp_kafka_options options = options_for("nowhere");
    options.access.brokers = "127.0.0.1:1";
    options.sends_max = 2;
    join(&member, &options);
    assert_false(rcp_kafka_health(member.kafka).ready);
    uint64_t began_ms = rcp_mono_ms();
    send_one(&member, 1);
    send_one(&member, 2);
    send_one(&member, 3); /* one too many: at once */
    wait_for(&member, RCP_EVENT_SENT, 1);
    assert_int_equal(nth(&member, RCP_EVENT_SENT, 0)->sent.op_id, 3);
    wait_for(&member, RCP_EVENT_SENT, 3);
    assert_in_range(rcp_mono_ms() - began_ms, 0, TIMEOUT_MS);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(nth(&member, RCP_EVENT_SENT, i)->sent.outcome, RCP_OUTCOME_REFUSED);
    assert_string_equal(rcp_kafka_health(member.kafka).trouble, "no broker is connected");
    leave(&member);
}

/* A topic that is not there refuses, and the health says so. */
static void a_missing_topic_refuses(void **state)
{
    (void)state;
    struct member member;
    const struct rcp_kafka_options options = options_for("no.such.topic");
    join(&member, &options);
    assert_int_equal(sent(&member, 1), RCP_OUTCOME_REFUSED);
    loop_double_for(member.loop, 1500);
    assert_string_equal(rcp_kafka_health(member.kafka).trouble,
                        "the brokers do not know the topic");
    leave(&member);
}

static bool is_kept_out(const void *kafka)
{
    return strcmp(rcp_kafka_health(kafka).trouble,
                  "the brokers do not let it into the consumer group") == 0;
}

/* A member that the group never takes reads nothing, however well the brokers can be reached: it is said. */
static void a_group_that_refuses_is_not_passed_over_in_silence(void **state)
{
    (void)state;
    struct member member;
    char topic[32];
    make_topic(topic, 1);
    struct rcp_kafka_options options = options_for(topic);
    options.session_timeout_ms = 500; /* the broker wants a second at least */
    join(&member, &options);
    assert_true(loop_double_until(member.loop, member.kafka, is_kept_out, SOON_MS));
    leave(&member);
}

/* A fatal error ends the library's producer, and with it what it had taken; the next record goes by a new one. */
static void a_fatal_error_makes_a_new_producer(void **state)
{
    (void)state;
    struct rcp_kafka_counts counts = {0};
    char topic[32];
    make_topic(topic, 1);
    const struct rcp_kafka_options options = options_for(topic);
    char wrong[RCP_KAFKA_WRONG_MAX];
    int wake[2];
    assert_int_equal(pipe2(wake, O_NONBLOCK), 0);
    struct member member = {.loop = loop_double_open()};
    struct rcp_producer *producer =
        rcp_producer_open(member.loop, &options, &counts, wake[1], wrong);
    assert_non_null(producer);
    rd_kafka_t *first = rcp_producer_client(producer);
    struct rcp_effect effect = send_effect(&member, 1);
    rcp_producer_send(producer, &effect.send);
    rd_kafka_test_fatal_error(first, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "a test");
    uint64_t began_ms = rcp_mono_ms();
    while (rcp_producer_client(producer) == first)
        rcp_producer_serve(producer);
    print_message("giving a producer up took %u ms\n", (unsigned)(rcp_mono_ms() - began_ms));
    assert_int_equal(count_of(&member, RCP_EVENT_SENT), 1);
    assert_int_not_equal(nth(&member, RCP_EVENT_SENT, 0)->sent.outcome, RCP_OUTCOME_DONE);
    assert_true(rcp_producer_due_ms(producer) <= rcp_mono_ms());
    rcp_producer_tick(producer);
    assert_non_null(rcp_producer_client(producer));
    assert_int_equal(counts.producers, 2);
    effect.send.op_id = 2;
    rcp_producer_send(producer, &effect.send);
    while (count_of(&member, RCP_EVENT_SENT) < 2)
        rcp_producer_serve(producer);
    assert_int_equal(nth(&member, RCP_EVENT_SENT, 1)->sent.outcome, RCP_OUTCOME_DONE);
    assert_int_equal(counts.in_flight, 0);
    rcp_producer_close(producer);
    rcp_loop_free(member.loop);
    rcp_producer_free(producer);
    close(wake[0]);
    close(wake[1]);
}

static void serve_until(struct rcp_consumer *consumer,
                        struct member *member,
                        enum rcp_event_kind kind,
                        uint32_t count)
{
    uint64_t end_ms = rcp_mono_ms() + SOON_MS;
    while (count_of(member, kind) < count) {
        assert_true(rcp_mono_ms() < end_ms);
        rcp_consumer_serve(consumer);
        loop_double_for(member->loop, 1);
    }
}

/* The first offset that a consumer is given, fetched as the core would. */
static uint64_t fetch_first(struct rcp_consumer *consumer, struct member *member, uint32_t nth_one)
{
    serve_until(consumer, member, RCP_EVENT_ASSIGNED, nth_one + 1u);
    const struct rcp_event *assigned = nth(member, RCP_EVENT_ASSIGNED, nth_one);
    const struct rcp_fetch_effect fetch = {assigned->partition.partition,
                                           assigned->partition.assignment};
    rcp_consumer_fetch(consumer, &fetch);
    serve_until(consumer, member, RCP_EVENT_RECORD, nth_one + 1u);
    assert_int_equal(nth(member, RCP_EVENT_RECORD, nth_one)->record.assignment, fetch.assignment);
    return nth(member, RCP_EVENT_RECORD, nth_one)->record.offset;
}

/* A fatal error ends the library's consumer. The core is told that its partitions are gone, and is given them anew by
 * another one, which begins behind the last commit. */
static void a_fatal_error_makes_a_new_consumer(void **state)
{
    (void)state;
    struct rcp_kafka_counts counts = {0};
    char topic[32], wrong[RCP_KAFKA_WRONG_MAX];
    int wake[2];
    make_topic(topic, 1);
    const struct rcp_kafka_options options = options_for(topic);
    produce_values(topic, garbage, 1);
    assert_int_equal(pipe2(wake, O_NONBLOCK), 0);
    struct member member = {.loop = loop_double_open()};
    struct rcp_consumer *consumer =
        rcp_consumer_open(member.loop, &options, &counts, wake[1], wrong);
    assert_non_null(consumer);
    uint64_t offset = fetch_first(consumer, &member, 0);
    rd_kafka_test_fatal_error(
        rcp_consumer_client(consumer), RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, "a test");
    uint64_t began_ms = rcp_mono_ms();
    serve_until(consumer, &member, RCP_EVENT_REVOKED, 1);
    print_message("giving a consumer up took %u ms\n", (unsigned)(rcp_mono_ms() - began_ms));
    assert_null(rcp_consumer_client(consumer));
    assert_int_equal(counts.assigned, 0);
    assert_true(rcp_consumer_due_ms(consumer) <= rcp_mono_ms());
    rcp_consumer_tick(consumer);
    assert_int_equal(rcp_consumer_due_ms(consumer), UINT64_MAX);
    assert_int_equal(fetch_first(consumer, &member, 1), offset);
    assert_true(nth(&member, RCP_EVENT_ASSIGNED, 1)->partition.assignment >
                nth(&member, RCP_EVENT_ASSIGNED, 0)->partition.assignment);
    rcp_consumer_close(consumer, 5000);
    rcp_loop_free(member.loop);
    rcp_consumer_free(consumer);
    close(wake[0]);
    close(wake[1]);
}

/* --- What is seen from outside --- */

struct lag_goal {
    const struct rcp_kafka *kafka;
    uint64_t lag;
};

static bool lags(const void *context)
{
    const struct lag_goal *goal = context;
    struct rcp_kafka_health health = rcp_kafka_health(goal->kafka);
    return health.ready && health.lag == goal->lag;
}

/* The lag is what no commit stands behind. */
static void the_lag_is_what_is_not_committed(void **state)
{
    (void)state;
    struct member member;
    join_new_topic(&member, 2);
    wait_for(&member, RCP_EVENT_ASSIGNED, 2);
    assert_int_equal(rcp_kafka_health(member.kafka).assigned, 2);
    member.fetches_left = 0;
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(sent(&member, i + 1), RCP_OUTCOME_DONE);
    struct lag_goal goal = {member.kafka, 10};
    assert_true(loop_double_until(member.loop, &goal, lags, SOON_MS));
    member.fetches_left = UINT32_MAX;
    member.commits = true;
    fetch(&member, 0);
    fetch(&member, 1);
    goal.lag = 0;
    assert_true(loop_double_until(member.loop, &goal, lags, SOON_MS));
    leave(&member);
}

/* More partitions than the node is laid out for: those beyond would never be read, so it is said. */
static void too_many_partitions_are_not_passed_over_in_silence(void **state)
{
    (void)state;
    struct member member;
    char topic[32];
    make_topic(topic, 3);
    struct rcp_kafka_options options = options_for(topic);
    options.partitions = 2;
    join(&member, &options);
    wait_for(&member, RCP_EVENT_ASSIGNED, 2);
    assert_string_equal(rcp_kafka_health(member.kafka).trouble,
                        "the topic has more partitions than limits.partitions");
    leave(&member);
}

/* The topic's settings are read as they are, and a topic that is not there is none. */
static void a_topics_durability_is_read(void **state)
{
    (void)state;
    const struct rcp_kafka_access access = {.brokers = brokers};
    struct rcp_kafka_durability found;
    char wrong[RCP_KAFKA_WRONG_MAX];
    char topic[32];
    make_topic(topic, 3);
    assert_true(rcp_kafka_create_topic(&access, topic, 3, 1, 1, 0, SOON_MS, wrong)); /* again */
    assert_true(rcp_kafka_durability(&access, topic, SOON_MS, &found, wrong));
    assert_int_equal(found.partitions, 3);
    assert_int_equal(found.replicas, 1);
    assert_int_equal(found.min_in_sync, 1);
    assert_int_equal(found.retention_ms, 604800000);
    assert_false(found.unclean);
    assert_false(found.compacted);
    assert_string_equal(rcp_kafka_weakness(&found, 1, 1, 604800000),
                        "the topic has fewer than three replicas");
    assert_string_equal(rcp_kafka_weakness(&found, 1, 1, 604800001),
                        "its retention.ms is below retention.backup: a rewind would miss records");
    assert_string_equal(rcp_kafka_weakness(&found, 3, 2, 0),
                        "it has fewer replicas than kafka.replicas");
    assert_true(rcp_kafka_durability(&access, "no.such.topic", SOON_MS, &found, wrong));
    assert_string_equal(rcp_kafka_weakness(&found, 1, 1, 604800000), "there is no such topic");
    const struct rcp_kafka_access nobody = {.brokers = "127.0.0.1:1"};
    assert_false(rcp_kafka_durability(&nobody, topic, 300, &found, wrong));
    assert_false(rcp_kafka_create_topic(&access, "many", 1, 3, 2, 0, SOON_MS, wrong));
}

static bool is_ready(const void *kafka)
{
    return rcp_kafka_health(kafka).ready;
}

/* Who is believed, and who believes us; and that records do go through. */
static void tls_and_password_keep_strangers_out(void **state)
{
    (void)state;
    struct own_server guarded;
    own_server_start(&guarded, SCRIPT, "tls");
    char ca[96];
    char other_ca[96];
    char guarded_brokers[32];
    char wrong[RCP_KAFKA_WRONG_MAX];
    snprintf(ca, sizeof ca, "%s/ca.pem", guarded.dir);
    snprintf(other_ca, sizeof other_ca, "%s/other.pem", guarded.dir);
    snprintf(guarded_brokers, sizeof guarded_brokers, "127.0.0.1:%u", guarded.port);
    const struct {
        const char *ca;
        const char *password;
        bool tls;
        bool good;
    } rows[] = {
        {ca, "sesame", true, true},
        {ca, "shut", true, false},
        {other_ca, "sesame", true, false},
        {NULL, "sesame", true, false},
        {NULL, "sesame", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_kafka_options options = options_for("guarded");
        options.access.brokers = guarded_brokers;
        options.access.tls = rows[i].tls;
        options.access.ca = rows[i].ca;
        options.access.user = "recoup";
        options.access.password = rows[i].password;
        assert_int_equal(
            rcp_kafka_create_topic(&options.access, "guarded", 1, 1, 1, 0, 3000, wrong),
            rows[i].good);
        struct member member;
        join(&member, &options);
        if (rows[i].good) {
            wait_for(&member, RCP_EVENT_ASSIGNED, 1);
            assert_true(loop_double_until(member.loop, member.kafka, is_ready, SOON_MS));
            read_on(&member, send_until_done(&member, 0));
        } else {
            assert_int_equal(sent(&member, 1), RCP_OUTCOME_REFUSED);
            assert_string_equal(rcp_kafka_health(member.kafka).trouble, "no broker is connected");
        }
        leave(&member);
    }
    own_server_end(&guarded);
}

/* A wrong setting is named, and nothing is left behind (run under a sanitizer). */
static void a_wrong_setting_is_named(void **state)
{
    (void)state;
    struct rcp_loop *loop = loop_double_open();
    struct rcp_kafka_options options = options_for("topic");
    char wrong[RCP_KAFKA_WRONG_MAX];
    options.access.tls = true;
    options.access.ca = "/no/such/file.pem";
    assert_null(rcp_kafka_open(loop, &options, wrong));
    assert_non_null(strstr(wrong, "ssl.ca.location"));
    rcp_loop_free(loop);
}

static int start_server(void **state)
{
    (void)state;
    own_server_start(&server, SCRIPT, "");
    snprintf(brokers, sizeof brokers, "127.0.0.1:%u", server.port);
    return 0;
}

static int end_server(void **state)
{
    (void)state;
    own_server_end(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_comes_back_as_it_was_sent),
        cmocka_unit_test(a_key_picks_the_partition),
        cmocka_unit_test(pause_holds_and_loses_nothing),
        cmocka_unit_test(committed_offsets_survive),
        cmocka_unit_test(two_members_share_the_partitions),
        cmocka_unit_test(what_others_wrote_is_told_apart),
        cmocka_unit_test(a_rewind_sends_again_what_came_since),
        cmocka_unit_test(a_killed_broker_makes_no_outcome_a_lie),
        cmocka_unit_test(a_frozen_broker_makes_no_outcome_a_lie),
        cmocka_unit_test(a_frozen_broker_delays_nobody),
        cmocka_unit_test(handed_over_does_not_wait_for_the_broker),
        cmocka_unit_test(no_broker_refuses),
        cmocka_unit_test(a_missing_topic_refuses),
        cmocka_unit_test(a_group_that_refuses_is_not_passed_over_in_silence),
        cmocka_unit_test(a_fatal_error_makes_a_new_producer),
        cmocka_unit_test(a_fatal_error_makes_a_new_consumer),
        cmocka_unit_test(the_lag_is_what_is_not_committed),
        cmocka_unit_test(too_many_partitions_are_not_passed_over_in_silence),
        cmocka_unit_test(a_topics_durability_is_read),
        cmocka_unit_test(tls_and_password_keep_strangers_out),
        cmocka_unit_test(a_wrong_setting_is_named),
    };
    return cmocka_run_group_tests(tests, start_server, end_server);
}
