/* placing.c - what staff ask for when they place an order by hand, for tests.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "placing.h"

enum err
place(struct tx *tx, void *arg)
{
	struct placing *p = arg;

	return order_place(tx, &p->wish, &p->order);
}

struct intake_item *
add(struct placing *p, const char *code, enum period period, const char *domain)
{
	struct intake_item *item = &p->wish.what.item[p->wish.what.n_items++];

	*item = (struct intake_item){
	    .product_code = code,
	    .quantity = 1,
	    .period = period,
	    .domain = domain,
	};
	return item;
}

struct placing *
starter(struct shop *s, const char *email)
{
	struct placing *p = ARENA_NEW(s->t->arena, struct placing);

	perm_add(&s->t->actor.perms, PERM_INVOICES_WRITE);
	p->wish = (struct order_wish){
	    .what =
		{
		    .email = email,
		    .name = "Some One",
		    .currency = "USD",
		    .metadata = "{}",
		    .canonical = "{}",
		},
	    .payment = ORDER_PAID,
	    .said = {"bank_transfer", "2026-11-18", "RE 7"},
	    .notes = "called us",
	};
	add(p, "starter", PERIOD_YEAR, "a.test");
	return p;
}

const char *
status_of(struct shop *s, const struct id *order)
{
	return shop_text(s,
	    "SELECT status FROM orders WHERE tenant_id = $1 AND id = $2",
	    DB_ID(order));
}

int64_t
count(struct shop *s, const char *table)
{
	return shop_int(
	    s, arena_printf(s->t->arena,
		   "SELECT COUNT(*) FROM %s WHERE tenant_id = $1", table));
}
