/* The one door for chance: every choice of a run has a key with a meaning, and option 0 is dull. */
#ifndef RCP_SIM_CHANCE_H
#define RCP_SIM_CHANCE_H

#include "sim/fault.h"

/* Why something is chosen. */
enum rcp_why {
    RCP_WHY_NONE,
    RCP_WHY_FATE,  /* which fault strikes this effect; option key = enum rcp_fault */
    RCP_WHY_TAKES, /* how long it takes; option key = enum rcp_takes */
    RCP_WHY_ORDER, /* which of the possible events comes first; option key = the event's packed key */
    RCP_WHY_COUNT
};

/* How long a message or statement takes, within its window. */
enum rcp_takes {
    RCP_TAKES_SHORT, /* the dull one */
    RCP_TAKES_MEDIUM,
    RCP_TAKES_LONG,
    RCP_TAKES_COUNT
};

enum rcp_subject_kind {
    RCP_SUBJECT_WORLD,
    RCP_SUBJECT_PAYMENT, /* id = payment index */
    RCP_SUBJECT_NODE,
    RCP_SUBJECT_PARTITION,
    RCP_SUBJECT_PURCHASE, /* id = purchase index */
    RCP_SUBJECT_KIND_COUNT
};

/* What a pending event is about to do to its message; part of an event's key. */
enum rcp_phase {
    RCP_PHASE_ISSUE,     /* leaves */
    RCP_PHASE_APPLY,     /* reaches the other side and takes effect */
    RCP_PHASE_COMMIT,    /* MySQL: COMMIT takes effect */
    RCP_PHASE_ANSWER,    /* the completion is stepped */
    RCP_PHASE_LATE,      /* lands after its answer was given up */
    RCP_PHASE_LOCK_WAIT, /* MySQL: the lock wait times out */
    RCP_PHASE_REAP,      /* MySQL: the server notices that its client is gone */

    /* Events that are no message of an effect; their site is NONE. */
    RCP_PHASE_ASK,       /* a client asks again; subject: payment */
    RCP_PHASE_ACT,       /* a client begins; subject: payment */
    RCP_PHASE_HANG_UP,   /* a client waits no longer; subject: payment */
    RCP_PHASE_EXPIRE,    /* a token's time runs out; subject: payment */
    RCP_PHASE_TIMER,     /* subject: node */
    RCP_PHASE_START,     /* subject: node */
    RCP_PHASE_STOP,      /* subject: node */
    RCP_PHASE_MEMBER,    /* a partition is assigned or revoked; subject: partition */
    RCP_PHASE_REBALANCE, /* subject: world */
    RCP_PHASE_PLAN,      /* a planned fault begins; subject: world, id: line */
    RCP_PHASE_PLAN_END,  /* a planned fault ends; subject: world, id: line */
    RCP_PHASE_HEAL,      /* subject: world */
    RCP_PHASE_COUNT
};

/* The meaning of a choice: the nth time that this site was used for this subject on this node. */
struct rcp_key {
    uint32_t subject;     /* id within subject_kind */
    uint16_t nth;         /* 1 is the first */
    uint8_t subject_kind; /* enum rcp_subject_kind */
    uint8_t site;         /* enum rcp_site; RCP_SITE_NONE for events that are no effect */
    uint8_t node;         /* 1.. ; 0 where no node is concerned */
    uint8_t phase;        /* enum rcp_phase */
    uint8_t why;          /* enum rcp_why */
    uint8_t copy;         /* events alone: 0, or which repetition of the same event this is */
};

/* One line of a tape: where the option taken was not the dull one. */
struct rcp_tape_entry {
    struct rcp_key key;
    uint32_t consumed; /* replay: how often it was used; 0 at the end means stale */
    uint64_t option;   /* option key */
};

/* Packs everything but `why` into 64 bits, injectively within the limits of sim/limits.h. */
uint64_t rcp_key_pack(struct rcp_key key);
struct rcp_key rcp_key_unpack(uint64_t packed);

#endif
