-- 0026_by_hand: orders that staff place, coupons, and what they take off.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- One more state: `awaiting_payment`, an order by hand whose invoice is open.
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check
	CHECK (status IN ('verifying', 'review', 'awaiting_payment',
		'processing', 'completed', 'failed', 'cancelled', 'refunded'));
-- what the coupon took off; the total is without it
ALTER TABLE orders ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
-- who placed it by hand, and what they noted; NULL: it came in by itself
ALTER TABLE orders ADD COLUMN placed_by text;
ALTER TABLE orders ADD COLUMN notes text NOT NULL DEFAULT '';

-- Of a line: what the coupon took off it, and whether staff named its price.
ALTER TABLE order_items ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
ALTER TABLE order_items ADD COLUMN own_price bigint NOT NULL DEFAULT 0
	CHECK (own_price IN (0, 1));
-- Net, like the amount that it is taken off; the tax beside is of the rest.
ALTER TABLE invoice_items ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
-- What a coupon takes off each of the periods that are still to come.
ALTER TABLE subscriptions ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0
	CHECK (discount_minor >= 0);
ALTER TABLE subscriptions ADD COLUMN discount_periods bigint NOT NULL DEFAULT 0
	CHECK (discount_periods >= 0);

-- What recurs is without what a coupon takes off the next period
-- (0022_tallies had no coupons; nor has any row that is there).
CREATE OR REPLACE FUNCTION subscriptions_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status IN ('active', 'past_due') THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (OLD.tenant_id, uuid7(OLD.updated_at * 1000), 'subscriptions',
			OLD.period, OLD.currency, 0,
			-1, -(OLD.price_minor * OLD.quantity -
			CASE WHEN OLD.discount_periods > 0 THEN OLD.discount_minor ELSE 0 END),
			OLD.updated_at, OLD.updated_at);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status IN ('active', 'past_due') THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (NEW.tenant_id, uuid7(NEW.updated_at * 1000), 'subscriptions',
			NEW.period, NEW.currency, 0,
			1, (NEW.price_minor * NEW.quantity -
			CASE WHEN NEW.discount_periods > 0 THEN NEW.discount_minor ELSE 0 END),
			NEW.updated_at, NEW.updated_at);
	END IF;
	RETURN NULL;
END
$$;
DROP TRIGGER subscriptions_tally_changed ON subscriptions;
CREATE TRIGGER subscriptions_tally_changed
	AFTER UPDATE OF status, period, currency, price_minor, quantity,
	discount_minor, discount_periods ON subscriptions
	FOR EACH ROW WHEN (OLD.status IN ('active', 'past_due') OR NEW.status IN ('active', 'past_due'))
	EXECUTE FUNCTION subscriptions_tally();

CREATE TABLE coupons (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	-- in capitals
	code text NOT NULL,
	description text NOT NULL DEFAULT '',
	kind text NOT NULL CHECK (kind IN ('percent', 'amount')),
	percent_ppm bigint NOT NULL DEFAULT 0
		CHECK (percent_ppm BETWEEN 0 AND 1000000),
	amount_minor bigint NOT NULL DEFAULT 0 CHECK (amount_minor >= 0),
	-- of the amount and of the least total
	currency text NOT NULL,
	-- codes of the products that it is for, with commas; '': all
	products text NOT NULL DEFAULT '',
	-- how many periods of a subscription have it
	periods bigint NOT NULL DEFAULT 1 CHECK (periods >= 1),
	minimum_minor bigint NOT NULL DEFAULT 0 CHECK (minimum_minor >= 0),
	valid_from date,
	valid_until date,
	max_uses bigint CHECK (max_uses >= 1),
	max_uses_each bigint CHECK (max_uses_each >= 1),
	-- orders that have it; doctor counts them in coupon_uses
	uses bigint NOT NULL DEFAULT 0 CHECK (uses >= 0),
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	CHECK (uses <= max_uses),
	CHECK (kind = 'percent' AND percent_ppm > 0 AND amount_minor = 0
		OR kind = 'amount' AND amount_minor > 0 AND percent_ppm = 0)
);
CREATE UNIQUE INDEX coupons_code ON coupons (tenant_id, code)
	WHERE deleted_at IS NULL;

-- An order has a coupon once; one that is undone gives it back.
CREATE TABLE coupon_uses (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	coupon_id uuid NOT NULL,
	order_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	discount_minor bigint NOT NULL CHECK (discount_minor >= 0),
	currency text NOT NULL,
	released_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, coupon_id) REFERENCES coupons (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE UNIQUE INDEX coupon_uses_order ON coupon_uses (tenant_id, order_id);
CREATE INDEX coupon_uses_customer
	ON coupon_uses (tenant_id, coupon_id, customer_id);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['coupons', 'coupon_uses'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON coupons, coupon_uses TO :app_role;
