/* The writers: what they are told is what can be read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reports/json.h"
#include "reports/junit.h"
#include "reports/mermaid.h"
#include "reports/story.h"
#include "reports/terminal.h"
#include "reports/text.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const char *fault_name(uint32_t number)
{
    return number == 9 ? "mysql_refused" : "?";
}

static const char *invariant_name(uint32_t number)
{
    return number == 1 ? "ok_is_approved" : "?";
}

static const struct rcp_report_names names = {.fault = fault_name, .invariant = invariant_name};

/* One scenario that held, one that surprised, one that did not work. */
struct three {
    struct rcp_result results[3];
};

static struct three *three_results(void)
{
    struct three *three = calloc(1, sizeof *three);
    assert_non_null(three);
    struct rcp_result *held = &three->results[0];
    *held = (struct rcp_result){
        .scenario = "documented/normal-payment",
        .path = "scenarios/documented/normal-payment.yaml",
        .policy = "documented",
        .seed = 1,
        .seed_first = 1,
        .seed_last = 20,
        .as_expected = true,
        .runs = 20,
        .events = 12345,
        .virtual_ms = 600000,
        .wall_us = 1500,
        .trace_digest = 0x00000000deadbeef,
        .replay = "recoup replay scenarios/documented/normal-payment.yaml --seed 1 -v",
        .fired_count = 1,
        .fired = {{.fault = "mysql_refused", .count = 3}},
    };
    struct rcp_result *violated = &three->results[1];
    *violated = *held;
    violated->outcome = RCP_RESULT_VIOLATED;
    violated->as_expected = false;
    violated->seed = 7;
    snprintf(violated->scenario, sizeof violated->scenario, "flaws/a<b");
    snprintf(violated->reason, sizeof violated->reason, "violated ok_is_approved \x01 in seed 7");
    snprintf(violated->tape, sizeof violated->tape, "recoup-tapes/a.tape.yaml");
    violated->violation_count = 1;
    violated->violations[0] = (struct rcp_result_violation){
        .invariant = "ok_is_approved",
        .sentence = "A 200 means that the entry is APPROVED.",
        .seed = 7,
        .seeds = 2,
        .at_ms = 12003,
        .fingerprint = "ok_is_approved/payment/entry=NONE",
        .detail = "user 7 was answered 200 and has no entry",
    };
    violated->not_fired_count = 1;
    snprintf(violated->not_fired[0], sizeof violated->not_fired[0], "redis_down planned at 5 ms");
    struct rcp_result *error = &three->results[2];
    *error = *held;
    error->outcome = RCP_RESULT_ERROR;
    error->as_expected = false;
    snprintf(error->reason, sizeof error->reason, "the run did not work: no room");
    return three;
}

/* A stream into memory; text is the caller's to free once the stream is closed. */
struct memory {
    FILE *stream;
    char *text;
    size_t size;
};

static void open_memory(struct memory *memory)
{
    memory->stream = open_memstream(&memory->text, &memory->size);
    assert_non_null(memory->stream);
}

/* ---- Text ------------------------------------------------------------------------------------- */

static void numbers_are_grouped_by_thousands(void **state)
{
    (void)state;
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {1234567, "1,234,567"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[RCP_GROUPED_SIZE];
        assert_string_equal(rcp_grouped(rows[i].number, out), rows[i].text);
    }
}

static void durations_use_the_unit_that_a_person_would(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {
        {0, "0.000 s"},
        {12003, "12.003 s"},
        {60000, "1 min 0 s"},
        {3600000, "1 h 0 min"},
        {86400000, "1.0 days"},
        {90000000000, "1041.6 days"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[RCP_GROUPED_SIZE];
        assert_string_equal(rcp_duration(rows[i].ms, out), rows[i].text);
    }
}

/* Half a character would make the whole report unreadable for a strict reader. */
static void a_cut_text_ends_with_a_whole_character(void **state)
{
    (void)state;
    static const char *const cut[] = {"", "", "", "결", "결", "결", "결제", "결제!"};
    for (size_t size = 1; size <= COUNT_OF(cut); size++) {
        char bytes[16];
        struct rcp_text text = rcp_text_in(bytes, size);
        rcp_text_add(&text, "결제!");
        assert_string_equal(bytes, cut[size - 1]);
        assert_int_equal(text.used, strlen(bytes));
    }
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static json_t *written_json(void)
{
    struct three *three = three_results();
    struct memory memory;
    open_memory(&memory);
    assert_int_equal(rcp_json_write(memory.stream, three->results, 3), 0);
    fclose(memory.stream);
    json_error_t error;
    json_t *root = json_loads(memory.text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    free(memory.text);
    free(three);
    return root;
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static json_int_t number_of(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

static void json_has_the_promised_shape(void **state)
{
    (void)state;
    json_t *root = written_json();
    assert_int_equal(number_of(root, "version"), 1);
    const json_t *results = json_object_get(root, "results");
    assert_int_equal(json_array_size(results), 3);
    static const char *const keys[] = {
        "scenario",
        "policy",
        "seed",
        "outcome",
        "as_expected",
        "violations",
        "faults",
        "events",
        "virtual_ms",
        "trace_digest",
        "replay",
        "tape",
        "timing",
    };
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < COUNT_OF(keys); k++) {
            assert_non_null(json_object_get(json_array_get(results, i), keys[k]));
        }
    }
    const json_t *summary = json_object_get(root, "summary");
    assert_int_equal(number_of(summary, "as_expected"), 1);
    assert_int_equal(number_of(summary, "not_as_expected"), 1);
    assert_int_equal(number_of(summary, "errors"), 1);
    json_decref(root);
}

static void json_tells_what_the_result_says(void **state)
{
    (void)state;
    json_t *root = written_json();
    const json_t *results = json_object_get(root, "results");
    const json_t *held = json_array_get(results, 0);
    assert_string_equal(string_of(held, "outcome"), "held");
    assert_true(json_is_true(json_object_get(held, "as_expected")));
    assert_string_equal(string_of(held, "trace_digest"), "00000000deadbeef");
    assert_int_equal(number_of(held, "events"), 12345);
    assert_true(json_is_null(json_object_get(held, "tape")));
    const json_t *fired = json_object_get(json_object_get(held, "faults"), "fired");
    assert_int_equal(number_of(fired, "mysql_refused"), 3);

    const json_t *violated = json_array_get(results, 1);
    assert_string_equal(string_of(violated, "outcome"), "violated");
    assert_int_equal(number_of(violated, "seed"), 7);
    assert_string_equal(string_of(violated, "tape"), "recoup-tapes/a.tape.yaml");
    const json_t *violation = json_array_get(json_object_get(violated, "violations"), 0);
    assert_string_equal(string_of(violation, "invariant"), "ok_is_approved");
    assert_string_equal(string_of(violation, "fingerprint"), "ok_is_approved/payment/entry=NONE");
    assert_int_equal(number_of(violation, "at_ms"), 12003);
    const json_t *not_fired = json_object_get(json_object_get(violated, "faults"), "not_fired");
    assert_string_equal(json_string_value(json_array_get(not_fired, 0)),
                        "redis_down planned at 5 ms");
    assert_string_equal(string_of(json_array_get(results, 2), "outcome"), "error");
    json_decref(root);
}

/* ---- JUnit ------------------------------------------------------------------------------------ */

static xmlDocPtr written_junit(void)
{
    struct three *three = three_results();
    struct memory memory;
    open_memory(&memory);
    assert_int_equal(rcp_junit_write(memory.stream, three->results, 3), 0);
    fclose(memory.stream);
    int size = (int)memory.size;
    xmlDocPtr document = xmlReadMemory(memory.text, size, NULL, NULL, XML_PARSE_NOBLANKS);
    assert_non_null(document);
    free(memory.text);
    free(three);
    return document;
}

static void assert_attribute(xmlNodePtr node, const char *name, const char *value)
{
    xmlChar *found = xmlGetProp(node, (const xmlChar *)name);
    assert_non_null(found);
    assert_string_equal((const char *)found, value);
    xmlFree(found);
}

static void junit_is_one_case_for_each_result(void **state)
{
    (void)state;
    xmlDocPtr document = written_junit();
    xmlNodePtr suite = xmlDocGetRootElement(document)->children;
    assert_attribute(suite, "tests", "3");
    assert_attribute(suite, "failures", "1");
    assert_attribute(suite, "errors", "1");
    static const char *const scenarios[] = {
        "documented/normal-payment", "flaws/a<b", "documented/normal-payment"};
    static const char *const inside[] = {NULL, "failure", "error"};
    xmlNodePtr test = suite->children;
    for (size_t i = 0; i < COUNT_OF(scenarios); i++, test = test->next) {
        assert_non_null(test);
        assert_attribute(test, "name", scenarios[i]);
        assert_attribute(test, "classname", "documented");
        if (inside[i] == NULL) {
            assert_null(test->children);
        } else {
            assert_string_equal((const char *)test->children->name, inside[i]);
        }
    }
    assert_null(test);
    xmlFreeDoc(document);
}

static void a_junit_failure_says_how_to_see_it_again(void **state)
{
    (void)state;
    xmlDocPtr document = written_junit();
    xmlNodePtr suite = xmlDocGetRootElement(document)->children;
    xmlChar *text = xmlNodeGetContent(suite->children->next->children);
    assert_non_null(strstr((const char *)text, "seed: 7"));
    assert_non_null(strstr((const char *)text, "replay: recoup replay"));
    assert_non_null(strstr((const char *)text, "A 200 means that the entry is APPROVED."));
    xmlFree(text);
    xmlFreeDoc(document);
}

static void writers_say_when_the_disk_is_full(void **state)
{
    (void)state;
    struct three *three = three_results();
    FILE *full = fopen("/dev/full", "w");
    assert_non_null(full);
    assert_int_equal(rcp_json_write(full, three->results, 3), -1);
    clearerr(full);
    assert_int_equal(rcp_junit_write(full, three->results, 3), -1);
    fclose(full);
    free(three);
}

/* ---- Terminal --------------------------------------------------------------------------------- */

static char *written_terminal(bool colour)
{
    struct three *three = three_results();
    struct memory memory;
    open_memory(&memory);
    struct rcp_terminal terminal = {
        .out = memory.stream, .colour = colour, .scenario_width = 26, .policy_width = 10};
    for (size_t i = 0; i < 3; i++) {
        rcp_terminal_verdict(&terminal, &three->results[i]);
    }
    rcp_terminal_surprise(&terminal, &three->results[1]);
    struct rcp_result_summary summary = rcp_result_summary(three->results, 3);
    rcp_terminal_summary(&terminal, &summary, 2340000);
    fclose(memory.stream);
    free(three);
    return memory.text;
}

static void a_terminal_without_colour_gets_plain_text(void **state)
{
    (void)state;
    char *text = written_terminal(false);
    assert_null(strchr(text, '\033'));
    static const char *const lines[] = {
        "  ok     documented/normal-payment   documented     20 seeds  held\n",
        "  FAIL   flaws/a<b                   documented     20 seeds  violated ok_is_approved",
        "violated ok_is_approved in 2 of 20 seeds\n",
        "  ERROR  documented/normal-payment   documented     20 seeds  error\n",
        "    ok_is_approved: A 200 means that the entry is APPROVED.\n",
        "    user 7 was answered 200 and has no entry, at 12.003 s of seed 7\n",
        "    did not fire: redis_down planned at 5 ms\n",
        "    replay  recoup replay scenarios/documented/normal-payment.yaml --seed 1 -v\n",
        "1 as expected, 1 not as expected, 1 error  (60 runs, 37,035 events, 2.34 s)\n",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_non_null(strstr(text, lines[i]));
    }
    free(text);
}

static void a_terminal_with_colour_gets_the_same_words(void **state)
{
    (void)state;
    char *text = written_terminal(true);
    assert_non_null(strstr(text, "\033[31m  FAIL "));
    assert_non_null(strstr(text, "\033[32m  ok   "));
    free(text);
}

/* ---- Story ------------------------------------------------------------------------------------ */

static void a_story_line_says_who_did_what_to_whom(void **state)
{
    (void)state;
    static const struct {
        struct rcp_record record;
        const char *line;
    } rows[] = {
        {{.at_ms = 12003,
          .kind = RCP_RECORD_TX,
          .role = RCP_ROLE_PAYMENT,
          .script = RCP_SCRIPT_APPROVE,
          .node = 1,
          .user_id = 7,
          .activity_id = 1},
         "12.003s node 1  PaymentService -> MySQL: approve user 7 (activity 1)"},
        {{.at_ms = 12103,
          .kind = RCP_RECORD_TX_DONE,
          .role = RCP_ROLE_CONSUMER,
          .script = RCP_SCRIPT_APPROVE,
          .outcome = RCP_OUTCOME_REFUSED,
          .error = RCP_ERROR_CONNECTION,
          .node = 2,
          .user_id = 7,
          .activity_id = 1,
          .row_id = 3},
         "12.103s node 2  MySQL -> PaymentRetryConsumer: approve refused (connection) user 7 "
         "(activity 1) row 3"},
        {{.kind = RCP_RECORD_FAULT, .number = 9}, "0.000s world   FAULT mysql_refused strikes"},
        {{.at_ms = 5,
          .kind = RCP_RECORD_REPLY,
          .number = 202,
          .node = 1,
          .user_id = 1,
          .activity_id = 1},
         "0.005s node 1  PaymentController -> Frontend: 202 Accepted user 1 (activity 1)"},
        {{.kind = RCP_RECORD_REPLY,
          .role = RCP_ROLE_ORDER,
          .number = 402,
          .node = 1,
          .user_id = 2,
          .order_id = 7},
         "0.000s node 1  OrderFacade -> Frontend: 402 Payment Required user 2 order 7"},
        {{.kind = RCP_RECORD_REQUEST,
          .role = RCP_ROLE_CALLBACK,
          .number = RCP_REQUEST_CALLBACK,
          .node = 1,
          .user_id = 2},
         "0.000s node 1  PG -> PaymentFacade: POST /payments/callback user 2"},
        {{.kind = RCP_RECORD_TX_DONE,
          .role = RCP_ROLE_ORDER,
          .script = RCP_SCRIPT_PLACE,
          .verdict = RCP_ORDER_VERDICT_NO_STOCK,
          .node = 1,
          .user_id = 2},
         "0.000s node 1  MySQL -> OrderFacade: place done, no_stock, user 2"},
        {{.kind = RCP_RECORD_PG,
          .role = RCP_ROLE_RECONCILE,
          .verb = RCP_PG_GET,
          .node = 1,
          .user_id = 2,
          .order_id = 7,
          .detail = 3},
         "0.000s node 1  PaymentScheduler -> PG: get transaction 3 user 2 order 7"},
        {{.kind = RCP_RECORD_PG_DONE,
          .role = RCP_ROLE_ORDER,
          .verb = RCP_PG_PAY,
          .number = RCP_PG_TIMED_OUT,
          .node = 1,
          .user_id = 2},
         "0.000s node 1  PG -> OrderFacade: pay timed_out, user 2"},
        {{.kind = RCP_RECORD_PG_SETTLED, .number = RCP_PG_FAILED, .user_id = 2, .detail = 3},
         "0.000s world   PG: FAILED, transaction 3 user 2"},
        {{.kind = RCP_RECORD_CALLBACK, .number = RCP_PG_SUCCESS, .user_id = 2, .detail = 3},
         "0.000s world   PG calls back: SUCCESS, transaction 3 user 2"},
        {{.kind = RCP_RECORD_ORDER_ALERT,
          .role = RCP_ROLE_RECONCILE,
          .number = RCP_ORDER_ALERT_UNKNOWN,
          .node = 1,
          .order_id = 7},
         "0.000s node 1  PaymentScheduler -> Operator: alert, the PG does not tell, order 7"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char line[RCP_STORY_LINE_SIZE];
        rcp_story_line(&rows[i].record, &names, line);
        assert_string_equal(line, rows[i].line);
    }
}

static void every_kind_of_record_has_its_words(void **state)
{
    (void)state;
    for (uint32_t kind = 1; kind < RCP_RECORD_KIND_COUNT; kind++) {
        char line[RCP_STORY_LINE_SIZE];
        struct rcp_record record = {.kind = (uint8_t)kind, .number = 1};
        rcp_story_line(&record, &names, line);
        assert_true(strlen(line) > strlen("0.000s world   "));
        assert_null(strchr(line, '?') != NULL && kind != RCP_RECORD_FAULT ? line : NULL);
    }
}

/* ---- Mermaid ---------------------------------------------------------------------------------- */

#define R(kind_, role_, ...)                                                           \
    {                                                                                  \
        .kind = RCP_RECORD_##kind_, .role = RCP_ROLE_##role_, .node = 1, .user_id = 7, \
        .activity_id = 1, __VA_ARGS__                                                  \
    }
#define TX(script_) .script = RCP_SCRIPT_##script_
#define REFUSED     .outcome = RCP_OUTCOME_REFUSED, .error = RCP_ERROR_CONNECTION

/* clang-format off */

/* The first document's scenario 1: everything works. */
static const struct rcp_record normal_payment[] = {
    R(CLICK, WORLD, .at_ms = 0),
    R(REQUEST, PAYMENT, .at_ms = 1),
    R(REDIS, PAYMENT, .at_ms = 1, .verb = RCP_REDIS_GET),
    R(REDIS_DONE, PAYMENT, .at_ms = 2, .verb = RCP_REDIS_GET, .flags = 1),
    R(TX, PAYMENT, .at_ms = 2, TX(APPROVE), .flags = RCP_TX_LEAVE_OPEN, .rows = 1),
    R(TX_DONE, PAYMENT, .at_ms = 4, TX(APPROVE), .verdict = RCP_VERDICT_APPROVED, .rows = 1),
    R(REDIS, PAYMENT, .at_ms = 4, .verb = RCP_REDIS_DEL),
    R(REDIS_DONE, PAYMENT, .at_ms = 5, .verb = RCP_REDIS_DEL, .flags = 1),
    R(TX, PAYMENT, .at_ms = 5, TX(FINISH), .rows = 1),
    R(TX_DONE, PAYMENT, .at_ms = 6, TX(FINISH), .rows = 1),
    R(REPLY, PAYMENT, .at_ms = 6, .number = 200),
    R(ANSWERED, WORLD, .at_ms = 7, .number = 200),
};

/* Scenario 2: the entry cannot be written, the failure log can. */
static const struct rcp_record database_failure[] = {
    R(CLICK, WORLD, .at_ms = 0),
    R(REQUEST, PAYMENT, .at_ms = 1),
    R(REDIS, PAYMENT, .at_ms = 1, .verb = RCP_REDIS_GET),
    R(REDIS_DONE, PAYMENT, .at_ms = 2, .verb = RCP_REDIS_GET, .flags = 1),
    R(TX, PAYMENT, .at_ms = 2, TX(APPROVE), .flags = RCP_TX_LEAVE_OPEN, .rows = 1),
    R(FAULT, WORLD, .at_ms = 2, .number = 9),
    R(TX_DONE, PAYMENT, .at_ms = 4, TX(APPROVE), REFUSED),
    R(TX, PAYMENT, .at_ms = 4, TX(LOG), .rows = 1),
    R(TX_DONE, PAYMENT, .at_ms = 6, TX(LOG), .verdict = RCP_VERDICT_LOGGED, .row_id = 1, .rows = 1),
    R(REPLY, PAYMENT, .at_ms = 6, .number = 200),
    R(ANSWERED, WORLD, .at_ms = 7, .number = 200),
};

/* Scenario 3: the scheduler hands the row to Kafka, the consumer approves. The tick before it and
 * the one after found nothing. */
static const struct rcp_record auto_recovery[] = {
    R(TX, SCHEDULER, .at_ms = 60000, TX(CLAIM), .flags = RCP_TX_LEAVE_OPEN),
    R(TX_DONE, SCHEDULER, .at_ms = 60002, TX(CLAIM)),
    R(TX, SCHEDULER, .at_ms = 60002, TX(FINISH)),
    R(TX_DONE, SCHEDULER, .at_ms = 60003, TX(FINISH)),
    R(TX, SCHEDULER, .at_ms = 120000, TX(CLAIM), .flags = RCP_TX_LEAVE_OPEN),
    R(TX_DONE, SCHEDULER, .at_ms = 120002, TX(CLAIM), .rows = 1, .row_id = 1),
    R(SEND, SCHEDULER, .at_ms = 120002, .row_id = 1),
    R(SENT, SCHEDULER, .at_ms = 120002, .row_id = 1),
    R(TX, SCHEDULER, .at_ms = 120002, TX(FINISH), .rows = 1, .row_id = 1),
    R(TX_DONE, SCHEDULER, .at_ms = 120003, TX(FINISH), .rows = 1, .row_id = 1),
    R(CONSUME, CONSUMER, .at_ms = 120004, .row_id = 1),
    R(TX, CONSUMER, .at_ms = 120004, TX(APPROVE), .rows = 1, .row_id = 1),
    R(TX_DONE, CONSUMER, .at_ms = 120006, TX(APPROVE), .verdict = RCP_VERDICT_APPROVED, .rows = 1),
    R(OFFSET, CONSUMER, .at_ms = 120006, .detail = 1),
    R(OFFSET_DONE, CONSUMER, .at_ms = 120007),
    R(TX, SCHEDULER, .at_ms = 180000, TX(CLAIM), .flags = RCP_TX_LEAVE_OPEN),
    R(TX_DONE, SCHEDULER, .at_ms = 180002, TX(CLAIM)),
};

/* Scenario 4: the retry fails too, and is logged again. */
static const struct rcp_record retry_failure[] = {
    R(CONSUME, CONSUMER, .at_ms = 4, .row_id = 1),
    R(TX, CONSUMER, .at_ms = 4, TX(APPROVE), .rows = 1, .row_id = 1),
    R(TX_DONE, CONSUMER, .at_ms = 6, TX(APPROVE), REFUSED),
    R(TX, CONSUMER, .at_ms = 6, TX(LOG), .rows = 1),
    R(TX_DONE, CONSUMER, .at_ms = 7, TX(LOG), .verdict = RCP_VERDICT_LOGGED, .rows = 1),
};

/* hardened: the broker's acknowledgement takes its time, so it is an arrow. */
static const struct rcp_record acknowledged_send[] = {
    R(TX, SCHEDULER, .at_ms = 10, TX(CLAIM)),
    R(TX_DONE, SCHEDULER, .at_ms = 12, TX(CLAIM), .rows = 1, .row_id = 1),
    R(SEND, SCHEDULER, .at_ms = 12, .row_id = 1),
    R(SENT, SCHEDULER, .at_ms = 15, .row_id = 1, .flags = RCP_ACKS_ALL),
};
#define O(kind_, role_, ...)                                                           \
    {                                                                                  \
        .kind = RCP_RECORD_##kind_, .role = RCP_ROLE_##role_, .node = 1, .user_id = 2, \
        .order_id = 7, __VA_ARGS__                                                     \
    }

/* The second document: an order is placed, paid at the PG, and settled by the callback. */
static const struct rcp_record order_paid[] = {
    O(CLICK, WORLD, .number = RCP_REQUEST_ORDER),
    O(REQUEST, ORDER, .number = RCP_REQUEST_ORDER),
    O(TX, ORDER, TX(PLACE), .rows = 1),
    O(TX_DONE, ORDER, TX(PLACE), .verdict = RCP_ORDER_VERDICT_PLACED, .rows = 1),
    O(PG, ORDER, .verb = RCP_PG_PAY),
    O(PG_DONE, ORDER, .verb = RCP_PG_PAY, .number = RCP_PG_OK, .detail = 3),
    O(TX, ORDER, TX(RESULT), .number = RCP_SETTLE_KEY, .rows = 1),
    O(TX_DONE, ORDER, TX(RESULT), .verdict = RCP_ORDER_VERDICT_WRITTEN, .rows = 1),
    O(REPLY, ORDER, .number = 200, .verdict = RCP_CHARGE_IN_PROGRESS),
    O(ANSWERED, WORLD, .number = 200, .verdict = RCP_CHARGE_IN_PROGRESS),
    O(PG_SETTLED, WORLD, .number = RCP_PG_SUCCESS, .detail = 3),
    O(CALLBACK, WORLD, .number = RCP_PG_SUCCESS, .detail = 3),
    O(REQUEST, CALLBACK, .number = RCP_REQUEST_CALLBACK),
    O(REPLY, CALLBACK, .number = 200),
    O(ANSWERED, CALLBACK, .number = 200),
    O(PG, CALLBACK, .verb = RCP_PG_LIST),
    O(PG_DONE, CALLBACK, .verb = RCP_PG_LIST, .number = RCP_PG_TIMED_OUT),
};

/* The scheduler finds it, and sends back what was taken for nothing. */
static const struct rcp_record reconciliation[] = {
    {.kind = RCP_RECORD_TX, .role = RCP_ROLE_RECONCILE, .node = 1, TX(DUE)},
    {.kind = RCP_RECORD_TX_DONE, .role = RCP_ROLE_RECONCILE, .node = 1, TX(DUE)},
    {.kind = RCP_RECORD_TX, .role = RCP_ROLE_RECONCILE, .node = 1, TX(DUE)},
    {.kind = RCP_RECORD_TX_DONE, .role = RCP_ROLE_RECONCILE, .node = 1, TX(DUE), .rows = 2},
    O(PG, RECONCILE, .verb = RCP_PG_LIST),
    O(PG_DONE, RECONCILE, .verb = RCP_PG_LIST, .number = RCP_PG_OK, .detail = 3),
    O(TX, RECONCILE, TX(RESULT), .number = RCP_SETTLE_CLOSE, .rows = 1),
    O(TX_DONE, RECONCILE, TX(RESULT), REFUSED, .rows = 1),
    O(PG, REFUND, .verb = RCP_PG_REFUND, .detail = 3),
    O(PG_DONE, REFUND, .verb = RCP_PG_REFUND, .number = RCP_PG_OK, .detail = 3),
    O(TX, REFUND, TX(REFUND), .number = RCP_REFUND_REFUNDED, .rows = 1),
    O(ORDER_ALERT, RECONCILE, .number = RCP_ORDER_ALERT_UNKNOWN),
};

/* clang-format on */

/* Shapes: each list of arrows is what the document draws, in its order. */
static const struct {
    const char *name;
    const struct rcp_record *records;
    uint32_t count;
    enum rcp_lane lanes[8];
    const char *participants;
    const char *arrows;
} diagrams[] = {
    {
        "normal payment",
        normal_payment,
        COUNT_OF(normal_payment),
        {RCP_LANE_USER,
         RCP_LANE_FRONTEND,
         RCP_LANE_CONTROLLER,
         RCP_LANE_SERVICE,
         RCP_LANE_REDIS,
         RCP_LANE_ENTRY_TABLE},
        "actor User\n"
        "participant Frontend\n"
        "participant CoreAPI as PaymentController\n"
        "participant Service as PaymentService\n"
        "participant Redis\n"
        "participant DB as MySQL (Entry)\n",
        "User->>Frontend\n"
        "Frontend->>CoreAPI\n"
        "CoreAPI->>Service\n"
        "Service->>Redis\n"
        "Redis-->>Service\n"
        "Service->>Service\n"
        "Service->>DB\n"
        "DB-->>Service\n"
        "Service->>Redis\n"
        "Redis-->>Service\n"
        "Service-->>CoreAPI\n"
        "CoreAPI-->>Frontend\n"
        "Frontend-->>User\n",
    },
    {
        "database failure",
        database_failure,
        COUNT_OF(database_failure),
        {RCP_LANE_USER,
         RCP_LANE_FRONTEND,
         RCP_LANE_SERVICE,
         RCP_LANE_LOG_SERVICE,
         RCP_LANE_ENTRY_TABLE,
         RCP_LANE_LOG_TABLE},
        "actor User\n"
        "participant Frontend\n"
        "participant Service as PaymentService\n"
        "participant LogService as PaymentFailureLogService\n"
        "participant DB_Entry as MySQL (Entry Table)\n"
        "participant DB_Log as MySQL (Log Table)\n",
        "User->>Frontend\n"
        "Frontend->>Service\n"
        "Service->>Service\n"
        "Service->>DB_Entry\n"
        "DB_Entry--xService\n"
        "Service->>LogService\n"
        "LogService->>DB_Log\n"
        "DB_Log-->>LogService\n"
        "Service-->>Frontend\n"
        "Frontend-->>User\n",
    },
    {
        "auto recovery",
        auto_recovery,
        COUNT_OF(auto_recovery),
        {RCP_LANE_SCHEDULER,
         RCP_LANE_LOG_TABLE,
         RCP_LANE_KAFKA,
         RCP_LANE_CONSUMER,
         RCP_LANE_SERVICE,
         RCP_LANE_ENTRY_TABLE},
        "participant Scheduler as PaymentRecoveryScheduler\n"
        "participant DB_Log as MySQL (Log Table)\n"
        "participant Kafka as Kafka (axon.payment.retry)\n"
        "participant Consumer as PaymentRetryConsumer\n"
        "participant Service as PaymentService\n"
        "participant DB_Entry as MySQL (Entry Table)\n",
        "Scheduler->>DB_Log\n"
        "DB_Log-->>Scheduler\n"
        "Scheduler->>Kafka\n"
        "Scheduler->>DB_Log\n"
        "Kafka->>Consumer\n"
        "Consumer->>Service\n"
        "Service->>Service\n"
        "Service->>DB_Entry\n"
        "DB_Entry-->>Service\n",
    },
    {
        "retry failure",
        retry_failure,
        COUNT_OF(retry_failure),
        {RCP_LANE_CONSUMER,
         RCP_LANE_SERVICE,
         RCP_LANE_ENTRY_TABLE,
         RCP_LANE_LOG_SERVICE,
         RCP_LANE_LOG_TABLE},
        "participant Consumer as PaymentRetryConsumer\n"
        "participant Service as PaymentService\n"
        "participant DB_Entry as MySQL (Entry Table)\n"
        "participant LogService as PaymentFailureLogService\n"
        "participant DB_Log as MySQL (Log Table)\n",
        "Consumer->>Service\n"
        "Service->>DB_Entry\n"
        "DB_Entry--xService\n"
        "Service--xConsumer\n"
        "Consumer->>LogService\n"
        "LogService->>DB_Log\n",
    },
    {
        "an unlisted log service folds into its caller",
        retry_failure,
        COUNT_OF(retry_failure),
        {RCP_LANE_CONSUMER, RCP_LANE_LOG_TABLE},
        "participant Consumer as PaymentRetryConsumer\n"
        "participant DB_Log as MySQL (Log Table)\n",
        "Consumer->>DB_Log\n",
    },
    {
        "an unlisted table takes its arrows with it",
        database_failure,
        COUNT_OF(database_failure),
        {RCP_LANE_FRONTEND, RCP_LANE_SERVICE},
        "participant Frontend\n"
        "participant Service as PaymentService\n",
        "Frontend->>Service\n"
        "Service->>Service\n"
        "Service-->>Frontend\n",
    },
    {
        "an order",
        order_paid,
        COUNT_OF(order_paid),
        {RCP_LANE_USER,
         RCP_LANE_FRONTEND,
         RCP_LANE_ORDER_FACADE,
         RCP_LANE_PAYMENT_FACADE,
         RCP_LANE_RESULT_HANDLER,
         RCP_LANE_PG_CLIENT,
         RCP_LANE_PG,
         RCP_LANE_ORDER_TABLES},
        "actor User\n"
        "participant Frontend\n"
        "participant OrderFacade\n"
        "participant PaymentFacade\n"
        "participant ResultHandler as PaymentResultHandler\n"
        "participant PgClient\n"
        "participant PG\n"
        "participant DB_Order as MySQL (Order Tables)\n",
        "User->>Frontend\n"
        "Frontend->>OrderFacade\n"
        "OrderFacade->>DB_Order\n"
        "DB_Order-->>OrderFacade\n"
        "OrderFacade->>PaymentFacade\n"
        "PaymentFacade->>PgClient\n"
        "PgClient->>PG\n"
        "PG-->>PgClient\n"
        "PaymentFacade->>ResultHandler\n"
        "ResultHandler->>DB_Order\n"
        "DB_Order-->>ResultHandler\n"
        "OrderFacade-->>Frontend\n"
        "Frontend-->>User\n"
        "PG->>PaymentFacade\n"
        "PaymentFacade-->>PG\n"
        "PaymentFacade->>PgClient\n"
        "PgClient->>PG\n"
        "PG--xPgClient\n",
    },
    {
        "roles of an order fold into those they work for",
        order_paid,
        COUNT_OF(order_paid),
        {RCP_LANE_USER, RCP_LANE_ORDER_FACADE, RCP_LANE_PG},
        "actor User\n"
        "participant OrderFacade\n"
        "participant PG\n",
        "User->>OrderFacade\n"
        "OrderFacade->>PG\n"
        "PG-->>OrderFacade\n"
        "OrderFacade-->>User\n",
    },
    {
        "reconciliation and refund",
        reconciliation,
        COUNT_OF(reconciliation),
        {RCP_LANE_PAYMENT_SCHEDULER,
         RCP_LANE_PAYMENT_FACADE,
         RCP_LANE_RESULT_HANDLER,
         RCP_LANE_PG,
         RCP_LANE_ORDER_TABLES},
        "participant PaymentScheduler\n"
        "participant PaymentFacade\n"
        "participant ResultHandler as PaymentResultHandler\n"
        "participant PG\n"
        "participant DB_Order as MySQL (Order Tables)\n",
        "PaymentScheduler->>DB_Order\n"
        "DB_Order-->>PaymentScheduler\n"
        "PaymentScheduler->>PaymentFacade\n"
        "PaymentFacade->>PG\n"
        "PG-->>PaymentFacade\n"
        "PaymentFacade->>ResultHandler\n"
        "ResultHandler->>DB_Order\n"
        "DB_Order--xResultHandler\n"
        "ResultHandler->>PaymentFacade\n"
        "PaymentFacade->>PG\n"
        "PG-->>PaymentFacade\n"
        "ResultHandler->>DB_Order\n",
    },
    {
        "an acknowledged send is answered",
        acknowledged_send,
        COUNT_OF(acknowledged_send),
        {RCP_LANE_SCHEDULER, RCP_LANE_KAFKA},
        "participant Scheduler as PaymentRecoveryScheduler\n"
        "participant Kafka as Kafka (axon.payment.retry)\n",
        "Scheduler->>Kafka\n"
        "Kafka-->>Scheduler\n",
    },
};

static char *drawn(const struct rcp_record *records,
                   uint32_t count,
                   const struct rcp_mermaid_view *view)
{
    struct memory memory;
    open_memory(&memory);
    rcp_mermaid_write(memory.stream, records, count, view, &names);
    fclose(memory.stream);
    return memory.text;
}

static char *drawn_row(size_t index)
{
    struct rcp_mermaid_view view = {.lanes = diagrams[index].lanes};
    while (view.lane_count < COUNT_OF(diagrams[index].lanes) &&
           diagrams[index].lanes[view.lane_count] != RCP_LANE_NONE) {
        view.lane_count++;
    }
    return drawn(diagrams[index].records, diagrams[index].count, &view);
}

/* Keeps of a diagram its participants, or its arrows without their labels. */
static void keep_lines(char *text, bool arrows, char *kept, size_t size)
{
    struct rcp_text out = rcp_text_in(kept, size);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        line += strspn(line, " ");
        bool participant =
            strncmp(line, "participant ", 12) == 0 || strncmp(line, "actor ", 6) == 0;
        size_t length = participant ? strlen(line) : strcspn(line, ":");
        bool arrow = !participant && line[length] == ':' && strncmp(line, "note ", 5) != 0;
        if (arrows ? arrow : participant) {
            rcp_text_add(&out, "%.*s\n", (int)length, line);
        }
    }
}

static void a_diagram_has_the_documented_participants(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(diagrams); i++) {
        char kept[4096];
        char *text = drawn_row(i);
        keep_lines(text, false, kept, sizeof kept);
        assert_string_equal(kept, diagrams[i].participants);
        free(text);
    }
}

static void a_diagram_has_the_documented_arrows_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(diagrams); i++) {
        char kept[4096];
        char *text = drawn_row(i);
        keep_lines(text, true, kept, sizeof kept);
        assert_string_equal(kept, diagrams[i].arrows);
        free(text);
    }
}

static void a_window_cuts_what_is_outside(void **state)
{
    (void)state;
    enum rcp_lane lanes[] = {RCP_LANE_SERVICE, RCP_LANE_REDIS};
    struct rcp_mermaid_view view = {.lanes = lanes, .lane_count = 2, .from_ms = 4, .until_ms = 5};
    char kept[4096];
    char *text = drawn(normal_payment, COUNT_OF(normal_payment), &view);
    keep_lines(text, true, kept, sizeof kept);
    assert_string_equal(kept, "Service->>Redis\nRedis-->>Service\n");
    free(text);
}

static void labels_say_whose_and_where_only_in_company(void **state)
{
    (void)state;
    struct rcp_record records[] = {
        R(REDIS, PAYMENT, .verb = RCP_REDIS_GET),
        R(REDIS, PAYMENT, .verb = RCP_REDIS_GET),
    };
    struct rcp_mermaid_view view = {0};
    char *text = drawn(records, 2, &view);
    assert_null(strstr(text, "user 7"));
    assert_null(strstr(text, "node 1"));
    free(text);
    records[1].user_id = 8;
    records[1].node = 2;
    text = drawn(records, 2, &view);
    assert_non_null(strstr(text, "GET RESERVATION_TOKEN:{token} · user 7 · node 1\n"));
    assert_non_null(strstr(text, "GET RESERVATION_TOKEN:{token} · user 8 · node 2\n"));
    free(text);
}

static void an_answer_after_only_the_log_was_saved_says_so(void **state)
{
    (void)state;
    char *text = drawn_row(1);
    assert_non_null(strstr(text, "Service-->>Frontend: 200 OK (Eventual Consistency)\n"));
    assert_non_null(strstr(text, "note right of Service: [Main Tx Rollback but Log Saved]\n"));
    assert_non_null(strstr(text, "⚡ mysql_refused\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_grouped_by_thousands),
        cmocka_unit_test(durations_use_the_unit_that_a_person_would),
        cmocka_unit_test(a_cut_text_ends_with_a_whole_character),
        cmocka_unit_test(json_has_the_promised_shape),
        cmocka_unit_test(json_tells_what_the_result_says),
        cmocka_unit_test(junit_is_one_case_for_each_result),
        cmocka_unit_test(a_junit_failure_says_how_to_see_it_again),
        cmocka_unit_test(writers_say_when_the_disk_is_full),
        cmocka_unit_test(a_terminal_without_colour_gets_plain_text),
        cmocka_unit_test(a_terminal_with_colour_gets_the_same_words),
        cmocka_unit_test(a_story_line_says_who_did_what_to_whom),
        cmocka_unit_test(every_kind_of_record_has_its_words),
        cmocka_unit_test(a_diagram_has_the_documented_participants),
        cmocka_unit_test(a_diagram_has_the_documented_arrows_in_order),
        cmocka_unit_test(a_window_cuts_what_is_outside),
        cmocka_unit_test(labels_say_whose_and_where_only_in_company),
        cmocka_unit_test(an_answer_after_only_the_log_was_saved_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
