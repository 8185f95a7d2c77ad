/* One payment under `hardened`, as payment.pml has it: a table of guarded actions, in the same order. */
#include "tests/models/payment.h"

#include "tests/models/digest.h"

#include <assert.h>
#include <string.h>

/* The effect whose answer somebody waits for. */
enum stage {
    IDLE,
    TOKEN,
    APPROVE,
    SETTLE,
    LOG,
    DIRECT,
    HOLD,
    LOOKUP,
    FENCE,
    RELEASE,
    LATER,
    OFFSET,
    SEND,
    TELL_OK,
    TELL_ACCEPTED,
    TELL_GONE,
    TELL_UNAVAILABLE,
    TELL_RELEASE, /* 200, and then the token goes */
};

/* What an action takes of the bounds; after a crash the node is dead. */
enum cost { DULL, FAULT, CRASH, ASK, LOSS };

/* late */
enum {
    LATE_NONE,
    LATE_APPROVE,
    LATE_LOG,
    LATE_NOTHING,
    LATE_RETRY, /* + the record's number */
};

static uint16_t bit(uint32_t record)
{
    return (uint16_t)(1u << record);
}

/* --- Guards --- */

static bool is_open(const struct payment *p)
{
    return p->row == PAYMENT_ROW_PENDING || p->row == PAYMENT_ROW_PROCESSING;
}

/* Of others' locks on the entry. */
static bool is_free(const struct payment *p)
{
    return p->late == LATE_NONE;
}

static bool is_locked(const struct payment *p)
{
    return !is_free(p);
}

/* Of others' locks on the row. */
static bool row_is_free(const struct payment *p)
{
    return p->late <= LATE_RETRY;
}

static bool row_is_locked(const struct payment *p)
{
    return !row_is_free(p);
}

static bool free_and_undecided(const struct payment *p)
{
    return is_free(p) && p->entry == PAYMENT_ENTRY_NONE;
}

static bool free_and_nothing(const struct payment *p)
{
    return free_and_undecided(p) && p->row == PAYMENT_ROW_NONE;
}

static bool token_held(const struct payment *p)
{
    return p->token == PAYMENT_TOKEN_HELD;
}

static bool token_gone(const struct payment *p)
{
    return p->token == PAYMENT_TOKEN_GONE;
}

static bool can_settle(const struct payment *p)
{
    return is_free(p) || p->late == LATE_APPROVE;
}

static bool cannot_settle(const struct payment *p)
{
    return !can_settle(p);
}

static bool can_settle_retry(const struct payment *p)
{
    return is_free(p) || p->late == LATE_RETRY + p->retry_record;
}

static bool cannot_settle_retry(const struct payment *p)
{
    return !can_settle_retry(p);
}

static bool unreleased(const struct payment *p)
{
    bool in_hand = p->at[PAYMENT_REQUEST] == TELL_RELEASE || p->at[PAYMENT_REQUEST] == RELEASE;
    return p->up && !in_hand && p->entry == PAYMENT_ENTRY_APPROVED && token_held(p);
}

static bool claimable(const struct payment *p)
{
    return p->up && p->row == PAYMENT_ROW_PENDING && is_free(p) && p->fresh == 0;
}

static bool lease_is_over(const struct payment *p)
{
    return p->up && p->row == PAYMENT_ROW_PROCESSING && (p->records & bit(p->epoch)) == 0 &&
           is_free(p);
}

static bool is_processing(const struct payment *p)
{
    return p->row == PAYMENT_ROW_PROCESSING;
}

/* Waiting for a lock takes longer than the end of a request. */
static bool has_waited(const struct payment *p)
{
    return is_locked(p) && p->at[PAYMENT_REQUEST] != HOLD && p->at[PAYMENT_REQUEST] < TELL_OK;
}

static bool has_row(const struct payment *p)
{
    return p->retry_record > 0;
}

static bool somebody_late(const struct payment *p)
{
    return p->late != LATE_NONE;
}

static bool unanswered(const struct payment *p)
{
    return p->up && p->at[PAYMENT_RETRY] != OFFSET &&
           (p->told & (PAYMENT_TOLD_OK | PAYMENT_TOLD_ACCEPTED | PAYMENT_TOLD_GONE)) == 0;
}

/* The consumer is there, and so is that record. */
#define WAITS(record)                                    \
    static bool waits_##record(const struct payment *p)  \
    {                                                    \
        return p->up && (p->records & bit(record)) != 0; \
    }
WAITS(0)
WAITS(1)
WAITS(2)
WAITS(3)
WAITS(4)
WAITS(5)
WAITS(6)
WAITS(7)
WAITS(8)
WAITS(9)

static bool is_up(const struct payment *p)
{
    return p->up;
}

static bool is_down(const struct payment *p)
{
    return !p->up;
}

/* --- What transactions write --- */

static void write_approved(struct payment *p, uint8_t none)
{
    (void)none;
    if (p->entry == PAYMENT_ENTRY_NONE)
        p->entry = PAYMENT_ENTRY_APPROVED;
}

/* Whatever became of the entry, a record's row is settled. */
static void write_retried(struct payment *p, uint8_t record)
{
    write_approved(p, 0);
    if (record > 0 && (is_open(p) || p->row == PAYMENT_ROW_FAILED))
        p->row = PAYMENT_ROW_RESOLVED;
}

static void write_retry(struct payment *p, uint8_t none)
{
    (void)none;
    write_retried(p, p->retry_record);
}

static void write_logged(struct payment *p, uint8_t none)
{
    (void)none;
    if (p->entry == PAYMENT_ENTRY_NONE && p->row == PAYMENT_ROW_NONE) {
        p->row = PAYMENT_ROW_PENDING;
        p->fresh = 1;
    }
}

static void write_logged_record(struct payment *p, uint8_t none)
{
    write_logged(p, none);
    if (p->entry == PAYMENT_ENTRY_REJECTED && p->row == PAYMENT_ROW_NONE)
        p->row = PAYMENT_ROW_FAILED;
}

static void write_fence(struct payment *p, uint8_t none)
{
    (void)none;
    if (p->entry == PAYMENT_ENTRY_NONE && p->row == PAYMENT_ROW_NONE)
        p->entry = PAYMENT_ENTRY_REJECTED;
}

static void write_later(struct payment *p, uint8_t none)
{
    (void)none;
    if (p->row != PAYMENT_ROW_PROCESSING || p->epoch != p->retry_record)
        return;
    p->attempts = (uint8_t)(p->attempts + p->retry_counted);
    p->row = p->attempts == PAYMENT_ATTEMPTS ? PAYMENT_ROW_FAILED : PAYMENT_ROW_PENDING;
}

static void write_claim(struct payment *p, uint8_t none)
{
    (void)none;
    p->row = PAYMENT_ROW_PROCESSING;
    p->epoch++;
}

static void write_released(struct payment *p, uint8_t none)
{
    (void)none;
    if (p->row == PAYMENT_ROW_PROCESSING)
        p->row = PAYMENT_ROW_PENDING;
}

/* --- What the node does next --- */

static void request_to(struct payment *p, uint8_t stage)
{
    p->at[PAYMENT_REQUEST] = stage;
}

static void retry_to(struct payment *p, uint8_t stage)
{
    p->at[PAYMENT_RETRY] = stage;
}

static void scheduler_to(struct payment *p, uint8_t stage)
{
    p->at[PAYMENT_SCHEDULER] = stage;
}

/* Where nobody is at work on it any more, a new row is one like others. */
static void rest(struct payment *p)
{
    if (p->at[PAYMENT_REQUEST] == IDLE && p->at[PAYMENT_RETRY] == IDLE)
        p->fresh = 0;
}

static void end_request(struct payment *p)
{
    request_to(p, IDLE);
    rest(p);
}

static void tell(struct payment *p, uint8_t status)
{
    p->told |= status;
    end_request(p);
}

static void tell_ok(struct payment *p, uint8_t stage)
{
    p->told |= PAYMENT_TOLD_OK;
    request_to(p, stage);
}

static void put_record_down(struct payment *p)
{
    retry_to(p, IDLE);
    p->retry_record = 0;
    p->retry_counted = 0;
    rest(p);
}

static void die(struct payment *p)
{
    p->crashes++;
    p->up = 0;
    end_request(p);
    scheduler_to(p, IDLE);
    put_record_down(p);
}

static void put_off(struct payment *p, uint8_t counted)
{
    retry_to(p, p->retry_record == 0 ? LOG : LATER);
    if (p->retry_record > 0)
        p->retry_counted = counted & 1u;
}

/* By what the entry says; otherwise the request goes on to that stage. */
static void tell_entry_or(struct payment *p, uint8_t stage)
{
    if (p->entry == PAYMENT_ENTRY_APPROVED)
        stage = TELL_RELEASE;
    else if (p->entry == PAYMENT_ENTRY_REJECTED)
        stage = TELL_GONE;
    request_to(p, stage);
}

/* By what the database knows; no token goes. */
static void tell_known(struct payment *p, uint8_t otherwise)
{
    if (p->entry == PAYMENT_ENTRY_APPROVED)
        request_to(p, TELL_OK);
    else if (p->entry == PAYMENT_ENTRY_REJECTED)
        request_to(p, TELL_GONE);
    else
        request_to(p, p->row != PAYMENT_ROW_NONE ? TELL_ACCEPTED : otherwise);
}

/* --- Actions --- */

static void release_token(struct payment *p, uint8_t none)
{
    (void)none;
    p->token = PAYMENT_TOKEN_GONE;
    end_request(p);
}

static void keep_token(struct payment *p, uint8_t none)
{
    (void)none;
    end_request(p);
}

static void drop_token(struct payment *p, uint8_t none)
{
    (void)none;
    p->token = PAYMENT_TOKEN_GONE;
}

static void approve(struct payment *p, uint8_t stage)
{
    write_approved(p, 0);
    tell_entry_or(p, stage);
}

static void approve_unheard(struct payment *p, uint8_t stage)
{
    write_approved(p, 0);
    request_to(p, stage);
}

static void commit_late(struct payment *p, uint8_t late)
{
    p->late = late;
}

/* A connection is lost before COMMIT: until the server sees it, the session holds its locks. */
static void hold_locks(struct payment *p, uint8_t stage)
{
    p->late = LATE_NOTHING;
    request_to(p, stage);
}

static void approve_late(struct payment *p, uint8_t stage)
{
    p->late = LATE_APPROVE;
    request_to(p, stage);
}

static void settle(struct payment *p, uint8_t stage)
{
    p->late = LATE_NONE;
    tell_entry_or(p, stage);
}

static void log_failure(struct payment *p, uint8_t stage)
{
    write_logged(p, 0);
    if (p->entry == PAYMENT_ENTRY_NONE && p->row == PAYMENT_ROW_FAILED)
        request_to(p, TELL_ACCEPTED);
    else
        tell_entry_or(p, stage);
}

static void log_unheard(struct payment *p, uint8_t stage)
{
    write_logged(p, 0);
    request_to(p, stage);
}

static void log_late(struct payment *p, uint8_t stage)
{
    p->late = LATE_LOG;
    request_to(p, stage);
}

static void append_direct(struct payment *p, uint8_t none)
{
    (void)none;
    p->records |= bit(0);
}

static void send_direct(struct payment *p, uint8_t stage)
{
    append_direct(p, 0);
    request_to(p, stage);
}

static void fence(struct payment *p, uint8_t otherwise)
{
    write_fence(p, 0);
    tell_known(p, otherwise);
}

static void fence_unheard(struct payment *p, uint8_t stage)
{
    write_fence(p, 0);
    request_to(p, stage);
}

static void claim(struct payment *p, uint8_t stage)
{
    write_claim(p, 0);
    scheduler_to(p, stage);
}

static void append(struct payment *p, uint8_t none)
{
    (void)none;
    p->records |= bit(p->epoch);
}

static void send(struct payment *p, uint8_t stage)
{
    append(p, 0);
    scheduler_to(p, stage);
}

static void release(struct payment *p, uint8_t stage)
{
    write_released(p, 0);
    scheduler_to(p, stage);
}

static void take(struct payment *p, uint8_t record)
{
    p->retry_record = record;
    retry_to(p, APPROVE);
}

static void retry(struct payment *p, uint8_t stage)
{
    write_retry(p, 0);
    retry_to(p, p->retry_record == 0 && p->entry == PAYMENT_ENTRY_REJECTED ? LOG : stage);
}

static void retry_unheard(struct payment *p, uint8_t stage)
{
    write_retry(p, 0);
    retry_to(p, stage);
}

static void retry_commit_late(struct payment *p, uint8_t none)
{
    (void)none;
    p->late = (uint8_t)(LATE_RETRY + p->retry_record);
}

static void retry_late(struct payment *p, uint8_t stage)
{
    retry_commit_late(p, 0);
    retry_to(p, stage);
}

static void settle_retry(struct payment *p, uint8_t stage)
{
    p->late = LATE_NONE;
    retry_to(p, stage);
}

static void later(struct payment *p, uint8_t stage)
{
    write_later(p, 0);
    retry_to(p, stage);
}

static void log_record(struct payment *p, uint8_t stage)
{
    write_logged_record(p, 0);
    retry_to(p, stage);
}

static void forget_record(struct payment *p, uint8_t none)
{
    (void)none;
    p->records &= (uint16_t)~bit(p->retry_record);
}

static void commit_offset(struct payment *p, uint8_t none)
{
    forget_record(p, none);
    put_record_down(p);
}

static void land(struct payment *p, uint8_t none)
{
    if (p->late == LATE_APPROVE)
        write_approved(p, none);
    else if (p->late == LATE_LOG)
        write_logged(p, none);
    else if (p->late >= LATE_RETRY)
        write_retried(p, (uint8_t)(p->late - LATE_RETRY));
    p->late = LATE_NONE;
    rest(p);
}

static void come_up(struct payment *p, uint8_t none)
{
    (void)none;
    p->up = 1;
}

/* What is enabled where `who` waits for `stage`, and the guard holds; what it does, with that value. */
struct action { // NOLINT(clang-analyzer-optin.performance.Padding): the order of the columns
    enum payment_who who;
    enum stage stage;
    enum cost cost;
    bool (*guard)(const struct payment *p);        /* NULL: none */
    void (*act)(struct payment *p, uint8_t value); /* NULL: nothing */
    uint8_t value;
};

#define REQUEST(stage)   PAYMENT_REQUEST, stage
#define RETRY(stage)     PAYMENT_RETRY, stage
#define SCHEDULER(stage) PAYMENT_SCHEDULER, stage
#define ANYBODY          PAYMENT_ANYBODY, IDLE

static const struct action actions[] = {
    /* The owner asks, and asks again where nothing was said or nobody knew */
    {REQUEST(IDLE), ASK, unanswered, request_to, TOKEN},

    /* GET token */
    {REQUEST(TOKEN), DULL, token_held, request_to, APPROVE},
    {REQUEST(TOKEN), DULL, token_gone, request_to, FENCE},
    {REQUEST(TOKEN), FAULT, NULL, request_to, LOOKUP},

    /* upsertEntry(APPROVED) */
    {REQUEST(APPROVE), DULL, is_free, approve, RELEASE},
    {REQUEST(APPROVE), DULL, is_locked, request_to, LOG},
    {REQUEST(APPROVE), FAULT, NULL, request_to, LOG},
    {REQUEST(APPROVE), FAULT, is_free, approve_unheard, SETTLE},
    {REQUEST(APPROVE), FAULT, is_free, request_to, SETTLE},
    {REQUEST(APPROVE), FAULT, free_and_undecided, approve_late, SETTLE},
    {REQUEST(APPROVE), FAULT, is_free, hold_locks, LOG},
    {REQUEST(APPROVE), CRASH, is_free, write_approved, 0},
    {REQUEST(APPROVE), CRASH, free_and_undecided, commit_late, LATE_APPROVE},

    /* KILL, then what is the truth? */
    {REQUEST(SETTLE), DULL, can_settle, settle, LOG},
    {REQUEST(SETTLE), DULL, cannot_settle, request_to, LOG},
    {REQUEST(SETTLE), FAULT, NULL, request_to, LOG},

    /* INSERT payment_failure_log */
    {REQUEST(LOG), DULL, is_free, log_failure, HOLD},
    {REQUEST(LOG), DULL, is_locked, request_to, DIRECT},
    {REQUEST(LOG), FAULT, NULL, request_to, DIRECT},
    {REQUEST(LOG), FAULT, is_free, log_unheard, DIRECT},
    {REQUEST(LOG), FAULT, free_and_nothing, log_late, DIRECT},
    {REQUEST(LOG), FAULT, is_free, hold_locks, DIRECT},
    {REQUEST(LOG), CRASH, is_free, write_logged, 0},
    {REQUEST(LOG), CRASH, free_and_nothing, commit_late, LATE_LOG},

    /* A record straight to the topic */
    {REQUEST(DIRECT), DULL, NULL, send_direct, HOLD},
    {REQUEST(DIRECT), FAULT, NULL, request_to, TELL_UNAVAILABLE},
    {REQUEST(DIRECT), FAULT, NULL, send_direct, TELL_UNAVAILABLE},
    {REQUEST(DIRECT), CRASH, NULL, append_direct, 0},

    /* EXPIRE token: 202 only where the slot stays this user's */
    {REQUEST(HOLD), DULL, token_held, request_to, TELL_ACCEPTED},
    {REQUEST(HOLD), DULL, token_gone, request_to, TELL_UNAVAILABLE},
    {REQUEST(HOLD), FAULT, NULL, request_to, TELL_UNAVAILABLE},

    /* Redis does not tell; perhaps the database does */
    {REQUEST(LOOKUP), DULL, NULL, tell_known, TELL_UNAVAILABLE},
    {REQUEST(LOOKUP), FAULT, NULL, request_to, TELL_UNAVAILABLE},

    /* The token is gone: 410 only behind a committed fence */
    {REQUEST(FENCE), DULL, is_free, fence, TELL_ACCEPTED},
    {REQUEST(FENCE), DULL, is_locked, request_to, TELL_UNAVAILABLE},
    {REQUEST(FENCE), FAULT, NULL, request_to, TELL_UNAVAILABLE},
    {REQUEST(FENCE), FAULT, is_free, fence_unheard, TELL_UNAVAILABLE},
    {REQUEST(FENCE), CRASH, is_free, write_fence, 0},

    /* The answer leaves */
    {REQUEST(TELL_OK), DULL, NULL, tell, PAYMENT_TOLD_OK},
    {REQUEST(TELL_ACCEPTED), DULL, NULL, tell, PAYMENT_TOLD_ACCEPTED},
    {REQUEST(TELL_GONE), DULL, NULL, tell, PAYMENT_TOLD_GONE},
    {REQUEST(TELL_UNAVAILABLE), DULL, NULL, tell, PAYMENT_TOLD_UNAVAILABLE},
    {REQUEST(TELL_RELEASE), DULL, NULL, tell_ok, RELEASE},
    {REQUEST(TELL_RELEASE), CRASH, NULL, drop_token, 0},

    /* DEL token */
    {REQUEST(RELEASE), DULL, NULL, release_token, 0},
    {REQUEST(RELEASE), FAULT, NULL, keep_token, 0},
    {REQUEST(RELEASE), CRASH, NULL, drop_token, 0},

    /* The scheduler claims the row, and again when its lease has ended */
    {SCHEDULER(IDLE), DULL, claimable, claim, SEND},
    {SCHEDULER(IDLE), FAULT, claimable, write_claim, 0},
    {SCHEDULER(IDLE), CRASH, claimable, write_claim, 0},
    {SCHEDULER(IDLE), DULL, lease_is_over, claim, SEND},

    /* ... and sends it; what was surely not sent is given back */
    {SCHEDULER(SEND), DULL, NULL, send, IDLE},
    {SCHEDULER(SEND), FAULT, NULL, scheduler_to, RELEASE},
    {SCHEDULER(SEND), FAULT, NULL, scheduler_to, IDLE},
    {SCHEDULER(SEND), CRASH, NULL, append, 0},
    {SCHEDULER(RELEASE), DULL, NULL, release, IDLE},
    {SCHEDULER(RELEASE), FAULT, NULL, scheduler_to, IDLE},
    {SCHEDULER(RELEASE), CRASH, is_processing, write_released, 0},

    /* The consumer takes a record */
    {RETRY(IDLE), DULL, waits_0, take, 0},
    {RETRY(IDLE), DULL, waits_1, take, 1},
    {RETRY(IDLE), DULL, waits_2, take, 2},
    {RETRY(IDLE), DULL, waits_3, take, 3},
    {RETRY(IDLE), DULL, waits_4, take, 4},
    {RETRY(IDLE), DULL, waits_5, take, 5},
    {RETRY(IDLE), DULL, waits_6, take, 6},
    {RETRY(IDLE), DULL, waits_7, take, 7},
    {RETRY(IDLE), DULL, waits_8, take, 8},
    {RETRY(IDLE), DULL, waits_9, take, 9},

    /* upsertEntry(APPROVED) and the row RESOLVED, in one transaction */
    {RETRY(APPROVE), DULL, is_free, retry, OFFSET},
    {RETRY(APPROVE), DULL, has_waited, put_off, 0},
    {RETRY(APPROVE), FAULT, NULL, put_off, 0},
    {RETRY(APPROVE), FAULT, has_row, put_off, 1},
    {RETRY(APPROVE), FAULT, is_free, retry_unheard, SETTLE},
    {RETRY(APPROVE), FAULT, is_free, retry_to, SETTLE},
    {RETRY(APPROVE), FAULT, free_and_undecided, retry_late, SETTLE},
    {RETRY(APPROVE), CRASH, is_free, write_retry, 0},
    {RETRY(APPROVE), CRASH, free_and_undecided, retry_commit_late, 0},

    /* After the KILL nothing can land late any more: approving again finds the truth */
    {RETRY(SETTLE), DULL, can_settle_retry, settle_retry, APPROVE},
    {RETRY(SETTLE), DULL, cannot_settle_retry, put_off, 0},
    {RETRY(SETTLE), FAULT, NULL, put_off, 0},

    /* A failed attempt is written down; where it cannot be, the lease carries on */
    {RETRY(LATER), DULL, row_is_free, later, OFFSET},
    {RETRY(LATER), DULL, row_is_locked, retry_to, OFFSET},
    {RETRY(LATER), FAULT, NULL, retry_to, OFFSET},
    {RETRY(LATER), CRASH, row_is_free, write_later, 0},

    /* A record without a row gets one, or is tried again after a pause */
    {RETRY(LOG), DULL, is_free, log_record, OFFSET},
    {RETRY(LOG), DULL, is_locked, retry_to, APPROVE},
    {RETRY(LOG), FAULT, NULL, retry_to, APPROVE},
    {RETRY(LOG), FAULT, is_free, log_record, APPROVE},
    {RETRY(LOG), CRASH, is_free, write_logged_record, 0},

    /* The offset follows durable work */
    {RETRY(OFFSET), DULL, NULL, commit_offset, 0},
    {RETRY(OFFSET), CRASH, NULL, forget_record, 0},

    /* The sweep: what the flow did not release */
    {ANYBODY, DULL, unreleased, drop_token, 0},

    /* A COMMIT that nobody knows of lands, or its session is gone before it could */
    {ANYBODY, DULL, somebody_late, land, 0},
    {ANYBODY, DULL, somebody_late, commit_late, LATE_NONE},

    /* Redis loses the token */
    {ANYBODY, LOSS, token_held, drop_token, 0},

    /* The node dies, and comes back */
    {ANYBODY, CRASH, is_up, NULL, 0},
    {ANYBODY, DULL, is_down, come_up, 0},
};

#define ACTIONS (sizeof actions / sizeof actions[0])
static_assert(TELL_RELEASE < PAYMENT_STAGES, "every stage has its ranges");
static_assert(ACTIONS <= PAYMENT_ACTIONS_MAX, "a context lists every action");

/* --- The model --- */

static bool is_enabled(const struct payment_context *context, const struct action *action)
{
    const struct payment *p = &context->at;
    if (action->cost == FAULT && p->faults >= context->bounds.faults)
        return false;
    if (action->cost == CRASH && p->crashes >= context->bounds.crashes)
        return false;
    if (action->cost == ASK && p->asks >= context->bounds.asks)
        return false;
    if (action->cost == LOSS && p->losses >= context->bounds.losses)
        return false;
    return action->guard == NULL || action->guard(p);
}

static void list_range(struct payment_context *context, struct payment_range range)
{
    for (uint32_t i = range.first; i < (uint32_t)range.first + range.count; i++)
        if (is_enabled(context, &actions[i]))
            context->enabled[context->enabled_count++] = (uint8_t)i;
}

/* Lists what is enabled, once for all the vectors of one state. */
static void list_enabled(struct payment_context *context)
{
    context->listed = context->at;
    context->enabled_count = 0;
    for (uint32_t who = 0; who < PAYMENT_ANYBODY; who++)
        list_range(context, context->ranges[who][context->at.at[who]]);
    list_range(context, context->ranges[PAYMENT_ANYBODY][IDLE]);
}

static void act(struct payment *p, const struct action *action)
{
    p->faults = (uint8_t)(p->faults + (action->cost == FAULT));
    p->asks = (uint8_t)(p->asks + (action->cost == ASK));
    if (action->cost == LOSS)
        p->losses = 1;
    if (action->act != NULL)
        action->act(p, action->value);
    if (action->cost == CRASH)
        die(p);
}

static bool holds(const struct payment_context *context)
{
    const struct payment *p = &context->at;
    bool approved = p->entry == PAYMENT_ENTRY_APPROVED;
    bool rejected = p->entry == PAYMENT_ENTRY_REJECTED;
    bool durable =
        approved || is_open(p) || p->row == PAYMENT_ROW_FAILED || (p->records & bit(0)) != 0;
    return ((p->told & PAYMENT_TOLD_OK) == 0 || approved) &&
           ((p->told & PAYMENT_TOLD_GONE) == 0 || rejected) &&
           ((p->told & PAYMENT_TOLD_ACCEPTED) == 0 || durable) &&
           (p->row != PAYMENT_ROW_RESOLVED || approved || rejected) && p->epoch < PAYMENT_RECORDS &&
           p->epoch <= 1u + context->bounds.faults + context->bounds.crashes;
}

static void init(void *context)
{
    struct payment_context *payment = context;
    payment->at = (struct payment){.up = 1};
}

static void load(void *context, const void *state, uint32_t size)
{
    struct payment_context *payment = context;
    (void)size;
    memcpy(&payment->at, state, sizeof payment->at);
}

static uint32_t save(void *context, void *state)
{
    const struct payment_context *payment = context;
    memcpy(state, &payment->at, sizeof payment->at);
    return sizeof payment->at;
}

static struct rcp_search_digest digest(void *context)
{
    const struct payment_context *payment = context;
    uint64_t words[2];
    static_assert(sizeof words == sizeof payment->at, "every byte is digested");
    memcpy(words, &payment->at, sizeof words);
    return digest_of(words, 2);
}

static enum rcp_search_end step(void *context, struct rcp_search_chooser *chooser)
{
    struct payment_context *payment = context;
    if (memcmp(&payment->at, &payment->listed, sizeof payment->at) != 0)
        list_enabled(payment);
    if (payment->enabled_count == 0)
        return RCP_SEARCH_SKIPPED;
    uint32_t chosen = rcp_search_choose(chooser, payment->enabled_count);
    act(&payment->at, &actions[payment->enabled[chosen]]);
    return holds(payment) ? RCP_SEARCH_GOES_ON : RCP_SEARCH_VIOLATED;
}

struct payment_context payment_context(struct payment_bounds bounds)
{
    struct payment_context context = {.bounds = bounds};
    for (uint32_t i = 0; i < ACTIONS; i++) {
        struct payment_range *range = &context.ranges[actions[i].who][actions[i].stage];
        if (range->count++ == 0)
            range->first = (uint8_t)i;
    }
    return context;
}

const struct rcp_search_model *payment_model(void)
{
    static const struct rcp_search_model model = {
        .state_max = sizeof(struct payment),
        .init = init,
        .load = load,
        .step = step,
        .digest = digest,
        .save = save,
    };
    return &model;
}
