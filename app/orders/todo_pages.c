/* todo_pages.c - the dashboard's list of what needs a person.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "orders/orders_pages.h"
#include "orders/summary.h"
#include "provisioning/agent_state.h"

struct todo {
	const char *class, *icon, *strong, *text, *note;
	const char *when; /* "oldest 2 h" */
	const char *href, *label;
};

static void
add_todo(struct view *list, const struct todo *t)
{
	struct view *v = view_item(list), *time, *link;

	view_text(v, "class", t->class);
	view_text(v, "icon", t->icon);
	view_text(v, "strong", t->strong);
	view_text(v, "text", t->text);
	view_text(v, "note", t->note ? t->note : "");
	time = view_object(v, "time");
	view_text(time, "iso", "");
	view_text(time, "text", t->when);
	link = view_object(v, "link");
	view_text(link, "href", t->href);
	view_text(link, "label", t->label);
}

/* "oldest 2 h", or without the word for a single one. */
static const char *
age(struct request *rq, const struct summary_wait *w)
{
	return say_with(rq->arena, w->n > 1 ? "oldest %s" : "%s",
	    show_span(rq->arena, rq->now - w->since));
}

static void
todo_review(struct request *rq, const struct summary *s, struct view *list)
{
	struct arena *a = rq->arena;

	if (s->review.n == 0)
		return;
	add_todo(list,
	    &(struct todo){
		.class = "warn",
		.icon = "warn",
		.strong =
		    show_plural(a, s->review.n, "paid order", "paid orders"),
		.text = say(s->review.n == 1 ? "is held in review"
					     : "are held in review"),
		.note = say_with(a, "%s, nothing provisioned yet",
		    show_money(a, s->review_minor, s->currency)),
		.when = age(rq, &s->review),
		.href = "/orders?status=review",
		.label = say(s->review.n == 1 ? "Review it" : "Review orders"),
	    });
}

static void
todo_refusals(struct request *rq, const struct summary *s, struct view *list)
{
	if (s->refusals.n == 0)
		return;
	add_todo(list, &(struct todo){
			   .class = "warn",
			   .icon = "inbox",
			   .strong = show_plural(rq->arena, s->refusals.n,
			       "order call", "order calls"),
			   .text = say(s->refusals.n == 1 ? "was refused"
							  : "were refused"),
			   .note = say("the money may have been paid"),
			   .when = age(rq, &s->refusals),
			   .href = "/orders/refusals?status=open",
			   .label = say(s->refusals.n == 1 ? "Look at it"
							   : "Look at them"),
		       });
}

static void
todo_plans(struct request *rq, const struct summary *s, struct view *list)
{
	bool one = s->plan_changes.n == 1;

	if (s->plan_changes.n == 0)
		return;
	add_todo(list, &(struct todo){
			   .class = "warn",
			   .icon = "refund",
			   .strong = show_plural(rq->arena, s->plan_changes.n,
			       "customer", "customers"),
			   .text = say(one ? "asks for another plan"
					   : "ask for another plan"),
			   .when = age(rq, &s->plan_changes),
			   .href = "/plan-changes?status=open",
			   .label = say(one ? "Look at it" : "Look at them"),
		       });
}

static void
todo_failed(struct request *rq, const struct summary *s, struct view *list)
{
	if (s->failed_tasks.n == 0)
		return;
	add_todo(list,
	    &(struct todo){
		.class = "badc",
		.icon = "bad",
		.strong =
		    show_plural(rq->arena, s->failed_tasks.n, "task", "tasks"),
		.text = say("failed"),
		.when = age(rq, &s->failed_tasks),
		.href = "/provisioning/tasks?status=failed",
		.label =
		    say(s->failed_tasks.n == 1 ? "See why" : "See failures"),
	    });
}

static void
todo_silent(struct request *rq, const struct summary *s, struct view *list)
{
	bool one = s->silent_servers.n == 1;

	if (s->silent_servers.n == 0)
		return;
	add_todo(list,
	    &(struct todo){
		.class = "warn",
		.icon = "server",
		.strong = show_plural(
		    rq->arena, s->silent_servers.n, "server", "servers"),
		.text = say(one ? "has not reported" : "have not reported"),
		.when = age(rq, &s->silent_servers),
		.href = "/servers",
		.label = say("See servers"),
	    });
}

static void
todo_dead(struct request *rq, const struct summary *s, struct view *list)
{
	if (s->dead_jobs.n == 0)
		return;
	add_todo(list,
	    &(struct todo){
		.class = "badc",
		.icon = "clock",
		.strong = show_plural(rq->arena, s->dead_jobs.n, "job", "jobs"),
		.text =
		    say(s->dead_jobs.n == 1 ? "was given up" : "were given up"),
		.when = age(rq, &s->dead_jobs),
		.href = "/jobs?status=dead",
		.label = say("See jobs"),
	    });
}

int
put_todo(struct request *rq, const struct summary *s, struct view *root)
{
	struct view *list = view_list(root, "todo");
	const struct summary_wait *waits[] = {&s->review, &s->refusals,
	    &s->plan_changes, &s->failed_tasks, &s->silent_servers,
	    &s->dead_jobs};
	int n = 0;

	if (request_may(rq, PERM_ORDERS_READ)) {
		todo_review(rq, s, list);
		todo_refusals(rq, s, list);
	}
	if (request_may(rq, PERM_SUBSCRIPTIONS_READ))
		todo_plans(rq, s, list);
	if (request_may(rq, PERM_TASKS_READ))
		todo_failed(rq, s, list);
	if (request_may(rq, PERM_SERVERS_READ))
		todo_silent(rq, s, list);
	if (request_may(rq, PERM_TASKS_READ))
		todo_dead(rq, s, list);
	for (size_t i = 0; i < N_ELEMS(waits); i++)
		n += waits[i]->n > 0;
	return n;
}
