/* A client's TLS session apart from any socket: bytes of the wire go in and come out through memory, so that
 * whoever owns the socket keeps owning it. By OpenSSL; the server's certificate is always verified. */
#ifndef RCP_PROD_REDIS_TLS_SESSION_H
#define RCP_PROD_REDIS_TLS_SESSION_H

#include <openssl/ssl.h>

#include <stdbool.h>
#include <stddef.h>

/* Files in PEM; NULL where there is none. */
struct rcp_tls_files {
    const char *ca; /* who may sign the server's certificate; NULL: whom the system trusts */
    const char *certificate; /* ours, for a server that asks; with its key */
    const char *key;
};

/* What the sessions to one server share: TLS 1.2 or later. NULL where a file cannot be used. Freed with
 * SSL_CTX_free(). */
SSL_CTX *rcp_tls_context(const struct rcp_tls_files *files);

struct rcp_tls_session;

/* A session with the server of this name or address, which its certificate must bear. NULL where memory is
 * short. */
struct rcp_tls_session *rcp_tls_open(SSL_CTX *context, const char *server);
void rcp_tls_free(struct rcp_tls_session *session);

enum rcp_tls_state {
    RCP_TLS_SHAKING, /* the handshake goes on; rcp_tls_take() may have bytes */
    RCP_TLS_OPEN,
    RCP_TLS_BROKEN /* not trusted, not TLS, or closed */
};

/* Takes what came from the wire (nothing, to begin with) and goes on with the handshake. */
enum rcp_tls_state rcp_tls_feed(struct rcp_tls_session *session, const char *wire, size_t size);

/* Open. Reads what came: the number of bytes, 0 where there are none yet, -1 where the session has ended. */
int rcp_tls_read(struct rcp_tls_session *session, char *bytes, int size);

/* Open. Encrypts all of it for rcp_tls_take(). False where the session is broken. */
bool rcp_tls_write(struct rcp_tls_session *session, const char *bytes, size_t size);

/* Bytes that wait to go to the wire, and the next of them. */
size_t rcp_tls_waiting(const struct rcp_tls_session *session);
size_t rcp_tls_take(struct rcp_tls_session *session, char *wire, size_t size);

#endif
