/* One violation on its way to paper: text that grows to the right, for describe.c and describe_order.c. */
#ifndef RCP_SIM_CHECK_STORY_H
#define RCP_SIM_CHECK_STORY_H

#include "sim/check/checker.h"
#include "sim/world.h"

#include <stddef.h>

/* What does not fit is cut off. */
struct rcp_story_text {
    char *end;
    size_t room;
};

struct rcp_story {
    const struct rcp_world *world;
    struct rcp_violation *out;
    struct rcp_story_text detail;
    struct rcp_story_text fingerprint; /* neither ids nor times */
};

void rcp_say(struct rcp_story_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A subject of the second document: its sentence, and what makes its fingerprint. */
void rcp_order_story(struct rcp_story *story,
                     const struct rcp_invariant_info *info,
                     uint32_t index);

#endif
