/* What needs a blocking connection and no hurry: late checks, and the backlog. */
#include "cmd/recoupd/served.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#define ROUND_MS   200u
#define LOOK_MS    5000u /* between two looks at the backlog */
#define RECHECK_MS 2000u /* between two questions to a server that does not answer */

static_assert(LOOK_MS % ROUND_MS == 0 && RECHECK_MS % ROUND_MS == 0,
              "what is counted down in rounds comes to 0");

struct observing {
    struct served *served;
    enum check_end mysql;
    enum check_end kafka;
    struct rcp_session *session; /* for the backlog; NULL: none stands */
};

/* --- Late checks --- */

static void note(struct served *served, enum check_end end)
{
    if (end == CHECK_WRONG)
        atomic_store(&served->wrong, true);
    if (end == CHECK_WEAK)
        atomic_store(&served->weak, true);
}

static void check_again(struct observing *observing)
{
    struct served *served = observing->served;
    if (observing->mysql == CHECK_AWAY) {
        observing->mysql = check_mysql(served->config, &served->addresses);
        note(served, observing->mysql);
    }
    if (observing->kafka == CHECK_AWAY) {
        observing->kafka = check_kafka(served->config);
        note(served, observing->kafka);
    }
}

/* --- The backlog --- */

static void forget_session(struct observing *observing)
{
    if (observing->session != NULL)
        rcp_session_close(observing->session);
    observing->session = NULL;
}

static void look(struct observing *observing)
{
    struct served *served = observing->served;
    struct rcp_session_options options;
    struct rcp_session_error error;
    struct rcp_backlog backlog;
    rcp_options_session(served->config, &served->addresses, &options);
    if (observing->session == NULL)
        observing->session = rcp_session_open(&options, &error);
    bool known = observing->session != NULL && rcp_backlog_read(observing->session, &backlog);
    if (!known)
        forget_session(observing);
    pthread_mutex_lock(&served->backlog_lock);
    if (known)
        served->backlog = backlog;
    pthread_mutex_unlock(&served->backlog_lock);
    atomic_store(&served->backlog_known, known);
}

/* --- The thread --- */

static void pause_ms(uint32_t ms)
{
    const struct timespec time = {ms / 1000u, (long)(ms % 1000u) * 1000000l};
    nanosleep(&time, NULL);
}

static void *observe(void *context)
{
    struct observing observing = *(struct observing *)context;
    free(context);
    uint32_t until_look_ms = 0, until_check_ms = RECHECK_MS;
    while (!atomic_load(&observing.served->observer_ends)) {
        if (until_check_ms == 0) {
            check_again(&observing);
            until_check_ms = RECHECK_MS;
        }
        if (until_look_ms == 0) {
            look(&observing);
            until_look_ms = LOOK_MS;
        }
        pause_ms(ROUND_MS);
        until_check_ms -= ROUND_MS;
        until_look_ms -= ROUND_MS;
    }
    forget_session(&observing);
    rcp_session_thread_end();
    return NULL;
}

bool observer_begin(struct served *served, enum check_end mysql, enum check_end kafka)
{
    struct observing *observing = calloc(1, sizeof *observing);
    if (observing == NULL)
        return false;
    *observing = (struct observing){.served = served, .mysql = mysql, .kafka = kafka};
    note(served, mysql);
    note(served, kafka);
    served->observed = pthread_create(&served->observer, NULL, observe, observing) == 0;
    if (!served->observed)
        free(observing);
    return served->observed;
}

void observer_end(struct served *served)
{
    atomic_store(&served->observer_ends, true);
    if (served->observed)
        pthread_join(served->observer, NULL);
    served->observed = false;
}
