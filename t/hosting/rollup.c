/* rollup.c - reports are added up, however often and whoever does it.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "hosting/rollup.h"

#include "base/clock.h"
#include "hosting/history.h"
#include "hosting/server.h"
#include "shop.h"
#include "tap.h"

#define HOUR 3600
#define DAY  (24 * HOUR)
#define NOON SHOP_NOW /* on the hour */

struct said {
	struct id server;
	int64_t at, cpu;
};

static enum err
say(struct tx *tx, void *arg)
{
	const struct said *s = arg;

	return server_report(tx, &s->server,
	    &(struct server_report){
		.reported_at = s->at,
		.cpu_permille = s->cpu,
		.memory_total = 1000,
		.memory_used = s->cpu,
		.disk_total = 100,
		.disk_used = 50,
		.rx_bytes = s->at - NOON + 40 * DAY,
		.tx_bytes = 1,
		.cpu_cores = 2,
		.disks = "[]",
	    });
}

static void
report(struct shop *s, int64_t at, int64_t cpu)
{
	struct said said = {s->server, at, cpu};

	if (shop_run(s, say, &said) != OK)
		bail("report");
}

static enum err
make(struct tx *tx, void *arg)
{
	return rollup_make(tx, arg);
}

static enum err
forget(struct tx *tx, void *arg)
{
	return rollup_forget(tx, arg);
}

/* All of it; how many transactions that took. */
static int
whole(struct shop *s, enum err (*fn)(struct tx *tx, void *arg))
{
	struct rollup_walk w = {.has_more = true};
	int n = 0;

	for (; w.has_more; n++) {
		if (shop_run(s, fn, &w) != OK)
			bail("walk");
		w.from = w.next;
	}
	return n;
}

/* A column of a roll-up; -1: there is none. */
static int64_t
of(struct shop *s, const char *column, int64_t every_s, int64_t at)
{
	return shop_int(s,
	    arena_printf(s->t->arena,
		"SELECT COALESCE(MAX(%s), -1) FROM server_rollups "
		"WHERE tenant_id = $1 AND every_s = $2 AND begins_at = $3",
		column),
	    DB_INT(every_s), DB_INT(at));
}

static int64_t
count(struct shop *s)
{
	return shop_int(
	    s, "SELECT COUNT(*) FROM server_rollups WHERE tenant_id = $1");
}

struct asked {
	struct id server;
	const char *range;
	struct history h;
};

static enum err
read_it(struct tx *tx, void *arg)
{
	struct asked *a = arg;
	const struct range *range;
	enum err e = range_parse(a->range, tx->problems, &range);

	return e == OK ? history_read(tx, &a->server, range, &a->h) : e;
}

static const struct history *
history(struct shop *s, const char *range)
{
	static struct asked a;

	a = (struct asked){.server = s->server, .range = range};
	if (shop_run(s, read_it, &a) != OK)
		bail("history");
	return &a.h;
}

static void
test_sums(struct testdb *t)
{
	int64_t n;
	struct shop s;

	shop_open(&s, t, "acme");
	for (int i = 0; i < 10; i++) /* from 11:00:00 to 11:04:30 */
		report(&s, NOON - HOUR + 30 * i, 100 + i);
	report(&s, NOON - HOUR + 300, 900);
	report(&s, NOON, 300);
	is_int(whole(&s, make), 1, "added up");
	is_int(of(&s, "reports", 300, NOON - HOUR), 10, "ten reports");
	is_int(of(&s, "cpu_sum", 300, NOON - HOUR), 1045, "their sum");
	is_int(of(&s, "cpu_peak", 300, NOON - HOUR), 109, "and peak");
	is_int(of(&s, "reports", 3600, NOON - HOUR), 11, "an hour has all");
	is_int(of(&s, "cpu_peak", 3600, NOON - HOUR), 900, "and their peak");
	is_int(of(&s, "reports", 86400, NOON - NOON % DAY), 12, "so has a day");
	is_int(of(&s, "cpu_sum", 86400, NOON - NOON % DAY), 2245,
	    "with the sum of all");
	n = count(&s);
	is_int(whole(&s, make), 1, "once more");
	is_int(count(&s), n, "makes nothing new");
	is_int(of(&s, "reports", 86400, NOON - NOON % DAY), 12,
	    "and counts nothing twice");
	report(&s, NOON - HOUR + 10, 500);
	is_int(whole(&s, make), 1, "after a report that came late");
	is_int(of(&s, "reports", 300, NOON - HOUR), 11, "it is in");
	is_int(of(&s, "reports", 86400, NOON - NOON % DAY), 13, "everywhere");
}

static void
test_year(struct testdb *t)
{
	const struct history *h;
	struct shop s;
	int known = 0;

	shop_open(&s, t, "acme");
	for (int day = 40; day >= 0; day--) {
		clock_freeze(NOON - day * DAY);
		for (int i = 0; i < 4; i++)
			report(&s, NOON - day * DAY - i * 1000, 200 + day);
		if (day % 2 == 0)
			whole(&s, make);
		if (day % 5 == 0)
			whole(&s, forget);
	}
	clock_freeze(NOON);
	whole(&s, make);
	is_int(whole(&s, forget), 1, "what is old is forgotten");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM server_metrics WHERE tenant_id = $1 "
		   "AND reported_at < $2",
		   DB_INT(NOON - ROLLUP_RAW_KEEP_S - 300)),
	    0, "reports after days");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM server_rollups WHERE tenant_id = $1 "
		   "AND every_s = 300 AND begins_at < $2",
		   DB_INT(NOON - ROLLUP_FINE_KEEP_S - DAY)),
	    0, "five minutes after weeks");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM server_rollups WHERE tenant_id = $1 "
		   "AND every_s = 86400 AND reports = 4"),
	    41, "each day is there, whole");
	h = history(&s, "1y");
	for (int i = 0; i < h->range->slots; i++)
		known += h->slot[i].n > 0;
	ok(known >= 8 && known <= 10, "a year shows its last six weeks");
	is_int(h->slot[h->last].n, 5 * 4, "the last slot has its days");
	h = history(&s, "30d");
	ok(h->first < 4, "a month is whole");
	is_int(h->slot[h->last].cpu, 200, "up to now");
	h = history(&s, "7d");
	is_int(h->slot[h->last].n, 4, "a week");
	h = history(&s, "24h");
	is_int(h->slot[h->last].cpu, 200, "a day, too");
}

static void
test_tenants(struct testdb *t)
{
	struct shop s, rival;

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	report(&s, NOON - 60, 100);
	is_int(whole(&rival, make), 1, "the rival adds up");
	is_int(count(&rival), 0, "nothing of others");
	is_int(whole(&s, make), 1, "and so do we");
	is_int(count(&s), 3, "ours, three ways");
	is_int(count(&rival), 0, "which is not the rival's");
}

/* A day is a few hundred roll-ups, and what is not in them yet. */
static void
test_day(struct testdb *t)
{
	const struct history *h;
	struct shop s;

	shop_open(&s, t, "acme");
	for (int i = 0; i < 24; i++)
		report(&s, NOON - i * HOUR, 100);
	h = history(&s, "24h");
	is_int(h->slot[h->last].cpu, 100, "before there is a roll-up");
	whole(&s, make);
	if (shop_exec(&s,
		"DELETE FROM server_metrics WHERE tenant_id = $1 "
		"AND reported_at < $2",
		DB_INT(NOON)) != OK)
		bail("delete");
	clock_freeze(NOON + 60);
	report(&s, NOON + 60, 300);
	h = history(&s, "24h");
	ok(h->first < 5, "a day is read from roll-ups");
	is_int(h->slot[h->last].n, 2, "its end from the reports");
	is_int(h->slot[h->last].cpu, 200, "each of them once");
	clock_freeze(NOON);
}

/* After an upgrade: weeks of reports, with a hole, and many servers. */
static void
test_portions(struct testdb *t)
{
	struct rollup_walk w = {.has_more = false};
	struct shop s;

	shop_open(&s, t, "acme");
	for (int day = 60; day >= 0; day--)
		for (int i = 0; i < 4 && (day > 40 || day < 20); i++)
			report(&s, NOON - day * DAY - i * 6 * HOUR, 100);
	is_int(shop_run(&s, make, &w), OK, "after an upgrade");
	ok(w.has_more, "a transaction adds up some of it");
	ok(of(&s, "reports", 86400, NOON - 60 * DAY - NOON % DAY) > 0 &&
		of(&s, "reports", 86400, NOON - 19 * DAY - NOON % DAY) < 0,
	    "the oldest");
	ok(whole(&s, make) > 2, "the next go on");
	is_int(shop_int(&s, "SELECT SUM(reports) FROM server_rollups "
			    "WHERE tenant_id = $1 AND every_s = 86400"),
	    4 * 40, "until all is in, once");
	ok(whole(&s, forget) > 2, "what is old goes in portions, too");
	is_int(shop_int(&s,
		   "SELECT COUNT(*) FROM server_metrics "
		   "WHERE tenant_id = $1 AND reported_at < $2",
		   DB_INT(NOON - ROLLUP_RAW_KEEP_S)),
	    0, "all of it");
	is_int(whole(&s, make), 1, "in steady work one transaction does it");
	for (int i = 0; i < 40; i++)
		shop_add_server(&s, arena_printf(s.t->arena, "more%02d", i));
	is_int(whole(&s, make), 3, "of sixteen servers");
}

static int
make_at_once(struct db *db, int i, void *arg)
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "child"};
	struct arena *a = arena_new(1 << 20);
	struct problems p;
	struct tx tx;
	enum err e = OK;

	for (int n = 0; n < 5 && e == OK; n++) {
		struct rollup_walk w = {.has_more = false};

		problems_init(&p, a);
		tx_init(&tx, a, &p, &actor, ((struct id *)arg)->s);
		e = tx_run(db, TX_WRITE, &tx, i % 2 ? make : forget, &w);
		e = e == E_BUSY ? OK : e;
	}
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct shop s;

	shop_open(&s, t, "acme");
	for (int i = 0; i < 200; i++)
		report(&s, NOON - 30 * i, 100);
	is_int(testdb_fork(t, 4, make_at_once, &s.tenant), 0,
	    "four add up at once");
	is_int(of(&s, "reports", 86400, NOON - NOON % DAY), 200,
	    "each report counts once");
}

int
main(void)
{
	testdb_each(test_sums);
	testdb_each(test_year);
	testdb_each(test_tenants);
	testdb_each(test_day);
	testdb_each(test_portions);
	testdb_each(test_race);
	return tap_done();
}
