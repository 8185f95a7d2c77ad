/* A recording led through a fresh node. */
#include "core/replay.h"

#include "core/snapshot.h"

#include <string.h>

static enum rcp_replay_result end_of(enum rcp_recording_found found)
{
    return found == RCP_RECORDING_DAMAGED ? RCP_REPLAY_DAMAGED : RCP_REPLAY_CUT;
}

enum rcp_replay_result rcp_replay_open(struct rcp_replay *replay, const void *bytes, size_t size)
{
    struct rcp_recording_entry entry;
    memset(replay, 0, sizeof *replay);
    replay->bytes = bytes;
    replay->size = size;
    if (!rcp_recording_begins(bytes, size))
        return RCP_REPLAY_NONE;
    enum rcp_recording_found found = rcp_recording_next(replay->bytes, size, &replay->at, &entry);
    if (found != RCP_RECORDING_ENTRY)
        return end_of(found);
    switch (rcp_recording_read_head(&entry, &replay->head)) {
    case RCP_RECORDING_READABLE:
        return RCP_REPLAY_EQUAL;
    case RCP_RECORDING_FOREIGN:
        return RCP_REPLAY_FOREIGN;
    case RCP_RECORDING_NONSENSE:
        break;
    }
    return RCP_REPLAY_SENSELESS;
}

enum rcp_replay_result rcp_replay_begin(struct rcp_replay *replay, void *block)
{
    struct rcp_recording_entry entry;
    size_t at = replay->at;
    replay->node = rcp_node_init(block, &replay->head.config);
    enum rcp_recording_found found = rcp_recording_next(replay->bytes, replay->size, &at, &entry);
    if (found != RCP_RECORDING_ENTRY || entry.kind != RCP_RECORDING_STATE)
        return RCP_REPLAY_EQUAL; /* whatever it is, the first step comes to it */
    if (replay->head.layout != rcp_node_layout())
        return RCP_REPLAY_STATELESS;
    if (!rcp_recording_read_state(&entry, replay->node))
        return RCP_REPLAY_SENSELESS;
    replay->at = at;
    replay->resumed = true;
    replay->started = true;
    return RCP_REPLAY_EQUAL;
}

static enum rcp_replay_result end(struct rcp_replay *replay,
                                  const struct rcp_recording_entry *entry)
{
    if (!rcp_recording_read_end(entry, &replay->ending) || replay->at != replay->size ||
        replay->ending.events != replay->event_count ||
        replay->ending.why == RCP_RECORDING_BROKEN) /* by no event that is here */
        return RCP_REPLAY_SENSELESS;
    return RCP_REPLAY_OVER;
}

/* The node's own checks stop the program where the rest of the contract is broken. */
static bool may_come(const struct rcp_replay *replay, const struct rcp_event *event)
{
    bool starts = event->kind == RCP_EVENT_START;
    return starts != replay->started && event->mono_ms >= replay->mono_ms;
}

/* The event that was just read is the last one, and broke a check. */
static bool breaks(struct rcp_replay *replay)
{
    struct rcp_recording_entry entry;
    size_t at = replay->at;
    return replay->was.effects.count == 0 &&
           rcp_recording_next(replay->bytes, replay->size, &at, &entry) == RCP_RECORDING_ENTRY &&
           rcp_recording_read_end(&entry, &replay->ending) &&
           replay->ending.why == RCP_RECORDING_BROKEN && at == replay->size &&
           replay->ending.events == replay->event_count;
}

enum rcp_replay_result rcp_replay_step(struct rcp_replay *replay)
{
    struct rcp_recording_entry entry;
    enum rcp_recording_found found =
        rcp_recording_next(replay->bytes, replay->size, &replay->at, &entry);
    if (found != RCP_RECORDING_ENTRY)
        return end_of(found);
    if (entry.kind == RCP_RECORDING_END)
        return end(replay, &entry);
    if (!rcp_recording_read_step(&entry, &replay->was) || !may_come(replay, &replay->was.event))
        return RCP_REPLAY_SENSELESS;
    replay->started = true;
    replay->mono_ms = replay->was.event.mono_ms;
    replay->event_count++;
    if (breaks(replay))
        return RCP_REPLAY_BREAKS;
    rcp_node_step(replay->node, &replay->was.event, &replay->is);
    if (rcp_recording_differs(&replay->was.effects, &replay->is, &replay->difference))
        return RCP_REPLAY_DIFFERENT;
    replay->effect_count += replay->is.count;
    return RCP_REPLAY_EQUAL;
}

void rcp_replay_break(struct rcp_replay *replay)
{
    rcp_node_step(replay->node, &replay->was.event, &replay->is);
}
