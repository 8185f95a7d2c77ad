/* The first document's scripts: which family runs which. */
#include "core/check.h"
#include "prod/mysql/payment_tables.h"

enum rcp_sql_end rcp_payment_script(struct rcp_run *run)
{
    switch (run->effect->script) {
    case RCP_SCRIPT_APPROVE:
        return rcp_payment_approve(run);
    case RCP_SCRIPT_FINISH:
        return rcp_payment_finish(run);
    case RCP_SCRIPT_SETTLE:
    case RCP_SCRIPT_LOOKUP:
        return rcp_payment_look(run);
    case RCP_SCRIPT_LOG:
        return rcp_payment_log(run);
    case RCP_SCRIPT_FENCE:
    case RCP_SCRIPT_REJECT:
        return rcp_payment_fence(run);
    case RCP_SCRIPT_REOPEN:
        return rcp_payment_reopen(run);
    case RCP_SCRIPT_SHELVE:
        return rcp_payment_shelve(run);
    case RCP_SCRIPT_CLAIM:
        return rcp_payment_claim(run);
    case RCP_SCRIPT_RELEASE:
        return rcp_payment_release(run);
    case RCP_SCRIPT_LATER:
        return rcp_payment_later(run);
    case RCP_SCRIPT_PARK:
        return rcp_payment_park(run);
    case RCP_SCRIPT_SWEEP:
        return rcp_payment_sweep(run);
    case RCP_SCRIPT_MARK:
        return rcp_payment_mark(run);
    case RCP_SCRIPT_ABANDON: /* the adapter's: no statement */
    case RCP_SCRIPT_PLACE:
    case RCP_SCRIPT_FIND:
    case RCP_SCRIPT_DUE:
    case RCP_SCRIPT_RESULT:
    case RCP_SCRIPT_REFUND:
    case RCP_SCRIPT_TOLD:
    case RCP_SCRIPT_NONE:
    case RCP_SCRIPT_COUNT:
        break;
    }
    rcp_check_failed("script_is_of_payments");
}
