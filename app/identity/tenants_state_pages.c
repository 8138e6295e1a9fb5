/* tenants_state_pages.c - a company suspended and resumed, by the platform's
 * people.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "identity/platform.h"
#include "identity/tenants_api.h"
#include "identity/tenants_pages.h"

static const char *const suspended_points[] = {
    "Its pages, its API and its customers' portal answer that it is "
    "suspended, from the next request on.",
    "Its nodes get no new tasks; websites that run go on running.",
    "Payments of its customers are not taken in; Stripe sends them again for "
    "days.",
    "Its mails wait, and leave when it is resumed.",
    "Nothing is lost.",
    NULL,
};
static const char *const resumed_points[] = {
    "Its people and programs come in again as before, without a new sign-in.",
    "Tasks go on where they were, and the mails that waited leave.",
    NULL,
};

static enum err
ask_state(struct request *rq, bool resumes)
{
	const char *const *points = resumes ? resumed_points : suspended_points;
	struct view *v, *ask, *fields, *list;
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e != OK)
		return e;
	v = tenants_page_ask(rq, &t,
	    &(struct ask){
		.title = say_with(
		    rq->arena, resumes ? "Resume %s?" : "Suspend %s?", t.name),
		.text = resumes ? "All is as it was before."
				: "You can resume it at any time.",
		.action = rq->path,
		.yes = resumes ? "Resume it" : "Suspend it",
		.no_href = tenants_page_path(rq, &t, ""),
		.no_label = "Leave it",
		.danger = !resumes,
	    },
	    &ask, &fields);
	list = view_list(view_object(ask, "points"), "items");
	for (; *points; points++)
		ask_point(list, say(*points));
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
do_state(struct request *rq, bool resumes)
{
	const struct platform_change c = {.active = resumes};
	struct tenant t;
	enum err e = tenants_page_read(rq, &t);

	if (e == OK)
		e = platform_change(rq->tx, &t.id, &c);
	if (e != OK)
		return e;
	return tenants_page_back(rq, &t,
	    say_with(rq->arena, resumes ? "%s is resumed." : "%s is suspended.",
		t.name));
}

static enum err
ask_suspend(struct request *rq)
{
	return ask_state(rq, false);
}

static enum err
do_suspend(struct request *rq)
{
	return do_state(rq, false);
}

static enum err
ask_resume(struct request *rq)
{
	return ask_state(rq, true);
}

static enum err
do_resume(struct request *rq)
{
	return do_state(rq, true);
}

/* clang-format off */
const struct route tenants_state_page_routes[] = {
	TENANTS_ASK("/:id/suspend", ask_suspend, do_suspend, ".suspend"),
	TENANTS_ASK("/:id/resume",  ask_resume,  do_resume,  ".resume"),
	{ 0 },
};
/* clang-format on */
