/* Every invariant in a good world, and in the false world next to it. */
#include "sim/check/checker.h"
#include "tests/support/small_world.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAYMENT 6u /* user 7 of activity 1 */
#define ALL     UINT32_MAX

/* --- Good worlds, and the one change that makes each false --- */

static void paid(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_LIVE);
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_OK);
    small_world_entry(world, PAYMENT, RCP_ENTRY_APPROVED);
    rcp_world_entries(world)[PAYMENT].origin = 1;
    small_world_token(world, PAYMENT, RCP_TOKEN_DELETED);
    rcp_world_entries(world)[PAYMENT].token_released = 1;
}

static void accepted(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_LIVE);
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_ACCEPTED);
    small_world_row(world, PAYMENT, RCP_ROW_PENDING);
}

static void parked_with_alert(struct rcp_world *world)
{
    accepted(world);
    small_world_alert(world, 0);
    small_world_move(world, 0, RCP_ROW_FAILED);
}

static void fenced(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_EXPIRED);
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_GONE);
    small_world_entry(world, PAYMENT, RCP_ENTRY_REJECTED);
}

static void failed(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_LIVE);
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_ERROR);
    world->policy = rcp_policy_documented(); /* nobody else says 500 */
}

static void direct_record(struct rcp_world *world)
{
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_ACCEPTED)->record_tried = 1;
    small_world_send(world, PAYMENT, 0);
}

static void sold_out(struct rcp_world *world)
{
    for (uint32_t payment = 0; payment < 2; payment++) {
        small_world_ask(world, payment, RCP_REQUEST_PROCESS, RCP_STATUS_OK);
        small_world_entry(world, payment, RCP_ENTRY_APPROVED);
    }
}

static void claimed(struct rcp_world *world)
{
    accepted(world);
    small_world_move(world, 0, RCP_ROW_PROCESSING);
    rcp_world_rows(world)[0].epoch = 1;
    rcp_world_rows(world)[0].owner = 0;
    rcp_world_rows(world)[0].claimed_by = 1;
}

static void five_attempts(struct rcp_world *world)
{
    accepted(world);
    rcp_world_rows(world)[0].attempt = 5;
    rcp_world_rows(world)[0].handler_failures = 5;
    rcp_world_ledgers(world)[PAYMENT].counted = 5;
}

static void parked_for_attempts(struct rcp_world *world)
{
    five_attempts(world);
    rcp_world_rows(world)[0].cause = RCP_PARK_ATTEMPTS;
    small_world_alert(world, 0);
    small_world_move(world, 0, RCP_ROW_FAILED);
}

static void settled(struct rcp_world *world)
{
    accepted(world);
    small_world_send(world, PAYMENT, 1);
    small_world_entry(world, PAYMENT, RCP_ENTRY_APPROVED);
    small_world_move(world, 0, RCP_ROW_RESOLVED);
    small_world_token(world, PAYMENT, RCP_TOKEN_DELETED);
    rcp_world_entries(world)[PAYMENT].token_released = 1;
    small_world_commit(world);
}

static void poison(struct rcp_world *world)
{
    small_world_send(world, RCP_NOBODY, 0)->record.usable = 0;
    small_world_send(world, PAYMENT, 0)->record.mac = 0;
    small_world_park(world, 0);
    small_world_park(world, 1);
    small_world_commit(world);
}

static void asked_for_status(struct rcp_world *world)
{
    small_world_ask(world, PAYMENT, RCP_REQUEST_STATUS, RCP_STATUS_OK);
}

static void asked_twice(struct rcp_world *world)
{
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_UNAVAILABLE);
    paid(world);
    rcp_world_entries(world)[PAYMENT].origin = 2;
}

static void log_did_not_answer(struct rcp_world *world)
{
    struct rcp_exchange *it =
        small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_UNAVAILABLE);
    it->log_failed = 1;
    it->record_tried = 1;
    it->again = 0;
}

static void refused_stranger(struct rcp_world *world)
{
    struct rcp_exchange *it =
        small_world_ask(world, PAYMENT, RCP_REQUEST_STATUS, RCP_STATUS_FORBIDDEN);
    it->user = 3;
}

static void entry_gone(struct rcp_world *world)
{
    small_world_entry(world, PAYMENT, RCP_ENTRY_NONE);
}

static void row_gone(struct rcp_world *world)
{
    small_world_move(world, 0, RCP_ROW_NONE);
}

static void record_passed(struct rcp_world *world)
{
    small_world_commit(world);
}

static void nobody_alerted(struct rcp_world *world)
{
    rcp_world_rows(world)[0].alerted = 0;
    world->backlog.unalerted++;
}

static void only_marked(struct rcp_world *world)
{
    rcp_world_rows(world)[0].raised = 0;
    world->backlog.untold++;
}

static void record_not_alerted(struct rcp_world *world)
{
    rcp_world_parked(world)[1].alerted = 0;
    world->backlog.unalerted++;
}

static void other_payload(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].noted = RCP_NOTED_ENTRY | RCP_NOTED_OTHER;
    rcp_world_ledgers(world)[PAYMENT].told_other = 1;
}

static void fence_not_there(struct rcp_world *world)
{
    small_world_entry(world, PAYMENT, RCP_ENTRY_NONE);
}

static void log_not_tried(struct rcp_world *world)
{
    struct rcp_exchange *it = &rcp_world_exchanges(world)[0];
    it->log_failed = 0;
    it->record_tried = 0;
    it->noted = RCP_NOTED_ASKED | RCP_NOTED_ENTRY;
    rcp_world_ledgers(world)[PAYMENT].fallback_missed = 1;
}

static void good_request_refused(struct rcp_world *world)
{
    small_world_ask(world, PAYMENT, RCP_REQUEST_STATUS, RCP_STATUS_UNAUTHORIZED);
    rcp_world_ledgers(world)[PAYMENT].turned_away = 1;
}

static void no_status(struct rcp_world *world)
{
    small_world_ask(world, PAYMENT, RCP_REQUEST_PROCESS, RCP_STATUS_NONE);
    rcp_world_ledgers(world)[PAYMENT].turned_away = 1;
}

static void refused_late(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].noted = RCP_NOTED_ASKED;
    rcp_world_ledgers(world)[PAYMENT].turned_away = 1;
}

static void told_parked(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].said = RCP_PAYMENT_PARKED;
    rcp_world_ledgers(world)[PAYMENT].misled = 1;
}

static void told_nothing(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].said = RCP_PAYMENT_UNKNOWN;
    rcp_world_ledgers(world)[PAYMENT].misled = 1;
}

static void told_approved(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].said = RCP_PAYMENT_APPROVED;
    rcp_world_ledgers(world)[PAYMENT].misled = 1;
}

static void told_late(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].noted = RCP_NOTED_LATE;
    rcp_world_ledgers(world)[PAYMENT].answered_late = 1;
}

static void approved_again(struct rcp_world *world)
{
    rcp_world_entries(world)[PAYMENT].approvals++;
}

static void never_asked(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].user = 3;
    rcp_world_ledgers(world)[PAYMENT].owner_asked = 0;
    rcp_world_ledgers(world)[PAYMENT].told_ok = 0;
}

static void overwritten(struct rcp_world *world)
{
    rcp_world_entries(world)[PAYMENT].status = RCP_ENTRY_REJECTED;
    rcp_world_entries(world)[PAYMENT].overwrites++;
}

static void approved_late(struct rcp_world *world)
{
    small_world_entry(world, PAYMENT, RCP_ENTRY_APPROVED);
}

static void took_after_all(struct rcp_world *world)
{
    small_world_entry(world, PAYMENT, RCP_ENTRY_APPROVED);
    rcp_world_entries(world)[PAYMENT].origin = 1;
    rcp_world_ledgers(world)[PAYMENT].failure_took = 1;
}

static void topic_not_tried(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].record_tried = 0;
    rcp_world_ledgers(world)[PAYMENT].fallback_missed = 1;
}

static void deleted_early(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_DELETED);
}

static void not_released(struct rcp_world *world)
{
    small_world_token(world, PAYMENT, RCP_TOKEN_LIVE);
}

static void release_not_marked(struct rcp_world *world)
{
    rcp_world_entries(world)[PAYMENT].token_released = 0;
}

static void one_more(struct rcp_world *world)
{
    small_world_ask(world, 2, RCP_REQUEST_PROCESS, RCP_STATUS_OK);
    small_world_entry(world, 2, RCP_ENTRY_APPROVED);
}

static void reopened(struct rcp_world *world)
{
    small_world_move(world, 0, RCP_ROW_PENDING);
    rcp_world_rows(world)[0].bad_edge = 1 + RCP_ROW_RESOLVED;
}

static void second_row(struct rcp_world *world)
{
    small_world_row(world, PAYMENT, RCP_ROW_PROCESSING);
}

static void second_claim(struct rcp_world *world)
{
    rcp_world_rows(world)[0].owner = (uint64_t)1 << 32;
    rcp_world_rows(world)[0].claimed_twice = 1;
}

static void sixth_attempt(struct rcp_world *world)
{
    small_world_move(world, 0, RCP_ROW_NONE);
    rcp_world_rows(world)[small_world_row(world, PAYMENT, RCP_ROW_PENDING)].attempt = 1;
    rcp_world_ledgers(world)[PAYMENT].counted = 6;
}

static void not_its_doing(struct rcp_world *world)
{
    rcp_world_rows(world)[0].handler_failures = 4;
}

static void counts_for_another(struct rcp_world *world)
{
    rcp_world_rows(world)[0].attempt = 1;
}

static void no_cause(struct rcp_world *world)
{
    rcp_world_rows(world)[0].cause = RCP_PARK_NONE;
}

static void not_parked(struct rcp_world *world)
{
    world->parked_count = 1;
}

static void still_open(struct rcp_world *world)
{
    small_world_row(world, 9, RCP_ROW_PENDING);
}

static void still_waits(struct rcp_world *world)
{
    small_world_send(world, 9, 0);
}

static void told_404(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].status = RCP_STATUS_NOT_FOUND;
    rcp_world_ledgers(world)[PAYMENT].status_404 = 1;
}

static void answered_again(struct rcp_world *world)
{
    rcp_world_exchanges(world)[0].replies = 2;
    rcp_world_ledgers(world)[PAYMENT].answered_twice = 1;
}

static void hung_up(struct rcp_world *world)
{
    rcp_world_exchanges(world)[1].state = RCP_EXCHANGE_LOST;
    world->backlog.waiting = 1;
}

static const struct {
    const char *name;
    enum rcp_invariant invariant;
    uint32_t index;
    void (*good)(struct rcp_world *world);
    void (*bad)(struct rcp_world *world);
    const char *fingerprint; /* after the id */
    const char *detail;
} falsehoods[] = {
    {"told 200, entry not there",
     RCP_INVARIANT_OK_IS_APPROVED,
     PAYMENT,
     paid,
     entry_gone,
     "/payment/entry=NONE,row=NONE,told=200",
     "user 7 of activity 1 was told 200, but is not approved so: the entry is NONE, there is no "
     "failure row, the token is deleted"},
    {"told 200, entry has another payload",
     RCP_INVARIANT_OK_IS_APPROVED,
     PAYMENT,
     paid,
     other_payload,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 was told 200, but is not approved so: the entry is APPROVED, there is "
     "no "
     "failure row, the token is deleted"},
    {"told 202, row deleted",
     RCP_INVARIANT_ACCEPTED_IS_DURABLE,
     PAYMENT,
     accepted,
     row_gone,
     "/payment/entry=NONE,row=NONE,told=202",
     "user 7 of activity 1 was told 202, but nothing durable is left of it: the entry is NONE, "
     "there is no failure row, the token is live"},
    {"told 202, record passed by",
     RCP_INVARIANT_ACCEPTED_IS_DURABLE,
     PAYMENT,
     direct_record,
     record_passed,
     "/payment/entry=NONE,row=NONE,told=202",
     "user 7 of activity 1 was told 202, but nothing durable is left of it: the entry is NONE, "
     "there is no failure row, the token was never issued"},
    {"told 202, parked in silence",
     RCP_INVARIANT_ACCEPTED_IS_SETTLED,
     PAYMENT,
     parked_with_alert,
     nobody_alerted,
     "/payment/entry=NONE,row=FAILED,told=202",
     "user 7 of activity 1 was told that it is paid or will be, and is lost: the entry is NONE, "
     "row 1 is FAILED, the token is live"},
    {"approved again",
     RCP_INVARIANT_APPROVED_ONCE,
     PAYMENT,
     paid,
     approved_again,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 was approved more than once: the entry is APPROVED (approved 2 times), "
     "there is no failure row, the token is deleted"},
    {"only a stranger asked",
     RCP_INVARIANT_OWNER_CONSENTED,
     PAYMENT,
     paid,
     never_asked,
     "/payment/entry=APPROVED,row=NONE,told=none",
     "user 7 of activity 1 never asked to pay, but is approved: the entry is APPROVED, there is no "
     "failure row, the token is deleted"},
    {"rejected after approval",
     RCP_INVARIANT_FINAL_KEPT,
     PAYMENT,
     paid,
     overwritten,
     "/payment/entry=REJECTED,row=NONE,told=200",
     "user 7 of activity 1 had a final entry, which was overwritten: the entry is REJECTED, there "
     "is no failure row, the token is deleted"},
    {"approved after 410",
     RCP_INVARIANT_GONE_IS_FINAL,
     PAYMENT,
     fenced,
     approved_late,
     "/payment/entry=APPROVED,row=NONE,told=gone",
     "user 7 of activity 1 was told that its reservation is gone, which is not so for good: the "
     "entry is APPROVED, there is no failure row, the token has expired"},
    {"410 without a fence",
     RCP_INVARIANT_GONE_IS_FINAL,
     PAYMENT,
     fenced,
     fence_not_there,
     "/payment/entry=NONE,row=NONE,told=gone",
     "user 7 of activity 1 was told that its reservation is gone, which is not so for good: the "
     "entry is NONE, there is no failure row, the token has expired"},
    {"approved by a request told 500",
     RCP_INVARIANT_FAILURE_TOOK_NOTHING,
     PAYMENT,
     failed,
     took_after_all,
     "/payment/entry=APPROVED,row=NONE,told=none",
     "user 7 of activity 1 was approved by a request that was told of a failure: the entry is "
     "APPROVED, there is no failure row, the token is live"},
    {"503 without a record",
     RCP_INVARIANT_FALLBACK_TRIED,
     PAYMENT,
     log_did_not_answer,
     topic_not_tried,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 was told 503 although failure log or retry topic was never tried: the "
     "entry is NONE, there is no failure row, the token was never issued"},
    {"503 without a row",
     RCP_INVARIANT_FALLBACK_TRIED,
     PAYMENT,
     log_did_not_answer,
     log_not_tried,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 was told 503 although failure log or retry topic was never tried: the "
     "entry is NONE, there is no failure row, the token was never issued"},
    {"token deleted while the row is open",
     RCP_INVARIANT_TOKEN_KEPT,
     PAYMENT,
     accepted,
     deleted_early,
     "/payment/entry=NONE,row=PENDING,told=202",
     "user 7 of activity 1 lost its token before its entry was final: the entry is NONE, row 1 is "
     "PENDING, the token is deleted"},
    {"token still there",
     RCP_INVARIANT_TOKEN_RELEASED,
     PAYMENT,
     paid,
     not_released,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 is approved, but its token was not released: the entry is APPROVED, "
     "there is no failure row, the token is live"},
    {"release not written down",
     RCP_INVARIANT_TOKEN_RELEASED,
     PAYMENT,
     paid,
     release_not_marked,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 is approved, but its token was not released: the entry is APPROVED, "
     "there is no failure row, the token is deleted"},
    {"one more than there is",
     RCP_INVARIANT_CAPACITY_KEPT,
     0,
     sold_out,
     one_more,
     "/activity",
     "activity 1 has sold more than there is: 3 entries are APPROVED, its capacity is 2"},
    {"a final row opens again",
     RCP_INVARIANT_ROW_EDGES,
     0,
     settled,
     reopened,
     "/row/entry=APPROVED,row=PENDING,from=RESOLVED,told=202",
     "row 1 (user 7 of activity 1) made a move that the row table does not have: it is PENDING and "
     "was RESOLVED, its epoch is 0, the entry is APPROVED"},
    {"RESOLVED without entry",
     RCP_INVARIANT_RESOLVED_IS_SETTLED,
     0,
     settled,
     entry_gone,
     "/row/entry=NONE,row=RESOLVED,told=202",
     "row 1 (user 7 of activity 1) is RESOLVED, but its entry is not final: it is RESOLVED, its "
     "epoch is 0, the entry is NONE"},
    {"two open rows",
     RCP_INVARIANT_ONE_OPEN_ROW,
     PAYMENT,
     accepted,
     second_row,
     "/payment/entry=NONE,row=PENDING+PROCESSING,told=202",
     "user 7 of activity 1 has more than one open row: the entry is NONE, row 1 is PENDING, row 2 "
     "is PROCESSING, the token is live"},
    {"two nodes, one epoch",
     RCP_INVARIANT_CLAIM_EXCLUSIVE,
     0,
     claimed,
     second_claim,
     "/row/entry=NONE,row=PROCESSING,told=202",
     "row 1 (user 7 of activity 1) was claimed by two nodes in the same epoch: it is PROCESSING, "
     "its epoch is 1, the entry is NONE"},
    {"a new row forgets the attempts",
     RCP_INVARIANT_ATTEMPTS_BOUNDED,
     PAYMENT,
     five_attempts,
     sixth_attempt,
     "/payment/entry=NONE,row=PENDING,told=202",
     "user 7 of activity 1 failed more often than attempts are allowed: the entry is NONE, row 2 "
     "is PENDING, the token is live, 6 failed attempts count"},
    {"parked for four failures",
     RCP_INVARIANT_PARKED_WITH_CAUSE,
     0,
     parked_for_attempts,
     not_its_doing,
     "/row/entry=NONE,row=FAILED,cause=attempts,told=202",
     "row 1 (user 7 of activity 1) is parked, or counts an attempt, without a good cause: it is "
     "FAILED (cause attempts, 4 "
     "failures of its own), its epoch is 0, the entry is NONE"},
    {"the failure of another counts",
     RCP_INVARIANT_PARKED_WITH_CAUSE,
     0,
     accepted,
     counts_for_another,
     "/row/entry=NONE,row=PENDING,told=202",
     "row 1 (user 7 of activity 1) is parked, or counts an attempt, without a good cause: it is "
     "PENDING, its epoch is 0, the entry is NONE"},
    {"parked for nothing",
     RCP_INVARIANT_PARKED_WITH_CAUSE,
     0,
     parked_for_attempts,
     no_cause,
     "/row/entry=NONE,row=FAILED,cause=none,told=202",
     "row 1 (user 7 of activity 1) is parked, or counts an attempt, without a good cause: it is "
     "FAILED (cause none, 5 "
     "failures of its own), its epoch is 0, the entry is NONE"},
    {"a parked row in silence",
     RCP_INVARIANT_PARKED_ALERTED,
     0,
     parked_with_alert,
     nobody_alerted,
     "/world/unalerted",
     "the world has drained with parked work that nobody was told of: 1 parked without an alert"},
    {"a mark without an alert",
     RCP_INVARIANT_PARKED_ALERTED,
     0,
     parked_with_alert,
     only_marked,
     "/world/untold",
     "the world has drained with parked work that nobody was told of: 1 marked as told without an "
     "alert"},
    {"a parked record in silence",
     RCP_INVARIANT_PARKED_ALERTED,
     0,
     poison,
     record_not_alerted,
     "/world/unalerted",
     "the world has drained with parked work that nobody was told of: 1 parked without an alert"},
    {"the offset passes the only trace",
     RCP_INVARIANT_OFFSET_BEHIND_WORK,
     0,
     direct_record,
     record_passed,
     "/partition/entry=NONE,row=NONE,told=202",
     "partition 0 committed an offset past work that is durable nowhere: committed is 1, the "
     "record at 0 is of user 7 of activity 1: the entry is NONE, there is no failure row, the "
     "token was never issued"},
    {"a forged record is skipped",
     RCP_INVARIANT_POISON_PARKED,
     0,
     poison,
     not_parked,
     "/partition/no_mac",
     "partition 0 committed an offset past an unusable record that is not parked: committed is 2, "
     "the record at 1 has no MAC"},
    {"a row is still open",
     RCP_INVARIANT_BACKLOG_DRAINED,
     0,
     settled,
     still_open,
     "/world/open_rows",
     "the world has drained with work that is still open: 1 open rows"},
    {"a record still waits",
     RCP_INVARIANT_BACKLOG_DRAINED,
     0,
     settled,
     still_waits,
     "/world/lag",
     "the world has drained with work that is still open: 1 records that wait"},
    {"the owner is told 404",
     RCP_INVARIANT_STATUS_KNOWN,
     PAYMENT,
     asked_for_status,
     told_404,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 asked for its status and was told 404: the entry is NONE, there is no "
     "failure row, the token was never issued"},
    {"two answers to one request",
     RCP_INVARIANT_ANSWERED_ONCE,
     PAYMENT,
     paid,
     answered_again,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 had a request answered twice: the entry is APPROVED, there is no "
     "failure row, the token is deleted"},
    {"hung up and never asked again",
     RCP_INVARIANT_ANSWERED,
     0,
     asked_twice,
     hung_up,
     "/world/waiting",
     "the world has drained with clients that still wait for an answer: 1 clients that wait"},
    {"a good request is refused",
     RCP_INVARIANT_REFUSED_RIGHTLY,
     PAYMENT,
     asked_for_status,
     good_request_refused,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 had a request that was refused without reason, or not for its reason: "
     "the entry is NONE, there is no failure row, the token was never issued"},
    {"an answer without a status",
     RCP_INVARIANT_REFUSED_RIGHTLY,
     PAYMENT,
     asked_for_status,
     no_status,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 had a request that was refused without reason, or not for its reason: "
     "the entry is NONE, there is no failure row, the token was never issued"},
    {"a stranger is refused, but not at the door",
     RCP_INVARIANT_REFUSED_RIGHTLY,
     PAYMENT,
     refused_stranger,
     refused_late,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 had a request that was refused without reason, or not for its reason: "
     "the entry is NONE, there is no failure row, the token was never issued"},
    {"told that it is parked",
     RCP_INVARIANT_TOLD_TRULY,
     PAYMENT,
     accepted,
     told_parked,
     "/payment/entry=NONE,row=PENDING,told=202",
     "user 7 of activity 1 was told of a state that it was not in: the entry is NONE, row 1 is "
     "PENDING, the token is live"},
    {"202 and not a word more",
     RCP_INVARIANT_TOLD_TRULY,
     PAYMENT,
     accepted,
     told_nothing,
     "/payment/entry=NONE,row=PENDING,told=202",
     "user 7 of activity 1 was told of a state that it was not in: the entry is NONE, row 1 is "
     "PENDING, the token is live"},
    {"a status question told approved",
     RCP_INVARIANT_TOLD_TRULY,
     PAYMENT,
     asked_for_status,
     told_approved,
     "/payment/entry=NONE,row=NONE,told=none",
     "user 7 of activity 1 was told of a state that it was not in: the entry is NONE, there is no "
     "failure row, the token was never issued"},
    {"told when nobody waits any more",
     RCP_INVARIANT_ANSWERED_IN_TIME,
     PAYMENT,
     paid,
     told_late,
     "/payment/entry=APPROVED,row=NONE,told=200",
     "user 7 of activity 1 had a request that was answered too late: the entry is APPROVED, there "
     "is no failure row, the token is deleted"},
};

#define FALSEHOODS (sizeof falsehoods / sizeof falsehoods[0])

static struct rcp_world *make(size_t row, bool bad)
{
    struct rcp_world *world = small_world_new();
    falsehoods[row].good(world);
    if (bad)
        falsehoods[row].bad(world);
    return world;
}

static void touch_all(struct rcp_world *world)
{
    world->touched.count = RCP_TOUCHED_MAX + 1;
}

/* The good world keeps this invariant, and all that must always hold; the false one breaks it. */
static void a_false_world_is_told_from_the_good_one_beside_it(void **state)
{
    (void)state;
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    for (size_t i = 0; i < FALSEHOODS; i++) {
        const struct rcp_invariant_info *info = rcp_invariant_info(falsehoods[i].invariant);
        struct rcp_world *good = make(i, false);
        assert_true(info->holds(good, falsehoods[i].index));
        assert_true(info->twin(good, falsehoods[i].index));
        touch_all(good);
        assert_true(rcp_checker_touched(good, ALL, &broken, &index));
        free(good);

        struct rcp_world *bad = make(i, true);
        assert_false(info->holds(bad, falsehoods[i].index));
        assert_false(info->twin(bad, falsehoods[i].index));
        free(bad);
    }
}

/* No invariant stays without a false world; those of the shop have theirs in test_order_invariants.c. */
static void every_invariant_has_a_false_world(void **state)
{
    (void)state;
    static_assert(RCP_INVARIANT_POINTS_CONSERVED <= 32, "a bit for every invariant without a shop");
    uint32_t seen = 0;
    for (size_t i = 0; i < FALSEHOODS; i++)
        seen |= 1u << falsehoods[i].invariant;
    for (uint32_t id = RCP_INVARIANT_NONE + 1; id < RCP_INVARIANT_POINTS_CONSERVED; id++)
        assert_true(seen >> id & 1u);
}

/* The checker finds it where it is, touched alone, among too many, or at the drain. */
static void the_checker_reports_the_subject(void **state)
{
    (void)state;
    for (size_t i = 0; i < FALSEHOODS; i++) {
        const struct rcp_invariant_info *info = rcp_invariant_info(falsehoods[i].invariant);
        uint32_t mask = 1u << falsehoods[i].invariant;
        for (uint32_t way = 0; way < 3; way++) {
            struct rcp_world *world = make(i, true);
            enum rcp_invariant broken = RCP_INVARIANT_NONE;
            uint32_t index = RCP_NOBODY;
            if (way == 0)
                rcp_touch(world, info->subject, falsehoods[i].index);
            if (way == 1)
                touch_all(world);
            bool held = way == 2 ? rcp_checker_at_drain(world, mask, &broken, &index)
                                 : rcp_checker_touched(world, mask, &broken, &index);
            assert_int_equal(held, way < 2 && info->when == RCP_AT_DRAIN);
            if (!held) {
                assert_int_equal(broken, falsehoods[i].invariant);
                assert_int_equal(index, falsehoods[i].index);
            }
            free(world);
        }
    }
}

/* What a person reads, and what tells one bug from another. */
static void a_violation_is_one_sentence_with_the_facts(void **state)
{
    (void)state;
    for (size_t i = 0; i < FALSEHOODS; i++) {
        struct rcp_world *world = make(i, true);
        struct rcp_violation told;
        rcp_checker_describe(world, falsehoods[i].invariant, falsehoods[i].index, &told);
        size_t id = strlen(rcp_invariant_info(falsehoods[i].invariant)->name);
        assert_string_equal(told.fingerprint + id, falsehoods[i].fingerprint);
        assert_string_equal(told.detail, falsehoods[i].detail);
        assert_int_equal(told.at_ms, world->now_ms);
        free(world);
    }
}

/* Where several are broken, the first in the table's order is the one, whoever was touched first. */
static void the_first_in_the_table_wins(void **state)
{
    (void)state;
    struct rcp_world *world = small_world_new();
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    paid(world);
    approved_again(world);
    small_world_ask(world, 3, RCP_REQUEST_PROCESS, RCP_STATUS_OK);
    rcp_touch(world, RCP_OF_PAYMENT, PAYMENT);
    rcp_touch(world, RCP_OF_PAYMENT, 3);
    assert_false(rcp_checker_touched(world, ALL, &broken, &index));
    assert_int_equal(broken, RCP_INVARIANT_OK_IS_APPROVED);
    assert_int_equal(index, 3);
    uint32_t others = ALL & ~(1u << RCP_INVARIANT_OK_IS_APPROVED);
    assert_false(rcp_checker_touched(world, others, &broken, &index));
    assert_int_equal(broken, RCP_INVARIANT_APPROVED_ONCE);
    assert_int_equal(index, PAYMENT);
    free(world);
}

/* A record is looked at once, when it falls behind the offset; what happens to its row later is not
 * the offset's doing. */
static void an_offset_is_judged_when_it_is_committed(void **state)
{
    (void)state;
    struct rcp_world *world = small_world_new();
    enum rcp_invariant broken = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    uint32_t mask = 1u << RCP_INVARIANT_OFFSET_BEHIND_WORK;
    accepted(world);
    small_world_send(world, PAYMENT, 1);
    small_world_commit(world);
    rcp_touch(world, RCP_OF_PARTITION, 0);
    assert_true(rcp_checker_touched(world, mask, &broken, &index));
    assert_int_equal(world->partitions[0].checked, 1);
    small_world_move(world, 0, RCP_ROW_RESOLVED); /* handed over again, as documented */
    assert_true(rcp_checker_touched(world, mask, &broken, &index));
    assert_true(rcp_checker_twins(world, mask, true, &broken, &index));
    free(world);
}

/* Good worlds agree with their twins; a counter that drifts does not. */
static void a_drifting_counter_is_found_by_the_twin(void **state)
{
    (void)state;
    enum rcp_invariant which = RCP_INVARIANT_NONE;
    uint32_t index = 0;
    for (size_t i = 0; i < FALSEHOODS; i++) {
        struct rcp_world *world = make(i, false);
        assert_true(rcp_checker_twins(world, ALL, true, &which, &index));
        free(world);
    }
    struct rcp_world *world = small_world_new();
    struct rcp_violation told;
    accepted(world);
    rcp_world_ledgers(world)[PAYMENT].open_rows = 0;
    assert_false(rcp_checker_twins(world, ALL, false, &which, &index));
    assert_int_equal(which, RCP_INVARIANT_ACCEPTED_IS_DURABLE);
    assert_int_equal(index, PAYMENT);
    rcp_checker_describe_twin(world, which, index, &told);
    assert_int_equal(told.invariant, RCP_INVARIANT_TWIN);
    assert_string_equal(told.fingerprint,
                        "twin/accepted_is_durable/payment/entry=NONE,row=PENDING,told=202");
    free(world);
}

/* A sentence with many rows in it still ends inside its field. */
static void a_long_story_is_cut_off(void **state)
{
    (void)state;
    struct rcp_world *world = small_world_new();
    struct rcp_violation told;
    accepted(world);
    for (uint32_t i = 0; i < 5; i++)
        second_row(world);
    world->partitions[0].committed = UINT64_MAX;
    small_world_send(world, PAYMENT, 1);
    world->partitions[0].done = 1;
    rcp_world_entries(world)[PAYMENT].approvals = UINT32_MAX;
    rcp_world_ledgers(world)[PAYMENT].counted = UINT32_MAX;
    for (uint32_t id = 0; id < RCP_INVARIANT_COUNT; id++) {
        if (id >= RCP_INVARIANT_POINTS_CONSERVED && id < RCP_INVARIANT_CHECK)
            continue; /* there is no shop to tell of */
        rcp_checker_describe(world, (enum rcp_invariant)id, 0, &told);
        assert_true(strlen(told.detail) < sizeof told.detail);
        assert_true(strlen(told.fingerprint) < sizeof told.fingerprint);
    }
    free(world);
}

/* --- The page that people read --- */

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), (size_t)size);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* docs/INVARIANTS.md has each id as a heading, in the table's order, with its sentence and its place,
 * and no heading that is none. */
static void the_page_says_what_the_table_says(void **state)
{
    (void)state;
    char *page = read_text("docs/INVARIANTS.md");
    const char *at = page;
    for (uint32_t id = RCP_INVARIANT_NONE + 1; id < RCP_INVARIANT_CHECK; id++) {
        const struct rcp_invariant_info *info = rcp_invariant_info((enum rcp_invariant)id);
        char heading[64];
        (void)snprintf(heading, sizeof heading, "### %s\n", info->name);
        at = strstr(at, "### ");
        assert_non_null(at);
        assert_memory_equal(at, heading, strlen(heading));
        at += strlen(heading);
        const char *end = strstr(at, "\n### ");
        const char *sentence = strstr(at, info->sentence);
        assert_non_null(sentence);
        assert_true(end == NULL || sentence < end);
    }
    assert_null(strstr(at, "\n### ")); /* no heading is left over */
    free(page);
}

static bool page_has_check(const char *checks, const char *id, size_t size)
{
    char line[96];
    (void)snprintf(line, sizeof line, "\n| `%.*s` | ", (int)size, id);
    return strstr(checks, line) != NULL;
}

/* Marks the ids of rcp_check() in a source as found; each must stand in the page. */
static void compare_checks(const char *path, const char *checks, char *found)
{
    char *source = read_text(path);
    for (const char *at = source; (at = strstr(at, "rcp_check(")) != NULL;) {
        const char *id = strchr(at, '"') + 1;
        size_t size = strcspn(id, "\"");
        if (!page_has_check(checks, id, size))
            fail_msg("%s: docs/INVARIANTS.md has no check `%.*s`", path, (int)size, id);
        (void)snprintf(found + strlen(found), size + 2, "%.*s,", (int)size, id);
        at = id + size;
    }
    free(source);
}

/* "Core checks" lists exactly the ids that core/ checks. */
static void the_page_lists_the_core_checks(void **state)
{
    (void)state;
    char *page = read_text("docs/INVARIANTS.md");
    const char *checks = strstr(page, "## Core checks");
    assert_non_null(checks);
    glob_t sources;
    assert_int_equal(glob("core/*.c", 0, NULL, &sources), 0);
    assert_int_equal(glob("core/*/*.c", GLOB_APPEND, NULL, &sources), 0);
    static char found[16384];
    found[0] = ',';
    found[1] = 0;
    for (size_t i = 0; i < sources.gl_pathc; i++)
        compare_checks(sources.gl_pathv[i], checks, found);
    for (const char *at = checks; (at = strstr(at, "\n| `")) != NULL; at++) {
        char id[96];
        const char *name = at + strlen("\n| `");
        (void)snprintf(id, sizeof id, ",%.*s,", (int)strcspn(name, "`"), name);
        if (strstr(found, id) == NULL)
            fail_msg("docs/INVARIANTS.md lists %s which core/ does not check", id);
    }
    globfree(&sources);
    free(page);
}

/* "What the world checks" has every id that a model checks. */
static void the_page_lists_the_checks_of_the_models(void **state)
{
    (void)state;
    char *page = read_text("docs/INVARIANTS.md");
    char *checks = strstr(page, "## What the world checks");
    assert_non_null(checks);
    char *end = strstr(checks, "## Core checks");
    assert_non_null(end);
    *end = 0;
    glob_t sources;
    assert_int_equal(glob("sim/model/*.c", 0, NULL, &sources), 0);
    static char found[4096];
    for (size_t i = 0; i < sources.gl_pathc; i++)
        compare_checks(sources.gl_pathv[i], checks, found);
    assert_non_null(strstr(found, "unknown_is_settled_first"));
    globfree(&sources);
    free(page);
}

/* Each has a name, a sentence and both predicates; the three that end a run otherwise have none. */
static void names_and_predicates_are_complete(void **state)
{
    (void)state;
    for (uint32_t id = 0; id < RCP_INVARIANT_COUNT; id++) {
        const struct rcp_invariant_info *info = rcp_invariant_info((enum rcp_invariant)id);
        bool checked = id > RCP_INVARIANT_NONE && id < RCP_INVARIANT_CHECK;
        assert_true(strlen(info->name) > 0 && strlen(info->sentence) > 0);
        assert_int_equal(info->holds != NULL, checked);
        assert_int_equal(info->twin != NULL, checked);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_world_is_told_from_the_good_one_beside_it),
        cmocka_unit_test(every_invariant_has_a_false_world),
        cmocka_unit_test(the_checker_reports_the_subject),
        cmocka_unit_test(a_violation_is_one_sentence_with_the_facts),
        cmocka_unit_test(the_first_in_the_table_wins),
        cmocka_unit_test(an_offset_is_judged_when_it_is_committed),
        cmocka_unit_test(a_drifting_counter_is_found_by_the_twin),
        cmocka_unit_test(a_long_story_is_cut_off),
        cmocka_unit_test(the_page_says_what_the_table_says),
        cmocka_unit_test(the_page_lists_the_core_checks),
        cmocka_unit_test(the_page_lists_the_checks_of_the_models),
        cmocka_unit_test(names_and_predicates_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
