/* account.c - links do one thing once; whatever changes an account ends its
 * sessions and links.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account.h"

#include <string.h>

#include "base/text.h"
#include "identity/account_link.h"
#include "mail/mail_parts.h"
#include "people.h"
#include "testbox.h"

#define NOW    INT64_C(1795000000)
#define RACERS 8

static const struct session_from from = {.client = "192.0.2.7", .device = "x"};

static int64_t
number(struct testdb *t, const struct id *tenant, const char *sql)
{
	int64_t n = -1;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_int(&tx, 0, &n, sql, DB_ID(tenant)) != OK)
		bail("number");
	tx_rollback(&tx);
	return n;
}

/* The token of the newest mail from this template, "" when there is none. */
static const char *
mailed(struct testdb *t, const struct id *tenant, const char *template)
{
	static char token[TOKEN_MAX];
	const char *once, *payload;
	struct mail_words words;
	struct rows r;
	struct tx tx;
	const char *at;

	token[0] = '\0';
	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_one(&tx, &r,
		"SELECT dedupe_key, payload FROM outbox "
		"WHERE tenant_id = $1 AND template = 'mail/' || $2 "
		"ORDER BY id DESC LIMIT 1",
		DB_ID(tenant), DB_TEXT(template)) == OK) {
		once = row_strdup(&r, 0);
		payload = row_strdup(&r, 1);
		if (rows_done(&r) != OK || mail_words_read(t->arena, tenant,
					       once, payload, &words) != OK)
			bail("no mail from %s", template);
		at = words.link ? strstr(words.link, "?token=") : NULL;
		if (at)
			snprintf(token, sizeof(token), "%s", at + 7);
	}
	tx_rollback(&tx);
	return token;
}

/* One flow in one transaction, committed when it says OK. */
#define RUN(t, tenant, e, call)                                                \
	do {                                                                   \
		struct tx tx;                                                  \
		testdb_begin(t, &tx, TX_WRITE, tenant);                        \
		e = call;                                                      \
		if (e == OK)                                                   \
			e = tx_commit(&tx);                                    \
		tx_rollback(&tx);                                              \
	} while (0)

static enum err
forgot(struct testdb *t, const struct id *tenant, const char *email)
{
	enum err e;

	RUN(t, tenant, e, account_forgot(&tx, email, &from));
	return e;
}

static enum err
choose(struct testdb *t, const struct id *tenant, const char *token)
{
	struct user u;
	enum err e;

	RUN(t, tenant, e,
	    account_choose_password(&tx, token, "new hash", &from, &u));
	return e;
}

static struct user
now_of(struct testdb *t, const struct id *tenant, const struct user *u)
{
	struct user now;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (user_get(&tx, &u->id, &now) != OK)
		bail("user_get");
	tx_rollback(&tx);
	return now;
}

static void
test_forgot(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user gone = person(t, &acme, "off@example.com", "admin", NULL);
	char first[TOKEN_MAX], second[TOKEN_MAX];
	enum err e;

	clock_freeze(NOW);
	RUN(t, &acme, e, user_set_active(&tx, &gone.id, false));
	is_int(e, OK, "somebody is disabled");
	is_int(forgot(t, &acme, "nobody@example.com"), OK,
	    "an unknown address is answered");
	is_int(forgot(t, &acme, "off@example.com"), OK,
	    "so is a disabled person's");
	is_str(mailed(t, &acme, MAIL_RESET), "", "without a mail");
	is_int(forgot(t, &acme, "A@Example.com"), OK, "and a known one's");
	snprintf(first, sizeof(first), "%s", mailed(t, &acme, MAIL_RESET));
	is_int((int64_t)strlen(first), 43, "with one that has a link");
	is_int(count(t, &acme, "password.forgot"), 3, "all are audited alike");
	is_int(choose(t, &other, first), E_NOTFOUND,
	    "the link is nothing in another company");
	is_int(choose(t, &acme, "x"), E_NOTFOUND, "nor is any other text");
	is_int(forgot(t, &acme, "a@example.com"), OK, "forgotten again");
	snprintf(second, sizeof(second), "%s", mailed(t, &acme, MAIL_RESET));
	is_int(choose(t, &acme, first), E_NOTFOUND,
	    "the first link is no good any more");
	is_int(choose(t, &acme, second), OK, "the second is");
	is_int(choose(t, &acme, second), E_NOTFOUND, "once");
	ok(now_of(t, &acme, &u).epoch == u.epoch + 1,
	    "sessions end with the old password");
	is_str(now_of(t, &acme, &u).password_hash, "new hash",
	    "the new one counts");
	is_int(now_of(t, &acme, &u).email_verified_at, NOW,
	    "who has read the mail has the address");
	is_int(number(t, &acme,
		   "SELECT count(*) FROM outbox WHERE tenant_id = $1 "
		   "AND template = 'mail/password-changed'"),
	    1, "and is told of it");
	clock_thaw();
}

static void
test_link_ends(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	char token[TOKEN_MAX];
	enum err e;

	clock_freeze(NOW);
	is_int(forgot(t, &acme, u.email), OK, "forgotten");
	snprintf(token, sizeof(token), "%s", mailed(t, &acme, MAIL_RESET));
	clock_freeze(NOW + ACCOUNT_RESET_HOURS * 3600);
	is_int(
	    choose(t, &acme, token), E_NOTFOUND, "after its hours it is over");
	clock_freeze(NOW + ACCOUNT_RESET_HOURS * 3600 - 1);
	RUN(t, &acme, e, user_set_password(&tx, &u.id, "by staff"));
	is_int(choose(t, &acme, token), E_NOTFOUND,
	    "a password that came before it ends it");
	is_int(forgot(t, &acme, u.email), OK, "forgotten again");
	snprintf(token, sizeof(token), "%s", mailed(t, &acme, MAIL_RESET));
	RUN(t, &acme, e, user_set_active(&tx, &u.id, false));
	is_int(choose(t, &acme, token), E_NOTFOUND,
	    "a disabled person's link is none");
	RUN(t, &acme, e, user_set_active(&tx, &u.id, true));
	is_int(choose(t, &acme, token), E_NOTFOUND,
	    "also when the person is enabled again");
	clock_freeze(NOW + 60 * 86400);
	RUN(t, &acme, e, account_link_sweep(&tx));
	is_int(e, OK, "two months later");
	is_int(number(t, &acme,
		   "SELECT count(*) FROM account_links WHERE tenant_id = $1"),
	    0, "nothing is left of them");
	clock_thaw();
}

struct race {
	struct id tenant;
	const char *token;
};

static int
racer(struct db *db, int i, void *arg)
{
	const struct race *race = arg;
	struct arena *a = arena_new(1 << 20);
	struct actor actor = {.kind = ACTOR_SYSTEM, .tenant = race->tenant};
	struct problems problems;
	struct user u;
	struct tx tx;
	enum err e = E_RETRY;

	(void)i;
	problems_init(&problems, a);
	while (e == E_RETRY || e == E_BUSY) {
		tx_init(&tx, a, &problems, &actor, race->tenant.s);
		e = tx_begin(db, TX_WRITE, &tx);
		if (e == OK)
			e = account_choose_password(
			    &tx, race->token, "raced", &from, &u);
		if (e == OK)
			e = tx_commit(&tx);
		tx_rollback(&tx);
	}
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_race(struct testdb *t)
{
	struct race race = {.tenant = testdb_tenant(t, "acme")};
	struct user u = person(t, &race.tenant, "a@example.com", "admin", NULL);
	char token[TOKEN_MAX];

	is_int(forgot(t, &race.tenant, u.email), OK, "forgotten");
	snprintf(
	    token, sizeof(token), "%s", mailed(t, &race.tenant, MAIL_RESET));
	race.token = token;
	is_int(testdb_fork(t, RACERS, racer, &race), RACERS - 1,
	    "of eight who use a link at once one is let in");
	ok(now_of(t, &race.tenant, &u).epoch == u.epoch + 1,
	    "and the password was set once");
}

static void
test_invitation(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user_new n = {.email = "new@example.com",
	    .first_name = "Nora",
	    .last_name = "O'Brien & S\xc3\xb6hne",
	    .role = "support"};
	char token[TOKEN_MAX];
	struct user u = {.role = NULL};
	enum err e;

	RUN(t, &acme, e, account_invite(&tx, &n, &u.id));
	is_int(e, OK, "somebody is invited");
	ok(now_of(t, &acme, &u).password_hash == NULL,
	    "who cannot sign in with any password yet");
	RUN(t, &acme, e, account_invite(&tx, &n, &u.id));
	is_int(e, E_CONFLICT, "an address is invited once");
	RUN(t, &acme, e, account_invite_again(&tx, &u.id));
	is_int(e, OK, "the link can be sent again");
	snprintf(token, sizeof(token), "%s", mailed(t, &acme, MAIL_INVITATION));
	is_int(choose(t, &acme, token), OK, "and gives a password");
	RUN(t, &acme, e, account_invite_again(&tx, &u.id));
	is_int(e, E_CONFLICT, "who has one is not invited");
}

static void
test_address(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	char token[TOKEN_MAX];
	enum err e;

	RUN(t, &acme, e, account_send_verification(&tx, &u.id));
	is_int(e, OK, "an address is to be confirmed");
	snprintf(
	    token, sizeof(token), "%s", mailed(t, &acme, MAIL_VERIFY_EMAIL));
	is_int(
	    choose(t, &acme, token), E_NOTFOUND, "its link sets no password");
	RUN(t, &acme, e, account_verify_email(&tx, token));
	is_int(e, OK, "it confirms the address");
	ok(now_of(t, &acme, &u).email_verified_at != 0, "which is noted");
	RUN(t, &acme, e, account_verify_email(&tx, token));
	is_int(e, E_NOTFOUND, "once");
	RUN(t, &acme, e, account_send_verification(&tx, &u.id));
	is_int(e, E_CONFLICT, "and is not asked for again");
}

static void
test_change(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", PASSWORD);
	struct user now;
	enum err e;

	RUN(t, &acme, e,
	    account_change_password(&tx, &u, "second", &from, &now));
	is_int(e, OK, "a password is changed");
	ok(now.epoch == u.epoch + 1, "and sessions end");
	RUN(t, &acme, e,
	    account_change_password(&tx, &u, "third", &from, &now));
	is_int(e, E_DENIED, "what was checked before it is no good");
	RUN(t, &acme, e, user_set_active(&tx, &u.id, false));
	u = now_of(t, &acme, &u);
	RUN(t, &acme, e,
	    account_change_password(&tx, &u, "third", &from, &now));
	is_int(e, E_DENIED, "nor is who is disabled");
}

static void
test_profile(struct testdb *t)
{
	static const struct {
		struct account_profile p;
		enum err want;
	} rows[] = {
	    {{.time_zone = "Europe/Berlin"}, OK},
	    {{.time_zone = "UTC"}, OK},
	    {{.time_zone = "Mars/Base"}, E_INPUT},
	    {{.time_zone = "../../etc/passwd"}, E_INPUT},
	    {{.time_zone = "Europe"}, E_INPUT},
	    {{.time_zone = ""}, E_INPUT},
	    {{.language = "de"}, OK},
	    {{.language = "tlh"}, E_INPUT},
	    {{.date_format = "day"}, OK},
	    {{.date_format = "%d"}, E_INPUT},
	    {{.first_name = "Ada", .last_name = "O'Brien <GmbH>"}, OK},
	};
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user now;
	enum err e;

	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		RUN(t, &acme, e, account_set_profile(&tx, &u.id, &rows[i].p));
		ok(e == rows[i].want, "profile %zu: %d", i, (int)rows[i].want);
	}
	now = now_of(t, &acme, &u);
	is_str(now.name, "Ada O'Brien <GmbH>", "the name follows");
	is_str(now.time_zone, "UTC", "what was refused changed nothing");
	is_str(now.language, "de", "what was not said stays");
	ok(now.epoch == u.epoch, "and nobody is signed out");
}

int
main(void)
{
	void (*const tests[])(struct testdb *) = {test_forgot, test_link_ends,
	    test_race, test_invitation, test_address, test_change,
	    test_profile};

	mail_use_box(test_box());
	for (size_t i = 0; i < N_ELEMS(tests); i++)
		testdb_each(tests[i]);
	return tap_done();
}
