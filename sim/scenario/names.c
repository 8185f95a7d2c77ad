/* The words that a scenario may use. */
#include "sim/scenario/names.h"

#include "sim/check/invariant.h"
#include "sim/scenario/scenario_file.h"

#include <assert.h>
#include <string.h>

static const char *const preset_words[] = {"documented", "hardened"};
static const char *const takes_words[RCP_TAKES_COUNT] = {
    [RCP_TAKES_SHORT] = "short",
    [RCP_TAKES_MEDIUM] = "medium",
    [RCP_TAKES_LONG] = "long",
};
static const char *const phase_words[RCP_PHASE_COUNT] = {
    [RCP_PHASE_ISSUE] = "issue",   [RCP_PHASE_APPLY] = "apply",
    [RCP_PHASE_COMMIT] = "commit", [RCP_PHASE_ANSWER] = "answer",
    [RCP_PHASE_LATE] = "late",     [RCP_PHASE_LOCK_WAIT] = "lock_wait",
    [RCP_PHASE_REAP] = "reap",     [RCP_PHASE_ASK] = "ask",
    [RCP_PHASE_ACT] = "act",       [RCP_PHASE_HANG_UP] = "hang_up",
    [RCP_PHASE_EXPIRE] = "expire", [RCP_PHASE_TIMER] = "timer",
    [RCP_PHASE_START] = "start",   [RCP_PHASE_STOP] = "stop",
    [RCP_PHASE_MEMBER] = "member", [RCP_PHASE_REBALANCE] = "rebalance",
    [RCP_PHASE_PLAN] = "plan",     [RCP_PHASE_PLAN_END] = "plan_end",
    [RCP_PHASE_HEAL] = "heal",
};
static const char *const participant_words[RCP_PARTICIPANT_COUNT] = {
    [RCP_PARTICIPANT_NONE] = "none",
    [RCP_PARTICIPANT_USER] = "User",
    [RCP_PARTICIPANT_FRONTEND] = "Frontend",
    [RCP_PARTICIPANT_CONTROLLER] = "PaymentController",
    [RCP_PARTICIPANT_SERVICE] = "PaymentService",
    [RCP_PARTICIPANT_LOG_SERVICE] = "PaymentFailureLogService",
    [RCP_PARTICIPANT_SCHEDULER] = "PaymentRecoveryScheduler",
    [RCP_PARTICIPANT_CONSUMER] = "PaymentRetryConsumer",
    [RCP_PARTICIPANT_REDIS] = "Redis",
    [RCP_PARTICIPANT_ENTRY_TABLE] = "MySQL (Entry Table)",
    [RCP_PARTICIPANT_LOG_TABLE] = "MySQL (Log Table)",
    [RCP_PARTICIPANT_KAFKA] = "Kafka",
    [RCP_PARTICIPANT_ORDER_FACADE] = "OrderFacade",
    [RCP_PARTICIPANT_PAYMENT_FACADE] = "PaymentFacade",
    [RCP_PARTICIPANT_PAYMENT_SCHEDULER] = "PaymentScheduler",
    [RCP_PARTICIPANT_RESULT_HANDLER] = "PaymentResultHandler",
    [RCP_PARTICIPANT_PG_CLIENT] = "PgClient",
    [RCP_PARTICIPANT_PG] = "PG",
    [RCP_PARTICIPANT_ORDER_TABLES] = "MySQL (Order Tables)",
};
static const char *const seeds_words[] = {"some seed", "every seed"};

static const struct {
    uint32_t status;
    const char *word;
} answers[] = {
    {RCP_STATUS_OK, "200"},
    {RCP_STATUS_ACCEPTED, "202"},
    {RCP_STATUS_BAD_REQUEST, "400"},
    {RCP_STATUS_UNAUTHORIZED, "401"},
    {RCP_STATUS_PAYMENT_REQUIRED, "402"},
    {RCP_STATUS_FORBIDDEN, "403"},
    {RCP_STATUS_NOT_FOUND, "404"},
    {RCP_STATUS_CONFLICT, "409"},
    {RCP_STATUS_GONE, "410"},
    {RCP_STATUS_UNPROCESSABLE, "422"},
    {RCP_STATUS_ERROR, "500"},
    {RCP_STATUS_UNAVAILABLE, "503"},
};
#define ANSWER_COUNT (sizeof answers / sizeof answers[0])

static const char *preset_name(uint32_t number)
{
    return preset_words[number];
}

static const char *fault_name(uint32_t number)
{
    return rcp_fault_info((enum rcp_fault)number)->name;
}

static const char *site_name(uint32_t number)
{
    return rcp_site_name((enum rcp_site)number);
}

static const char *takes_name(uint32_t number)
{
    return takes_words[number];
}

static const char *phase_name(uint32_t number)
{
    return phase_words[number];
}

static const char *participant_name(uint32_t number)
{
    return participant_words[number];
}

static const char *answer_name(uint32_t number)
{
    return answers[number].word;
}

static const char *entry_name(uint32_t number)
{
    return rcp_entry_status_name((enum rcp_entry_status)number);
}

static const char *row_name(uint32_t number)
{
    return rcp_row_status_name((enum rcp_row_status)number);
}

static const char *cause_name(uint32_t number)
{
    return rcp_park_cause_name((enum rcp_park_cause)number);
}

static const char *charge_name(uint32_t number)
{
    return rcp_charge_status_name((enum rcp_charge_status)number);
}

static const char *refund_name(uint32_t number)
{
    return rcp_refund_status_name((enum rcp_refund_status)number);
}

static const char *pg_name(uint32_t number)
{
    return rcp_pg_status_name((enum rcp_pg_status)number);
}

static const char *event_name(uint32_t number)
{
    return rcp_record_kind_name((enum rcp_record_kind)number);
}

static const char *invariant_name(uint32_t number)
{
    return rcp_invariant_info((enum rcp_invariant)number)->name;
}

static const char *seeds_name(uint32_t number)
{
    return seeds_words[number];
}

static const char *knob_name(uint32_t number)
{
    return rcp_knob_info((enum rcp_knob)number)->name;
}

static_assert(RCP_INVARIANT_TWIN == RCP_INVARIANT_CHECK + 1 &&
                  RCP_INVARIANT_COUNT == RCP_INVARIANT_TWIN + 1,
              "what is never left out comes last");

const struct rcp_names rcp_preset_names = {"policy", 0, 2, preset_name};
const struct rcp_names rcp_fault_names = {"fault", 1, RCP_FAULT_COUNT, fault_name};
const struct rcp_names rcp_site_names = {"site", 1, RCP_SITE_COUNT, site_name};
const struct rcp_names rcp_takes_names = {"length", 0, RCP_TAKES_COUNT, takes_name};
const struct rcp_names rcp_phase_names = {"phase", 1, RCP_PHASE_COUNT, phase_name};
const struct rcp_names rcp_participant_names = {
    "participant", 1, RCP_PARTICIPANT_COUNT, participant_name};
const struct rcp_names rcp_answer_names = {"answer", 0, ANSWER_COUNT, answer_name};
const struct rcp_names rcp_entry_names = {"entry status", 1, RCP_ENTRY_STATUS_COUNT, entry_name};
const struct rcp_names rcp_row_names = {"row status", 1, RCP_ROW_STATUS_COUNT, row_name};
const struct rcp_names rcp_cause_names = {"cause", 1, RCP_PARK_CAUSE_COUNT, cause_name};
const struct rcp_names rcp_charge_names = {"status", 1, RCP_CHARGE_STATUS_COUNT, charge_name};
const struct rcp_names rcp_refund_names = {"status", 1, RCP_REFUND_STATUS_COUNT, refund_name};
const struct rcp_names rcp_pg_names = {"status", 0, RCP_PG_STATUS_COUNT, pg_name};
const struct rcp_names rcp_event_names = {"event", 1, RCP_RECORD_KIND_COUNT, event_name};
const struct rcp_names rcp_invariant_names = {"invariant", 1, RCP_INVARIANT_COUNT, invariant_name};
const struct rcp_names rcp_checker_names = {"invariant", 1, RCP_INVARIANT_CHECK, invariant_name};
const struct rcp_names rcp_seeds_names = {"choice", 0, 2, seeds_name};
const struct rcp_names rcp_knob_names = {"knob", 0, RCP_KNOB_COUNT, knob_name};

const char *rcp_participant_name(enum rcp_participant participant)
{
    return participant < RCP_PARTICIPANT_COUNT ? participant_words[participant] : "?";
}

uint32_t rcp_answer_status(uint32_t index)
{
    return index < ANSWER_COUNT ? answers[index].status : RCP_STATUS_NONE;
}

uint32_t rcp_answer_index(uint32_t status)
{
    for (uint32_t i = 0; i < ANSWER_COUNT; i++) {
        if (answers[i].status == status)
            return i;
    }
    return RCP_NAME_UNKNOWN;
}

uint32_t rcp_names_find(const struct rcp_names *names, const char *text)
{
    for (uint32_t i = names->first; i < names->end; i++) {
        if (strcmp(names->name(i), text) == 0)
            return i;
    }
    return RCP_NAME_UNKNOWN;
}

#define WORD_MAX 48u

static uint32_t least(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

uint32_t rcp_word_distance(const char *left, const char *right)
{
    size_t rows = strlen(left);
    size_t columns = strlen(right);
    if (rows > WORD_MAX || columns > WORD_MAX)
        return UINT32_MAX;
    uint32_t edits[WORD_MAX + 1];
    for (uint32_t j = 0; j <= columns; j++)
        edits[j] = j;
    for (uint32_t i = 1; i <= rows; i++) {
        uint32_t diagonal = edits[0];
        edits[0] = i;
        for (uint32_t j = 1; j <= columns; j++) {
            uint32_t swapped = diagonal + (left[i - 1] != right[j - 1]);
            diagonal = edits[j];
            edits[j] = least(edits[j] + 1, edits[j - 1] + 1, swapped);
        }
    }
    return edits[columns];
}
