/* staff_pages.c - one announcement as staff see it: as readers do, and more.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/announce_api.h"
#include "announce/announce_nouns.h"
#include "announce/public_pages.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/noun_parts.h"
#include "face/part.h"

/* A draft is seen as it will be. */
static enum err
put_body(struct request *rq, const struct id *id, const struct rows *r,
    struct view *v)
{
	struct announcement a;
	enum err e;

	view_markup(v, "bodyMarkup",
	    markup_kept(rq->arena, row_text(r, NOUN_FIELDS + ANNOUNCE_HTML)));
	e = announce_get(rq->tx, id, &a);
	if (e == E_NOTFOUND)
		return OK;
	if (e == OK)
		e = put_announcement(rq, view_object(v, "shown"), &a);
	return e;
}

static enum err
show_announcement(struct request *rq)
{
	const struct noun *n = &announcements_noun;
	struct view *v, *verbs;
	struct rows r;
	struct id id;
	bool is_draft;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = noun_get(rq->tx, n, &id, &r);
	if (e != OK)
		return e;
	v = noun_page_view(rq, n, &r, &id, &verbs);
	view_flag(v, "texts", true);
	is_draft = str_eq(row_text(&r, NOUN_FIELDS + ANNOUNCE_STATUS), "draft");
	if (!is_draft)
		verb_link(verbs, "Public page",
		    arena_printf(rq->arena, STATUS_PATH "/%s", id.s), "out",
		    NULL);
	noun_put_facts(rq, n, &r, view_list(v, "facts"));
	e = put_body(rq, &id, &r, v);
	if (e == OK)
		e = rows_done(&r);
	if (e == OK)
		reply_page(rq, 200, "admin/announcement", v);
	return e;
}

/* clang-format off */
const struct route announce_staff_routes[] = {
	{GET, ANNOUNCE_PAGE "/:id", POOL_UI, AUTH_SESSION, PERM_STATUS_READ,
		BODY_NONE, 0, show_announcement, "announcements.page"},
	{0}
};
/* clang-format on */
