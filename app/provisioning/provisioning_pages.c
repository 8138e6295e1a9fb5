/* provisioning_pages.c - is the machine flowing?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/provisioning_pages.h"

#include <stdlib.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/part.h"
#include "face/show.h"
#include "provisioning/agent_state.h"
#include "provisioning/task.h"

#define HERE	 "/provisioning"
#define TASKS	 HERE "/tasks"
#define FAILED	 TASKS "?status=failed"
#define DAY_S	 86400
#define LOOK_MAX 10000 /* finished tasks that are looked at for figures */

/* ---- names ---- */

static const struct task_words {
	const char *type, *step, *name, *deed;
} words[] = {
    {"website", "create", "Website", "Make the website"},
    {"website", "suspend", "Suspend", "Suspend the website"},
    {"website", "unsuspend", "Unsuspend", "Put the website back"},
    {"website", "remove", "Remove", "Remove the website"},
    {"website", "restore", "Restore", "Restore the website’s files"},
    {"backup", "create", "Backups", "Start the backups"},
    {"backup", "remove", "End backups", "End the backups"},
    {"backup", "send", "Fetch a backup", "Fetch a backup for download"},
};

static const struct task_words *
words_of(const char *type, const char *step)
{
	for (size_t i = 0; i < N_ELEMS(words); i++)
		if (str_eq(words[i].type, type) && str_eq(words[i].step, step))
			return &words[i];
	return NULL;
}

const char *
task_name(const char *type, const char *step)
{
	const struct task_words *w = words_of(type, step);

	return w ? say(w->name) : type;
}

const char *
task_deed(const char *type, const char *step)
{
	const struct task_words *w = words_of(type, step);

	return w ? say(w->deed) : type;
}

/* ---- what stands above every page of these ---- */

static enum err
count_status(struct request *rq, const char *status, int64_t *out)
{
	return db_int(rq->tx, 0, out,
	    "SELECT COUNT(*) FROM (SELECT 1 FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = $2 LIMIT $3) AS matches",
	    DB_ID(&rq->tx->tenant), DB_TEXT(status),
	    DB_INT((int64_t)LOOK_MAX + 1));
}

enum err
put_task_tabs(struct request *rq, struct view *root, const char *here)
{
	static const struct {
		const char *href, *label, *status;
		bool hot;
	} tabs[] = {
	    {HERE, "Overview", NULL, false},
	    {TASKS, "Tasks", NULL, false},
	    {FAILED, "Failed", "failed", true},
	    {TASKS "?status=in_progress", "In progress", "in_progress", false},
	    {TASKS "?status=pending", "Waiting", "pending", false},
	};
	struct view *list = put_tabs(root);

	for (size_t i = 0; i < N_ELEMS(tabs); i++) {
		int64_t n = 0;
		enum err e =
		    tabs[i].status ? count_status(rq, tabs[i].status, &n) : OK;

		if (e != OK)
			return e;
		tab_add(list, tabs[i].href, tabs[i].label,
		    str_eq(tabs[i].href, here),
		    n > 0 ? show_capped(rq->arena, n) : "", tabs[i].hot);
	}
	return OK;
}

enum err
put_retry_all(struct request *rq, struct view *root)
{
	int64_t n;
	enum err e = count_status(rq, "failed", &n);

	if (e == OK && n > 0 && request_may(rq, PERM_TASKS_WRITE))
		verb_ask(view_list(view_object(root, "head"), "verbs"),
		    "Retry all failed…", HERE "/retry-failed", "retry", NULL);
	return e;
}

static enum err
put_running(struct request *rq, struct view *figures)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT COUNT(*), COUNT(DISTINCT server_id) "
	    "FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'in_progress'",
	    DB_ID(&rq->tx->tenant));
	int64_t n, servers;

	if (e != OK)
		return e;
	n = row_int(&r, 0);
	servers = row_int(&r, 1);
	figure_add(figures, "In progress", show_count(rq->arena, n),
	    n == 0 ? ""
		   : say_with(rq->arena, "on %s",
			 show_plural(rq->arena, servers, "server", "servers")),
	    "");
	return rows_done(&r);
}

static enum err
put_waiting(struct request *rq, struct view *figures)
{
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT COUNT(*), MIN(created_at) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'pending'",
	    DB_ID(&rq->tx->tenant));
	int64_t n;

	if (e != OK)
		return e;
	n = row_int(&r, 0);
	figure_add(figures, "Waiting", show_count(rq->arena, n),
	    n == 0 ? ""
		   : say_with(rq->arena, "oldest %s",
			 show_span(rq->arena, rq->now - row_int(&r, 1))),
	    "");
	return rows_done(&r);
}

static enum err
put_failed(struct request *rq, struct view *figures)
{
	int64_t n;
	enum err e = count_status(rq, "failed", &n);

	if (e == OK)
		figure_add(figures, "Failed", show_capped(rq->arena, n),
		    n > 0 ? "need a decision" : "", n > 0 ? "badc" : "");
	return e;
}

/* Among the newest finished ones, so that the page costs the same for ever. */
static enum err
put_done(struct request *rq, struct view *figures)
{
	int64_t n;
	enum err e = db_int(rq->tx, 0, &n,
	    "SELECT COUNT(*) FROM (SELECT finished_at "
	    "FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'success' "
	    "ORDER BY id DESC LIMIT $3) AS newest WHERE finished_at >= $2",
	    DB_ID(&rq->tx->tenant), DB_INT(rq->now - rq->now % DAY_S),
	    DB_INT((int64_t)LOOK_MAX + 1));

	if (e == OK)
		figure_add(figures, "Done today", show_capped(rq->arena, n),
		    NULL, NULL);
	return e;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The median of the last hundred, from order to done. */
static enum err
put_usual(struct request *rq, struct view *figures)
{
	int64_t took[100];
	size_t n = 0;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT finished_at - created_at FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND status = 'success' "
	    "ORDER BY id DESC LIMIT 100",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < N_ELEMS(took))
		took[n++] = row_int(&r, 0);
	if ((e = rows_done(&r)) != OK)
		return e;
	qsort(took, n, sizeof(took[0]), by_size);
	if (n == 0)
		figure_add(figures, "Usual time", "–", NULL, NULL);
	else
		figure_add(figures, "Usual time",
		    show_span(rq->arena, took[n / 2]), "from order to done",
		    "");
	return OK;
}

enum err
put_task_figures(struct request *rq, struct view *root)
{
	struct view *figures = view_list(view_object(root, "figures"), "items");
	enum err e;

	if ((e = put_running(rq, figures)) != OK ||
	    (e = put_waiting(rq, figures)) != OK ||
	    (e = put_failed(rq, figures)) != OK ||
	    (e = put_done(rq, figures)) != OK)
		return e;
	return put_usual(rq, figures);
}

/* ---- the overview ---- */

static void
put_failure(struct request *rq, struct view *rows, const struct rows *r)
{
	struct view *v;
	const char *what = task_name(row_text(r, 2), row_text(r, 3));

	v = view_item(rows);
	view_textf(v, "href", TASKS "/%s", row_text(r, 0));
	view_text(v, "domain", row_is_null(r, 1) ? what : row_text(r, 1));
	view_text(v, "what", what);
	view_text(v, "server", row_text(r, 4));
	view_text(v, "reason",
	    row_is_null(r, 5) ? "No reason was given." : row_text(r, 5));
	put_ago(v, "updated", row_int(r, 6), rq->now);
	if (request_may(rq, PERM_TASKS_WRITE))
		put_post(v, "retry",
		    arena_printf(rq->arena, TASKS "/%s/retry", row_text(r, 0)));
}

static enum err
put_failures(struct request *rq, struct view *root)
{
	struct view *rows = NULL;
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT t.id, w.domain, t.type, t.step, v.name, t.error_message, "
	    "t.updated_at FROM provisioning_tasks t "
	    "LEFT JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "LEFT JOIN servers v ON v.tenant_id = t.tenant_id "
	    "AND v.id = t.server_id "
	    "WHERE t.tenant_id = $1 AND t.status = 'failed' "
	    "ORDER BY t.id DESC LIMIT 10",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		if (!rows)
			rows = view_list(view_object(root, "failures"), "rows");
		put_failure(rq, rows, &r);
	}
	return rows_done(&r);
}

static enum err
put_servers(struct request *rq, struct view *root)
{
	struct view *rows = view_list(view_object(root, "servers"), "rows");
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT v.id, v.name, v.status, v.agent_last_seen, "
	    "(SELECT COUNT(*) FROM provisioning_tasks t "
	    "WHERE t.tenant_id = v.tenant_id AND t.server_id = v.id "
	    "AND t.status = 'in_progress'), "
	    "(SELECT COUNT(*) FROM provisioning_tasks t "
	    "WHERE t.tenant_id = v.tenant_id AND t.server_id = v.id "
	    "AND t.status = 'pending') "
	    "FROM servers v "
	    "WHERE v.tenant_id = $1 AND v.deleted_at IS NULL "
	    "ORDER BY v.name LIMIT 100",
	    DB_ID(&rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_textf(v, "href", "/servers/%s", row_text(&r, 0));
		view_text(v, "name", row_text(&r, 1));
		put_badge(
		    v, agent_state(row_text(&r, 2), row_int(&r, 3), rq->now));
		view_text(v, "running", show_count(rq->arena, row_int(&r, 4)));
		view_text(v, "waiting", show_count(rq->arena, row_int(&r, 5)));
		put_ago(v, "last", row_int(&r, 3), rq->now);
	}
	return rows_done(&r);
}

/* What has been sold, and no server has room for. */
static enum err
put_placeless(struct request *rq, struct view *root)
{
	struct view *v;
	struct rows r;
	int64_t n;
	enum err e = db_one(rq->tx, &r,
	    "SELECT COUNT(*), MIN(placement) FROM provisioning_tasks "
	    "WHERE tenant_id = $1 AND server_id IS NULL "
	    "AND status = 'pending' AND type = 'website'",
	    DB_ID(&rq->tx->tenant));

	if (e != OK || (n = row_int(&r, 0)) == 0)
		return e == OK ? rows_done(&r) : e;
	v = view_object(root, "placeless");
	view_text(v, "strong",
	    n == 1 ? say("One website waits for a place on a server.")
		   : say_with(rq->arena,
			 "%s websites wait for a place on a server.",
			 show_count(rq->arena, n)));
	view_textf(v, "text",
	    "%s safe, and %s by %s as soon as a server has room. What was "
	    "missing when it was ordered: %s.",
	    n == 1 ? "Its order is" : "Their orders are",
	    n == 1 ? "it goes on" : "they go on",
	    n == 1 ? "itself" : "themselves", row_text(&r, 1));
	return rows_done(&r);
}

static enum err
show_overview(struct request *rq)
{
	struct view *v = page_view(rq, say("Provisioning"), HERE);
	enum err e;

	if ((e = put_task_tabs(rq, v, HERE)) != OK ||
	    (e = put_retry_all(rq, v)) != OK ||
	    (e = put_task_figures(rq, v)) != OK ||
	    (e = put_placeless(rq, v)) != OK ||
	    (e = put_failures(rq, v)) != OK || (e = put_servers(rq, v)) != OK)
		return e;
	reply_page(rq, 200, "admin/provisioning", v);
	return OK;
}

/* ---- verbs ---- */

static enum err
ask_retry_all(struct request *rq)
{
	struct view *v, *fields;
	int64_t n;
	enum err e = count_status(rq, "failed", &n);

	if (e != OK)
		return e;
	v = page_view(rq, say("Retry all failed tasks"), HERE);
	crumb_add(
	    head_crumbs(view_object(v, "head")), HERE, say("Provisioning"));
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Retry %s?",
		    show_plural(rq->arena, n, "failed task", "failed tasks")),
		.text = "Each starts again at once, with all its attempts. "
			"What is done already is not done twice.",
		.action = HERE "/retry-failed",
		.yes = "Retry all failed",
		.no_href = FAILED,
		.no_label = "Leave them",
	    },
	    &fields);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
retry_all(struct request *rq)
{
	int64_t n;
	enum err e = task_retry_failed(rq->tx, &n);

	if (e != OK)
		return e;
	if (n == 0)
		reply_flash(rq, "info", "No task has failed.");
	else
		reply_flash(rq, "good",
		    say_with(rq->arena, "%s started again.",
			show_plural(rq->arena, n, "task", "tasks")));
	reply_redirect(rq, HERE);
	return OK;
}

/* clang-format off */
const struct route provisioning_page_routes[] = {
	{GET,	HERE,			POOL_UI, AUTH_SESSION, PERM_TASKS_READ,
		BODY_NONE, 0, show_overview, "provisioning.page"},
	{GET,	HERE "/retry-failed",	POOL_UI, AUTH_SESSION, PERM_TASKS_WRITE,
		BODY_NONE, 0, ask_retry_all, "provisioning.ask_retry_failed"},
	{POST,	HERE "/retry-failed",	POOL_UI, AUTH_SESSION, PERM_TASKS_WRITE,
		BODY_FORM, 0, retry_all, "provisioning.retry_failed"},
	{GET,	TASKS,			POOL_UI, AUTH_SESSION, PERM_TASKS_READ,
		BODY_NONE, 0, list_tasks_page, "provisioning.tasks"},
	{GET,	TASKS "/:id",		POOL_UI, AUTH_SESSION, PERM_TASKS_READ,
		BODY_NONE, 0, show_task, "provisioning.task"},
	{0}
};
/* clang-format on */
