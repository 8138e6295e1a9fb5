-- 0003_hosting: servers, provisioning tasks, websites, domains, backups.
-- SPDX-License-Identifier: AGPL-3.0-or-later

CREATE TABLE servers (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	fqdn text NOT NULL DEFAULT '',
	ip_address text NOT NULL DEFAULT '',
	ip_address_v6 text NOT NULL DEFAULT '',
	role text NOT NULL DEFAULT 'web' CHECK (role IN
		('web', 'database', 'email', 'dns', 'backup', 'panel')),
	location text NOT NULL DEFAULT '',
	-- draining: works, but gets nothing new
	status text NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'draining', 'retired')),
	ssh_user text NOT NULL DEFAULT '',
	tags text NOT NULL DEFAULT '',
	-- preview names of this node's sites end in it
	preview_zone text NOT NULL DEFAULT '',
	-- where a browser reaches the sites when it is not port 80 (./start)
	site_base_url text NOT NULL DEFAULT '',
	capacity_sites bigint NOT NULL DEFAULT 1000 CHECK (capacity_sites >= 0),
	agent_version text NOT NULL DEFAULT '',
	agent_last_seen bigint,
	hostname text NOT NULL DEFAULT '',
	os text NOT NULL DEFAULT '',
	arch text NOT NULL DEFAULT '',
	platform text NOT NULL DEFAULT '',
	cpu_cores bigint NOT NULL DEFAULT 0,
	ram_mb bigint NOT NULL DEFAULT 0,
	disk_gb bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX servers_name ON servers (tenant_id, name)
	WHERE deleted_at IS NULL;

-- One row a report.  Shares are per mille, loads are thousandths.
CREATE TABLE server_metrics (
	tenant_id uuid NOT NULL,
	server_id uuid NOT NULL,
	reported_at bigint NOT NULL,
	cpu_permille bigint NOT NULL,
	load1_milli bigint NOT NULL,
	load5_milli bigint NOT NULL,
	load15_milli bigint NOT NULL,
	memory_total bigint NOT NULL,
	memory_used bigint NOT NULL,
	swap_used bigint NOT NULL DEFAULT 0,
	disk_total bigint NOT NULL,
	disk_used bigint NOT NULL,
	rx_bytes bigint NOT NULL,
	tx_bytes bigint NOT NULL,
	connections bigint NOT NULL DEFAULT 0,
	-- every disk, JSON array
	disks text NOT NULL DEFAULT '[]',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, server_id, reported_at),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
);

CREATE TABLE websites (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	domain text NOT NULL,
	additional_domains text NOT NULL DEFAULT '[]',
	server_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	subscription_id uuid,
	app_type text NOT NULL DEFAULT 'static' CHECK (app_type IN ('static', 'php')),
	php_version text,
	document_root text NOT NULL DEFAULT '',
	system_user text NOT NULL DEFAULT '',
	ssl_enabled bigint NOT NULL DEFAULT 0 CHECK (ssl_enabled IN (0, 1)),
	ssl_expires_at bigint,
	-- pending until the agent has made it; removed rows stay
	status text NOT NULL CHECK (status IN
		('pending', 'active', 'suspended', 'failed', 'removed')),
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id)
);
CREATE UNIQUE INDEX websites_domain ON websites (tenant_id, domain)
	WHERE status <> 'removed';
CREATE UNIQUE INDEX websites_subscription
	ON websites (tenant_id, subscription_id) WHERE status <> 'removed';
CREATE INDEX websites_customer ON websites (tenant_id, customer_id, id);
CREATE INDEX websites_server ON websites (tenant_id, server_id, status);

CREATE TABLE domains (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	tld text NOT NULL,
	customer_id uuid NOT NULL,
	subscription_id uuid,
	website_id uuid,
	status text NOT NULL DEFAULT 'unmanaged' CHECK (status IN
		('managed', 'unmanaged', 'pending', 'active', 'expired', 'transferred')),
	registrar text NOT NULL DEFAULT '',
	registration_date date,
	expiry_date date,
	auto_renew bigint NOT NULL DEFAULT 0 CHECK (auto_renew IN (0, 1)),
	nameservers text NOT NULL DEFAULT '[]',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id)
);
CREATE UNIQUE INDEX domains_name ON domains (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE INDEX domains_customer ON domains (tenant_id, customer_id, id);

CREATE TABLE provisioning_tasks (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	type text NOT NULL,
	step text NOT NULL,
	status text NOT NULL DEFAULT 'pending' CHECK (status IN
		('pending', 'in_progress', 'success', 'failed', 'cancelled')),
	server_id uuid NOT NULL,
	subscription_id uuid,
	website_id uuid,
	order_id uuid,
	-- not claimable before that one has succeeded
	after_task_id uuid,
	-- unique per effect: "<subscription id>:create"
	dedupe_key text NOT NULL,
	payload text NOT NULL,
	attempt bigint NOT NULL DEFAULT 0,
	max_attempts bigint NOT NULL DEFAULT 5,
	due_at bigint NOT NULL,
	-- the live lease: hash of the token that the agent holds
	lease_hash text,
	lease_seconds bigint,
	lease_until bigint,
	progress bigint NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
	message text NOT NULL DEFAULT '',
	error_message text,
	result text NOT NULL DEFAULT '{}',
	-- of the lease that reported the outcome: the same report again is equal
	outcome_hash text,
	finished_at bigint,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, after_task_id)
		REFERENCES provisioning_tasks (tenant_id, id),
	CHECK ((status = 'in_progress') = (lease_hash IS NOT NULL))
);
CREATE UNIQUE INDEX provisioning_tasks_once
	ON provisioning_tasks (tenant_id, dedupe_key);
CREATE INDEX provisioning_tasks_claim
	ON provisioning_tasks (tenant_id, server_id, status, due_at);
CREATE INDEX provisioning_tasks_status
	ON provisioning_tasks (tenant_id, status, id);
CREATE INDEX provisioning_tasks_order ON provisioning_tasks (tenant_id, order_id);
CREATE INDEX provisioning_tasks_subscription
	ON provisioning_tasks (tenant_id, subscription_id);

-- What happened to a task, one line each.
CREATE TABLE task_events (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	task_id uuid NOT NULL,
	event text NOT NULL,
	attempt bigint NOT NULL DEFAULT 0,
	message text NOT NULL DEFAULT '',
	actor_name text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, task_id)
		REFERENCES provisioning_tasks (tenant_id, id)
);
CREATE INDEX task_events_task ON task_events (tenant_id, task_id, id);

CREATE TABLE backups (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	website_id uuid NOT NULL,
	server_id uuid NOT NULL,
	subscription_id uuid,
	archive text NOT NULL,
	bytes bigint NOT NULL DEFAULT 0,
	files bigint NOT NULL DEFAULT 0,
	sha256 text NOT NULL DEFAULT '',
	status text NOT NULL CHECK (status IN ('ok', 'failed')),
	error_message text,
	taken_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id)
);
-- a report repeated is one row
CREATE UNIQUE INDEX backups_once ON backups (tenant_id, website_id, archive);

-- Row-level security, forced: the application role sees and writes rows of the
-- tenant that its transaction has set, and without one it sees nothing.
DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'servers',
		'server_metrics',
		'websites',
		'domains',
		'provisioning_tasks',
		'task_events',
		'backups'
	] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON
	servers,
	server_metrics,
	websites,
	domains,
	provisioning_tasks,
	task_events,
	backups
	TO :app_role;
