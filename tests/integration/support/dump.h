/* What a core dump of a process would show: its memory, read while it stands still. */
#ifndef RCP_TESTS_INTEGRATION_SUPPORT_DUMP_H
#define RCP_TESTS_INTEGRATION_SUPPORT_DUMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How often these bytes stand in the memory of a child process that can be written to, what it asked to leave out of
 * dumps (MADV_DONTDUMP) left out. No privilege is needed. */
uint32_t dump_count(pid_t child, const void *bytes, size_t size);

#endif
