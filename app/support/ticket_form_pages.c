/* ticket_form_pages.c - staff open a ticket on a customer's behalf.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The customer comes first: found by name or e-mail, or handed over by the
 * page of one.
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_nouns.h"
#include "billing/customer.h"
#include "face/form.h"
#include "face/list_page.h"
#include "support/support_pages.h"

enum { FOUND_MAX = 20 };

static struct view *
start(struct request *rq, const char *text)
{
	struct view *v = page_view(rq, say("New ticket"), DESK);
	struct view *head = view_object(v, "head");

	crumb_add(head_crumbs(head), DESK, say("Tickets"));
	view_text(head, "text", text);
	return v;
}

/* ---- for whom ---- */

static void
add_found(const struct cells *c, void *arg)
{
	const struct noun *n = &customers_noun;
	struct view *v = view_item(arg);

	view_textf(v, "href", DESK "/new?customerId=%s", c->id);
	view_text(v, "label", cell_text(c, noun_field(n, "name")));
	view_text(v, "text", cell_text(c, noun_field(n, "email")));
}

static enum err
show_who(struct request *rq)
{
	const char *q = query_text(rq, "q");
	struct view *v = start(
	    rq, say("Who is it for? The newest customers are shown first."));
	struct view *who = view_object(v, "who"), *found;
	struct cells_page page;
	struct list l;
	enum err e;

	view_text(who, "value", q);
	list_init(&l, &customers_noun);
	l.limit = FOUND_MAX;
	if (q && q[0] && !list_param(&l, rq->arena, &rq->problems, "q", q))
		return E_INPUT;
	found = view_object(who, "found");
	view_text(found, "title", q && q[0] ? say("Found") : say("Newest"));
	e = cells_each(rq->tx, &l, add_found, view_list(found, "items"), &page);
	if (e != OK)
		return e;
	view_flag(who, "none", page.n == 0);
	reply_page(rq, 200, "admin/ticket_new", v);
	return OK;
}

/* ---- what about ---- */

/* E_NOTFOUND: there is no such customer. */
static enum err
show(struct request *rq, int status, const struct id *customer)
{
	struct view *v, *form, *fields;
	struct customer c;
	enum err e = customer_get(rq->tx, customer, &c);

	if (e != OK)
		return e;
	v = start(rq, arena_printf(rq->arena, "%s, %s", c.name, c.email));
	if (status != 200)
		form_refusal(rq, v, "Nothing was sent");
	form = view_object(v, "form");
	view_text(form, "customerId", c.id.s);
	fields = view_list(form, "fields");
	form_field(rq, fields, "subject", "Subject", "", false);
	words_field(rq, fields, "description", "What you write to them", "", 9);
	e = put_departments(
	    rq, fields, form_typed(rq, "departmentId", ""), "None");
	if (e == OK) {
		put_priorities(rq, fields, typed_priority(rq));
		e = put_service_choice(rq, fields, customer);
	}
	put_files(rq, form);
	if (e == OK)
		reply_page(rq, status, "admin/ticket_new", v);
	return e;
}

enum err
show_new_ticket(struct request *rq)
{
	static const char *const known[] = {"customerId", "q"};
	const char *customer = query_text(rq, "customerId");
	struct id id = id_of_any(customer);
	enum err e = query_known(rq, known, N_ELEMS(known));

	if (e != OK)
		return e;
	if (!customer || !customer[0])
		return show_who(rq);
	return id_is_set(&id) ? show(rq, 200, &id) : E_NOTFOUND;
}

enum err
do_new_ticket(struct request *rq)
{
	struct ticket_new n = {
	    .customer = typed_id(rq, "customerId"),
	    .subject = form_typed(rq, "subject", ""),
	    .department = typed_id(rq, "departmentId"),
	    .priority = typed_priority(rq),
	    .subscription = typed_id(rq, "subscriptionId"),
	    .said = ticket_said_by(rq->tx, TICKET_BY_STAFF, TICKET_BY_WEB,
		form_typed(rq, "description", "")),
	};
	struct ticket_done done;
	struct customer c;
	const char *path;
	enum err e;

	if (!id_is_set(&n.customer))
		return E_NOTFOUND;
	if ((e = customer_get(rq->tx, &n.customer, &c)) != OK)
		return e;
	e = keep_files(rq, &n.said.file, &n.said.n_files);
	if (e == OK)
		e = ticket_open(rq->tx, &n, &done);
	if (e == E_INPUT) {
		e = request_undo(rq);
		return e == OK ? show(rq, 422, &n.customer) : e;
	}
	if (e != OK)
		return e;
	path = arena_printf(rq->arena, DESK "/%s", done.ticket.s);
	if (!path)
		return E_BUSY;
	reply_flash(rq, "good", say("The ticket is open."));
	reply_redirect(rq, path);
	return OK;
}
