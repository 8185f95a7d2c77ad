/* A broken precondition is a bug in our own code: checked in every build, named, never ignored. */
#ifndef RCP_CORE_CHECK_H
#define RCP_CORE_CHECK_H

/* Called when a check fails; id is the check's name ("flow_slot_free"). The host supplies it and it
 * must not return: recoupd stops the process, recoup ends the run with `check:<id>`. */
_Noreturn void rcp_check_failed(const char *id);

/* Holds what the caller promised, or what we promise. The id is written where it is checked. */
#define rcp_check(condition, id) ((condition) ? (void)0 : rcp_check_failed(id))

#endif
