/* What a request asks of the core, decoded from its bytes and not yet in handles. One decoder for each kind of
 * request; none of them knows a socket, so each can be tested and fuzzed alone. */
#ifndef RCP_PROD_HTTP_ASK_H
#define RCP_PROD_HTTP_ASK_H

#include "core/event.h"
#include "prod/http/language.h"
#include "prod/http/problem.h"
#include "prod/http/trace.h"
#include "prod/loop/handles.h"
#include "prod/pg/cards.h"
#include "prod/token.h"

#define RCP_REQUEST_KEY_MAX   128u /* bytes of an Idempotency-Key */
#define RCP_SIGNATURE_KEY_MAX 128u

/* A request's parts, as text where HTTP has text; NULL where a header is missing. */
struct rcp_message {
    const char *body;
    size_t body_size;
    const char *tail; /* what stands in the path for the {...} of its route; "" without one */
    const char *authorization;
    const char *user_id; /* X-USER-ID */
    const char *accept_language;
    const char *traceparent;
    const char *idempotency_key;
    const char *signature; /* X-PG-SIGNATURE */
    const char *if_none_match;
    const char *content_type;
    const char *content_length;
    const char *transfer_encoding;
    bool trusted; /* came by a listener whose X-USER-ID is believed */
};

/* What the decoders need to know. */
struct rcp_ask_keys {
    struct rcp_token_keys tokens;
    uint32_t signature_size; /* of the PG's callbacks; 0: they are not signed */
    unsigned char signature_key[RCP_SIGNATURE_KEY_MAX];
};

struct rcp_ask {
    enum rcp_request_kind kind;
    enum rcp_language language;
    uint64_t user_id;       /* who asks; 0 nobody */
    struct rcp_token token; /* handle 0; PROCESS, STATUS */
    struct rcp_bytes token_bytes;
    struct rcp_bytes request_key;   /* ORDER: Idempotency-Key */
    struct rcp_bytes pg_key;        /* CALLBACK: transactionKey */
    struct rcp_order_request order; /* second document; its handles are 0 */
    struct rcp_card card;           /* ORDER: whoever passes it on wipes it; empty: none */
    struct rcp_trace trace;
};

/* Each fills in what its kind needs, and says what is wrong with the request, if anything. The user is known
 * already. */
enum rcp_problem rcp_ask_process(const struct rcp_ask_keys *keys,
                                 const struct rcp_message *message,
                                 struct rcp_ask *ask);
enum rcp_problem rcp_ask_status(const struct rcp_ask_keys *keys,
                                const struct rcp_message *message,
                                struct rcp_ask *ask);
enum rcp_problem rcp_ask_order(const struct rcp_ask_keys *keys,
                               const struct rcp_message *message,
                               struct rcp_ask *ask);
enum rcp_problem rcp_ask_order_status(const struct rcp_ask_keys *keys,
                                      const struct rcp_message *message,
                                      struct rcp_ask *ask);
enum rcp_problem rcp_ask_callback(const struct rcp_ask_keys *keys,
                                  const struct rcp_message *message,
                                  struct rcp_ask *ask);

/* Copies bytes that become a handle. False where they are too many. */
bool rcp_ask_keep(struct rcp_bytes *bytes, const char *text, size_t size);

#endif
