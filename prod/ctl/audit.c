/* One row for each request that changes something. */
#include "prod/ctl/audit.h"

#include <string.h>

static const char ask_sql[] =
    "INSERT INTO operator_audit (at, uid, who, instance, verb, object, setting, node,"
    " reason, outcome) VALUES (UTC_TIMESTAMP(3), ?, ?, ?, ?, ?, ?, ?, ?, 'ASKED')";

/* The outcome by its number: the column's words are those of enum rcp_ctl_outcome, behind ASKED. */
static const char end_sql[] =
    "UPDATE operator_audit SET outcome = ?, answer = ?, ended_at = UTC_TIMESTAMP(3) WHERE id = ?";

static struct rcp_sql_value text(const char *words)
{
    return (struct rcp_sql_value){
        .kind = RCP_SQL_TEXT, .text = words, .text_size = (uint32_t)strlen(words)};
}

static bool run(struct rcp_session *session,
                const char *sql,
                const struct rcp_sql_value values[],
                uint32_t count)
{
    uint64_t changed = 0;
    return rcp_session_run(session, sql, values, count, NULL, NULL, &changed) == RCP_SQL_OK &&
           changed == 1;
}

bool rcp_audit_ask(struct rcp_session *session,
                   const struct rcp_peer *peer,
                   uint32_t instance,
                   const struct rcp_ctl_request *request,
                   uint64_t *id)
{
    char name[RCP_CTL_NAME_MAX];
    rcp_ctl_object_name(request, name);
    const struct rcp_sql_value values[] = {
        rcp_sql_number(peer->uid),
        text(peer->name),
        rcp_sql_number(instance),
        text(rcp_ctl_verbs[request->verb].name),
        text(name),
        text(request->setting),
        rcp_sql_number(request->node),
        text(request->reason),
    };
    if (!run(session, ask_sql, values, sizeof values / sizeof values[0]))
        return false;
    *id = rcp_session_inserted(session);
    return rcp_session_commit(session) == RCP_OUTCOME_DONE;
}

bool rcp_audit_end(struct rcp_session *session, uint64_t id, const struct rcp_ctl_answer *answer)
{
    const struct rcp_sql_value values[] = {
        rcp_sql_number((uint64_t)answer->outcome + 2u),
        text(answer->message),
        rcp_sql_number(id),
    };
    return run(session, end_sql, values, sizeof values / sizeof values[0]) &&
           rcp_session_commit(session) == RCP_OUTCOME_DONE;
}
