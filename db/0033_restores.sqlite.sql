-- 0033_restores: archives that are fetched from their nodes, to be downloaded.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- One wish to download a backup, or several that share its file.  A restore has
-- no row: it is a task.
CREATE TABLE archive_fetches (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	-- also the name of its file
	id TEXT NOT NULL,
	backup_id TEXT NOT NULL,
	website_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	task_id TEXT NOT NULL,
	-- gone: its file was removed
	status TEXT NOT NULL DEFAULT 'fetching'
		CHECK (status IN ('fetching', 'ready', 'failed', 'gone')),
	-- as the node has reported them when the archive was made
	bytes INTEGER NOT NULL CHECK (bytes > 0),
	sha256 TEXT NOT NULL,
	ready_at INTEGER,
	-- its file is removed then
	expires_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, backup_id) REFERENCES backups (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, task_id)
		REFERENCES provisioning_tasks (tenant_id, id),
	CHECK (status <> 'ready' OR ready_at IS NOT NULL),
	CHECK (status NOT IN ('ready', 'failed') OR expires_at IS NOT NULL)
) STRICT;
-- a backup's file is on its way once, and there once
CREATE UNIQUE INDEX archive_fetches_once
	ON archive_fetches (tenant_id, backup_id)
	WHERE status IN ('fetching', 'ready');
CREATE UNIQUE INDEX archive_fetches_task ON archive_fetches (tenant_id, task_id);
CREATE INDEX archive_fetches_website
	ON archive_fetches (tenant_id, website_id, id);
-- what clockwork looks at: all that may have a file
CREATE INDEX archive_fetches_kept ON archive_fetches (tenant_id, expires_at)
	WHERE status <> 'gone';

-- A website's backups, the newest first.
CREATE INDEX backups_taken ON backups (tenant_id, website_id, taken_at);
-- A website's restores.
CREATE INDEX provisioning_tasks_restores
	ON provisioning_tasks (tenant_id, website_id, id)
	WHERE step = 'restore';

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('archive_fetches', 'sqlite_autoindex_archive_fetches_1', '1000000 100000 1'),
	('archive_fetches', 'archive_fetches_once', '10000 1000 1'),
	('archive_fetches', 'archive_fetches_task', '1000000 100000 1'),
	('archive_fetches', 'archive_fetches_website', '1000000 100000 10 1'),
	('archive_fetches', 'archive_fetches_kept', '10000 1000 10'),
	('backups', 'backups_taken', '1000000 100000 10 1'),
	('provisioning_tasks', 'provisioning_tasks_restores', '10000 1000 10 1');
