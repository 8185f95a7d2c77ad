/* A flight recorder into memory: what prod/record/recorder.h does, for nodes that a test steps. */
#ifndef RCP_TESTS_SUPPORT_FLIGHT_H
#define RCP_TESTS_SUPPORT_FLIGHT_H

#include "core/replay.h"

struct flight_file {
    unsigned char *bytes;
    size_t size;
    size_t room;
    uint64_t events;
};

/* Files of any number of nodes, as they were begun. Zeroed: none. */
struct flight_files {
    struct flight_file *list;
    uint32_t count;
    uint64_t effects; /* that were recorded */
};

/* One node that is recorded. */
struct flight {
    struct flight_files *files;
    struct rcp_node_config config;
    const struct rcp_node *node;
    uint32_t number;
    size_t full; /* bytes after which the next file begins */

    /* Zero at first. */
    uint32_t incarnation;
    uint32_t file; /* the open one, and one more; 0: none */
};

/* Behind each step; START begins a file of its own. */
void flight_step(struct flight *flight,
                 const struct rcp_event *event,
                 const struct rcp_effects *effects);

/* The process ends. */
void flight_end(struct flight *flight);

void flight_forget(struct flight_files *files);

/* Leads these bytes through a fresh node until they end, one way or another. */
enum rcp_replay_result flight_replay(struct rcp_replay *replay, const void *bytes, size_t size);

/* The same, of a core that was told another seed. */
enum rcp_replay_result flight_replay_seeded(struct rcp_replay *replay,
                                            const void *bytes,
                                            size_t size,
                                            uint64_t seed);

#endif
