/* The retry record's decision table (seed 0, sections 3 and 4; POLICIES.md, "retry failed", "offset
 * commit"). DURABLE: from here on the record's work stands in MySQL, and its offset may be committed. */
#include "core/rule_words.h"

/* LATER goes on to LOG by itself where there is no row behind the record. */
const struct rcp_flow_rule rcp_retry_rules[] = {
    /* upsertEntry(APPROVED) and the row RESOLVED, in one transaction */
    {IN(APPROVE, APPROVED), HARDENED(TOKEN_DELETE), DURABLE(RELEASE)},
    {IN(APPROVE, APPROVED), DOCUMENTED(TOKEN_DELETE), DURABLE(FREE)},
    {IN(APPROVE, REJECTED), ANY, DURABLE(FREE)},
    {IN(APPROVE, FENCED), ANY, TO(LOG)}, /* 202 was said, then 410: a person must know */
    {IN(APPROVE, CONFLICT), ANY, DURABLE(FREE)},
    {IN(APPROVE, PARKED), ANY, DURABLE(FREE)}, /* the row is parked in the same transaction */
    {IN(APPROVE, FULL), ANY, TO(LOG)},         /* a direct record: parked in a row of its own */
    {IN(APPROVE, REFUSED), ANY, TO(LATER)},
    {IN(APPROVE, UNKNOWN), HARDENED(UNKNOWN_COMMIT), TO(SETTLE)},
    {IN(APPROVE, UNKNOWN), DOCUMENTED(UNKNOWN_COMMIT), TO(LATER)},

    /* After the KILL nothing can land late any more: approving again is safe and finds the truth. After
     * RCP_CONTENTION_TRIES times it goes on to LATER by itself. */
    {IN(SETTLE, APPROVED), ANY, TO(APPROVE)},
    {IN(SETTLE, REJECTED), ANY, TO(APPROVE)},
    {IN(SETTLE, CONFLICT), ANY, TO(APPROVE)},
    {IN(SETTLE, OPEN), ANY, TO(APPROVE)},
    {IN(SETTLE, PARKED), ANY, TO(APPROVE)},
    {IN(SETTLE, NOTHING), ANY, TO(APPROVE)},
    {IN(SETTLE, REFUSED), ANY, TO(LATER)},
    {IN(SETTLE, UNKNOWN), ANY, TO(LATER)},

    /* The failed retry is written down. A row that is still claimed carries on by its lease. */
    {IN(LATER, WRITTEN), ANY, DURABLE(FREE)},
    {IN(LATER, PARKED), ANY, DURABLE(FREE)},
    {IN(LATER, REFUSED), HARDENED(RESOLVED_MEANS), DURABLE(FREE)},
    {IN(LATER, REFUSED), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(LATER, REFUSED), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)}, /* lost: FACTS 0.9, 9 */
    {IN(LATER, UNKNOWN), HARDENED(RESOLVED_MEANS), DURABLE(FREE)},
    {IN(LATER, UNKNOWN), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(LATER, UNKNOWN), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)},

    /* A direct record has no row yet: it gets one, or waits */
    {IN(LOG, WRITTEN), ANY, DURABLE(FREE)},
    {IN(LOG, OPEN), ANY, DURABLE(FREE)},
    {IN(LOG, PARKED), ANY, DURABLE(FREE)},
    {IN(LOG, APPROVED), HARDENED(TOKEN_DELETE), DURABLE(RELEASE)},
    {IN(LOG, APPROVED), DOCUMENTED(TOKEN_DELETE), DURABLE(FREE)},
    {IN(LOG, FENCED), ANY, TO(LOG)}, /* the fence came first: a parked row instead of an open one */
    {IN(LOG, CONFLICT), ANY, DURABLE(FREE)},
    {IN(LOG, REFUSED), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(LOG, REFUSED), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)},
    {IN(LOG, UNKNOWN), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(LOG, UNKNOWN), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)},

    /* An unusable record, raw into its table */
    {IN(PARK, WRITTEN), ANY, DURABLE(FREE)},
    {IN(PARK, REFUSED), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(PARK, REFUSED), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)},
    {IN(PARK, UNKNOWN), HARDENED(OFFSET_COMMIT), TO(PAUSE)},
    {IN(PARK, UNKNOWN), DOCUMENTED(OFFSET_COMMIT), DURABLE(FREE)},

    /* DEL after COMMIT; what fails here is done by the sweep */
    {IN(RELEASE, FOUND), ANY, TO(MARK)},
    {IN(RELEASE, MISSING), ANY, TO(MARK)},
    {IN(RELEASE, REFUSED), ANY, TO(FREE)},
    {IN(RELEASE, UNKNOWN), ANY, TO(FREE)},
    {IN(MARK, WRITTEN), ANY, TO(FREE)},
    {IN(MARK, REFUSED), ANY, TO(FREE)},
    {IN(MARK, UNKNOWN), ANY, TO(FREE)},
};

const uint32_t rcp_retry_rule_count = sizeof rcp_retry_rules / sizeof rcp_retry_rules[0];
