/* `expect:` what the run is to end with, in every seed or in some seed. */
#include "sim/scenario/store.h"
#include "yaml/value.h"

enum {
    EXPECT_HELD,
    EXPECT_VIOLATION,
    EXPECT_ANSWER,
    EXPECT_ENTRIES,
    EXPECT_ROWS,
    EXPECT_RECORDS,
    EXPECT_PARKED_RECORDS,
    EXPECT_ALERTS,
    EXPECT_DRAINED_WITHIN,
    EXPECT_DRAINED_AFTER,
    EXPECT_EVENT,
    EXPECT_IN_ORDER,
    EXPECT_ORDERS,
    EXPECT_REFUNDS,
    EXPECT_TRANSACTIONS,
    EXPECT_CAUSE,
    EXPECT_ACTIVITY,
    EXPECT_USER,
    EXPECT_COUNT,
    EXPECT_IN,
    EXPECT_FIELD_COUNT
};

#define LINE(member) offsetof(struct rcp_expect_line, member)
#define WORD(name, words, text)                                                   \
    {                                                                             \
        .key = (name), .help = (text), .kind = RCP_VALUE_NAME, .names = &(words), \
        .offset = LINE(number),                                                   \
    }
/* These give their count as the value: `records: 3..` */
#define COUNTED(name, text)                                                                     \
    {                                                                                           \
        .key = (name), .help = (text), .kind = RCP_VALUE_SPAN, .open = true, .max = UINT64_MAX, \
        .offset = LINE(count),                                                                  \
    }
#define NUMBER(name, member, most, text)                                                  \
    {                                                                                     \
        .key = (name), .help = (text), .kind = RCP_VALUE_NUMBER, .min = 1, .max = (most), \
        .offset = LINE(member),                                                           \
    }
#define MOMENT(name, member, text)                                           \
    {                                                                        \
        .key = (name), .help = (text), .kind = RCP_VALUE_DURATION, .min = 1, \
        .max = RCP_DURATION_MAX_MS, .offset = LINE(member),                  \
    }

static const struct rcp_field expect_fields[] = {
    [EXPECT_HELD] =
        {
            .key = "held",
            .help = "every invariant holds: expected anyway where no violation is",
            .kind = RCP_VALUE_FLAG,
            .offset = LINE(number),
        },
    [EXPECT_VIOLATION] = WORD("violation", rcp_invariant_names, "this invariant is violated"),
    [EXPECT_ANSWER] = WORD("answer", rcp_answer_names, "answers with this HTTP status"),
    [EXPECT_ENTRIES] = WORD("entries", rcp_entry_names, "entries with this status at the end"),
    [EXPECT_ROWS] = WORD("rows", rcp_row_names, "failure rows with this status at the end"),
    [EXPECT_RECORDS] = COUNTED("records", "records written to the retry topic"),
    [EXPECT_PARKED_RECORDS] = COUNTED("parked_records", "raw records parked"),
    [EXPECT_ALERTS] = COUNTED("alerts", "alerts raised"),
    [EXPECT_DRAINED_WITHIN] =
        MOMENT("drained_within", within_ms, "the world drains at most this long after the heal"),
    [EXPECT_DRAINED_AFTER] =
        MOMENT("drained_after", after_ms, "the world takes at least this long after the heal"),
    [EXPECT_EVENT] = WORD("event", rcp_event_names, "this kind of event in the trace"),
    [EXPECT_IN_ORDER] =
        {
            .key = "in_order",
            .help = "records of one payment are consumed in the order in which they were sent",
            .kind = RCP_VALUE_FLAG,
            .offset = LINE(number),
        },
    [EXPECT_ORDERS] =
        WORD("orders", rcp_charge_names, "orders whose payment ends with this status"),
    [EXPECT_REFUNDS] = WORD("refunds", rcp_refund_names, "refunds with this status at the end"),
    [EXPECT_TRANSACTIONS] =
        WORD("transactions", rcp_pg_names, "transactions at the PG with this status at the end"),
    [EXPECT_CAUSE] =
        {
            .key = "cause",
            .help = "of parked rows",
            .kind = RCP_VALUE_NAME,
            .names = &rcp_cause_names,
            .offset = LINE(cause),
        },
    [EXPECT_ACTIVITY] = NUMBER("activity", activity, RCP_ACTIVITIES_MAX, "only of this activity"),
    [EXPECT_USER] = NUMBER("user", user, RCP_USERS_MAX, "only of this user"),
    [EXPECT_COUNT] = COUNTED("count", "how many: N, A..B, A.. or ..B"),
    [EXPECT_IN] =
        {
            .key = "in",
            .help = "every seed by default",
            .kind = RCP_VALUE_NAME,
            .names = &rcp_seeds_names,
            .offset = LINE(every),
        },
};

static const struct rcp_section expect_section = {
    .what = "a line of `expect`",
    .fields = expect_fields,
    .count = EXPECT_FIELD_COUNT,
};

#define B(key)   RCP_BIT(EXPECT_##key)
#define WHOSE    (B(ACTIVITY) | B(USER))
#define ANY_HEAD (RCP_BIT(EXPECT_CAUSE) - 1)

/* The key that opens a line decides its kind, and what else the line needs and may have. */
static const struct shape {
    enum rcp_expect_kind kind;
    uint32_t heads;
    uint32_t needed;
    uint32_t allowed;
} shapes[] = {
    {RCP_EXPECT_HELD, B(HELD), B(HELD), B(HELD) | B(IN)},
    {RCP_EXPECT_VIOLATION, B(VIOLATION), B(VIOLATION), B(VIOLATION) | B(IN)},
    {RCP_EXPECT_ANSWER, B(ANSWER), B(COUNT), B(ANSWER) | WHOSE | B(COUNT) | B(IN)},
    {RCP_EXPECT_ENTRIES, B(ENTRIES), B(COUNT), B(ENTRIES) | WHOSE | B(COUNT) | B(IN)},
    {RCP_EXPECT_ROWS, B(ROWS), B(COUNT), B(ROWS) | B(CAUSE) | WHOSE | B(COUNT) | B(IN)},
    {RCP_EXPECT_RECORDS, B(RECORDS), B(RECORDS), B(RECORDS) | WHOSE | B(IN)},
    {RCP_EXPECT_PARKED_RECORDS, B(PARKED_RECORDS), 0, B(PARKED_RECORDS) | B(IN)},
    {RCP_EXPECT_ALERTS, B(ALERTS), B(ALERTS), B(ALERTS) | WHOSE | B(IN)},
    {RCP_EXPECT_DRAINED_WITHIN,
     B(DRAINED_WITHIN) | B(DRAINED_AFTER),
     0,
     B(DRAINED_WITHIN) | B(DRAINED_AFTER) | B(IN)},
    {RCP_EXPECT_EVENT, B(EVENT), B(COUNT), B(EVENT) | WHOSE | B(COUNT) | B(IN)},
    {RCP_EXPECT_IN_ORDER, B(IN_ORDER), 0, B(IN_ORDER) | B(IN)},
    {RCP_EXPECT_ORDERS, B(ORDERS), B(COUNT), B(ORDERS) | B(USER) | B(COUNT) | B(IN)},
    {RCP_EXPECT_REFUNDS, B(REFUNDS), B(COUNT), B(REFUNDS) | B(USER) | B(COUNT) | B(IN)},
    {RCP_EXPECT_TRANSACTIONS,
     B(TRANSACTIONS),
     B(COUNT),
     B(TRANSACTIONS) | B(USER) | B(COUNT) | B(IN)},
};
#define SHAPE_COUNT (sizeof shapes / sizeof shapes[0])

static const struct shape *shape_of_kind(uint32_t kind)
{
    for (uint32_t i = 0; i < SHAPE_COUNT; i++) {
        if (shapes[i].kind == kind)
            return &shapes[i];
    }
    return NULL;
}

/* The one shape whose heads the line has; NULL where it has none, or those of two. */
static const struct shape *shape_of_line(const struct rcp_line *line)
{
    uint32_t heads = line->given & ANY_HEAD;
    for (uint32_t i = 0; i < SHAPE_COUNT; i++) {
        if (heads != 0 && (heads & ~shapes[i].heads) == 0)
            return &shapes[i];
    }
    return NULL;
}

static uint32_t heads_of(const struct rcp_expect *expect)
{
    const struct shape *shape = shape_of_kind(expect->kind);
    if (shape == NULL)
        return 0;
    if (expect->kind != RCP_EXPECT_DRAINED_WITHIN)
        return shape->heads;
    uint32_t within = expect->max != UINT64_MAX ? B(DRAINED_WITHIN) : 0;
    return within | (expect->min != 0 ? B(DRAINED_AFTER) : 0);
}

static void to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_expect *expect = item;
    struct rcp_expect_line *line = out;
    const struct shape *shape = shape_of_kind(expect->kind);
    bool answer = expect->kind == RCP_EXPECT_ANSWER;
    bool held = expect->kind == RCP_EXPECT_HELD;
    line->number = answer ? rcp_answer_index(expect->number) : held ? 1 : expect->number;
    line->cause = expect->detail;
    line->activity = expect->activity;
    line->user = expect->user;
    line->every = expect->every;
    line->count[0] = expect->min;
    line->count[1] = expect->max;
    line->within_ms = expect->max;
    line->after_ms = expect->min;
    uint64_t given = heads_of(expect);
    given |= shape != NULL ? shape->needed : 0;
    given |= expect->detail != 0 ? B(CAUSE) : 0;
    given |= expect->activity != 0 ? B(ACTIVITY) : 0;
    given |= expect->user != 0 ? B(USER) : 0;
    given |= expect->every != 1 ? B(IN) : 0;
    line->head.given = given;
    line->head.number = expect->line;
}

/* What min and max mean depends on the kind; 0,0 where they mean nothing. */
static void set_bounds(const struct rcp_expect_line *line,
                       const struct shape *shape,
                       struct rcp_expect *expect)
{
    if (shape->kind == RCP_EXPECT_DRAINED_WITHIN) {
        expect->min = line->after_ms;
        expect->max = rcp_given(line, EXPECT_DRAINED_WITHIN) ? line->within_ms : UINT64_MAX;
        return;
    }
    bool bare = shape->kind == RCP_EXPECT_HELD || shape->kind == RCP_EXPECT_VIOLATION ||
                shape->kind == RCP_EXPECT_IN_ORDER;
    expect->min = bare ? 0 : line->count[0];
    expect->max = bare ? 0 : line->count[1];
}

static void set_number(const struct rcp_expect_line *line,
                       const struct shape *shape,
                       struct rcp_expect *expect)
{
    uint32_t named = B(VIOLATION) | B(ENTRIES) | B(ROWS) | B(EVENT) | B(IN_ORDER) | B(ORDERS) |
                     B(REFUNDS) | B(TRANSACTIONS);
    if (shape->kind == RCP_EXPECT_ANSWER)
        expect->number = rcp_answer_status(line->number);
    else if (shape->heads & named)
        expect->number = line->number;
}

static bool from_line(const struct rcp_scenario *scenario,
                      const void *in,
                      void *item,
                      struct rcp_flaw *flaw)
{
    const struct rcp_expect_line *line = in;
    struct rcp_expect *expect = item;
    char keys[512];
    const struct shape *shape = shape_of_line(&line->head);
    if (shape == NULL) {
        rcp_section_list_keys(&expect_section, ANY_HEAD, keys, sizeof keys);
        return rcp_flawed(flaw, NULL, "a line of `expect` has one of: %s", keys);
    }
    if (!rcp_line_shape(
            &expect_section, line, shape->needed, shape->allowed, "this expectation", flaw))
        return false;
    if (shape->kind == RCP_EXPECT_HELD && line->number == 0)
        return rcp_flawed(flaw, "held", "`held` cannot be false; use `violation: ID`");
    expect->kind = shape->kind;
    expect->detail = line->cause;
    expect->activity = line->activity;
    expect->user = line->user;
    expect->line = line->head.number;
    expect->every = (uint8_t)(rcp_given(line, EXPECT_IN) ? line->every : 1);
    set_number(line, shape, expect);
    set_bounds(line, shape, expect);
    if (expect->min > expect->max)
        return rcp_flawed(flaw, "drained_after", "`drained_after` is more than `drained_within`");
    bool of_shop = (shape->heads & (B(ORDERS) | B(REFUNDS) | B(TRANSACTIONS))) != 0;
    if (of_shop && scenario->world.products == 0)
        return rcp_flawed(flaw, NULL, "this expectation needs a shop, see `world`");
    struct rcp_selector selector = {
        .activity = expect->activity,
        .user = expect->user,
        .purchase = of_shop ? 1 : 0, /* any: the user is a buyer */
    };
    return rcp_in_world_or_shop(scenario, &selector, flaw);
}

static const struct rcp_store expect_store = {
    .items = offsetof(struct rcp_scenario, expect),
    .count = offsetof(struct rcp_scenario, expect_count),
    .item_size = sizeof(struct rcp_expect),
    .max = RCP_EXPECT_MAX,
    .to_line = to_line,
    .from_line = from_line,
};

const struct rcp_list rcp_expect_list = {.section = &expect_section, .stores = {&expect_store}};
