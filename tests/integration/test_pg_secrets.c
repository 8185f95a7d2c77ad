/* What protects a card on its way: a PG that the certificate authority vouches for, and memory in which nothing
 * is left of it afterwards. */
#include "tests/prod/support/own_server.h"
#include "tests/prod/support/pg_bench.h"
#include "tests/prod/support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- TLS --- */

/* OpenSSL's own server, with a certificate for 127.0.0.1 that nobody but itself vouches for. */
struct tls {
    char folder[64];
    char certificate[96];
    uint16_t port;
    pid_t pid;
};

static struct sockaddr_in address_of(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
}

static bool listens(uint16_t port)
{
    struct sockaddr_in at = address_of(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool there = connect(fd, (struct sockaddr *)&at, sizeof at) == 0;
    close(fd);
    return there;
}

static void make_certificate(struct tls *tls)
{
    char command[512];
    snprintf(tls->folder, sizeof tls->folder, "/tmp/rcp-tls-XXXXXX");
    assert_non_null(mkdtemp(tls->folder));
    snprintf(tls->certificate, sizeof tls->certificate, "%s/cert.pem", tls->folder);
    snprintf(command,
             sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
             "-subj /CN=pg -addext subjectAltName=IP:127.0.0.1 -keyout %s/key.pem -out %s "
             "2>/dev/null",
             tls->folder,
             tls->certificate);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
}

static void start_tls(struct tls *tls)
{
    char key[96];
    char at[32];
    make_certificate(tls);
    tls->port = own_server_free_port();
    snprintf(key, sizeof key, "%s/key.pem", tls->folder);
    snprintf(at, sizeof at, "127.0.0.1:%u", tls->port);
    tls->pid = fork();
    if (tls->pid == 0) {
        if (freopen("/dev/null", "w", stdout) == NULL || freopen("/dev/null", "w", stderr) == NULL)
            _exit(126);
        execlp("openssl",
               "openssl",
               "s_server",
               "-accept",
               at,
               "-cert",
               tls->certificate,
               "-key",
               key,
               "-www",
               (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 100 && !listens(tls->port); i++)
        usleep(50000);
}

static void end_tls(struct tls *tls)
{
    char command[128];
    kill(tls->pid, SIGTERM);
    waitpid(tls->pid, NULL, 0);
    snprintf(command, sizeof command, "rm -r %s", tls->folder);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): our own words */
}

static enum rcp_pg_answer get_over_tls(const struct tls *tls, const char *host, const char *ca_file)
{
    char url[64];
    snprintf(url, sizeof url, "https://%s:%u", host, tls->port);
    struct pg_bench *bench = pg_bench_open(url, NULL, ca_file);
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, pg_bench_key(bench, "k1"));
    effect.connect_timeout_ms = 2000;
    effect.timeout_ms = 3000;
    enum rcp_pg_answer answer = pg_bench_call(bench, &effect)->done.answer;
    pg_bench_close(bench);
    return answer;
}

/* A page that is no JSON is what that server says where we talk to it at all. Else nothing was sent: an unknown
 * issuer, another host's certificate, a file of authorities that is none. */
static void only_a_vouched_for_pg_is_talked_to(void **state)
{
    struct tls tls;
    enum rcp_pg_answer heard[4];
    (void)state;
    start_tls(&tls);
    heard[0] = get_over_tls(&tls, "127.0.0.1", tls.certificate);
    heard[1] = get_over_tls(&tls, "127.0.0.1", NULL);
    heard[2] = get_over_tls(&tls, "localhost", tls.certificate);
    heard[3] = get_over_tls(&tls, "127.0.0.1", "/dev/null");
    end_tls(&tls); /* before anything can fail: nobody else ends it */
    assert_int_equal(heard[0], RCP_PG_UNREADABLE);
    for (int i = 1; i < 4; i++)
        assert_int_equal(heard[i], RCP_PG_NOT_CONNECTED);
}

/* --- Memory --- */

/* A sanitizer keeps what was freed, and has terabytes of its own that can be written to. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#define NUMBER_SIZE 19u
#define HIDE        0x55u

/* A card's number that stands nowhere in this program as it is: each byte is hidden until it is used. */
static const unsigned char hidden[NUMBER_SIZE] = {
    '9' ^ HIDE, '8' ^ HIDE, '7' ^ HIDE, '6' ^ HIDE, '-' ^ HIDE, '1' ^ HIDE, '3' ^ HIDE,
    '5' ^ HIDE, '7' ^ HIDE, '-' ^ HIDE, '2' ^ HIDE, '4' ^ HIDE, '6' ^ HIDE, '8' ^ HIDE,
    '-' ^ HIDE, '1' ^ HIDE, '2' ^ HIDE, '1' ^ HIDE, '2' ^ HIDE,
};

static bool is_number(const unsigned char *bytes)
{
    for (uint32_t i = 0; i < NUMBER_SIZE; i++)
        if ((bytes[i] ^ HIDE) != hidden[i])
            return false;
    return true;
}

static uint32_t count_in(const unsigned char *begin, const unsigned char *end)
{
    uint32_t count = 0;
    for (; begin + NUMBER_SIZE <= end; begin++)
        count += is_number(begin);
    return count;
}

/* How often the number stands in what a core dump would hold: all memory that can be written to. */
static uint32_t count_in_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    uint32_t count = 0;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *end = NULL;
        uintptr_t first = strtoul(line, &end, 16);
        uintptr_t last = strtoul(end + 1, &end, 16);
        if (strncmp(end, " rw-p", 5) == 0 && strstr(line, "[v") == NULL)
            count += count_in((const unsigned char *)first, (const unsigned char *)last);
    }
    fclose(maps);
    return count;
}

static void put_hidden_card(struct pg_bench *bench)
{
    char number[NUMBER_SIZE + 1u] = "";
    struct rcp_card card;
    for (uint32_t i = 0; i < NUMBER_SIZE; i++)
        number[i] = (char)(hidden[i] ^ HIDE);
    if (!rcp_card_read(&card, "KB", number) ||
        !rcp_cards_put(pg_bench_cards(bench), 123, rcp_mono_ms(), &card))
        abort();
    rcp_card_wipe(&card);
    explicit_bzero(number, sizeof number);
}

/* In a process of its own, since the server that is paid has read the number. Says by its exit code how often
 * the number was there before the PAY (it is, once: else the search finds nothing at all) and after it. */
static int pay_and_look(uint16_t port)
{
    if (!rcp_pg_process_begin())
        return 100;
    struct pg_bench *bench = pg_bench_at(port);
    put_hidden_card(bench);
    uint32_t before = count_in_memory();
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_PAY, 123, 0);
    enum rcp_pg_answer answer = pg_bench_call(bench, &effect)->done.answer;
    uint32_t after = count_in_memory();
    fprintf(stderr, "the number stood %u times before and %u times after\n", before, after);
    if (answer != RCP_PG_OK)
        return 101;
    return before != 1 ? 102 : (int)after;
}

/* Once the PG has the card, nothing in this process has it any more: not our tables, not the JSON that carried
 * it, not libcurl's buffers, not the stack. */
static void nothing_is_left_of_a_card(void **state)
{
    static const struct raw_answer answer = {
        "HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n{\"meta\":{\"result\":\"SUCCESS\"},\"data\":{"
        "\"transactionKey\":\"k1\",\"status\":\"PENDING\",\"reason\":null}}",
        .then = RAW_KEEP};
    int status = 0;
    (void)state;
    if (SANITIZED)
        skip();
    struct raw_server *server = raw_server_open(&answer, 1);
    pid_t child = fork();
    if (child == 0)
        _exit(pay_and_look(raw_server_port(server)));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(raw_server_requests(server), 1);
    raw_server_close(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_of_a_card),
        cmocka_unit_test(only_a_vouched_for_pg_is_talked_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
