/* staff_pages.c - one article as staff see it: as readers do, and more.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/public_pages.h"
#include "base/text.h"
#include "face/noun_parts.h"
#include "face/part.h"
#include "knowledge/kb_api.h"
#include "knowledge/kb_nouns.h"

static enum err
show_article(struct request *rq)
{
	const struct noun *n = &kb_articles_noun;
	struct view *v, *verbs;
	struct rows r;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = noun_get(rq->tx, n, &id, &r);
	if (e != OK)
		return e;
	v = noun_page_view(rq, n, &r, &id, &verbs);
	view_flag(v, "texts", true);
	if (str_eq(row_text(&r, NOUN_FIELDS + KB_STATUS), "published"))
		verb_link(verbs, "Public page",
		    arena_printf(rq->arena, KB_PATH "/%s",
			row_text(&r, NOUN_FIELDS + KB_SLUG)),
		    "out", NULL);
	noun_put_facts(rq, n, &r, view_list(v, "facts"));
	view_markup(v, "bodyMarkup",
	    markup_kept(rq->arena, row_text(&r, NOUN_FIELDS + KB_HTML)));
	view_text(v, "textLang", row_text(&r, NOUN_FIELDS + KB_LANGUAGE));
	e = rows_done(&r);
	if (e == OK)
		reply_page(rq, 200, "admin/kb_article", v);
	return e;
}

/* clang-format off */
const struct route kb_staff_routes[] = {
	{GET, KB_PAGE "/:id", POOL_UI, AUTH_SESSION, PERM_KB_READ,
		BODY_NONE, 0, show_article, "kb-articles.page"},
	{0}
};
/* clang-format on */
