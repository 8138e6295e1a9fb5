/* servers.c - what agents say about their nodes is kept, each report once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/clock.h"
#include "hosting/server.h"
#include "shop.h"
#include "tap.h"

struct saying {
	struct id server;
	struct agent_facts facts;
	struct server_report report;
};

static enum err
say_who(struct tx *tx, void *arg)
{
	struct saying *s = arg;

	return server_register(tx, &s->server, &s->facts);
}

static enum err
say_alive(struct tx *tx, void *arg)
{
	struct saying *s = arg;

	return server_seen(tx, &s->server);
}

static enum err
say_how(struct tx *tx, void *arg)
{
	struct saying *s = arg;

	return server_report(tx, &s->server, &s->report);
}

static int64_t
seen_at(struct shop *s)
{
	return shop_int(
	    s, "SELECT agent_last_seen FROM servers WHERE tenant_id = $1");
}

static int64_t
reports(struct shop *s)
{
	return shop_int(
	    s, "SELECT COUNT(*) FROM server_metrics WHERE tenant_id = $1");
}

static void
test_sayings(struct testdb *t)
{
	struct shop s, rival;
	struct saying say = {
	    .facts = {"n1", "linux", "x86_64", "debian", "1.0"},
	    .report =
		{
		    .reported_at = SHOP_NOW,
		    .cpu_permille = 500,
		    .cpu_cores = 4,
		    .memory_total = INT64_C(8000000000),
		    .disk_total = INT64_C(100000000000),
		    .rx_bytes = INT64_MAX,
		    .disks = "[]",
		},
	};

	shop_open(&s, t, "acme");
	shop_open(&rival, t, "rival");
	say.server = s.server;
	is_int(shop_run(&s, say_who, &say), OK, "an agent says who it is");
	is_str(shop_text(&s, "SELECT hostname || os || agent_version "
			     "FROM servers WHERE tenant_id = $1"),
	    "n1linux1.0", "which is kept");
	is_int(seen_at(&s), SHOP_NOW, "and it was seen");
	is_int(shop_run(&rival, say_who, &say), E_NOTFOUND,
	    "another tenant's server is not there");
	clock_freeze(SHOP_NOW + 5);
	is_int(shop_run(&s, say_alive, &say), OK, "it says that it lives");
	is_int(seen_at(&s), SHOP_NOW + 5, "and was seen again");
	is_int(shop_run(&s, say_how, &say), OK, "it reports");
	say.report.cpu_permille = 900;
	is_int(shop_run(&s, say_how, &say), OK, "the same moment again");
	is_int(reports(&s), 1, "is one report");
	is_int(shop_int(&s,
		   "SELECT cpu_permille FROM server_metrics "
		   "WHERE tenant_id = $1 AND rx_bytes = $2",
		   DB_INT(INT64_MAX)),
	    500, "as it was first told");
	is_int(shop_int(&s, "SELECT ram_mb + disk_gb + cpu_cores FROM servers "
			    "WHERE tenant_id = $1"),
	    8000 + 100 + 4, "the server's size is known from it");
	is_int(shop_run(&rival, say_how, &say), E_CONFLICT,
	    "nobody reports for another tenant's server");
}

static void
test_clocks(void)
{
	is_int(server_report_time(SHOP_NOW - 30, SHOP_NOW), SHOP_NOW - 30,
	    "a report says when it was made");
	is_int(server_report_time(SHOP_NOW + 1, SHOP_NOW), SHOP_NOW,
	    "a clock that is ahead is not believed");
	is_int(server_report_time(SHOP_NOW - 301, SHOP_NOW), SHOP_NOW,
	    "nor one that is far behind");
	is_int(
	    server_report_time(INT64_MIN, SHOP_NOW), SHOP_NOW, "however far");
}

int
main(void)
{
	testdb_each(test_sayings);
	test_clocks();
	return tap_done();
}
