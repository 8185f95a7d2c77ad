/* A TCP server that misbehaves as it is told: for each request, in the order in which they come, what it says
 * and what it does then. It reads HTTP just well enough to know where a request ends. */
#ifndef RCP_TESTS_PROD_SUPPORT_RAW_SERVER_H
#define RCP_TESTS_PROD_SUPPORT_RAW_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum raw_then {
    RAW_KEEP,  /* waits for the next request on this connection */
    RAW_CLOSE, /* closes it */
    RAW_RESET, /* closes it so that the other side sees a reset */
    RAW_HANG,  /* says nothing more, until the server ends */
};

struct raw_answer {
    const char *bytes; /* NULL: nothing */
    uint32_t drip_ms;  /* between one byte and the next */
    uint32_t more;     /* so many bytes ' ' follow */
    enum raw_then then;
    bool deaf; /* does all this as soon as somebody has connected, without reading */
};

#define RAW_REQUEST_MAX 4096u

struct raw_server;

/* The last answer is given to all requests that come later. Answers must outlive the server. Fails the test
 * where there is no port. */
struct raw_server *raw_server_open(const struct raw_answer *answers, uint32_t count);
void raw_server_close(struct raw_server *server);

uint16_t raw_server_port(const struct raw_server *server);
uint32_t raw_server_connections(struct raw_server *server);
uint32_t raw_server_requests(struct raw_server *server);

/* The text of the nth request, from 0; it has to have come. */
void raw_server_request(struct raw_server *server, uint32_t nth, char text[RAW_REQUEST_MAX]);

#endif
