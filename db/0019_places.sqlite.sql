-- 0019_places: groups and weights of servers; what waits for a place on one.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Servers with the same word are a group; a product that names one is put
-- nowhere else.
ALTER TABLE servers ADD COLUMN server_group TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN weight INTEGER NOT NULL DEFAULT 10
	CHECK (weight BETWEEN 1 AND 100);
ALTER TABLE products ADD COLUMN server_group TEXT NOT NULL DEFAULT '';
UPDATE servers SET tags = '[]' WHERE tags = '';

-- What is ordered while all servers are full has none yet.  A NOT NULL can't be
-- taken away, so the tables are made anew; what refers to them is checked at
-- COMMIT.  Three indexes are for the rows that go and come meanwhile: who refers
-- to each is looked for.
PRAGMA defer_foreign_keys = ON;
CREATE INDEX domains_remade ON domains (tenant_id, website_id);
CREATE INDEX tasks_remade ON provisioning_tasks (tenant_id, website_id);
CREATE INDEX tasks_remade_after ON provisioning_tasks (tenant_id, after_task_id);

CREATE TABLE websites_was AS SELECT * FROM websites;
DROP TABLE websites;
CREATE TABLE websites (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	domain TEXT NOT NULL,
	additional_domains TEXT NOT NULL DEFAULT '[]',
	-- NULL: waits for a place on a server
	server_id TEXT,
	customer_id TEXT NOT NULL,
	subscription_id TEXT,
	app_type TEXT NOT NULL DEFAULT 'static' CHECK (app_type IN ('static', 'php')),
	php_version TEXT,
	document_root TEXT NOT NULL DEFAULT '',
	system_user TEXT NOT NULL DEFAULT '',
	ssl_enabled INTEGER NOT NULL DEFAULT 0 CHECK (ssl_enabled IN (0, 1)),
	ssl_expires_at INTEGER,
	-- pending until the agent has made it; removed rows stay
	status TEXT NOT NULL CHECK (status IN
		('pending', 'active', 'suspended', 'failed', 'removed')),
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	CHECK (server_id IS NOT NULL OR status IN ('pending', 'removed'))
) STRICT;
INSERT INTO websites (
	tenant_id, id, domain, additional_domains, server_id, customer_id,
	subscription_id, app_type, php_version, document_root, system_user,
	ssl_enabled, ssl_expires_at, status, version, created_at, updated_at)
SELECT
	tenant_id, id, domain, additional_domains, server_id, customer_id,
	subscription_id, app_type, php_version, document_root, system_user,
	ssl_enabled, ssl_expires_at, status, version, created_at, updated_at
FROM websites_was
ORDER BY rowid;
DROP TABLE websites_was;
CREATE UNIQUE INDEX websites_domain ON websites (tenant_id, domain)
	WHERE status <> 'removed';
CREATE UNIQUE INDEX websites_subscription
	ON websites (tenant_id, subscription_id) WHERE status <> 'removed';
CREATE INDEX websites_customer ON websites (tenant_id, customer_id, id);
CREATE INDEX websites_server ON websites (tenant_id, server_id, status);
CREATE INDEX websites_name ON websites (tenant_id, domain, id);
CREATE INDEX websites_status ON websites (tenant_id, status, id);

CREATE TABLE provisioning_tasks_was AS SELECT * FROM provisioning_tasks;
DROP TABLE provisioning_tasks;
CREATE TABLE provisioning_tasks (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	type TEXT NOT NULL,
	step TEXT NOT NULL,
	status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
		('pending', 'in_progress', 'success', 'failed', 'cancelled')),
	-- NULL: waits for a place on a server
	server_id TEXT,
	subscription_id TEXT,
	website_id TEXT,
	order_id TEXT,
	-- not claimable before that one has succeeded
	after_task_id TEXT,
	-- unique per effect: "<subscription id>:create"
	dedupe_key TEXT NOT NULL,
	payload TEXT NOT NULL,
	attempt INTEGER NOT NULL DEFAULT 0,
	max_attempts INTEGER NOT NULL DEFAULT 5,
	due_at INTEGER NOT NULL,
	-- the live lease: hash of the token that the agent holds
	lease_hash TEXT,
	lease_seconds INTEGER,
	lease_until INTEGER,
	progress INTEGER NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
	message TEXT NOT NULL DEFAULT '',
	error_message TEXT,
	result TEXT NOT NULL DEFAULT '{}',
	-- of the lease that reported the outcome: the same report again is equal
	outcome_hash TEXT,
	finished_at INTEGER,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	-- why this server, or what it waits for
	placement TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, after_task_id)
		REFERENCES provisioning_tasks (tenant_id, id),
	CHECK ((status = 'in_progress') = (lease_hash IS NOT NULL)),
	CHECK (server_id IS NOT NULL OR status IN ('pending', 'cancelled'))
) STRICT;
CREATE INDEX tasks_remade_after ON provisioning_tasks (tenant_id, after_task_id);
INSERT INTO provisioning_tasks (
	tenant_id, id, type, step, status, server_id, subscription_id,
	website_id, order_id, after_task_id, dedupe_key, payload, attempt,
	max_attempts, due_at, lease_hash, lease_seconds, lease_until,
	progress, message, error_message, result, outcome_hash, finished_at,
	version, created_at, updated_at)
SELECT
	tenant_id, id, type, step, status, server_id, subscription_id,
	website_id, order_id, after_task_id, dedupe_key, payload, attempt,
	max_attempts, due_at, lease_hash, lease_seconds, lease_until,
	progress, message, error_message, result, outcome_hash, finished_at,
	version, created_at, updated_at
FROM provisioning_tasks_was
ORDER BY rowid;
DROP TABLE provisioning_tasks_was;
CREATE UNIQUE INDEX provisioning_tasks_once
	ON provisioning_tasks (tenant_id, dedupe_key);
CREATE INDEX provisioning_tasks_claim
	ON provisioning_tasks (tenant_id, server_id, status, due_at);
CREATE INDEX provisioning_tasks_status
	ON provisioning_tasks (tenant_id, status, id);
CREATE INDEX provisioning_tasks_order ON provisioning_tasks (tenant_id, order_id);
CREATE INDEX provisioning_tasks_subscription
	ON provisioning_tasks (tenant_id, subscription_id);

DROP INDEX domains_remade;
DROP INDEX tasks_remade_after;

-- As in 0006_sites, and who waits is counted nowhere.  A server that is full,
-- retired or removed gets none, whoever writes.
CREATE TRIGGER websites_counted_new AFTER INSERT ON websites
WHEN NEW.status <> 'removed' AND NEW.server_id IS NOT NULL
BEGIN
	INSERT INTO server_sites (tenant_id, server_id, sites, created_at,
		updated_at)
	VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, server_id) DO UPDATE
	SET sites = sites + 1, updated_at = excluded.updated_at;
	SELECT RAISE(ABORT, 'server_takes_no_more')
	WHERE NOT EXISTS (SELECT 1 FROM servers v JOIN server_sites n
		ON n.tenant_id = v.tenant_id AND n.server_id = v.id
		WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.server_id
		AND v.capacity_sites >= n.sites AND v.deleted_at IS NULL
		AND v.status <> 'retired' AND v.role = 'web');
END;
CREATE TRIGGER websites_counted_gone AFTER DELETE ON websites
WHEN OLD.status <> 'removed' AND OLD.server_id IS NOT NULL
BEGIN
	UPDATE server_sites SET sites = sites - 1
	WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
END;
CREATE TRIGGER websites_counted_off AFTER UPDATE OF status, server_id ON websites
WHEN OLD.status <> 'removed' AND OLD.server_id IS NOT NULL
	AND (NEW.status = 'removed' OR NEW.server_id IS NOT OLD.server_id)
BEGIN
	UPDATE server_sites SET sites = sites - 1, updated_at = NEW.updated_at
	WHERE tenant_id = OLD.tenant_id AND server_id = OLD.server_id;
END;
CREATE TRIGGER websites_counted_on AFTER UPDATE OF status, server_id ON websites
WHEN NEW.status <> 'removed' AND NEW.server_id IS NOT NULL
	AND (OLD.status = 'removed' OR NEW.server_id IS NOT OLD.server_id)
BEGIN
	INSERT INTO server_sites (tenant_id, server_id, sites, created_at,
		updated_at)
	VALUES (NEW.tenant_id, NEW.server_id, 1, NEW.updated_at, NEW.updated_at)
	ON CONFLICT (tenant_id, server_id) DO UPDATE
	SET sites = sites + 1, updated_at = excluded.updated_at;
	SELECT RAISE(ABORT, 'server_takes_no_more')
	WHERE NOT EXISTS (SELECT 1 FROM servers v JOIN server_sites n
		ON n.tenant_id = v.tenant_id AND n.server_id = v.id
		WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.server_id
		AND v.capacity_sites >= n.sites AND v.deleted_at IS NULL
		AND v.status <> 'retired' AND v.role = 'web');
END;

-- As in 0004_statistics; what was said of these tables went with them.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT
	tbl,
	idx,
	many || ' ' || group_concat(rows_each, ' ')
FROM (
	SELECT
		t.name AS tbl,
		i.name AS idx,
		t.many,
		CASE
			WHEN i."unique" AND NOT i.partial AND c.seqno = (
				SELECT MAX(seqno)
				FROM pragma_index_info(i.name)
			) THEN 1
			WHEN EXISTS (
				SELECT 1
				FROM pragma_index_info(i.name) b
				WHERE b.seqno <= c.seqno
				AND b.name NOT IN ('tenant_id', 'status', 'kind',
					'type', 'noun', 'step', 'method')
			) THEN 10
			WHEN c.seqno = 0 AND c.name = 'tenant_id'
				THEN t.many / 10
			ELSE t.many / 100
		END AS rows_each
	FROM (
		SELECT name, 1000000 AS many
		FROM sqlite_schema
		WHERE type = 'table'
		AND name IN ('websites', 'provisioning_tasks')
	) t
	JOIN pragma_index_list(t.name) i
	JOIN pragma_index_info(i.name) c
	ORDER BY t.name, i.name, c.seqno
)
GROUP BY tbl, idx;
