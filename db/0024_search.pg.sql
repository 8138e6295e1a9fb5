-- 0024_search: the words by which rows are found.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- `mpanel work` makes an entry for each row that has none (resource/search.h),
-- so that an order does not pay for it.  Who changes what is searched, or takes
-- a row away, leaves a mark in the same transaction, by the triggers below.

CREATE TABLE search_marks (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	-- of the moment of the change, so that the oldest is first; two of one
	-- row are two marks, so that none is lost between somebody who writes
	-- and somebody who takes it away
	mark uuid NOT NULL,
	kind text NOT NULL,
	row_id uuid NOT NULL,
	PRIMARY KEY (tenant_id, mark)
);

-- `words` are folded (base/fold.h), and each begins with what its tenant and
-- kind have alone, so that no search walks through words of others.
CREATE TABLE search_entries (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	kind text NOT NULL,
	row_id uuid NOT NULL,
	words text NOT NULL,
	lexemes tsvector NOT NULL GENERATED ALWAYS AS
		(array_to_tsvector(string_to_array(words, ' '))) STORED,
	PRIMARY KEY (tenant_id, kind, row_id)
);
CREATE INDEX search_entries_words ON search_entries USING gin (lexemes);

-- How far rows of a kind have been looked at: those up to filled_id have had
-- their entries made (filled_at: its moment); rows that were committed late are
-- looked for behind it, in a walk that has come to checked_id or ended then.
CREATE TABLE search_walks (
	tenant_id uuid NOT NULL REFERENCES tenants (id),
	kind text NOT NULL,
	filled_id uuid,
	filled_at bigint,
	checked_id uuid,
	checked_at bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, kind)
);

ALTER TABLE search_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_marks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON search_marks
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());
ALTER TABLE search_walks ENABLE ROW LEVEL SECURITY;
ALTER TABLE search_walks FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON search_walks
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());
-- Not forced: see search_find().  It binds whoever is not the owner.
ALTER TABLE search_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON search_entries
	USING (tenant_id = app_tenant())
	WITH CHECK (tenant_id = app_tenant());

-- Rows of the transaction's tenant and of a kind that match a tsquery, the
-- newest first, at most so many.
--
-- Row-level security would keep the question out of the index, because @@ is
-- not known to leak nothing.  So it is the owner's, whom the policy does not
-- bind, and binds the tenant itself.  The index can't stop early: of a word
-- that many have, walking through the newest is quicker, and a look at some
-- of them tells which it is.  They may be unlike the rest: twice as many as
-- they promise are walked through, and then the index is asked after all.
CREATE FUNCTION search_find(of_kind text, question text, at_most bigint)
	RETURNS SETOF uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
	ROWS 100 AS $$
DECLARE
	looked CONSTANT bigint := 100;
	asked CONSTANT tsquery := question::tsquery;
	tenant CONSTANT uuid := app_tenant();
	newest uuid[];
	n bigint;
	rows_all double precision;
BEGIN
	newest := ARRAY(
		SELECT e.row_id FROM (
			SELECT row_id, lexemes FROM search_entries
			WHERE tenant_id = tenant AND kind = of_kind
			ORDER BY row_id DESC LIMIT looked
		) e WHERE e.lexemes @@ asked LIMIT at_most);
	n := cardinality(newest);
	IF n >= at_most THEN
		RETURN QUERY SELECT unnest(newest);
		RETURN;
	END IF;
	SELECT reltuples INTO rows_all FROM pg_class
	WHERE oid = 'search_entries'::regclass;
	IF n::double precision * n * greatest(rows_all, 1)
		> at_most::double precision * looked * looked THEN
		newest := ARRAY(
			SELECT e.row_id FROM (
				SELECT row_id, lexemes FROM search_entries
				WHERE tenant_id = tenant AND kind = of_kind
				ORDER BY row_id DESC
				LIMIT 2 * at_most * looked / n
			) e WHERE e.lexemes @@ asked LIMIT at_most);
		IF cardinality(newest) >= at_most THEN
			RETURN QUERY SELECT unnest(newest);
			RETURN;
		END IF;
	END IF;
	RETURN QUERY WITH hits AS MATERIALIZED (
		SELECT tenant_id, kind, row_id FROM search_entries
		WHERE lexemes @@ asked
	)
	SELECT h.row_id FROM hits h
	WHERE h.tenant_id = tenant AND h.kind = of_kind
	ORDER BY h.row_id DESC LIMIT at_most;
END
$$;
-- What runs as the owner looks into no temporary table of the caller's, which
-- come first unless they are named.
DO $$
BEGIN
	EXECUTE format('ALTER FUNCTION search_find(text, text, bigint) '
		'SET search_path = %I, pg_temp', current_schema());
	EXECUTE format('ALTER FUNCTION audit_forget(bigint, bigint) '
		'SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE ALL ON FUNCTION search_find(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_find(text, text, bigint) TO :app_role;

CREATE FUNCTION search_mark() RETURNS uuid LANGUAGE sql VOLATILE AS
	$$ SELECT uuid7((extract(epoch FROM clock_timestamp()) * 1000)::bigint) $$;

CREATE FUNCTION search_marked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		INSERT INTO search_marks (tenant_id, mark, kind, row_id)
		VALUES (OLD.tenant_id, search_mark(), TG_ARGV[0], OLD.id);
	ELSE
		INSERT INTO search_marks (tenant_id, mark, kind, row_id)
		VALUES (NEW.tenant_id, search_mark(), TG_ARGV[0], NEW.id);
	END IF;
	RETURN NULL;
END
$$;

-- Not for new rows, of which an order makes ten; and numbers are given in the
-- transaction that makes the row, or billing/invoice_hand.c leaves the mark.
CREATE TRIGGER customers_found_changed AFTER UPDATE OF name, company_name, email, deleted_at
	ON customers
	FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name
	OR NEW.company_name IS DISTINCT FROM OLD.company_name
	OR NEW.email IS DISTINCT FROM OLD.email
	OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at)
	EXECUTE FUNCTION search_marked('customers');
CREATE TRIGGER customers_found_gone AFTER DELETE ON customers
	FOR EACH ROW EXECUTE FUNCTION search_marked('customers');
CREATE TRIGGER orders_found_changed AFTER UPDATE OF payment_intent_id, primary_domain
	ON orders
	FOR EACH ROW WHEN (NEW.payment_intent_id IS DISTINCT FROM OLD.payment_intent_id
	OR NEW.primary_domain IS DISTINCT FROM OLD.primary_domain)
	EXECUTE FUNCTION search_marked('orders');
CREATE TRIGGER orders_found_gone AFTER DELETE ON orders
	FOR EACH ROW EXECUTE FUNCTION search_marked('orders');
CREATE TRIGGER invoices_found_gone AFTER DELETE ON invoices
	FOR EACH ROW EXECUTE FUNCTION search_marked('invoices');
CREATE TRIGGER payments_found_changed AFTER UPDATE OF transaction_id ON payments
	FOR EACH ROW WHEN (NEW.transaction_id IS DISTINCT FROM OLD.transaction_id)
	EXECUTE FUNCTION search_marked('payments');
CREATE TRIGGER payments_found_gone AFTER DELETE ON payments
	FOR EACH ROW EXECUTE FUNCTION search_marked('payments');
CREATE TRIGGER subscriptions_found_changed AFTER UPDATE OF domain ON subscriptions
	FOR EACH ROW WHEN (NEW.domain IS DISTINCT FROM OLD.domain)
	EXECUTE FUNCTION search_marked('subscriptions');
CREATE TRIGGER subscriptions_found_gone AFTER DELETE ON subscriptions
	FOR EACH ROW EXECUTE FUNCTION search_marked('subscriptions');
CREATE TRIGGER websites_found_changed AFTER UPDATE OF domain ON websites
	FOR EACH ROW WHEN (NEW.domain IS DISTINCT FROM OLD.domain)
	EXECUTE FUNCTION search_marked('websites');
CREATE TRIGGER websites_found_gone AFTER DELETE ON websites
	FOR EACH ROW EXECUTE FUNCTION search_marked('websites');
CREATE TRIGGER domains_found_changed AFTER UPDATE OF name, deleted_at ON domains
	FOR EACH ROW WHEN (NEW.name IS DISTINCT FROM OLD.name
	OR NEW.deleted_at IS DISTINCT FROM OLD.deleted_at)
	EXECUTE FUNCTION search_marked('domains');
CREATE TRIGGER domains_found_gone AFTER DELETE ON domains
	FOR EACH ROW EXECUTE FUNCTION search_marked('domains');

GRANT SELECT, INSERT, UPDATE, DELETE ON search_marks, search_entries, search_walks
	TO :app_role;
