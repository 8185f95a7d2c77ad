/* What the end of one try means: the PG exceptions of the second document (FACTS 1.5) as a table.
 *
 * Of a query TOLD and NO_RECORD are answers, and every other class is a QueryFailed: it only says why. */
#ifndef RCP_CORE_GATEWAY_ANSWER_TABLE_H
#define RCP_CORE_GATEWAY_ANSWER_TABLE_H

#include "core/gateway/breaker.h"
#include "core/gateway/pg.h"
#include "core/policy.h"

struct rcp_step;

/* From the surest to the most uncertain: of several tries the greatest counts (SEVERAL_TRIES). */
enum rcp_pg_class {
    RCP_PG_CLASS_NONE,
    RCP_PG_CLASS_TOLD,         /* it did what was asked, and told us */
    RCP_PG_CLASS_NO_RECORD,    /* LIST, GET: it has none, freshly asked */
    RCP_PG_CLASS_BUSINESS,     /* BusinessError: surely refused, and would be again */
    RCP_PG_CLASS_CIRCUIT_OPEN, /* CircuitOpen, or the bulkhead is full: not asked at all */
    RCP_PG_CLASS_LATER,        /* surely refused for now: may be sent again after a pause (429) */
    RCP_PG_CLASS_NOT_REACHED,  /* RequestNotReached: may be sent again */
    RCP_PG_CLASS_ASK_FIRST,    /* may have happened; a fresh NO_RECORD allows to send it again */
    RCP_PG_CLASS_UNCERTAIN, /* ResponseUncertain: may have happened, or may yet; never sent again */
    RCP_PG_CLASS_COUNT
};

struct rcp_pg_rule {
    uint16_t answers; /* set of enum rcp_pg_answer: bit 1 << answer */
    uint8_t pays;     /* 1: PAY and REFUND, which change something; 0: LIST and GET */
    uint8_t knob;     /* enum rcp_knob; RCP_KNOB_COUNT: whatever the policy */
    uint8_t side;     /* 1: where that knob is hardened, 0: where it is documented */
    uint8_t class;    /* enum rcp_pg_class */
    uint8_t health;   /* enum rcp_pg_health: what the breaker counts the try as */
};

/* True of the calls that change something at the PG. */
static inline bool rcp_pg_pays(enum rcp_pg_verb verb)
{
    return verb == RCP_PG_PAY || verb == RCP_PG_REFUND;
}

/* The first row that matches decides; a pair that has none is a bug. Marks it. */
const struct rcp_pg_rule *rcp_pg_rule_find(struct rcp_step *step,
                                           enum rcp_pg_verb verb,
                                           enum rcp_pg_answer answer);

/* What several tries came to, as SEVERAL_TRIES says: the last, or the most uncertain of them. `before` is
 * NONE where there was none. */
enum rcp_pg_class rcp_pg_class_of_tries(const struct rcp_step *step,
                                        enum rcp_pg_class before,
                                        enum rcp_pg_class last);

extern const struct rcp_pg_rule rcp_pg_rules[];
extern const uint32_t rcp_pg_rule_count;

#endif
