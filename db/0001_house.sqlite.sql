-- 0001_house: tenants, people, tokens, audit, idempotency, outbox.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Conventions of every step:
--   primary keys are (tenant_id, id), so that each reference carries its tenant
--   instants are UTC seconds; calendar dates are YYYY-MM-DD
--   money is minor units beside a currency
--   booleans are 0/1; states are lower-case words behind a CHECK
--   the two texts of a step (.sqlite.sql, .pg.sql) are compared by a test

-- A hosting company.  Found by host name before anything else is known.
CREATE TABLE tenants (
	id TEXT NOT NULL PRIMARY KEY,
	slug TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL,
	kind TEXT NOT NULL DEFAULT 'business' CHECK (kind IN ('business', 'platform')),
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
	currency TEXT NOT NULL DEFAULT 'USD',
	support_email TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tenant_hosts (
	host TEXT NOT NULL PRIMARY KEY,
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX tenant_hosts_tenant ON tenant_hosts (tenant_id);

-- Rising numbers: 'order:2026' (gaps allowed), 'invoice:INV-2026' (gapless:
-- taken last before COMMIT, see billing/invoice_number).
CREATE TABLE counters (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL,
	value INTEGER NOT NULL CHECK (value >= 0),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, name)
) STRICT;

-- Made roles; the built-in ones are a table in identity/role.c.
CREATE TABLE roles (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	description TEXT NOT NULL DEFAULT '',
	permissions TEXT NOT NULL DEFAULT '',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX roles_name ON roles (tenant_id, name);

CREATE TABLE users (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL DEFAULT '',
	first_name TEXT NOT NULL DEFAULT '',
	last_name TEXT NOT NULL DEFAULT '',
	role TEXT NOT NULL,
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
	password_hash TEXT,
	-- raised by everything that must end all sessions and tokens at once
	epoch INTEGER NOT NULL DEFAULT 1,
	email_verified_at INTEGER,
	last_login_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email))
	WHERE deleted_at IS NULL;

-- Read before the tenant is known; holds hashes only.
CREATE TABLE sessions (
	token_hash TEXT NOT NULL PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	tenant_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	-- 'cookie': a browser; 'access' and 'refresh': the API's pair
	kind TEXT NOT NULL CHECK (kind IN ('cookie', 'access', 'refresh')),
	-- the pairs that came from one log-in; reuse of a refresh token ends it
	family_id TEXT NOT NULL,
	epoch INTEGER NOT NULL,
	client TEXT NOT NULL DEFAULT '',
	device TEXT NOT NULL DEFAULT '',
	flash_kind TEXT,
	flash_text TEXT,
	last_seen_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at INTEGER,
	revoked_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_family ON sessions (family_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE api_tokens (
	token_hash TEXT NOT NULL PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL DEFAULT '',
	-- the first characters, to tell tokens apart in a list
	prefix TEXT NOT NULL,
	kind TEXT NOT NULL DEFAULT 'api' CHECK (kind IN ('api', 'enroll')),
	scopes TEXT NOT NULL,
	server_id TEXT,
	expires_at INTEGER,
	revoked_at INTEGER,
	last_used_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_tokens_tenant ON api_tokens (tenant_id);

CREATE TABLE audit_logs (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	actor_kind TEXT NOT NULL,
	actor_id TEXT,
	actor_name TEXT NOT NULL,
	action TEXT NOT NULL,
	noun TEXT NOT NULL,
	noun_id TEXT,
	-- a JSON object of facts; never a secret
	detail TEXT NOT NULL DEFAULT '{}',
	request_id TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX audit_logs_noun ON audit_logs (tenant_id, noun, noun_id);

CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs_append_only'); END;
CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs_append_only'); END;

-- The Idempotency-Key header: first insert of the transaction it guards.
CREATE TABLE idempotency_keys (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	actor_key TEXT NOT NULL,
	route TEXT NOT NULL,
	idem_key TEXT NOT NULL,
	body_hash TEXT NOT NULL,
	status INTEGER,
	response TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, actor_key, route, idem_key)
) STRICT;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- What must be said or done outside, once per key.  The row is written in the
-- transaction of its cause; `mpanel work` carries it out (see queue).
CREATE TABLE outbox (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('mail', 'verify', 'refund', 'orphan')),
	-- unique per kind: "order-confirmation:<order id>"
	dedupe_key TEXT NOT NULL,
	recipient TEXT NOT NULL DEFAULT '',
	template TEXT NOT NULL DEFAULT '',
	payload TEXT NOT NULL DEFAULT '{}',
	status TEXT NOT NULL DEFAULT 'pending'
		CHECK (status IN ('pending', 'done', 'dead', 'cancelled')),
	attempts INTEGER NOT NULL DEFAULT 0,
	last_error TEXT,
	done_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX outbox_once ON outbox (tenant_id, kind, dedupe_key);

-- What `mpanel work` may claim, across tenants: nothing but ids and times.
CREATE TABLE queue (
	id TEXT NOT NULL PRIMARY KEY,
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	kind TEXT NOT NULL,
	ref_id TEXT NOT NULL,
	due_at INTEGER NOT NULL,
	lease_token TEXT,
	lease_until INTEGER,
	attempts INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX queue_once ON queue (tenant_id, kind, ref_id);
CREATE INDEX queue_due ON queue (kind, due_at);
