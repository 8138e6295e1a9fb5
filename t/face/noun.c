/* noun.c - a noun that is described once has all its faces.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "gadgets.h"
#include "resource/verb.h"
#include "tap.h"

const struct verb *const verb_tables[] = {NULL};

/* ---- for programs ---- */

#define WHOLE                                                                  \
	"{\"code\":\"lamp\",\"name\":\"O'Brien & Söhne <GmbH> 💡\","        \
	"\"notes\":\"one\\r\\ntwo\",\"price\":12.5,\"share\":8.25,"            \
	"\"pieces\":7,\"fragile\":true,\"owner\":\"a@b.test\","                \
	"\"domain\":\"Lamp.Example.COM.\",\"ip\":\"192.0.2.7\","               \
	"\"tags\":[\"warm\",\" old \"],\"since\":\"2026-11-20\"}"

static const char *
test_made(void)
{
	const char *id;

	is_int(call("POST", GADGETS, "owner", WHOLE), 201, "one is made");
	id = id_said();
	ok(says("\"name\":\"O'Brien & Söhne <GmbH> 💡\""), "text is intact");
	ok(says("\"notes\":\"one\\ntwo\""), "lines end as ours do");
	ok(says("\"price\":12.50") && says("\"share\":8.25") &&
		says("\"pieces\":7") && says("\"fragile\":true"),
	    "numbers and truth are what they were");
	ok(says("\"domain\":\"lamp.example.com\""), "a domain is canonical");
	ok(says("\"tags\":[\"warm\",\"old\"]"), "tags are a list");
	ok(says("\"since\":\"2026-11-20\"") && says("\"partId\":null"),
	    "a day is a day, and nothing is null");
	ok(says("\"status\":\"active\"") && says("\"version\":1"),
	    "what nobody gave is the database's");
	ok(!says("hush") && !says("secret"), "what is in no view is not told");
	is_str(noted.verb, "add", "it is noted");
	ok(strstr(noted.detail, "\"pieces\":{\"from\":null,\"to\":7}") != NULL,
	    "with what was given");
	is_int(call("GET", below(GADGETS, id, ""), "reader", NULL), 200,
	    "who may read reads it");
	is_int(call("GET", "/api/gadgets?q=lamp&fragile=true", "reader", NULL),
	    200, "its second path lists, with filter and search");
	ok(says("\"total\":1"), "one");
	is_int(
	    call("GET", GADGETS "?sort=-price", "reader", NULL), 200, "sorted");
	return id;
}

/* What is refused, and of which field. */
static const struct {
	const char *json;
	int status;
	const char *says;
} refusals[] = {
    {"{\"name\":\"x\"}", 422, "\"field\":\"code\",\"code\":\"required\""},
    {"{\"code\":\"lamp\",\"name\":\"x\"}", 409,
	"\"field\":\"code\",\"code\":\"conflict\""},
    {"{\"code\":\"B A\",\"name\":\"x\"}", 422, "\"field\":\"code\""},
    {"{\"code\":\"b\",\"name\":\" \"}", 422, "\"field\":\"name\""},
    {"{\"code\":\"b\",\"name\":7}", 422,
	"\"field\":\"name\",\"code\":\"wrong_type\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"secret\":\"y\"}", 400,
	"\"field\":\"secret\",\"code\":\"unknown_field\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"createdAt\":\"2026-01-01\"}", 422,
	"\"field\":\"createdAt\",\"code\":\"not_allowed\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"status\":\"lost\"}", 422,
	"\"field\":\"status\",\"code\":\"not_in_list\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"pieces\":101}", 422,
	"\"field\":\"pieces\",\"code\":\"out_of_range\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"pieces\":1.5}", 422,
	"\"field\":\"pieces\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"price\":\"1.234\"}", 422,
	"\"field\":\"price\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"share\":101}", 422,
	"\"field\":\"share\",\"code\":\"out_of_range\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"fragile\":\"yes\"}", 422,
	"\"field\":\"fragile\",\"code\":\"wrong_type\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"owner\":\"nobody\"}", 422,
	"\"field\":\"owner\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"domain\":\"-.com\"}", 422,
	"\"field\":\"domain\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"ip\":\"1.2.3\"}", 422,
	"\"field\":\"ip\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"tags\":[1]}", 422, "\"field\":\"tags\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"since\":\"2026-02-30\"}", 422,
	"\"field\":\"since\""},
    {"{\"code\":\"b\",\"name\":\"x\",\"partId\":"
     "\"019f0000-0000-7000-8000-000000000000\"}",
	422, "\"field\":\"partId\",\"code\":\"not_found\""},
    {"{\"code\":\"b\",\"name\":\"a\\u0007b\"}", 422, "\"field\":\"name\""},
};

static void
test_refused(void)
{
	int before = noted.n;

	for (size_t i = 0; i < N_ELEMS(refusals); i++) {
		int status = call("POST", GADGETS, "owner", refusals[i].json);

		ok(status == refusals[i].status && says(refusals[i].says),
		    "refused: %s", refusals[i].json);
		if (status != refusals[i].status || !says(refusals[i].says))
			note("%d %s", status, w.body);
	}
	is_int(noted.n, before, "and nothing of it is done");
	is_int(call("GET", GADGETS, "owner", NULL), 200, "the list");
	ok(says("\"total\":1"), "has what it had");
}

static void
test_changed(const char *id)
{
	const char *one = below(GADGETS, id, "");
	int before;

	is_int(call("PATCH", one, "owner",
		   "{\"name\":\"Lamp\",\"notes\":\"\",\"pieces\":null,"
		   "\"version\":1}"),
	    200, "one is changed");
	ok(says("\"name\":\"Lamp\"") && says("\"notes\":\"\"") &&
		says("\"pieces\":null") && says("\"version\":2"),
	    "as was said");
	ok(strstr(noted.detail, "\"pieces\":{\"from\":7,\"to\":null}") != NULL,
	    "what was and what is are noted");
	ok(strstr(noted.detail, "\"code\"") == NULL, "and nothing else");
	before = noted.n;
	is_int(call("PATCH", one, "owner", "{\"name\":\"Lamp\"}"), 200,
	    "no change");
	ok(says("\"version\":2") && noted.n == before, "changes nothing");
	is_int(call("PATCH", one, "owner", "{\"name\":\"Late\",\"version\":1}"),
	    409, "who saw an older one is refused");
	ok(says("\"code\":\"stale_version\""), "and told why");
	is_int(call("PATCH", one, "owner", "{\"code\":\"other\"}"), 422,
	    "what is given once stays");
	is_int(call("PATCH", one, "owner", "{\"name\":\"\"}"), 422,
	    "what is required is not emptied");
	is_int(call("PATCH", one, "owner", "{\"status\":\"\"}"), 422,
	    "nor what has a default,");
	is_int(call("PATCH", one, "owner", "{\"fragile\":null}"), 422,
	    "by whatever is nothing");
}

static void
test_rights(const char *id)
{
	const char *one = below(GADGETS, id, "");

	is_int(call("POST", GADGETS, "reader", WHOLE), 403, "no right to make");
	is_int(call("PATCH", one, "reader", "{}"), 403, "no right to change");
	is_int(call("DELETE", one, "reader", NULL), 403, "no right to remove");
	is_int(call("GET", one, "nobody", NULL), 403, "no right to read");
	is_int(page("reader", "/gadgets"), 200, "the page of who may read");
	ok(!says("/gadgets/new"), "has no button to make one");
	is_int(page("reader", below("/gadgets", id, "")), 200, "nor its page");
	ok(!says("/edit") && !says("/remove"), "any to change it");
	is_int(
	    page("reader", below("/gadgets", id, "/edit")), 403, "and no form");
}

static void
test_strangers(const char *id)
{
	static const char missing[] = "019f0000-0000-7000-8000-000000000000";
	static const char *const methods[] = {"GET", "PATCH", "DELETE"};

	for (size_t i = 0; i < N_ELEMS(methods); i++)
		for (int own = 0; own < 2; own++) {
			struct call c = {.method = methods[i],
			    .uri = below(GADGETS, own ? id : missing, ""),
			    .host = "other.test",
			    .bearer = "owner",
			    .body = i == 1 ? "{\"name\":\"x\"}" : NULL};

			is_int(webtest_call(&w, &c), 404,
			    "to another company it is a missing one");
		}
	is_int(webtest_call(&w, &(struct call){.uri = GADGETS,
				    .host = "other.test",
				    .bearer = "owner"}),
	    200, "whose list");
	ok(says("\"total\":0"), "is empty");
}

/* ---- as pages ---- */

static void
test_pages(const char *id)
{
	is_int(page("owner", "/gadgets"), 200, "a list");
	ok(says("Gadgets") && says("Things of this test.") &&
		says("href=\"/gadgets/new\""),
	    "with its words and a button");
	ok(says("lamp") && says("$12.50") && says("8.25 %") && says("Active"),
	    "and what people read");
	ok(says("sort=price") && says("name=\"fragile\""),
	    "which can be sorted and filtered");
	is_int(page("owner", "/gadgets?q=nothing-like-it"), 200, "a search");
	ok(says("Nothing matches."), "that finds nothing says so");
	is_int(page("owner", "/gadgets?format=csv"), 200, "a file");
	if (!ok(str_starts(w.body, "\"id\",\"code\",\"name\",") &&
		    says(",12.50,8.25,,\"true\",") && says("\"warm, old\""),
		"of the same"))
		note("%s", w.body);
	is_int(page("owner", below("/gadgets", id, "")), 200, "one of it");
	ok(says("warm, old") && says("/edit") && says("/remove"),
	    "with its facts and verbs");
}

static void
test_columns(void)
{
	page("owner", "/gadgets");
	ok(says(">Price<") && says("name=\"c-since\" value=\"1\" checked"),
	    "a list has all its columns");
	is_int(page("owner", "/gadgets?c-since=1&sort=-price"), 200,
	    "or those that are asked for");
	ok(!says("scope=\"col\" class=\"m\"") && says(">Since<") &&
		says(">Code<"),
	    "they, and what the thing is called");
	ok(says("name=\"sort\" value=\"-price\"") &&
		says("c-since=1&amp;sort=-price&amp;format=csv"),
	    "the order stays, and a file has the same");
	is_int(page("owner", "/gadgets?c-since=1&format=csv"), 200, "the file");
	ok(str_starts(w.body, "\"code\",\"since\",\"currency\"\r\n"),
	    "has them, and what the thing is called");
	is_int(page("owner", "/gadgets?c-notes=1"), 400,
	    "what is for the detail is no column");
	is_int(page("owner", "/gadgets?c-secret=1"), 400, "nor what is hidden");
}

static void
test_form(void)
{
	const char *key;

	is_int(page("owner", "/gadgets/new"), 200, "a form");
	ok(says("name=\"code\"") && says("name=\"status\"") &&
		says("<textarea") && !says("name=\"createdAt\""),
	    "with what can be given");
	ok(says("value=\"true\" selected"), "and what it begins with");
	is_int(post("/gadgets/new", "code=UPPER&name=%3Cb%3E&price=3"), 422,
	    "a wrong one comes back");
	ok(says("Nothing was saved") && says("href=\"#f-code\"") &&
		says("value=\"UPPER\"") && says("value=\"&lt;b&gt;\""),
	    "with what was typed and what is wrong");
	is_int(post("/gadgets/new", "code=lamp&name=x"), 409,
	    "so does a second one of the same code");
	ok(says("There is a gadget with this code."), "and says which");
	key = arena_printf(arena, "code=desk&name=Desk&price=3&status=active"
				  "&fragile=false");
	is_int(post("/gadgets/new", key), 303, "a right one is made");
	ok(strstr(webtest_header(&w, "Location"), "/gadgets/0") != NULL,
	    "and shown");
}

static void
test_twice(void)
{
	const char *to;

	is_int(page("owner", "/gadgets/new"), 200, "a form that is sent twice");
	{
		const char *body =
		    arena_printf(arena, "csrf=%s&key=%s&code=once&name=Once",
			hidden("csrf"), hidden("key"));
		struct call c = {.method = "POST",
		    .uri = "/gadgets/new",
		    .cookie = "mp_session=owner",
		    .type = "application/x-www-form-urlencoded",
		    .body = body};

		is_int(webtest_call(&w, &c), 303, "makes one");
		to = arena_strdup(arena, webtest_header(&w, "Location"));
		is_int(webtest_call(&w, &c), 303, "the second time");
		is_str(webtest_header(&w, "Location"), to, "the same");
	}
}

/* What the older form sends. */
static int
older(const char *edit, const char *began, const char *typed)
{
	return webtest_call(
	    &w, &(struct call){.method = "POST",
		    .uri = edit,
		    .cookie = "mp_session=owner",
		    .type = "application/x-www-form-urlencoded",
		    .body = arena_printf(arena, "csrf=%s&version=2&began=%s&%s",
			hidden("csrf"), began, typed)});
}

/* Two people have the same form open. */
static void
test_overtaken(const char *id)
{
	const char *edit = below("/gadgets", id, "/edit"), *began;

	is_int(page("owner", edit), 200, "a form with what is there");
	ok(says("value=\"Lamp\""), "in its fields");
	began = hidden("began");
	is_int(call("PATCH", below(GADGETS, id, ""), "owner",
		   "{\"name\":\"Lantern\"}"),
	    200, "meanwhile somebody else changes it");
	is_int(page("owner", edit), 200, "(a fresh form)");
	is_int(older(edit, began, "name=Torch&status=retired"), 409,
	    "the older form is refused");
	ok(says("value=\"Torch\" required><span>Torch") &&
		says("value=\"Lantern\" required><span>Lantern"),
	    "and shows both: what was typed, and what is there now");
	ok(says("you both changed it"), "of what both have changed");
	ok(says("value=\"active\" required><span>Active") &&
		says("value=\"retired\" required checked><span>Retired"),
	    "what only I have changed is chosen already");
	ok(!says("name=\"code\""), "and what is the same is not asked");
	ok(says("name=\"version\" value=\"3\""),
	    "the choice is about what is there now");
	is_int(older(edit, began, "name=Lamp&status=active"), 409,
	    "who has changed nothing is told, too");
	ok(says("value=\"Lantern\" required checked") &&
		!says("name=\"status\""),
	    "and the other's is chosen already");
	is_int(older(edit, began, "name=&status=active"), 422,
	    "an older form that is wrong as well is shown again");
	ok(says("name=\"version\" value=\"2\""), "and is still the older one");
	is_int(older(edit, began, "name=Lantern"), 303,
	    "both have written the same: nothing is asked");
	is_int(page("owner", edit), 200, "(a fresh form)");
	is_int(post(edit, "name=Torch&status=retired"), 303,
	    "sent once more it is saved");
	is_int(call("GET", below(GADGETS, id, ""), "owner", NULL), 200, "and");
	ok(says("\"name\":\"Torch\"") && says("\"status\":\"retired\""),
	    "is there");
}

/* Its form has newer things to choose from than the one that it belongs to. */
static void
test_old_part(void)
{
	const char *part, *id, *edit;

	call("POST", GADGETS, "owner", "{\"code\":\"old\",\"name\":\"Old\"}");
	part = id_said();
	call("POST", GADGETS, "owner",
	    arena_printf(arena,
		"{\"code\":\"of-old\",\"name\":\"Leg\",\"partId\":\"%s\"}",
		part));
	id = id_said();
	for (int i = 0; i < 201; i++)
		call("POST", GADGETS, "owner",
		    arena_printf(
			arena, "{\"code\":\"more-%d\",\"name\":\"More\"}", i));
	edit = below("/gadgets", id, "/edit");
	is_int(
	    page("owner", edit), 200, "a form of what belongs to an old one");
	ok(says(
	       arena_printf(arena, "<option value=\"%s\" selected>old<", part)),
	    "has that one, too");
	call("DELETE", below(GADGETS, part, ""), "owner", NULL);
	page("owner", edit);
	ok(says(arena_printf(arena, "<option value=\"%s\" selected>", part)),
	    "also when it is gone: saving changes nothing unasked");
}

static void
test_removed(const char *id)
{
	const char *one = below("/gadgets", id, "");

	is_int(page("owner", below("/gadgets", id, "/remove")), 200,
	    "removing is asked first");
	is_int(post(below("/gadgets", id, "/remove"), ""), 303, "then done");
	is_int(page("owner", one), 404, "it is there no more");
	is_int(call("DELETE", below(GADGETS, id, ""), "owner", NULL), 404,
	    "and can't be removed again");
	is_str(noted.verb, "remove", "that is noted");
	is_int(call("POST", GADGETS, "owner", WHOLE), 201,
	    "its code is free again");
	is_int(call("DELETE", below(GADGETS, id_said(), "?version=2"), "owner",
		   NULL),
	    409, "who saw another version does not remove it");
}

static void
test_all(struct testdb *t)
{
	const char *id;

	gadgets_open(t);
	id = test_made();
	test_refused();
	test_changed(id);
	test_rights(id);
	test_strangers(id);
	test_pages(id);
	test_columns();
	test_form();
	test_twice();
	test_overtaken(id);
	test_removed(id);
	test_old_part();
	gadgets_close();
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
