-- 0016_prices: staff make, change and remove prices.
-- SPDX-License-Identifier: AGPL-3.0-or-later

ALTER TABLE product_prices ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE product_prices ADD COLUMN deleted_at bigint;

DROP INDEX product_prices_once;
CREATE UNIQUE INDEX product_prices_once
	ON product_prices (tenant_id, product_id, period, currency)
	WHERE deleted_at IS NULL;
