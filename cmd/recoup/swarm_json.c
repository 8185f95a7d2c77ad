/* A swarm as JSON. */
#include "cmd/recoup/swarm_json.h"

#include "cmd/recoup/record_log.h"

#include <inttypes.h>
#include <jansson.h>

static void put(FILE *file, json_t *value)
{
    json_dumpf(value, file, JSON_COMPACT);
    json_decref(value);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

bool rcp_swarm_json_begin(struct rcp_swarm_json *json,
                          const char *path,
                          const struct rcp_swarm_asked *asked)
{
    json->file = fopen(path, "w");
    if (json->file == NULL) {
        return false;
    }
    fprintf(json->file,
            "{\"version\":1,\"policy\":\"%s\",\"seeds\":[%" PRIu64 ",%" PRIu64 "],"
            "\"shard\":[%" PRIu64 ",%" PRIu64 "],\"failures\":[",
            asked->policy,
            asked->seed_first,
            asked->seed_last,
            asked->shard,
            asked->shards);
    return true;
}

void rcp_swarm_json_failure(struct rcp_swarm_json *json,
                            const struct rcp_crew_failure *failure,
                            const char *replay)
{
    bool violated = failure->outcome == RCP_RUN_VIOLATED;
    fputs(json->has_failures ? ",\n" : "\n", json->file);
    json->has_failures = true;
    put(json->file,
        json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s}",
                  "seed",
                  number(failure->seed),
                  "outcome",
                  violated ? "violated" : "error",
                  "invariant",
                  rcp_sim_names.invariant(failure->violation.invariant),
                  "fingerprint",
                  failure->violation.fingerprint,
                  "at_ms",
                  number(failure->violation.at_ms),
                  "detail",
                  violated ? failure->violation.detail : failure->error,
                  "replay",
                  replay));
    fflush(json->file);
}

static json_t *fired_of(const struct rcp_crew_totals *totals)
{
    json_t *fired = json_object();
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        if (totals->fired[i] > 0) {
            json_object_set_new(fired, rcp_sim_names.fault(i), number(totals->fired[i]));
        }
    }
    return fired;
}

static json_t *totals_of(const struct rcp_crew_totals *totals)
{
    const struct {
        const char *key;
        uint64_t value;
    } rows[] = {
        {"runs", totals->runs},
        {"violated", totals->violated},
        {"errors", totals->errors},
        {"events", totals->events},
        {"virtual_ms", totals->virtual_ms},
        {"payments", totals->payments},
        {"orders", totals->orders},
        {"pg_calls", totals->pg_calls},
        {"seeds_with_faults", totals->carrying},
        {"seeds_with_fault_fired", totals->struck},
    };
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_object_set_new(json, rows[i].key, number(rows[i].value));
    }
    return json;
}

bool rcp_swarm_json_end(struct rcp_swarm_json *json,
                        const struct rcp_crew_totals *totals,
                        enum rcp_crew_end end,
                        uint64_t wall_us)
{
    static const char *const ends[] = {
        [RCP_CREW_DONE] = "done", [RCP_CREW_TIME] = "time", [RCP_CREW_STOPPED] = "interrupted"};
    char digest[17];
    snprintf(digest, sizeof digest, "%016" PRIx64, totals->digest);
    json_t *root = totals_of(totals);
    json_object_set_new(root, "fired", fired_of(totals));
    json_object_set_new(root, "trace_digest", json_string(digest));
    json_object_set_new(root, "end", json_string(ends[end]));
    json_object_set_new(root, "timing", json_pack("{s:o}", "wall_us", number(wall_us)));
    fputs(json->has_failures ? "\n],\"totals\":" : "],\"totals\":", json->file);
    put(json->file, root);
    fputs("}\n", json->file);
    bool good = ferror(json->file) == 0;
    return fclose(json->file) == 0 && good;
}
