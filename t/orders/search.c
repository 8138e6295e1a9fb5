/* search.c - what is typed finds what is meant, on both engines.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "domains/domains_noun.h"
#include "hosting/hosting_nouns.h"
#include "orders/orders_nouns.h"
#include "resource/list.h"
#include "shop.h"
#include "tap.h"

static const struct noun *const nouns[] = {&customers_noun, &orders_noun,
    &invoices_noun, &payments_noun, &subscriptions_noun, &websites_noun,
    &domains_noun, NULL};

static void
must(enum err e, const char *what)
{
	if (e != OK)
		bail("%s: %s", what, err_info(e)->code);
}

/* ---- what `mpanel work` does ---- */

static enum err
index_some(struct tx *tx, void *arg)
{
	return search_index(tx, nouns, arg);
}

struct filling {
	const struct noun *noun;
	struct search_walk at;
};

static enum err
fill_some(struct tx *tx, void *arg)
{
	struct filling *f = arg;

	enum err e = search_fill(tx, f->noun, &f->at);

	return e == OK ? search_filled(tx, f->noun, &f->at.after) : e;
}

static void
index_all(struct shop *s)
{
	int64_t n;

	do
		must(shop_run(s, index_some, &n), "search_index");
	while (n > 0);
	for (size_t i = 0; nouns[i]; i++) {
		struct filling f = {.noun = nouns[i]};

		do
			must(shop_run(s, fill_some, &f), "search_fill");
		while (f.at.more);
	}
}

static int64_t
marks(struct shop *s)
{
	bool has = false;
	struct tx tx;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(search_has_marks(&tx, &has), "search_has_marks");
	tx_rollback(&tx);
	if (!has)
		return 0;
	return shop_int(
	    s, "SELECT COUNT(*) FROM search_marks WHERE tenant_id = $1");
}

/* What the doctor asks about the index. */
static bool
is_indexed(struct shop *s)
{
	bool is = true;

	for (size_t k = 0; shop_invariants[k]; k++)
		for (const struct invariant *i = shop_invariants[k]; i->name;
		     i++)
			if (str_starts(i->name, "search.") &&
			    shop_text(s, i->bad_sql))
				is = false;
	return is;
}

/* ---- who looks ---- */

static enum err
look(struct tx *tx, const struct list *l, const char **titles_out)
{
	const struct noun *n = l->noun;
	int title = noun_field(n, n->found->title);
	const char *titles = "";
	struct rows r;
	enum err e = list_run(tx, l, &r);

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		const char *text = row_text(&r, NOUN_FIELDS + title);

		titles = arena_printf(tx->arena, "%s%s%s", titles,
		    titles[0] ? "|" : "", text ? text : "-");
	}
	*titles_out = titles;
	return rows_done(&r);
}

/* Titles of what is found, "a|b", the newest first. */
static const char *
found_as(struct shop *s, const struct noun *n, const char *q, bool own)
{
	const char *titles = "";
	struct list l;
	struct tx tx;

	list_init(&l, n);
	l.q = q;
	l.by_own_words = own;
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (look(&tx, &l, &titles) != OK)
		titles = "refused";
	tx_rollback(&tx);
	return titles;
}

static const char *
found(struct shop *s, const struct noun *n, const char *q)
{
	return found_as(s, n, q, true);
}

static int64_t
counted(struct shop *s, const struct noun *n, const char *q, bool own)
{
	struct list l;
	struct tx tx;
	int64_t total = -1;

	list_init(&l, n);
	l.q = q;
	l.by_own_words = own;
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(list_count(&tx, &l, &total), "list_count");
	tx_rollback(&tx);
	return total;
}

static struct id
add_customer(struct shop *s, const char *name, const char *email)
{
	static int64_t serial;
	struct id id = id_new((SHOP_NOW + ++serial) * INT64_C(1000));

	must(shop_exec(s,
		 "INSERT INTO customers (tenant_id, id, name, email, currency, "
		 "created_at, updated_at) VALUES ($1, $2, $3, $4, 'USD', $5, "
		 "$5)",
		 DB_ID(&id), DB_TEXT(name),
		 DB_TEXT(email ? email
			       : arena_printf(s->t->arena, "x%s@nobody.test",
				     id.s + 24)),
		 DB_INT(SHOP_NOW + serial)),
	    name);
	return id;
}

/* ---- each kind of thing that people type ---- */

static const struct {
	const struct noun *noun;
	const char *q, *title;
} typed[] = {
    {&customers_noun, "client", "Client Name"},
    {&customers_noun, "name CLI", "Client Name"},
    {&customers_noun, "client@example.com", "Client Name"},
    {&customers_noun, "Client@Exam", "Client Name"},
    {&customers_noun, "example.com", "Client Name"},
    {&customers_noun, "  client,  name!  ", "Client Name"},
    {&customers_noun, "lient", ""},
    {&customers_noun, "client nobody", ""},
    {&orders_noun, "ORD-2026-000001", "ORD-2026-000001"},
    {&orders_noun, "ord-2026-000001", "ORD-2026-000001"},
    {&orders_noun, "2026-0000", "ORD-2026-000001"},
    {&orders_noun, "000001", "ORD-2026-000001"},
    {&orders_noun, "1", "ORD-2026-000001"},
    {&orders_noun, "01", "ORD-2026-000001"},
    {&orders_noun, "000002", ""},
    {&orders_noun, "pi_xxx", "ORD-2026-000001"},
    {&orders_noun, "PI_XX", "ORD-2026-000001"},
    {&orders_noun, "techstartup.net", "ORD-2026-000001"},
    {&orders_noun, "techst", "ORD-2026-000001"},
    {&invoices_noun, "INV-2026-000001", "INV-2026-000001"},
    {&invoices_noun, "inv 1", "INV-2026-000001"},
    {&payments_noun, "pi_xxx", "pi_xxx"},
    {&domains_noun, "techstartup", "techstartup.net"},
    {&domains_noun, "techstartup.n", "techstartup.net"},
    {&domains_noun, "net", "techstartup.net"},
    {&websites_noun, "techstartup.net", "techstartup.net"},
};

static void
test_typed(struct shop *s)
{
	struct order_taken taken;

	must(shop_take(s, SHOP_EXAMPLE, NULL, &taken), "the order");
	is_int(marks(s), 0, "an order leaves no mark");
	is_str(found(s, &orders_noun, "000001"), "", "and is not found yet");
	index_all(s);
	for (size_t i = 0; i < N_ELEMS(typed); i++)
		is_str(found(s, typed[i].noun, typed[i].q), typed[i].title,
		    arena_printf(s->t->arena, "%zu: %s by \"%s\"", i,
			typed[i].noun->name, typed[i].q));
	is_str(found_as(s, &orders_noun, "client@exam", false),
	    "ORD-2026-000001", "lists find orders by whose they are");
	is_str(found_as(s, &invoices_noun, "client", false), "INV-2026-000001",
	    "and invoices");
	is_str(found(s, &orders_noun, "client"), "",
	    "which the search for everything leaves to the customer");
	is_int(
	    counted(s, &orders_noun, "client", false), 1, "a list counts them");
	is_int(counted(s, &orders_noun, "client", true), 0,
	    "and the search does not remember that for its own");
}

/* ---- names of all the world ---- */

static const struct {
	const char *name, *q[6];
} names[] = {
    {"O'Brien & Söhne <GmbH>",
	{"sohne", "soehne", "SÖHNE", "So\xcc\x88hne", "brien", "o'brien gmbh"}},
    {"Müller-Lüdenscheidt",
	{"mueller", "muller-lu", "LÜDENSCHEIDT", "müller-lüden", "ludensch"}},
    {"Straßer Bøgh Æbelø", {"strasser", "bogh", "boegh", "aebelo", "STRASSER"}},
    {"Łukasz Żółć", {"lukasz", "zolc", "ŻÓŁĆ"}},
    {"Ελένη Παπαδοπούλου", {"ελενη", "ΠΑΠΑΔ", "παπα"}},
    {"Фёдор Ёлкин", {"федор", "ЁЛКИН", "елкин фед"}},
    {"شَرِكَة النور", {"شركة", "النور"}},
    {"\xd7\xa9\xd6\xb8\xd7\x81\xd7\x9c\xd7\x95\xd6\xb9\xd7\x9d \xe2\x80\x8f",
	{"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"}},
    {"🦊 Fox & 👩‍💻 Ltd", {"🦊", "fox", "👩‍💻", "ltd fox"}},
    {"Ｆｕｌｌ Ｗｉｄｔｈ", {"full", "width", "ｗｉｄ"}},
    {"株式会社ネコ", {"株式", "株式会社ネコ"}},
    {"Nguyễn Thị Ánh", {"nguyen", "anh thi", "Nguyễn"}},
    {"AND OR NOT NEAR", {"and", "or", "NOT", "NEAR", "AND OR NOT"}},
    {"Dr. Who-Else_2", {"dr", "who-else_2", "else", "2"}},
};

static void
test_names(struct shop *s)
{
	for (size_t i = 0; i < N_ELEMS(names); i++)
		add_customer(s, names[i].name, NULL);
	index_all(s);
	for (size_t i = 0; i < N_ELEMS(names); i++)
		for (size_t k = 0; k < 6 && names[i].q[k]; k++)
			is_str(found(s, &customers_noun, names[i].q[k]),
			    names[i].name,
			    arena_printf(s->t->arena, "\"%s\" by \"%s\"",
				names[i].name, names[i].q[k]));
}

/* ---- last digits ---- */

static void
add_order(struct shop *s, const char *number, const struct id *customer)
{
	struct id id = id_new(SHOP_NOW * INT64_C(1000));

	must(
	    shop_exec(s,
		"INSERT INTO orders (tenant_id, id, number, status, "
		"customer_id, currency, total_minor, request, created_at, "
		"updated_at) VALUES ($1, $2, $3, 'cancelled', $4, 'USD', 1, "
		"'{}', $5, $5)",
		DB_ID(&id), DB_TEXT(number), DB_ID(customer), DB_INT(SHOP_NOW)),
	    number);
}

static void
test_digits(struct shop *s)
{
	struct id c = add_customer(s, "Digits", NULL);

	add_order(s, "ORD-2026-204117", &c);
	index_all(s);
	is_str(found(s, &orders_noun, "4117"), "ORD-2026-204117",
	    "a number by its last four digits");
	is_str(found(s, &orders_noun, "117"), "ORD-2026-204117", "three");
	is_str(found(s, &orders_noun, "04117"), "ORD-2026-204117", "five");
	is_str(found(s, &orders_noun, "204117"), "ORD-2026-204117", "all");
	is_str(found(s, &orders_noun, "2041"), "ORD-2026-204117",
	    "and by its first");
	is_str(found(s, &orders_noun, "411"), "", "not by some between");
}

/* ---- what changes and goes ---- */

static void
rename_customer(struct shop *s, const struct id *id, const char *name)
{
	must(shop_exec(s,
		 "UPDATE customers SET name = $3 "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(id), DB_TEXT(name)),
	    "rename");
}

static void
test_changes(struct shop *s)
{
	struct id id = add_customer(s, "Zebra Works", NULL);
	struct id other = add_customer(s, "Quagga Works", NULL);

	index_all(s);
	rename_customer(s, &id, "Okapi Works");
	is_str(found(s, &customers_noun, "zebra"), "Okapi Works",
	    "until it is indexed the old name still leads there");
	index_all(s);
	is_str(found(s, &customers_noun, "zebra"), "", "the old name is gone");
	is_str(found(s, &customers_noun, "okapi"), "Okapi Works",
	    "the new one is found");
	must(
	    shop_exec(s,
		"UPDATE customers SET phone = '1', updated_at = updated_at + 1 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&id)),
	    "phone");
	is_int(marks(s), 0, "what nobody searches leaves no mark");
	must(shop_exec(s,
		 "UPDATE customers SET deleted_at = 1 "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&id)),
	    "delete");
	is_str(found(s, &customers_noun, "okapi"), "",
	    "what was deleted is not shown, indexed or not");
	index_all(s);
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM search_entries "
		   "WHERE tenant_id = $1 AND row_id = $2",
		   DB_ID(&id)),
	    0, "and leaves the index");
	must(shop_exec(s,
		 "DELETE FROM customers WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&other)),
	    "row");
	index_all(s);
	is_str(found(s, &customers_noun, "works"), "",
	    "so does a row that is no more");
	ok(is_indexed(s), "the doctor sees nothing");
}

/* A draft has no number yet, and its entry no word. */
static void
test_drafts(struct shop *s)
{
	struct id c = add_customer(s, "Drafted", NULL);
	struct id id = id_new(SHOP_NOW * INT64_C(1000));

	must(shop_exec(s,
		 "INSERT INTO invoices (tenant_id, id, customer_id, status, "
		 "currency, created_at, updated_at) "
		 "VALUES ($1, $2, $3, 'draft', 'USD', $4, $4)",
		 DB_ID(&id), DB_ID(&c), DB_INT(SHOP_NOW - 3600)),
	    "draft");
	index_all(s);
	ok(is_indexed(s), "the doctor sees nothing wrong with a draft");
	must(shop_exec(s,
		 "UPDATE invoices SET deleted_at = 1 "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&id)),
	    "remove");
	index_all(s);
	ok(is_indexed(s), "nor with one that was removed");
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM search_entries "
		   "WHERE tenant_id = $1 AND row_id = $2",
		   DB_ID(&id)),
	    0, "which has left the index");
}

/* Each column that is searched is watched by its table's trigger, but those
 * that are written where the row is made. */
static bool
is_made_with_row(const struct field *f)
{
	return str_eq(f->api, "number");
}

static void
test_watched(struct shop *s)
{
	for (size_t i = 0; nouns[i]; i++)
		for (size_t k = 0; k < nouns[i]->n_fields; k++) {
			const struct field *f = &nouns[i]->field[k];
			const char *kind = nouns[i]->found->kind;
			const char *column = field_column(f);

			if (!(f->flags & SEARCH) || (f->flags & JOINED) ||
			    is_made_with_row(f))
				continue;
			is_int(
			    shop_int(s,
				SQL_LITE("SELECT COUNT(*) FROM sqlite_schema "
					 "WHERE $1 = $1 AND name = $2 "
					 "|| '_found_changed' AND sql LIKE "
					 "'%NEW.' || $3 || '%'")
				    SQL_PG("SELECT COUNT(*) FROM "
					   "pg_trigger t JOIN pg_attribute a "
					   "ON a.attrelid = t.tgrelid "
					   "AND a.attnum = ANY (t.tgattr) "
					   "WHERE CAST($1 AS text) <> '' "
					   "AND t.tgname = CAST($2 AS text) "
					   "|| '_found_changed' "
					   "AND a.attname = CAST($3 AS text)"),
				DB_TEXT(kind), DB_TEXT(column)),
			    1,
			    arena_printf(
				s->t->arena, "%s.%s is watched", kind, column));
		}
}

/* ---- others ---- */

/* A tenant whose words begin as ours do in the index. */
static void
open_twin(struct shop *s, struct shop *twin)
{
	struct tx tx;

	*twin = *s;
	twin->tenant = id_new(SHOP_NOW * INT64_C(1000));
	memcpy(twin->tenant.s + 32, s->tenant.s + 32, 4);
	testdb_begin(s->t, &tx, TX_WRITE, NULL);
	(void)!db_exec(&tx,
	    "INSERT INTO tenants (id, slug, name, created_at, updated_at) "
	    "VALUES ($1, 'twin', 'Twin', 1, 1)",
	    DB_ID(&twin->tenant));
	must(tx_commit(&tx), "twin");
}

/* PostgreSQL's own lock behind the statements. */
static void
test_policy(struct shop *s, struct shop *twin)
{
	if (s->t->engine != DB_POSTGRES)
		return;
	is_int(shop_int(twin, "SELECT COUNT(*) FROM search_entries "
			      "WHERE tenant_id <> $1"),
	    0, "the policy shows no entry of another tenant");
	is_int(shop_int(twin,
		   "SELECT COUNT(*) FROM search_entries e "
		   "JOIN search_find('customers', $2, 100) f ON f = e.row_id "
		   "WHERE e.tenant_id <> $1",
		   DB_TEXT(search_question(s->t->arena, DB_POSTGRES, &s->tenant,
		       &customers_found, "client"))),
	    0, "nor does the owner's function find one");
	is_int(shop_int(twin,
		   "SELECT COUNT(*) FROM search_find('customers', $2, 100) "
		   "WHERE CAST($1 AS text) <> ''",
		   DB_TEXT(search_question(s->t->arena, DB_POSTGRES, &s->tenant,
		       &customers_found, "unter"))),
	    1, "by whatever it is asked");
}

static void
test_tenants(struct shop *s)
{
	struct shop twin;

	open_twin(s, &twin);
	add_customer(&twin, "Client Unter", NULL);
	index_all(&twin);
	is_str(found(&twin, &customers_noun, "client"), "Client Unter",
	    "a tenant finds its own");
	is_str(found(s, &customers_noun, "client"), "Client Name",
	    "and each its own only");
	is_str(found(s, &customers_noun, "unter"), "",
	    "though their words begin alike");
	is_int(shop_int(&twin,
		   "SELECT COUNT(*) FROM search_entries WHERE tenant_id = $1"),
	    1, "nobody indexes another's rows");
	test_policy(s, &twin);
}

/* ---- what must not break it ---- */

static const char *const hostile[] = {
    "\"",
    "\"\"",
    "'",
    "''",
    "*",
    "**",
    "a*",
    "*a",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "a AND",
    "AND a",
    "a OR OR b",
    "NOT a",
    "NEAR(a b)",
    "NEAR(a b, 5)",
    "a NEAR/2 b",
    "words:a",
    "search_words:a",
    "{words}:a",
    "^a",
    "a^2",
    "-a",
    "+a",
    "(",
    ")",
    "()",
    "((a)",
    "a\"b",
    "a'b",
    "\\",
    "\\'",
    "a\\",
    "%",
    "_",
    "%%",
    "a%b",
    ":*",
    "a:*",
    "a:A",
    "!a",
    "a & b",
    "a | b",
    "a <-> b",
    "<->",
    "a <2> b",
    "& |",
    "'; DROP TABLE customers; --",
    "$1",
    "?1",
    "@",
    "@@",
    ".",
    "..",
    "/",
    "a/",
    "//a",
    "-",
    "--",
    "---",
    "\xc2\xb7",
    "a\xc2\xb7"
    "b",
    "\xe2\x80\xae",
    "\xe2\x80\x8f\xe2\x80\x8e",
    "\xf0\x9f\xa6\x8a\xf0\x9f"
    "\xa6\x8a",
    "\xcc\x88",
    "\xef\xb8\x8f",
    "\t",
    "\x7f",
    "\xc2\xa0",
    "0",
    "00",
    "000",
    "00000000000000000000",
    "99999999999999999999999999",
    "1e5",
    "-5",
    "0x10",
    "NULL",
    "true",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "öööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööööö",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z",
};

static bool
is_harmless(struct shop *s, const char *q)
{
	for (size_t i = 0; nouns[i]; i++)
		if (str_eq(found_as(s, nouns[i], q, false), "refused")) {
			note("%s refuses \"%s\"", nouns[i]->name, q);
			return false;
		}
	return true;
}

static void
test_hostile(struct shop *s)
{
	for (size_t i = 0; i < N_ELEMS(hostile); i++)
		ok(is_harmless(s, hostile[i]), "%zu: \"%s\" breaks nothing", i,
		    hostile[i]);
	is_str(
	    found(s, &customers_noun, "\"*"), "", "signs alone find nothing");
	is_str(found(s, &customers_noun, "* client \""), "Client Name",
	    "and beside words they say nothing");
}

/* Pieces that mean something to somebody, in any order. */
static void
test_random(struct shop *s, unsigned seed)
{
	static const char *const pieces[] = {"\"", "'", "*", "(", ")", ":", "&",
	    "|", "!", "<->", " ", " ", "a", "ö", "client", "AND ", "OR ",
	    "NOT ", "NEAR", "{", "}", "^", "\\", "-", "@", ".", "/", "\xc2\xb7",
	    "1", "000", "\xf0\x9f\xa6\x8a", "\xe2\x80\xae", "%", "_", "$1",
	    ";"};
	int bad = 0;

	srand(seed);
	for (int i = 0; i < 150; i++) {
		const char *q = "";

		for (int n = 1 + rand() % 12; n > 0; n--)
			q = arena_printf(s->t->arena, "%s%s", q,
			    pieces[(size_t)rand() % N_ELEMS(pieces)]);
		bad += !is_harmless(s, q);
	}
	is_int(bad, 0, "whatever is typed breaks nothing");
}

static void
test_large(struct shop *s)
{
	struct buf b;
	struct id id = add_customer(s, "Large", NULL);

	buf_init(&b, 0);
	buf_puts(&b, "first ");
	while (b.len < 64 * 1024)
		buf_printf(&b, "w%zu 🦊%zu ", b.len, b.len);
	must(shop_exec(s,
		 "UPDATE customers SET company_name = $3 "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&id), DB_TEXT(buf_str(&b))),
	    "64 KB");
	buf_fini(&b);
	index_all(s);
	is_str(found(s, &customers_noun, "first large"), "Large",
	    "of 64 KB the beginning is found");
	ok(shop_int(s,
	       "SELECT LENGTH(words) FROM search_entries "
	       "WHERE tenant_id = $1 AND row_id = $2",
	       DB_ID(&id)) < 8192,
	    "and the rest is not kept");
	buf_init(&b, 0);
	while (b.len < 64 * 1024)
		buf_puts(&b, "ö");
	must(shop_exec(s,
		 "UPDATE customers SET company_name = $3 "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&id), DB_TEXT(buf_str(&b))),
	    "one word");
	index_all(s);
	is_str(found(s, &customers_noun,
		   arena_strndup(s->t->arena, buf_str(&b), 300)),
	    "Large", "a word of 64 KB is cut, and what is typed of it, too");
	buf_fini(&b);
}

/* FTS5 has lists of beginnings up to ten letters: longer ones are asked for in
 * two steps. */
static void
test_long(struct shop *s)
{
	static const struct noun_found *f = &customers_found;
	struct arena *a = s->t->arena;
	const char *cut =
	    search_question_cut(a, &s->tenant, f, "ñandú-ñandubay 0123456789");

	ok(cut &&
		strstr(cut, "nandu\xc2\xb7"
			    "nand\"") &&
		strstr(cut, "0123456789\""),
	    "what is longer is cut in whole letters: %s", cut ? cut : "");
	ok(!search_question_cut(a, &s->tenant, f, "0123456789 ñandubayes"),
	    "what is not has one step");
	add_customer(s, "Wolfeschlegelsteinhausen", NULL);
	add_customer(s, "Ωμέγαπροσώπων", NULL);
	index_all(s);
	is_str(found(s, &customers_noun, "wolfeschlegelst"),
	    "Wolfeschlegelsteinhausen", "a long beginning is found");
	is_str(found(s, &customers_noun, "Ωμέγαπροσώπ"), "Ωμέγαπροσώπων",
	    "also in letters of two bytes");
	is_str(found(s, &customers_noun, "wolfeschlegelberg"), "",
	    "not where only its first letters are there");
	is_str(found(s, &customers_noun, "wolfeschmidtberg"), "",
	    "nor where these are not");
}

/* ---- exactly once ---- */

static enum err
index_and_die(struct tx *tx, void *arg)
{
	struct search_walk at = {.made = 0};
	int64_t n;

	(void)arg;
	must(search_index(tx, nouns, &n), "search_index");
	must(search_fill(tx, &customers_noun, &at), "search_fill");
	must(tx_settle(tx), "settle");
	return E_SYS;
}

static bool
lacks(struct shop *s, int64_t since_ms)
{
	struct search_walk at = {.after = id_floor(since_ms)};
	bool does = false;
	struct tx tx;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(search_look(&tx, &customers_noun, &at, &does), "lacks");
	tx_rollback(&tx);
	return does;
}

static void
test_crash(struct shop *s)
{
	struct id id = add_customer(s, "Crash Tset", NULL), other;
	int64_t n;

	index_all(s);
	ok(!lacks(s, 0), "no row is without an entry");
	rename_customer(s, &id, "Crash Test");
	other = add_customer(s, "Crash Barrier", NULL);
	is_int(shop_run(s, index_and_die, NULL), E_SYS, "the index is lost");
	is_int(marks(s), 1, "the mark is still there");
	ok(lacks(s, 0), "and the new row");
	ok(lacks(s, id_ms(other.s)), "also for who looks from its moment on");
	ok(!lacks(s, id_ms(other.s) + 1), "but not from later");
	is_str(
	    found(s, &customers_noun, "barrier"), "", "nothing is half done");
	index_all(s);
	is_str(found(s, &customers_noun, "crash"), "Crash Barrier|Crash Test",
	    "it is made up for");
	must(shop_run(s, index_some, &n), "again");
	is_int(n, 0, "and not done again");
	is_int(shop_int(s, "SELECT COUNT(*) FROM search_entries "
			   "WHERE tenant_id = $1 AND kind = 'customers'"),
	    shop_int(s, "SELECT COUNT(*) FROM customers "
			"WHERE tenant_id = $1 AND deleted_at IS NULL"),
	    "each row has one entry");
}

/* Who has changed a row and not committed has a mark that nobody sees yet. */
static void
test_race(struct shop *s)
{
	struct id id = add_customer(s, "Early Bird", NULL);
	struct db *db;
	struct tx tx;

	if (s->t->engine == DB_SQLITE)
		return; /* one writer */
	db = testdb_open(s->t->url);
	tx_init(&tx, s->t->arena, &s->t->problems, &s->t->actor, s->tenant.s);
	must(tx_begin(db, TX_WRITE, &tx), "begin");
	must(db_exec(&tx,
		 "UPDATE customers SET name = 'Late Owl' "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&s->tenant), DB_ID(&id)),
	    "late");
	index_all(s);
	is_str(found(s, &customers_noun, "early"), "Early Bird",
	    "what is not committed is not indexed");
	must(tx_commit(&tx), "commit");
	db_close(&db);
	is_int(marks(s), 1, "its mark comes with it");
	index_all(s);
	is_str(
	    found(s, &customers_noun, "owl early"), "", "and no word is left");
	is_str(found(s, &customers_noun, "owl"), "Late Owl", "of before");
}

/* Whoever changed first is not made to wait by those who come after. */
static void
test_order(struct shop *s)
{
	enum { CHANGED = 5 };
	struct id id[CHANGED];

	for (int i = 0; i < CHANGED; i++)
		id[i] = add_customer(s, "In Line", NULL);
	index_all(s);
	for (int i = CHANGED; i-- > 0; usleep(3000))
		rename_customer(s, &id[i], "In Order");
	for (int i = CHANGED; i-- > 0;)
		is_str(shop_text(s,
			   "SELECT row_id FROM search_marks "
			   "WHERE tenant_id = $1 ORDER BY mark "
			   "LIMIT 1 OFFSET $2",
			   DB_INT((int64_t)(CHANGED - 1 - i))),
		    id[i].s, "marks come in the order of the changes");
	index_all(s);
}

/* ---- all anew ---- */

struct anew {
	const struct noun *noun;
	struct id after;
	int64_t n;
};

static enum err
mark_some(struct tx *tx, void *arg)
{
	struct anew *a = arg;

	return search_mark(tx, a->noun, &a->after, 7, &a->n);
}

static enum err
mark_strays(struct tx *tx, void *arg)
{
	struct anew *a = arg;

	return search_mark_strays(tx, a->noun, &a->after, 7, &a->n);
}

static void
mark_all(struct shop *s, enum err (*fn)(struct tx *, void *))
{
	for (size_t i = 0; nouns[i]; i++) {
		struct anew a = {.noun = nouns[i]};

		do
			must(shop_run(s, fn, &a), "mark");
		while (a.n > 0);
	}
}

static void
test_rebuild(struct shop *s)
{
	struct id nobody = id_new(SHOP_NOW * INT64_C(1000));

	must(shop_exec(s, "DELETE FROM search_entries WHERE tenant_id = $1"),
	    "lose all");
	must(shop_exec(s,
		 "INSERT INTO search_entries (tenant_id, kind, row_id, words) "
		 "VALUES ($1, 'customers', $2, 'stale')",
		 DB_ID(&nobody)),
	    "stale");
	is_str(found(s, &customers_noun, "client"), "", "an index was lost");
	ok(!is_indexed(s), "the doctor sees an entry too much");
	mark_all(s, mark_some);
	mark_all(s, mark_strays);
	index_all(s);
	is_str(found(s, &customers_noun, "client"), "Client Name",
	    "it is made anew");
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM search_entries "
		   "WHERE tenant_id = $1 AND row_id = $2",
		   DB_ID(&nobody)),
	    0, "without what has no row");
	ok(is_indexed(s), "and the doctor is content");
	must(
	    shop_exec(s,
		"DELETE FROM search_entries WHERE tenant_id = $1 "
		"AND kind = 'customers' AND row_id = (SELECT id FROM customers "
		"WHERE tenant_id = $1 AND deleted_at IS NULL "
		"ORDER BY id DESC LIMIT 1)"),
	    "lose one");
	ok(is_indexed(s), "a row without an entry may have come late");
	must(shop_exec(s, "UPDATE search_walks SET filled_at = filled_at + 601 "
			  "WHERE tenant_id = $1 AND kind = 'customers'"),
	    "time goes by");
	ok(!is_indexed(s), "but not when much newer ones have been looked at");
	index_all(s);
	ok(is_indexed(s), "which is made up for, too");
}

/* ---- lists ---- */

enum { MANY_ROWS = 120 };

static const char *
walk(struct shop *s, const char *sort, int *pages_out)
{
	struct list l;
	const char *all = "", *value = NULL, *id = NULL;
	bool more = true;

	for (*pages_out = 0; more && *pages_out < 10; ++*pages_out) {
		struct rows r;
		struct tx tx;
		int n = 0;

		list_init(&l, &customers_noun);
		l.q = "pager";
		must(list_param(&l, s->t->arena, &s->t->problems, "sort", sort)
			 ? OK
			 : E_INPUT,
		    sort);
		l.after_value = value;
		l.after_id = id;
		testdb_begin(s->t, &tx, TX_READ, &s->tenant);
		must(list_run(&tx, &l, &r), sort);
		for (more = false; rows_next(&r) && !more;) {
			if (n++ == l.limit) {
				more = true;
				break;
			}
			all = arena_printf(s->t->arena, "%s%s ", all,
			    row_text(&r, NOUN_FIELDS + 1));
			value =
			    arena_strdup(s->t->arena, row_text(&r, NOUN_SORT));
			id = arena_strdup(s->t->arena, row_text(&r, NOUN_ID));
		}
		must(rows_done(&r), sort);
		tx_rollback(&tx);
	}
	return all;
}

static void
test_lists(struct shop *s)
{
	const char *up = "", *down = "";
	int64_t n = 0;
	struct list l;
	struct tx tx;
	int pages;

	for (int i = 0; i < MANY_ROWS; i++) {
		const char *name = arena_printf(s->t->arena, "Pager%03d", i);

		add_customer(s, name, NULL);
		up = arena_printf(s->t->arena, "%s%s ", up, name);
		down = arena_printf(s->t->arena, "%s %s", name, down);
	}
	index_all(s);
	is_str(walk(s, "name", &pages), up, "by name each row once");
	is_int(pages, 3, "on three pages");
	is_str(walk(s, "-createdAt", &pages), down, "the newest first, too");
	list_init(&l, &customers_noun);
	l.q = "pager";
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(list_count(&tx, &l, &n), "count");
	is_int(n, MANY_ROWS, "and they are counted");
	list_only(&l, "status", "closed");
	must(list_count(&tx, &l, &n), "count");
	is_int(n, 0, "with a filter, too");
	tx_rollback(&tx);
}

static int64_t
rows_of(struct shop *s, const struct list *l)
{
	struct rows r;
	struct tx tx;
	int64_t n = 0;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(list_run(&tx, l, &r), "list");
	while (rows_next(&r))
		n++;
	must(rows_done(&r), "list");
	tx_rollback(&tx);
	return n;
}

/* How many rows a list shows, where it counts as many. */
static int64_t
shown(struct shop *s, const struct list *l, const char *what)
{
	int64_t n = rows_of(s, l), total = -1;
	struct tx tx;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	must(list_count(&tx, l, &total), what);
	tx_rollback(&tx);
	is_int(total, n, arena_printf(s->t->arena, "%s: as counted", what));
	return n;
}

/* What narrows a list beside its words narrows its count, too. */
static void
test_counts(struct shop *s)
{
	struct list l;

	list_init(&l, &invoices_noun);
	l.q = "inv";
	is_int(shown(s, &l, "invoices"), 1, "an invoice");
	list_below(&l, "dueDate", "2000-01-01", NULL);
	is_int(shown(s, &l, "invoices due long ago"), 0, "which is none");
	list_init(&l, &websites_noun);
	l.q = "techstartup";
	l.by_own_words = true;
	is_int(shown(s, &l, "websites"), 1, "a website");
	must(
	    shop_exec(s, "UPDATE websites SET status = 'removed' "
			 "WHERE tenant_id = $1 AND domain = 'techstartup.net'"),
	    "remove");
	is_int(shown(s, &l, "removed websites"), 0,
	    "the search for everything does not show when it was removed");
	l.q = NULL;
	list_only(&l, "domain", "techstartup.net");
	is_int(shown(s, &l, "removed by name"), 0, "by its whole name neither");
	l.by_own_words = false;
	is_int(shown(s, &l, "of the list"), 1, "which the list does");
}

/* ---- the newest may be unlike the rest ---- */

enum { THIN_ROWS = 400, THIN_NEWEST = 50, THIN_OLDEST = 30, THIN_ASKED = 60 };

/* PostgreSQL takes the index for large. */
static void
enlarge(struct shop *s)
{
	struct db *db = testdb_open(s->t->super_url);
	struct tx tx;

	tx_init(&tx, s->t->arena, &s->t->problems, &s->t->actor, NULL);
	must(tx_begin(db, TX_WRITE, &tx), "begin");
	must(db_exec(&tx, "UPDATE pg_class SET reltuples = 10000000 "
			  "WHERE relname = 'search_entries'"),
	    "reltuples");
	must(tx_commit(&tx), "commit");
	db_close(&db);
}

static void
test_thin(struct shop *s)
{
	struct list l;

	for (int i = 0; i < THIN_ROWS; i++)
		add_customer(s,
		    i < THIN_OLDEST || i >= THIN_ROWS - THIN_NEWEST
			? "Thin Ice"
			: "Thick Ice",
		    NULL);
	index_all(s);
	if (s->t->engine == DB_POSTGRES)
		enlarge(s);
	list_init(&l, &customers_noun);
	l.q = "thin";
	l.by_own_words = true;
	l.limit = THIN_ASKED / 4;
	is_int(rows_of(s, &l), THIN_ASKED / 4 + 1, "enough of the newest");
	list_only(&l, "status", "active");
	l.limit = LIST_LIMIT_MAX;
	is_int(rows_of(s, &l), THIN_NEWEST + THIN_OLDEST,
	    "and the old ones, which the newest did not promise");
	if (s->t->engine == DB_POSTGRES)
		is_int(shop_int(s,
			   "SELECT COUNT(*) FROM "
			   "search_find('customers', $2, $3) "
			   "WHERE CAST($1 AS text) <> ''",
			   DB_TEXT(search_question(s->t->arena, DB_POSTGRES,
			       &s->tenant, &customers_found, "thin")),
			   DB_INT((int64_t)THIN_ASKED)),
		    THIN_ASKED, "behind what is walked through");
}

static void
test(struct testdb *t)
{
	const char *given = getenv("MPANEL_SEED");
	unsigned seed = given ? (unsigned)atoi(given) : (unsigned)time(NULL);
	struct shop s;

	note("MPANEL_SEED=%u", seed);
	shop_open(&s, t, "acme");
	test_watched(&s);
	test_typed(&s);
	test_counts(&s);
	test_names(&s);
	test_digits(&s);
	test_changes(&s);
	test_drafts(&s);
	test_tenants(&s);
	test_hostile(&s);
	test_random(&s, seed);
	test_large(&s);
	test_long(&s);
	test_crash(&s);
	test_race(&s);
	test_order(&s);
	test_lists(&s);
	test_rebuild(&s);
	test_thin(&s);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
