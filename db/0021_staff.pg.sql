-- 0021_staff: what a company sets for itself, notes on customers, and what of
-- the notices a person has read.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- A row only where a company wants something else than the default
-- (tenancy/tenant_settings.c names them all).
CREATE TABLE tenant_settings (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	name text NOT NULL,
	value text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, name)
);
ALTER TABLE tenants ADD COLUMN settings_version bigint NOT NULL DEFAULT 1;

CREATE TABLE customer_notes (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	customer_id uuid NOT NULL,
	text text NOT NULL,
	pinned bigint NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
	-- NULL: a program
	author_id uuid,
	author_name text NOT NULL,
	version bigint NOT NULL DEFAULT 1,
	deleted_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX customer_notes_customer
	ON customer_notes (tenant_id, customer_id, id);
CREATE INDEX customer_notes_author ON customer_notes (tenant_id, author_id);

CREATE TABLE notices_read (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	user_id uuid NOT NULL,
	-- "review:ID": what it is about
	notice text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, user_id, notice),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);

-- What every page asks the log about its reader (orders/notices.c): entries of
-- orders cost nothing, and log-ins are not walked through.
CREATE INDEX audit_logs_own ON audit_logs (tenant_id, noun_id, id)
	WHERE noun = 'users' AND action IN ('user.password', 'user.role',
	'factor.reset', 'factor.disable', 'factor.totp', 'factor.email',
	'factor.backup_used', 'session.reuse');
-- What somebody removed lately (hosting/removal.c).
CREATE INDEX audit_logs_removals ON audit_logs (tenant_id, created_at)
	WHERE action = 'website.remove';

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'tenant_settings',
		'customer_notes',
		'notices_read'
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
	tenant_settings,
	customer_notes,
	notices_read
	TO :app_role;
