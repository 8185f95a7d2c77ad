/* What an operator takes in hand: workers that are paused, circuits that are forced. */
#ifndef RCP_CORE_OPERATE_H
#define RCP_CORE_OPERATE_H

#include "core/state.h"

/* Does it. A node that stops takes up nothing new anyway, and is not paused any more. */
void rcp_operate(struct rcp_step *step, const struct rcp_operate *operate);

#endif
