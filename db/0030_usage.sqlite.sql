-- 0030_usage: what sites use, by day, and what their plans include.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- What a plan includes; NULL: as much as anybody likes.  In thousands of
-- thousands, and of thousands of thousands: a GB is what disks are sold by.
ALTER TABLE products ADD COLUMN disk_space_mb INTEGER
	CHECK (disk_space_mb BETWEEN 1 AND 1000000000);
ALTER TABLE products ADD COLUMN bandwidth_gb INTEGER
	CHECK (bandwidth_gb BETWEEN 1 AND 1000000);

-- One row for a site and day, UTC, as its server has told last.
CREATE TABLE site_usage (
	tenant_id TEXT NOT NULL,
	website_id TEXT NOT NULL,
	day TEXT NOT NULL,
	server_id TEXT NOT NULL,
	sent_bytes INTEGER NOT NULL CHECK (sent_bytes >= 0),
	-- as they were measured last on that day; NULL: not known
	disk_bytes INTEGER CHECK (disk_bytes >= 0),
	files INTEGER CHECK (files >= 0),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, website_id, day),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
) STRICT;
-- Old ones are forgotten.
CREATE INDEX site_usage_day ON site_usage (tenant_id, day);

-- What lists show of it: of the newest day, and the sum of its month.  Made anew
-- from those rows each time (app/hosting/usage.c).
CREATE TABLE site_usage_now (
	tenant_id TEXT NOT NULL,
	website_id TEXT NOT NULL,
	day TEXT NOT NULL,
	month TEXT NOT NULL, -- its first day
	month_sent INTEGER NOT NULL CHECK (month_sent >= 0),
	disk_bytes INTEGER CHECK (disk_bytes >= 0),
	files INTEGER CHECK (files >= 0),
	-- what share of the plan was passed, and since when
	disk_mark INTEGER NOT NULL DEFAULT 0 CHECK (disk_mark IN (0, 80, 100)),
	disk_since INTEGER,
	sent_mark INTEGER NOT NULL DEFAULT 0 CHECK (sent_mark IN (0, 80, 100)),
	sent_since INTEGER,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, website_id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id),
	CHECK ((disk_mark = 0) = (disk_since IS NULL)),
	CHECK ((sent_mark = 0) = (sent_since IS NULL))
) STRICT;
-- Few of many, which staff are told of.
CREATE INDEX site_usage_now_disk ON site_usage_now (tenant_id, disk_since)
	WHERE disk_mark > 0;
CREATE INDEX site_usage_now_sent ON site_usage_now (tenant_id, sent_since)
	WHERE sent_mark > 0;

-- Each time that a site passed a share of what its plan includes.
CREATE TABLE usage_crossings (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	website_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('disk', 'traffic')),
	percent INTEGER NOT NULL CHECK (percent IN (80, 100)),
	used_bytes INTEGER NOT NULL CHECK (used_bytes > 0),
	limit_bytes INTEGER NOT NULL CHECK (limit_bytes > 0),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, website_id) REFERENCES websites (tenant_id, id)
) STRICT;
CREATE INDEX usage_crossings_website
	ON usage_crossings (tenant_id, website_id, kind, id);

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('site_usage', 'sqlite_autoindex_site_usage_1', '10000000 1000000 400 1'),
	('site_usage', 'site_usage_day', '10000000 1000000 2500'),
	('site_usage_now', 'sqlite_autoindex_site_usage_now_1', '100000 10000 1'),
	('site_usage_now', 'site_usage_now_disk', '1000 100 1'),
	('site_usage_now', 'site_usage_now_sent', '1000 100 1'),
	('usage_crossings', 'sqlite_autoindex_usage_crossings_1', '100000 10000 1'),
	('usage_crossings', 'usage_crossings_website', '100000 10000 10 5 1');
