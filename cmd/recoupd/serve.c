/* recoupd serve: the life of one process. What is opened is closed in the reverse order; requests stop coming in
 * before the nodes stop, and nodes stop before what they stand on is taken away. */
#include "cmd/recoupd/build_name.h"
#include "cmd/recoupd/served.h"
#include "cmd/recoupd/verb.h"
#include "prod/host/log.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define TICK_MS 500u /* how often the main thread looks around */
#define PEM_MAX 65536u

/* Servers, threads' wakers, recordings, operators: all files that are no client's connection. */
#define FILES_INSIDE 512u

/* --- Opening --- */

static bool complain(const char *message, const char *because)
{
    rcp_log(RCP_LOG_ERROR, message, RCP_LOG_FIELDS({"because", because, 0}));
    return false;
}

static bool check_all(struct served *served)
{
    enum check_end mysql = check_mysql(served->config, &served->addresses);
    enum check_end kafka = check_kafka(served->config);
    if (mysql == CHECK_WRONG || kafka == CHECK_WRONG)
        return false;
    return observer_begin(served, mysql, kafka) ||
           complain("recoupd cannot start", "threads are short");
}

static bool open_nodes(struct served *served)
{
    char wrong[RCP_KAFKA_WRONG_MAX];
    for (uint32_t i = 0; i < served->config->nodes; i++) {
        struct rcp_meter *meter = rcp_metrics_meter(served->service.metrics);
        if (meter == NULL)
            return complain("recoupd cannot start", "memory is short");
        const struct rcp_watch watch = rcp_meter_watch(meter);
        if (!served_node_open(&served->nodes[i],
                              served->config,
                              &served->addresses,
                              served->config->number + i,
                              served->state.incarnation,
                              &watch,
                              wrong))
            return complain("recoupd cannot start", wrong);
        served->node_count++;
    }
    return true;
}

static bool open_retention(struct served *served)
{
    struct rcp_retention_options options;
    rcp_options_retention(served->config, &served->addresses, &options);
    served->retention = rcp_retention_begin(&options);
    return served->retention != NULL || complain("recoupd cannot start", "threads are short");
}

/* A PEM file's text; NULL where it cannot be read. */
static char *read_pem(const char *path)
{
    char *text = malloc(PEM_MAX);
    FILE *file = fopen(path, "rb");
    size_t size = text == NULL || file == NULL ? 0 : fread(text, 1, PEM_MAX, file);
    if (file != NULL)
        fclose(file);
    if (size == 0 || size == PEM_MAX) {
        free(text);
        return NULL;
    }
    text[size] = '\0';
    return text;
}

static bool open_http(struct served *served)
{
    const struct rcp_config_http *http = &served->config->http;
    struct rcp_http_options options = {.service = &served->service};
    bool tls = http->certificate.at[0] != '\0';
    char *certificate = tls ? read_pem(http->certificate.at) : NULL;
    char *key = tls ? read_pem(http->key.at) : NULL;
    if (!tls || (certificate != NULL && key != NULL)) {
        rcp_options_http(served->config, &served->addresses, certificate, key, &options);
        for (uint32_t i = 0; i < served->node_count; i++) {
            options.loops[i] = served->nodes[i].loop;
            options.cards[i] = served->nodes[i].cards;
        }
        options.loop_count = served->node_count;
        served->http = rcp_http_open(&options);
    }
    if (key != NULL)
        explicit_bzero(key, PEM_MAX);
    free(key);
    free(certificate);
    return served->http != NULL || complain("cannot listen for requests", strerror(errno));
}

static bool open_service(struct served *served)
{
    const char *wrong = "";
    served->service.health_context = served;
    served->service.health = served_health;
    served->service.metrics = rcp_metrics_open();
    if (served->service.metrics == NULL || !served_gauges(served) || !served_node_gauges(served))
        return complain("recoupd cannot start", "memory is short");
    return rcp_options_service(served->config, &served->service, &wrong) ||
           complain("the configuration cannot be used", wrong);
}

static bool run_nodes(struct served *served)
{
    for (uint32_t i = 0; i < served->node_count; i++) {
        struct served_node *node = &served->nodes[i];
        rcp_loop_port(node->loop, RCP_EFFECT_REPLY, rcp_http_port(served->http, i));
        if (!served_node_run(node))
            return complain("recoupd cannot start", "threads are short");
    }
    return true;
}

/* --- Until it is told to stop --- */

/* A heartbeat: a letter that each loop opens. systemd is told only of loops that do. */
struct heartbeat {
    struct rcp_letter letter;
    atomic_bool posted;
};

static void open_heartbeat(struct rcp_letter *letter, struct rcp_loop *loop)
{
    struct heartbeat *heartbeat = (struct heartbeat *)letter;
    (void)loop;
    atomic_store(&heartbeat->posted, false);
}

static void beat(struct served *served, struct heartbeat hearts[])
{
    bool all = true;
    for (uint32_t i = 0; i < served->node_count; i++) {
        if (atomic_load(&hearts[i].posted)) {
            all = false;
            continue;
        }
        atomic_store(&hearts[i].posted, true);
        hearts[i].letter.open = open_heartbeat;
        rcp_loop_post(served->nodes[i].loop, &hearts[i].letter);
    }
    if (all)
        sd_notify(0, "WATCHDOG=1");
}

static void tell_ready(const struct served *served)
{
    sd_notify(0, "READY=1");
    rcp_log(
        RCP_LOG_INFO,
        "recoupd serves",
        RCP_LOG_FIELDS({"build", RCP_COMMIT, 0},
                       {"policy", served->config->documented != 0 ? "documented" : "hardened", 0},
                       {"port", NULL, rcp_http_listening(served->http, 0)},
                       {"instance", NULL, served->config->number},
                       {"incarnation", NULL, served->state.incarnation}));
}

/* The signal, or 0 after a tick. */
static int wait_for_signal(const sigset_t *signals)
{
    const struct timespec tick = {TICK_MS / 1000u, (long)(TICK_MS % 1000u) * 1000000l};
    int signal = sigtimedwait(signals, NULL, &tick);
    return signal < 0 ? 0 : signal;
}

/* --- Stopping --- */

static void stop_nodes(struct served *served, uint32_t grace_ms)
{
    for (uint32_t i = 0; i < served->node_count; i++)
        rcp_loop_stop(served->nodes[i].loop, grace_ms);
}

/* Closing waits for the nodes; a second signal cuts their grace short. */
struct impatience {
    struct served *served;
    const sigset_t *signals;
    atomic_bool over;
    atomic_bool forced;
};

static void *be_impatient(void *context)
{
    struct impatience *impatience = context;
    while (!atomic_load(&impatience->over))
        if (wait_for_signal(impatience->signals) != 0) {
            atomic_store(&impatience->forced, true);
            stop_nodes(impatience->served, 0);
        }
    return NULL;
}

static bool close_nodes(struct served *served)
{
    bool clean = true;
    for (uint32_t i = 0; i < served->node_count; i++)
        clean = served_node_close(&served->nodes[i]) && clean;
    served->node_count = 0;
    return clean;
}

static bool stop(struct served *served, const sigset_t *signals)
{
    struct impatience impatience = {.served = served, .signals = signals};
    pthread_t thread;
    sd_notify(0, "STOPPING=1");
    rcp_log(RCP_LOG_INFO, "stopping: what is open is finished first", NULL);
    pthread_mutex_lock(&served->stop_lock);
    atomic_store(&served->stopping, true);
    pthread_mutex_unlock(&served->stop_lock);
    bool watched = pthread_create(&thread, NULL, be_impatient, &impatience) == 0;
    rcp_http_quiesce(served->http);
    stop_nodes(served, (uint32_t)served->config->grace_ms);
    /* The impatient one may still use the loops: they are freed behind it. */
    for (uint32_t i = 0; i < served->node_count; i++)
        served_node_join(&served->nodes[i]);
    atomic_store(&impatience.over, true);
    if (watched)
        pthread_join(thread, NULL);
    rcp_ctl_quiesce(served->ctl);
    return close_nodes(served) && !atomic_load(&impatience.forced);
}

/* --- All of it --- */

static int serve(struct served *served, const sigset_t *signals)
{
    struct heartbeat hearts[NODES_MAX] = {0};
    if (!run_nodes(served)) {
        stop_nodes(served, 0);
        return RCP_EXIT_FAILED;
    }
    if (!served_operators(served)) {
        complain("cannot listen for operators", strerror(errno));
        stop(served, signals);
        return RCP_EXIT_FAILED;
    }
    served->since_ms = rcp_mono_ms();
    tell_ready(served);
    while (wait_for_signal(signals) == 0 && !atomic_load(&served->wrong)) {
        beat(served, hearts);
        served_tell_changes(served);
    }
    bool wrong = atomic_load(&served->wrong);
    bool clean = stop(served, signals);
    if (wrong)
        return RCP_EXIT_FAILED;
    rcp_log(RCP_LOG_INFO,
            clean ? "stopped clean" : "stopped by force: rows and records are left to others",
            NULL);
    return clean ? RCP_EXIT_OK : RCP_EXIT_FORCED;
}

static int open_and_serve(struct served *served, const sigset_t *signals)
{
    int code = RCP_EXIT_FAILED;
    if (open_service(served) && check_all(served) && open_nodes(served) && open_retention(served) &&
        open_http(served))
        code = serve(served, signals);
    close_nodes(served);
    rcp_http_close(served->http);
    rcp_ctl_close(served->ctl);
    rcp_retention_end(served->retention);
    observer_end(served);
    rcp_metrics_free(served->service.metrics);
    return code;
}

/* A connection is a file. The soft limit is low for those who select(2), which nothing here does. */
static void raise_file_limit(const struct rcp_config *config)
{
    const rlim_t needed = (rlim_t)config->http.connections + FILES_INSIDE;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_max < needed)
        rcp_log(RCP_LOG_WARN,
                "the limit on open files is below what http.connections may need",
                RCP_LOG_FIELDS({"limit", NULL, files.rlim_max}, {"needed", NULL, needed}));
}

static int serve_config(const struct rcp_config *config, const sigset_t *signals)
{
    struct served *served = calloc(1, sizeof *served);
    const char *wrong = "memory is short";
    char text[512];
    if (served == NULL || !rcp_options_check(config, &served->addresses, &wrong)) {
        complain("the configuration cannot be used", wrong);
        free(served);
        return RCP_EXIT_USAGE;
    }
    served->config = config;
    pthread_mutex_init(&served->backlog_lock, NULL);
    pthread_mutex_init(&served->stop_lock, NULL);
    int code = RCP_EXIT_FAILED;
    if (!rcp_state_open(config->state.at, &served->state, text, sizeof text)) {
        complain("recoupd cannot start", text);
    } else {
        code = open_and_serve(served, signals);
        rcp_state_close(&served->state);
    }
    pthread_mutex_destroy(&served->stop_lock);
    pthread_mutex_destroy(&served->backlog_lock);
    explicit_bzero(served, sizeof *served);
    free(served);
    return code;
}

int rcp_verb_serve(int count, char **words)
{
    sigset_t signals;
    struct rcp_config *config = rcp_verb_config(count, words);
    if (config == NULL)
        return RCP_EXIT_USAGE;
    const char *record = rcp_verb_option(count, words, "--record");
    if (record != NULL)
        snprintf(config->record.at, sizeof config->record.at, "%s", record);
    raise_file_limit(config);
    setlocale(LC_CTYPE, "C.UTF-8");
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* in all threads: the main one waits for them */
    int code = RCP_EXIT_FAILED;
    if (rcp_pg_process_begin() && rcp_session_library_init()) {
        code = serve_config(config, &signals);
        rcp_session_library_end();
        rcp_pg_process_end();
    }
    rcp_verb_forget(config);
    return code;
}
