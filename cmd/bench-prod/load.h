/* A load of HTTP requests over kept connections, from one thread (epoll).
 *
 * Open: requests are due at a constant rate, and a latency counts from when its request was due, so whoever is
 * made to wait by a slow server is counted (no coordinated omission). Closed: each connection asks again as
 * soon as it has its answer. */
#ifndef RCP_CMD_BENCH_PROD_LOAD_H
#define RCP_CMD_BENCH_PROD_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LOAD_CONNECTIONS_MAX 8192u
#define LOAD_CLOSED_MAX      30000u /* requests a second that a closed load may come to */

/* A whole HTTP/1.1 request; the bytes are the giver's, until the load is over. */
struct load_request {
    const char *bytes;
    uint32_t size;
};

struct load {
    uint16_t port; /* on 127.0.0.1 */
    uint32_t connections;
    uint32_t per_second; /* 0: closed */
    uint32_t duration_ms;
    const atomic_bool *enough; /* true: it ends before its time; NULL: it does not */
    void *context;
    bool (*next)(void *context, struct load_request *request); /* false: there is none left */
};

struct load_answer {
    uint16_t status;  /* 0: the connection ended instead */
    uint32_t from_ms; /* since the load began: when it was due, or sent where the load is closed */
    uint32_t due_us;  /* latency since it was due */
    uint32_t sent_us; /* latency since it was sent: what the client's own queue took is left out */
};

/* Whoever is still unanswered LOAD_LATE_MS behind the end is counted as status 0. */
#define LOAD_LATE_MS 5000u

struct load_answers {
    struct load_answer *list;
    uint32_t count;
    uint32_t room;
    uint64_t began_ms; /* by the monotonic clock */
    uint32_t took_ms;  /* from the first request to the last answer */
};

/* Runs it to its end. False where memory or descriptors are short, or nobody listens. *answers is freed by
 * load_forget() in any case. */
bool load_run(const struct load *load, struct load_answers *answers);
void load_forget(struct load_answers *answers);

/* Of the answers with this status: how many, and the latency that `share` of them did not exceed (0.99). */
struct load_figure {
    uint32_t count;
    double due_ms;
    double sent_ms;
};
/* `from_ms` to `to_ms`: only those that were due then. */
struct load_figure load_figure_between(const struct load_answers *answers,
                                       uint16_t status,
                                       double share,
                                       uint32_t from_ms,
                                       uint32_t to_ms);
struct load_figure load_figure(const struct load_answers *answers, uint16_t status, double share);

#endif
