-- 0029_services: what customers do with a service themselves: end it, and ask
-- for another plan.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- The first day without it, NULL: it goes on; why, in a word (billing/ending.h)
-- and in the customer's own; and who asked when.  What has ended keeps them.
ALTER TABLE subscriptions ADD COLUMN ends_on date;
ALTER TABLE subscriptions ADD COLUMN end_reason text NOT NULL DEFAULT ''
	CHECK (end_reason IN ('', 'not_needed', 'too_expensive', 'moving', 'missing',
		'trouble', 'other'));
ALTER TABLE subscriptions ADD COLUMN end_note text NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN end_asked_by uuid;
ALTER TABLE subscriptions ADD COLUMN end_asked_name text NOT NULL DEFAULT '';
ALTER TABLE subscriptions ADD COLUMN end_asked_at bigint;
-- Few of many, which clockwork looks for.
CREATE INDEX subscriptions_ending ON subscriptions (tenant_id, ends_on, id)
	WHERE ends_on IS NOT NULL AND status NOT IN ('cancelled', 'expired');

-- A wish for another plan.  open: staff decide; accepted: carried out on due_on;
-- done: it was.  Prices are for one piece and period.
CREATE TABLE plan_changes (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	subscription_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	from_product_id uuid NOT NULL,
	to_product_id uuid NOT NULL,
	from_price_minor bigint NOT NULL CHECK (from_price_minor >= 0),
	to_price_minor bigint NOT NULL CHECK (to_price_minor >= 0),
	currency text NOT NULL,
	period text NOT NULL,
	status text NOT NULL CHECK (status IN
		('open', 'accepted', 'done', 'declined', 'withdrawn')),
	note text NOT NULL DEFAULT '',
	asked_by uuid,
	asked_name text NOT NULL DEFAULT '',
	-- why it was declined, or has come to nothing
	reason text NOT NULL DEFAULT '',
	decided_by uuid,
	decided_name text NOT NULL DEFAULT '',
	decided_at bigint,
	due_on date,
	done_at bigint,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
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
);
-- One at a time.
CREATE UNIQUE INDEX plan_changes_one ON plan_changes (tenant_id, subscription_id)
	WHERE status IN ('open', 'accepted');
CREATE INDEX plan_changes_status ON plan_changes (tenant_id, status, id);
CREATE INDEX plan_changes_subscription
	ON plan_changes (tenant_id, subscription_id, id);
CREATE INDEX plan_changes_customer ON plan_changes (tenant_id, customer_id, id);
CREATE INDEX plan_changes_due ON plan_changes (tenant_id, due_on, id)
	WHERE status = 'accepted';
ALTER TABLE plan_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plan_changes
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON plan_changes TO :app_role;
