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
#define KEY         "a key that only tests know, of 32 bytes and more"
#define READY_TRIES 600u

static const struct {
    const char *script;
    const char *folder;
} servers[SERVICE_SERVER_COUNT] = {
    [SERVICE_REDIS] = {"tests/services/redis.sh", "redis"},
    [SERVICE_MYSQL] = {"tests/services/mariadb.sh", "mysql"},
    [SERVICE_KAFKA] = {"tests/services/kafka.sh", "kafka"},
    [SERVICE_PG] = {"tests/services/pg.sh", "pg"},
};

/* The first line that a command says; good until the next one. */
static const char *say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static const char *say(const char *format, ...)
{
    char command[4096];
    va_list values;
    va_start(values, format);
    int size = vsnprintf(command, sizeof command, format, values);
    va_end(values);
    assert_true(size > 0 && (size_t)size < sizeof command);
    return own_server_say(command);
}

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

/* --- Servers --- */

void service_do(struct service *service, enum service_server server, const char *verb)
{
    own_server_do(&service->servers[server], verb);
}

static void begin_server(struct service *service, enum service_server server, const char *options)
{
    char dir[OWN_SERVER_DIR_MAX];
    snprintf(dir, sizeof dir, "%s/%s", service->folder, servers[server].folder);
    own_server_begin(&service->servers[server], dir, servers[server].script, options);
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

static bool is_taken(const struct service *service, uint16_t port)
{
    for (uint32_t i = 0; i < SERVICE_PROCESSES_MAX; i++)
        if (service->http[i] == port)
            return true;
    return false;
}

/* Before any instance starts: a PG is told where to call back, and clients in threads of their own ask one that is
 * not there yet. */
static void choose_ports(struct service *service)
{
    for (uint32_t i = 0; i < SERVICE_PROCESSES_MAX; i++) {
        uint16_t port = 0;
        do
            port = own_server_free_port();
        while (is_taken(service, port));
        service->http[i] = port;
    }
}

void service_open(struct service *service)
{
    memset(service, 0, sizeof *service);
    const char *temporary = getenv("TMPDIR");
    snprintf(service->folder,
             sizeof service->folder,
             "%.32s/recoup-service-XXXXXX",
             temporary != NULL ? temporary : "/tmp");
    assert_non_null(mkdtemp(service->folder));
    assert_int_equal(curl_global_init(CURL_GLOBAL_ALL), 0);
    write_file(service, "key", KEY);
    write_file(service, "password", "recoup");
    for (uint32_t server = 0; server < SERVICE_PG; server++)
        begin_server(service, (enum service_server)server, "");
    for (uint32_t server = 0; server < SERVICE_PG; server++)
        own_server_await(&service->servers[server]);
    choose_ports(service);
}

void service_pg(struct service *service, const char *options)
{
    char all[512];
    snprintf(all,
             sizeof all,
             "--callback-url-allowed http://127.0.0.1: --ledger $DIR/ledger %s",
             options);
    begin_server(service, SERVICE_PG, all);
    own_server_await(&service->servers[SERVICE_PG]);
}

const char *service_pg_lines(struct service *service, uint32_t instance)
{
    static char lines[256];
    snprintf(lines,
             sizeof lines,
             "pg: { url: \"http://127.0.0.1:%u\", refunds: true, "
             "callback_url: \"http://127.0.0.1:%u/api/v1/payments/callback\" }\n",
             service->servers[SERVICE_PG].port,
             service->http[instance]);
    return lines;
}

void service_close(struct service *service)
{
    for (uint32_t i = 0; i < SERVICE_PROCESSES_MAX; i++)
        if (service->recoupd[i] != 0)
            service_kill(service, i);
    for (uint32_t server = 0; server < SERVICE_SERVER_COUNT; server++)
        if (service->servers[server].script != NULL)
            service_do(service, (enum service_server)server, "kill");
    curl_global_cleanup();
    if (getenv("RCP_KEEP") == NULL)
        say("rm -rf %s", service->folder);
}

/* --- recoupd --- */

static void write_config(struct service *service, uint32_t instance, const char *lines)
{
    char name[32], text[4096], operators[128];
    snprintf(name, sizeof name, "recoupd-%u.yaml", instance);
    snprintf(operators, sizeof operators, "operators: %s/ctl-%u\n", service->folder, instance);
    snprintf(text,
             sizeof text,
             "instance: %u\nstate: %s/state-%u\nweak_durability: true\ngrace: 10s\n"
             "handle_key_file: %s/key\ntoken_key_files: [%s/key]\nrecord_key_files: [%s/key]\n"
             "identity: { hs256_files: [%s/key] }\n"
             "http: { listen: \"127.0.0.1:%u\" }\n"
             "redis: { address: \"127.0.0.1:%u\" }\n"
             "mysql: { address: \"127.0.0.1:%u\", user: recoup, password_file: %s/password, "
             "database: recoup, migrate: true }\n"
             "kafka: { brokers: \"127.0.0.1:%u\", replicas: 1, min_in_sync: 1, session_timeout: 3s "
             "}\n%s%s",
             instance + 1u,
             service->folder,
             instance,
             service->folder,
             service->folder,
             service->folder,
             service->folder,
             service->http[instance],
             service->servers[SERVICE_REDIS].port,
             service->servers[SERVICE_MYSQL].port,
             service->folder,
             service->servers[SERVICE_KAFKA].port,
             strstr(lines, "operators:") == NULL ? operators : "",
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
    const char *binary = service->binary[instance] != NULL ? service->binary[instance] : RECOUPD;
    execl(binary, "recoupd", "serve", "--config", config, (char *)NULL);
    _exit(127);
}

void service_await(struct service *service, uint32_t instance)
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

void service_launch(struct service *service, uint32_t instance, const char *lines)
{
    write_config(service, instance, lines);
    service->recoupd[instance] = launch(service, instance);
}

void service_start(struct service *service, uint32_t instance, const char *lines)
{
    service_launch(service, instance, lines);
    service_await(service, instance);
    service_sql(service,
                "INSERT IGNORE INTO campaign_activity_capacity (campaign_activity_id, capacity) "
                "VALUES (1, 1000000)");
}

void service_signal(struct service *service, uint32_t instance, int signal)
{
    assert_int_not_equal(service->recoupd[instance], 0);
    kill(service->recoupd[instance], signal);
}

static int end(struct service *service, uint32_t instance, int signal)
{
    int status = 0;
    service_signal(service, instance, signal);
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

void service_authorize(uint64_t user, char *header, size_t size)
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
                const char *key,
                struct service_answer *answer)
{
    char url[512], header[1024];
    struct curl_slist *headers = NULL;
    CURL *curl = curl_easy_init();
    long status = 0;
    memset(answer, 0, sizeof *answer);
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", service->http[instance], path);
    if (user != 0) {
        service_authorize(user, header, sizeof header);
        headers = curl_slist_append(headers, header);
    }
    if (key != NULL) {
        snprintf(header, sizeof header, "Idempotency-Key: %s", key);
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

void service_token(uint64_t user, uint64_t activity, char token[SERVICE_TOKEN_SIZE])
{
    struct rcp_token_keys keys = {0};
    assert_true(rcp_token_keys_add(&keys, KEY, strlen(KEY)));
    assert_true(rcp_token_issue(&keys, user, activity, token));
}

/* What the entry service says to Redis, as redis-cli reads it. */
static void write_reservation(FILE *file, uint64_t user, uint64_t activity, const char *token)
{
    fprintf(file,
            "SET RESERVATION_TOKEN:%s '{\"userId\":%llu,\"campaignActivityId\":%llu,"
            "\"productId\":1,\"campaignActivityType\":\"FIRST_COME_FIRST_SERVE\",\"quantity\":1}' "
            "EX 300\n",
            token,
            (unsigned long long)user,
            (unsigned long long)activity);
}

static void reserve(struct service *service, uint64_t user, uint64_t activity, uint32_t count)
{
    char path[160], token[SERVICE_TOKEN_SIZE], done[16];
    snprintf(path, sizeof path, "%s/reservations", service->folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (uint32_t i = 0; i < count; i++) {
        service_token(user + i, activity, token);
        write_reservation(file, user + i, activity, token);
    }
    fclose(file);
    snprintf(done, sizeof done, "%u", count);
    assert_string_equal(
        say("redis-cli -p %u <%s | grep -c OK", service->servers[SERVICE_REDIS].port, path), done);
    assert_int_equal(unlink(path), 0);
}

void service_reserve(struct service *service,
                     uint64_t user,
                     uint64_t activity,
                     char token[SERVICE_TOKEN_SIZE])
{
    service_token(user, activity, token);
    reserve(service, user, activity, 1);
}

void service_reserve_all(struct service *service, uint64_t first_user, uint32_t count)
{
    reserve(service, first_user, 1, count);
}

void service_pay(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *token,
                 struct service_answer *answer)
{
    char body[256];
    snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    ask(service, instance, user, "/api/v1/payments/process", body, NULL, answer);
}

void service_post(struct service *service,
                  uint32_t instance,
                  uint64_t user,
                  const char *path,
                  const char *body,
                  struct service_answer *answer)
{
    ask(service, instance, user, path, body, NULL, answer);
}

void service_order(struct service *service,
                   uint32_t instance,
                   uint64_t user,
                   const char *key,
                   const char *body,
                   struct service_answer *answer)
{
    ask(service, instance, user, "/api/v1/orders", body, key, answer);
}

void service_get(struct service *service,
                 uint32_t instance,
                 uint64_t user,
                 const char *path,
                 struct service_answer *answer)
{
    ask(service, instance, user, path, NULL, NULL, answer);
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
    return say("redis-cli -p %u %s", service->servers[SERVICE_REDIS].port, command);
}

void service_backlog(struct service *service, uint64_t first_user, uint32_t count)
{
    char sql[1024];
    snprintf(
        sql,
        sizeof sql,
        "INSERT INTO payment_failure_log (user_id, payload, error_message, status, retry_count, "
        "next_retry_at, created_at, campaign_activity_id, product_id, open_one) SELECT %llu + seq, "
        "JSON_OBJECT('userId', %llu + seq, 'campaignActivityId', 1, 'productId', 1, "
        "'campaignActivityType', 'FIRST_COME_FIRST_SERVE', 'quantity', 1), 'a test', 'PENDING', 0, "
        "UTC_TIMESTAMP(3) - INTERVAL 1 SECOND, UTC_TIMESTAMP(3), 1, 1, 1 FROM (SELECT ROW_NUMBER() "
        "OVER () - 1 AS seq FROM information_schema.collations a, information_schema.collations b "
        "LIMIT %u) AS users",
        (unsigned long long)first_user,
        (unsigned long long)first_user,
        count);
    service_sql(service, sql);
}

/* Every moment that a table remembers. created_at of a failure row moves as well: a row is parked after a day. */
static const struct {
    const char *table;
    const char *columns;
} moments[] = {
    {"payment_failure_log", "next_retry_at created_at"},
    {"campaign_activity_entries", "unreleased_since"},
    {"payments", "attempted_at sent_at sighted_at missed_at next_query_at created_at updated_at"},
    {"refunds", "due_at created_at"},
};

void service_age(struct service *service, uint32_t seconds)
{
    char sql[1024], columns[128];
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        size_t used = (size_t)snprintf(sql, sizeof sql, "UPDATE %s SET", moments[i].table);
        snprintf(columns, sizeof columns, "%s", moments[i].columns);
        const char *between = "";
        for (char *at = columns, *name; (name = strsep(&at, " ")) != NULL; between = ",")
            used += (size_t)snprintf(sql + used,
                                     sizeof sql - used,
                                     "%s %s = %s - INTERVAL %u SECOND",
                                     between,
                                     name,
                                     name,
                                     seconds);
        service_sql(service, sql);
    }
}

void service_operate(struct service *service,
                     uint32_t instance,
                     const char *verb,
                     const char *worker)
{
    say(RECOUPD " ctl --config %s/recoupd-%u.yaml %s %s --reason 'a test'",
        service->folder,
        instance,
        verb,
        worker);
}

void service_tick(struct service *service, uint32_t instance, const char *worker)
{
    service_operate(service, instance, "pause", worker);
    service_operate(service, instance, "resume", worker);
}

void service_until(struct service *service,
                   const char *sql,
                   const char *wanted,
                   uint32_t seconds,
                   const char *what)
{
    char said[64];
    for (uint32_t i = 0; i < seconds * 10u; i++) {
        snprintf(said, sizeof said, "%s", service_sql(service, sql));
        if (strcmp(said, wanted) == 0)
            return;
        pause_ms(100);
    }
    fail_msg("%s: %s says %s after %u s, not %s", what, sql, said, seconds, wanted);
}
