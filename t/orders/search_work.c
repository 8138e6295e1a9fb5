/* search_work.c - what `mpanel work` does for the search leaves no row out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/search_work.h"

#include "base/clock.h"
#include "billing/billing_nouns.h"
#include "main/search.h"
#include "shop.h"
#include "tap.h"

enum {
	BACKLOG = 450, /* more than are filled in two seconds */
	CROWD = 4100,  /* more than two steps look at */
	PIECES = 12
};

/* main/search.c's, which needs the web. */
const struct noun *const found_nouns[] = {&customers_noun, NULL};

static void
must(enum err e, const char *what)
{
	if (e != OK)
		bail("%s: %s", what, err_info(e)->code);
}

/* ---- rows ---- */

struct crowd {
	int n;
	int64_t from_ms, step_ms;
	struct id last;
};

static enum err
add_some(struct tx *tx, void *arg)
{
	struct crowd *c = arg;
	enum err e = OK;

	for (int i = 0; e == OK && i < c->n; i++) {
		int64_t ms = c->from_ms + i * c->step_ms;

		c->last = id_new(ms);
		e = db_later(tx,
		    "INSERT INTO customers (tenant_id, id, name, email, "
		    "currency, created_at, updated_at) "
		    "VALUES ($1, $2, 'Somebody', $3, 'USD', $4, $4)",
		    DB_ID(&tx->tenant), DB_ID(&c->last),
		    DB_TEXT(
			arena_printf(tx->arena, "%s@nobody.test", c->last.s)),
		    DB_INT(ms / 1000));
	}
	return e;
}

/* The last one's id. */
static struct id
add(struct shop *s, int n, int64_t from_ms, int64_t step_ms)
{
	struct crowd c = {n, from_ms, step_ms, {""}};

	must(shop_run(s, add_some, &c), "customers");
	return c.last;
}

static struct id
add_at(struct shop *s, int64_t ms)
{
	return add(s, 1, ms, 0);
}

static int64_t
lacking(struct shop *s)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM customers c WHERE c.tenant_id = $1 "
	    "AND NOT EXISTS (SELECT 1 FROM search_entries e "
	    "WHERE e.tenant_id = c.tenant_id AND e.kind = 'customers' "
	    "AND e.row_id = c.id)");
}

static void
lose_all(struct shop *s)
{
	must(shop_exec(s, "DELETE FROM search_entries WHERE tenant_id = $1"),
	    "entries");
	must(shop_exec(s, "DELETE FROM search_walks WHERE tenant_id = $1"),
	    "walks");
	must(shop_exec(s, "DELETE FROM customers WHERE tenant_id = $1"),
	    "customers");
	must(shop_exec(s, "DELETE FROM search_marks WHERE tenant_id = $1"),
	    "marks");
}

/* ---- seconds, minutes, days ---- */

static void
work(struct shop *s, enum err (*fn)(struct work *w), const char *what)
{
	struct work w = {
	    .db = s->t->db,
	    .arena = s->t->arena,
	    .actor = s->t->actor,
	    .tenant = s->tenant,
	    .problems = &s->t->problems,
	};

	w.actor.tenant = s->tenant;
	must(fn(&w), what);
}

static void
second(struct shop *s)
{
	work(s, search_work, "a second");
}

/* ---- claims ---- */

static void
test_backlog(struct shop *s)
{
	int64_t now_ms = SHOP_NOW * INT64_C(1000);
	struct id last;

	lose_all(s);
	last = add(s, BACKLOG, now_ms - BACKLOG * 1000, 1000);
	must(shop_exec(s,
		 "UPDATE customers SET name = 'Late' "
		 "WHERE tenant_id = $1 AND id = $2",
		 DB_ID(&last)),
	    "rename");
	second(s);
	is_int(lacking(s), BACKLOG - 201,
	    "of a backlog 200 rows have entries, and the newest by its mark");
	second(s);
	second(s);
	is_int(lacking(s), 0, "which is not where the search goes on");
	lose_all(s);
	add(s, BACKLOG, now_ms - BACKLOG * 10000, 10000);
	second(s);
	work(s, search_work_late, "late");
	second(s);
	second(s);
	is_int(lacking(s), 0, "nor is what was found late");
}

static void
test_overtaken(struct shop *s)
{
	int64_t now_ms = SHOP_NOW * INT64_C(1000);

	lose_all(s);
	add_at(s, now_ms);
	second(s);
	add_at(s, now_ms - 1000);
	second(s);
	is_int(lacking(s), 0, "who was overtaken by a second is found at once");
	add_at(s, now_ms - 300 * 1000);
	second(s);
	is_int(lacking(s), 1, "who comes minutes later is not");
	work(s, search_work_late, "late");
	is_int(lacking(s), 0, "but within a minute");
	add_at(s, now_ms - 86400 * INT64_C(1000));
	second(s);
	work(s, search_work_late, "late");
	is_int(lacking(s), 1, "who comes a day later is not");
	work(s, search_work_check, "check");
	is_int(lacking(s), 0, "but by the check of all");
	add_at(s, now_ms - 86400 * INT64_C(1000));
	work(s, search_work_check, "check");
	is_int(lacking(s), 1, "which is made once a day");
	clock_freeze(SHOP_NOW + 86400);
	work(s, search_work_check, "check");
	clock_freeze(SHOP_NOW);
	is_int(lacking(s), 0, "and then again");
}

/* The clock was set back: what is made now lies before what was filled. */
static void
test_future(struct shop *s)
{
	int64_t now_ms = SHOP_NOW * INT64_C(1000);

	lose_all(s);
	add_at(s, now_ms + 86400 * INT64_C(1000));
	second(s);
	add_at(s, now_ms);
	second(s);
	is_int(lacking(s), 0, "ids of the future do not hide those of today");
}

static enum err
fill_all(struct tx *tx, void *arg)
{
	struct search_walk at = {.more = true};
	enum err e = OK;

	(void)arg;
	while (e == OK && at.more)
		e = search_fill(tx, &customers_noun, &at);
	return e;
}

/* Many of one moment, as an import makes them. */
static void
test_crowd(struct shop *s)
{
	struct search_walk at = {.more = true};
	bool lacks = true;
	struct tx tx;
	int steps = 0;

	lose_all(s);
	add(s, CROWD, SHOP_NOW * INT64_C(1000), 0);
	must(shop_run(s, fill_all, NULL), "fill");
	is_int(lacking(s), 0, "a crowd of one moment is filled");
	add_at(s, SHOP_NOW * INT64_C(1000));
	second(s);
	second(s);
	is_int(lacking(s), 0, "and whoever comes behind it is reached");
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	for (; at.more && steps < 10; steps++)
		must(search_look(&tx, &customers_noun, &at, &lacks), "look");
	tx_rollback(&tx);
	ok(!lacks, "a walk sees that nothing lacks");
	is_int(steps, CROWD / SEARCH_WALK + 1, "in steps of so many rows");
}

/* In how many pieces FTS5 keeps its words: one of each transaction that made
 * some, until they are joined. */
static int64_t
pieces(struct shop *s)
{
	return shop_int(s, "SELECT COUNT(DISTINCT segid) FROM search_words_idx "
			   "WHERE $1 IS NOT NULL");
}

static int64_t
found(struct shop *s)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM search_words JOIN search_entries e "
	    "ON e.entry = search_words.rowid AND e.tenant_id = $1 "
	    "WHERE search_words MATCH "
	    "'\"' || substr($1, -4) || 'cnobody\" *'");
}

/* FTS5 gathers the words of a transaction, unless a savepoint makes it write
 * what it has: for each row an entry, its words, and here and there a page. */
static void
test_portion(struct shop *s)
{
	const int n = 200;
	int64_t before, wrote;

	lose_all(s);
	add(s, n, SHOP_NOW * INT64_C(1000), 1);
	before = shop_int(s, "SELECT total_changes() WHERE $1 IS NOT NULL");
	second(s);
	wrote =
	    shop_int(s, "SELECT total_changes() WHERE $1 IS NOT NULL") - before;
	is_int(lacking(s), 0, "a portion of rows has its entries");
	ok(wrote < 3 * n, "%d rows are %lld changes", n, (long long)wrote);
}

static void
test_join(struct shop *s)
{
	int64_t there, were;

	lose_all(s);
	for (int i = 0; i < PIECES; i++) {
		add_at(s, SHOP_NOW * INT64_C(1000));
		second(s);
	}
	there = found(s);
	ok(there >= PIECES, "every piece is searched");
	were = pieces(s);
	work(s, search_work_join, "join");
	ok(pieces(s) <= were / 2, "%lld are joined to %lld", (long long)were,
	    (long long)pieces(s));
	is_int(found(s), there, "and nothing is lost");
}

static void
test(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	test_backlog(&s);
	test_overtaken(&s);
	test_future(&s);
	test_crowd(&s);
	if (t->engine == DB_SQLITE) {
		test_portion(&s);
		test_join(&s);
	} else
		work(&s, search_work_join, "nothing to join");
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
