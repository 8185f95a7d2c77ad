/* The table, in the order in which help shows it. */
#include "prod/ctl/verb.h"

#include <string.h>

#define PAYMENT (1u << RCP_CTL_PAYMENT)
#define ORDER   (1u << RCP_CTL_ORDER)
#define WORKER  (1u << RCP_CTL_WORKER)
#define CIRCUIT (1u << RCP_CTL_CIRCUIT)
#define WORKERS "scheduler | consumer | sweep | reconcile"

const struct rcp_ctl_verb_row rcp_ctl_verbs[RCP_CTL_VERB_COUNT] = {
    [RCP_CTL_STATUS] = {.name = "status",
                        .words = "",
                        .sentence = "how this process and what it depends on stand"},
    [RCP_CTL_CONFIG] = {.name = "config",
                        .words = "",
                        .sentence = "the configuration in effect, secrets left out"},
    [RCP_CTL_LIST] = {.name = "list",
                      .options = RCP_CTL_OPTION_PARKED | RCP_CTL_OPTION_PENDING |
                                 RCP_CTL_OPTION_ORDERS | RCP_CTL_OPTION_LIMIT,
                      .words = "[--parked | --pending] [--orders] [--limit N]",
                      .sentence = "what waits for a person; --pending: for its turn"},
    [RCP_CTL_SHOW] = {.name = "show",
                      .objects = PAYMENT | ORDER,
                      .words = "ACTIVITY/USER | ORDER",
                      .sentence = "what the database knows of it, and what operators did"},
    [RCP_CTL_RETRY] = {.name = "retry",
                       .objects = PAYMENT,
                       .changes = true,
                       .words = "ACTIVITY/USER --reason TEXT",
                       .sentence = "try a parked payment again"},
    [RCP_CTL_PARK] = {.name = "park",
                      .objects = PAYMENT,
                      .changes = true,
                      .words = "ACTIVITY/USER --reason TEXT",
                      .sentence = "try an open payment no more, until somebody says retry"},
    [RCP_CTL_REJECT] = {.name = "reject",
                        .objects = PAYMENT,
                        .changes = true,
                        .words = "ACTIVITY/USER --reason TEXT",
                        .sentence = "never approve it: the fence is written, its rows are closed"},
    [RCP_CTL_SETTLE] = {.name = "settle",
                        .objects = PAYMENT | ORDER,
                        .changes = true,
                        .words = "ORDER | ACTIVITY/USER --reason TEXT",
                        .sentence = "its payment has failed: give back what the order took; a "
                                    "payment is rejected"},
    [RCP_CTL_ASK] = {.name = "ask",
                     .objects = ORDER,
                     .changes = true,
                     .words = "ORDER --reason TEXT",
                     .sentence = "ask the payment gateway about it now"},
    [RCP_CTL_PAUSE] = {.name = "pause",
                       .objects = WORKER,
                       .options = RCP_CTL_OPTION_NODE,
                       .changes = true,
                       .words = WORKERS " [--node N] --reason TEXT",
                       .sentence = "let a worker take up nothing new, until resume or a restart"},
    [RCP_CTL_RESUME] = {.name = "resume",
                        .objects = WORKER,
                        .options = RCP_CTL_OPTION_NODE,
                        .changes = true,
                        .words = WORKERS " [--node N] --reason TEXT",
                        .sentence = "let it go on"},
    [RCP_CTL_BREAKER] = {.name = "breaker",
                         .objects = CIRCUIT,
                         .options = RCP_CTL_OPTION_NODE | RCP_CTL_OPTION_SET,
                         .changes = true,
                         .words = "pay | query  open | closed | auto  [--node N] --reason TEXT",
                         .sentence = "hold a circuit to the payment gateway, or let go of it"},
};

enum rcp_ctl_verb rcp_ctl_verb_find(const char *name)
{
    uint32_t verb = 0;
    while (verb < RCP_CTL_VERB_COUNT && strcmp(rcp_ctl_verbs[verb].name, name) != 0)
        verb++;
    return (enum rcp_ctl_verb)verb;
}

uint32_t rcp_ctl_verb_options(enum rcp_ctl_verb verb)
{
    const struct rcp_ctl_verb_row *row = &rcp_ctl_verbs[verb];
    return row->options | (row->objects != 0 ? RCP_CTL_OPTION_OBJECT : 0u) |
           (row->changes ? RCP_CTL_OPTION_REASON : 0u);
}
