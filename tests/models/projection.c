/* Searches a model completely and collects what its states look like through the common variables. */
#include "tests/models/projection.h"

#include "core/hash.h"
#include "sim/choose.h"
#include "sim/engine/step.h"
#include "sim/explore.h"
#include "sim/world.h"
#include "tests/models/crew.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN    64u
#define WAYS_MAX 8u /* each takes another search */

/* --- Points --- */

/* A point as a number: bits of each variable, the first one lowest. */
static const struct {
    const char *name;
    size_t at;
    uint32_t bits;
    const char *values[5]; /* of an enumeration; NULL: a number */
} variables[] = {
    {"token", offsetof(struct projection_point, token), 1, {"HELD", "GONE"}},
    {"entry", offsetof(struct projection_point, entry), 2, {"NONE", "APPROVED", "REJECTED"}},
    {"row",
     offsetof(struct projection_point, row),
     3,
     {"NONE", "PENDING", "PROCESSING", "RESOLVED", "FAILED"}},
    {"told", offsetof(struct projection_point, told), 4, {NULL}},
    {"up", offsetof(struct projection_point, up), 1, {NULL}},
    {"attempts", offsetof(struct projection_point, attempts), 2, {NULL}},
    {"epoch", offsetof(struct projection_point, epoch), 4, {NULL}},
    {"records", offsetof(struct projection_point, records), PAYMENT_RECORDS, {NULL}},
};
#define VARIABLES (sizeof variables / sizeof variables[0])
#define POINTS    ((uint32_t)1 << 27)
#define WORDS     (POINTS / 64u)

/* The world shows what the model has no word for. */
static _Noreturn void give_up(const char *what, uint32_t value)
{
    fprintf(stderr, "projection: the payment model has no %s %u\n", what, value);
    exit(2);
}

static uint32_t value_of(const struct projection_point *point, size_t variable)
{
    uint32_t value = 0;
    memcpy(&value, (const char *)point + variables[variable].at, sizeof value);
    return value;
}

static uint32_t number_of(const struct projection_point *point)
{
    uint32_t number = 0;
    uint32_t shift = 0;
    for (size_t i = 0; i < VARIABLES; i++) {
        uint32_t value = value_of(point, i);
        if (value >> variables[i].bits != 0)
            give_up(variables[i].name, value);
        number |= value << shift;
        shift += variables[i].bits;
    }
    return number;
}

static void print_told(uint32_t told, FILE *file)
{
    static const char *const statuses[] = {"200", "202", "410", "503"};
    fprintf(file, " told=");
    for (uint32_t i = 0; i < 4; i++)
        if ((told & 1u << i) != 0)
            fprintf(file, "%s%s", (told & ((1u << i) - 1u)) != 0 ? "+" : "", statuses[i]);
    if (told == 0)
        fprintf(file, "-");
}

static void print_point(uint32_t number, FILE *file)
{
    for (size_t i = 0; i < VARIABLES; i++) {
        uint32_t value = number & ((1u << variables[i].bits) - 1u);
        number >>= variables[i].bits;
        if (variables[i].at == offsetof(struct projection_point, told))
            print_told(value, file);
        else if (variables[i].values[0] != NULL)
            fprintf(file, " %s=%s", variables[i].name, variables[i].values[value]);
        else
            fprintf(file, " %s=%x", variables[i].name, value);
    }
    fprintf(file, "\n");
}

/* --- The real core's world --- */

static uint8_t told_by(const struct rcp_exchange *x)
{
    if (x->replies == 0 || x->kind != RCP_REQUEST_PROCESS)
        return 0;
    switch (x->status) {
    case RCP_STATUS_OK:
        return PAYMENT_TOLD_OK;
    case RCP_STATUS_ACCEPTED:
        return PAYMENT_TOLD_ACCEPTED;
    case RCP_STATUS_GONE:
        return PAYMENT_TOLD_GONE;
    case RCP_STATUS_UNAVAILABLE:
        return PAYMENT_TOLD_UNAVAILABLE;
    }
    give_up("answer", x->status);
}

static uint8_t told_in(const struct rcp_world *world)
{
    uint8_t told = 0;
    for (uint32_t i = 0; i < world->exchange_count; i++)
        told |= told_by(&rcp_world_exchanges(world)[i]);
    return told;
}

static uint32_t entry_of(enum rcp_entry_status status)
{
    switch (status) {
    case RCP_ENTRY_NONE:
        return PAYMENT_ENTRY_NONE;
    case RCP_ENTRY_APPROVED:
        return PAYMENT_ENTRY_APPROVED;
    case RCP_ENTRY_REJECTED:
        return PAYMENT_ENTRY_REJECTED;
    case RCP_ENTRY_PENDING:
    case RCP_ENTRY_DUPLICATED:
    case RCP_ENTRY_STATUS_COUNT:
        break;
    }
    give_up("entry", status);
}

static uint32_t row_of(enum rcp_row_status status)
{
    switch (status) {
    case RCP_ROW_PENDING:
        return PAYMENT_ROW_PENDING;
    case RCP_ROW_PROCESSING:
        return PAYMENT_ROW_PROCESSING;
    case RCP_ROW_RESOLVED:
        return PAYMENT_ROW_RESOLVED;
    case RCP_ROW_FAILED:
        return PAYMENT_ROW_FAILED;
    case RCP_ROW_NONE:
    case RCP_ROW_STATUS_COUNT:
        break;
    }
    give_up("row", status); /* a row that is deleted among them */
}

static uint32_t records_in(const struct rcp_world *world)
{
    const struct rcp_topic_partition *partition = &world->partitions[0];
    uint32_t records = 0;
    for (uint32_t i = partition->done; i < partition->count; i++) {
        const struct rcp_retry_record *record = &rcp_world_records(world, 0)[i].record;
        records |= 1u << (record->row_id == 0 ? 0 : record->epoch);
    }
    return records;
}

static struct projection_point world_point(const struct rcp_world *world, uint8_t told)
{
    struct projection_point point = {
        .token = rcp_world_tokens(world)[0].state == RCP_TOKEN_LIVE ? PAYMENT_TOKEN_HELD
                                                                    : PAYMENT_TOKEN_GONE,
        .entry = entry_of((enum rcp_entry_status)rcp_world_entries(world)[0].status),
        .told = told,
        .up = world->nodes[0].alive,
        .records = records_in(world),
    };
    if (world->row_count > 1)
        give_up("number of rows", world->row_count);
    if (world->row_count == 1) {
        const struct rcp_log_row *row = &rcp_world_rows(world)[0];
        point.row = row_of((enum rcp_row_status)row->status);
        point.attempts = row->attempt;
        point.epoch = row->epoch;
    }
    return point;
}

/* --- A model that is watched --- */

struct watched {
    const struct projection_task *task;
    struct rcp_explorer *explorer; /* of a world */
    struct payment_context payment;
    struct rcp_search_model inner;
    uint64_t *reached;
    uint32_t wanted; /* the point whose way is asked for; POINTS: none */
    struct history {
        uint32_t told; /* by a world so far: exchanges that are over are not told apart */
        uint32_t losses;
    } history;
};

static void *inner_of(struct watched *watched)
{
    return watched->explorer != NULL ? (void *)watched->explorer : (void *)&watched->payment;
}

static const struct rcp_world *world_of(const struct watched *watched)
{
    return rcp_explorer_sim(watched->explorer)->world;
}

static uint32_t look(const struct watched *watched)
{
    if (watched->explorer != NULL) {
        struct projection_point point =
            world_point(world_of(watched), (uint8_t)watched->history.told);
        return number_of(&point);
    }
    const struct payment *p = &watched->payment.at;
    struct projection_point point = {
        .token = p->token,
        .entry = p->entry,
        .row = p->row,
        .told = p->told,
        .up = p->up,
        .attempts = p->attempts,
        .epoch = p->epoch,
        .records = p->records,
    };
    return number_of(&point);
}

/* Before the reservation a world has no token. */
static bool has_begun(const struct watched *watched)
{
    return watched->explorer == NULL ||
           rcp_world_tokens(world_of(watched))[0].state != RCP_TOKEN_NONE;
}

static void collect(struct watched *watched)
{
    uint32_t number = look(watched);
    if (has_begun(watched))
        watched->reached[number / 64u] |= (uint64_t)1 << (number % 64u);
}

static void watched_init(void *context)
{
    struct watched *watched = context;
    watched->inner.init(inner_of(watched));
    watched->history = (struct history){0, 0};
    collect(watched);
}

static void watched_load(void *context, const void *state, uint32_t size)
{
    struct watched *watched = context;
    memcpy(&watched->history, state, sizeof watched->history);
    watched->inner.load(inner_of(watched),
                        (const char *)state + sizeof watched->history,
                        size - (uint32_t)sizeof watched->history);
}

static uint32_t watched_save(void *context, void *state)
{
    struct watched *watched = context;
    memcpy(state, &watched->history, sizeof watched->history);
    return (uint32_t)sizeof watched->history +
           watched->inner.save(inner_of(watched), (char *)state + sizeof watched->history);
}

static struct rcp_search_digest watched_digest(void *context)
{
    struct watched *watched = context;
    struct rcp_search_digest digest = watched->inner.digest(inner_of(watched));
    uint64_t history = (uint64_t)watched->history.losses << 32 | watched->history.told;
    digest.words[0] = rcp_hash(digest.words[0], history);
    digest.words[1] = rcp_hash(digest.words[1], history);
    return digest;
}

/* The explorer strikes messages; that Redis loses the token is added here. */
static bool loses_token(struct watched *watched, struct rcp_search_chooser *chooser)
{
    if (watched->explorer == NULL || watched->history.losses == watched->task->bounds.losses)
        return false;
    struct rcp_token_row *token = &rcp_world_tokens(world_of(watched))[0];
    if (token->state != RCP_TOKEN_LIVE || rcp_search_choose(chooser, 2) == 0)
        return false;
    token->state = RCP_TOKEN_GONE;
    token->expires_ms = 0;
    watched->history.losses++;
    return true;
}

/* The payment model has no heal: a world is left alone once it has come. */
static enum rcp_search_end watched_step(void *context, struct rcp_search_chooser *chooser)
{
    struct watched *watched = context;
    enum rcp_search_end end = RCP_SEARCH_GOES_ON;
    if (!loses_token(watched, chooser))
        end = watched->inner.step(inner_of(watched), chooser);
    if (end != RCP_SEARCH_GOES_ON && end != RCP_SEARCH_DONE)
        return end;
    if (watched->explorer != NULL) {
        if (world_of(watched)->healed)
            return RCP_SEARCH_SKIPPED;
        watched->history.told |= told_in(world_of(watched));
    }
    collect(watched);
    return look(watched) == watched->wanted && has_begun(watched) ? RCP_SEARCH_VIOLATED : end;
}

static void *allocate(size_t size)
{
    void *block = aligned_alloc(ALIGN, (size + ALIGN - 1u) / ALIGN * ALIGN);
    if (block == NULL) {
        perror("projection: memory");
        exit(2);
    }
    return block;
}

/* None reached yet; a page that none is in is never touched. */
static uint64_t *new_points(void)
{
    uint64_t *reached = calloc(WORDS, sizeof *reached);
    if (reached == NULL) {
        perror("projection: memory");
        exit(2);
    }
    return reached;
}

static struct watched watch(const struct projection_task *task, uint64_t *reached)
{
    struct watched watched = {.task = task, .reached = reached, .wanted = POINTS};
    if (task->scenario == NULL) {
        watched.payment = payment_context(task->bounds);
        watched.inner = *payment_model();
        return watched;
    }
    struct rcp_explore_bounds bounds = {
        .faults = task->bounds.faults, .crashes = task->bounds.crashes, .unreduced = true};
    watched.inner = rcp_explore_model(task->scenario);
    watched.explorer =
        rcp_explorer_init(allocate(rcp_explorer_size(task->scenario)), task->scenario, &bounds);
    return watched;
}

static void search(const struct watched *watched, struct crew_outcome *outcome)
{
    const struct rcp_search_model model = {
        .state_max = watched->inner.state_max + (uint32_t)sizeof(struct history),
        .init = watched_init,
        .load = watched_load,
        .step = watched_step,
        .digest = watched_digest,
        .save = watched_save,
    };
    const struct crew_search wanted = {
        .model = &model,
        .context = watched,
        .context_size = sizeof *watched,
        .memory = watched->task->memory,
        .workers = 1,
    };
    crew_run(&wanted, outcome);
}

void projection_run(const struct projection_task *task, struct projection *projection)
{
    projection->reached = new_points();
    struct watched watched = watch(task, projection->reached);
    struct crew_outcome outcome;
    search(&watched, &outcome);
    projection->result = outcome.result;
    crew_forget(&outcome);
    free(watched.explorer);
}

uint32_t projection_count(const struct projection *projection)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        count += (uint32_t)__builtin_popcountll(projection->reached[i]);
    return count;
}

/* --- Ways --- */

static void print_strikes(struct watched *watched,
                          const struct rcp_search_move *moves,
                          uint32_t count,
                          FILE *file)
{
    struct rcp_retold *retold = allocate(sizeof *retold);
    rcp_explore_retell(watched->explorer, moves, count, retold);
    for (uint32_t i = 0; i < retold->count; i++) {
        const struct rcp_retold_choice *choice = &retold->choices[i];
        struct rcp_key key = rcp_key_unpack(choice->key);
        if (choice->why == RCP_WHY_FATE)
            fprintf(file,
                    "    struck: %s, %s\n",
                    rcp_site_name((enum rcp_site)key.site),
                    rcp_fault_info((enum rcp_fault)choice->option)->name);
    }
    free(retold);
}

static void print_way(struct watched *watched, uint32_t wanted, FILE *file)
{
    struct crew_outcome outcome;
    watched->wanted = wanted;
    search(watched, &outcome);
    struct watched *at = outcome.context;
    at->wanted = POINTS;
    watched_init(at);
    uint32_t last = look(at);
    const struct rcp_search_model model = {.init = watched_init, .step = watched_step};
    for (uint32_t i = 0; i < outcome.result.path_count; i++) {
        rcp_search_follow(&model, at, &outcome.moves[i]);
        if (look(at) == last)
            continue;
        last = look(at);
        fprintf(file, "    %3u", i + 1u);
        print_point(last, file);
    }
    if (at->explorer != NULL)
        print_strikes(at, outcome.moves, outcome.result.path_count, file);
    crew_forget(&outcome);
}

uint32_t projection_print_missing(const struct projection_task *task,
                                  const struct projection *of,
                                  const struct projection *in,
                                  FILE *file)
{
    uint32_t missing = 0;
    uint64_t *reached = new_points();
    struct watched watched = watch(task, reached);
    for (uint32_t word = 0; word < WORDS; word++) {
        uint64_t left = of->reached[word] & ~in->reached[word];
        for (; left != 0; left &= left - 1u) {
            uint32_t number = word * 64u + (uint32_t)__builtin_ctzll(left);
            fprintf(file, "  only %s:", task->scenario != NULL ? "the core" : "the model");
            print_point(number, file);
            if (missing++ < WAYS_MAX)
                print_way(&watched, number, file);
        }
    }
    free(watched.explorer);
    free(reached);
    return missing;
}
