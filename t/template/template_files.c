/* template_files.c - the templates of the house compile, are safe and whole.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <fts.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "tap.h"
#include "template/template_check.h"
#include "template/template_ops.h"

#define MEBIBYTE (1024 * 1024)
#define EXT	 ".mustache"

static struct arena *arena;
static struct buf text, complaint, out;
static char root[4096];

/* ---- planted: what the reader must see ---- */

/* clang-format off */
static const char *const bad[] = {
	"{{{x}}}",
	"{{&x}}",
	"<script>{{x}}</script>",
	"<script>var x = \"{{x}}\";</script>",
	"<SCRIPT type=\"a\">\n</scrip{{x}}",
	"<script>a</style>{{x}}</script>",
	"<script><!-- </b> --> {{x}}</script>",
	"<style>.a { width: {{x}} }</style>",
	"<a onclick=\"f('{{x}}')\">b</a>",
	"<a ONCLICK='{{x}}'>b</a>",
	"<b class=\"c\" onmouseover = \"{{x}}\">b</b>",
	"<p style=\"width:{{x}}%\">b</p>",
	"<iframe srcdoc=\"{{x}}\"></iframe>",
	"<a href={{x}}>b</a>",
	"<a href= {{x}}>b</a>",
	"<a href=/x?{{x}}>b</a>",
	"<a href=\n{{x}}>b</a>",
	"<a href={{#x}}y{{/x}}>b</a>",
	"<input {{x}}>",
	"<input class=\"a\"{{x}}>",
	"<input data-{{x}}=\"a\">",
	"<{{x}}>",
	"<<a {{x}}>",
	"<h{{x}}>",
	"</h{{x}}>",
	"<!-- {{x}} -->",
	"<a href=\"javascript:void(0)\">b</a>",
	"<a href=' JavaScript:void(0)'>b</a>",
	"<a href=\"java\nscript:void(0)\">b</a>",
	"<a href=javascript:void(0)>b</a>",
	"<form action=\"vbscript:x\">",
	"<img src=\"data:text/html,x\">",
	"<a{{>part}}>b</a>",
	"<a title=\"{{>part}}\">b</a>",
	"<a{{<part}}{{/part}}>b</a>",
	"<script>{{$block}}{{/block}}</script>",
	"<a{{$block}}{{/block}}>b</a>",
	"{{#x}}<a href=\"{{/x}}{{y}}\">b</a>",
	"{{#x}}<script>{{/x}}",
	"<a class=\"{{#x}}a\" id=\"{{/x}}b\">",
	"{{<p}}{{$b}}<a {{x}}>{{/b}}{{/p}}",
	"<a title=\"{{xMarkup}}\">b</a>",
	"<title>{{a.bMarkup}}</title>",
	"<textarea>{{xMarkup}}</textarea>",
	"<a title=\"b",
	"{{#x",
};

static const char *const good[] = {
	"{{x}}",
	"<div>{{xMarkup}}</div>",
	"<p>{{x}}</p>",
	"<a href=\"{{x}}\" title='{{y}}'>{{z}}</a>",
	"<a href=\"/x?q={{x}}&amp;y={{y}}\">{{z}}</a>",
	"<title>{{x}} < {{y}}</title>",
	"<textarea name=\"a\">{{x}}<b></textarea>{{y}}",
	"<script src=\"{{x}}/js\" defer></script>{{y}}",
	"<input{{#x}} checked{{/x}}{{^x}} value=\"{{y}}\"{{/x}}>",
	"<input {{#x}}checked {{/x}}>",
	"<p class=\"a{{#x}} {{x}}{{/x}}{{$w}}{{/w}}\">b</p>",
	"a < b {{x}} <3 {{y}}",
	"<!DOCTYPE html>\n<html lang=\"{{x}}\"><!-- c > d -->{{y}}</html>",
	"<br/>{{x}}<svg><use href=\"{{y}}#a\"/></svg>{{z}}",
	"{{<p}} < {{$b}}<p>{{x}}</p>{{/b}}{{/p}}{{>q}}",
	"<a href=\"mailto:{{x}}\">{{x}}</a><p>javascript: {{x}}</p>",
	"<a title=\"javascript:no address\">b</a>",
	"{{! {{ }}{{x}}",
};

/* Plain text has its own rules. */
static const struct {
	const char *name, *text;
	bool is_good;
} texts[] = {
	{"mail.txt", "<{{x}}> a < {{y}}\n--\n{{#z}}<!-- {{/z}}", true},
	{"mail.txt", "{{<layout.txt}}{{$body}}{{x}}{{/body}}{{/layout.txt}}{{>foot.txt}}", true},
	{"mail.txt", "{{{x}}}", false},
	{"mail.txt", "{{>foot.html}}", false},
	{"mail.html", "{{>foot.txt}}", false},
	{"page", "{{<layout.txt}}{{/layout.txt}}", false},
	{".txt", "<a {{x}}>", false},
};
/* clang-format on */

static void
test_planted(void)
{
	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		buf_reset(&complaint);
		ok(!template_lint("t", bad[i], strlen(bad[i]), &complaint) &&
			str_starts(buf_str(&complaint), "t:"),
		    "planted %zu is refused: %.*s", i,
		    (int)strcspn(bad[i], "\n"), bad[i]);
	}
	for (size_t i = 0; i < N_ELEMS(good); i++) {
		buf_reset(&complaint);
		if (!ok(template_lint(
			    "t", good[i], strlen(good[i]), &complaint),
			"clean %zu is let through: %.*s", i,
			(int)strcspn(good[i], "\n"), good[i]))
			note("%s", buf_str(&complaint));
	}
	for (size_t i = 0; i < N_ELEMS(texts); i++) {
		const char *s = texts[i].text;

		buf_reset(&complaint);
		ok(template_lint(texts[i].name, s, strlen(s), &complaint) ==
			texts[i].is_good,
		    "%s %s %s", texts[i].name,
		    texts[i].is_good ? "may have" : "may not have", s);
	}
	buf_reset(&complaint);
	(void)template_lint("a/b", "x\n<p\n {{y}}>\n", 13, &complaint);
	is_str(buf_str(&complaint),
	    "a/b:3: \"y\" in the name of a tag or attribute\n",
	    "a finding has file, line and reason");
}

/* ---- the files ---- */

static bool
read_file(const char *path)
{
	char block[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	buf_reset(&text);
	if (f == NULL)
		return false;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		buf_add(&text, block, n);
	fclose(f);
	return !buf_failed(&text);
}

static void
check_references(const char *name)
{
	struct token tok = {.tag = TAG_TEXT};
	struct scan scan;
	char path[8192];

	scan_init(&scan, buf_str(&text), text.len);
	while (scan_next(&scan, &tok) && tok.tag != TAG_END) {
		if (tok.tag != TAG_PARTIAL && tok.tag != TAG_PARENT)
			continue;
		snprintf(path, sizeof(path), "%s/%.*s%s", root, (int)tok.n,
		    tok.s, EXT);
		if (access(path, R_OK) != 0)
			buf_printf(&complaint, "%s:%d: there is no \"%.*s\"\n",
			    name, tok.line, (int)tok.n, tok.s);
	}
}

static void
check_file(const char *path)
{
	const char *name = path + strlen(root) + 1;
	char *stem = arena_strndup(arena, name, strlen(name) - strlen(EXT));

	buf_reset(&complaint);
	ok(read_file(path), "%s can be read", name);
	(void)template_lint(stem, buf_str(&text), text.len, &complaint);
	check_references(stem);
	if (!ok(complaint.len == 0, "%s is safe and names templates that exist",
		name))
		fprintf(stderr, "%s", buf_str(&complaint));
}

/* ---- the samples: a view for each page ---- */

static json_t *
parse(const char *path)
{
	struct problems problems;
	json_t *json = NULL;

	problems_init(&problems, arena);
	if (!read_file(path) ||
	    json_parse(buf_str(&text), text.len, &problems, &json) != OK)
		return NULL;
	return json;
}

static void
check_sample(struct templates *ts, const char *path)
{
	const char *name = path + strlen(root) + strlen("/sample/");
	/* order.json and order-placed.json are both of order. */
	char *stem = arena_strndup(arena, name, strcspn(name, "-."));
	char common[8192];
	json_t *view, *page;

	snprintf(common, sizeof(common), "%s/sample/common.json", root);
	view = parse(common);
	page = parse(path);
	buf_reset(&out);
	buf_reset(&complaint);
	if (!ok(view != NULL && page != NULL &&
		    json_object_update(view, page) == 0 &&
		    template_render(ts, stem, view_of_json(arena, view), &out,
			&complaint) == OK &&
		    str_starts(buf_str(&out), "<!DOCTYPE html>") &&
		    strstr(buf_str(&out), "</html>") != NULL,
		"sample/%s is rendered to a whole page", name))
		note("%s", buf_str(&complaint));
	json_decref(view);
	json_decref(page);
}

static void
walk(struct templates *ts)
{
	char *roots[] = {root, NULL};
	FTS *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	int n = 0;
	FTSENT *e;

	while (fts != NULL && (e = fts_read(fts)) != NULL) {
		if (e->fts_info != FTS_F)
			continue;
		if (str_ends(e->fts_name, EXT)) {
			check_file(e->fts_path);
			n++;
		} else if (str_ends(e->fts_name, ".json") &&
			   !str_eq(e->fts_name, "common.json") &&
			   /* mails: t/mail/templates.c */
			   !strstr(e->fts_path, "/sample/mail/")) {
			check_sample(ts, e->fts_path);
		}
		arena_reset(arena);
	}
	ok(n >= 40, "%d templates were read", n);
	if (fts != NULL)
		fts_close(fts);
}

int
main(void)
{
	const char *src = getenv("MPANEL_SRC");
	struct templates *ts;

	snprintf(root, sizeof(root), "%s/templates", src != NULL ? src : ".");
	arena = arena_new(8 * MEBIBYTE);
	if (arena == NULL || templates_open(root, EXT, false, &ts) != OK)
		bail("no memory");
	buf_init(&text, MEBIBYTE);
	buf_init(&complaint, MEBIBYTE);
	buf_init(&out, MEBIBYTE);
	test_planted();
	buf_reset(&complaint);
	if (!ok(templates_load_all(ts, &complaint) == OK,
		"every template compiles"))
		note("%s", buf_str(&complaint));
	walk(ts);
	templates_close(&ts);
	buf_fini(&text);
	buf_fini(&complaint);
	buf_fini(&out);
	arena_free(&arena);
	return tap_done();
}
