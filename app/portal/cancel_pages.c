/* cancel_pages.c - a customer ends a service with what is paid for, or keeps
 * it after all.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/invoice_show_pages.h"
#include "billing/subscription_end.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "hosting/ending.h"
#include "portal/portal_nouns.h"
#include "portal/service_pages.h"

static const char *
service_path(struct request *rq, const struct id *id)
{
	return arena_printf(rq->arena, SERVICES "/%s", id->s);
}

/* ---- the question ---- */

/* "31 December 2026", the last day on which it works. */
static const char *
last_day(struct request *rq, const struct service *s)
{
	char day[11];

	if (!s->ends_on)
		subscription_end_day(rq->tx, s->period_end, day);
	return invoice_date(
	    rq, service_last_day(rq, s->ends_on ? s->ends_on : day));
}

/* What is lost, and what is kept for how long. */
static enum err
put_points(struct request *rq, const struct service *s, struct view *ask)
{
	struct view *points = view_list(view_object(ask, "points"), "items");
	struct companions with;
	enum err e = hosting_companions(rq->tx, &s->id, &with);

	if (e != OK)
		return e;
	ask_point(points, say("Nothing is charged for it any more. What is "
			      "paid for is used up and not paid back."));
	if (s->has_site)
		ask_point(points,
		    say("Then the website and its files are taken down. Take "
			"with you what you need before that day."));
	for (size_t i = 0; i < with.n; i++)
		ask_point(points,
		    say_printf(rq->arena,
			"%s ends with it. Archives are kept until they are "
			"%d days old; ask us when you need one.",
			with.name[i], (int)with.days[i]));
	if (s->has_site && with.n == 0)
		ask_point(points, say("We have no backups of it."));
	if (s->domain && s->has_site)
		ask_point(points,
		    say_with(rq->arena,
			"The name %s is not touched where it is registered.",
			s->domain));
	return OK;
}

static void
put_fields(struct request *rq, struct view *fields)
{
	const char *reason = form_typed(rq, "reason", "");
	struct view *options;
	struct view *field =
	    field_select(fields, "reason", "Why do you cancel?", &options);

	form_error(rq, field, "reason");
	for (const struct choice *c = end_reasons; c->word; c++)
		option_add(
		    options, c->word, say(c->label), str_eq(c->word, reason));
	form_error(rq,
	    field_area(fields, "note", "What should we know?",
		form_typed(rq, "note", ""), 3),
	    "note");
}

static enum err
show_ask(struct request *rq, int status, const struct id *id)
{
	struct view *v, *ask, *fields, *crumbs;
	const char *day;
	struct service s;
	enum err e = service_get(rq->tx, id, &s);

	if (e != OK)
		return e;
	day = last_day(rq, &s);
	v = page_view(
	    rq, say_with(rq->arena, "Cancel %s", service_name(&s)), SERVICES);
	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, SERVICES, say("Services"));
	crumb_add(crumbs, service_path(rq, id), service_name(&s));
	if (status != 200)
		form_refusal(rq, v, "Nothing was cancelled");
	ask = put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Cancel %s?", service_name(&s)),
		.text = say_with(rq->arena,
		    "It works until the end of %s. You can keep it until "
		    "then.",
		    day),
		.action = rq->path,
		.yes = say_with(rq->arena, "Cancel at the end of %s", day),
		.no_href = service_path(rq, id),
		.no_label = "Keep it",
		.danger = true,
	    },
	    &fields);
	put_fields(rq, fields);
	if ((e = put_points(rq, &s, ask)) == OK)
		reply_page(rq, status, "admin/ask", v);
	return e;
}

static enum err
ask_cancel(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	return e == OK ? show_ask(rq, 200, &id) : e;
}

/* ---- doing it ---- */

static enum err
go_back(struct request *rq, const struct id *id, const char *pattern)
{
	struct service s;
	enum err e = service_get(rq->tx, id, &s);

	if (e != OK)
		return e;
	reply_flash(rq, "good", say_with(rq->arena, pattern, service_name(&s)));
	reply_redirect(rq, service_path(rq, id));
	return OK;
}

static enum err
do_cancel(struct request *rq)
{
	const char *reason = form_text(rq, "reason");
	const char *note = form_trimmed(rq, "note");
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id),
		 why;

	if (e != OK)
		return e;
	if (!note)
		return E_BUSY;
	why = subscription_cancel_at_end(rq->tx, &id,
	    &(struct subscription_end){.reason = reason ? reason : "",
		.note = note,
		.by_customer = true});
	if (why == OK)
		return go_back(rq, &id, "%s is cancelled.");
	if (why != E_INPUT && why != E_CONFLICT)
		return why;
	e = request_undo(rq);
	return e == OK ? show_ask(rq, err_info(why)->status, &id) : e;
}

static enum err
do_keep(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e == OK)
		e = subscription_keep(rq->tx, &id);
	return e == OK ? go_back(rq, &id, "%s goes on.") : e;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, SERVICES "/:id/" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_cancel_page_routes[] = {
	ROW(GET,  "cancel",	BODY_NONE, ask_cancel,	"client.services.ask"),
	ROW(POST, "cancel",	BODY_FORM, do_cancel,	"client.services.page.cancel"),
	ROW(POST, "keep",	BODY_FORM, do_keep,	"client.services.page.keep"),
	{0}
};
/* clang-format on */
