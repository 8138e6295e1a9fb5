/* route.c - route tables are complete, and the right row answers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/route.h"

#include "tap.h"
#include "web/serve.h"

static enum err
handler(struct request *rq)
{
	(void)rq;
	return OK;
}

#define ROW(methods, path, name)                                               \
	{                                                                      \
		methods, path, POOL_UI, AUTH_NONE, PERM__UNSET, BODY_NONE, 0,  \
		    handler, name                                              \
	}

static const struct route table[] = {
    ROW(GET, "/", "root"),
    ROW(GET, "/orders", "list"),
    ROW(GET | POST, "/orders/:id", "order"),
    ROW(POST, "/orders/:id/accept", "accept"),
    ROW(GET, "/orders/refusals", "refusals"),
    ROW(GET, "/orders/refusals/:refusal", "refusal"),
    ROW(DELETE, "/orders/:number", "drop"),
    ROW(GET, "/files/*", "files"),
    {0},
};

static void
test_find(void)
{
	static const struct {
		unsigned method;
		const char *path, *name, *param, *value;
		unsigned methods;
	} rows[] = {
	    {GET, "/", "root", NULL, NULL, GET},
	    {GET, "/orders", "list", NULL, NULL, GET},
	    {GET, "/orders/17", "order", "id", "17", GET | POST | DELETE},
	    {DELETE, "/orders/17", "drop", "number", "17", GET | POST | DELETE},
	    {GET, "/orders/refusals", "refusals", NULL, NULL, GET},
	    {GET, "/orders/refusals/9", "refusal", "refusal", "9", GET},
	    {POST, "/orders/17/accept", "accept", "id", "17", POST},
	    /* back from the literal branch */
	    {GET, "/files/a/b.txt", "files", "*", "a/b.txt", GET},
	    {PUT, "/orders/17", NULL, NULL, NULL, GET | POST | DELETE},
	    {0, "/orders", NULL, NULL, NULL, GET},
	    {POST, "/orders/refusals", NULL, NULL, NULL, GET},
	    {GET, "/files", NULL, NULL, NULL, 0},
	    {GET, "/nothing", NULL, NULL, NULL, 0},
	    {GET, "/orders/", NULL, NULL, NULL, 0},
	    {GET, "//orders", NULL, NULL, NULL, 0},
	    {GET, "/orders//17", NULL, NULL, NULL, 0},
	    {GET, "/Orders", NULL, NULL, NULL, 0},
	    {GET, "/orders/1/2/3", NULL, NULL, NULL, 0},
	    {GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL, NULL,
		NULL, 0},
	};
	const struct route *const tables[] = {table};
	struct arena *a = arena_new(1024 * 1024);
	struct router *r = NULL;
	struct buf complaint;

	buf_init(&complaint, 0);
	if (router_new(tables, 1, &r, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		struct route_match m;
		const char *name;

		if (router_find(r, a, rows[i].method, rows[i].path, &m) != OK)
			bail("no memory");
		name = m.route ? m.route->name : NULL;
		ok(m.methods == rows[i].methods &&
			(name && rows[i].name
				? !strcmp(name, rows[i].name) &&
				      !strcmp(router_name(r, m.index), name)
				: name == rows[i].name),
		    "%zu: %u %s is %s", i, rows[i].method, rows[i].path,
		    rows[i].name ? rows[i].name : "nobody's");
		if (rows[i].param)
			ok(m.n_params == 1 &&
				!strcmp(m.params[0].name, rows[i].param) &&
				!strcmp(m.params[0].value, rows[i].value),
			    "%zu: %s is %s", i, rows[i].param, rows[i].value);
	}
	router_free(&r);
	arena_free(&a);
	buf_fini(&complaint);
}

static void
test_faults(void)
{
	static const struct route good = {GET, "/x", POOL_UI, AUTH_SESSION,
	    PERM_ORDERS_READ, BODY_NONE, 0, handler, "x"};
	struct {
		const char *says;
		struct route r;
	} rows[] = {
	    {"who may call", good},
	    {"no permission", good},
	    {"no handler", good},
	    {"no name", good},
	    {"no method", good},
	    {"malformed path", good},
	    {"malformed path", good},
	    {"malformed path", good},
	    {"malformed path", good},
	    {"no pool", good},
	};

	rows[0].r.auth = AUTH__UNSET;
	rows[1].r.perm = PERM__UNSET;
	rows[2].r.handler = NULL;
	rows[3].r.name = NULL;
	rows[4].r.methods = 0;
	rows[5].r.path = "x";
	rows[6].r.path = "/x/";
	rows[7].r.path = "/x/:";
	rows[8].r.path = "/*/x";
	rows[9].r.pool = POOL__MAX;
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		const struct route t[] = {rows[i].r, {0}};
		const struct route *const tables[] = {t};
		struct buf complaint;

		buf_init(&complaint, 0);
		ok(routes_check(tables, 1, &complaint) == E_INPUT &&
			strstr(buf_str(&complaint), rows[i].says),
		    "%zu: a row is refused: %s", i, rows[i].says);
		buf_fini(&complaint);
	}
}

static void
test_twice(void)
{
	static const struct route a[] = {ROW(GET | POST, "/x/:id", "a"), {0}};
	static const struct route b[] = {ROW(POST, "/x/:other", "b"), {0}};
	static const struct route c[] = {ROW(PUT, "/x/:other", "b"), {0}};
	const struct route *const clash[] = {a, b};
	const struct route *const fine[] = {a, c};
	struct buf complaint;

	buf_init(&complaint, 0);
	ok(routes_check(clash, 2, &complaint) == E_INPUT &&
		strstr(buf_str(&complaint), "POST /x/:other: is there twice"),
	    "the same method and path in two tables is refused");
	buf_reset(&complaint);
	is_int(routes_check(fine, 2, &complaint), OK,
	    "another method of the same path is another row");
	buf_fini(&complaint);
}

static void
test_json(void)
{
	static const struct route t[] = {
	    {GET | POST, "/api/x", POOL_INTAKE, AUTH_SESSION, PERM_ORDERS_READ,
		BODY_JSON, 0, handler, "x"},
	    {POST, "/login", POOL_UI, AUTH_TENANT, PERM__UNSET, BODY_FORM,
		ROUTE_DOOR, handler, "login"},
	    {POST, "/logout", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
		0, handler, "logout"},
	    {0}};
	const struct route *const tables[] = {t};
	struct buf out;

	buf_init(&out, 0);
	routes_json(tables, 1, &out);
	is_str(buf_str(&out),
	    "[{\"method\":\"GET\",\"path\":\"/api/x\",\"name\":\"x\","
	    "\"auth\":\"session\",\"permission\":\"orders:read\","
	    "\"csrf\":\"none\",\"pool\":\"intake\"},"
	    "{\"method\":\"POST\",\"path\":\"/api/x\",\"name\":\"x\","
	    "\"auth\":\"session\",\"permission\":\"orders:read\","
	    "\"csrf\":\"session\",\"pool\":\"intake\"},"
	    "{\"method\":\"POST\",\"path\":\"/login\",\"name\":\"login\","
	    "\"auth\":\"tenant\",\"permission\":null,"
	    "\"csrf\":\"door\",\"pool\":\"ui\"},"
	    "{\"method\":\"POST\",\"path\":\"/logout\",\"name\":\"logout\","
	    "\"auth\":\"session\",\"permission\":\"signed-in\","
	    "\"csrf\":\"session\",\"pool\":\"ui\"}]",
	    "the tables are printed as they are");
	buf_fini(&out);
}

int
main(void)
{
	test_find();
	test_faults();
	test_twice();
	test_json();
	return tap_done();
}
