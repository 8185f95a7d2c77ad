/* What the parts of the Mermaid writer share: a drawing in progress and the rows of its table. */
#ifndef RCP_REPORTS_MERMAID_DRAWING_H
#define RCP_REPORTS_MERMAID_DRAWING_H

#include "reports/mermaid.h"
#include "reports/text.h"

/* Ends of arrows that depend on the record. */
enum {
    RCP_MERMAID_ACTOR = RCP_LANE_COUNT, /* the role that acts */
    RCP_MERMAID_ALL,                    /* a note over everything drawn */
};

enum rcp_mermaid_shape {
    RCP_MERMAID_SHAPE_CALL,   /* solid, arrow head */
    RCP_MERMAID_SHAPE_ANSWER, /* dashed, arrow head */
    RCP_MERMAID_SHAPE_FAILED, /* dashed, cross: an answer that is none */
    RCP_MERMAID_SHAPE_NOTE_RIGHT,
    RCP_MERMAID_SHAPE_NOTE_OVER,
};

/* Which ends of an effect a row is for. */
enum rcp_mermaid_when {
    RCP_MERMAID_WHEN_ANY,
    RCP_MERMAID_WHEN_DONE,
    RCP_MERMAID_WHEN_FAILED, /* refused or unknown */
    RCP_MERMAID_WHEN_REFUSED,
    RCP_MERMAID_WHEN_UNKNOWN,
    RCP_MERMAID_WHEN_FOUND,      /* Redis: done, and the key was there */
    RCP_MERMAID_WHEN_MISSING,    /* Redis: done, and it was not */
    RCP_MERMAID_WHEN_ACKED,      /* SENT: done, by an answer that took time on its way */
    RCP_MERMAID_WHEN_LEFT_OPEN,  /* TX: the transaction stays open for what follows */
    RCP_MERMAID_WHEN_CLOSED,     /* TX: it does not */
    RCP_MERMAID_WHEN_SAVED_ONLY, /* REPLY: of this payment, only the failure log was written */
    RCP_MERMAID_WHEN_COMMITTED,  /* REPLY: the transaction that was left open is committed */
    RCP_MERMAID_WHEN_PROCESS,    /* CLICK, REQUEST: a payment */
    RCP_MERMAID_WHEN_STATUS,     /* a status question */
    RCP_MERMAID_WHEN_REJECT,     /* an operator's rejection */
    RCP_MERMAID_WHEN_RETRY,      /* an operator's retry, and so on */
    RCP_MERMAID_WHEN_PARK,

    /* The second document. */
    RCP_MERMAID_WHEN_OF_PAYMENT, /* REPLY, ANSWERED: of the first document */
    RCP_MERMAID_WHEN_OF_ORDER,   /* REPLY, ANSWERED: of the second */
    RCP_MERMAID_WHEN_ORDER,      /* CLICK, REQUEST: an order, and so on */
    RCP_MERMAID_WHEN_CALLBACK,
    RCP_MERMAID_WHEN_ORDER_STATUS,
    RCP_MERMAID_WHEN_ORDER_ASK,
    RCP_MERMAID_WHEN_ORDER_FAIL,
    RCP_MERMAID_WHEN_ANSWERED,   /* PG_DONE: there was an answer, good or bad */
    RCP_MERMAID_WHEN_UNANSWERED, /* PG_DONE: there was none */
};

struct rcp_mermaid_row {
    uint8_t kind;   /* enum rcp_record_kind */
    uint8_t role;   /* enum rcp_role; NONE matches all */
    uint8_t verb;   /* enum rcp_redis_verb, for Redis; enum rcp_pg_verb, for the PG */
    uint8_t script; /* enum rcp_script, for MySQL; NONE matches all */
    uint8_t when;   /* enum rcp_mermaid_when */
    uint8_t shape;  /* enum rcp_mermaid_shape */
    uint8_t from;   /* enum rcp_lane or the ends above */
    uint8_t to;
    uint8_t needs;   /* drawn only where this lane is drawn */
    uint8_t without; /* drawn only where this lane is not drawn */
    bool detail;     /* drawn only where details are asked for */
    const char *label;
};

/* The whole translation from records to arrows, in reports/mermaid_table.c. */
extern const struct rcp_mermaid_row rcp_mermaid_rows[];
extern const uint32_t rcp_mermaid_row_count;

struct rcp_mermaid_drawing {
    FILE *out;
    const struct rcp_record *records;
    uint32_t count;
    const struct rcp_mermaid_view *view;
    const struct rcp_report_names *names;
    enum rcp_lane lanes[RCP_LANE_COUNT];
    uint32_t lane_count;
    bool many_nodes;    /* then each label says which */
    bool many_payments; /* then each label says whose */
};

/* True where lane is drawn. */
bool rcp_mermaid_drawn(const struct rcp_mermaid_drawing *drawing, uint32_t lane);

/* True where row draws records[index], given what came before and after it. */
bool rcp_mermaid_matches(const struct rcp_mermaid_drawing *drawing,
                         uint32_t index,
                         const struct rcp_mermaid_row *row);

/* True for what the second document is about. */
bool rcp_mermaid_of_order(const struct rcp_record *record);

/* True where records[index] belongs to a tick that found nothing to do: a clock, not a story. */
bool rcp_mermaid_idle(const struct rcp_mermaid_drawing *drawing, uint32_t index);

/* True where the last script that ended for the payment of records[index], since its request, was
 * this one, and it was done. */
bool rcp_mermaid_last_script_did(const struct rcp_mermaid_drawing *drawing,
                                 uint32_t index,
                                 enum rcp_script script);

/* A $word of a label, and who writes what the record says. */
struct rcp_mermaid_word {
    const char *name;
    void (*add)(struct rcp_text *text, const struct rcp_record *record);
};

/* The second document's, in reports/mermaid_order_label.c. */
extern const struct rcp_mermaid_word rcp_mermaid_order_words[];
extern const uint32_t rcp_mermaid_order_word_count;
void rcp_mermaid_add_order_verdict(struct rcp_text *text, const struct rcp_record *record);

/* Writes label and a newline, with each $word in the words of records[index]. */
void rcp_mermaid_write_label(const struct rcp_mermaid_drawing *drawing,
                             uint32_t index,
                             const char *label);

#endif
