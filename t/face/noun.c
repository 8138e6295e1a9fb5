/* noun.c - a noun that is described once has all its faces.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Gadgets are known to this file alone: their table is made here, their faces
 * come from the description.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "face/noun_routes.h"
#include "resource/write.h"
#include "tap.h"
#include "webtest.h"

/* ---- the noun ---- */

static const struct choice states[] = {
    {"active", "Active"}, {"retired", "Retired"}, {NULL}};

#define WRITTEN (NEW | EDIT)

static const struct noun gadgets;

/* clang-format off */
static const struct field fields[] = {
	{"id",		"g.id",		FIELD_ID},
	{"code",	"g.code",	FIELD_CODE,	FILTER | SEARCH | NEW | REQUIRED, "g.code", .label = "Code"},
	{"name",	"g.name",	FIELD_TEXT,	SEARCH | WRITTEN | REQUIRED, "g.name", .label = "Name", .max = 40},
	{"notes",	"g.notes",	FIELD_AREA,	DETAIL | WRITTEN, NULL, .label = "Notes"},
	{"status",	"g.status",	FIELD_WORD,	FILTER | WRITTEN | DEFAULTED, NULL, .label = "Status", .choice = states},
	{"price",	"g.price_minor", FIELD_MONEY,	WRITTEN, "g.price_minor", .label = "Price"},
	{"share",	"g.share_ppm",	FIELD_PERCENT,	WRITTEN, NULL, .label = "Share"},
	{"pieces",	"g.pieces",	FIELD_INT,	WRITTEN, NULL, .label = "Pieces", .min = 1, .max = 100},
	{"fragile",	"g.fragile",	FIELD_BOOL,	FILTER | WRITTEN | DEFAULTED, NULL, .label = "Fragile", .first = "true"},
	{"owner",	"g.owner",	FIELD_EMAIL,	WRITTEN, NULL, .label = "Owner"},
	{"domain",	"g.domain",	FIELD_DOMAIN,	WRITTEN, NULL, .label = "Domain"},
	{"ip",		"g.ip",		FIELD_IP4,	WRITTEN, NULL, .label = "Address"},
	{"tags",	"g.tags",	FIELD_TAGS,	WRITTEN, NULL, .label = "Tags"},
	{"since",	"g.since",	FIELD_DATE,	WRITTEN, NULL, .label = "Since"},
	{"partId",	"g.part_id",	FIELD_ID,	WRITTEN, NULL, .label = "Part of", .of = &gadgets},
	{"version",	"g.version",	FIELD_INT},
	{"createdAt",	"g.created_at",	FIELD_TIME,	DETAIL, "g.id", .label = "Made"},
	/* kept, but in no view: "secret" */
};
/* clang-format on */

static const char *const code[] = {"code"};
static const struct noun_key keys[] = {
    {"gadgets_code", code, 1, NULL, NULL, "There is a gadget with this code."},
    {NULL},
};

static const struct noun gadgets = {
    .name = "gadgets",
    .from = "gadgets g",
    .tenant = "g.tenant_id",
    .id = "g.id",
    .currency = "'USD'",
    .alive = "g.deleted_at IS NULL",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "gadget",
    .many = "Gadgets",
    .about = "Things of this test.",
    .empty = "Make the first.",
    .page = "/gadgets",
    .api = "/api/admin/gadgets",
    .flat = "/api/gadgets",
    .table = "gadgets",
    .ops = NOUN_ADD | NOUN_CHANGE | NOUN_REMOVE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
    .key = keys,
};

const struct noun *const nouns[] = {&gadgets, NULL};

#define COLUMNS(id, integer)                                                   \
	"CREATE TABLE gadgets (tenant_id " id " NOT NULL, id " id              \
	" NOT NULL, "                                                          \
	"code TEXT NOT NULL, name TEXT NOT NULL, "                             \
	"notes TEXT NOT NULL DEFAULT '', "                                     \
	"status TEXT NOT NULL DEFAULT 'active', price_minor " integer ", "     \
	"share_ppm " integer ", pieces " integer ", "                          \
	"fragile " integer " NOT NULL DEFAULT 0, "                             \
	"owner TEXT NOT NULL DEFAULT '', domain TEXT NOT NULL DEFAULT '', "    \
	"ip TEXT NOT NULL DEFAULT '', tags TEXT NOT NULL DEFAULT '[]', "       \
	"since TEXT, part_id " id ", secret TEXT NOT NULL DEFAULT 'hush', "    \
	"version " integer " NOT NULL DEFAULT 1, "                             \
	"created_at " integer " NOT NULL, updated_at " integer " NOT NULL, "   \
	"deleted_at " integer ", PRIMARY KEY (tenant_id, id)); "               \
	"CREATE UNIQUE INDEX gadgets_code ON gadgets (tenant_id, code) "       \
	"WHERE deleted_at IS NULL; "

static void
make_table(struct testdb *t)
{
	struct db *owner = testdb_open(t->owner_url);
	bool lite = t->engine == DB_SQLITE;

	if (db_script(owner, lite ? COLUMNS("TEXT", "INTEGER")
				  : COLUMNS("uuid", "bigint")) != OK)
		bail("no table");
	if (!lite &&
	    db_script(owner,
		"ALTER TABLE gadgets ENABLE ROW LEVEL SECURITY; "
		"ALTER TABLE gadgets FORCE ROW LEVEL SECURITY; "
		"CREATE POLICY tenant ON gadgets "
		"USING (tenant_id = app_tenant()) "
		"WITH CHECK (tenant_id = app_tenant()); "
		"GRANT SELECT, INSERT, UPDATE ON gadgets TO mpanel_app; "
		"ALTER TABLE gadgets ALTER COLUMN since TYPE date "
		"USING since::date") != OK)
		bail("no row-level security");
	db_close(&owner);
}

/* ---- the audit log of this house ---- */

static struct {
	char verb[16], detail[1024];
	int n;
} noted;

static enum err
log_it(struct tx *tx, const struct noun *n, const char *verb,
    const struct id *id, const char *detail_json)
{
	(void)tx;
	(void)n;
	(void)id;
	snprintf(noted.verb, sizeof(noted.verb), "%s", verb);
	snprintf(noted.detail, sizeof(noted.detail), "%s",
	    detail_json ? detail_json : "");
	noted.n++;
	return OK;
}

noun_auditor *const noun_note = log_it;

/* ---- who asks: the host names the company, the token the person ---- */

static struct id companies[2];

static enum err
tenant_of_host(struct request *rq)
{
	rq->tenant = companies[str_eq(rq->host, "acme.test") ? 0 : 1];
	rq->tenant_slug = rq->tenant_name = "acme";
	rq->tenant_currency = "USD";
	return OK;
}

static void
become(struct request *rq, const char *who)
{
	bool all = str_starts(who, "owner"), none = str_starts(who, "nobody");

	rq->actor.kind = ACTOR_USER;
	rq->actor.id = rq->tenant;
	rq->actor.tenant = rq->tenant;
	snprintf(rq->actor.name, sizeof(rq->actor.name), "%s", who);
	for (enum perm p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (!none && (all || str_ends(perm_name(p), ":read")))
			perm_add(&rq->actor.perms, p);
}

static enum err
actor_of_cookie(struct request *rq, const char *cookie)
{
	become(rq, cookie);
	return OK;
}

static enum err
actor_of_token(struct request *rq, const char *token)
{
	become(rq, token);
	return OK;
}

static const struct gate_ops ops = {
    .tenant_of_host = tenant_of_host,
    .actor_of_cookie = actor_of_cookie,
    .actor_of_token = actor_of_token,
    .note_denied = webtest_no_note,
    .dress = webtest_no_dress,
    .touch = webtest_no_touch,
};

/* ---- asking ---- */

#define API "/api/admin/gadgets"

static struct webtest w;
static struct arena *arena;

static int
call(const char *method, const char *uri, const char *who, const char *json)
{
	return webtest_call(
	    &w, &(struct call){
		    .method = method, .uri = uri, .bearer = who, .body = json});
}

static bool
says(const char *text)
{
	return strstr(w.body, text) != NULL;
}

static int
page(const char *who, const char *uri)
{
	return webtest_call(
	    &w, &(struct call){.uri = uri,
		    .cookie = arena_printf(arena, "mp_session=%s", who)});
}

/* Of a form that was just shown. */
static const char *
hidden(const char *name)
{
	const char *mark = arena_printf(arena, "name=\"%s\" value=\"", name);
	const char *at = strstr(w.body, mark);

	if (!at)
		return "";
	at += strlen(mark);
	return arena_strndup(arena, at, strcspn(at, "\""));
}

static int
post(const char *uri, const char *form)
{
	const char *body = arena_printf(arena, "csrf=%s&key=%s&version=%s&%s",
	    hidden("csrf"), hidden("key"), hidden("version"), form);

	return webtest_call(&w, &(struct call){.method = "POST",
				    .uri = uri,
				    .cookie = "mp_session=owner",
				    .type = "application/x-www-form-urlencoded",
				    .body = body});
}

/* The id in the last answer. */
static const char *
id_said(void)
{
	const char *at = strstr(w.body, "\"id\":\"");

	return at ? arena_strndup(arena, at + 6, 36) : "none";
}

static const char *
below(const char *base, const char *id, const char *more)
{
	return arena_printf(arena, "%s/%s%s", base, id, more);
}

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

	is_int(call("POST", API, "owner", WHOLE), 201, "one is made");
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
	is_int(call("GET", below(API, id, ""), "reader", NULL), 200,
	    "who may read reads it");
	is_int(call("GET", "/api/gadgets?q=lamp&fragile=true", "reader", NULL),
	    200, "its second path lists, with filter and search");
	ok(says("\"total\":1"), "one");
	is_int(call("GET", API "?sort=-price", "reader", NULL), 200, "sorted");
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
		int status = call("POST", API, "owner", refusals[i].json);

		ok(status == refusals[i].status && says(refusals[i].says),
		    "refused: %s", refusals[i].json);
		if (status != refusals[i].status || !says(refusals[i].says))
			note("%d %s", status, w.body);
	}
	is_int(noted.n, before, "and nothing of it is done");
	is_int(call("GET", API, "owner", NULL), 200, "the list");
	ok(says("\"total\":1"), "has what it had");
}

static void
test_changed(const char *id)
{
	const char *one = below(API, id, "");
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
	const char *one = below(API, id, "");

	is_int(call("POST", API, "reader", WHOLE), 403, "no right to make");
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
			    .uri = below(API, own ? id : missing, ""),
			    .host = "other.test",
			    .bearer = "owner",
			    .body = i == 1 ? "{\"name\":\"x\"}" : NULL};

			is_int(webtest_call(&w, &c), 404,
			    "to another company it is a missing one");
		}
	is_int(webtest_call(&w,
		   &(struct call){
		       .uri = API, .host = "other.test", .bearer = "owner"}),
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

/* Two people have the same form open. */
static void
test_overtaken(const char *id)
{
	const char *edit = below("/gadgets", id, "/edit");

	is_int(page("owner", edit), 200, "a form with what is there");
	ok(says("value=\"Lamp\""), "in its fields");
	is_int(call("PATCH", below(API, id, ""), "owner",
		   "{\"name\":\"Lantern\"}"),
	    200, "meanwhile somebody else changes it");
	is_int(page("owner", edit), 200, "(a fresh form)");
	is_int(webtest_call(
		   &w, &(struct call){.method = "POST",
			   .uri = edit,
			   .cookie = "mp_session=owner",
			   .type = "application/x-www-form-urlencoded",
			   .body = arena_printf(arena,
			       "csrf=%s&version=2&name=Torch&status=active",
			       hidden("csrf"))}),
	    409, "the older form is refused");
	ok(says("value=\"Torch\"") && says("“Lantern” is saved now"),
	    "and shows both: what was typed, and what is there now");
	is_int(post(edit, "name=Torch&status=retired"), 303,
	    "sent once more it is saved");
	is_int(call("GET", below(API, id, ""), "owner", NULL), 200, "and");
	ok(says("\"name\":\"Torch\"") && says("\"status\":\"retired\""),
	    "is there");
}

static void
test_removed(const char *id)
{
	const char *one = below("/gadgets", id, "");

	is_int(page("owner", below("/gadgets", id, "/remove")), 200,
	    "removing is asked first");
	is_int(post(below("/gadgets", id, "/remove"), ""), 303, "then done");
	is_int(page("owner", one), 404, "it is there no more");
	is_int(call("DELETE", below(API, id, ""), "owner", NULL), 404,
	    "and can't be removed again");
	is_str(noted.verb, "remove", "that is noted");
	is_int(
	    call("POST", API, "owner", WHOLE), 201, "its code is free again");
	is_int(
	    call("DELETE", below(API, id_said(), "?version=2"), "owner", NULL),
	    409, "who saw another version does not remove it");
}

static void
test_all(struct testdb *t)
{
	const struct route *tables[] = {noun_routes(NULL, 0)};
	const char *id;

	make_table(t);
	arena = t->arena;
	companies[0] = testdb_tenant(t, "acme");
	companies[1] = testdb_tenant(t, "other");
	webtest_open(&w, t, tables, N_ELEMS(tables), &ops);
	id = test_made();
	test_refused();
	test_changed(id);
	test_rights(id);
	test_strangers(id);
	test_pages(id);
	test_form();
	test_twice();
	test_overtaken(id);
	test_removed(id);
	webtest_close(&w);
}

int
main(void)
{
	testdb_each(test_all);
	return tap_done();
}
