-- 0006_sites: how many sites a server has, without counting them.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Every order asks it, and counting took as long as there were sites.  The
-- triggers keep it, whoever writes websites.

CREATE TABLE server_sites (
	tenant_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	sites INTEGER NOT NULL CHECK (sites >= 0),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, server_id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
) STRICT;

INSERT INTO server_sites (tenant_id, server_id, sites, created_at, updated_at)
SELECT tenant_id, server_id, COUNT(*), MIN(created_at), MAX(updated_at)
FROM websites
WHERE status <> 'removed'
GROUP BY tenant_id, server_id;

CREATE TRIGGER websites_counted_new AFTER INSERT ON websites
WHEN NEW.status <> 'removed'
BEGIN
	INSERT INTO server_sites (tenant_id, server_id, sites, created_at,
		updated_at)
	VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, server_id) DO UPDATE
	SET sites = sites + 1, updated_at = excluded.updated_at;
END;
CREATE TRIGGER websites_counted_gone AFTER DELETE ON websites
WHEN OLD.status <> 'removed'
BEGIN
	UPDATE server_sites SET sites = sites - 1
	WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
END;
CREATE TRIGGER websites_counted_off AFTER UPDATE OF status, server_id ON websites
WHEN OLD.status <> 'removed'
	AND (NEW.status = 'removed' OR NEW.server_id <> OLD.server_id)
BEGIN
	UPDATE server_sites SET sites = sites - 1, updated_at = NEW.updated_at
	WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
END;
CREATE TRIGGER websites_counted_on AFTER UPDATE OF status, server_id ON websites
WHEN NEW.status <> 'removed'
	AND (OLD.status = 'removed' OR NEW.server_id <> OLD.server_id)
BEGIN
	INSERT INTO server_sites (tenant_id, server_id, sites, created_at,
		updated_at)
	VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, server_id) DO UPDATE
	SET sites = sites + 1, updated_at = excluded.updated_at;
END;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
VALUES ('server_sites', 'sqlite_autoindex_server_sites_1', '100 10 1');
