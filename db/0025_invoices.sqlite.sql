-- 0025_invoices: invoices made by hand, credit notes, money taken by hand.
-- SPDX-License-Identifier: AGPL-3.0-or-later

ALTER TABLE invoices ADD COLUMN deleted_at INTEGER;
-- given by hand; NULL: by the tax rules
ALTER TABLE invoices ADD COLUMN tax_rate_ppm INTEGER CHECK (tax_rate_ppm BETWEEN 0 AND 1000000);
-- what its credit notes sum to, and what of amount_paid_minor they settled
ALTER TABLE invoices ADD COLUMN credited_minor INTEGER NOT NULL DEFAULT 0
	CHECK (credited_minor >= 0);
ALTER TABLE invoices ADD COLUMN offset_minor INTEGER NOT NULL DEFAULT 0
	CHECK (offset_minor >= 0);
-- As in 0002_business, with what has come since.
DROP TRIGGER invoices_immutable;
CREATE TRIGGER invoices_immutable BEFORE UPDATE ON invoices
WHEN OLD.status <> 'draft' AND (
	NEW.number IS NOT OLD.number OR NEW.customer_id <> OLD.customer_id
	OR NEW.currency <> OLD.currency OR NEW.subtotal_minor <> OLD.subtotal_minor
	OR NEW.discount_minor <> OLD.discount_minor OR NEW.tax_minor <> OLD.tax_minor
	OR NEW.total_minor <> OLD.total_minor OR NEW.issued_at IS NOT OLD.issued_at
	OR NEW.seller <> OLD.seller OR NEW.buyer <> OLD.buyer
	OR NEW.notes <> OLD.notes OR NEW.tax_rate_ppm IS NOT OLD.tax_rate_ppm
	OR NEW.deleted_at IS NOT OLD.deleted_at
	OR NEW.status = 'draft')
BEGIN SELECT RAISE(ABORT, 'invoices_immutable'); END;
ALTER TABLE invoice_items ADD COLUMN taxable INTEGER NOT NULL DEFAULT 1
	CHECK (taxable IN (0, 1));
-- What is due, the longest first.  An order's invoice is paid before anybody
-- sees it, and never here.
CREATE INDEX invoices_due ON invoices (tenant_id, due_date, id)
	WHERE status = 'open';

-- Of a payment by hand: how it came, when, and what the payer wrote.
ALTER TABLE payments ADD COLUMN means TEXT
	CHECK (means IN ('bank_transfer', 'cash', 'other'));
ALTER TABLE payments ADD COLUMN received_on TEXT;
ALTER TABLE payments ADD COLUMN reference TEXT NOT NULL DEFAULT '';

CREATE TABLE credit_notes (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	id TEXT NOT NULL,
	-- gapless, as an invoice's
	number TEXT NOT NULL,
	invoice_id TEXT NOT NULL,
	customer_id TEXT NOT NULL,
	currency TEXT NOT NULL,
	net_minor INTEGER NOT NULL CHECK (net_minor >= 0),
	tax_minor INTEGER NOT NULL CHECK (tax_minor >= 0),
	total_minor INTEGER NOT NULL CHECK (total_minor > 0),
	-- what of it lowered what was owed; the rest is the customer's credit
	offset_minor INTEGER NOT NULL CHECK (offset_minor >= 0),
	reason TEXT NOT NULL,
	-- as on the invoice, JSON
	seller TEXT NOT NULL,
	buyer TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, invoice_id) REFERENCES invoices (tenant_id, id),
	FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id),
	CHECK (total_minor = net_minor + tax_minor),
	CHECK (offset_minor <= total_minor)
) STRICT;
CREATE UNIQUE INDEX credit_notes_number ON credit_notes (tenant_id, number);
CREATE INDEX credit_notes_invoice ON credit_notes (tenant_id, invoice_id);
CREATE INDEX credit_notes_customer ON credit_notes (tenant_id, customer_id, id);
CREATE TRIGGER credit_notes_no_update BEFORE UPDATE ON credit_notes
BEGIN SELECT RAISE(ABORT, 'credit_notes_immutable'); END;
CREATE TRIGGER credit_notes_no_delete BEFORE DELETE ON credit_notes
BEGIN SELECT RAISE(ABORT, 'credit_notes_immutable'); END;

-- As in 0005_lists.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
	('invoices', 'invoices_due', '10000 1000 10 1'),
	('credit_notes', 'sqlite_autoindex_credit_notes_1', '1000000 100000 1'),
	('credit_notes', 'credit_notes_number', '1000000 100000 1'),
	('credit_notes', 'credit_notes_invoice', '1000000 100000 10'),
	('credit_notes', 'credit_notes_customer', '1000000 100000 10 10');

-- A draft that is removed is found no more (0024_search); of one that is issued
-- billing/invoice_hand.c leaves the mark: a trigger would cost each order.
CREATE TRIGGER invoices_found_changed AFTER UPDATE OF deleted_at ON invoices
	WHEN NEW.deleted_at IS NOT OLD.deleted_at
BEGIN
	INSERT INTO search_marks (tenant_id, mark, kind, row_id)
	SELECT NEW.tenant_id, printf('%020d', COALESCE(MAX(mark), 0) + 1),
		'invoices', NEW.id
	FROM search_marks WHERE tenant_id = NEW.tenant_id;
END;
