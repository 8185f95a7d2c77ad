/* What every text that the scenario reader takes must do: make a world, be written and read back as the
 * same, and run. */
#ifndef RCP_FUZZ_YAML_ROUND_H
#define RCP_FUZZ_YAML_ROUND_H

#include "sim/scenario.h"

#include <stddef.h>

/* Once, before the first text. */
void yaml_round_begin(void);

/* Reads text under this name (a tape's ends in .tape.yaml). What the reader refuses is done with. */
void yaml_round(const char *path, const char *text, size_t size);

#endif
