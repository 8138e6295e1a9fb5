/* merge_pages.c - staff make one ticket of two.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "support/support_pages.h"

#include "base/reader.h"
#include "face/form.h"
#include "support/desk.h"

static enum err
show(struct request *rq, int status, const struct id *id)
{
	const char *path = arena_printf(rq->arena, DESK "/%s", id->s);
	struct view *v, *crumbs, *fields;
	struct ticket t;
	enum err e = ticket_get(rq->tx, id, &t);

	if (e != OK || (e = query_known(rq, NULL, 0)) != OK)
		return e;
	v = page_view(rq, say_with(rq->arena, "Merge %s", t.number), DESK);
	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, DESK, say("Tickets"));
	crumb_add(crumbs, path, t.number);
	if (status != 200)
		form_refusal(rq, v, "Nothing was merged");
	put_ask(v,
	    &(struct ask){
		.title = say_with(
		    rq->arena, "Merge %s into another ticket?", t.number),
		.text = "All that was said in it goes there, and it is closed. "
			"Whoever answers to it answers there. This can't be "
			"undone.",
		.action = rq->path,
		.yes = "Merge",
		.no_href = path,
		.no_label = "Keep both",
	    },
	    &fields);
	field_focus(form_field(
	    rq, fields, "into", "Number of the other ticket", "", false));
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

enum err
ask_merge(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? show(rq, 200, &id) : e;
}

enum err
do_merge(struct request *rq)
{
	const char *typed = form_trimmed(rq, "into");
	struct id id, into;
	struct ticket t;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = ticket_get(rq->tx, &id, &t);
	if (e != OK || !typed)
		return e == OK ? E_BUSY : e;
	e = ticket_find_into(rq->tx, typed, &into);
	if (e == OK)
		e = ticket_merge(rq->tx, &id, &into, 0);
	if (e == E_INPUT || e == E_CONFLICT) {
		int status = err_info(e)->status;

		e = request_undo(rq);
		return e == OK ? show(rq, status, &id) : e;
	}
	if (e != OK)
		return e;
	reply_flash(rq, "good", say("All of it is here now."));
	reply_redirect(rq, arena_printf(rq->arena, DESK "/%s", into.s));
	return OK;
}
