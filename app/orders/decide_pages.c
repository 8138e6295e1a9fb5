/* decide_pages.c - accept, refund or cancel an order: asked, then done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/text.h"
#include "billing/payment.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/approvals_api.h"
#include "orders/money.h"
#include "orders/order_parts.h"
#include "orders/orders_pages.h"
#include "orders/refund_api.h"

#define REASON_MAX 500

static struct view *
ask_view(struct request *rq, const struct order *o, const char *title)
{
	struct view *v = page_view(rq, title, "/orders");
	struct view *crumbs = head_crumbs(view_object(v, "head"));

	crumb_add(crumbs, "/orders", "Orders");
	crumb_add(crumbs, order_path(rq, &o->id), o->number);
	return v;
}

/* The reason that a form gave, "" for none. */
static enum err
read_reason(struct request *rq, const char **out)
{
	const char *why = form_text(rq, "reason");

	if (why && utf8_len(why) > REASON_MAX) {
		problem_add(&rq->problems, "reason", "too_long",
		    "A reason has at most %d characters.", REASON_MAX);
		return E_INPUT;
	}
	*out = why ? why : "";
	return OK;
}

static void
tell_state(struct request *rq, const struct order *o)
{
	problem_add(&rq->problems, "", "conflict",
	    "%s is not in review any more, it is %s.", o->number,
	    order_status_names[o->status]);
}

/* ---- accept ---- */

static void
put_points(struct request *rq, const struct order_reasons *r, struct view *ask)
{
	struct view *points;

	if (r->n == 0)
		return;
	points = view_list(view_object(ask, "points"), "items");
	for (size_t i = 0; i < r->n; i++) {
		const struct order_reason *reason = &r->reason[i];

		ask_point(points,
		    reason->item
			? arena_printf(rq->arena, "Item %" PRId64 ": %s",
			      reason->item, reason->message)
			: reason->message);
	}
}

static const char *
accept_text(struct request *rq, const struct order *o, size_t n_reasons)
{
	const char *open = "Nothing is open.";

	if (n_reasons > 0)
		open = arena_printf(rq->arena, "%s still open:",
		    n_reasons == 1 ? "1 reason is"
				   : arena_printf(rq->arena, "%zu reasons are",
					 n_reasons));
	return arena_printf(rq->arena,
	    "Its services start and the prices that were paid are honoured: "
	    "%s. %s",
	    show_money(rq->arena, o->total_minor, o->currency), open);
}

/* Also the answer to a POST that was refused: then rq has the problems. */
static enum err
show_accept(struct request *rq, int status)
{
	struct order_reasons *r = ARENA_NEW(rq->arena, struct order_reasons);
	struct view *v, *fields;
	struct order o;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || !r)
		return e != OK ? e : E_BUSY;
	if ((e = order_get(rq->tx, &id, &o)) != OK ||
	    (e = order_reasons_get(rq->tx, &id, r)) != OK)
		return e;
	if (o.status != ORDER_REVIEW) {
		tell_state(rq, &o);
		return E_CONFLICT;
	}
	v = ask_view(rq, &o, arena_printf(rq->arena, "Accept %s", o.number));
	if (rq->problems.n > 0)
		put_problems(v,
		    "It can’t be accepted as it is. Correct the order first.",
		    &rq->problems);
	put_points(rq, r,
	    put_ask(v,
		&(struct ask){
		    .title =
			arena_printf(rq->arena, "Accept %s as paid?", o.number),
		    .text = accept_text(rq, &o, r->n),
		    .action = rq->path,
		    .yes = "Accept as paid",
		    .no_href = order_path(rq, &id),
		    .no_label = "Not yet",
		},
		&fields));
	reply_page(rq, status, "admin/order_ask", v);
	return OK;
}

enum err
ask_accept(struct request *rq)
{
	return show_accept(rq, 200);
}

enum err
do_accept(struct request *rq)
{
	struct id id;
	int64_t tasks;
	enum err e = path_id(rq, "id", &id);

	if (e != OK)
		return e;
	e = order_accept(rq->tx, &id);
	if (e == E_INPUT)
		return show_accept(rq, 422);
	if (e != OK)
		return e;
	e = db_int(rq->tx, 0, &tasks,
	    "SELECT COUNT(*) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND order_id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(&id));
	if (e != OK)
		return e;
	return back_to_order(rq, &id,
	    tasks > 0 ? arena_printf(rq->arena,
			    "Accepted. %s started; usually under a minute.",
			    show_plural(rq->arena, tasks, "task", "tasks"))
		      : "Accepted. Everything in it is active.");
}

/* ---- refund ---- */

/* What is left of the order's payment; E_CONFLICT when there is none. */
static enum err
read_left(struct request *rq, const struct order *o, int64_t *minor_out)
{
	enum err e = db_int(rq->tx, -1, minor_out,
	    "SELECT amount_minor - refunded_minor FROM payments "
	    "WHERE tenant_id = $1 AND order_id = $2 ORDER BY id LIMIT 1",
	    DB_ID(&rq->tx->tenant), DB_ID(&o->id));

	if (e != OK || *minor_out >= 0)
		return e;
	problem_add(&rq->problems, "", "conflict",
	    "No money has been received for %s. Cancel it instead.", o->number);
	return E_CONFLICT;
}

static enum err
refuse_undo(struct request *rq, const struct order *o)
{
	if (o->status == ORDER_VERIFYING)
		problem_add(&rq->problems, "", "conflict",
		    "The payment of %s is still being verified. Decide when "
		    "Stripe has answered.",
		    o->number);
	else if (o->status == ORDER_CANCELLED || o->status == ORDER_REFUNDED)
		problem_add(&rq->problems, "", "conflict", "%s is %s already.",
		    o->number, order_status_names[o->status]);
	else
		return OK;
	return E_CONFLICT;
}

static const char *
refund_text(const struct request *rq)
{
	if (stripe_is_configured(rq->settings))
		return "The money goes back the way it came, by Stripe. Its "
		       "services are ended and its websites taken down. You "
		       "can’t undo this.";
	return "No Stripe key is set, so the money has to be paid back by "
	       "hand; here it is booked. Its services are ended and its "
	       "websites taken down. You can’t undo this.";
}

enum err
ask_refund(struct request *rq)
{
	struct view *v, *fields;
	const char *money;
	struct order o;
	struct id id;
	int64_t left;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, &o)) != OK ||
	    (e = refuse_undo(rq, &o)) != OK ||
	    (e = read_left(rq, &o, &left)) != OK)
		return e;
	money = show_money(rq->arena, left, o.currency);
	v = ask_view(rq, &o, arena_printf(rq->arena, "Refund %s", o.number));
	put_ask(v,
	    &(struct ask){
		.title = arena_printf(
		    rq->arena, "Refund %s and cancel %s?", money, o.number),
		.text = refund_text(rq),
		.action = rq->path,
		.yes = arena_printf(rq->arena, "Refund %s", money),
		.no_href = order_path(rq, &id),
		.no_label = "Keep the order",
		.danger = true,
	    },
	    &fields);
	field_text(fields, "reason", "Reason, for the record", NULL, true);
	reply_page(rq, 200, "admin/order_ask", v);
	return OK;
}

enum err
do_refund(struct request *rq)
{
	const char *why;
	struct order o;
	struct id id, waiting = {""};
	int64_t minor;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = read_reason(rq, &why)) != OK ||
	    (e = order_get(rq->tx, &id, &o)) != OK)
		return e;
	e = refund_asked(rq, &id, why, &minor, &waiting);
	if (e == OK && id_is_set(&waiting))
		return approval_reply(rq, &waiting);
	if (e != OK)
		return e;
	return back_to_order(rq, &id,
	    arena_printf(rq->arena, "Refunded %s.",
		show_money(rq->arena, minor, o.currency)));
}

/* ---- cancel ---- */

enum err
ask_cancel(struct request *rq)
{
	struct view *v, *fields;
	struct order o;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, &o)) != OK ||
	    (e = refuse_undo(rq, &o)) != OK)
		return e;
	v = ask_view(rq, &o, arena_printf(rq->arena, "Cancel %s", o.number));
	put_ask(v,
	    &(struct ask){
		.title = arena_printf(rq->arena, "Cancel %s?", o.number),
		.text = "No money has come for it. It stays on record as "
			"cancelled. You can’t undo this.",
		.action = rq->path,
		.yes = arena_printf(rq->arena, "Cancel %s", o.number),
		.no_href = order_path(rq, &id),
		.no_label = "Keep the order",
		.danger = true,
	    },
	    &fields);
	field_text(fields, "reason", "Reason, for the record", NULL, true);
	reply_page(rq, 200, "admin/order_ask", v);
	return OK;
}

enum err
do_cancel(struct request *rq)
{
	const char *why;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = read_reason(rq, &why)) != OK ||
	    (e = order_cancel(rq->tx, &id, why)) != OK)
		return e;
	return back_to_order(rq, &id, "Cancelled.");
}
