/* Shrinking by leaving out: lines and entries in halves, quarters, and at last one by one. */
#include "sim/engine/shrink_steps.h"

#include <string.h>

/* What is left out of together: the tape's three kinds of entries apart, the faults first. */
struct part {
    enum rcp_shrink_list list;
    uint8_t why; /* enum rcp_why, of rules and of the tape; NONE: all */
};

static const struct part parts[] = {
    {RCP_SHRINK_WORK, RCP_WHY_NONE},
    {RCP_SHRINK_PLAN, RCP_WHY_NONE},
    {RCP_SHRINK_TAPE, RCP_WHY_FATE},
    {RCP_SHRINK_RULES, RCP_WHY_FATE},
    {RCP_SHRINK_TAPE, RCP_WHY_TAKES},
    {RCP_SHRINK_RULES, RCP_WHY_TAKES},
    {RCP_SHRINK_TAPE, RCP_WHY_ORDER},
    {RCP_SHRINK_ORDER, RCP_WHY_NONE},
};

uint32_t rcp_shrink_count(const struct rcp_scenario *scenario, enum rcp_shrink_list list)
{
    switch (list) {
    case RCP_SHRINK_WORK:
        return scenario->work_count;
    case RCP_SHRINK_PLAN:
        return scenario->plan_count;
    case RCP_SHRINK_RULES:
        return scenario->rule_count;
    case RCP_SHRINK_ORDER:
        return scenario->order_count;
    case RCP_SHRINK_TAPE:
        return scenario->tape_count;
    case RCP_SHRINK_LIST_COUNT:
        break;
    }
    return 0;
}

static bool belongs(const struct rcp_scenario *scenario, const struct part *part, uint32_t index)
{
    if (part->list == RCP_SHRINK_TAPE)
        return scenario->tape[index].key.why == part->why;
    if (part->list == RCP_SHRINK_RULES)
        return scenario->rules[index].why == part->why;
    return true;
}

static uint32_t count_part(const struct rcp_scenario *scenario, const struct part *part)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rcp_shrink_count(scenario, part->list); i++)
        count += belongs(scenario, part, i);
    return count;
}

/* --- Taking out, and what the tape says about it --- */

/* Keys name a line of the workload by its number, and a line of the plan by its index. */
struct line {
    enum rcp_shrink_list list;
    uint32_t index;
};

static bool rename_line(void *context, struct rcp_key *key)
{
    const struct line *line = context;
    if (line->list == RCP_SHRINK_WORK && key->phase == RCP_PHASE_ACT) {
        if (key->nth == line->index + 1u)
            return false;
        key->nth = (uint16_t)(key->nth - (key->nth > line->index + 1u));
    }
    if (line->list == RCP_SHRINK_PLAN &&
        (key->phase == RCP_PHASE_PLAN || key->phase == RCP_PHASE_PLAN_END)) {
        if (key->subject == line->index)
            return false;
        key->subject -= key->subject > line->index;
    }
    return true;
}

#define TAKE_OUT(items, count, index)                                                             \
    (memmove(&(items)[index], &(items)[(index) + 1u], ((count) - (index)-1u) * sizeof(items)[0]), \
     (count)--)

void rcp_shrink_drop(struct rcp_scenario *scenario, enum rcp_shrink_list list, uint32_t index)
{
    struct line line = {.list = list, .index = index};
    switch (list) {
    case RCP_SHRINK_WORK:
        TAKE_OUT(scenario->work, scenario->work_count, index);
        rcp_shrink_rename(scenario, rename_line, &line);
        break;
    case RCP_SHRINK_PLAN:
        TAKE_OUT(scenario->plan, scenario->plan_count, index);
        rcp_shrink_rename(scenario, rename_line, &line);
        break;
    case RCP_SHRINK_RULES:
        TAKE_OUT(scenario->rules, scenario->rule_count, index);
        break;
    case RCP_SHRINK_ORDER:
        TAKE_OUT(scenario->order, scenario->order_count, index);
        break;
    case RCP_SHRINK_TAPE:
        TAKE_OUT(scenario->tape, scenario->tape_count, index);
        break;
    case RCP_SHRINK_LIST_COUNT:
        break;
    }
}

/* --- Halves, quarters, ... one --- */

/* Leaves out `size` items of the part from the `at`th on. */
static bool without(struct rcp_shrink *shrink, const struct part *part, uint32_t at, uint32_t size)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    uint32_t nth = count_part(trial, part);
    for (uint32_t i = rcp_shrink_count(trial, part->list); i-- > 0;) {
        if (!belongs(trial, part, i))
            continue;
        nth--;
        if (nth >= at && nth < at + size)
            rcp_shrink_drop(trial, part->list, i);
    }
    return rcp_shrink_keep(shrink);
}

static bool sweep(struct rcp_shrink *shrink, const struct part *part, uint32_t size)
{
    bool kept = false;
    for (uint32_t at = 0; at < count_part(&shrink->best, part) && !shrink->stopped;) {
        if (without(shrink, part, at, size))
            kept = true;
        else
            at += size;
    }
    return kept;
}

bool rcp_shrink_lists(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (uint32_t size = count_part(&shrink->best, &parts[i]); size > 1; size /= 2)
            kept = sweep(shrink, &parts[i], size) || kept;
        while (sweep(shrink, &parts[i], 1))
            kept = true;
    }
    return kept;
}

/* --- The workload --- */

static void keep_users(struct rcp_work *work, uint32_t first, uint32_t last)
{
    work->at_ms += (first - work->user_first) * work->every_ms;
    work->user_first = first;
    work->user_last = last;
    if (first == last)
        work->every_ms = 0;
}

bool rcp_shrink_focus(struct rcp_shrink *shrink)
{
    uint64_t user = shrink->violation.user_id;
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    if (user == 0)
        return false;
    for (uint32_t i = trial->work_count; i-- > 0;) {
        struct rcp_work *work = &trial->work[i];
        if (work->activity != shrink->violation.activity_id || user < work->user_first ||
            user > work->user_last)
            rcp_shrink_drop(trial, RCP_SHRINK_WORK, i);
        else
            keep_users(work, (uint32_t)user, (uint32_t)user);
    }
    return rcp_shrink_keep(shrink);
}

static bool narrow(struct rcp_shrink *shrink, uint32_t index, uint32_t first, uint32_t last)
{
    keep_users(&rcp_shrink_trial(shrink)->work[index], first, last);
    return rcp_shrink_keep(shrink);
}

/* Cuts as much as it can off both ends: halves first. */
static bool narrow_line(struct rcp_shrink *shrink, uint32_t index)
{
    const struct rcp_work *work = &shrink->best.work[index];
    bool kept = false;
    for (uint32_t cut = (work->user_last - work->user_first + 1u) / 2u; cut > 0;) {
        uint32_t first = work->user_first;
        uint32_t last = work->user_last;
        if (last - first >= cut &&
            (narrow(shrink, index, first, last - cut) || narrow(shrink, index, first + cut, last)))
            kept = true;
        else
            cut /= 2u;
    }
    return kept;
}

#define SPLIT_MAX 8u /* a line of at most so many users is tried as so many lines */

/* One line for each of its users, so that one in the middle can go, too. Same work, other keys. */
static bool split_line(struct rcp_shrink *shrink, uint32_t index)
{
    struct rcp_scenario *trial = rcp_shrink_trial(shrink);
    const struct rcp_work whole = trial->work[index];
    uint32_t users = whole.user_last - whole.user_first + 1u;
    if (users < 3 || users > SPLIT_MAX || trial->work_count + users - 1u > RCP_WORK_MAX)
        return false;
    for (uint32_t out = 1; out + 1u < users; out++) { /* the ends have been tried */
        trial = rcp_shrink_trial(shrink);
        struct rcp_work *head = &trial->work[index];
        struct rcp_work *tail = &trial->work[trial->work_count++];
        *tail = whole;
        keep_users(tail, whole.user_first + out + 1u, whole.user_last);
        keep_users(head, whole.user_first, whole.user_first + out - 1u);
        if (rcp_shrink_keep(shrink))
            return true;
    }
    return false;
}

bool rcp_shrink_ranges(struct rcp_shrink *shrink)
{
    bool kept = false;
    for (uint32_t i = 0; i < shrink->best.work_count; i++) {
        kept = narrow_line(shrink, i) || kept;
        while (split_line(shrink, i))
            kept = true;
    }
    return kept;
}
