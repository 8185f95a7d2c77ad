/* Two-phase commit with seven resource managers, after the TLA+ module TwoPhase (Gray and Lamport,
 * "Consensus on Transaction Commit"). Each action of the module is one atomic step of one process, so a
 * stored state is a state of the module: 296,448 of them. tests/models/two_phase.c is the same in C.
 *
 * A message is never taken out of the set of those sent: it may be read late, again, or never. */

#define MANAGERS 7
#define EVERYONE 127 /* a bit for each */

#define BIT(manager) (1 << (manager))

/* Of a manager. */
#define WORKING   0
#define PREPARED  1
#define COMMITTED 2
#define ABORTED   3

/* Of the coordinator. Its message "Commit" or "Abort" is sent in the step in which it decides. */
#define TM_INIT      0
#define TM_COMMITTED 1
#define TM_ABORTED   2

byte rm_state[MANAGERS];
byte tm_state;
byte tm_prepared; /* managers that the coordinator knows to be prepared */
byte msgs_prepared;
bit msg_commit;
bit msg_abort;

#define TM_RCV_PREPARED(r) \
    d_step { tm_state == TM_INIT && (msgs_prepared & BIT(r)) -> tm_prepared = tm_prepared | BIT(r) }
#define RM_PREPARE(r) \
    d_step { rm_state[r] == WORKING -> rm_state[r] = PREPARED; msgs_prepared = msgs_prepared | BIT(r) }
#define RM_CHOOSE_TO_ABORT(r) d_step { rm_state[r] == WORKING -> rm_state[r] = ABORTED }
#define RM_RCV_COMMIT(r) d_step { msg_commit -> rm_state[r] = COMMITTED }
#define RM_RCV_ABORT(r) d_step { msg_abort -> rm_state[r] = ABORTED }

#define MANAGER(r)              \
    :: TM_RCV_PREPARED(r)       \
    :: RM_PREPARE(r)            \
    :: RM_CHOOSE_TO_ABORT(r)    \
    :: RM_RCV_COMMIT(r)         \
    :: RM_RCV_ABORT(r)

active proctype two_phase()
{
end:
    do
    :: d_step { tm_state == TM_INIT && tm_prepared == EVERYONE -> tm_state = TM_COMMITTED; msg_commit = 1 }
    :: d_step { tm_state == TM_INIT -> tm_state = TM_ABORTED; msg_abort = 1 }
    MANAGER(0)
    MANAGER(1)
    MANAGER(2)
    MANAGER(3)
    MANAGER(4)
    MANAGER(5)
    MANAGER(6)
    od
}
