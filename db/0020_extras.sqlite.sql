-- 0020_extras: what a product is sold with: TLDs, options, add-ons.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- What a domain costs, for each year; the ICANN fee comes on top of each.
CREATE TABLE product_tlds (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	product_id TEXT NOT NULL,
	-- without the first dot: com, co.uk
	tld TEXT NOT NULL,
	currency TEXT NOT NULL,
	register_minor INTEGER NOT NULL CHECK (register_minor >= 0),
	renew_minor INTEGER NOT NULL CHECK (renew_minor >= 0),
	transfer_minor INTEGER NOT NULL CHECK (transfer_minor >= 0),
	icann_fee_minor INTEGER NOT NULL DEFAULT 0 CHECK (icann_fee_minor >= 0),
	min_years INTEGER NOT NULL DEFAULT 1 CHECK (min_years BETWEEN 1 AND 10),
	max_years INTEGER NOT NULL DEFAULT 10 CHECK (max_years BETWEEN 1 AND 10),
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	CHECK (min_years <= max_years)
) STRICT;
CREATE UNIQUE INDEX product_tlds_once
	ON product_tlds (tenant_id, product_id, tld, currency)
	WHERE deleted_at IS NULL;

-- What a customer chooses of a product: "Disk space".
CREATE TABLE product_options (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	product_id TEXT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	-- one of its choices has to be taken
	required INTEGER NOT NULL DEFAULT 0 CHECK (required IN (0, 1)),
	position INTEGER NOT NULL DEFAULT 0,
	status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX product_options_code
	ON product_options (tenant_id, product_id, code)
	WHERE deleted_at IS NULL;

-- ... and from what: "50 GB", which costs this much more.
CREATE TABLE option_choices (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	option_id TEXT NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	period TEXT NOT NULL CHECK (period IN
		('once', 'month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	currency TEXT NOT NULL,
	price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
	setup_fee_minor INTEGER NOT NULL DEFAULT 0 CHECK (setup_fee_minor >= 0),
	position INTEGER NOT NULL DEFAULT 0,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, option_id)
		REFERENCES product_options (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX option_choices_once
	ON option_choices (tenant_id, option_id, code, period, currency)
	WHERE deleted_at IS NULL;

-- Products that are offered with another one.
CREATE TABLE product_addons (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	product_id TEXT NOT NULL,
	addon_id TEXT NOT NULL,
	position INTEGER NOT NULL DEFAULT 0,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	FOREIGN KEY (tenant_id, addon_id) REFERENCES products (tenant_id, id),
	CHECK (addon_id <> product_id)
) STRICT;
CREATE UNIQUE INDEX product_addons_once
	ON product_addons (tenant_id, product_id, addon_id)
	WHERE deleted_at IS NULL;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('product_tlds', 'sqlite_autoindex_product_tlds_1', '100 10 1'),
	('product_tlds', 'product_tlds_once', '100 10 10 10 10'),
	('product_options', 'sqlite_autoindex_product_options_1', '100 10 1'),
	('product_options', 'product_options_code', '100 10 10 10'),
	('option_choices', 'sqlite_autoindex_option_choices_1', '100 10 1'),
	('option_choices', 'option_choices_once', '100 10 10 10 10 10'),
	('product_addons', 'sqlite_autoindex_product_addons_1', '100 10 1'),
	('product_addons', 'product_addons_once', '100 10 10 10');
