/* markdown.c - texts that staff write come out as HTML that does nothing.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * What a browser's own parser makes of it: t/browser/kb.t.
 */
#include "config.h"

#include "base/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/excerpt.h"
#include "base/text.h"
#include "tap.h"

static struct arena *a;

static const char *
html(const char *text)
{
	const struct markup *m = markdown_html(a, text, 1);

	return m ? markup_html(m) : "(none)";
}

static const char *
fault(const char *text)
{
	struct problems p;

	problems_init(&p, a);
	markdown_check(&p, "body", text);
	return p.n > 0 ? p.item[0].message : "";
}

/* ---- what is shown ---- */

static void
shows(void)
{
	is_str(html("a *b* **c** `d<e>`"),
	    "<p>a <em>b</em> <strong>c</strong> <code>d&lt;e&gt;</code></p>\n",
	    "words stand out");
	is_str(html("# One\n\n### Three\n\n# Two"),
	    "<h2>One</h2>\n<h3>Three</h3>\n<h2>Two</h2>\n",
	    "headings follow the page's without a gap");
	is_str(html("###### Deep"), "<h2>Deep</h2>\n",
	    "however deep the first is");
	is_str(html("[a](https://example.com/?b=1&c=\"2\")"),
	    "<p><a href=\"https://example.com/?b=1&amp;c=%222%22\">a</a></p>\n",
	    "a link leads where it says");
	is_str(fault("[a](/kb/x) [b](#c) [d](mailto:e@example.com) "
		     "<https://example.com> <f@example.com> [g](tel:+1)"),
	    "", "so do those of the own site, and others");
	is_str(html("a &amp; b &lt;c&gt; \"d\""),
	    "<p>a &amp; b &lt;c&gt; &quot;d&quot;</p>\n", "signs are signs");
	is_str(html("a&#1;b&#x85;c&#xFFFE;d"), "<p>abcd</p>\n",
	    "what is no character of HTML is left out");
	is_str(markdown_plain(a, "# One\n\n- *two*\n- three\n\n`four` "
				 "<b>five</b> ![six](x)"),
	    "One two three four five six", "its words stand alone");
}

/* ---- what is not ---- */

static const struct {
	const char *text, *why;
} bad[] = {
    {"<script>alert(1)</script>", "Line 1: HTML"},
    {"a\n\n<div onclick=x>b</div>", "Line 3: HTML"},
    {"a <img src=x onerror=alert(1)>", "Line 1: HTML"},
    {"<!-- a -->", "Line 1: HTML"},
    {"a <?php b ?>", "Line 1: HTML"},
    {"<![CDATA[a]]>", "Line 1: HTML"},
    {"<!DOCTYPE html>", "Line 1: HTML"},
    {"</p></div></main>", "Line 1: HTML"},
    {"- a\n- <b>c</b>", "Line 2: HTML"},
    {"[a](javascript:alert(1))", "Line 1: a link"},
    {"[a](JaVaScRiPt:alert(1))", "Line 1: a link"},
    {"[a](&#106;avascript:alert(1))", "Line 1: a link"},
    {"[a](javascript&colon;alert(1))", "Line 1: a link"},
    {"[a](java&#10;script:alert(1))", "Line 1: a link"},
    {"[a](&#1;javascript:alert(1))", "Line 1: a link"},
    {"[a](<  javascript:alert(1)>)", "Line 1: a link"},
    {"[a](vbscript:x)", "Line 1: a link"},
    {"[a](file:///etc/passwd)", "Line 1: a link"},
    {"[a](data:text/html;base64,PHNjcmlwdD4=)", "Line 1: a link"},
    {"[a](data:image/png;base64,AAAA)", "Line 1: a link"},
    {"[a][b]\n\n[b]: javascript:alert(1)", "Line 1: a link"},
    {"<javascript:alert(1)>", "Line 1: a link"},
    {"[a](blob:https://example.com/x)", "Line 1: a link"},
    {"[a](:x)", "Line 1: a link"},
    {"![a](https://example.com/x.png)", "Line 1: images"},
    {"[![a](javascript:b)](https://example.com)", "Line 1: images"},
};

static void
refuses(void)
{
	for (size_t i = 0; i < N_ELEMS(bad); i++) {
		const char *out = html(bad[i].text);

		ok(str_starts(fault(bad[i].text), bad[i].why),
		    "%zu is refused by its line: %s", i, bad[i].why);
		if (!ok(!strstr(out, "<script") && !strstr(out, "href=\"j") &&
			    !strstr(out, "href=\"data:") &&
			    !strstr(out, "<img") && !strstr(out, " on") &&
			    !strstr(out, "<!") && !strstr(out, "file:") &&
			    !strstr(out, "<div"),
			"and is not in what is shown"))
			note("%s", out);
	}
}

/* ---- how much ---- */

static const char *
many(const char *piece, size_t bytes)
{
	size_t n = strlen(piece);
	char *s = arena_alloc(a, bytes + n + 1);

	for (size_t at = 0; at < bytes; at += n)
		memcpy(s + at, piece, n + 1);
	s[bytes] = '\0';
	return s;
}

static const char *const floods[] = {"> ", "- ", "*a **b ", "[", "![", "`", "<",
    "<!--", "[a](", "&#1;", "*_", "((", "\\", "# \n", "1. ", "_a__b_ ", "<a:b",
    "[a]: b\n", "~~~\n", "\t", "]("};

static void
is_bounded(void)
{
	const char *big = many("word ", 1024 * 1024);

	ok(!markdown_html(a, big, 1), "a text of 1 MB is not shown");
	is_str(fault(big), "At most 262144 bytes.", "which is said");
	for (size_t i = 0; i < N_ELEMS(floods); i++) {
		const char *text = many(floods[i], 64 * 1024);
		int64_t from = clock_mono_us();
		const struct markup *m = markdown_html(a, text, 1);
		const char *why = fault(text);
		double s = (double)(clock_mono_us() - from) / 1e6;

		(void)why;
		ok(m != NULL && s < 20, "64 KB of '%s' end", floods[i]);
		note("%.3f s", s);
	}
	ok(strstr(fault(many("> ", 100)), "nested too deeply") != NULL,
	    "what is nested too deeply is refused");
	ok(!strstr(html(many("> ", 200)),
	       "<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"
	       "<blockquote>\n<blockquote>\n<blockquote>\n<blockquote>\n"),
	    "and not shown");
}

/* ---- where the words are ---- */

static const char *
excerpt(const char *text, const char *q)
{
	struct excerpt x;
	struct buf b;

	buf_init(&b, 0);
	excerpt_make(a, text, q, &x);
	for (size_t i = 0; i < x.n; i++)
		buf_printf(&b, x.run[i].is_hit ? "[%s]" : "%s", x.run[i].text);
	return buf_move(a, &b);
}

static void
finds(void)
{
	char text[2048] = "";

	is_str(excerpt("Größe der Mailbox (in GB)", "groesse mail"),
	    "[Größe] der [Mailbox] (in GB)", "hits are marked as they stand");
	is_str(excerpt("Gross und klein", "größe"), "Gross und klein",
	    "and no others");
	is_str(excerpt("<b>bold</b> & \"x\"", "bold"), "<b>[bold]</b> & \"x\"",
	    "a text is a text");
	for (int i = 0; i < 100; i++)
		strcat(text, "word ");
	strcat(text, "needle ");
	for (int i = 0; i < 100; i++)
		strcat(text, "after ");
	ok(str_starts(excerpt(text, "needle"), "… word") &&
		strstr(excerpt(text, "needle"), "[needle] after") &&
		str_ends(excerpt(text, "needle"), "after …") &&
		strlen(excerpt(text, "needle")) < 300,
	    "of a long text there is the piece round it");
	ok(str_starts(excerpt(text, "nowhere"), "word word"),
	    "or its beginning");
	is_str(excerpt("", "x"), "", "of nothing, nothing");
	ok(strlen(excerpt(many("ä", 4000), "x")) < 300 &&
		utf8_valid(excerpt(many("ä", 4000), "x"),
		    strlen(excerpt(many("ä", 4000), "x"))),
	    "a word without an end is cut between letters");
}

int
main(void)
{
	a = arena_new((size_t)256 * 1024 * 1024);
	shows();
	refuses();
	is_bounded();
	finds();
	arena_free(&a);
	return tap_done();
}
