/* status_pages.c - how things stand, for everybody: /status.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/announce_api.h"
#include "announce/public_pages.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"

/* ---- all of it ---- */

static const char *
sentence(const struct announcement *list, size_t n, int64_t now)
{
	bool works = false;

	for (size_t i = 0; i < n; i++) {
		const char *state = announce_state(&list[i], now);

		if (str_eq(list[i].kind, "incident"))
			return say("Something is wrong, and we are at it.");
		works |= str_eq(state, "under_way");
	}
	return works ? say("We are working on something: see below.")
		     : say("Everything is running as it should.");
}

enum err
put_status(struct request *rq, struct view *v, const char *path)
{
	static const char *const known[] = {"after"};
	struct announce_query now = {
	    .open_only = true, .limit = ANNOUNCE_SHOWN};
	struct announce_query past = {.limit = ANNOUNCE_SHOWN};
	const struct announcement *list;
	bool more;
	size_t n;
	enum err e = query_known(rq, known, N_ELEMS(known));

	past.after = id_of_any(query_text(rq, "after"));
	if (e == OK)
		e = announce_list(rq->tx, &now, &list, &n, &more);
	if (e != OK)
		return e;
	view_text(v, "sentence", sentence(list, n, rq->now));
	e = announce_list(rq->tx, &past, &list, &n, &more);
	if (e == OK)
		e = put_announcements(rq, view_list(v, "rows"), path, list, n);
	if (e == OK && more)
		view_textf(v, "older", "%s?after=%s", path, list[n - 1].id.s);
	return e;
}

static enum err
show_status(struct request *rq)
{
	bool is_first = query_text(rq, "after") == NULL;
	const char *title = say("Network status");
	struct view *v =
	    public_page(rq, title, STATUS_PATH, is_first ? STATUS_PATH : NULL,
		say("Incidents, maintenance and announcements."));
	enum err e = put_status(rq, v, STATUS_PATH);

	view_text(v, "feed", FEED_PATH);
	if (e == OK)
		reply_page(rq, 200, "public/status", v);
	return e;
}

/* ---- one of them ---- */

static enum err
show_one(struct request *rq)
{
	struct announcement a;
	struct view *v;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = announce_get(rq->tx, &id, &a);
	if (e != OK)
		return e;
	v = public_page(rq, a.title, STATUS_PATH,
	    arena_printf(rq->arena, STATUS_PATH "/%s", id.s), a.title);
	e = put_announcements(rq, view_list(v, "rows"), STATUS_PATH, &a, 1);
	if (e == OK)
		reply_page(rq, 200, "public/status_one", v);
	return e;
}

/* clang-format off */
#define SHOW(path, handler, name) \
	{GET, path, POOL_UI, AUTH_TENANT, PERM__UNSET, BODY_NONE, 0, handler, name}

const struct route status_page_routes[] = {
	SHOW(STATUS_PATH,		show_status,	"status.page"),
	SHOW(FEED_PATH,			status_feed,	"status.feed"),
	SHOW(STATUS_PATH "/:id",	show_one,	"status.page.one"),
	{0}
};
/* clang-format on */
