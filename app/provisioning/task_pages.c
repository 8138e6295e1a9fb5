/* task_pages.c - one task: what it waits for, what was tried, why it failed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "provisioning/provisioning_pages.h"
#include "provisioning/tasks_noun.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "provisioning/agent_state.h"

#define TASKS "/provisioning/tasks"

struct task_page {
	struct id id, server, website, order, customer, subscription;
	const char *type, *step, *status, *payload, *message, *error;
	const char *domain, *server_name, *order_number, *customer_name;
	const char *before_status, *placement;
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
	t->placement = row_strdup(r, 26);
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
	    "c.id, c.name, b.id, b.status, t.placement "
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
put_task_head(struct request *rq, const struct task_page *t, struct view *root)
{
	struct view *head = view_object(root, "head"), *verbs;
	struct view *crumbs = head_crumbs(head);

	crumb_add(crumbs, "/provisioning", say("Provisioning"));
	crumb_add(crumbs, TASKS, say("Tasks"));
	put_badge(head, t->status);
	if (t->server_name)
		view_text(head, "text",
		    say_printf(rq->arena,
			"%s, attempt %" PRId64 " of %" PRId64 ", on %s.",
			task_deed(t->type, t->step), t->attempt,
			t->max_attempts, t->server_name));
	else
		view_text(head, "text",
		    say_with(rq->arena, "%s, on no server yet.",
			task_deed(t->type, t->step)));
	verbs = view_list(head, "verbs");
	noun_put_verbs(rq, verbs, verbs, &tasks_noun, t->id.s, t->status, NULL);
}

static void
put_problem(struct view *root, const char *class, const char *icon,
    const char *strong, const char *text)
{
	struct view *v = view_object(root, "problem");

	view_text(v, "class", class);
	view_text(v, "icon", icon);
	view_text(v, "strong", say(strong));
	view_text(v, "text", say(text));
}

static void
put_wait(struct request *rq, const struct task_page *t, struct view *root)
{
	struct arena *a = rq->arena;

	if (t->before_status && !str_eq(t->before_status, "success"))
		put_problem(root, "warn", "clock", "It waits for another task.",
		    "The website has to be made first.");
	else if (!t->server_name)
		put_problem(root, "warn", "server",
		    say_with(a, "It waits for a place: %s.", t->placement),
		    "It starts by itself as soon as there is room: add a "
		    "server, let one take more websites, or remove a website.");
	else if (t->seen == 0 || rq->now - t->seen > AGENT_SILENT_S)
		put_problem(root, "warn", "warn",
		    t->seen == 0
			? say_with(a,
			      "The agent of %s has not "
			      "reported yet.",
			      t->server_name)
			: say_printf(a, "%s has not reported for %s.",
			      t->server_name, show_span(a, rq->now - t->seen)),
		    "The task starts by itself when it is back.");
	else if (t->due_at > rq->now)
		put_problem(root, "warn", "clock",
		    say_with(a, "Next try at %s.", show_clock(a, t->due_at)),
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
	    t->message && *t->message ? t->message
				      : say("The agent is at it."));
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
    {"placed", "on", "Put on a server"},
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
	if (t->server_name)
		fact_text(facts, "Why this server", t->placement);
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
