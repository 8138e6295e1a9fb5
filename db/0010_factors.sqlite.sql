-- 0010_factors: second factors, and how often somebody tried.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Somebody with a factor is signed in only by sessions that passed it; a made
-- role may want one of everybody.
ALTER TABLE users ADD COLUMN has_factor INTEGER NOT NULL DEFAULT 0
	CHECK (has_factor IN (0, 1));
ALTER TABLE sessions ADD COLUMN passed_factor INTEGER NOT NULL DEFAULT 0
	CHECK (passed_factor IN (0, 1));
ALTER TABLE roles ADD COLUMN needs_factor INTEGER NOT NULL DEFAULT 0
	CHECK (needs_factor IN (0, 1));

-- A pending one is being set up; it may stand beside the one it will replace.
CREATE TABLE user_factors (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('totp', 'email', 'sms', 'webauthn')),
	status TEXT NOT NULL CHECK (status IN ('pending', 'active')),
	-- sealed, bound to this row
	secret TEXT,
	-- the last time step that was accepted: no step opens twice
	last_step INTEGER NOT NULL DEFAULT 0,
	tries INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX user_factors_kind
	ON user_factors (tenant_id, user_id, kind, status);

-- Shown once; each opens once.
CREATE TABLE backup_codes (
	tenant_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	code_hash TEXT NOT NULL,
	used_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, user_id, code_hash),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;

-- The one code of a kind that was sent to a person and is good.
CREATE TABLE sent_codes (
	tenant_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('email', 'sms')),
	code_hash TEXT NOT NULL,
	tries INTEGER NOT NULL DEFAULT 0,
	expires_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, user_id, kind),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;

-- Whose password was right, and whose factor is waited for.
CREATE TABLE login_challenges (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	token_hash TEXT NOT NULL,
	user_id TEXT NOT NULL,
	epoch INTEGER NOT NULL,
	tries INTEGER NOT NULL DEFAULT 0,
	expires_at INTEGER NOT NULL,
	used_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX login_challenges_token
	ON login_challenges (tenant_id, token_hash);
CREATE INDEX login_challenges_expires
	ON login_challenges (tenant_id, expires_at);

-- Failed log-ins by hashed key, of all tenants: nothing but hashes and times.
CREATE TABLE throttles (
	key_hash TEXT NOT NULL PRIMARY KEY,
	failures INTEGER NOT NULL CHECK (failures > 0),
	-- the failures are counted from here
	since_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX throttles_last ON throttles (last_at);

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('user_factors', 'sqlite_autoindex_user_factors_1', '1000 100 1'),
	('user_factors', 'user_factors_kind', '1000 100 2 1 1'),
	('backup_codes', 'sqlite_autoindex_backup_codes_1', '10000 1000 10 1'),
	('sent_codes', 'sqlite_autoindex_sent_codes_1', '1000 100 1 1'),
	('login_challenges', 'sqlite_autoindex_login_challenges_1', '1000 100 1'),
	('login_challenges', 'login_challenges_token', '1000 100 1'),
	('login_challenges', 'login_challenges_expires', '1000 100 10'),
	('throttles', 'sqlite_autoindex_throttles_1', '1000 1'),
	('throttles', 'throttles_last', '1000 10');
