-- 0019_places: groups and weights of servers; what waits for a place on one.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Servers with the same word are a group; a product that names one is put
-- nowhere else.
ALTER TABLE servers ADD COLUMN server_group text NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN weight bigint NOT NULL DEFAULT 10
	CHECK (weight BETWEEN 1 AND 100);
ALTER TABLE products ADD COLUMN server_group text NOT NULL DEFAULT '';

-- Row-level security hides the rows from whoever migrates, too.
ALTER TABLE servers NO FORCE ROW LEVEL SECURITY;
UPDATE servers SET tags = '[]' WHERE tags = '';
ALTER TABLE servers FORCE ROW LEVEL SECURITY;

-- What is ordered while all servers are full has none yet.
ALTER TABLE websites
	ALTER COLUMN server_id DROP NOT NULL,
	ADD CHECK (server_id IS NOT NULL OR status IN ('pending', 'removed'));
ALTER TABLE provisioning_tasks
	ALTER COLUMN server_id DROP NOT NULL,
	-- why this server, or what it waits for
	ADD COLUMN placement text NOT NULL DEFAULT '',
	ADD CHECK (server_id IS NOT NULL OR status IN ('pending', 'cancelled'));

-- As in 0006_sites, and who waits is counted nowhere.  Two who took the last
-- place at once meet here, because the row is counted at COMMIT: the second is
-- one too many and begins anew, as does who met a server that was removed or
-- retired.
CREATE OR REPLACE FUNCTION websites_counted() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE many bigint;
BEGIN
	IF TG_OP <> 'INSERT' AND OLD.status <> 'removed'
		AND OLD.server_id IS NOT NULL AND (TG_OP = 'DELETE'
		OR NEW.status = 'removed'
		OR NEW.server_id IS DISTINCT FROM OLD.server_id) THEN
		UPDATE server_sites
		SET sites = sites - 1, updated_at = OLD.updated_at
		WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
	END IF;
	IF TG_OP <> 'DELETE' AND NEW.status <> 'removed'
		AND NEW.server_id IS NOT NULL AND (TG_OP = 'INSERT'
		OR OLD.status = 'removed'
		OR NEW.server_id IS DISTINCT FROM OLD.server_id) THEN
		INSERT INTO server_sites AS s (tenant_id, server_id, sites,
			created_at, updated_at)
		VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at,
			NEW.updated_at)
		ON CONFLICT (tenant_id, server_id) DO UPDATE
		SET sites = s.sites + 1, updated_at = excluded.updated_at
		RETURNING s.sites INTO many;
		PERFORM 1 FROM servers v
		WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.server_id
		AND v.capacity_sites >= many AND v.deleted_at IS NULL
		AND v.status <> 'retired' AND v.role = 'web';
		IF NOT FOUND THEN
			RAISE EXCEPTION 'the server takes no more websites'
			USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	RETURN NULL;
END
$$;
