/* Whatever is missing in the statistics counts as nothing. */
#include "prod/kafka/statistics.h"

#include <jansson.h>
#include <string.h>

static bool any_broker_up(const json_t *brokers)
{
    const char *name;
    json_t *broker;
    json_object_foreach((json_t *)brokers, name, broker)
    {
        const char *state = json_string_value(json_object_get(broker, "state"));
        if (state != NULL && strcmp(state, "UP") == 0)
            return true;
    }
    return false;
}

static json_int_t number(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : -1;
}

/* Before the first commit all that the partition holds lies behind nothing. */
static uint64_t lag_of(const json_t *partition)
{
    json_int_t end = number(partition, "ls_offset");
    json_int_t committed = number(partition, "committed_offset");
    json_int_t begin = number(partition, "lo_offset");
    json_int_t from = committed >= 0 ? committed : begin >= 0 ? begin : 0;
    return end > from ? (uint64_t)(end - from) : 0;
}

bool rcp_kafka_statistics_read(const char *json,
                               size_t size,
                               const char *topic,
                               struct rcp_kafka_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    json_t *all = json_loadb(json, size, 0, NULL);
    if (!json_is_object(all)) {
        json_decref(all);
        return false;
    }
    statistics->reached = any_broker_up(json_object_get(all, "brokers"));
    const json_t *ours = json_object_get(json_object_get(all, "topics"), topic);
    const char *name;
    json_t *partition;
    json_object_foreach(json_object_get(ours, "partitions"), name, partition)
    {
        json_int_t at = number(partition, "partition");
        if (at >= 0 && at < (json_int_t)RCP_PARTITIONS_MAX)
            statistics->lag[at] = lag_of(partition);
    }
    json_decref(all);
    return true;
}
