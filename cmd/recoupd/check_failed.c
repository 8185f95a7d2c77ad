/* A broken check is a bug in this program: it stops the process before anything else happens, but that the
 * flight recorder writes down by which event. What it had promised is safe: it stands in the database or on the
 * topic, and another process goes on with it. */
#include "core/check.h"
#include "prod/loop/loop.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *words)
{
    if (write(STDERR_FILENO, words, strlen(words)) < 0)
        abort();
}

void rcp_check_failed(const char *id)
{
    say("{\"level\":\"fatal\",\"message\":\"a check failed: this is a bug in "
        "recoupd\",\"check\":\"");
    say(id);
    say("\"}\n");
    rcp_loop_broken(id);
    abort();
}
