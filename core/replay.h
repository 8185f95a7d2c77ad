/* A recording led through a fresh node, step by step, each effect compared with what was recorded. */
#ifndef RCP_CORE_REPLAY_H
#define RCP_CORE_REPLAY_H

#include "core/recording.h"

/* What came of opening, beginning or going on. */
enum rcp_replay_result {
    RCP_REPLAY_EQUAL, /* begun; or one event more was stepped, and its effects are the recorded ones */
    RCP_REPLAY_DIFFERENT, /* they are not: `difference` says where. It goes no further. */
    RCP_REPLAY_BREAKS, /* the next event, `was`, broke the check `ending.check`: rcp_replay_break() steps it */
    RCP_REPLAY_OVER,    /* END: `ending` says why it ends */
    RCP_REPLAY_CUT,     /* it ends without END; all whole entries were equal */
    RCP_REPLAY_DAMAGED, /* what stands at `at` was never written like that */
    RCP_REPLAY_SENSELESS, /* it is whole, but no node can have seen this: wrong order, time that runs back */
    RCP_REPLAY_FOREIGN, /* another format: `head.build` says which build knows it */
    RCP_REPLAY_STATELESS, /* it begins with a state, and that of another build is laid out otherwise */
    RCP_REPLAY_NONE,      /* no recording at all */
};

/* Large: keep it on the heap. */
struct rcp_replay {
    const unsigned char *bytes;
    size_t size;
    size_t at; /* of the next entry */
    struct rcp_recording_head head;
    struct rcp_node *node;
    bool resumed;     /* began with a state, not with START */
    bool started;     /* START is behind us */
    uint64_t mono_ms; /* of the last event */
    uint64_t event_count;
    uint64_t effect_count;
    struct rcp_recorded was; /* the last event, and what it led to */
    struct rcp_effects is;   /* and what it has led to now */
    struct rcp_recording_difference difference;
    struct rcp_recording_ending ending;
};

/* Reads HEAD. EQUAL, or what is wrong. The bytes stay the caller's, and there until the end. */
enum rcp_replay_result rcp_replay_open(struct rcp_replay *replay, const void *bytes, size_t size);

/* Makes the node, in a block of rcp_node_size(&replay->head.config.limits) bytes that is aligned to 8. */
enum rcp_replay_result rcp_replay_begin(struct rcp_replay *replay, void *block);

/* Goes on by one event. EQUAL: call again. */
enum rcp_replay_result rcp_replay_step(struct rcp_replay *replay);

/* After BREAKS: steps the event of which the recorded process died. Does not return where a check fails, as
 * rcp_check_failed() does not. */
void rcp_replay_break(struct rcp_replay *replay);

#endif
