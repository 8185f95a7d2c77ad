/* What the host of a simulation supplies: where a failed check goes. The run or the replay at work on this
 * thread is remembered here, outside of core and sim, which hold no writable data. */
#include "cmd/host/catch.h"
#include "core/check.h"
#include "sim/engine/guard.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local struct rcp_sim *at_work;
static _Thread_local struct rcp_catch *caught;

void rcp_guard_arm(struct rcp_sim *sim)
{
    at_work = sim;
}

void rcp_catch_arm(struct rcp_catch *broken)
{
    caught = broken;
}

_Noreturn void rcp_check_failed(const char *id)
{
    if (at_work != NULL)
        rcp_sim_check_failed(at_work, id);
    if (caught != NULL) {
        caught->check = id;
        longjmp(caught->back, 1);
    }
    fprintf(stderr, "check:%s failed outside of a run: this is a bug in recoup\n", id);
    abort();
}
