-- 0028_tickets: the help desk: what customers ask, and what staff answer.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Whom a question is for.  A company without departments has tickets, too.
CREATE TABLE departments (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	name TEXT NOT NULL,
	-- before the @ of the address whose mails open its tickets, in lower
	-- case; NULL: none
	local_part TEXT,
	-- the least is the first that is offered
	position INTEGER NOT NULL DEFAULT 0,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX departments_name ON departments (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX departments_local_part ON departments (tenant_id, local_part)
	WHERE deleted_at IS NULL;

CREATE TABLE tickets (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	number TEXT NOT NULL,
	-- NULL: a stranger, who wrote by mail
	customer_id TEXT,
	-- who asks: a person of ours if there is one, and where answers go by mail
	contact_id TEXT,
	contact_name TEXT NOT NULL DEFAULT '',
	contact_email TEXT NOT NULL DEFAULT '',
	-- staff who opened it on somebody's behalf; NULL: who asks
	opened_by TEXT,
	subject TEXT NOT NULL,
	department_id TEXT,
	priority TEXT NOT NULL DEFAULT 'normal'
		CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
	-- open: it waits for staff; waiting: for who asked
	status TEXT NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'waiting', 'closed')),
	subscription_id TEXT,
	assignee_id TEXT,
	-- the part of the address by which answers come back; who does not have
	-- a mail of ours can't guess it
	mail_key TEXT NOT NULL,
	-- clocks: by when, and since when and for how long they have stood still
	first_response_due INTEGER,
	resolution_due INTEGER,
	paused_at INTEGER,
	paused_s INTEGER NOT NULL DEFAULT 0 CHECK (paused_s >= 0),
	escalated_at INTEGER,
	-- of the first answer of staff
	first_response_at INTEGER,
	-- of messages, without notes
	last_message_at INTEGER NOT NULL,
	last_customer_at INTEGER,
	last_staff_at INTEGER,
	closed_at INTEGER,
	-- how often it was closed; the question whether all is well is asked
	-- once each time
	closings INTEGER NOT NULL DEFAULT 0 CHECK (closings >= 0),
	-- its messages are there now
	merged_into TEXT,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	FOREIGN KEY (tenant_id, contact_id) REFERENCES users (tenant_id, id),
	FOREIGN KEY (tenant_id, opened_by) REFERENCES users (tenant_id, id),
	FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id),
	FOREIGN KEY (tenant_id, subscription_id)
		REFERENCES subscriptions (tenant_id, id),
	FOREIGN KEY (tenant_id, assignee_id) REFERENCES users (tenant_id, id),
	FOREIGN KEY (tenant_id, merged_into) REFERENCES tickets (tenant_id, id),
	CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
	CHECK (merged_into IS NULL OR status = 'closed'),
	CHECK (merged_into <> id)
) STRICT;
CREATE UNIQUE INDEX tickets_number ON tickets (tenant_id, number);
CREATE UNIQUE INDEX tickets_mail_key ON tickets (tenant_id, mail_key);
CREATE INDEX tickets_last ON tickets (tenant_id, last_message_at, id);
CREATE INDEX tickets_status ON tickets (tenant_id, status, last_message_at, id);
CREATE INDEX tickets_customer
	ON tickets (tenant_id, customer_id, last_message_at, id);
CREATE INDEX tickets_contact ON tickets (tenant_id, contact_id, id);
CREATE INDEX tickets_subscription ON tickets (tenant_id, subscription_id, id);
CREATE INDEX tickets_merged ON tickets (tenant_id, merged_into, id)
	WHERE merged_into IS NOT NULL;
-- The staff's lists: what is not closed, all of it, one's own and nobody's.
CREATE INDEX tickets_open ON tickets (tenant_id, last_message_at, id)
	WHERE status <> 'closed';
CREATE INDEX tickets_mine ON tickets (tenant_id, assignee_id, last_message_at, id)
	WHERE status <> 'closed';
CREATE INDEX tickets_unassigned ON tickets (tenant_id, last_message_at, id)
	WHERE status <> 'closed' AND assignee_id IS NULL;

-- Whom a ticket can be given to; nothing to pay for customers.
CREATE INDEX users_staff ON users (tenant_id, email_key)
	WHERE role <> 'customer' AND deleted_at IS NULL;

CREATE TABLE ticket_messages (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	ticket_id TEXT NOT NULL,
	author TEXT NOT NULL CHECK (author IN ('customer', 'staff', 'system')),
	-- NULL: a stranger, or a program
	user_id TEXT,
	author_name TEXT NOT NULL DEFAULT '',
	-- of a mail: whom it was from
	author_email TEXT NOT NULL DEFAULT '',
	text TEXT NOT NULL,
	-- of a mail: what it repeats of earlier ones, folded away
	quoted TEXT NOT NULL DEFAULT '',
	-- internal: customers never see it
	is_note INTEGER NOT NULL DEFAULT 0 CHECK (is_note IN (0, 1)),
	via TEXT NOT NULL CHECK (via IN ('web', 'mail', 'api')),
	-- the mail's own Message-ID: one that comes twice is one message
	mail_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK (is_note = 0 OR author <> 'customer')
) STRICT;
CREATE INDEX ticket_messages_ticket ON ticket_messages (tenant_id, ticket_id, id);
CREATE INDEX ticket_messages_user ON ticket_messages (tenant_id, user_id);
CREATE UNIQUE INDEX ticket_messages_mail_id ON ticket_messages (tenant_id, mail_id);

-- The bytes are files of the state directory (support/ticket_file.h), named by
-- hash and id.
CREATE TABLE ticket_attachments (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	message_id TEXT NOT NULL,
	-- as it is offered for download, without a path
	name TEXT NOT NULL,
	-- one of our list, or application/octet-stream
	type TEXT NOT NULL,
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	-- BLAKE2b-256 of the bytes, hexadecimal
	hash TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, message_id) REFERENCES ticket_messages (tenant_id, id)
) STRICT;
CREATE INDEX ticket_attachments_message
	ON ticket_attachments (tenant_id, message_id, id);

-- Words of staff, in lower case.
CREATE TABLE ticket_tags (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	ticket_id TEXT NOT NULL,
	tag TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, ticket_id, tag),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id)
) STRICT;
CREATE INDEX ticket_tags_tag ON ticket_tags (tenant_id, tag, ticket_id);

-- Answers that staff give again and again; fields in them are filled in.
CREATE TABLE canned_replies (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	title TEXT NOT NULL,
	text TEXT NOT NULL,
	-- NULL: of all departments
	department_id TEXT,
	version INTEGER NOT NULL DEFAULT 1,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	deleted_at INTEGER,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX canned_replies_title ON canned_replies (tenant_id, title)
	WHERE deleted_at IS NULL;
CREATE INDEX canned_replies_department
	ON canned_replies (tenant_id, department_id);

-- What who asked says of the answer, once for each closing.
CREATE TABLE ticket_ratings (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	ticket_id TEXT NOT NULL,
	-- tickets.closings as it was then
	closing INTEGER NOT NULL CHECK (closing >= 1),
	rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 5),
	words TEXT NOT NULL DEFAULT '',
	-- NULL: a stranger, by the link of a mail
	user_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX ticket_ratings_closing
	ON ticket_ratings (tenant_id, ticket_id, closing);

-- As in 0024_search.
CREATE TRIGGER tickets_found_changed AFTER UPDATE OF subject, contact_name, contact_email
	ON tickets
	WHEN NEW.subject IS NOT OLD.subject
	OR NEW.contact_name IS NOT OLD.contact_name
	OR NEW.contact_email IS NOT OLD.contact_email
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'tickets', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER tickets_found_gone AFTER DELETE ON tickets
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'tickets', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('users', 'users_staff', '100 10 1'),
	('departments', 'sqlite_autoindex_departments_1', '100 10 1'),
	('departments', 'departments_name', '100 10 1'),
	('departments', 'departments_local_part', '100 10 1'),
	('tickets', 'sqlite_autoindex_tickets_1', '1000000 100000 1'),
	('tickets', 'tickets_number', '1000000 100000 1'),
	('tickets', 'tickets_mail_key', '1000000 100000 1'),
	('tickets', 'tickets_last', '1000000 100000 2 1'),
	('tickets', 'tickets_status', '1000000 100000 30000 2 1'),
	('tickets', 'tickets_customer', '1000000 100000 10 2 1'),
	('tickets', 'tickets_contact', '1000000 100000 10 1'),
	('tickets', 'tickets_subscription', '1000000 100000 10 1'),
	('tickets', 'tickets_merged', '10000 1000 10 1'),
	('tickets', 'tickets_open', '100000 10000 2 1'),
	('tickets', 'tickets_mine', '100000 10000 100 2 1'),
	('tickets', 'tickets_unassigned', '10000 1000 2 1'),
	('ticket_messages', 'sqlite_autoindex_ticket_messages_1', '1000000 100000 1'),
	('ticket_messages', 'ticket_messages_ticket', '1000000 100000 5 1'),
	('ticket_messages', 'ticket_messages_user', '1000000 100000 100'),
	('ticket_messages', 'ticket_messages_mail_id', '1000000 100000 1'),
	('ticket_attachments', 'sqlite_autoindex_ticket_attachments_1', '1000000 100000 1'),
	('ticket_attachments', 'ticket_attachments_message', '1000000 100000 2 1'),
	('ticket_tags', 'sqlite_autoindex_ticket_tags_1', '1000000 100000 2 1'),
	('ticket_tags', 'ticket_tags_tag', '1000000 100000 1000 1'),
	('canned_replies', 'sqlite_autoindex_canned_replies_1', '100 10 1'),
	('canned_replies', 'canned_replies_title', '100 10 1'),
	('canned_replies', 'canned_replies_department', '100 10 5'),
	('ticket_ratings', 'sqlite_autoindex_ticket_ratings_1', '1000000 100000 1'),
	('ticket_ratings', 'ticket_ratings_closing', '1000000 100000 2 1');
