/* Redis is filled through redis-cli --pipe; requests are written as an HTTP client would. */
#include "cmd/bench-prod/stock.h"

#include "prod/token.h"

#include <jwt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KEY_MAX     128u
#define REQUEST_MAX 1024u
#define LIFE_S      600

struct writer {
    struct stock *stock;
    struct rcp_token_keys tokens;
    unsigned char key[KEY_MAX];
    int key_size;
    FILE *redis;
};

static bool read_key(struct writer *writer, const char *key_file)
{
    FILE *file = fopen(key_file, "rb");
    if (file == NULL)
        return false;
    writer->key_size = (int)fread(writer->key, 1, sizeof writer->key, file);
    fclose(file);
    return rcp_token_keys_add(&writer->tokens, writer->key, (size_t)writer->key_size);
}

/* As the entry service writes it (FACTS 0.1), in Redis' protocol. */
static void reserve(const struct writer *writer, uint64_t user, const char *token)
{
    char name[256], value[256], life[16];
    int name_size = snprintf(name, sizeof name, "RESERVATION_TOKEN:%s", token);
    int value_size = snprintf(value,
                              sizeof value,
                              "{\"userId\":%llu,\"campaignActivityId\":1,\"productId\":1,"
                              "\"campaignActivityType\":\"FIRST_COME_FIRST_SERVE\",\"quantity\":1}",
                              (unsigned long long)user);
    int life_size = snprintf(life, sizeof life, "%d", LIFE_S);
    fprintf(writer->redis,
            "*5\r\n$3\r\nSET\r\n$%d\r\n%s\r\n$%d\r\n%s\r\n$2\r\nEX\r\n$%d\r\n%s\r\n",
            name_size,
            name,
            value_size,
            value,
            life_size,
            life);
}

static char *login(const struct writer *writer, uint64_t user)
{
    jwt_t *jwt = NULL;
    char subject[24];
    if (jwt_new(&jwt) != 0)
        return NULL;
    snprintf(subject, sizeof subject, "%llu", (unsigned long long)user);
    jwt_add_grant(jwt, "sub", subject);
    jwt_add_grant_int(jwt, "exp", (long)time(NULL) + LIFE_S);
    jwt_set_alg(jwt, JWT_ALG_HS256, writer->key, writer->key_size);
    char *text = jwt_encode_str(jwt);
    jwt_free(jwt);
    return text;
}

/* One payment: false where it cannot be made. */
static bool add(struct writer *writer, uint64_t user)
{
    struct stock *stock = writer->stock;
    char token[RCP_TOKEN_TEXT_MAX + 1u], body[RCP_TOKEN_TEXT_MAX + 16u];
    char *at = stock->bytes + stock->size;
    char *bearer = login(writer, user);
    if (bearer == NULL || !rcp_token_issue(&writer->tokens, user, 1, token)) {
        free(bearer);
        return false;
    }
    int body_size = snprintf(body, sizeof body, "{\"token\":\"%s\"}", token);
    int size = snprintf(at,
                        REQUEST_MAX,
                        "POST /api/v1/payments/process HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                        "Content-Type: application/json\r\nContent-Length: %d\r\n"
                        "Authorization: Bearer %s\r\n\r\n%s",
                        body_size,
                        bearer,
                        body);
    free(bearer);
    reserve(writer, user, token);
    stock->requests[stock->count++] = (struct load_request){at, (uint32_t)size};
    stock->size += (size_t)size;
    return size > 0 && (uint32_t)size < REQUEST_MAX;
}

/* Neighbours in time are none in the table, as with people. One number each: a prime, and a factor below it. */
uint64_t stock_user(const struct stock *stock, uint32_t index)
{
    return (stock->first_user + index) * 2654435761u % 4294967291u + 1u;
}

/* The last text of the request's JSON. */
void stock_token(const struct stock *stock, uint32_t index, char *token)
{
    const struct load_request *request = &stock->requests[index];
    const char *end = request->bytes + request->size - 2;
    const char *at = end;
    while (at[-1] != '"')
        at--;
    memcpy(token, at, (size_t)(end - at));
    token[end - at] = '\0';
}

bool stock_open(struct stock *stock,
                const char *key_file,
                uint16_t redis_port,
                uint64_t first_user,
                uint32_t count)
{
    struct writer writer = {.stock = stock};
    char command[64];
    memset(stock, 0, sizeof *stock);
    stock->first_user = first_user;
    stock->bytes = malloc((size_t)count * REQUEST_MAX);
    stock->requests = calloc(count, sizeof *stock->requests);
    if (stock->bytes == NULL || stock->requests == NULL || !read_key(&writer, key_file))
        return false;
    snprintf(command, sizeof command, "redis-cli -p %u --pipe >/dev/null", redis_port);
    writer.redis = popen(command, "w"); // NOLINT(cert-env33-c): our own words
    if (writer.redis == NULL)
        return false;
    bool added = true;
    for (uint32_t i = 0; i < count && added; i++)
        added = add(&writer, stock_user(stock, i));
    return pclose(writer.redis) == 0 && added;
}

void stock_close(struct stock *stock)
{
    free(stock->bytes);
    free(stock->requests);
    memset(stock, 0, sizeof *stock);
}

bool stock_next(void *context, struct load_request *request)
{
    struct stock *stock = context;
    if (stock->next == stock->count)
        return false;
    *request = stock->requests[stock->next++];
    return true;
}
