/* ddl.c - the two texts of db/ describe one schema.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Each engine's catalogue is written as lines ("column users.email text not
 * null"), sorted and compared.  Then faults are planted, to prove that the
 * comparison sees them.
 */
#include "config.h"

#include "base/arena.h"
#include "store/store.h"
#include "tap.h"
#include "testdb.h"

#define LINES_MAX 4000

struct lines {
	struct arena *arena;
	const char *line[LINES_MAX];
	int n;
};

static const char *const kinds[] = {
    "table ", "column ", "primary ", "unique ", "index ", "foreign "};

/* clang-format off */
/* Full text is each engine's own: FTS5's tables over numbered entries here, a
 * column and its index there. */
#define LITE_OURS \
	"m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' " \
	"AND m.name NOT LIKE 'search\\_words%' AND m.name <> 'search_entries' "
#define LITE_TABLES \
	"FROM sqlite_master AS m WHERE " LITE_OURS
#define LITE_FROM(more) \
	"FROM sqlite_master AS m, " more \
	"WHERE " LITE_OURS

#define LITE_INDEX_COLUMNS \
	"'(' || (SELECT group_concat(c) FROM (" \
	"  SELECT coalesce(name, '<expr>') || CASE \"desc\" WHEN 1 THEN ' desc' " \
	"    ELSE '' END AS c " \
	"  FROM pragma_index_xinfo(l.name) WHERE key = 1 ORDER BY seqno)) || ')'"

static const char lite_sql[] =
	"SELECT 'table ' || m.name " LITE_TABLES
	" UNION ALL "
	"SELECT 'column ' || m.name || '.' || c.name || "
	"  CASE c.type WHEN 'TEXT' THEN ' text' WHEN 'INTEGER' THEN ' int' "
	"  WHEN 'BLOB' THEN ' blob' ELSE ' ' || c.type END || "
	"  CASE c.\"notnull\" WHEN 1 THEN ' not null' ELSE '' END || "
	"  coalesce(' default ' || c.dflt_value, '') "
	LITE_FROM("pragma_table_info(m.name) AS c ")
	" UNION ALL "
	"SELECT 'primary ' || m.name || ' (' || (SELECT group_concat(name) "
	"  FROM (SELECT name FROM pragma_table_info(m.name) "
	"  WHERE pk > 0 ORDER BY pk)) || ')' " LITE_TABLES
	" UNION ALL "
	"SELECT 'unique ' || m.name || ' ' || " LITE_INDEX_COLUMNS
	LITE_FROM("pragma_index_list(m.name) AS l ") "AND l.origin = 'u'"
	" UNION ALL "
	"SELECT 'index ' || l.name || ' ' || m.name || ' ' || "
	LITE_INDEX_COLUMNS " || "
	"  CASE l.\"unique\" WHEN 1 THEN ' unique' ELSE '' END || "
	"  CASE l.partial WHEN 1 THEN ' partial' ELSE '' END "
	LITE_FROM("pragma_index_list(m.name) AS l ") "AND l.origin = 'c'"
	" UNION ALL "
	"SELECT 'foreign ' || name || ' (' || group_concat(a) || ') ' || target || "
	"  ' (' || group_concat(b) || ') ' || on_delete FROM ("
	"  SELECT m.name AS name, f.id AS id, f.\"table\" AS target, "
	"  f.\"from\" AS a, f.\"to\" AS b, f.on_delete AS on_delete "
	LITE_FROM("pragma_foreign_key_list(m.name) AS f ")
	"  ORDER BY m.name, f.id, f.seq) "
	"GROUP BY name, id";

#define PG_OURS \
	"c.relnamespace = 'public'::regnamespace " \
	"AND c.relkind IN ('r', 'p') AND c.relname <> 'search_entries' "
#define PG_TABLES \
	"FROM pg_class c WHERE " PG_OURS
#define PG_FROM(more) \
	"FROM pg_class c " more \
	"WHERE " PG_OURS
#define PG_COLUMNS(table, keys) \
	"'(' || (SELECT string_agg(a.attname, ',' ORDER BY k.n) " \
	"  FROM unnest(" keys ") WITH ORDINALITY AS k (num, n) " \
	"  JOIN pg_attribute a ON a.attrelid = " table \
	"  AND a.attnum = k.num) || ')'"
#define PG_INDEX_COLUMNS \
	"'(' || (SELECT string_agg(coalesce(a.attname, '<expr>') || " \
	"  CASE x.indoption[k.n - 1] & 1 WHEN 1 THEN ' desc' ELSE '' END, ',' " \
	"  ORDER BY k.n) " \
	"  FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS k (num, n) " \
	"  LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid " \
	"  AND a.attnum = k.num AND k.num > 0) || ')'"

static const char pg_sql[] =
	"SELECT 'table ' || c.relname " PG_TABLES
	" UNION ALL "
	"SELECT 'column ' || c.relname || '.' || a.attname || "
	"  CASE WHEN a.atttypid IN ('uuid'::regtype, 'text'::regtype, "
	"    'date'::regtype) THEN ' text' "
	"  WHEN a.atttypid IN ('bigint'::regtype, 'integer'::regtype, "
	"    'smallint'::regtype) THEN ' int' "
	"  WHEN a.atttypid = 'bytea'::regtype THEN ' blob' "
	"  ELSE ' ' || format_type(a.atttypid, a.atttypmod) END || "
	"  CASE WHEN a.attnotnull THEN ' not null' ELSE '' END || "
	"  coalesce(' default ' || regexp_replace(pg_get_expr(d.adbin, "
	"    d.adrelid), '::[a-z ]+', '', 'g'), '') "
	PG_FROM("JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 "
		"AND NOT a.attisdropped AND a.attgenerated = '' "
		"LEFT JOIN pg_attrdef d "
		"ON d.adrelid = c.oid AND d.adnum = a.attnum ")
	" UNION ALL "
	"SELECT 'primary ' || c.relname || ' ' || " PG_COLUMNS("c.oid", "o.conkey")
	PG_FROM("JOIN pg_constraint o ON o.conrelid = c.oid ")
	"AND o.contype = 'p'"
	" UNION ALL "
	"SELECT 'unique ' || c.relname || ' ' || " PG_COLUMNS("c.oid", "o.conkey")
	PG_FROM("JOIN pg_constraint o ON o.conrelid = c.oid ")
	"AND o.contype = 'u'"
	" UNION ALL "
	"SELECT 'index ' || i.relname || ' ' || c.relname || ' ' || "
	PG_INDEX_COLUMNS " || "
	"  CASE WHEN x.indisunique THEN ' unique' ELSE '' END || "
	"  CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END "
	PG_FROM("JOIN pg_index x ON x.indrelid = c.oid "
		"JOIN pg_class i ON i.oid = x.indexrelid ")
	"AND NOT EXISTS (SELECT FROM pg_constraint o "
	"  WHERE o.conindid = i.oid AND o.contype IN ('p', 'u'))"
	" UNION ALL "
	"SELECT 'foreign ' || c.relname || ' ' || " PG_COLUMNS("c.oid", "o.conkey")
	" || ' ' || t.relname || ' ' || " PG_COLUMNS("t.oid", "o.confkey") " || "
	"  CASE o.confdeltype WHEN 'a' THEN ' NO ACTION' WHEN 'c' THEN ' CASCADE' "
	"  WHEN 'n' THEN ' SET NULL' WHEN 'r' THEN ' RESTRICT' "
	"  ELSE ' SET DEFAULT' END "
	PG_FROM("JOIN pg_constraint o ON o.conrelid = c.oid "
		"JOIN pg_class t ON t.oid = o.confrelid ")
	"AND o.contype = 'f'";
/* clang-format on */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
describe(struct testdb *t, struct lines *l)
{
	struct rows r;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, NULL);
	l->n = 0;
	if (db_query_(&tx, &r, t->engine == DB_SQLITE ? lite_sql : pg_sql, NULL,
		0) != OK)
		bail("the catalogue");
	while (rows_next(&r) && l->n < LINES_MAX)
		l->line[l->n++] = arena_strdup(
		    l->arena, row_is_null(&r, 0) ? "NULL" : row_text(&r, 0));
	if (rows_done(&r) != OK || l->n == LINES_MAX)
		bail("the catalogue's lines");
	tx_rollback(&tx);
	qsort(l->line, (size_t)l->n, sizeof(l->line[0]), by_text);
}

static bool
is_of(const char *line, const char *kind)
{
	return strncmp(line, kind, strlen(kind)) == 0;
}

static int
count_of(const struct lines *l, const char *kind)
{
	int n = 0;

	for (int i = 0; i < l->n; i++)
		n += is_of(l->line[i], kind);
	return n;
}

static void
say(bool aloud, const char *engine, const char *line)
{
	if (aloud)
		note("%s only: %s", engine, line);
}

/* How many lines of a kind ("": any) only one side has. */
static int
differences(const struct lines *lite, const struct lines *pg, const char *kind,
    bool aloud)
{
	int i = 0, j = 0, n = 0;

	while (i < lite->n || j < pg->n) {
		const char *a = i < lite->n ? lite->line[i] : NULL;
		const char *b = j < pg->n ? pg->line[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a, b);
		const char *only = order < 0 ? a : b;

		i += order <= 0;
		j += order >= 0;
		if (order == 0 || !is_of(only, kind))
			continue;
		say(aloud, order < 0 ? "sqlite" : "postgres", only);
		n++;
	}
	return n;
}

static const char *const faults[] = {
    "CREATE TABLE extra (n bigint)",
    "ALTER TABLE users ADD COLUMN extra text",
    "ALTER TABLE users ALTER COLUMN email DROP NOT NULL",
    "ALTER TABLE users ALTER COLUMN status SET DEFAULT 'disabled'",
    "ALTER TABLE users ALTER COLUMN epoch TYPE text",
    "ALTER TABLE tenants DROP CONSTRAINT tenants_slug_key",
    "DROP INDEX users_email",
    "CREATE INDEX users_extra ON users (tenant_id, extra)",
    "ALTER TABLE sessions DROP CONSTRAINT sessions_tenant_id_user_id_fkey",
    "ALTER TABLE counters DROP CONSTRAINT counters_pkey",
};

static void
test_faults(struct testdb *t, const struct lines *lite, struct lines *pg)
{
	struct db *owner = testdb_open(t->owner_url);
	int before = differences(lite, pg, "", false);

	for (size_t i = 0; i < N_ELEMS(faults); i++) {
		int after;

		if (db_script(owner, faults[i]) != OK)
			bail("%s", faults[i]);
		describe(t, pg);
		after = differences(lite, pg, "", false);
		ok(after > before, "planted fault %zu is seen", i);
		before = after;
	}
	db_close(&owner);
}

static struct lines lite, pg;

static void
test_strict(struct testdb *t)
{
	is_int(
	    testdb_int(t, "SELECT count(*) FROM pragma_table_list AS l "
			  "WHERE l.schema = 'main' AND l.type = 'table' "
			  "AND l.strict = 0 AND l.name NOT LIKE 'sqlite\\_%'"),
	    0, "every table of SQLite is STRICT");
}

/* What SQLite would do for a statement, in one line. */
static const char *
plan_of(struct tx *tx, const char *sql)
{
	struct rows r;
	enum err e = db_query(tx, &r, sql);
	const char *plan = "";

	while (e == OK && rows_next(&r))
		plan = arena_printf(tx->arena, "%s%s\n", plan, row_text(&r, 3));
	return rows_done(&r) == OK ? plan : "failed";
}

static void
test_statistics(struct testdb *t)
{
	static const struct {
		const char *sql, *index;
	} plans[] = {
	    {"SELECT id FROM subscriptions WHERE tenant_id = 'a' "
	     "AND order_id = 'b' ORDER BY id",
		"subscriptions_order"},
	    {"SELECT id FROM provisioning_tasks WHERE tenant_id = 'a' "
	     "AND order_id = 'b' ORDER BY id",
		"provisioning_tasks_order"},
	    {"SELECT code FROM order_problems WHERE tenant_id = 'a' "
	     "AND order_id = 'b' AND resolved_at IS NULL ORDER BY id",
		"order_problems_order"},
	    {"SELECT action FROM audit_logs WHERE tenant_id = 'a' "
	     "AND noun = 'b' AND noun_id = 'c' ORDER BY id DESC LIMIT 50",
		"audit_logs_noun"},
	    {"SELECT 1 FROM audit_logs WHERE tenant_id = 'a' "
	     "AND action = 'website.remove' AND created_at > 5 "
	     "AND (actor_id = 'b' OR actor_id IN (SELECT id "
	     "FROM api_tokens WHERE tenant_id = 'a' AND user_id = 'b')) "
	     "LIMIT 5",
		"audit_logs_removals"},
	    {"SELECT id FROM orders WHERE tenant_id = 'a' "
	     "ORDER BY id DESC LIMIT 51",
		"sqlite_autoindex_orders_1"},
	};
	struct tx tx;
	int64_t n = -1;

	testdb_begin(t, &tx, TX_READ, NULL);
	ok(db_int(&tx, -1, &n,
	       "SELECT count(*) FROM sqlite_master AS m "
	       "WHERE m.type = 'index' AND NOT EXISTS (SELECT 1 "
	       "FROM sqlite_stat1 AS s WHERE s.idx = m.name)") == OK &&
		n == 0,
	    "SQLite is told about every index");
	for (size_t i = 0; i < N_ELEMS(plans); i++) {
		const char *plan =
		    plan_of(&tx, arena_printf(tx.arena, "EXPLAIN QUERY PLAN %s",
				     plans[i].sql));

		ok(strstr(plan, plans[i].index) != NULL,
		    "statement %zu goes by %s", i, plans[i].index);
		if (!strstr(plan, plans[i].index))
			note("%s", plan);
	}
	tx_rollback(&tx);
}

static void
test_ddl(struct testdb *t)
{
	if (t->engine == DB_SQLITE) {
		test_strict(t);
		test_statistics(t);
		describe(t, &lite);
		return;
	}
	if (lite.n == 0)
		return; /* narrowed to one engine */
	describe(t, &pg);
	for (size_t i = 0; i < N_ELEMS(kinds); i++) {
		ok(count_of(&lite, kinds[i]) > 0, "there are lines \"%s\"",
		    kinds[i]);
		is_int(differences(&lite, &pg, kinds[i], true), 0,
		    "both engines have the same");
	}
	test_faults(t, &lite, &pg);
}

int
main(void)
{
	lite.arena = pg.arena = arena_new(16u << 20);
	testdb_each(test_ddl);
	arena_free(&lite.arena);
	return tap_done();
}
