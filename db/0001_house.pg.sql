-- 0001_house: tenants, people, tokens, audit, idempotency, outbox.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Conventions of every step:
--   primary keys are (tenant_id, id), so that each reference carries its tenant
--   instants are UTC seconds; calendar dates are YYYY-MM-DD
--   money is minor units beside a currency
--   booleans are 0/1; states are lower-case words behind a CHECK
--   the two texts of a step (.sqlite.sql, .pg.sql) are compared by a test

-- The tenant of the running transaction (see store/pg.c); NULL when none is
-- set, which matches no row.  After a commit the setting is '' and not NULL.
CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE AS
	$$ SELECT nullif(current_setting('app.tenant_id', true), '')::uuid $$;

-- UUIDv7 of a moment in milliseconds (RFC 9562).
CREATE FUNCTION uuid7(ms bigint) RETURNS uuid LANGUAGE sql VOLATILE AS $$
	SELECT encode(
		set_byte(
			overlay(uuid_send(gen_random_uuid())
				PLACING substring(int8send(ms) FROM 3) FROM 1 FOR 6),
			6, (get_byte(uuid_send(gen_random_uuid()), 6) & 15) | 112),
		'hex')::uuid
$$;

-- A trigger that says no; its argument names the rule.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '%', TG_ARGV[0];
END
$$;

-- A hosting company.  Found by host name before anything else is known.
CREATE TABLE tenants (
	id uuid NOT NULL PRIMARY KEY,
	slug text NOT NULL UNIQUE,
	name text NOT NULL,
	kind text NOT NULL DEFAULT 'business' CHECK (kind IN ('business', 'platform')),
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended')),
	currency text NOT NULL DEFAULT 'USD',
	support_email text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);

CREATE TABLE tenant_hosts (
	host text NOT NULL PRIMARY KEY,
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE INDEX tenant_hosts_tenant ON tenant_hosts (tenant_id);

-- Rising numbers: 'order:2026' (gaps allowed), 'invoice:INV-2026' (gapless:
-- taken last before COMMIT, see billing/invoice_number).
CREATE TABLE counters (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	name text NOT NULL,
	value bigint NOT NULL CHECK (value >= 0),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, name)
);

-- Made roles; the built-in ones are a table in identity/role.c.
CREATE TABLE roles (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	description text NOT NULL DEFAULT '',
	permissions text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX roles_name ON roles (tenant_id, name);

CREATE TABLE users (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	email text NOT NULL,
	name text NOT NULL DEFAULT '',
	first_name text NOT NULL DEFAULT '',
	last_name text NOT NULL DEFAULT '',
	role text NOT NULL,
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
	password_hash text,
	-- raised by everything that must end all sessions and tokens at once
	epoch bigint NOT NULL DEFAULT 1,
	email_verified_at bigint,
	last_login_at bigint,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email))
	WHERE deleted_at IS NULL;

-- Read before the tenant is known; holds hashes only.
CREATE TABLE sessions (
	token_hash text NOT NULL PRIMARY KEY,
	id uuid NOT NULL UNIQUE,
	tenant_id uuid NOT NULL,
	user_id uuid NOT NULL,
	-- 'cookie': a browser; 'access' and 'refresh': the API's pair
	kind text NOT NULL CHECK (kind IN ('cookie', 'access', 'refresh')),
	-- the pairs that came from one log-in; reuse of a refresh token ends it
	family_id uuid NOT NULL,
	epoch bigint NOT NULL,
	client text NOT NULL DEFAULT '',
	device text NOT NULL DEFAULT '',
	flash_kind text,
	flash_text text,
	last_seen_at bigint NOT NULL,
	expires_at bigint NOT NULL,
	used_at bigint,
	revoked_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX sessions_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_family ON sessions (family_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE api_tokens (
	token_hash text NOT NULL PRIMARY KEY,
	id uuid NOT NULL UNIQUE,
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	name text NOT NULL DEFAULT '',
	-- the first characters, to tell tokens apart in a list
	prefix text NOT NULL,
	kind text NOT NULL DEFAULT 'api' CHECK (kind IN ('api', 'enroll')),
	scopes text NOT NULL,
	server_id uuid,
	expires_at bigint,
	revoked_at bigint,
	last_used_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE INDEX api_tokens_tenant ON api_tokens (tenant_id);

CREATE TABLE audit_logs (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	actor_kind text NOT NULL,
	actor_id uuid,
	actor_name text NOT NULL,
	action text NOT NULL,
	noun text NOT NULL,
	noun_id uuid,
	-- a JSON object of facts; never a secret
	detail text NOT NULL DEFAULT '{}',
	request_id text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_logs_noun ON audit_logs (tenant_id, noun, noun_id);

CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
	FOR EACH ROW EXECUTE FUNCTION refuse('audit_logs_append_only');
CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
	FOR EACH ROW EXECUTE FUNCTION refuse('audit_logs_append_only');

-- The Idempotency-Key header: first insert of the transaction it guards.
CREATE TABLE idempotency_keys (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	actor_key text NOT NULL,
	route text NOT NULL,
	idem_key text NOT NULL,
	body_hash text NOT NULL,
	status bigint,
	response text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, actor_key, route, idem_key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- What must be said or done outside, once per key.  The row is written in the
-- transaction of its cause; `mpanel work` carries it out (see queue).
CREATE TABLE outbox (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('mail', 'verify', 'refund', 'orphan')),
	-- unique per kind: "order-confirmation:<order id>"
	dedupe_key text NOT NULL,
	recipient text NOT NULL DEFAULT '',
	template text NOT NULL DEFAULT '',
	payload text NOT NULL DEFAULT '{}',
	status text NOT NULL DEFAULT 'pending'
		CHECK (status IN ('pending', 'done', 'dead', 'cancelled')),
	attempts bigint NOT NULL DEFAULT 0,
	last_error text,
	done_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX outbox_once ON outbox (tenant_id, kind, dedupe_key);

-- What `mpanel work` may claim, across tenants: nothing but ids and times.
CREATE TABLE queue (
	id uuid NOT NULL PRIMARY KEY,
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	kind text NOT NULL,
	ref_id uuid NOT NULL,
	due_at bigint NOT NULL,
	lease_token text,
	lease_until bigint,
	attempts bigint NOT NULL DEFAULT 0,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE UNIQUE INDEX queue_once ON queue (tenant_id, kind, ref_id);
CREATE INDEX queue_due ON queue (kind, due_at);

-- Row-level security, forced: the application role sees and writes rows of the
-- tenant that its transaction has set, and without one it sees nothing.
DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'counters',
		'roles',
		'users',
		'audit_logs',
		'idempotency_keys',
		'outbox'
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
	tenants,
	tenant_hosts,
	counters,
	roles,
	users,
	sessions,
	api_tokens,
	idempotency_keys,
	outbox,
	queue
	TO :app_role;
-- append-only by right as well as by trigger
GRANT SELECT, INSERT ON audit_logs TO :app_role;
