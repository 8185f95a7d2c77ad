-- The second document's tables: orders and their lines, payments, refunds, idempotency keys, and what an order
-- takes (products, points, coupons). FACTS 1.1; scripts in prod/mysql/order_*.c.
--
-- Amounts are whole KRW. Times are UTC by this server's clock. Bytes that only adapters see (the PG's keys, the
-- clients' keys, trace ids) are VARBINARY. A status is an ENUM in the order of the core's enum, so that its
-- number is the core's and its name is for people: new ones are added at the end.
--
-- A time that somebody waits for is NULL where nobody does: an index on it holds the open ones alone.

-- Stock is taken and given back under the row's lock; `version` is for those who change price or stock elsewhere.
CREATE TABLE IF NOT EXISTS products (
    id BIGINT UNSIGNED NOT NULL,
    price BIGINT UNSIGNED NOT NULL,
    stock BIGINT UNSIGNED NOT NULL,
    version INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    CONSTRAINT ck_products_id CHECK (id BETWEEN 1 AND 4294967295)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS point_accounts (
    user_id BIGINT UNSIGNED NOT NULL,
    balance BIGINT UNSIGNED NOT NULL,
    version INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS orders (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    user_id BIGINT UNSIGNED NOT NULL,
    status ENUM ('PLACED', 'PAID', 'CANCELLED') NOT NULL,
    origin VARBINARY(190) NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_orders_origin (origin),
    KEY ix_orders_user (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- line_no is the item's place in the cart.
CREATE TABLE IF NOT EXISTS order_lines (
    order_id BIGINT UNSIGNED NOT NULL,
    line_no TINYINT UNSIGNED NOT NULL,
    product_id BIGINT UNSIGNED NOT NULL,
    quantity INT UNSIGNED NOT NULL,
    PRIMARY KEY (order_id, line_no),
    CONSTRAINT fk_order_lines_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT fk_order_lines_product FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT ck_order_lines_line CHECK (line_no < 4),
    CONSTRAINT ck_order_lines_quantity CHECK (quantity > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- A used coupon names the order that has it, and an order has one coupon at most.
CREATE TABLE IF NOT EXISTS issued_coupons (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    coupon_id BIGINT UNSIGNED NOT NULL,
    user_id BIGINT UNSIGNED NOT NULL,
    discount BIGINT UNSIGNED NOT NULL,
    status ENUM ('AVAILABLE', 'USED') NOT NULL DEFAULT 'AVAILABLE',
    order_id BIGINT UNSIGNED NULL,
    version INT UNSIGNED NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY uk_issued_coupons_user_coupon (user_id, coupon_id),
    UNIQUE KEY uk_issued_coupons_order (order_id),
    CONSTRAINT fk_issued_coupons_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT ck_issued_coupons_used CHECK ((status = 'USED') = (order_id IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- One payment for each order. Every RESULT raises version by one, and has it in its WHERE.
--   attempted_at     the charge was begun; ages count from here (documented: from created_at)
--   sent_at          the last request that the PG may have taken left by then
--   sighted_at       the PG answered again after a silence; NULL: it never was silent
--   missed_at        the first of `misses` answers that it has no record
--   next_query_at    the PG is asked then; a claim moves it on by its lease. NULL: asked no more
--   untold_since     UNKNOWN or REVIEW since then, and no person has been told. NULL: none need be
--   claimed_by       who claimed it last: node and incarnation
CREATE TABLE IF NOT EXISTS payments (
    order_id BIGINT UNSIGNED NOT NULL,
    user_id BIGINT UNSIGNED NOT NULL,
    total_amount BIGINT UNSIGNED NOT NULL,
    used_point BIGINT UNSIGNED NOT NULL,
    paid_amount BIGINT UNSIGNED NOT NULL,
    coupon_discount BIGINT UNSIGNED NOT NULL,
    issued_coupon_id BIGINT UNSIGNED NULL,
    status ENUM ('PENDING', 'IN_PROGRESS', 'UNKNOWN', 'REVIEW', 'PAID', 'FAILED') NOT NULL,
    failure ENUM ('LIMIT', 'CARD', 'PG', 'REFUSED', 'NOT_REACHED', 'NO_RECORD', 'TIME_OUT', 'OPERATOR') NULL,
    external_payment_key VARBINARY(190) NULL,
    pg_open TINYINT UNSIGNED NOT NULL DEFAULT 0,
    tries TINYINT UNSIGNED NOT NULL DEFAULT 0,
    asked TINYINT UNSIGNED NOT NULL DEFAULT 0,
    misses TINYINT UNSIGNED NOT NULL DEFAULT 0,
    silent TINYINT UNSIGNED NOT NULL DEFAULT 0,
    version INT UNSIGNED NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    attempted_at DATETIME(3) NOT NULL,
    sent_at DATETIME(3) NOT NULL,
    sighted_at DATETIME(3) NULL,
    missed_at DATETIME(3) NULL,
    next_query_at DATETIME(3) NULL,
    untold_since DATETIME(3) NULL,
    claimed_by BIGINT UNSIGNED NULL,
    PRIMARY KEY (order_id),
    UNIQUE KEY uk_payments_external_key (external_payment_key),
    KEY ix_payments_next_query (next_query_at),
    KEY ix_payments_untold (untold_since),
    KEY ix_payments_status (status),
    CONSTRAINT fk_payments_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT fk_payments_coupon FOREIGN KEY (issued_coupon_id) REFERENCES issued_coupons (id),
    CONSTRAINT ck_payments_adds_up CHECK (used_point + paid_amount + coupon_discount = total_amount),
    CONSTRAINT ck_payments_failure CHECK (failure IS NULL OR status = 'FAILED'),
    CONSTRAINT ck_payments_misses CHECK ((misses > 0) = (missed_at IS NOT NULL)),
    CONSTRAINT ck_payments_asked CHECK (
        (status IN ('IN_PROGRESS', 'UNKNOWN') OR pg_open = 1) = (next_query_at IS NOT NULL)
    ),
    CONSTRAINT ck_payments_untold CHECK (untold_since IS NULL OR status IN ('UNKNOWN', 'REVIEW'))
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- One row for each transaction whose money goes back. Every claim raises epoch by one; REFUND has it in its WHERE.
--   due_at           it is sent then; a claim moves it on by its lease. NULL: it has ended
--   untold_since     parked since then, and no person has been told
CREATE TABLE IF NOT EXISTS refunds (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    transaction_key VARBINARY(190) NOT NULL,
    order_id BIGINT UNSIGNED NOT NULL,
    amount BIGINT UNSIGNED NOT NULL,
    status ENUM ('REFUND_DUE', 'SENT', 'REFUNDED', 'REFUND_PARKED') NOT NULL,
    epoch INT UNSIGNED NOT NULL DEFAULT 0,
    tries TINYINT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    due_at DATETIME(3) NULL,
    untold_since DATETIME(3) NULL,
    claimed_by BIGINT UNSIGNED NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uk_refunds_transaction (transaction_key),
    KEY ix_refunds_due (due_at),
    KEY ix_refunds_untold (untold_since),
    KEY ix_refunds_status (status),
    CONSTRAINT fk_refunds_order FOREIGN KEY (order_id) REFERENCES orders (id),
    CONSTRAINT ck_refunds_due CHECK ((status IN ('REFUND_DUE', 'SENT')) = (due_at IS NOT NULL)),
    CONSTRAINT ck_refunds_untold CHECK (untold_since IS NULL OR status = 'REFUND_PARKED')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;

-- A key counts for 24 hours; older rows are taken over by the next PLACE under that key, or deleted by retention.
-- order_id is NULL inside PLACE alone, between the key's row and the order's.
CREATE TABLE IF NOT EXISTS idempotency_keys (
    user_id BIGINT UNSIGNED NOT NULL,
    request_key VARBINARY(190) NOT NULL,
    body_hash BIGINT UNSIGNED NOT NULL,
    order_id BIGINT UNSIGNED NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (user_id, request_key),
    KEY ix_idempotency_keys_created (created_at),
    CONSTRAINT fk_idempotency_keys_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4;
