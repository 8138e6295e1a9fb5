-- 0036_desk: clocks of tickets.
-- SPDX-License-Identifier: AGPL-3.0-or-later

-- When the next clock of an open ticket is over: its first answer's or its
-- solution's, whichever comes first.
ALTER TABLE tickets ADD COLUMN next_due INTEGER;
-- What will be late, and what is: staff have been told.
CREATE INDEX tickets_due ON tickets (tenant_id, next_due, id)
	WHERE next_due IS NOT NULL AND escalated_at IS NULL;
CREATE INDEX tickets_late ON tickets (tenant_id, last_message_at, id)
	WHERE escalated_at IS NOT NULL;
-- How satisfied people were of late.
CREATE INDEX ticket_ratings_created ON ticket_ratings (tenant_id, created_at);

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('tickets', 'tickets_due', '10000 1000 2 1'),
	('tickets', 'tickets_late', '100 10 2 1'),
	('ticket_ratings', 'ticket_ratings_created', '1000000 100000 2');
