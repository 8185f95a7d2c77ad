/* What must outlive a restart: that this instance runs once, and how often it has started. */
#ifndef RCP_PROD_HOST_STATE_H
#define RCP_PROD_HOST_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rcp_state {
    int lock; /* held as long as the process lives */
    uint32_t incarnation;
};

/* Takes the folder (made where it is missing) for this process, and counts one start more, on disk before it
 * returns. Incarnations grow also where the folder was lost, as long as the clock is right. False: `wrong`
 * says why. */
bool rcp_state_open(const char *folder, struct rcp_state *state, char *wrong, size_t wrong_size);

void rcp_state_close(struct rcp_state *state);

#endif
