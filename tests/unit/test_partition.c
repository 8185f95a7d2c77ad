/* The consumer's side of a partition: offsets are committed only behind durable work. */
#include "tests/support/story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define END        \
    {              \
        NULL, NULL \
    }

/* One partition, so that each line shows one thing. */
static struct rcp_limits one_partition(void)
{
    struct rcp_limits limits = story_limits();
    limits.partitions = 1;
    return limits;
}

static void tell(const char *name, struct rcp_limits limits, const struct story_line *lines)
{
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell_all(story, name, lines);
    story_end(story);
}

/* Offsets have gaps, and records end in any order: committed is what stands before the oldest that is
 * still in progress, and nothing between. */
static void offsets_wait_for_the_oldest(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"record 0 1 9 2", "approve 9, fetch 0"},
        {"record 0 1 17 3", "fetch 0"},
        {"mysql unknown", "settle 5 kill 7, approve 17"}, /* 5 takes longer */
        {"mysql rejected", ""},                           /* 9 is done: behind 5 */
        {"mysql nothing", "approve 5"},
        {"mysql rejected", ""}, /* 17 is done: behind 5 too */
        {"mysql rejected", "commit 0 18"},
        {"offset 0 1 done", ""},
        END,
    };
    tell("gaps", one_partition(), lines);
}

/* One commit is out at a time; what is done meanwhile goes with the next. */
static void one_commit_is_out_at_a_time(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"record 0 1 6 2", "approve 6, fetch 0"},
        {"mysql rejected", "commit 0 6"},
        {"mysql rejected", ""},
        {"offset 0 1 done", "commit 0 7"},
        {"offset 0 1 done", ""},
        END,
    };
    tell("one commit", one_partition(), lines);
}

/* A commit that failed, or may have, is repeated after a pause; the newest offset goes then. */
static void a_failed_commit_is_repeated(void **state)
{
    (void)state;
    static const char *const ends[] = {"offset 0 1 refused", "offset 0 1 unknown"};
    for (uint32_t i = 0; i < 2; i++) {
        const struct story_line lines[] = {
            {"assigned 0 1", "fetch 0"},
            {"record 0 1 5 1", "approve 5, fetch 0"},
            {"record 0 1 6 2", "approve 6, fetch 0"},
            {"mysql rejected", "commit 0 6"},
            {ends[i], ""},
            {"mysql rejected", ""},
            {"wait 1999", ""},
            {"timer", ""},
            {"wait 1", ""},
            {"timer", "commit 0 7"},
            {"offset 0 1 done", ""},
            {"wait 2000", ""},
            {"timer", ""},
            END,
        };
        tell(ends[i], one_partition(), lines);
    }
}

/* The node asks to be woken for the repeat. */
static void a_failed_commit_asks_to_be_woken(void **state)
{
    (void)state;
    const struct rcp_limits limits = one_partition();
    struct story *story = story_begin(&limits, rcp_policy_hardened());
    story_tell(story, "assigned 0 1");
    story_tell(story, "record 0 1 5 1");
    story_tell(story, "mysql rejected");
    story_tell(story, "offset 0 1 refused");
    assert_int_equal(rcp_node_deadline(story_node(story)), RCP_RETRY_PAUSE_MS);
    story_end(story);
}

/* News of assignments may come late and in any order: the newest counts. */
static void the_newest_assignment_counts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct story_line lines[6];
    } rows[] = {
        {"revoked before it was given", {{"revoked 0 3", ""}, {"assigned 0 3", ""}, END}},
        {"an older gift comes late",
         {{"assigned 0 4", "fetch 0"},
          {"assigned 0 3", ""},
          {"record 0 4 1 1", "approve 1, fetch 0"},
          END}},
        {"an older loss comes late",
         {{"assigned 0 4", "fetch 0"},
          {"revoked 0 3", ""},
          {"record 0 4 1 1", "approve 1, fetch 0"},
          END}},
        {"the loss of this one",
         {{"assigned 0 4", "fetch 0"}, {"revoked 0 4", ""}, {"record 0 4 1 1", ""}, END}},
        {"given anew",
         {{"assigned 0 4", "fetch 0"},
          {"assigned 0 5", "fetch 0"},
          {"record 0 4 1 1", ""},
          {"record 0 5 1 1", "approve 1, fetch 0"},
          END}},
        {"given twice", {{"assigned 0 4", "fetch 0"}, {"assigned 0 4", ""}, END}},
        {"a partition that does not exist",
         {{"assigned 7 1", ""},
          {"revoked 7 1", ""},
          {"record 7 1 1 1", ""},
          {"offset 7 1 done", ""},
          END}},
        {"assignment 0 is none", {{"assigned 0 0", ""}, {"record 0 0 1 1", ""}, END}},
        {"a record that nobody asked for", {{"record 0 1 1 1", ""}, END}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        tell(rows[i].name, one_partition(), rows[i].lines);
}

/* Work goes on after a rebalance, but its offset is the next owner's business: even where that is the
 * same node, which gets the record again. */
static void old_work_commits_nothing_under_a_new_assignment(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"revoked 0 1", ""},
        {"assigned 0 2", "fetch 0"},
        {"record 0 2 5 1", "approve 5, fetch 0"},
        {"mysql rejected", ""}, /* the first delivery */
        {"mysql rejected", "commit 0 6"},
        {"offset 0 1 refused", ""}, /* an older assignment's */
        {"offset 0 2 done", ""},
        END,
    };
    tell("rebalance", one_partition(), lines);
}

/* Each partition that waits for its first record has a slot, however few there are: none starves. */
static void no_partition_starves(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"assigned 1 1", "fetch 1"},
        {"record 0 1 1 1", "approve 1"}, /* no slot for a second */
        {"record 1 1 2 2", "approve 2"},
        {"mysql rejected", "fetch 0, commit 0 2"},
        {"offset 0 1 done", ""},
        {"mysql rejected", "fetch 1, commit 1 3"},
        {"record 1 1 3 3", "approve 3"}, /* 0 still waits for its record: it keeps its slot */
        {"mysql rejected", "fetch 1"},
        {"record 0 1 9 4", "approve 9"},
        END,
    };
    struct rcp_limits limits = story_limits();
    limits.retries = 2;
    tell("as many slots as partitions", limits, lines);
}

/* Each partition that waits for a record holds a slot: with fewer slots than partitions one would never be
 * read, so there is no such node. */
static void fewer_slots_than_partitions_make_no_node(void **state)
{
    (void)state;
    struct rcp_limits limits = story_limits();
    limits.retries = limits.partitions;
    assert_null(rcp_limits_refusal(&limits));
    limits.retries--;
    assert_string_equal(rcp_limits_refusal(&limits), "retries");
}

/* A partition has no more in progress than its window. */
static void a_full_window_stops_fetching(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 1 1", "approve 1, fetch 0"},
        {"record 0 1 2 2", "approve 2"},
        {"mysql unknown", "settle 1 kill 7"},
        {"mysql rejected", ""}, /* 2 is done, but the window still holds it */
        {"mysql nothing", "approve 1"},
        {"mysql rejected", "fetch 0, commit 0 3"},
        END,
    };
    struct rcp_limits limits = one_partition();
    limits.window = 2;
    tell("window of two", limits, lines);
}

/* A record without a durable place waits, and is tried again; only then its offset goes. */
static void a_record_without_a_place_waits(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"unusable 0 1 5 0", "park 0, fetch 0"},
        {"mysql refused connection", ""},
        {"timer", ""},
        {"wait 2000", ""},
        {"timer", "park 0"},
        {"mysql written", "commit 0 6"},
        END,
    };
    static const struct story_line direct[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 0", "approve 5, fetch 0"},
        {"mysql refused connection", "log 5"},
        {"mysql unknown", ""},
        {"wait 2000", ""},
        {"timer", "approve 5"},
        {"mysql already", "DEL 5, commit 0 6"},
        END,
    };
    tell("unusable", one_partition(), lines);
    tell("direct", one_partition(), direct);
}

/* A claimed row carries on by its lease: its record's failure needs no place. */
static void a_claimed_row_carries_on_by_its_lease(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"mysql refused connection", "later 5"},
        {"mysql refused connection", "commit 0 6"},
        END,
    };
    tell("lease", one_partition(), lines);
}

/* A node that stops fetches nothing more, finishes what it has, and commits it. */
static void a_stopping_node_commits_what_it_finishes(void **state)
{
    (void)state;
    static const struct story_line lines[] = {
        {"assigned 0 1", "fetch 0"},
        {"record 0 1 5 1", "approve 5, fetch 0"},
        {"stop", ""},
        {"mysql approved", "DEL 5, commit 0 6"},
        {"redis found", "mark 5"},
        {"mysql written", ""},
        END,
    };
    tell("stopping", one_partition(), lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_wait_for_the_oldest),
        cmocka_unit_test(one_commit_is_out_at_a_time),
        cmocka_unit_test(a_failed_commit_is_repeated),
        cmocka_unit_test(a_failed_commit_asks_to_be_woken),
        cmocka_unit_test(the_newest_assignment_counts),
        cmocka_unit_test(old_work_commits_nothing_under_a_new_assignment),
        cmocka_unit_test(no_partition_starves),
        cmocka_unit_test(fewer_slots_than_partitions_make_no_node),
        cmocka_unit_test(a_full_window_stops_fetching),
        cmocka_unit_test(a_record_without_a_place_waits),
        cmocka_unit_test(a_claimed_row_carries_on_by_its_lease),
        cmocka_unit_test(a_stopping_node_commits_what_it_finishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
