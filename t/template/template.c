/* template.c - templates: the official specification, and what it leaves out.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "tap.h"
#include "template/template.h"
#include "template/view.h"

#define MEBIBYTE (1024 * 1024)

static struct arena *arena;
static struct buf out, complaint;

static struct templates *
new_set(void)
{
	struct templates *ts;

	if (templates_open(NULL, "", false, &ts) != OK)
		bail("no memory");
	buf_reset(&out);
	buf_reset(&complaint);
	return ts;
}

static enum err
put(struct templates *ts, const char *name, const char *text)
{
	return templates_put(ts, name, text, strlen(text), &complaint);
}

static json_t *
parse(const char *text, size_t n)
{
	struct problems problems;
	json_t *json = NULL;

	problems_init(&problems, arena);
	if (json_parse(text, n, &problems, &json) != OK)
		return NULL;
	return json;
}

static enum err
render_json(struct templates *ts, const char *name, const json_t *data)
{
	return template_render(
	    ts, name, view_of_json(arena, data), &out, &complaint);
}

/* ---- the specification ---- */

static json_t *
read_json(const char *path)
{
	struct buf text;
	char block[4096];
	json_t *json = NULL;
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL)
		return NULL;
	buf_init(&text, MEBIBYTE);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(&text, block, n);
	if (!buf_failed(&text))
		json = parse(buf_str(&text), text.len);
	fclose(f);
	buf_fini(&text);
	return json;
}

static const char *
member(const json_t *obj, const char *name)
{
	return json_string_value(json_object_get(obj, name));
}

static void
spec_case(const char *file, size_t i, json_t *test)
{
	struct templates *ts = new_set();
	const char *name, *want = member(test, "expected");
	json_t *partial;
	bool good;

	json_object_foreach(json_object_get(test, "partials"), name, partial)
	{
		if (put(ts, name, json_string_value(partial)) != OK)
			note("%s: %s", name, buf_str(&complaint));
	}
	good = put(ts, "*", member(test, "template")) == OK &&
	       render_json(ts, "*", json_object_get(test, "data")) == OK;
	good = good && strcmp(buf_str(&out), want) == 0;
	if (!ok(good, "%s %zu: %s: %s", file, i, member(test, "name"),
		member(test, "desc")))
		note("want \"%s\" got \"%s\" %s", want, buf_str(&out),
		    buf_str(&complaint));
	templates_close(&ts);
	arena_reset(arena);
}

static void
spec_file(const char *dir, const char *file, size_t at_least)
{
	json_t *json, *tests;
	char path[4096];

	snprintf(path, sizeof(path), "%s/mustache/%s.json", dir, file);
	json = read_json(path);
	tests = json_object_get(json, "tests");
	ok(json_array_size(tests) >= at_least, "%s: %zu cases or more", file,
	    at_least);
	for (size_t i = 0; i < json_array_size(tests); i++)
		spec_case(file, i, json_array_get(tests, i));
	json_decref(json);
}

static void
test_spec(void)
{
	static const struct {
		const char *file;
		size_t at_least;
	} files[] = {{"comments", 12}, {"delimiters", 14},
	    {"interpolation", 40}, {"inverted", 22}, {"partials", 12},
	    {"sections", 34}, {"~inheritance", 27}};
	const char *dir = getenv("MPANEL_ORACLES");
	char path[4096];

	if (dir == NULL)
		dir = "../shared/oracles";
	snprintf(path, sizeof(path), "%s/mustache/comments.json", dir);
	if (access(path, R_OK) != 0) {
		if (getenv("CI") != NULL)
			ok(false, "the specification is at %s", dir);
		else
			ok(true, "the specification # SKIP it is not at %s",
			    dir);
		return;
	}
	for (size_t i = 0; i < N_ELEMS(files); i++)
		spec_file(dir, files[i].file, files[i].at_least);
}

/* ---- small cases of our own ---- */

static void
test_cases(void)
{
	/* clang-format off */
	static const struct {
		const char *claim, *text, *part, *data, *want;
	} cases[] = {
		{"all five characters of HTML are escaped",
		    "<a title=\"{{x}}\">{{x}}</a>", NULL,
		    "{\"x\":\"<\\\"'&>\"}",
		    "<a title=\"&lt;&quot;&#39;&amp;&gt;\">"
		    "&lt;&quot;&#39;&amp;&gt;</a>"},
		{"a name of people passes",
		    "{{x}}", NULL, "{\"x\":\"O\xc3\xb6z S\xc3\xb6hne\"}",
		    "O\xc3\xb6z S\xc3\xb6hne"},
		{"values are never rendered again",
		    "{{x}}{{{x}}}", NULL, "{\"x\":\"{{y}}\",\"y\":\"bad\"}",
		    "{{y}}{{y}}"},
		{"numbers keep their text",
		    "{{a}} {{b}} {{c}}", NULL,
		    "{\"a\":1.210,\"b\":-7,\"c\":1e400}", "1.210 -7 1e400"},
		{"empty text is not there",
		    "{{#x}}a{{/x}}{{^x}}b{{/x}}", NULL, "{\"x\":\"\"}", "b"},
		{"zero is there, as text is",
		    "{{#x}}{{.}}{{/x}}", NULL, "{\"x\":0}", "0"},
		{"null hides an outer value",
		    "{{#o}}[{{x}}]{{/o}}", NULL,
		    "{\"x\":1,\"o\":{\"x\":null}}", "[]"},
		{"objects and lists print nothing",
		    "[{{o}}{{l}}]", NULL, "{\"o\":{\"a\":1},\"l\":[1]}", "[]"},
		{"long names that begin alike differ",
		    "{{customerA}}{{customerB}}{{customer}}", NULL,
		    "{\"customer\":3,\"customerB\":2,\"customerA\":1}", "123"},
		{"rows of different layout are told apart",
		    "{{#r}}{{a}}{{b}};{{/r}}", NULL,
		    "{\"r\":[{\"a\":1,\"b\":2},{\"b\":3},{\"b\":4,\"a\":5}]}",
		    "12;3;54;"},
		{"what one row lacks the next may have",
		    "{{#r}}{{x}};{{/r}}", NULL,
		    "{\"r\":[{},{\"x\":1},{},{\"x\":2}]}", ";1;;2;"},
		{"a section, or what stands there otherwise",
		    "{{#r}}{{#x}}[{{y}}{{.}}]{{/x}}{{^x}}-{{y}}{{/x}}{{/r}}", NULL,
		    "{\"r\":[{\"x\":1,\"y\":2},{\"y\":3},{\"x\":[4,5],\"y\":6},"
		    "{\"x\":[]},{\"x\":\"\",\"y\":7}]}",
		    "[21]-3[64][65]--7"},
		{"the same on lines of their own, in an indented partial",
		    " {{>p}}\n", "{{#x}}\na\n{{/x}}\n{{^x}}\nb\n{{/x}}\n"
		    "{{#y}}\nc\n{{/y}}\n{{^y}}\nd\n{{/y}}\n",
		    "{\"x\":1}", " a\n d\n"},
		{"an otherwise of another name is its own",
		    "{{#x}}a{{/x}}{{^y}}b{{/y}}|{{#x.a}}c{{/x.a}}{{^x.b}}d{{/x.b}}",
		    NULL, "{\"x\":{\"a\":1}}", "ab|cd"},
		{"lists in lists",
		    "{{#r}}{{#.}}{{.}}{{/.}};{{/r}}", NULL,
		    "{\"r\":[[1,2],[],[3]]}", "12;;3;"},
		{"a partial alone on its line is indented",
		    "<ul>\n  {{>p}}\n</ul>\n", "<li>\n<b>{{x}}</b>\n</li>\n",
		    "{\"x\":1}",
		    "<ul>\n  <li>\n  <b>1</b>\n  </li>\n</ul>\n"},
		{"lines inside of a value are not indented",
		    " {{>p}}\n", "[{{x}}]\n", "{\"x\":\"a\\nb\"}",
		    " [a\nb]\n"},
		{"a section inside of an indented partial",
		    "  {{>p}}\n", "{{#r}}\n<{{.}}>\n{{/r}}\n{{#r}}{{.}}{{/r}}\n",
		    "{\"r\":[1,2]}", "  <1>\n  <2>\n  12\n"},
		{"a default block alone on its line keeps its indentation",
		    "a\n  {{$b}}x{{/b}}\nc\n", NULL, "{}", "a\n  x\nc\n"},
		{"a block in an attribute",
		    "{{<p}}{{$w}} wide{{/w}}{{$b}}\n  <p>\n    {{x}}\n  </p>\n"
		    "{{/b}}{{/p}}",
		    "<main class=\"body{{$w}}{{/w}}\">\n{{$b}}{{/b}}</main>",
		    "{\"x\":1}",
		    "<main class=\"body wide\">\n<p>\n  1\n</p>\n</main>"},
		{"an indented parent indents what the child gives",
		    "  {{<p}}{{$b}}\n1\n2\n{{/b}}{{/p}}\n",
		    "<\n {{$b}}\n {{/b}}\n>\n", "{}",
		    "  <\n   1\n   2\n  >\n"},
		{"an argument that ends in a partial",
		    "{{<p}}{{$b}}{{x}}{{/b}}{{/p}}|",
		    "{{#o}}{{$b}}{{/b}}{{/o}}", "{\"x\":1,\"o\":{\"x\":2}}",
		    "2|"},
		{"a block of an argument's own name is its default",
		    "{{<p}}{{$b}}x{{$b}}y{{/b}}{{/b}}{{/p}}",
		    "[{{$b}}{{/b}}]", "{}", "[xy]"},
		{"newlines of Windows",
		    "{{#x}}\r\na\r\n{{/x}}\r\nb\r\n", NULL, "{\"x\":true}",
		    "a\r\nb\r\n"},
		{"a tag may be anything but its own name's inside",
		    "{{=| |=}}|x| {{x}}", NULL, "{\"x\":1}", "1 {{x}}"},
		{"an unknown partial is nothing, as the specification wants",
		    "[{{>nobody}}{{<nobody}}{{$a}}b{{/a}}{{/nobody}}]", NULL,
		    "{}", "[]"},
	};
	/* clang-format on */

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct templates *ts = new_set();
		json_t *data = parse(cases[i].data, strlen(cases[i].data));
		bool good = data != NULL &&
			    (cases[i].part == NULL ||
				put(ts, "p", cases[i].part) == OK) &&
			    put(ts, "t", cases[i].text) == OK &&
			    render_json(ts, "t", data) == OK &&
			    strcmp(buf_str(&out), cases[i].want) == 0;

		if (!ok(good, "case %zu: %s", i, cases[i].claim))
			note("got \"%s\" %s", buf_str(&out),
			    buf_str(&complaint));
		json_decref(data);
		templates_close(&ts);
	}
}

static void
test_broken(void)
{
	/* clang-format off */
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"a\n{{#x}}\nb", "t:2: section \"x\" is not closed\n"},
		{"{{^x}}", "t:1: section \"x\" is not closed\n"},
		{"\n\n{{$x}}", "t:3: block \"x\" is not closed\n"},
		{"{{<x}}", "t:1: parent \"x\" is not closed\n"},
		{"{{#a}}\n{{#b}}\n{{/a}}",
		    "t:3: \"a\" closes section \"b\" of line 2\n"},
		{"a{{/b}}", "t:1: nothing is open that \"b\" could close\n"},
		{"a\n{{b", "t:2: a tag is not closed\n"},
		{"{{{b}}", "t:1: a tag is not closed\n"},
		{"{{!", "t:1: a tag is not closed\n"},
		{"{{", "t:1: a tag is not closed\n"},
		{"{{}}", "t:1: \"\" is no name\n"},
		{"{{# }}", "t:1: \"\" is no name\n"},
		{"{{a b}}", "t:1: \"a b\" is no name\n"},
		{"{{a..b}}", "t:1: \"a..b\" is no name\n"},
		{"{{.a}}", "t:1: \".a\" is no name\n"},
		{"{{a.}}", "t:1: \"a.\" is no name\n"},
		{"{{a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q}}",
		    "t:1: \"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q\" is no name\n"},
		{"{{>*x}}", "t:1: \"*x\" is no name\n"},
		{"{{>/etc/x}}", "t:1: \"/etc/x\" is no name\n"},
		{"{{{{x}}}}", "t:1: \"{x\" is no name\n"},
		{"{{=<% =}}", "t:1: delimiters are two words without '='\n"},
		{"{{=a b c=}}", "t:1: delimiters are two words without '='\n"},
		{"{{== ==}}", "t:1: delimiters are two words without '='\n"},
		{"{{<p}}\n{{x}}{{/p}}",
		    "t:2: only blocks count directly inside of a parent\n"},
		{"{{<p}}{{#x}}{{/x}}{{/p}}",
		    "t:1: only blocks count directly inside of a parent\n"},
		{"{{<p}}{{$x}}{{/x}}\n{{$x}}{{/x}}{{/p}}",
		    "t:2: block \"x\" is given twice\n"},
	};
	/* clang-format on */

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct templates *ts = new_set();
		enum err err = put(ts, "t", cases[i].text);

		if (!ok(err == E_INPUT &&
			    strcmp(buf_str(&complaint), cases[i].want) == 0,
			"broken %zu is named with its line: %.*s", i,
			(int)strcspn(cases[i].want, "\n"), cases[i].want))
			note("got %s", buf_str(&complaint));
		templates_close(&ts);
	}
}

static void
test_broken_stays_out(void)
{
	struct templates *ts = new_set();
	struct view *v = view_new(arena);

	ok(put(ts, "t", "good") == OK && put(ts, "t", "{{#bad}}") == E_INPUT,
	    "a broken text is refused");
	ok(template_render(ts, "t", v, &out, &complaint) == OK,
	    "what was there before still renders");
	is_str(buf_str(&out), "good", "as it was");
	ok(template_render(ts, "nobody", v, &out, &complaint) == E_NOTFOUND,
	    "an unknown template is not found");
	templates_close(&ts);
}

/* ---- hostile ---- */

static void
repeat(struct buf *b, const char *s, int n)
{
	while (n-- > 0)
		buf_puts(b, s);
}

static void
test_nesting(void)
{
	struct templates *ts = new_set();
	struct buf text;

	buf_init(&text, MEBIBYTE);
	repeat(&text, "{{#x}}", 64);
	repeat(&text, "{{/x}}", 64);
	ok(put(ts, "t", buf_str(&text)) == OK, "64 sections nest");
	buf_reset(&text);
	repeat(&text, "{{#x}}", 65);
	repeat(&text, "{{/x}}", 65);
	ok(put(ts, "t", buf_str(&text)) == E_INPUT, "65 do not");
	is_str(buf_str(&complaint), "t:1: nesting is deeper than 64\n",
	    "and the complaint says so");
	buf_reset(&text);
	repeat(&text, "{{<x}}{{$y}}", 50000);
	ok(put(ts, "t", buf_str(&text)) == E_INPUT, "nor do 50,000 parents");
	buf_reset(&text);
	repeat(&text, "x", MEBIBYTE - 1);
	ok(templates_put(ts, "t", buf_str(&text), text.len, &complaint) == OK,
	    "a text just below 1 MiB compiles");
	ok(templates_put(ts, "t", buf_str(&text), MEBIBYTE + 1, &complaint) ==
		E_INPUT,
	    "more than 1 MiB is refused");
	buf_fini(&text);
	templates_close(&ts);
}

static void
test_recursion(void)
{
	/* clang-format off */
	static const struct {
		const char *claim, *t, *p;
	} cases[] = {
		{"a partial that calls itself", "{{>t}}", ""},
		{"two that call each other", "x{{>p}}", "y{{>t}}"},
		{"a parent that is its own", "{{<t}}{{$b}}x{{/b}}{{/t}}", ""},
		{"a block that calls its template",
		    "{{<p}}{{$b}}{{>t}}{{/b}}{{/p}}", "{{$b}}{{/b}}"},
		{"indentation that grows",
		    "                                {{>t}}\n", ""},
	};
	/* clang-format on */

	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		struct templates *ts = new_set();

		buf_puts(&out, "before");
		ok(put(ts, "t", cases[i].t) == OK &&
			put(ts, "p", cases[i].p) == OK &&
			template_render(ts, "t", view_new(arena), &out,
			    &complaint) == E_LIMIT &&
			complaint.len > 0,
		    "recursion %zu is cut: %s", i, cases[i].claim);
		ok(strstr(buf_str(&complaint), ":1: ") != NULL,
		    "and named with its line");
		is_str(buf_str(&out), "before", "nothing of it is left");
		templates_close(&ts);
	}
}

/* 2^60 calls that write nothing. */
static void
test_explosion(void)
{
	struct templates *ts = new_set();
	char name[16], text[64];

	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		snprintf(text, sizeof(text), "{{>p%d}}{{>p%d}}", i + 1, i + 1);
		if (put(ts, name, text) != OK)
			bail("%s", buf_str(&complaint));
	}
	ok(put(ts, "p60", "") == OK &&
		template_render(ts, "p0", view_new(arena), &out, &complaint) ==
		    E_LIMIT,
	    "calls that double sixty times are stopped");
	templates_close(&ts);
}

static void
test_long_output(void)
{
	struct templates *ts = new_set();
	struct view *v = view_new(arena), *list = view_list(v, "list");
	struct buf small;

	for (int i = 0; i < 1000; i++)
		view_item_text(list, "x");
	buf_init(&small, 10000);
	ok(put(ts, "t", "{{#list}}123456789{{.}}{{/list}}") == OK &&
		template_render(ts, "t", v, &small, &complaint) == OK,
	    "an output that just fits is rendered");
	is_int((int64_t)small.len, 10000, "as a whole");
	buf_reset(&small);
	ok(put(ts, "t", "{{#list}}123456789{{.}}{{/list}}0") == OK &&
		template_render(ts, "t", v, &small, &complaint) == E_LIMIT,
	    "one byte more is E_LIMIT");
	buf_fini(&small);
	templates_close(&ts);
}

/* ---- views ---- */

static void
test_view(void)
{
	struct templates *ts = new_set();
	struct view *v = view_new(arena), *o = view_object(v, "o");
	char text[] = "copied";

	view_text(v, "t", text);
	memset(text, 'x', sizeof(text) - 1);
	view_text(v, "none", NULL);
	view_textf(o, "f", "%d of %d", 1, 2);
	view_int(o, "i", INT64_MIN);
	view_flag(v, "yes", true);
	view_flag(v, "no", false);
	view_text(v, "again", "first");
	view_text(v, "again", "second");
	ok(put(ts, "t",
	       "{{t}}|{{#none}}x{{/none}}|{{o.f}}|{{o.i}}|{{#yes}}y"
	       "{{/yes}}{{#no}}n{{/no}}|{{again}}") == OK &&
		template_render(ts, "t", v, &out, &complaint) == OK,
	    "a view made by hand is rendered");
	is_str(buf_str(&out), "copied||1 of 2|-9223372036854775808|y|second",
	    "texts are copied, the last of two values counts");
	is_str(view_get(v, "again"), "second", "a text can be read again");
	ok(!view_get(v, "none") && !view_get(v, "yes") && !view_get(v, "o"),
	    "what is no text is none");
	templates_close(&ts);
}

/* Many objects made at once, and a text that they share. */
static void
test_shared(void)
{
	struct templates *ts = new_set();
	struct view *v = view_new(arena), *word = view_word(arena, "<a>");
	struct view *const *item = view_list_of(v, "l", 3, 2);

	if (item == NULL)
		bail("no memory");
	for (int i = 0; i < 3; i++) {
		view_share(item[i], "w", word);
		view_int(item[i], "i", i);
		view_text(item[i], "more", i == 1 ? "than there was room" : "");
	}
	view_share(view_item(view_list(v, "k")), "w", view_word(arena, "b"));
	ok(put(ts, "t", "{{#l}}{{w}}{{i}}{{more}};{{/l}}{{#k}}{{w}}{{/k}}") ==
		    OK &&
		template_render(ts, "t", v, &out, &complaint) == OK,
	    "objects made at once are rendered");
	is_str(buf_str(&out),
	    "&lt;a&gt;0;&lt;a&gt;1than there was room;&lt;a&gt;2;b",
	    "with what they share, escaped where it must be");
	templates_close(&ts);
}

/* What one root has not, another may have. */
static void
test_roots(void)
{
	struct templates *ts = new_set();
	struct view *with = view_new(arena), *without = view_new(arena);

	view_text(with, "x", "there");
	if (put(ts, "t", "[{{x}}{{#x}}!{{/x}}]") != OK)
		bail("%s", buf_str(&complaint));
	for (int i = 0; i < 4; i++)
		ok(template_render(
		       ts, "t", i % 2 ? with : without, &out, &complaint) == OK,
		    "rendering %d", i);
	is_str(buf_str(&out), "[][there!][][there!]",
	    "each rendering looks into its own root");
	templates_close(&ts);
}

static void
test_failed_view(void)
{
	struct templates *ts = new_set();
	struct arena *tiny = arena_new(8192);
	struct view *v, *list;

	if (tiny == NULL)
		bail("no memory");
	v = view_new(tiny);
	list = view_list(v, "list");
	for (int i = 0; i < 10000; i++) {
		struct view *row = view_item(list);

		view_text(row, "name", "some text that takes memory");
		view_textf(row, "more", "%d", i);
		view_item_text(view_list(row, "inner"), "x");
	}
	ok(arena_failed(tiny), "an arena of 8 KiB is soon full");
	view_text(v, "late", "text");
	ok(put(ts, "t", "[{{late}}{{#list}}{{x}}{{/list}}]") == OK &&
		template_render(ts, "t", v, &out, &complaint) == OK,
	    "a view whose memory failed still renders without harm");
	arena_reset(tiny);
	while (!arena_failed(tiny))
		(void)arena_alloc(tiny, 512);
	v = view_new(tiny);
	view_text(v, "a", "b");
	view_item_text(view_list(v, "l"), "x");
	view_flag(view_item(view_list(view_object(v, "o"), "l")), "f", true);
	buf_reset(&out);
	ok(template_render(ts, "t", v, &out, &complaint) == OK,
	    "so does one that never had any");
	is_str(buf_str(&out), "[]", "as nothing");
	arena_free(&tiny);
	templates_close(&ts);
}

/* ---- files ---- */

static char dir[] = "/tmp/mpt-XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		bail("%s: can't be written", path);
}

static void
remove_file(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (unlink(path) != 0 && rmdir(path) != 0)
		note("%s stays", path);
}

static const char *
rendered(struct templates *ts, const char *name)
{
	buf_reset(&out);
	if (template_render(ts, name, view_new(arena), &out, &complaint) != OK)
		return NULL;
	return buf_str(&out);
}

static void
test_folder(void)
{
	struct templates *ts;
	char sub[64], want[256];

	snprintf(sub, sizeof(sub), "%s/sub", dir);
	if (mkdir(sub, 0700) != 0)
		bail("no folder");
	write_file("a.m", "a{{>sub/b}}{{>../a}}{{>sub/../a}}{{>.h}}");
	write_file("sub/b.m", "b");
	write_file("other.txt", "{{");
	write_file(".h.m", "{{hidden");
	if (templates_open(dir, ".m", false, &ts) != OK)
		bail("no memory");
	buf_reset(&complaint);
	ok(templates_load_all(ts, &complaint) == OK,
	    "a folder is loaded; other and hidden files are not looked at");
	is_str(rendered(ts, "a"), "ab", "no name leads out of the folder");
	write_file("sub/b.m", "changed");
	is_str(rendered(ts, "a"), "ab", "without reload files are read once");
	templates_close(&ts);

	write_file("sub/c.m", "\n{{#c}}");
	if (templates_open(dir, ".m", false, &ts) != OK)
		bail("no memory");
	buf_reset(&complaint);
	ok(templates_load_all(ts, &complaint) == E_INPUT,
	    "a broken file stops the loading");
	snprintf(want, sizeof(want),
	    "%s/sub/c.m:2: section \"c\" is not closed\n", dir);
	is_str(buf_str(&complaint), want, "and is named with line and reason");
	templates_close(&ts);
	remove_file("sub/c.m");
}

static const char *
say_much(void *arg, const char *english)
{
	(void)english;
	return arg;
}

static void
test_long_language(void)
{
	static char much[1024 * 1024];
	struct templates *ts;

	memset(much, 'x', sizeof(much) - 1);
	write_file("long.m", "<p>short</p>");
	if (templates_open(dir, ".m", false, &ts) != OK)
		bail("no memory");
	templates_speak(ts, say_much, much);
	buf_reset(&complaint);
	ok(rendered(ts, "long") == NULL &&
		strstr(buf_str(&complaint), "long.m:1: more than"),
	    "a page that gets too long in a language is refused, not cut");
	templates_close(&ts);
	remove_file("long.m");
}

static void
test_reload(void)
{
	struct templates *ts;

	write_file("a.m", "one{{>new}}{{>sub/b}}");
	write_file("sub/b.m", "b");
	if (templates_open(dir, ".m", true, &ts) != OK)
		bail("no memory");
	buf_reset(&complaint);
	is_str(rendered(ts, "a"), "oneb", "with reload a file is read");
	write_file("sub/b.m", "other");
	is_str(rendered(ts, "a"), "oneother", "a changed file is read again");
	write_file("new.m", "new");
	is_str(rendered(ts, "a"), "onenewother", "a new file is found");
	write_file("sub/b.m", "{{#b}}");
	ok(rendered(ts, "a") == NULL && complaint.len > 0,
	    "a file that breaks is complained about");
	write_file("sub/b.m", "well");
	is_str(rendered(ts, "a"), "onenewwell", "and works when it is mended");
	remove_file("new.m");
	is_str(rendered(ts, "a"), "onewell", "a removed file is gone");
	templates_close(&ts);
}

/* ---- speed, printed and not judged ---- */

#define COLUMNS 12

static void
measure(void)
{
	static const char *const names[COLUMNS] = {"number", "customer",
	    "domain", "products", "total", "created", "href", "status",
	    "country", "email", "server", "updated"};
	struct templates *ts = new_set();
	const int turns = 2000;
	struct view *v = NULL;
	int64_t fill = 0, draw = 0, t0;

	buf_puts(&out, "<table>\n{{#rows}}<tr>");
	for (size_t i = 0; i < COLUMNS; i++)
		buf_printf(&out, "<td>{{%s}}</td>", names[i]);
	buf_puts(&out, "</tr>\n{{/rows}}</table>\n");
	if (put(ts, "t", buf_str(&out)) != OK)
		bail("%s", buf_str(&complaint));
	for (int turn = 0; turn < turns; turn++) {
		struct view *rows;

		arena_reset(arena);
		t0 = clock_mono_us();
		v = view_new(arena);
		rows = view_list(v, "rows");
		for (int i = 0; i < 50; i++) {
			struct view *row = view_item(rows);

			for (size_t k = 0; k < COLUMNS; k++)
				view_text(row, names[k], "ORD-2026-004114");
		}
		fill += clock_mono_us() - t0;
		buf_reset(&out);
		t0 = clock_mono_us();
		if (template_render(ts, "t", v, &out, &complaint) != OK)
			bail("%s", buf_str(&complaint));
		draw += clock_mono_us() - t0;
	}
	note("50 rows of 12 columns, %zu bytes: fill %.1f us, render %.1f us",
	    out.len, (double)fill / turns, (double)draw / turns);
	templates_close(&ts);
}

/* Plain text is not escaped, also by way of parents and partials. */
static void
test_plain_text(void)
{
	struct templates *ts;
	struct view *v;

	if (templates_open(NULL, "", false, &ts) != OK)
		bail("no memory");
	v = view_new(arena);
	view_text(v, "x", "O'Brien & S\xc3\xb6hne <GmbH>");
	buf_reset(&out);
	ok(put(ts, "layout.txt", "{{$b}}{{/b}}|{{x}}|{{>p.txt}}") == OK &&
		put(ts, "p.txt", "({{x}})") == OK &&
		put(ts, "a.txt",
		    "{{<layout.txt}}{{$b}}{{x}}{{/b}}{{/layout.txt}}") == OK &&
		put(ts, "a.html", "{{x}}") == OK &&
		template_render(ts, "a.txt", v, &out, &complaint) == OK,
	    "plain text is rendered");
	is_str(buf_str(&out),
	    "O'Brien & S\xc3\xb6hne <GmbH>|O'Brien & S\xc3\xb6hne <GmbH>|"
	    "(O'Brien & S\xc3\xb6hne <GmbH>)",
	    "with its values as they are");
	buf_reset(&out);
	ok(template_render(ts, "a.html", v, &out, &complaint) == OK &&
		!strchr(buf_str(&out), '<'),
	    "beside HTML, where they are escaped");
	templates_close(&ts);
}

/* HTML that base/markdown.h made is not escaped, where its name may stand. */
static void
test_markup(void)
{
	struct templates *ts = new_set();
	struct view *v = view_new(arena);

	view_markup(v, "bodyMarkup", markup_kept(arena, "<b>&amp;</b>"));
	view_text(v, "textMarkup", "<b>");
	ok(put(ts, "m", "{{bodyMarkup}}|{{textMarkup}}|{{noneMarkup}}") == OK,
	    "names of markup compile");
	buf_reset(&out);
	ok(template_render(ts, "m", v, &out, &complaint) == OK &&
		str_eq(buf_str(&out), "<b>&amp;</b>|&lt;b&gt;|"),
	    "markup is shown as it is, a text of such a name is escaped");
	ok(put(ts, "d", "{{#bodyMarkup}}{{.}}{{/bodyMarkup}}") == OK,
	    "markup is a section, too");
	buf_reset(&out);
	ok(template_render(ts, "d", v, &out, &complaint) == OK &&
		str_eq(buf_str(&out), "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
	    "but by no other name");
	ok(put(ts, "t.txt", "{{bodyMarkup}}") == OK, "nor in a text");
	buf_reset(&out);
	ok(template_render(ts, "t.txt", v, &out, &complaint) == OK &&
		str_eq(buf_str(&out), "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
	    "where it is as good as none");
	templates_close(&ts);
}

int
main(void)
{
	arena = arena_new(8 * MEBIBYTE);
	if (arena == NULL || mkdtemp(dir) == NULL)
		bail("no memory or folder");
	buf_init(&out, 4 * MEBIBYTE);
	buf_init(&complaint, MEBIBYTE);
	test_spec();
	test_markup();
	test_cases();
	test_broken();
	test_broken_stays_out();
	test_nesting();
	test_recursion();
	test_explosion();
	test_long_output();
	test_view();
	test_shared();
	test_roots();
	test_failed_view();
	test_plain_text();
	test_folder();
	test_long_language();
	test_reload();
	measure();
	remove_file("sub/b.m");
	remove_file("sub");
	remove_file("a.m");
	remove_file("other.txt");
	remove_file(".h.m");
	remove_file("");
	buf_fini(&out);
	buf_fini(&complaint);
	arena_free(&arena);
	return tap_done();
}
