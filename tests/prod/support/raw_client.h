/* An HTTP client that says exactly what a test wants said, whole or in pieces, right or wrong. */
#ifndef RCP_TESTS_PROD_RAW_CLIENT_H
#define RCP_TESTS_PROD_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct raw_reply {
    int status; /* 0: no answer */
    size_t body_size;
    char head[8192];
    char body[262144]; /* a NUL behind it */
};

/* A connection to loopback, or to a unix socket. Aborts where there is none. */
int raw_connect(uint16_t port);
int raw_connect_unix(const char *path);

void raw_send(int fd, const char *bytes, size_t size);
void raw_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The next answer on this connection. False, and status 0, where it ends or stays silent for too long. */
bool raw_read(int fd, struct raw_reply *reply, int timeout_ms);

/* True where the other side closes within this time without another byte. */
bool raw_ends(int fd, int timeout_ms);

/* A header's value, "" where there is none; valid until the next call. */
const char *raw_header(const struct raw_reply *reply, const char *name);

/* One request on a connection of its own: POST of JSON, or GET where body is NULL. `headers` are lines that end in
 * \r\n, or "". */
void raw_ask(uint16_t port,
             const char *path,
             const char *headers,
             const char *body,
             struct raw_reply *reply);

uint64_t raw_now_ms(void);

#endif
