-- 0009_mail: what was sent, and how a tenant signs it.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Two more states: a mail is `sending` from before its first byte leaves, and
-- `maybe_sent` when nobody heard what the server said to its last.
ALTER TABLE outbox DROP CONSTRAINT outbox_status_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_status_check
	CHECK (status IN ('pending', 'sending', 'maybe_sent', 'done', 'dead',
		'cancelled'));
CREATE INDEX outbox_status ON outbox (tenant_id, kind, status, id);

-- Every conversation with a mail server about a mail, with its last words.
CREATE TABLE mail_attempts (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	outbox_id uuid NOT NULL,
	state text NOT NULL CHECK (state IN ('sending', 'sent', 'refused',
		'later', 'maybe_sent')),
	code bigint NOT NULL DEFAULT 0,
	answer text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, outbox_id) REFERENCES outbox (tenant_id, id)
);
CREATE INDEX mail_attempts_outbox ON mail_attempts (tenant_id, outbox_id, id);

-- How a tenant looks and signs.  Read before anybody is signed in, and nothing
-- secret; '' where there is none.
ALTER TABLE tenants ADD COLUMN accent text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN logo_hash text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN public_url text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN sender_name text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN sender_email text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN language text NOT NULL DEFAULT 'en';
-- whom mails to staff go to, and how often
ALTER TABLE tenants ADD COLUMN alert_email text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN alerts text NOT NULL DEFAULT 'each'
	CHECK (alerts IN ('each', 'daily'));
ALTER TABLE tenants ADD COLUMN alerted_at bigint NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN brand_version bigint NOT NULL DEFAULT 1;

-- A PNG that was taken apart and put together again by tenancy/logo.c.
CREATE TABLE tenant_logos (
	tenant_id uuid NOT NULL PRIMARY KEY REFERENCES tenants (id),
	hash text NOT NULL,
	width bigint NOT NULL,
	height bigint NOT NULL,
	data bytea NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['mail_attempts', 'tenant_logos'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_attempts, tenant_logos
	TO :app_role;
