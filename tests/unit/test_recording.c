/* Recordings: every event and effect comes back as it was, a replay is equal effect by effect wherever it
 * begins, and whatever is wrong with a file is said. */
#include "core/snapshot.h"
#include "tests/support/flight.h"
#include "tests/support/runs.h"
#include "tests/support/storm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_FULL 3000u /* bytes after which the next file begins */
#define EVENTS    400u

static uint64_t dice;

static uint64_t roll(void)
{
    dice += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = (dice ^ dice >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

static uint32_t below(void *context, uint32_t bound)
{
    (void)context;
    return (uint32_t)((roll() >> 40) * bound >> 24);
}

/* --- Recording a storm --- */

static struct storm storm;
static struct flight_files files;
static unsigned char entry_room[RCP_RECORDING_STEP_MAX];
static struct rcp_replay *replay;

static void record(void *flight, const struct rcp_event *event, const struct rcp_effects *effects)
{
    flight_step(flight, event, effects);
}

static void storm_recorded(struct rcp_policy policy, uint64_t seed, uint32_t events)
{
    struct storm_dice seeded = {.below = below};
    struct rcp_node_config config = {.policy = policy, .seed = seed};
    dice = seed;
    config.gateway.refunds = seed % 3u != 0;
    config.gateway.callback_mac = seed % 2u != 0;
    config.limits = storm_limits(seeded);
    size_t size = rcp_node_size(&config.limits);
    struct rcp_node *node = runs_block(size);
    struct flight flight = {
        .files = &files, .config = config, .node = node, .number = 1, .full = FILE_FULL};
    storm.stepped = record;
    storm.watcher = &flight;
    storm.operators = true;
    storm_begin(&storm, seeded, &config, node, runs_block(size));
    for (uint32_t i = 0; i < events; i++)
        storm_event(&storm);
    storm_end(&storm);
    flight_end(&flight);
    free(storm.node);
    free(storm.copy);
}

static enum rcp_replay_result replayed(const unsigned char *bytes, size_t size)
{
    return flight_replay(replay, bytes, size);
}

/* --- Replays --- */

/* Under every policy, each file of a recording replays alone, from START or from its state, and every effect
 * is equal: slots, and with them op ids, included. */
static void every_file_replays_alone(void **state)
{
    (void)state;
    uint32_t resumed = 0;
    for (uint32_t i = 0; i < RUNS_POLICIES; i++) {
        storm_recorded(runs_policy(i), 100u + i, EVENTS);
        uint64_t effects = 0;
        for (uint32_t k = 0; k < files.count; k++) {
            assert_int_equal(replayed(files.list[k].bytes, files.list[k].size), RCP_REPLAY_OVER);
            assert_true(replay->event_count == files.list[k].events);
            effects += replay->effect_count;
            resumed += replay->resumed;
        }
        assert_true(effects == files.effects);
        flight_forget(&files);
    }
    assert_true(resumed > RUNS_POLICIES);
}

/* Without the order of the free lists, the state of a node in use leads to other op ids: that is what the
 * file has them for. */
static void free_lists_decide_op_ids(void **state)
{
    (void)state;
    uint32_t disordered = 0;
    for (uint32_t seed = 0; seed < 20; seed++) {
        storm_recorded(rcp_policy_hardened(), 500u + seed, EVENTS);
        struct rcp_limits limits = storm.config.limits;
        unsigned char *room = runs_block(rcp_node_saved_max(&limits));
        unsigned char *ordered = runs_block(rcp_node_saved_max(&limits));
        for (uint32_t k = 0; k < files.count; k++) {
            if (replayed(files.list[k].bytes, files.list[k].size) != RCP_REPLAY_OVER ||
                !replay->resumed)
                continue;
            struct rcp_node *node = runs_block(rcp_node_size(&limits));
            struct rcp_replay *other = runs_block(sizeof *other);
            assert_int_equal(rcp_replay_open(other, files.list[k].bytes, files.list[k].size),
                             RCP_REPLAY_EQUAL);
            assert_int_equal(rcp_replay_begin(other, node), RCP_REPLAY_EQUAL);
            uint32_t size = rcp_node_save_free(node, ordered);
            uint32_t saved = rcp_node_save(node, room);
            assert_int_equal(rcp_node_load(node, room), saved);
            assert_int_equal(rcp_node_save_free(node, room), size);
            disordered += memcmp(room, ordered, size) != 0;
            assert_true(rcp_node_load_free(node, ordered, size));
            rcp_node_save_free(node, room);
            assert_memory_equal(room, ordered, size);
            assert_false(rcp_node_load_free(node, ordered, size - 1u));
            if (memcmp(ordered, "\xff\xff", 2) != 0) /* a slot is free; without it: */
                assert_false(rcp_node_load_free(node, ordered + 2, size - 2u));
            free(other);
            free(node);
        }
        free(ordered);
        free(room);
        flight_forget(&files);
    }
    assert_true(disordered > 0);
}

/* Another seed of the jitter is another core: its effects differ, and the replay names a field, or the effect
 * that only one of them asks for. */
static void a_changed_core_is_found(void **state)
{
    (void)state;
    uint32_t found = 0;
    for (uint32_t seed = 0; seed < 10; seed++) {
        storm_recorded(rcp_policy_hardened(), 900u + seed, EVENTS);
        for (uint32_t k = 0; k < files.count; k++) {
            const struct flight_file *file = &files.list[k];
            enum rcp_replay_result result =
                flight_replay_seeded(replay, file->bytes, file->size, ~storm.config.seed);
            if (result != RCP_REPLAY_DIFFERENT)
                continue;
            if (replay->difference.field == NULL) {
                assert_int_not_equal(replay->difference.was, replay->difference.is);
                continue;
            }
            found++;
            assert_true(replay->difference.value_was != replay->difference.value_is);
        }
        flight_forget(&files);
    }
    assert_true(found > 0);
}

/* --- What is wrong with a file --- */

/* A file that was cut off anywhere is equal up to its last whole entry, and known to be cut. */
static void a_cut_file_is_read_to_its_last_entry(void **state)
{
    (void)state;
    storm_recorded(rcp_policy_documented(), 7, EVENTS);
    const struct flight_file *file = &files.list[1];
    for (size_t size = 0; size < file->size; size++) {
        enum rcp_replay_result result = replayed(file->bytes, size);
        if (result == RCP_REPLAY_NONE)
            assert_true(size < 32);
        else
            assert_int_equal(result, RCP_REPLAY_CUT);
        assert_true(replay->event_count <= file->events);
    }
    flight_forget(&files);
}

/* One byte that is not what it was, wherever it stands, is said: never a replay that is equal, and never
 * taken for an end that is merely missing. */
static void a_flipped_byte_is_said(void **state)
{
    (void)state;
    storm_recorded(rcp_policy_hardened(), 8, EVENTS);
    for (uint32_t k = 0; k < 2; k++) {
        struct flight_file *file = &files.list[k];
        for (size_t at = 0; at < file->size; at++) {
            unsigned char flip = (unsigned char)(1u + below(NULL, 255));
            file->bytes[at] ^= flip;
            enum rcp_replay_result result = replayed(file->bytes, file->size);
            assert_true(result == RCP_REPLAY_DAMAGED || result == RCP_REPLAY_NONE);
            file->bytes[at] ^= flip;
        }
        assert_int_equal(replayed(file->bytes, file->size), RCP_REPLAY_OVER);
    }
    flight_forget(&files);
}

/* Of another build's file it is said which build that was; a state alone may be foreign, too. */
static void another_builds_format_is_named(void **state)
{
    (void)state;
    struct rcp_recording_entry entry;
    struct rcp_recording_head head;
    storm_recorded(rcp_policy_hardened(), 9, EVENTS);
    const struct flight_file *file = &files.list[1];
    size_t at = 0;
    assert_int_equal(rcp_recording_next(file->bytes, file->size, &at, &entry), RCP_RECORDING_ENTRY);
    ((unsigned char *)(uintptr_t)entry.bytes)[7]++; /* behind the magic: the version */
    assert_int_equal(rcp_recording_read_head(&entry, &head), RCP_RECORDING_FOREIGN);
    assert_string_equal(head.build, "a test");
    ((unsigned char *)(uintptr_t)entry.bytes)[7]--;

    assert_int_equal(rcp_replay_open(replay, file->bytes, file->size), RCP_REPLAY_EQUAL);
    replay->head.layout++;
    void *block = runs_block(rcp_node_size(&replay->head.config.limits));
    assert_int_equal(rcp_replay_begin(replay, block), RCP_REPLAY_STATELESS);
    free(block);
    flight_forget(&files);
}

/* --- Round trips of whatever there may be --- */

static void fill(struct rcp_fields fields, void *object)
{
    for (uint32_t i = 0; i < fields.count; i++) {
        uint64_t most = rcp_field_most(&fields.list[i]);
        uint64_t value = roll() >> below(NULL, 64);
        rcp_field_set(object, &fields.list[i], most == UINT64_MAX ? value : value % (most + 1u));
    }
}

static void fill_rows(enum rcp_row_kind kind, void *rows, size_t size, uint32_t count)
{
    memset(rows, 0, size * count);
    for (uint32_t i = 0; i < count; i++)
        fill(rcp_row_fields(kind), (unsigned char *)rows + i * size);
}

#define FILL_ROWS(kind, rows, count) fill_rows(kind, rows, sizeof(rows)[0], count)

/* What stands behind the event's pointers, in the room of `step`. */
static void fill_behind(struct rcp_recorded *step)
{
    struct rcp_event *event = &step->event;
    if (event->kind == RCP_EVENT_REQUEST && below(NULL, 2) == 0) {
        FILL_ROWS(RCP_ROWS_REQUEST, &step->order, 1);
        event->request.order = &step->order;
    }
    if (event->kind == RCP_EVENT_PG_DONE) {
        event->pg_done.count = below(NULL, RCP_PG_TRANSACTIONS_MAX + 1u);
        FILL_ROWS(RCP_ROWS_TRANSACTION, step->transactions, event->pg_done.count);
        event->pg_done.transactions = step->transactions;
    }
    if (event->kind == RCP_EVENT_MYSQL_DONE) {
        /* The owner is in the middle of the op id: 7 and 8 wait for orders. */
        event->mysql_done.op_id = (uint64_t)below(NULL, 9) << 40 | roll() >> 24;
        event->mysql_done.op_id &= UINT64_C(0xffff0fffffffffff);
        event->mysql_done.row_count = below(NULL, RCP_TX_ROWS_MAX + 1u);
        FILL_ROWS(RCP_ROWS_TX, step->rows, event->mysql_done.row_count);
        FILL_ROWS(RCP_ROWS_ORDER, step->orders, event->mysql_done.row_count);
        event->mysql_done.rows = step->rows;
        event->mysql_done.orders = step->orders;
    }
}

static void fill_effects(struct rcp_effects *effects)
{
    effects->count = below(NULL, 12);
    effects->row_count = effects->order_count = 0;
    for (uint32_t i = 0; i < effects->count; i++) {
        struct rcp_effect *effect = &effects->items[i];
        memset(effect, 0, sizeof *effect);
        effect->kind = (enum rcp_effect_kind)(1u + below(NULL, RCP_EFFECT_KIND_COUNT - 1u));
        fill(rcp_effect_fields(effect->kind), effect);
        if (effect->kind != RCP_EFFECT_MYSQL)
            continue;
        struct rcp_mysql_effect *mysql = &effect->mysql;
        bool orders = rcp_script_is_order(mysql->script);
        uint32_t *used = orders ? &effects->order_count : &effects->row_count;
        mysql->row_count = below(NULL, 5);
        mysql->first_row = *used;
        *used += mysql->row_count;
        if (orders)
            FILL_ROWS(RCP_ROWS_ORDER, &effects->orders[mysql->first_row], mysql->row_count);
        else
            FILL_ROWS(RCP_ROWS_TX, &effects->rows[mysql->first_row], mysql->row_count);
    }
}

static void assert_fields_equal(struct rcp_fields fields, const void *was, const void *is)
{
    for (uint32_t i = 0; i < fields.count; i++)
        assert_true(rcp_field_get(was, &fields.list[i]) == rcp_field_get(is, &fields.list[i]));
}

/* Every kind of event and effect, with any numbers, comes back field by field; and written once more, it is
 * the same bytes. */
static void everything_comes_back(void **state)
{
    (void)state;
    struct rcp_recorded *was = runs_block(sizeof *was);
    struct rcp_recorded *is = runs_block(sizeof *is);
    unsigned char *again = runs_block(RCP_RECORDING_STEP_MAX);
    dice = 77;
    for (uint32_t i = 0; i < 20000; i++) {
        memset(was, 0, offsetof(struct rcp_recorded, effects));
        was->event.mono_ms = roll();
        was->event.wall_ms = roll();
        was->event.kind = (enum rcp_event_kind)(1u + i % (RCP_EVENT_KIND_COUNT - 1u));
        fill(rcp_event_fields(was->event.kind), &was->event);
        fill_behind(was);
        fill_effects(&was->effects);
        uint32_t size = rcp_recording_write_step(entry_room, &was->event, &was->effects);

        struct rcp_recording_entry entry;
        size_t at = 0;
        assert_int_equal(rcp_recording_next(entry_room, size, &at, &entry), RCP_RECORDING_ENTRY);
        assert_true(rcp_recording_read_step(&entry, is));
        assert_true(was->event.mono_ms == is->event.mono_ms);
        assert_true(was->event.wall_ms == is->event.wall_ms);
        assert_int_equal(was->event.kind, is->event.kind);
        assert_fields_equal(rcp_event_fields(was->event.kind), &was->event, &is->event);
        struct rcp_event_rows rows_were = rcp_event_rows(&was->event);
        struct rcp_event_rows rows_are = rcp_event_rows(&is->event);
        assert_int_equal(rows_were.kind, rows_are.kind);
        assert_int_equal(rows_were.count, rows_are.count);
        if (rows_were.count > 0)
            assert_memory_equal(
                rows_were.at, rows_are.at, (size_t)rows_were.count * rows_were.size);
        struct rcp_recording_difference difference;
        assert_false(rcp_recording_differs(&was->effects, &is->effects, &difference));
        assert_int_equal(rcp_recording_write_step(again, &is->event, &is->effects), size);
        assert_memory_equal(again, entry_room, size);
    }
    free(again);
    free(is);
    free(was);
}

/* Each field of an effect or of its rows that changes is found, under its name. */
static void each_changed_field_is_named(void **state)
{
    (void)state;
    struct rcp_effects *was = runs_block(sizeof *was);
    struct rcp_effects *is = runs_block(sizeof *is);
    dice = 78;
    for (uint32_t i = 0; i < 5000; i++) {
        struct rcp_recording_difference difference;
        do
            fill_effects(was);
        while (was->count == 0);
        *is = *was;
        uint32_t index = below(NULL, was->count);
        struct rcp_effect *effect = &is->items[index];
        struct rcp_fields fields = rcp_effect_fields(effect->kind);
        const struct rcp_field *field = &fields.list[below(NULL, fields.count)];
        if (effect->kind == RCP_EFFECT_MYSQL &&
            (strcmp(field->name, "row_count") == 0 || strcmp(field->name, "script") == 0))
            continue;
        uint64_t value = rcp_field_get(effect, field);
        uint64_t other = value == 0 ? 1 : value - 1u;
        rcp_field_set(effect, field, other);
        assert_true(rcp_recording_differs(was, is, &difference));
        assert_int_equal(difference.effect, index);
        assert_string_equal(difference.field->name, field->name);
        assert_int_equal(difference.rows, RCP_ROWS_NONE);
        assert_true(difference.value_was == value && difference.value_is == other);
        rcp_field_set(effect, field, value);

        struct rcp_event_rows rows = rcp_effect_rows(is, effect);
        if (rows.count > 0) {
            uint32_t row = below(NULL, rows.count);
            fields = rcp_row_fields(rows.kind);
            field = &fields.list[below(NULL, fields.count)];
            void *at = (unsigned char *)(uintptr_t)rows.at + (size_t)row * rows.size;
            value = rcp_field_get(at, field);
            rcp_field_set(at, field, value == 0 ? 1 : value - 1u);
            assert_true(rcp_recording_differs(was, is, &difference));
            assert_int_equal(difference.rows, rows.kind);
            assert_int_equal(difference.row, row);
            assert_string_equal(difference.field->name, field->name);
            rcp_field_set(at, field, value);
        }
        is->count--;
        assert_true(rcp_recording_differs(was, is, &difference));
        assert_int_equal(difference.effect, was->count - 1u);
        assert_int_equal(difference.is, RCP_EFFECT_NONE);
    }
    free(is);
    free(was);
}

/* --- The tables --- */

static uint32_t bytes_of(struct rcp_fields fields)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < fields.count; i++) {
        bytes += fields.list[i].size;
        for (uint32_t k = 0; k < i; k++) /* none is there twice */
            assert_true(fields.list[i].at >= fields.list[k].at + fields.list[k].size ||
                        fields.list[k].at >= fields.list[i].at + fields.list[i].size);
    }
    return bytes;
}

/* No field is left out: what the tables do not cover is spare bytes, padding, and what is told otherwise. */
static void tables_cover_every_field(void **state)
{
    (void)state;
    const struct {
        struct rcp_fields fields;
        size_t size;
        size_t left_out;
    } all[] = {
        {rcp_row_fields(RCP_ROWS_TX), sizeof(struct rcp_tx_row), 1},
        {rcp_row_fields(RCP_ROWS_ORDER), sizeof(struct rcp_order_row), 6},
        {rcp_row_fields(RCP_ROWS_TRANSACTION), sizeof(struct rcp_pg_transaction), 5},
        {rcp_row_fields(RCP_ROWS_REQUEST), sizeof(struct rcp_order_request), 5},
        {rcp_config_fields(), sizeof(struct rcp_node_config), 6},
        {rcp_event_fields(RCP_EVENT_START), sizeof(struct rcp_start), 0},
        {rcp_event_fields(RCP_EVENT_REQUEST), sizeof(struct rcp_request), 4 + 4 + sizeof(void *)},
        {rcp_event_fields(RCP_EVENT_REDIS_DONE), sizeof(struct rcp_redis_done), 2},
        {rcp_event_fields(RCP_EVENT_MYSQL_DONE),
         sizeof(struct rcp_mysql_done),
         2 + 4 + 2 * sizeof(void *)},
        {rcp_event_fields(RCP_EVENT_SENT), sizeof(struct rcp_sent), 4},
        {rcp_event_fields(RCP_EVENT_ASSIGNED), sizeof(struct rcp_partition_event), 0},
        {rcp_event_fields(RCP_EVENT_REVOKED), sizeof(struct rcp_partition_event), 0},
        {rcp_event_fields(RCP_EVENT_RECORD), sizeof(struct rcp_record_event), 4},
        {rcp_event_fields(RCP_EVENT_OFFSET_DONE), sizeof(struct rcp_offset_done), 0},
        {rcp_event_fields(RCP_EVENT_PG_DONE), sizeof(struct rcp_pg_done), 3 + sizeof(void *)},
        {rcp_event_fields(RCP_EVENT_OPERATE), sizeof(struct rcp_operate), 0},
        {rcp_effect_fields(RCP_EFFECT_REPLY), 4 + sizeof(struct rcp_reply), 4},
        {rcp_effect_fields(RCP_EFFECT_REDIS), 4 + sizeof(struct rcp_redis_effect), 4},
        {rcp_effect_fields(RCP_EFFECT_MYSQL),
         4 + sizeof(struct rcp_mysql_effect),
         sizeof(uint32_t)},
        {rcp_effect_fields(RCP_EFFECT_SEND), 4 + sizeof(struct rcp_send_effect), 4 + 3 + 4},
        {rcp_effect_fields(RCP_EFFECT_FETCH), 4 + sizeof(struct rcp_fetch_effect), 0},
        {rcp_effect_fields(RCP_EFFECT_COMMIT_OFFSET),
         4 + sizeof(struct rcp_commit_offset_effect),
         0},
        {rcp_effect_fields(RCP_EFFECT_ALERT), 4 + sizeof(struct rcp_alert_effect), 1},
        {rcp_effect_fields(RCP_EFFECT_PG), 4 + sizeof(struct rcp_pg_effect), 3},
        {rcp_effect_fields(RCP_EFFECT_ORDER_ALERT), 4 + sizeof(struct rcp_order_alert_effect), 4},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (bytes_of(all[i].fields) + all[i].left_out != all[i].size)
            fail_msg("table %zu: %u of %zu bytes", i, bytes_of(all[i].fields), all[i].size);
}

/* Bytes that the fields take where every number is as large as it can be. */
static size_t most_bytes_of(struct rcp_fields fields)
{
    static const uint8_t longest[] = {[1] = 2, [2] = 3, [4] = 5, [8] = 10};
    size_t bytes = 0;
    for (uint32_t i = 0; i < fields.count; i++)
        bytes += longest[fields.list[i].size];
    return bytes;
}

/* The largest step and the largest head fit the room that is promised for them. */
static void the_largest_entry_fits(void **state)
{
    (void)state;
    const size_t tx = most_bytes_of(rcp_row_fields(RCP_ROWS_TX));
    const size_t order = most_bytes_of(rcp_row_fields(RCP_ROWS_ORDER));
    size_t effect = 0;
    for (uint32_t i = 0; i < RCP_EFFECT_KIND_COUNT; i++) {
        size_t bytes = most_bytes_of(rcp_effect_fields((enum rcp_effect_kind)i));
        effect = bytes > effect ? bytes : effect;
    }
    assert_true(tx < order);
    assert_true(64 + 100 + RCP_TX_ROWS_MAX * order + RCP_EFFECTS_MAX * (1 + effect) +
                    RCP_EFFECT_ROWS_MAX * tx + RCP_EFFECT_ORDERS_MAX * order <=
                RCP_RECORDING_STEP_MAX);
    assert_true(64 + RCP_RECORDING_BUILD_MAX + 3 * 10 + 5 * 10 +
                    most_bytes_of(rcp_config_fields()) <=
                RCP_RECORDING_HEAD_MAX);
    assert_true(8 + 1 + 1 + 10 + 1 + RCP_RECORDING_CHECK_MAX <= RCP_RECORDING_END_MAX);
}

/* Bit by bit as RFC 3720 defines it: so other programs can tell whether an entry is whole. */
static void the_checksum_is_crc32c(void **state)
{
    (void)state;
    struct rcp_recording_ending ending = {RCP_RECORDING_GAP, 3, ""};
    uint32_t size = rcp_recording_write_end(entry_room, &ending);
    const unsigned char frame[] = {4, 0, 0, 0xa5 ^ 4};
    const unsigned char body[] = {RCP_RECORDING_END, RCP_RECORDING_GAP, 3, 0};
    assert_int_equal(size, 8 + sizeof body);
    assert_memory_equal(entry_room, frame, sizeof frame);
    assert_memory_equal(entry_room + 8, body, sizeof body);
    uint32_t crc = ~0u;
    for (uint32_t i = 0; i < size; i++) {
        if (i >= 4 && i < 8)
            continue;
        crc ^= entry_room[i];
        for (uint32_t bit = 0; bit < 8; bit++)
            crc = (crc & 1u) != 0 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    crc = ~crc;
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(entry_room[4 + i], crc >> 8u * i & 0xffu);
}

static int prepare(void **state)
{
    (void)state;
    replay = runs_block(sizeof *replay);
    return 0;
}

static int tidy(void **state)
{
    (void)state;
    free(replay);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_cover_every_field),
        cmocka_unit_test(the_largest_entry_fits),
        cmocka_unit_test(the_checksum_is_crc32c),
        cmocka_unit_test(everything_comes_back),
        cmocka_unit_test(each_changed_field_is_named),
        cmocka_unit_test(every_file_replays_alone),
        cmocka_unit_test(free_lists_decide_op_ids),
        cmocka_unit_test(a_changed_core_is_found),
        cmocka_unit_test(a_cut_file_is_read_to_its_last_entry),
        cmocka_unit_test(a_flipped_byte_is_said),
        cmocka_unit_test(another_builds_format_is_named),
    };
    return cmocka_run_group_tests(tests, prepare, tidy);
}
