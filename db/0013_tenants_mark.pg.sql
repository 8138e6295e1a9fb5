-- 0013_tenants_mark: whether what is remembered of tenants still holds.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Every request asks it.  Another mark for whatever a process remembers of a
-- tenant and its hosts (tenancy/host.c), whoever changes it; never one of
-- before, so that a database that was set back is another one, too.

CREATE TABLE tenants_mark (
	mark text NOT NULL PRIMARY KEY
);
INSERT INTO tenants_mark (mark) VALUES ('first');

CREATE FUNCTION tenants_marked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE tenants_mark SET mark = gen_random_uuid()::text;
	RETURN NULL;
END
$$;
CREATE TRIGGER tenants_marked
	AFTER INSERT OR DELETE OR UPDATE OF id, slug, name, status, currency,
	accent, logo_hash ON tenants
	FOR EACH ROW EXECUTE FUNCTION tenants_marked();
CREATE TRIGGER tenant_hosts_marked
	AFTER INSERT OR DELETE OR UPDATE ON tenant_hosts
	FOR EACH ROW EXECUTE FUNCTION tenants_marked();

GRANT SELECT, UPDATE ON tenants_mark TO :app_role;
