/* recoupd migrate: brings the database to what this version needs, or with --check only looks. */
#include "prod/mysql/migrate.h"
#include "cmd/recoupd/options.h"
#include "cmd/recoupd/verb.h"

#include <stdio.h>
#include <string.h>

static bool has_word(int count, char **words, const char *word)
{
    for (int i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

static int say(enum rcp_migration_end end, const struct rcp_migration_report *report)
{
    if (end == RCP_MIGRATION_CURRENT) {
        printf("the database is current: %u migrations made, %u were there\n",
               report->made,
               report->there);
        return RCP_EXIT_OK;
    }
    fprintf(stderr, "recoupd: %s\n", report->trouble);
    return RCP_EXIT_FAILED;
}

static int migrate(const struct rcp_config *config, bool check)
{
    struct rcp_addresses addresses;
    struct rcp_session_options session;
    struct rcp_migration_report report = {0};
    const char *wrong = "";
    if (!rcp_options_check(config, &addresses, &wrong)) {
        fprintf(stderr, "recoupd: %s\n", wrong);
        return RCP_EXIT_USAGE;
    }
    rcp_options_session(config, &addresses, &session);
    session.patient = true;
    return say(
        check ? rcp_migrate_check(&session, rcp_migration_files, rcp_migration_files_count, &report)
              : rcp_migrate(&session, rcp_migration_files, rcp_migration_files_count, &report),
        &report);
}

int rcp_verb_migrate(int count, char **words)
{
    struct rcp_config *config = rcp_verb_config(count, words);
    if (config == NULL)
        return RCP_EXIT_USAGE;
    if (!rcp_session_library_init()) {
        fprintf(stderr, "recoupd: the MySQL library does not start\n");
        rcp_verb_forget(config);
        return RCP_EXIT_FAILED;
    }
    int code = migrate(config, has_word(count, words, "--check"));
    rcp_session_library_end();
    rcp_verb_forget(config);
    return code;
}
