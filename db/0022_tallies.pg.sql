-- 0022_tallies: sums over rows, so that nobody counts a million of them.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Triggers keep them, whoever writes the rows, but for transfers: they have one
-- writer, which is the busiest (app/billing/ledger.c).  Doctor counts and compares.
-- What a tally is of: `transfers` by account debited and account credited;
-- `payments` applied to an invoice by currency and day, less what went back;
-- `subscriptions` that recur by period and currency; `customers` that are
-- active; `invoices` that are open, with what they are owed, by currency.

CREATE TABLE tallies (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	kind text NOT NULL,
	part text NOT NULL,
	counterpart text NOT NULL,
	-- days since 1970, UTC; 0: not by day
	day bigint NOT NULL,
	n bigint NOT NULL,
	minor bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, kind, day, part, counterpart)
);

-- A row of tallies would be hot: changes gather here, and are added up now and
-- then (app/billing/tally.h).
CREATE TABLE tally_changes (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	kind text NOT NULL,
	part text NOT NULL,
	counterpart text NOT NULL,
	day bigint NOT NULL,
	n bigint NOT NULL,
	minor bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

-- Its rows come and go: what is gone must not be walked over for long.
ALTER TABLE tally_changes SET (autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_threshold = 1000, autovacuum_analyze_scale_factor = 0,
	autovacuum_analyze_threshold = 1000);

-- Row-level security hides the rows from whoever migrates, too.
ALTER TABLE ledger_transfers NO FORCE ROW LEVEL SECURITY;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'transfers', debit_account_id::text, credit_account_id::text, 0,
	COUNT(*), SUM(amount_minor), MIN(created_at), MAX(updated_at)
FROM ledger_transfers
GROUP BY tenant_id, debit_account_id::text, credit_account_id::text;
ALTER TABLE ledger_transfers FORCE ROW LEVEL SECURITY;
ALTER TABLE payments NO FORCE ROW LEVEL SECURITY;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'payments', currency, '', created_at / 86400,
	COUNT(*), SUM(amount_minor - refunded_minor), MIN(created_at), MAX(updated_at)
FROM payments
WHERE invoice_id IS NOT NULL
GROUP BY tenant_id, currency, created_at / 86400;
ALTER TABLE payments FORCE ROW LEVEL SECURITY;
ALTER TABLE subscriptions NO FORCE ROW LEVEL SECURITY;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'subscriptions', period, currency, 0,
	COUNT(*), SUM(price_minor * quantity), MIN(created_at), MAX(updated_at)
FROM subscriptions
WHERE status IN ('active', 'past_due')
GROUP BY tenant_id, period, currency;
ALTER TABLE subscriptions FORCE ROW LEVEL SECURITY;
ALTER TABLE customers NO FORCE ROW LEVEL SECURITY;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'customers', '', '', 0,
	COUNT(*), SUM(0), MIN(created_at), MAX(updated_at)
FROM customers
WHERE status = 'active' AND deleted_at IS NULL
GROUP BY tenant_id;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
ALTER TABLE invoices NO FORCE ROW LEVEL SECURITY;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'invoices', currency, '', 0,
	COUNT(*), SUM(total_minor - amount_paid_minor), MIN(created_at), MAX(updated_at)
FROM invoices
WHERE status = 'open'
GROUP BY tenant_id, currency;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['tallies', 'tally_changes'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

CREATE FUNCTION payments_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.invoice_id IS NOT NULL THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (OLD.tenant_id, uuid7(OLD.updated_at * 1000), 'payments',
			OLD.currency, '', OLD.created_at / 86400,
			-1, -(OLD.amount_minor - OLD.refunded_minor), OLD.updated_at, OLD.updated_at);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.invoice_id IS NOT NULL THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (NEW.tenant_id, uuid7(NEW.updated_at * 1000), 'payments',
			NEW.currency, '', NEW.created_at / 86400,
			1, NEW.amount_minor - NEW.refunded_minor, NEW.updated_at, NEW.updated_at);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER payments_tally_new AFTER INSERT ON payments
	FOR EACH ROW WHEN (NEW.invoice_id IS NOT NULL)
	EXECUTE FUNCTION payments_tally();
CREATE TRIGGER payments_tally_gone AFTER DELETE ON payments
	FOR EACH ROW WHEN (OLD.invoice_id IS NOT NULL)
	EXECUTE FUNCTION payments_tally();
CREATE TRIGGER payments_tally_changed
	AFTER UPDATE OF invoice_id, currency, amount_minor, refunded_minor ON payments
	FOR EACH ROW WHEN (OLD.invoice_id IS NOT NULL OR NEW.invoice_id IS NOT NULL)
	EXECUTE FUNCTION payments_tally();

CREATE FUNCTION subscriptions_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status IN ('active', 'past_due') THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (OLD.tenant_id, uuid7(OLD.updated_at * 1000), 'subscriptions',
			OLD.period, OLD.currency, 0,
			-1, -(OLD.price_minor * OLD.quantity), OLD.updated_at, OLD.updated_at);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status IN ('active', 'past_due') THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (NEW.tenant_id, uuid7(NEW.updated_at * 1000), 'subscriptions',
			NEW.period, NEW.currency, 0,
			1, NEW.price_minor * NEW.quantity, NEW.updated_at, NEW.updated_at);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER subscriptions_tally_new AFTER INSERT ON subscriptions
	FOR EACH ROW WHEN (NEW.status IN ('active', 'past_due'))
	EXECUTE FUNCTION subscriptions_tally();
CREATE TRIGGER subscriptions_tally_gone AFTER DELETE ON subscriptions
	FOR EACH ROW WHEN (OLD.status IN ('active', 'past_due'))
	EXECUTE FUNCTION subscriptions_tally();
CREATE TRIGGER subscriptions_tally_changed
	AFTER UPDATE OF status, period, currency, price_minor, quantity ON subscriptions
	FOR EACH ROW WHEN (OLD.status IN ('active', 'past_due') OR NEW.status IN ('active', 'past_due'))
	EXECUTE FUNCTION subscriptions_tally();

CREATE FUNCTION customers_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status = 'active' AND OLD.deleted_at IS NULL THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (OLD.tenant_id, uuid7(OLD.updated_at * 1000), 'customers',
			'', '', 0,
			-1, 0, OLD.updated_at, OLD.updated_at);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status = 'active' AND NEW.deleted_at IS NULL THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (NEW.tenant_id, uuid7(NEW.updated_at * 1000), 'customers',
			'', '', 0,
			1, 0, NEW.updated_at, NEW.updated_at);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER customers_tally_new AFTER INSERT ON customers
	FOR EACH ROW WHEN (NEW.status = 'active' AND NEW.deleted_at IS NULL)
	EXECUTE FUNCTION customers_tally();
CREATE TRIGGER customers_tally_gone AFTER DELETE ON customers
	FOR EACH ROW WHEN (OLD.status = 'active' AND OLD.deleted_at IS NULL)
	EXECUTE FUNCTION customers_tally();
CREATE TRIGGER customers_tally_changed
	AFTER UPDATE OF status, deleted_at ON customers
	FOR EACH ROW WHEN (OLD.status = 'active' AND OLD.deleted_at IS NULL OR NEW.status = 'active' AND NEW.deleted_at IS NULL)
	EXECUTE FUNCTION customers_tally();

CREATE FUNCTION invoices_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status = 'open' THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (OLD.tenant_id, uuid7(OLD.updated_at * 1000), 'invoices',
			OLD.currency, '', 0,
			-1, -(OLD.total_minor - OLD.amount_paid_minor), OLD.updated_at, OLD.updated_at);
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status = 'open' THEN
		INSERT INTO tally_changes (tenant_id, id, kind, part, counterpart,
			day, n, minor, created_at, updated_at)
		VALUES (NEW.tenant_id, uuid7(NEW.updated_at * 1000), 'invoices',
			NEW.currency, '', 0,
			1, NEW.total_minor - NEW.amount_paid_minor, NEW.updated_at, NEW.updated_at);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER invoices_tally_new AFTER INSERT ON invoices
	FOR EACH ROW WHEN (NEW.status = 'open')
	EXECUTE FUNCTION invoices_tally();
CREATE TRIGGER invoices_tally_gone AFTER DELETE ON invoices
	FOR EACH ROW WHEN (OLD.status = 'open')
	EXECUTE FUNCTION invoices_tally();
CREATE TRIGGER invoices_tally_changed
	AFTER UPDATE OF status, currency, total_minor, amount_paid_minor ON invoices
	FOR EACH ROW WHEN (OLD.status = 'open' OR NEW.status = 'open')
	EXECUTE FUNCTION invoices_tally();

GRANT SELECT, INSERT, UPDATE, DELETE ON tallies, tally_changes TO :app_role;
