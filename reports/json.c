/* The verdicts as JSON. */
#include "reports/json.h"

#include <inttypes.h>

/* jansson counts in signed 64 bits; ours stay far below. */
static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Null where there is none. */
static json_t *text_or_null(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *violations_of(const struct rcp_result *result)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < result->violation_count; i++) {
        const struct rcp_result_violation *violation = &result->violations[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:b}",
                                        "invariant",
                                        violation->invariant,
                                        "fingerprint",
                                        violation->fingerprint,
                                        "at_ms",
                                        number(violation->at_ms),
                                        "detail",
                                        violation->detail,
                                        "seed",
                                        number(violation->seed),
                                        "seeds",
                                        number(violation->seeds),
                                        "expected",
                                        violation->expected ? 1 : 0));
    }
    return list;
}

static json_t *faults_of(const struct rcp_result *result)
{
    json_t *fired = json_object();
    for (uint32_t i = 0; i < result->fired_count; i++) {
        json_object_set_new(fired, result->fired[i].fault, number(result->fired[i].count));
    }
    json_t *not_fired = json_array();
    for (uint32_t i = 0; i < result->not_fired_count; i++) {
        json_array_append_new(not_fired, json_string(result->not_fired[i]));
    }
    return json_pack("{s:o, s:o}", "fired", fired, "not_fired", not_fired);
}

static json_t *timing_of(uint64_t wall_us, uint64_t events)
{
    uint64_t events_per_s = wall_us == 0 ? 0 : events * 1000000u / wall_us;
    return json_pack(
        "{s:o, s:o}", "wall_us", number(wall_us), "events_per_s", number(events_per_s));
}

json_t *rcp_json_result(const struct rcp_result *result)
{
    char digest[17];
    snprintf(digest, sizeof digest, "%016" PRIx64, result->trace_digest);
    json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:[o, o], s:s, s:b, s:s}",
                             "scenario",
                             result->scenario,
                             "file",
                             result->path,
                             "policy",
                             result->policy,
                             "seed",
                             number(result->seed),
                             "seeds",
                             number(result->seed_first),
                             number(result->seed_last),
                             "outcome",
                             rcp_result_outcome_name(result->outcome),
                             "as_expected",
                             result->as_expected ? 1 : 0,
                             "reason",
                             result->reason);
    json_object_set_new(json, "violations", violations_of(result));
    json_object_set_new(json, "faults", faults_of(result));
    json_object_set_new(json, "runs", number(result->runs));
    json_object_set_new(json, "events", number(result->events));
    json_object_set_new(json, "orders", number(result->orders));
    json_object_set_new(json, "pg_calls", number(result->pg_calls));
    json_object_set_new(json, "virtual_ms", number(result->virtual_ms));
    json_object_set_new(json, "trace_digest", json_string(digest));
    json_object_set_new(json, "weak_durability", json_boolean(result->weak));
    json_object_set_new(json, "replay", json_string(result->replay));
    json_object_set_new(json, "tape", text_or_null(result->tape));
    json_object_set_new(json, "timing", timing_of(result->wall_us, result->events));
    return json;
}

int rcp_json_write(FILE *out, const struct rcp_result *results, uint32_t count)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < count; i++) {
        json_array_append_new(list, rcp_json_result(&results[i]));
    }
    struct rcp_result_summary summary = rcp_result_summary(results, count);
    json_t *root = json_pack("{s:i, s:o, s:{s:o, s:o, s:o}}",
                             "version",
                             1,
                             "results",
                             list,
                             "summary",
                             "as_expected",
                             number(summary.as_expected),
                             "not_as_expected",
                             number(summary.not_as_expected),
                             "errors",
                             number(summary.errors));
    int failed = root == NULL ? -1 : json_dumpf(root, out, JSON_INDENT(2));
    json_decref(root);
    if (failed != 0 || fputc('\n', out) == EOF || fflush(out) != 0) {
        return -1;
    }
    return 0;
}
