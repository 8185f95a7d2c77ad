/* A flight recorder into memory. */
#include "tests/support/flight.h"

#include "tests/support/runs.h"

#include <stdlib.h>
#include <string.h>

static struct flight_file *open_file(const struct flight *flight)
{
    return &flight->files->list[flight->file - 1u];
}

/* Room for one entry more. */
static void *make_room(const struct flight *flight, size_t size)
{
    struct flight_file *file = open_file(flight);
    if (file->room - file->size < size) {
        file->room = file->size + size;
        unsigned char *bytes = runs_block(file->room);
        if (file->size > 0)
            memcpy(bytes, file->bytes, file->size);
        free(file->bytes);
        file->bytes = bytes;
    }
    return file->bytes + file->size;
}

static void end_file(struct flight *flight, enum rcp_recording_end why)
{
    if (flight->file == 0)
        return;
    struct rcp_recording_ending ending = {why, open_file(flight)->events, ""};
    void *room = make_room(flight, RCP_RECORDING_END_MAX);
    open_file(flight)->size += rcp_recording_write_end(room, &ending);
    flight->file = 0;
}

static void begin_file(struct flight *flight, bool fresh)
{
    struct flight_files *files = flight->files;
    struct rcp_recording_head head = {
        .build = "a test", .config = flight->config, .node = flight->number};
    head.incarnation = flight->incarnation;
    head.sequence = files->count;
    files->list = realloc(files->list, (files->count + 1u) * sizeof files->list[0]);
    rcp_check(files->list != NULL, "flight_has_memory");
    files->list[files->count] = (struct flight_file){0};
    flight->file = ++files->count;
    void *room = make_room(flight, RCP_RECORDING_HEAD_MAX);
    open_file(flight)->size += rcp_recording_write_head(room, &head);
    if (fresh)
        return;
    room = make_room(flight, rcp_recording_state_max(&flight->config.limits));
    open_file(flight)->size += rcp_recording_write_state(room, flight->node);
}

void flight_step(struct flight *flight,
                 const struct rcp_event *event,
                 const struct rcp_effects *effects)
{
    if (event->kind == RCP_EVENT_START) {
        end_file(flight, RCP_RECORDING_STOPPED);
        flight->incarnation = event->start.incarnation;
        begin_file(flight, true);
    }
    void *room = make_room(flight, RCP_RECORDING_STEP_MAX);
    struct flight_file *file = open_file(flight);
    file->size += rcp_recording_write_step(room, event, effects);
    file->events++;
    flight->files->effects += effects->count;
    if (file->size > flight->full) {
        end_file(flight, RCP_RECORDING_FULL);
        begin_file(flight, false);
    }
}

void flight_end(struct flight *flight)
{
    end_file(flight, RCP_RECORDING_STOPPED);
}

void flight_forget(struct flight_files *files)
{
    for (uint32_t i = 0; i < files->count; i++)
        free(files->list[i].bytes);
    free(files->list);
    *files = (struct flight_files){0};
}

static enum rcp_replay_result lead(struct rcp_replay *replay)
{
    void *block = runs_block(rcp_node_size(&replay->head.config.limits));
    enum rcp_replay_result result = rcp_replay_begin(replay, block);
    while (result == RCP_REPLAY_EQUAL)
        result = rcp_replay_step(replay);
    free(block);
    return result;
}

enum rcp_replay_result flight_replay(struct rcp_replay *replay, const void *bytes, size_t size)
{
    enum rcp_replay_result result = rcp_replay_open(replay, bytes, size);
    return result == RCP_REPLAY_EQUAL ? lead(replay) : result;
}

enum rcp_replay_result flight_replay_seeded(struct rcp_replay *replay,
                                            const void *bytes,
                                            size_t size,
                                            uint64_t seed)
{
    enum rcp_replay_result result = rcp_replay_open(replay, bytes, size);
    replay->head.config.seed = seed;
    return result == RCP_REPLAY_EQUAL ? lead(replay) : result;
}
