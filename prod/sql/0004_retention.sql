-- What retention goes by where no index did so far; resolved failure rows and idempotency keys have theirs.
ALTER TABLE payment_parked_record
    ADD KEY idx_created (created_at);
