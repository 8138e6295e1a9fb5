-- 0023_insight: what runs behind the pages.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Of the whole house, no tenant's: nothing secret is in them.  `mpanel work`
-- writes them once a minute, and when something begins or ceases to fail.
CREATE TABLE clock_runs (
	name text NOT NULL PRIMARY KEY,
	every_s bigint NOT NULL,
	started_at bigint NOT NULL,
	took_ms bigint NOT NULL,
	-- 'ok', or why the last run failed: an error's code
	result text NOT NULL,
	-- since when it has been so
	since bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE TABLE work_processes (
	id uuid NOT NULL PRIMARY KEY,
	host text NOT NULL,
	pid bigint NOT NULL,
	-- it keeps the clock, too
	has_clock bigint NOT NULL CHECK (has_clock IN (0, 1)),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);

-- What was looked at last of the whole house ('backup', 'doctor', 'disk'), and of
-- a company ('doctor'), and what was found.
CREATE TABLE house_checks (
	name text NOT NULL PRIMARY KEY,
	result text NOT NULL CHECK (result IN ('ok', 'warn', 'failed')),
	-- what it is about: rows at fault, bytes
	n bigint NOT NULL,
	total bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);
CREATE TABLE tenant_checks (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	name text NOT NULL,
	result text NOT NULL CHECK (result IN ('ok', 'warn', 'failed')),
	n bigint NOT NULL,
	total bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, name)
);

-- What servers reported, added up by five minutes, hours and days, so that a
-- year is a few hundred rows (app/hosting/rollup.h).
CREATE TABLE server_rollups (
	tenant_id uuid NOT NULL,
	server_id uuid NOT NULL,
	every_s bigint NOT NULL CHECK (every_s IN (300, 3600, 86400)),
	begins_at bigint NOT NULL,
	reports bigint NOT NULL CHECK (reports > 0),
	cpu_sum bigint NOT NULL,
	cpu_peak bigint NOT NULL,
	load1_sum bigint NOT NULL,
	memory_sum bigint NOT NULL,
	memory_total bigint NOT NULL,
	disk_used bigint NOT NULL,
	disk_total bigint NOT NULL,
	rx_bytes bigint NOT NULL,
	tx_bytes bigint NOT NULL,
	connections bigint NOT NULL,
	last_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, server_id, every_s, begins_at),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
);

-- What was given up is found among all kinds; mails of a status, as before.
DROP INDEX outbox_status;
CREATE INDEX outbox_status ON outbox (tenant_id, status, id);
-- What could not be paid back, and is still owed.
CREATE INDEX refunds_failed ON refunds (tenant_id, id) WHERE status = 'failed';

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['tenant_checks', 'server_rollups'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON clock_runs, work_processes, house_checks,
	tenant_checks, server_rollups TO :app_role;
