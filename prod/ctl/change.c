/* Each verb's request to the core, and the core's answers in words. */
#include "prod/ctl/change.h"

#include "prod/ctl/node_letter.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#define WAIT_MS (RCP_ORDER_DEADLINE_MS + 5000u) /* the core's own deadline, and some */

static_assert(RCP_REQUEST_DEADLINE_MS <= RCP_ORDER_DEADLINE_MS, "no request takes longer");

static const char stopping[] = "recoupd is stopping; nothing was done. Ask another instance";

/* --- A request --- */

struct question {
    struct rcp_exchange exchange; /* first: the door gives it back */
    struct rcp_ticket ticket;
    struct rcp_door *door;
};

static void answered(struct rcp_exchange *exchange)
{
    struct question *question = (struct question *)exchange;
    if (!rcp_ticket_answer(&question->ticket))
        free(question);
}

static void post(struct rcp_ticket *ticket)
{
    struct question *question =
        (struct question *)((char *)ticket - offsetof(struct question, ticket));
    question->exchange.answered = answered;
    rcp_door_ask(question->door, &question->exchange);
}

static enum rcp_request_kind kind_of(const struct rcp_ctl_request *request)
{
    switch (request->verb) {
    case RCP_CTL_RETRY:
        return RCP_REQUEST_RETRY;
    case RCP_CTL_PARK:
        return RCP_REQUEST_PARK;
    case RCP_CTL_REJECT:
        return RCP_REQUEST_REJECT;
    case RCP_CTL_SETTLE:
        return request->object == RCP_CTL_ORDER ? RCP_REQUEST_ORDER_FAIL : RCP_REQUEST_REJECT;
    case RCP_CTL_ASK:
        return RCP_REQUEST_ORDER_ASK;
    case RCP_CTL_STATUS:
    case RCP_CTL_CONFIG:
    case RCP_CTL_LIST:
    case RCP_CTL_SHOW:
    case RCP_CTL_PAUSE:
    case RCP_CTL_RESUME:
    case RCP_CTL_BREAKER:
    case RCP_CTL_VERB_COUNT:
        break;
    }
    rcp_check_failed("verb_asks_the_core");
}

static const struct {
    enum rcp_request_kind kind;
    enum rcp_status status;
    enum rcp_ctl_outcome outcome;
    const char *sentence;
} words[] = {
    {RCP_REQUEST_RETRY,
     RCP_STATUS_OK,
     RCP_CTL_DONE,
     "it is open again: a scheduler takes it at its next tick"},
    {RCP_REQUEST_RETRY, RCP_STATUS_CONFLICT, RCP_CTL_REFUSED, "it is decided: see show"},
    {RCP_REQUEST_RETRY,
     RCP_STATUS_NOT_FOUND,
     RCP_CTL_REFUSED,
     "no parked row is there to be tried"},
    {RCP_REQUEST_PARK, RCP_STATUS_OK, RCP_CTL_DONE, "parked: it is tried no more until retry"},
    {RCP_REQUEST_PARK, RCP_STATUS_CONFLICT, RCP_CTL_REFUSED, "it is decided: see show"},
    {RCP_REQUEST_PARK, RCP_STATUS_NOT_FOUND, RCP_CTL_REFUSED, "no open row is there to be parked"},
    {RCP_REQUEST_REJECT, RCP_STATUS_OK, RCP_CTL_DONE, "rejected: it will never be approved"},
    {RCP_REQUEST_REJECT, RCP_STATUS_CONFLICT, RCP_CTL_REFUSED, "it is approved, and stays so"},
    {RCP_REQUEST_ORDER_ASK, RCP_STATUS_OK, RCP_CTL_DONE, "asked, where anything was open"},
    {RCP_REQUEST_ORDER_ASK, RCP_STATUS_NOT_FOUND, RCP_CTL_REFUSED, "there is no such order"},
    {RCP_REQUEST_ORDER_FAIL,
     RCP_STATUS_OK,
     RCP_CTL_DONE,
     "its payment has failed, and what the order took is given back"},
    {RCP_REQUEST_ORDER_FAIL,
     RCP_STATUS_CONFLICT,
     RCP_CTL_REFUSED,
     "it is settled already: see show"},
    {RCP_REQUEST_ORDER_FAIL, RCP_STATUS_NOT_FOUND, RCP_CTL_REFUSED, "there is no such order"},
};

static void put_into_words(enum rcp_request_kind kind,
                           const struct rcp_reply *reply,
                           struct rcp_ctl_answer *answer)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == kind && words[i].status == reply->status) {
            rcp_ctl_say(answer, words[i].outcome, "%s", words[i].sentence);
            return;
        }
    rcp_ctl_say(answer,
                RCP_CTL_UNKNOWN,
                "nobody knows what became of it (%d): see show, and ask again; asking is safe",
                (int)reply->status);
}

static struct question *ask_about(const struct rcp_ctl_request *request)
{
    struct question *question = calloc(1, sizeof *question);
    if (question == NULL)
        return NULL;
    struct rcp_ask *ask = &question->exchange.ask;
    ask->kind = kind_of(request);
    ask->token.activity_id = request->activity_id;
    ask->token.user_id = request->user_id;
    ask->order.order_id = request->order_id;
    if (rcp_trace_begin(&ask->trace, NULL))
        return question;
    free(question);
    return NULL;
}

void rcp_change_ask(struct rcp_desk *desk,
                    const struct rcp_ctl_node *node,
                    const struct rcp_ctl_request *request,
                    struct rcp_ctl_answer *answer)
{
    struct question *question = ask_about(request);
    if (question == NULL) {
        rcp_ctl_say(answer, RCP_CTL_REFUSED, "memory is short; nothing was done");
        return;
    }
    question->door = node->door;
    if (!rcp_desk_hand_in(desk, &question->ticket, post)) {
        rcp_ctl_say(answer, RCP_CTL_REFUSED, "%s", stopping);
        free(question);
    } else if (!rcp_desk_wait(desk, &question->ticket, WAIT_MS)) {
        rcp_ctl_say(answer,
                    RCP_CTL_UNKNOWN,
                    "node %u has not answered; it may do it yet. See status, and show",
                    node->number);
    } else {
        put_into_words(question->exchange.ask.kind, &question->exchange.reply, answer);
        free(question);
    }
}

/* --- An event --- */

void rcp_change_operate(struct rcp_desk *desk,
                        const struct rcp_ctl_node nodes[],
                        uint32_t count,
                        const struct rcp_ctl_request *request,
                        struct rcp_ctl_answer *answer)
{
    uint32_t named = 0, told = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (request->node != 0 && request->node != nodes[i].number)
            continue;
        named++;
        told += rcp_node_operate(desk, nodes[i].loop, &request->operate) ? 1u : 0u;
    }
    if (named == 0)
        rcp_ctl_say(answer, RCP_CTL_REFUSED, "node %u is not of this process", request->node);
    else if (told == named)
        rcp_ctl_say(answer, RCP_CTL_DONE, "done on %u of its nodes; a restart forgets it", told);
    else
        rcp_ctl_say(answer,
                    RCP_CTL_UNKNOWN,
                    "%u of %u nodes have not answered; they may do it yet. See status",
                    named - told,
                    named);
}
