-- 0030_usage: what sites use, by day, and what their plans include.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- What a plan includes; NULL: as much as anybody likes.  In thousands of
-- thousands, and of thousands of thousands: a GB is what disks are sold by.
ALTER TABLE products ADD COLUMN disk_space_mb bigint
	CHECK (disk_space_mb BETWEEN 1 AND 1000000000);
ALTER TABLE products ADD COLUMN bandwidth_gb bigint
	CHECK (bandwidth_gb BETWEEN 1 AND 1000000);

-- One row for a site and day, UTC, as its server has told last.
CREATE TABLE site_usage (
	tenant_id uuid NOT NULL,
	website_id uuid NOT NULL,
	day date NOT NULL,
	server_id uuid NOT NULL,
	sent_bytes bigint NOT NULL CHECK (sent_bytes >= 0),
	-- as they were measured last on that day; NULL: not known
	disk_bytes bigint CHECK (disk_bytes >= 0),
	files bigint CHECK (files >= 0),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, website_id, day),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
);
-- Old ones are forgotten.
CREATE INDEX site_usage_day ON site_usage (tenant_id, day);

-- What lists show of it: of the newest day, and the sum of its month.  Made anew
-- from those rows each time (app/hosting/usage.c).
CREATE TABLE site_usage_now (
	tenant_id uuid NOT NULL,
	website_id uuid NOT NULL,
	day date NOT NULL,
	month date NOT NULL, -- its first day
	month_sent bigint NOT NULL CHECK (month_sent >= 0),
	disk_bytes bigint CHECK (disk_bytes >= 0),
	files bigint CHECK (files >= 0),
	-- what share of the plan was passed, and since when
	disk_mark bigint NOT NULL DEFAULT 0 CHECK (disk_mark IN (0, 80, 100)),
	disk_since bigint,
	sent_mark bigint NOT NULL DEFAULT 0 CHECK (sent_mark IN (0, 80, 100)),
	sent_since bigint,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, website_id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	CHECK ((disk_mark = 0) = (disk_since IS NULL)),
	CHECK ((sent_mark = 0) = (sent_since IS NULL))
);
-- Few of many, which staff are told of.
CREATE INDEX site_usage_now_disk ON site_usage_now (tenant_id, disk_since)
	WHERE disk_mark > 0;
CREATE INDEX site_usage_now_sent ON site_usage_now (tenant_id, sent_since)
	WHERE sent_mark > 0;

-- Each time that a site passed a share of what its plan includes.
CREATE TABLE usage_crossings (
	tenant_id uuid NOT NULL,
	id uuid NOT NULL,
	website_id uuid NOT NULL,
	kind text NOT NULL CHECK (kind IN ('disk', 'traffic')),
	percent bigint NOT NULL CHECK (percent IN (80, 100)),
	used_bytes bigint NOT NULL CHECK (used_bytes > 0),
	limit_bytes bigint NOT NULL CHECK (limit_bytes > 0),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id)
);
CREATE INDEX usage_crossings_website
	ON usage_crossings (tenant_id, website_id, kind, id);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['site_usage', 'site_usage_now', 'usage_crossings'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON site_usage, site_usage_now,
	usage_crossings TO :app_role;
