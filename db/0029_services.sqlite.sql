-- 0029_services: what customers do with a service themselves: end it, and ask
-- for another plan.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- The first day without it, NULL: it goes on; why, in a word (billing/ending.h)
-- and in the customer's own; and who asked when.  What has ended keeps them.
ALTER TABLE subscriptions ADD COLUMN ends_on TEXT;
ALTER TABLE subscriptions ADD COLUMN end_reason TEXT NOT NULL DEFAULT ''
	CHECK (end_reason IN ('', 'not_needed', 'too_expensive', 'moving', 'missing',
		'trouble', 'other'));
ALTER TABLE subscriptions ADD COLUMN end_note TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN end_asked_by TEXT;
ALTER TABLE subscriptions ADD COLUMN end_asked_name TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN end_asked_at INTEGER;
-- Few of many, which clockwork looks for.
CREATE INDEX subscriptions_ending ON subscriptions (tenant_id, ends_on, id)
	WHERE ends_on IS NOT NULL AND status NOT IN ('cancelled', 'expired');

-- A wish for another plan.  open: staff decide; accepted: carried out on due_on;
-- done: it was.  Prices are for one piece and period.
CREATE TABLE plan_changes (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	subscription_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	from_product_id TEXT NOT NULL,
	to_product_id TEXT NOT NULL,
	from_price_minor INTEGER NOT NULL CHECK (from_price_minor >= 0),
	to_price_minor INTEGER NOT NULL CHECK (to_price_minor >= 0),
	currency TEXT NOT NULL,
	period TEXT NOT NULL,
	status TEXT NOT NULL CHECK (status IN
		('open', 'accepted', 'done', 'declined', 'withdrawn')),
	note TEXT NOT NULL DEFAULT '',
	asked_by TEXT,
	asked_name TEXT NOT NULL DEFAULT '',
	-- why it was declined, or has come to nothing
	reason TEXT NOT NULL DEFAULT '',
	decided_by TEXT,
	decided_name TEXT NOT NULL DEFAULT '',
	decided_at INTEGER,
	due_on TEXT,
	done_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, from_product_id)
		REFERENCES products (tenant_id, id),
	FOREIGN KEY (tenant_id, to_product_id)
		REFERENCES products (tenant_id, id),
	CHECK (from_product_id <> to_product_id),
	CHECK (status <> 'accepted' OR due_on IS NOT NULL),
	CHECK ((status = 'done') = (done_at IS NOT NULL))
) STRICT;
-- One at a time.
CREATE UNIQUE INDEX plan_changes_one ON plan_changes (tenant_id, subscription_id)
	WHERE status IN ('open', 'accepted');
CREATE INDEX plan_changes_status ON plan_changes (tenant_id, status, id);
CREATE INDEX plan_changes_subscription
	ON plan_changes (tenant_id, subscription_id, id);
CREATE INDEX plan_changes_customer ON plan_changes (tenant_id, customer_id, id);
CREATE INDEX plan_changes_due ON plan_changes (tenant_id, due_on, id)
	WHERE status = 'accepted';
-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('subscriptions', 'subscriptions_ending', '10000 1000 10 1'),
	('plan_changes', 'sqlite_autoindex_plan_changes_1', '1000000 100000 1'),
	('plan_changes', 'plan_changes_one', '10000 1000 1'),
	('plan_changes', 'plan_changes_status', '1000000 100000 10000 10'),
	('plan_changes', 'plan_changes_subscription', '1000000 100000 10 10'),
	('plan_changes', 'plan_changes_customer', '1000000 100000 10 10'),
	('plan_changes', 'plan_changes_due', '10000 1000 10 1');
