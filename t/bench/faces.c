/* faces.c - a list made of a noun's description against one made by hand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 *	faces.t [ROUNDS TIMES [generic|by_hand]]
 *
 * One process and two gates over the same payments: in one the page comes from
 * payments_noun alone, in the other from by_hand.c.  Both must show the same
 * rows, byte by byte; that is the test.  With ROUNDS it then measures: TIMES
 * requests of one, twice as many of the other, TIMES of the first; a round's
 * ratio is its own, and what is said is the median.  It is the process's own
 * time, which others on the machine take little from; nothing here waits.
 * With a name only that page is asked for, for callgrind.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "by_hand.h"
#include "face/noun_routes.h"
#include "resource/verb.h"
#include "shop_pages.h"
#include "tap.h"

enum { ROWS = 400, ROUNDS_MAX = 1001, DAY_S = 86400 };

const struct noun *const nouns[] = {&payments_noun, NULL};
const struct verb *const verb_tables[] = {NULL};

static struct {
	int rounds, times;
	const char *only;
} wanted;

static struct webtest generic, by_hand;

/* ---- what is listed ---- */

static void
add_payment(struct tx *tx, int i)
{
	const struct id *tenant = &tx->tenant;
	const int64_t made = SHOP_NOW - (int64_t)(ROWS - i) * 2 * DAY_S + 3600;
	const char *n = arena_printf(tx->arena, "%d", i);
	struct id customer = id_new(made * 1000), invoice = id_new(made * 1000),
		  payment = id_new(made * 1000);
	bool is_free = i % 9 == 0; /* applied to nothing */
	static const char *const states[] = {
	    "succeeded", "succeeded", "succeeded", "partially_refunded"};

	if (db_exec(tx,
		"INSERT INTO customers (tenant_id, id, name, email, currency, "
		"created_at, updated_at) VALUES ($1, $2, 'O''Brien & Co ' || "
		"$3, 'buyer' || $3 || '@example.com', 'USD', $4, $4)",
		DB_ID(tenant), DB_ID(&customer), DB_TEXT(n),
		DB_INT(made)) != OK ||
	    db_exec(tx,
		"INSERT INTO invoices (tenant_id, id, number, customer_id, "
		"status, currency, subtotal_minor, total_minor, "
		"amount_paid_minor, issued_at, created_at, updated_at) VALUES "
		"($1, $2, 'INV-2026-' || $3, $4, 'paid', 'USD', $5, $5, $5, "
		"$6, $6, $6)",
		DB_ID(tenant), DB_ID(&invoice), DB_TEXT(n), DB_ID(&customer),
		DB_INT(999 * i + 1), DB_INT(made)) != OK ||
	    db_exec(tx,
		"INSERT INTO payments (tenant_id, id, invoice_id, customer_id, "
		"amount_minor, currency, method, transaction_id, status, "
		"created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'USD', "
		"$6, 'pi_b' || $7, $8, $9, $9)",
		DB_ID(tenant), DB_ID(&payment),
		is_free ? DB_NULL() : DB_ID(&invoice), DB_ID(&customer),
		DB_INT(999 * i + 1), DB_TEXT(i % 5 ? "stripe" : "manual"),
		DB_TEXT(n), DB_TEXT(states[i % 4]), DB_INT(made)) != OK)
		bail("payment %d", i);
}

static void
fill_shop(struct shop *s)
{
	struct tx tx;

	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	for (int i = 1; i <= ROWS; i++)
		add_payment(&tx, i);
	if (tx_commit(&tx) != OK || db_checkpoint(s->t->db) != OK)
		bail("no payments");
}

/* ---- the two gates ---- */

/* The panel's templates and that of the page by hand, under one roof. */
static struct templates *
open_templates(const struct testdb *t)
{
	static const char *const kept[] = {"admin", "layout", "part"};
	struct templates *all;
	char dir[128], from[600], to[200];

	snprintf(dir, sizeof(dir), "%s/templates", t->dir);
	if (mkdir(dir, 0700) != 0)
		bail("%s: no folder", dir);
	for (size_t i = 0; i <= N_ELEMS(kept); i++) {
		bool is_ours = i == N_ELEMS(kept);

		snprintf(from, sizeof(from), "%s/%s%s", testdb_src(),
		    is_ours ? "t/bench/templates" : "templates/",
		    is_ours ? "" : kept[i]);
		snprintf(
		    to, sizeof(to), "%s/%s", dir, is_ours ? "bench" : kept[i]);
		if (symlink(from, to) != 0)
			bail("%s: no link", to);
	}
	if (templates_open(dir, ".mustache", false, &all) != OK)
		bail("%s: no templates", dir);
	return all;
}

static void
open_gates(struct shop *s)
{
	static const struct route *described[] = {NULL};
	static const struct route *const made[] = {by_hand_routes};

	shop_pages_open(&generic, s, described, N_ELEMS(described));
	templates_close(&generic.templates);
	generic.templates = open_templates(s->t);
	generic.config.templates = generic.templates;
	webtest_again(&generic);
	by_hand = generic;
	by_hand.gate = NULL;
	by_hand.config.tables = made;
	buf_init(&by_hand.out, 4 * 1024 * 1024);
	webtest_again(&by_hand);
}

static void
close_gates(void)
{
	gate_free(&by_hand.gate);
	buf_fini(&by_hand.out);
	webtest_close(&generic);
}

/* ---- the same rows ---- */

/* A part of the last answer, from one mark to the next; n 0: it has none. */
struct part {
	const char *text;
	size_t n;
};

static struct part
part_of(const struct webtest *w, const char *from, const char *to)
{
	const char *begin = strstr(w->body, from);
	const char *end = begin ? strstr(begin, to) : NULL;

	return (struct part){begin, end ? (size_t)(end - begin) : 0};
}

static bool
is_same_part(const char *from, const char *to)
{
	struct part ours = part_of(&generic, from, to),
		    theirs = part_of(&by_hand, from, to);

	if (ours.n > 0 && ours.n == theirs.n &&
	    memcmp(ours.text, theirs.text, ours.n) == 0)
		return true;
	note("described: %.*s", (int)ours.n, ours.text ? ours.text : "");
	note("by hand: %.*s", (int)theirs.n, theirs.text ? theirs.text : "");
	return false;
}

static void
test_alike(const char *uri)
{
	is_int(shop_page(&generic, "owner", uri), 200, uri);
	is_int(shop_page(&by_hand, "owner", uri), 200, "the same by hand");
	ok(is_same_part("<tbody>", "</tbody>"),
	    "has the same rows, byte by byte");
	ok(is_same_part("<div class=\"head\">", "<table"),
	    "the same verbs, columns to choose and filters");
	ok(is_same_part("</table>", "</main>"), "and the same pager");
}

/* ---- how long it takes ---- */

static int64_t
own_time_ns(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
		bail("no clock of the process");
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What callgrind looks at, and nothing else. */
static __attribute__((noinline)) double
serve_times(struct webtest *w, int times)
{
	int64_t began = own_time_ns();

	for (int i = 0; i < times; i++)
		if (shop_page(w, "owner", "/payments") != 200)
			bail("%s", w->body);
	return (double)(own_time_ns() - began) / 1000;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(v[0]), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The line that Lists.pm reads. */
static void
measure(void)
{
	static double ours[ROUNDS_MAX], theirs[ROUNDS_MAX], ratio[ROUNDS_MAX];
	int n = wanted.rounds, times = wanted.times;

	serve_times(&generic, times);
	serve_times(&by_hand, times);
	for (int i = 0; i < n; i++) {
		ours[i] = serve_times(&generic, times);
		theirs[i] = serve_times(&by_hand, 2 * times);
		ours[i] += serve_times(&generic, times);
		ratio[i] = theirs[i] / ours[i];
	}
	note("described %.2f us, by hand %.2f us, ratio %.4f",
	    median(ours, n) / (2 * times), median(theirs, n) / (2 * times),
	    median(ratio, n));
}

static void
run(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	fill_shop(&s);
	open_gates(&s);
	test_alike("/payments");
	test_alike("/payments?status=succeeded&sort=-amount");
	test_alike("/payments?method=nothing");
	if (wanted.only)
		serve_times(
		    str_eq(wanted.only, "generic") ? &generic : &by_hand,
		    wanted.times);
	else if (wanted.rounds > 0)
		measure();
	close_gates();
}

int
main(int argc, char **argv)
{
	if (argc > 2) {
		wanted.rounds = atoi(argv[1]);
		wanted.times = atoi(argv[2]);
		wanted.only = argc > 3 ? argv[3] : NULL;
		if (wanted.rounds > ROUNDS_MAX || wanted.times < 1)
			bail("usage: faces.t [ROUNDS TIMES [generic|by_hand]]");
	}
	ok(by_hand_fits(), "the page by hand takes the noun's fields");
	testdb_each(run);
	return tap_done();
}
