/* Settings go in one by one, and the library says what is wrong with one. */
#include "prod/kafka/client_adapter.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void rcp_kafka_wake(rd_kafka_queue_t *queue, int wake_fd)
{
    rd_kafka_queue_io_event_enable(queue, wake_fd, "k", 1);
    ssize_t written = write(wake_fd, "k", 1);
    (void)written; /* a full pipe wakes as well */
}

rd_kafka_event_t *rcp_kafka_wait(rd_kafka_queue_t *queue,
                                 rd_kafka_event_type_t type,
                                 int timeout_ms)
{
    uint64_t end_ms = rcp_mono_ms() + (uint64_t)timeout_ms;
    while (rcp_mono_ms() < end_ms) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 50);
        if (event != NULL && rd_kafka_event_type(event) == type)
            return event;
        rd_kafka_event_destroy(event);
    }
    return NULL;
}

rd_kafka_AdminOptions_t *rcp_kafka_admin(rd_kafka_t *client, rd_kafka_admin_op_t op, int timeout_ms)
{
    char ignored[RCP_KAFKA_WRONG_MAX];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, op);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, ignored, sizeof ignored);
    return options;
}

void rcp_kafka_headers_read(const rd_kafka_message_t *message,
                            struct rcp_record_header headers[RCP_MESSAGE_HEADERS_MAX],
                            size_t *count)
{
    rd_kafka_headers_t *all = NULL;
    *count = 0;
    if (rd_kafka_message_headers(message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_cnt(all) > RCP_MESSAGE_HEADERS_MAX)
        return;
    const char *name;
    const void *value;
    size_t size;
    while (rd_kafka_header_get_all(all, *count, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
        headers[(*count)++] = (struct rcp_record_header){name, value, value == NULL ? 0 : size};
}

rd_kafka_headers_t *rcp_kafka_headers_make(const struct rcp_record_out *record)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        const struct rcp_record_header *header = &record->headers[i];
        rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->size);
    }
    return headers;
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
