/* A client whose brokers do not answer: the loop hears of what it says, however early it says it. */
#include "prod/kafka/client_adapter.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 5000 /* for the library to notice that nobody listens */

/* Nobody listens at port 1. */
static rd_kafka_t *open_client(void)
{
    static const struct rcp_kafka_access access = {.brokers = "127.0.0.1:1", .client = "test"};
    static const struct rcp_kafka_setting settings[] = {{NULL, NULL}};
    char wrong[RCP_KAFKA_WRONG_MAX] = "";
    rd_kafka_t *client =
        rcp_kafka_client(RD_KAFKA_PRODUCER, &access, settings, RD_KAFKA_EVENT_ERROR, wrong);
    assert_string_equal(wrong, "");
    return client;
}

static bool is_written(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 1;
}

/* A client that fails at once has spoken before anybody listens. Unheard, that would keep it silent for ever: the
 * library writes when a queue gets its first event, and this one would never be emptied. */
static void what_came_before_is_heard(void **state)
{
    (void)state;
    int ends[2]; /* read, write */
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    rd_kafka_t *client = open_client();
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(client);
    for (int waited_ms = 0; rd_kafka_queue_length(queue) == 0; waited_ms += 10) {
        assert_true(waited_ms < PATIENCE_MS);
        usleep(10000);
    }
    rcp_kafka_wake(queue, ends[1]);
    assert_true(is_written(ends[0]));
    rd_kafka_queue_io_event_enable(queue, -1, NULL, 0);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(client);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_before_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
