/* shared.c - limits and counters hold across processes, also dying ones.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/shm.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "tap.h"
#include "base/address.h"

static void
in_child(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

/* ---- rate ---- */

static void
three_tries(void)
{
	int wait_s;

	for (int i = 0; i < 3; i++)
		rate_allow("shared", 5, 600, &wait_s);
}

static void
die_in_the_lock(void)
{
	pthread_mutex_lock(&shm_get()->rate_lock);
	raise(SIGKILL);
}

static void
test_rate(void)
{
	int wait_s = 0, allowed = 0;

	for (int i = 0; i < 20; i++)
		allowed += rate_allow("account:ada", 10, 900, &wait_s);
	is_int(allowed, 10, "10 of 20 tries are allowed");
	ok(wait_s >= 89 && wait_s <= 90, "the wait is a tenth of the window");
	ok(rate_allow("account:bob", 10, 900, &wait_s),
	    "another key is not touched");
	in_child(three_tries);
	ok(rate_allow("shared", 5, 600, &wait_s) &&
		rate_allow("shared", 5, 600, &wait_s) &&
		!rate_allow("shared", 5, 600, &wait_s),
	    "tries in another process count");
	in_child(die_in_the_lock);
	ok(rate_allow("later", 1, 1, &wait_s),
	    "a process that died in the lock stops nobody");
	ok(pthread_mutex_trylock(&shm_get()->rate_lock) == 0,
	    "and the lock is whole again");
	pthread_mutex_unlock(&shm_get()->rate_lock);
}

static void
many_tries(void)
{
	int wait_s;

	for (int i = 0; i < 20000; i++)
		metric_add(METRIC_DENIED,
		    rate_allow("everybody", 10000, 36000, &wait_s));
}

static void
test_rate_race(void)
{
	enum { CHILDREN = 4 };
	pid_t pids[CHILDREN];

	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			alarm(60);
			many_tries();
			_exit(0);
		}
	}
	for (int i = 0; i < CHILDREN; i++)
		waitpid(pids[i], NULL, 0);
	is_int(shm_own_slot()->counts[METRIC_DENIED], 10000,
	    "processes at once get what one would have got");
}

static void
test_rate_flood(void)
{
	char key[32];
	int wait_s, again = 0;

	for (int i = 0; i < 2; i++)
		rate_allow("victim", 1, 3600, &wait_s);
	for (int i = 0; i < 200000; i++) {
		snprintf(key, sizeof(key), "flood:%d", i);
		again += rate_allow(key, 1, 1, &wait_s);
	}
	ok(again > 199000, "a flood of keys is neither limited nor fatal");
	ok(!rate_allow("victim", 1, 3600, &wait_s),
	    "and does not wash out who waits long");
}

/* ---- addresses ---- */

static void
test_ranges(void)
{
	static const struct {
		const char *list, *address;
		bool is_in;
	} rows[] = {
	    {"127.0.0.0/8", "127.1.2.3", true},
	    {"127.0.0.0/8", "128.0.0.1", false},
	    {"127.0.0.0/8", "::ffff:127.0.0.1", true},
	    {"10.0.0.1", "10.0.0.1", true},
	    {"10.0.0.1", "10.0.0.2", false},
	    {"192.168.4.0/22", "192.168.7.255", true},
	    {"192.168.4.0/22", "192.168.8.0", false},
	    {"0.0.0.0/0", "203.0.113.9", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"::1", "::1", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"10.0.0.0/8, 127.0.0.1 ::1", "::1", true},
	    {"", "127.0.0.1", false},
	    {"127.0.0.0/8", "not an address", false},
	};
	static const char *const wrong[] = {"x", "10.0.0.0/33", "::/129",
	    "10.0.0", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/9"};
	struct ranges r;

	for (size_t i = 0; i < N_ELEMS(rows); i++)
		ok(ranges_parse(rows[i].list, &r) == OK &&
			ranges_have(&r, rows[i].address) == rows[i].is_in,
		    "%zu: %s is %sin `%s`", i, rows[i].address,
		    rows[i].is_in ? "" : "not ", rows[i].list);
	for (size_t i = 0; i < N_ELEMS(wrong); i++)
		ok(ranges_parse(wrong[i], &r) == E_INPUT, "`%s` is no range",
		    wrong[i]);
}

static void
test_address_key(void)
{
	char a[ADDRESS_KEY_LEN], b[ADDRESS_KEY_LEN];

	address_key("2001:db8::1", a);
	address_key("2001:db8::ffff:2", b);
	is_str(a, b, "IPv6 addresses count by /64");
	address_key("2001:db8:0:1::1", b);
	ok(strcmp(a, b) != 0, "another /64 is another");
	address_key("192.0.2.1", a);
	address_key("192.0.2.2", b);
	ok(strcmp(a, b) != 0, "IPv4 addresses count by themselves");
	ok(address_is_loopback("127.0.0.1") && address_is_loopback("::1") &&
		!address_is_loopback("192.0.2.1") && !address_is_loopback(""),
	    "loopback is known");
}

/* ---- slots ---- */

static void
take_one(void)
{
	if (!slot_take(SLOT_STRIPE, 2))
		raise(SIGABRT);
}

static void
test_slots(void)
{
	ok(slot_take(SLOT_STRIPE, 2) && slot_take(SLOT_STRIPE, 2) &&
		!slot_take(SLOT_STRIPE, 2),
	    "two of two places are taken, no third");
	slot_give(SLOT_STRIPE);
	in_child(take_one);
	ok(slot_take(SLOT_STRIPE, 2), "a dead holder's place is free");
	slot_give(SLOT_STRIPE);
	slot_give(SLOT_STRIPE);
}

int
main(void)
{
	if (secret_init() != OK || shm_create(2) != OK)
		bail("no shared memory");
	test_rate();
	test_rate_race();
	test_rate_flood();
	test_ranges();
	test_address_key();
	test_slots();
	return tap_done();
}
