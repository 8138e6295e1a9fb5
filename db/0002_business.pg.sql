-- 0002_business: catalogue, customers, orders, invoices, payments, the ledger.
-- SPDX-License-Identifier: AGPL-3.0-or-later

CREATE TABLE products (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	code text NOT NULL,
	name text NOT NULL,
	description text NOT NULL DEFAULT '',
	type text NOT NULL DEFAULT 'hosting'
		CHECK (type IN ('hosting', 'domain', 'ssl', 'email', 'addon', 'custom')),
	provisions text NOT NULL DEFAULT 'none'
		CHECK (provisions IN ('none', 'website', 'backup')),
	-- what provisioning needs to know: {"php":true}, {"retentionDays":30}
	plan text NOT NULL DEFAULT '{}',
	taxable bigint NOT NULL DEFAULT 1 CHECK (taxable IN (0, 1)),
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	position bigint NOT NULL DEFAULT 0,
	metadata text NOT NULL DEFAULT '{}',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX products_code ON products (tenant_id, code)
	WHERE deleted_at IS NULL;

CREATE TABLE product_prices (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	product_id uuid NOT NULL,
	period text NOT NULL CHECK (period IN
		('once', 'month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	currency text NOT NULL,
	price_minor bigint NOT NULL CHECK (price_minor >= 0),
	setup_fee_minor bigint NOT NULL DEFAULT 0 CHECK (setup_fee_minor >= 0),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE UNIQUE INDEX product_prices_once
	ON product_prices (tenant_id, product_id, period, currency);

-- Tax contained in catalogue prices, by the customer's country ('' = any).
CREATE TABLE tax_rules (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	country text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT '',
	rate_ppm bigint NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000),
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tax_rules_place ON tax_rules (tenant_id, country, state)
	WHERE status = 'active';

CREATE TABLE customers (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	company_name text NOT NULL DEFAULT '',
	email text NOT NULL,
	phone text NOT NULL DEFAULT '',
	line1 text NOT NULL DEFAULT '',
	line2 text NOT NULL DEFAULT '',
	city text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT '',
	postal_code text NOT NULL DEFAULT '',
	country text NOT NULL DEFAULT '',
	tax_id text NOT NULL DEFAULT '',
	currency text NOT NULL,
	-- what we owe the customer; doctor compares it with the ledger
	credit_minor bigint NOT NULL DEFAULT 0,
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'suspended', 'closed')),
	user_id uuid,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX customers_email ON customers (tenant_id, lower(email))
	WHERE deleted_at IS NULL;

CREATE TABLE orders (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	number text NOT NULL,
	status text NOT NULL CHECK (status IN ('verifying', 'review', 'processing',
		'completed', 'failed', 'cancelled', 'refunded')),
	customer_id uuid NOT NULL,
	payment_intent_id text,
	currency text NOT NULL,
	-- what the customer was charged, as the caller said (checked at Stripe
	-- where a key is set: then verified_at and received_minor are set)
	total_minor bigint NOT NULL CHECK (total_minor >= 0),
	received_minor bigint,
	verified_at bigint,
	primary_domain text,
	coupon_code text,
	metadata text NOT NULL DEFAULT '{}',
	-- the call as it was understood, canonical JSON
	request text NOT NULL,
	decided_by text,
	decided_at bigint,
	completed_at bigint,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE UNIQUE INDEX orders_number ON orders (tenant_id, number);
CREATE UNIQUE INDEX orders_intent ON orders (tenant_id, payment_intent_id);
CREATE INDEX orders_status ON orders (tenant_id, status, id);
CREATE INDEX orders_customer ON orders (tenant_id, customer_id, id);

CREATE TABLE order_items (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	order_id uuid NOT NULL,
	position bigint NOT NULL,
	-- as asked for; product_id only when the code is known
	product_code text NOT NULL,
	product_id uuid,
	quantity bigint NOT NULL CHECK (quantity > 0),
	period text NOT NULL,
	-- what was charged, and what the catalogue says (NULL: not sold so)
	unit_price_minor bigint NOT NULL CHECK (unit_price_minor >= 0),
	catalog_price_minor bigint,
	-- as the customer named it, and as provisioning uses it
	domain text,
	site_domain text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE UNIQUE INDEX order_items_position
	ON order_items (tenant_id, order_id, position);

-- Why an order waits for a person.
CREATE TABLE order_problems (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	order_id uuid NOT NULL,
	-- the item it is about; NULL: the order
	item_position bigint,
	code text NOT NULL,
	message text NOT NULL,
	resolved_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE INDEX order_problems_order ON order_problems (tenant_id, order_id);

-- First insert of every intake: one per payment intent, for ever.
CREATE TABLE intakes (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	payment_intent_id text NOT NULL,
	body_hash text NOT NULL,
	order_id uuid NOT NULL,
	status bigint,
	response text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, payment_intent_id)
);

-- Authenticated calls that made no order: kept, so that paid money is found.
CREATE TABLE intake_refusals (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	source text NOT NULL DEFAULT 'api' CHECK (source IN ('api', 'webhook')),
	payment_intent_id text,
	http_status bigint NOT NULL,
	-- JSON array of {field, code, message}
	reasons text NOT NULL,
	body bytea NOT NULL,
	body_bytes bigint NOT NULL,
	body_hash text NOT NULL,
	-- the same call again only counts up
	seen_count bigint NOT NULL DEFAULT 1,
	status text NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'placed', 'dismissed')),
	order_id uuid,
	token_name text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id)
);
CREATE UNIQUE INDEX intake_refusals_once
	ON intake_refusals (tenant_id, body_hash, http_status) WHERE status = 'open';
CREATE INDEX intake_refusals_status ON intake_refusals (tenant_id, status, id);

-- What payment providers told us, each event once, as it came.
CREATE TABLE inbox_events (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	provider text NOT NULL CHECK (provider IN ('stripe')),
	event_id text NOT NULL,
	type text NOT NULL,
	payload text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, provider, event_id)
);
CREATE INDEX inbox_events_age ON inbox_events (tenant_id, created_at);

CREATE TABLE subscriptions (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	customer_id uuid NOT NULL,
	product_id uuid NOT NULL,
	order_id uuid,
	order_item_id uuid,
	domain text,
	status text NOT NULL CHECK (status IN ('pending', 'trialing', 'active',
		'past_due', 'suspended', 'paused', 'cancelled', 'expired')),
	period text NOT NULL CHECK (period IN
		('month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	price_minor bigint NOT NULL CHECK (price_minor >= 0),
	currency text NOT NULL,
	quantity bigint NOT NULL DEFAULT 1 CHECK (quantity > 0),
	anchor_day bigint NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
	current_period_start date NOT NULL,
	current_period_end date NOT NULL,
	next_billing_date date,
	auto_renew bigint NOT NULL DEFAULT 1 CHECK (auto_renew IN (0, 1)),
	activated_at bigint,
	suspended_at bigint,
	cancelled_at bigint,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, order_item_id) REFERENCES order_items (tenant_id, id)
);
-- one order item can never become two subscriptions
CREATE UNIQUE INDEX subscriptions_item
	ON subscriptions (tenant_id, order_item_id);
CREATE INDEX subscriptions_customer ON subscriptions (tenant_id, customer_id, id);
CREATE INDEX subscriptions_order ON subscriptions (tenant_id, order_id);
CREATE INDEX subscriptions_status ON subscriptions (tenant_id, status, id);
CREATE INDEX subscriptions_billing
	ON subscriptions (tenant_id, next_billing_date);

CREATE TABLE invoices (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	-- NULL while draft; gapless per series afterwards
	number text,
	customer_id uuid NOT NULL,
	order_id uuid,
	status text NOT NULL CHECK (status IN
		('draft', 'open', 'paid', 'void', 'uncollectible')),
	currency text NOT NULL,
	subtotal_minor bigint NOT NULL DEFAULT 0,
	discount_minor bigint NOT NULL DEFAULT 0,
	tax_minor bigint NOT NULL DEFAULT 0,
	total_minor bigint NOT NULL DEFAULT 0,
	amount_paid_minor bigint NOT NULL DEFAULT 0,
	due_date date,
	issued_at bigint,
	paid_at bigint,
	-- snapshots taken at issue, JSON
	seller text NOT NULL DEFAULT '{}',
	buyer text NOT NULL DEFAULT '{}',
	notes text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	CHECK ((status = 'draft') = (number IS NULL)),
	CHECK (status = 'draft' OR total_minor = subtotal_minor - discount_minor + tax_minor),
	CHECK (status <> 'paid' OR amount_paid_minor = total_minor)
);
CREATE UNIQUE INDEX invoices_number ON invoices (tenant_id, number);
CREATE UNIQUE INDEX invoices_order ON invoices (tenant_id, order_id);
CREATE INDEX invoices_customer ON invoices (tenant_id, customer_id, id);
CREATE INDEX invoices_status ON invoices (tenant_id, status, id);

CREATE TABLE invoice_items (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	invoice_id uuid NOT NULL,
	position bigint NOT NULL,
	description text NOT NULL,
	quantity bigint NOT NULL,
	-- net of the tax that stands beside it
	unit_price_minor bigint NOT NULL,
	amount_minor bigint NOT NULL,
	tax_rate_ppm bigint NOT NULL DEFAULT 0,
	tax_minor bigint NOT NULL DEFAULT 0,
	period_start date,
	period_end date,
	subscription_id uuid,
	product_id uuid,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE UNIQUE INDEX invoice_items_position
	ON invoice_items (tenant_id, invoice_id, position);
CREATE INDEX invoice_items_subscription
	ON invoice_items (tenant_id, subscription_id);

-- Once issued, what an invoice says is fixed; only its settlement moves.
CREATE TRIGGER invoices_immutable BEFORE UPDATE ON invoices
	FOR EACH ROW
	WHEN (OLD.status <> 'draft' AND (
		NEW.number IS DISTINCT FROM OLD.number
		OR NEW.customer_id <> OLD.customer_id
		OR NEW.currency <> OLD.currency
		OR NEW.subtotal_minor <> OLD.subtotal_minor
		OR NEW.discount_minor <> OLD.discount_minor
		OR NEW.tax_minor <> OLD.tax_minor
		OR NEW.total_minor <> OLD.total_minor
		OR NEW.issued_at IS DISTINCT FROM OLD.issued_at
		OR NEW.seller <> OLD.seller OR NEW.buyer <> OLD.buyer
		OR NEW.status = 'draft'))
	EXECUTE FUNCTION refuse('invoices_immutable');
CREATE TRIGGER invoices_no_delete BEFORE DELETE ON invoices
	FOR EACH ROW WHEN (OLD.status <> 'draft')
	EXECUTE FUNCTION refuse('invoices_immutable');
CREATE FUNCTION invoice_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE line record;
BEGIN
	IF TG_OP = 'INSERT' THEN line := NEW; ELSE line := OLD; END IF;
	IF (SELECT status FROM invoices WHERE tenant_id = line.tenant_id
		AND id = line.invoice_id) <> 'draft' THEN
		RAISE EXCEPTION 'invoice_items_immutable';
	END IF;
	IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER invoice_items_guard
	BEFORE INSERT OR UPDATE OR DELETE ON invoice_items
	FOR EACH ROW EXECUTE FUNCTION invoice_items_guard();

CREATE TABLE payments (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	-- NULL while the money is unapplied (its order is in review)
	invoice_id uuid,
	order_id uuid,
	customer_id uuid NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	refunded_minor bigint NOT NULL DEFAULT 0
		CHECK (refunded_minor BETWEEN 0 AND amount_minor),
	currency text NOT NULL,
	method text NOT NULL CHECK (method IN ('stripe', 'manual')),
	transaction_id text NOT NULL,
	status text NOT NULL CHECK (status IN
		('succeeded', 'partially_refunded', 'refunded')),
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id)
);
CREATE UNIQUE INDEX payments_once ON payments (tenant_id, method, transaction_id);
CREATE INDEX payments_customer ON payments (tenant_id, customer_id, id);
CREATE INDEX payments_invoice ON payments (tenant_id, invoice_id);
CREATE INDEX payments_order ON payments (tenant_id, order_id);
CREATE INDEX payments_time ON payments (tenant_id, created_at);

CREATE TABLE refunds (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	payment_id uuid NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	currency text NOT NULL,
	reason text NOT NULL DEFAULT '',
	-- pending: the outbox has it; manual: no Stripe key, a person pays it back
	status text NOT NULL CHECK (status IN
		('pending', 'succeeded', 'failed', 'manual')),
	remote_ref text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id)
);
CREATE INDEX refunds_payment ON refunds (tenant_id, payment_id);

-- The ledger.  An entry is a set of transfers, each from one account to
-- another, so that an unbalanced entry can't be written down.
CREATE TABLE ledger_accounts (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	code text NOT NULL,
	name text NOT NULL,
	kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
	currency text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	UNIQUE (tenant_id, id, currency)
);
CREATE UNIQUE INDEX ledger_accounts_code
	ON ledger_accounts (tenant_id, code, currency);

CREATE TABLE ledger_entries (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	-- what it books: 'invoice', 'payment', 'allocation', 'refund' ...
	kind text NOT NULL,
	subject_id uuid NOT NULL,
	description text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
-- one event is booked once
CREATE UNIQUE INDEX ledger_entries_once
	ON ledger_entries (tenant_id, kind, subject_id);

CREATE TABLE ledger_transfers (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	entry_id uuid NOT NULL,
	debit_account_id uuid NOT NULL,
	credit_account_id uuid NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	currency text NOT NULL,
	customer_id uuid,
	invoice_id uuid,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	CHECK (debit_account_id <> credit_account_id),
	FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entries (tenant_id, id),
	FOREIGN KEY (tenant_id, debit_account_id, currency)
		REFERENCES ledger_accounts (tenant_id, id, currency),
	FOREIGN KEY (tenant_id, credit_account_id, currency)
		REFERENCES ledger_accounts (tenant_id, id, currency),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id)
);
CREATE INDEX ledger_transfers_entry ON ledger_transfers (tenant_id, entry_id);
CREATE INDEX ledger_transfers_customer ON ledger_transfers (tenant_id, customer_id);
CREATE INDEX ledger_transfers_invoice ON ledger_transfers (tenant_id, invoice_id);

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries
	FOR EACH ROW EXECUTE FUNCTION refuse('ledger_append_only');
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries
	FOR EACH ROW EXECUTE FUNCTION refuse('ledger_append_only');
CREATE TRIGGER ledger_transfers_no_update BEFORE UPDATE ON ledger_transfers
	FOR EACH ROW EXECUTE FUNCTION refuse('ledger_append_only');
CREATE TRIGGER ledger_transfers_no_delete BEFORE DELETE ON ledger_transfers
	FOR EACH ROW EXECUTE FUNCTION refuse('ledger_append_only');

-- Row-level security, forced: the application role sees and writes rows of the
-- tenant that its transaction has set, and without one it sees nothing.
DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'products',
		'product_prices',
		'tax_rules',
		'customers',
		'orders',
		'order_items',
		'order_problems',
		'intakes',
		'intake_refusals',
		'inbox_events',
		'subscriptions',
		'invoices',
		'invoice_items',
		'payments',
		'refunds',
		'ledger_accounts',
		'ledger_entries',
		'ledger_transfers'
	] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON
	products,
	product_prices,
	tax_rules,
	customers,
	orders,
	order_items,
	order_problems,
	intakes,
	intake_refusals,
	inbox_events,
	subscriptions,
	invoices,
	invoice_items,
	payments,
	refunds,
	ledger_accounts
	TO :app_role;
-- append-only by right as well as by trigger
GRANT SELECT, INSERT ON ledger_entries, ledger_transfers TO :app_role;
