/* Scripts start the servers; recoupd is a child process; the client is libcurl. */
#include "tests/integration/support/service.h"

#include "prod/http/identity.h"
#include "prod/token.h"

#include <curl/curl.h>
#include <jwt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define RECOUPD     "zig-out/bin/recoupd"
#define LAB         "zig-out/bin/recoup-lab"
#define KEY         "a key that only tests know, of 32 bytes and more"
#define READY_TRIES 600u

static const struct {
    const char *script;
    const char *folder;
} servers[SERVICE_SERVER_COUNT] = {
    [SERVICE_REDIS] = {"tests/services/redis.sh", "redis"},
    [SERVICE_MYSQL] = {"tests/services/mariadb.sh", "mysql"},
    [SERVICE_KAFKA] = {"tests/services/kafka.sh", "kafka"},
};

/* --- Shell --- */

static char said[2048];

/* The first line that a command says. */
static const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *say(const char *format, ...)
{
    char command[2048], rest[256];
    va_list values;
    va_start(values, format);
    vsnprintf(command, sizeof command, format, values);
    va_end(values);
    FILE *pipe = popen(command, "r"); // NOLINT(cert-env33-c): the tests' own words
    assert_non_null(pipe);
    if (fgets(said, sizeof said, pipe) == NULL)
        said[0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    while (fgets(rest, sizeof rest, pipe) != NULL)
        continue;
    if (pclose(pipe) != 0)
        fail_msg("failed: %s", command);
    return said;
}

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

/* --- Servers --- */

void service_do(struct service *service, enum service_server server, const char *verb)
{
    say("%s %s %s/%s", servers[server].script, verb, service->folder, servers[server].folder);
}

static void start_server(struct service *service, enum service_server server)
{
    service_do(service, server, "start");
    service->ports[server] = (uint16_t)strtoul(said, NULL, 10);
    assert_int_not_equal(service->ports[server], 0);
}

static void write_file(const struct service *service, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", service->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

void service_open(struct service *service)
{
    memset(service, 0, sizeof *service);
    snprintf(service->folder, sizeof service->folder, "/tmp/recoup-service-XXXXXX");
    assert_non_null(mkdtemp(service->folder));
    assert_int_equal(curl_global_init(CURL_GLOBAL_ALL), 0);
    for (uint32_t server = 0; server < SERVICE_SERVER_COUNT; server++)
        start_server(service, (enum service_server)server);
    write_file(service, "key", KEY);
    write_file(service, "password", "recoup");
}

static uint16_t free_port(void)
{
    return (uint16_t)strtoul(
        say("python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); "
            "print(s.getsockname()[1])'"),
        NULL,
        10);
}

/* The PG reads its options as a shell would; exec leaves its process id ours. */
void service_pg(struct service *service, const char *options)
{
    char command[512];
    service->pg_port = free_port();
    snprintf(command,
             sizeof command,
             "exec " LAB " pg --port %u --callback-url-allowed http://127.0.0.1: %s 2>%s/pg.log",
             service->pg_port,
             options,
             service->folder);
    service->pg = fork();
    assert_true(service->pg >= 0);
    if (service->pg == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
}

/* The port of an instance is known before it starts: its PG is told where to call back. */
static uint16_t port_of(struct service *service, uint32_t instance)
{
    if (service->http[instance] == 0)
        service->http[instance] = free_port();
    return service->http[instance];
}

const char *service_pg_lines(struct service *service, uint32_t instance)
{
    static char lines[256];
    snprintf(lines,
             sizeof lines,
             "pg: { url: \"http://127.0.0.1:%u\", refunds: true, "
             "callback_url: \"http://127.0.0.1:%u/api/v1/payments/callback\" }\n",
             service->pg_port,
             port_of(service, instance));
    return lines;
}

void service_close(struct service *service)
{
    if (service->pg != 0) {
        kill(service->pg, SIGKILL);
        waitpid(service->pg, NULL, 0);
    }
    for (uint32_t i = 0; i < SERVICE_PROCESSES_MAX; i++)
        if (service->recoupd[i] != 0)
            service_kill(service, i);
    for (uint32_t server = 0; server < SERVICE_SERVER_COUNT; server++)
        service_do(service, (enum service_server)server, "kill");
    curl_global_cleanup();
    if (getenv("RCP_KEEP") == NULL)
        say("rm -rf %s", service->folder);
}

/* --- recoupd --- */

static void write_config(struct service *service, uint32_t instance, const char *lines)
{
    char name[32], text[4096];
    snprintf(name, sizeof name, "recoupd-%u.yaml", instance);
    snprintf(text,
             sizeof text,
             "instance: %u\nstate: %s/state-%u\nweak_durability: true\ngrace: 10s\n"
             "handle_key_file: %s/key\ntoken_key_files: [%s/key]\nrecord_key_files: [%s/key]\n"
             "identity: { hs256_files: [%s/key] }\n"
             "http: { listen: \"127.0.0.1:%u\" }\n"
             "redis: { address: \"127.0.0.1:%u\" }\n"
             "mysql: { address: \"127.0.0.1:%u\", user: recoup, password_file: %s/password, "
             "database: recoup, migrate: true }\n"
             "kafka: { brokers: \"127.0.0.1:%u\", replicas: 1, min_in_sync: 1 }\n%s",
             instance + 1u,
             service->folder,
             instance,
             service->folder,
             service->folder,
             service->folder,
             service->folder,
             service->http[instance],
             service->ports[SERVICE_REDIS],
             service->ports[SERVICE_MYSQL],
             service->folder,
             service->ports[SERVICE_KAFKA],
             lines);
    write_file(service, name, text);
}

static pid_t launch(const struct service *service, uint32_t instance)
{
    char config[160], log[160];
    snprintf(config, sizeof config, "%s/recoupd-%u.yaml", service->folder, instance);
    snprintf(log, sizeof log, "%s/recoupd-%u.log", service->folder, instance);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    if (freopen(log, "ab", stderr) == NULL)
        _exit(127);
    execl(RECOUPD, "recoupd", "serve", "--config", config, (char *)NULL);
    _exit(127);
}

static void wait_until_ready(struct service *service, uint32_t instance)
{
    struct service_answer answer;
    for (uint32_t i = 0; i < READY_TRIES; i++) {
        service_get(service, instance, 0, "/readyz", &answer);
        if (answer.status == 200)
            return;
        if (waitpid(service->recoupd[instance], NULL, WNOHANG) != 0) {
            service->recoupd[instance] = 0;
            fail_msg(
                "recoupd ended at its start: see %s/recoupd-%u.log", service->folder, instance);
        }
        pause_ms(50);
    }
    fail_msg("recoupd is not ready: %d %s", answer.status, answer.body);
}

void service_start(struct service *service, uint32_t instance, const char *lines)
{
    port_of(service, instance);
    write_config(service, instance, lines);
    service->recoupd[instance] = launch(service, instance);
    wait_until_ready(service, instance);
    service_sql(service,
                "INSERT IGNORE INTO campaign_activity_capacity (campaign_activity_id, capacity) "
                "VALUES (1, 1000000)");
}

static int end(struct service *service, uint32_t instance, int signal)
{
    int status = 0;
    assert_int_not_equal(service->recoupd[instance], 0);
    kill(service->recoupd[instance], signal);
    assert_int_equal(waitpid(service->recoupd[instance], &status, 0), service->recoupd[instance]);
    service->recoupd[instance] = 0;
    return status;
}

int service_stop(struct service *service, uint32_t instance)
{
    int status = end(service, instance, SIGTERM);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void service_kill(struct service *service, uint32_t instance)
{
    end(service, instance, SIGKILL);
}

/* --- As a client --- */

static size_t take_body(char *bytes, size_t one, size_t count, void *context)
{
    struct service_answer *answer = context;
    size_t used = strlen(answer->body), room = sizeof answer->body - 1u - used;
    size_t taken = count * one < room ? count * one : room;
    memcpy(answer->body + used, bytes, taken);
    answer->body[used + taken] = '\0';
    return count * one;
}

/* "Authorization: Bearer ..." of this user. */
static void authorize(uint64_t user, char *header, size_t size)
{
    jwt_t *jwt = NULL;
    char subject[24];
    snprintf(subject, sizeof subject, "%llu", (unsigned long long)user);
    assert_int_equal(jwt_new(&jwt), 0);
    jwt_add_grant(jwt, "sub", subject);
    jwt_add_grant_int(jwt, "exp", (long)time(NULL) + 3600);
    jwt_set_alg(jwt, JWT_ALG_HS256, (const unsigned char *)KEY, (int)strlen(KEY));
    char *text = jwt_encode_str(jwt);
    snprintf(header, size, "Authorization: Bearer %s", text);
    free(text);
    jwt_free(jwt);
}

static void ask(struct service *service,
                uint32_t instance,
                uint64_t user,
                const char *path,
                const char *body,
                struct service_answer *answer)
{
    char url[512], header[1024];
    struct curl_slist *headers = NULL;
    CURL *curl = curl_easy_init();
    long status = 0;
    memset(answer, 0, sizeof *answer);
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", service->http[instance], path);
    if (user != 0) {
        authorize(user, header, sizeof header);
        headers = curl_slist_append(headers, header);
    }
    headers = curl_slist_append(headers, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 10000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (body != NULL)
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
}

void service_reserve(struct service *service, uint64_t user, uint64_t activity, char *token)
{
    struct rcp_token_keys keys = {0};
    assert_true(rcp_token_keys_add(&keys, KEY, strlen(KEY)));
    assert_true(rcp_token_issue(&keys, user, activity, token));
    say("redis-cli -p %u SET RESERVATION_TOKEN:%s "
        "'{\"userId\":%llu,\"campaignActivityId\":%llu,\"productId\":1,"
        "\"campaignActivityType\":\"FIRST_COME_FIRST_SERVE\",\"quantity\":1}' EX 300",
        service->ports[SERVICE_REDIS],
        token,
        (unsigned long long)user,
        (unsigned long long)activity);
    assert_string_equal(said, "OK");
}

void service_pay(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *token,
                 struct service_answer *answer)
{
    char body[256];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    ask(service, instance, user, "/api/v1/payments/process", body, answer);
}

void service_post(struct service *service,
                  uint32_t instance,
                  uint64_t user,
                  const char *path,
                  const char *body,
                  struct service_answer *answer)
{
    ask(service, instance, user, path, body, answer);
}

void service_get(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *path,
                 struct service_answer *answer)
{
    ask(service, instance, user, path, NULL, answer);
}

/* --- As an operator --- */

const char *service_sql(struct service *service, const char *sql)
{
    return say(
        "tests/services/mariadb.sh sql %s/mysql --batch --skip-column-names recoup -e \"%s\"",
        service->folder,
        sql);
}

const char *service_redis(struct service *service, const char *command)
{
    return say("redis-cli -p %u %s", service->ports[SERVICE_REDIS], command);
}

void service_until(struct service *service,
                   const char *sql,
                   const char *wanted,
                   uint32_t seconds,
                   const char *what)
{
    for (uint32_t i = 0; i < seconds * 10u; i++) {
        if (strcmp(service_sql(service, sql), wanted) == 0)
            return;
        pause_ms(100);
    }
    fail_msg("%s: %s says %s after %u s, not %s", what, sql, said, seconds, wanted);
}
