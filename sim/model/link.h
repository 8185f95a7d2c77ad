/* How long a message takes from here to there, and who is told what it was about. */
#ifndef RCP_SIM_MODEL_LINK_H
#define RCP_SIM_MODEL_LINK_H

#include "sim/choose.h"

enum rcp_link {
    RCP_LINK_HTTP,
    RCP_LINK_REDIS,
    RCP_LINK_MYSQL,
    RCP_LINK_KAFKA,
    RCP_LINK_PG,
    RCP_LINK_COUNT
};

struct rcp_span {
    uint64_t shortest_ms;
    uint64_t longest_ms;
};

/* The window of one way over this link, as chance has it. */
struct rcp_span rcp_link_span(enum rcp_link link, struct rcp_fate fate);

/* An effect that a node has issued, and what becomes of it. */
struct rcp_issue {
    struct rcp_fate fate;
    uint32_t node;
    uint32_t payment;  /* it is about; RCP_NOBODY */
    uint32_t purchase; /* it is about; RCP_NOBODY */
    struct rcp_key key;
    uint8_t role;   /* enum rcp_role */
    uint8_t flags;  /* of a script: enum rcp_script_flag; of a send: enum rcp_acks */
    uint8_t script; /* enum rcp_script, of a script */
    uint8_t spare;
};

/* A pending event for this issue: key (with phase), node, incarnation, payment and fate filled in. */
struct rcp_pending *rcp_issue_push(struct rcp_sim *sim,
                                   const struct rcp_issue *issue,
                                   enum rcp_job job,
                                   enum rcp_phase phase,
                                   struct rcp_span span);

/* The same event comes again: its key says which repetition it is. */
void rcp_repeat_key(struct rcp_pending *again, const struct rcp_pending *pending);

/* The issue that a pending event belongs to. */
struct rcp_issue rcp_issue_of(const struct rcp_pending *pending);

/* Pushes the completion `event` towards the node that waits for it. */
void rcp_answer_push(struct rcp_sim *sim,
                     const struct rcp_issue *issue,
                     const struct rcp_event *event,
                     struct rcp_span span);

/* [1, what is left until deadline_ms]: when a client notices that there will be no answer. */
struct rcp_span rcp_until_deadline(const struct rcp_sim *sim, uint64_t deadline_ms);

/* A fault strikes a message of the second document, which is about a purchase. */
void rcp_link_struck(struct rcp_sim *sim, const struct rcp_issue *issue, enum rcp_fault fault);

/* A planned fault strikes this payment's or node's message. */
void rcp_plan_struck(struct rcp_sim *sim, enum rcp_fault fault, uint32_t node, uint32_t payment);

#endif
