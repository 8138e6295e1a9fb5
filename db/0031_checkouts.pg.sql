-- 0031_checkouts: invoices that customers pay on Stripe's page.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- A way to that page, for what was owed on an invoice when somebody went there.
CREATE TABLE invoice_checkouts (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	-- also the idempotency key of the call that made the session, and what
	-- Stripe keeps with it: its events are known by it
	id uuid NOT NULL,
	invoice_id uuid NOT NULL,
	-- the person who went to pay
	user_id uuid NOT NULL,
	amount_minor bigint NOT NULL CHECK (amount_minor > 0),
	currency text NOT NULL,
	-- new: Stripe is being asked for a session; open: its page can be used;
	-- ending: it is not to be used any more, but Stripe has yet to hear it;
	-- processing: the money is on its way (a bank's); failed: it did not
	-- come; expired: nobody paid
	status text NOT NULL CHECK (status IN ('new', 'open', 'ending',
		'processing', 'paid', 'failed', 'expired')),
	-- Stripe's: cs_..., pi_..., and the page itself while it is open
	session_id text,
	intent_id text,
	url text,
	livemode bigint CHECK (livemode IN (0, 1)),
	payment_id uuid,
	-- when Stripe is asked what has become of it, unless it told us before
	look_at bigint NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK ((status = 'paid') = (payment_id IS NOT NULL))
);
CREATE UNIQUE INDEX invoice_checkouts_session
	ON invoice_checkouts (tenant_id, session_id);
-- One at a time: two tabs come to one page.
CREATE UNIQUE INDEX invoice_checkouts_live
	ON invoice_checkouts (tenant_id, invoice_id) WHERE status IN ('new', 'open');
CREATE INDEX invoice_checkouts_invoice
	ON invoice_checkouts (tenant_id, invoice_id, id);
CREATE INDEX invoice_checkouts_look ON invoice_checkouts (tenant_id, look_at)
	WHERE status IN ('new', 'open', 'ending', 'processing');

ALTER TABLE invoice_checkouts ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoice_checkouts FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON invoice_checkouts
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());

GRANT SELECT, INSERT, UPDATE ON invoice_checkouts TO :app_role;
