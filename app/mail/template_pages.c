/* template_pages.c - every mail as it would look, over sample values.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "mail/mail_pages.h"

#include <stdio.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "mail/mail_compose.h"

#define SAMPLE_MAX ((size_t)64 * 1024)

/* What the mail itself may do where it is shown: nothing but look. */
#define PREVIEW_POLICY                                                         \
	"default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "      \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

/* ---- the list ---- */

static const char *
lang_name(const char *lang)
{
	return str_eq(lang, "de") ? "German" : "English";
}

enum err
list_templates(struct request *rq)
{
	struct view *v = page_view(rq, say("Mail templates"), MAIL_LOG);
	struct view *rows = view_list(v, "rows"), *row, *langs, *lang;

	crumb_add(
	    head_crumbs(view_object(v, "head")), MAIL_LOG, say("Mail log"));
	for (const struct mail_kind *k = mail_kinds; k->name; k++) {
		if (k->needs & IS_ALERT)
			continue;
		row = view_item(rows);
		view_text(row, "what", k->label);
		view_text(row, "file", k->name);
		langs = view_list(row, "langs");
		for (const char *const *l = mail_langs; *l; l++) {
			lang = view_item(langs);
			view_textf(lang, "href",
			    MAIL_LOG "/templates/%s?lang=%s", k->name, *l);
			view_text(lang, "label", lang_name(*l));
		}
	}
	reply_page(rq, 200, "admin/mail_templates", v);
	return OK;
}

/* ---- one of them ---- */

/* A file of ours below template_dir; NULL when there is none. */
static json_t *
read_sample(struct request *rq, const char *name)
{
	const char *path = arena_printf(rq->arena, "%s/sample/mail/%s.json",
	    setting_text(rq->settings, "template_dir"), name);
	char *text = arena_alloc(rq->arena, SAMPLE_MAX);
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t n = 0;

	if (f && text)
		n = fread(text, 1, SAMPLE_MAX - 1, f);
	if (f)
		fclose(f);
	return n > 0 ? json_own(rq->arena, text) : NULL;
}

static void
put_sample(struct request *rq, struct view *v, const char *name)
{
	json_t *o = read_sample(rq, name);

	if (json_is_object(o))
		view_add_json(v, o);
	json_decref(o);
}

/* The sample's values under the tenant's own brand. */
static enum err
sample_view(struct request *rq, const struct mail_kind *k, const char *lang,
    struct view **out)
{
	static const char *const own[] = {"brand", "supportEmail", "publicUrl",
	    "accent", "ink", "linkColour", "logoUrl", "supportPhone",
	    "supportHours"};
	const struct mail_words none = {0};
	struct brand b;
	struct view *mine, *v = view_new(rq->arena);
	enum err e = brand_get(rq->tx, &b);

	if (e != OK)
		return e;
	mine = mail_view(
	    rq->arena, &b, brand_url(rq->arena, &b, rq->settings), &none, lang);
	if ((e = mail_put_support(rq->tx, mine)) != OK)
		return e;
	put_sample(rq, v, "common");
	put_sample(rq, v, k->name);
	for (size_t i = 0; i < N_ELEMS(own); i++)
		view_text(v, own[i], view_get(mine, own[i]));
	/* the logo is ours: the preview may load nothing else */
	if (b.logo_hash[0] != '\0')
		view_textf(v, "logoUrl", "/brand/logo.png?v=%s", b.logo_hash);
	*out = v;
	return OK;
}

struct preview {
	const struct mail_kind *kind;
	const char *lang;
	struct mail_draft draft;
	const char *complaint;
};

static enum err
read_route(struct request *rq, struct preview *p)
{
	static const char *const names[] = {"lang"};
	const char *lang = query_text(rq, "lang");
	enum err e = query_known(rq, names, N_ELEMS(names));

	p->kind = mail_kind_find(path_param(rq, "name"));
	p->lang = mail_lang(lang);
	if (!p->kind || p->kind->needs & IS_ALERT ||
	    !str_eq(p->kind->name, path_param(rq, "name")))
		return E_NOTFOUND;
	return e;
}

static enum err
preview(struct request *rq, struct preview *p)
{
	struct templates *ts = mail_templates(rq->settings);
	struct view *v;
	struct buf complaint;
	enum err e = read_route(rq, p);

	if (e == OK)
		e = ts ? sample_view(rq, p->kind, p->lang, &v) : E_SYS;
	if (e != OK)
		return e;
	buf_init(&complaint, 0);
	e = mail_render(
	    rq->arena, ts, p->kind, p->lang, v, &p->draft, &complaint);
	p->complaint = arena_strdup(rq->arena, buf_str(&complaint));
	buf_fini(&complaint);
	return e;
}

static void
put_langs(const struct preview *p, struct view *root)
{
	struct view *list = put_tabs(root);

	for (const char *const *l = mail_langs; *l; l++) {
		char href[128];

		snprintf(href, sizeof(href), MAIL_LOG "/templates/%s?lang=%s",
		    p->kind->name, *l);
		tab_add(list, href, lang_name(*l), str_eq(*l, p->lang), NULL,
		    false);
	}
}

enum err
show_template(struct request *rq)
{
	struct preview p = {0};
	struct view *v, *crumbs;
	enum err e = preview(rq, &p);

	/* a broken template is what the page is about */
	if (e != OK && !(e == E_INPUT && p.complaint))
		return e;
	v = page_view(rq, say(p.kind->label), MAIL_LOG);
	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, MAIL_LOG, say("Mail log"));
	crumb_add(crumbs, MAIL_LOG "/templates", say("Templates"));
	put_langs(&p, v);
	view_text(v, "broken", e == OK ? "" : p.complaint);
	view_text(v, "subject", p.draft.subject);
	view_text(v, "body", p.draft.text);
	view_textf(v, "html", MAIL_LOG "/templates/%s/html?lang=%s",
	    p.kind->name, p.lang);
	reply_page(rq, 200, "admin/mail_template", v);
	return OK;
}

enum err
show_template_html(struct request *rq)
{
	struct preview p = {0};
	enum err e = preview(rq, &p);

	if (e != OK)
		return e;
	reply_header(rq, "Content-Security-Policy", PREVIEW_POLICY);
	reply_text(rq, 200, "text/html; charset=utf-8", p.draft.html);
	return OK;
}
