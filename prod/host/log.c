/* jansson escapes; one write(2) a line keeps lines whole. */
#include "prod/host/log.h"

#include "prod/loop/clock.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const levels[RCP_LOG_LEVEL_COUNT] = {
    [RCP_LOG_INFO] = "info",
    [RCP_LOG_WARN] = "warn",
    [RCP_LOG_ERROR] = "error",
    [RCP_LOG_ALERT] = "alert",
};

/* RFC 3339, in UTC. */
static void print_time(char *text, size_t size)
{
    uint64_t wall_ms = rcp_wall_ms();
    time_t seconds = (time_t)(wall_ms / 1000u);
    struct tm utc;
    char day[32];
    gmtime_r(&seconds, &utc);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, size, "%s.%03uZ", day, (unsigned)(wall_ms % 1000u));
}

void rcp_log(enum rcp_log_level level, const char *message, const struct rcp_log_field fields[])
{
    char at[40];
    print_time(at, sizeof at);
    json_t *line = json_object();
    json_object_set_new(line, "time", json_string(at));
    json_object_set_new(line, "level", json_string(levels[level]));
    json_object_set_new(line, "message", json_string(message));
    for (; fields != NULL && fields->name != NULL; fields++)
        json_object_set_new(line,
                            fields->name,
                            fields->text != NULL ? json_string(fields->text)
                                                 : json_integer((json_int_t)fields->number));
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (text == NULL)
        return;
    size_t size = strlen(text);
    text[size++] = '\n'; /* in the place of the NUL */
    if (write(STDERR_FILENO, text, size) < 0) {
        /* Nobody reads: the work goes on all the same. */
    }
    free(text);
}
