/* scheduler_pages.c - what the clockwork does, and whether it does.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/scheduler_pages.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "main/jobs.h"

static const char *
every_text(struct arena *a, int64_t every_s)
{
	return every_s == 0 ? say("All the time")
			    : say_with(a, "Every %s", show_span(a, every_s));
}

static const char *
took_text(struct arena *a, int64_t ms)
{
	return ms < 1	   ? say("under 1 ms")
	       : ms < 1000 ? arena_printf(a, "%" PRId64 " ms", ms)
			   : arena_printf(a, "%" PRId64 ".%" PRId64 " s",
				 ms / 1000, ms % 1000 / 100);
}

static void
put_result(const struct clock_run *run, struct view *row)
{
	put_badge(row, run->started_at == 0	   ? "pending"
		       : str_eq(run->result, "ok") ? "done"
						   : "failed");
}

static void
put_run(struct request *rq, const struct clock_run *run, const char *about,
    struct view *list)
{
	struct view *v = view_item(list), *reason;
	bool has_run = run->started_at > 0;
	struct arena *a = rq->arena;

	view_text(v, "what", say(about));
	view_text(v, "name", run->name);
	view_text(v, "every", every_text(a, run->every_s));
	put_result(run, v);
	view_text(v, "took", has_run ? took_text(a, run->took_ms) : "");
	put_ago(v, "last", run->started_at, rq->now);
	view_text(v, "next",
	    !has_run ? ""
		     : show_time(a, run->started_at + run->every_s, rq->now));
	if (!has_run || str_eq(run->result, "ok"))
		return;
	reason = view_object(v, "reason");
	view_textf(reason, "text", "%s: %s.",
	    say_with(a, "Fails since %s", show_time(a, run->since, rq->now)),
	    run->result);
}

/* "Two processes work; the clock was kept 12 s ago." */
static void
put_state(struct request *rq, const struct scheduler *s, struct view *root)
{
	struct view *head = view_object(root, "head");
	struct arena *a = rq->arena;
	int64_t seen = 0;

	for (size_t i = 0; i < s->n_processes; i++)
		if (s->process[i].seen_at > seen)
			seen = s->process[i].seen_at;
	put_badge(head, s->is_alive ? "online" : "silent");
	view_text(head, "text",
	    s->is_alive ? arena_printf(a, "%s %s",
			      say_with(a, "%s at work,",
				  show_plural(a, (int64_t)s->n_processes,
				      "process is", "processes are")),
			      say_with(a, "heard of %s ago.",
				  show_span(a, rq->now - seen)))
			: say("No process keeps the clock: mails, retries and "
			      "clean-up wait. Start mpanel work on the panel’s "
			      "machine."));
}

enum err
show_scheduler_page(struct request *rq)
{
	struct scheduler *s = ARENA_NEW(rq->arena, struct scheduler);
	struct view *v, *rows, *tabs;
	enum err e = s ? scheduler_show(rq->tx, s) : E_BUSY;

	if (e != OK)
		return e;
	v = page_view(rq, say("Scheduler"), "/jobs");
	put_state(rq, s, v);
	tabs = put_tabs(v);
	tab_add(tabs, "/jobs", "Jobs", false, "", false);
	tab_add(tabs, SCHEDULER_PAGE, "Scheduler", true, "", false);
	rows = view_list(v, "rows");
	for (size_t i = 0; i < s->n_runs; i++)
		put_run(rq, &s->run[i], scheduler_about(i), rows);
	reply_page(rq, 200, "admin/scheduler", v);
	return OK;
}
