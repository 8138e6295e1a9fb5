-- 0032_profile: what customers choose for themselves, take with them, and end.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Whether a customer's first service brings a log-in is a setting like others
-- (welcomeCustomers), which begins with yes; who is here keeps what they have.
ALTER TABLE tenant_settings NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenant_settings (tenant_id, name, value, created_at, updated_at)
SELECT id, 'welcomeCustomers', '0', created_at, updated_at FROM tenants
WHERE welcomes = 0;
ALTER TABLE tenant_settings FORCE ROW LEVEL SECURITY;
ALTER TABLE tenants DROP COLUMN welcomes;

-- What a person does not want to be written about; without a row they do.
CREATE TABLE notification_choices (
	tenant_id uuid NOT NULL,
	user_id uuid NOT NULL,
	-- a row of customer_mails[] (billing/customer_mail.c)
	kind text NOT NULL,
	wanted bigint NOT NULL CHECK (wanted IN (0, 1)),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, user_id, kind),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

-- All that there is about a customer, as one file outside of the database.
CREATE TABLE exports (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	customer_id uuid NOT NULL,
	-- who asked, and hears when it is ready
	user_id uuid NOT NULL,
	asked_on date NOT NULL,
	status text NOT NULL DEFAULT 'waiting'
		CHECK (status IN ('waiting', 'ready', 'failed', 'removed')),
	-- its name in the folder of the company, and its size
	file text,
	size_bytes bigint,
	ready_at bigint,
	-- when the file is removed
	expires_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK (status <> 'ready' OR file IS NOT NULL
		AND size_bytes IS NOT NULL AND expires_at IS NOT NULL)
);
-- One for each account and day, but for those that failed.
CREATE UNIQUE INDEX exports_day ON exports (tenant_id, customer_id, asked_on)
	WHERE status <> 'failed';
CREATE INDEX exports_customer ON exports (tenant_id, customer_id, id);
CREATE INDEX exports_over ON exports (tenant_id, expires_at)
	WHERE status = 'ready';

-- A customer wants to go; staff carry it out.
CREATE TABLE close_requests (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	customer_id uuid NOT NULL,
	user_id uuid NOT NULL,
	reason text NOT NULL DEFAULT '',
	status text NOT NULL DEFAULT 'waiting'
		CHECK (status IN ('waiting', 'withdrawn', 'done')),
	ended_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK ((status = 'waiting') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX close_requests_waiting
	ON close_requests (tenant_id, customer_id) WHERE status = 'waiting';

-- Which kinds there are is the program's to say (work_kinds[]), so that one
-- more needs no step.
ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['notification_choices', 'exports', 'close_requests'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON
	notification_choices,
	exports,
	close_requests
	TO :app_role;

-- A person's own log-ins (identity/log_ins_noun.c), whose conditions are
-- written as here.
CREATE INDEX audit_logs_log_ins ON audit_logs (tenant_id, noun_id, id)
	WHERE noun = 'users' AND action IN ('login', 'login.failed',
		'login.factor_failed');
