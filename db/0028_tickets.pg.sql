-- 0028_tickets: the help desk: what customers ask, and what staff answer.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Whom a question is for.  A company without departments has tickets, too.
CREATE TABLE departments (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	name text NOT NULL,
	-- before the @ of the address whose mails open its tickets, in lower
	-- case; NULL: none
	local_part text,
	-- the least is the first that is offered
	position bigint NOT NULL DEFAULT 0,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX departments_name ON departments (tenant_id, name)
	WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX departments_local_part ON departments (tenant_id, local_part)
	WHERE deleted_at IS NULL;

CREATE TABLE tickets (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	number text NOT NULL,
	-- NULL: a stranger, who wrote by mail
	customer_id uuid,
	-- who asks: a person of ours if there is one, and where answers go by mail
	contact_id uuid,
	contact_name text NOT NULL DEFAULT '',
	contact_email text NOT NULL DEFAULT '',
	-- staff who opened it on somebody's behalf; NULL: who asks
	opened_by uuid,
	subject text NOT NULL,
	department_id uuid,
	priority text NOT NULL DEFAULT 'normal'
		CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
	-- open: it waits for staff; waiting: for who asked
	status text NOT NULL DEFAULT 'open'
		CHECK (status IN ('open', 'waiting', 'closed')),
	subscription_id uuid,
	assignee_id uuid,
	-- the part of the address by which answers come back; who does not have
	-- a mail of ours can't guess it
	mail_key text NOT NULL,
	-- clocks: by when, and since when and for how long they have stood still
	first_response_due bigint,
	resolution_due bigint,
	paused_at bigint,
	paused_s bigint NOT NULL DEFAULT 0 CHECK (paused_s >= 0),
	escalated_at bigint,
	-- of the first answer of staff
	first_response_at bigint,
	-- of messages, without notes
	last_message_at bigint NOT NULL,
	last_customer_at bigint,
	last_staff_at bigint,
	closed_at bigint,
	-- how often it was closed; the question whether all is well is asked
	-- once each time
	closings bigint NOT NULL DEFAULT 0 CHECK (closings >= 0),
	-- its messages are there now
	merged_into uuid,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
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
);
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
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	author text NOT NULL CHECK (author IN ('customer', 'staff', 'system')),
	-- NULL: a stranger, or a program
	user_id uuid,
	author_name text NOT NULL DEFAULT '',
	-- of a mail: whom it was from
	author_email text NOT NULL DEFAULT '',
	text text NOT NULL,
	-- of a mail: what it repeats of earlier ones, folded away
	quoted text NOT NULL DEFAULT '',
	-- internal: customers never see it
	is_note bigint NOT NULL DEFAULT 0 CHECK (is_note IN (0, 1)),
	via text NOT NULL CHECK (via IN ('web', 'mail', 'api')),
	-- the mail's own Message-ID: one that comes twice is one message
	mail_id text,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
	CHECK (is_note = 0 OR author <> 'customer')
);
CREATE INDEX ticket_messages_ticket ON ticket_messages (tenant_id, ticket_id, id);
CREATE INDEX ticket_messages_user ON ticket_messages (tenant_id, user_id);
CREATE UNIQUE INDEX ticket_messages_mail_id ON ticket_messages (tenant_id, mail_id);

-- The bytes are files of the state directory (support/ticket_file.h), named by
-- hash and id.
CREATE TABLE ticket_attachments (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	message_id uuid NOT NULL,
	-- as it is offered for download, without a path
	name text NOT NULL,
	-- one of our list, or application/octet-stream
	type text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes >= 0),
	-- BLAKE2b-256 of the bytes, hexadecimal
	hash text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, message_id) REFERENCES ticket_messages (tenant_id, id)
);
CREATE INDEX ticket_attachments_message
	ON ticket_attachments (tenant_id, message_id, id);

-- Words of staff, in lower case.
CREATE TABLE ticket_tags (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	ticket_id uuid NOT NULL,
	tag text NOT NULL,
	created_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, ticket_id, tag),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id)
);
CREATE INDEX ticket_tags_tag ON ticket_tags (tenant_id, tag, ticket_id);

-- Answers that staff give again and again; fields in them are filled in.
CREATE TABLE canned_replies (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	title text NOT NULL,
	text text NOT NULL,
	-- NULL: of all departments
	department_id uuid,
	version bigint NOT NULL DEFAULT 1,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	deleted_at bigint,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, department_id) REFERENCES departments (tenant_id, id)
);
CREATE UNIQUE INDEX canned_replies_title ON canned_replies (tenant_id, title)
	WHERE deleted_at IS NULL;
CREATE INDEX canned_replies_department
	ON canned_replies (tenant_id, department_id);

-- What who asked says of the answer, once for each closing.
CREATE TABLE ticket_ratings (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	-- tickets.closings as it was then
	closing bigint NOT NULL CHECK (closing >= 1),
	rating bigint NOT NULL CHECK (rating BETWEEN 1 AND 5),
	words text NOT NULL DEFAULT '',
	-- NULL: a stranger, by the link of a mail
	user_id uuid,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE UNIQUE INDEX ticket_ratings_closing
	ON ticket_ratings (tenant_id, ticket_id, closing);

-- As in 0024_search.
CREATE TRIGGER tickets_found_changed AFTER UPDATE OF subject, contact_name, contact_email
	ON tickets
	FOR EACH ROW WHEN (NEW.subject IS DISTINCT FROM OLD.subject
	OR NEW.contact_name IS DISTINCT FROM OLD.contact_name
	OR NEW.contact_email IS DISTINCT FROM OLD.contact_email)
	EXECUTE FUNCTION search_marked('tickets');
CREATE TRIGGER tickets_found_gone AFTER DELETE ON tickets
	FOR EACH ROW EXECUTE FUNCTION search_marked('tickets');

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['departments', 'tickets', 'ticket_messages',
		'ticket_attachments', 'ticket_tags', 'canned_replies',
		'ticket_ratings'] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON departments, tickets, ticket_messages,
	ticket_attachments, canned_replies, ticket_ratings TO :app_role;
GRANT SELECT, INSERT, DELETE ON ticket_tags TO :app_role;
