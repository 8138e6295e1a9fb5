-- 0021_staff: what a company sets for itself, notes on customers, and what of
-- the notices a person has read.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- A row only where a company wants something else than the default
-- (tenancy/tenant_settings.c names them all).
CREATE TABLE tenant_settings (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, name)
) STRICT;
ALTER TABLE tenants ADD COLUMN settings_version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE customer_notes (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	text TEXT NOT NULL,
	pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
	-- NULL: a program
	author_id TEXT,
	author_name TEXT NOT NULL,
	version INTEGER NOT NULL DEFAULT 1,
	deleted_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX customer_notes_customer
	ON customer_notes (tenant_id, customer_id, id);
CREATE INDEX customer_notes_author ON customer_notes (tenant_id, author_id);

CREATE TABLE notices_read (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	user_id TEXT NOT NULL,
	-- "review:ID": what it is about
	notice TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, user_id, notice),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;

-- What every page asks the log about its reader (orders/notices.c): entries of
-- orders cost nothing, and log-ins are not walked through.
CREATE INDEX audit_logs_own ON audit_logs (tenant_id, noun_id, id)
	WHERE noun = 'users' AND action IN ('user.password', 'user.role',
	'factor.reset', 'factor.disable', 'factor.totp', 'factor.email',
	'factor.backup_used', 'session.reuse');
-- What somebody removed lately (hosting/removal.c).
CREATE INDEX audit_logs_removals ON audit_logs (tenant_id, created_at)
	WHERE action = 'website.remove';

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('tenant_settings', 'sqlite_autoindex_tenant_settings_1', '1000 10 1'),
	('customer_notes', 'sqlite_autoindex_customer_notes_1',
		'100000 10000 1'),
	('customer_notes', 'customer_notes_customer', '100000 10000 3 1'),
	('customer_notes', 'customer_notes_author', '100000 10000 500'),
	('notices_read', 'sqlite_autoindex_notices_read_1', '10000 1000 100 1'),
	('audit_logs', 'audit_logs_own', '10000 1000 10 1'),
	('audit_logs', 'audit_logs_removals', '1000 100 2');
-- Those that wait are few beside those that were decided.
UPDATE sqlite_stat1 SET stat = '10000 1000 1'
WHERE idx IN ('sqlite_autoindex_approvals_1', 'approvals_wish');
UPDATE sqlite_stat1 SET stat = '10000 1000 5' WHERE idx = 'approvals_status';
