/* `workload:` who does what, when. */
#include "sim/scenario/scenario_file.h"
#include "sim/scenario/store.h"
#include "yaml/value.h"

enum { WHOM_ACTIVITY, WHOM_USER, WHOM_USERS, WHOM_BY };

static const struct rcp_field whom_fields[] = {
    [WHOM_ACTIVITY] =
        {
            .key = "activity",
            .help = "which campaign activity; 1 by default",
            .kind = RCP_VALUE_NUMBER,
            .min = 1,
            .max = RCP_ACTIVITIES_MAX,
            .offset = offsetof(struct rcp_whom_line, activity),
        },
    [WHOM_USER] =
        {
            .key = "user",
            .help = "one user",
            .kind = RCP_VALUE_NUMBER,
            .min = 1,
            .max = RCP_USERS_MAX,
            .offset = offsetof(struct rcp_whom_line, user),
        },
    [WHOM_USERS] =
        {
            .key = "users",
            .help = "several users, one after the other",
            .kind = RCP_VALUE_SPAN,
            .min = 1,
            .max = RCP_USERS_MAX,
            .offset = offsetof(struct rcp_whom_line, users),
        },
    [WHOM_BY] =
        {
            .key = "by",
            .help = "the stranger who pays with the user's token",
            .kind = RCP_VALUE_NUMBER,
            .min = 1,
            .max = RCP_USERS_MAX,
            .offset = offsetof(struct rcp_whom_line, by),
        },
};

static const struct rcp_section whom_section = {
    .what = "the user",
    .fields = whom_fields,
    .count = sizeof whom_fields / sizeof whom_fields[0],
};

/* The kinds follow AT and EVERY in the order of enum rcp_work_kind. */
enum { WORK_AT, WORK_EVERY, WORK_KINDS };
#define FIELD_OF(kind) (WORK_KINDS + (kind)-1)

#define ORDER_KIND(number, name, text)                   \
    [FIELD_OF(number)] = {                               \
        .key = (name),                                   \
        .help = (text),                                  \
        .kind = RCP_VALUE_SECTION,                       \
        .section = &rcp_buyer_section,                   \
        .offset = offsetof(struct rcp_work_line, buyer), \
    }
#define KIND(number, name, text)                        \
    [FIELD_OF(number)] = {                              \
        .key = (name),                                  \
        .help = (text),                                 \
        .kind = RCP_VALUE_SECTION,                      \
        .section = &whom_section,                       \
        .offset = offsetof(struct rcp_work_line, whom), \
    }

static const struct rcp_field work_fields[] = {
    [WORK_AT] =
        {
            .key = "at",
            .help = "when; 0s by default",
            .kind = RCP_VALUE_DURATION,
            .max = RCP_DURATION_MAX_MS,
            .offset = offsetof(struct rcp_work_line, at_ms),
        },
    [WORK_EVERY] =
        {
            .key = "every",
            .help = "between one user and the next",
            .kind = RCP_VALUE_DURATION,
            .min = 1,
            .max = RCP_DURATION_MAX_MS,
            .offset = offsetof(struct rcp_work_line, every_ms),
        },
    KIND(RCP_WORK_PAY, "pay", "reserves, then pays with the token"),
    KIND(RCP_WORK_DOUBLE_CLICK, "double_click", "pays twice at once"),
    KIND(RCP_WORK_FOREIGN_TOKEN, "foreign_token", "`by` pays with the user's token"),
    KIND(RCP_WORK_FORGED_TOKEN, "forged_token", "pays with a wrongly signed token"),
    KIND(RCP_WORK_MALFORMED_TOKEN, "malformed_token", "pays with a token that does not decode"),
    KIND(RCP_WORK_LOGGED_OUT, "logged_out", "pays with an expired login"),
    KIND(RCP_WORK_STATUS, "status", "asks for the status with the token"),
    KIND(RCP_WORK_PAY_AGAIN, "pay_again", "asks again with the same token, whatever was answered"),
    KIND(
        RCP_WORK_OTHER_PAYLOAD, "other_payload", "the token now names another product; pays again"),
    KIND(RCP_WORK_REJECT, "reject", "an operator rejects the reservation"),
    KIND(RCP_WORK_BACKLOG,
         "backlog",
         "asked and logged before: a PENDING row is there, due at once"),
    KIND(RCP_WORK_RESERVE, "reserve", "takes a token and does not pay"),
    KIND(RCP_WORK_RETRY, "retry", "an operator has the parked payment tried again"),
    KIND(RCP_WORK_PARK, "park", "an operator has the open payment left alone"),
    ORDER_KIND(RCP_WORK_ORDER, "order", "orders the items under the purchase's Idempotency-Key"),
    ORDER_KIND(RCP_WORK_ORDER_TWICE, "order_twice", "clicks twice at once"),
    ORDER_KIND(
        RCP_WORK_ORDER_AGAIN, "order_again", "asks again with the same key, whatever was answered"),
    ORDER_KIND(RCP_WORK_ORDER_OTHER_BODY, "order_other_body", "the same key with another cart"),
    ORDER_KIND(RCP_WORK_ORDER_UNADDED, "order_unadded", "orders with amounts that do not add up"),
    ORDER_KIND(RCP_WORK_ORDER_STATUS, "order_status", "asks what became of the order"),
    ORDER_KIND(RCP_WORK_ORDER_ASK, "order_ask", "an operator asks the PG about the order now"),
    ORDER_KIND(RCP_WORK_ORDER_FAIL, "order_fail", "an operator says that its payment has failed"),
    ORDER_KIND(
        RCP_WORK_CALLBACK_FORGED, "callback_forged", "a stranger calls back about it: SUCCESS"),
};

#define KINDS_GIVEN(given) ((uint32_t)((given) >> WORK_KINDS))

static const struct rcp_section work_section = {
    .what = "a line of `workload`",
    .fields = work_fields,
    .count = sizeof work_fields / sizeof work_fields[0],
};

const char *rcp_work_name(enum rcp_work_kind kind)
{
    if (kind == RCP_WORK_NONE || kind >= RCP_WORK_KIND_COUNT)
        return "none";
    return work_fields[FIELD_OF(kind)].key;
}

static void to_line(const struct rcp_scenario *scenario, const void *item, void *out)
{
    (void)scenario;
    const struct rcp_work *work = item;
    struct rcp_work_line *line = out;
    line->head.given = RCP_BIT(WORK_AT);
    if (work->kind != RCP_WORK_NONE && work->kind < RCP_WORK_KIND_COUNT)
        line->head.given |= RCP_BIT(FIELD_OF(work->kind));
    line->at_ms = work->at_ms;
    line->every_ms = work->every_ms;
    if (work->every_ms != 0)
        line->head.given |= RCP_BIT(WORK_EVERY);
    if (work->kind >= RCP_WORK_ORDER) {
        rcp_buyer_to_line(work, &line->buyer);
        return;
    }
    line->whom.activity = work->activity;
    line->whom.user = work->user_first;
    line->whom.users[0] = work->user_first;
    line->whom.users[1] = work->user_last;
    line->whom.by = work->by_user;
    bool one = work->user_first == work->user_last;
    line->whom.head.given = RCP_BIT(one ? WHOM_USER : WHOM_USERS);
    if (work->activity != 1)
        line->whom.head.given |= RCP_BIT(WHOM_ACTIVITY);
    if (work->by_user != 0)
        line->whom.head.given |= RCP_BIT(WHOM_BY);
}

static bool whom_is_clear(const struct rcp_work *work,
                          const struct rcp_whom_line *whom,
                          struct rcp_flaw *flaw)
{
    bool user = rcp_given(whom, WHOM_USER);
    bool users = rcp_given(whom, WHOM_USERS);
    bool foreign = work->kind == RCP_WORK_FOREIGN_TOKEN;
    const char *kind = rcp_work_name((enum rcp_work_kind)work->kind);
    if (user == users)
        return rcp_flawed(flaw, kind, "`%s` needs either `user` or `users`", kind);
    if (foreign != rcp_given(whom, WHOM_BY))
        return rcp_flawed(flaw,
                          kind,
                          foreign ? "`%s` needs `by`: the stranger who pays"
                                  : "`%s` does not take `by`; allowed: activity, user, users",
                          kind);
    if (foreign && work->by_user >= work->user_first && work->by_user <= work->user_last)
        return rcp_flawed(flaw, kind, "`by` is the user: a stranger is somebody else");
    return true;
}

static bool ends_in_time(const struct rcp_work *work, struct rcp_flaw *flaw)
{
    uint64_t gaps = work->user_last - work->user_first;
    if (work->every_ms != 0 && gaps == 0)
        return rcp_flawed(flaw, "every", "`every` needs `users`: there is one user only");
    if (work->at_ms + gaps * work->every_ms > RCP_DURATION_MAX_MS)
        return rcp_flawed(flaw, "every", "the last user comes after 24000h; allowed: before");
    return true;
}

static bool from_line(const struct rcp_scenario *scenario,
                      const void *in,
                      void *item,
                      struct rcp_flaw *flaw)
{
    const struct rcp_work_line *line = in;
    const struct rcp_whom_line *whom = &line->whom;
    struct rcp_work *work = item;
    uint32_t kinds = KINDS_GIVEN(line->head.given);
    if (kinds == 0 || (kinds & (kinds - 1)) != 0) {
        char keys[512];
        rcp_section_list_keys(&work_section, ~0u << WORK_KINDS, keys, sizeof keys);
        return rcp_flawed(flaw, NULL, "a line of `workload` does one of: %s", keys);
    }
    while (!(kinds & RCP_BIT(work->kind)))
        work->kind++;
    work->kind++; /* bit 0 is the first kind, which is 1 */
    work->at_ms = line->at_ms;
    work->every_ms = line->every_ms;
    if (work->kind >= RCP_WORK_ORDER)
        return rcp_buyer_from_line(scenario, &line->buyer, work, flaw) && ends_in_time(work, flaw);
    work->activity = rcp_given(whom, WHOM_ACTIVITY) ? whom->activity : 1;
    bool one = rcp_given(whom, WHOM_USER);
    work->user_first = one ? whom->user : (uint32_t)whom->users[0];
    work->user_last = one ? whom->user : (uint32_t)whom->users[1];
    work->by_user = whom->by;
    return whom_is_clear(work, whom, flaw) && ends_in_time(work, flaw) &&
           rcp_in_world(scenario, 0, work->activity, work->user_last, flaw) &&
           rcp_in_world(scenario, 0, 0, work->by_user, flaw);
}

static const struct rcp_store work_store = {
    .items = offsetof(struct rcp_scenario, work),
    .count = offsetof(struct rcp_scenario, work_count),
    .item_size = sizeof(struct rcp_work),
    .max = RCP_WORK_MAX,
    .to_line = to_line,
    .from_line = from_line,
};

const struct rcp_list rcp_workload_list = {.section = &work_section, .stores = {&work_store}};
