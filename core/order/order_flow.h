/* An order flow: one request about an order, or one item of a reconcile pass, on its way through
 * order_table.c. Requests take slots [0, orders), items [orders, orders + settles). */
#ifndef RCP_CORE_ORDER_ORDER_FLOW_H
#define RCP_CORE_ORDER_ORDER_FLOW_H

#include "core/gateway/query.h"
#include "core/state.h"

/* Where a flow stands: what it waits for. */
enum rcp_order_stage {
    RCP_STAGE_FREE,
    RCP_STAGE_PLACE,        /* PLACE */
    RCP_STAGE_FIND,         /* PLACE's COMMIT unknown: KILL, then FIND */
    RCP_STAGE_PAY,          /* the PG: PAY */
    RCP_STAGE_ASK,          /* the PG: LIST */
    RCP_STAGE_PRICE,        /* the PG: GET of a SUCCESS that has no price yet */
    RCP_STAGE_RESULT,       /* RESULT, as decided */
    RCP_STAGE_KEEP,         /* goes to RESULT: accepted, the key is stored */
    RCP_STAGE_FAIL,         /* goes to RESULT: it has failed */
    RCP_STAGE_TAKE,         /* goes to RESULT: PAID, on somebody's word (documented) */
    RCP_STAGE_LOOK,         /* FIND: how does it stand? */
    RCP_STAGE_HINT,         /* FIND: which order is this callback about? */
    RCP_STAGE_INQUIRE,      /* FIND: an operator wants the PG to be asked */
    RCP_STAGE_OVERRIDE,     /* FIND: an operator says that it has failed */
    RCP_STAGE_REFUND_ASK,   /* the PG: GET, before a refund is sent once more */
    RCP_STAGE_REFUND,       /* the PG: REFUND */
    RCP_STAGE_REFUND_WRITE, /* REFUND: how it ended */
    RCP_STAGE_TELL,         /* TOLD: a person was told */
    RCP_STAGE_PAUSE,        /* goes on in `resume` when its pause is over */
    RCP_STAGE_COUNT
};

/* What came back, in the words of order_table.c. */
enum rcp_order_answer {
    RCP_SAID_NONE,

    /* PLACE, FIND: enum rcp_order_verdict */
    RCP_SAID_PLACED,
    RCP_SAID_PAID,
    RCP_SAID_FAILED,
    RCP_SAID_UNSURE,
    RCP_SAID_RUNNING, /* another flow has it in hand */
    RCP_SAID_OTHER,
    RCP_SAID_NO_STOCK,
    RCP_SAID_NO_POINT,
    RCP_SAID_NO_COUPON,
    RCP_SAID_PRICE,
    RCP_SAID_NOTHING,

    /* FIND: how it stands, for those who are not the buyer that placed it just now */
    RCP_SAID_SETTLED,     /* however it stands: that is the answer. Also after RESULT */
    RCP_SAID_FOREIGN,     /* it is another user's */
    RCP_SAID_OPEN,        /* the PG is still to be asked. After RESULT: still so */
    RCP_SAID_CLOSED,      /* there is nothing to be asked, or no such order */
    RCP_SAID_SAYS_PAID,   /* HINT: it is open, and the callback says SUCCESS */
    RCP_SAID_SAYS_FAILED, /* HINT: it is open, and the callback says anything else */
    RCP_SAID_COALESCED,   /* HINT: a flow of this node settles it already */

    /* PAY */
    RCP_SAID_ACCEPTED,     /* PENDING */
    RCP_SAID_SUCCESS,      /* SUCCESS at once */
    RCP_SAID_DECLINED,     /* FAILED at once */
    RCP_SAID_BUSINESS,     /* BusinessError */
    RCP_SAID_CIRCUIT_OPEN, /* CircuitOpen */
    RCP_SAID_AGAIN,        /* surely not done; tries and time are left */
    RCP_SAID_SPENT,        /* surely not done; no try or no time is left */
    RCP_SAID_ASK_FIRST,    /* may have happened; a fresh NotFound allows a resend */
    RCP_SAID_UNCERTAIN,    /* ResponseUncertain */

    /* ASK, PRICE */
    RCP_SAID_NO_RECORD, /* PLACE's flow: a fresh NotFound; tries and time are left */
    RCP_SAID_UNPRICED,  /* a price is still to be asked for */
    RCP_SAID_DECIDED,   /* also of a refund: what is to be written stands in the row */
    RCP_SAID_HINTED,    /* PENDING, but a callback came meanwhile */
    RCP_SAID_LEFT,      /* nothing to write: it stays as it is */

    /* RESULT and other writes */
    RCP_SAID_WRITTEN,
    RCP_SAID_STALE,   /* its version moved on, and somebody waits for an answer */
    RCP_SAID_SKIPPED, /* not written, and nobody waits: skipped, and counted where it was stale */
    RCP_SAID_CONTENTION,  /* 1205, 1213: once more in place */
    RCP_SAID_WHOLE_AGAIN, /* documented: the whole of placeOrder once more */
    RCP_SAID_REFUSED,
    RCP_SAID_UNKNOWN,
    RCP_SAID_UNSETTLED, /* not known to be written, and an operator waits */

    RCP_SAID_KEPT, /* REFUND_ASK: the PG still has the money */
    RCP_SAID_COUNT
};

enum rcp_order_kind {
    RCP_ORDER_KIND_NONE,
    RCP_ORDER_KIND_PLACE,
    RCP_ORDER_KIND_CALLBACK,
    RCP_ORDER_KIND_STATUS,
    RCP_ORDER_KIND_INQUIRY,  /* operator: ask the PG */
    RCP_ORDER_KIND_OVERRIDE, /* operator: it has failed */
    RCP_ORDER_KIND_SETTLE,   /* item of a reconcile pass, and the others below */
    RCP_ORDER_KIND_REFUND,
    RCP_ORDER_KIND_ALERT,
    RCP_ORDER_KIND_COUNT
};

struct rcp_order_flow {
    uint64_t op_id;           /* effect it waits for; 0: its pause, or room for a call */
    uint64_t request_id;      /* whom it answers; 0: nobody */
    uint64_t user_id;         /* who asks */
    uint64_t deadline_ms;     /* mono: who waits is answered by then; else no more calls then */
    uint64_t wake_ms;         /* PAUSE: mono */
    struct rcp_order_row row; /* the order as last read, and what is to be written of it */
    struct rcp_pg_try try;
    uint64_t said_key;       /* HINT: the transaction, as the callback says */
    uint32_t session;        /* whose COMMIT is unknown */
    uint32_t pause_ms;       /* of the next pause */
    uint16_t next;           /* in the free list */
    uint8_t stage;           /* enum rcp_order_stage */
    uint8_t resume;          /* PAUSE: enum rcp_order_stage */
    uint8_t kind;            /* enum rcp_order_kind */
    uint8_t sends;           /* tries of PAY */
    uint8_t posts;           /* those that may have made a transaction */
    uint8_t came_to;         /* enum rcp_pg_class: what the tries came to */
    uint8_t repeats;         /* of a transaction, in place */
    uint8_t rounds;          /* documented: of the whole of placeOrder, after the first */
    uint8_t replied;         /* nobody waits any more, or ever did */
    uint8_t hinted;          /* a callback came while it settled */
    uint8_t says;            /* HINT: enum rcp_order_answer, SAYS_PAID or SAYS_FAILED */
    uint8_t said_failure;    /* HINT: enum rcp_failure, by the reason that the callback gives */
    uint8_t spare[2];        /* zero */
    struct rcp_pg_seen seen; /* last: a snapshot keeps only what is used of it */
};

static inline struct rcp_order_flow *rcp_order_flow_at(const struct rcp_node *node, uint32_t slot)
{
    return (struct rcp_order_flow *)((uintptr_t)node + node->orders_at) + slot;
}

static inline uint32_t rcp_order_slots(const struct rcp_node *node)
{
    return node->limits.orders + node->limits.settles;
}

static inline bool rcp_order_is_item(const struct rcp_node *node, uint32_t slot)
{
    return slot >= node->limits.orders;
}

/* Takes a slot for a request or an item, zeroed; RCP_NO_SLOT where all are taken. */
uint32_t rcp_order_take(struct rcp_node *node, bool item);

/* Goes to a stage and does what it is for. */
void rcp_order_enter(struct rcp_step *step, uint32_t slot, enum rcp_order_stage stage);

/* Looks the answer up in order_table.c and makes the move. */
void rcp_order_answer(struct rcp_step *step, uint32_t slot, enum rcp_order_answer answer);

/* The completion that a flow waits for. */
void rcp_order_mysql_done(struct rcp_step *step, uint32_t slot, const struct rcp_mysql_done *done);
void rcp_order_pg_done(struct rcp_step *step, const struct rcp_pg_done *done);

/* --- For the files of this folder --- */

/* Milliseconds until the deadline. */
uint32_t rcp_order_left_ms(const struct rcp_step *step, const struct rcp_order_flow *flow);

/* True where one flow more may go on in this step: none has more than one row or three effects in it. */
static inline bool rcp_order_step_has_room(const struct rcp_step *step)
{
    return step->effects->order_count + 4u <= RCP_EFFECT_ORDERS_MAX &&
           step->effects->count + 16u <= RCP_EFFECTS_MAX;
}

/* A flow's pause is over. */
void rcp_order_resume(struct rcp_step *step, uint32_t slot);

/* In whose name a flow acts. */
enum rcp_role rcp_order_role(const struct rcp_order_flow *flow);

/* Answers a request that needs no flow. */
void rcp_order_refuse(struct rcp_step *step, uint64_t request_id, enum rcp_status status);

#endif
