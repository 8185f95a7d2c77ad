/* A client for one question, gone with the answer. */
#include "prod/kafka/topic_adapter.h"

#include "prod/kafka/client_adapter.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROMISED_REPLICAS 3u /* POLICIES.md, "Assumptions" */
#define PROMISED_IN_SYNC  2u
#define RETENTION_MS      604800000u /* 7 days */
#define RETENTION_MIN_MS \
    172800000 /* 2 days: a row parks after one, and its record is still there */

static rd_kafka_t *ask_by(const struct rcp_kafka_access *access, char wrong[RCP_KAFKA_WRONG_MAX])
{
    static const struct rcp_kafka_setting none[] = {{NULL, NULL}};
    return rcp_kafka_client(RD_KAFKA_PRODUCER, access, none, 0, wrong);
}

static bool refuse(char wrong[RCP_KAFKA_WRONG_MAX], const char *why)
{
    snprintf(wrong, RCP_KAFKA_WRONG_MAX, "%s", why);
    return false;
}

/* --- What there is --- */

static void read_partitions(const struct rd_kafka_metadata *metadata,
                            struct rcp_kafka_durability *durability)
{
    if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    const rd_kafka_metadata_topic_t *topic = &metadata->topics[0];
    durability->partitions = (uint32_t)topic->partition_cnt;
    durability->replicas = topic->partition_cnt > 0 ? UINT32_MAX : 0;
    for (int i = 0; i < topic->partition_cnt; i++) {
        uint32_t replicas = (uint32_t)topic->partitions[i].replica_cnt;
        if (replicas < durability->replicas)
            durability->replicas = replicas;
    }
}

static bool ask_partitions(rd_kafka_t *client,
                           const char *topic,
                           int timeout_ms,
                           struct rcp_kafka_durability *durability,
                           char wrong[RCP_KAFKA_WRONG_MAX])
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, handle, &metadata, timeout_ms);
    rd_kafka_topic_destroy(handle);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return refuse(wrong, rd_kafka_err2str(error));
    read_partitions(metadata, durability);
    rd_kafka_metadata_destroy(metadata);
    return true;
}

static void read_entry(const char *name, const char *value, struct rcp_kafka_durability *durability)
{
    if (value == NULL)
        return;
    if (strcmp(name, "min.insync.replicas") == 0)
        durability->min_in_sync = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "unclean.leader.election.enable") == 0)
        durability->unclean = strcmp(value, "false") != 0;
    else if (strcmp(name, "cleanup.policy") == 0)
        durability->compacted = strstr(value, "compact") != NULL;
    else if (strcmp(name, "retention.ms") == 0)
        durability->retention_ms = strtoll(value, NULL, 10);
}

static bool read_settings(rd_kafka_event_t *event,
                          struct rcp_kafka_durability *durability,
                          char wrong[RCP_KAFKA_WRONG_MAX])
{
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return refuse(wrong, rd_kafka_event_error_string(event));
    size_t count = 0;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event), &count);
    if (count != 1)
        return refuse(wrong, "the brokers do not tell the topic's settings");
    if (rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return refuse(wrong, rd_kafka_ConfigResource_error_string(resources[0]));
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (size_t i = 0; i < count; i++)
        read_entry(rd_kafka_ConfigEntry_name(entries[i]),
                   rd_kafka_ConfigEntry_value(entries[i]),
                   durability);
    return true;
}

static bool ask_settings(rd_kafka_t *client,
                         const char *topic,
                         int timeout_ms,
                         struct rcp_kafka_durability *durability,
                         char wrong[RCP_KAFKA_WRONG_MAX])
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options =
        rcp_kafka_admin(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_ConfigResource_t *resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_DescribeConfigs(client, &resource, 1, options, queue);
    rd_kafka_event_t *event =
        rcp_kafka_wait(queue, RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT, timeout_ms);
    bool good = event != NULL ? read_settings(event, durability, wrong)
                              : refuse(wrong, "the brokers do not answer");
    rd_kafka_event_destroy(event);
    rd_kafka_ConfigResource_destroy(resource);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return good;
}

bool rcp_kafka_durability(const struct rcp_kafka_access *access,
                          const char *topic,
                          uint32_t timeout_ms,
                          struct rcp_kafka_durability *durability,
                          char wrong[RCP_KAFKA_WRONG_MAX])
{
    int wait_ms = timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX;
    *durability = (struct rcp_kafka_durability){0};
    rd_kafka_t *client = ask_by(access, wrong);
    if (client == NULL)
        return false;
    bool good =
        ask_partitions(client, topic, wait_ms, durability, wrong) &&
        (durability->partitions == 0 || ask_settings(client, topic, wait_ms, durability, wrong));
    rd_kafka_destroy(client);
    return good;
}

const char *rcp_kafka_few_copies(uint32_t replicas, uint32_t min_in_sync)
{
    if (replicas < PROMISED_REPLICAS)
        return "the topic has fewer than three replicas";
    if (min_in_sync < PROMISED_IN_SYNC)
        return "the topic's min.insync.replicas is below two";
    return NULL;
}

const char *rcp_kafka_weakness(const struct rcp_kafka_durability *durability,
                               uint32_t replicas,
                               uint32_t min_in_sync,
                               uint64_t rewind_ms)
{
    if (durability->partitions == 0)
        return "there is no such topic";
    if (durability->replicas < replicas)
        return "it has fewer replicas than kafka.replicas";
    if (durability->min_in_sync < min_in_sync)
        return "its min.insync.replicas is below kafka.min_in_sync";
    if (durability->unclean)
        return "its unclean.leader.election.enable may lose what was acknowledged";
    if (durability->compacted)
        return "its cleanup.policy compacts: records would vanish";
    if (durability->retention_ms >= 0 && durability->retention_ms < RETENTION_MIN_MS)
        return "its retention.ms is below two days";
    if (durability->retention_ms >= 0 && (uint64_t)durability->retention_ms < rewind_ms)
        return "its retention.ms is below retention.backup: a rewind would miss records";
    return rcp_kafka_few_copies(durability->replicas, durability->min_in_sync);
}

/* --- Making it --- */

static bool read_created(rd_kafka_event_t *event, char wrong[RCP_KAFKA_WRONG_MAX])
{
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return refuse(wrong, rd_kafka_event_error_string(event));
    size_t count = 0;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return refuse(wrong, rd_kafka_topic_result_error_string(results[i]));
    }
    return true;
}

static bool create(rd_kafka_t *client,
                   rd_kafka_NewTopic_t *wanted,
                   int timeout_ms,
                   char wrong[RCP_KAFKA_WRONG_MAX])
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t *options =
        rcp_kafka_admin(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
    rd_kafka_CreateTopics(client, &wanted, 1, options, queue);
    rd_kafka_event_t *event = rcp_kafka_wait(queue, RD_KAFKA_EVENT_CREATETOPICS_RESULT, timeout_ms);
    bool good =
        event != NULL ? read_created(event, wrong) : refuse(wrong, "the brokers do not answer");
    rd_kafka_event_destroy(event);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_queue_destroy(queue);
    return good;
}

bool rcp_kafka_create_topic(const struct rcp_kafka_access *access,
                            const char *topic,
                            uint32_t partitions,
                            uint32_t replicas,
                            uint32_t min_in_sync,
                            uint64_t rewind_ms,
                            uint32_t timeout_ms,
                            char wrong[RCP_KAFKA_WRONG_MAX])
{
    int wait_ms = timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX;
    rd_kafka_t *client = ask_by(access, wrong);
    if (client == NULL)
        return false;
    rd_kafka_NewTopic_t *wanted =
        rd_kafka_NewTopic_new(topic, (int)partitions, (int)replicas, wrong, RCP_KAFKA_WRONG_MAX);
    bool good = wanted != NULL;
    if (good) {
        char in_sync[12], retention[24];
        snprintf(in_sync, sizeof in_sync, "%u", min_in_sync);
        snprintf(retention,
                 sizeof retention,
                 "%" PRIu64,
                 rewind_ms > RETENTION_MS ? rewind_ms : RETENTION_MS);
        rd_kafka_NewTopic_set_config(wanted, "min.insync.replicas", in_sync);
        rd_kafka_NewTopic_set_config(wanted, "retention.ms", retention);
        rd_kafka_NewTopic_set_config(wanted, "cleanup.policy", "delete");
        good = create(client, wanted, wait_ms, wrong);
        rd_kafka_NewTopic_destroy(wanted);
    }
    rd_kafka_destroy(client);
    return good;
}
