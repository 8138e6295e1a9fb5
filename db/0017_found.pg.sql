-- 0017_found: what lists are filtered by is found by an index.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What happened to a row, whatever it is a row of; a payment by the number that
-- its provider gave it; a refused call by its payment.  No order pays for more
-- indexes than before: the first two stand in the place of others.

DROP INDEX audit_logs_noun;
CREATE INDEX audit_logs_noun ON audit_logs (tenant_id, noun_id);
DROP INDEX payments_once;
CREATE UNIQUE INDEX payments_once ON payments (tenant_id, transaction_id, method);
CREATE INDEX intake_refusals_intent
	ON intake_refusals (tenant_id, payment_intent_id);
