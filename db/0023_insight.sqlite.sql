-- 0023_insight: what runs behind the pages.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Of the whole house, no tenant's: nothing secret is in them.  `mpanel work`
-- writes them once a minute, and when something begins or ceases to fail.
CREATE TABLE clock_runs (
	name TEXT NOT NULL PRIMARY KEY,
	every_s INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	took_ms INTEGER NOT NULL,
	-- 'ok', or why the last run failed: an error's code
	result TEXT NOT NULL,
	-- since when it has been so
	since INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE work_processes (
	id TEXT NOT NULL PRIMARY KEY,
	host TEXT NOT NULL,
	pid INTEGER NOT NULL,
	-- it keeps the clock, too
	has_clock INTEGER NOT NULL CHECK (has_clock IN (0, 1)),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

-- What was looked at last of the whole house ('backup', 'doctor', 'disk'), and of
-- a company ('doctor'), and what was found.
CREATE TABLE house_checks (
	name TEXT NOT NULL PRIMARY KEY,
	result TEXT NOT NULL CHECK (result IN ('ok', 'warn', 'failed')),
	-- what it is about: rows at fault, bytes
	n INTEGER NOT NULL,
	total INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE tenant_checks (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL,
	result TEXT NOT NULL CHECK (result IN ('ok', 'warn', 'failed')),
	n INTEGER NOT NULL,
	total INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, name)
) STRICT;

-- What servers reported, added up by five minutes, hours and days, so that a
-- year is a few hundred rows (app/hosting/rollup.h).
CREATE TABLE server_rollups (
	tenant_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	every_s INTEGER NOT NULL CHECK (every_s IN (300, 3600, 86400)),
	begins_at INTEGER NOT NULL,
	reports INTEGER NOT NULL CHECK (reports > 0),
	cpu_sum INTEGER NOT NULL,
	cpu_peak INTEGER NOT NULL,
	load1_sum INTEGER NOT NULL,
	memory_sum INTEGER NOT NULL,
	memory_total INTEGER NOT NULL,
	disk_used INTEGER NOT NULL,
	disk_total INTEGER NOT NULL,
	rx_bytes INTEGER NOT NULL,
	tx_bytes INTEGER NOT NULL,
	connections INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, server_id, every_s, begins_at),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
) STRICT;

-- What was given up is found among all kinds; mails of a status, as before.
DROP INDEX outbox_status;
CREATE INDEX outbox_status ON outbox (tenant_id, status, id);
-- What could not be paid back, and is still owed.
CREATE INDEX refunds_failed ON refunds (tenant_id, id) WHERE status = 'failed';

-- As in 0005_lists.
DELETE FROM sqlite_stat1 WHERE idx = 'outbox_status';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('clock_runs', 'sqlite_autoindex_clock_runs_1', '20 1'),
	('house_checks', 'sqlite_autoindex_house_checks_1', '5 1'),
	('tenant_checks', 'sqlite_autoindex_tenant_checks_1', '100 2 1'),
	('server_rollups', 'sqlite_autoindex_server_rollups_1', '1000000 100000 10000 3000 1'),
	('work_processes', 'sqlite_autoindex_work_processes_1', '5 1'),
	('refunds', 'refunds_failed', '100 10 1'),
	('outbox', 'outbox_status', '1000000 100000 10000 10');
