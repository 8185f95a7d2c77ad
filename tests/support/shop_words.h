/* The effects of orders in words, for tests/support/shop_story.h. */
#ifndef RCP_TESTS_SUPPORT_SHOP_WORDS_H
#define RCP_TESTS_SUPPORT_SHOP_WORDS_H

#include "core/effect.h"

#define SHOP_STORY_TEXT_MAX 2048u

/* Adds one of these effects to the text, which has room for SHOP_STORY_TEXT_MAX bytes. */
void shop_story_say(char *text, const struct rcp_effects *effects, const struct rcp_effect *effect);

#endif
