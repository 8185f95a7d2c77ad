/* The flight recorder: every event that a node's loop steps, with its effects, in files that `recoup replay`
 * leads through the core again (core/recording.h).
 *
 * The loop's thread encodes and hands over; a thread of its own writes. The loop never waits for a disk: where
 * the writer falls behind, or cannot write, recording stops until it has caught up and begins anew with a
 * snapshot. Such a gap is counted and logged, and both files replay. What a kill -9 takes are the last
 * milliseconds. Files have handles and numbers in them, never a token, a card or a key. */
#ifndef RCP_PROD_RECORD_RECORDER_H
#define RCP_PROD_RECORD_RECORDER_H

#include "core/node.h"
#include "prod/loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rcp_flight_recorder;

struct rcp_flight_recorder_options {
    const char *folder;          /* made where it is missing; only this user may read it */
    const char *build;           /* whose file it is: the commit */
    struct rcp_node_config node; /* as the loop has it */
    uint32_t number;             /* as the loop has it */
    uint32_t incarnation;        /* as the loop has it */

    /* 0 stands for the number behind it. */
    uint64_t file_bytes;   /* after which the next file begins: 64 MiB */
    uint64_t total_bytes;  /* of this node's files; the oldest are deleted for new ones: 1 GiB */
    uint32_t files;        /* of this node, the same: 1000 */
    uint32_t buffer_bytes; /* between the threads: 8 MiB, and never less than two states take */
    uint32_t gather_ms;    /* how long the writer lets bytes gather: 5 */
};

/* Any thread may ask. */
struct rcp_flight_recorder_counts {
    uint64_t events;     /* recorded */
    uint64_t bytes;      /* of them and what is around them */
    uint64_t files;      /* begun */
    uint64_t gaps;       /* times that recording has stopped */
    uint64_t unrecorded; /* events lost in gaps */
};

/* Starts the writer; NULL where folder, memory or thread is not to be had: `wrong` says why. */
struct rcp_flight_recorder *rcp_flight_recorder_open(
    const struct rcp_flight_recorder_options *options, char *wrong, size_t wrong_size);

/* For the loop's options; and the node that it watches, to be told before the loop runs. */
struct rcp_watch rcp_flight_recorder_watch(struct rcp_flight_recorder *recorder);
void rcp_flight_recorder_follow(struct rcp_flight_recorder *recorder, const struct rcp_node *node);

struct rcp_flight_recorder_counts rcp_flight_recorder_counts(
    const struct rcp_flight_recorder *recorder);

/* After the loop has run: ends the file, waits for the writer a few seconds at most, and frees all. */
void rcp_flight_recorder_close(struct rcp_flight_recorder *recorder);

#endif
