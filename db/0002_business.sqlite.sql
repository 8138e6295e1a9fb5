-- 0002_business: catalogue, customers, orders, invoices, payments, the ledger.
-- SPDX-License-Identifier: AGPL-3.0-or-later

CREATE TABLE products (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL DEFAULT '',
	type TEXT NOT NULL DEFAULT 'hosting'
		CHECK (type IN ('hosting', 'domain', 'ssl', 'email', 'addon', 'custom')),
	provisions TEXT NOT NULL DEFAULT 'none'
		CHECK (provisions IN ('none', 'website', 'backup')),
	-- what provisioning needs to know: {"php":true}, {"retentionDays":30}
	plan TEXT NOT NULL DEFAULT '{}',
	taxable INTEGER NOT NULL DEFAULT 1 CHECK (taxable IN (0, 1)),
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	position INTEGER NOT NULL DEFAULT 0,
	metadata TEXT NOT NULL DEFAULT '{}',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX products_code ON products (tenant_id, code)
	WHERE deleted_at IS NULL;

CREATE TABLE product_prices (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	product_id TEXT NOT NULL,
	period TEXT NOT NULL CHECK (period IN
		('once', 'month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	currency TEXT NOT NULL,
	price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
	setup_fee_minor INTEGER NOT NULL DEFAULT 0 CHECK (setup_fee_minor >= 0),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX product_prices_once
	ON product_prices (tenant_id, product_id, period, currency);

-- Tax contained in catalogue prices, by the customer's country ('' = any).
CREATE TABLE tax_rules (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	country TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT '',
	rate_ppm INTEGER NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX tax_rules_place ON tax_rules (tenant_id, country, state)
	WHERE status = 'active';

CREATE TABLE customers (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	company_name TEXT NOT NULL DEFAULT '',
	email TEXT NOT NULL,
	phone TEXT NOT NULL DEFAULT '',
	line1 TEXT NOT NULL DEFAULT '',
	line2 TEXT NOT NULL DEFAULT '',
	city TEXT NOT NULL DEFAULT '',
	state TEXT NOT NULL DEFAULT '',
	postal_code TEXT NOT NULL DEFAULT '',
	country TEXT NOT NULL DEFAULT '',
	tax_id TEXT NOT NULL DEFAULT '',
	currency TEXT NOT NULL,
	-- what we owe the customer; doctor compares it with the ledger
	credit_minor INTEGER NOT NULL DEFAULT 0,
	status TEXT NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'suspended', 'closed')),
	user_id TEXT,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX customers_email ON customers (tenant_id, lower(email))
	WHERE deleted_at IS NULL;

CREATE TABLE orders (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	number TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN ('verifying', 'review', 'processing',
		'completed', 'failed', 'cancelled', 'refunded')),
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
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX orders_number ON orders (tenant_id, number);
CREATE UNIQUE INDEX orders_intent ON orders (tenant_id, payment_intent_id);
CREATE INDEX orders_status ON orders (tenant_id, status, id);
CREATE INDEX orders_customer ON orders (tenant_id, customer_id, id);

CREATE TABLE order_items (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	-- as asked for; product_id only when the code is known
	product_code TEXT NOT NULL,
	product_id TEXT,
	quantity INTEGER NOT NULL CHECK (quantity > 0),
	period TEXT NOT NULL,
	-- what was charged, and what the catalogue says (NULL: not sold so)
	unit_price_minor INTEGER NOT NULL CHECK (unit_price_minor >= 0),
	catalog_price_minor INTEGER,
	-- as the customer named it, and as provisioning uses it
	domain TEXT,
	site_domain TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX order_items_position
	ON order_items (tenant_id, order_id, position);

-- Why an order waits for a person.
CREATE TABLE order_problems (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	order_id TEXT NOT NULL,
	-- the item it is about; NULL: the order
	item_position INTEGER,
	code TEXT NOT NULL,
	message TEXT NOT NULL,
	resolved_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) STRICT;
CREATE INDEX order_problems_order ON order_problems (tenant_id, order_id);

-- First insert of every intake: one per payment intent, for ever.
CREATE TABLE intakes (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	payment_intent_id TEXT NOT NULL,
	body_hash TEXT NOT NULL,
	order_id TEXT NOT NULL,
	status INTEGER,
	response TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, payment_intent_id)
) STRICT;

-- Authenticated calls that made no order: kept, so that paid money is found.
CREATE TABLE intake_refusals (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	source TEXT NOT NULL DEFAULT 'api' CHECK (source IN ('api', 'webhook')),
	payment_intent_id TEXT,
	http_status INTEGER NOT NULL,
	-- JSON array of {field, code, message}
	reasons TEXT NOT NULL,
	body BLOB NOT NULL,
	body_bytes INTEGER NOT NULL,
	body_hash TEXT NOT NULL,
	-- the same call again only counts up
	seen_count INTEGER NOT NULL DEFAULT 1,
	status TEXT NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'placed', 'dismissed')),
	order_id TEXT,
	token_name TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX intake_refusals_once
	ON intake_refusals (tenant_id, body_hash, http_status) WHERE status = 'open';
CREATE INDEX intake_refusals_status ON intake_refusals (tenant_id, status, id);

-- What payment providers told us, each event once, as it came.
CREATE TABLE inbox_events (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	provider TEXT NOT NULL CHECK (provider IN ('stripe')),
	event_id TEXT NOT NULL,
	type TEXT NOT NULL,
	payload TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, provider, event_id)
) STRICT;
CREATE INDEX inbox_events_age ON inbox_events (tenant_id, created_at);

CREATE TABLE subscriptions (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	product_id TEXT NOT NULL,
	order_id TEXT,
	order_item_id TEXT,
	domain TEXT,
	status TEXT NOT NULL CHECK (status IN ('pending', 'trialing', 'active',
		'past_due', 'suspended', 'paused', 'cancelled', 'expired')),
	period TEXT NOT NULL CHECK (period IN
		('month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
	currency TEXT NOT NULL,
	quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
	anchor_day INTEGER NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
	current_period_start TEXT NOT NULL,
	current_period_end TEXT NOT NULL,
	next_billing_date TEXT,
	auto_renew INTEGER NOT NULL DEFAULT 1 CHECK (auto_renew IN (0, 1)),
	activated_at INTEGER,
	suspended_at INTEGER,
	cancelled_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, order_item_id) REFERENCES order_items (tenant_id, id)
) STRICT;
-- one order item can never become two subscriptions
CREATE UNIQUE INDEX subscriptions_item
	ON subscriptions (tenant_id, order_item_id);
CREATE INDEX subscriptions_customer ON subscriptions (tenant_id, customer_id, id);
CREATE INDEX subscriptions_order ON subscriptions (tenant_id, order_id);
CREATE INDEX subscriptions_status ON subscriptions (tenant_id, status, id);
CREATE INDEX subscriptions_billing
	ON subscriptions (tenant_id, next_billing_date);

CREATE TABLE invoices (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- NULL while draft; gapless per series afterwards
	number TEXT,
	customer_id TEXT NOT NULL,
	order_id TEXT,
	status TEXT NOT NULL CHECK (status IN
		('draft', 'open', 'paid', 'void', 'uncollectible')),
	currency TEXT NOT NULL,
	subtotal_minor INTEGER NOT NULL DEFAULT 0,
	discount_minor INTEGER NOT NULL DEFAULT 0,
	tax_minor INTEGER NOT NULL DEFAULT 0,
	total_minor INTEGER NOT NULL DEFAULT 0,
	amount_paid_minor INTEGER NOT NULL DEFAULT 0,
	due_date TEXT,
	issued_at INTEGER,
	paid_at INTEGER,
	-- snapshots taken at issue, JSON
	seller TEXT NOT NULL DEFAULT '{}',
	buyer TEXT NOT NULL DEFAULT '{}',
	notes TEXT NOT NULL DEFAULT '',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	CHECK ((status = 'draft') = (number IS NULL)),
	CHECK (status = 'draft' OR total_minor = subtotal_minor - discount_minor + tax_minor),
	CHECK (status <> 'paid' OR amount_paid_minor = total_minor)
) STRICT;
CREATE UNIQUE INDEX invoices_number ON invoices (tenant_id, number);
CREATE UNIQUE INDEX invoices_order ON invoices (tenant_id, order_id);
CREATE INDEX invoices_customer ON invoices (tenant_id, customer_id, id);
CREATE INDEX invoices_status ON invoices (tenant_id, status, id);

CREATE TABLE invoice_items (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	invoice_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	description TEXT NOT NULL,
	quantity INTEGER NOT NULL,
	-- net of the tax that stands beside it
	unit_price_minor INTEGER NOT NULL,
	amount_minor INTEGER NOT NULL,
	tax_rate_ppm INTEGER NOT NULL DEFAULT 0,
	tax_minor INTEGER NOT NULL DEFAULT 0,
	period_start TEXT,
	period_end TEXT,
	subscription_id TEXT,
	product_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX invoice_items_position
	ON invoice_items (tenant_id, invoice_id, position);
CREATE INDEX invoice_items_subscription
	ON invoice_items (tenant_id, subscription_id);

-- Once issued, what an invoice says is fixed; only its settlement moves.
CREATE TRIGGER invoices_immutable BEFORE UPDATE ON invoices
WHEN OLD.status <> 'draft' AND (
	NEW.number IS NOT OLD.number OR NEW.customer_id <> OLD.customer_id
	OR NEW.currency <> OLD.currency OR NEW.subtotal_minor <> OLD.subtotal_minor
	OR NEW.discount_minor <> OLD.discount_minor OR NEW.tax_minor <> OLD.tax_minor
	OR NEW.total_minor <> OLD.total_minor OR NEW.issued_at IS NOT OLD.issued_at
	OR NEW.seller <> OLD.seller OR NEW.buyer <> OLD.buyer
	OR NEW.status = 'draft')
BEGIN SELECT RAISE(ABORT, 'invoices_immutable'); END;
CREATE TRIGGER invoices_no_delete BEFORE DELETE ON invoices
WHEN OLD.status <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoices_immutable'); END;
CREATE TRIGGER invoice_items_no_insert BEFORE INSERT ON invoice_items
WHEN (SELECT status FROM invoices
	WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoice_items_immutable'); END;
CREATE TRIGGER invoice_items_no_update BEFORE UPDATE ON invoice_items
WHEN (SELECT status FROM invoices
	WHERE tenant_id = OLD.tenant_id AND id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoice_items_immutable'); END;
CREATE TRIGGER invoice_items_no_delete BEFORE DELETE ON invoice_items
WHEN (SELECT status FROM invoices
	WHERE tenant_id = OLD.tenant_id AND id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE(ABORT, 'invoice_items_immutable'); END;

CREATE TABLE payments (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- NULL while the money is unapplied (its order is in review)
	invoice_id TEXT,
	order_id TEXT,
	customer_id TEXT NOT NULL,
	amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
	refunded_minor INTEGER NOT NULL DEFAULT 0
		CHECK (refunded_minor BETWEEN 0 AND amount_minor),
	currency TEXT NOT NULL,
	method TEXT NOT NULL CHECK (method IN ('stripe', 'manual')),
	transaction_id TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN
		('succeeded', 'partially_refunded', 'refunded')),
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX payments_once ON payments (tenant_id, method, transaction_id);
CREATE INDEX payments_customer ON payments (tenant_id, customer_id, id);
CREATE INDEX payments_invoice ON payments (tenant_id, invoice_id);
CREATE INDEX payments_order ON payments (tenant_id, order_id);
CREATE INDEX payments_time ON payments (tenant_id, created_at);

CREATE TABLE refunds (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	payment_id TEXT NOT NULL,
	amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
	currency TEXT NOT NULL,
	reason TEXT NOT NULL DEFAULT '',
	-- pending: the outbox has it; manual: no Stripe key, a person pays it back
	status TEXT NOT NULL CHECK (status IN
		('pending', 'succeeded', 'failed', 'manual')),
	remote_ref TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
) STRICT;
CREATE INDEX refunds_payment ON refunds (tenant_id, payment_id);

-- The ledger.  An entry is a set of transfers, each from one account to
-- another, so that an unbalanced entry can't be written down.
CREATE TABLE ledger_accounts (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
	currency TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, id, currency)
) STRICT;
CREATE UNIQUE INDEX ledger_accounts_code
	ON ledger_accounts (tenant_id, code, currency);

CREATE TABLE ledger_entries (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- what it books: 'invoice', 'payment', 'allocation', 'refund' ...
	kind TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	description TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
-- one event is booked once
CREATE UNIQUE INDEX ledger_entries_once
	ON ledger_entries (tenant_id, kind, subject_id);

CREATE TABLE ledger_transfers (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	entry_id TEXT NOT NULL,
	debit_account_id TEXT NOT NULL,
	credit_account_id TEXT NOT NULL,
	amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
	currency TEXT NOT NULL,
	customer_id TEXT,
	invoice_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	CHECK (debit_account_id <> credit_account_id),
	FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entries (tenant_id, id),
	FOREIGN KEY (tenant_id, debit_account_id, currency)
		REFERENCES ledger_accounts (tenant_id, id, currency),
	FOREIGN KEY (tenant_id, credit_account_id, currency)
		REFERENCES ledger_accounts (tenant_id, id, currency),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
) STRICT;
CREATE INDEX ledger_transfers_entry ON ledger_transfers (tenant_id, entry_id);
CREATE INDEX ledger_transfers_customer ON ledger_transfers (tenant_id, customer_id);
CREATE INDEX ledger_transfers_invoice ON ledger_transfers (tenant_id, invoice_id);

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_append_only'); END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
BEGIN SELECT RAISE(ABORT, 'ledger_append_only'); END;
CREATE TRIGGER ledger_transfers_no_update BEFORE UPDATE ON ledger_transfers
BEGIN SELECT RAISE(ABORT, 'ledger_append_only'); END;
CREATE TRIGGER ledger_transfers_no_delete BEFORE DELETE ON ledger_transfers
BEGIN SELECT RAISE(ABORT, 'ledger_append_only'); END;
