/* One connection to Redis on an event loop: TCP or a unix socket, with or without TLS. Bytes go out and come
 * in; what they mean is the adapter's. A link that is lost is not repaired: the adapter opens another one. */
#ifndef RCP_PROD_REDIS_LINK_H
#define RCP_PROD_REDIS_LINK_H

#include <openssl/ssl.h>
#include <uv.h>

#include <stddef.h>
#include <stdint.h>

/* Where Redis is. The texts and the context outlive every link to it. */
struct rcp_redis_address {
    const char *unix_path; /* NULL: by host and port */
    const char *host;      /* name or address */
    const char *port;      /* as text */
    SSL_CTX *tls;          /* NULL: plain */
    const char *server;    /* TLS: the name or address that the certificate must bear */
};

/* Whom a link tells; called on the loop, never from within a function of this header. */
struct rcp_redis_link_calls {
    void *owner;
    void (*opened)(void *owner); /* bytes may be sent from here on */
    void (*received)(void *owner, const char *bytes, size_t size);
    void (*lost)(void *owner, const char *why); /* the last call; a constant text. Close it now */
};

struct rcp_redis_link;

/* Begins to open a link. NULL where memory or descriptors are short. */
struct rcp_redis_link *rcp_redis_link_open(uv_loop_t *uv,
                                           const struct rcp_redis_address *address,
                                           const struct rcp_redis_link_calls *calls);

/* Forgets what is not sent yet; nothing is called any more. The link frees itself once the event loop has
 * let go of it. */
void rcp_redis_link_close(struct rcp_redis_link *link);

/* Opened. Takes the bytes for the next flush. Returns how many bytes were taken in the link's life. */
uint64_t rcp_redis_link_send(struct rcp_redis_link *link, const char *bytes, size_t size);

/* Puts what was taken on the wire, or as much of it as goes. */
void rcp_redis_link_flush(struct rcp_redis_link *link);

/* How many of the bytes taken may have left this process. The others surely never will, once the link is
 * closed. */
uint64_t rcp_redis_link_sent(const struct rcp_redis_link *link);

#endif
