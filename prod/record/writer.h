/* The recorder's other thread: takes what the loop's thread has handed over, and writes it to files. */
#ifndef RCP_PROD_RECORD_WRITER_H
#define RCP_PROD_RECORD_WRITER_H

#include "prod/record/record_files.h"
#include "prod/record/recorder.h"
#include "prod/record/ring.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum rcp_note_kind {
    RCP_NOTE_OPEN,  /* the next file; `number` is its sequence */
    RCP_NOTE_BYTES, /* `number` bytes of the open file follow */
    RCP_NOTE_CLOSE, /* `number` is enum rcp_recording_end */
};

/* In the ring, before what it is about. */
struct rcp_note {
    uint32_t kind; /* enum rcp_note_kind */
    uint32_t number;
};

struct rcp_record_writer {
    struct rcp_flight_recorder_options options; /* none is 0 */
    struct rcp_ring ring;
    pthread_t thread;
    sem_t wake;
    atomic_bool sleeps;  /* whoever publishes wakes it */
    atomic_bool closing; /* it ends when the ring is empty */

    /* The sequence of a file that could not be written, and one more; 0: none. */
    _Atomic uint32_t failed;
    _Atomic uint64_t gaps;       /* counted by both */
    _Atomic uint64_t unrecorded; /* counted by the loop's thread, logged by this one */

    /* The thread's own. */
    FILE *file;
    uint32_t sequence;
    bool flushed;  /* more than the beginning of the file is on its way to the disk */
    bool was_lost; /* a gap is behind us */
    char path[RCP_RECORD_PATH_MAX];
    char at_once[128u << 10]; /* what goes into one write(2) */
};

/* Its options and its ring are there. False where there is no thread to be had. */
bool rcp_record_writer_start(struct rcp_record_writer *writer);

/* The loop's thread: there is something in the ring. */
void rcp_record_writer_wake(struct rcp_record_writer *writer);

/* Waits until all is written; false where that takes too long: then the writer stays what it is. */
bool rcp_record_writer_end(struct rcp_record_writer *writer, uint32_t within_ms);

#endif
