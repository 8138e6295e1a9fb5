/* tasks_pages.c - find the stuck task.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/provisioning_pages.h"
#include "provisioning/tasks_noun.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "provisioning/agent_state.h"

#define TASKS "/provisioning/tasks"

/* ---- the list ---- */

enum {
	T_ID,
	T_DOMAIN,
	T_TYPE,
	T_STEP,
	T_STATUS,
	T_SERVER,
	T_SERVER_ID,
	T_SEEN,
	T_ATTEMPT,
	T_MAX,
	T_PROGRESS,
	T_MESSAGE,
	T_ERROR,
	T_DUE,
	T_BEFORE,
	T_PLACEMENT,
	T_CREATED,
	T_UPDATED
};

/* clang-format off */
static const struct field fields[] = {
	[T_ID]		= {"id", "CAST(t.id AS TEXT)", FIELD_ID,	SEARCH,	NULL},
	[T_DOMAIN]	= {"domain",	"w.domain",	FIELD_TEXT,	FILTER | SEARCH | JOINED, NULL},
	[T_TYPE]	= {"type",	"t.type",	FIELD_WORD,	FILTER | COARSE, NULL},
	[T_STEP]	= {"step",	"t.step",	FIELD_WORD,	FILTER | COARSE, NULL},
	[T_STATUS]	= {"status",	"t.status",	FIELD_WORD,	FILTER,	NULL},
	[T_SERVER]	= {"server",	"v.name",	FIELD_TEXT,	0,	NULL},
	[T_SERVER_ID]	= {"serverId",	"t.server_id",	FIELD_ID,	FILTER,	NULL},
	[T_SEEN]	= {"agentLastSeen", "v.agent_last_seen", FIELD_TIME, DETAIL, NULL},
	[T_ATTEMPT]	= {"attempt",	"t.attempt",	FIELD_INT,	0,	NULL},
	[T_MAX]		= {"maxAttempts", "t.max_attempts", FIELD_INT,	0,	NULL},
	[T_PROGRESS]	= {"progress",	"t.progress",	FIELD_INT,	0,	NULL},
	[T_MESSAGE]	= {"message",	"t.message",	FIELD_TEXT,	0,	NULL},
	[T_ERROR]	= {"errorMessage", "t.error_message", FIELD_TEXT, 0,	NULL},
	[T_DUE]		= {"dueAt",	"t.due_at",	FIELD_TIME,	0,	NULL},
	[T_BEFORE]	= {"afterStatus", "b.status",	FIELD_WORD,	DETAIL,	NULL},
	[T_PLACEMENT]	= {"placement",	"t.placement",	FIELD_TEXT,	DETAIL,	NULL},
	[T_CREATED]	= {"createdAt",	"t.created_at",	FIELD_TIME,	0,	"t.id"},
	[T_UPDATED]	= {"updatedAt",	"t.updated_at",	FIELD_TIME,	0,	NULL},
};
/* clang-format on */

const struct noun tasks_page_noun = {
    .name = "provisioning_tasks",
    .from = "provisioning_tasks t "
	    "LEFT JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "LEFT JOIN servers v ON v.tenant_id = t.tenant_id "
	    "AND v.id = t.server_id "
	    "LEFT JOIN provisioning_tasks b ON b.tenant_id = t.tenant_id "
	    "AND b.id = t.after_task_id",
    .base = "provisioning_tasks t",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .field = fields,
    .n_fields = N_ELEMS(fields),
};

/* Why it has not been done yet; NULL when there is nothing to say. */
static const char *
why_waiting(struct request *rq, const struct cells *c)
{
	struct arena *a = rq->arena;
	int64_t seen = cell_int(c, T_SEEN), due = cell_int(c, T_DUE);
	const char *before = cell_get(c, T_BEFORE);
	const char *server = cell_text(c, T_SERVER);

	if (before && !str_eq(before, "success"))
		return say_with(a,
		    "Waits for the website's own task, which %s.",
		    say(str_eq(before, "in_progress") ? "is in progress"
			: str_eq(before, "failed")    ? "has failed"
			: str_eq(before, "cancelled") ? "was cancelled"
						      : "is waiting too"));
	if (cell_is_null(c, T_SERVER_ID))
		return say_with(
		    a, "Waits for a place: %s.", cell_text(c, T_PLACEMENT));
	if (seen == 0)
		return say_with(a,
		    "Waiting for %s, whose agent has not reported yet.",
		    server);
	if (rq->now - seen > AGENT_SILENT_S)
		return say_printf(a,
		    "Waiting for %s, which has not reported for %s.", server,
		    show_span(a, rq->now - seen));
	if (due > rq->now)
		return say_with(a, "Next try at %s.", show_clock(a, due));
	return NULL;
}

static void
put_reason(struct request *rq, const struct cells *c, struct view *row)
{
	bool failed = str_eq(cell_text(c, T_STATUS), "failed");
	bool pending = str_eq(cell_text(c, T_STATUS), "pending");
	const char *text = pending  ? why_waiting(rq, c)
			   : failed ? cell_text(c, T_ERROR)
				    : NULL;
	struct view *v;

	if (!text || !*text)
		return;
	v = view_object(row, "reason");
	view_text(v, "class", failed ? "badc" : "warn");
	view_text(v, "text", text);
	view_text(v, "rest", "");
}

static void
put_row_verbs(struct request *rq, const struct cells *c, struct view *row)
{
	const char *status = cell_text(c, T_STATUS);

	if (!request_may(rq, PERM_TASKS_WRITE))
		return;
	if (str_eq(status, "failed"))
		put_post(row, "retry",
		    arena_printf(rq->arena, TASKS "/%s/retry", c->id));
	if (str_eq(status, "pending") || str_eq(status, "in_progress"))
		put_post(row, "cancel",
		    arena_printf(rq->arena, TASKS "/%s/cancel", c->id));
}

static void
fill_task(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *what =
	    task_name(cell_text(c, T_TYPE), cell_text(c, T_STEP));

	view_text(row, "domain",
	    cell_get(c, T_DOMAIN) ? cell_get(c, T_DOMAIN) : what);
	view_text(row, "what", what);
	put_badge(row, cell_text(c, T_STATUS));
	view_text(row, "server", cell_text(c, T_SERVER));
	view_textf(row, "attempt", "%s of %s", cell_text(c, T_ATTEMPT),
	    cell_text(c, T_MAX));
	if (str_eq(cell_text(c, T_STATUS), "in_progress"))
		put_meter(row, "meter", (int)cell_int(c, T_PROGRESS), what);
	put_ago(row, "updated", cell_int(c, T_UPDATED), p->rq->now);
	put_reason(p->rq, c, row);
	put_row_verbs(p->rq, c, row);
}

static const struct list_def tasks_list = {
    .noun = &tasks_page_noun,
    .path = TASKS,
    .file = "tasks.csv",
    .find = "Domain or task id",
    .column = (const struct list_column[]){{"created", "createdAt"}, {NULL}},
    .fill = fill_task,
};

enum err
put_server_select(struct list_page *p)
{
	struct view *options =
	    list_page_select(p, "serverId", "Server", "Any server");
	struct rows r;
	enum err e = db_query(p->rq->tx, &r,
	    "SELECT id, name FROM servers "
	    "WHERE tenant_id = $1 AND deleted_at IS NULL "
	    "ORDER BY name LIMIT 200",
	    DB_ID(&p->rq->tx->tenant));

	if (e != OK)
		return e;
	while (rows_next(&r))
		list_page_option(
		    p, options, "serverId", row_text(&r, 0), row_text(&r, 1));
	return rows_done(&r);
}

static void
add_status_select(struct list_page *p)
{
	static const char *const states[] = {
	    "failed", "pending", "in_progress", "success", "cancelled"};
	struct view *options =
	    list_page_select(p, "status", "Status", "Any status");

	for (size_t i = 0; i < N_ELEMS(states); i++)
		list_page_option(
		    p, options, "status", states[i], badge_word(states[i]));
}

enum err
list_tasks_page(struct request *rq)
{
	const char *status = query_text(rq, "status");
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &tasks_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Provisioning tasks"), "/provisioning");
	list_page_start(&p, v);
	add_status_select(&p);
	if ((e = put_server_select(&p)) != OK ||
	    (e = put_task_tabs(rq, v,
		 status && *status
		     ? arena_printf(rq->arena, TASKS "?status=%s", status)
		     : TASKS)) != OK ||
	    (e = put_retry_all(rq, v)) != OK ||
	    (e = put_task_figures(rq, v)) != OK)
		return e;
	return list_page_reply(&p, v, "admin/tasks");
}
