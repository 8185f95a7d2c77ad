/* The first document's requests: {"token": "..."} to pay, and the token in the path to ask how it stands. */
#include "prod/http/ask.h"

#include "prod/http/json.h"

#include <string.h>

bool rcp_ask_keep(struct rcp_bytes *bytes, const char *text, size_t size)
{
    if (size > RCP_HANDLE_BYTES_MAX)
        return false;
    bytes->size = (uint8_t)size;
    memcpy(bytes->at, text, size);
    return true;
}

/* What a token is worth is decided by the core; what is too long for one is not shown to it. */
static enum rcp_problem keep_token(const struct rcp_ask_keys *keys,
                                   const char *text,
                                   size_t size,
                                   struct rcp_ask *ask)
{
    if (size == 0 || !rcp_ask_keep(&ask->token_bytes, text, size))
        return RCP_PROBLEM_TOKEN;
    ask->token = rcp_token_read(&keys->tokens, text, size);
    return RCP_PROBLEM_NONE;
}

enum rcp_problem rcp_ask_process(const struct rcp_ask_keys *keys,
                                 const struct rcp_message *message,
                                 struct rcp_ask *ask)
{
    static const char *const names[] = {"token"};
    enum rcp_problem problem = RCP_PROBLEM_BAD_REQUEST;
    ask->kind = RCP_REQUEST_PROCESS;
    json_t *object = rcp_json_object(message->body, message->body_size);
    size_t size = 0;
    const char *text = rcp_json_text(object, "token", SIZE_MAX, &size);
    if (text != NULL && rcp_json_only(object, names, 1))
        problem = keep_token(keys, text, size, ask);
    json_decref(object);
    return problem;
}

enum rcp_problem rcp_ask_status(const struct rcp_ask_keys *keys,
                                const struct rcp_message *message,
                                struct rcp_ask *ask)
{
    ask->kind = RCP_REQUEST_STATUS;
    return keep_token(keys, message->tail, strlen(message->tail), ask);
}
