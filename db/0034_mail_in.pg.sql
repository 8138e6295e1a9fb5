-- 0034_mail_in: tickets by mail.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- Mails to this address become tickets; '': none.  What stands behind its @ is
-- one company's, so that a mail's recipient says whose it is before anything
-- else is known.
ALTER TABLE tenants ADD COLUMN help_email text NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN help_domain text;
CREATE UNIQUE INDEX tenants_help_domain ON tenants (help_domain)
	WHERE help_domain IS NOT NULL;

-- Mails that came in, and what became of each.  Whoever inserts the row has the
-- mail: one that is delivered twice is one mail.  Kept for 90 days.
CREATE TABLE incoming_mails (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	id uuid NOT NULL,
	-- its Message-ID, or a hash where it has none or another mail has it
	mail_id text NOT NULL,
	-- of what it says: two mails with one Message-ID are known apart
	hash text NOT NULL,
	sender text NOT NULL,
	recipient text NOT NULL,
	subject text NOT NULL,
	bytes bigint NOT NULL CHECK (bytes >= 0),
	outcome text NOT NULL CHECK (outcome IN ('taking', 'opened', 'replied',
		'noted', 'dropped')),
	-- why it was noted or dropped, in words; '': nothing special
	reason text NOT NULL DEFAULT '',
	-- a machine wrote it: no mail goes out because of it
	is_quiet bigint NOT NULL DEFAULT 0 CHECK (is_quiet IN (0, 1)),
	ticket_id uuid,
	message_id uuid,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, ticket_id) REFERENCES tickets (tenant_id, id),
	FOREIGN KEY (tenant_id, message_id)
		REFERENCES ticket_messages (tenant_id, id)
);
CREATE UNIQUE INDEX incoming_mails_mail_id ON incoming_mails (tenant_id, mail_id);
CREATE INDEX incoming_mails_created ON incoming_mails (tenant_id, created_at, id);
CREATE INDEX incoming_mails_outcome ON incoming_mails (tenant_id, outcome, id);
CREATE INDEX incoming_mails_sender
	ON incoming_mails (tenant_id, sender, created_at);
CREATE INDEX incoming_mails_ticket ON incoming_mails (tenant_id, ticket_id);
CREATE INDEX incoming_mails_message ON incoming_mails (tenant_id, message_id);

ALTER TABLE incoming_mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE incoming_mails FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON incoming_mails
	USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());

GRANT SELECT, INSERT, UPDATE, DELETE ON incoming_mails TO :app_role;
