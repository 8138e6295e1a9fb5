/* public_pages.c - pages that anybody may read, under a company's brand.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "announce/public_pages.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "tenancy/brand.h"

enum { ABOUT_BYTES = 160 };

enum err
public_base(struct request *rq, const char **out)
{
	struct brand b;
	enum err e = brand_get(rq->tx, &b);

	if (e == OK)
		*out = brand_url(rq->arena, &b, rq->settings);
	return e;
}

const char *
public_about(struct arena *a, const char *text)
{
	size_t n = strlen(text);

	if (n <= ABOUT_BYTES)
		return text;
	for (n = ABOUT_BYTES; n > 0 && text[n] != ' ';)
		n--;
	if (n == 0)
		for (n = ABOUT_BYTES; ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	return arena_printf(a, "%.*s …", (int)n, text);
}

static void
put_line(
    struct view *menu, const char *href, const char *label, const char *current)
{
	struct view *v = view_item(menu);

	view_text(v, "href", href);
	view_text(v, "label", label);
	view_flag(v, "current", str_eq(href, current));
}

struct view *
public_page(struct request *rq, const char *title, const char *current,
    const char *path, const char *about)
{
	struct view *v, *menu;
	const char *base;

	/* no form of it is posted: so it sets no cookie, and may be kept */
	if (!rq->csrf)
		rq->csrf = "";
	v = page_view(rq, title, current);
	view_flag(v, "portal", true);
	view_flag(v, "texts", true);
	view_text(v, "about", about);
	view_flag(v, "noindex", path == NULL);
	if (path && public_base(rq, &base) == OK && base)
		view_textf(v, "canonical", "%s%s", base, path);
	menu = view_list(v, "bar");
	put_line(menu, KB_PATH, say("Help"), current);
	put_line(menu, STATUS_PATH, say("Status"), current);
	return v;
}

/* ---- announcements ---- */

const char *
announce_kind_word(const char *kind)
{
	if (str_eq(kind, "incident"))
		return say("Incident");
	return str_eq(kind, "maintenance") ? say("Maintenance")
					   : say("Announcement");
}

static const char *
state_word(const char *state)
{
	static const struct {
		const char *state, *word;
	} words[] = {
	    {"investigating", "Investigating"},
	    {"identified", "Cause found"},
	    {"monitoring", "Mended, we watch it"},
	    {"note", "Note"},
	    {"resolved", "Resolved"},
	};

	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (str_eq(words[i].state, state))
			return say(words[i].word);
	return "";
}

static enum err
put_entries(struct request *rq, struct view *v, const struct id *id)
{
	const struct announce_entry *list;
	struct view *items;
	size_t n;
	enum err e = announce_entries(rq->tx, id, &list, &n);

	if (e != OK || n == 0)
		return e;
	items = view_list(view_object(v, "entries"), "items");
	for (size_t i = 0; i < n; i++) {
		struct view *x = view_item(items);

		view_text(x, "state", state_word(list[i].state));
		put_moment(x, "at", list[i].at, rq->now);
		view_markup(x, "bodyMarkup", list[i].body);
	}
	return OK;
}

enum err
put_announcement(
    struct request *rq, struct view *v, const struct announcement *a)
{
	bool is_note = str_eq(a->kind, "announcement");

	view_text(v, "headline", a->title);
	view_text(v, "anchor", a->id.s);
	view_text(v, "kind", announce_kind_word(a->kind));
	if (!is_note) {
		put_badge(v, announce_state(a, rq->now));
		put_badge(view_object(v, "weight"), a->severity);
		put_moment(v, "begins", a->starts_at, rq->now);
		put_moment(v, "ends",
		    a->resolved_at ? a->resolved_at : a->ends_at, rq->now);
	} else {
		put_moment(v, "begins", a->published_at, rq->now);
	}
	view_text(v, "servers", a->servers);
	view_markup(v, "bodyMarkup", a->body);
	return put_entries(rq, v, &a->id);
}

enum err
put_announcements(struct request *rq, struct view *rows, const char *path,
    const struct announcement *list, size_t n)
{
	enum err e = OK;

	for (size_t i = 0; e == OK && i < n; i++) {
		struct view *v = view_item(rows);

		view_textf(v, "to", "%s/%s", path, list[i].id.s);
		e = put_announcement(rq, v, &list[i]);
	}
	return e;
}
