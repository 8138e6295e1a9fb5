-- 0010_factors: second factors, and how often somebody tried.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Somebody with a factor is signed in only by sessions that passed it; a made
-- role may want one of everybody.
ALTER TABLE users ADD COLUMN has_factor bigint NOT NULL DEFAULT 0
	CHECK (has_factor IN (0, 1));
ALTER TABLE sessions ADD COLUMN passed_factor bigint NOT NULL DEFAULT 0
	CHECK (passed_factor IN (0, 1));
ALTER TABLE roles ADD COLUMN needs_factor bigint NOT NULL DEFAULT 0
	CHECK (needs_factor IN (0, 1));

-- A pending one is being set up; it may stand beside the one it will replace.
CREATE TABLE user_factors (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	user_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('totp', 'email', 'sms', 'webauthn')),
	status text NOT NULL CHECK (status IN ('pending', 'active')),
	-- sealed, bound to this row
	secret text,
	-- the last time step that was accepted: no step opens twice
	last_step bigint NOT NULL DEFAULT 0,
	tries bigint NOT NULL DEFAULT 0,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX user_factors_kind
	ON user_factors (tenant_id, user_id, kind, status);

-- Shown once; each opens once.
CREATE TABLE backup_codes (
	tenant_id uuid NOT NULL,
	user_id uuid NOT NULL,
	code_hash text NOT NULL,
	used_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, user_id, code_hash),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

-- The one code of a kind that was sent to a person and is good.
CREATE TABLE sent_codes (
	tenant_id uuid NOT NULL,
	user_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('email', 'sms')),
	code_hash text NOT NULL,
	tries bigint NOT NULL DEFAULT 0,
	expires_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, user_id, kind),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

-- Whose password was right, and whose factor is waited for.
CREATE TABLE login_challenges (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	token_hash text NOT NULL,
	user_id uuid NOT NULL,
	epoch bigint NOT NULL,
	tries bigint NOT NULL DEFAULT 0,
	expires_at bigint NOT NULL,
	used_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX login_challenges_token
	ON login_challenges (tenant_id, token_hash);
CREATE INDEX login_challenges_expires
	ON login_challenges (tenant_id, expires_at);

-- Failed log-ins by hashed key, of all tenants: nothing but hashes and times.
CREATE TABLE throttles (
	key_hash text NOT NULL PRIMARY KEY,
	failures bigint NOT NULL CHECK (failures > 0),
	-- the failures are counted from here
	since_at bigint NOT NULL,
	last_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE INDEX throttles_last ON throttles (last_at);

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'user_factors',
		'backup_codes',
		'sent_codes',
		'login_challenges'
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
	user_factors,
	backup_codes,
	sent_codes,
	login_challenges,
	throttles
	TO :app_role;
