/* Waits for the daemon's epoll descriptor and for a word from outside; what touches the daemon is done between two
 * turns, by its own thread. */
#include "prod/http/turn_adapter.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define DOOR_NICE (-10)

struct rcp_turn {
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int epoll;
    int word;         /* eventfd */
    atomic_bool said; /* there is a word in it */
    atomic_bool quiesce;
    atomic_bool end;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool quiet; /* under the lock: the listening socket is closed */
};

static int wait_ms(struct MHD_Daemon *daemon)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;
    if (MHD_get_timeout(daemon, &ms) != MHD_YES)
        return -1;
    return ms < INT_MAX ? (int)ms : INT_MAX;
}

static void close_listening(struct rcp_turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    if (!turn->quiet) {
        MHD_socket listening = MHD_quiesce_daemon(turn->daemon);
        if (listening != MHD_INVALID_SOCKET)
            close(listening);
    }
    turn->quiet = true;
    pthread_cond_broadcast(&turn->changed);
    pthread_mutex_unlock(&turn->lock);
}

/* A word that comes while another one is heard is heard in the next turn. */
static void hear(struct rcp_turn *turn)
{
    uint64_t words = 0;
    while (read(turn->word, &words, sizeof words) < 0 && errno == EINTR)
        continue;
    atomic_store(&turn->said, false);
}

/* Where all processors are busy, who is refused is to hear it at once, so the door goes before the house. For this
 * thread alone (setpriority(2), "C library/kernel differences"); where it is not allowed (RLIMIT_NICE), it takes
 * its turn with the others. */
static void go_first(void)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), DOOR_NICE);
}

static void *run(void *context)
{
    struct rcp_turn *turn = context;
    go_first();
    while (!atomic_load(&turn->end)) {
        struct pollfd waits[] = {{.fd = turn->epoll, .events = POLLIN},
                                 {.fd = turn->word, .events = POLLIN}};
        poll(waits, 2, wait_ms(turn->daemon));
        if (waits[1].revents != 0)
            hear(turn);
        if (atomic_load(&turn->quiesce))
            close_listening(turn);
        MHD_run(turn->daemon);
    }
    return NULL;
}

bool rcp_turn_begin(struct rcp_turn **begun, struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct rcp_turn *turn = calloc(1, sizeof *turn);
    if (turn == NULL || info == NULL) {
        free(turn);
        return false;
    }
    *begun = turn;
    turn->daemon = daemon;
    turn->epoll = info->epoll_fd;
    turn->word = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&turn->lock, NULL);
    pthread_cond_init(&turn->changed, NULL);
    if (turn->word >= 0 && pthread_create(&turn->thread, NULL, run, turn) == 0)
        return true;
    if (turn->word >= 0)
        close(turn->word);
    pthread_cond_destroy(&turn->changed);
    pthread_mutex_destroy(&turn->lock);
    free(turn);
    *begun = NULL;
    return false;
}

void rcp_turn_wake(struct rcp_turn *turn)
{
    static const uint64_t one = 1;
    if (atomic_exchange(&turn->said, true))
        return;
    while (write(turn->word, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

void rcp_turn_quiesce(struct rcp_turn *turn)
{
    atomic_store(&turn->quiesce, true);
    rcp_turn_wake(turn);
    pthread_mutex_lock(&turn->lock);
    while (!turn->quiet)
        pthread_cond_wait(&turn->changed, &turn->lock);
    pthread_mutex_unlock(&turn->lock);
}

void rcp_turn_end(struct rcp_turn *turn)
{
    atomic_store(&turn->end, true);
    rcp_turn_wake(turn);
    pthread_join(turn->thread, NULL);
    MHD_stop_daemon(turn->daemon);
    close(turn->word);
    pthread_cond_destroy(&turn->changed);
    pthread_mutex_destroy(&turn->lock);
    free(turn);
}
