/* Bytes from outside that something other than the scenario reader's front door decodes. The first byte
 * says which decoder gets the rest: the lines of a tape, or the value of an option. */
#include "cmd/recoup/options.h"
#include "fuzz/target.h"
#include "fuzz/yaml_round.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "payload";

#define TEXT_MAX 65536u

static char text[TEXT_MAX + 1u];
static FILE *nowhere; /* a refusal is said on stderr; nobody reads it here */

void fuzz_begin(void)
{
    yaml_round_begin();
    nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL) {
        perror("/dev/null");
        exit(2);
    }
}

/* The lines of a tape, behind the small world that they are about. */
static void read_tape(const char *lines)
{
    static const char world[] =
        "# A tape.\n"
        "world: { nodes: 2, users: 2, limits: { retries: 2, partitions: 2 } }\n"
        "workload: [{ at: 1s, pay: { users: 1..2 } }]\n"
        "heal: 2m\n"
        "tape_only: true\n"
        "tape:\n";
    static char file[sizeof world + TEXT_MAX];
    int size = snprintf(file, sizeof file, "%s%s", world, lines);
    yaml_round("fuzz.tape.yaml", file, (size_t)size);
}

static void read_seeds(const char *value)
{
    uint64_t first = 0;
    uint64_t last = 0;
    if (rcp_read_seeds("swarm", value, &first, &last) && (first > last || last == UINT64_MAX))
        fuzz_fail("--seeds '%s' has no end", value);
}

static void read_shard(const char *value)
{
    uint64_t index = 0;
    uint64_t count = 0;
    if (rcp_read_shard("swarm", value, &index, &count) && (index < 1 || index > count))
        fuzz_fail("--shard '%s' is none of its shards", value);
}

static void read_time(const char *value)
{
    uint64_t ms = 0;
    rcp_read_time("swarm", value, &ms);
}

/* What was turned, said as options again and read again, is the same. */
static void read_knob(const char *value)
{
    struct rcp_policy_choice choice = {0};
    struct rcp_policy_choice again = {0};
    char options[256];
    if (!rcp_read_knob("swarm", value, &choice))
        return;
    struct rcp_text said = rcp_text_in(options, sizeof options);
    rcp_policy_options(&choice, &said);
    if (strncmp(options, " --set ", 7) != 0 || !rcp_read_knob("swarm", options + 7, &again) ||
        choice.turned != again.turned || choice.hardened != again.hardened)
        fuzz_fail("--set '%s' is said as '%s'", value, options);
}

static void read_policy(const char *value)
{
    struct rcp_policy_choice choice = {0};
    if (rcp_read_policy("swarm", value, &choice) != choice.preset_given)
        fuzz_fail("--policy '%s' is taken and not given", value);
}

static const struct {
    char letter;
    void (*read)(const char *value);
} decoders[] = {
    {'t', read_tape},
    {'s', read_seeds},
    {'h', read_shard},
    {'m', read_time},
    {'k', read_knob},
    {'p', read_policy},
};

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > TEXT_MAX)
        return;
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0'; /* as a command line and a C string would have it */
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (decoders[i].letter != (char)bytes[0])
            continue;
        FILE *said = stderr;
        stderr = nowhere;
        decoders[i].read(text);
        stderr = said;
    }
}
