/* How a target tells AFL++ that an input is done, in two switches of context and not seven.
 *
 * AFL++'s loop stops its process with raise(SIGSTOP); the fork server sees that, tells afl-fuzz, and wakes
 * the process again for the next input. Here the linker's --wrap=raise puts this file's function in its
 * place: it speaks to afl-fuzz over the fork server's own pipes, while the fork server waits until the
 * process ends, by a crash or by itself, and tells that as ever.
 *
 *   afl-fuzz says: go, 4 bytes        and hears: who runs it, 4 bytes; at the end waitpid's status, 4 bytes
 *
 * A process that goes on says its id together with the status, so that afl-fuzz need not wait for it. A new
 * one is named by the fork server, and must not answer before that: so it waits until the fork server waits
 * (--wrap=waitpid). One that is told to end (AFL_KILL_SIGNAL=15) while it is at work does so; where it has just answered, it
 * took less long than it seemed, and stays. Compiled without instrumentation: what is done here after an
 * answer would count for the next input. */
#include "fuzz/afl_answer.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define GO_FD     198 /* FORKSRV_FD in AFL++'s config.h */
#define STATUS_FD 199

struct answer {
    int32_t status;  /* of waitpid */
    int32_t process; /* that runs the next input */
};

static int go_fd = -1, status_fd = -1;
static int named[2] = {-1, -1}; /* a pipe: the process that the fork server has named */
static volatile sig_atomic_t at_work;

static void end_where_at_work(int number)
{
    if (!at_work)
        return;
    signal(number, SIG_DFL);
    kill(getpid(), number);
}

void fuzz_answer_begin(void)
{
    go_fd = dup(GO_FD); /* the fork server's children close theirs */
    status_fd = dup(STATUS_FD);
    if (go_fd >= 0 && (status_fd < 0 || pipe(named) != 0)) {
        perror("afl_answer");
        exit(2);
    }
    at_work = 1;
    signal(SIGTERM, end_where_at_work);
}

void fuzz_answer_named(void)
{
    pid_t process = 0;
    while (go_fd >= 0 && process != getpid())
        if (read(named[0], &process, sizeof process) != (ssize_t)sizeof process)
            _exit(2);
}

pid_t __real_waitpid(pid_t process, int *status, int options);
pid_t __wrap_waitpid(pid_t process, int *status, int options);
int __wrap_raise(int number);

pid_t __wrap_waitpid(pid_t process, int *status, int options)
{
    if (named[1] >= 0 && write(named[1], &process, sizeof process) != (ssize_t)sizeof process)
        _exit(2);
    return __real_waitpid(process, status, options);
}

int __wrap_raise(int number)
{
    const struct answer answer = {.status = SIGSTOP << 8 | 0x7f, .process = getpid()};
    int32_t go = 0;
    if (number != SIGSTOP || go_fd < 0)
        return kill(getpid(), number);
    at_work = 0;
    if (write(status_fd, &answer, sizeof answer) != (ssize_t)sizeof answer ||
        read(go_fd, &go, sizeof go) != (ssize_t)sizeof go)
        _exit(0); /* afl-fuzz is gone */
    at_work = 1;
    return 0;
}
