-- 0005_lists: what long lists are sorted and counted by.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- What pages sort by, and the states that their tabs count.  Not every column
-- that the API can sort by: an index costs every order that is taken in.

CREATE INDEX orders_total ON orders (tenant_id, total_minor, id);
CREATE INDEX customers_name ON customers (tenant_id, name, id);
CREATE INDEX customers_status ON customers (tenant_id, status, id);
CREATE INDEX websites_name ON websites (tenant_id, domain, id);
CREATE INDEX websites_status ON websites (tenant_id, status, id);
