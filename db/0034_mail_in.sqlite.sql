-- 0034_mail_in: tickets by mail.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Mails to this address become tickets; '': none.  What stands behind its @ is
-- one company's, so that a mail's recipient says whose it is before anything
-- else is known.
ALTER TABLE tenants ADD COLUMN help_email TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN help_domain TEXT;
CREATE UNIQUE INDEX tenants_help_domain ON tenants (help_domain)
	WHERE help_domain IS NOT NULL;

-- Mails that came in, and what became of each.  Whoever inserts the row has the
-- mail: one that is delivered twice is one mail.  Kept for 90 days.
CREATE TABLE incoming_mails (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- its Message-ID, or a hash where it has none or another mail has it
	mail_id TEXT NOT NULL,
	-- of what it says: two mails with one Message-ID are known apart
	hash TEXT NOT NULL,
	sender TEXT NOT NULL,
	recipient TEXT NOT NULL,
	subject TEXT NOT NULL,
	bytes INTEGER NOT NULL CHECK (bytes >= 0),
	outcome TEXT NOT NULL CHECK (outcome IN ('taking', 'opened', 'replied',
		'noted', 'dropped')),
	-- why it was noted or dropped, in words; '': nothing special
	reason TEXT NOT NULL DEFAULT '',
	-- a machine wrote it: no mail goes out because of it
	is_quiet INTEGER NOT NULL DEFAULT 0 CHECK (is_quiet IN (0, 1)),
	ticket_id TEXT,
	message_id TEXT,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, message_id)
		REFERENCES ticket_messages (tenant_id, id)
) STRICT;
CREATE UNIQUE INDEX incoming_mails_mail_id ON incoming_mails (tenant_id, mail_id);
CREATE INDEX incoming_mails_created ON incoming_mails (tenant_id, created_at, id);
CREATE INDEX incoming_mails_outcome ON incoming_mails (tenant_id, outcome, id);
CREATE INDEX incoming_mails_sender
	ON incoming_mails (tenant_id, sender, created_at);
CREATE INDEX incoming_mails_ticket ON incoming_mails (tenant_id, ticket_id);
CREATE INDEX incoming_mails_message ON incoming_mails (tenant_id, message_id);

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('tenants', 'tenants_help_domain', '10 1'),
	('incoming_mails', 'sqlite_autoindex_incoming_mails_1', '1000000 100000 1'),
	('incoming_mails', 'incoming_mails_mail_id', '1000000 100000 1'),
	('incoming_mails', 'incoming_mails_created', '1000000 100000 2 1'),
	('incoming_mails', 'incoming_mails_outcome', '1000000 100000 20000 1'),
	('incoming_mails', 'incoming_mails_sender', '1000000 100000 10 2'),
	('incoming_mails', 'incoming_mails_ticket', '1000000 100000 3'),
	('incoming_mails', 'incoming_mails_message', '1000000 100000 1');
