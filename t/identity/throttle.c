/* throttle.c - who fails often waits longer and longer, and never for ever.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/throttle.h"

#include "base/text.h"
#include "people.h"

#define NOW INT64_C(1795000000)

static const struct throttle_rules rules = {.account_free = 5,
    .address_free = 8,
    .max_s = 60,
    .window_s = 900,
    .hot = 100};

static struct throttle
key(const struct id *tenant, const char *name, const char *address)
{
	struct throttle t;

	throttle_init(&t, &rules, tenant, name, address);
	return t;
}

/* Seconds to wait as of now. */
static int64_t
wait_of(struct testdb *t, struct throttle *k)
{
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, NULL);
	e = throttle_check(&tx, k);
	tx_rollback(&tx);
	if (e != (k->wait_s > 0 ? E_LIMIT : OK))
		bail("throttle_check: %d", e);
	return k->wait_s;
}

static void
fail(struct testdb *t, struct throttle *k, int times)
{
	struct tx tx;

	for (int i = 0; i < times; i++) {
		testdb_begin(t, &tx, TX_WRITE, NULL);
		if (throttle_fail(&tx, k) != OK || tx_commit(&tx) != OK)
			bail("throttle_fail");
	}
}

static void
test_growth(struct testdb *t)
{
	static const int64_t want[] = {
	    0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct id acme = testdb_tenant(t, "acme");
	struct throttle k = key(&acme, "login:a@example.com", "");
	struct throttle other = key(&acme, "login:b@example.com", "");

	clock_freeze(NOW);
	for (size_t i = 0; i < N_ELEMS(want); i++) {
		ok(wait_of(t, &k) == want[i],
		    "behind %zu failures one waits %" PRId64 " s", i, want[i]);
		fail(t, &k, 1);
	}
	is_int(wait_of(t, &other), 0, "another account does not");
	clock_freeze(NOW + 59);
	is_int(wait_of(t, &k), 1, "the wait runs down");
	clock_freeze(NOW + 60);
	is_int(wait_of(t, &k), 0, "and is over: nobody is locked out for ever");
	fail(t, &k, 1);
	is_int(wait_of(t, &k), 60, "one more failure is one more wait");
	clock_freeze(NOW + 60 + 900);
	is_int(wait_of(t, &k), 0, "what is long ago");
	fail(t, &k, 1);
	is_int(wait_of(t, &k), 0, "is forgotten");
	clock_freeze(NOW - 86400);
	fail(t, &k, 6);
	clock_freeze(NOW - 2 * 86400);
	ok(wait_of(t, &k) <= 60, "a clock set back makes no wait longer");
	clock_thaw();
}

static void
test_success(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct throttle k = key(&acme, "login:a@example.com", "");
	struct throttle same = key(&other, "login:a@example.com", "");
	struct tx tx;

	clock_freeze(NOW);
	fail(t, &k, 6);
	is_int(wait_of(t, &same), 0,
	    "the same address in another company is another account");
	is_int(wait_of(t, &k), 2, "waiting");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	if (throttle_clear(&tx, &k) != OK || tx_commit(&tx) != OK)
		bail("throttle_clear");
	is_int(wait_of(t, &k), 0, "who has shown who it is starts anew");
	clock_thaw();
}

static void
test_address(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct throttle k;
	char name[32];

	clock_freeze(NOW);
	for (int i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "login:%d@example.com", i);
		k = key(&acme, name, "ffff7f000001");
		fail(t, &k, 1);
	}
	k = key(&acme, "login:new@example.com", "ffff7f000001");
	is_int(wait_of(t, &k), 2, "an address that tried many accounts waits");
	k = key(&acme, "login:new@example.com", "ffff7f000002");
	is_int(wait_of(t, &k), 0, "another address does not");
	k = key(&acme, "login:new@example.com", "");
	is_int(wait_of(t, &k), 0, "nor one that is not counted");
	clock_thaw();
}

static void
test_hot(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct throttle once = key(&acme, "login:once@example.com", "");
	struct throttle none = key(&acme, "login:none@example.com", "");
	struct throttle k = key(&acme, "login:storm@example.com", "");

	clock_freeze(NOW);
	fail(t, &once, 1);
	is_int(wait_of(t, &once), 0, "one failure is free");
	fail(t, &k, 100);
	is_int(wait_of(t, &once), 1, "in a storm it is not");
	is_int(wait_of(t, &none), 0, "who has not failed never waits");
	clock_freeze(NOW + 900);
	fail(t, &once, 1);
	is_int(wait_of(t, &once), 0, "the storm is over with its window");
	clock_thaw();
}

/* However many names somebody makes up. */
static void
test_bounded(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct throttle old = key(&acme, "login:old@example.com", "");
	struct throttle k = key(&acme, "login:new@example.com", "");
	struct tx tx;

	clock_freeze(NOW);
	fail(t, &old, 5);
	testdb_begin(t, &tx, TX_WRITE, NULL);
	if (db_exec(&tx,
		"UPDATE throttles SET failures = $1 WHERE key_hash = 'all'",
		DB_INT(THROTTLE_KEYS_MAX)) != OK ||
	    tx_commit(&tx) != OK)
		bail("plant");
	is_int(testdb_int(t, "SELECT count(*) FROM throttles"), 2, "two rows");
	(void)wait_of(t, &k);
	fail(t, &k, 3);
	is_int(testdb_int(t, "SELECT count(*) FROM throttles"), 2,
	    "a table that is full takes no new keys");
	(void)wait_of(t, &old);
	fail(t, &old, 1);
	is_int(wait_of(t, &old), 32, "those that are in it go on");
	is_int(testdb_int(t, "SELECT count(*) FROM throttles "
			     "WHERE key_hash LIKE '%example%'"),
	    0, "no address is readable in it");
	clock_thaw();
}

int
main(void)
{
	if (secret_init() != OK)
		bail("secret_init");
	testdb_each(test_growth);
	testdb_each(test_success);
	testdb_each(test_address);
	testdb_each(test_hot);
	testdb_each(test_bounded);
	return tap_done();
}
