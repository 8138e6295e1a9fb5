-- 0031_checkouts: invoices that customers pay on Stripe's page.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- A way to that page, for what was owed on an invoice when somebody went there.
CREATE TABLE invoice_checkouts (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	-- also the idempotency key of the call that made the session, and what
	-- Stripe keeps with it: its events are known by it
	id TEXT NOT NULL,
	invoice_id TEXT NOT NULL,
	-- the person who went to pay
	user_id TEXT NOT NULL,
	amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
	currency TEXT NOT NULL,
	-- new: Stripe is being asked for a session; open: its page can be used;
	-- ending: it is not to be used any more, but Stripe has yet to hear it;
	-- processing: the money is on its way (a bank's); failed: it did not
	-- come; expired: nobody paid
	status TEXT NOT NULL CHECK (status IN ('new', 'open', 'ending',
		'processing', 'paid', 'failed', 'expired')),
	-- Stripe's: cs_..., pi_..., and the page itself while it is open
	session_id TEXT,
	intent_id TEXT,
	url TEXT,
	livemode INTEGER CHECK (livemode IN (0, 1)),
	payment_id TEXT,
	-- when Stripe is asked what has become of it, unless it told us before
	look_at INTEGER NOT NULL,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, payment_id) REFERENCES payments (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK ((status = 'paid') = (payment_id IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX invoice_checkouts_session
	ON invoice_checkouts (tenant_id, session_id);
-- One at a time: two tabs come to one page.
CREATE UNIQUE INDEX invoice_checkouts_live
	ON invoice_checkouts (tenant_id, invoice_id) WHERE status IN ('new', 'open');
CREATE INDEX invoice_checkouts_invoice
	ON invoice_checkouts (tenant_id, invoice_id, id);
CREATE INDEX invoice_checkouts_look ON invoice_checkouts (tenant_id, look_at)
	WHERE status IN ('new', 'open', 'ending', 'processing');

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('invoice_checkouts', 'sqlite_autoindex_invoice_checkouts_1', '100000 10000 1'),
	('invoice_checkouts', 'invoice_checkouts_session', '100000 10000 1'),
	('invoice_checkouts', 'invoice_checkouts_live', '1000 100 1'),
	('invoice_checkouts', 'invoice_checkouts_invoice', '100000 10000 2 1'),
	('invoice_checkouts', 'invoice_checkouts_look', '1000 100 1');
