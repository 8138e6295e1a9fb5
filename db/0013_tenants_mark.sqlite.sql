-- 0013_tenants_mark: whether what is remembered of tenants still holds.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Every request asks it.  Another mark for whatever a process remembers of a
-- tenant and its hosts (tenancy/host.c), whoever changes it; never one of
-- before, so that a database that was set back is another one, too.

CREATE TABLE tenants_mark (
	mark TEXT NOT NULL PRIMARY KEY
) STRICT;
INSERT INTO tenants_mark (mark) VALUES ('first');

CREATE TRIGGER tenants_marked_new AFTER INSERT ON tenants
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;
CREATE TRIGGER tenants_marked_gone AFTER DELETE ON tenants
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;
CREATE TRIGGER tenants_marked AFTER UPDATE OF id, slug, name, status, currency,
	accent, logo_hash ON tenants
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;
CREATE TRIGGER tenant_hosts_marked_new AFTER INSERT ON tenant_hosts
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;
CREATE TRIGGER tenant_hosts_marked_gone AFTER DELETE ON tenant_hosts
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;
CREATE TRIGGER tenant_hosts_marked AFTER UPDATE ON tenant_hosts
BEGIN
	UPDATE tenants_mark SET mark = lower(hex(randomblob(16)));
END;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
VALUES ('tenants_mark', 'sqlite_autoindex_tenants_mark_1', '1 1');
