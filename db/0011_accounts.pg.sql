-- 0011_accounts: accounts, their tokens, addresses and approvals.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- '' : as the tenant's.
ALTER TABLE users ADD COLUMN language text NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC';
ALTER TABLE users ADD COLUMN date_format text NOT NULL DEFAULT 'iso'
	CHECK (date_format IN ('iso', 'day', 'month'));

-- Links that were mailed: each does one thing once.
CREATE TABLE account_links (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	token_hash text NOT NULL,
	purpose text NOT NULL CHECK (purpose IN ('password', 'email')),
	user_id uuid NOT NULL,
	-- the address it was sent to, which it proves
	email text NOT NULL,
	epoch bigint NOT NULL,
	expires_at bigint NOT NULL,
	used_at bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX account_links_token
	ON account_links (tenant_id, token_hash);
CREATE INDEX account_links_user ON account_links (tenant_id, user_id);

-- Whose account a person may look after, and which parts of it.
CREATE TABLE customer_people (
	tenant_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	user_id uuid NOT NULL,
	may_bill bigint NOT NULL DEFAULT 0 CHECK (may_bill IN (0, 1)),
	may_tech bigint NOT NULL DEFAULT 0 CHECK (may_tech IN (0, 1)),
	may_support bigint NOT NULL DEFAULT 0 CHECK (may_support IN (0, 1)),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, customer_id, user_id),
	FOREIGN KEY (tenant_id, customer_id)
		REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX customer_people_user ON customer_people (tenant_id, user_id);

-- A token that a person made does no more than that person may, today.
ALTER TABLE api_tokens ADD COLUMN user_id uuid;
-- ranges like 192.0.2.0/24, comma separated; '': from anywhere
ALTER TABLE api_tokens ADD COLUMN addresses text NOT NULL DEFAULT '';

-- From where people may come: a person's rules, and those of the company.
CREATE TABLE address_rules (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	user_id uuid,
	effect text NOT NULL CHECK (effect IN ('allow', 'deny')),
	range text NOT NULL,
	note text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX address_rules_user ON address_rules (tenant_id, user_id);

-- Does the first service of a customer bring an account and a welcome?
ALTER TABLE tenants ADD COLUMN welcomes bigint NOT NULL DEFAULT 0
	CHECK (welcomes IN (0, 1));

-- Staff who look at the portal as a person: their own session, behind it.
ALTER TABLE sessions ADD COLUMN behind_session uuid;

-- What waits for a second person.
CREATE TABLE approvals (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	action text NOT NULL,
	noun text NOT NULL,
	noun_id uuid,
	-- what exactly: a sentence, and a JSON object
	title text NOT NULL,
	wish text NOT NULL,
	-- of action, thing, wish and person: the same again is the same row
	wish_hash text NOT NULL,
	status text NOT NULL DEFAULT 'waiting' CHECK (status IN
		('waiting', 'approved', 'refused', 'used', 'expired')),
	asked_by uuid NOT NULL,
	asked_name text NOT NULL,
	decided_by uuid,
	decided_name text,
	decided_at bigint,
	expires_at bigint NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	-- nobody approves their own; to withdraw is to refuse
	CHECK (status NOT IN ('approved', 'used')
		OR (decided_by IS NOT NULL AND decided_by <> asked_by)),
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, asked_by) REFERENCES users (tenant_id, id),
	FOREIGN KEY (tenant_id, decided_by) REFERENCES users (tenant_id, id)
);
CREATE INDEX approvals_status ON approvals (tenant_id, status);
CREATE UNIQUE INDEX approvals_wish ON approvals (tenant_id, wish_hash)
	WHERE status IN ('waiting', 'approved');

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'account_links',
		'customer_people',
		'address_rules',
		'approvals'
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
	account_links,
	customer_people,
	address_rules,
	approvals
	TO :app_role;
