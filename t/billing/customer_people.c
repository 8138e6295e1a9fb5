/* customer_people.c - a customer's first order brings one account, and is
 * never refused for it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "billing/customer_people.h"
#include "identity/user.h"
#include "mail/mail.h"
#include "shop.h"
#include "tap.h"
#include "tenancy/tenant_settings.h"
#include "testbox.h"

#define PROCESSES 8
#define ROUNDS	  10

static enum err
want_welcomes(struct tx *tx, void *arg)
{
	(void)arg;
	return tenant_set_welcomes(tx, true);
}

static enum err
want_none(struct tx *tx, void *arg)
{
	(void)arg;
	return tenant_set_welcomes(tx, false);
}

/* Beside one that welcomes nobody. */
static void
open_shop(struct shop *s, struct testdb *t)
{
	struct shop other;

	shop_open(&other, t, "other");
	is_int(shop_run(&other, want_none, NULL), OK, "another wants none");
	shop_open(s, t, "acme");
	is_int(shop_run(s, want_welcomes, NULL), OK, "welcomes are wanted");
}

/* An order of a customer of that name; its id. */
static struct id
place(struct shop *s, const char *email, const char *name)
{
	const char *body = arena_printf(s->t->arena,
	    "{\"stripePaymentIntentId\":\"pi_%s\",\"customerEmail\":\"%s\","
	    "\"customerName\":\"%s\",\"items\":[" SHOP_ITEMS "],"
	    "\"primaryDomain\":\"%s\"}",
	    email, email, name, strchr(email, '@') + 1);
	struct order_taken taken;

	if (shop_take(s, body, NULL, &taken) != OK)
		bail("order of %s", email);
	return id_of(shop_text(s,
	    "SELECT o.id FROM orders o JOIN customers c "
	    "ON c.tenant_id = o.tenant_id AND c.id = o.customer_id "
	    "WHERE o.tenant_id = $1 AND c.email = $2",
	    DB_TEXT(email)));
}

static enum err
welcome(struct tx *tx, void *arg)
{
	return customer_welcome(tx, arg);
}

static int64_t
n_people(struct shop *s)
{
	return shop_int(s, "SELECT count(*) FROM customer_people p "
			   "JOIN customers c ON c.tenant_id = p.tenant_id "
			   "AND c.id = p.customer_id "
			   "AND c.user_id = p.user_id "
			   "WHERE p.tenant_id = $1");
}

static int64_t
n_mails(struct shop *s)
{
	return shop_int(s, "SELECT count(*) FROM outbox WHERE tenant_id = $1 "
			   "AND template = 'mail/welcome'");
}

/* ---- names ---- */

static void
test_names(struct testdb *t)
{
	char longest[2 * 200 + 1] = "", cut[2 * USER_NAME_MAX + 1] = "";
	struct shop s;
	struct id id;

	for (int i = 0; i < 200; i++)
		strcat(longest, "ä");
	for (int i = 0; i < USER_NAME_MAX; i++)
		strcat(cut, "ä");
	open_shop(&s, t);
	id = place(&s, "ann@a.test", "Ann");
	is_int(shop_run(&s, welcome, &id), OK, "Ann is welcome");
	is_str(shop_text(&s, "SELECT name FROM users WHERE tenant_id = $1 "
			     "AND email = 'ann@a.test'"),
	    "Ann", "by her name");
	id = place(&s, "long@b.test", longest);
	is_int(shop_run(&s, welcome, &id), OK,
	    "a customer whose name is too long for a person is, too");
	is_str(shop_text(&s, "SELECT name FROM users WHERE tenant_id = $1 "
			     "AND email = 'long@b.test'"),
	    cut, "by as much of it as fits");
	is_int(shop_run(&s, welcome, &id), OK, "once more");
	is_int(n_people(&s), 2, "each has one account");
	is_int(n_mails(&s), 2, "and one mail");
}

/* ---- at once ---- */

struct race {
	struct id tenant;
	struct id order[ROUNDS];
	const char *email[ROUNDS];
};

struct turn {
	const struct race *race;
	int round;
	bool invites;
};

static enum err
take_turn(struct tx *tx, void *arg)
{
	static const struct customer_rights all = {true, true, true};
	const struct turn *turn = arg;
	const struct id *order = &turn->race->order[turn->round];
	struct rows r;
	struct id customer, user;
	enum err e;

	if (!turn->invites)
		return customer_welcome(tx, order);
	e = db_one(tx, &r,
	    "SELECT customer_id FROM orders "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(order));
	if (e != OK)
		return e;
	customer = row_id(&r, 0);
	e = rows_done(&r);
	return e == OK ? customer_people_add(tx, &customer,
			     turn->race->email[turn->round], "", &all, &user)
		       : e;
}

/* How many were refused.  The last one is of the staff, and invites the
 * customer at the same time; that may find the person there already. */
static int
racer(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct arena *a = arena_new(1 << 20);
	struct actor actor = {.kind = ACTOR_SYSTEM, .tenant = race->tenant};
	struct turn turn = {.race = race, .invites = i == PROCESSES - 1};
	struct problems problems;
	int refused = 0;

	for (turn.round = 0; turn.round < ROUNDS; turn.round++) {
		struct tx tx;
		enum err e;

		do {
			problems_init(&problems, a);
			tx_init(&tx, a, &problems, &actor, race->tenant.s);
			e = tx_run(db, TX_WRITE, &tx, take_turn, &turn);
		} while (e == E_BUSY);
		if (e != OK && !(turn.invites && e == E_CONFLICT))
			refused++;
	}
	arena_free(&a);
	return refused;
}

static void
test_race(struct testdb *t)
{
	struct race race = {.tenant = {""}};
	struct shop s;

	open_shop(&s, t);
	race.tenant = s.tenant;
	for (int i = 0; i < ROUNDS; i++) {
		race.email[i] = arena_printf(t->arena, "c%d@c%d.test", i, i);
		race.order[i] = place(&s, race.email[i], "C");
	}
	is_int(testdb_fork(t, PROCESSES, racer, &race), 0,
	    "of orders that are placed at once none is refused");
	is_int(n_people(&s), ROUNDS, "each customer has one account");
	is_int(shop_int(&s, "SELECT count(*) FROM users WHERE tenant_id = $1 "
			    "AND role = 'customer'"),
	    ROUNDS, "and nobody two");
	ok(n_mails(&s) <= ROUNDS, "nobody is welcomed twice");
	ok(shop_is_sound(&s), "all invariants hold after the race");
}

int
main(void)
{
	mail_use_box(test_box());
	testdb_each(test_names);
	testdb_each(test_race);
	return tap_done();
}
