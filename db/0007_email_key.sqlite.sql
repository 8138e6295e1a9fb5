-- 0007_email_key: people are found by e-mail through an index.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- PostgreSQL needs the folded address as a column (see its text); here it is
-- computed.

ALTER TABLE users ADD COLUMN email_key TEXT
	GENERATED ALWAYS AS (lower(email)) VIRTUAL;
DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (tenant_id, email_key)
	WHERE deleted_at IS NULL;

ALTER TABLE customers ADD COLUMN email_key TEXT
	GENERATED ALWAYS AS (lower(email)) VIRTUAL;
DROP INDEX customers_email;
CREATE UNIQUE INDEX customers_email ON customers (tenant_id, email_key)
	WHERE deleted_at IS NULL;

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('users', 'users_email', '100 10 1'),
	('customers', 'customers_email', '1000000 100000 1');
