/* Which rows of the table draw a record: what it says itself, and what it means among its neighbours. */
#include "reports/mermaid_drawing.h"
#include "reports/story_order.h"

static bool same_flow(const struct rcp_record *left, const struct rcp_record *right)
{
    return left->node == right->node && left->user_id == right->user_id &&
           left->activity_id == right->activity_id;
}

/* The last script that ended for the payment of records[index], before it was answered. NULL where
 * none did since its request. */
static const struct rcp_record *last_script_of(const struct rcp_mermaid_drawing *drawing,
                                               uint32_t index)
{
    const struct rcp_record *reply = &drawing->records[index];
    for (uint32_t i = index; i-- > 0;) {
        const struct rcp_record *record = &drawing->records[i];
        if (!same_flow(record, reply)) {
            continue;
        }
        if (record->kind == RCP_RECORD_REQUEST || record->kind == RCP_RECORD_CRASH) {
            return NULL;
        }
        if (record->kind == RCP_RECORD_TX_DONE && record->role == RCP_ROLE_PAYMENT) {
            return record;
        }
    }
    return NULL;
}

bool rcp_mermaid_last_script_did(const struct rcp_mermaid_drawing *drawing,
                                 uint32_t index,
                                 enum rcp_script script)
{
    const struct rcp_record *last = last_script_of(drawing, index);
    return last != NULL && last->script == script && last->outcome == RCP_OUTCOME_DONE;
}

/* A claim or a sweep that found nothing is a clock ticking, not part of a story. */
static bool found_nothing(const struct rcp_mermaid_drawing *drawing, uint32_t index)
{
    const struct rcp_record *asked = &drawing->records[index];
    if ((asked->kind != RCP_RECORD_TX && asked->kind != RCP_RECORD_TX_DONE) ||
        (asked->script != RCP_SCRIPT_CLAIM && asked->script != RCP_SCRIPT_SWEEP &&
         asked->script != RCP_SCRIPT_DUE)) {
        return false;
    }
    for (uint32_t i = index; i < drawing->count; i++) {
        const struct rcp_record *record = &drawing->records[i];
        if (record->kind == RCP_RECORD_TX_DONE && record->script == asked->script &&
            record->node == asked->node) {
            return record->outcome == RCP_OUTCOME_DONE && record->rows == 0;
        }
    }
    return false;
}

/* The documented scheduler ends what it left open even where it had found nothing. */
static bool finishes_nothing(const struct rcp_mermaid_drawing *drawing, uint32_t index)
{
    const struct rcp_record *finish = &drawing->records[index];
    return (finish->kind == RCP_RECORD_TX || finish->kind == RCP_RECORD_TX_DONE) &&
           finish->script == RCP_SCRIPT_FINISH && finish->role == RCP_ROLE_SCHEDULER &&
           finish->rows == 0 && finish->outcome == RCP_OUTCOME_DONE;
}

bool rcp_mermaid_of_order(const struct rcp_record *record)
{
    return rcp_story_is_of_order(record) || (record->user_id != 0 && record->activity_id == 0);
}

static bool is_silence(uint32_t answer)
{
    return answer == RCP_PG_NOT_CONNECTED || answer == RCP_PG_RESET || answer == RCP_PG_TIMED_OUT;
}

static bool happens(const struct rcp_mermaid_drawing *drawing,
                    uint32_t index,
                    enum rcp_mermaid_when when)
{
    const struct rcp_record *record = &drawing->records[index];
    bool done = record->outcome == RCP_OUTCOME_DONE;
    switch (when) {
    case RCP_MERMAID_WHEN_ANY:
        return true;
    case RCP_MERMAID_WHEN_DONE:
        return done;
    case RCP_MERMAID_WHEN_FAILED:
        return !done;
    case RCP_MERMAID_WHEN_REFUSED:
        return record->outcome == RCP_OUTCOME_REFUSED;
    case RCP_MERMAID_WHEN_UNKNOWN:
        return record->outcome == RCP_OUTCOME_UNKNOWN;
    case RCP_MERMAID_WHEN_FOUND:
        return done && (record->flags & 1u) != 0;
    case RCP_MERMAID_WHEN_MISSING:
        return done && (record->flags & 1u) == 0;
    case RCP_MERMAID_WHEN_ACKED:
        return done && record->flags == RCP_ACKS_ALL;
    case RCP_MERMAID_WHEN_LEFT_OPEN:
        return (record->flags & RCP_TX_LEAVE_OPEN) != 0;
    case RCP_MERMAID_WHEN_SAVED_ONLY:
        return rcp_mermaid_last_script_did(drawing, index, RCP_SCRIPT_LOG);
    case RCP_MERMAID_WHEN_CLOSED:
        return (record->flags & RCP_TX_LEAVE_OPEN) == 0;
    case RCP_MERMAID_WHEN_COMMITTED:
        return rcp_mermaid_last_script_did(drawing, index, RCP_SCRIPT_FINISH);
    case RCP_MERMAID_WHEN_PROCESS:
        return record->number == RCP_REQUEST_PROCESS;
    case RCP_MERMAID_WHEN_STATUS:
        return record->number == RCP_REQUEST_STATUS;
    case RCP_MERMAID_WHEN_REJECT:
        return record->number == RCP_REQUEST_REJECT;
    case RCP_MERMAID_WHEN_RETRY:
        return record->number == RCP_REQUEST_RETRY;
    case RCP_MERMAID_WHEN_PARK:
        return record->number == RCP_REQUEST_PARK;
    case RCP_MERMAID_WHEN_OF_PAYMENT:
        return !rcp_mermaid_of_order(record);
    case RCP_MERMAID_WHEN_OF_ORDER:
        return rcp_mermaid_of_order(record);
    case RCP_MERMAID_WHEN_ORDER:
        return record->number == RCP_REQUEST_ORDER;
    case RCP_MERMAID_WHEN_CALLBACK:
        return record->number == RCP_REQUEST_CALLBACK;
    case RCP_MERMAID_WHEN_ORDER_STATUS:
        return record->number == RCP_REQUEST_ORDER_STATUS;
    case RCP_MERMAID_WHEN_ORDER_ASK:
        return record->number == RCP_REQUEST_ORDER_ASK;
    case RCP_MERMAID_WHEN_ORDER_FAIL:
        return record->number == RCP_REQUEST_ORDER_FAIL;
    case RCP_MERMAID_WHEN_ANSWERED:
        return !is_silence(record->number);
    case RCP_MERMAID_WHEN_UNANSWERED:
        return is_silence(record->number);
    }
    return false;
}

bool rcp_mermaid_matches(const struct rcp_mermaid_drawing *drawing,
                         uint32_t index,
                         const struct rcp_mermaid_row *row)
{
    const struct rcp_record *record = &drawing->records[index];
    if (row->kind != record->kind || (row->role != RCP_ROLE_NONE && row->role != record->role)) {
        return false;
    }
    bool has_verb = row->kind == RCP_RECORD_REDIS || row->kind == RCP_RECORD_REDIS_DONE ||
                    row->kind == RCP_RECORD_PG || row->kind == RCP_RECORD_PG_DONE;
    if (has_verb && row->verb != record->verb) {
        return false;
    }
    if (row->script != RCP_SCRIPT_NONE && row->script != record->script) {
        return false;
    }
    if ((row->detail && !drawing->view->details) ||
        (row->needs != RCP_LANE_NONE && !rcp_mermaid_drawn(drawing, row->needs)) ||
        (row->without != RCP_LANE_NONE && rcp_mermaid_drawn(drawing, row->without))) {
        return false;
    }
    return happens(drawing, index, (enum rcp_mermaid_when)row->when);
}

bool rcp_mermaid_idle(const struct rcp_mermaid_drawing *drawing, uint32_t index)
{
    return found_nothing(drawing, index) || finishes_nothing(drawing, index);
}
