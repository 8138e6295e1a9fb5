/* status_pages.c - how the network stands, for a customer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "announce/announce_api.h"
#include "announce/public_pages.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_pages.h"

/* The line of the menu below which it is. */
#define HELP CLIENT "/help"

enum err
show_client_status(struct request *rq)
{
	struct view *v = page_view(rq, say("Network status"), HELP);
	enum err e;

	view_flag(v, "texts", true);
	e = put_status(rq, v, STATUS);
	if (e == OK)
		reply_page(rq, 200, "client/status", v);
	return e;
}

/* What it is, and where more is said. */
static void
put_incident(
    struct request *rq, struct view *banners, const struct announcement *a)
{
	const char *state = announce_state(a, rq->now);
	struct view *b = view_item(banners), *link;
	bool is_bad =
	    str_eq(a->severity, "critical") && str_eq(a->kind, "incident");
	bool is_planned = str_eq(state, "planned");

	view_text(b, "class", is_planned ? "" : is_bad ? "badc" : "warn");
	view_text(b, "icon", is_planned ? "clock" : "warn");
	view_text(b, "strong", a->title);
	view_text(b, "text",
	    is_planned ? say_with(rq->arena, "Maintenance is planned: %s.",
			     show_time(rq->arena, a->starts_at, rq->now))
	    : str_eq(a->kind, "incident") ? say("We know of it and are at it.")
					  : say("Maintenance is under way."));
	link = view_object(b, "link");
	view_textf(link, "href", STATUS "#a-%s", a->id.s);
	view_text(link, "label", say("What we know"));
}

enum err
put_incidents(
    struct request *rq, const struct portal_account *a, struct view *root)
{
	const struct announcement *list;
	struct view *banners = view_list(root, "incidents");
	size_t n;
	enum err e = announce_for_customer(rq->tx, &a->customer, &list, &n);

	for (size_t i = 0; e == OK && i < n; i++)
		put_incident(rq, banners, &list[i]);
	return e;
}
