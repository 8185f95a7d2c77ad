/* A path of the explorer as an ordinary run: its decisions, by their meaning, taken once more. Events that
 * the explorer dropped because nobody waits for them happen in the run where they must. */
#include "sim/explore.h"

#include <string.h>

static uint32_t index_of(const uint64_t options[], uint32_t count, uint64_t option)
{
    for (uint32_t i = 0; i < count; i++)
        if (options[i] == option)
            return i;
    return count;
}

static void pass_dropped(struct rcp_retold *retold)
{
    while (retold->at < retold->count && retold->choices[retold->at].dropped)
        retold->at++;
}

/* True where the path has dropped this event by now. */
static bool was_dropped(const struct rcp_retold *retold, uint64_t key)
{
    for (uint32_t i = 0; i < retold->at; i++)
        if (retold->choices[i].dropped && retold->choices[i].key == key)
            return true;
    return false;
}

/* The path's next event. Where it cannot be next, one that the path has dropped comes first, and no other:
 * the path goes on with all that is pending besides. */
static uint32_t pick_event(struct rcp_retold *retold, const uint64_t options[], uint32_t count)
{
    pass_dropped(retold);
    if (retold->at < retold->count) {
        uint32_t next = index_of(options, count, retold->choices[retold->at].key);
        if (next < count)
            return next;
    }
    for (uint32_t i = 0; i < count; i++)
        if (was_dropped(retold, options[i]))
            return i;
    return 0;
}

static uint32_t pick(void *context,
                     const struct rcp_key *key,
                     const uint64_t options[],
                     uint32_t count)
{
    struct rcp_retold *retold = context;
    if (key->why == RCP_WHY_ORDER && key->phase != RCP_PHASE_ISSUE)
        return pick_event(retold, options, count);
    if (retold->at == retold->count)
        return 0;
    const struct rcp_retold_choice *choice = &retold->choices[retold->at];
    if (choice->why != key->why || choice->key != rcp_key_pack(*key))
        return 0;
    uint32_t taken = index_of(options, count, choice->option);
    if (taken == count)
        return 0;
    retold->at++;
    return taken;
}

static void happens(void *context, uint64_t key)
{
    struct rcp_retold *retold = context;
    pass_dropped(retold);
    if (retold->at < retold->count && retold->choices[retold->at].why == RCP_WHY_NONE &&
        retold->choices[retold->at].key == key)
        retold->at++;
}

struct rcp_picker rcp_retold_picker(struct rcp_retold *retold)
{
    retold->at = 0;
    return (struct rcp_picker){.context = retold, .pick = pick, .happens = happens};
}
