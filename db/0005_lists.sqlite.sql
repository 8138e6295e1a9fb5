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

-- As in 0004_statistics, with these indexes; and a server has many sites.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat)
SELECT
	tbl,
	idx,
	many || ' ' || group_concat(rows_each, ' ')
FROM (
	SELECT
		t.name AS tbl,
		i.name AS idx,
		t.many,
		CASE
			WHEN i."unique" AND NOT i.partial AND c.seqno = (
				SELECT MAX(seqno)
				FROM pragma_index_info(i.name)
			) THEN 1
			WHEN EXISTS (
				SELECT 1
				FROM pragma_index_info(i.name) b
				WHERE b.seqno <= c.seqno
				AND b.name NOT IN ('tenant_id', 'status', 'kind',
					'type', 'noun', 'step', 'method',
					'server_id')
			) THEN 10
			WHEN c.seqno = 0 AND c.name = 'tenant_id'
				THEN t.many / 10
			ELSE t.many / 100
		END AS rows_each
	FROM (
		SELECT
			name,
			CASE
				WHEN name IN ('tenants', 'tenant_hosts', 'users',
					'roles', 'api_tokens', 'products',
					'product_prices', 'servers',
					'tax_rules', 'ledger_accounts',
					'counters') THEN 100
				ELSE 1000000
			END AS many
		FROM sqlite_schema
		WHERE type = 'table'
	) t
	JOIN pragma_index_list(t.name) i
	JOIN pragma_index_info(i.name) c
	ORDER BY t.name, i.name, c.seqno
)
GROUP BY tbl, idx;
