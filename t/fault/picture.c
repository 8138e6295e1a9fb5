/* picture.c - all rows of a database at one moment, seen from beside.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "picture.h"

#include "tap.h"

static int
by_hash(const void *a, const void *b)
{
	return memcmp(a, b, TOKEN_HASH_LEN);
}

static void
add_rows(struct picture *p, struct tx *tx, const char *table)
{
	struct content_hasher h;
	struct rows r;
	const char *sql =
	    arena_printf(tx->arena, "SELECT * FROM \"%s\"", table);

	if (db_query_(tx, &r, sql, NULL, 0) != OK)
		bail("%s", sql);
	while (rows_next(&r)) {
		p->row = reallocarray(p->row, p->n + 1, sizeof(*p->row));
		if (p->row == NULL)
			bail("no memory");
		content_hash_begin(&h);
		content_hash_add(&h, table, strlen(table));
		for (int i = 0; i < row_width(&r); i++) {
			size_t n = 0;
			const char *s = row_blob(&r, i, &n);

			content_hash_add(&h, s ? "=" : "0", 1);
			content_hash_add(&h, &n, sizeof(n));
			content_hash_add(&h, s, n);
		}
		content_hash_end(&h, p->row[p->n++]);
	}
	if (rows_done(&r) != OK)
		bail("%s", sql);
}

struct picture
picture_take(struct testdb *t)
{
	const char *url = t->engine == DB_SQLITE ? t->url : t->super_url;
	struct db *db = testdb_open(url);
	struct arena *a = arena_new(64u << 20);
	struct picture p = {NULL, 0};
	const char *name[100];
	struct rows r;
	struct tx tx;
	int n = 0;

	tx_init(&tx, a, NULL, NULL, NULL);
	if (tx_begin(db, TX_READ, &tx) != OK ||
	    db_query(&tx, &r,
		SQL_LITE("SELECT name FROM sqlite_master WHERE type = 'table'")
		    SQL_PG("SELECT tablename FROM pg_tables "
			   "WHERE schemaname = 'public'")) != OK)
		bail("tables");
	while (rows_next(&r) && n < 100)
		name[n++] = row_strdup(&r, 0);
	if (rows_done(&r) != OK)
		bail("tables");
	for (int i = 0; i < n; i++)
		add_rows(&p, &tx, name[i]);
	tx_rollback(&tx);
	db_close(&db);
	arena_free(&a);
	qsort(p.row, p.n, sizeof(*p.row), by_hash);
	return p;
}

bool
picture_same(const struct picture *a, const struct picture *b)
{
	return a->n == b->n &&
	       memcmp(a->row, b->row, a->n * sizeof(*a->row)) == 0;
}

size_t
picture_missing(const struct picture *a, const struct picture *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (bsearch(a->row[i], b->row, b->n, sizeof(*b->row),
			by_hash) == NULL)
			n++;
	return n;
}

void
picture_tear(struct picture *p)
{
	free(p->row);
	*p = (struct picture){NULL, 0};
}

const char *
picture_rules(struct testdb *t)
{
	struct db *db = testdb_open(t->super_url);
	const char *text = NULL;
	struct tx tx;

	tx_init(&tx, t->arena, NULL, NULL, NULL);
	if (tx_begin(db, TX_READ, &tx) != OK ||
	    db_text(&tx, &text,
		"SELECT string_agg(rule, E'\\n' ORDER BY rule) FROM ("
		"SELECT concat_ws(' ', conrelid::regclass, conname, "
		"pg_get_constraintdef(oid), convalidated) AS rule "
		"FROM pg_constraint WHERE connamespace = "
		"'public'::regnamespace "
		"UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, "
		"tgenabled) FROM pg_trigger WHERE NOT tgisinternal "
		"UNION ALL SELECT concat_ws(' ', oid::regclass, relowner, "
		"relrowsecurity, relforcerowsecurity, relacl) FROM pg_class "
		"WHERE relnamespace = 'public'::regnamespace "
		"UNION ALL SELECT concat_ws(' ', tablename, policyname, qual, "
		"with_check) FROM pg_policies) r") != OK)
		bail("rules");
	tx_rollback(&tx);
	db_close(&db);
	return text;
}
