/* tasks_pages.c - find the stuck task, and see why.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/provisioning_pages.h"

#include <inttypes.h>

#include "base/text.h"
#include "face/list_page.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/audit_pages.h"
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
		return arena_printf(a,
		    "Waits for the website's own task, which %s.",
		    str_eq(before, "in_progress") ? "is in progress"
		    : str_eq(before, "failed")	  ? "has failed"
		    : str_eq(before, "cancelled") ? "was cancelled"
						  : "is waiting too");
	if (seen == 0)
		return arena_printf(a,
		    "Waiting for %s, whose agent has not reported yet.",
		    server);
	if (rq->now - seen > AGENT_SILENT_S)
		return arena_printf(a,
		    "Waiting for %s, which has not reported for %s.", server,
		    show_span(a, rq->now - seen));
	if (due > rq->now)
		return arena_printf(a, "Next try at %s.", show_clock(a, due));
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
	v = page_view(rq, "Provisioning tasks", "/provisioning");
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

/* ---- one task ---- */

struct task_page {
	struct id id, server, website, order, customer, subscription;
	const char *type, *step, *status, *payload, *message, *error;
	const char *domain, *server_name, *order_number, *customer_name;
	const char *before_status;
	struct id before;
	int64_t attempt, max_attempts, progress, due_at, lease_until;
	int64_t created_at, updated_at, finished_at, seen;
};

static void
read_more(const struct rows *r, struct task_page *t)
{
	t->domain = row_strdup(r, 18);
	t->server_name = row_strdup(r, 19);
	t->seen = row_int(r, 20);
	t->order_number = row_strdup(r, 21);
	t->customer = row_id(r, 22);
	t->customer_name = row_strdup(r, 23);
	t->before = row_id(r, 24);
	t->before_status = row_strdup(r, 25);
	t->lease_until = row_int(r, 17);
}

static enum err
read_task(struct tx *tx, const struct id *id, struct task_page *out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT t.id, t.server_id, t.website_id, t.order_id, "
	    "t.subscription_id, t.type, t.step, t.status, t.payload, "
	    "t.message, t.error_message, t.attempt, t.max_attempts, "
	    "t.progress, t.due_at, t.created_at, t.finished_at, "
	    "t.lease_until, w.domain, v.name, v.agent_last_seen, o.number, "
	    "c.id, c.name, b.id, b.status "
	    "FROM provisioning_tasks t "
	    "LEFT JOIN websites w ON w.tenant_id = t.tenant_id "
	    "AND w.id = t.website_id "
	    "LEFT JOIN servers v ON v.tenant_id = t.tenant_id "
	    "AND v.id = t.server_id "
	    "LEFT JOIN orders o ON o.tenant_id = t.tenant_id "
	    "AND o.id = t.order_id "
	    "LEFT JOIN customers c ON c.tenant_id = w.tenant_id "
	    "AND c.id = w.customer_id "
	    "LEFT JOIN provisioning_tasks b ON b.tenant_id = t.tenant_id "
	    "AND b.id = t.after_task_id "
	    "WHERE t.tenant_id = $1 AND t.id = $2",
	    DB_ID(&tx->tenant), DB_ID(id));

	if (e != OK)
		return e;
	*out = (struct task_page){
	    .id = row_id(&r, 0),
	    .server = row_id(&r, 1),
	    .website = row_id(&r, 2),
	    .order = row_id(&r, 3),
	    .subscription = row_id(&r, 4),
	    .type = row_strdup(&r, 5),
	    .step = row_strdup(&r, 6),
	    .status = row_strdup(&r, 7),
	    .payload = row_strdup(&r, 8),
	    .message = row_strdup(&r, 9),
	    .error = row_strdup(&r, 10),
	    .attempt = row_int(&r, 11),
	    .max_attempts = row_int(&r, 12),
	    .progress = row_int(&r, 13),
	    .due_at = row_int(&r, 14),
	    .created_at = row_int(&r, 15),
	    .finished_at = row_int(&r, 16),
	};
	read_more(&r, out);
	return rows_done(&r);
}

static void
put_task_verbs(struct request *rq, const struct task_page *t, struct view *head)
{
	struct view *verbs = view_list(head, "verbs");
	const char *path = arena_printf(rq->arena, TASKS "/%s", t->id.s);
	bool over =
	    str_eq(t->status, "failed") || str_eq(t->status, "cancelled");

	if (!request_may(rq, PERM_TASKS_WRITE) || !path)
		return;
	if (over)
		verb_post(verbs, "Retry",
		    arena_printf(rq->arena, "%s/retry", path), "retry", "pri");
	if (str_eq(t->status, "failed") || str_eq(t->status, "pending") ||
	    str_eq(t->status, "in_progress"))
		verb_post(verbs, "Cancel",
		    arena_printf(rq->arena, "%s/cancel", path), NULL, NULL);
}

static void
put_task_head(struct request *rq, const struct task_page *t, struct view *root)
{
	struct view *head = view_object(root, "head");
	struct view *crumbs = head_crumbs(head);

	crumb_add(crumbs, "/provisioning", "Provisioning");
	crumb_add(crumbs, TASKS, "Tasks");
	put_badge(head, t->status);
	view_textf(head, "text",
	    "%s, attempt %" PRId64 " of %" PRId64 ", on %s.",
	    task_deed(t->type, t->step), t->attempt, t->max_attempts,
	    t->server_name ? t->server_name : "no server");
	put_task_verbs(rq, t, head);
}

static void
put_problem(struct view *root, const char *class, const char *icon,
    const char *strong, const char *text)
{
	struct view *v = view_object(root, "problem");

	view_text(v, "class", class);
	view_text(v, "icon", icon);
	view_text(v, "strong", strong);
	view_text(v, "text", text);
}

static void
put_wait(struct request *rq, const struct task_page *t, struct view *root)
{
	struct arena *a = rq->arena;

	if (t->before_status && !str_eq(t->before_status, "success"))
		put_problem(root, "warn", "clock", "It waits for another task.",
		    "The website has to be made first.");
	else if (t->seen == 0 || rq->now - t->seen > AGENT_SILENT_S)
		put_problem(root, "warn", "warn",
		    t->seen == 0
			? arena_printf(a,
			      "The agent of %s has not "
			      "reported yet.",
			      t->server_name)
			: arena_printf(a, "%s has not reported for %s.",
			      t->server_name, show_span(a, rq->now - t->seen)),
		    "The task starts by itself when it is back.");
	else if (t->due_at > rq->now)
		put_problem(root, "warn", "clock",
		    arena_printf(
			a, "Next try at %s.", show_clock(a, t->due_at)),
		    "The attempt before it ended without a report.");
}

static void
put_state(struct request *rq, const struct task_page *t, struct view *root)
{
	struct view *v;

	if (str_eq(t->status, "failed"))
		put_problem(root, "badc", "bad",
		    t->error && *t->error ? t->error : "No reason was given.",
		    "Retry when the cause is mended; what is done already is "
		    "not done twice.");
	if (str_eq(t->status, "pending"))
		put_wait(rq, t, root);
	if (!str_eq(t->status, "in_progress"))
		return;
	v = view_object(root, "progress");
	view_text(v, "text",
	    t->message && *t->message ? t->message : "The agent is at it.");
	put_meter(v, "meter", (int)t->progress, task_name(t->type, t->step));
}

/* ---- attempts and history, from the task's events ---- */

struct event {
	const char *name, *message, *actor;
	int64_t attempt, at;
};
#define EVENTS_MAX 200

static enum err
read_events(
    struct tx *tx, const struct id *task, struct event *out, size_t *n_out)
{
	struct rows r;
	size_t n = 0;
	enum err e = db_query(tx, &r,
	    "SELECT event, message, actor_name, attempt, created_at "
	    "FROM task_events WHERE tenant_id = $1 AND task_id = $2 "
	    "ORDER BY id DESC LIMIT 200",
	    DB_ID(&tx->tenant), DB_ID(task));

	if (e != OK)
		return e;
	while (rows_next(&r) && n < EVENTS_MAX)
		out[n++] = (struct event){
		    .name = row_strdup(&r, 0),
		    .message = row_strdup(&r, 1),
		    .actor = row_strdup(&r, 2),
		    .attempt = row_int(&r, 3),
		    .at = row_int(&r, 4),
		};
	*n_out = n;
	return rows_done(&r);
}

/* What ended an attempt: its badge. */
static const char *
end_state(const char *event)
{
	if (str_eq(event, "succeeded") || str_eq(event, "undone"))
		return "success";
	if (str_eq(event, "cancelled"))
		return "cancelled";
	return "failed";
}

/* events[i] is a claim; the one after it in time (before it in the array)
 * ended it, if there is one. */
static void
put_attempt(
    struct request *rq, const struct event *events, size_t i, struct view *rows)
{
	const struct event *begin = &events[i];
	const struct event *end = i > 0 ? &events[i - 1] : NULL;
	struct view *v = view_item(rows);

	view_int(v, "number", begin->attempt);
	put_moment(v, "started", begin->at, rq->now);
	view_text(v, "agent", begin->actor);
	put_badge(v, end ? end_state(end->name) : "in_progress");
	view_text(v, "took",
	    show_span(rq->arena, (end ? end->at : rq->now) - begin->at));
	view_text(v, "error",
	    end && str_eq(end_state(end->name), "failed") ? end->message : "");
}

static const struct {
	const char *event, *class, *text;
} event_words[] = {
    {"queued", "", "Queued"},
    {"claimed", "on", "Taken"},
    {"succeeded", "on", "Done"},
    {"expired", "w", "Its lease ran out"},
    {"failed", "w", "Failed"},
    {"retried", "", "Tried again"},
    {"cancelled", "w", "Cancelled"},
    {"undone", "w", "Finished after it was cancelled; being undone"},
};

static void
put_event(struct request *rq, const struct event *ev, struct view *list)
{
	const char *text = ev->name, *class = "";

	for (size_t i = 0; i < N_ELEMS(event_words); i++) {
		if (str_eq(event_words[i].event, ev->name)) {
			text = event_words[i].text;
			class = event_words[i].class;
		}
	}
	if (ev->actor && *ev->actor)
		text = arena_printf(rq->arena, "%s by %s", text, ev->actor);
	event_add(list, class, text, NULL, ev->at, rq->now);
}

static enum err
put_events(struct request *rq, const struct id *task, struct view *root)
{
	struct event *events =
	    arena_array(rq->arena, EVENTS_MAX, sizeof(*events));
	struct view *attempts, *history;
	size_t n;
	enum err e;

	if (!events)
		return E_BUSY;
	if ((e = read_events(rq->tx, task, events, &n)) != OK)
		return e;
	attempts = view_list(view_object(root, "attempts"), "rows");
	history = view_list(root, "history");
	for (size_t i = 0; i < n; i++) {
		if (str_eq(events[i].name, "claimed"))
			put_attempt(rq, events, i, attempts);
		put_event(rq, &events[i], history);
	}
	return OK;
}

static const char *
path_to(struct request *rq, const char *folder, const struct id *id)
{
	return arena_printf(rq->arena, "%s/%s", folder, id->s);
}

static void
put_task_facts(struct request *rq, const struct task_page *t, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_link(
	    facts, "Order", t->order_number, path_to(rq, "/orders", &t->order));
	fact_link(facts, "Customer", t->customer_name,
	    path_to(rq, "/admin/customers", &t->customer));
	fact_link(
	    facts, "Website", t->domain, path_to(rq, "/websites", &t->website));
	fact_link(facts, "Server", t->server_name,
	    path_to(rq, "/servers", &t->server));
	if (id_is_set(&t->before))
		fact_link(facts, "After", "the website's task",
		    path_to(rq, TASKS, &t->before));
	fact_code(facts, "Task", t->id.s);
	fact_time(facts, "Queued", t->created_at, rq->now);
	fact_time(facts, "Finished", t->finished_at, rq->now);
	fact_time(facts, "Lease until", t->lease_until, rq->now);
}

enum err
show_task(struct request *rq)
{
	struct task_page t;
	struct view *v;
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = read_task(rq->tx, &id, &t)) != OK)
		return e;
	v = page_view(rq,
	    arena_printf(rq->arena, "%s %s", task_name(t.type, t.step),
		t.domain ? t.domain : ""),
	    "/provisioning");
	put_task_head(rq, &t, v);
	put_state(rq, &t, v);
	view_text(v, "body", show_json(rq->arena, t.payload, true));
	put_task_facts(rq, &t, v);
	if ((e = put_events(rq, &id, v)) != OK)
		return e;
	reply_page(rq, 200, "admin/task", v);
	return OK;
}
