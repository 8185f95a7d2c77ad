/* What every text that the scenario reader takes must do. */
#include "fuzz/yaml_round.h"

#include "fuzz/target.h"
#include "sim/engine/guard.h"
#include "sim/run.h"
#include "sim/scenario/scenario_file.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_MAX   4194304u /* bytes; a larger world is read and written, but not run */
#define RECORDS_MAX 2000u    /* things that happen in a run; then it is cut short */
#define TEXT_MAX    ((size_t)2 * RCP_TAPE_FILE_MAX)
#define ALIGN       64u

static struct rcp_scenario first;
static struct rcp_scenario again;
static struct rcp_scenario_error error;
static struct rcp_run_result result;
static void *block;
static char *written;
static uint32_t records;
static jmp_buf cut;

void yaml_round_begin(void)
{
    block = aligned_alloc(ALIGN, WORLD_MAX);
    written = malloc(TEXT_MAX);
    if (block == NULL || written == NULL) {
        perror("fuzz");
        exit(2);
    }
}

/* What a scenario's file need not bring back: docs of rcp_scenario_write. */
static void drop_unkept(struct rcp_scenario *scenario)
{
    memset(scenario->name, 0, sizeof scenario->name);
    memset(scenario->path, 0, sizeof scenario->path);
    for (uint32_t i = 0; i < scenario->expect_count; i++)
        scenario->expect[i].line = 0;
    for (uint32_t i = 0; i < scenario->tape_count; i++)
        scenario->tape[i].consumed = 0;
}

/* FATE rules before TAKES rules, each kind in its order: they never compete. */
static void sort_rules(struct rcp_scenario *scenario)
{
    struct rcp_rule sorted[RCP_RULES_MAX];
    uint32_t count = 0;
    memset(sorted, 0, sizeof sorted);
    for (uint32_t why = RCP_WHY_FATE; why <= RCP_WHY_TAKES; why++)
        for (uint32_t i = 0; i < scenario->rule_count; i++)
            if (scenario->rules[i].why == why)
                sorted[count++] = scenario->rules[i];
    if (count != scenario->rule_count)
        fuzz_fail("%u of %u rules are neither fate nor length",
                  scenario->rule_count - count,
                  scenario->rule_count);
    memcpy(scenario->rules, sorted, count * sizeof sorted[0]);
}

static size_t write_to_memory(void)
{
    FILE *file = fmemopen(written, TEXT_MAX, "w");
    bool good = file != NULL && rcp_scenario_write(&first, file);
    long size = good ? ftell(file) : -1;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    if (!good || size < 0 || (size_t)size >= TEXT_MAX)
        fuzz_fail("the writer failed, or %ld bytes are too many", size);
    return (size_t)size;
}

/* Plain data: the reader clears what it fills in. */
static bool same_bytes(const void *left, const void *right, size_t size)
{
    return memcmp(left, right, size) == 0;
}

static void must_come_back(void)
{
    size_t size = write_to_memory();
    /* A tape may be larger than a scenario: the file that recoup writes is named as one. */
    if (!rcp_scenario_read_text("written.tape.yaml", written, size, &again, &error))
        fuzz_fail("what was written is refused: %s\n%.*s", error.text, (int)size, written);
    drop_unkept(&first);
    drop_unkept(&again);
    sort_rules(&first);
    sort_rules(&again);
    if (!same_bytes(&first, &again, sizeof first))
        fuzz_fail("what was written reads back as something else:\n%.*s", (int)size, written);
}

static void count_record(void *context, const struct rcp_record *record)
{
    (void)context;
    (void)record;
    if (++records > RECORDS_MAX)
        longjmp(cut, 1);
}

/* A bounded run: whatever comes of it, it must not crash. */
static void run(void)
{
    const struct rcp_recorder recorder = {.write = count_record};
    if (rcp_world_size(&again) > WORLD_MAX)
        return;
    records = 0;
    if (setjmp(cut) == 0)
        rcp_run(&again, again.seed_first, block, WORLD_MAX, &recorder, NULL, NULL, NULL, &result);
    rcp_guard_arm(NULL);
}

void yaml_round(const char *path, const char *text, size_t size)
{
    char why[1024];
    if (!rcp_scenario_read_text(path, text, size, &first, &error)) {
        if (error.text[0] == '\0' || strchr(error.text, '\n') != NULL || error.line == 0)
            fuzz_fail("refused without a line and a reason: line %u, '%s'", error.line, error.text);
        return;
    }
    if (!rcp_scenario_valid(&first, why, sizeof why))
        fuzz_fail("the reader took what makes no world: %s", why);
    must_come_back();
    run();
}
