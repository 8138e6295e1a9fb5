/* approval.c - what needs a second person gets one, once, and never oneself.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/approval.h"

#include <stdio.h>

#include "base/text.h"
#include "identity/approval_mails.h"
#include "identity/api_token.h"
#include "identity/role.h"
#include "people.h"

#define RACERS 8

static struct id acme, order;
static struct user ann, bob, sue; /* two admins, one of support */
static bool granted;

static struct actor
actor_of(const struct user *u)
{
	struct actor a = {.kind = ACTOR_USER, .tenant = acme, .id = u->id};

	snprintf(a.name, sizeof(a.name), "%s", u->email);
	a.perms = role_builtin(u->role)->perms;
	return a;
}

static void
set_up(struct testdb *t)
{
	acme = testdb_tenant(t, "acme");
	ann = person(t, &acme, "ann@example.com", "admin", NULL);
	bob = person(t, &acme, "bob@example.com", "admin", NULL);
	sue = person(t, &acme, "sue@example.com", "support", NULL);
	order = id_new(clock_now_ms());
}

/* Asks for it as the actor; what waits in *out. */
static enum err
ask_as(struct testdb *t, const struct actor *who, const struct approval_wish *w,
    struct id *out)
{
	struct tx tx;
	enum err e;

	*out = (struct id){""};
	granted = false;
	testdb_begin(t, &tx, TX_WRITE, &acme);
	tx.actor = who;
	e = approval_need(&tx, w, &granted, out);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
refund(struct testdb *t, const struct user *u, const char *json, struct id *out)
{
	struct actor who = actor_of(u);

	return ask_as(t, &who,
	    &(struct approval_wish){.action = APPROVAL_REFUND,
		.id = order,
		.title = "Refund $50.00 of order 1",
		.json = json},
	    out);
}

static enum err
decide_as(
    struct testdb *t, const struct actor *who, const struct id *id, bool yes)
{
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_WRITE, &acme);
	tx.actor = who;
	e = approval_decide(&tx, id, yes);
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	return e;
}

static enum err
decide(struct testdb *t, const struct user *u, const struct id *id, bool yes)
{
	struct actor who = actor_of(u);

	return decide_as(t, &who, id, yes);
}

/* Its state as the person sees it; NULL: not at all. */
static const char *
state(struct testdb *t, const struct user *u, const struct id *id)
{
	struct actor who = actor_of(u);
	struct approval a = {.status = NULL};
	struct tx tx;
	enum err e;

	testdb_begin(t, &tx, TX_READ, &acme);
	tx.actor = &who;
	e = approval_get(&tx, id, &a);
	tx_rollback(&tx);
	return e == OK ? a.status : NULL;
}

static int64_t
rows_in(struct testdb *t, const char *sql)
{
	int64_t n = -1;
	struct tx tx;

	testdb_begin(t, &tx, TX_READ, &acme);
	if (db_int(&tx, -1, &n, sql, DB_ID(&acme)) != OK)
		bail("%s", sql);
	tx_rollback(&tx);
	return n;
}

static void
test_way(struct testdb *t)
{
	struct id id, again, other;

	set_up(t);
	is_int(refund(t, &ann, "{\"n\":1}", &id), OK, "a person asks");
	ok(!granted && id_is_set(&id), "and waits");
	is_int(refund(t, &ann, "{\"n\":1}", &again), OK, "asks again");
	is_str(again.s, id.s, "and waits in the same place");
	is_int(decide(t, &ann, &id, true), E_DENIED, "not by oneself");
	is_int(decide(t, &sue, &id, true), E_NOTFOUND,
	    "nor by somebody who may not do it, who does not even see it");
	is_str(state(t, &bob, &id), "waiting", "it still waits");
	is_int(decide(t, &bob, &id, true), OK, "by somebody else who may");
	is_int(decide(t, &bob, &id, false), E_CONFLICT, "once");
	is_int(refund(t, &ann, "{\"n\":2}", &other), OK, "another wish");
	ok(!granted && !str_eq(other.s, id.s), "is another");
	is_int(refund(t, &bob, "{\"n\":1}", &other), OK, "another person's");
	ok(!granted && !str_eq(other.s, id.s), "is another, too");
	is_int(refund(t, &ann, "{\"n\":1}", &again), OK, "the one approved");
	ok(granted, "is granted");
	is_str(state(t, &ann, &id), "used", "and used up");
	is_int(refund(t, &ann, "{\"n\":1}", &again), OK, "the next time");
	ok(!granted && !str_eq(again.s, id.s), "it waits again");
	is_int(count(t, &acme, "approval.ask"), 4, "each wish is noted");
	is_int(count(t, &acme, "approval.approve"), 1, "and each approval");
	is_int(count(t, &acme, "approval.use"), 1, "and its use");
}

static void
test_refusal(struct testdb *t)
{
	struct id id, again;

	set_up(t);
	is_int(refund(t, &ann, "{}", &id), OK, "a wish");
	is_int(decide(t, &bob, &id, false), OK, "is refused");
	is_int(decide(t, &bob, &id, true), E_CONFLICT, "for good");
	is_int(refund(t, &ann, "{}", &again), OK, "and asked for again");
	ok(!granted && !str_eq(again.s, id.s), "as another one");
	is_int(decide(t, &ann, &again, false), OK, "one's own is withdrawn");
	is_int(count(t, &acme, "approval.refuse"), 2, "both are noted");
}

static void
test_day(struct testdb *t)
{
	int64_t now = clock_now();
	struct id id, next;

	set_up(t);
	clock_freeze(now);
	is_int(refund(t, &ann, "{}", &id), OK, "a wish");
	clock_freeze(now + APPROVAL_LIFE_S);
	is_str(state(t, &bob, &id), "expired", "is good for a day");
	is_int(decide(t, &bob, &id, true), E_CONFLICT, "and not approved then");
	is_int(refund(t, &ann, "{}", &next), OK, "it is asked for anew");
	ok(!str_eq(next.s, id.s), "as another one");
	is_int(decide(t, &bob, &next, true), OK, "which is approved");
	clock_freeze(now + 2 * APPROVAL_LIFE_S);
	is_int(refund(t, &ann, "{}", &id), OK, "and used a day later");
	ok(!granted, "is not granted any more");
	clock_thaw();
}

static void
test_roles(struct testdb *t)
{
	struct id id, other;
	struct user boss;
	struct actor who;

	set_up(t);
	boss = person(t, &acme, "boss@example.com", "super_admin", NULL);
	who = actor_of(&boss);
	is_int(ask_as(t, &who,
		   &(struct approval_wish){APPROVAL_ROLE, sue.id, "Give",
		       "{\"role\":\"super_admin\"}"},
		   &id),
	    OK, "an owner asks for another owner");
	is_int(ask_as(t, &who,
		   &(struct approval_wish){APPROVAL_INVITE, {""}, "Invite",
		       "{\"email\":\"x@example.com\",\"role\":\"editor\"}"},
		   &other),
	    OK, "and for an editor");
	is_int(decide(t, &ann, &id, true), E_DENIED,
	    "who could not give the role does not approve it");
	is_int(decide(t, &ann, &other, true), OK, "but a role that one could");
	is_str(state(t, &ann, &id), "waiting", "the first still waits");
}

/* Programs, and staff who look as somebody, are not second persons. */
static void
test_others(struct testdb *t)
{
	struct actor who = {.kind = ACTOR_TOKEN, .tenant = acme};
	struct approval_wish w = {APPROVAL_REFUND, order, "Refund", "{}"};
	struct api_token_new n = {.name = "report", .is_personal = true};
	struct id of_company;
	char token[TOKEN_MAX];
	struct actor maker;
	struct id id, mine, of_token;
	struct tx tx;

	set_up(t);
	w.id = order;
	perm_add(&n.scopes, PERM_PAYMENTS_REFUND);
	maker = actor_of(&ann);
	testdb_begin(t, &tx, TX_WRITE, &acme);
	tx.actor = &maker;
	is_int(api_token_add(&tx, &n, &id, token), OK, "a person's token");
	n.is_personal = false;
	is_int(api_token_add(&tx, &n, &of_company, token), OK,
	    "and one of the company that the person made");
	is_int(tx_commit(&tx), OK, "are made");
	who.tenant = acme;
	who.id = id;
	snprintf(who.name, sizeof(who.name), "%s", "report");
	is_int(ask_as(t, &who, &w, &of_token), OK, "asks");
	is_int(ask_as(t, &maker, &w, &mine), OK, "as the person asks");
	is_str(of_token.s, mine.s, "and both wait in one place");
	is_int(decide(t, &ann, &of_token, true), E_DENIED,
	    "what one's own token asked for is one's own");
	is_int(decide(t, &bob, &of_token, true), OK, "somebody else approves");
	is_int(ask_as(t, &who, &w, &mine), OK, "the token does it");
	ok(granted, "for its person");
	who.id = of_company;
	is_int(ask_as(t, &who, &w, &mine), E_DENIED,
	    "the company's asks for nothing, whoever made it");
	who.id = id_new(clock_now_ms());
	is_int(ask_as(t, &who, &w, &mine), E_DENIED,
	    "nor does a program that belongs to nobody");
	who = (struct actor){.kind = ACTOR_SYSTEM, .tenant = acme};
	is_int(ask_as(t, &who, &w, &mine), OK, "the command line");
	ok(granted, "needs nobody");
}

/* Both have the permission, and have not asked themselves. */
static void
test_deciders(struct testdb *t)
{
	struct actor program = {.kind = ACTOR_TOKEN}, visitor;
	struct id id;

	set_up(t);
	is_int(refund(t, &ann, "{}", &id), OK, "a person asks");
	program.tenant = acme;
	program.id = id_new(clock_now_ms());
	perm_add(&program.perms, PERM_PAYMENTS_REFUND);
	is_int(decide_as(t, &program, &id, true), E_DENIED,
	    "a program does not approve");
	is_int(decide_as(t, &program, &id, false), E_DENIED, "nor refuse");
	visitor = actor_of(&bob);
	visitor.behind = ann.id;
	is_int(decide_as(t, &visitor, &id, true), E_DENIED,
	    "nor do staff who look as somebody else");
	is_str(state(t, &bob, &id), "waiting", "it still waits");
	is_int(decide(t, &bob, &id, true), OK, "until a person approves");
}

static void
test_mail(struct testdb *t)
{
	struct view *v;
	struct id id;
	struct tx tx;

	set_up(t);
	is_int(refund(t, &ann, "{}", &id), OK, "a wish");
	testdb_begin(t, &tx, TX_READ, &acme);
	v = view_new(t->arena);
	is_int(approval_mail_fill(&tx, &id, "en", v), OK, "is told to staff");
	tx_rollback(&tx);
	is_int(rows_in(t,
		   "SELECT count(*) FROM outbox "
		   "WHERE tenant_id = $1 AND template = 'mail/staff-approval'"),
	    1, "in one alert");
	is_int(decide(t, &bob, &id, true), OK, "decided");
	testdb_begin(t, &tx, TX_READ, &acme);
	v = view_new(t->arena);
	is_int(approval_mail_fill(&tx, &id, "en", v), E_NOTFOUND,
	    "what is decided needs nobody");
	tx_rollback(&tx);
}

/* ---- eight at once ---- */

struct race {
	struct actor who[RACERS];
	struct id id; /* to decide; unset: to ask for */
};

static enum err
race_step(struct tx *tx, void *arg)
{
	const struct race *r = arg;
	struct id out;
	bool yes;

	if (id_is_set(&r->id))
		return approval_decide(tx, &r->id, true);
	return approval_need(tx,
	    &(struct approval_wish){APPROVAL_REFUND, order, "Refund", "{}"},
	    &yes, &out);
}

static int
racer(struct db *db, int i, void *arg)
{
	struct race *race = arg;
	struct arena *a = arena_new(1 << 20);
	struct problems problems;
	struct tx tx;
	enum err e = E_BUSY;

	problems_init(&problems, a);
	tx_init(&tx, a, &problems, &race->who[i], acme.s);
	while (e == E_BUSY)
		e = tx_run(db, TX_WRITE, &tx, race_step, race);
	arena_free(&a);
	return e == OK ? 0 : 1;
}

static void
test_races(struct testdb *t)
{
	struct race race = {.id = {""}};

	set_up(t);
	for (int i = 0; i < RACERS; i++)
		race.who[i] = actor_of(&ann);
	is_int(testdb_fork(t, RACERS, racer, &race), 0,
	    "eight times the same wish at once is asked for");
	is_int(rows_in(t, "SELECT count(*) FROM approvals "
			  "WHERE tenant_id = $1"),
	    1, "once");
	is_int(refund(t, &ann, "{}", &race.id), OK, "this one");
	for (int i = 0; i < RACERS; i++) {
		const char *email =
		    arena_printf(t->arena, "p%d@example.com", i);
		struct user u = person(t, &acme, email, "admin", NULL);

		race.who[i] = actor_of(&u);
	}
	is_int(testdb_fork(t, RACERS, racer, &race), RACERS - 1,
	    "of eight who decide at once one does");
	is_int(count(t, &acme, "approval.approve"), 1, "and it is noted once");
}

int
main(void)
{
	static void (*const tests[])(struct testdb * t) = {test_way,
	    test_refusal, test_day, test_roles, test_others, test_deciders,
	    test_mail, test_races};

	for (size_t i = 0; i < N_ELEMS(tests); i++)
		testdb_each(tests[i]);
	return tap_done();
}
