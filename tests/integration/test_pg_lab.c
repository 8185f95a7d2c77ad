/* The PG adapter against recoup-lab's PG over HTTP: the documented story from the first call to the refund, and
 * what each fault of the model looks like from the other side of a socket. */
#include "lab/pg/server.h"
#include "tests/prod/support/pg_bench.h"
#include "tests/prod/support/raw_server.h"

#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM    2048u
#define SOON_MS 3000u

/* The PG in a thread of its own, and an adapter that talks to it. */
struct stage {
    struct rcp_pg_server *server;
    pthread_t thread;
    struct pg_bench *bench;
    char url[64];
};

static void *serve(void *server)
{
    rcp_pg_server_run(server);
    return NULL;
}

/* rate: the only fault; "": none; NULL: as documented. callback_url: NULL for one where nobody listens. */
static struct stage *open_stage(const char *rate, const char *callback_url)
{
    struct stage *stage = calloc(1, sizeof *stage);
    struct rcp_pg_server_options options;
    const char *why = NULL;
    assert_non_null(stage);
    rcp_pg_server_defaults(&options);
    options.port = 0;
    options.bank.room = ROOM;
    options.bank.patience_ms = 400;
    options.bank.settles_ms[0] = 50;
    options.bank.settles_ms[1] = 100;
    options.callback_prefix = "http://localhost:";
    options.callbacks.key_size = 3;
    memcpy(options.callbacks.key, "key", 3);
    if (rate != NULL)
        options.rates.count = 0;
    if (rate != NULL && rate[0] != '\0' && !rcp_rates_read(&options.rates, rate, &why))
        fail_msg("%s: %s", rate, why);
    stage->server = rcp_pg_server_open(&options, &why);
    assert_non_null(stage->server);
    assert_int_equal(pthread_create(&stage->thread, NULL, serve, stage->server), 0);
    snprintf(
        stage->url, sizeof stage->url, "http://127.0.0.1:%u", rcp_pg_server_port(stage->server));
    stage->bench = pg_bench_open(stage->url, callback_url, NULL);
    return stage;
}

static void close_stage(struct stage *stage)
{
    pg_bench_close(stage->bench);
    rcp_pg_server_stop(stage->server);
    pthread_join(stage->thread, NULL);
    rcp_pg_server_free(stage->server);
    free(stage);
}

/* With time for the documented half second that a POST takes. */
static const struct pg_end *call(struct stage *stage,
                                 enum rcp_pg_verb verb,
                                 uint64_t order,
                                 uint64_t key)
{
    if (verb == RCP_PG_PAY)
        pg_bench_put_card(stage->bench, order);
    struct rcp_pg_effect effect = pg_bench_effect(verb, order, key);
    effect.timeout_ms = 900;
    return pg_bench_call(stage->bench, &effect);
}

/* --- What a checker asks --- */

struct text {
    size_t size;
    char at[65536];
};

static size_t keep(char *bytes, size_t one, size_t size, void *context)
{
    struct text *text = context;
    assert_true(one * size < sizeof text->at - text->size);
    memcpy(text->at + text->size, bytes, one * size);
    text->size += one * size;
    return one * size;
}

/* GET, or POST where there is a body. Returns the status. */
static long http(
    const struct stage *stage, const char *path, const char *body, bool user, struct text *text)
{
    char url[256];
    long status = 0;
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = user ? curl_slist_append(NULL, "X-USER-ID: 7") : NULL;
    text->size = 0;
    snprintf(url, sizeof url, "%s%s", stage->url, path);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, text);
    if (body != NULL)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return status;
}

static json_t *ledger(const struct stage *stage)
{
    static struct text text;
    assert_int_equal(http(stage, "/lab/ledger", NULL, false, &text), 200);
    json_t *object = json_loadb(text.at, text.size, 0, NULL);
    assert_non_null(object);
    return object;
}

static size_t count_made(const struct stage *stage)
{
    json_t *object = ledger(stage);
    size_t count = json_array_size(json_object_get(object, "transactions"));
    json_decref(object);
    return count;
}

/* --- The documented story --- */

/* Paid, listed, looked at, settled, refunded: each call says what the one before has done. */
static void a_payment_goes_its_documented_way(void **state)
{
    struct stage *stage = open_stage("", NULL);
    (void)state;
    const struct pg_end *end = call(stage, RCP_PG_PAY, 123, 0);
    assert_int_equal(end->done.answer, RCP_PG_OK);
    assert_int_equal(end->transactions[0].status, RCP_PG_PENDING);
    assert_in_range(end->took_ms, 95, 600);
    uint64_t key = end->transactions[0].key;

    usleep(200000);
    end = call(stage, RCP_PG_LIST, 123, 0);
    assert_int_equal(end->done.answer, RCP_PG_OK);
    assert_int_equal(end->done.count, 1);
    assert_int_equal(end->transactions[0].key, key);
    assert_int_equal(end->transactions[0].status, RCP_PG_SUCCESS);
    assert_int_equal(end->transactions[0].priced, 0);

    for (int i = 0; i < 3; i++) {
        end = call(stage, i == 0 ? RCP_PG_GET : RCP_PG_REFUND, 123, key);
        assert_int_equal(end->done.answer, RCP_PG_OK);
        assert_int_equal(end->transactions[0].key, key);
        assert_int_equal(end->transactions[0].status, i == 0 ? RCP_PG_SUCCESS : RCP_PG_REFUNDED);
        assert_int_equal(end->transactions[0].amount, 5000);
        assert_int_equal(end->transactions[0].order_id, 123);
    }
    close_stage(stage);
}

/* An order without transactions, another user's key, and an id that is too short. */
static void what_there_is_not_is_not_found(void **state)
{
    struct stage *stage = open_stage("", NULL);
    (void)state;
    assert_int_equal(call(stage, RCP_PG_LIST, 124, 0)->done.answer, RCP_PG_NOT_FOUND);
    uint64_t key = call(stage, RCP_PG_PAY, 123, 0)->transactions[0].key;
    struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_GET, 123, key);
    effect.user_id = 8;
    assert_int_equal(pg_bench_call(stage->bench, &effect)->done.answer, RCP_PG_NOT_FOUND);
    effect = pg_bench_effect(RCP_PG_PAY, 5, 0);
    effect.padded = false;
    pg_bench_put_card(stage->bench, 5);
    assert_int_equal(pg_bench_call(stage->bench, &effect)->done.answer, RCP_PG_BAD_REQUEST);
    assert_int_equal(count_made(stage), 1);
    close_stage(stage);
}

/* More transactions than the core keeps of one order: the newest are told, and that there are more. */
static void a_long_list_is_said_to_be_longer(void **state)
{
    struct stage *stage = open_stage("", NULL);
    (void)state;
    pg_bench_put_card(stage->bench, 123);
    for (uint32_t i = 0; i < RCP_PG_TRANSACTIONS_MAX + 2u; i++) {
        struct rcp_pg_effect effect = pg_bench_effect(RCP_PG_PAY, 123, 0);
        effect.timeout_ms = 2000;
        pg_bench_put_card(stage->bench, 123);
        pg_bench_issue(stage->bench, &effect);
    }
    assert_true(pg_bench_turn(stage->bench, RCP_PG_TRANSACTIONS_MAX + 2u, SOON_MS));
    const struct pg_end *end = call(stage, RCP_PG_LIST, 123, 0);
    assert_int_equal(end->done.count, RCP_PG_TRANSACTIONS_MAX);
    assert_true(end->done.more);
    close_stage(stage);
}

/* --- Faults --- */

/* What the caller hears of each fault, and whether there is a transaction all the same. */
static void each_fault_looks_like_itself(void **state)
{
    static const struct {
        const char *rate;
        enum rcp_pg_answer heard;
        uint32_t made;
    } rows[] = {
        {"pg_500_before@pg_pay=1/1", RCP_PG_ERROR_500, 0},
        {"pg_500_after@pg_pay=1/1", RCP_PG_ERROR_500, 1},
        {"pg_request_lost@pg_pay=1/1", RCP_PG_TIMED_OUT, 0},
        {"pg_answer_lost@pg_pay=1/1", RCP_PG_TIMED_OUT, 1},
        {"pg_late_request@pg_pay=1/1", RCP_PG_TIMED_OUT, 0},
        {"pg_reset_before@pg_pay=1/1", RCP_PG_RESET, 0},
        {"pg_reset_after@pg_pay=1/1", RCP_PG_RESET, 1},
        {"pg_bad_gateway@pg_pay=1/1", RCP_PG_BAD_GATEWAY, 1},
        {"pg_too_many@pg_pay=1/1", RCP_PG_TOO_MANY, 0},
        {"pg_unauthorized@pg_pay=1/1", RCP_PG_UNAUTHORIZED, 0},
        {"pg_unreadable@pg_pay=1/1", RCP_PG_UNREADABLE, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stage *stage = open_stage(rows[i].rate, NULL);
        const struct pg_end *end = call(stage, RCP_PG_PAY, 123, 0);
        if (end->done.answer != rows[i].heard)
            fail_msg("%s: heard %d", rows[i].rate, end->done.answer);
        assert_int_equal(end->done.retry_after_ms, end->done.answer == RCP_PG_TOO_MANY ? 2000 : 0);
        assert_int_equal(count_made(stage), rows[i].made);
        close_stage(stage);
    }
}

/* Rates change while it runs, by what a test asks; nonsense is refused and changes nothing. */
static void rates_change_at_run_time(void **state)
{
    static struct text text;
    struct stage *stage = open_stage(NULL, NULL);
    (void)state;
    assert_int_equal(
        http(stage, "/lab/rates", "{\"clear\":true,\"rates\":[\"pg_too_many=1/1\"]}", false, &text),
        200);
    text.at[text.size] = '\0';
    assert_string_equal(text.at, "{\"rates\":[\"pg_too_many=1/1\"]}");
    assert_int_equal(
        http(stage, "/lab/rates", "{\"rates\":[\"pg_stuck=1/1\",\"nonsense=1/1\"]}", false, &text),
        400);
    assert_int_equal(http(stage, "/lab/rates", "[]", false, &text), 400);
    assert_int_equal(http(stage, "/lab/rates", NULL, false, &text), 200);
    text.at[text.size] = '\0';
    assert_string_equal(text.at, "{\"rates\":[\"pg_too_many=1/1\"]}");
    assert_int_equal(call(stage, RCP_PG_LIST, 123, 0)->done.answer, RCP_PG_TOO_MANY);
    assert_int_equal(http(stage, "/lab/rates", "{\"clear\":true,\"silent\":true}", false, &text),
                     200);
    assert_int_equal(call(stage, RCP_PG_LIST, 123, 0)->done.answer, RCP_PG_TIMED_OUT);
    close_stage(stage);
}

#define BODY(order, type, number, amount, url)                              \
    "{\"orderId\":" order ",\"cardType\":\"" type "\",\"cardNo\":\"" number \
    "\",\"amount\":" amount ",\"callbackUrl\":\"" url "\"}"
#define URL  "http://localhost:8080/x"
#define CARD "1234-5678-9012-3456"

/* The documented validation, in its order and words; nothing is made of what is refused. */
static void requests_are_validated_as_documented(void **state)
{
    static const struct {
        const char *body;
        const char *message;
    } rows[] = {
        {BODY("\"12345\"", "KB", CARD, "1", URL), "주문 ID는 6자리 이상 문자열이어야 합니다."},
        {BODY("\"      \"", "KB", CARD, "1", URL), "주문 ID는 6자리 이상 문자열이어야 합니다."},
        {BODY("123456", "KB", CARD, "1", URL), "주문 ID는 6자리 이상 문자열이어야 합니다."},
        {BODY("\"123456\"", "KB", "1234567890123456", "1", URL),
         "카드 번호는 xxxx-xxxx-xxxx-xxxx 형식이어야 합니다."},
        {BODY("\"123456\"", "VISA", CARD, "1", URL), "카드 종류는"},
        {BODY("\"123456\"", "KB", CARD, "0", URL), "결제금액은 양의 정수여야 합니다."},
        {BODY("\"123456\"", "KB", CARD, "-5", URL), "결제금액은 양의 정수여야 합니다."},
        {BODY("\"123456\"", "KB", CARD, "1.5", URL), "결제금액은 양의 정수여야 합니다."},
        {BODY("\"123456\"", "KB", CARD, "1", "http://example.com"),
         "콜백 URL 은 http://localhost: 로 시작해야 합니다."},
        {"{", "요청 본문"},
        {"[]", "요청 본문"},
    };
    static struct text text;
    struct stage *stage = open_stage("", NULL);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(http(stage, "/api/v1/payments", rows[i].body, true, &text), 400);
        text.at[text.size] = '\0';
        assert_non_null(strstr(text.at, "\"errorCode\":\"Bad Request\""));
        if (strstr(text.at, rows[i].message) == NULL)
            fail_msg("%s: %s", rows[i].body, text.at);
    }
    const char *good = BODY("\"ORDER-1\"", "KB", CARD, "1", URL);
    assert_int_equal(http(stage, "/api/v1/payments", good, false, &text), 400); /* no X-USER-ID */
    assert_int_equal(count_made(stage), 0);
    assert_int_equal(http(stage, "/api/v1/payments", good, true, &text), 200);
    assert_int_equal(http(stage, "/api/v1/payments?orderId=ORDER-1", NULL, true, &text), 200);
    assert_int_equal(http(stage, "/api/v1/payments?orderId=ORDER-2", NULL, true, &text), 404);
    assert_int_equal(http(stage, "/api/v1/payments", NULL, true, &text), 400);
    assert_int_equal(http(stage, "/api/v1/paymentsx", NULL, true, &text), 404);
    assert_int_equal(http(stage, "/", NULL, true, &text), 404);
    static char giant[100000];
    memset(giant, ' ', sizeof giant - 1u);
    assert_int_equal(http(stage, "/api/v1/payments", giant, true, &text), 413);
    close_stage(stage);
}

/* --- Callbacks --- */

/* One flat POST to where the payment said: what happened, or what the fault makes of it. */
static void callbacks_are_posted(void **state)
{
    static const struct raw_answer answer = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                                             .then = RAW_CLOSE};
    static const struct {
        const char *rate;
        uint32_t posts;
        const char *status;
    } rows[] = {
        {"", 1, "\"status\":\"SUCCESS\",\"reason\":\"정상 승인되었습니다.\"}"},
        {"callback_doubled=1/1", 2, "\"status\":\"SUCCESS\""},
        {"callback_lost=1/1", 0, NULL},
        {"callback_contradicts=1/1", 1, "\"status\":\"FAILED\""},
        {"pg_bad_card=1/1",
         1,
         "\"status\":\"FAILED\",\"reason\":\"잘못된 카드입니다. 다른 카드를 선택해주세요.\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct raw_server *shop = raw_server_open(&answer, 1);
        char request[RAW_REQUEST_MAX];
        char url[96];
        snprintf(
            url, sizeof url, "http://localhost:%u/api/v1/payments/callback", raw_server_port(shop));
        struct stage *stage = open_stage(rows[i].rate, url);
        assert_int_equal(call(stage, RCP_PG_PAY, 123, 0)->done.answer, RCP_PG_OK);
        usleep(300000);
        assert_int_equal(raw_server_requests(shop), rows[i].posts);
        if (rows[i].posts > 0) {
            raw_server_request(shop, 0, request);
            assert_ptr_equal(strstr(request, "POST /api/v1/payments/callback HTTP/1.1\r\n"),
                             request);
            assert_null(strstr(request, "X-USER-ID"));
            const char *body = strstr(request, "\r\n\r\n{\"transactionKey\":\"");
            assert_non_null(body);
            assert_non_null(
                strstr(body,
                       "\"orderId\":\"000123\",\"cardType\":\"KB\",\"cardNo\":\"" PG_BENCH_CARD
                       "\",\"amount\":5000,"));
            assert_non_null(strstr(body, rows[i].status));
        }
        close_stage(stage);
        raw_server_close(shop);
    }
}

/* Signed where it has a key: the hex of HMAC-SHA256 over the body as it was sent. */
static void callbacks_are_signed(void **state)
{
    static const struct raw_answer answer = {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                                             .then = RAW_CLOSE};
    char request[RAW_REQUEST_MAX];
    char expected[128] = "\r\nX-PG-SIGNATURE: ";
    char url[96];
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    (void)state;
    struct raw_server *shop = raw_server_open(&answer, 1);
    snprintf(url, sizeof url, "http://localhost:%u/", raw_server_port(shop));
    struct stage *stage = open_stage("", url);
    assert_int_equal(call(stage, RCP_PG_PAY, 123, 0)->done.answer, RCP_PG_OK);
    usleep(300000);
    raw_server_request(shop, 0, request);
    const char *body = strstr(request, "\r\n\r\n") + 4;
    HMAC(EVP_sha256(), "key", 3, (const unsigned char *)body, strlen(body), mac, &size);
    for (unsigned i = 0; i < size; i++)
        snprintf(expected + strlen(expected), 3, "%02x", mac[i]);
    assert_int_equal(size, 32);
    assert_non_null(strstr(request, expected));
    close_stage(stage);
    raw_server_close(shop);
}

/* A URL that begins as allowed and leads elsewhere is not followed there. */
static void callbacks_stay_on_this_machine(void **state)
{
    struct stage *stage = open_stage("", "http://localhost:80@192.0.2.1/x");
    (void)state;
    assert_int_equal(call(stage, RCP_PG_PAY, 123, 0)->done.answer, RCP_PG_OK);
    usleep(300000);
    json_t *object = ledger(stage);
    const json_t *callbacks = json_object_get(object, "callbacks");
    assert_int_equal(json_integer_value(json_object_get(callbacks, "sent")), 1);
    assert_int_equal(json_integer_value(json_object_get(callbacks, "failed")), 1);
    json_decref(object);
    close_stage(stage);
}

static int begin(void **state)
{
    (void)state;
    return rcp_pg_process_begin() ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    rcp_pg_process_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_goes_its_documented_way),
        cmocka_unit_test(what_there_is_not_is_not_found),
        cmocka_unit_test(a_long_list_is_said_to_be_longer),
        cmocka_unit_test(each_fault_looks_like_itself),
        cmocka_unit_test(rates_change_at_run_time),
        cmocka_unit_test(requests_are_validated_as_documented),
        cmocka_unit_test(callbacks_are_posted),
        cmocka_unit_test(callbacks_are_signed),
        cmocka_unit_test(callbacks_stay_on_this_machine),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
