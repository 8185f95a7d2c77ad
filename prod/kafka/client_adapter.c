/* Settings go in one by one, and the library says what is wrong with one. */
#include "prod/kafka/client_adapter.h"

#include <stdio.h>
#include <string.h>

static bool apply(rd_kafka_conf_t *conf,
                  const struct rcp_kafka_setting settings[],
                  char wrong[RCP_KAFKA_WRONG_MAX])
{
    for (size_t i = 0; settings[i].name != NULL; i++) {
        if (settings[i].value == NULL)
            continue;
        if (rd_kafka_conf_set(
                conf, settings[i].name, settings[i].value, wrong, RCP_KAFKA_WRONG_MAX) !=
            RD_KAFKA_CONF_OK)
            return false;
    }
    return true;
}

static const char *protocol(const struct rcp_kafka_access *access)
{
    if (access->user != NULL)
        return access->tls ? "sasl_ssl" : "sasl_plaintext";
    return access->tls ? "ssl" : "plaintext";
}

static bool apply_access(rd_kafka_conf_t *conf,
                         const struct rcp_kafka_access *access,
                         char wrong[RCP_KAFKA_WRONG_MAX])
{
    const struct rcp_kafka_setting settings[] = {
        {"bootstrap.servers", access->brokers},
        {"client.id", access->client},
        {"security.protocol", protocol(access)},
        {"sasl.mechanism", access->user != NULL ? "SCRAM-SHA-512" : NULL},
        {"sasl.username", access->user},
        {"sasl.password", access->password},
        {"ssl.ca.location", access->tls ? access->ca : NULL},
        {"ssl.certificate.location", access->tls ? access->certificate : NULL},
        {"ssl.key.location", access->tls ? access->key : NULL},
        {"ssl.endpoint.identification.algorithm", access->tls ? "https" : NULL},
        /* A broker that comes back is found within a second. */
        {"reconnect.backoff.ms", "50"},
        {"reconnect.backoff.max.ms", "1000"},
        {"socket.nagle.disable", "true"},
        {"log.queue", "true"}, /* told by us, not written to stderr */
        {NULL, NULL},
    };
    return apply(conf, settings, wrong);
}

rd_kafka_t *rcp_kafka_client(rd_kafka_type_t type,
                             const struct rcp_kafka_access *access,
                             const struct rcp_kafka_setting settings[],
                             int events,
                             char wrong[RCP_KAFKA_WRONG_MAX])
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_events(conf, events | RD_KAFKA_EVENT_LOG);
    if (!apply_access(conf, access, wrong) || !apply(conf, settings, wrong)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_t *client = rd_kafka_new(type, conf, wrong, RCP_KAFKA_WRONG_MAX);
    if (client == NULL)
        rd_kafka_conf_destroy(conf);
    else
        rd_kafka_set_log_queue(client, NULL);
    return client;
}

void rcp_kafka_tell_log(const struct rcp_kafka_options *options, rd_kafka_event_t *event)
{
    const char *facility = NULL;
    const char *words = NULL;
    int level = 0;
    if (options->log == NULL || rd_kafka_event_log(event, &facility, &words, &level) != 0)
        return;
    char text[RCP_KAFKA_WRONG_MAX];
    snprintf(text, sizeof text, "%s: %s", facility, words);
    options->log(options->log_context, level, text);
}
