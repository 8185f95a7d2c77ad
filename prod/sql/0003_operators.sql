-- What operators ask `recoupd ctl` to change: written before it is done (ASKED), and once more with what came of it.
-- A row that stays ASKED is of a process that ended in between, or lost its database: look whether it was done.
--   who       the user's name as the kernel knows it (SO_PEERCRED), uid its number
--   instance  the process that was asked; node: the node it was for, 0 where it is for all of that process
--   object    ACTIVITY/USER, an order's number, a worker, a circuit; setting: what a circuit was set to
CREATE TABLE IF NOT EXISTS operator_audit (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    at DATETIME(3) NOT NULL,
    uid INT UNSIGNED NOT NULL,
    who VARCHAR(64) NOT NULL,
    instance INT UNSIGNED NOT NULL,
    verb VARCHAR(16) NOT NULL,
    object VARCHAR(48) NOT NULL,
    setting VARCHAR(16) NOT NULL,
    node INT UNSIGNED NOT NULL,
    reason VARCHAR(255) NOT NULL,
    outcome ENUM ('ASKED', 'DONE', 'REFUSED', 'UNKNOWN') NOT NULL,
    answer VARCHAR(512) NULL,
    ended_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY ix_operator_audit_object (object, id),
    KEY ix_operator_audit_at (at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
