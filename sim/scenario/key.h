/* The fields of an effect's key: what orders and tapes name an effect or event by. */
#ifndef RCP_SIM_SCENARIO_KEY_H
#define RCP_SIM_SCENARIO_KEY_H

#include "sim/scenario/store.h"

enum rcp_key_field {
    RCP_KEY_ON,
    RCP_KEY_ACTIVITY,
    RCP_KEY_USER,
    RCP_KEY_PURCHASE,
    RCP_KEY_OF_NODE,
    RCP_KEY_PARTITION,
    RCP_KEY_SUBJECT,
    RCP_KEY_NODE,
    RCP_KEY_NTH,
    RCP_KEY_PHASE,
    RCP_KEY_COPY,
    RCP_KEY_FIELD_COUNT
};

#define RCP_KEY_NUMBER(name, base, member, least, most, text)                                   \
    {                                                                                           \
        .key = (name), .help = (text), .kind = RCP_VALUE_NUMBER, .min = (least), .max = (most), \
        .offset = (base) + offsetof(struct rcp_key_line, member),                               \
    }

/* The same fields for a key at `base` of its line, from index `first` on. */
#define RCP_KEY_FIELDS(first, base)                                                             \
    [(first) +                                                                                  \
        RCP_KEY_ON] =                                                                           \
        {                                                                                       \
            .key = "on",                                                                        \
            .help = "what the effect does; an event that is no effect has none",                \
            .kind = RCP_VALUE_NAME,                                                             \
            .names = &rcp_site_names,                                                           \
            .offset = (base) + offsetof(struct rcp_key_line, site),                             \
    },                                                                                          \
        [(first) + RCP_KEY_ACTIVITY] =                                                          \
            RCP_KEY_NUMBER("activity", base, activity, 1, RCP_ACTIVITIES_MAX, "whose payment"), \
        [(first) + RCP_KEY_USER] =                                                              \
            RCP_KEY_NUMBER("user", base, user, 1, RCP_USERS_MAX, "whose payment or purchase"),  \
        [(first) + RCP_KEY_PURCHASE] = RCP_KEY_NUMBER(                                          \
            "purchase", base, purchase, 1, RCP_PURCHASES_MAX, "which purchase of the user"),    \
        [(first) + RCP_KEY_OF_NODE] =                                                           \
            RCP_KEY_NUMBER("of_node", base, subject, 0, UINT32_MAX, "its subject is a node"),   \
        [(first) + RCP_KEY_PARTITION] = RCP_KEY_NUMBER(                                         \
            "partition", base, subject, 0, UINT32_MAX, "its subject is a partition"),           \
        [(first) + RCP_KEY_SUBJECT] = RCP_KEY_NUMBER(                                           \
            "subject", base, subject, 1, UINT32_MAX, "its subject is of the world"),            \
        [(first) + RCP_KEY_NODE] =                                                              \
            RCP_KEY_NUMBER("node", base, node, 1, UINT8_MAX, "the node that issued it"),        \
        [(first) + RCP_KEY_NTH] = RCP_KEY_NUMBER(                                               \
            "nth", base, nth, 1, UINT16_MAX, "1 is the first of its subject and node"),         \
        [(first) + RCP_KEY_PHASE] =                                                             \
            {                                                                                   \
                .key = "phase",                                                                 \
                .help = "what the event is about to do",                                        \
                .kind = RCP_VALUE_NAME,                                                         \
                .names = &rcp_phase_names,                                                      \
                .offset = (base) + offsetof(struct rcp_key_line, phase),                        \
    },                                                                                          \
        [(first) + RCP_KEY_COPY] =                                                              \
            RCP_KEY_NUMBER("copy", base, copy, 1, UINT8_MAX, "which repetition of the event")

extern const struct rcp_section rcp_key_section;

/* A key of a tape as a line and back. Its `why` is not part of the line. */
void rcp_key_to_line(const struct rcp_scenario *scenario,
                     struct rcp_key key,
                     struct rcp_key_line *line);
bool rcp_key_from_line(const struct rcp_scenario *scenario,
                       const struct rcp_key_line *line,
                       struct rcp_key *key,
                       struct rcp_flaw *flaw);

#endif
