-- 0008_audit_chain: the audit log is a chain.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- `mpanel work` seals each row of audit_logs by a keyed hash over the row and
-- the seal before it (app/identity/audit_chain.h).  What is older than the
-- tenant keeps is removed from the beginning of the chain, together with a
-- checkpoint that is sealed as well: that is the only way out of the log.

-- No reference to audit_logs: a seal is the witness of a row and must outlive
-- one that somebody takes out.
CREATE TABLE audit_seals (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	seq INTEGER NOT NULL CHECK (seq > 0),
	audit_id TEXT NOT NULL,
	-- hash of the seal before this one
	prev TEXT NOT NULL,
	hash TEXT NOT NULL,
	key_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, seq)
) STRICT;
CREATE UNIQUE INDEX audit_seals_row ON audit_seals (tenant_id, audit_id);

-- Seals from_seq to to_seq and their rows were removed; last_hash is what the
-- next seal goes on from.
CREATE TABLE audit_checkpoints (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	to_seq INTEGER NOT NULL,
	from_seq INTEGER NOT NULL CHECK (from_seq > 0 AND from_seq <= to_seq),
	last_hash TEXT NOT NULL,
	hash TEXT NOT NULL,
	key_id TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, to_seq)
) STRICT;

-- What the last check of a tenant's chain found.
CREATE TABLE audit_checks (
	tenant_id TEXT NOT NULL PRIMARY KEY REFERENCES tenants (id),
	checked_at INTEGER NOT NULL,
	rows_checked INTEGER NOT NULL,
	last_seq INTEGER NOT NULL,
	findings INTEGER NOT NULL,
	-- the first one, in words
	finding TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL
) STRICT;

-- 90 days are kept in any case.
DROP TRIGGER audit_logs_no_delete;
CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
WHEN NOT EXISTS (
	SELECT 1
	FROM audit_seals s
	JOIN audit_checkpoints c ON c.tenant_id = s.tenant_id
		AND s.seq BETWEEN c.from_seq AND c.to_seq
	WHERE s.tenant_id = OLD.tenant_id AND s.audit_id = OLD.id
	AND OLD.created_at <= c.created_at - 90 * 86400
)
BEGIN SELECT RAISE(ABORT, 'audit_logs_append_only'); END;

CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
BEGIN SELECT RAISE(ABORT, 'audit_seals_append_only'); END;
CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
WHEN NOT EXISTS (
	SELECT 1
	FROM audit_checkpoints c
	WHERE c.tenant_id = OLD.tenant_id
	AND OLD.seq BETWEEN c.from_seq AND c.to_seq
) OR EXISTS (
	SELECT 1
	FROM audit_logs a
	WHERE a.tenant_id = OLD.tenant_id AND a.id = OLD.audit_id
)
BEGIN SELECT RAISE(ABORT, 'audit_seals_append_only'); END;

CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints_append_only'); END;
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints_append_only'); END;

-- As in 0004_statistics.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('audit_seals', 'sqlite_autoindex_audit_seals_1', '1000000 100000 1'),
	('audit_seals', 'audit_seals_row', '1000000 100000 1'),
	('audit_checkpoints', 'sqlite_autoindex_audit_checkpoints_1', '1000 10 1'),
	('audit_checks', 'sqlite_autoindex_audit_checks_1', '100 1');
