/* search_api.c - GET /api/admin/search: what the palette shows.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/search.h"

#include "base/text.h"
#include "face/show.h"

static void
write_hit(struct json_out *w, const struct hits *g, const struct hit *h)
{
	json_open(w, NULL, '{');
	json_str(w, "type", h->type);
	json_str(w, "group", g->title);
	json_str_or_null(w, "id", h->id);
	json_str(w, "title", h->title);
	json_str_or_null(w, "text", h->text);
	json_str(w, "url", h->url);
	json_str_or_null(w, "status", h->status);
	json_str_or_null(
	    w, "statusText", h->status ? badge_word(h->status) : NULL);
	json_close(w, '}');
}

/* What was typed exactly comes first, whatever it is. */
static void
write_hits(struct json_out *w, const struct search *s)
{
	for (int exact = 1; exact >= 0; exact--)
		for (size_t i = 0; i < s->n_groups; i++)
			for (size_t k = 0; k < s->group[i].n; k++)
				if (s->group[i].hit[k].is_exact == exact)
					write_hit(w, &s->group[i],
					    &s->group[i].hit[k]);
}

static enum err
search(struct request *rq)
{
	static const char *const known[] = {"q", "limit"};
	struct search s = {.rq = rq, .each = FOUND_EACH};
	const char *limit = query_text(rq, "limit");
	struct json_out *w;
	int64_t n = FOUND_EACH;
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (limit && !str_to_i64(limit, 1, FOUND_EACH_MAX, &n))
		problem_add(&rq->problems, "limit", "out_of_range",
		    "The limit is a number from 1 to %d.", FOUND_EACH_MAX);
	s.q = search_q(rq);
	if (rq->problems.n > 0)
		return E_INPUT;
	s.each = (size_t)n;
	if ((e = search_all(&s)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_open(w, "items", '[');
	write_hits(w, &s);
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route search_api_routes[] = {
	{GET,	"/api/admin/search", POOL_UI, AUTH_API, PERM_DASHBOARD_READ,
		BODY_NONE, ROUTE_SPOKEN, search, "search.api"},
	{0}
};
/* clang-format on */
