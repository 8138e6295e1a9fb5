-- 0006_sites: how many sites a server has, without counting them.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Every order asks it, and counting took as long as there were sites.  The
-- trigger keeps it, whoever writes websites; at COMMIT, because the row is hot.

CREATE TABLE server_sites (
	tenant_id uuid NOT NULL,
	server_id uuid NOT NULL,
	sites bigint NOT NULL CHECK (sites >= 0),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, server_id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
);

-- Row-level security hides the rows from whoever migrates, too.
ALTER TABLE websites NO FORCE ROW LEVEL SECURITY;
INSERT INTO server_sites (tenant_id, server_id, sites, created_at, updated_at)
SELECT tenant_id, server_id, COUNT(*), MIN(created_at), MAX(updated_at)
FROM websites
WHERE status <> 'removed'
GROUP BY tenant_id, server_id;
ALTER TABLE websites FORCE ROW LEVEL SECURITY;

ALTER TABLE server_sites ENABLE ROW LEVEL SECURITY;
ALTER TABLE server_sites FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON server_sites
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());

CREATE FUNCTION websites_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status <> 'removed' AND (TG_OP = 'DELETE'
		OR NEW.status = 'removed' OR NEW.server_id <> OLD.server_id) THEN
		UPDATE server_sites
		SET sites = sites - 1, updated_at = OLD.updated_at
		WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status <> 'removed' AND (TG_OP = 'INSERT'
		OR OLD.status = 'removed' OR NEW.server_id <> OLD.server_id) THEN
		INSERT INTO server_sites AS s (tenant_id, server_id, sites,
			created_at, updated_at)
		VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at,
			NEW.updated_at)
		ON CONFLICT (tenant_id, server_id) DO UPDATE
		SET sites = s.sites + 1, updated_at = excluded.updated_at;
	END IF;
	RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER websites_counted
	AFTER INSERT OR DELETE OR UPDATE OF status, server_id ON websites
	DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION websites_counted();

GRANT SELECT, INSERT, UPDATE, DELETE ON server_sites TO :app_role;
