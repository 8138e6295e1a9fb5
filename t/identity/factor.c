/* factor.c - second factors open once, to the right person, in time.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/factor.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "identity/api_token.h"
#include "identity/challenge.h"
#include "identity/browser.h"
#include "identity/login.h"
#include "identity/session.h"
#include "identity/totp.h"
#include "mail/mail_parts.h"
#include "people.h"
#include "testbox.h"

#define NOW	  INT64_C(1795000005)
#define PROCESSES 8

static const struct throttle_rules rules = {5, 50, 900, 900, 1000};

static const struct factor_by *
by(void)
{
	static struct factor_by by;

	by = (struct factor_by){test_box(), "Acme & Co", "192.0.2.7"};
	return &by;
}

static struct user
reread(struct testdb *t, const struct id *tenant, const struct user *u)
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
commit(struct tx *tx, enum err e)
{
	if (e != OK || tx_commit(tx) != OK)
		bail("transaction: %d", e);
}

/* The secret of a new app, which is pending. */
static const char *
start(struct testdb *t, const struct id *tenant, const struct user *u)
{
	struct totp_setup setup;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, totp_start(&tx, by(), u, &setup));
	return setup.secret;
}

static const char *
code_at(const char *secret, int64_t at)
{
	static char code[4][TOTP_DIGITS + 1];
	static int i;

	i = (i + 1) % 4;
	if (totp_code(secret, at / TOTP_STEP_S, code[i]) != OK)
		bail("totp_code");
	return code[i];
}

static enum err
confirm(struct testdb *t, const struct id *tenant, const struct user *u,
    const char *code, bool *fits)
{
	struct tx tx;
	enum err e;

	*fits = false;
	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = totp_confirm(&tx, by(), u, code, fits);
	if (e == OK)
		commit(&tx, e);
	tx_rollback(&tx);
	return e;
}

/* With an app from two steps ago on. */
static const char *
enrol(struct testdb *t, const struct id *tenant, struct user *u)
{
	const char *secret = start(t, tenant, u);
	bool fits;

	clock_freeze(NOW - 2 * TOTP_STEP_S);
	if (confirm(t, tenant, u, code_at(secret, clock_now()), &fits) != OK ||
	    !fits)
		bail("enrol");
	clock_freeze(NOW);
	*u = reread(t, tenant, u);
	return secret;
}

static bool
use(struct testdb *t, const struct id *tenant, const struct user *u,
    const char *code)
{
	bool fits = false;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, factor_use(&tx, by(), u, code, &fits));
	return fits;
}

static const char *
text_of(struct testdb *t, const struct id *tenant, const char *sql)
{
	const char *text;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, tenant);
	if (db_text_(&tx, &text, sql, NULL, 0) != OK)
		bail("%s", sql);
	text = text ? arena_strdup(t->arena, text) : "";
	tx_rollback(&tx);
	return text;
}

/* ---- the app ---- */

static void
test_enrol(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	const char *secret, *first;
	struct totp_setup setup;
	struct user now;
	struct tx tx;
	bool fits;

	clock_freeze(NOW);
	first = start(t, &acme, &u);
	is_int((int64_t)strlen(first), 32, "a secret has 160 bits");
	secret = start(t, &acme, &u);
	ok(!str_eq(first, secret), "each set-up has one of its own");
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(totp_pending(&tx, by(), &u, &setup), OK,
	    "it can be shown until the first code");
	is_str(setup.secret, secret, "the same");
	ok(str_starts(setup.uri,
	       "otpauth://totp/Acme%20%26%20Co:a%40example.com?secret="),
	    "the address names company and person");
	tx_rollback(&tx);
	ok(strstr(text_of(t, &acme, "SELECT secret FROM user_factors"),
	       secret) == NULL,
	    "it is not readable in the database");
	ok(!use(t, &acme, &u, code_at(secret, NOW)),
	    "before its first code it opens nothing");
	is_int(confirm(t, &acme, &u, code_at(first, NOW), &fits), OK, "asked");
	ok(!fits, "the code of another secret does not fit");
	is_int(confirm(t, &acme, &u, code_at(secret, NOW), &fits), OK, "asked");
	ok(fits, "its own does");
	now = reread(t, &acme, &u);
	ok(now.has_factor, "the person has a factor");
	ok(now.epoch > u.epoch, "and all sessions of before are over");
	is_int(count(t, &acme, "factor.totp"), 1, "it is audited");
	ok(strstr(text_of(t, &acme, "SELECT template || recipient FROM outbox"),
	       "mail/factor-changeda@example.com") != NULL,
	    "and the person is told");
	ok(!use(t, &acme, &now, code_at(secret, NOW)),
	    "the code that set it up does not open again");
	is_int(confirm(t, &acme, &u, code_at(secret, NOW), &fits), E_NOTFOUND,
	    "nothing is pending any more");
	clock_thaw();
}

static void
test_pending_ends(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	const char *secret;
	bool fits;

	clock_freeze(NOW);
	secret = start(t, &acme, &u);
	for (int i = 0; i < 10; i++)
		if (confirm(t, &acme, &u, "x", &fits) != OK)
			bail("try %d", i);
	is_int(confirm(t, &acme, &u, code_at(secret, NOW), &fits), E_NOTFOUND,
	    "a set-up ends with its tenth wrong code");
	secret = start(t, &acme, &u);
	clock_freeze(NOW + 3600);
	is_int(confirm(t, &acme, &u, code_at(secret, NOW + 3600), &fits),
	    E_NOTFOUND, "or within the hour");
	clock_thaw();
}

static void
test_steps(struct testdb *t)
{
	static const struct {
		int steps;
		bool fits;
	} rows[] = {{-2, false}, {2, false}, {-1, true}, {-1, false}, {0, true},
	    {0, false}, {-1, false}, {1, true}, {1, false}, {0, false}};
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user eve = person(t, &acme, "e@example.com", "admin", NULL);
	const char *secret = enrol(t, &acme, &u);
	const char *other = enrol(t, &acme, &eve);

	for (size_t i = 0; i < N_ELEMS(rows); i++)
		ok(use(t, &acme, &u,
		       code_at(secret, NOW + rows[i].steps * TOTP_STEP_S)) ==
			rows[i].fits,
		    "%zu: step %+d %s", i, rows[i].steps,
		    rows[i].fits ? "opens" : "does not open");
	ok(!use(t, &acme, &u, code_at(other, NOW)),
	    "another person's code does not");
	clock_freeze(NOW + 300);
	ok(use(t, &acme, &u,
	       arena_printf(t->arena, " %.3s %s", code_at(secret, NOW + 300),
		   code_at(secret, NOW + 300) + 3)),
	    "spaces in a code don't matter");
	clock_thaw();
}

/* ---- races ---- */

struct race {
	struct id tenant;
	struct user user;
	const char *code;
};

static int
racer(struct db *db, int i, void *arg)
{
	const struct race *r = arg;
	struct arena *a = arena_new(1024 * 1024);
	struct actor actor = {.kind = ACTOR_SYSTEM};
	struct problems p;
	struct user u;
	bool fits = false;
	struct tx tx;
	enum err e;

	(void)i;
	clock_freeze(NOW);
	problems_init(&p, a);
	tx_init(&tx, a, &p, &actor, r->tenant.s);
	e = tx_begin(db, TX_WRITE, &tx);
	if (e == OK)
		e = user_get(&tx, &r->user.id, &u);
	if (e == OK)
		e = factor_use(&tx, by(), &u, r->code, &fits);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	arena_free(&a);
	if (e != OK)
		return 0; /* no refusal: the count is to be wrong */
	return fits ? 0 : 1;
}

static void
test_races(struct testdb *t)
{
	struct race r = {.tenant = testdb_tenant(t, "acme")};
	struct backup_codes codes;
	struct tx tx;

	(void)test_box();
	r.user = person(t, &r.tenant, "a@example.com", "admin", NULL);
	r.code = code_at(enrol(t, &r.tenant, &r.user), NOW);
	is_int(testdb_fork(t, PROCESSES, racer, &r), PROCESSES - 1,
	    "of eight at once one step opens to one");
	testdb_begin(t, &tx, TX_WRITE, &r.tenant);
	commit(&tx, backup_codes_make(&tx, &r.user, &codes));
	r.code = codes.code[3];
	is_int(testdb_fork(t, PROCESSES, racer, &r), PROCESSES - 1,
	    "and so does one backup code");
	clock_thaw();
}

/* ---- backup codes ---- */

static void
test_backup_codes(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct user eve = person(t, &acme, "e@example.com", "admin", NULL);
	struct backup_codes first, second;
	struct factors f;
	struct tx tx;

	(void)enrol(t, &acme, &u);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, backup_codes_make(&tx, &u, &first));
	ok(use(t, &acme, &u, first.code[0]), "a backup code opens");
	ok(!use(t, &acme, &u, first.code[0]), "once");
	ok(!use(t, &acme, &eve, first.code[1]), "and to nobody else");
	for (char *c = first.code[1]; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	ok(use(t, &acme, &u, first.code[1]), "in capitals, too");
	testdb_begin(t, &tx, TX_READ, &acme);
	is_int(factors_get(&tx, &u.id, &f), OK, "asked");
	is_int(f.backup_codes, BACKUP_CODES - 2, "the others are left");
	tx_rollback(&tx);
	is_int(count(t, &acme, "factor.backup_used"), 2, "each is audited");
	u = reread(t, &acme, &u);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, backup_codes_renew(&tx, by(), &u, &second));
	ok(!use(t, &acme, &u, first.code[2]), "new codes end the old ones");
	ok(use(t, &acme, &u, second.code[2]), "and open");
	ok(reread(t, &acme, &u).epoch > u.epoch, "they end all sessions");
	is_int(testdb_int(t, "SELECT count(*) FROM sent_codes"), 0,
	    "nothing was sent");
	clock_thaw();
}

/* ---- by e-mail ---- */

#define NEWEST(column)                                                         \
	"SELECT " column " FROM outbox "                                       \
	"WHERE template = 'mail/sign-in-code' "                                \
	"ORDER BY created_at DESC, id DESC LIMIT 1"

/* What the newest mail says. */
static const char *
mailed_code(struct testdb *t, const struct id *tenant)
{
	const char *payload = text_of(t, tenant, NEWEST("payload"));
	const char *once = text_of(t, tenant, NEWEST("dedupe_key"));
	struct mail_words words;

	if (mail_words_read(t->arena, tenant, once, payload, &words) != OK ||
	    words.code == NULL)
		bail("no code in %s", payload);
	ok(strstr(payload, words.code) == NULL,
	    "what was sent is not readable in the database");
	return words.code;
}

static const char *
sent(struct testdb *t, const struct id *tenant, const struct user *u)
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, email_code_send(&tx, u));
	return mailed_code(t, tenant);
}

static bool
confirm_mail(struct testdb *t, const struct id *tenant, const struct user *u,
    const char *code)
{
	bool fits = false;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, email_confirm(&tx, by(), u, code, &fits));
	return fits;
}

static const char *
other_code(struct testdb *t, const char *code)
{
	return arena_printf(
	    t->arena, "%s%c", code + 1, code[0] == '9' ? '0' : code[0] + 1);
}

static void
test_email(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	const char *first, *code;

	clock_freeze(NOW);
	first = sent(t, &acme, &u);
	is_int((int64_t)strlen(first), 6, "a code of six digits is sent");
	ok(!use(t, &acme, &u, other_code(t, first)), "another does not open");
	clock_freeze(NOW + 1);
	code = sent(t, &acme, &u);
	ok(str_eq(first, code) || !use(t, &acme, &u, first),
	    "a second mail ends the first one's code");
	ok(confirm_mail(t, &acme, &u, code), "the second one's is good");
	ok(!confirm_mail(t, &acme, &u, code), "once");
	u = reread(t, &acme, &u);
	ok(u.has_factor, "mails are the person's factor from here on");

	code = sent(t, &acme, &u);
	clock_freeze(NOW + 601);
	ok(!use(t, &acme, &u, code), "a code is good for ten minutes");
	code = sent(t, &acme, &u);
	for (int i = 0; i < 5; i++)
		if (use(t, &acme, &u, other_code(t, code)))
			bail("opened");
	ok(!use(t, &acme, &u, code), "or for five tries");
	clock_thaw();
}

/* ---- the end of them ---- */

static void
test_remove(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	const char *secret = enrol(t, &acme, &u);
	struct backup_codes codes;
	struct user now;
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, backup_codes_make(&tx, &u, &codes));
	u = reread(t, &acme, &u);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, factors_remove(&tx, by(), &u));
	now = reread(t, &acme, &u);
	ok(!now.has_factor && now.epoch > u.epoch,
	    "without factors, and signed out");
	ok(!use(t, &acme, &u, code_at(secret, NOW)), "the app opens nothing");
	ok(!use(t, &acme, &u, codes.code[0]), "nor do the codes");
	is_int(count(t, &acme, "factor.disable"), 1, "it is audited");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	is_int(factors_remove(&tx, by(), &now), E_NOTFOUND,
	    "there is nothing left");
	tx_rollback(&tx);
	clock_thaw();
}

/* ---- challenges ---- */

static void
open_challenge(struct testdb *t, const struct id *tenant, const struct user *u,
    char token[static TOKEN_MAX])
{
	struct tx tx;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, challenge_open(&tx, u, token));
}

static enum err
find(struct testdb *t, const struct id *tenant, const char *token,
    enum err (*then)(struct tx *tx, const struct id *id))
{
	struct user u;
	struct id id;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = challenge_find(&tx, token, &id, &u);
	if (e == OK && then)
		e = then(&tx, &id);
	if (e == OK)
		commit(&tx, OK);
	tx_rollback(&tx);
	return e;
}

static void
test_challenge(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	char token[TOKEN_MAX], second[TOKEN_MAX];
	struct tx tx;

	clock_freeze(NOW);
	open_challenge(t, &acme, &u, token);
	is_int(find(t, &acme, token, NULL), OK, "a challenge is found");
	is_int(find(t, &other, token, NULL), E_NOTFOUND,
	    "in its own company only");
	is_int(find(t, &acme, "mpc_x", NULL), E_NOTFOUND, "by its token only");
	is_int(testdb_int(t, "SELECT 1"), 1, "alive");
	ok(strstr(text_of(t, &acme, "SELECT token_hash FROM login_challenges"),
	       token + 4) == NULL,
	    "which is not kept");
	clock_freeze(NOW + CHALLENGE_LIFE_S - 1);
	is_int(find(t, &acme, token, challenge_spend), OK,
	    "it is good to its last second");
	is_int(find(t, &acme, token, NULL), E_NOTFOUND, "and once");

	open_challenge(t, &acme, &u, token);
	clock_freeze(NOW + 2 * CHALLENGE_LIFE_S - 1);
	is_int(find(t, &acme, token, NULL), E_NOTFOUND, "then it is over");
	open_challenge(t, &acme, &u, token);
	for (int i = 0; i < CHALLENGE_TRIES; i++)
		is_int(find(t, &acme, token, challenge_fail), OK, "a try");
	is_int(
	    find(t, &acme, token, NULL), E_NOTFOUND, "five wrong codes end it");

	open_challenge(t, &acme, &u, token);
	open_challenge(t, &acme, &u, second);
	is_int(find(t, &acme, token, NULL), OK, "a second one ends no first");
	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, user_set_password(&tx, &u.id, "new"));
	is_int(find(t, &acme, second, NULL), E_NOTFOUND,
	    "a new password ends them all");
	clock_thaw();
}

struct claim {
	struct id tenant;
	char token[TOKEN_MAX];
};

static int
claimer(struct db *db, int i, void *arg)
{
	const struct claim *c = arg;
	struct arena *a = arena_new(1024 * 1024);
	struct actor actor = {.kind = ACTOR_SYSTEM};
	struct problems p;
	struct user u;
	struct id id;
	struct tx tx;
	enum err e;

	(void)i;
	clock_freeze(NOW);
	problems_init(&p, a);
	tx_init(&tx, a, &p, &actor, c->tenant.s);
	e = tx_begin(db, TX_WRITE, &tx);
	if (e == OK)
		e = challenge_find(&tx, c->token, &id, &u);
	if (e == OK)
		e = challenge_spend(&tx, &id);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	arena_free(&a);
	return e == E_NOTFOUND ? 1 : 0;
}

static void
test_challenge_race(struct testdb *t)
{
	struct claim c = {.tenant = testdb_tenant(t, "acme")};
	struct user u = person(t, &c.tenant, "a@example.com", "admin", NULL);

	clock_freeze(NOW);
	open_challenge(t, &c.tenant, &u, c.token);
	is_int(testdb_fork(t, PROCESSES, claimer, &c), PROCESSES - 1,
	    "of eight at once a challenge is good for one");
	clock_thaw();
}

/* ---- at the door ---- */

static enum err
door(struct testdb *t, const struct id *tenant, const struct user *u,
    const char *code, bool *fits)
{
	struct throttle k;
	struct tx tx;
	enum err e;

	*fits = false;
	throttle_init(&k, &rules, tenant, u->id.s, "");
	testdb_begin(t, &tx, TX_WRITE, tenant);
	e = login_factor(&tx, &k, by(),
	    &(struct session_from){.client = "192.0.2.7"}, u, code, fits);
	if (e == OK)
		commit(&tx, e);
	tx_rollback(&tx);
	return e;
}

static void
test_door(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	const char *secret = enrol(t, &acme, &u);
	bool fits;

	for (int i = 0; i < 5; i++)
		if (door(t, &acme, &u, "abcdef", &fits) != OK || fits)
			bail("door");
	is_int(count(t, &acme, "login.factor_failed"), 5,
	    "wrong codes are audited");
	is_int(door(t, &acme, &u, code_at(secret, NOW), &fits), E_LIMIT,
	    "behind five of them even the right one waits");
	clock_freeze(NOW + 1);
	is_int(door(t, &acme, &u, code_at(secret, NOW), &fits), OK, "a second");
	ok(fits, "and opens");
	is_int(door(t, &acme, &u, "abcdef", &fits), OK,
	    "and the failures are forgotten");
	clock_thaw();
}

/* ---- browsers ---- */

static void
test_browser(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct id other = testdb_tenant(t, "other");
	struct arena *a = t->arena;
	const char *word, *second;

	is_int(browser_word(a, test_box(), &acme, "a@example.com", &word), OK,
	    "a browser gets a word");
	is_int(browser_word(a, test_box(), &acme, "a@example.com", &second), OK,
	    "and another one");
	ok(!str_eq(word, second), "another");
	ok(browser_is_known(a, test_box(), &acme, "A@example.com", word),
	    "it is known for its account");
	ok(!browser_is_known(a, test_box(), &acme, "b@example.com", word),
	    "for no other");
	ok(!browser_is_known(a, test_box(), &other, "a@example.com", word),
	    "in no other company");
	ok(!browser_is_known(a, test_box(), &acme, "a@example.com", "v1.x.y") &&
		!browser_is_known(a, test_box(), &acme, "a@example.com", NULL),
	    "and no other word is");
}

/* ---- sessions ---- */

static enum err
look(struct testdb *t, const struct id *tenant, const struct user *u,
    bool passed, const char *roles, struct actor *actor)
{
	const struct session_limits limits = {
	    .idle_s = 1800, .absolute_s = 86400, .factor_roles = roles};
	const struct session_from from = {
	    .client = "127.0.0.9", .passed_factor = passed};
	char token[TOKEN_MAX];
	struct session_seen seen;
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, tenant);
	commit(&tx, session_open(&tx, u, &limits, &from, token, NULL));
	testdb_begin(t, &tx, TX_READ, tenant);
	e = session_actor(
	    &tx, SESSION_COOKIE, token, "127.0.0.9", &limits, actor, &seen);
	tx_rollback(&tx);
	return e;
}

static void
test_sessions(struct testdb *t)
{
	struct id acme = testdb_tenant(t, "acme");
	struct user u = person(t, &acme, "a@example.com", "admin", NULL);
	struct api_token_new n = {.name = "shop"};
	char token[TOKEN_MAX];
	struct id id;
	struct actor a;
	struct tx tx;

	clock_freeze(NOW);
	is_int(
	    look(t, &acme, &u, false, NULL, &a), OK, "the password is enough");
	ok(!a.must_enrol && perm_has(&a.perms, PERM_ORDERS_READ), "for all");
	is_int(
	    look(t, &acme, &u, false, "super_admin, editor", &a), OK, "asked");
	ok(!a.must_enrol, "also where other roles need more");
	is_int(look(t, &acme, &u, false, "editor,admin", &a), OK, "asked");
	ok(a.must_enrol && a.perms.bits[0] == 0,
	    "a role that needs a factor has no permission without");
	perm_add(&n.scopes, PERM_ORDERS_READ);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	tx.actor = &a;
	is_int(api_token_add(&tx, &n, &id, token), E_DENIED,
	    "and makes no token for a program");
	tx_rollback(&tx);
	(void)enrol(t, &acme, &u);
	is_int(look(t, &acme, &u, false, NULL, &a), E_NOTFOUND,
	    "who has a factor is nobody in a session that did not pass it");
	is_int(look(t, &acme, &u, true, "admin", &a), OK, "and oneself in one");
	ok(!a.must_enrol && perm_has(&a.perms, PERM_ORDERS_READ), "that did");

	testdb_begin(t, &tx, TX_WRITE, &acme);
	commit(&tx, db_exec(&tx,
			"INSERT INTO roles (tenant_id, id, name, permissions, "
			"needs_factor, created_at, updated_at) "
			"VALUES ($1, $1, 'night', 'orders:read', 1, 0, 0)",
			DB_ID(&acme)));
	u = person(t, &acme, "n@example.com", "night", NULL);
	is_int(look(t, &acme, &u, false, NULL, &a), OK, "asked");
	ok(a.must_enrol, "a made role can need one, too");
	clock_thaw();
}

int
main(void)
{
	if (secret_init() != OK)
		bail("secret_init");
	mail_use_box(test_box());
	testdb_each(test_enrol);
	testdb_each(test_pending_ends);
	testdb_each(test_steps);
	testdb_each(test_races);
	testdb_each(test_backup_codes);
	testdb_each(test_email);
	testdb_each(test_remove);
	testdb_each(test_challenge);
	testdb_each(test_challenge_race);
	testdb_each(test_door);
	testdb_each(test_browser);
	testdb_each(test_sessions);
	return tap_done();
}
