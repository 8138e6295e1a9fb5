-- 0026_by_hand: orders that staff place, coupons, and what they take off.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- One more state: `awaiting_payment`, an order by hand whose invoice is open.
-- A CHECK can't be changed, so the table is made anew.
CREATE TABLE orders_new (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	number TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('verifying', 'review',
		'awaiting_payment', 'processing', 'completed', 'failed',
		'cancelled', 'refunded')),
	customer_id TEXT NOT NULL,
	payment_intent_id TEXT,
	currency TEXT NOT NULL,
	-- what the customer was charged, as the caller said (checked at Stripe
	-- where a key is set: then verified_at and received_minor are set)
	total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
	received_minor INTEGER,
	verified_at INTEGER,
	primary_domain TEXT,
	coupon_code TEXT,
	metadata TEXT NOT NULL DEFAULT '{}',
	-- the call as it was understood, canonical JSON
	request TEXT NOT NULL,
	decided_by TEXT,
	decided_at INTEGER,
	completed_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	products TEXT NOT NULL DEFAULT '',
	-- what the coupon took off; the total is without it
	discount_minor INTEGER NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
	-- who placed it by hand, and what they noted; NULL: it came in by itself
	placed_by TEXT,
	notes TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) STRICT;
INSERT INTO orders_new (tenant_id, id, number, status, customer_id,
	payment_intent_id, currency, total_minor, received_minor, verified_at,
	primary_domain, coupon_code, metadata, request, decided_by, decided_at,
	completed_at, version, created_at, updated_at, products)
SELECT tenant_id, id, number, status, customer_id,
	payment_intent_id, currency, total_minor, received_minor, verified_at,
	primary_domain, coupon_code, metadata, request, decided_by, decided_at,
	completed_at, version, created_at, updated_at, products
FROM orders;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
CREATE UNIQUE INDEX orders_number ON orders (tenant_id, number);
CREATE UNIQUE INDEX orders_intent ON orders (tenant_id, payment_intent_id);
CREATE INDEX orders_status ON orders (tenant_id, status, id);
CREATE INDEX orders_customer ON orders (tenant_id, customer_id, id);
CREATE INDEX orders_total ON orders (tenant_id, total_minor, id);
-- As in 0024_search: they went with the table.
CREATE TRIGGER orders_found_changed AFTER UPDATE OF payment_intent_id, primary_domain
	ON orders
	WHEN NEW.payment_intent_id IS NOT OLD.payment_intent_id
	OR NEW.primary_domain IS NOT OLD.primary_domain
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'orders', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER orders_found_gone AFTER DELETE ON orders
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'orders', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;

-- Of a line: what the coupon took off it, and whether staff named its price.
ALTER TABLE order_items ADD COLUMN discount_minor INTEGER NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
ALTER TABLE order_items ADD COLUMN own_price INTEGER NOT NULL DEFAULT 0
	CHECK (own_price IN (0, 1));
-- Net, like the amount that it is taken off; the tax beside is of the rest.
ALTER TABLE invoice_items ADD COLUMN discount_minor INTEGER NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
-- What a coupon takes off each of the periods that are still to come.
ALTER TABLE subscriptions ADD COLUMN discount_minor INTEGER NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
ALTER TABLE subscriptions ADD COLUMN discount_periods INTEGER NOT NULL DEFAULT 0
	CHECK (discount_periods >= 0);

-- What recurs is without what a coupon takes off the next period
-- (0022_tallies had no coupons; nor has any row that is there).
DROP TRIGGER subscriptions_tally_new;
DROP TRIGGER subscriptions_tally_gone;
DROP TRIGGER subscriptions_tally_off;
DROP TRIGGER subscriptions_tally_on;
CREATE TRIGGER subscriptions_tally_new AFTER INSERT ON subscriptions
WHEN NEW.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'subscriptions', NEW.period, NEW.currency, 0,
		1, (NEW.price_minor * NEW.quantity -
			CASE WHEN NEW.discount_periods > 0 THEN NEW.discount_minor ELSE 0 END),
		NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER subscriptions_tally_gone AFTER DELETE ON subscriptions
WHEN OLD.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'subscriptions', OLD.period, OLD.currency, 0,
		-1, -(OLD.price_minor * OLD.quantity -
			CASE WHEN OLD.discount_periods > 0 THEN OLD.discount_minor ELSE 0 END),
		OLD.updated_at, OLD.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER subscriptions_tally_off
	AFTER UPDATE OF status, period, currency, price_minor, quantity,
	discount_minor, discount_periods ON subscriptions
WHEN OLD.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'subscriptions', OLD.period, OLD.currency, 0,
		-1, -(OLD.price_minor * OLD.quantity -
			CASE WHEN OLD.discount_periods > 0 THEN OLD.discount_minor ELSE 0 END),
		NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER subscriptions_tally_on
	AFTER UPDATE OF status, period, currency, price_minor, quantity,
	discount_minor, discount_periods ON subscriptions
WHEN NEW.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'subscriptions', NEW.period, NEW.currency, 0,
		1, (NEW.price_minor * NEW.quantity -
			CASE WHEN NEW.discount_periods > 0 THEN NEW.discount_minor ELSE 0 END),
		NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;

CREATE TABLE coupons (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- in capitals
	code TEXT NOT NULL,
	description TEXT NOT NULL DEFAULT '',
	kind TEXT NOT NULL CHECK (kind IN ('percent', 'amount')),
	percent_ppm INTEGER NOT NULL DEFAULT 0
		CHECK (percent_ppm BETWEEN 0 AND 1000000),
	amount_minor INTEGER NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
	-- of the amount and of the least total
	currency TEXT NOT NULL,
	-- codes of the products that it is for, with commas; '': all
	products TEXT NOT NULL DEFAULT '',
	-- how many periods of a subscription have it
	periods INTEGER NOT NULL DEFAULT 1 CHECK (periods >= 1),
	minimum_minor INTEGER NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
	valid_from TEXT,
	valid_until TEXT,
	max_uses INTEGER CHECK (max_uses >= 1),
	max_uses_each INTEGER CHECK (max_uses_each >= 1),
	-- orders that have it; doctor counts them in coupon_uses
	uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	CHECK (uses <= max_uses),
	CHECK (kind = 'percent' AND percent_ppm > 0 AND amount_minor = 0
		OR kind = 'amount' AND amount_minor > 0 AND percent_ppm = 0)
) STRICT;
CREATE UNIQUE INDEX coupons_code ON coupons (tenant_id, code)
	WHERE deleted_at IS NULL;

-- An order has a coupon once; one that is undone gives it back.
CREATE TABLE coupon_uses (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	coupon_id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	discount_minor INTEGER NOT NULL CHECK (discount_minor >= 0),
	currency TEXT NOT NULL,
	released_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX coupon_uses_order ON coupon_uses (tenant_id, order_id);
CREATE INDEX coupon_uses_customer
	ON coupon_uses (tenant_id, coupon_id, customer_id);

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('orders', 'sqlite_autoindex_orders_1', '1000000 100000 1'),
	('orders', 'orders_number', '1000000 100000 1'),
	('orders', 'orders_intent', '1000000 100000 1'),
	('orders', 'orders_status', '1000000 100000 10000 10'),
	('orders', 'orders_customer', '1000000 100000 10 10'),
	('orders', 'orders_total', '1000000 100000 10 10'),
	('coupons', 'sqlite_autoindex_coupons_1', '100 10 1'),
	('coupons', 'coupons_code', '100 10 1'),
	('coupon_uses', 'sqlite_autoindex_coupon_uses_1', '1000000 100000 1'),
	('coupon_uses', 'coupon_uses_order', '1000000 100000 1'),
	('coupon_uses', 'coupon_uses_customer', '1000000 100000 10 10');
