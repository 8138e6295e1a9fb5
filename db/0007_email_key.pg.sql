-- 0007_email_key: people are found by e-mail through an index.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Under row-level security a condition may go down into an index only when its
-- functions are known to leak nothing, which lower() is not: every order walked
-- all customers of its tenant.  The folded address as a column needs none.

ALTER TABLE users ADD COLUMN email_key text
	GENERATED ALWAYS AS (lower(email)) STORED;
DROP INDEX users_email;
CREATE UNIQUE INDEX users_email ON users (tenant_id, email_key)
	WHERE deleted_at IS NULL;

ALTER TABLE customers ADD COLUMN email_key text
	GENERATED ALWAYS AS (lower(email)) STORED;
DROP INDEX customers_email;
CREATE UNIQUE INDEX customers_email ON customers (tenant_id, email_key)
	WHERE deleted_at IS NULL;
