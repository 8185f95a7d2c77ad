/* What comes to the operators' socket, and what stands behind `recoupd ctl`. The first byte says what it is:
 *
 *   j   a line
 *   w   words, one on each line
 *
 * What is accepted is what its verb takes, and words that are accepted make a line that is. */
#include "fuzz/target.h"
#include "prod/ctl/request.h"

#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "ctl_request";

#define TEXT_MAX  4096u
#define WORDS_MAX 24u

static char text[TEXT_MAX + 1u];

void fuzz_begin(void)
{
}

static void check_object(const struct rcp_ctl_request *request)
{
    const struct rcp_ctl_verb_row *row = &rcp_ctl_verbs[request->verb];
    char name[RCP_CTL_NAME_MAX];
    rcp_ctl_object_name(request, name);
    if ((request->object != RCP_CTL_NOTHING) != (row->objects != 0) ||
        (row->objects != 0 && (row->objects & 1u << request->object) == 0))
        fuzz_fail("%s is about \"%s\"", row->name, name);
    if ((name[0] != '\0') != (row->objects != 0))
        fuzz_fail("%s is about what has no name", row->name);
    if (request->object == RCP_CTL_PAYMENT &&
        (request->activity_id == 0 || request->activity_id > INT64_MAX || request->user_id == 0 ||
         request->user_id > INT64_MAX))
        fuzz_fail("no payment is %s", name);
    if (request->object == RCP_CTL_ORDER &&
        (request->order_id == 0 || request->order_id > INT64_MAX))
        fuzz_fail("no order is %s", name);
}

static void check(const struct rcp_ctl_request *request)
{
    if (request->verb >= RCP_CTL_VERB_COUNT)
        fuzz_fail("a request without a verb");
    check_object(request);
    if ((request->reason[0] != '\0') != rcp_ctl_verbs[request->verb].changes)
        fuzz_fail("a reason is missing, or too many");
    if ((request->limit > 0) != (request->verb == RCP_CTL_LIST) ||
        request->limit > RCP_CTL_LIMIT_MAX)
        fuzz_fail("a limit of %u", request->limit);
    if ((request->setting[0] != '\0') != (request->verb == RCP_CTL_BREAKER))
        fuzz_fail("set to \"%s\"", request->setting);
}

static bool read_line(const char *line, size_t size)
{
    struct rcp_ctl_request request;
    char wrong[RCP_CTL_WRONG_MAX] = "";
    if (rcp_ctl_request_read(line, size, &request, wrong)) {
        check(&request);
        return true;
    }
    if (wrong[0] == '\0')
        fuzz_fail("refused without a word");
    return false;
}

static void read_words(char *bytes)
{
    char *words[WORDS_MAX];
    char wrong[RCP_CTL_WRONG_MAX] = "";
    char *rest = NULL;
    int count = 0;
    for (char *word = strtok_r(bytes, "\n", &rest); word != NULL && count < (int)WORDS_MAX;
         word = strtok_r(NULL, "\n", &rest))
        words[count++] = word;
    char *line = rcp_ctl_request_line(count, words, wrong);
    if (line == NULL && wrong[0] == '\0')
        fuzz_fail("refused without a word");
    if (line != NULL && !read_line(line, strlen(line)))
        fuzz_fail("words make a line that is refused");
    free(line);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    if (size == 0 || size > TEXT_MAX)
        return;
    memcpy(text, bytes + 1, size - 1u);
    text[size - 1u] = '\0';
    if (bytes[0] == 'j')
        read_line(text, size - 1u);
    else if (bytes[0] == 'w')
        read_words(text);
}
