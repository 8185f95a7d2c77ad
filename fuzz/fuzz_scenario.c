/* Bytes are a scenario's YAML: the reader refuses them with a reason, or they make a world that is
 * written, read back and run. */
#include "fuzz/target.h"
#include "fuzz/yaml_round.h"

const char fuzz_name[] = "scenario";

void fuzz_begin(void)
{
    yaml_round_begin();
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    yaml_round("fuzz.yaml", (const char *)bytes, size);
}
