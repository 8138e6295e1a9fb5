/* decide_pages.c - accept, refund or cancel an order: asked, then done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/refund_all.h"
#include "face/part.h"
#include "face/show.h"
#include "face/waiting.h"
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

	crumb_add(crumbs, "/orders", say("Orders"));
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
	problem_add_words(&rq->problems, "", "conflict",
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
		    reason->item ? say_printf(rq->arena, "Item %" PRId64 ": %s",
				       reason->item, reason->said)
				 : reason->said);
	}
}

static const char *
accept_text(struct request *rq, const struct order *o, size_t n_reasons)
{
	const char *open = say("Nothing is open.");

	if (n_reasons > 0)
		open = say_with(rq->arena, "%s still open:",
		    show_plural(rq->arena, (int64_t)n_reasons, "reason is",
			"reasons are"));
	return say_printf(rq->arena,
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
	v = ask_view(rq, &o, say_with(rq->arena, "Accept %s", o.number));
	if (rq->problems.n > 0)
		put_problems(v,
		    "It can’t be accepted as it is. Correct the order first.",
		    &rq->problems);
	put_points(rq, r,
	    put_ask(v,
		&(struct ask){
		    .title =
			say_with(rq->arena, "Accept %s as paid?", o.number),
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
	    tasks > 0 ? say_with(rq->arena,
			    "Accepted. %s started; usually under a minute.",
			    show_plural(rq->arena, tasks, "task", "tasks"))
		      : say("Accepted. Everything in it is active."));
}

/* ---- refund ---- */

static enum err
refuse_undo(struct request *rq, const struct order *o)
{
	if (o->status == ORDER_VERIFYING)
		problem_add(&rq->problems, "", "conflict",
		    "The payment of %s is still being verified. Decide when "
		    "Stripe has answered.",
		    o->number);
	else if (o->status == ORDER_CANCELLED || o->status == ORDER_REFUNDED)
		problem_add_words(&rq->problems, "", "conflict",
		    "%s is %s already.", o->number,
		    order_status_names[o->status]);
	else
		return OK;
	return E_CONFLICT;
}

/* A sentence about so much of it. */
static void
tell_part(struct request *rq, struct buf *b, const char *english, int64_t minor,
    const char *currency)
{
	buf_puts(b, say_with(rq->arena, english,
			show_money(rq->arena, minor, currency)));
	buf_putc(b, ' ');
}

/* Where each part of it goes. */
static const char *
refund_text(struct request *rq, const struct refund_all *back)
{
	bool by_stripe = stripe_is_configured(rq->settings);
	struct buf b;

	buf_init(&b, 0);
	if (back->stripe_minor > 0)
		tell_part(rq, &b,
		    by_stripe ? "%s goes back the way it came, by Stripe."
			      : "No Stripe key is set, so %s has to be paid "
				"back by hand; here it is booked.",
		    back->stripe_minor, back->currency);
	if (back->hand_minor > 0)
		tell_part(rq, &b,
		    "%s did not come by Stripe: you pay it back by hand; here "
		    "it is booked.",
		    back->hand_minor, back->currency);
	if (back->credit_minor > 0)
		tell_part(rq, &b, "%s is the customer’s credit again.",
		    back->credit_minor, back->currency);
	buf_puts(
	    &b, say("Its services are ended and its websites taken down. You "
		    "can’t undo this."));
	return buf_move(rq->arena, &b);
}

static enum err
read_refund(struct request *rq, struct order *o, struct refund_all *back)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, o)) != OK ||
	    (e = refuse_undo(rq, o)) != OK ||
	    (e = refund_all_terms(rq->tx, &id, back)) != OK ||
	    back->n_payments > 0)
		return e;
	problem_add(&rq->problems, "", "conflict",
	    "No money has been received for %s. Cancel it instead.", o->number);
	return E_CONFLICT;
}

enum err
ask_refund(struct request *rq)
{
	struct view *v, *fields;
	struct refund_all back;
	const char *money;
	struct order o;
	enum err e = read_refund(rq, &o, &back);

	if (e != OK)
		return e;
	money = show_money(
	    rq->arena, back.stripe_minor + back.hand_minor, back.currency);
	v = ask_view(rq, &o, say_with(rq->arena, "Refund %s", o.number));
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena,
		    say_with(rq->arena, "Refund %s and cancel %s?", money),
		    o.number),
		.text = refund_text(rq, &back),
		.action = rq->path,
		.yes = say_with(rq->arena, "Refund %s", money),
		.no_href = order_path(rq, &o.id),
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
	struct id id, waiting = {""};
	struct refund_all back;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = read_reason(rq, &why)) != OK)
		return e;
	e = refund_asked(rq, &id, why, &back, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	if (e != OK)
		return e;
	return back_to_order(rq, &id,
	    say_with(rq->arena, "Refunded %s.",
		show_money(rq->arena, back.stripe_minor + back.hand_minor,
		    back.currency)));
}

/* ---- cancel ---- */

static const char *
cancel_text(struct request *rq, const struct refund_all *back)
{
	struct buf b;

	buf_init(&b, 0);
	buf_puts(&b, back->n_payments > 0
			 ? say("What was paid for it has gone back.")
			 : say("No money has come for it."));
	buf_putc(&b, ' ');
	if (back->credit_minor > 0)
		tell_part(rq, &b,
		    "What the customer’s credit paid, %s, goes back to it.",
		    back->credit_minor, back->currency);
	buf_puts(
	    &b, say("It stays on record as cancelled. You can’t undo this."));
	return buf_move(rq->arena, &b);
}

enum err
ask_cancel(struct request *rq)
{
	struct view *v, *fields;
	struct refund_all back;
	struct order o;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = order_get(rq->tx, &id, &o)) != OK ||
	    (e = refuse_undo(rq, &o)) != OK ||
	    (e = refund_all_terms(rq->tx, &id, &back)) != OK)
		return e;
	v = ask_view(rq, &o, say_with(rq->arena, "Cancel %s", o.number));
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Cancel %s?", o.number),
		.text = cancel_text(rq, &back),
		.action = rq->path,
		.yes = say_with(rq->arena, "Cancel %s", o.number),
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
