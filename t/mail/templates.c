/* templates.c - every mail can be rendered, in every language that it has.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <unistd.h>

#include "base/fact.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/mail_compose.h"
#include "mail/mail_fill.h"
#include "tap.h"

#define NAME	  "O'Brien & S\xc3\xb6hne <GmbH>"
#define NAME_HTML "&amp; S\xc3\xb6hne &lt;GmbH&gt;"

const struct fact_hearer fact_hearers[] = {{.hear = NULL}};
const struct mail_filler mail_fillers[] = {{.template = NULL}};

static struct arena *a;
static struct templates *ts;
static struct buf complaint;
static char root[4096];

/* Of the sample of a mail over that of all. */
static struct view *
sample(const char *name)
{
	const char *const names[] = {"common", name};
	struct view *v = view_new(a);

	for (size_t i = 0; i < N_ELEMS(names); i++) {
		const char *path =
		    arena_printf(a, "%s/sample/mail/%s.json", root, names[i]);
		json_t *o = json_load_file(path, 0, NULL);

		if (!json_is_object(o))
			bail("%s is no JSON object", path);
		view_add_json(v, o);
		json_decref(o);
	}
	return v;
}

static bool
has_file(const char *name, const char *lang, const char *ext)
{
	return access(arena_printf(a, "%s/mail/%s.%s.%s.mustache", root, name,
			  lang, ext),
		   R_OK) == 0;
}

static void
test_kind(const struct mail_kind *k, const char *lang)
{
	struct mail_draft d = {0};
	enum err e;

	buf_reset(&complaint);
	e = mail_render(a, ts, k, lang, sample(k->name), &d, &complaint);
	if (!ok(e == OK, "%s can be written in %s", k->name, lang)) {
		note("%s", buf_str(&complaint));
		return;
	}
	ok(text_is_printable(d.subject) && d.subject[0] != '\0' &&
		strlen(d.subject) < 100,
	    "with a subject: %s", d.subject);
	ok(!strstr(d.text, "{{") && !strstr(d.html, "{{") &&
		!strstr(d.text, "\n\n\n") && !strstr(d.text, "</"),
	    "as clean text and HTML");
	if (str_eq(k->name, MAIL_STAFF_ALERTS))
		return;
	ok(strstr(d.text, NAME) && strstr(d.html, NAME_HTML),
	    "the recipient's name survives in both");
	if (k->needs & NEEDS_LINK)
		ok(strstr(d.text, "/example?token=mpt_sample\n") &&
			strstr(d.html, "/example?token=mpt_sample\""),
		    "with its link");
	if (k->needs & NEEDS_CODE)
		ok(strstr(d.text, "402 118") && strstr(d.html, "402 118"),
		    "with its code");
}

/* A name cannot get out of the subject into the headers or the text. */
static void
test_subject(void)
{
	const struct mail_kind *k = mail_kind_find(MAIL_INVITATION);
	struct view *v = sample(MAIL_INVITATION);
	struct mail_draft d = {0};

	view_text(v, "what", "Eve\nBcc: x@example.com\n\nbody");
	buf_reset(&complaint);
	is_int(mail_render(a, ts, k, "en", v, &d, &complaint), E_INPUT,
	    "a line break in a subject spoils the mail");
}

static void
test_fallback(void)
{
	const struct mail_kind *k = mail_kind_find(MAIL_STAFF_ALERTS);
	struct mail_draft d = {0};
	static const struct mail_kind none = {"no-such-mail", "", 0};

	ok(!has_file(k->name, "de", "txt"), "there are no German alerts");
	buf_reset(&complaint);
	is_int(mail_render(a, ts, k, "de", sample(k->name), &d, &complaint), OK,
	    "so they are English");
	is_int(mail_render(a, ts, &none, "de", view_new(a), &d, &complaint),
	    E_INPUT, "what has no template is broken");
	ok(strstr(buf_str(&complaint), "no-such-mail"), "and is named");
}

static void
test_values(void)
{
	struct view *v = view_new(a);
	struct buf out;

	buf_init(&out, 0);
	buf_reset(&complaint);
	mail_put_money(v, "m", 120436, "USD");
	mail_put_date(v, "de", "2026-03-01", "de");
	mail_put_date(v, "en", "2026-03-01", "en");
	mail_put_time(v, "t", 1795192327, "en");
	mail_put_span(v, "h1", 1, "en");
	mail_put_span(v, "h2", 24, "de");
	mail_put_span(v, "h3", 72, "de");
	mail_put_span(v, "h4", 0, "de");
	if (templates_put(ts, "v.txt",
		"{{m}}|{{de}}|{{en}}|{{t}}|{{h1}}|{{h2}}|{{h3}}|{{h4}}", 54,
		&complaint) != OK ||
	    template_render(ts, "v.txt", v, &out, &complaint) != OK)
		bail("%s", buf_str(&complaint));
	is_str(buf_str(&out),
	    "$1,204.36|1. M\xc3\xa4rz 2026|1 March 2026|"
	    "20 November 2026, 16:32 UTC|1 hour|24 Stunden|3 Tage|",
	    "values are written as the language has them");
	buf_fini(&out);
}

int
main(void)
{
	const char *src = getenv("MPANEL_SRC");

	snprintf(root, sizeof(root), "%s/templates", src ? src : "..");
	a = arena_new(16 << 20);
	buf_init(&complaint, 0);
	if (!a || templates_open(root, ".mustache", false, &ts) != OK)
		bail("no templates");
	for (const struct mail_kind *k = mail_kinds; k->name; k++) {
		if (k->needs & IS_ALERT)
			continue;
		for (const char *const *l = mail_langs; *l; l++)
			test_kind(k, *l);
		ok(has_file(k->name, "en", "txt") &&
			has_file(k->name, "en", "html"),
		    "%s is there in English", k->name);
		ok(has_file(k->name, "de", "txt") ==
			has_file(k->name, "de", "html"),
		    "and in German in both forms or none");
	}
	test_subject();
	test_fallback();
	test_values();
	templates_close(&ts);
	buf_fini(&complaint);
	arena_free(&a);
	return tap_done();
}
