/* settings_pages.c - what a company sets for itself: /settings.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One form for each group of the table.  The platform's people also see what
 * the installation is set to, which only its file can change.
 */
#include "config.h"
#include "identity/settings_api.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/conflict.h"
#include "face/field_control.h"
#include "face/form.h"
#include "face/part.h"
#include "face/waiting.h"
#include "identity/company_rules.h"

#define SETTINGS	 "/settings"
#define INSTALLATION	 "installation"
#define HREF_OF(a, word) arena_printf((a), SETTINGS "?group=%s", (word))
#define N_SETTINGS	 (tenant_settings_noun.n_fields)

static const struct field *
setting(size_t i)
{
	return &tenant_settings_noun.field[i];
}

/* ---- groups ---- */

static bool
sees_installation(const struct request *rq)
{
	return request_may(rq, PERM_PLATFORM_TENANTS);
}

static void
put_groups(struct request *rq, struct view *root, const char *current)
{
	struct view *tabs = put_tabs(root);

	for (const struct settings_group *g = settings_groups; g->word; g++)
		tab_add(tabs, HREF_OF(rq->arena, g->word), g->title,
		    str_eq(g->word, current), NULL, false);
	tab_add(tabs, SETTINGS "/brand", "Brand and mail", false, NULL, false);
	if (sees_installation(rq))
		tab_add(tabs, HREF_OF(rq->arena, INSTALLATION), "Installation",
		    str_eq(current, INSTALLATION), NULL, false);
}

static const struct settings_group *
find_group(const char *word)
{
	for (const struct settings_group *g = settings_groups; g->word; g++)
		if (!word || str_eq(g->word, word))
			return g;
	return NULL;
}

static enum err
no_group(struct request *rq)
{
	problem_add(&rq->problems, "group", "not_in_list",
	    "There is no such group of settings.");
	return E_INPUT;
}

/* ---- one group's form ---- */

struct form {
	const struct settings_group *group;
	struct tenant_settings s;
	int64_t version; /* that it was filled from */
	const char *kept[NOUN_FIELDS_MAX];
};

static bool
is_here(const struct form *f, size_t i)
{
	return settings_group_of(i) == f->group;
}

static void
fill(struct request *rq, struct form *f)
{
	f->version = f->s.v.version_now;
	for (size_t i = 0; i < N_SETTINGS; i++)
		f->kept[i] =
		    field_show(rq->arena, setting(i), f->s.kept[i], NULL);
}

/* What a value of the company's own stands in the place of. */
static const char *
hint_of(struct request *rq, const struct form *f, size_t i)
{
	const struct field *s = setting(i);
	const char *hint = s->hint ? say(s->hint) : "", *first;

	if (!(f->s.own >> i & 1) || !s->first)
		return hint;
	first = field_show(rq->arena, s, s->first, NULL);
	if (s->type == FIELD_WORD)
		first = say(field_word(s, first));
	else if (s->type == FIELD_BOOL)
		first = str_eq(first, "true") ? say("Yes") : say("No");
	first = say_with(rq->arena, "The default is %s.",
	    first && first[0] ? first : say("none"));
	return arena_printf(
	    rq->arena, "%s%s%s", hint, hint[0] ? " " : "", first);
}

static enum err
put_field(
    struct request *rq, const struct form *f, size_t i, struct view *fields)
{
	const char *now = form_typed(rq, setting(i)->api, f->kept[i]);
	enum err e = field_control(rq, fields, setting(i), now);

	if (e == OK) {
		view_text(view_last(fields), "hint", hint_of(rq, f, i));
		view_flag(view_last(fields), "optional",
		    !(setting(i)->flags & (REQUIRED | DEFAULTED)));
		form_error(rq, view_last(fields), setting(i)->api);
	}
	return e;
}

static struct conflict
conflict_of(const struct form *f)
{
	struct conflict c = {
	    .noun = &tenant_settings_noun, .id = &f->s.v.id, .kept = f->kept};

	for (size_t i = 0; i < N_SETTINGS; i++)
		if (is_here(f, i))
			c.asked |= UINT64_C(1) << i;
	return c;
}

static struct view *
form_view(struct request *rq, const struct form *f, struct view **form_out)
{
	struct view *v = page_view(rq, say("Settings"), SETTINGS);
	struct view *form = view_object(v, "form");

	put_groups(rq, v, f->group->word);
	view_text(form, "group", f->group->word);
	view_text(form, "heading", say(f->group->title));
	view_text(form, "about", say(f->group->about));
	view_flag(form, "mayWrite", request_may(rq, PERM_SETTINGS_WRITE));
	view_textf(form, "version", "%" PRId64, f->version);
	view_text(v, "back", HREF_OF(rq->arena, f->group->word));
	*form_out = form;
	return v;
}

static enum err
show(struct request *rq, int status, const struct form *f)
{
	struct conflict c = conflict_of(f);
	struct view *form, *fields, *v = form_view(rq, f, &form);
	enum err e = OK;

	form_refusal(rq, v, "It was not saved.");
	view_text(form, "began",
	    form_typed(rq, CONFLICT_BASE, conflict_base(rq->arena, &c)));
	fields = view_list(form, "fields");
	for (size_t i = 0; e == OK && i < N_SETTINGS; i++)
		if (is_here(f, i))
			e = put_field(rq, f, i, fields);
	if (e == OK)
		reply_page(rq, status, "admin/settings", v);
	return e;
}

/* ---- the installation ---- */

static const char *
value_of(struct request *rq, const struct setting *s)
{
	struct arena *a = rq->arena;

	switch (s->type) {
	case SETTING_INT:
		return arena_printf(
		    a, "%" PRId64, setting_int(rq->settings, s->name));
	case SETTING_BOOL:
		return setting_bool(rq->settings, s->name) ? "yes" : "no";
	case SETTING_SECRET:
		return setting_text(rq->settings, s->name)[0] ? "set, not shown"
							      : "not set";
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_URL:
	case SETTING__MAX:
		break;
	}
	return setting_text(rq->settings, s->name);
}

static enum err
show_installation(struct request *rq)
{
	struct view *v = page_view(rq, say("Settings"), SETTINGS), *rows;

	put_groups(rq, v, INSTALLATION);
	rows = view_list(view_object(v, "installation"), "rows");
	for (const struct setting *s = mpanel_settings; s->name; s++) {
		struct view *row = view_item(rows);

		view_text(row, "setting", s->name);
		view_text(row, "value", value_of(rq, s));
		view_text(row, "source", setting_source(rq->settings, s->name));
		view_text(row, "about", s->help);
	}
	reply_page(rq, 200, "admin/settings", v);
	return OK;
}

static enum err
show_settings(struct request *rq)
{
	static const char *const names[] = {"group"};
	const char *word = query_text(rq, "group");
	struct form *f = ARENA_NEW(rq->arena, struct form);
	enum err e = query_known(rq, names, N_ELEMS(names));

	if (e != OK || !f)
		return e == OK ? E_BUSY : e;
	if (word && str_eq(word, INSTALLATION) && sees_installation(rq))
		return show_installation(rq);
	if (!(f->group = find_group(word)))
		return no_group(rq);
	if ((e = tenant_settings_get(&f->s, rq->tx)) != OK)
		return e;
	fill(rq, f);
	return show(rq, 200, f);
}

/* ---- saved ---- */

static enum err
take_form(struct request *rq, struct form *f)
{
	const char *seen = form_text(rq, "version");
	bool good = true;

	if (seen && !str_to_i64(seen, 1, INT64_MAX, &f->s.v.version))
		f->s.v.version = 0;
	for (size_t i = 0; i < N_SETTINGS; i++) {
		const char *text = form_text(rq, setting(i)->api);

		if (text && is_here(f, i))
			good &= values_take(&f->s.v, setting(i)->api, text);
	}
	return good ? OK : E_INPUT;
}

static enum err
done(struct request *rq, const struct form *f, const char *what)
{
	const char *to = HREF_OF(rq->arena, f->group->word);

	if (!to)
		return E_BUSY;
	reply_flash(rq, "good", what);
	reply_redirect(rq, to);
	return OK;
}

static enum err
show_overtaken(struct request *rq, const struct form *f)
{
	struct conflict c = conflict_of(f);
	struct view *form, *v = form_view(rq, f, &form);
	bool same = false;
	enum err e = conflict_reply(rq, "admin/settings", v, form, &c, &same);

	return e == OK && same
		   ? done(rq, f, say("It was saved like this already."))
		   : e;
}

static enum err
refused(struct request *rq, struct form *f, enum err e)
{
	const struct values *v = &f->s.v;

	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	if (e == E_CONFLICT && v->version != 0 && v->version != f->version)
		return show_overtaken(rq, f);
	if (v->version != 0) /* of what was typed, not of what is there */
		f->version = v->version;
	return show(rq, e == E_INPUT ? 422 : 409, f);
}

static enum err
save_settings(struct request *rq)
{
	struct form *f = ARENA_NEW(rq->arena, struct form);
	struct id waiting;
	bool granted = true;
	enum err e;

	if (!f)
		return E_BUSY;
	if (!(f->group = find_group(form_typed(rq, "group", ""))))
		return no_group(rq);
	if ((e = tenant_settings_hold(&f->s, rq->tx)) != OK)
		return e;
	fill(rq, f);
	e = take_form(rq, f);
	if (e == OK)
		e = company_settings_change(
		    &f->s, rq->settings, &granted, &waiting);
	if (e != OK)
		return refused(rq, f, e);
	return granted ? done(rq, f, say("Saved."))
		       : reply_waiting(rq, &waiting);
}

/* clang-format off */
const struct route settings_page_routes[] = {
	{GET,	SETTINGS, POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, show_settings, "settings.page"},
	{POST,	SETTINGS, POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE,
		BODY_FORM, 0, save_settings, "settings.save"},
	{0}
};
/* clang-format on */
