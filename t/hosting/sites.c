/* sites.c - what staff ask of a site, what its agent does, where sites go.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "hosting/backup.h"
#include "hosting/server.h"
#include "hosting/website.h"
#include "shop.h"
#include "tap.h"

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"
#define BACKUP                                                                 \
	"{\"productSlug\":\"daily-backups-30d\",\"unitPrice\":4.99,"           \
	"\"billingPeriod\":\"month\"}"

/* ---- verbs as shop_run() wants them ---- */

static enum err
suspend(struct tx *tx, void *arg)
{
	return website_suspend(tx, arg, "unpaid");
}

static enum err
unsuspend(struct tx *tx, void *arg)
{
	return website_unsuspend(tx, arg);
}

static enum err
remove_site(struct tx *tx, void *arg)
{
	return website_remove(tx, arg, "not wanted");
}

static enum err
suspend_subscription(struct tx *tx, void *arg)
{
	return hosting_suspend_subscription(tx, arg, "unpaid");
}

static enum err
unsuspend_subscription(struct tx *tx, void *arg)
{
	return hosting_unsuspend_subscription(tx, arg);
}

static enum err
remove_subscription(struct tx *tx, void *arg)
{
	return hosting_remove_subscription(tx, arg, "over");
}

static enum err
retry(struct tx *tx, void *arg)
{
	return task_retry(tx, arg);
}

static int64_t
steps(struct shop *s, const char *step)
{
	return shop_int(s,
	    "SELECT COUNT(*) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND step = $2",
	    DB_TEXT(step));
}

static const char *
site_status(struct shop *s)
{
	return shop_text(s, "SELECT status FROM websites WHERE tenant_id = $1");
}

/* A shop with one order of items; the site's and the first subscription's id.
 */
struct one {
	struct shop shop;
	struct id site, subscription;
};

static void
open_one(struct one *o, struct testdb *t, const char *items, bool done)
{
	struct order_taken taken;
	struct shop *s = &o->shop;

	shop_open(s, t, "acme");
	if (shop_take(s, shop_body(s, "pi_1", "a@b.test", items, "a.test"),
		NULL, &taken) != OK)
		bail("site");
	if (done)
		shop_work(s, &s->server);
	o->site =
	    id_of(shop_text(s, "SELECT id FROM websites WHERE tenant_id = $1"));
	o->subscription = id_of(shop_text(s, "SELECT subscription_id "
					     "FROM websites "
					     "WHERE tenant_id = $1"));
}

/* ---- the life of a site ---- */

static void
test_life(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;

	open_one(&o, t, STARTER, true);
	is_str(site_status(s), "active", "a made site is active");
	is_int(shop_run(s, unsuspend, &o.site), OK,
	    "resuming what runs is nothing");
	is_int(steps(s, "unsuspend"), 0, "and queues nothing");
	is_int(shop_run(s, suspend, &o.site), OK, "it is to be suspended");
	is_int(shop_run(s, suspend, &o.site), OK, "twice");
	is_int(steps(s, "suspend"), 1, "by one task");
	is_str(site_status(s), "active", "it is active until the agent did it");
	is_int(shop_work(s, &s->server), 1, "the agent does it");
	is_str(site_status(s), "suspended", "then it is suspended");
	is_int(shop_run(s, unsuspend, &o.site), OK, "it is to be resumed");
	is_int(shop_run(s, suspend, &o.site), OK, "and suspended again");
	is_int(steps(s, "suspend"), 2, "which is another task");
	is_int(shop_work(s, &s->server), 2, "the agent does both");
	is_str(site_status(s), "suspended", "the last word counts");
	is_int(shop_run(s, remove_site, &o.site), OK, "it is to be removed");
	is_int(shop_run(s, remove_site, &o.site), OK, "twice");
	is_int(steps(s, "remove"), 1, "by one task");
	is_int(shop_run(s, unsuspend, &o.site), E_CONFLICT,
	    "what is to be removed can't be resumed");
	is_int(shop_work(s, &s->server), 1, "the agent removes it");
	is_str(site_status(s), "removed", "then it is removed");
	is_int(shop_run(s, suspend, &o.site), E_CONFLICT,
	    "and can't be suspended");
	is_int(shop_run(s, remove_site, &o.site), OK,
	    "removing what is gone is nothing");
	is_int(shop_int(s, "SELECT COUNT(*) FROM audit_logs "
			   "WHERE tenant_id = $1 AND noun = 'websites' "
			   "AND detail LIKE '%not wanted%'"),
	    1, "the reason is audited");
	ok(shop_is_sound(s), "all invariants hold");
}

/* Paid just after a suspension was queued: the site must run in the end. */
static void
test_resumed_in_time(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct id task;
	char token[64];

	open_one(&o, t, STARTER, true);
	is_int(shop_run(s, suspend_subscription, &o.subscription), OK,
	    "a subscription's site is to be suspended");
	is_int(shop_run(s, unsuspend_subscription, &o.subscription), OK,
	    "and at once resumed");
	task = shop_claim(s, &s->server, token);
	is_int(shop_report(s, &s->server, &task, token, false), TASK_RECORDED,
	    "the agent fails to suspend it");
	is_int(shop_run(s, retry, &task), E_CONFLICT,
	    "which can't be tried again, because it is overtaken");
	is_int(shop_work(s, &s->server), 1, "the agent resumes it");
	is_str(site_status(s), "active", "and it runs");
	ok(shop_is_sound(s), "all invariants hold");
}

static void
test_never_made(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct id task;

	open_one(&o, t, STARTER, false);
	is_int(shop_run(s, suspend, &o.site), E_CONFLICT,
	    "a site that is not made can't be suspended");
	is_int(shop_run(s, remove_site, &o.site), OK, "but removed");
	is_str(site_status(s), "removed", "at once");
	is_int(shop_work(s, &s->server), 0, "no agent makes it any more");
	task = id_of(shop_text(s, "SELECT id FROM provisioning_tasks "
				  "WHERE tenant_id = $1"));
	is_int(shop_run(s, retry, &task), E_CONFLICT,
	    "and staff can't have it made");
	ok(shop_is_sound(s), "all invariants hold");
}

/* A retry begins to count anew, but there may be something on the node. */
static void
test_tried(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct id task;
	char token[64];

	open_one(&o, t, STARTER, false);
	task = shop_claim(s, &s->server, token);
	if (shop_report(s, &s->server, &task, token, false) != TASK_RECORDED)
		bail("failure");
	is_str(site_status(s), "failed", "a site that could not be made");
	is_int(shop_run(s, retry, &task), OK, "is tried again");
	is_int(shop_run(s, remove_site, &o.site), OK, "but then removed");
	is_int(steps(s, "remove"), 1, "by the agent, who had begun it");
	is_int(shop_work(s, &s->server), 1, "which does only that");
	is_str(site_status(s), "removed", "then it is gone");
	ok(shop_is_sound(s), "all invariants hold");
}

/* ---- by subscription, with backups ---- */

static void
test_subscription(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct id backup;

	open_one(&o, t, STARTER "," BACKUP, true);
	backup = id_of(shop_text(s, "SELECT subscription_id "
				    "FROM provisioning_tasks "
				    "WHERE tenant_id = $1 "
				    "AND type = 'backup'"));
	is_int(shop_run(s, suspend_subscription, &backup), OK,
	    "a subscription without a site has nothing to suspend");
	is_int(steps(s, "suspend"), 0, "and suspends nothing");
	is_int(shop_run(s, suspend_subscription, &o.subscription), OK,
	    "one with a site has");
	is_int(steps(s, "suspend"), 1, "and suspends it");
	is_int(shop_run(s, unsuspend_subscription, &o.subscription), OK,
	    "and resumes it");
	is_int(
	    shop_run(s, remove_subscription, &backup), OK, "the backups end");
	is_int(shop_run(s, remove_subscription, &backup), OK, "twice");
	is_int(shop_int(s, "SELECT COUNT(*) FROM provisioning_tasks "
			   "WHERE tenant_id = $1 AND type = 'backup' "
			   "AND step = 'remove'"),
	    1, "by one task");
	is_int(shop_run(s, remove_subscription, &o.subscription), OK,
	    "the site ends");
	is_int(shop_work(s, &s->server), 2,
	    "the agent takes both down and does nothing else first");
	is_str(site_status(s), "removed", "and the site is gone");
	ok(shop_is_sound(s), "all invariants hold");
}

/* A backup task that was tried and is to be tried again has a schedule. */
static void
test_backup_tried(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct id task, backup;
	char token[64];

	open_one(&o, t, STARTER "," BACKUP, false);
	task = shop_claim(s, &s->server, token);
	if (shop_report(s, &s->server, &task, token, true) != TASK_RECORDED)
		bail("site");
	task = shop_claim(s, &s->server, token);
	backup = id_of(shop_text(s, "SELECT subscription_id "
				    "FROM provisioning_tasks "
				    "WHERE tenant_id = $1 "
				    "AND type = 'backup'"));
	if (shop_report(s, &s->server, &task, token, false) != TASK_RECORDED ||
	    shop_run(s, retry, &task) != OK)
		bail("backup");
	is_int(shop_run(s, remove_subscription, &backup), OK,
	    "backups end while they are tried again");
	is_int(shop_work(s, &s->server), 1, "the agent gets one task");
	is_str(shop_text(s, "SELECT step FROM provisioning_tasks "
			    "WHERE tenant_id = $1 AND type = 'backup' "
			    "AND status = 'success'"),
	    "remove", "which takes the schedule down");
}

static enum err
record(struct tx *tx, void *arg)
{
	return backup_record(tx, arg);
}

static void
test_record(struct testdb *t)
{
	struct one o;
	struct shop *s = &o.shop;
	struct backup_report b;

	open_one(&o, t, STARTER "," BACKUP, true);
	b = (struct backup_report){
	    .website = o.site,
	    .server = s->server,
	    .archive = "2026-11-21.tar.gz",
	    .bytes = INT64_C(5000000000),
	    .files = 7,
	    .sha256 = "cd",
	    .ok = true,
	    .taken_at = SHOP_NOW,
	};
	is_int(shop_run(s, record, &b), OK, "a nightly archive is recorded");
	b.ok = false;
	is_int(shop_run(s, record, &b), OK, "told twice");
	is_int(shop_int(s, "SELECT COUNT(*) FROM backups WHERE tenant_id = $1"),
	    2, "it is one, beside the first");
	is_int(shop_int(s, "SELECT bytes FROM backups WHERE tenant_id = $1 "
			   "AND status = 'ok' AND files = 7"),
	    INT64_C(5000000000), "as it was first told");
	b.website = id_new(1);
	is_int(shop_run(s, record, &b), E_CONFLICT,
	    "an archive of no site is refused");
}

/* ---- where a site goes ---- */

static enum err
place(struct tx *tx, void *arg)
{
	struct server_list list;
	struct placement p;
	struct rows r;
	enum err e = servers_ask(tx, &r);

	if (e != OK || (e = servers_read(&r, &list)) != OK)
		return e;
	p = servers_pick(tx->arena, &list, "");
	if (!p.server)
		return E_NOTFOUND;
	*(struct id *)arg = p.server->id;
	return OK;
}

/* clang-format off */
static const struct {
	const char *claim, *sql, *want; /* want: server's name, NULL: none */
} places[] = {
	{"the first of equals", NULL, "node1"},
	{"one whose agent is there", "UPDATE servers SET agent_last_seen = 1795175990 "
		"WHERE tenant_id = $1 AND name = 'node2'", "node2"},
	{"not one that is draining", "UPDATE servers SET status = 'draining' "
		"WHERE tenant_id = $1 AND name = 'node2'", "node1"},
	{"not one of another role", "UPDATE servers SET role = 'dns' "
		"WHERE tenant_id = $1 AND name = 'node1'", NULL},
	{"one that is active again", "UPDATE servers SET status = 'active' "
		"WHERE tenant_id = $1 AND name = 'node2'", "node2"},
	{"not a full one", "UPDATE servers SET capacity_sites = 0 "
		"WHERE tenant_id = $1 AND name = 'node2'", NULL},
	{"one that has room", "UPDATE servers SET role = 'web', capacity_sites = 3 "
		"WHERE tenant_id = $1 AND name = 'node1'", "node1"},
	{"not one that was deleted", "UPDATE servers SET deleted_at = 1 "
		"WHERE tenant_id = $1 AND name = 'node1'", NULL},
};
/* clang-format on */

static void
test_place(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_server(&s, "node2");
	for (size_t i = 0; i < N_ELEMS(places); i++) {
		struct id got = {""};

		if (places[i].sql && shop_exec(&s, places[i].sql) != OK)
			bail("%s", places[i].sql);
		ok(shop_run(&s, place, &got) ==
			(places[i].want ? OK : E_NOTFOUND),
		    "%zu: a site goes to %s", i, places[i].claim);
		if (places[i].want)
			is_str(shop_text(&s,
				   "SELECT name FROM servers "
				   "WHERE tenant_id = $1 AND id = $2",
				   DB_ID(&got)),
			    places[i].want, "namely");
	}
}

static void
test_spread(struct testdb *t)
{
	struct order_taken taken;
	struct shop s;

	shop_open(&s, t, "acme");
	shop_add_server(&s, "node2");
	if (shop_take(&s, SHOP_EXAMPLE, NULL, &taken) != OK)
		bail("example");
	is_int(shop_int(&s, "SELECT COUNT(DISTINCT server_id) FROM websites "
			    "WHERE tenant_id = $1"),
	    2, "two sites go to two servers: the emptiest is next");
}

int
main(void)
{
	testdb_each(test_life);
	testdb_each(test_resumed_in_time);
	testdb_each(test_never_made);
	testdb_each(test_tried);
	testdb_each(test_subscription);
	testdb_each(test_backup_tried);
	testdb_each(test_record);
	testdb_each(test_place);
	testdb_each(test_spread);
	return tap_done();
}
