/* plan_pages.c - a customer asks for another plan, and takes that back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/plan_change.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_nouns.h"
#include "portal/service_pages.h"

static const char *
plan_path(struct request *rq, const struct id *id)
{
	return arena_printf(rq->arena, SERVICES "/%s/plan", id->s);
}

static const char *
offer_price(struct request *rq, const struct service *s, int64_t minor)
{
	return arena_printf(rq->arena, "%s %s",
	    show_money(rq->arena, minor, s->currency), s->per);
}

static void
put_crumbs(struct request *rq, const struct service *s, struct view *head)
{
	struct view *crumbs = head_crumbs(head);

	crumb_add(crumbs, SERVICES, say("Services"));
	crumb_add(crumbs, arena_printf(rq->arena, SERVICES "/%s", s->id.s),
	    service_name(s));
}

/* ---- all that there are ---- */

static void
put_offer(struct request *rq, const struct service *s,
    const struct plan_offer *o, struct view *row)
{
	view_text(row, "name", o->name);
	view_text(row, "about", o->about);
	view_text(row, "price", offer_price(rq, s, o->recurring_minor));
	view_textf(row, "href", SERVICES "/%s/plan?to=%s", s->id.s, o->code);
}

static enum err
put_offers(struct request *rq, const struct service *s, struct view *root)
{
	struct plan_offer *list =
	    arena_array(rq->arena, PLAN_OFFERS_MAX, sizeof(*list));
	struct view *rows = view_list(view_object(root, "offers"), "rows");
	size_t n = 0;
	enum err e;

	if (!list)
		return E_BUSY;
	e = plan_offers(rq->tx, &s->id, list, PLAN_OFFERS_MAX, &n);
	for (size_t i = 0; e == OK && i < n; i++)
		put_offer(rq, s, &list[i], view_item(rows));
	return e;
}

/* What has been asked for, with the way back. */
static enum err
put_waiting(struct request *rq, const struct service *s,
    const struct plan_change *c, struct view *root)
{
	struct view *v = view_object(root, "waiting");
	const char *name;
	enum err e = db_text(rq->tx, &name,
	    "SELECT name FROM products WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&rq->tx->tenant), DB_ID(&c->to));

	if (e != OK)
		return e;
	if (!name)
		return E_NOTFOUND;
	view_text(v, "text",
	    str_eq(c->status, "open")
		? say_with(rq->arena,
		      "You asked for %s. Our staff look at it and answer by "
		      "mail.",
		      name)
		: say_printf(rq->arena,
		      "%s takes its place on %s, when what is paid for is "
		      "used up.",
		      name, invoice_date(rq, c->due_on)));
	put_post(v, "back",
	    arena_printf(rq->arena, SERVICES "/%s/plan/withdraw", s->id.s));
	return OK;
}

static enum err
show_plans(struct request *rq, const struct service *s)
{
	struct plan_change c;
	struct view *v, *head;
	enum err e;

	v = page_view(rq, say("Change plan"), SERVICES);
	head = view_object(v, "head");
	put_crumbs(rq, s, head);
	view_text(head, "text",
	    say_printf(
		rq->arena, "Now: %s, %s", s->product, service_price(rq, s)));
	e = plan_change_current(rq->tx, &s->id, &c);
	if (e == OK)
		e = put_waiting(rq, s, &c, v);
	else if (e == E_NOTFOUND)
		e = put_offers(rq, s, v);
	if (e == OK)
		reply_page(rq, 200, "client/plans", v);
	return e;
}

/* ---- one of them ---- */

/* What is charged when, before the click. */
static void
put_terms(struct request *rq, const struct service *s,
    const struct plan_offer *o, struct view *ask)
{
	struct view *points = view_list(view_object(ask, "points"), "items");
	const char *from = invoice_date(rq, s->period_end);

	ask_point(points,
	    say_printf(rq->arena, "It costs %s, instead of %s now.",
		offer_price(rq, s, o->recurring_minor), service_price(rq, s)));
	ask_point(points,
	    say_with(rq->arena,
		"You pay nothing now. The new price holds from the next "
		"period on, which begins on %s; for the running one nothing "
		"is charged or paid back.",
		from));
	ask_point(points,
	    o->is_smaller
		? say_with(rq->arena,
		      "It costs less than what you have, so it takes its "
		      "place when what is paid for is used up, on %s.",
		      from)
		: say("It takes its place as soon as our staff have accepted "
		      "it."));
	if (o->about[0])
		ask_point(points, o->about);
}

/* Sent along unseen. */
static void
put_kept(struct view *ask, const char *name, const char *value)
{
	struct view *v = view_item(view_list(ask, "keep"));

	view_text(v, "name", name);
	view_text(v, "value", value);
}

static enum err
show_ask(
    struct request *rq, int status, const struct service *s, const char *code)
{
	struct view *v, *ask, *fields;
	struct plan_offer o;
	enum err e = plan_offer_find(rq->tx, &s->id, code, &o);

	if (e != OK)
		return e;
	v = page_view(
	    rq, say_with(rq->arena, "Change to %s", o.name), SERVICES);
	put_crumbs(rq, s, view_object(v, "head"));
	if (status != 200)
		form_refusal(rq, v, "Nothing was asked for");
	ask = put_ask(v,
	    &(struct ask){
		.title = say_printf(
		    rq->arena, "Ask for %s for %s?", o.name, service_name(s)),
		.text = say("Our staff look at it first and answer by mail. "
			    "Until then you can take it back."),
		.action = plan_path(rq, &s->id),
		.yes = say_with(rq->arena, "Ask for %s", o.name),
		.no_href = plan_path(rq, &s->id),
		.no_label = "Keep the plan",
	    },
	    &fields);
	put_kept(ask, "product", code);
	form_error(rq,
	    field_area(fields, "note", "What should we know?",
		form_typed(rq, "note", ""), 3),
	    "note");
	put_terms(rq, s, &o, ask);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

static enum err
show_plan(struct request *rq)
{
	static const char *const known[] = {"to"};
	const char *to = query_text(rq, "to");
	struct service s;
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e == OK)
		e = query_known(rq, known, N_ELEMS(known));
	if (e == OK)
		e = service_get(rq->tx, &id, &s);
	if (e != OK)
		return e;
	return to ? show_ask(rq, 200, &s, to) : show_plans(rq, &s);
}

/* ---- doing it ---- */

static enum err
refuse(struct request *rq, const struct id *id, const char *code, enum err why)
{
	struct service s;
	enum err e = request_undo(rq);

	if (e == OK)
		e = service_get(rq->tx, id, &s);
	if (e == OK)
		e = show_ask(rq, err_info(why)->status, &s, code);
	/* that plan is none of those */
	return e == E_NOTFOUND ? why : e;
}

static enum err
do_ask(struct request *rq)
{
	const char *code = form_text(rq, "product");
	const char *note = form_trimmed(rq, "note");
	struct id id, change;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id),
		 why;

	if (e != OK)
		return e;
	if (!note)
		return E_BUSY;
	code = code ? code : "";
	why = plan_change_ask(rq->tx, &id,
	    &(struct plan_wish){
		.code = code, .note = note, .by_customer = true},
	    &change);
	if (why == E_INPUT || why == E_CONFLICT)
		return refuse(rq, &id, code, why);
	if (why != OK)
		return why;
	reply_flash(rq, "good", say("We have your wish, and answer by mail."));
	reply_redirect(rq, plan_path(rq, &id));
	return OK;
}

static enum err
do_withdraw(struct request *rq)
{
	struct plan_change c;
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e != OK)
		return e;
	e = plan_change_current(rq->tx, &id, &c);
	if (e == OK)
		e = plan_change_withdraw(
		    rq->tx, &c.id, "The customer took it back.");
	/* none waits: it was taken back before */
	if (e != OK && e != E_NOTFOUND)
		return e;
	reply_flash(rq, "good", say("The plan stays as it is."));
	reply_redirect(rq, arena_printf(rq->arena, SERVICES "/%s", id.s));
	return OK;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, SERVICES "/:id/plan" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_plan_page_routes[] = {
	ROW(GET,  "",		BODY_NONE, show_plan,	"client.services.plan"),
	ROW(POST, "",		BODY_FORM, do_ask,	"client.services.page.plan"),
	ROW(POST, "/withdraw",	BODY_FORM, do_withdraw,	"client.services.page.withdraw"),
	{0}
};
/* clang-format on */
