-- 0032_profile: what customers choose for themselves, take with them, and end.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Whether a customer's first service brings a log-in is a setting like others
-- (welcomeCustomers), which begins with yes; who is here keeps what they have.
INSERT INTO tenant_settings (tenant_id, name, value, created_at, updated_at)
SELECT id, 'welcomeCustomers', '0', created_at, updated_at FROM tenants
WHERE welcomes = 0;
ALTER TABLE tenants DROP COLUMN welcomes;

-- What a person does not want to be written about; without a row they do.
CREATE TABLE notification_choices (
	tenant_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	-- a row of customer_mails[] (billing/customer_mail.c)
	kind TEXT NOT NULL,
	wanted INTEGER NOT NULL CHECK (wanted IN (0, 1)),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, user_id, kind),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;

-- All that there is about a customer, as one file outside of the database.
CREATE TABLE exports (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	-- who asked, and hears when it is ready
	user_id TEXT NOT NULL,
	asked_on TEXT NOT NULL,
	status TEXT NOT NULL DEFAULT 'waiting'
		CHECK (status IN ('waiting', 'ready', 'failed', 'removed')),
	-- its name in the folder of the company, and its size
	file TEXT,
	size_bytes INTEGER,
	ready_at INTEGER,
	-- when the file is removed
	expires_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK (status <> 'ready' OR file IS NOT NULL
		AND size_bytes IS NOT NULL AND expires_at IS NOT NULL)
) STRICT;
-- One for each account and day, but for those that failed.
CREATE UNIQUE INDEX exports_day ON exports (tenant_id, customer_id, asked_on)
	WHERE status <> 'failed';
CREATE INDEX exports_customer ON exports (tenant_id, customer_id, id);
CREATE INDEX exports_over ON exports (tenant_id, expires_at)
	WHERE status = 'ready';

-- A customer wants to go; staff carry it out.
CREATE TABLE close_requests (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	reason TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL DEFAULT 'waiting'
		CHECK (status IN ('waiting', 'withdrawn', 'done')),
	ended_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK ((status = 'waiting') = (ended_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX close_requests_waiting
	ON close_requests (tenant_id, customer_id) WHERE status = 'waiting';

-- Which kinds there are is the program's to say (work_kinds[]), so that one
-- more needs no step.  A CHECK can't be taken away, so the table is made anew.
CREATE TABLE outbox_new (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	-- unique per kind: "order-confirmation:<order id>"
	dedupe_key TEXT NOT NULL,
	recipient TEXT NOT NULL DEFAULT '',
	template TEXT NOT NULL DEFAULT '',
	payload TEXT NOT NULL DEFAULT '{}',
	status TEXT NOT NULL DEFAULT 'pending'
		CHECK (status IN ('pending', 'sending', 'maybe_sent', 'done',
			'dead', 'cancelled')),
	attempts INTEGER NOT NULL DEFAULT 0,
	last_error TEXT,
	done_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
INSERT INTO outbox_new (tenant_id, id, kind, dedupe_key, recipient, template,
	payload, status, attempts, last_error, done_at, created_at, updated_at)
SELECT tenant_id, id, kind, dedupe_key, recipient, template, payload, status,
	attempts, last_error, done_at, created_at, updated_at
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE UNIQUE INDEX outbox_once ON outbox (tenant_id, kind, dedupe_key);
CREATE INDEX outbox_status ON outbox (tenant_id, status, id);

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('notification_choices', 'sqlite_autoindex_notification_choices_1',
		'10000 1000 2 1'),
	('exports', 'sqlite_autoindex_exports_1', '10000 1000 1'),
	('exports', 'exports_day', '10000 1000 5 1'),
	('exports', 'exports_customer', '10000 1000 5 1'),
	('exports', 'exports_over', '100 10 1'),
	('close_requests', 'sqlite_autoindex_close_requests_1', '1000 100 1'),
	('close_requests', 'close_requests_waiting', '100 10 1'),
	('outbox', 'sqlite_autoindex_outbox_1', '1000000 100000 1'),
	('outbox', 'outbox_once', '1000000 100000 10000 1'),
	('outbox', 'outbox_status', '1000000 100000 10000 10');

-- A person's own log-ins (identity/log_ins_noun.c), whose conditions are
-- written as here.
CREATE INDEX audit_logs_log_ins ON audit_logs (tenant_id, noun_id, id)
	WHERE noun = 'users' AND action IN ('login', 'login.failed',
		'login.factor_failed');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('audit_logs', 'audit_logs_log_ins', '100000 10000 100 1');
