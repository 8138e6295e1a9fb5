/* jobs_pages.c - what goes on behind the pages, and what was given up.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "main/jobs.h"

#include <inttypes.h>
#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "billing/refund_work.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
#include "jobs/jobs_noun.h"
#include "main/scheduler_pages.h"
#include "tenancy/tenant.h"

#define JOBS "/jobs"

/* ---- words ---- */

/* A lease that runs: somebody is at it. */
static const char *
state_word(const char *status, int64_t leased_until, int64_t now)
{
	if (str_eq(status, "pending"))
		return leased_until > now ? "in_progress" : "pending";
	return status;
}

static const char *
attempts_text(struct arena *a, const char *kind, int64_t attempts)
{
	int64_t most = job_max_attempts(kind);

	return most > 0
		   ? arena_printf(a, "%" PRId64 " of %" PRId64, attempts, most)
		   : show_count(a, attempts);
}

/* What it is for: the order, where the key names one; a mail's kind. */
static const char *
subject_of(struct arena *a, const char *kind, const char *key,
    const char *template, const char **href_out)
{
	*href_out = "";
	if (str_eq(kind, "verify")) {
		*href_out = arena_printf(a, "/orders/%s", key);
		return say("The order");
	}
	if (str_starts(template, "mail/"))
		template += strlen("mail/");
	return str_eq(kind, "mail") ? template : key;
}

/* ---- the list ---- */

static void
put_reason(const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, JOB_STATUS);
	bool is_dead = str_eq(status, "dead");
	struct view *v;

	if (cell_text(c, JOB_ERROR)[0] == '\0' ||
	    (!is_dead && !str_eq(status, "pending")))
		return;
	v = view_object(row, "reason");
	view_text(v, "class", is_dead ? "badc" : "warn");
	view_text(v, "text", cell_text(c, JOB_ERROR));
}

static void
fill_job(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, JOB_STATUS), *href;
	const char *kind = cell_text(c, JOB_KIND);
	struct arena *a = p->rq->arena;
	int64_t now = p->rq->now;

	view_text(row, "what", say(job_about(kind)));
	view_text(row, "subject",
	    subject_of(a, kind, cell_text(c, JOB_KEY),
		cell_text(c, JOB_TEMPLATE), &href));
	view_text(row, "subjectHref", href);
	put_badge(row, state_word(status, cell_int(c, JOB_LEASE), now));
	view_text(
	    row, "attempts", attempts_text(a, kind, cell_int(c, JOB_ATTEMPTS)));
	if (str_eq(status, "pending"))
		put_moment(row, "due", cell_int(c, JOB_DUE), now);
	put_ago(row, "updated", cell_int(c, JOB_UPDATED), now);
	put_reason(c, row);
	if (str_eq(status, "dead") && job_may_settle(&p->rq->actor, kind))
		put_post(
		    row, "retry", arena_printf(a, JOBS "/%s/retry", c->id));
}

static const struct list_def jobs_list = {
    .noun = &jobs_noun,
    .path = JOBS,
    .file = "jobs.csv",
    .column = (const struct list_column[]){{"created", "createdAt"}, {NULL}},
    .fill = fill_job,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Waiting", "pending", true, false},
    {"Given up", "dead", true, true},
    {"Done", "done", false, false},
    {"Dismissed", "cancelled", false, false},
};

static void
put_filters(struct list_page *p)
{
	static const char *const kinds[] = {
	    "mail", "verify", "refund", "orphan"};
	struct view *options = list_page_select(p, "kind", "Kind", "Any kind");

	for (size_t i = 0; i < N_ELEMS(kinds); i++)
		list_page_option(
		    p, options, "kind", kinds[i], say(job_about(kinds[i])));
	list_page_date(p, "from", "From");
	list_page_date(p, "to", "To");
}

static enum err
list_jobs(struct request *rq)
{
	struct list_page p;
	struct view *v, *items;
	bool runs_house = false;
	enum err e = list_page_open(rq, &jobs_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	if ((e = tenant_runs_house(rq->tx, &runs_house)) != OK)
		return e;
	v = page_view(rq, say("Jobs"), JOBS);
	list_page_start(&p, v);
	put_filters(&p);
	items = put_tabs(v);
	e = list_page_tabs(&p, items, "status", tabs, N_ELEMS(tabs));
	if (e != OK)
		return e;
	if (runs_house)
		tab_add(items, SCHEDULER_PAGE, "Scheduler", false, "", false);
	return list_page_reply(&p, v, "admin/jobs");
}

/* ---- one job ---- */

struct job {
	struct id id;
	const char *kind, *status, *key, *template, *error;
	int64_t attempts, due_at, leased_until, created_at, updated_at;
	bool is_owed; /* a refund that was dismissed and not paid back */
};

static enum err
read_job(struct request *rq, struct job *out)
{
	struct rows r;
	enum err e = path_id(rq, "id", &out->id);

	if (e == OK)
		e = noun_get(rq->tx, &jobs_noun, &out->id, &r);
	if (e != OK)
		return e;
	out->kind = row_strdup(&r, NOUN_FIELDS + JOB_KIND);
	out->status = row_strdup(&r, NOUN_FIELDS + JOB_STATUS);
	out->key = row_strdup(&r, NOUN_FIELDS + JOB_KEY);
	out->template = row_strdup(&r, NOUN_FIELDS + JOB_TEMPLATE);
	out->error = row_strdup(&r, NOUN_FIELDS + JOB_ERROR);
	out->attempts = row_int(&r, NOUN_FIELDS + JOB_ATTEMPTS);
	out->due_at = row_int(&r, NOUN_FIELDS + JOB_DUE);
	out->leased_until = row_int(&r, NOUN_FIELDS + JOB_LEASE);
	out->created_at = row_int(&r, NOUN_FIELDS + JOB_CREATED);
	out->updated_at = row_int(&r, NOUN_FIELDS + JOB_UPDATED);
	out->is_owed = false;
	e = rows_done(&r);
	if (e == OK && str_eq(out->kind, "refund"))
		e = refund_is_owed(rq->tx, &out->id, &out->is_owed);
	return e;
}

static const char *
job_path(struct request *rq, const struct job *j)
{
	return arena_printf(rq->arena, JOBS "/%s", j->id.s);
}

static void
put_job_head(struct request *rq, const struct job *j, struct view *root)
{
	struct view *head = view_object(root, "head"), *verbs, *more;
	bool is_dead = str_eq(j->status, "dead");

	crumb_add(head_crumbs(head), JOBS, say("Jobs"));
	put_badge(head, state_word(j->status, j->leased_until, rq->now));
	view_text(head, "text",
	    is_dead ? say("It was tried and given up. Nothing is lost: it can "
			  "be tried again.")
	    : j->is_owed
		? say("The refund has failed: nothing was paid back. It "
		      "can be tried again.")
	    : str_eq(j->status, "pending")
		? say("It is done by itself; you need do nothing.")
		: say("There is nothing left to do."));
	if ((!is_dead && !j->is_owed) || !job_may_settle(&rq->actor, j->kind))
		return;
	verbs = view_list(head, "verbs");
	verb_post(verbs, "Retry",
	    arena_printf(rq->arena, "%s/retry", job_path(rq, j)), "retry",
	    "pri");
	more = view_list(view_object(head, "more"), "items");
	verb_ask(more, is_dead ? "Dismiss…" : "Paid back by hand…",
	    arena_printf(rq->arena, "%s/dismiss", job_path(rq, j)), "x", "bad");
}

static void
put_job_facts(struct request *rq, const struct job *j, struct view *root)
{
	struct view *facts = view_list(root, "facts");
	struct arena *a = rq->arena;
	const char *href;
	const char *subject =
	    subject_of(a, j->kind, j->key, j->template, &href);

	if (href[0])
		fact_link(facts, "For", subject, href);
	else
		fact_code(facts, "For", subject);
	/* who sees one may see settings: jobs_noun */
	if (str_eq(j->kind, "mail"))
		fact_link(facts, "Mail", "What the mail server said",
		    arena_printf(a, "/settings/mail/%s", j->id.s));
	fact_text(facts, "Attempts", attempts_text(a, j->kind, j->attempts));
	if (j->error && j->error[0])
		fact_text(facts, "Last error", j->error);
	fact_time(facts, "Written", j->created_at, rq->now);
	fact_time(facts, "Changed", j->updated_at, rq->now);
	if (str_eq(j->status, "pending"))
		fact_time(facts, "Next try", j->due_at, rq->now);
}

static enum err
show_job(struct request *rq)
{
	struct view *v, *events;
	struct job j;
	enum err e = read_job(rq, &j);

	if (e != OK)
		return e;
	v = page_view(rq, say(job_about(j.kind)), JOBS);
	put_job_head(rq, &j, v);
	put_job_facts(rq, &j, v);
	e = audit_put_history(rq, v, "outbox", &j.id, &events);
	if (e != OK)
		return e;
	event_add(events, "", "Written", NULL, j.created_at, rq->now);
	reply_page(rq, 200, "admin/job", v);
	return OK;
}

/* ---- verbs ---- */

static const char *
dismissal_of(const struct job *j)
{
	if (j->is_owed)
		return say("Do this when you have paid the customer back "
			   "otherwise. It can’t be tried again then.");
	if (str_eq(j->kind, "verify"))
		return say("Stripe is not asked any more: the order is held "
			   "for review, where you decide whether it was paid.");
	if (str_eq(j->kind, "refund"))
		return say("Nothing is paid back now: the refund is noted as "
			   "failed, and stays among the dismissed jobs, where "
			   "it can be tried again.");
	return say("It will not be tried again and needs nobody any more. Do "
		   "this when you have dealt with it otherwise. You can’t undo "
		   "this.");
}

static enum err
ask_dismiss(struct request *rq)
{
	struct view *v, *crumbs, *fields;
	struct job j;
	enum err e = read_job(rq, &j);

	if (e != OK)
		return e;
	if (!job_may_settle(&rq->actor, j.kind))
		return E_DENIED;
	if (!str_eq(j.status, "dead") && !j.is_owed) {
		problem_add_words(&rq->problems, "", "conflict",
		    "Only what was given up can be dismissed; this job is %s.",
		    j.status);
		return E_CONFLICT;
	}
	v = page_view(rq, say("Dismiss the job"), JOBS);
	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, JOBS, say("Jobs"));
	crumb_add(crumbs, job_path(rq, &j), say(job_about(j.kind)));
	put_ask(v,
	    &(struct ask){
		.title = say_with(
		    rq->arena, "Dismiss “%s”?", say(job_about(j.kind))),
		.text = dismissal_of(&j),
		.action = rq->path,
		.yes =
		    j.is_owed ? say("It is paid back") : say("Dismiss the job"),
		.no_href = job_path(rq, &j),
		.no_label = "Keep it",
		.danger = true,
	    },
	    &fields);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

/* Back to the list, where a conflict is said, too. */
static enum err
back(struct request *rq, enum err e, const char *done)
{
	bool is_late = e == E_CONFLICT && problems_kept(&rq->problems) > 0;

	if (e != OK && !is_late)
		return e;
	reply_flash(rq, is_late ? "warn" : "good",
	    is_late ? rq->problems.item[0].said : done);
	reply_redirect(rq, JOBS);
	return OK;
}

static enum err
retry(struct request *rq)
{
	struct id job;
	enum err e = path_id(rq, "id", &job);

	if (e == OK)
		e = job_retry(rq->tx, &job);
	return back(rq, e, say("It is tried again within seconds."));
}

static enum err
dismiss(struct request *rq)
{
	struct id job;
	enum err e = path_id(rq, "id", &job);

	if (e == OK)
		e = job_dismiss(rq->tx, &job);
	return back(rq, e, say("It is dismissed and will not be tried again."));
}

/* clang-format off */
const struct route jobs_page_routes[] = {
	{GET,	JOBS,			POOL_UI, AUTH_SESSION, PERM_TASKS_READ, BODY_NONE, 0, list_jobs, "jobs.page.list"},
	{GET,	SCHEDULER_PAGE,		POOL_UI, AUTH_SESSION, PERM_TASKS_READ, BODY_NONE, 0,
		show_scheduler_page, "jobs.page.scheduler"},
	{GET,	JOBS "/:id",		POOL_UI, AUTH_SESSION, PERM_TASKS_READ, BODY_NONE, 0, show_job, "jobs.page"},
	{POST,	JOBS "/:id/retry",	POOL_UI, AUTH_SESSION, PERM_TASKS_WRITE, BODY_FORM, 0, retry, "jobs.page.retry"},
	{GET,	JOBS "/:id/dismiss",	POOL_UI, AUTH_SESSION, PERM_TASKS_WRITE, BODY_NONE, 0,
		ask_dismiss, "jobs.page.dismiss.ask"},
	{POST,	JOBS "/:id/dismiss",	POOL_UI, AUTH_SESSION, PERM_TASKS_WRITE, BODY_FORM, 0,
		dismiss, "jobs.page.dismiss"},
	{0}
};
/* clang-format on */
