/* Shrinking by renumbering: users, activities, nodes and partitions down to the smallest numbers. The
 * keys on the tape name payments, nodes and partitions by index, so they are renamed along. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

#define PAYMENTS_MAX 128u /* more than so many payments in use are not renumbered */

void rcp_shrink_rename(struct rcp_scenario *scenario,
                       bool (*rename)(void *context, struct rcp_key *key),
                       void *context)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < scenario->tape_count; i++) {
        struct rcp_tape_entry entry = scenario->tape[i];
        bool stays = rename(context, &entry.key);
        if (stays && entry.key.why == RCP_WHY_ORDER) {
            struct rcp_key first = rcp_key_unpack(entry.option);
            stays = rename(context, &first);
            entry.option = rcp_key_pack(first);
        }
        if (stays)
            scenario->tape[kept++] = entry;
    }
    scenario->tape_count = kept;
}

/* --- Payments: a user in an activity --- */

struct payment {
    uint32_t activity;
    uint32_t user;
};

/* Where each payment in use goes, sorted by activity and user. */
struct moves {
    struct payment from[PAYMENTS_MAX];
    struct payment to[PAYMENTS_MAX];
    uint32_t count;
    uint32_t activities;
    uint32_t users_from, users_to; /* of an activity: indexes are made of it */
    bool full;                     /* nobody can be moved */
};

static bool before(const struct payment *a, const struct payment *b)
{
    return a->activity != b->activity ? a->activity < b->activity : a->user < b->user;
}

/* A line that names a user and no activity means the only one there is; of several, it means each. */
static void use(struct moves *moves, uint32_t activity, uint32_t user)
{
    struct payment payment = {activity == 0 ? 1u : activity, user};
    uint32_t at = 0;
    while (at < moves->count && before(&moves->from[at], &payment))
        at++;
    if (user == 0 || (at < moves->count && !before(&payment, &moves->from[at])))
        return;
    moves->full =
        moves->full || moves->count == PAYMENTS_MAX || (activity == 0 && moves->activities > 1);
    if (moves->full)
        return;
    memmove(&moves->from[at + 1], &moves->from[at], (moves->count - at) * sizeof payment);
    moves->from[at] = payment;
    moves->count++;
}

static bool use_key(void *context, struct rcp_key *key)
{
    struct moves *moves = context;
    if (key->subject_kind == RCP_SUBJECT_PAYMENT)
        use(moves, key->subject / moves->users_from + 1u, key->subject % moves->users_from + 1u);
    return true;
}

static void collect(struct moves *moves, struct rcp_scenario *scenario)
{
    memset(moves, 0, sizeof *moves);
    moves->activities = scenario->world.activities;
    moves->users_from = scenario->world.users;
    for (uint32_t i = 0; i < scenario->work_count; i++) {
        const struct rcp_work *work = &scenario->work[i];
        if (work->kind >= RCP_WORK_ORDER)
            continue; /* its users are buyers */
        for (uint32_t user = work->user_first; user <= work->user_last && !moves->full; user++)
            use(moves, work->activity, user);
        use(moves, work->activity, work->by_user);
    }
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        use(moves, scenario->plan[i].activity, scenario->plan[i].user);
    for (uint32_t i = 0; i < scenario->rule_count; i++)
        if (scenario->rules[i].purchase == 0)
            use(moves, scenario->rules[i].activity, scenario->rules[i].user);
    for (uint32_t i = 0; i < scenario->order_count; i++)
        for (uint32_t side = 0; side < 2; side++)
            if (scenario->order[i].purchase[side] == 0)
                use(moves, scenario->order[i].activity[side], scenario->order[i].user[side]);
    rcp_shrink_rename(scenario, use_key, moves);
}

static bool move(const struct moves *moves, uint32_t *activity, uint32_t *user)
{
    for (uint32_t i = 0; i < moves->count; i++) {
        if (moves->from[i].activity != (*activity == 0 ? 1u : *activity) ||
            moves->from[i].user != *user)
            continue;
        if (*activity != 0)
            *activity = moves->to[i].activity;
        *user = moves->to[i].user;
        return true;
    }
    return *user == 0;
}

static bool move_key(void *context, struct rcp_key *key)
{
    const struct moves *moves = context;
    if (key->subject_kind != RCP_SUBJECT_PAYMENT)
        return true;
    uint32_t activity = key->subject / moves->users_from + 1u;
    uint32_t user = key->subject % moves->users_from + 1u;
    bool found = move(moves, &activity, &user);
    key->subject = (activity - 1u) * moves->users_to + user - 1u;
    return found;
}

/* False where a line's users would no longer follow each other, or the stranger is in another activity. */
static bool move_work(const struct moves *moves, struct rcp_work *work)
{
    uint32_t last_activity = work->activity;
    uint32_t by_activity = work->activity;
    uint32_t users = work->user_last - work->user_first;
    bool stranger = work->by_user != 0;
    bool good = move(moves, &last_activity, &work->user_last) &&
                move(moves, &by_activity, &work->by_user) &&
                move(moves, &work->activity, &work->user_first);
    return good && last_activity == work->activity &&
           (!stranger || by_activity == work->activity) &&
           work->user_last - work->user_first == users;
}

static bool apply(struct rcp_scenario *scenario, struct moves *moves)
{
    bool good = true;
    uint32_t activities = 1;
    moves->users_to = 1;
    for (uint32_t i = 0; i < moves->count; i++) {
        if (moves->to[i].user > moves->users_to)
            moves->users_to = moves->to[i].user;
        if (moves->to[i].activity > activities)
            activities = moves->to[i].activity;
    }
    for (uint32_t i = 0; i < scenario->work_count; i++)
        good = good &&
               (scenario->work[i].kind >= RCP_WORK_ORDER || move_work(moves, &scenario->work[i]));
    for (uint32_t i = 0; i < scenario->plan_count; i++)
        good = good && move(moves, &scenario->plan[i].activity, &scenario->plan[i].user);
    for (uint32_t i = 0; i < scenario->rule_count; i++)
        good = good && (scenario->rules[i].purchase != 0 ||
                        move(moves, &scenario->rules[i].activity, &scenario->rules[i].user));
    for (uint32_t i = 0; i < scenario->order_count; i++)
        for (uint32_t side = 0; side < 2; side++)
            good =
                good &&
                (scenario->order[i].purchase[side] != 0 ||
                 move(moves, &scenario->order[i].activity[side], &scenario->order[i].user[side]));
    if (!good)
        return false;
    rcp_shrink_rename(scenario, move_key, moves);
    if (scenario->world.capacity == scenario->world.users)
        scenario->world.capacity = moves->users_to;
    scenario->world.users = moves->users_to;
    scenario->world.activities = activities;
    return true;
}

/* How payments are numbered anew. */
enum numbering {
    NUMBER_IN_ONE_ACTIVITY, /* the nth in use is user n of activity 1 */
    NUMBER_BY_RANK,         /* the nth user in use is user n, the nth activity is activity n */
    NUMBER_AS_IT_IS,        /* nobody moves; who is not in use goes */
    NUMBERINGS
};

/* How many payments before the ith have another activity, or another user, each counted once. */
static uint32_t rank(const struct moves *moves, uint32_t i, bool of_user)
{
    uint32_t smaller = 0;
    for (uint32_t j = 0; j < moves->count; j++) {
        uint32_t other = of_user ? moves->from[j].user : moves->from[j].activity;
        uint32_t own = of_user ? moves->from[i].user : moves->from[i].activity;
        bool first = other < own;
        for (uint32_t k = 0; first && k < j; k++)
            first = (of_user ? moves->from[k].user : moves->from[k].activity) != other;
        smaller += first;
    }
    return smaller;
}

static void number(struct moves *moves, enum numbering how)
{
    for (uint32_t i = 0; i < moves->count; i++) {
        moves->to[i] = moves->from[i];
        if (how == NUMBER_IN_ONE_ACTIVITY)
            moves->to[i] = (struct payment){1, i + 1u};
        if (how == NUMBER_BY_RANK)
            moves->to[i] = (struct payment){rank(moves, i, false) + 1u, rank(moves, i, true) + 1u};
    }
}

static bool same_moves(const struct moves *moves, const struct rcp_world_config *world)
{
    uint32_t activities = 1;
    uint32_t users = 1;
    for (uint32_t i = 0; i < moves->count; i++) {
        if (memcmp(&moves->from[i], &moves->to[i], sizeof moves->from[i]) != 0)
            return false;
        users = moves->to[i].user > users ? moves->to[i].user : users;
        activities = moves->to[i].activity > activities ? moves->to[i].activity : activities;
    }
    return users == world->users && activities == world->activities;
}

/* One user to a smaller number that nobody has, in every activity. */
static bool move_one(struct rcp_shrink *shrink, uint32_t user, uint32_t to)
{
    struct moves moves;
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    collect(&moves, trial);
    number(&moves, NUMBER_AS_IT_IS);
    for (uint32_t i = 0; i < moves.count; i++) {
        if (moves.to[i].user == to)
            return false;
        if (moves.to[i].user == user)
            moves.to[i].user = to;
    }
    return !moves.full && apply(trial, &moves) && rcp_shrink_keep(shrink);
}

bool rcp_shrink_users(struct rcp_shrink *shrink)
{
    struct moves moves;
    bool kept = false;
    for (int how = 0; how < NUMBERINGS; how++) {
        struct rcp_scenario *trial = rcp_shrink_trial(shrink);
        collect(&moves, trial);
        number(&moves, (enum numbering)how);
        if (moves.full || same_moves(&moves, &trial->world))
            continue;
        kept = (apply(trial, &moves) && rcp_shrink_keep(shrink)) || kept;
    }
    for (uint32_t user = 2; user <= shrink->best.world.users && user <= PAYMENTS_MAX; user++)
        for (uint32_t to = 1; to < user; to++)
            kept = move_one(shrink, user, to) || kept;
    return kept;
}

/* --- Nodes --- */

/* Node `gone` is no more: what it did `heir` does, and those behind it move up. 1.., heir 0: nobody. */
struct inheritance {
    uint32_t gone;
    uint32_t heir; /* by the old numbers */
};

static uint32_t new_node(const struct inheritance *will, uint32_t node)
{
    if (node == will->gone)
        node = will->heir;
    return node > will->gone ? node - 1u : node;
}

static bool rename_node(void *context, struct rcp_key *key)
{
    const struct inheritance *will = context;
    if (will->heir == 0 && (key->node == will->gone || (key->subject_kind == RCP_SUBJECT_NODE &&
                                                        key->subject + 1u == will->gone)))
        return false;
    if (key->node != 0)
        key->node = (uint8_t)new_node(will, key->node);
    if (key->subject_kind == RCP_SUBJECT_NODE)
        key->subject = new_node(will, key->subject + 1u) - 1u;
    return true;
}

static bool remove_node(struct rcp_shrink *shrink, uint32_t gone, uint32_t heir)
{
    struct inheritance will = {.gone = gone, .heir = heir};
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    for (uint32_t i = trial->plan_count; i-- > 0;) {
        if (trial->plan[i].node == gone && heir == 0)
            rcp_shrink_drop(trial, RCP_SHRINK_PLAN, i);
        else if (trial->plan[i].node != 0)
            trial->plan[i].node = new_node(&will, trial->plan[i].node);
    }
    for (uint32_t i = trial->rule_count; i-- > 0;) {
        if (trial->rules[i].node == gone && heir == 0)
            rcp_shrink_drop(trial, RCP_SHRINK_RULES, i);
        else if (trial->rules[i].node != 0)
            trial->rules[i].node = new_node(&will, trial->rules[i].node);
    }
    for (uint32_t i = trial->order_count; i-- > 0;) {
        uint32_t *node = trial->order[i].node;
        if ((node[0] == gone || node[1] == gone) && heir == 0) {
            rcp_shrink_drop(trial, RCP_SHRINK_ORDER, i);
            continue;
        }
        for (uint32_t side = 0; side < 2; side++)
            if (node[side] != 0)
                node[side] = new_node(&will, node[side]);
    }
    rcp_shrink_rename(trial, rename_node, &will);
    trial->world.nodes--;
    return rcp_shrink_keep(shrink);
}

bool rcp_shrink_nodes(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (uint32_t gone = shrink->best.world.nodes; gone > 0; gone--) {
        uint32_t nodes = shrink->best.world.nodes;
        bool less = false;
        for (uint32_t heir = 0; heir <= nodes && nodes > 1 && !less; heir++)
            less = heir != gone && gone <= nodes && remove_node(shrink, gone, heir);
        kept = less || kept;
    }
    return kept;
}

/* --- Partitions --- */

static bool rename_partition(void *context, struct rcp_key *key)
{
    const uint32_t *count = context;
    if (key->subject_kind == RCP_SUBJECT_PARTITION && key->subject >= *count)
        key->subject = *count - 1u;
    return true;
}

bool rcp_shrink_partitions(struct rcp_shrink *shrink)
{
    for (uint32_t count = 1; count < shrink->best.world.limits.partitions; count++) {
        struct rcp_scenario *trial = rcp_shrink_trial(shrink);
        trial->world.limits.partitions = count;
        for (uint32_t i = 0; i < trial->rule_count; i++)
            if (trial->rules[i].only_partition > count)
                trial->rules[i].only_partition = count;
        rcp_shrink_rename(trial, rename_partition, &count);
        if (rcp_shrink_keep(shrink))
            return true;
    }
    return false;
}
