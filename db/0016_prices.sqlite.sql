-- 0016_prices: staff make, change and remove prices.
-- SPDX-License-Identifier: AGPL-3.0-or-later

ALTER TABLE product_prices ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE product_prices ADD COLUMN deleted_at INTEGER;

DROP INDEX product_prices_once;
CREATE UNIQUE INDEX product_prices_once
	ON product_prices (tenant_id, product_id, period, currency)
	WHERE deleted_at IS NULL;

-- As in 0005_lists: an index that is made anew has no statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat)
VALUES ('product_prices', 'product_prices_once', '100 10 4 1 1');
