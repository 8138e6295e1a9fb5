/* openapi.c - the calls of the API come from tables, and so does the document.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "face/openapi.h"

#include "face/noun_routes.h"
#include "resource/write.h"
#include "tap.h"

/* ---- the tables of this house ---- */

static const struct choice states[] = {{"new", "New"}, {"old", "Old"}, {NULL}};

/* clang-format off */
static const struct field fields[] = {
	{"id",		"g.id",		FIELD_ID},
	{"name",	"g.name",	FIELD_TEXT,	SEARCH | NEW | EDIT | REQUIRED, "g.name"},
	{"city",	"g.city",	FIELD_TEXT,	ADDRESS},
	{"country",	"g.country",	FIELD_COUNTRY,	ADDRESS | EDIT},
	{"status",	"g.status",	FIELD_WORD,	FILTER | NEW, NULL, .choice = states},
	{"notes",	"g.notes",	FIELD_AREA,	DETAIL | NEW | EDIT},
	{"pieces",	"g.pieces",	FIELD_INT,	NEW, .min = 1, .max = 9},
};
/* clang-format on */

static const struct noun gadgets = {
    .name = "gadgets",
    .id = "g.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
    .one = "gadget",
    .many = "gadgets",
    .api = "/api/gadgets",
    .ops = NOUN_ADD | NOUN_CHANGE,
    .may_read = PERM_PRODUCTS_READ,
    .may_write = PERM_PRODUCTS_WRITE,
};
const struct noun *const nouns[] = {&gadgets, NULL};
const struct verb *const verb_tables[] = {NULL};
noun_auditor *const noun_note = NULL;
noun_witness *const noun_changed_by = NULL;

static enum err
nothing(struct request *rq)
{
	(void)rq;
	return OK;
}

static enum err
unknown(struct request *rq)
{
	(void)rq;
	return OK;
}

/* clang-format off */
static const struct route routes[] = {
	{GET | POST, "/api/things/:id/*", POOL_UI, AUTH_API, PERM_ORDERS_READ, BODY_RAW, 0, nothing, "things.all"},
	{GET,	"/api/thing",	POOL_UI, AUTH_SESSION, PERM_SIGNED_IN,	 BODY_NONE, 0, nothing, "things.flat"},
	{GET,	"/api/open",	POOL_UI, AUTH_TENANT,  PERM__UNSET,	 BODY_NONE, 0, unknown, "open.get"},
	{GET,	"/things",	POOL_UI, AUTH_SESSION, PERM_ORDERS_READ, BODY_NONE, 0, nothing, "things.page"},
	{0}
};
static const struct member inner_members[] = {{"deep", FIELD_MONEY}, {NULL}};
static const struct shape inner = {"inner", NULL, inner_members};
static const struct member thing_members[] = {
	{"a", FIELD_TEXT}, {"b", FIELD_INT, MAYBE}, {"c", .flags = MANY, .of = &inner}, {NULL}
};
static const struct shape thing = {"thing", NULL, thing_members};
static const struct api_shape shapes[] = {
	{"things.all", "All things", .gives = &thing}, {NULL}
};
/* clang-format on */

static struct arena *arena;

static const struct api_call *
calls(const struct actor *who, size_t *n_out)
{
	const struct route *const routing[] = {routes, noun_routes(NULL, 0)};
	const struct api_shape *const shaping[] = {shapes};
	const struct api_tables t = {routing, 2, shaping, 1};
	const struct api_call *c = api_calls(arena, &t, who, n_out);

	if (c == NULL)
		bail("no calls");
	return c;
}

static const struct api_call *
named(const struct api_call *c, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(c[i].id, id) == 0)
			return &c[i];
	return NULL;
}

/* ---- calls ---- */

static void
test_calls(void)
{
	size_t n;
	const struct api_call *c = calls(NULL, &n);
	const struct api_call *one = named(c, n, "things.all.POST");
	bool sorted = true;

	ok(n == 8, "pages are no calls (%zu)", n);
	for (size_t i = 1; i < n; i++)
		sorted &= strcmp(c[i - 1].path, c[i].path) <= 0;
	ok(sorted, "calls stand in the order of their paths");
	ok(one && named(c, n, "things.all.GET"),
	    "a row of two methods is two calls, each with its name");
	ok(one && strcmp(one->path, "/api/things/{id}/{rest}") == 0,
	    "parameters are in braces, the rest has a name");
	ok(one && strcmp(one->tag, "things") == 0, "its tag is its noun");
	one = named(c, n, "things.flat");
	ok(one && one->shape.gives == &thing,
	    "a second route of a handler is described by the first");
	one = named(c, n, "open.get");
	ok(one && one->shape.route == NULL,
	    "a route that nobody described is seen");
	one = named(c, n, "gadgets.add");
	ok(one && one->written == &gadgets && one->op == NOUN_ADD &&
		api_status(one) == 201,
	    "a described noun describes its own");
	ok(!named(c, n, "gadgets.remove"), "and only what it does");
}

static void
test_who(void)
{
	struct actor person = {.kind = ACTOR_USER};
	struct actor program = {.kind = ACTOR_TOKEN};
	const struct api_call *c;
	size_t n;

	c = calls(&person, &n);
	ok(n == 2 && named(c, n, "open.get") && named(c, n, "things.flat"),
	    "a person without rights has what needs none");
	perm_add(&person.perms, PERM_ORDERS_READ);
	perm_add(&program.perms, PERM_ORDERS_READ);
	c = calls(&person, &n);
	ok(n == 4 && named(c, n, "things.all.GET"), "a right brings its calls");
	c = calls(&program, &n);
	ok(n == 3 && !named(c, n, "things.flat"),
	    "a token has not what is a person's");
	person.must_enrol = true;
	calls(&person, &n);
	ok(n == 1, "who must set up a factor first has what is open to all");
}

/* ---- the document ---- */

static json_t *
at(json_t *from, const char *path)
{
	char step[64];

	for (; from && *path; path += strspn(path, " ")) {
		size_t len = strcspn(path, " ");

		snprintf(step, sizeof(step), "%.*s", (int)len, path);
		from = json_is_array(from)
			   ? json_array_get(from, (size_t)atoi(step))
			   : json_object_get(from, step);
		path += len;
	}
	return from;
}

static bool
is_text(json_t *from, const char *path, const char *text)
{
	const char *s = json_string_value(at(from, path));

	return s && strcmp(s, text) == 0;
}

static json_t *
document(void)
{
	size_t n;
	const struct api_call *c = calls(NULL, &n);
	struct json_out w;
	struct buf b;
	json_t *doc;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	openapi_write(&w, arena, c, n);
	doc = json_loads(buf_str(&b), JSON_REJECT_DUPLICATES, NULL);
	buf_fini(&b);
	if (doc == NULL)
		bail("no JSON");
	return doc;
}

static void
test_rows(json_t *s)
{
	ok(!at(s, "gadgets properties notes") &&
		at(s, "gadgets.detail properties notes"),
	    "what lists leave out is in the detail only");
	ok(at(s, "gadgets properties address properties city") &&
		!at(s, "gadgets properties city"),
	    "neighbours of an address are one object");
	ok(is_text(s, "gadgets properties name type", "string") &&
		is_text(s, "gadgets properties notes type", "") == false &&
		is_text(s, "gadgets properties status type 1", "null"),
	    "what is sorted by is always there, other fields may be null");
	ok(json_is_false(at(s, "gadgets additionalProperties")),
	    "an answer has no other members");
}

static void
test_written(json_t *s)
{
	ok(json_array_size(at(s, "gadgets.new required")) == 1 &&
		is_text(s, "gadgets.new required 0", "name"),
	    "a new one needs what is required");
	ok(!at(s, "gadgets.new properties country") &&
		at(s, "gadgets.change properties country"),
	    "each verb takes the fields that it writes");
	ok(json_array_size(at(s, "gadgets.change required")) == 0 &&
		at(s, "gadgets.change properties version"),
	    "a change needs none of them, and may say what it saw");
	ok(json_integer_value(at(s, "gadgets.new properties pieces maximum")) ==
		9,
	    "numbers have their range");
}

static void
test_document(void)
{
	json_t *doc = document(), *get;

	get = at(doc, "paths /api/things/{id}/{rest} get");
	ok(is_text(get, "x-permission", "orders:read") &&
		json_array_size(at(get, "security")) == 3,
	    "a call says its permission, and the three ways to have it");
	ok(json_array_size(at(doc, "paths /api/open get security")) == 0,
	    "an open one asks for nothing");
	ok(is_text(at(doc, "components schemas"),
	       "thing properties c items $ref", "#/components/schemas/inner") &&
		at(doc, "components schemas inner properties deep"),
	    "objects inside of others are there, too");
	ok(json_array_size(at(doc, "components schemas thing required")) == 2,
	    "what may be left out is not required");
	test_rows(at(doc, "components schemas"));
	test_written(at(doc, "components schemas"));
	json_decref(doc);
}

int
main(void)
{
	arena = arena_new(8 * 1024 * 1024);
	if (!arena)
		bail("no arena");
	test_calls();
	test_who();
	test_document();
	arena_free(&arena);
	return tap_done();
}
