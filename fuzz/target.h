/* What every target supplies, and what afl_main.c gives to it. */
#ifndef RCP_FUZZ_TARGET_H
#define RCP_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Supplied by the target: its name, what it does once before the first input, and what it does with
 * each. An input that shows something wrong ends in fuzz_fail; every other one returns, with nothing
 * left behind that the next one could see. */
extern const char fuzz_name[];
void fuzz_begin(void);
void fuzz_one(const uint8_t *bytes, size_t size);

/* Says on stderr what is wrong, and with which file, then aborts: AFL++ keeps what aborts. */
_Noreturn void fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where a file is replayed by hand: what -o named, for a tape of what went wrong. NULL otherwise. */
const char *fuzz_tape_path(void);

#endif
