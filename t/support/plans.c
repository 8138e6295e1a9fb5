/* plans.c - no list of tickets is read whole, however many are closed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * As t/orders/plans.c: SQLite's planner is asked, whose statistics are part of
 * the schema.
 */
#include "config.h"

#include "desk.h"
#include "store/driver.h"
#include "support/tickets_noun.h"
#include "tap.h"

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

/* By this index alone, in its order. */
static void
check(struct desk *d, struct list *l, const char *index, const char *claim)
{
	const char *plan;
	struct rows r;
	struct tx tx;
	int64_t n;

	testdb_begin(d->s.t, &tx, TX_READ, &d->s.tenant);
	if (list_run(&tx, l, &r) != OK || rows_done(&r) != OK)
		bail("%s", claim);
	plan = plan_of(&tx);
	if (!ok(strstr(plan, arena_printf(tx.arena, "INDEX %s ", index)) &&
		    !strstr(plan, "USE TEMP B-TREE FOR ORDER BY") &&
		    !strstr(plan, "# SCAN t"),
		"%s", claim))
		note("\n%s", plan);
	if (list_count(&tx, l, &n) != OK)
		bail("%s", claim);
	plan = plan_of(&tx);
	if (!ok(strstr(plan, arena_printf(tx.arena, "INDEX %s ", index)) !=
		    NULL,
		"%s: counted by the same", claim))
		note("\n%s", plan);
	tx_rollback(&tx);
}

static void
by_last(
    struct list *l, const struct noun *n, struct problems *p, struct arena *a)
{
	list_init(l, n);
	if (!list_param(l, a, p, "sort", "-lastMessageAt"))
		bail("sort");
}

/* What is remembered of one view is not said of another. */
static void
test_counts(struct desk *d)
{
	struct list l[TICKETS_VIEW__MAX];
	int64_t n[TICKETS_VIEW__MAX];
	struct ticket_done done[3];
	struct ticket_new q = desk_question(d);
	struct tx tx;

	for (size_t i = 0; i < N_ELEMS(done); i++)
		if (desk_ask(d, &q, &done[i]) != OK)
			bail("no question");
	if (shop_exec(&d->s,
		"UPDATE tickets SET assignee_id = $2 "
		"WHERE tenant_id = $1 AND id = $3",
		DB_ID(&d->agent), DB_ID(&done[0].ticket)) != OK ||
	    shop_exec(&d->s,
		"UPDATE tickets SET status = 'closed', closed_at = 1 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&done[1].ticket)) != OK)
		bail("not sorted");
	for (int i = 0; i < TICKETS_VIEW__MAX; i++) {
		list_init(&l[i], &tickets_noun);
		tickets_view(&l[i], (enum ticket_view)i, d->agent.s);
	}
	for (int turn = 0; turn < 2; turn++) {
		struct ticket t;

		/* it is known that nothing has changed when something was read
		 */
		testdb_begin(d->s.t, &tx, TX_READ, &d->s.tenant);
		if (ticket_get(&tx, &done[0].ticket, &t) != OK ||
		    list_counts(&tx, l, TICKETS_VIEW__MAX, n) != OK)
			bail("no counts");
		tx_rollback(&tx);
		ok(n[TICKETS_MINE] == 1 && n[TICKETS_UNASSIGNED] == 1 &&
			n[TICKETS_LIVING] == 2 && n[TICKETS_CLOSED] == 1 &&
			n[TICKETS_ALL] == 3,
		    "each view is counted by itself, turn %d", turn);
	}
}

static void
test(struct testdb *t)
{
	static const struct {
		enum ticket_view view;
		const char *index, *claim;
	} views[] = {
	    {TICKETS_MINE, "tickets_mine", "mine"},
	    /* to SQLite nobody is a value like others; PostgreSQL has
	     * tickets_unassigned */
	    {TICKETS_UNASSIGNED, "tickets_mine", "nobody's"},
	    {TICKETS_LIVING, "tickets_open", "all that are open"},
	    {TICKETS_CLOSED, "tickets_status", "the closed"},
	};
	struct desk d;
	struct list l;

	desk_open(&d, t);
	for (size_t i = 0; i < N_ELEMS(views); i++) {
		by_last(&l, &tickets_noun, &t->problems, t->arena);
		tickets_view(&l, views[i].view, d.agent.s);
		check(&d, &l, views[i].index, views[i].claim);
		by_last(&l, &tickets_noun, &t->problems, t->arena);
		tickets_view(&l, views[i].view, d.agent.s);
		l.after_value = "1";
		l.after_id = d.agent.s;
		check(&d, &l, views[i].index,
		    arena_printf(t->arena, "%s from the second page on",
			views[i].claim));
	}
	test_counts(&d);
	by_last(&l, &tickets_noun, &t->problems, t->arena);
	check(&d, &l, "tickets_last", "all of them");
	by_last(&l, &portal_tickets_noun, &t->problems, t->arena);
	list_only(&l, "accountId", d.customer[0].s);
	check(&d, &l, "tickets_customer", "a customer's own");
}

int
main(void)
{
	if (!testdb_only(DB_SQLITE))
		return tap_done();
	testdb_each(test);
	return tap_done();
}
