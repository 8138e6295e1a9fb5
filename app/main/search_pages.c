/* search_pages.c - /search: everything by what is typed, without a script.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/search.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "resource/list.h"

/* What was typed is one thing's very name: there. */
static const struct hit *
only_exact(const struct search *s)
{
	const struct hit *only = NULL;

	for (size_t i = 0; i < s->n_groups; i++)
		for (size_t k = 0; s->group[i].noun && k < s->group[i].n; k++) {
			if (!s->group[i].hit[k].is_exact)
				continue;
			if (only)
				return NULL;
			only = &s->group[i].hit[k];
		}
	return only;
}

static const char *
count_text(struct arena *a, int64_t n)
{
	return n > LIST_COUNT_MAX ? say_with(a, "over %s",
					show_count(a, (int64_t)LIST_COUNT_MAX))
				  : show_count(a, n);
}

static void
put_hit(struct view *items, const struct hit *h)
{
	struct view *v = view_item(items);

	view_text(v, "href", h->url);
	view_text(v, "label", h->title);
	view_text(v, "text", h->text ? h->text : "");
	if (h->status)
		put_badge(v, h->status);
}

static void
put_group(struct view *results, const struct search *s, const struct hits *g)
{
	struct arena *a = s->rq->arena;
	struct view *v = view_item(results), *items;
	struct buf b;

	view_text(v, "title", g->title);
	view_text(v, "icon", g->icon ? g->icon : "right");
	items = view_list(v, "items");
	for (size_t i = 0; i < g->n; i++)
		put_hit(items, &g->hit[i]);
	if (!g->noun)
		return;
	view_text(v, "count", count_text(a, g->total));
	if (g->total <= (int64_t)g->n)
		return;
	buf_init(&b, 0);
	buf_printf(&b, "%s?q=", g->noun->page);
	buf_uri(&b, s->q, __builtin_strlen(s->q));
	view_text(v, "all", buf_move(a, &b));
}

static enum err
search(struct request *rq)
{
	static const char *const known[] = {"q"};
	struct search s = {.rq = rq, .each = FOUND_EACH, .counts = true};
	const struct hit *only;
	struct view *v, *results;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!(s.q = search_q(rq)))
		return E_INPUT;
	if (s.q[0] && (e = search_all(&s)) != OK)
		return e;
	if ((only = only_exact(&s)) != NULL) {
		reply_redirect(rq, only->url);
		return OK;
	}
	v = page_view(rq, say("Search"), "/search");
	view_text(v, "searchText", s.q);
	view_text(v, "query", s.q);
	results = view_list(v, "results");
	for (size_t i = 0; i < s.n_groups; i++)
		put_group(results, &s, &s.group[i]);
	reply_page(rq, 200, "admin/search", v);
	return OK;
}

/* clang-format off */
const struct route search_page_routes[] = {
	{GET,	"/search",	POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,
		BODY_NONE, 0, search, "search"},
	{0}
};
/* clang-format on */
