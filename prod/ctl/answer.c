/* Lines of JSON, both ways. */
#include "prod/ctl/answer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[RCP_CTL_OUTCOME_COUNT] = {
    [RCP_CTL_DONE] = "done",
    [RCP_CTL_REFUSED] = "refused",
    [RCP_CTL_UNKNOWN] = "unknown",
    [RCP_CTL_WRONG] = "wrong",
};

void rcp_ctl_say(struct rcp_ctl_answer *answer,
                 enum rcp_ctl_outcome outcome,
                 const char *format,
                 ...)
{
    va_list values;
    va_start(values, format);
    vsnprintf(answer->message, sizeof answer->message, format, values);
    va_end(values);
    json_decref(answer->result);
    answer->result = NULL;
    answer->outcome = outcome;
}

const char *rcp_ctl_outcome_name(enum rcp_ctl_outcome outcome)
{
    return names[outcome];
}

enum rcp_ctl_outcome rcp_ctl_outcome_find(const char *name)
{
    uint32_t outcome = 0;
    while (outcome < RCP_CTL_OUTCOME_COUNT && strcmp(names[outcome], name) != 0)
        outcome++;
    return (enum rcp_ctl_outcome)outcome;
}

char *rcp_ctl_line(const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    size_t size = text == NULL ? 0 : strlen(text);
    char *line = text == NULL ? NULL : realloc(text, size + 2u);
    if (line == NULL)
        free(text);
    else
        memcpy(line + size, "\n", 2u);
    return line;
}

char *rcp_ctl_answer_line(struct rcp_ctl_answer *answer)
{
    json_t *object = json_object();
    json_object_set_new(object, "outcome", json_string(names[answer->outcome]));
    if (answer->message[0] != '\0')
        json_object_set_new(object, "message", json_string(answer->message));
    if (answer->result != NULL)
        json_object_set_new(object, "result", answer->result);
    answer->result = NULL;
    char *line = rcp_ctl_line(object);
    json_decref(object);
    return line;
}
