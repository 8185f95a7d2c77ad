/* A broken check as a result, for whoever leads a node through events that somebody else has seen. */
#ifndef RCP_CMD_HOST_CATCH_H
#define RCP_CMD_HOST_CATCH_H

#include <setjmp.h>

struct rcp_catch {
    jmp_buf back;      /* set by setjmp() before it is armed */
    const char *check; /* the check that failed */
};

/* From here on a check that fails on this thread goes back there; NULL: it ends the program again. */
void rcp_catch_arm(struct rcp_catch *broken);

#endif
