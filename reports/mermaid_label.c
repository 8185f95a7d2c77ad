/* The words on an arrow. */
#include "reports/mermaid_drawing.h"

#include <inttypes.h>
#include <string.h>

static const char *error_words(const struct rcp_record *record)
{
    if (record->outcome == RCP_OUTCOME_UNKNOWN) {
        return "no answer: it may have happened";
    }
    switch ((enum rcp_error_class)record->error) {
    case RCP_ERROR_CONNECTION:
        return "DB Error: no connection";
    case RCP_ERROR_CONTENTION:
        return "DB Error: deadlock or lock wait timeout";
    case RCP_ERROR_HANDLER:
        return "DB Error: statement refused";
    case RCP_ERROR_NONE:
    case RCP_ERROR_CLASS_COUNT:
        break;
    }
    return "DB Error!";
}

static const char *modal_words(uint32_t status)
{
    switch (status) {
    case RCP_STATUS_OK:
        return "\"결제 완료\" 모달 표시";
    case RCP_STATUS_ACCEPTED:
        return "\"결제 접수, 처리 중\" 모달 표시";
    case RCP_STATUS_UNAVAILABLE:
        return "\"잠시 후 다시 시도해 주세요\" 모달 표시";
    case RCP_STATUS_ERROR:
        return "\"결제 처리 중 오류\" 모달 표시";
    default:
        return "\"결제할 수 없습니다\" 모달 표시";
    }
}

static const char *result_words(uint32_t status)
{
    switch (status) {
    case RCP_STATUS_OK:
        return "Success";
    case RCP_STATUS_ACCEPTED:
        return "Accepted, to be approved later";
    case RCP_STATUS_UNAVAILABLE:
        return "Nobody knows, ask again";
    case RCP_STATUS_ERROR:
        return "Error";
    default:
        return "Refused";
    }
}

/* ---- One function for each $word. What has nothing to say adds nothing. ------------------------ */

static void add_outcome(struct rcp_text *text, const struct rcp_record *record)
{
    bool refused = record->outcome == RCP_OUTCOME_REFUSED;
    rcp_text_add(text, "%s", refused ? "refused" : "no answer: it may have happened");
}

static void add_error(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", error_words(record));
}

static void add_status(struct rcp_text *text, const struct rcp_record *record)
{
    char status[32];
    rcp_text_add(text, "%s", rcp_status_text(record->number, status));
}

static void add_result(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", result_words(record->number));
}

static void add_modal(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%s", modal_words(record->number));
}

/* Where the verdict is what the script is for, the arrow says it already. */
static void add_verdict(struct rcp_text *text, const struct rcp_record *record)
{
    if (rcp_script_is_order((enum rcp_script)record->script)) {
        rcp_mermaid_add_order_verdict(text, record);
        return;
    }
    bool approved = record->verdict == RCP_VERDICT_APPROVED && record->script == RCP_SCRIPT_APPROVE;
    if (!approved && record->verdict != RCP_VERDICT_NONE &&
        record->verdict != RCP_VERDICT_WRITTEN && record->verdict != RCP_VERDICT_LOGGED) {
        rcp_text_add(text, ": %s", rcp_verdict_name((enum rcp_verdict)record->verdict));
    }
}

static void add_rows(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->rows > 1) {
        rcp_text_add(text, " (%" PRIu32 " rows)", record->rows);
    }
}

static void add_row(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->row_id != 0) {
        rcp_text_add(text, " [Log %" PRIu32 "]", record->row_id);
    }
}

static void add_logs(struct rcp_text *text, const struct rcp_record *record)
{
    if (record->rows > 1) {
        rcp_text_add(text, "[Log 1, Log 2...] (%" PRIu32 " rows)", record->rows);
    } else {
        rcp_text_add(text, "[Log %" PRIu32 "]", record->row_id == 0 ? 1 : record->row_id);
    }
}

static void add_detail(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%" PRIu64, record->detail);
}

static void add_number(struct rcp_text *text, const struct rcp_record *record)
{
    rcp_text_add(text, "%u", (unsigned)record->number);
}

static const struct rcp_mermaid_word words[] = {
    {"outcome", add_outcome},
    {"error", add_error},
    {"status", add_status},
    {"result", add_result},
    {"modal", add_modal},
    {"verdict", add_verdict},
    {"rows", add_rows},
    {"row", add_row},
    {"logs", add_logs},
    {"detail", add_detail},
    {"number", add_number},
};

static bool is_word(const char *name, const char *word, size_t length)
{
    return strlen(name) == length && memcmp(name, word, length) == 0;
}

/* Words that need more than the record itself come first. */
static void add_word(struct rcp_text *text,
                     const struct rcp_mermaid_drawing *drawing,
                     uint32_t index,
                     const char *word,
                     size_t length)
{
    const struct rcp_record *record = &drawing->records[index];
    if (is_word("fault", word, length)) {
        rcp_text_add(text, "%s", drawing->names->fault(record->number));
    } else if (is_word("invariant", word, length)) {
        rcp_text_add(text, "%s", drawing->names->invariant(record->number));
    } else if (is_word("eventual", word, length)) {
        if (rcp_mermaid_last_script_did(drawing, index, RCP_SCRIPT_LOG)) {
            rcp_text_add(text, " (Eventual Consistency)");
        }
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (is_word(words[i].name, word, length)) {
            words[i].add(text, record);
        }
    }
    for (uint32_t i = 0; i < rcp_mermaid_order_word_count; i++) {
        if (is_word(rcp_mermaid_order_words[i].name, word, length)) {
            rcp_mermaid_order_words[i].add(text, record);
        }
    }
}

static size_t word_length(const char *word)
{
    return strspn(word, "abcdefghijklmnopqrstuvwxyz");
}

void rcp_mermaid_write_label(const struct rcp_mermaid_drawing *drawing,
                             uint32_t index,
                             const char *label)
{
    const struct rcp_record *record = &drawing->records[index];
    char bytes[512];
    struct rcp_text text = rcp_text_in(bytes, sizeof bytes);
    while (*label != '\0') {
        size_t plain = strcspn(label, "$");
        rcp_text_add(&text, "%.*s", (int)plain, label);
        label += plain;
        if (*label == '$') {
            size_t length = word_length(label + 1);
            add_word(&text, drawing, index, label + 1, length);
            label += 1 + length;
        }
    }
    if (drawing->many_payments && record->user_id != 0) {
        rcp_text_add(&text, " · user %" PRIu64, record->user_id);
    }
    if (drawing->many_nodes && record->node != 0) {
        rcp_text_add(&text, " · node %u", (unsigned)record->node);
    }
    fprintf(drawing->out, "%s\n", bytes);
}
