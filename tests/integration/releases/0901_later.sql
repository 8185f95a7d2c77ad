-- As the release after that would: rows that nobody gives a version are of the new one, which processes of this
-- release would leave lying.
-- needs: 0900
ALTER TABLE payment_failure_log
    ALTER COLUMN row_version SET DEFAULT 2;
