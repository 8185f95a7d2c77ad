/* The operators' socket: what a request may be, and how a server treats those who send something else, too much,
 * too slowly, or who are nobody to ask. */
#include "prod/ctl/answer.h"
#include "prod/ctl/desk.h"
#include "prod/ctl/line.h"
#include "prod/ctl/peer.h"
#include "prod/ctl/request.h"
#include "prod/ctl/server.h"
#include "prod/loop/clock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY  65534u
#define LINE_MS 300u
#define WAIT_MS 10000u

/* --- Requests --- */

#define REASON ",\"reason\":\"x\"}"

/* A line is a request, or a sentence says what is wrong with it. */
static void a_line_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *wrong; /* part of the sentence; NULL: it is a request */
    } rows[] = {
        {"{\"verb\":\"status\"}", NULL},
        {"{\"verb\":\"list\",\"pending\":true,\"orders\":true,\"limit\":1000}", NULL},
        {"{\"verb\":\"show\",\"object\":\"7/31\"}", NULL},
        {"{\"verb\":\"show\",\"object\":\"9223372036854775807\"}", NULL},
        {"{\"verb\":\"retry\",\"object\":\"7/31\"" REASON, NULL},
        {"{\"verb\":\"pause\",\"object\":\"sweep\",\"node\":2" REASON, NULL},
        {"{\"verb\":\"breaker\",\"object\":\"pay\",\"set\":\"open\"" REASON, NULL},
        {"", "one line of JSON"},
        {"status", "one line of JSON"},
        {"[\"status\"]", "one line of JSON"},
        {"{\"verb\":\"status\"", "one line of JSON"},
        {"{\"verb\":\"status\"}{}", "one line of JSON"},
        {"{\"verb\":\"status\",\"verb\":\"list\"}", "one line of JSON"},
        {"{\"verb\":{\"a\":{\"b\":{\"c\":{\"d\":1}}}}}", "one line of JSON"},
        {"{}", "verb is missing"},
        {"{\"verb\":7}", "verb is a text"},
        {"{\"verb\":\"rejects\"}", "no verb \"rejects\""},
        {"{\"verb\":\"\"}", "no verb \"\""},
        {"{\"verb\":\"status\",\"force\":true}", "no such member"},
        {"{\"verb\":\"status\",\"object\":\"7\"}", "takes no object"},
        {"{\"verb\":\"status\",\"limit\":7}", "takes no limit"},
        {"{\"verb\":\"show\",\"object\":\"7\"" REASON, "takes no reason"},
        {"{\"verb\":\"list\",\"pending\":true,\"parked\":true}", "not both"},
        {"{\"verb\":\"list\",\"pending\":false}", "pending is true"},
        {"{\"verb\":\"list\",\"limit\":0}", "limit is 1 to"},
        {"{\"verb\":\"list\",\"limit\":1001}", "limit is 1 to"},
        {"{\"verb\":\"list\",\"limit\":-1}", "whole number"},
        {"{\"verb\":\"list\",\"limit\":\"7\"}", "whole number"},
        {"{\"verb\":\"show\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"0\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"9223372036854775808\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"7/\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"/7\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"7/31/2\"}", "show what"},
        {"{\"verb\":\"show\",\"object\":\"' OR 1=1\"}", "show what"},
        {"{\"verb\":\"reject\",\"object\":\"7\"" REASON, "reject what"},
        {"{\"verb\":\"ask\",\"object\":\"7/31\"" REASON, "ask what"},
        {"{\"verb\":\"pause\",\"object\":\"pay\"" REASON, "pause what"},
        {"{\"verb\":\"pause\",\"object\":\"7\"" REASON, "pause what"},
        {"{\"verb\":\"pause\",\"object\":\"\"" REASON, "pause what"},
        {"{\"verb\":\"pause\",\"object\":\"sweep\",\"node\":0" REASON, "node is 1 to"},
        {"{\"verb\":\"breaker\",\"object\":\"sweep\",\"set\":\"open\"" REASON, "breaker what"},
        {"{\"verb\":\"breaker\",\"object\":\"pay\"" REASON, "open, closed or auto"},
        {"{\"verb\":\"breaker\",\"object\":\"pay\",\"set\":\"on\"" REASON, "open, closed or auto"},
        {"{\"verb\":\"reject\",\"object\":\"7/31\"}", "needs --reason"},
        {"{\"verb\":\"reject\",\"object\":\"7/31\",\"reason\":\"  \"}", "needs --reason"},
        {"{\"verb\":\"reject\",\"object\":\"7/31\",\"reason\":\"a\\nb\"}", "on one line"},
        {"{\"verb\":\"reject\",\"object\":\"7/31\",\"reason\":\"a\\u0000b\"}", "one line of JSON"},
        {"{\"verb\":\"reject\",\"object\":\"7/31\",\"reason\":null}", "on one line"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rcp_ctl_request request;
        char wrong[RCP_CTL_WRONG_MAX] = "";
        bool read = rcp_ctl_request_read(rows[i].line, strlen(rows[i].line), &request, wrong);
        const char *wanted = rows[i].wrong == NULL ? "" : rows[i].wrong;
        if (read != (rows[i].wrong == NULL))
            fail_msg("%s: %s", rows[i].line, wrong);
        if (!read && strstr(wrong, wanted) == NULL)
            fail_msg("%s: says \"%s\", not \"%s\"", rows[i].line, wrong, wanted);
    }
}

/* A reason may be as long as its column, and no longer. */
static void a_reason_fits_its_column(void **state)
{
    (void)state;
    for (uint32_t over = 0; over < 2; over++) {
        char reason[RCP_CTL_REASON_MAX + 2u] = "", line[RCP_CTL_LINE_MAX];
        char wrong[RCP_CTL_WRONG_MAX];
        struct rcp_ctl_request request;
        memset(reason, 'r', RCP_CTL_REASON_MAX + over);
        int size = snprintf(
            line, sizeof line, "{\"verb\":\"ask\",\"object\":\"7\",\"reason\":\"%s\"}", reason);
        assert_int_equal(rcp_ctl_request_read(line, (size_t)size, &request, wrong), over == 0);
    }
}

/* What a request says is what it is about. */
static void a_request_is_what_it_says(void **state)
{
    (void)state;
    struct rcp_ctl_request request;
    char wrong[RCP_CTL_WRONG_MAX], name[RCP_CTL_NAME_MAX];
    static const char breaker[] = "{\"verb\":\"breaker\",\"object\":\"query\",\"set\":\"auto\","
                                  "\"node\":3,\"reason\":\"why\"}";
    static const char reject[] = "{\"verb\":\"reject\",\"object\":\"7/31\",\"reason\":\"왜\"}";
    assert_true(rcp_ctl_request_read(breaker, sizeof breaker - 1, &request, wrong));
    assert_int_equal(request.operate.circuit, RCP_CIRCUIT_QUERY);
    assert_int_equal(request.operate.operation, RCP_OPERATE_AUTOMATIC);
    assert_int_equal(request.node, 3);
    rcp_ctl_object_name(&request, name);
    assert_string_equal(name, "query");
    assert_true(rcp_ctl_request_read(reject, sizeof reject - 1, &request, wrong));
    assert_int_equal(request.activity_id, 7);
    assert_int_equal(request.user_id, 31);
    assert_string_equal(request.reason, "왜");
    rcp_ctl_object_name(&request, name);
    assert_string_equal(name, "7/31");
}

/* Words come to the same line whatever their order; what is wrong with them is said before anybody is asked. */
static void words_become_a_line(void **state)
{
    (void)state;
    static const struct {
        const char *words[10];
        const char *line; /* or part of the sentence */
        bool good;
    } rows[] = {
        {{"status"}, "{\"verb\":\"status\"}\n", true},
        {{"list", "--orders", "--limit", "5"},
         "{\"verb\":\"list\",\"orders\":true,\"limit\":5}\n",
         true},
        {{"--limit", "5", "list"}, "{\"limit\":5,\"verb\":\"list\"}\n", true},
        {{"reject", "--reason", "--limit", "7/31"},
         "{\"verb\":\"reject\",\"reason\":\"--limit\",\"object\":\"7/31\"}\n",
         true},
        {{"breaker", "pay", "open", "--node", "2", "--reason", "x"},
         "{\"verb\":\"breaker\",\"object\":\"pay\",\"set\":\"open\",\"node\":2,\"reason\":\"x\"}\n",
         true},
        {{"stop"}, "no verb \"stop\"", false},
        {{"show", "7", "8"}, "takes no set", false},
        {{"show", "7", "8", "9"}, "one set too many", false},
        {{"list", "--limit", "5", "--limit", "6"}, "one limit too many", false},
        {{"list", "--limit"}, "wants a word", false},
        {{"list", "--limit", "many"}, "whole number", false},
        {{"list", "--all"}, "no option \"--all\"", false},
        {{"show", "--object", "7"}, "no option \"--object\"", false},
        {{"--verb", "status"}, "no option \"--verb\"", false},
        {{"ask", "7", "--reason", "\xff"}, "UTF-8", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char wrong[RCP_CTL_WRONG_MAX] = "";
        int count = 0;
        while (rows[i].words[count] != NULL)
            count++;
        char *line = rcp_ctl_request_line(count, (char **)(uintptr_t)rows[i].words, wrong);
        if ((line != NULL) != rows[i].good)
            fail_msg("row %zu: %s", i, wrong);
        if (rows[i].good)
            assert_string_equal(line, rows[i].line);
        else if (strstr(wrong, rows[i].line) == NULL)
            fail_msg("row %zu says: %s", i, wrong);
        free(line);
    }
}

/* Each verb has a name of its own, and says what it does; what changes something needs a reason, and only that. */
static void the_table_of_verbs_is_whole(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RCP_CTL_VERB_COUNT; i++) {
        const struct rcp_ctl_verb_row *row = &rcp_ctl_verbs[i];
        assert_non_null(row->name);
        assert_true(strlen(row->name) <= 16); /* the audit's column */
        assert_true(strlen(row->sentence) > 10);
        assert_int_equal(rcp_ctl_verb_find(row->name), i);
        assert_int_equal(strstr(row->words, "--reason") != NULL, row->changes);
        assert_int_equal((rcp_ctl_verb_options((enum rcp_ctl_verb)i) & RCP_CTL_OPTION_REASON) != 0,
                         row->changes);
    }
}

/* --- Peers --- */

/* Whoever runs the service may, and root; nobody else. */
static void operators_are_its_owner_and_root(void **state)
{
    (void)state;
    static const struct {
        uid_t uid, owner;
        bool may;
    } rows[] = {{7, 7, true}, {0, 7, true}, {8, 7, false}, {NOBODY, 7, false}, {7, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct rcp_peer peer = {.uid = rows[i].uid};
        assert_int_equal(rcp_peer_may(&peer, rows[i].owner), rows[i].may);
    }
}

/* --- Waiting for a loop --- */

static uint32_t posted;

static void count_post(struct rcp_ticket *ticket)
{
    (void)ticket;
    posted++;
}

/* What is answered in time is the waiter's; what is not is whoever's answers it later; and nothing is posted once the
 * desk is closed. */
static void a_ticket_has_one_owner(void **state)
{
    (void)state;
    struct rcp_desk desk;
    struct rcp_ticket ticket;
    posted = 0;
    rcp_desk_open(&desk);
    assert_true(rcp_desk_hand_in(&desk, &ticket, count_post));
    assert_true(rcp_ticket_answer(&ticket));
    assert_true(rcp_desk_wait(&desk, &ticket, WAIT_MS));
    assert_true(rcp_desk_hand_in(&desk, &ticket, count_post));
    assert_false(rcp_desk_wait(&desk, &ticket, 20));
    assert_false(rcp_ticket_answer(&ticket));
    rcp_desk_close(&desk);
    assert_false(rcp_desk_hand_in(&desk, &ticket, count_post));
    assert_int_equal(posted, 2);
    rcp_desk_free(&desk);
}

/* --- The server --- */

static struct {
    char folder[40];
    char path[64];
    struct rcp_ctl_server *server;
} fixture;

static char *repeat(void *context, const struct rcp_peer *peer, const char *line, size_t size)
{
    char *answer = malloc(size + RCP_PEER_NAME_MAX + 3u);
    (void)context;
    assert_non_null(answer);
    sprintf(answer, "%s %s\n", peer->name, line);
    return answer;
}

static int call(void)
{
    int fd = rcp_ctl_call(fixture.path);
    assert_true(fd >= 0);
    return fd;
}

/* What the server says, "" where it hangs up; and then waits until it has, so that there is room for another. */
static const char *hear(int fd)
{
    char rest = 0;
    static char said[RCP_CTL_LINE_MAX * 2u];
    char *line = NULL;
    size_t size = 0;
    said[0] = '\0';
    if (rcp_line_read(fd, rcp_mono_ms() + WAIT_MS, sizeof said - 1u, &line, &size) ==
        RCP_LINE_WHOLE)
        memcpy(said, line, size + 1u);
    free(line);
    while (recv(fd, &rest, 1, 0) > 0)
        continue;
    close(fd);
    return said;
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void open_for(uid_t owner)
{
    const struct rcp_ctl_server_options options = {
        .path = fixture.path, .owner = owner, .line_ms = LINE_MS, .answer = repeat};
    fixture.server = rcp_ctl_server_open(&options);
    assert_non_null(fixture.server);
}

static int open_server(void **state)
{
    (void)state;
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/recoup-ctl-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.path, sizeof fixture.path, "%s/socket", fixture.folder);
    open_for(geteuid());
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    rcp_ctl_server_close(fixture.server);
    assert_int_not_equal(access(fixture.path, F_OK), 0); /* the socket is gone */
    return rmdir(fixture.folder);
}

/* A line is answered by a line, and who asked is known by the kernel's word. */
static void a_line_is_answered(void **state)
{
    (void)state;
    struct stat there;
    int fd = call();
    send_text(fd, "who am i");
    send_text(fd, "\n");
    const char *said = hear(fd);
    assert_non_null(strstr(said, " who am i"));
    assert_int_not_equal(said[0], ' ');
    assert_int_equal(stat(fixture.path, &there), 0);
    assert_int_equal(there.st_mode & 0777, 0600);
}

/* One byte more than a request may have. */
static void a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char text[RCP_CTL_LINE_MAX + 2u];
    int fd = call();
    memset(text, 'x', sizeof text - 1u);
    text[sizeof text - 1u] = '\0';
    send_text(fd, text);
    assert_non_null(strstr(hear(fd), "too long"));
}

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

/* A byte now and then keeps nobody alive: the whole line has one deadline. */
static void a_slow_line_is_cut_off(void **state)
{
    (void)state;
    const uint64_t began_ms = rcp_mono_ms();
    int fd = call();
    for (uint32_t i = 0; i < 2u * LINE_MS / 50u; i++) {
        send(fd, "x", 1, MSG_NOSIGNAL);
        pause_ms(50);
    }
    assert_non_null(strstr(hear(fd), "in time"));
    assert_true(rcp_mono_ms() - began_ms < WAIT_MS);
}

/* One who hangs up in the middle of a line is nobody's trouble, and the next one is served. */
static void a_broken_line_is_forgotten(void **state)
{
    (void)state;
    int fd = call();
    send_text(fd, "half a li");
    shutdown(fd, SHUT_WR);
    assert_string_equal(hear(fd), "");
    a_line_is_answered(state);
}

/* Those who are too many are told so, and there is room again when the others have gone. */
static void too_many_are_told_to_come_again(void **state)
{
    (void)state;
    int fds[RCP_CTL_CONNECTIONS_MAX];
    for (uint32_t i = 0; i < RCP_CTL_CONNECTIONS_MAX; i++)
        fds[i] = call();
    assert_non_null(strstr(hear(call()), "come again"));
    for (uint32_t i = 0; i < RCP_CTL_CONNECTIONS_MAX; i++)
        assert_non_null(strstr(hear(fds[i]), "in time"));
    a_line_is_answered(state);
}

/* Closing does not wait for a line that never comes. */
static void closing_hangs_up(void **state)
{
    (void)state;
    int fd = call();
    send_text(fd, "half a li");
    pause_ms(50); /* it is accepted */
    rcp_ctl_server_close(fixture.server);
    assert_string_equal(hear(fd), "");
    open_for(geteuid());
}

/* A path that another process answers at is not taken from it; one that was left behind by a kill is. */
static void a_socket_is_one_process_s(void **state)
{
    (void)state;
    const struct rcp_ctl_server_options options = {
        .path = fixture.path, .owner = geteuid(), .line_ms = LINE_MS, .answer = repeat};
    assert_null(rcp_ctl_server_open(&options));
    assert_int_equal(errno, EADDRINUSE);
    a_line_is_answered(state);
    rcp_ctl_server_close(fixture.server);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fixture.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
    open_for(geteuid());
    a_line_is_answered(state);
}

/* Another user is refused, even where the file's mode would let him in. */
static void a_stranger_is_refused(void **state)
{
    (void)state;
    int status = 0;
    rcp_ctl_server_close(fixture.server);
    open_for(4242);
    assert_int_equal(chmod(fixture.folder, 0711), 0);
    assert_int_equal(chmod(fixture.path, 0666), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && setuid(NOBODY) != 0)
            _exit(1);
        int fd = call();
        _exit(strstr(hear(fd), "\"refused\"") != NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    rcp_ctl_server_close(fixture.server);
    open_for(geteuid());
}

int main(void)
{
    const struct CMUnitTest requests[] = {
        cmocka_unit_test(a_line_is_read_strictly),
        cmocka_unit_test(a_reason_fits_its_column),
        cmocka_unit_test(a_request_is_what_it_says),
        cmocka_unit_test(words_become_a_line),
        cmocka_unit_test(the_table_of_verbs_is_whole),
        cmocka_unit_test(operators_are_its_owner_and_root),
        cmocka_unit_test(a_ticket_has_one_owner),
    };
    const struct CMUnitTest served[] = {
        cmocka_unit_test(a_line_is_answered),
        cmocka_unit_test(a_line_that_is_too_long_is_refused),
        cmocka_unit_test(a_slow_line_is_cut_off),
        cmocka_unit_test(a_broken_line_is_forgotten),
        cmocka_unit_test(too_many_are_told_to_come_again),
        cmocka_unit_test(closing_hangs_up),
        cmocka_unit_test(a_socket_is_one_process_s),
        cmocka_unit_test(a_stranger_is_refused),
    };
    int failed = cmocka_run_group_tests_name("ctl requests", requests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("ctl server", served, open_server, close_server);
}
