/* Each finding is one log line that says what to do about it. */
#include "cmd/recoupd/checks.h"

#include "prod/host/log.h"
#include "prod/kafka/topic_adapter.h"
#include "prod/mysql/durability.h"
#include "prod/mysql/migrate.h"

#define KAFKA_MS 5000u

static enum check_end judge(const struct rcp_config *config,
                            const char *server,
                            const char *weakness)
{
    if (weakness == NULL)
        return CHECK_GOOD;
    if (config->weak_durability != 0) {
        rcp_log(RCP_LOG_WARN,
                "weak-durability: what was acknowledged may be lost",
                RCP_LOG_FIELDS({"server", server, 0}, {"because", weakness, 0}));
        return CHECK_WEAK;
    }
    rcp_log(RCP_LOG_ERROR,
            "the promises need more of a dependency; mend it, or say `weak_durability: true`",
            RCP_LOG_FIELDS({"server", server, 0}, {"because", weakness, 0}));
    return CHECK_WRONG;
}

static enum check_end away(const char *server, const char *why)
{
    rcp_log(RCP_LOG_WARN,
            "a dependency does not answer: its settings are not checked yet",
            RCP_LOG_FIELDS({"server", server, 0}, {"because", why, 0}));
    return CHECK_AWAY;
}

/* --- MySQL --- */

static enum check_end check_tables(const struct rcp_config *config,
                                   struct rcp_session_options *session)
{
    struct rcp_migration_report report;
    enum rcp_migration_end end =
        config->mysql.migrate != 0
            ? rcp_migrate(session, rcp_migration_files, rcp_migration_files_count, &report)
            : rcp_migrate_check(session, rcp_migration_files, rcp_migration_files_count, &report);
    if (end == RCP_MIGRATION_CURRENT)
        return CHECK_GOOD;
    rcp_log(RCP_LOG_ERROR,
            "the database is not as this version needs it; see `recoupd migrate`",
            RCP_LOG_FIELDS({"because", report.trouble, 0}));
    return CHECK_WRONG;
}

enum check_end check_mysql(const struct rcp_config *config, const struct rcp_addresses *addresses)
{
    struct rcp_session_options session;
    struct rcp_durability durability;
    struct rcp_session_error error;
    rcp_options_session(config, addresses, &session);
    if (!rcp_mysql_durability(&session, &durability, &error))
        return away("mysql", error.text);
    enum check_end end = judge(config, "mysql", rcp_durability_weakness(&durability));
    if (end == CHECK_WRONG)
        return end;
    return check_tables(config, &session) == CHECK_WRONG ? CHECK_WRONG : end;
}

/* --- Kafka --- */

enum check_end check_kafka(const struct rcp_config *config)
{
    struct rcp_kafka_access access;
    struct rcp_kafka_durability durability;
    char wrong[RCP_KAFKA_WRONG_MAX];
    const struct rcp_config_kafka *kafka = &config->kafka;
    rcp_options_access(config, &access);
    if (!rcp_kafka_durability(&access, kafka->topic.at, KAFKA_MS, &durability, wrong))
        return away("kafka", wrong);
    if (durability.partitions == 0) {
        if (!rcp_kafka_create_topic(&access,
                                    kafka->topic.at,
                                    config->limits.partitions,
                                    kafka->replicas,
                                    kafka->min_in_sync,
                                    config->retention.backup_ms,
                                    KAFKA_MS,
                                    wrong))
            return away("kafka", wrong);
        return judge(config, "kafka", rcp_kafka_few_copies(kafka->replicas, kafka->min_in_sync));
    }
    if (durability.partitions > config->limits.partitions) {
        rcp_log(RCP_LOG_ERROR,
                "the topic has more partitions than limits.partitions: some would never be read",
                RCP_LOG_FIELDS({"partitions", NULL, durability.partitions}));
        return CHECK_WRONG;
    }
    return judge(
        config,
        "kafka",
        rcp_kafka_weakness(
            &durability, kafka->replicas, kafka->min_in_sync, config->retention.backup_ms));
}
