/* speak.c - tests of template/template_speak.h: what of a template is read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "template/template_speak.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "tap.h"

/* Loud: what was asked for comes back in capitals and brackets. */
static const char *
loud(void *arg, const char *english)
{
	struct buf *b = arg;

	buf_reset(b);
	buf_putc(b, '[');
	for (; *english; english++)
		buf_putc(b, (char)toupper((unsigned char)*english));
	buf_putc(b, ']');
	return buf_str(b);
}

static const char *
silent(void *arg, const char *english)
{
	(void)arg;
	(void)english;
	return NULL;
}

static const struct {
	const char *in, *out;
} cases[] = {
    {"", ""},
    {"plain", "[PLAIN]"},
    {"<p>one</p>", "<p>[ONE]</p>"},
    {"<p>\n  two\n words </p>", "<p>\n  [TWO WORDS] </p>"},
    {"<p>a <b>bold</b> word</p>", "<p>[A] <b>[BOLD]</b> [WORD]</p>"},
    {"<p>{{n}} in all</p>", "<p>[{{N}} IN ALL]</p>"},
    {"<p>{{n}}</p>", "<p>{{n}}</p>"},
    {"<p>{{n}}, {{m}} &middot; 12</p>", "<p>{{n}}, {{m}} &middot; 12</p>"},
    {"{{#a}}x{{/a}}{{^a}}y{{/a}}", "{{#a}}[X]{{/a}}{{^a}}[Y]{{/a}}"},
    {"{{>part/x}} {{! a comment <b> }}z",
	"{{>part/x}} {{! a comment <b> }}[Z]"},
    {"<a href=\"/x\" title=\"Go\" class='y'>q</a>",
	"<a href=\"/x\" title=\"[GO]\" class='y'>[Q]</a>"},
    {"<a aria-label=\"{{#s}}one {{n}}{{/s}}\">", "<a aria-label=\"{{#s}}[ONE "
						 "{{N}}]{{/s}}\">"},
    {"<i{{#c}} class=\"{{c}}\"{{/c}}>r</i>",
	"<i{{#c}} class=\"{{c}}\"{{/c}}>[R]</i>"},
    {"<input placeholder=\"Find…\"><img alt=\"\">",
	"<input placeholder=\"[FIND…]\"><img alt=\"\">"},
    {"<b data-title=\"no\">", "<b data-title=\"no\">"},
    {"<b>a &gt; b</b>", "<b>[A &GT; B]</b>"},
    {"a > b", "[A > B]"},
    {"{{$width}} wide{{/width}}{{$body}}<p>x</p>{{/body}}",
	"{{$width}} wide{{/width}}{{$body}}<p>[X]</p>{{/body}}"},
    {"open <a title=\"never", "[OPEN] <a title=\"[NEVER]"},
    {"{{never", "{{never"},
};

static void
test(void)
{
	for (size_t i = 0; i < N_ELEMS(cases); i++) {
		const char *in = cases[i].in;
		struct buf out, scratch;

		buf_init(&out, 0);
		buf_init(&scratch, 0);
		template_speak(in, strlen(in), loud, &scratch, &out);
		ok(str_eq(buf_str(&out), cases[i].out),
		    "case %zu is translated: %s", i, buf_str(&out));
		buf_reset(&out);
		template_speak(in, strlen(in), silent, NULL, &out);
		ok(str_eq(buf_str(&out), in), "case %zu stays as it is: %s", i,
		    buf_str(&out));
		buf_fini(&out);
		buf_fini(&scratch);
	}
}

int
main(void)
{
	test();
	return tap_done();
}
