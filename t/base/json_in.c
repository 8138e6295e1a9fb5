/* json_in.c - tests of typed members and of the writer of base/json.h.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/json.h"

#include "tap.h"

static struct arena *a;
static struct problems problems;
static json_t *obj;
static struct json_in in;

static void
given(const char *text, const char *path)
{
	json_decref(obj);
	obj = NULL;
	problems_init(&problems, a);
	if (json_parse(text, strlen(text), &problems, &obj) != OK)
		bail("cannot parse %s", text);
	in = (struct json_in){obj, path, &problems, a};
}

/* The one problem is code at field. */
static bool
told(const char *field, const char *code)
{
	bool good = problems.n == 1 &&
		    strcmp(problems.item[0].field, field) == 0 &&
		    strcmp(problems.item[0].code, code) == 0;

	if (!good)
		note("%zu problems, first %s %s", problems.n,
		    problems.n ? problems.item[0].field : "",
		    problems.n ? problems.item[0].code : "");
	return good;
}

/* clang-format off */
static const struct text_case {
	const char *json;
	enum json_need need;
	bool good;
	const char *want; /* value, or code of the problem */
} text_cases[] = {
	{ "{\"x\":\"abc\"}", JSON_REQUIRED, true, "abc" },
	{ "{\"x\":\"  abc\\n\"}", JSON_REQUIRED, true, "abc" },
	{ "{\"x\":\"\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\"}", JSON_REQUIRED, true,
	  "\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6\xc3\xb6" },
	{ "{\"x\":\"abcdef\"}", JSON_REQUIRED, false, "too_long" },
	{ "{\"x\":\"a\\nb\"}", JSON_REQUIRED, false, "bad_format" },
	{ "{\"x\":\"\\u202e\"}", JSON_REQUIRED, true, "\xe2\x80\xae" },
	{ "{\"x\":\"\"}", JSON_REQUIRED, false, "required" },
	{ "{\"x\":\"  \"}", JSON_REQUIRED, false, "required" },
	{ "{\"x\":\"\"}", JSON_OPTIONAL, true, "" },
	{ "{\"x\":null}", JSON_REQUIRED, false, "required" },
	{ "{\"x\":null}", JSON_OPTIONAL, true, "untouched" },
	{ "{}", JSON_REQUIRED, false, "required" },
	{ "{}", JSON_OPTIONAL, true, "untouched" },
	{ "{\"x\":5}", JSON_OPTIONAL, false, "wrong_type" },
	{ "{\"x\":5.5}", JSON_OPTIONAL, false, "wrong_type" },
	{ "{\"x\":[\"a\"]}", JSON_REQUIRED, false, "wrong_type" },
};

static const struct int_case {
	const char *json;
	bool good;
	int64_t want;
	const char *code;
} int_cases[] = {
	{ "{\"x\":5}", true, 5, NULL },
	{ "{\"x\":5.0}", true, 5, NULL },
	{ "{\"x\":1e1}", true, 10, NULL },
	{ "{\"x\":11}", false, 0, "out_of_range" },
	{ "{\"x\":0}", false, 0, "out_of_range" },
	{ "{\"x\":99999999999999999999}", false, 0, "wrong_type" },
	{ "{\"x\":5.5}", false, 0, "wrong_type" },
	{ "{\"x\":\"5\"}", false, 0, "wrong_type" },
	{ "{\"x\":true}", false, 0, "wrong_type" },
	{ "{}", false, 0, "required" },
}, money_cases[] = {
	{ "{\"x\":29.88}", true, 2988, NULL },
	{ "{\"x\":\"29.88\"}", true, 2988, NULL },
	{ "{\"x\":29}", true, 2900, NULL },
	{ "{\"x\":1e2}", true, 10000, NULL },
	{ "{\"x\":29.885}", false, 0, "bad_format" },
	{ "{\"x\":\"29,88\"}", false, 0, "bad_format" },
	{ "{\"x\":\"\"}", false, 0, "bad_format" },
	{ "{\"x\":1e40}", false, 0, "bad_format" },
	{ "{\"x\":9999999999.99}", true, 999999999999, NULL },
	{ "{\"x\":10000000000}", false, 0, "out_of_range" },
	{ "{\"x\":\"-10000000000.00\"}", false, 0, "out_of_range" },
	{ "{\"x\":true}", false, 0, "wrong_type" },
	{ "{\"x\":{}}", false, 0, "wrong_type" },
	{ "{}", false, 0, "required" },
};
/* clang-format on */

static void
texts(void)
{
	for (size_t i = 0; i < N_ELEMS(text_cases); i++) {
		const struct text_case *c = &text_cases[i];
		const char *s = "untouched";
		bool good;

		given(c->json, "");
		good = json_in_text(&in, "x", c->need, 5, &s);
		ok(good == c->good &&
			(good ? problems.n == 0 && strcmp(s, c->want) == 0
			      : told("x", c->want) &&
				    strcmp(s, "untouched") == 0),
		    "text case %zu: %s", i, c->json);
	}
}

static void
numbers(void)
{
	for (size_t i = 0; i < N_ELEMS(int_cases); i++) {
		const struct int_case *c = &int_cases[i];
		int64_t n = 77;
		bool good;

		given(c->json, "items[2]");
		good = json_in_int(&in, "x", JSON_REQUIRED, 1, 10, &n);
		ok(good == c->good && n == (good ? c->want : 77) &&
			(good || told("items[2].x", c->code)),
		    "integer case %zu: %s", i, c->json);
	}
	for (size_t i = 0; i < N_ELEMS(money_cases); i++) {
		const struct int_case *c = &money_cases[i];
		int64_t n = 77;
		bool good;

		given(c->json, "");
		good = json_in_money(&in, "x", JSON_REQUIRED, "USD", &n);
		ok(good == c->good && n == (good ? c->want : 77) &&
			(good || told("x", c->code)),
		    "money case %zu: %s", i, c->json);
	}
}

static void
others(void)
{
	static const char *const words[] = {"month", "year"};
	static const char *const known[] = {"b", "e", "o", "l"};
	const json_t *o = NULL, *l = NULL;
	bool b = false;
	int e = -1;

	given("{\"b\":true,\"e\":\"year\",\"o\":{},\"l\":[1,2]}", "");
	ok(json_in_bool(&in, "b", JSON_REQUIRED, &b) && b &&
		json_in_enum(&in, "e", JSON_REQUIRED, words, 2, &e) && e == 1 &&
		json_in_object(&in, "o", JSON_REQUIRED, &o) && o &&
		json_in_array(&in, "l", JSON_REQUIRED, 2, 2, &l) && l &&
		json_in_known(&in, known, 4) && problems.n == 0,
	    "bool, enum, object and array are read");
	ok(!json_in_array(&in, "l", JSON_REQUIRED, 3, 9, &l) &&
		told("l", "out_of_range"),
	    "a list that is too short is refused");
	given("{\"e\":\"week\"}", "");
	ok(!json_in_enum(&in, "e", JSON_OPTIONAL, words, 2, &e) &&
		told("e", "not_in_list"),
	    "a word that is no choice is refused");
	given("{\"e\":1}", "");
	ok(!json_in_enum(&in, "e", JSON_OPTIONAL, words, 2, &e) &&
		told("e", "wrong_type"),
	    "a number is no word");
	given("{\"b\":1}", "");
	ok(!json_in_bool(&in, "b", JSON_OPTIONAL, &b) &&
		told("b", "wrong_type"),
	    "1 is not true");
	given("{\"o\":[]}", "");
	ok(!json_in_object(&in, "o", JSON_OPTIONAL, &o) &&
		told("o", "wrong_type"),
	    "a list is no object");
	given("{\"l\":{}}", "");
	ok(!json_in_array(&in, "l", JSON_OPTIONAL, 0, 9, &l) &&
		told("l", "wrong_type"),
	    "an object is no list");
	given("{\"b\":1,\"evil\":2}", "items[0]");
	ok(!json_in_known(&in, known, 4) &&
		told("items[0].evil", "unknown_field"),
	    "an unknown member is refused by name");
	given("{\"z\":1,\"y\":2}", "");
	ok(!json_in_known(&in, known, 4) && problems.n == 2,
	    "every unknown member is named");
}

static void
writer(void)
{
	struct json_out w;
	struct buf b;
	json_t *v;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "s", "a\"b\n");
	json_strn(&w, "n", "abcdef", 3);
	json_int(&w, "i", INT64_MIN);
	json_bool(&w, "t", true);
	json_open(&w, "list", '[');
	json_int(&w, NULL, 1);
	json_open(&w, NULL, '{');
	json_close(&w, '}');
	json_none(&w, NULL);
	json_open(&w, NULL, '[');
	json_close(&w, ']');
	json_close(&w, ']');
	json_str_or_null(&w, "a\tb", NULL);
	json_money(&w, "m", 2988, "USD");
	json_time(&w, "at", 1795197723);
	json_time(&w, "never", 0);
	json_raw(&w, "raw", "[1,2]");
	json_close(&w, '}');
	is_str(buf_str(&b),
	    "{\"s\":\"a\\\"b\\n\",\"n\":\"abc\",\"i\":-9223372036854775808,"
	    "\"t\":true,\"list\":[1,{},null,[]],\"a\\tb\":null,\"m\":29.88,"
	    "\"at\":\"2026-11-20T18:02:03Z\",\"never\":null,\"raw\":[1,2]}",
	    "the writer puts names, commas and brackets");
	is_int(w.depth, 0, "every bracket is closed");
	v = json_loads(buf_str(&b), JSON_REJECT_DUPLICATES, NULL);
	ok(v != NULL, "which is JSON");
	json_decref(v);
	buf_fini(&b);
}

int
main(void)
{
	a = arena_new(1 << 24);
	texts();
	numbers();
	others();
	writer();
	json_decref(obj);
	arena_free(&a);
	return tap_done();
}
