/* One payment under `hardened` (POLICIES.md), with everything around it abstract: two asks by its owner, one
 * node, its failure row, the retry topic, and faults and crashes up to a bound. tests/models/payment.c is the
 * same in C, action for action; tests/spin.sh holds the two to the same states.
 *
 * What the world of the simulator has, too. From token to up, tests/models/projection.c compares what the real
 * core reaches there with what this model reaches:
 *
 *   token     the owner's token in Redis: HELD, or GONE (released behind a final entry, or lost by Redis)
 *   entry     the entry's committed status: NONE, APPROVED, REJECTED
 *   row       the failure row's committed status: NONE, PENDING, PROCESSING, RESOLVED, FAILED (parked)
 *   attempts  failed attempts that counted, as written on the row
 *   epoch     claims of the row, as written on it
 *   records   what the consumer's committed offset has not passed: bit 0 a record without a row (sent
 *             straight to the topic when the failure log did not answer), bit e the record of epoch e
 *   told      the statuses that the owner was answered so far: bits OK, ACCEPTED, GONE_410, UNAVAILABLE
 *   up        the node runs
 *   asks      requests that the owner has made
 *   losses    times that Redis lost the token
 *   late      a session of which nobody knows: it holds its locks until its COMMIT lands, or it is gone
 *   fresh     the row is new, and those who were at work when it came still are
 *
 * and where the node is: request, retry (the record in retry_record; retry_counted: its failure counts as an
 * attempt), scheduler.
 *
 * Time is left out: a backoff is over and a lease has ended whenever it matters. A row that is PROCESSING is
 * claimed again only once no record of its epoch waits, and no backoff or lease ends before a session that
 * nobody knows of is gone. What is always sooner comes first: those at work end before the first backoff of a
 * row that came meanwhile, a request that approved ends before the sweep looks, one that only has to answer
 * before a wait for a lock is over, and a commit of an offset before the owner asks again. Only approvals and
 * the failure log land late; of other transactions an unknown COMMIT has happened or has not. One request is in
 * progress at a time: none is delivered twice. */

/* The bounds, unless -D gives others. */
#ifndef FAULTS
#define FAULTS 2
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef ASKS
#define ASKS 2
#endif
#ifndef LOSSES
#define LOSSES 1
#endif
#define ATTEMPTS 2 /* failed attempts after which the row is parked */
#define EPOCHS   9 /* at most: each claim after the first costs a fault or a crash */

/* token */
#define HELD 0
#define GONE 1
/* entry, row */
#define NONE       0
#define APPROVED   1
#define REJECTED   2
#define PENDING    1
#define PROCESSING 2
#define RESOLVED   3
#define FAILED     4
/* told */
#define OK          1 /* 200 */
#define ACCEPTED    2 /* 202 */
#define GONE_410    4
#define UNAVAILABLE 8 /* 503 */
/* where the node is: the effect whose answer it waits for */
#define IDLE    0
#define TOKEN   1 /* GET token */
#define APPROVE 2
#define SETTLE  3 /* KILL the session whose COMMIT is unknown, then a locking read */
#define LOG     4
#define DIRECT  5 /* a record straight to the topic */
#define HOLD    6 /* EXPIRE token */
#define LOOKUP  7
#define FENCE   8
#define RELEASE 9  /* DEL token; of the scheduler: the row is PENDING again */
#define LATER   10 /* a failed attempt is written down */
#define OFFSET  11 /* commit of the offset */
#define SEND    12
#define TELL_OK          13 /* 200 leaves */
#define TELL_ACCEPTED    14
#define TELL_GONE        15
#define TELL_UNAVAILABLE 16
#define TELL_RELEASE     17 /* 200 leaves, and then the token goes */
/* late */
#define LATE_APPROVE 1 /* the request's */
#define LATE_LOG     2
#define LATE_NOTHING 3 /* a connection was lost before COMMIT: locks, and nothing lands */
#define LATE_RETRY   4 /* + the record's number */

byte token, entry, row, attempts, epoch, told, asks, late;
short records;
byte request, retry, retry_record, retry_counted, scheduler;
byte faults, crashes;
bit up = 1, fresh, losses;

#define BIT(n)    (1 << (n))
#define FAULT     (faults < FAULTS)
#define CRASH     (crashes < CRASHES)
#define OPEN      (row == PENDING || row == PROCESSING)
#define FREE      (late == NONE) /* of others' locks on the entry */
#define ROW_FREE  (late <= LATE_RETRY) /* of others' locks on the row */
#define OWN_RETRY (late == LATE_RETRY + retry_record)
#define ANSWERED  (told & (OK | ACCEPTED | GONE_410))
#define CLAIMABLE (row == PENDING && FREE && !fresh)
#define RELEASING (request == TELL_RELEASE || request == RELEASE)
#define ENDING    (request == HOLD || request >= TELL_OK)

/* --- What transactions write --- */

/* By the request, or with a record without a row. */
inline write_approved() { if :: entry == NONE -> entry = APPROVED :: else fi }

/* With a record that has a row: whatever became of the entry, the row is settled. */
inline write_retried(record)
{
    write_approved();
    if :: record > 0 && (OPEN || row == FAILED) -> row = RESOLVED :: else fi
}

/* One open row, and none for a final entry. */
inline write_logged() { if :: entry == NONE && row == NONE -> row = PENDING; fresh = 1 :: else fi }

/* A record without a row that meets the fence is parked: a person must know. */
inline write_logged_record()
{
    if
    :: entry == NONE && row == NONE -> row = PENDING; fresh = 1
    :: entry == REJECTED && row == NONE -> row = FAILED
    :: else
    fi
}

inline write_fence() { if :: entry == NONE && row == NONE -> entry = REJECTED :: else fi }

inline write_later()
{
    if
    :: row == PROCESSING && epoch == retry_record ->
        attempts = attempts + retry_counted;
        if :: attempts == ATTEMPTS -> row = FAILED :: else -> row = PENDING fi
    :: else
    fi
}

inline write_claim() { row = PROCESSING; epoch++ }

/* --- What the node does next --- */

/* Where nobody is at work on it any more, a new row is one like others. */
inline rest() { if :: request == IDLE && retry == IDLE -> fresh = 0 :: else fi }

inline end_request() { request = IDLE; rest() }

inline tell(status) { told = told | status; end_request() }

inline die()
{
    crashes++;
    up = 0;
    end_request();
    scheduler = IDLE;
    put_record_down()
}

inline put_record_down() { retry = IDLE; retry_record = 0; retry_counted = 0; rest() }

/* A record's approval failed: with a row, that is written down; without one, it gets one. */
inline put_off(counted)
{
    if
    :: retry_record == 0 -> retry = LOG
    :: else -> retry = LATER; retry_counted = counted
    fi
}

/* --- What must hold --- */

inline check()
{
    assert(!(told & OK) || entry == APPROVED);
    assert(!(told & GONE_410) || entry == REJECTED);
    assert(!(told & ACCEPTED) || entry == APPROVED || OPEN || row == FAILED || (records & BIT(0)));
    assert(row != RESOLVED || entry != NONE);
    assert(epoch <= EPOCHS && epoch <= 1 + FAULTS + CRASHES)
}

#define TAKE(record) \
    :: d_step { up && retry == IDLE && (records & BIT(record)) -> \
        retry = APPROVE; retry_record = record; check() }

active proctype payment()
{
end:
    do
    /* The owner asks, and asks again where nothing was said or nobody knew. */
    :: d_step { up && request == IDLE && asks < ASKS && !ANSWERED && retry != OFFSET ->
        asks++; request = TOKEN; check() }

    /* GET token */
    :: d_step { request == TOKEN && token == HELD -> request = APPROVE; check() }
    :: d_step { request == TOKEN && token == GONE -> request = FENCE; check() }
    :: d_step { request == TOKEN && FAULT -> faults++; request = LOOKUP; check() }

    /* upsertEntry(APPROVED) */
    :: d_step { request == APPROVE && FREE ->
        write_approved();
        if :: entry == APPROVED -> request = TELL_RELEASE :: else -> request = TELL_GONE fi;
        check() }
    :: d_step { request == APPROVE && !FREE -> request = LOG; check() }
    :: d_step { request == APPROVE && FAULT -> faults++; request = LOG; check() }
    :: d_step { request == APPROVE && FREE && FAULT -> faults++; write_approved(); request = SETTLE; check() }
    :: d_step { request == APPROVE && FREE && FAULT -> faults++; request = SETTLE; check() }
    :: d_step { request == APPROVE && FREE && entry == NONE && FAULT ->
        faults++; late = LATE_APPROVE; request = SETTLE; check() }
    :: d_step { request == APPROVE && FREE && FAULT -> faults++; late = LATE_NOTHING; request = LOG; check() }
    :: d_step { request == APPROVE && FREE && CRASH -> write_approved(); die(); check() }
    :: d_step { request == APPROVE && FREE && entry == NONE && CRASH -> late = LATE_APPROVE; die(); check() }

    /* KILL, then what is the truth? */
    :: d_step { request == SETTLE && (FREE || late == LATE_APPROVE) ->
        late = NONE;
        if
        :: entry == APPROVED -> request = TELL_RELEASE
        :: entry == REJECTED -> request = TELL_GONE
        :: else -> request = LOG
        fi;
        check() }
    :: d_step { request == SETTLE && !FREE && late != LATE_APPROVE -> request = LOG; check() }
    :: d_step { request == SETTLE && FAULT -> faults++; request = LOG; check() }

    /* INSERT payment_failure_log */
    :: d_step { request == LOG && FREE ->
        write_logged();
        if
        :: entry == APPROVED -> request = TELL_RELEASE
        :: entry == REJECTED -> request = TELL_GONE
        :: entry == NONE && row == FAILED -> request = TELL_ACCEPTED
        :: else -> request = HOLD
        fi;
        check() }
    :: d_step { request == LOG && !FREE -> request = DIRECT; check() }
    :: d_step { request == LOG && FAULT -> faults++; request = DIRECT; check() }
    :: d_step { request == LOG && FREE && FAULT -> faults++; write_logged(); request = DIRECT; check() }
    :: d_step { request == LOG && FREE && entry == NONE && row == NONE && FAULT ->
        faults++; late = LATE_LOG; request = DIRECT; check() }
    :: d_step { request == LOG && FREE && FAULT -> faults++; late = LATE_NOTHING; request = DIRECT; check() }
    :: d_step { request == LOG && FREE && CRASH -> write_logged(); die(); check() }
    :: d_step { request == LOG && FREE && entry == NONE && row == NONE && CRASH ->
        late = LATE_LOG; die(); check() }

    /* A record straight to the topic */
    :: d_step { request == DIRECT -> records = records | BIT(0); request = HOLD; check() }
    :: d_step { request == DIRECT && FAULT -> faults++; request = TELL_UNAVAILABLE; check() }
    :: d_step { request == DIRECT && FAULT -> faults++; records = records | BIT(0); request = TELL_UNAVAILABLE; check() }
    :: d_step { request == DIRECT && CRASH -> records = records | BIT(0); die(); check() }

    /* EXPIRE token: 202 only where the slot stays this user's */
    :: d_step { request == HOLD && token == HELD -> request = TELL_ACCEPTED; check() }
    :: d_step { request == HOLD && token == GONE -> request = TELL_UNAVAILABLE; check() }
    :: d_step { request == HOLD && FAULT -> faults++; request = TELL_UNAVAILABLE; check() }

    /* Redis does not tell; perhaps the database does */
    :: d_step { request == LOOKUP ->
        if
        :: entry == APPROVED -> request = TELL_OK
        :: entry == REJECTED -> request = TELL_GONE
        :: entry == NONE && row != NONE -> request = TELL_ACCEPTED
        :: else -> request = TELL_UNAVAILABLE
        fi;
        check() }
    :: d_step { request == LOOKUP && FAULT -> faults++; request = TELL_UNAVAILABLE; check() }

    /* The token is gone: 410 only behind a committed fence */
    :: d_step { request == FENCE && FREE ->
        write_fence();
        if
        :: entry == APPROVED -> request = TELL_OK
        :: entry == REJECTED -> request = TELL_GONE
        :: else -> request = TELL_ACCEPTED
        fi;
        check() }
    :: d_step { request == FENCE && !FREE -> request = TELL_UNAVAILABLE; check() }
    :: d_step { request == FENCE && FAULT -> faults++; request = TELL_UNAVAILABLE; check() }
    :: d_step { request == FENCE && FREE && FAULT -> faults++; write_fence(); request = TELL_UNAVAILABLE; check() }
    :: d_step { request == FENCE && FREE && CRASH -> write_fence(); die(); check() }

    /* The answer leaves */
    :: d_step { request == TELL_OK -> tell(OK); check() }
    :: d_step { request == TELL_ACCEPTED -> tell(ACCEPTED); check() }
    :: d_step { request == TELL_GONE -> tell(GONE_410); check() }
    :: d_step { request == TELL_UNAVAILABLE -> tell(UNAVAILABLE); check() }
    :: d_step { request == TELL_RELEASE -> told = told | OK; request = RELEASE; check() }
    :: d_step { request == TELL_RELEASE && CRASH -> token = GONE; die(); check() }

    /* DEL token */
    :: d_step { request == RELEASE -> token = GONE; end_request(); check() }
    :: d_step { request == RELEASE && FAULT -> faults++; end_request(); check() }
    :: d_step { request == RELEASE && CRASH -> token = GONE; die(); check() }

    /* The scheduler claims the row, and again when its lease has ended */
    :: d_step { up && scheduler == IDLE && CLAIMABLE -> write_claim(); scheduler = SEND; check() }
    :: d_step { up && scheduler == IDLE && CLAIMABLE && FAULT -> faults++; write_claim(); check() }
    :: d_step { up && scheduler == IDLE && CLAIMABLE && CRASH -> write_claim(); die(); check() }
    :: d_step { up && scheduler == IDLE && row == PROCESSING && !(records & BIT(epoch)) && FREE ->
        write_claim(); scheduler = SEND; check() }

    /* ... and sends it; what was surely not sent is given back */
    :: d_step { scheduler == SEND -> records = records | BIT(epoch); scheduler = IDLE; check() }
    :: d_step { scheduler == SEND && FAULT -> faults++; scheduler = RELEASE; check() }
    :: d_step { scheduler == SEND && FAULT -> faults++; scheduler = IDLE; check() }
    :: d_step { scheduler == SEND && CRASH -> records = records | BIT(epoch); die(); check() }
    :: d_step { scheduler == RELEASE ->
        if :: row == PROCESSING -> row = PENDING :: else fi;
        scheduler = IDLE; check() }
    :: d_step { scheduler == RELEASE && FAULT -> faults++; scheduler = IDLE; check() }
    :: d_step { scheduler == RELEASE && row == PROCESSING && CRASH -> row = PENDING; die(); check() }

    /* The consumer takes a record */
    TAKE(0)
    TAKE(1)
    TAKE(2)
    TAKE(3)
    TAKE(4)
    TAKE(5)
    TAKE(6)
    TAKE(7)
    TAKE(8)
    TAKE(9)

    /* upsertEntry(APPROVED) and the row RESOLVED, in one transaction */
    :: d_step { retry == APPROVE && FREE ->
        write_retried(retry_record);
        if
        :: retry_record == 0 && entry == REJECTED -> retry = LOG
        :: else -> retry = OFFSET
        fi;
        check() }
    :: d_step { retry == APPROVE && !FREE && !ENDING -> put_off(0); check() }
    :: d_step { retry == APPROVE && FAULT -> faults++; put_off(0); check() }
    :: d_step { retry == APPROVE && retry_record > 0 && FAULT -> faults++; put_off(1); check() }
    :: d_step { retry == APPROVE && FREE && FAULT -> faults++; write_retried(retry_record); retry = SETTLE; check() }
    :: d_step { retry == APPROVE && FREE && FAULT -> faults++; retry = SETTLE; check() }
    :: d_step { retry == APPROVE && FREE && entry == NONE && FAULT ->
        faults++; late = LATE_RETRY + retry_record; retry = SETTLE; check() }
    :: d_step { retry == APPROVE && FREE && CRASH -> write_retried(retry_record); die(); check() }
    :: d_step { retry == APPROVE && FREE && entry == NONE && CRASH ->
        late = LATE_RETRY + retry_record; die(); check() }

    /* After the KILL nothing can land late any more: approving again finds the truth */
    :: d_step { retry == SETTLE && (FREE || OWN_RETRY) -> late = NONE; retry = APPROVE; check() }
    :: d_step { retry == SETTLE && !FREE && !OWN_RETRY -> put_off(0); check() }
    :: d_step { retry == SETTLE && FAULT -> faults++; put_off(0); check() }

    /* A failed attempt is written down; where it cannot be, the lease carries on */
    :: d_step { retry == LATER && ROW_FREE -> write_later(); retry = OFFSET; check() }
    :: d_step { retry == LATER && !ROW_FREE -> retry = OFFSET; check() }
    :: d_step { retry == LATER && FAULT -> faults++; retry = OFFSET; check() }
    :: d_step { retry == LATER && ROW_FREE && CRASH -> write_later(); die(); check() }

    /* A record without a row gets one, or is tried again after a pause */
    :: d_step { retry == LOG && FREE -> write_logged_record(); retry = OFFSET; check() }
    :: d_step { retry == LOG && !FREE -> retry = APPROVE; check() }
    :: d_step { retry == LOG && FAULT -> faults++; retry = APPROVE; check() }
    :: d_step { retry == LOG && FREE && FAULT -> faults++; write_logged_record(); retry = APPROVE; check() }
    :: d_step { retry == LOG && FREE && CRASH -> write_logged_record(); die(); check() }

    /* The offset follows durable work */
    :: d_step { retry == OFFSET -> records = records & ~BIT(retry_record); put_record_down(); check() }
    :: d_step { retry == OFFSET && CRASH -> records = records & ~BIT(retry_record); die(); check() }

    /* The sweep: what the flow did not release */
    :: d_step { up && !RELEASING && entry == APPROVED && token == HELD -> token = GONE; check() }

    /* A COMMIT that nobody knows of lands, or its session is gone before it could */
    :: d_step { late != NONE ->
        if
        :: late == LATE_APPROVE -> write_approved()
        :: late == LATE_LOG -> write_logged()
        :: late >= LATE_RETRY -> write_retried(late - LATE_RETRY)
        :: else
        fi;
        late = NONE; rest(); check() }
    :: d_step { late != NONE -> late = NONE; check() }

    /* Redis loses the token */
    :: d_step { token == HELD && losses < LOSSES -> losses++; token = GONE; check() }

    /* The node dies, and comes back */
    :: d_step { up && CRASH -> die(); check() }
    :: d_step { !up -> up = 1; check() }
    od
}
