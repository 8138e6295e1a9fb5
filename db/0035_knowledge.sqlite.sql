-- 0035_knowledge: the knowledge base, announcements and network status.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Categories and articles of the knowledge base.  Texts are Markdown
-- (base/markdown.h); `html` and `plain` are made of it whenever it is written.
CREATE TABLE kb_categories (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	slug TEXT NOT NULL,
	about TEXT NOT NULL DEFAULT '',
	-- the first is above
	position INTEGER NOT NULL DEFAULT 100,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX kb_categories_name ON kb_categories (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX kb_categories_slug ON kb_categories (tenant_id, slug)
	WHERE deleted_at IS NULL;

CREATE TABLE kb_articles (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	category_id TEXT NOT NULL,
	title TEXT NOT NULL,
	slug TEXT NOT NULL,
	-- in lists and for search engines; '': the text's beginning
	summary TEXT NOT NULL DEFAULT '',
	-- '': nobody said
	language TEXT NOT NULL DEFAULT '' CHECK (language IN ('', 'en', 'de')),
	status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
	published_at INTEGER,
	-- NULL: a program
	author_id TEXT,
	author_name TEXT NOT NULL DEFAULT '',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	body TEXT NOT NULL,
	html TEXT NOT NULL DEFAULT '',
	plain TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, category_id) REFERENCES kb_categories (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id),
	CHECK (status <> 'published' OR published_at IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX kb_articles_slug ON kb_articles (tenant_id, slug)
	WHERE deleted_at IS NULL;
-- the public lists: a category's by title, and the newest of all
CREATE INDEX kb_articles_category
	ON kb_articles (tenant_id, category_id, status, title, id);
CREATE INDEX kb_articles_status ON kb_articles (tenant_id, status, id);
CREATE INDEX kb_articles_published ON kb_articles (tenant_id, published_at, id)
	WHERE status = 'published' AND deleted_at IS NULL;
CREATE INDEX kb_articles_author ON kb_articles (tenant_id, author_id);

-- What stands behind /kb/: one article or one category.  An address that one
-- had before leads there until another takes it.
CREATE TABLE kb_addresses (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	slug TEXT NOT NULL,
	article_id TEXT,
	category_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, slug),
	FOREIGN KEY (tenant_id, article_id) REFERENCES kb_articles (tenant_id, id),
	FOREIGN KEY (tenant_id, category_id) REFERENCES kb_categories (tenant_id, id),
	CHECK ((article_id IS NULL) <> (category_id IS NULL))
) STRICT;
CREATE INDEX kb_addresses_article ON kb_addresses (tenant_id, article_id);
CREATE INDEX kb_addresses_category ON kb_addresses (tenant_id, category_id);

-- What was searched for and not found, counted by day: plain words in order of
-- the alphabet, nothing of who typed them (knowledge/kb_miss.h).
CREATE TABLE kb_misses (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	day TEXT NOT NULL,
	words TEXT NOT NULL,
	times INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1),
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX kb_misses_words ON kb_misses (tenant_id, day, words);

-- Announcements, incidents and maintenance.
CREATE TABLE announcements (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL
		CHECK (kind IN ('announcement', 'incident', 'maintenance')),
	title TEXT NOT NULL,
	severity TEXT NOT NULL DEFAULT 'minor'
		CHECK (severity IN ('minor', 'major', 'critical')),
	-- names as staff gave them, JSON; [] is everybody.  Which these are is in
	-- announcement_servers.
	servers TEXT NOT NULL DEFAULT '[]',
	status TEXT NOT NULL DEFAULT 'draft'
		CHECK (status IN ('draft', 'open', 'resolved')),
	starts_at INTEGER,
	ends_at INTEGER,
	published_at INTEGER,
	resolved_at INTEGER,
	-- the last that readers of a feed should hear of
	news_at INTEGER,
	-- RFC 4151, given when it is published and the same ever after
	tag TEXT NOT NULL DEFAULT '',
	author_id TEXT,
	author_name TEXT NOT NULL DEFAULT '',
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	body TEXT NOT NULL,
	html TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id),
	CHECK (status = 'draft'
		OR (published_at IS NOT NULL AND news_at IS NOT NULL AND tag <> '')),
	CHECK (status <> 'resolved' OR resolved_at IS NOT NULL)
) STRICT;
CREATE INDEX announcements_status ON announcements (tenant_id, status, id);
CREATE INDEX announcements_published ON announcements (tenant_id, published_at, id)
	WHERE status <> 'draft' AND deleted_at IS NULL;
CREATE INDEX announcements_author ON announcements (tenant_id, author_id);

CREATE TABLE announcement_servers (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	announcement_id TEXT NOT NULL,
	server_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, announcement_id, server_id),
	FOREIGN KEY (tenant_id, announcement_id)
		REFERENCES announcements (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
) STRICT;
CREATE INDEX announcement_servers_server
	ON announcement_servers (tenant_id, server_id);

CREATE TABLE announcement_updates (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	announcement_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN
		('investigating', 'identified', 'monitoring', 'note', 'resolved')),
	author_id TEXT,
	author_name TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	body TEXT NOT NULL,
	html TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, announcement_id)
		REFERENCES announcements (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE INDEX announcement_updates_announcement
	ON announcement_updates (tenant_id, announcement_id, id);
CREATE INDEX announcement_updates_author
	ON announcement_updates (tenant_id, author_id);

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('kb_categories', 'sqlite_autoindex_kb_categories_1', '100 10 1'),
	('kb_categories', 'kb_categories_name', '100 10 1'),
	('kb_categories', 'kb_categories_slug', '100 10 1'),
	('kb_articles', 'sqlite_autoindex_kb_articles_1', '100000 10000 1'),
	('kb_articles', 'kb_articles_slug', '100000 10000 1'),
	('kb_articles', 'kb_articles_category', '100000 10000 500 400 1 1'),
	('kb_articles', 'kb_articles_status', '100000 10000 5000 1'),
	('kb_articles', 'kb_articles_published', '100000 10000 2 1'),
	('kb_articles', 'kb_articles_author', '100000 10000 1000'),
	('kb_addresses', 'sqlite_autoindex_kb_addresses_1', '100000 10000 1'),
	('kb_addresses', 'kb_addresses_article', '100000 10000 2'),
	('kb_addresses', 'kb_addresses_category', '100000 10000 2'),
	('kb_misses', 'sqlite_autoindex_kb_misses_1', '100000 10000 1'),
	('kb_misses', 'kb_misses_words', '100000 10000 200 1'),
	('announcements', 'sqlite_autoindex_announcements_1', '10000 1000 1'),
	('announcements', 'announcements_status', '10000 1000 100 1'),
	('announcements', 'announcements_published', '10000 1000 2 1'),
	('announcements', 'announcements_author', '10000 1000 100'),
	('announcement_servers', 'sqlite_autoindex_announcement_servers_1', '10000 1000 3 1'),
	('announcement_servers', 'announcement_servers_server', '10000 1000 100'),
	('announcement_updates', 'sqlite_autoindex_announcement_updates_1', '10000 1000 1'),
	('announcement_updates', 'announcement_updates_announcement', '10000 1000 5 1'),
	('announcement_updates', 'announcement_updates_author', '10000 1000 100');
