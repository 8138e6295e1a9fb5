-- 0024_search: the words by which rows are found.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- `mpanel work` makes an entry for each row that has none (resource/search.h),
-- so that an order does not pay for it.  Who changes what is searched, or takes
-- a row away, leaves a mark in the same transaction, by the triggers below.

CREATE TABLE search_marks (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	-- a rising number of twenty digits; two of one row are two marks, so
	-- that none is lost between who writes and who takes it away
	mark TEXT NOT NULL,
	kind TEXT NOT NULL,
	row_id TEXT NOT NULL,
	PRIMARY KEY (tenant_id, mark)
) STRICT, WITHOUT ROWID;

-- `words` are folded (base/fold.h), and each begins with what its tenant and
-- kind have alone, so that no search walks through words of others.
CREATE TABLE search_entries (
	entry INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	kind TEXT NOT NULL,
	row_id TEXT NOT NULL,
	words TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX search_entries_row ON search_entries (tenant_id, kind, row_id);

-- How far rows of a kind have been looked at: those up to filled_id have had
-- their entries made (filled_at: its moment); rows that were committed late are
-- looked for behind it, in a walk that has come to checked_id or ended then.
CREATE TABLE search_walks (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	kind TEXT NOT NULL,
	filled_id TEXT,
	filled_at INTEGER,
	checked_id TEXT,
	checked_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, kind)
) STRICT, WITHOUT ROWID;

-- Written by resource/search_entry.c: no trigger may write to a virtual table
-- in a schema that is not trusted.  An entry's number is never used again, so
-- that a word which has lost its entry leads nowhere.
--
-- Beginnings of up to ten letters are looked up like whole words, newest first:
-- behind the five that all words of a tenant's kind begin with.
CREATE VIRTUAL TABLE search_words USING fts5 (
	words, content = 'search_entries', content_rowid = 'entry',
	tokenize = 'ascii', detail = none, columnsize = 0,
	prefix = '6 7 8 9 10 11 12 13 14 15'
);
-- Two pieces of a size are joined already (resource/search.h), not only four.
INSERT INTO search_words (search_words, rank) VALUES ('usermerge', 2);

-- Not for new rows, of which an order makes ten; and numbers are given in the
-- transaction that makes the row, or billing/invoice_hand.c leaves the mark.
CREATE TRIGGER customers_found_changed AFTER UPDATE OF name, company_name, email, deleted_at
	ON customers
	WHEN NEW.name IS NOT OLD.name
	OR NEW.company_name IS NOT OLD.company_name
	OR NEW.email IS NOT OLD.email
	OR NEW.deleted_at IS NOT OLD.deleted_at
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'customers', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER customers_found_gone AFTER DELETE ON customers
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'customers', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER orders_found_changed AFTER UPDATE OF payment_intent_id, primary_domain
	ON orders
	WHEN NEW.payment_intent_id IS NOT OLD.payment_intent_id
	OR NEW.primary_domain IS NOT OLD.primary_domain
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'orders', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER orders_found_gone AFTER DELETE ON orders
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'orders', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER invoices_found_gone AFTER DELETE ON invoices
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'invoices', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER payments_found_changed AFTER UPDATE OF transaction_id ON payments
	WHEN NEW.transaction_id IS NOT OLD.transaction_id
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'payments', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER payments_found_gone AFTER DELETE ON payments
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'payments', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER subscriptions_found_changed AFTER UPDATE OF domain ON subscriptions
	WHEN NEW.domain IS NOT OLD.domain
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'subscriptions', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER subscriptions_found_gone AFTER DELETE ON subscriptions
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'subscriptions', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER websites_found_changed AFTER UPDATE OF domain ON websites
	WHEN NEW.domain IS NOT OLD.domain
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'websites', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER websites_found_gone AFTER DELETE ON websites
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'websites', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;
CREATE TRIGGER domains_found_changed AFTER UPDATE OF name, deleted_at ON domains
	WHEN NEW.name IS NOT OLD.name OR NEW.deleted_at IS NOT OLD.deleted_at
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'domains', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
CREATE TRIGGER domains_found_gone AFTER DELETE ON domains
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT OLD.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'domains', OLD.id
	FROM search_marks WHERE tenant_id = OLD.tenant_id;
END;

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('search_marks', 'search_marks', '1000000 100000 1'),
	('search_entries', 'search_entries_row', '1000000 100000 10000 1'),
	('search_walks', 'search_walks', '1000000 10 1');
