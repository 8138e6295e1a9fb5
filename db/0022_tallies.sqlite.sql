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
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	kind TEXT NOT NULL,
	part TEXT NOT NULL,
	counterpart TEXT NOT NULL,
	-- days since 1970, UTC; 0: not by day
	day INTEGER NOT NULL,
	n INTEGER NOT NULL,
	minor INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, kind, day, part, counterpart)
) STRICT, WITHOUT ROWID;

-- On PostgreSQL a row of tallies would be hot: there changes gather here, and
-- are added up now and then.  Here writers come one after the other anyway.
CREATE TABLE tally_changes (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	part TEXT NOT NULL,
	counterpart TEXT NOT NULL,
	day INTEGER NOT NULL,
	n INTEGER NOT NULL,
	minor INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'transfers', debit_account_id, credit_account_id, 0,
	COUNT(*), SUM(amount_minor), MIN(created_at), MAX(updated_at)
FROM ledger_transfers
GROUP BY tenant_id, debit_account_id, credit_account_id;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'payments', currency, '', created_at / 86400,
	COUNT(*), SUM(amount_minor - refunded_minor), MIN(created_at), MAX(updated_at)
FROM payments
WHERE invoice_id IS NOT NULL
GROUP BY tenant_id, currency, created_at / 86400;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'subscriptions', period, currency, 0,
	COUNT(*), SUM(price_minor * quantity), MIN(created_at), MAX(updated_at)
FROM subscriptions
WHERE status IN ('active', 'past_due')
GROUP BY tenant_id, period, currency;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'customers', '', '', 0,
	COUNT(*), SUM(0), MIN(created_at), MAX(updated_at)
FROM customers
WHERE status = 'active' AND deleted_at IS NULL
GROUP BY tenant_id;
INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
	created_at, updated_at)
SELECT tenant_id, 'invoices', currency, '', 0,
	COUNT(*), SUM(total_minor - amount_paid_minor), MIN(created_at), MAX(updated_at)
FROM invoices
WHERE status = 'open'
GROUP BY tenant_id, currency;

CREATE TRIGGER payments_tally_new AFTER INSERT ON payments
WHEN NEW.invoice_id IS NOT NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'payments', NEW.currency, '', NEW.created_at / 86400,
		1, NEW.amount_minor - NEW.refunded_minor, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER payments_tally_gone AFTER DELETE ON payments
WHEN OLD.invoice_id IS NOT NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'payments', OLD.currency, '', OLD.created_at / 86400,
		-1, -(OLD.amount_minor - OLD.refunded_minor), OLD.updated_at, OLD.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER payments_tally_off
	AFTER UPDATE OF invoice_id, currency, amount_minor, refunded_minor ON payments
WHEN OLD.invoice_id IS NOT NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'payments', OLD.currency, '', OLD.created_at / 86400,
		-1, -(OLD.amount_minor - OLD.refunded_minor), NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER payments_tally_on
	AFTER UPDATE OF invoice_id, currency, amount_minor, refunded_minor ON payments
WHEN NEW.invoice_id IS NOT NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'payments', NEW.currency, '', NEW.created_at / 86400,
		1, NEW.amount_minor - NEW.refunded_minor, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;

CREATE TRIGGER subscriptions_tally_new AFTER INSERT ON subscriptions
WHEN NEW.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'subscriptions', NEW.period, NEW.currency, 0,
		1, NEW.price_minor * NEW.quantity, NEW.updated_at, NEW.updated_at)
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
		-1, -(OLD.price_minor * OLD.quantity), OLD.updated_at, OLD.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER subscriptions_tally_off
	AFTER UPDATE OF status, period, currency, price_minor, quantity ON subscriptions
WHEN OLD.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'subscriptions', OLD.period, OLD.currency, 0,
		-1, -(OLD.price_minor * OLD.quantity), NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER subscriptions_tally_on
	AFTER UPDATE OF status, period, currency, price_minor, quantity ON subscriptions
WHEN NEW.status IN ('active', 'past_due')
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'subscriptions', NEW.period, NEW.currency, 0,
		1, NEW.price_minor * NEW.quantity, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;

CREATE TRIGGER customers_tally_new AFTER INSERT ON customers
WHEN NEW.status = 'active' AND NEW.deleted_at IS NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'customers', '', '', 0,
		1, 0, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER customers_tally_gone AFTER DELETE ON customers
WHEN OLD.status = 'active' AND OLD.deleted_at IS NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'customers', '', '', 0,
		-1, 0, OLD.updated_at, OLD.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER customers_tally_off
	AFTER UPDATE OF status, deleted_at ON customers
WHEN OLD.status = 'active' AND OLD.deleted_at IS NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'customers', '', '', 0,
		-1, 0, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER customers_tally_on
	AFTER UPDATE OF status, deleted_at ON customers
WHEN NEW.status = 'active' AND NEW.deleted_at IS NULL
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'customers', '', '', 0,
		1, 0, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;

CREATE TRIGGER invoices_tally_new AFTER INSERT ON invoices
WHEN NEW.status = 'open'
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'invoices', NEW.currency, '', 0,
		1, NEW.total_minor - NEW.amount_paid_minor, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER invoices_tally_gone AFTER DELETE ON invoices
WHEN OLD.status = 'open'
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'invoices', OLD.currency, '', 0,
		-1, -(OLD.total_minor - OLD.amount_paid_minor), OLD.updated_at, OLD.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER invoices_tally_off
	AFTER UPDATE OF status, currency, total_minor, amount_paid_minor ON invoices
WHEN OLD.status = 'open'
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (OLD.tenant_id, 'invoices', OLD.currency, '', 0,
		-1, -(OLD.total_minor - OLD.amount_paid_minor), NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;
CREATE TRIGGER invoices_tally_on
	AFTER UPDATE OF status, currency, total_minor, amount_paid_minor ON invoices
WHEN NEW.status = 'open'
BEGIN
	INSERT INTO tallies (tenant_id, kind, part, counterpart, day, n, minor,
		created_at, updated_at)
	VALUES (NEW.tenant_id, 'invoices', NEW.currency, '', 0,
		1, NEW.total_minor - NEW.amount_paid_minor, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, kind, day, part, counterpart) DO UPDATE
	SET n = n + excluded.n, minor = minor + excluded.minor,
		updated_at = excluded.updated_at;
END;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('tallies', 'tallies', '10000 1000 500 5 2 1'),
	('tally_changes', 'tally_changes', '100 10 1');
