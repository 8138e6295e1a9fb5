/* places_race.c - many orders at once for the last places of full servers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Twelve processes take orders in for servers that have too few places, while
 * clockwork puts what waits, and staff raise and lower what a server takes and
 * remove one.  No server ever has more sites than it takes, no site is on a
 * removed one, and nothing is lost: what has no place waits, and has one when
 * there is room.
 */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "hosting/hosting_nouns.h"
#include "hosting/placement.h"
#include "resource/write.h"
#include "shop.h"
#include "tap.h"

#define PROCESSES 12
#define ORDERS	  10 /* of each */
#define PLACES	  20 /* of the first server, and of the second */

struct race {
	struct id tenant, server[3];
	uint64_t seed;
};

struct runner {
	const struct race *race;
	struct db *db;
	struct arena *arena;
	uint64_t random;
	const char *capacity; /* NULL: remove */
	struct id server;
	int64_t n;
};

static uint32_t
roll(struct runner *g, uint32_t sides)
{
	uint64_t *x = &g->random;

	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (uint32_t)((*x >> 20) % sides);
}

static enum err
run(struct runner *g, enum err (*fn)(struct tx *tx, void *arg))
{
	const struct actor actor = {.kind = ACTOR_SYSTEM, .name = "runner"};
	struct problems p;
	struct tx tx;
	enum err e;

	do {
		problems_init(&p, g->arena);
		tx_init(&tx, g->arena, &p, &actor, g->race->tenant.s);
		e = tx_run(g->db, TX_WRITE, &tx, fn, g);
	} while (e == E_BUSY);
	return e;
}

static enum err
fill(struct tx *tx, void *arg)
{
	struct runner *g = arg;

	return places_fill(tx, &g->n);
}

static enum err
change(struct tx *tx, void *arg)
{
	const struct runner *g = arg;
	struct values v;
	enum err e;

	if (!g->capacity)
		return noun_remove(tx, &servers_noun, &g->server, 0);
	e = values_of(&v, tx, &servers_noun, &g->server);
	if (e == OK && !values_take(&v, "capacitySites", g->capacity))
		e = E_INPUT;
	return e == OK ? noun_change(&v) : e;
}

/* The refusals that staff may get. */
static bool
is_fair(enum err e)
{
	return e == OK || e == E_INPUT || e == E_CONFLICT || e == E_NOTFOUND;
}

static bool
take(struct runner *g, int i, int k)
{
	struct order_taken taken;
	const char *body = arena_printf(g->arena,
	    "{\"paymentIntentId\":\"pi_%d_%d\",\"customerEmail\":"
	    "\"c%d@b.test\",\"primaryDomain\":\"d%d-%d.test\",\"items\":["
	    "{\"productSlug\":\"starter\",\"billingPeriod\":\"year\"}]}",
	    i, k, i, i, k);
	enum err e;

	do {
		e = shop_take_on(
		    g->db, g->arena, &g->race->tenant, body, &taken);
	} while (e == E_BUSY);
	return e == OK && taken.status == ORDER_PROCESSING;
}

static bool
meddle(struct runner *g)
{
	static const char *const capacities[] = {"20", "18", "15", NULL};
	uint32_t dice = roll(g, 10);

	if (dice < 4)
		return run(g, fill) == OK;
	if (dice > 6)
		return true;
	g->server = g->race->server[dice == 4 ? 2 : roll(g, 2)];
	g->capacity = capacities[dice == 4 ? 3 : roll(g, 3)];
	return is_fair(run(g, change));
}

static int
runner(const struct race *race, const char *url, int i)
{
	struct runner g = {
	    .race = race,
	    .db = testdb_open(url),
	    .arena = arena_new(16 << 20),
	    .random = race->seed + (uint64_t)(i * 7919) + 1,
	};
	bool good = true;

	for (int k = 0; k < ORDERS && good; k++) {
		good = take(&g, i, k) && meddle(&g);
		arena_reset(g.arena);
	}
	db_close(&g.db);
	arena_free(&g.arena);
	return good ? 0 : 1;
}

static int
let_loose(const struct race *race, const char *url)
{
	int bad = 0, status;

	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		if (pid < 0)
			bail("fork");
		if (pid == 0)
			_exit(runner(race, url, i));
	}
	for (int i = 0; i < PROCESSES; i++) {
		if (wait(&status) < 0)
			bail("wait");
		bad += status != 0;
	}
	return bad;
}

static int64_t
placed(struct shop *s)
{
	return shop_int(s, "SELECT COUNT(*) FROM websites "
			   "WHERE tenant_id = $1 AND server_id IS NOT NULL");
}

static enum err
fill_all(struct tx *tx, void *arg)
{
	return places_fill(tx, arg);
}

static void
check_rest(struct shop *s)
{
	int64_t n = -1, all = 0;

	shop_add_server(s, "node9");
	do {
		is_int(shop_run(s, fill_all, &n), OK, "there is room at last");
		all += n;
	} while (n > 0);
	is_int(placed(s), (int64_t)PROCESSES * ORDERS, "all have a place now");
	ok(all > 0, "%" PRId64 " had waited", all);
	is_int(shop_int(s, "SELECT COUNT(*) FROM provisioning_tasks "
			   "WHERE tenant_id = $1 AND server_id IS NULL"),
	    0, "no task waits");
	ok(shop_is_sound(s), "all invariants hold");
}

static void
test_race(struct testdb *t)
{
	const char *seed = getenv("MPANEL_SEED");
	struct race race;
	struct shop s;

	shop_open(&s, t, "acme");
	race.tenant = s.tenant;
	race.server[0] = s.server;
	race.server[1] = shop_add_server(&s, "node2");
	race.server[2] = shop_add_server(&s, "node3");
	race.seed = (uint64_t)(seed ? strtoll(seed, NULL, 10) : getpid());
	note("MPANEL_SEED=%" PRIu64, race.seed);
	if (shop_exec(&s,
		"UPDATE servers SET capacity_sites = CASE name "
		"WHEN 'node3' THEN 3 ELSE $2 END WHERE tenant_id = $1",
		DB_INT((int64_t)PLACES)) != OK)
		bail("capacity");
	db_close(&t->db);
	fflush(stdout);
	is_int(let_loose(&race, t->url), 0, "every order is placed");
	t->db = testdb_open(t->url);
	ok(shop_is_sound(&s), "no server has more than it takes");
	is_int(shop_int(&s, "SELECT COUNT(*) FROM websites "
			    "WHERE tenant_id = $1"),
	    (int64_t)PROCESSES * ORDERS, "each has one site");
	ok(placed(&s) <= 2 * PLACES + 3, "%" PRId64 " have a place",
	    placed(&s));
	ok(placed(&s) >= 2 * 15 - 10, "which is most that there are");
	check_rest(&s);
}

int
main(void)
{
	testdb_each(test_race);
	return tap_done();
}
