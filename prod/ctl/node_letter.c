/* One kind of letter: what it does on the loop's thread is its last part. */
#include "prod/ctl/node_letter.h"

#include <stddef.h>
#include <stdlib.h>

#define WAIT_MS 2000u

struct node_letter {
    struct rcp_letter letter; /* first: the loop gives it back */
    struct rcp_ticket ticket;
    struct rcp_loop *loop;
    struct rcp_operate operate;
    struct rcp_node_status status;
};

static void open_letter(struct rcp_letter *letter,
                        struct rcp_loop *loop,
                        void (*act)(struct node_letter *letter, struct rcp_loop *loop))
{
    struct node_letter *node_letter = (struct node_letter *)letter;
    act(node_letter, loop);
    if (!rcp_ticket_answer(&node_letter->ticket))
        free(node_letter);
}

static void look(struct node_letter *letter, struct rcp_loop *loop)
{
    rcp_node_status(rcp_loop_node(loop), &letter->status);
}

static void open_look(struct rcp_letter *letter, struct rcp_loop *loop)
{
    open_letter(letter, loop, look);
}

static void operate_now(struct node_letter *letter, struct rcp_loop *loop)
{
    struct rcp_event event = {.kind = RCP_EVENT_OPERATE, .operate = letter->operate};
    rcp_loop_step(loop, &event);
}

static void open_operate(struct rcp_letter *letter, struct rcp_loop *loop)
{
    open_letter(letter, loop, operate_now);
}

static void post(struct rcp_ticket *ticket)
{
    struct node_letter *letter =
        (struct node_letter *)((char *)ticket - offsetof(struct node_letter, ticket));
    rcp_loop_post(letter->loop, &letter->letter);
}

/* Answered, and then the caller's again; or NULL. */
static struct node_letter *send_letter(struct rcp_desk *desk, const struct node_letter *of)
{
    struct node_letter *letter = malloc(sizeof *letter);
    if (letter == NULL)
        return NULL;
    *letter = *of;
    if (!rcp_desk_hand_in(desk, &letter->ticket, post)) {
        free(letter);
        return NULL;
    }
    return rcp_desk_wait(desk, &letter->ticket, WAIT_MS) ? letter : NULL;
}

bool rcp_node_look(struct rcp_desk *desk, struct rcp_loop *loop, struct rcp_node_status *status)
{
    struct node_letter *sent =
        send_letter(desk, &(struct node_letter){.letter = {.open = open_look}, .loop = loop});
    if (sent == NULL)
        return false;
    *status = sent->status;
    free(sent);
    return true;
}

bool rcp_node_operate(struct rcp_desk *desk,
                      struct rcp_loop *loop,
                      const struct rcp_operate *operate)
{
    struct node_letter *sent = send_letter(
        desk,
        &(struct node_letter){.letter = {.open = open_operate}, .loop = loop, .operate = *operate});
    free(sent);
    return sent != NULL;
}
