-- 0020_extras: what a product is sold with: TLDs, options, add-ons.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- What a domain costs, for each year; the ICANN fee comes on top of each.
CREATE TABLE product_tlds (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	product_id uuid NOT NULL,
	-- without the first dot: com, co.uk
	tld text NOT NULL,
	currency text NOT NULL,
	register_minor bigint NOT NULL CHECK (register_minor >= 0),
	renew_minor bigint NOT NULL CHECK (renew_minor >= 0),
	transfer_minor bigint NOT NULL CHECK (transfer_minor >= 0),
	icann_fee_minor bigint NOT NULL DEFAULT 0 CHECK (icann_fee_minor >= 0),
	min_years bigint NOT NULL DEFAULT 1 CHECK (min_years BETWEEN 1 AND 10),
	max_years bigint NOT NULL DEFAULT 10 CHECK (max_years BETWEEN 1 AND 10),
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	CHECK (min_years <= max_years)
);
CREATE UNIQUE INDEX product_tlds_once
	ON product_tlds (tenant_id, product_id, tld, currency)
	WHERE deleted_at IS NULL;

-- What a customer chooses of a product: "Disk space".
CREATE TABLE product_options (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	product_id uuid NOT NULL,
	code text NOT NULL,
	name text NOT NULL,
	-- one of its choices has to be taken
	required bigint NOT NULL DEFAULT 0 CHECK (required IN (0, 1)),
	position bigint NOT NULL DEFAULT 0,
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE UNIQUE INDEX product_options_code
	ON product_options (tenant_id, product_id, code)
	WHERE deleted_at IS NULL;

-- ... and from what: "50 GB", which costs this much more.
CREATE TABLE option_choices (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	option_id uuid NOT NULL,
	code text NOT NULL,
	name text NOT NULL,
	period text NOT NULL CHECK (period IN
		('once', 'month', 'quarter', 'halfyear', 'year', '2years', '3years')),
	currency text NOT NULL,
	price_minor bigint NOT NULL CHECK (price_minor >= 0),
	setup_fee_minor bigint NOT NULL DEFAULT 0 CHECK (setup_fee_minor >= 0),
	position bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, option_id)
		REFERENCES product_options (tenant_id, id)
);
CREATE UNIQUE INDEX option_choices_once
	ON option_choices (tenant_id, option_id, code, period, currency)
	WHERE deleted_at IS NULL;

-- Products that are offered with another one.
CREATE TABLE product_addons (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	product_id uuid NOT NULL,
	addon_id uuid NOT NULL,
	position bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
	FOREIGN KEY (tenant_id, addon_id) REFERENCES products (tenant_id, id),
	CHECK (addon_id <> product_id)
);
CREATE UNIQUE INDEX product_addons_once
	ON product_addons (tenant_id, product_id, addon_id)
	WHERE deleted_at IS NULL;

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'product_tlds',
		'product_options',
		'option_choices',
		'product_addons'
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
	product_tlds,
	product_options,
	option_choices,
	product_addons
	TO :app_role;
