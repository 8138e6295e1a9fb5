-- 0009_mail: what was sent, and how a tenant signs it.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Two more states: a mail is `sending` from before its first byte leaves, and
-- `maybe_sent` when nobody heard what the server said to its last.  A CHECK
-- can't be changed, so the table is made anew.
CREATE TABLE outbox_new (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('mail', 'verify', 'refund', 'orphan')),
	-- unique per kind: "order-confirmation:<order id>"
	dedupe_key TEXT NOT NULL,
	recipient TEXT NOT NULL DEFAULT '',
	template TEXT NOT NULL DEFAULT '',
	payload TEXT NOT NULL DEFAULT '{}',
	status TEXT NOT NULL DEFAULT 'pending'
		CHECK (status IN ('pending', 'sending', 'maybe_sent', 'done',
			'dead', 'cancelled')),
	attempts INTEGER NOT NULL DEFAULT 0,
	last_error TEXT,
	done_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
INSERT INTO outbox_new (tenant_id, id, kind, dedupe_key, recipient, template,
	payload, status, attempts, last_error, done_at, created_at, updated_at)
SELECT tenant_id, id, kind, dedupe_key, recipient, template, payload, status,
	attempts, last_error, done_at, created_at, updated_at
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE UNIQUE INDEX outbox_once ON outbox (tenant_id, kind, dedupe_key);
CREATE INDEX outbox_status ON outbox (tenant_id, kind, status, id);

-- Every conversation with a mail server about a mail, with its last words.
CREATE TABLE mail_attempts (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	outbox_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('sending', 'sent', 'refused',
		'later', 'maybe_sent')),
	code INTEGER NOT NULL DEFAULT 0,
	answer TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, outbox_id) REFERENCES outbox (tenant_id, id)
) STRICT;
CREATE INDEX mail_attempts_outbox ON mail_attempts (tenant_id, outbox_id, id);

-- How a tenant looks and signs.  Read before anybody is signed in, and nothing
-- secret; '' where there is none.
ALTER TABLE tenants ADD COLUMN accent TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN logo_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN public_url TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN sender_name TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN sender_email TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
-- whom mails to staff go to, and how often
ALTER TABLE tenants ADD COLUMN alert_email TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN alerts TEXT NOT NULL DEFAULT 'each'
	CHECK (alerts IN ('each', 'daily'));
ALTER TABLE tenants ADD COLUMN alerted_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN brand_version INTEGER NOT NULL DEFAULT 1;

-- A PNG that was taken apart and put together again by tenancy/logo.c.
CREATE TABLE tenant_logos (
	tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
	hash TEXT NOT NULL,
	width INTEGER NOT NULL,
	height INTEGER NOT NULL,
	data BLOB NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('outbox', 'sqlite_autoindex_outbox_1', '1000000 100000 1'),
	('outbox', 'outbox_once', '1000000 100000 10000 1'),
	('outbox', 'outbox_status', '1000000 100000 10000 10000 10'),
	('mail_attempts', 'sqlite_autoindex_mail_attempts_1', '1000000 100000 1'),
	('mail_attempts', 'mail_attempts_outbox', '1000000 100000 10 10'),
	('tenant_logos', 'sqlite_autoindex_tenant_logos_1', '100 1');
