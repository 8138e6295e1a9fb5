/* plans.c - no list is read whole to show its first page.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * SQLite's planner is asked what it would do; its statistics are part of the
 * schema, so the answer is the same for ten rows and for a million.  That both
 * engines have the same indexes is t/store/ddl.c's claim.
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/ledger_noun.h"
#include "domains/domains_noun.h"
#include "hosting/hosting_nouns.h"
#include "identity/users_noun.h"
#include "mail/mail_noun.h"
#include "orders/notices.h"
#include "orders/orders_nouns.h"
#include "provisioning/tasks_noun.h"
#include "resource/list.h"
#include "shop.h"
#include "store/driver.h"
#include "tap.h"

static const struct noun *const nouns[] = {&orders_noun, &refusals_noun,
    &customers_noun, &subscriptions_noun, &invoices_noun, &payments_noun,
    &domains_noun, &ledger_noun, &servers_noun, &websites_noun, &tasks_noun,
    &users_noun, &mails_noun};

/* What SQLite would do for the statement that ran last. */
static const char *
plan_of(struct tx *tx)
{
	static const struct db_val none[SQL_VAL_MAX];
	const struct stmt *st = tx->db->stmts.newest;
	const char *sql =
	    arena_printf(tx->arena, "EXPLAIN QUERY PLAN %s", st->text);
	const char *plan = "";
	struct rows r;

	if (db_query_(tx, &r, sql, none, (size_t)st->n_values) != OK)
		bail("%s", sql);
	while (rows_next(&r))
		plan =
		    arena_printf(tx->arena, "%s# %s\n", plan, row_text(&r, 3));
	if (rows_done(&r) != OK)
		bail("%s", sql);
	return plan;
}

static const char *
plan_of_list(struct shop *s, const struct list *l)
{
	struct rows r;
	struct tx tx;
	const char *plan;

	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (list_run(&tx, l, &r) != OK || rows_done(&r) != OK)
		bail("%s", l->noun->name);
	plan = plan_of(&tx);
	tx_rollback(&tx);
	return plan;
}

/* Rows that tie are sorted among themselves; that is all. */
static bool
is_sorted_whole(const char *plan)
{
	return strstr(plan, "USE TEMP B-TREE FOR ORDER BY") != NULL;
}

static bool
is_scanned(const char *plan)
{
	const char *scan = plan;

	while ((scan = strstr(scan, "# SCAN ")) != NULL) {
		scan += strlen("# SCAN ");
		if (!str_starts(scan, "matches"))
			return true;
	}
	return false;
}

static void
check_sort(struct shop *s, const struct noun *n, const struct field *f)
{
	bool good = true, in_memory = (f->flags & IN_MEMORY) != 0;

	for (int i = 0; i < 4; i++) {
		struct list l;
		const char *plan;

		list_init(&l, n);
		l.counts = true;
		l.sort = f;
		l.descending = i % 2 == 1;
		if (i >= 2) {
			l.after_value = f->type == FIELD_TEXT ? "x" : "1";
			l.after_id = s->tenant.s;
			if (f->sort == n->id || str_eq(f->sort, n->id))
				l.after_value = l.after_id;
		}
		plan = plan_of_list(s, &l);
		if ((n->few || is_sorted_whole(plan) == in_memory) &&
		    !is_scanned(plan))
			continue;
		good = false;
		note("turn %d\n%s", i, plan);
	}
	ok(good, "%s by %s %s", n->name, f->api,
	    in_memory || n->few ? "is one of those sorted in memory"
				: "comes in the order of an index");
}

/* An index finds the few rows of this value, which may be sorted then. */
static bool
is_found(const char *plan, const struct field *f)
{
	const char *sql = field_filter(f), *column = strchr(sql, '.');
	char term[64];

	snprintf(term, sizeof(term), " AND %s=?", column ? column + 1 : sql);
	return strstr(plan, term) != NULL;
}

static void
check_filter(struct shop *s, const struct noun *n, const struct field *f)
{
	struct list l;
	const char *plan;
	bool may_walk = n->few || (f->flags & COARSE);

	list_init(&l, n);
	l.counts = true;
	l.filter[l.n_filters++] =
	    (struct list_filter){f, f->type == FIELD_ID ? s->tenant.s : "1"};
	plan = plan_of_list(s, &l);
	if (!ok(!is_scanned(plan) &&
		    (is_found(plan, f) || (may_walk && !is_sorted_whole(plan))),
		"%s of one %s are found by an index%s", n->name, f->api,
		may_walk ? " or walked in the order of time" : ""))
		note("\n%s", plan);
}

/* What the bell on every page reads of the log does not grow with log-ins. */
static void
check_notices(struct shop *s)
{
	const struct notice *list;
	struct tx tx;
	const char *plan;
	size_t n;

	s->t->actor.id = s->tenant;
	testdb_begin(s->t, &tx, TX_READ, &s->tenant);
	if (notices_list(&tx, &list, &n) != OK)
		bail("no notices");
	plan = plan_of(&tx);
	tx_rollback(&tx);
	if (!ok(strstr(plan, "audit_logs_own") &&
		    strstr(plan, "approvals_status") &&
		    strstr(plan, "SEARCH y USING INDEX payments_invoice"),
		"notices are found by indexes of their states"))
		note("\n%s", plan);
}

static int
times(const char *text, const char *word)
{
	int n = 0;

	while ((text = strstr(text, word)) != NULL) {
		text += strlen(word);
		n++;
	}
	return n;
}

/* What is due: by its own index, in its order, however many are open. */
static void
check_due(struct shop *s)
{
	const char *plan;
	struct list l;

	list_init(&l, &invoices_noun);
	l.counts = true;
	invoices_due_before(&l, "2026-11-20");
	plan = plan_of_list(s, &l);
	ok(!is_sorted_whole(plan) && !is_scanned(plan) &&
		times(plan, "invoices_due") == 2,
	    "invoices that are due are listed and counted by their index");
	note("%s", plan);
}

static void
test(struct testdb *t)
{
	struct shop s;

	if (t->engine != DB_SQLITE) {
		ok(true, "PostgreSQL plans by what it measures");
		return;
	}
	shop_open(&s, t, "acme");
	check_notices(&s);
	for (size_t i = 0; i < N_ELEMS(nouns); i++)
		for (size_t k = 0; k < nouns[i]->n_fields; k++) {
			const struct field *f = &nouns[i]->field[k];

			if (f->sort)
				check_sort(&s, nouns[i], f);
			if (f->flags & FILTER)
				check_filter(&s, nouns[i], f);
		}
	check_due(&s);
}

int
main(void)
{
	testdb_each(test);
	return tap_done();
}
