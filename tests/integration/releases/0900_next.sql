-- As the release after this one would: it adds what processes of this one do not know, and can live with.
ALTER TABLE payment_failure_log
    ADD COLUMN channel VARCHAR(32) NOT NULL DEFAULT 'web',
    ADD KEY idx_channel (channel);

CREATE TABLE IF NOT EXISTS payment_channel (
    channel VARCHAR(32) NOT NULL,
    PRIMARY KEY (channel)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
