/* params.c - queries, forms, cookies and paths are read in one way only.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "web/params.h"

#include "tap.h"

static struct arena *arena;
static struct problems problems;

static void
again(void)
{
	arena_reset(arena);
	problems_init(&problems, arena);
}

static const char *
code(void)
{
	return problems_kept(&problems) ? problems.item[0].code : "";
}

/* `wants` is "name=value|name=value", or "!code" for a refusal. */
static bool
params_are(const struct params *l, const char *wants)
{
	char got[512] = "";

	for (size_t i = 0; i < l->n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
		    "%s%s=%s", i ? "|" : "", l->item[i].name, l->item[i].value);
	if (strcmp(got, wants) == 0)
		return true;
	note("got %s, want %s", got, wants);
	return false;
}

struct row {
	const char *in, *want;
};

static void
test_urlencoded(void)
{
	static const struct row rows[] = {
	    {"", ""},
	    {"a=1&b=2", "a=1|b=2"},
	    {"a", "a="},
	    {"a=", "a="},
	    {"&&a=1&", "a=1"},
	    {"a=x+y%2Bz", "a=x y+z"},
	    {"a=1=2", "a=1=2"},
	    {"a=O%27Brien+%26+S%C3%B6hne+%3CGmbH%3E",
		"a=O'Brien & S\xc3\xb6hne <GmbH>"},
	    {"a=%2541", "a=%41"}, /* decoded once */
	    {"a%5B0%5D=x", "a[0]=x"},
	    {"a=1&a=2", "!duplicate_key"},
	    {"a=1&%61=2", "!duplicate_key"},
	    {"a=%00", "!bad_encoding"},
	    {"a=%ff", "!bad_encoding"},
	    {"a=%c0%af", "!bad_encoding"},
	    {"a=%", "!bad_encoding"},
	    {"a=%4", "!bad_encoding"},
	    {"a=%zz", "!bad_encoding"},
	};

	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		const struct row *r = &rows[i];
		struct params l = {0};
		enum err e;

		again();
		e = params_urlencoded(
		    arena, r->in, strlen(r->in), &problems, &l);
		if (r->want[0] == '!')
			ok(e == E_INPUT && !strcmp(code(), r->want + 1),
			    "%zu: `%s` is refused as %s", i, r->in,
			    r->want + 1);
		else
			ok(e == OK && params_are(&l, r->want),
			    "%zu: `%s` is read", i, r->in);
	}
}

static void
test_limits(void)
{
	char many[4096] = "", name[80];
	struct params l = {0};

	for (int i = 0; i < 200; i++)
		sprintf(many + strlen(many), "p%d=&", i);
	again();
	ok(params_urlencoded(arena, many, strlen(many), &problems, &l) == OK &&
		l.n == 200,
	    "200 parameters are taken");
	strcat(many, "one=more");
	again();
	ok(params_urlencoded(arena, many, strlen(many), &problems, &l) ==
		    E_INPUT &&
		!strcmp(code(), "too_large"),
	    "the 201st is refused");
	memset(name, 'n', sizeof(name));
	again();
	ok(params_urlencoded(arena, name, 64, &problems, &l) == OK,
	    "a name of 64 bytes is taken");
	again();
	ok(params_urlencoded(arena, name, 65, &problems, &l) == E_INPUT &&
		!strcmp(code(), "too_long"),
	    "a name of 65 bytes is refused");
}

static void
test_cookies(void)
{
	static const struct row rows[] = {
	    {"", ""},
	    {"a=1", "a=1"},
	    {"a=1; b=2", "a=1|b=2"},
	    {"a=1;b=2;", "a=1|b=2"},
	    {"a=\"1\"", "a=1"},
	    {"a=x%20y", "a=x%20y"}, /* as it came */
	    {"a=b=c", "a=b=c"},
	    {"junk; =x; a=1", "a=1"},
	    {"a=1; a=2", "!duplicate_key"},
	    {"a=\xff", "!bad_encoding"},
	};

	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		const struct row *r = &rows[i];
		struct params l = {0};
		enum err e;

		again();
		e = params_cookies(arena, r->in, &problems, &l);
		if (r->want[0] == '!')
			ok(e == E_INPUT && !strcmp(code(), r->want + 1),
			    "cookies %zu are refused as %s", i, r->want + 1);
		else
			ok(e == OK && params_are(&l, r->want),
			    "cookies %zu are read", i);
	}
}

static void
test_paths(void)
{
	static const struct row rows[] = {
	    {"/", "/"},
	    {"/orders/1", "/orders/1"},
	    {"/a%20b", "/a b"},
	    {"/a+b", "/a+b"},
	    {"/S%C3%B6hne", "/S\xc3\xb6hne"},
	    {"/%2541", "/%41"},
	    {"/a/...", "/a/..."},
	    {"/.well-known", "/.well-known"},
	    {"", NULL},
	    {"orders", NULL},
	    {"http://x.test/", NULL},
	    {"*", NULL},
	    {"/a%2fb", NULL},
	    {"/a%2Fb", NULL},
	    {"/a/../b", NULL},
	    {"/a/..", NULL},
	    {"/a/%2e%2e/b", NULL},
	    {"/./a", NULL},
	    {"/%2e", NULL},
	    {"/a%00", NULL},
	    {"/a%0d%0a", NULL},
	    {"/%ff", NULL},
	    {"/a#b", NULL},
	    {"/%", NULL},
	};

	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		const struct row *r = &rows[i];
		const char *path = NULL;
		enum err e;

		again();
		e = path_decode(arena, r->in, strlen(r->in), &problems, &path);
		if (!r->want)
			ok(e == E_INPUT && !path, "path %zu `%s` is refused", i,
			    r->in);
		else
			ok(e == OK && !strcmp(path, r->want),
			    "path %zu `%s` is read", i, r->in);
	}
}

int
main(void)
{
	arena = arena_new(1024 * 1024);
	test_urlencoded();
	test_limits();
	test_cookies();
	test_paths();
	arena_free(&arena);
	return tap_done();
}
