/* login.c - every cause of refusal looks the same.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/login.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "people.h"

#define ROUNDS 3

/* ---- hashes, counted ---- */

static int hashes;

int __wrap_crypto_pwhash(unsigned char *out, unsigned long long n,
    const char *password, unsigned long long len, const unsigned char *salt,
    unsigned long long ops, size_t memory, int alg);
int __real_crypto_pwhash(unsigned char *out, unsigned long long n,
    const char *password, unsigned long long len, const unsigned char *salt,
    unsigned long long ops, size_t memory, int alg);

int
__wrap_crypto_pwhash(unsigned char *out, unsigned long long n,
    const char *password, unsigned long long len, const unsigned char *salt,
    unsigned long long ops, size_t memory, int alg)
{
	hashes++;
	return __real_crypto_pwhash(
	    out, n, password, len, salt, ops, memory, alg);
}

static const struct session_from from = {
    .client = "192.0.2.7", .device = "Mozilla/5.0 (X11; Linux) Firefox/128.0"};

static enum err
try(struct testdb *t, const struct id *tenant, const char *email,
    const char *password, struct user *u)
{
	static const struct throttle_rules rules = {1000, 1000, 60, 900, 1000};
	struct throttle throttle;
	struct tx tx;

	problems_init(&t->problems, t->arena);
	tx_init(&tx, t->arena, &t->problems, &t->actor, tenant->s);
	throttle_init(&throttle, &rules, tenant, email, "");
	return login_check(t->db, &tx, &throttle, &from, email, password, u);
}

static void
test_check(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user ada =
	    person(t, &acme, "ada@example.com", "admin", PASSWORD);
	struct user bob =
	    person(t, &acme, "bob@example.com", "admin", PASSWORD);
	struct user u;
	struct tx tx;

	person(t, &acme, "new@example.com", "admin", NULL);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(user_set_active(&tx, &bob.id, false), OK, "bob is disabled");
	is_int(tx_commit(&tx), OK, "committed");

	is_int(try(t, &acme, "Ada@Example.com", PASSWORD, &u), OK,
	    "address and password open the door");
	is_str(u.id.s, ada.id.s, "to the person");
	is_int(try(t, &acme, "ada@example.com", "correct horse", &u), E_DENIED,
	    "another password does not");
	is_int(try(t, &acme, "eve@example.com", PASSWORD, &u), E_DENIED,
	    "nor an unknown address");
	is_int(try(t, &acme, "bob@example.com", PASSWORD, &u), E_DENIED,
	    "nor that of somebody who is disabled");
	is_int(try(t, &acme, "new@example.com", "", &u), E_DENIED,
	    "nor that of somebody who has no password yet");
	is_int(try(t, &acme, "x' OR '1'='1", "\xff\n", &u), E_DENIED,
	    "nor anything else");
	is_int(try(t, &other, "ada@example.com", PASSWORD, &u), E_DENIED,
	    "nor the door of another company");
	is_int(count(t, &acme, "login.failed"), 5,
	    "each failure is audited where it was tried");
}

/* A disabled person between the check and the session. */
static void
test_finish(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user then = u;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(login_finish(&tx, &u, &from), OK, "the second half succeeds");
	is_int(user_get(&tx, &u.id, &u), OK, "read again");
	is_int(u.last_login_at, tx.now, "and is remembered");
	is_int(user_set_password(&tx, &u.id, "other"), OK,
	    "a new password meanwhile");
	is_int(
	    login_finish(&tx, &then, &from), E_DENIED, "refuses the old one");
	tx_rollback(&tx);
}

/* The time that a refusal takes must not tell whether the address is known:
 * both do one argon2.  Processor time, the least of some rounds. */
static int64_t
work_us(struct testdb *t, const struct id *tenant, const char *email)
{
	int64_t least = INT64_MAX;
	struct user u;

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec a, b;
		int64_t us;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
		if (try(t, tenant, email, "wrong password", &u) != E_DENIED)
			bail("signed in");
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
		us = (b.tv_sec - a.tv_sec) * 1000000 +
		     (b.tv_nsec - a.tv_nsec) / 1000;
		if (us < least)
			least = us;
	}
	return least;
}

static void
test_same_work(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	int64_t known, unknown;

	person(t, &acme, "ada@example.com", "admin", PASSWORD);
	known = work_us(t, &acme, "ada@example.com");
	unknown = work_us(t, &acme, "eve@example.com");
	note("known %" PRId64 " us, unknown %" PRId64 " us", known, unknown);
	ok(unknown * 2 > known && known * 2 > unknown,
	    "an unknown address costs the same work as a known one");
}

/* What somebody can see from outside, for each kind of person: the error, the
 * wait and the work. */
static void
test_alike(struct testdb *t)
{
	static const char *const emails[] = {"ada@example.com",
	    "bob@example.com", "new@example.com", "nobody@example.com"};
	static const char *const what[] = {
	    "a person", "somebody disabled", "one without password", "nobody"};
	static const struct throttle_rules rules = {3, 1000, 60, 900, 1000};
	struct id acme = testdb_tenant(t, "acme");
	struct user bob;
	struct tx tx;

	person(t, &acme, emails[0], "admin", PASSWORD);
	bob = person(t, &acme, emails[1], "admin", PASSWORD);
	person(t, &acme, emails[2], "admin", NULL);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	if (user_set_active(&tx, &bob.id, false) != OK || tx_commit(&tx) != OK)
		bail("disable");
	clock_freeze(INT64_C(1795000000));
	for (size_t who = 0; who < N_ELEMS(emails); who++) {
		for (int i = 0; i < 6; i++) {
			bool waits = i >= 3;
			struct throttle k;
			struct user u;
			enum err e;

			throttle_init(&k, &rules, &acme, emails[who], "");
			tx_init(&tx, t->arena, &t->problems, &t->actor, acme.s);
			hashes = 0;
			e = login_check(t->db, &tx, &k, &from, emails[who],
			    "wrong password", &u);
			ok(e == (waits ? E_LIMIT : E_DENIED) &&
				k.wait_s == (waits ? 1 : 0) &&
				hashes == (waits ? 0 : 1),
			    "try %d as %s: %s, %d hashes", i + 1, what[who],
			    waits ? "wait a second" : "refused", hashes);
		}
	}
	clock_thaw();
}

/* A hash with the work factors of another day. */
static void
test_rehash(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", PASSWORD);
	char old[crypto_pwhash_STRBYTES];
	struct user got, now;
	struct tx tx;

	ok(!password_is_dated(u.password_hash), "today's hash is none of old");
	if (crypto_pwhash_str(old, PASSWORD, strlen(PASSWORD), 1, 8 << 20) != 0)
		bail("crypto_pwhash_str");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	if (db_exec(&tx,
		"UPDATE users SET password_hash = $3 "
		"WHERE tenant_id = $1 AND id = $2",
		DB_ID(&acme), DB_ID(&u.id), DB_TEXT(old)) != OK ||
	    tx_commit(&tx) != OK)
		bail("no old hash");
	is_int(try(t, &acme, u.email, "wrong password", &got), E_DENIED,
	    "a wrong password against an old hash");
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(user_get(&tx, &u.id, &now), OK, "read");
	is_str(now.password_hash, old, "leaves it");
	tx_rollback(&tx);
	is_int(try(t, &acme, u.email, PASSWORD, &got), OK, "the right one");
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(user_get(&tx, &u.id, &now), OK, "read");
	tx_rollback(&tx);
	ok(!password_is_dated(now.password_hash), "has it made anew");
	ok(now.epoch == u.epoch, "and ends no session");
	is_int(try(t, &acme, u.email, PASSWORD, &got), OK, "it opens");
	is_int(count(t, &acme, "user.rehash"), 1, "and was made once");
}

int
main(void)
{
	if (secret_init() != OK)
		bail("secret_init");
	testdb_each(test_check);
	testdb_each(test_finish);
	testdb_each(test_same_work);
	testdb_each(test_alike);
	testdb_each(test_rehash);
	return tap_done();
}
