/* One file, `incarnation`: its lock says that the instance runs, its number which start this is. */
#include "prod/host/state.h"

#include "prod/loop/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 512u
#define EPOCH_S        1577836800u /* 2020: seconds since then fit 32 bits until 2156 */

static uint32_t last_start(int file)
{
    char text[16] = "";
    if (pread(file, text, sizeof text - 1u, 0) <= 0)
        return 0;
    return (uint32_t)strtoul(text, NULL, 10);
}

static bool write_start(int file, uint32_t incarnation)
{
    char text[16];
    int size = snprintf(text, sizeof text, "%" PRIu32 "\n", incarnation);
    return pwrite(file, text, (size_t)size, 0) == size && ftruncate(file, size) == 0 &&
           fsync(file) == 0;
}

/* A lost folder does not bring an old incarnation back: the clock is ahead of every count of starts. */
static uint32_t next_start(uint32_t last)
{
    uint32_t by_clock = (uint32_t)(rcp_wall_ms() / 1000u - EPOCH_S);
    return by_clock > last ? by_clock : last + 1u;
}

bool rcp_state_open(const char *folder, struct rcp_state *state, char *wrong, size_t wrong_size)
{
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "%s/incarnation", folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        snprintf(wrong, wrong_size, "cannot make the state folder %s: %s", folder, strerror(errno));
        return false;
    }
    state->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (state->lock < 0) {
        snprintf(wrong, wrong_size, "cannot open %s: %s", name, strerror(errno));
        return false;
    }
    if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
        snprintf(wrong, wrong_size, "%s is taken: another recoupd runs as this instance", name);
        close(state->lock);
        return false;
    }
    state->incarnation = next_start(last_start(state->lock));
    if (!write_start(state->lock, state->incarnation)) {
        snprintf(wrong, wrong_size, "cannot write %s: %s", name, strerror(errno));
        close(state->lock);
        return false;
    }
    return true;
}

void rcp_state_close(struct rcp_state *state)
{
    close(state->lock);
    state->lock = -1;
}
