/* Versions of what one process leaves for another: rows of payment_failure_log, and records of the retry topic.
 *
 * Old and new processes run side by side while a release takes the place of the one before, and whoever is the older one
 * leaves alone what is newer than it reads. So a version goes through two releases: the first one reads it, and only
 * the one after writes it. A build that plays a release to come (build.zig, for tests) gives its own numbers. */
#ifndef RCP_PROD_VERSION_H
#define RCP_PROD_VERSION_H

#ifndef RCP_RECORD_VERSION_READ
#define RCP_RECORD_VERSION_READ    1 /* and all below it */
#define RCP_RECORD_VERSION_WRITTEN 1
#define RCP_ROW_VERSION_READ       1
#define RCP_ROW_VERSION_WRITTEN    1
#endif

/* A version within an SQL text. */
#define RCP_VERSION_TEXT(version)        RCP_VERSION_TEXT_OF_IT(version)
#define RCP_VERSION_TEXT_OF_IT(expanded) #expanded

#endif
