/* verb.c - a verb that is described once has its call, its button, its question
 * and its place among chosen rows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "gadgets.h"
#include "resource/verb.h"
#include "tap.h"

/* ---- the verbs ---- */

/* active -> retired; what it wrote is to be taken back where it refuses. */
static enum err
retire(const struct verb_call *c)
{
	struct tx *tx = c->tx;
	int64_t changed;
	enum err e = db_exec(tx,
	    "UPDATE gadgets SET notes = $3, version = version + 1 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->id), DB_TEXT(verb_arg(c, "why")));

	if (e == OK)
		e = db_exec_n(tx, &changed,
		    "UPDATE gadgets SET status = 'retired' "
		    "WHERE tenant_id = $1 AND id = $2 AND status = 'active'",
		    DB_ID(&tx->tenant), DB_ID(&c->id));
	if (e != OK || changed == 1)
		return e;
	problem_add(tx->problems, "", "conflict", "It is retired already.");
	return E_CONFLICT;
}

static enum err
polish(const struct verb_call *c)
{
	struct tx *tx = c->tx;
	int64_t changed;
	enum err e = db_exec_n(tx, &changed,
	    "UPDATE gadgets SET pieces = COALESCE(pieces, 0) + 1 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&c->id));

	return e == OK && changed == 0 ? E_NOTFOUND : e;
}

/* One that shines needs nothing; three at once need a second person. */
static enum err
look_at(struct verb_many *m)
{
	struct tx *tx = m->tx;

	for (size_t i = 0; i < m->n; i++) {
		int64_t pieces = 0;
		enum err e = db_int(tx, -1, &pieces,
		    "SELECT COALESCE(pieces, 0) FROM gadgets "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&m->id[i]));

		m->wrong = i;
		if (e == OK && pieces < 0)
			e = E_NOTFOUND;
		if (e != OK)
			return e;
		m->is_done[i] = pieces > 0;
	}
	if (m->n == 3)
		m->waiting = m->id[0];
	return OK;
}

static const struct field why_fields[] = {
    {"why", "why", FIELD_TEXT, NEW | REQUIRED, NULL, .label = "Why", .max = 9},
};
static const struct noun why = VERB_ARGS("why", why_fields);

static const char *const active[] = {"active", NULL};

static const struct verb verbs[] = {
    {
	.noun = &gadgets,
	.name = "retire",
	.label = "Retire…",
	.ask = "Retire %s?",
	.text = "Nobody gets it any more.",
	.yes = "Retire %s",
	.no = "Keep it",
	.done = "%s is retired.",
	.all = "%s are retired.",
	.perm = PERM_PRODUCTS_WRITE,
	.flags = VERB_DANGER,
	.from = active,
	.args = &why,
	.run = retire,
    },
    {
	.noun = &gadgets,
	.name = "polish",
	.label = "Polish",
	.done = "%s shines.",
	.perm = PERM_PRODUCTS_WRITE,
	.run = polish,
    },
    {
	.noun = &gadgets,
	.name = "buff",
	.label = "Buff…",
	.ask = "Buff %s?",
	.yes = "Buff %s",
	.done = "%s is buffed.",
	.all = "%s are buffed.",
	.perm = PERM_PRODUCTS_WRITE,
	.run = polish,
	.look = look_at,
    },
    {.noun = NULL},
};
const struct verb *const verb_tables[] = {verbs, NULL};

/* ---- rows ---- */

static const char *
made(const char *code)
{
	is_int(call("POST", GADGETS, "owner",
		   arena_printf(arena, "{\"code\":\"%s\",\"name\":\"%s <b>\"}",
		       code, code)),
	    201, "one is made");
	return id_said();
}

static bool
has(const char *id, const char *text)
{
	call("GET", below(GADGETS, id, ""), "reader", NULL);
	return says(text);
}

/* ---- one ---- */

static void
test_call(void)
{
	const char *id = made("one");
	const char *uri = below(GADGETS, id, "/retire");

	is_int(
	    call("POST", uri, "owner", "{}"), 422, "what it asks is required");
	ok(says("\"field\":\"why\",\"code\":\"required\""), "and named");
	is_int(call("POST", uri, "owner", "{\"why\":\"old\",\"x\":1}"), 400,
	    "there is nothing else to say");
	is_int(call("POST", uri, "owner", "{\"why\":\"far too long\"}"), 422,
	    "and no more than fits");
	is_int(call("POST", uri, "reader", "{\"why\":\"old\"}"), 403,
	    "who may only read does not do it");
	is_int(
	    call("POST", uri, "owner", "{\"why\":\"old\"}"), 200, "it is done");
	ok(says("\"status\":\"retired\"") && says("\"notes\":\"old\""),
	    "and answered with the thing as it is now");
	is_int(call("POST", uri, "owner", "{\"why\":\"again\"}"), 409, "once");
	ok(has(id, "\"notes\":\"old\""), "what is refused has changed nothing");
	is_int(call("POST", below(GADGETS, id, "/polish"), "owner", "{}"), 200,
	    "another asks for nothing");
	is_int(
	    call("POST", below(GADGETS, id, "/polish"), "owner", "{\"a\":1}"),
	    400, "and takes nothing");
	is_int(
	    call("POST", GADGETS "/00000000-0000-7000-8000-000000000000/polish",
		"owner", "{}"),
	    404, "what is not there is not done to");
}

static void
test_buttons(const char *id)
{
	const char *one = below("/gadgets", id, "");

	is_int(page("owner", one), 200, "its page");
	ok(says("/retire\"") && says("/polish\""), "has a button for each");
	is_int(page("reader", one), 200, "for who may only read");
	ok(!says("/retire") && !says("/polish"), "it has none");
}

static void
test_question(void)
{
	const char *id = made("two");
	const char *ask = below("/gadgets", id, "/retire");

	test_buttons(id);
	is_int(page("reader", ask), 403, "who may not is not asked");
	is_int(page("owner", ask), 200, "it asks first");
	ok(says("Retire two?") && says("name=\"why\""),
	    "about this one, with what it wants to know");
	is_int(post(ask, "why=far+too+long"), 422, "a wrong answer");
	ok(says("far too long") && says("Nothing was done"),
	    "brings the question back, with what was typed");
	is_int(post(ask, "why=rust"), 303, "a right one does it");
	ok(has(id, "\"status\":\"retired\""), "for good");
	page("owner", below("/gadgets", id, ""));
	ok(!says("/retire\""), "its page does not offer it any more");
	page("owner", ask);
	is_int(post(ask, "why=late"), 409, "and it refuses");
	ok(says("It is retired already.") && says("value=\"late\""),
	    "in the words of the flow");
	ok(has(id, "\"notes\":\"rust\""), "with what it wrote taken back");
	page("owner", below("/gadgets", id, ""));
	is_int(post(below("/gadgets", id, "/polish"), ""), 303,
	    "what asks nothing is done at once");
}

/* ---- several ---- */

static const char *
form_of(const char *const *ids, size_t n, const char *more)
{
	const char *s = more;

	for (size_t i = 0; i < n; i++)
		s = arena_printf(arena, "%s&pick-%s=1", s, ids[i]);
	return s;
}

static void
test_chosen(void)
{
	const char *ids[] = {made("three"), made("four"), made("five")};
	const char *uri = "/gadgets/bulk/retire";

	page("owner", "/gadgets");
	ok(says(arena_printf(arena, "name=\"pick-%s\"", ids[0])) &&
		says("formaction=\"/gadgets/bulk/retire\""),
	    "a list has boxes, and what may be done with them");
	page("reader", "/gadgets");
	ok(!says("pick"), "for who may");
	is_int(page("owner", uri), 422, "nothing was chosen");
	call("POST", below(GADGETS, ids[2], "/retire"), "owner",
	    "{\"why\":\"bent\"}");
	is_int(page("owner",
		   arena_printf(arena, "%s?%s", uri, form_of(ids, 3, "a=b"))),
	    200, "three are asked about");
	ok(says("Retire 2 gadgets?") && says("five is left out: Retired"),
	    "one of which is left out");
	ok(!says(arena_printf(arena, "name=\"pick-%s\"", ids[2])),
	    "and not sent on");
	is_int(post(uri, form_of(ids, 3, "why=all")), 409,
	    "one that refuses stops them all");
	ok(says("five: It is retired already."), "and is named");
	ok(has(ids[0], "\"status\":\"active\""), "nothing was done");
	page(
	    "owner", arena_printf(arena, "%s?%s", uri, form_of(ids, 2, "a=b")));
	is_int(post(uri, form_of(ids, 2, "why=both")), 303, "two are done");
	ok(has(ids[0], "\"notes\":\"both\"") &&
		has(ids[1], "\"notes\":\"both\""),
	    "both");
	is_int(page("owner",
		   arena_printf(arena, "%s?%s", uri, form_of(ids, 3, "a=b"))),
	    409, "none is left to do it to");
}

static void
test_gone(void)
{
	const char *ids[] = {made("eight"), made("nine")};
	const char *uri = "/gadgets/bulk/retire";

	call("DELETE", below(GADGETS, ids[0], ""), "owner", NULL);
	is_int(page("owner",
		   arena_printf(arena, "%s?%s", uri, form_of(ids, 2, "a=b"))),
	    200, "one of the chosen has gone meanwhile");
	ok(says("Retire 1 gadget?") && says("One is left out"),
	    "the other is asked about");
	is_int(post(uri, form_of(ids, 2, "why=rust")), 409,
	    "one that goes after that is said");
	ok(says("One of them is no longer there.") && says("value=\"rust\"") &&
		says(arena_printf(arena, "name=\"pick-%s\"", ids[1])) &&
		!says(arena_printf(arena, "name=\"pick-%s\"", ids[0])),
	    "and the question is asked again for the other");
	is_int(post(uri, form_of(ids + 1, 1, "why=rust")), 303,
	    "which is done then");
	is_int(page("owner",
		   arena_printf(arena, "%s?%s", uri, form_of(ids, 1, "a=b"))),
	    409, "one that is gone is none");
}

static const char *
json_of(const char *first, const char *second, const char *more)
{
	return arena_printf(
	    arena, "{\"ids\":[\"%s\",\"%s\"]%s}", first, second, more);
}

static void
test_many_by_call(void)
{
	const char *uri = GADGETS "/bulk/retire", *and = ",\"why\":\"x\"";
	const char *a = made("six"), *b = made("seven"), *other;

	is_int(call("POST", uri, "owner", "{\"why\":\"x\"}"), 422, "of which?");
	ok(says("\"field\":\"ids\",\"code\":\"required\""), "it asks");
	is_int(call("POST", uri, "owner", json_of(a, "x", and)), 422, "no id");
	ok(says("\"field\":\"ids[1]\""), "is named by its place");
	is_int(call("POST", uri, "owner", json_of(a, a, and)), 400,
	    "nothing twice");
	is_int(call("POST", uri, "owner", json_of(a, b, "")), 422,
	    "what it asks is required here, too");
	is_int(call("POST", uri, "reader", json_of(a, b, and)), 403,
	    "and who may not");
	webtest_call(&w, &(struct call){.method = "POST",
			     .uri = GADGETS,
			     .host = "other.test",
			     .bearer = "owner",
			     .body = "{\"code\":\"six\",\"name\":\"theirs\"}"});
	other = id_said();
	is_int(call("POST", uri, "owner", json_of(a, other, and)), 409,
	    "another company's is not there");
	ok(says("\"field\":\"ids[1]\",\"code\":\"conflict\""),
	    "and says no more than one that never was");
	ok(has(a, "\"status\":\"active\""), "nothing was done");
	is_int(
	    call("POST", uri, "owner", json_of(b, a, and)), 200, "two at once");
	ok(says("\"count\":2"), "are counted");
	ok(has(a, "\"status\":\"retired\"") && has(b, "\"status\":\"retired\""),
	    "and done");
	is_int(call("POST", uri, "owner", json_of(b, a, and)), 409, "once");
	ok(says("ids[0]") && says("ids[1]"), "each says so");
	is_int(call("POST", GADGETS "/bulk/polish", "owner", json_of(a, b, "")),
	    404, "what is for one is not for many");
}

/* What a verb finds out before. */
static void
test_look(void)
{
	const char *ids[] = {made("ten"), made("eleven"), made("twelve")};
	const char *uri = GADGETS "/bulk/buff", *no = "/gadgets/bulk/buff";
	const char *three = arena_printf(
	    arena, "{\"ids\":[\"%s\",\"%s\",\"%s\"]}", ids[2], ids[0], ids[1]);
	const char *waiting =
	    arena_printf(arena, "\"approvalId\":\"%s\"", ids[0]);

	is_int(call("POST", uri, "owner", three), 202, "three wait");
	ok(says("\"status\":\"waiting\"") && says(waiting), "and say so");
	page("owner", arena_printf(arena, "%s?%s", no, form_of(ids, 3, "a=b")));
	is_int(post(no, form_of(ids, 3, "a=b")), 303, "a form leads there");
	ok(has(ids[0], "\"pieces\":null"), "and nothing is done");
	is_int(call("POST", below(GADGETS, ids[0], "/buff"), "owner", "{}"),
	    200, "one is done");
	is_int(call("POST", uri, "owner", json_of(ids[0], ids[1], "")), 200,
	    "two of which one needs nothing");
	ok(says("\"count\":1") &&
		says(arena_printf(arena, "\"leftOut\":[\"%s\"]", ids[0])),
	    "it is named");
	ok(has(ids[0], "\"pieces\":1") && has(ids[1], "\"pieces\":1"),
	    "and left as it was");
	page("owner", arena_printf(arena, "%s?%s", no, form_of(ids, 2, "a=b")));
	is_int(post(no, form_of(ids, 2, "a=b")), 303, "none is left to do");
	ok(has(ids[0], "\"pieces\":1"), "and none is done");
	is_int(call("POST", uri, "owner",
		   json_of(ids[2], "01890000-0000-7000-8000-000000000001", "")),
	    409, "one that is not there stops both");
	ok(says("\"field\":\"ids[1]\"") && has(ids[2], "\"pieces\":null"),
	    "and is named by its place");
}

static void
test_all(struct testdb *t)
{
	gadgets_open(t);
	test_call();
	test_question();
	test_chosen();
	test_gone();
	test_many_by_call();
	test_look();
	gadgets_close();
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
