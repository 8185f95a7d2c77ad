/* /proc has it all: smaps says what there is and what is left out of dumps, mem has the bytes. */
#include "tests/integration/support/dump.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define CHUNK (1u << 20)

struct area {
    uint64_t first;
    uint64_t end;
    bool written; /* it can be */
};

/* The line that begins an area, as proc(5) has it: "7f00-7f01 rw-p ...". */
static bool read_area(const char *line, struct area *area)
{
    char *at = NULL;
    area->first = strtoull(line, &at, 16);
    if (at == line || *at != '-')
        return false;
    area->end = strtoull(at + 1, &at, 16);
    area->written = at[0] == ' ' && at[2] == 'w';
    return at[0] == ' ';
}

static uint32_t count_in(const char *bytes, size_t size, const void *wanted, size_t wanted_size)
{
    uint32_t count = 0;
    const char *at = bytes;
    while ((at = memmem(at, size - (size_t)(at - bytes), wanted, wanted_size)) != NULL) {
        count++;
        at++;
    }
    return count;
}

/* Piece by piece, each with the end of the one before it, less than what is looked for. */
static uint32_t count_in_area(int memory, const struct area *area, const void *wanted, size_t size)
{
    static char bytes[CHUNK];
    uint32_t count = 0;
    size_t kept = 0;
    for (uint64_t at = area->first; at < area->end;) {
        size_t room = CHUNK - kept;
        size_t most = area->end - at < room ? (size_t)(area->end - at) : room;
        ssize_t got = pread(memory, bytes + kept, most, (off_t)at);
        if (got <= 0)
            break; /* a device's, or not there any more */
        count += count_in(bytes, kept + (size_t)got, wanted, size);
        at += (uint64_t)got;
        kept += (size_t)got;
        size_t keep = kept < size - 1u ? kept : size - 1u;
        memmove(bytes, bytes + kept - keep, keep);
        kept = keep;
    }
    return count;
}

static uint32_t count_in_areas(FILE *maps, int memory, const void *wanted, size_t size)
{
    char line[4096];
    struct area area = {0};
    uint32_t count = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        bool flags = strncmp(line, "VmFlags:", 8) == 0; /* the last line about an area */
        if (flags && area.written && strstr(line, " dd") == NULL)
            count += count_in_area(memory, &area, wanted, size);
        struct area begun;
        if (!flags && read_area(line, &begun))
            area = begun;
    }
    return count;
}

uint32_t dump_count(pid_t child, const void *bytes, size_t size)
{
    char path[64];
    int status = 0;
    assert_int_equal(kill(child, SIGSTOP), 0);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    snprintf(path, sizeof path, "/proc/%d/smaps", child);
    FILE *maps = fopen(path, "r");
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    int memory = open(path, O_RDONLY | O_CLOEXEC);
    uint32_t count = 0;
    if (maps != NULL && memory >= 0)
        count = count_in_areas(maps, memory, bytes, size);
    bool read = maps != NULL && memory >= 0;
    if (maps != NULL)
        fclose(maps);
    if (memory >= 0)
        close(memory);
    assert_int_equal(kill(child, SIGCONT), 0);
    assert_true(read);
    return count;
}
