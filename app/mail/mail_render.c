/* mail_render.c - a view and two templates become a mail in words.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_compose.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "mail/mail_fill.h"
#include "tenancy/colour.h"
#include "tenancy/tenant_setting.h"

#define SUBJECT	       "Subject: "
#define DRAFT_MAX      ((size_t)256 * 1024)
#define DEFAULT_ACCENT "#2540c4"

struct templates *
mail_templates(const struct settings *s)
{
	static struct templates *opened;

	if (!opened && templates_open(setting_text(s, "template_dir"),
			   ".mustache", setting_bool(s, "dev"), &opened) != OK)
		log_event(LOG_ERROR, "mail_no_templates",
		    LOG_S("dir", setting_text(s, "template_dir")));
	return opened;
}

/* ---- the view ---- */

static void
put_colours(struct view *v, const char *accent)
{
	static const struct colour paper = {255, 255, 255};
	struct colour c;
	char text[8];

	if (!colour_parse(accent, &c) && !colour_parse(DEFAULT_ACCENT, &c))
		return;
	colour_print(c, text);
	view_text(v, "accent", text);
	colour_print(colour_ink(c), text);
	view_text(v, "ink", text);
	colour_print(colour_readable(c, paper), text);
	view_text(v, "linkColour", text);
}

static void
put_words(struct view *v, const struct mail_words *w, const char *lang)
{
	view_text(v, "name", w->name);
	view_text(v, "code", w->code);
	view_text(v, "what", w->what);
	view_text(v, "where", w->where);
	mail_put_span(v, "expires", w->expires_hours, lang);
	mail_put_time(v, "when", w->when, lang);
}

struct view *
mail_view(struct arena *a, const struct brand *b, const char *url,
    const struct mail_words *w, const char *lang)
{
	struct view *v = view_new(a);

	view_text(v, "brand", b->name);
	view_text(v, "supportEmail", b->support_email);
	view_text(v, "publicUrl", url);
	if (url && b->logo_hash[0] != '\0')
		view_textf(
		    v, "logoUrl", "%s/brand/logo.png?v=%s", url, b->logo_hash);
	if (url && w->link)
		view_textf(v, "link", "%s%s", url, w->link);
	put_colours(v, b->accent);
	put_words(v, w, lang);
	return v;
}

enum err
mail_put_support(struct tx *tx, struct view *v)
{
	static const char *const names[] = {"supportPhone", "supportHours"};
	enum err e = OK;

	for (size_t i = 0; i < N_ELEMS(names) && e == OK; i++) {
		const char *text;

		e = tenant_setting_text(tx, names[i], &text);
		if (e == OK && text[0] != '\0')
			view_text(v, names[i], text);
	}
	return e;
}

/* ---- rendering ---- */

static enum err
render(struct arena *a, struct templates *ts, const struct mail_kind *k,
    const char *lang, const char *ext, const struct view *v, const char **out,
    struct buf *complaint)
{
	const char *name =
	    arena_printf(a, MAIL_PREFIX "%s.%s.%s", k->name, lang, ext);
	struct buf b;
	enum err e;

	if (!name)
		return E_BUSY;
	buf_init(&b, DRAFT_MAX);
	e = template_render(ts, name, v, &b, complaint);
	if (e == E_NOTFOUND && !str_eq(lang, mail_langs[0])) {
		buf_fini(&b);
		return render(a, ts, k, mail_langs[0], ext, v, out, complaint);
	}
	if (e == E_NOTFOUND)
		buf_printf(complaint, "there is no template %s", name);
	*out = buf_move(a, &b);
	if (e == E_NOTFOUND || e == E_LIMIT)
		return E_INPUT;
	return e == OK && !*out ? E_BUSY : e;
}

/* The first line, and the text behind the empty one. */
static bool
split_subject(struct arena *a, const char *text, struct mail_draft *out)
{
	size_t n = strcspn(text, "\n");

	if (!str_starts(text, SUBJECT) || strncmp(text + n, "\n\n", 2) != 0)
		return false;
	out->subject =
	    arena_strndup(a, text + strlen(SUBJECT), n - strlen(SUBJECT));
	out->text = text + n + 2;
	return out->subject != NULL;
}

enum err
mail_render(struct arena *a, struct templates *ts, const struct mail_kind *k,
    const char *lang, struct view *v, struct mail_draft *out,
    struct buf *complaint)
{
	const char *text;
	enum err e = render(a, ts, k, lang, "txt", v, &text, complaint);

	if (e != OK)
		return e;
	if (!split_subject(a, text, out)) {
		buf_printf(
		    complaint, "%s does not begin with its subject", k->name);
		return E_INPUT;
	}
	view_text(v, "subject", out->subject);
	return render(a, ts, k, lang, "html", v, &out->html, complaint);
}
