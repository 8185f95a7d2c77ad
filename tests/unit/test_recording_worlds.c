/* Recordings of whole worlds: each node of a generated run, with all that goes wrong in it, replays from its
 * files effect by effect. */
#include "sim/world.h"
#include "tests/support/flight.h"
#include "tests/support/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define WORLDS    60u
#define FILE_FULL 2000u

static struct flight_files files;
static struct flight flights[RCP_NODES_MAX];

static void ignore(void *context, const struct rcp_record *record)
{
    (void)context;
    (void)record;
}

static void stepped(void *context,
                    const struct rcp_world *world,
                    uint32_t node,
                    const struct rcp_event *event,
                    const struct rcp_effects *effects)
{
    (void)context;
    struct flight *flight = &flights[node];
    if (flight->files == NULL)
        *flight = (struct flight){.files = &files,
                                  .config = {.limits = world->config.limits,
                                             .policy = world->policy,
                                             .gateway = world->config.gateway,
                                             .seed = world->seed},
                                  .node = rcp_world_node(world, node),
                                  .number = node,
                                  .full = FILE_FULL};
    flight_step(flight, event, effects);
}

static void record_world(uint64_t seed, struct rcp_policy policy)
{
    const struct rcp_recorder recorder = {.write = ignore, .stepped = stepped};
    struct rcp_scenario *scenario = runs_block(sizeof *scenario);
    for (uint32_t i = 0; i < RCP_NODES_MAX; i++)
        flights[i] = (struct flight){0};
    rcp_swarm_scenario(seed, policy, policy, scenario);
    runs_recorded(scenario, seed, &recorder);
    for (uint32_t i = 0; i < RCP_NODES_MAX; i++)
        if (flights[i].files != NULL)
            flight_end(&flights[i]);
    free(scenario);
}

/* Under both policies, every node of every world does the same once more, from its first event and from
 * wherever a file begins. */
static void every_node_of_a_world_replays(void **state)
{
    (void)state;
    struct rcp_replay *replay = runs_block(sizeof *replay);
    uint64_t events = 0;
    uint32_t resumed = 0;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        record_world(seed, seed % 2u == 0 ? rcp_policy_documented() : rcp_policy_hardened());
        uint64_t effects = 0;
        for (uint32_t k = 0; k < files.count; k++) {
            const struct flight_file *file = &files.list[k];
            assert_int_equal(flight_replay(replay, file->bytes, file->size), RCP_REPLAY_OVER);
            effects += replay->effect_count;
            events += replay->event_count;
            resumed += replay->resumed;
        }
        assert_true(effects == files.effects);
        flight_forget(&files);
    }
    free(replay);
    assert_true(events > UINT64_C(100) * WORLDS);
    assert_true(resumed > WORLDS);
    print_message(
        "%u worlds, %u files begun in the middle, %u events\n", WORLDS, resumed, (unsigned)events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_of_a_world_replays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
