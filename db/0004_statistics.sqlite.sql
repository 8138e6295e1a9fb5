-- 0004_statistics: what SQLite is to believe about the tables.
-- SPDX-License-Identifier: AGPL-3.0-or-later
--
-- Without statistics its planner takes a tenant for ten rows and, to save a
-- sort, reads all of a tenant's rows in the order of their ids where it should
-- look up those of one order.  Measured statistics would be those of an empty
-- table at first, and plans would change from day to day; so these are made
-- up: a tenth of a large table belongs to one tenant, few words (states, kinds)
-- split that in ten, and whatever else an index has next selects ten rows.
-- A later step that makes an index runs the statement again.

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
					'type', 'noun', 'step', 'method')
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
