-- The first document's tables: as documented (FACTS 0.5), then what Recoup adds to them. A database that has
-- the documented tables already keeps them and its rows.
--
-- A line `-- unique: table (columns)` has the migrator look for rows that break the key below it, and name
-- them, before it touches anything.

CREATE TABLE IF NOT EXISTS campaign_activity_entries (
    id BIGINT NOT NULL AUTO_INCREMENT,
    campaign_activity_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    product_id BIGINT NULL,
    status VARCHAR(50) NOT NULL,
    requested_at DATETIME(6) NOT NULL,
    processed_at DATETIME(6) NULL,
    additional_data TEXT NULL,
    created_at DATETIME(6) NULL,
    updated_at DATETIME(6) NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS payment_failure_log (
    id BIGINT NOT NULL AUTO_INCREMENT,
    user_id BIGINT NOT NULL,
    payload TEXT NOT NULL,
    error_message TEXT NOT NULL,
    status VARCHAR(50) NOT NULL,
    retry_count INT NOT NULL,
    next_retry_at DATETIME(6) NOT NULL,
    created_at DATETIME(6) NULL,
    updated_at DATETIME(6) NULL,
    PRIMARY KEY (id),
    KEY idx_status_next_retry (status, next_retry_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- One entry per payment. Its key is the primary key, not merely a unique one: InnoDB locks gaps where a
-- secondary key is found taken, also at READ COMMITTED, and neighbours would deadlock.
--   asked_again       counts INSERTs that found the entry there: then its update is never a no-op
--   approved_stamp    which script run wrote it last: how a run tells its own rows from those it found
--   unreleased_since  approved, and the token not released yet; else NULL
-- unique: campaign_activity_entries (campaign_activity_id, user_id)
ALTER TABLE campaign_activity_entries
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (campaign_activity_id, user_id),
    ADD UNIQUE KEY uk_campaign_activity_entry_id (id),
    ADD COLUMN token VARBINARY(190) NULL,
    ADD COLUMN origin VARBINARY(190) NULL,
    ADD COLUMN approved_stamp BIGINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN asked_again INT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN unreleased_since DATETIME(3) NULL,
    ADD KEY idx_unreleased (unreleased_since);

-- A row's next_retry_at is its due time while PENDING, and the end of its lease while PROCESSING.
--   open_one     1 while open under the policy of one open row per payment; else NULL
--   activity_type  0 FIRST_COME_FIRST_SERVE, 1 COUPON, 2 GIVEAWAY
--   park_cause   0 none, 1 attempts, 2 sends, 3 age, 4 capacity, 5 fenced; error_message says it in words
--   row_version  nodes leave alone what is newer than they know
--   due_at, renew_at, untold   what claim and sweep look for, NULL for every other row
ALTER TABLE payment_failure_log
    ADD COLUMN campaign_activity_id BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN product_id BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN quantity INT UNSIGNED NOT NULL DEFAULT 1,
    ADD COLUMN activity_type TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN token VARBINARY(190) NULL,
    ADD COLUMN origin VARBINARY(190) NULL,
    ADD COLUMN token_until DATETIME(3) NOT NULL DEFAULT '1970-01-02 00:00:00.000',
    ADD COLUMN owner BIGINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN epoch INT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN sends TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN alone TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN alerted TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN park_cause TINYINT UNSIGNED NOT NULL DEFAULT 0,
    ADD COLUMN open_one TINYINT UNSIGNED NULL,
    ADD COLUMN row_version TINYINT UNSIGNED NOT NULL DEFAULT 1,
    ADD COLUMN due_at DATETIME(6) AS
        (IF(status IN ('PENDING', 'PROCESSING'), next_retry_at, NULL)) STORED,
    ADD COLUMN renew_at DATETIME(3) AS
        (IF(status IN ('PENDING', 'PROCESSING') AND token IS NOT NULL, token_until, NULL)) STORED,
    ADD COLUMN untold TINYINT UNSIGNED AS
        (IF(status = 'FAILED' AND alerted = 0, 1, NULL)) STORED,
    ADD UNIQUE KEY uk_one_open (campaign_activity_id, user_id, open_one),
    ADD KEY idx_due (due_at),
    ADD KEY idx_renew (renew_at),
    ADD KEY idx_untold (untold);

-- Rows from before carry their payment in the payload alone.
UPDATE payment_failure_log
SET campaign_activity_id = CAST(JSON_VALUE(payload, '$.campaignActivityId') AS SIGNED),
    product_id = CAST(JSON_VALUE(payload, '$.productId') AS SIGNED),
    quantity = COALESCE(CAST(JSON_VALUE(payload, '$.quantity') AS UNSIGNED), 1),
    activity_type = FIELD(COALESCE(JSON_VALUE(payload, '$.campaignActivityType'), ''), 'COUPON', 'GIVEAWAY')
WHERE campaign_activity_id = 0
    AND JSON_VALID(payload)
    AND JSON_VALUE(payload, '$.campaignActivityId') IS NOT NULL
    AND JSON_VALUE(payload, '$.productId') IS NOT NULL;

-- One whose payload cannot be read can only be looked at by a person.
UPDATE payment_failure_log
SET status = 'FAILED'
WHERE campaign_activity_id = 0 AND status IN ('PENDING', 'PROCESSING');

-- One row for each activity that may be paid for. Approvals beyond the capacity are parked.
CREATE TABLE IF NOT EXISTS campaign_activity_capacity (
    campaign_activity_id BIGINT NOT NULL,
    capacity INT UNSIGNED NOT NULL,
    approved_count INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_activity_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Records of the retry topic that nobody can use, as they came.
CREATE TABLE IF NOT EXISTS payment_parked_record (
    id INT UNSIGNED NOT NULL AUTO_INCREMENT,
    topic VARCHAR(249) NOT NULL,
    partition_number INT UNSIGNED NOT NULL,
    record_offset BIGINT UNSIGNED NOT NULL,
    value LONGBLOB NULL,
    alerted TINYINT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uk_parked_record (topic, partition_number, record_offset),
    KEY idx_alerted (alerted)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Rows claimed in a minute by all nodes together.
CREATE TABLE IF NOT EXISTS payment_claim_rate (
    id TINYINT UNSIGNED NOT NULL,
    minute BIGINT UNSIGNED NOT NULL,
    used INT UNSIGNED NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT IGNORE INTO payment_claim_rate (id, minute, used) VALUES (1, 0, 0);
