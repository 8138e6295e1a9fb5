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
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	seq bigint NOT NULL CHECK (seq > 0),
	audit_id uuid NOT NULL,
	-- hash of the seal before this one
	prev text NOT NULL,
	hash text NOT NULL,
	key_id text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, seq)
);
CREATE UNIQUE INDEX audit_seals_row ON audit_seals (tenant_id, audit_id);

-- Seals from_seq to to_seq and their rows were removed; last_hash is what the
-- next seal goes on from.
CREATE TABLE audit_checkpoints (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	to_seq bigint NOT NULL,
	from_seq bigint NOT NULL CHECK (from_seq > 0 AND from_seq <= to_seq),
	last_hash text NOT NULL,
	hash text NOT NULL,
	key_id text NOT NULL,
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL,
	PRIMARY KEY (tenant_id, to_seq)
);

-- What the last check of a tenant's chain found.
CREATE TABLE audit_checks (
	tenant_id uuid NOT NULL PRIMARY KEY REFERENCES tenants (id),
	checked_at bigint NOT NULL,
	rows_checked bigint NOT NULL,
	last_seq bigint NOT NULL,
	findings bigint NOT NULL,
	-- the first one, in words
	finding text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	updated_at bigint NOT NULL
);

-- 90 days are kept in any case.
CREATE FUNCTION audit_logs_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM audit_seals s
		JOIN audit_checkpoints c ON c.tenant_id = s.tenant_id
			AND s.seq BETWEEN c.from_seq AND c.to_seq
		WHERE s.tenant_id = OLD.tenant_id AND s.audit_id = OLD.id
		AND OLD.created_at <= c.created_at - 90 * 86400
	) THEN
		RAISE EXCEPTION 'audit_logs_append_only';
	END IF;
	RETURN OLD;
END
$$;
DROP TRIGGER audit_logs_no_delete ON audit_logs;
CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
	FOR EACH ROW EXECUTE FUNCTION audit_logs_delete();

CREATE FUNCTION audit_seals_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (
		SELECT FROM audit_checkpoints c
		WHERE c.tenant_id = OLD.tenant_id
		AND OLD.seq BETWEEN c.from_seq AND c.to_seq
	) OR EXISTS (
		SELECT FROM audit_logs a
		WHERE a.tenant_id = OLD.tenant_id AND a.id = OLD.audit_id
	) THEN
		RAISE EXCEPTION 'audit_seals_append_only';
	END IF;
	RETURN OLD;
END
$$;
CREATE TRIGGER audit_seals_no_update BEFORE UPDATE ON audit_seals
	FOR EACH ROW EXECUTE FUNCTION refuse('audit_seals_append_only');
CREATE TRIGGER audit_seals_no_delete BEFORE DELETE ON audit_seals
	FOR EACH ROW EXECUTE FUNCTION audit_seals_delete();

CREATE TRIGGER audit_checkpoints_no_update BEFORE UPDATE ON audit_checkpoints
	FOR EACH ROW EXECUTE FUNCTION refuse('audit_checkpoints_append_only');
CREATE TRIGGER audit_checkpoints_no_delete BEFORE DELETE ON audit_checkpoints
	FOR EACH ROW EXECUTE FUNCTION refuse('audit_checkpoints_append_only');

DO $$
DECLARE t text;
BEGIN
	FOREACH t IN ARRAY ARRAY[
		'audit_seals',
		'audit_checkpoints',
		'audit_checks'
	] LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY tenant ON %I '
			'USING (tenant_id = app_tenant()) '
			'WITH CHECK (tenant_id = app_tenant())', t);
	END LOOP;
END
$$;

-- Remove what a checkpoint covers.  The application may not delete audit rows;
-- this does it as their owner, whom row-level security (forced) keeps to the
-- transaction's tenant and the triggers above to what is covered.
CREATE FUNCTION audit_forget(first bigint, last bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE n bigint;
BEGIN
	DELETE FROM audit_logs WHERE tenant_id = app_tenant()
	AND id IN (
		SELECT audit_id FROM audit_seals
		WHERE tenant_id = app_tenant() AND seq BETWEEN first AND last
	);
	GET DIAGNOSTICS n = ROW_COUNT;
	DELETE FROM audit_seals
	WHERE tenant_id = app_tenant() AND seq BETWEEN first AND last;
	RETURN n;
END
$$;
REVOKE ALL ON FUNCTION audit_forget(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_forget(bigint, bigint) TO :app_role;

GRANT SELECT, INSERT ON audit_seals, audit_checkpoints TO :app_role;
GRANT SELECT, INSERT, UPDATE ON audit_checks TO :app_role;
