/* places.c - a site goes where its product says and there is room, or waits.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/placement.h"
#include "orders/order.h"
#include "provisioning/task.h"
#include "resource/write.h"
#include "hosting/hosting_nouns.h"
#include "shop.h"
#include "tap.h"

#define ITEM(code, price, period)                                              \
	"{\"productSlug\":\"" code "\",\"unitPrice\":" price                   \
	",\"billingPeriod\":\"" period "\"}"
#define STARTER ITEM("starter", "29.88", "year")
#define BACKUP	ITEM("daily-backups-30d", "4.99", "month")

#define SERVER(name, set)                                                      \
	"UPDATE servers SET " set " WHERE tenant_id = $1 AND name = '" name "'"

static void
must(struct shop *s, const char *sql)
{
	if (shop_exec(s, sql) != OK)
		bail("%s", sql);
}

static struct id
take(struct shop *s, const char *intent, const char *items, const char *domain)
{
	struct order_taken taken;

	if (shop_take(s, shop_body(s, intent, "a@b.test", items, domain), NULL,
		&taken) != OK)
		bail("order %s", intent);
	ok(taken.status == ORDER_PROCESSING, "%s is placed", intent);
	return taken.order;
}

static const char *
of_task(struct shop *s, const struct id *order, const char *type,
    const char *column)
{
	return shop_text(s,
	    arena_printf(s->t->arena,
		"SELECT %s FROM provisioning_tasks t LEFT JOIN servers v "
		"ON v.tenant_id = t.tenant_id AND v.id = t.server_id "
		"WHERE t.tenant_id = $1 AND t.order_id = $2 AND t.type = $3",
		column),
	    DB_ID(order), DB_TEXT(type));
}

static enum err
fill(struct tx *tx, void *arg)
{
	return places_fill(tx, arg);
}

static int64_t
filled(struct shop *s)
{
	int64_t n = -1;

	return shop_run(s, fill, &n) == OK ? n : -1;
}

/* ---- which server ---- */

/* clang-format off */
static const struct {
	const char *claim, *sql, *server, *why;
} picks[] = {
	{"the only one", NULL, "node1",
	 "0 of 1000 places taken, the only server with room"},
	{"the emptiest of its group", SERVER("node2", "status = 'active'"), "node2",
	 "0 of 1000 places taken, fewest"},
	{"the one whose agent is there", SERVER("node1", "agent_last_seen = 1795175990"), "node1",
	 "1 of 1000 places taken, the only server whose agent reports"},
	{"a new one rather than one that is silent", SERVER("node1", "agent_last_seen = 1795175000"), "node2",
	 "1 of 1000 places taken, fewest"},
	{"a silent one, where there is no other", SERVER("node2", "status = 'draining'"), "node1",
	 "2 of 1000 places taken, the only server with room; its agent is silent, as are those of all with room"},
	{"one of the product's group, however empty others are",
	 "UPDATE products SET server_group = 'web-eu' WHERE tenant_id = $1", "node3",
	 "0 of 50 places taken, the only server with room in group web-eu"},
	{"still one of that group", SERVER("node4", "status = 'active'"), "node4",
	 "0 of 30 places taken, fewest in group web-eu"},
	{"the one that has fewest for its weight",
	 SERVER("node3", "weight = 30"), "node3",
	 "1 of 50 places taken, fewest for its weight of 30 in group web-eu"},
	{"not a full one", SERVER("node3", "capacity_sites = 2"), "node4",
	 "1 of 30 places taken, the only server with room in group web-eu"},
	{"nowhere, when the group is full", SERVER("node4", "capacity_sites = 2"), NULL,
	 "all 4 places in group web-eu are taken"},
	{"nowhere, when nobody is in the group",
	 "UPDATE products SET server_group = 'web-us' WHERE tenant_id = $1", NULL,
	 "there is no active web server in group web-us"},
	{"anywhere again", "UPDATE products SET server_group = '' WHERE tenant_id = $1",
	 "node2", "2 of 1000 places taken, fewest"},
};
/* clang-format on */

static void
test_picks(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_server(&s, "node2");
	shop_add_server(&s, "node3");
	shop_add_server(&s, "node4");
	must(&s, "UPDATE servers SET status = 'draining' "
		 "WHERE tenant_id = $1 AND name <> 'node1'");
	must(&s, SERVER("node3", "server_group = 'web-eu', "
				 "capacity_sites = 50, status = 'active'"));
	must(&s, SERVER("node4", "server_group = 'web-eu', "
				 "capacity_sites = 30"));
	must(&s, SERVER("node3", "status = 'draining'"));
	for (size_t i = 0; i < N_ELEMS(picks); i++) {
		const char *got;
		struct id order;

		if (i == 5) {
			must(&s, SERVER("node2", "status = 'active'"));
			must(&s, SERVER("node3", "status = 'active'"));
		}
		if (picks[i].sql)
			must(&s, picks[i].sql);
		order = take(&s, arena_printf(t->arena, "pi_%zu", i), STARTER,
		    arena_printf(t->arena, "d%zu.test", i));
		got = of_task(&s, &order, "website", "v.name");
		is_str(got ? got : "none",
		    picks[i].server ? picks[i].server : "none",
		    arena_printf(
			t->arena, "a site goes to %s", picks[i].claim));
		is_str(of_task(&s, &order, "website", "t.placement"),
		    picks[i].why, "and its task says why");
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

/* ---- waiting ---- */

static void
check_waits(struct shop *s, const struct id *order)
{
	is_str(of_task(s, order, "website", "t.status"), "pending",
	    "its task waits");
	is_str(of_task(s, order, "website", "t.placement"),
	    "all 1 places on your servers are taken", "and says what for");
	is_str(shop_text(s, "SELECT w.status FROM websites w "
			    "WHERE w.tenant_id = $1 AND w.server_id IS NULL"),
	    "pending", "and so does the site");
	is_int(shop_int(s, "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
			   "AND template = 'mail/staff-no-place'"),
	    1, "staff are told once");
	is_int(shop_int(s,
		   "SELECT COUNT(*) FROM invoices WHERE tenant_id = $1 "
		   "AND order_id = $2 AND status = 'paid'",
		   DB_ID(order)),
	    1, "the customer has the invoice");
	is_int(filled(s), 0, "nothing is put where there is no room");
}

static void
check_goes_on(struct shop *s, const struct id *order)
{
	struct id node2 = shop_add_server(s, "node2");

	is_int(shop_work(s, &node2), 0, "no agent gets what has no place");
	is_int(filled(s), 1, "a new server gets it");
	is_int(filled(s), 0, "once");
	is_str(of_task(s, order, "website", "v.name"), "node2", "it is there");
	is_str(of_task(s, order, "website", "t.placement"),
	    "0 of 1000 places taken, the only server with room",
	    "and says why");
	is_str(of_task(s, order, "backup", "v.name"), "node2",
	    "the backups of it, too");
	ok(strstr(of_task(s, order, "backup", "t.payload"),
	       "\"retentionDays\":30") != NULL,
	    "as long as they were sold");
	ok(strstr(of_task(s, order, "backup", "t.payload"),
	       "\"server\":\"node2\"") != NULL,
	    "and the agent is told its name");
	is_int(shop_work(s, &node2), 2, "the agent does both");
	is_str(shop_text(s,
		   "SELECT status FROM orders "
		   "WHERE tenant_id = $1 AND id = $2",
		   DB_ID(order)),
	    "completed", "and the order is done");
}

static void
test_waits(struct testdb *t)
{
	struct shop s;
	struct id order;

	shop_open(&s, t, "acme");
	must(&s, SERVER("node1", "capacity_sites = 1"));
	take(&s, "pi_1", STARTER, "one.test");
	order = take(&s, "pi_2", STARTER "," BACKUP, "two.test");
	check_waits(&s, &order);
	ok(shop_is_sound(&s), "all invariants hold while it waits");
	check_goes_on(&s, &order);
	ok(shop_is_sound(&s), "and afterwards");
}

/* The oldest first, and a full group keeps nobody of another waiting. */
static void
test_turn(struct testdb *t)
{
	struct id first, second, third;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_server(&s, "node2");
	must(&s, "UPDATE servers SET capacity_sites = 0 "
		 "WHERE tenant_id = $1");
	must(&s, SERVER("node2", "server_group = 'web-eu'"));
	must(&s, "UPDATE products SET server_group = 'web-eu' "
		 "WHERE tenant_id = $1 AND code = 'starter'");
	first = take(&s, "pi_1", STARTER, "one.test");
	second = take(&s, "pi_2", ITEM("student", "9.88", "year"), "two.test");
	third = take(&s, "pi_3", ITEM("student", "9.88", "year"), "three.test");
	must(&s, SERVER("node1", "capacity_sites = 1"));
	is_int(filled(&s), 1, "one place is given");
	is_int(of_task(&s, &first, "website", "v.name") == NULL, true,
	    "not to the first, whose group is full");
	is_str(of_task(&s, &second, "website", "v.name"), "node1",
	    "but to the next");
	is_int(of_task(&s, &third, "website", "v.name") == NULL, true,
	    "and not to the last");
	must(&s, SERVER("node2", "capacity_sites = 1"));
	is_int(filled(&s), 1, "a place in the group");
	is_str(of_task(&s, &first, "website", "v.name"), "node2",
	    "is the first one's");
}

/* A site without a domain is named when it has a server. */
static void
test_named(struct testdb *t)
{
	struct shop s;
	struct id order;

	shop_open(&s, t, "acme");
	must(&s, SERVER("node1", "capacity_sites = 0"));
	order = take(&s, "pi_1", STARTER "," BACKUP, "");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM order_items "
			    "WHERE tenant_id = $1 AND site_domain IS NOT NULL"),
	    0, "nobody knows its name yet");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM invoice_items "
			    "WHERE tenant_id = $1 "
			    "AND description LIKE '%invalid%'"),
	    0, "and the invoice names none");
	must(&s, SERVER("node1", "capacity_sites = 5"));
	is_int(filled(&s), 1, "there is room");
	is_str(shop_text(&s,
		   "SELECT CASE WHEN w.domain LIKE 'starter-%.preview.test' "
		   "AND w.domain = i.site_domain AND w.domain = s.domain "
		   "THEN 'same' ELSE w.domain END FROM websites w "
		   "JOIN subscriptions s ON s.tenant_id = w.tenant_id "
		   "AND s.id = w.subscription_id "
		   "JOIN order_items i ON i.tenant_id = w.tenant_id "
		   "AND i.id = s.order_item_id WHERE w.tenant_id = $1"),
	    "same", "site, subscription and item have its name");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks t "
			    "JOIN websites w ON w.tenant_id = t.tenant_id "
			    "AND w.id = t.website_id "
			    "WHERE t.tenant_id = $1 AND t.payload LIKE "
			    "'%\"domain\":\"' || w.domain || '\"%'"),
	    2, "and both tasks tell it");
	is_int(shop_work(&s, &s.server), 2, "which are done");
	is_str(of_task(&s, &order, "backup", "t.status"), "success", "both");
	ok(shop_is_sound(&s), "all invariants hold");
}

/* Two companies with the same names wait; one of them gets room. */
static void
test_tenants(struct testdb *t)
{
	struct shop s, rival;
	struct id ours, theirs;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	must(&s, SERVER("node1", "capacity_sites = 0"));
	must(&rival, SERVER("node1", "capacity_sites = 0"));
	ours = take(&s, "pi_1", STARTER "," BACKUP, "one.test");
	theirs = take(&rival, "pi_1", STARTER "," BACKUP, "one.test");
	must(&rival, SERVER("node1", "capacity_sites = 5"));
	is_int(filled(&s), 0, "room of another company is none");
	is_int(filled(&rival), 1, "and is theirs");
	ok(of_task(&s, &ours, "website", "v.name") == NULL, "ours waits on");
	is_str(of_task(&rival, &theirs, "backup", "v.name"), "node1",
	    "theirs is put there, with its backups");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND server_id IS NULL "
			    "AND payload LIKE '%\"server\":\"\"%'"),
	    2, "and nobody has written into ours");
	ok(shop_is_sound(&s) && shop_is_sound(&rival), "both are sound");
}

/* ---- what staff do meanwhile ---- */

static enum err
refund(struct tx *tx, void *arg)
{
	int64_t minor;

	return order_refund(tx, arg, false, "test", &minor);
}

static enum err
cancel_task(struct tx *tx, void *arg)
{
	return task_cancel(tx, arg, "test");
}

static enum err
retry_task(struct tx *tx, void *arg)
{
	return task_retry(tx, arg);
}

static void
test_ended(struct testdb *t)
{
	struct shop s;
	struct id order;

	shop_open(&s, t, "acme");
	must(&s, SERVER("node1", "capacity_sites = 0"));
	order = take(&s, "pi_1", STARTER "," BACKUP, "one.test");
	is_int(shop_run(&s, refund, &order), OK, "what waits is refunded");
	must(&s, SERVER("node1", "capacity_sites = 5"));
	is_int(filled(&s), 0, "and gets no place any more");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM websites "
			    "WHERE tenant_id = $1 AND status = 'removed'"),
	    1, "its site is gone");
	take(&s, "pi_2", STARTER, "one.test");
	ok(shop_is_sound(&s), "all invariants hold, and its domain is free");
}

static void
test_cancelled(struct testdb *t)
{
	struct shop s;
	struct id order, task;

	shop_open(&s, t, "acme");
	must(&s, SERVER("node1", "capacity_sites = 0"));
	order = take(&s, "pi_1", STARTER, "one.test");
	task = id_of(of_task(&s, &order, "website", "t.id"));
	is_int(shop_run(&s, cancel_task, &task), OK, "the task is cancelled");
	must(&s, SERVER("node1", "capacity_sites = 5"));
	is_int(filled(&s), 0, "a cancelled task gets no place");
	is_int(shop_run(&s, retry_task, &task), OK, "it is tried again");
	is_int(filled(&s), 1, "and gets one");
	is_int(shop_work(&s, &s.server), 1, "and is done");
}

/* ---- a server that has something on it ---- */

struct change {
	struct id server;
	const char *field, *text; /* NULL: remove it */
};

static enum err
change(struct tx *tx, void *arg)
{
	const struct change *c = arg;
	struct values v;
	enum err e;

	if (!c->field)
		return noun_remove(tx, &servers_noun, &c->server, 0);
	e = values_of(&v, tx, &servers_noun, &c->server);
	if (e == OK && !values_take(&v, c->field, c->text))
		e = E_INPUT;
	return e == OK ? noun_change(&v) : e;
}

/* clang-format off */
static const struct {
	const char *claim, *field, *text;
	enum err before, after; /* with a site; without */
} changes[] = {
	{"takes as many as it has", "capacitySites", "1", OK, OK},
	{"takes none", "capacitySites", "0", E_INPUT, OK},
	{"drains", "status", "draining", OK, OK},
	{"is retired", "status", "retired", E_INPUT, OK},
	{"is a mail server", "role", "email", E_INPUT, OK},
	{"is renamed", "name", "node9", OK, OK},
	{"has no weight", "weight", "0", E_INPUT, E_INPUT},
	{"has more places than there are", "capacitySites", "1000001", E_INPUT, E_INPUT},
	{"is removed", NULL, NULL, E_CONFLICT, OK},
	{"is removed again", NULL, NULL, E_CONFLICT, E_NOTFOUND},
};
/* clang-format on */

static void
test_changes(struct testdb *t)
{
	struct change c;
	struct shop s;
	struct id order;

	shop_open(&s, t, "acme");
	c.server = s.server;
	order = take(&s, "pi_1", STARTER, "one.test");
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < N_ELEMS(changes); i++) {
			c.field = changes[i].field;
			c.text = changes[i].text;
			is_int(shop_run(&s, change, &c),
			    pass == 0 ? changes[i].before : changes[i].after,
			    arena_printf(t->arena, "with %s it %s",
				pass == 0 ? "a site" : "none",
				changes[i].claim));
		}
		if (pass == 0 && shop_run(&s, refund, &order) != OK)
			bail("refund");
	}
	ok(shop_is_sound(&s), "all invariants hold");
}

int
main(void)
{
	testdb_each(test_picks);
	testdb_each(test_waits);
	testdb_each(test_turn);
	testdb_each(test_named);
	testdb_each(test_tenants);
	testdb_each(test_ended);
	testdb_each(test_cancelled);
	testdb_each(test_changes);
	return tap_done();
}
