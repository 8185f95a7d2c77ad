/* A line comes in, is read, and goes to whoever knows the answer: the process itself, the database, the core. */
#include "prod/ctl/operator.h"

#include "prod/ctl/audit.h"
#include "prod/ctl/change.h"
#include "prod/ctl/find.h"
#include "prod/ctl/node_letter.h"
#include "prod/ctl/server.h"
#include "prod/host/log.h"

#include <errno.h>
#include <stdlib.h>

#define LINE_MS 5000u /* an operator has to send a line, and to take one */

struct rcp_ctl {
    struct rcp_ctl_options options;
    struct rcp_desk desk;
    struct rcp_ctl_server *server;
};

/* One line at work. */
struct work {
    struct rcp_ctl *ctl;
    const struct rcp_peer *peer;
    const struct rcp_ctl_request *request;
    struct rcp_ctl_answer *answer;
};

/* --- What this process knows --- */

/* By whether an operator holds it, and by enum rcp_circuit_state. */
static const char *const circuit_words[2][RCP_CIRCUIT_HALF_OPEN + 1] = {
    {"closed", "open", "half open"},
    {"held closed", "held open", "held half open"},
};

static const char *worker_words(const struct rcp_worker_status *status)
{
    if (status->paused)
        return status->busy ? "pausing" : "paused";
    return status->busy ? "busy" : "running";
}

static json_t *node_row(const struct rcp_ctl_node *node, const struct rcp_node_status *status)
{
    json_t *row = json_object();
    json_object_set_new(row, "node", json_integer(node->number));
    json_object_set_new(row, "incarnation", json_integer(status->incarnation));
    json_object_set_new(row, "state", json_string(status->stopping ? "stopping" : "serving"));
    for (uint32_t i = 0; i < RCP_WORKER_COUNT; i++)
        json_object_set_new(row,
                            rcp_ctl_worker_name((enum rcp_worker)i),
                            json_string(worker_words(&status->workers[i])));
    for (uint32_t i = 0; i < RCP_CIRCUIT_COUNT; i++) {
        const struct rcp_circuit_status *circuit = &status->circuits[i];
        json_object_set_new(row,
                            rcp_ctl_circuit_name((enum rcp_circuit)i),
                            json_string(circuit_words[circuit->forced ? 1 : 0][circuit->state]));
    }
    json_object_set_new(row, "requests", json_integer(status->requests));
    json_object_set_new(row, "records", json_integer(status->records));
    json_object_set_new(row, "orders", json_integer(status->orders + status->settles));
    json_object_set_new(row, "pg_calls", json_integer(status->pg_calls));
    json_object_set_new(row, "partitions", json_integer(status->partitions));
    return row;
}

static json_t *silent_row(const struct rcp_ctl_node *node)
{
    json_t *row = json_object();
    json_object_set_new(row, "node", json_integer(node->number));
    json_object_set_new(row, "state", json_string("does not answer"));
    return row;
}

static void tell_status(struct work *work)
{
    const struct rcp_ctl_options *options = &work->ctl->options;
    json_t *nodes = json_array();
    work->answer->result = json_object();
    options->status(options->host, work->answer->result);
    for (uint32_t i = 0; i < options->node_count; i++) {
        const struct rcp_ctl_node *node = &options->nodes[i];
        struct rcp_node_status status;
        bool answers = rcp_node_look(&work->ctl->desk, node->loop, &status);
        json_array_append_new(nodes, answers ? node_row(node, &status) : silent_row(node));
    }
    json_object_set_new(work->answer->result, "nodes", nodes);
}

static void add_line(void *context, const char *text)
{
    json_array_append_new(context, json_string(text));
}

static void tell_config(struct work *work)
{
    json_t *lines = json_array();
    rcp_config_print(work->ctl->options.config, lines, add_line);
    work->answer->result = json_object();
    json_object_set_new(work->answer->result, "config", lines);
}

/* --- What the database knows --- */

static struct rcp_session *open_session(struct work *work, const char *consequence)
{
    struct rcp_session_error error;
    struct rcp_session *session = rcp_session_open(&work->ctl->options.session, &error);
    if (session == NULL)
        rcp_ctl_say(work->answer,
                    RCP_CTL_UNKNOWN,
                    "the database does not answer (%s): %s",
                    error.text,
                    consequence);
    return session;
}

static void find(struct work *work,
                 void (*look)(struct rcp_session *session,
                              const struct rcp_ctl_request *request,
                              struct rcp_ctl_answer *answer))
{
    struct rcp_session *session = open_session(work, "see status, and ask again");
    if (session == NULL)
        return;
    look(session, work->request, work->answer);
    rcp_session_close(session);
}

/* --- What is to be changed --- */

static void change(struct work *work)
{
    const struct rcp_ctl_options *options = &work->ctl->options;
    struct rcp_desk *desk = &work->ctl->desk;
    if (work->request->object == RCP_CTL_WORKER || work->request->object == RCP_CTL_CIRCUIT)
        rcp_change_operate(desk, options->nodes, options->node_count, work->request, work->answer);
    else
        rcp_change_ask(desk, &options->nodes[0], work->request, work->answer);
}

/* A second trail, for those who collect logs. */
static void log_change(const struct work *work, uint64_t id)
{
    char name[RCP_CTL_NAME_MAX];
    rcp_ctl_object_name(work->request, name);
    rcp_log(RCP_LOG_INFO,
            "an operator changed something",
            RCP_LOG_FIELDS({"audit", NULL, id},
                           {"who", work->peer->name, 0},
                           {"verb", rcp_ctl_verbs[work->request->verb].name, 0},
                           {"object", name, 0},
                           {"outcome", rcp_ctl_outcome_name(work->answer->outcome), 0}));
}

static void change_audited(struct work *work)
{
    static const char nothing[] = "so it cannot be written down who wants this; nothing was done";
    const struct rcp_ctl_options *options = &work->ctl->options;
    uint64_t id = 0;
    struct rcp_session *session = open_session(work, nothing);
    if (session == NULL) {
        work->answer->outcome = RCP_CTL_REFUSED; /* it did not happen, for sure */
        return;
    }
    if (rcp_audit_ask(session, work->peer, options->config->number, work->request, &id)) {
        change(work);
        log_change(work, id);
        json_t *result = json_object();
        json_object_set_new(result, "audit", json_integer((json_int_t)id));
        if (!rcp_audit_end(session, id, work->answer))
            json_object_set_new(
                result, "audit_left", json_string("its row says ASKED: its end is not written"));
        work->answer->result = result;
    } else {
        rcp_ctl_say(work->answer,
                    RCP_CTL_REFUSED,
                    "the database does not write (%s): %s",
                    rcp_session_failure(session)->text,
                    nothing);
    }
    rcp_session_close(session);
}

/* --- All of them --- */

static void work_on(struct work *work)
{
    switch (work->request->verb) {
    case RCP_CTL_STATUS:
        tell_status(work);
        return;
    case RCP_CTL_CONFIG:
        tell_config(work);
        return;
    case RCP_CTL_LIST:
        find(work, rcp_find_list);
        return;
    case RCP_CTL_SHOW:
        find(work, rcp_find_show);
        return;
    case RCP_CTL_RETRY:
    case RCP_CTL_PARK:
    case RCP_CTL_REJECT:
    case RCP_CTL_SETTLE:
    case RCP_CTL_ASK:
    case RCP_CTL_PAUSE:
    case RCP_CTL_RESUME:
    case RCP_CTL_BREAKER:
        change_audited(work);
        return;
    case RCP_CTL_VERB_COUNT:
        return;
    }
}

static char *answer_line(void *context, const struct rcp_peer *peer, const char *line, size_t size)
{
    struct rcp_ctl_request request;
    struct rcp_ctl_answer answer = {.outcome = RCP_CTL_DONE};
    char wrong[RCP_CTL_WRONG_MAX];
    struct work work = {.ctl = context, .peer = peer, .request = &request, .answer = &answer};
    if (rcp_ctl_request_read(line, size, &request, wrong))
        work_on(&work);
    else
        rcp_ctl_say(&answer, RCP_CTL_WRONG, "%s", wrong);
    char *written = rcp_ctl_answer_line(&answer);
    rcp_session_thread_end();
    return written;
}

/* --- Opening and closing --- */

struct rcp_ctl *rcp_ctl_open(const struct rcp_ctl_options *options)
{
    struct rcp_ctl *ctl = calloc(1, sizeof *ctl);
    if (ctl == NULL)
        return NULL;
    ctl->options = *options;
    rcp_desk_open(&ctl->desk);
    const struct rcp_ctl_server_options server = {
        .path = options->path,
        .owner = options->owner,
        .line_ms = LINE_MS,
        .context = ctl,
        .answer = answer_line,
    };
    ctl->server = rcp_ctl_server_open(&server);
    if (ctl->server != NULL)
        return ctl;
    int why = errno;
    rcp_desk_free(&ctl->desk);
    free(ctl);
    errno = why;
    return NULL;
}

void rcp_ctl_quiesce(struct rcp_ctl *ctl)
{
    if (ctl != NULL)
        rcp_desk_close(&ctl->desk);
}

void rcp_ctl_close(struct rcp_ctl *ctl)
{
    if (ctl == NULL)
        return;
    rcp_ctl_server_close(ctl->server);
    rcp_desk_free(&ctl->desk);
    free(ctl);
}
