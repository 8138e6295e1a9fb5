/* usage.c - what sites use is told again and again and counted once, and who
 * passes a share of a plan is told of it once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/usage.h"

#include "base/clock.h"
#include "hosting/website.h"
#include "shop.h"
#include "tap.h"

#define GB    INT64_C(1000000000)
#define TODAY "2026-11-20"
#define DAY   86400

#define STARTER                                                                \
	"{\"productSlug\":\"starter\",\"unitPrice\":29.88,"                    \
	"\"billingPeriod\":\"year\"}"

#define of(o, column)                                                          \
	shop_int(&(o)->shop, "SELECT " column " FROM site_usage_now "          \
			     "WHERE tenant_id = $1")

static void
change(struct shop *s, const char *sql)
{
	if (shop_exec(s, sql) != OK)
		bail("%s", sql);
}

static enum err
record(struct tx *tx, void *arg)
{
	return usage_record(tx, arg);
}

static enum err
forget(struct tx *tx, void *arg)
{
	return usage_forget(tx, arg);
}

static enum err
remove_site(struct tx *tx, void *arg)
{
	return website_remove(tx, arg, "not wanted");
}

static enum err
suspend(struct tx *tx, void *arg)
{
	return website_suspend(tx, arg, "unpaid");
}

struct one {
	struct shop shop;
	struct id site;
};

/* A made site, whose plan includes 10 GB of storage and 100 GB a month. */
static void
open_one(struct one *o, struct testdb *t)
{
	struct order_taken taken;
	struct shop *s = &o->shop;

	shop_open(s, t, "acme");
	if (shop_take(s, shop_body(s, "pi_1", "a@b.test", STARTER, "a.test"),
		NULL, &taken) != OK)
		bail("site");
	shop_work(s, &s->server);
	o->site =
	    id_of(shop_text(s, "SELECT id FROM websites WHERE tenant_id = $1"));
	change(s, "UPDATE products SET disk_space_mb = 10000, "
		  "bandwidth_gb = 100 WHERE tenant_id = $1");
}

static void
tell(struct one *o, const char *day, int64_t sent, int64_t disk)
{
	struct usage_report r = {
	    .website = o->site,
	    .server = o->shop.server,
	    .day = day,
	    .sent = sent,
	    .disk = disk,
	    .files = disk < 0 ? -1 : 7,
	};

	if (shop_run(&o->shop, record, &r) != OK)
		bail("record");
}

static int64_t
mails(struct one *o)
{
	return shop_int(&o->shop,
	    "SELECT COUNT(*) FROM outbox WHERE tenant_id = $1 "
	    "AND template = 'mail/usage' AND recipient = 'a@b.test'");
}

static int64_t
days(struct one *o)
{
	return shop_int(
	    &o->shop, "SELECT COUNT(*) FROM site_usage WHERE tenant_id = $1");
}

static void
test_days(struct testdb *t)
{
	struct one o;
	struct id other, stranger;
	struct usage_report r;

	open_one(&o, t);
	tell(&o, TODAY, 1000, 5000);
	tell(&o, TODAY, 1000, 5000);
	is_int(days(&o), 1, "a day that is told twice is one row");
	is_int(of(&o, "month_sent"), 1000, "and counted once");
	tell(&o, TODAY, 2500, 6000);
	is_int(of(&o, "month_sent"), 2500, "a later report takes its place");
	is_int(of(&o, "disk_bytes"), 6000, "also of the disk");
	tell(&o, "2026-11-19", 400, -1);
	is_int(of(&o, "month_sent"), 2900, "a day before adds to the month");
	is_int(of(&o, "disk_bytes"), 6000, "and says nothing of the disk now");
	tell(&o, "2026-10-31", 70000, 1);
	is_int(of(&o, "month_sent"), 2900, "one of last month does not");
	tell(&o, TODAY, 2600, -1);
	is_int(of(&o, "disk_bytes"), 6000,
	    "what could not be measured stays as it was");
	is_int(shop_int(&o.shop, "SELECT disk_bytes FROM site_usage "
				 "WHERE tenant_id = $1 AND day = '" TODAY "'"),
	    6000, "in its day, too");
	tell(&o, "2026-12-01", 5, 6100);
	is_int(of(&o, "month_sent"), 5, "a new month begins anew");
	tell(&o, "2026-11-30", 9, -1);
	is_int(of(&o, "month_sent"), 5, "and the last one ends without it");
	is_int(days(&o), 5, "five days are known");

	other = shop_add_server(&o.shop, "node2");
	stranger = id_new(clock_now_ms());
	r = (struct usage_report){o.site, other, 0, "2026-12-01", 77, 88, 1};
	is_int(shop_run(&o.shop, record, &r), OK, "another server may say it");
	is_int(of(&o, "month_sent"), 5, "and is not heard");
	r = (struct usage_report){
	    stranger, o.shop.server, 0, "2026-12-01", 1, 1, 1};
	is_int(shop_run(&o.shop, record, &r), OK, "so is a site that is none");
	is_int(days(&o), 5, "nothing came of it");
	ok(shop_is_sound(&o.shop), "the doctor finds nothing wrong");
}

static void
test_reading(struct testdb *t)
{
	struct usage_day day[USAGE_DAYS];
	struct usage_now u;
	struct one o;
	struct tx tx;

	open_one(&o, t);
	testdb_begin(t, &tx, TX_READ, &o.shop.tenant);
	is_int(usage_get(&tx, &o.site, &u), OK, "before the first report");
	is_str(u.day, "", "there is none");
	is_int(u.disk, -1, "and nothing is known");
	is_int(u.disk_limit, 10 * GB, "but what the plan includes");
	tx_rollback(&tx);

	tell(&o, TODAY, 1000, 5000);
	tell(&o, "2026-10-22", 3, -1);
	testdb_begin(t, &tx, TX_READ, &o.shop.tenant);
	if (usage_get(&tx, &o.site, &u) != OK ||
	    usage_days(&tx, &o.site, day) != OK)
		bail("read");
	is_int(u.sent, 1000, "what was sent this month");
	is_int(u.disk, 5000, "and is on the disk");
	is_int(u.sent_limit, 100 * GB, "of so much a month");
	is_str(day[USAGE_DAYS - 1].day, TODAY, "the days end today");
	is_int(day[USAGE_DAYS - 1].sent, 1000, "with its figure");
	is_str(day[0].day, "2026-10-22", "and begin thirty before");
	ok(day[0].is_known && day[0].disk == -1,
	    "of one that was not measured the disk is not known");
	ok(!day[1].is_known, "and of most days nothing");
	tx_rollback(&tx);

	clock_freeze(SHOP_NOW + 20 * DAY);
	testdb_begin(t, &tx, TX_READ, &o.shop.tenant);
	if (usage_get(&tx, &o.site, &u) != OK)
		bail("read");
	is_int(u.sent, 0, "in the next month nothing was sent yet");
	is_int(u.disk, 5000, "and the disk is as it was");
	tx_rollback(&tx);
	clock_freeze(SHOP_NOW);
}

static void
test_crossings(struct testdb *t)
{
	struct one o;

	open_one(&o, t);
	tell(&o, TODAY, 0, 8 * GB - 1);
	is_int(mails(&o), 0, "just below a share nobody is told");
	tell(&o, TODAY, 0, 8 * GB);
	is_int(mails(&o), 1, "who passes it is told");
	is_int(of(&o, "disk_mark"), 80, "and staff see it");
	for (int i = 1; i <= 5; i++)
		tell(&o, arena_printf(t->arena, "2026-11-2%d", i), 0,
		    8 * GB + i);
	is_int(mails(&o), 1, "once, and not each day");
	tell(&o, "2026-11-26", 0, 8 * GB - 2);
	tell(&o, "2026-11-26", 0, 8 * GB + 2);
	is_int(mails(&o), 1, "nor up and down beside it");
	tell(&o, "2026-11-26", 0, 10 * GB);
	is_int(mails(&o), 2, "but when all is used");
	is_int(of(&o, "disk_mark"), 100, "which staff see");
	tell(&o, "2026-11-27", 0, 9 * GB);
	is_int(of(&o, "disk_mark"), 80, "who makes room is back");
	is_int(mails(&o), 2, "without a mail");
	tell(&o, "2026-11-27", 0, 7 * GB);
	is_int(of(&o, "disk_mark"), 0, "below all of it");
	tell(&o, "2026-11-28", 0, 12 * GB);
	is_int(mails(&o), 3, "and is told once when it is all at once");
	is_int(shop_int(&o.shop, "SELECT MAX(percent) FROM usage_crossings "
				 "WHERE tenant_id = $1 AND id = (SELECT id "
				 "FROM usage_crossings WHERE tenant_id = $1 "
				 "ORDER BY id DESC LIMIT 1)"),
	    100, "of the higher share");
	ok(shop_is_sound(&o.shop), "the doctor finds nothing wrong");

	change(&o.shop, "UPDATE outbox SET dedupe_key = dedupe_key || 'x' "
			"WHERE tenant_id = $1 AND template = 'mail/usage'");
	ok(!shop_is_sound(&o.shop),
	    "and finds a crossing that nobody was told of");
}

static void
test_traffic(struct testdb *t)
{
	struct one o;

	open_one(&o, t);
	tell(&o, "2026-11-18", 40 * GB, -1);
	tell(&o, "2026-11-19", 39 * GB, -1);
	is_int(mails(&o), 0, "below a share of the month");
	tell(&o, TODAY, GB, -1);
	is_int(mails(&o), 1, "the sum of the days passes it");
	tell(&o, TODAY, 21 * GB, -1);
	is_int(mails(&o), 2, "and all of it");
	tell(&o, "2026-12-01", GB, -1);
	is_int(of(&o, "sent_mark"), 0, "in a new month it is over");
	tell(&o, "2026-12-02", 80 * GB, -1);
	is_int(mails(&o), 3, "until it is so again");
}

static void
test_limits(struct testdb *t)
{
	struct one o;

	open_one(&o, t);
	change(&o.shop, "UPDATE products SET disk_space_mb = NULL, "
			"bandwidth_gb = NULL WHERE tenant_id = $1");
	tell(&o, TODAY, USAGE_BYTES_MAX, USAGE_BYTES_MAX);
	is_int(mails(&o), 0, "a plan without limits has none to pass");
	change(&o.shop, "UPDATE products SET disk_space_mb = 10000 "
			"WHERE tenant_id = $1");
	if (shop_run(&o.shop, suspend, &o.site) != OK)
		bail("suspend");
	shop_work(&o.shop, &o.shop.server);
	tell(&o, TODAY, 0, 11 * GB);
	is_int(mails(&o), 0, "who is suspended knows worse");
	is_int(of(&o, "disk_bytes"), 11 * GB, "but it is noted");
	if (shop_run(&o.shop, remove_site, &o.site) != OK)
		bail("remove");
	shop_work(&o.shop, &o.shop.server);
	tell(&o, TODAY, 5, 5);
	is_int(of(&o, "disk_bytes"), 11 * GB,
	    "of a site that was removed nothing more is");
}

static void
test_forgetting(struct testdb *t)
{
	bool more = true;
	struct one o;

	open_one(&o, t);
	tell(&o, TODAY, 1, 1);
	tell(&o, "2026-11-19", 2, 1);
	tell(&o, "2025-10-17", 3, 1);
	tell(&o, "2025-10-15", 4, 1);
	tell(&o, "2020-01-01", 5, 1);
	is_int(shop_run(&o.shop, forget, &more), OK, "old days are forgotten");
	ok(!more, "all of them");
	is_int(days(&o), 3, "but none of the last 400");
	is_int(of(&o, "month_sent"), 3, "nor what the month is made of");
	clock_freeze(SHOP_NOW + 500 * (int64_t)DAY);
	is_int(shop_run(&o.shop, forget, &more), OK, "and again");
	is_int(days(&o), 2, "the newest month of a silent site stays");
	ok(shop_is_sound(&o.shop), "so that the doctor is content");
	clock_freeze(SHOP_NOW);
}

/* The same id is another site in another company. */
static void
test_twins(struct testdb *t)
{
	struct usage_day day[USAGE_DAYS];
	struct usage_now u;
	struct one a, b;
	struct order_taken taken;
	bool more;
	struct tx tx;

	open_one(&a, t);
	shop_open(&b.shop, t, "beta");
	if (shop_take(&b.shop,
		shop_body(&b.shop, "pi_1", "a@b.test", STARTER, "b.test"), NULL,
		&taken) != OK)
		bail("twin");
	if (shop_exec(&b.shop,
		"INSERT INTO websites (tenant_id, id, domain, server_id, "
		"customer_id, status, created_at, updated_at) "
		"SELECT tenant_id, $2, 'twin.test', server_id, customer_id, "
		"'active', created_at, updated_at FROM websites "
		"WHERE tenant_id = $1",
		DB_ID(&a.site)) != OK)
		bail("twin");
	b.site = a.site;
	tell(&a, TODAY, 1000, 9 * GB);
	tell(&a, "2020-01-01", 1, 1);
	is_int(days(&b), 0, "what one site uses is not its twin's");
	tell(&b, TODAY, 30, 40);
	is_int(of(&a, "month_sent"), 1000, "nor the other way round");
	is_int(of(&b, "month_sent"), 30, "each has its own");
	is_int(of(&b, "disk_mark"), 0, "and its own marks");
	is_int(mails(&b), 0, "nobody else is told");
	testdb_begin(t, &tx, TX_READ, &b.shop.tenant);
	if (usage_get(&tx, &b.site, &u) != OK ||
	    usage_days(&tx, &b.site, day) != OK)
		bail("read");
	is_int(u.sent, 30, "it is read");
	is_int(u.disk_limit, 0, "with its own plan");
	is_int(day[USAGE_DAYS - 1].disk, 40, "and its own days");
	tx_rollback(&tx);
	is_int(shop_run(&b.shop, forget, &more), OK, "one forgets");
	is_int(days(&a), 2, "and the other's stay");
}

int
main(void)
{
	testdb_each(test_days);
	testdb_each(test_reading);
	testdb_each(test_crossings);
	testdb_each(test_traffic);
	testdb_each(test_limits);
	testdb_each(test_forgetting);
	testdb_each(test_twins);
	return tap_done();
}
