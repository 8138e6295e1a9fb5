/* list.c - pages, filters and searches of a described noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <poll.h>
#include <unistd.h>

#include "base/text.h"
#include "resource/list.h"
#include "resource/select.h"
#include "shop.h"
#include "tap.h"

/* clang-format off */
static const struct field fields[] = {
	{"id",		"c.id",			FIELD_ID,	FILTER,		 NULL},
	{"name",	"c.name",		FIELD_TEXT,	FILTER | SEARCH, "c.name"},
	{"email",	"c.email",		FIELD_TEXT,	SEARCH,		 "c.email"},
	{"credit",	"c.credit_minor",	FIELD_MONEY,	FILTER,		 "c.credit_minor"},
	{"closed",	"CASE WHEN c.status = 'closed' THEN 1 ELSE 0 END",
						FIELD_BOOL,	FILTER,		 NULL},
	{"createdAt",	"c.created_at",		FIELD_TIME,	FILTER,		 "c.id"},
	{"address",	"c.email",		FIELD_TEXT,	FILTER | FOLDED, "c.email_key"},
};
/* clang-format on */

static const struct noun customers = {
    .name = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

enum { NAME = NOUN_FIELDS + 1, CREDIT = NOUN_FIELDS + 3 };

static void
add(struct shop *s, const char *name, int64_t credit)
{
	struct id id = id_new(SHOP_NOW * INT64_C(1000));

	if (shop_exec(s,
		"INSERT INTO customers (tenant_id, id, name, email, currency, "
		"credit_minor, created_at, updated_at) "
		"VALUES ($1, $2, $3, $4, 'USD', $5, $6, $6)",
		DB_ID(&id), DB_TEXT(name),
		DB_TEXT(arena_printf(s->t->arena, "%s@b.test", id.s + 20)),
		DB_INT(credit), DB_INT(SHOP_NOW)) != OK)
		bail("customer %s", name);
}

/* ---- a list read as a caller reads it ---- */

struct page {
	const char *names; /* "a b c " in the order shown */
	const char *next, *previous;
	int n;
};

static enum err
read_page(struct tx *tx, const struct list *l, struct page *out)
{
	struct rows r;
	const char *last = NULL, *first = NULL;
	enum err e = list_run(tx, l, &r);

	*out = (struct page){.names = ""};
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (out->n == l->limit) {
			out->next = last;
			break;
		}
		out->n++;
		out->names = l->backwards ? arena_printf(tx->arena, "%s %s",
						row_text(&r, NAME), out->names)
					  : arena_printf(tx->arena, "%s%s ",
						out->names, row_text(&r, NAME));
		if (!first)
			first = list_cursor(&r, !l->backwards);
		last = list_cursor(&r, l->backwards);
	}
	out->previous = first;
	return rows_done(&r);
}

/* params: name, value, name, value ... NULL */
static enum err
get(struct shop *s, const char *const *params, struct page *out,
    int64_t *count_out)
{
	struct testdb *t = s->t;
	struct list l;
	struct tx tx;
	bool good = true;
	enum err e = E_INPUT;

	problems_init(&t->problems, t->arena);
	list_init(&l, &customers);
	for (size_t i = 0; params[i]; i += 2)
		good &= list_param(
		    &l, t->arena, &t->problems, params[i], params[i + 1]);
	if (!good)
		return E_INPUT;
	testdb_begin(t, &tx, TX_READ, &s->tenant);
	e = read_page(&tx, &l, out);
	if (e == OK && count_out)
		e = list_count(&tx, &l, count_out);
	tx_rollback(&tx);
	return e;
}
#define GET(s, page, ...)                                                      \
	get((s), (const char *const[]){__VA_ARGS__, NULL}, (page), NULL)

/* ---- pages ---- */

static const char *const sorts[] = {
    "createdAt", "-createdAt", "name", "-name", "credit", "-credit"};

/* Forward to the end, then backward to the beginning: the same rows. */
static void
walk(struct shop *s, const char *sort, const char *limit)
{
	struct page whole, page, back;
	const char *forth = "", *cursor = "";
	int pages = 0;

	if (GET(s, &whole, "sort", sort, "limit", "200") != OK)
		bail("%s", sort);
	do {
		if (GET(s, &page, "sort", sort, "limit", limit, "cursor",
			cursor) != OK)
			bail("%s %s", sort, limit);
		forth = arena_printf(s->t->arena, "%s%s", forth, page.names);
		cursor = page.next;
	} while (cursor && ++pages < 100);
	is_str(forth, whole.names,
	    arena_printf(s->t->arena, "%s by %s: each row once", sort, limit));
	forth = page.names;
	for (cursor = page.previous, pages = 0; pages < 100; pages++) {
		if (GET(s, &back, "sort", sort, "limit", limit, "cursor",
			cursor) != OK)
			bail("back %s %s", sort, limit);
		if (back.n == 0)
			break;
		forth = arena_printf(s->t->arena, "%s%s", back.names, forth);
		if (!back.next)
			break;
		cursor = back.next;
	}
	is_str(forth, whole.names,
	    arena_printf(s->t->arena, "%s by %s: and backwards", sort, limit));
}

static void
test_pages(struct testdb *t)
{
	static const char *const limits[] = {"1", "3", "7", "23", "200"};
	struct shop s, rival;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	for (int i = 0; i < 23; i++)
		add(&s, arena_printf(t->arena, "n%d", i % 4), i % 3 - 1);
	add(&rival, "foreign", 0);
	for (size_t i = 0; i < N_ELEMS(sorts); i++) {
		for (size_t k = 0; k < N_ELEMS(limits); k++)
			walk(&s, sorts[i], limits[k]);
	}
}

/* ---- filters and searches ---- */

/* clang-format off */
static const struct {
	const char *name, *value, *names;
} narrow[] = {
	{"q",		"100%",		"100% sure "},
	{"q",		"100_",		"100_ sure "},
	{"q",		"\\",		"back\\slash "},
	{"q",		"%",		"100% sure "},
	{"q",		"SURE",		"100_ sure 100% sure "},
	{"q",		"M\xc3\xbcller", "M\xc3\xbcller & S\xc3\xb6hne "},
	{"q",		"'; DROP TABLE customers --", ""},
	{"q",		"foreign",	""},
	{"q",		"gone",		""},
	{"q",		"",		"back\\slash O'Brien M\xc3\xbcller & S\xc3\xb6hne 100_ sure 100% sure "},
	{"address",	"o.brien@B.test", "O'Brien "},
	{"address",	"O.BRIEN@B.TEST", "O'Brien "},
	{"address",	"brien@b.test",	""},
	{"name",	"O'Brien",	"O'Brien "},
	{"name",	"o'brien",	""},
	{"credit",	"-7",		"O'Brien "},
	{"closed",	"true",		""},
	{"closed",	"false",	"back\\slash O'Brien M\xc3\xbcller & S\xc3\xb6hne 100_ sure 100% sure "},
	{"id",		"00000000-0000-0000-0000-000000000000", ""},
};

static const struct {
	const char *name, *value, *code;
} wrong[] = {
	{"limit",	"0",		"out_of_range"},
	{"limit",	"201",		"out_of_range"},
	{"limit",	"ten",		"out_of_range"},
	{"sort",	"closed",	"not_in_list"},
	{"sort",	"--name",	"not_in_list"},
	{"sort",	"name; DROP",	"not_in_list"},
	{"email",	"a@b.test",	"unknown_field"},
	{"colour",	"red",		"unknown_field"},
	{"id",		"7",		"bad_format"},
	{"credit",	"1.5",		"bad_format"},
	{"closed",	"1",		"bad_format"},
	{"createdAt",	"today",	"bad_format"},
	{"cursor",	"zz",		"bad_format"},
	{"cursor",	"3e",		"bad_format"},
	{"cursor",	"3e61",		"bad_format"},
	{"cursor",	"3e6100",	"bad_format"},
	{"cursor",	"3e61003030",	"bad_format"},
};
/* clang-format on */

static void
test_narrow(struct testdb *t)
{
	struct shop s, rival;
	struct page page;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	add(&s, "100% sure", 0);
	add(&s, "100_ sure", 0);
	add(&s, "M\xc3\xbcller & S\xc3\xb6hne", 0);
	add(&s, "O'Brien", -7);
	add(&s, "back\\slash", 0);
	add(&s, "gone", 0);
	add(&rival, "foreign", 0);
	if (shop_exec(&s, "UPDATE customers SET deleted_at = 1 "
			  "WHERE tenant_id = $1 AND name = 'gone'") != OK)
		bail("gone");
	if (shop_exec(&s, "UPDATE customers SET email = 'O.Brien@b.test' "
			  "WHERE tenant_id = $1 AND credit_minor = -7") != OK)
		bail("an address");
	for (size_t i = 0; i < N_ELEMS(narrow); i++) {
		if (GET(&s, &page, narrow[i].name, narrow[i].value) != OK)
			bail("narrow %zu", i);
		is_str(page.names, narrow[i].names,
		    arena_printf(t->arena, "%zu: %s=%s", i, narrow[i].name,
			narrow[i].value));
	}
	for (size_t i = 0; i < N_ELEMS(wrong); i++)
		ok(GET(&s, &page, wrong[i].name, wrong[i].value) == E_INPUT &&
			shop_has_problem(&s, wrong[i].name, wrong[i].code),
		    "%zu: %s=%s is %s", i, wrong[i].name, wrong[i].value,
		    wrong[i].code);
	ok(GET(&s, &page, "q", arena_printf(t->arena, "%0201d", 0)) ==
		    E_INPUT &&
		shop_has_problem(&s, "q", "too_long"),
	    "a search of 201 characters is too long");
}

/* A cursor belongs to a sort. */
static void
test_cursors(struct testdb *t)
{
	struct shop s;
	struct page page;
	const char *by_name, *huge;

	shop_open(&s, t, "acme");
	for (int i = 0; i < 3; i++)
		add(&s, "same", i);
	if (GET(&s, &page, "sort", "name", "limit", "1") != OK)
		bail("by name");
	by_name = page.next;
	is_int(GET(&s, &page, "cursor", by_name), E_INPUT,
	    "a cursor by name does not fit the order of time");
	ok(shop_has_problem(&s, "cursor", "bad_format"), "which is said");
	is_int(GET(&s, &page, "cursor", by_name, "sort", "credit"), E_INPUT,
	    "nor that of amounts");
	is_int(GET(&s, &page, "cursor", by_name, "sort", "-name"), OK,
	    "but its own");
	huge = list_cursor_of(
	    t->arena, "name", "not an id, but of thirty-six bytes__", false);
	is_int(GET(&s, &page, "cursor", huge, "sort", "name"), E_INPUT,
	    "nor one without an id");
}

/* ---- counting ---- */

/* i from 1 to n, as rows of g; uuid7() is there on both engines. */
static const char *
numbers(struct shop *s, int n)
{
	return arena_printf(s->t->arena,
	    s->t->engine == DB_SQLITE
		? "WITH RECURSIVE g (i) AS (SELECT 1 UNION ALL "
		  "SELECT i + 1 FROM g WHERE i < %d) "
		: "WITH g AS (SELECT CAST(generate_series(1, %d) AS BIGINT) "
		  "AS i) ",
	    n);
}

static void
add_many(struct shop *s, int n)
{
	bool lite = s->t->engine == DB_SQLITE;
	struct db *db = testdb_open(lite ? s->t->url : s->t->super_url);
	const char *sql = arena_printf(s->t->arena,
	    "INSERT INTO customers (tenant_id, id, name, email, currency, "
	    "created_at, updated_at) %s"
	    "SELECT '%s', uuid7(i), 'x', i || '@many.test', 'USD', 1, 1 "
	    "FROM g",
	    numbers(s, n), s->tenant.s);

	if (db_script(db, sql) != OK)
		bail("%s", sql);
	db_close(&db);
}

/* What is true of a long list is not said of another tenant's, and not for
 * ever. */
static void
test_memory(struct shop *s)
{
	const char *const all[] = {"limit", "2", NULL};
	struct page page;
	struct shop other;
	int64_t n = 0;

	shop_open(&other, s->t, "other");
	add(&other, "one", 0);
	is_int(get(&other, all, &page, &n), OK, "counting another's");
	is_int(n, 1, "is exact, too");
	if (shop_exec(s, "DELETE FROM customers "
			 "WHERE tenant_id = $1 AND name <> 'more'") != OK)
		bail("delete");
	sleep(LIST_LONG_S + 1);
	is_int(get(s, all, &page, &n), OK, "counting what is left");
	is_int(n, 3, "is exact after a moment");
}

static void
test_count(struct testdb *t)
{
	const char *const all[] = {"limit", "2", NULL};
	struct page page;
	struct shop s;
	int64_t n = 0;

	shop_open(&s, t, "acme");
	add(&s, "one", 0);
	is_int(get(&s, all, &page, &n), OK, "counting one");
	is_int(n, 1, "is exact");
	add_many(&s, LIST_COUNT_MAX - 1);
	is_int(get(&s, all, &page, &n), OK, "counting 10,000");
	is_int(n, LIST_COUNT_MAX, "is exact");
	for (int i = 0; i < 3; i++)
		add(&s, "more", 0);
	is_int(get(&s, all, &page, &n), OK, "counting more");
	is_int(n, LIST_COUNT_MAX + 1, "stops behind 10,000");
	test_memory(&s);
}

/* ---- counts beside the rows ---- */

static int64_t
total_of(struct shop *s, const struct noun *noun, const char *q)
{
	struct list l;
	struct rows r;
	struct tx tx;
	int64_t total = -1;

	list_init(&l, noun);
	l.counts = true;
	l.q = q;
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (list_run(&tx, &l, &r) != OK)
		bail("a list");
	if (rows_next(&r))
		total = list_total(&r, &l);
	if (rows_done(&r) != OK)
		bail("its end");
	tx_rollback(&tx);
	return total;
}

/* Two lists are counted while nobody writes.  On PostgreSQL that is nobody in
 * the whole cluster, which other tests share: there it is waited for. */
static void
count_quietly(
    struct shop *s, struct tx *tx, const struct list views[2], int64_t n[2])
{
	uint64_t version;

	for (int tries = 0; tries < 3000; tries++) {
		testdb_begin(s->t, tx, TX_READ, &s->tenant);
		if (list_counts(tx, views, 2, n) != OK)
			bail("counts");
		if (tx_data_version(tx, &version))
			return;
		tx_rollback(tx);
		poll(NULL, 0, 10);
	}
	bail("somebody writes all the time");
}

static void
test_totals(struct testdb *t)
{
	static const struct field joined[] = {
	    {"name", "c.name", FIELD_TEXT, SEARCH, NULL},
	    {"slug", "n.slug", FIELD_TEXT, SEARCH | JOINED, NULL},
	};
	struct noun with_tenant = customers, with_few = customers;
	struct list views[2];
	int64_t n[2];
	struct sql sql;
	struct shop s;
	struct tx tx;

	with_tenant.from = "customers c JOIN tenants n ON n.id = c.tenant_id";
	with_tenant.base = "customers c";
	with_tenant.field = joined;
	with_tenant.n_fields = N_ELEMS(joined);
	shop_open(&s, t, "acme");
	for (int i = 0; i < 60; i++)
		add(&s, i % 2 ? "odd" : "even", i % 3);
	is_int(total_of(&s, &customers, NULL), 60, "rows bring their total");
	is_int(total_of(&s, &customers, "odd"), 30, "of what was searched for");
	add(&s, "odd", 0);
	is_int(total_of(&s, &customers, "odd"), 31, "and of what has come");
	add_many(&s, 100);
	is_int(total_of(&s, &customers, NULL), 161, "by another process, too");
	if (shop_exec(&s, "DELETE FROM customers "
			  "WHERE tenant_id = $1 AND name = 'x'") != OK ||
	    shop_exec(&s, "DELETE FROM customers WHERE tenant_id = $1 "
			  "AND id = (SELECT MAX(CAST(id AS TEXT))" SQL_PG(
			      "::uuid") " FROM customers WHERE tenant_id = $1 "
					"AND name = 'odd')") != OK)
		bail("delete");
	is_int(total_of(&s, &customers, NULL), 60, "or has gone");
	is_int(total_of(&s, &with_tenant, NULL), 60, "and without a join");
	with_few.alive = "c.name = 'even'";
	is_int(total_of(&s, &with_few, NULL), 30,
	    "another noun of the same table has its own");
	is_int(total_of(&s, &with_tenant, "acm"), 60,
	    "but a joined field is looked at when it is searched");
	for (int i = 0; i < 2; i++) {
		list_init(&views[i], &customers);
		list_only(&views[i], "name", i ? "even" : "nobody");
	}
	count_quietly(&s, &tx, views, n);
	ok(n[0] == 0 && n[1] == 30, "two lists are counted at once");
	for (int i = 0; i < 2; i++) {
		sql_init(&sql);
		select_count(&sql, &views[i], &tx);
		ok(sql.n == 1 && sql.value[0].num == n[i],
		    "and not again while nobody writes: %d", (int)n[i]);
	}
	tx_rollback(&tx);
}

int
main(void)
{
	testdb_each(test_pages);
	testdb_each(test_narrow);
	testdb_each(test_cursors);
	testdb_each(test_count);
	testdb_each(test_totals);
	return tap_done();
}
