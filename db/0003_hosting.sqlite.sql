-- 0003_hosting: servers, provisioning tasks, websites, domains, backups.
-- SPDX-License-Identifier: AGPL-3.0-or-later

CREATE TABLE servers (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	fqdn TEXT NOT NULL DEFAULT '',
	ip_address TEXT NOT NULL DEFAULT '',
	ip_address_v6 TEXT NOT NULL DEFAULT '',
	role TEXT NOT NULL DEFAULT 'web' CHECK (role IN
		('web', 'database', 'email', 'dns', 'backup', 'panel')),
	location TEXT NOT NULL DEFAULT '',
	-- draining: works, but gets nothing new
	status TEXT NOT NULL DEFAULT 'active'
		CHECK (status IN ('active', 'draining', 'retired')),
	ssh_user TEXT NOT NULL DEFAULT '',
	tags TEXT NOT NULL DEFAULT '',
	-- preview names of this node's sites end in it
	preview_zone TEXT NOT NULL DEFAULT '',
	-- where a browser reaches the sites when it is not port 80 (./start)
	site_base_url TEXT NOT NULL DEFAULT '',
	capacity_sites INTEGER NOT NULL DEFAULT 1000 CHECK (capacity_sites >= 0),
	agent_version TEXT NOT NULL DEFAULT '',
	agent_last_seen INTEGER,
	hostname TEXT NOT NULL DEFAULT '',
	os TEXT NOT NULL DEFAULT '',
	arch TEXT NOT NULL DEFAULT '',
	platform TEXT NOT NULL DEFAULT '',
	cpu_cores INTEGER NOT NULL DEFAULT 0,
	ram_mb INTEGER NOT NULL DEFAULT 0,
	disk_gb INTEGER NOT NULL DEFAULT 0,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX servers_name ON servers (tenant_id, name)
	WHERE deleted_at IS NULL;

-- One row a report.  Shares are per mille, loads are thousandths.
CREATE TABLE server_metrics (
	tenant_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	reported_at INTEGER NOT NULL,
	cpu_permille INTEGER NOT NULL,
	load1_milli INTEGER NOT NULL,
	load5_milli INTEGER NOT NULL,
	load15_milli INTEGER NOT NULL,
	memory_total INTEGER NOT NULL,
	memory_used INTEGER NOT NULL,
	swap_used INTEGER NOT NULL DEFAULT 0,
	disk_total INTEGER NOT NULL,
	disk_used INTEGER NOT NULL,
	rx_bytes INTEGER NOT NULL,
	tx_bytes INTEGER NOT NULL,
	connections INTEGER NOT NULL DEFAULT 0,
	-- every disk, JSON array
	disks TEXT NOT NULL DEFAULT '[]',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, server_id, reported_at),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
) STRICT;

CREATE TABLE websites (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	domain TEXT NOT NULL,
	additional_domains TEXT NOT NULL DEFAULT '[]',
	server_id TEXT NOT NULL,
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
		REFERENCES subscriptions (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX websites_domain ON websites (tenant_id, domain)
	WHERE status <> 'removed';
CREATE UNIQUE INDEX websites_subscription
	ON websites (tenant_id, subscription_id) WHERE status <> 'removed';
CREATE INDEX websites_customer ON websites (tenant_id, customer_id, id);
CREATE INDEX websites_server ON websites (tenant_id, server_id, status);

CREATE TABLE domains (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	tld TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	subscription_id TEXT,
	website_id TEXT,
	status TEXT NOT NULL DEFAULT 'unmanaged' CHECK (status IN
		('managed', 'unmanaged', 'pending', 'active', 'expired', 'transferred')),
	registrar TEXT NOT NULL DEFAULT '',
	registration_date TEXT,
	expiry_date TEXT,
	auto_renew INTEGER NOT NULL DEFAULT 0 CHECK (auto_renew IN (0, 1)),
	nameservers TEXT NOT NULL DEFAULT '[]',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX domains_name ON domains (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE INDEX domains_customer ON domains (tenant_id, customer_id, id);

CREATE TABLE provisioning_tasks (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	type TEXT NOT NULL,
	step TEXT NOT NULL,
	status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN
		('pending', 'in_progress', 'success', 'failed', 'cancelled')),
	server_id TEXT NOT NULL,
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
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, order_id) REFERENCES orders (tenant_id, id),
	FOREIGN KEY (tenant_id, after_task_id)
		REFERENCES provisioning_tasks (tenant_id, id),
	CHECK ((status = 'in_progress') = (lease_hash IS NOT NULL))
) STRICT;
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
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	task_id TEXT NOT NULL,
	event TEXT NOT NULL,
	attempt INTEGER NOT NULL DEFAULT 0,
	message TEXT NOT NULL DEFAULT '',
	actor_name TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, task_id)
		REFERENCES provisioning_tasks (tenant_id, id)
) STRICT;
CREATE INDEX task_events_task ON task_events (tenant_id, task_id, id);

CREATE TABLE backups (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	website_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	subscription_id TEXT,
	archive TEXT NOT NULL,
	bytes INTEGER NOT NULL DEFAULT 0,
	files INTEGER NOT NULL DEFAULT 0,
	sha256 TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL CHECK (status IN ('ok', 'failed')),
	error_message TEXT,
	taken_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id)
) STRICT;
-- a report repeated is one row
CREATE UNIQUE INDEX backups_once ON backups (tenant_id, website_id, archive);
