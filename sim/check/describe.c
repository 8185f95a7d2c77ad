/* A violation in words: one sentence with the facts, and a fingerprint that two runs share where they
 * show the same bug, so it holds neither ids nor times. */
#include "sim/check/checker.h"
#include "sim/check/facts.h"
#include "sim/check/story.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ROWS_TOLD 3u /* rows that a sentence names; more are counted */

static const char *const subjects[RCP_INVARIANT_SUBJECT_COUNT] = {
    [RCP_OF_PAYMENT] = "payment",
    [RCP_OF_ROW] = "row",
    [RCP_OF_ACTIVITY] = "activity",
    [RCP_OF_PARTITION] = "partition",
    [RCP_OF_WORLD] = "world",
    [RCP_OF_ORDER] = "order",
    [RCP_OF_REFUND] = "refund",
    [RCP_OF_PG] = "transaction",
    [RCP_OF_PURCHASE] = "purchase",
    [RCP_OF_BUYER] = "buyer",
    [RCP_OF_PRODUCT] = "product",
};

static const char *const token_states[] = {
    [RCP_TOKEN_NONE] = "was never issued",
    [RCP_TOKEN_LIVE] = "is live",
    [RCP_TOKEN_DELETED] = "is deleted",
    [RCP_TOKEN_EXPIRED] = "has expired",
    [RCP_TOKEN_GONE] = "was lost by Redis",
};

void rcp_say(struct rcp_story_text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int wanted = vsnprintf(text->end, text->room, format, values);
    va_end(values);
    size_t written = wanted < 0 ? 0 : (size_t)wanted;
    if (written >= text->room)
        written = text->room - 1;
    text->end += written;
    text->room -= written;
}

static const char *entry_name(const struct rcp_world *world, uint32_t payment)
{
    uint8_t status = rcp_world_entries(world)[payment].status;
    return rcp_entry_status_name((enum rcp_entry_status)status);
}

static const char *row_name(const struct rcp_log_row *row)
{
    return rcp_row_status_name((enum rcp_row_status)row->status);
}

static void name_payment(struct rcp_story *story, uint32_t payment)
{
    story->out->user_id = rcp_payment_user(story->world, payment);
    story->out->activity_id = rcp_payment_activity(story->world, payment) + 1u;
}

static void say_payment(struct rcp_story *story)
{
    rcp_say(&story->detail,
            "user %llu of activity %llu",
            (unsigned long long)story->out->user_id,
            (unsigned long long)story->out->activity_id);
}

static void say_rows(struct rcp_story *story, uint32_t payment)
{
    const struct rcp_log_row *rows = rcp_world_rows(story->world);
    uint32_t told = 0;
    for (uint32_t i = 0; i < story->world->row_count; i++) {
        if (rows[i].payment != payment || rows[i].status == RCP_ROW_NONE)
            continue;
        if (told++ >= ROWS_TOLD)
            continue;
        story->out->row_id = i + 1u;
        rcp_say(&story->detail, ", row %u is %s", i + 1u, row_name(&rows[i]));
    }
    if (told > ROWS_TOLD)
        rcp_say(&story->detail, " (and %u more)", told - ROWS_TOLD);
    if (told == 0)
        rcp_say(&story->detail, ", there is no failure row");
}

/* "the entry is NONE, row 3 is PENDING, the token is live" */
static void say_state(struct rcp_story *story, uint32_t payment)
{
    const struct rcp_entry_row *entry = &rcp_world_entries(story->world)[payment];
    rcp_say(&story->detail, "the entry is %s", entry_name(story->world, payment));
    if (entry->approvals > 1)
        rcp_say(&story->detail, " (approved %u times)", entry->approvals);
    say_rows(story, payment);
    uint8_t token = rcp_world_tokens(story->world)[payment].state;
    if (token < sizeof token_states / sizeof token_states[0])
        rcp_say(&story->detail, ", the token %s", token_states[token]);
    uint32_t counted = rcp_world_ledgers(story->world)[payment].counted;
    if (counted > 0)
        rcp_say(&story->detail, ", %u failed attempts count", counted);
}

static void mark_rows(struct rcp_story *story, uint32_t payment)
{
    uint32_t statuses = rcp_facts_rows(story->world, payment) & ~RCP_ROWS_GONE;
    const char *before = "";
    for (uint32_t status = 0; status < RCP_ROW_STATUS_COUNT; status++) {
        if ((statuses >> status & 1u) == 0)
            continue;
        const char *name = rcp_row_status_name((enum rcp_row_status)status);
        rcp_say(&story->fingerprint, "%s%s", before, name);
        before = "+";
    }
    if (statuses == 0)
        rcp_say(&story->fingerprint, "NONE");
}

static void mark_told(struct rcp_story *story, uint32_t payment)
{
    static const char *const told_names[] = {
        "none", "200", "202", "200+202", "gone", "200+gone", "202+gone", "200+202+gone"};
    uint32_t told = rcp_facts_told(story->world, payment);
    rcp_say(&story->fingerprint, ",told=%s", told_names[told & 7u]);
}

static void mark_state(struct rcp_story *story, uint32_t payment)
{
    rcp_say(&story->fingerprint, "/entry=%s,row=", entry_name(story->world, payment));
    mark_rows(story, payment);
    mark_told(story, payment);
}

static void payment_story(struct rcp_story *story, const char *broken, uint32_t payment)
{
    name_payment(story, payment);
    say_payment(story);
    rcp_say(&story->detail, " %s: ", broken);
    say_state(story, payment);
    mark_state(story, payment);
}

static void row_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_log_row *row = &rcp_world_rows(story->world)[index];
    const char *entry = entry_name(story->world, row->payment);
    name_payment(story, row->payment);
    story->out->row_id = index + 1u;
    rcp_say(&story->detail, "row %u (", index + 1u);
    say_payment(story);
    rcp_say(&story->detail, ") %s: it is %s", broken, row_name(row));
    rcp_say(&story->fingerprint, "/entry=%s,row=%s", entry, row_name(row));
    if (row->bad_edge > 0) {
        const char *from = rcp_row_status_name((enum rcp_row_status)(row->bad_edge - 1u));
        rcp_say(&story->detail, " and was %s", from);
        rcp_say(&story->fingerprint, ",from=%s", from);
    }
    if (row->status == RCP_ROW_FAILED) {
        const char *cause = rcp_park_cause_name((enum rcp_park_cause)row->cause);
        rcp_say(
            &story->detail, " (cause %s, %u failures of its own)", cause, row->handler_failures);
        rcp_say(&story->fingerprint, ",cause=%s", cause);
    }
    rcp_say(&story->detail, ", its epoch is %u, the entry is %s", row->epoch, entry);
    mark_told(story, row->payment);
}

static void activity_story(struct rcp_story *story, const char *broken, uint32_t index)
{
    const struct rcp_activity_row *activity = &story->world->activities[index];
    story->out->activity_id = index + 1u;
    rcp_say(&story->detail,
            "activity %u %s: %u entries are APPROVED, its capacity is %u",
            index + 1u,
            broken,
            activity->total,
            activity->capacity);
}

/* Index of the record that the partition should not have passed; its count where none is left. */
static uint32_t culprit(const struct rcp_world *world, uint32_t partition, bool poison)
{
    const struct rcp_topic_partition *it = &world->partitions[partition];
    for (uint32_t i = it->first; i < it->done; i++) {
        const struct rcp_topic_record *record = &rcp_world_records(world, partition)[i];
        bool fine = poison ? rcp_facts_usable(world, record) ||
                                 rcp_facts_parked(world, partition, record->offset)
                           : rcp_facts_left_work(world, record);
        if (!fine)
            return i;
    }
    return it->count;
}

static void partition_story(struct rcp_story *story,
                            const char *broken,
                            uint32_t index,
                            bool poison)
{
    const struct rcp_topic_partition *partition = &story->world->partitions[index];
    uint32_t i = culprit(story->world, index, poison);
    rcp_say(&story->detail,
            "partition %u %s: committed is %llu",
            index,
            broken,
            (unsigned long long)partition->committed);
    if (i == partition->count)
        return;
    const struct rcp_topic_record *record = &rcp_world_records(story->world, index)[i];
    rcp_say(&story->detail, ", the record at %llu", (unsigned long long)record->offset);
    if (poison) {
        rcp_say(&story->detail, record->record.usable ? " has no MAC" : " does not decode");
        rcp_say(&story->fingerprint, record->record.usable ? "/no_mac" : "/not_decoded");
        return;
    }
    name_payment(story, record->payment);
    rcp_say(&story->detail, " is of ");
    say_payment(story);
    rcp_say(&story->detail, ": ");
    say_state(story, record->payment);
    mark_state(story, record->payment);
}

static void world_story(struct rcp_story *story, const char *broken)
{
    const struct rcp_backlog *backlog = &story->world->backlog;
    const struct {
        const char *mark;
        const char *words;
        uint32_t count;
    } left[] = {
        {"open_rows", "open rows", backlog->open_rows},
        {"lag", "records that wait", backlog->lag},
        {"unalerted", "parked without an alert", backlog->unalerted},
        {"untold", "marked as told without an alert", backlog->untold},
        {"waiting", "clients that wait", backlog->waiting},
        {"charges", "payments that are not settled", backlog->charges},
        {"refunds", "refunds on their way", backlog->refunds},
        {"orders_untold", "payments or refunds nobody was told of", backlog->orders_untold},
    };
    rcp_say(&story->detail, "the world has drained %s", broken);
    const char *before = ":";
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        if (left[i].count == 0)
            continue;
        rcp_say(&story->fingerprint, "/%s", left[i].mark);
        rcp_say(&story->detail, "%s %u %s", before, left[i].count, left[i].words);
        before = ",";
    }
}

static void tell(struct rcp_story *story, const struct rcp_invariant_info *info, uint32_t index)
{
    rcp_say(&story->fingerprint, "%s/%s", info->name, subjects[info->subject]);
    switch (info->subject) {
    case RCP_OF_PAYMENT:
        payment_story(story, info->broken, index);
        return;
    case RCP_OF_ROW:
        row_story(story, info->broken, index);
        return;
    case RCP_OF_ACTIVITY:
        activity_story(story, info->broken, index);
        return;
    case RCP_OF_PARTITION:
        partition_story(
            story, info->broken, index, info == rcp_invariant_info(RCP_INVARIANT_POISON_PARKED));
        return;
    case RCP_OF_WORLD:
        world_story(story, info->broken);
        return;
    case RCP_OF_ORDER:
    case RCP_OF_REFUND:
    case RCP_OF_PG:
    case RCP_OF_PURCHASE:
    case RCP_OF_BUYER:
    case RCP_OF_PRODUCT:
        rcp_order_story(story, info, index);
        return;
    case RCP_INVARIANT_SUBJECT_COUNT:
        return;
    }
}

static struct rcp_story begin(const struct rcp_world *world,
                              enum rcp_invariant invariant,
                              uint32_t index,
                              struct rcp_violation *out)
{
    memset(out, 0, sizeof *out);
    out->invariant = (uint32_t)invariant;
    out->index = index;
    out->at_ms = world->now_ms;
    return (struct rcp_story){
        .world = world,
        .out = out,
        .detail = {out->detail, sizeof out->detail},
        .fingerprint = {out->fingerprint, sizeof out->fingerprint},
    };
}

void rcp_checker_describe(const struct rcp_world *world,
                          enum rcp_invariant invariant,
                          uint32_t index,
                          struct rcp_violation *out)
{
    struct rcp_story story = begin(world, invariant, index, out);
    tell(&story, rcp_invariant_info(invariant), index);
}

void rcp_checker_describe_twin(const struct rcp_world *world,
                               enum rcp_invariant which,
                               uint32_t index,
                               struct rcp_violation *out)
{
    const struct rcp_invariant_info *info = rcp_invariant_info(which);
    struct rcp_story story = begin(world, RCP_INVARIANT_TWIN, index, out);
    rcp_say(&story.fingerprint, "twin/");
    rcp_say(&story.detail,
            "%s holds %s: ",
            info->name,
            info->holds(world, index) ? "by index but not from scratch"
                                      : "from scratch but not by index");
    tell(&story, info, index);
}
