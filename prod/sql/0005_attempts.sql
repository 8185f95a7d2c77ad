-- What became of a failure row, line by line, for a person who asks why a payment waits (`recoupd ctl show`). A line is
-- written in the transaction that changes the row, and goes with it; nothing but people reads it. A process of a
-- version before this file writes none: its changes show as epochs without a line, or as a row that was changed later
-- than its last one.
--   epoch        of the row, behind the change: each claim and each reopening has its own
--   outcome      CLAIMED to be sent; REOPENED by an operator; RELEASED, since it was not sent; REFUSED, or UNKNOWN,
--                how its try ended; PARKED; RESOLVED. In the order in which one epoch may have them, each of them once
--   error        what refused the try
--   changed_at, attempts, park_cause, due_at   the row's, behind the change
--   node         that changed it
--   row_version  as in payment_failure_log
CREATE TABLE IF NOT EXISTS payment_attempt_log (
    failure_id BIGINT NOT NULL,
    epoch INT UNSIGNED NOT NULL,
    outcome ENUM ('CLAIMED', 'REOPENED', 'RELEASED', 'REFUSED', 'UNKNOWN', 'PARKED', 'RESOLVED') NOT NULL,
    error ENUM ('CONNECTION', 'CONTENTION', 'HANDLER') NULL,
    changed_at DATETIME(6) NOT NULL,
    node INT UNSIGNED NOT NULL,
    attempts INT NOT NULL,
    park_cause TINYINT UNSIGNED NOT NULL,
    due_at DATETIME(6) NULL,
    row_version TINYINT UNSIGNED NOT NULL DEFAULT 1,
    PRIMARY KEY (failure_id, epoch, outcome),
    CONSTRAINT fk_payment_attempt_log_failure FOREIGN KEY (failure_id)
        REFERENCES payment_failure_log (id) ON DELETE CASCADE,
    CONSTRAINT ck_payment_attempt_log_error CHECK (error IS NULL OR outcome IN ('REFUSED', 'PARKED'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
