/* One write() a line. It need not reach the disk: the process may die, not the machine. */
#include "lab/pg/ledger.h"

#include "lab/pg/words.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rcp_ledger {
    int file;
};

/* --- Writing --- */

static json_t *in_words(const struct rcp_bank_transaction *it)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:i, s:i, s:I, s:I, s:s}",
                     "transactionKey",
                     it->key,
                     "orderId",
                     it->order,
                     "userId",
                     it->user,
                     "cardType",
                     it->card->type,
                     "cardNo",
                     it->card->number,
                     "amount",
                     (json_int_t)it->amount,
                     "status",
                     rcp_words_status(it->status),
                     "fate",
                     rcp_fault_info(it->fate)->name,
                     "refunds",
                     (int)it->refunds,
                     "callbacks",
                     (int)it->callbacks,
                     "createdAtMs",
                     (json_int_t)it->created_ms,
                     "updatedAtMs",
                     (json_int_t)it->updated_ms,
                     "callbackUrl",
                     it->callback_url);
}

static void give_up(const char *why)
{
    fprintf(stderr, "recoup-lab pg: cannot write the ledger: %s\n", why);
    abort();
}

void rcp_ledger_write(struct rcp_ledger *ledger, const struct rcp_bank_transaction *it)
{
    json_t *words = in_words(it);
    char *text = json_dumps(words, JSON_COMPACT);
    json_decref(words);
    char *line = NULL;
    int size = text == NULL ? -1 : asprintf(&line, "%s\n", text);
    free(text);
    if (size < 0)
        give_up("memory is short");
    if (write(ledger->file, line, (size_t)size) != size)
        give_up(strerror(errno));
    free(line);
}

/* --- Reading --- */

static bool find_status(const char *name, enum rcp_pg_status *status)
{
    for (uint32_t i = 0; name != NULL && i < RCP_PG_STATUS_COUNT; i++)
        if (strcmp(rcp_words_status((enum rcp_pg_status)i), name) == 0) {
            *status = (enum rcp_pg_status)i;
            return true;
        }
    return false;
}

static bool find_fate(const char *name, enum rcp_fault *fate)
{
    for (uint32_t i = 0; name != NULL && i < RCP_FAULT_COUNT; i++)
        if (strcmp(rcp_fault_info((enum rcp_fault)i)->name, name) == 0) {
            *fate = (enum rcp_fault)i;
            return true;
        }
    return false;
}

static enum rcp_pg_reason reason_of(const struct rcp_bank_transaction *it)
{
    if (it->status != RCP_PG_FAILED)
        return RCP_PG_REASON_NONE;
    return it->fate == RCP_FAULT_PG_OVER_LIMIT ? RCP_PG_REASON_LIMIT : RCP_PG_REASON_CARD;
}

/* Texts live as long as the line. */
static bool read_words(json_t *line, struct rcp_bank_transaction *it, struct rcp_card *card)
{
    const char *type = NULL, *number = NULL, *status = NULL, *fate = NULL;
    json_int_t amount = 0, created_ms = 0, updated_ms = 0;
    int refunds = 0, callbacks = 0;
    if (json_unpack(line,
                    "{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:i, s:i, s:I, s:I, s:s}",
                    "transactionKey",
                    &it->key,
                    "orderId",
                    &it->order,
                    "userId",
                    &it->user,
                    "cardType",
                    &type,
                    "cardNo",
                    &number,
                    "amount",
                    &amount,
                    "status",
                    &status,
                    "fate",
                    &fate,
                    "refunds",
                    &refunds,
                    "callbacks",
                    &callbacks,
                    "createdAtMs",
                    &created_ms,
                    "updatedAtMs",
                    &updated_ms,
                    "callbackUrl",
                    &it->callback_url) != 0)
        return false;
    if (!rcp_card_read(card, type, number) || !find_status(status, &it->status) ||
        !find_fate(fate, &it->fate))
        return false;
    it->card = card;
    it->amount = (uint64_t)amount;
    it->created_ms = (uint64_t)created_ms;
    it->updated_ms = (uint64_t)updated_ms;
    it->refunds = (uint32_t)refunds;
    it->callbacks = (uint32_t)callbacks;
    it->reason = reason_of(it);
    return true;
}

/* NULL, or what is wrong with it. */
static const char *restore_line(struct rcp_bank *bank, const char *text, size_t size)
{
    struct rcp_bank_transaction it = {0};
    struct rcp_card card;
    const char *why = NULL;
    json_t *line = json_loadb(text, size, 0, NULL);
    if (line == NULL || !read_words(line, &it, &card))
        why = "a line of the ledger is no transaction";
    else if (!rcp_bank_restore(bank, &it))
        why = "the ledger has more transactions than there is --room for";
    json_decref(line);
    return why;
}

/* *end is where the last whole line ends. */
static const char *restore(struct rcp_bank *bank, FILE *file, off_t *end)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size = 0;
    const char *why = NULL;
    *end = 0;
    while (why == NULL && (size = getline(&line, &room, file)) > 0 && line[size - 1] == '\n') {
        why = restore_line(bank, line, (size_t)size);
        *end += size;
    }
    free(line);
    return why;
}

/* --- Both --- */

static int open_file(const char *path, struct rcp_bank *bank, const char **why)
{
    off_t end = 0;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fopen(path, "rbe");
    *why = file == NULL ? strerror(errno) : restore(bank, file, &end);
    if (file != NULL)
        fclose(file);
    if (*why == NULL && ftruncate(fd, end) != 0)
        *why = strerror(errno);
    if (*why == NULL || fd < 0)
        return fd;
    close(fd);
    return -1;
}

struct rcp_ledger *rcp_ledger_open(const char *path, struct rcp_bank *bank, const char **why)
{
    struct rcp_ledger *ledger = calloc(1, sizeof *ledger);
    if (ledger == NULL) {
        *why = "memory is short";
        return NULL;
    }
    ledger->file = open_file(path, bank, why);
    if (ledger->file >= 0)
        return ledger;
    free(ledger);
    return NULL;
}

void rcp_ledger_close(struct rcp_ledger *ledger)
{
    if (ledger == NULL)
        return;
    close(ledger->file);
    free(ledger);
}
