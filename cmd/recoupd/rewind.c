/* recoupd rewind: the retry topic once more since a moment, after the database was restored to it. */
#include "cmd/recoupd/options.h"
#include "cmd/recoupd/verb.h"
#include "prod/kafka/rewind_adapter.h"
#include "prod/loop/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define ANSWER_MS 30000u
#define MARGIN_MS 600000u /* clocks of senders, brokers and the database may differ by it */

/* RFC 3339, in UTC and to the second: 2026-11-21T14:00:00Z. False where it is none, or is yet to come. */
static bool read_time(const char *text, uint64_t *ms)
{
    struct tm parts = {0};
    const char *end = text == NULL ? NULL : strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    time_t seconds = end == NULL || *end != '\0' ? -1 : timegm(&parts);
    *ms = seconds > 0 ? (uint64_t)seconds * 1000u : 0;
    return seconds > 0 && *ms <= rcp_wall_ms();
}

static void say_done(const struct rcp_rewind_report *report, const char *time)
{
    printf("rewound to %s: %llu records of ours come again, and %llu others, in %u partitions\n",
           time,
           (unsigned long long)report->ours,
           (unsigned long long)report->others,
           report->partitions);
    if (report->cut)
        fprintf(
            stderr,
            "recoupd: the topic does not keep records for so long: what was accepted between then "
            "and its first record is not in it any more\n");
}

static int rewind_topic(const struct rcp_config *config, const char *time, uint64_t time_ms)
{
    struct rcp_addresses addresses;
    struct rcp_kafka_options kafka;
    struct rcp_rewind_report report;
    char wrong[RCP_KAFKA_WRONG_MAX];
    const char *unusable = "";
    if (!rcp_options_check(config, &addresses, &unusable)) {
        fprintf(stderr, "recoupd: %s\n", unusable);
        return RCP_EXIT_USAGE;
    }
    rcp_options_kafka(config, &kafka);
    struct rcp_rewind_options options = {
        .access = kafka.access,
        .topic = kafka.topic,
        .group = kafka.group,
        .keys = kafka.keys,
        .from_ms = time_ms > MARGIN_MS ? time_ms - MARGIN_MS : 0,
        .timeout_ms = ANSWER_MS,
    };
    bool done = rcp_kafka_rewind(&options, &report, wrong);
    explicit_bzero(&options.keys, sizeof options.keys);
    explicit_bzero(&kafka.keys, sizeof kafka.keys);
    if (done)
        say_done(&report, time);
    else
        fprintf(stderr, "recoupd: nothing was moved: %s\n", wrong);
    return done ? RCP_EXIT_OK : RCP_EXIT_FAILED;
}

int rcp_verb_rewind(int count, char **words)
{
    const char *time = rcp_verb_option(count, words, "--to");
    uint64_t time_ms = 0;
    if (!read_time(time, &time_ms)) {
        fprintf(
            stderr,
            "recoupd: rewind needs --to TIME: when the backup was made, in UTC and in the past, "
            "as 2026-11-21T14:00:00Z\n");
        return RCP_EXIT_USAGE;
    }
    struct rcp_config *config = rcp_verb_config(count, words);
    if (config == NULL)
        return RCP_EXIT_USAGE;
    int code = rewind_topic(config, time, time_ms);
    rcp_verb_forget(config);
    return code;
}
