-- 0035_knowledge: the knowledge base, announcements and network status.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Categories and articles of the knowledge base.  Texts are Markdown
-- (base/markdown.h); `html` and `plain` are made of it whenever it is written.
CREATE TABLE kb_categories (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	slug text NOT NULL,
	about text NOT NULL DEFAULT '',
	-- the first is above
	position bigint NOT NULL DEFAULT 100,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX kb_categories_name ON kb_categories (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX kb_categories_slug ON kb_categories (tenant_id, slug)
	WHERE deleted_at IS NULL;

CREATE TABLE kb_articles (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	category_id uuid NOT NULL,
	title text NOT NULL,
	slug text NOT NULL,
	-- in lists and for search engines; '': the text's beginning
	summary text NOT NULL DEFAULT '',
	-- '': nobody said
	language text NOT NULL DEFAULT '' CHECK (language IN ('', 'en', 'de')),
	status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'published')),
	published_at bigint,
	-- NULL: a program
	author_id uuid,
	author_name text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	body text NOT NULL,
	html text NOT NULL DEFAULT '',
	plain text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, category_id) REFERENCES kb_categories (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id),
	CHECK (status <> 'published' OR published_at IS NOT NULL)
);
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
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	slug text NOT NULL,
	article_id uuid,
	category_id uuid,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, slug),
	FOREIGN KEY (tenant_id, article_id) REFERENCES kb_articles (tenant_id, id),
	FOREIGN KEY (tenant_id, category_id) REFERENCES kb_categories (tenant_id, id),
	CHECK ((article_id IS NULL) <> (category_id IS NULL))
);
CREATE INDEX kb_addresses_article ON kb_addresses (tenant_id, article_id);
CREATE INDEX kb_addresses_category ON kb_addresses (tenant_id, category_id);

-- What was searched for and not found, counted by day: plain words in order of
-- the alphabet, nothing of who typed them (knowledge/kb_miss.h).
CREATE TABLE kb_misses (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	day date NOT NULL,
	words text NOT NULL,
	times bigint NOT NULL DEFAULT 1 CHECK (times >= 1),
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX kb_misses_words ON kb_misses (tenant_id, day, words);

-- Announcements, incidents and maintenance.
CREATE TABLE announcements (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	kind text NOT NULL
		CHECK (kind IN ('announcement', 'incident', 'maintenance')),
	title text NOT NULL,
	severity text NOT NULL DEFAULT 'minor'
		CHECK (severity IN ('minor', 'major', 'critical')),
	-- names as staff gave them, JSON; [] is everybody.  Which these are is in
	-- announcement_servers.
	servers text NOT NULL DEFAULT '[]',
	status text NOT NULL DEFAULT 'draft'
		CHECK (status IN ('draft', 'open', 'resolved')),
	starts_at bigint,
	ends_at bigint,
	published_at bigint,
	resolved_at bigint,
	-- the last that readers of a feed should hear of
	news_at bigint,
	-- RFC 4151, given when it is published and the same ever after
	tag text NOT NULL DEFAULT '',
	author_id uuid,
	author_name text NOT NULL DEFAULT '',
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	body text NOT NULL,
	html text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id),
	CHECK (status = 'draft'
		OR (published_at IS NOT NULL AND news_at IS NOT NULL AND tag <> '')),
	CHECK (status <> 'resolved' OR resolved_at IS NOT NULL)
);
CREATE INDEX announcements_status ON announcements (tenant_id, status, id);
CREATE INDEX announcements_published ON announcements (tenant_id, published_at, id)
	WHERE status <> 'draft' AND deleted_at IS NULL;
CREATE INDEX announcements_author ON announcements (tenant_id, author_id);

CREATE TABLE announcement_servers (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	announcement_id uuid NOT NULL,
	server_id uuid NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, announcement_id, server_id),
	FOREIGN KEY (tenant_id, announcement_id)
		REFERENCES announcements (tenant_id, id),
	FOREIGN KEY (tenant_id, server_id) REFERENCES servers (tenant_id, id)
);
CREATE INDEX announcement_servers_server
	ON announcement_servers (tenant_id, server_id);

CREATE TABLE announcement_updates (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	announcement_id uuid NOT NULL,
	state text NOT NULL CHECK (state IN
		('investigating', 'identified', 'monitoring', 'note', 'resolved')),
	author_id uuid,
	author_name text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	body text NOT NULL,
	html text NOT NULL DEFAULT '',
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, announcement_id)
		REFERENCES announcements (tenant_id, id),
	FOREIGN KEY (tenant_id, author_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX announcement_updates_announcement
	ON announcement_updates (tenant_id, announcement_id, id);
CREATE INDEX announcement_updates_author
	ON announcement_updates (tenant_id, author_id);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['kb_categories', 'kb_articles', 'kb_addresses',
		'kb_misses', 'announcements', 'announcement_servers',
		'announcement_updates'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON kb_categories, kb_articles, kb_addresses,
	kb_misses, announcements, announcement_servers, announcement_updates
	TO :app_role;
