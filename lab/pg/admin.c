/* JSON for checkers and switches. */
#include "lab/pg/admin.h"

#include "lab/pg/words.h"

#include <jansson.h>

static char *write_out(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static json_t *transaction(const struct rcp_bank_transaction *it)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s?, s:i, s:i, s:I, s:I}",
                     "transactionKey",
                     it->key,
                     "orderId",
                     it->order,
                     "userId",
                     it->user,
                     "amount",
                     (json_int_t)it->amount,
                     "status",
                     rcp_words_status(it->status),
                     "reason",
                     rcp_words_reason(it->status, it->reason),
                     "refunds",
                     (int)it->refunds,
                     "callbacks",
                     (int)it->callbacks,
                     "createdAtMs",
                     (json_int_t)it->created_ms,
                     "updatedAtMs",
                     (json_int_t)it->updated_ms);
}

static json_t *transactions(const struct rcp_bank *bank)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < rcp_bank_count(bank); i++) {
        struct rcp_bank_transaction it = rcp_bank_at(bank, i);
        json_array_append_new(list, transaction(&it));
    }
    return list;
}

static json_t *fired(const struct rcp_bank *bank)
{
    json_t *faults = json_object();
    for (uint32_t i = 1; i < RCP_FAULT_COUNT; i++) {
        enum rcp_fault fault = (enum rcp_fault)i;
        uint64_t count = rcp_bank_fired(bank, fault);
        if (count > 0)
            json_object_set_new(
                faults, rcp_fault_info(fault)->name, json_integer((json_int_t)count));
    }
    return faults;
}

char *rcp_admin_ledger(const struct rcp_bank *bank, const struct rcp_callbacks *callbacks)
{
    struct rcp_callback_counts counts = rcp_callbacks_counts(callbacks);
    return write_out(json_pack("{s:o, s:o, s:{s:I, s:I, s:I}}",
                               "transactions",
                               transactions(bank),
                               "fired",
                               fired(bank),
                               "callbacks",
                               "sent",
                               (json_int_t)counts.sent,
                               "answered",
                               (json_int_t)counts.answered,
                               "failed",
                               (json_int_t)counts.failed));
}

char *rcp_admin_rates(const struct rcp_bank *bank)
{
    const struct rcp_rates *rates = rcp_bank_rates(bank);
    json_t *list = json_array();
    for (uint32_t i = 0; i < rates->count; i++) {
        char text[RCP_RATE_TEXT_MAX];
        rcp_rate_write(&rates->rates[i], text);
        json_array_append_new(list, json_string(text));
    }
    return write_out(json_pack("{s:o}", "rates", list));
}

static bool read_rates(struct rcp_rates *rates, const json_t *list, const char **why)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        *why = "a rate is a text: \"pg_500_before@pg_pay=2/5\"";
        if (text == NULL || !rcp_rates_read(rates, text, why))
            return false;
    }
    return true;
}

bool rcp_admin_change(struct rcp_bank *bank, const char *body, size_t size, const char **why)
{
    json_t *object = json_loadb(body, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *silent = json_object_get(object, "silent");
    struct rcp_rates rates = *rcp_bank_rates(bank);
    *why = "the body is an object: {\"clear\": true, \"rates\": [\"...\"], \"silent\": true}";
    if (json_is_true(json_object_get(object, "clear")))
        rates.count = 0;
    bool understood =
        json_is_object(object) && read_rates(&rates, json_object_get(object, "rates"), why);
    if (understood) {
        rcp_bank_set_rates(bank, &rates);
        if (json_is_boolean(silent))
            rcp_bank_set_silent(bank, json_is_true(silent));
    }
    json_decref(object);
    return understood;
}
