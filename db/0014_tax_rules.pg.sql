-- 0014_tax_rules: staff make, change and remove them.
-- SPDX-License-Identifier: AGPL-3.0-or-later

ALTER TABLE tax_rules ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE tax_rules ADD COLUMN deleted_at bigint;

DROP INDEX tax_rules_place;
CREATE UNIQUE INDEX tax_rules_place ON tax_rules (tenant_id, country, state)
	WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX tax_rules_name ON tax_rules (tenant_id, name, id);
