-- 0011_accounts: accounts, their tokens, addresses and approvals.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- '' : as the tenant's.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE users ADD COLUMN date_format TEXT NOT NULL DEFAULT 'iso'
	CHECK (date_format IN ('iso', 'day', 'month'));

-- Links that were mailed: each does one thing once.
CREATE TABLE account_links (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	token_hash TEXT NOT NULL,
	purpose TEXT NOT NULL CHECK (purpose IN ('password', 'email')),
	user_id TEXT NOT NULL,
	-- the address it was sent to, which it proves
	email TEXT NOT NULL,
	epoch INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX account_links_token
	ON account_links (tenant_id, token_hash);
CREATE INDEX account_links_user ON account_links (tenant_id, user_id);

-- Whose account a person may look after, and which parts of it.
CREATE TABLE customer_people (
	tenant_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	user_id TEXT NOT NULL,
	may_bill INTEGER NOT NULL DEFAULT 0 CHECK (may_bill IN (0, 1)),
	may_tech INTEGER NOT NULL DEFAULT 0 CHECK (may_tech IN (0, 1)),
	may_support INTEGER NOT NULL DEFAULT 0 CHECK (may_support IN (0, 1)),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, customer_id, user_id),
	FOREIGN KEY (tenant_id, customer_id)
		REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX customer_people_user ON customer_people (tenant_id, user_id);

-- A token that a person made does no more than that person may, today.
ALTER TABLE api_tokens ADD COLUMN user_id TEXT;
-- ranges like 192.0.2.0/24, comma separated; '': from anywhere
ALTER TABLE api_tokens ADD COLUMN addresses TEXT NOT NULL DEFAULT '';

-- From where people may come: a person's rules, and those of the company.
CREATE TABLE address_rules (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	user_id TEXT,
	effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
	range TEXT NOT NULL,
	note TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX address_rules_user ON address_rules (tenant_id, user_id);

-- Does the first service of a customer bring an account and a welcome?
ALTER TABLE tenants ADD COLUMN welcomes INTEGER NOT NULL DEFAULT 0
	CHECK (welcomes IN (0, 1));

-- Staff who look at the portal as a person: their own session, behind it.
ALTER TABLE sessions ADD COLUMN behind_session TEXT;

-- What waits for a second person.
CREATE TABLE approvals (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	action TEXT NOT NULL,
	noun TEXT NOT NULL,
	noun_id TEXT,
	-- what exactly: a sentence, and a JSON object
	title TEXT NOT NULL,
	wish TEXT NOT NULL,
	-- of action, thing, wish and person: the same again is the same row
	wish_hash TEXT NOT NULL,
	status TEXT NOT NULL DEFAULT 'waiting' CHECK (status IN
		('waiting', 'approved', 'refused', 'used', 'expired')),
	asked_by TEXT NOT NULL,
	asked_name TEXT NOT NULL,
	decided_by TEXT,
	decided_name TEXT,
	decided_at INTEGER,
	expires_at INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	-- nobody approves their own; to withdraw is to refuse
	CHECK (status NOT IN ('approved', 'used')
		OR (decided_by IS NOT NULL AND decided_by <> asked_by)),
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, asked_by) REFERENCES users (tenant_id, id),
	FOREIGN KEY (tenant_id, decided_by) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX approvals_status ON approvals (tenant_id, status);
CREATE UNIQUE INDEX approvals_wish ON approvals (tenant_id, wish_hash)
	WHERE status IN ('waiting', 'approved');

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('account_links', 'sqlite_autoindex_account_links_1', '1000 100 1'),
	('account_links', 'account_links_token', '1000 100 1'),
	('account_links', 'account_links_user', '1000 100 2'),
	('customer_people', 'sqlite_autoindex_customer_people_1',
		'100000 10000 2 1'),
	('customer_people', 'customer_people_user', '100000 10000 2'),
	('address_rules', 'sqlite_autoindex_address_rules_1', '100 10 1'),
	('address_rules', 'address_rules_user', '100 10 5'),
	('approvals', 'sqlite_autoindex_approvals_1', '1000 100 1'),
	('approvals', 'approvals_status', '1000 100 25'),
	('approvals', 'approvals_wish', '1000 100 1');
