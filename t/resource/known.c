/* known.c - a number is known until anything is written, and held for as long
 * as was said.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "resource/known.h"

#include <stdlib.h>
#include <unistd.h>

#include "tap.h"
#include "testdb.h"

#define TRIES 500 /* PostgreSQL writes by itself, and nobody can tell then */

static struct known_key
key(const char *what, const struct id *tenant)
{
	struct known_key k = {.len = 0};

	known_add(&k, what);
	known_add(&k, tenant->s);
	return k;
}

static void
begin(struct testdb *t, struct tx *tx, const struct id *tenant)
{
	int64_t n;

	testdb_begin(t, tx, TX_READ, tenant);
	if (db_int(tx, 0, &n, "SELECT count(*) FROM tenants") != OK)
		bail("read");
}

static enum known
recalled(struct testdb *t, const struct known_key *k, const struct id *tenant,
    int64_t *n_out)
{
	struct tx tx;
	enum known is;

	begin(t, &tx, tenant);
	is = known_recall(&tx, k, n_out);
	tx_rollback(&tx);
	return is;
}

static void
keep(struct testdb *t, const struct known_key *k, const struct id *tenant,
    int64_t n, int hold_s)
{
	struct tx tx;

	begin(t, &tx, tenant);
	known_keep(&tx, k, n, hold_s);
	tx_rollback(&tx);
}

/* Kept and known at once, as soon as the engine can tell. */
static bool
is_known(struct testdb *t, const struct known_key *k, const struct id *tenant,
    int64_t n)
{
	int64_t is = -1;

	for (int i = 0; i < TRIES; i++) {
		keep(t, k, tenant, n, 0);
		if (recalled(t, k, tenant, &is) == KNOWN_NOW)
			return is == n;
	}
	return false;
}

static void
touch(struct testdb *t, const struct id *tenant)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	if (db_exec(&tx, "UPDATE tenants SET updated_at = updated_at + 1") !=
		OK ||
	    tx_commit(&tx) != OK)
		bail("write");
}

static void
test_now(struct testdb *t, const struct id *tenant)
{
	struct known_key k = key("things", tenant), other = key("any", tenant);
	int64_t n = -1;

	is_int(recalled(t, &k, tenant, &n), KNOWN_NOT, "nothing is known");
	ok(is_known(t, &k, tenant, 7), "what was kept is known");
	is_int(recalled(t, &other, tenant, &n), KNOWN_NOT, "of that alone");
	touch(t, tenant);
	is_int(recalled(t, &k, tenant, &n), KNOWN_NOT,
	    "until anything is written");
	ok(is_known(t, &k, tenant, 8), "then it may be another");
}

static void
test_held(struct testdb *t, const struct id *tenant)
{
	struct known_key k = key("held", tenant);
	int64_t n = -1;

	keep(t, &k, tenant, 9, 600);
	touch(t, tenant);
	is_int(recalled(t, &k, tenant, &n), KNOWN_HELD,
	    "what is held is there after a write");
	is_int(n, 9, "as it was");
	keep(t, &k, tenant, 9, 1);
	touch(t, tenant);
	sleep(2);
	is_int(recalled(t, &k, tenant, &n), KNOWN_NOT, "for a moment");
}

/* A key that was cut off would be that of others. */
static void
test_long(struct testdb *t, const struct id *tenant)
{
	struct known_key k = key("long", tenant);
	int64_t n = -1;

	for (int i = 0; i < 20; i++)
		known_add(&k, "a long word of a key");
	keep(t, &k, tenant, 10, 60);
	is_int(recalled(t, &k, tenant, &n), KNOWN_NOT,
	    "what is too long is not remembered");
}

static struct known_key
numbered(int i, const struct id *tenant)
{
	char what[32];

	snprintf(what, sizeof(what), "number %d", i);
	return key(what, tenant);
}

/* Numbers that a page has beside each other never drive out each other. */
static void
test_many(struct testdb *t, const struct id *tenant)
{
	enum { PAGES = 200, OTHERS = 1000 };
	struct known_key k;
	int n_right = 0;
	int64_t n;

	for (int i = 0; i < PAGES + OTHERS; i++) {
		k = numbered(i, tenant);
		keep(t, &k, tenant, i, 600);
		if (i < PAGES)
			continue;
		k = numbered(0, tenant);
		n_right += recalled(t, &k, tenant, &n) != KNOWN_NOT && n == 0;
		if (i > PAGES)
			continue;
		for (int j = 0; j < PAGES; j++) {
			k = numbered(j, tenant);
			n_right +=
			    recalled(t, &k, tenant, &n) != KNOWN_NOT && n == j;
		}
	}
	is_int(n_right, PAGES + OTHERS,
	    "a page's numbers are known beside each other, and what is asked "
	    "for stays");
	k = numbered(1, tenant);
	is_int(recalled(t, &k, tenant, &n), KNOWN_NOT,
	    "what nobody asks for gives way");
}

static void
test_all(struct testdb *t)
{
	struct id tenant = testdb_tenant(t, "acme");

	test_now(t, &tenant);
	test_held(t, &tenant);
	test_long(t, &tenant);
	test_many(t, &tenant);
}

int
main(void)
{
	/* A cluster of our own: whatever others write is a change to it. */
	unsetenv("MPANEL_TEST_PG");
	testdb_each(test_all);
	return tap_done();
}
