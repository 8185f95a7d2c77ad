/* Numbered SQL brings the database to what this binary needs: each file once, in order, by one process at a
 * time, and never a file that has changed since.
 *
 * A file is statements that end with `;` at the end of a line, and comments that begin with `--` in the first
 * column. Its number is what its name begins with. DDL cannot be rolled back, so what is done is written down
 * after each statement, and a migration that was interrupted goes on where it was.
 *
 * Processes of an older version go on serving, and may start again, beside files that they do not know: what a file
 * changes, those of the version before must be able to live with. One that takes something away says, in a line
 * `-- needs: NUMBER`, which file a process must know to go on with the database; older ones are refused from then on. */
#ifndef RCP_PROD_MYSQL_MIGRATE_H
#define RCP_PROD_MYSQL_MIGRATE_H

#include "prod/embedded.h"
#include "prod/mysql/session.h"

/* prod/sql as the binary carries it, in order of the names. Written by build/embed.py. */
extern const struct rcp_embedded rcp_migration_files[];
extern const size_t rcp_migration_files_count;

enum rcp_migration_end {
    RCP_MIGRATION_CURRENT, /* all files are in the database */
    RCP_MIGRATION_MISSING, /* some are not: migrate */
    RCP_MIGRATION_CHANGED, /* one is there with other contents: this is not the binary for it */
    RCP_MIGRATION_NEWER,   /* one is there that this binary is too old for */
    RCP_MIGRATION_FAILED,  /* the database does not answer, or a statement fails */
};

struct rcp_migration_report {
    uint32_t made;      /* files, by this call */
    uint32_t there;     /* files that were there before */
    char trouble[1024]; /* what is wrong and what to do about it; "" where nothing is */
};

/* Looks, and changes nothing. */
enum rcp_migration_end rcp_migrate_check(const struct rcp_session_options *options,
                                         const struct rcp_embedded files[],
                                         size_t count,
                                         struct rcp_migration_report *report);

/* Makes what is missing: CURRENT afterwards, or it failed. Waits for another process that is at it. Where old
 * rows break a new unique key (a line `-- unique: table (columns)` above the statement), they are named, and
 * nothing at all is done: all such keys are looked at before anything is made. */
enum rcp_migration_end rcp_migrate(const struct rcp_session_options *options,
                                   const struct rcp_embedded files[],
                                   size_t count,
                                   struct rcp_migration_report *report);

#endif
