/* The model of MySQL does what its documentation says of locks, lost connections and COMMITs. */
#include "core/recovery/row_table.h"
#include "sim/model/log_table.h"
#include "sim/model/mysql.h"
#include "sim/model/mysql_lock.h"
#include "tests/support/servers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define USER    1u
#define LONG    10u /* milliseconds in which an undisturbed script ends */
#define FOREVER 100000u

static struct rcp_sim *sim;

static int begin(void **state)
{
    (void)state;
    sim = servers_begin(8);
    return 0;
}

static int end(void **state)
{
    (void)state;
    servers_end();
    return 0;
}

static const struct rcp_entry_row *entry(void)
{
    return &rcp_world_entries(sim->world)[USER - 1u];
}

static uint64_t approve(enum rcp_fault fate, uint32_t flags)
{
    return servers_script(&(struct servers_script){
        .script = RCP_SCRIPT_APPROVE, .fate = fate, .flags = flags, .users = {USER}});
}

static uint64_t goes_on(enum rcp_script script, uint32_t session)
{
    return servers_script(
        &(struct servers_script){.script = script, .users = {USER}, .session = session});
}

static uint64_t settle(uint32_t kill)
{
    return servers_script(
        &(struct servers_script){.script = RCP_SCRIPT_SETTLE, .users = {USER}, .kill = kill});
}

static void must_end(uint64_t op_id, enum rcp_outcome outcome, enum rcp_error_class error)
{
    const struct servers_answer *answer = servers_answer(op_id);
    assert_non_null(answer);
    assert_int_equal(answer->outcome, outcome);
    assert_int_equal(answer->error, error);
}

static void must_say(uint64_t op_id, enum rcp_verdict verdict)
{
    must_end(op_id, RCP_OUTCOME_DONE, RCP_ERROR_NONE);
    assert_int_equal(servers_answer(op_id)->verdict, verdict);
}

/* An approval whose transaction is left open: it holds the entry's lock. */
static uint32_t hold_the_lock(void)
{
    uint64_t op_id = approve(RCP_FAULT_NONE, RCP_TX_LEAVE_OPEN);
    servers_pass(LONG);
    must_say(op_id, RCP_VERDICT_APPROVED);
    assert_int_equal(entry()->status, RCP_ENTRY_NONE);
    return servers_answer(op_id)->session;
}

/* ---- Locks ---------------------------------------------------------------------------------- */

/* Who waits for a lock too long hears 1205: refused, and not before the wait is over. */
static void a_lock_wait_ends_with_1205(void **state)
{
    (void)state;
    hold_the_lock();
    uint64_t second = approve(RCP_FAULT_NONE, 0);
    servers_pass(RCP_LOCK_WAIT_MS - 1u);
    assert_null(servers_answer(second));
    servers_pass(LONG);
    must_end(second, RCP_OUTCOME_REFUSED, RCP_ERROR_CONTENTION);
    assert_int_equal(entry()->status, RCP_ENTRY_NONE);
}

/* Who waits goes on when the lock is free, and sees what was committed meanwhile. */
static void who_waits_sees_what_was_committed(void **state)
{
    (void)state;
    uint32_t session = hold_the_lock();
    uint64_t second = approve(RCP_FAULT_NONE, 0);
    servers_pass(100);
    goes_on(RCP_SCRIPT_FINISH, session);
    servers_pass(100);
    must_say(second, RCP_VERDICT_ALREADY);
    assert_int_equal(entry()->approvals, 1);
}

/* ROLLBACK leaves nothing, and lets the next one through. */
static void who_waits_goes_on_after_a_rollback(void **state)
{
    (void)state;
    uint32_t session = hold_the_lock();
    uint64_t second = approve(RCP_FAULT_NONE, 0);
    servers_pass(100);
    goes_on(RCP_SCRIPT_ABANDON, session);
    servers_pass(100);
    must_say(second, RCP_VERDICT_APPROVED);
}

/* A wait that would close a circle is 1213 for the one who closes it, at once. */
static void a_circle_is_a_deadlock(void **state)
{
    (void)state;
    struct rcp_world *world = sim->world;
    uint32_t first = rcp_lock_pack(RCP_LOCK_ENTRY, 0);
    uint32_t second = rcp_lock_pack(RCP_LOCK_ROW, 0);
    uint32_t third = rcp_lock_pack(RCP_LOCK_ACTIVITY, 0);
    memset(rcp_world_rows(world), 0, sizeof(struct rcp_log_row));
    assert_int_equal(rcp_lock_take(world, 0, first), RCP_LOCK_TAKEN);
    assert_int_equal(rcp_lock_take(world, 0, first), RCP_LOCK_TAKEN);
    assert_int_equal(rcp_lock_take(world, 1, second), RCP_LOCK_TAKEN);
    assert_int_equal(rcp_lock_take(world, 2, third), RCP_LOCK_TAKEN);
    assert_int_equal(rcp_lock_take(world, 0, second), RCP_LOCK_BUSY);
    rcp_world_sessions(world)[0].state = RCP_SESSION_WAITING;
    assert_int_equal(rcp_lock_take(world, 1, third), RCP_LOCK_BUSY);
    rcp_world_sessions(world)[1].state = RCP_SESSION_WAITING;
    assert_int_equal(rcp_lock_take(world, 2, first), RCP_LOCK_DEADLOCK);
    assert_false(rcp_lock_is_free(world, 2, first));
    assert_true(rcp_lock_is_free(world, 0, first));
}

/* 1213 and 1205 by fate: refused as contention, nothing written, no lock kept. */
static void contention_writes_nothing(void **state)
{
    (void)state;
    static const enum rcp_fault fates[] = {RCP_FAULT_MYSQL_DEADLOCK, RCP_FAULT_MYSQL_LOCK_TIMEOUT};
    for (size_t i = 0; i < 2; i++) {
        uint64_t op_id = approve(fates[i], 0);
        servers_pass(LONG);
        must_end(op_id, RCP_OUTCOME_REFUSED, RCP_ERROR_CONTENTION);
        assert_int_equal(entry()->status, RCP_ENTRY_NONE);
        assert_int_equal(entry()->lock, 0);
        assert_int_equal(sim->result->fired[fates[i]], 1);
    }
}

/* ---- Lost connections ----------------------------------------------------------------------- */

/* What each loss tells the client, what it leaves in the table, and whether its locks stay. */
static void losses_leave_what_they_must(void **state)
{
    (void)state;
    static const struct {
        enum rcp_fault fate;
        enum rcp_outcome outcome;
        enum rcp_error_class error;
        enum rcp_entry_status entry;   /* when the client has its answer */
        enum rcp_entry_status at_last; /* when all is over */
        bool holds;
    } rows[] = {
        {RCP_FAULT_MYSQL_REFUSED,
         RCP_OUTCOME_REFUSED,
         RCP_ERROR_CONNECTION,
         RCP_ENTRY_NONE,
         RCP_ENTRY_NONE,
         false},
        {RCP_FAULT_MYSQL_LOST_STATEMENT,
         RCP_OUTCOME_REFUSED,
         RCP_ERROR_CONNECTION,
         RCP_ENTRY_NONE,
         RCP_ENTRY_NONE,
         true},
        {RCP_FAULT_MYSQL_LOST_COMMIT,
         RCP_OUTCOME_UNKNOWN,
         RCP_ERROR_NONE,
         RCP_ENTRY_NONE,
         RCP_ENTRY_NONE,
         true},
        {RCP_FAULT_MYSQL_LOST_ANSWER,
         RCP_OUTCOME_UNKNOWN,
         RCP_ERROR_NONE,
         RCP_ENTRY_APPROVED,
         RCP_ENTRY_APPROVED,
         false},
        {RCP_FAULT_MYSQL_LATE_COMMIT,
         RCP_OUTCOME_UNKNOWN,
         RCP_ERROR_NONE,
         RCP_ENTRY_NONE,
         RCP_ENTRY_APPROVED,
         true},
        {RCP_FAULT_MYSQL_SLOW,
         RCP_OUTCOME_DONE,
         RCP_ERROR_NONE,
         RCP_ENTRY_APPROVED,
         RCP_ENTRY_APPROVED,
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        end(NULL);
        begin(NULL);
        uint64_t op_id = approve(rows[i].fate, 0);
        for (uint32_t ms = 0; ms < RCP_MYSQL_TIMEOUT_MS && servers_answer(op_id) == NULL; ms++)
            servers_pass(1);
        must_end(op_id, rows[i].outcome, rows[i].error);
        assert_int_equal(entry()->status, rows[i].entry);
        assert_int_equal(entry()->lock != 0, rows[i].holds);
        assert_int_equal(sim->result->fired[rows[i].fate], 1);
        servers_pass(FOREVER);
        assert_int_equal(entry()->status, rows[i].at_last);
        assert_int_equal(entry()->lock, 0);
    }
}

/* The locks of a lost client stay until the server notices, and then go. */
static void an_orphan_holds_its_locks_until_noticed(void **state)
{
    (void)state;
    static const enum rcp_fault fates[] = {RCP_FAULT_MYSQL_LOST_COMMIT,
                                           RCP_FAULT_MYSQL_LOST_STATEMENT};
    uint64_t notice_ms = sim->world->config.orphan_ms;
    for (size_t i = 0; i < 2; i++) {
        end(NULL);
        begin(NULL);
        approve(fates[i], 0);
        servers_pass(notice_ms / 2u);
        uint64_t early = approve(RCP_FAULT_NONE, 0);
        servers_pass(notice_ms / 4u);
        must_end(early, RCP_OUTCOME_REFUSED, RCP_ERROR_CONTENTION);
        servers_pass(notice_ms / 2u);
        uint64_t late = approve(RCP_FAULT_NONE, 0);
        servers_pass(LONG);
        must_say(late, RCP_VERDICT_APPROVED);
    }
}

/* KILL, then a locking read: the truth, and it stays the truth. */
static void a_killed_commit_never_lands(void **state)
{
    (void)state;
    uint64_t op_id = approve(RCP_FAULT_MYSQL_LATE_COMMIT, 0);
    servers_pass(LONG);
    uint64_t truth = settle(servers_answer(op_id)->session);
    servers_pass(LONG);
    must_say(truth, RCP_VERDICT_NOTHING);
    servers_pass(FOREVER);
    assert_int_equal(entry()->status, RCP_ENTRY_NONE);
}

/* A KILL names a connection, not its place: whoever has the place next is left alone. */
static void a_kill_strikes_no_other_session(void **state)
{
    (void)state;
    uint64_t first = approve(RCP_FAULT_MYSQL_LOST_ANSWER, 0);
    servers_pass(LONG);
    uint32_t old = servers_answer(first)->session;
    uint64_t second = servers_script(&(struct servers_script){
        .script = RCP_SCRIPT_APPROVE, .fate = RCP_FAULT_MYSQL_LATE_COMMIT, .users = {2}});
    servers_pass(LONG);
    assert_int_equal(servers_answer(second)->session & 0xffu, old & 0xffu);
    uint64_t truth = settle(old);
    servers_pass(LONG);
    must_say(truth, RCP_VERDICT_APPROVED);
    servers_pass(FOREVER);
    assert_int_equal(rcp_world_entries(sim->world)[1].status, RCP_ENTRY_APPROVED);
}

/* When a process dies, what it left open is an orphan: locks first, then nothing. */
static void the_dead_keep_their_locks_for_a_while(void **state)
{
    (void)state;
    hold_the_lock();
    sim->world->nodes[0].alive = 0;
    rcp_mysql_client_died(sim, 0);
    servers_pass(LONG);
    assert_int_not_equal(entry()->lock, 0);
    servers_pass(FOREVER);
    assert_int_equal(entry()->lock, 0);
    assert_int_equal(entry()->status, RCP_ENTRY_NONE);
}

/* What was committing when its process died lands all the same. */
static void a_commit_outlives_its_process(void **state)
{
    (void)state;
    approve(RCP_FAULT_NONE, 0);
    servers_pass(1); /* the statements have run, COMMIT is on its way */
    sim->world->nodes[0].alive = 0;
    rcp_mysql_client_died(sim, 0);
    servers_pass(LONG);
    assert_int_equal(entry()->status, RCP_ENTRY_APPROVED);
}

/* ---- The server ----------------------------------------------------------------------------- */

/* A server that went down has forgotten what was open. */
static void a_restart_rolls_back_what_was_open(void **state)
{
    (void)state;
    uint32_t session = hold_the_lock();
    rcp_mysql_down(sim);
    uint64_t finish = goes_on(RCP_SCRIPT_FINISH, session);
    servers_pass(LONG);
    must_end(finish, RCP_OUTCOME_REFUSED, RCP_ERROR_CONNECTION);
    assert_int_equal(entry()->status, RCP_ENTRY_NONE);
    assert_int_equal(entry()->lock, 0);
}

/* A read-only server reads. */
static void a_read_only_server_reads(void **state)
{
    (void)state;
    sim->world->faults[0] |= UINT64_C(1) << RCP_FAULT_MYSQL_READ_ONLY;
    uint64_t write = approve(RCP_FAULT_NONE, 0);
    uint64_t read =
        servers_script(&(struct servers_script){.script = RCP_SCRIPT_LOOKUP, .users = {USER}});
    servers_pass(LONG);
    must_end(write, RCP_OUTCOME_REFUSED, RCP_ERROR_CONNECTION);
    must_say(read, RCP_VERDICT_NOTHING);
}

/* Connections are counted: when all are taken, the next is refused, and given when one is free. */
static void connections_are_counted(void **state)
{
    (void)state;
    uint32_t sessions = sim->world->config.sessions;
    uint64_t op_id = 0;
    for (uint32_t i = 0; i <= sessions; i++)
        op_id = servers_script(
            &(struct servers_script){.script = RCP_SCRIPT_LOOKUP, .users = {1u + i % 8u}});
    servers_pass(LONG);
    must_end(op_id, RCP_OUTCOME_REFUSED, RCP_ERROR_CONNECTION);
    op_id = approve(RCP_FAULT_NONE, 0);
    servers_pass(LONG);
    must_say(op_id, RCP_VERDICT_APPROVED);
}

/* ---- Claims --------------------------------------------------------------------------------- */

/* Three rows that are due, of users 1 to 3. */
static void three_due_rows(void)
{
    for (uint32_t user = 1; user <= 3; user++) {
        struct rcp_tx_row row = {.payload = {.user_id = user, .activity_id = 1, .product_id = 100}};
        rcp_log_insert(sim, user - 1u, &row, 0);
    }
    servers_pass(1);
}

static uint64_t claim(uint32_t node, uint32_t flags)
{
    return servers_script(&(struct servers_script){
        .script = RCP_SCRIPT_CLAIM, .node = node, .flags = flags, .page = 2});
}

/* SKIP LOCKED: two nodes claim at once, and no row twice. */
static void locked_rows_are_skipped(void **state)
{
    (void)state;
    three_due_rows();
    uint64_t first = claim(0, 0);
    uint64_t second = claim(1, 0);
    servers_pass(LONG);
    assert_int_equal(servers_answer(first)->rows, 2);
    assert_int_equal(servers_answer(second)->rows, 1);
    assert_int_equal(servers_answer(second)->row_ids[0], 3);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(rcp_world_rows(sim->world)[i].epoch, 1);
        assert_int_equal(rcp_world_rows(sim->world)[i].claimed_twice, 0);
    }
}

/* A plain SELECT sees what everybody sees: the same rows are claimed twice. */
static void a_plain_select_claims_twice(void **state)
{
    (void)state;
    three_due_rows();
    uint64_t first = claim(0, RCP_TX_PLAIN);
    uint64_t second = claim(1, RCP_TX_PLAIN);
    servers_pass(100);
    assert_int_equal(servers_answer(first)->rows, 2);
    assert_int_equal(servers_answer(second)->rows, 2);
    assert_int_equal(rcp_world_rows(sim->world)[0].claimed_twice, 1);
}

/* A claim counts for one epoch: a write under an older one changes nothing. */
static void a_stale_epoch_changes_nothing(void **state)
{
    (void)state;
    three_due_rows();
    claim(0, 0);
    servers_pass(LONG);
    for (uint32_t epoch = 0; epoch <= 2; epoch++) {
        uint64_t op_id = servers_script(&(struct servers_script){
            .script = RCP_SCRIPT_RELEASE, .users = {USER}, .row_id = 1, .epoch = epoch});
        servers_pass(LONG);
        must_say(op_id, epoch == 1 ? RCP_VERDICT_WRITTEN : RCP_VERDICT_STALE);
    }
    assert_int_equal(rcp_world_rows(sim->world)[0].status, RCP_ROW_PENDING);
}

/* ---- Capacity ------------------------------------------------------------------------------- */

/* No more are approved than there is room for, however many ask at once. */
static void capacity_is_kept(void **state)
{
    (void)state;
    end(NULL);
    sim = servers_begin(2);
    uint64_t ops[4];
    for (uint32_t i = 0; i < 4; i++)
        ops[i] = servers_script(&(struct servers_script){
            .script = RCP_SCRIPT_APPROVE, .flags = RCP_TX_CAPACITY, .users = {i + 1u}});
    servers_pass(100);
    uint32_t approved = 0;
    uint32_t full = 0;
    for (uint32_t i = 0; i < 4; i++) {
        approved += servers_answer(ops[i])->verdict == RCP_VERDICT_APPROVED;
        full += servers_answer(ops[i])->verdict == RCP_VERDICT_FULL;
    }
    assert_int_equal(approved, 2);
    assert_int_equal(full, 2);
}

int main(void)
{
#define TEST(claim) cmocka_unit_test_setup_teardown(claim, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_lock_wait_ends_with_1205),
        TEST(who_waits_sees_what_was_committed),
        TEST(who_waits_goes_on_after_a_rollback),
        TEST(a_circle_is_a_deadlock),
        TEST(contention_writes_nothing),
        TEST(losses_leave_what_they_must),
        TEST(an_orphan_holds_its_locks_until_noticed),
        TEST(a_killed_commit_never_lands),
        TEST(a_kill_strikes_no_other_session),
        TEST(the_dead_keep_their_locks_for_a_while),
        TEST(a_commit_outlives_its_process),
        TEST(a_restart_rolls_back_what_was_open),
        TEST(a_read_only_server_reads),
        TEST(connections_are_counted),
        TEST(locked_rows_are_skipped),
        TEST(a_plain_select_claims_twice),
        TEST(a_stale_epoch_changes_nothing),
        TEST(capacity_is_kept),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
