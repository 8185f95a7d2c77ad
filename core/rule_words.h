/* The words that the decision tables are written in. Only the tables include this. */
#ifndef RCP_CORE_RULE_WORDS_H
#define RCP_CORE_RULE_WORDS_H

#include "core/rule.h"

/* In this state, this answer ... */
#define IN(state, answer) RCP_FLOW_##state, RCP_ANSWER_##answer

/* ... under this policy ... */
#define ANY              RCP_KNOB_COUNT, 0
#define DOCUMENTED(knob) RCP_KNOB_##knob, 0
#define HARDENED(knob)   RCP_KNOB_##knob, 1

/* ... leads there. */
#define TO(state)                 RCP_MOVE_TO, RCP_FLOW_##state, RCP_STATUS_NONE
#define REPLY(status)             RCP_MOVE_REPLY, RCP_FLOW_FREE, RCP_STATUS_##status
#define REPLY_THEN(status, state) RCP_MOVE_REPLY, RCP_FLOW_##state, RCP_STATUS_##status
#define DURABLE(state)            RCP_MOVE_DURABLE, RCP_FLOW_##state, RCP_STATUS_NONE

#endif
