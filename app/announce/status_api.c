/* status_api.c - how things stand, for programs and for customers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/announce_api.h"
#include "announce/announce_nouns.h"
#include "announce/public_pages.h"
#include "base/text.h"
#include "face/list_api.h"

static enum err
write_entries(struct request *rq, struct json_out *w, const struct id *id)
{
	const struct announce_entry *list;
	size_t n;
	enum err e = announce_entries(rq->tx, id, &list, &n);

	json_open(w, "updates", '[');
	for (size_t i = 0; e == OK && i < n; i++) {
		json_open(w, NULL, '{');
		json_str(w, "state", list[i].state);
		json_time(w, "at", list[i].at);
		json_str(w, "html", markup_html(list[i].body));
		json_close(w, '}');
	}
	json_close(w, ']');
	return e;
}

static enum err
write_one(struct request *rq, struct json_out *w, const struct announcement *a)
{
	enum err e;

	json_open(w, NULL, '{');
	json_str(w, "id", a->id.s);
	json_str(w, "kind", a->kind);
	json_str(w, "title", a->title);
	json_str(w, "severity", a->severity);
	json_str(w, "status", a->status);
	json_str(w, "state", announce_state(a, rq->now));
	json_str(w, "servers", a->servers);
	json_time(w, "startsAt", a->starts_at);
	json_time(w, "endsAt", a->ends_at);
	json_time(w, "publishedAt", a->published_at);
	json_time(w, "resolvedAt", a->resolved_at);
	json_time(w, "updatedAt", a->news_at);
	json_str(w, "html", markup_html(a->body));
	e = write_entries(rq, w, &a->id);
	json_close(w, '}');
	return e;
}

/* What is open, and then the newest. */
static enum err
get_status(struct request *rq)
{
	const struct announce_query now = {
	    .open_only = true, .limit = ANNOUNCE_SHOWN};
	const struct announce_query past = {.limit = ANNOUNCE_SHOWN};
	const struct announcement *open, *list;
	struct json_out *w;
	size_t n_open, n;
	bool ignored;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = announce_list(rq->tx, &now, &open, &n_open, &ignored);
	if (e == OK)
		e = announce_list(rq->tx, &past, &list, &n, &ignored);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_open(w, "open", '[');
	for (size_t i = 0; e == OK && i < n_open; i++)
		e = write_one(rq, w, &open[i]);
	json_close(w, ']');
	json_open(w, "items", '[');
	for (size_t i = 0; e == OK && i < n; i++)
		e = write_one(rq, w, &list[i]);
	json_close(w, ']');
	json_close(w, '}');
	return e;
}

static enum err
list_mine(struct request *rq)
{
	return list_api(rq, &public_announcements_noun, NULL, NULL);
}

static enum err
get_mine(struct request *rq)
{
	struct announcement a;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = announce_get(rq->tx, &id, &a);
	return e == OK ? write_one(rq, reply_json(rq, 200), &a) : e;
}

/* clang-format off */
const struct route status_api_routes[] = {
	{GET, "/api/support/status", POOL_UI, AUTH_TENANT, PERM__UNSET,
		BODY_NONE, 0, get_status, "status.get"},
	{GET, "/api/client/announcements", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, 0, list_mine, "client.announcements"},
	{GET, "/api/client/announcements/:id", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_NONE, 0, get_mine, "client.announcement"},
	{0}
};
/* clang-format on */
