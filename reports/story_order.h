/* Orders, their payments and the PG in plain words: the part of a story that is the second document's. */
#ifndef RCP_REPORTS_STORY_ORDER_H
#define RCP_REPORTS_STORY_ORDER_H

#include "core/record.h"
#include "reports/text.h"

/* Who acts, by the documents' names. In reports/story.c. */
const char *rcp_story_actor(const struct rcp_record *record);

/* True where a role of the second document acts. */
bool rcp_story_is_of_order(const struct rcp_record *record);

/* " user 2 order 7": such records name no activity. */
void rcp_story_add_purchase(struct rcp_text *text, const struct rcp_record *record);

/* The words of a call to the PG, of what the PG does, and of an alert. */
void rcp_story_add_order(struct rcp_text *text, const struct rcp_record *record);

#endif
