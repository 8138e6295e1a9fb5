-- 0014_tax_rules: staff make, change and remove them.
-- SPDX-License-Identifier: AGPL-3.0-or-later

ALTER TABLE tax_rules ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tax_rules ADD COLUMN deleted_at INTEGER;

DROP INDEX tax_rules_place;
CREATE UNIQUE INDEX tax_rules_place ON tax_rules (tenant_id, country, state)
	WHERE status = 'active' AND deleted_at IS NULL;
CREATE INDEX tax_rules_name ON tax_rules (tenant_id, name, id);

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('tax_rules', 'tax_rules_place', '100 10 1 1'),
	('tax_rules', 'tax_rules_name', '100 10 1 1');
