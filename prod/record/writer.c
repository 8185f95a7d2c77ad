/* The writer's thread. A write that fails ends the file; the loop's thread sees that and begins another.
 * Nothing is synced: a recording outlives its process, not the machine's power. */
#include "prod/record/writer.h"

#include "core/recording.h"
#include "prod/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- Files --- */

/* A file of which only the beginning could be written helps nobody, and would push out one that does. */
static void fail(struct rcp_record_writer *writer, int error)
{
    rcp_log(RCP_LOG_WARN,
            "the flight recorder cannot write; it will try again",
            RCP_LOG_FIELDS({"file", writer->path, 0}, {"error", strerror(error), 0}));
    if (writer->file != NULL)
        fclose(writer->file);
    writer->file = NULL;
    writer->was_lost = true;
    if (!writer->flushed)
        unlink(writer->path);
    atomic_fetch_add(&writer->gaps, 1u);
    atomic_store(&writer->failed, writer->sequence + 1u);
}

static void close_file(struct rcp_record_writer *writer)
{
    if (writer->file == NULL)
        return;
    bool written = fflush(writer->file) == 0;
    if (!written)
        fail(writer, errno);
    else
        fclose(writer->file);
    writer->file = NULL;
}

static void open_file(struct rcp_record_writer *writer, uint32_t sequence)
{
    const struct rcp_flight_recorder_options *options = &writer->options;
    close_file(writer);
    writer->sequence = sequence;
    writer->flushed = false;
    rcp_record_prune(options->folder,
                     options->number,
                     options->files - 1u,
                     options->total_bytes > options->file_bytes
                         ? options->total_bytes - options->file_bytes
                         : 0);
    rcp_record_path(writer->path, options->folder, options->number, options->incarnation, sequence);
    int fd = open(writer->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    writer->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (writer->file == NULL) {
        int error = errno;
        writer->flushed = fd < 0; /* what is there, if anything, is not ours */
        if (fd >= 0)
            close(fd);
        fail(writer, error);
        return;
    }
    setvbuf(writer->file, writer->at_once, _IOFBF, sizeof writer->at_once);
    if (writer->was_lost)
        rcp_log(RCP_LOG_INFO,
                "the flight recorder goes on",
                RCP_LOG_FIELDS({"file", writer->path, 0},
                               {"unrecorded", NULL, atomic_load(&writer->unrecorded)}));
    writer->was_lost = false;
}

static void write_bytes(struct rcp_record_writer *writer, size_t size)
{
    while (size > 0) {
        size_t piece = size;
        const unsigned char *bytes = rcp_ring_peek(&writer->ring, &piece);
        if (writer->file != NULL && fwrite(bytes, 1, piece, writer->file) < piece)
            fail(writer, errno);
        rcp_ring_skip(&writer->ring, piece);
        size -= piece;
    }
}

static void end_file(struct rcp_record_writer *writer, enum rcp_recording_end why)
{
    close_file(writer);
    if (why != RCP_RECORDING_GAP)
        return;
    writer->was_lost = true;
    rcp_log(RCP_LOG_WARN,
            "the flight recorder's disk is too slow: a gap begins",
            RCP_LOG_FIELDS({"file", writer->path, 0}));
}

/* --- The thread --- */

static void obey(struct rcp_record_writer *writer, const struct rcp_note *note)
{
    switch ((enum rcp_note_kind)note->kind) {
    case RCP_NOTE_OPEN:
        open_file(writer, note->number);
        break;
    case RCP_NOTE_BYTES:
        write_bytes(writer, note->number);
        break;
    case RCP_NOTE_CLOSE:
        end_file(writer, (enum rcp_recording_end)note->number);
        break;
    }
}

/* A note is published together with what it is about. */
static void drain(struct rcp_record_writer *writer)
{
    struct rcp_note note;
    while (rcp_ring_filled(&writer->ring) >= sizeof note) {
        rcp_ring_take(&writer->ring, &note, sizeof note);
        obey(writer, &note);
    }
    if (writer->file == NULL)
        return;
    if (fflush(writer->file) != 0)
        fail(writer, errno);
    else
        writer->flushed = true;
}

static void gather(const struct rcp_record_writer *writer)
{
    uint32_t ms = writer->options.gather_ms;
    nanosleep(&(struct timespec){ms / 1000u, (long)(ms % 1000u) * 1000000}, NULL);
}

static void sleep_until_woken(struct rcp_record_writer *writer)
{
    atomic_store(&writer->sleeps, true);
    bool waits = rcp_ring_filled(&writer->ring) == 0 && !atomic_load(&writer->closing);
    if (!waits && atomic_exchange(&writer->sleeps, false))
        return; /* nobody wakes it any more */
    while (sem_wait(&writer->wake) != 0 && errno == EINTR)
        ;
}

static void *run(void *context)
{
    struct rcp_record_writer *writer = context;
    bool closing = false;
    while (!closing) {
        sleep_until_woken(writer);
        closing = atomic_load(&writer->closing);
        if (!closing)
            gather(writer);
        drain(writer);
    }
    close_file(writer);
    return NULL;
}

bool rcp_record_writer_start(struct rcp_record_writer *writer)
{
    sigset_t all, before;
    if (sem_init(&writer->wake, 0, 0) != 0)
        return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for other threads */
    bool started = pthread_create(&writer->thread, NULL, run, writer) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started)
        sem_destroy(&writer->wake);
    return started;
}

void rcp_record_writer_wake(struct rcp_record_writer *writer)
{
    if (atomic_load(&writer->sleeps) && atomic_exchange(&writer->sleeps, false))
        sem_post(&writer->wake);
}

bool rcp_record_writer_end(struct rcp_record_writer *writer, uint32_t within_ms)
{
    struct timespec until;
    atomic_store(&writer->closing, true);
    rcp_record_writer_wake(writer);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(within_ms % 1000u) * 1000000;
    until.tv_sec += within_ms / 1000u + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (pthread_timedjoin_np(writer->thread, NULL, &until) != 0)
        return false;
    sem_destroy(&writer->wake);
    return true;
}
