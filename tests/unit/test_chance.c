/* The one door for chance: keys, the tape, and that a tape replays the run it was written by. */
#include "sim/chance.h"
#include "sim/scenario/scenario_file.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 300u

static struct rcp_scenario scenario;
static struct rcp_scenario replayed;
static struct rcp_run_result original;

/* ---- Keys ----------------------------------------------------------------------------------- */

static uint32_t dice = 1;

static uint32_t below(uint32_t bound)
{
    dice = dice * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)dice * bound >> 32);
}

/* Any key that a world within the limits can make. `why` is not packed. */
static struct rcp_key any_key(void)
{
    return (struct rcp_key){
        .subject = below(RCP_PAYMENTS_MAX + 1u),
        .nth = (uint16_t)below(UINT16_MAX + 1u),
        .subject_kind = (uint8_t)below(RCP_SUBJECT_KIND_COUNT),
        .site = (uint8_t)below(RCP_SITE_COUNT),
        .node = (uint8_t)below(RCP_NODES_MAX + 1u),
        .phase = (uint8_t)below(RCP_PHASE_COUNT),
        .copy = (uint8_t)below(UINT8_MAX + 1u),
    };
}

/* A packed key gives back what was packed, so no two keys pack alike. */
static void packed_keys_tell_everything(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        struct rcp_key key = any_key();
        struct rcp_key back = rcp_key_unpack(rcp_key_pack(key));
        assert_memory_equal(&key, &back, sizeof key);
    }
}

/* Each field at its largest keeps clear of the others. */
static void the_largest_of_each_field_fits(void **state)
{
    (void)state;
    static const struct rcp_key rows[] = {
        {.subject = RCP_PAYMENTS_MAX},
        {.nth = UINT16_MAX},
        {.subject_kind = RCP_SUBJECT_KIND_COUNT - 1},
        {.site = RCP_SITE_COUNT - 1},
        {.node = RCP_NODES_MAX},
        {.phase = RCP_PHASE_COUNT - 1},
    };
    uint64_t seen = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t packed = rcp_key_pack(rows[i]);
        struct rcp_key back = rcp_key_unpack(packed);
        assert_memory_equal(&rows[i], &back, sizeof back);
        assert_true((seen & packed) == 0);
        seen |= packed;
    }
}

/* ---- The tape ------------------------------------------------------------------------------- */

static void draw(uint64_t seed)
{
    rcp_swarm_scenario(seed, rcp_policy_hardened(), rcp_policy_hardened(), &scenario);
}

/* Where nothing is left to chance, nothing is written to the tape. */
static void dull_choices_write_nothing(void **state)
{
    (void)state;
    static struct rcp_tape_entry tape[RCP_TAPE_MAX];
    uint32_t count = 1;
    draw(1);
    scenario.rule_count = 0;
    scenario.chaos_num = 0;
    scenario.slow_num = 0;
    const struct rcp_run_result *result = runs_taped(&scenario, 1, tape, &count);
    assert_int_equal(result->outcome, RCP_RUN_HELD);
    assert_int_equal(count, 0);
}

/* Every entry of a tape names an option that is not the dull one, and says why it was chosen. */
static void taped_choices_are_not_dull(void **state)
{
    (void)state;
    static struct rcp_tape_entry tape[RCP_TAPE_MAX];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint32_t count = 0;
        draw(seed);
        runs_taped(&scenario, seed, tape, &count);
        for (uint32_t i = 0; i < count; i++) {
            const struct rcp_tape_entry *entry = &tape[i];
            assert_in_range(entry->key.why, RCP_WHY_FATE, RCP_WHY_COUNT - 1);
            uint64_t dull = entry->key.why == RCP_WHY_ORDER ? rcp_key_pack(entry->key) : 0;
            assert_true(entry->option != dull);
        }
    }
}

/* The run that the tape of the run before must repeat: chance takes nothing but the tape. */
static void take_the_tape_alone(struct rcp_scenario *source, uint32_t count)
{
    source->tape_count = count;
    source->tape_only = 1;
}

static void tape_original(uint64_t seed)
{
    uint32_t count = 0;
    draw(seed);
    original = *runs_taped(&scenario, seed, scenario.tape, &count);
    take_the_tape_alone(&scenario, count);
}

static void print_entry(const char *whose, uint32_t index, const struct rcp_tape_entry *entry)
{
    if (entry == NULL) {
        print_error("%s: ends at entry %u\n", whose, index);
        return;
    }
    struct rcp_key option = rcp_key_unpack(entry->option);
    print_error("%s: entry %u: why %u, site %s, node %u, subject %u:%u, nth %u, phase %u; "
                "option %llu (as key: site %s, subject %u:%u, nth %u, phase %u)\n",
                whose,
                index,
                entry->key.why,
                rcp_site_name((enum rcp_site)entry->key.site),
                entry->key.node,
                entry->key.subject_kind,
                entry->key.subject,
                entry->key.nth,
                entry->key.phase,
                (unsigned long long)entry->option,
                option.site < RCP_SITE_COUNT ? rcp_site_name((enum rcp_site)option.site) : "?",
                option.subject_kind,
                option.subject,
                option.nth,
                option.phase);
}

/* Where the replay took another way than the tape says: the first entry that differs. */
static void first_difference(const struct rcp_scenario *source,
                             const struct rcp_tape_entry *tape,
                             uint32_t count)
{
    for (uint32_t i = 0; i < source->tape_count || i < count; i++) {
        const struct rcp_tape_entry *was = &source->tape[i];
        const struct rcp_tape_entry *is = &tape[i];
        if (i < source->tape_count && i < count && is->option == was->option &&
            memcmp(&is->key, &was->key, sizeof is->key) == 0)
            continue;
        print_entry("tape  ", i, i < source->tape_count ? was : NULL);
        print_entry("replay", i, i < count ? is : NULL);
        return;
    }
}

static void must_repeat(const struct rcp_scenario *source, uint64_t seed)
{
    static struct rcp_tape_entry tape[RCP_TAPE_MAX];
    uint32_t count = 0;
    const struct rcp_run_result *again = runs_taped(source, seed, tape, &count);
    if (again->trace_digest == original.trace_digest && again->outcome == original.outcome &&
        again->events == original.events && again->stale_tape == 0)
        return;
    first_difference(source, tape, count);
    fail_msg("seed %llu: %u entries; %llu events, then %llu; outcome %d, then %d; %u stale",
             (unsigned long long)seed,
             source->tape_count,
             (unsigned long long)original.events,
             (unsigned long long)again->events,
             (int)original.outcome,
             (int)again->outcome,
             again->stale_tape);
}

/* A scenario and the tape of its run give the same trace, entry by entry. */
static void a_tape_replays_its_run(void **state)
{
    (void)state;
    uint32_t too_long = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        tape_original(seed);
        if (original.outcome == RCP_RUN_ERROR)
            too_long += strncmp(original.error, "the tape is full", 16) == 0;
        else
            must_repeat(&scenario, seed);
    }
    assert_in_range(too_long, 0, SEEDS / 100);
}

/* The same, written as YAML and read back. */
static void a_tape_survives_yaml(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS / 10; seed++) {
        struct rcp_scenario_error error;
        char *text = NULL;
        size_t size = 0;
        tape_original(seed);
        FILE *file = open_memstream(&text, &size);
        assert_non_null(file);
        assert_true(rcp_scenario_write(&scenario, file));
        assert_int_equal(fclose(file), 0);
        if (!rcp_scenario_read_text("seed.tape.yaml", text, size, &replayed, &error))
            fail_msg("%s", error.text);
        free(text);
        must_repeat(&replayed, seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_keys_tell_everything),
        cmocka_unit_test(the_largest_of_each_field_fits),
        cmocka_unit_test(dull_choices_write_nothing),
        cmocka_unit_test(taped_choices_are_not_dull),
        cmocka_unit_test(a_tape_replays_its_run),
        cmocka_unit_test(a_tape_survives_yaml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
