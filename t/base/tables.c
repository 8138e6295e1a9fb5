/* tables.c - tests of the small tables: errors, permissions, actors, problems,
 * facts.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/actor.h"
#include "base/error.h"
#include "base/fact.h"
#include "base/perm.h"
#include "base/problem.h"

#include "tap.h"

static void
errors(void)
{
	for (int e = 0; e < ERR__MAX; e++) {
		const struct err_info *i = err_info((enum err)e);

		ok(i->code && i->code[0] && i->title && i->title[0],
		    "error %d has a code and a title", e);
		ok((e == OK) == (i->status == 200) &&
			(e == OK) == (i->exit_status == 0) && i->status != 500,
		    "error %d is no success, and no bare 500", e);
	}
}

static void
permissions(void)
{
	struct perm_set s = {{0}};
	enum perm p = PERM__UNSET;

	for (int i = PERM__UNSET + 1; i < PERM__MAX; i++) {
		ok(perm_find(perm_name((enum perm)i), &p) && (int)p == i &&
			perm_text((enum perm)i)[0],
		    "permission %s is found by its name", perm_name(p));
	}
	ok(!perm_find("orders:burn", &p) && !perm_find("", &p) &&
		!perm_find("ORDERS_READ", &p),
	    "an unknown name is no permission");
	perm_add(&s, PERM_ORDERS_READ);
	perm_add(&s, PERM_PLATFORM_TENANTS);
	ok(perm_has(&s, PERM_ORDERS_READ) &&
		perm_has(&s, PERM_PLATFORM_TENANTS) &&
		!perm_has(&s, PERM_ORDERS_WRITE) && !perm_has(&s, PERM__UNSET),
	    "a set has what was added and no more");
}

static void
problems(void)
{
	struct arena *a = arena_new(1 << 20);
	struct problems p;
	char field[] = "x";

	problems_init(&p, a);
	problem_add(&p, field, "required", "%s is %d", "that", 5);
	field[0] = 'y';
	ok(p.n == 1 && strcmp(p.item[0].field, "x") == 0 &&
		strcmp(p.item[0].code, "required") == 0 &&
		strcmp(p.item[0].message, "that is 5") == 0,
	    "a problem is kept with its own copies");
	for (int i = 0; i < 100; i++)
		problem_add(&p, "f", "conflict", "again");
	ok(p.n == 101 && problems_kept(&p) == PROBLEMS_MAX,
	    "more than the most are counted and not kept");
	arena_free(&a);

	a = arena_new(0);
	problems_init(&p, a);
	problem_add(&p, "f", "required", "text");
	ok(p.n == 1 && p.item[0].field[0] == '\0' && arena_failed(a),
	    "without memory a problem still counts");
	arena_free(&a);
}

static char heard[32];

static enum err
hear_a(struct tx *tx, const struct id *subject)
{
	(void)tx;
	(void)subject;
	strcat(heard, "a");
	return OK;
}

static enum err
hear_b(struct tx *tx, const struct id *subject)
{
	(void)tx;
	strcat(heard, "b");
	return subject->s[0] == 'x' ? E_CONFLICT : OK;
}

const struct fact_hearer fact_hearers[] = {
    {FACT_INVOICE_PAID, hear_a},
    {FACT_ORDER_PLACED, hear_b},
    {FACT_INVOICE_PAID, hear_b},
    {FACT_INVOICE_PAID, hear_a},
    {FACT__MAX, NULL},
};

static void
facts(void)
{
	struct id fine = {"f"}, bad = {"x"};

	ok(fact(NULL, FACT_INVOICE_PAID, &fine) == OK, "a fact is told");
	is_str(heard, "aba", "to its hearers in their order");
	heard[0] = '\0';
	ok(fact(NULL, FACT_INVOICE_PAID, &bad) == E_CONFLICT,
	    "an error is handed back");
	is_str(heard, "ab", "and stops the telling");
	heard[0] = '\0';
	ok(fact(NULL, FACT_TASK_FAILED, &fine) == OK && heard[0] == '\0',
	    "a fact without hearers is fine");
}

int
main(void)
{
	errors();
	permissions();
	problems();
	facts();
	is_str(actor_kind_name(ACTOR_SERVER), "server", "kinds have names");
	return tap_done();
}
