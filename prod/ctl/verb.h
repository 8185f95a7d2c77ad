/* The verbs of `recoupd ctl`: what each is about, what it takes, and whether it changes something. The client
 * reads its words by this table, and the server holds requests to it. */
#ifndef RCP_PROD_CTL_VERB_H
#define RCP_PROD_CTL_VERB_H

#include <stdbool.h>
#include <stdint.h>

enum rcp_ctl_verb {
    RCP_CTL_STATUS,
    RCP_CTL_CONFIG,
    RCP_CTL_LIST,
    RCP_CTL_SHOW,
    RCP_CTL_RETRY,
    RCP_CTL_PARK,
    RCP_CTL_REJECT,
    RCP_CTL_SETTLE,
    RCP_CTL_ASK,
    RCP_CTL_PAUSE,
    RCP_CTL_RESUME,
    RCP_CTL_BREAKER,
    RCP_CTL_VERB_COUNT
};

/* What a verb is about. */
enum rcp_ctl_object {
    RCP_CTL_NOTHING,
    RCP_CTL_PAYMENT, /* ACTIVITY/USER */
    RCP_CTL_ORDER,   /* its number */
    RCP_CTL_WORKER,  /* its name */
    RCP_CTL_CIRCUIT, /* its name */
    RCP_CTL_OBJECT_COUNT
};

/* What may stand behind a verb. */
enum rcp_ctl_option {
    RCP_CTL_OPTION_OBJECT = 1u << 0,
    RCP_CTL_OPTION_REASON = 1u << 1,  /* --reason TEXT: needed by what changes something */
    RCP_CTL_OPTION_PARKED = 1u << 2,  /* --parked */
    RCP_CTL_OPTION_PENDING = 1u << 3, /* --pending */
    RCP_CTL_OPTION_ORDERS = 1u << 4,  /* --orders */
    RCP_CTL_OPTION_LIMIT = 1u << 5,   /* --limit N */
    RCP_CTL_OPTION_NODE = 1u << 6,    /* --node N */
    RCP_CTL_OPTION_SET = 1u << 7,     /* the word behind the object: needed */
};

struct rcp_ctl_verb_row {
    const char *name;
    uint32_t objects;  /* bit i: enum rcp_ctl_object i; 0: it is about nothing */
    uint32_t options;  /* enum rcp_ctl_option, object and reason left out */
    bool changes;      /* it needs a reason, and is written down before and after */
    const char *words; /* what stands behind it, for people */
    const char *sentence;
};

extern const struct rcp_ctl_verb_row rcp_ctl_verbs[RCP_CTL_VERB_COUNT];

/* The verb of this name; RCP_CTL_VERB_COUNT where there is none. */
enum rcp_ctl_verb rcp_ctl_verb_find(const char *name);

/* All that may stand behind it. */
uint32_t rcp_ctl_verb_options(enum rcp_ctl_verb verb);

#endif
