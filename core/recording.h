/* A recording: what a node was told, and every event that it saw with every effect that it asked for, so
 * that the same core can be led through it once more and each effect compared.
 *
 * A file is a row of entries: HEAD; STATE, unless the node's START is the first event; a STEP for each event;
 * END, unless the process died. It is read from its first byte to its last, and needs no other file.
 *
 * An entry is 8 bytes, then its body. The first four, the lowest first: 24 bits of the body's size, and 8
 * that are 0xa5 and the three bytes of the size, each exclusive-or'ed; so one damaged byte is not taken for
 * an end that is missing. The next four: CRC-32C (RFC 3720, appendix B.4) over those four and the body. The
 * body begins with its kind. Numbers in it are LEB128 (7 bits a byte, the lowest first) in their shortest
 * form, field by field as recording_fields.c lists them: most are small or zero, and take one byte.
 *
 * A checksum tells damage, not malice: whoever replays a recording trusts whoever made it. */
#ifndef RCP_CORE_RECORDING_H
#define RCP_CORE_RECORDING_H

#include "core/node.h"
#include "core/recording_fields.h"

#define RCP_RECORDING_VERSION 2u /* of all that recording_fields.c does not say */

#define RCP_RECORDING_BUILD_MAX 63u       /* characters of a build's name */
#define RCP_RECORDING_HEAD_MAX  512u      /* bytes of a whole HEAD */
#define RCP_RECORDING_STEP_MAX  196608u   /* bytes of a whole STEP */
#define RCP_RECORDING_CHECK_MAX 63u       /* characters of a check's name */
#define RCP_RECORDING_END_MAX   96u       /* bytes of a whole END */
#define RCP_RECORDING_BODY_MAX  0xffffffu /* bytes of a body */

/* Bytes of a whole STATE. */
uint32_t rcp_recording_state_max(const struct rcp_limits *limits);

/* --- Entries --- */

enum rcp_recording_kind {
    RCP_RECORDING_NONE,
    RCP_RECORDING_HEAD,
    RCP_RECORDING_STATE,
    RCP_RECORDING_STEP,
    RCP_RECORDING_END,
    RCP_RECORDING_KIND_COUNT
};

/* What stands at a place in a file. */
enum rcp_recording_found {
    RCP_RECORDING_ENTRY,
    RCP_RECORDING_NOTHING, /* the file is over */
    RCP_RECORDING_CUT,     /* it ends within an entry: whoever wrote it was killed */
    RCP_RECORDING_DAMAGED, /* these bytes were never written like that */
};

struct rcp_recording_entry {
    enum rcp_recording_kind kind;
    const unsigned char *bytes; /* behind the kind */
    uint32_t size;
};

/* True where the bytes begin as a recording does. */
bool rcp_recording_begins(const void *bytes, size_t size);

/* Reads the entry at *at, and moves *at behind it. */
enum rcp_recording_found rcp_recording_next(const unsigned char *bytes,
                                            size_t size,
                                            size_t *at,
                                            struct rcp_recording_entry *entry);

/* --- What is in them: each is written whole, returns how many bytes it has, and needs the room above --- */

struct rcp_recording_head {
    uint32_t version;
    uint64_t fields; /* rcp_fields_hash() of the build that wrote it */
    uint64_t layout; /* rcp_node_layout() of that build: whose STATE can be read */
    char build[RCP_RECORDING_BUILD_MAX + 1u];

    /* Only where version and fields are ours. */
    struct rcp_node_config config;
    uint32_t node;
    uint32_t incarnation;
    uint32_t sequence;      /* of this file among those of the incarnation, from 0 */
    uint64_t events_before; /* that the incarnation had seen */
    uint64_t wall_ms;       /* when it began */
};

/* version, fields and layout are filled in. */
uint32_t rcp_recording_write_head(void *bytes, const struct rcp_recording_head *head);

enum rcp_recording_readable {
    RCP_RECORDING_READABLE,
    RCP_RECORDING_FOREIGN, /* another format; version, fields, layout and build are known */
    RCP_RECORDING_NONSENSE,
};
enum rcp_recording_readable rcp_recording_read_head(const struct rcp_recording_entry *entry,
                                                    struct rcp_recording_head *head);

/* The node as it is between two steps. */
uint32_t rcp_recording_write_state(void *bytes, const struct rcp_node *node);

/* Makes a node that was initialised as HEAD says the recorded one. Needs a layout that is ours. */
bool rcp_recording_read_state(const struct rcp_recording_entry *entry, struct rcp_node *node);

enum rcp_recording_end {
    RCP_RECORDING_STOPPED, /* the process ended gracefully */
    RCP_RECORDING_FULL,    /* it goes on in the next file */
    RCP_RECORDING_GAP,     /* the disk was too slow: what follows is not recorded */
    RCP_RECORDING_BROKEN, /* the last event broke a check: it has no effects, and the process died of it */
    RCP_RECORDING_END_COUNT
};

struct rcp_recording_ending {
    enum rcp_recording_end why;
    uint64_t events;                          /* in this file */
    char check[RCP_RECORDING_CHECK_MAX + 1u]; /* BROKEN: its name; else empty */
};

uint32_t rcp_recording_write_end(void *bytes, const struct rcp_recording_ending *ending);
bool rcp_recording_read_end(const struct rcp_recording_entry *entry,
                            struct rcp_recording_ending *ending);

/* One event and its effects, with room for what the event points to. */
struct rcp_recorded {
    struct rcp_event event; /* its pointers lead into this struct */
    struct rcp_order_request order;
    struct rcp_tx_row rows[RCP_TX_ROWS_MAX];
    struct rcp_order_row orders[RCP_TX_ROWS_MAX];
    struct rcp_pg_transaction transactions[RCP_PG_TRANSACTIONS_MAX];
    struct rcp_effects effects; /* without marks */
};

uint32_t rcp_recording_write_step(void *bytes,
                                  const struct rcp_event *event,
                                  const struct rcp_effects *effects);
bool rcp_recording_read_step(const struct rcp_recording_entry *entry, struct rcp_recorded *step);

/* What kind of rows the event has, where they are, and how many. */
struct rcp_event_rows {
    enum rcp_row_kind kind;
    const void *at;
    uint32_t count;
    uint32_t size; /* bytes of one */
};
struct rcp_event_rows rcp_event_rows(const struct rcp_event *event);
struct rcp_event_rows rcp_effect_rows(const struct rcp_effects *effects,
                                      const struct rcp_effect *effect);

/* --- Comparing --- */

/* The first thing in which the effects of a step are not those that were recorded. */
struct rcp_recording_difference {
    uint32_t effect;               /* which one, from 0 */
    enum rcp_effect_kind was, is;  /* NONE: there is none */
    enum rcp_row_kind rows;        /* the field is one of a row, unless NONE */
    uint32_t row;                  /* which one, from 0 */
    const struct rcp_field *field; /* NULL: the kinds differ */
    uint64_t value_was, value_is;  /* of the field */
};

/* False where they are equal, field by field. */
bool rcp_recording_differs(const struct rcp_effects *was,
                           const struct rcp_effects *is,
                           struct rcp_recording_difference *difference);

#endif
