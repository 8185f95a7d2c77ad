/* The loop's side of the flight recorder: encodes each step, and sees to files, gaps and room. */
#include "prod/record/recorder.h"

#include "core/recording.h"
#include "prod/host/log.h"
#include "prod/record/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES   (UINT64_C(64) << 20)
#define TOTAL_BYTES  (UINT64_C(1) << 30)
#define FILES        1000u
#define BUFFER_BYTES (8u << 20)
#define GATHER_MS    5u
#define END_MS       5000u /* For the last of it to be written. */
#define BROKEN_MS    500u /* The same, of a process that ends by a bug and is to be started again. */
#define AGAIN_MS     10000u /* After a file that could not be written. */

/* Always kept free, so that every file can be ended. */
#define RESERVE (2u * sizeof(struct rcp_note) + RCP_RECORDING_END_MAX)

struct rcp_flight_recorder {
    struct rcp_record_writer writer;
    const struct rcp_node *node;
    bool records;           /* a file is open */
    uint64_t not_before_ms; /* mono: no new file before */
    uint32_t sequence;      /* of the next file */
    uint64_t seen;          /* events of this incarnation */
    uint64_t file_events;
    uint64_t file_bytes;
    uint32_t begin_max; /* bytes that the beginning of a file may take in the ring */
    _Atomic uint64_t events, bytes, files;
    unsigned char step[RCP_RECORDING_STEP_MAX];
    unsigned char state[]; /* room for one STATE */
};

/* --- Handing over --- */

static bool has_room(const struct rcp_flight_recorder *recorder, size_t size)
{
    return rcp_ring_room(&recorder->writer.ring) >= size + RESERVE;
}

static void put_note(struct rcp_flight_recorder *recorder, enum rcp_note_kind kind, uint32_t number)
{
    struct rcp_note note = {kind, number};
    rcp_ring_put(&recorder->writer.ring, &note, sizeof note);
}

static void put_entry(struct rcp_flight_recorder *recorder, const void *bytes, uint32_t size)
{
    put_note(recorder, RCP_NOTE_BYTES, size);
    rcp_ring_put(&recorder->writer.ring, bytes, size);
    recorder->file_bytes += size;
    atomic_fetch_add(&recorder->bytes, size);
}

static void publish(struct rcp_flight_recorder *recorder)
{
    rcp_ring_publish(&recorder->writer.ring);
    rcp_record_writer_wake(&recorder->writer);
}

/* --- Files --- */

static void end_file_with(struct rcp_flight_recorder *recorder,
                          const struct rcp_recording_ending *ending)
{
    unsigned char bytes[RCP_RECORDING_END_MAX];
    if (!recorder->records)
        return;
    put_entry(recorder, bytes, rcp_recording_write_end(bytes, ending));
    put_note(recorder, RCP_NOTE_CLOSE, ending->why);
    publish(recorder);
    recorder->records = false;
}

static void end_file(struct rcp_flight_recorder *recorder, enum rcp_recording_end why)
{
    struct rcp_recording_ending ending = {.why = why, .events = recorder->file_events};
    end_file_with(recorder, &ending);
}

/* Between two steps. A node that has not been started has no state yet. */
static void begin_file(struct rcp_flight_recorder *recorder, uint64_t wall_ms, bool started)
{
    const struct rcp_flight_recorder_options *options = &recorder->writer.options;
    unsigned char bytes[RCP_RECORDING_HEAD_MAX];
    struct rcp_recording_head head = {.config = options->node,
                                      .node = options->number,
                                      .incarnation = options->incarnation,
                                      .sequence = recorder->sequence,
                                      .events_before = recorder->seen,
                                      .wall_ms = wall_ms};
    strncpy(head.build, options->build, RCP_RECORDING_BUILD_MAX);
    recorder->file_bytes = 0;
    recorder->file_events = 0;
    put_note(recorder, RCP_NOTE_OPEN, recorder->sequence++);
    put_entry(recorder, bytes, rcp_recording_write_head(bytes, &head));
    if (started)
        put_entry(
            recorder, recorder->state, rcp_recording_write_state(recorder->state, recorder->node));
    publish(recorder);
    atomic_fetch_add(&recorder->files, 1u);
    recorder->records = true;
}

/* --- Steps --- */

/* The writer has ended the file. */
static void see_failure(struct rcp_flight_recorder *recorder, uint64_t mono_ms)
{
    if (!recorder->records || atomic_load(&recorder->writer.failed) != recorder->sequence)
        return;
    recorder->records = false;
    recorder->not_before_ms = mono_ms + AGAIN_MS;
}

static void record(struct rcp_flight_recorder *recorder,
                   const struct rcp_event *event,
                   const struct rcp_effects *effects)
{
    uint32_t size = 0;
    if (recorder->records)
        size = rcp_recording_write_step(recorder->step, event, effects);
    if (recorder->records && !has_room(recorder, sizeof(struct rcp_note) + size)) {
        end_file(recorder, RCP_RECORDING_GAP);
        atomic_fetch_add(&recorder->writer.gaps, 1u);
    }
    recorder->seen++;
    if (!recorder->records) {
        atomic_fetch_add(&recorder->writer.unrecorded, 1u);
        return;
    }
    put_entry(recorder, recorder->step, size);
    publish(recorder);
    recorder->file_events++;
    atomic_fetch_add(&recorder->events, 1u);
}

/* Half of what it had to write is done. */
static bool has_caught_up(const struct rcp_flight_recorder *recorder)
{
    const struct rcp_ring *ring = &recorder->writer.ring;
    return rcp_ring_room(ring) >= ring->size / 2u;
}

/* The next file: where this one is full, or where there is none and the writer has caught up. */
static void turn_over(struct rcp_flight_recorder *recorder, const struct rcp_event *event)
{
    bool full = recorder->records && recorder->file_bytes >= recorder->writer.options.file_bytes;
    bool lost =
        !recorder->records && event->mono_ms >= recorder->not_before_ms && has_caught_up(recorder);
    if ((!full && !lost) || !has_room(recorder, recorder->begin_max))
        return;
    end_file(recorder, RCP_RECORDING_FULL);
    begin_file(recorder, event->wall_ms, true);
}

static void stepped(void *watcher, const struct rcp_event *event, const struct rcp_effects *effects)
{
    struct rcp_flight_recorder *recorder = watcher;
    see_failure(recorder, event->mono_ms);
    if (event->kind == RCP_EVENT_START)
        begin_file(recorder, event->wall_ms, false);
    record(recorder, event, effects);
    turn_over(recorder, event);
}

/* What it asked for is not known, and was not asked for. */
static void broken(void *watcher, const struct rcp_event *event, const char *check)
{
    static const struct rcp_effects none;
    struct rcp_flight_recorder *recorder = watcher;
    record(recorder, event, &none);
    struct rcp_recording_ending ending = {RCP_RECORDING_BROKEN, recorder->file_events, ""};
    strncpy(ending.check, check, RCP_RECORDING_CHECK_MAX);
    end_file_with(recorder, &ending);
    rcp_record_writer_end(&recorder->writer, BROKEN_MS);
}

/* --- A recorder's life --- */

static void fill_in(struct rcp_flight_recorder_options *options)
{
    options->file_bytes = options->file_bytes != 0 ? options->file_bytes : FILE_BYTES;
    options->total_bytes = options->total_bytes != 0 ? options->total_bytes : TOTAL_BYTES;
    options->files = options->files != 0 ? options->files : FILES;
    options->buffer_bytes = options->buffer_bytes != 0 ? options->buffer_bytes : BUFFER_BYTES;
    options->gather_ms = options->gather_ms != 0 ? options->gather_ms : GATHER_MS;
}

/* Two beginnings and the largest step find room at once. */
static bool open_ring(struct rcp_flight_recorder *recorder, uint32_t state_max)
{
    struct rcp_record_writer *writer = &recorder->writer;
    recorder->begin_max =
        state_max + RCP_RECORDING_HEAD_MAX + (uint32_t)(3u * sizeof(struct rcp_note) + RESERVE);
    size_t least = 2u * (size_t)recorder->begin_max + RCP_RECORDING_STEP_MAX + RESERVE;
    size_t wanted = writer->options.buffer_bytes;
    return rcp_ring_open(&writer->ring, wanted > least ? wanted : least);
}

static bool open_folder(const char *folder, char *wrong, size_t wrong_size)
{
    if ((mkdir(folder, 0700) == 0 || errno == EEXIST) && access(folder, W_OK | X_OK) == 0)
        return true;
    snprintf(wrong, wrong_size, "%s: %s", folder, strerror(errno));
    return false;
}

static void free_recorder(struct rcp_flight_recorder *recorder)
{
    rcp_ring_free(&recorder->writer.ring);
    free((char *)(uintptr_t)recorder->writer.options.folder);
    free((char *)(uintptr_t)recorder->writer.options.build);
    free(recorder);
}

struct rcp_flight_recorder *rcp_flight_recorder_open(
    const struct rcp_flight_recorder_options *options, char *wrong, size_t wrong_size)
{
    uint32_t state_max = rcp_recording_state_max(&options->node.limits);
    if (!open_folder(options->folder, wrong, wrong_size))
        return NULL;
    struct rcp_flight_recorder *recorder = calloc(1, sizeof *recorder + state_max);
    snprintf(wrong, wrong_size, "no memory or no thread for the flight recorder");
    if (recorder == NULL)
        return NULL;
    recorder->writer.options = *options;
    recorder->writer.options.folder = strdup(options->folder);
    recorder->writer.options.build = strdup(options->build);
    fill_in(&recorder->writer.options);
    if (recorder->writer.options.folder == NULL || recorder->writer.options.build == NULL ||
        !open_ring(recorder, state_max) || !rcp_record_writer_start(&recorder->writer)) {
        free_recorder(recorder);
        return NULL;
    }
    return recorder;
}

struct rcp_watch rcp_flight_recorder_watch(struct rcp_flight_recorder *recorder)
{
    return (struct rcp_watch){recorder, stepped, broken};
}

void rcp_flight_recorder_follow(struct rcp_flight_recorder *recorder, const struct rcp_node *node)
{
    recorder->node = node;
}

struct rcp_flight_recorder_counts rcp_flight_recorder_counts(
    const struct rcp_flight_recorder *recorder)
{
    return (struct rcp_flight_recorder_counts){
        .events = atomic_load(&recorder->events),
        .bytes = atomic_load(&recorder->bytes),
        .files = atomic_load(&recorder->files),
        .gaps = atomic_load(&recorder->writer.gaps),
        .unrecorded = atomic_load(&recorder->writer.unrecorded),
    };
}

void rcp_flight_recorder_close(struct rcp_flight_recorder *recorder)
{
    if (recorder == NULL)
        return;
    end_file(recorder, RCP_RECORDING_STOPPED);
    if (rcp_record_writer_end(&recorder->writer, END_MS))
        free_recorder(recorder);
    else /* its thread still stands in a write, and still uses all of this */
        rcp_log(RCP_LOG_WARN, "the flight recorder's last file is not complete", NULL);
}
