/* inbox_pages.c - the staff's list of tickets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/show.h"
#include "support/desk.h"
#include "support/mail_in.h"
#include "support/support_pages.h"
#include "support/tickets_noun.h"

/* ---- rows ---- */

static void
fill(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *customer = cell_text(c, TK_CUSTOMER);
	const char *priority = cell_text(c, TK_PRIORITY);

	view_text(row, "number", cell_text(c, TK_NUMBER));
	view_text(row, "subject", cell_text(c, TK_SUBJECT));
	view_text(
	    row, "customer", customer[0] ? customer : cell_text(c, TK_EMAIL));
	view_text(row, "assignee", cell_text(c, TK_ASSIGNEE));
	view_text(row, "department", cell_text(c, TK_DEPARTMENT));
	put_badge(row, desk_state(cell_text(c, TK_STATUS)));
	view_flag(row, "isLate", cell_int(c, TK_LATE) != 0);
	if (str_eq(priority, "high") || str_eq(priority, "urgent"))
		put_badge(view_object(row, "urgency"), priority);
	put_ago(row, "last", cell_int(c, TK_LAST), p->rq->now);
}

const char *
desk_state(const char *status)
{
	return str_eq(status, "open")	   ? "needs_answer"
	       : str_eq(status, "waiting") ? "answered"
					   : status;
}

static const struct list_column columns[] = {
    {"last", "lastMessageAt"},
    {"created", "createdAt"},
    {NULL, NULL},
};
static const struct list_def inbox = {
    .noun = &tickets_noun,
    .path = DESK,
    .file = "tickets.csv",
    .find = "Number, subject, customer, e-mail",
    .sort = "-lastMessageAt",
    .column = columns,
    .fill = fill,
};

/* ---- views ---- */

static const struct desk_view {
	const char *word, *label;
	bool is_counted, is_hot;
} views[TICKETS_VIEW__MAX] = {
    [TICKETS_MINE] = {"mine", "Mine", true, false},
    [TICKETS_UNASSIGNED] = {"unassigned", "Unassigned", true, true},
    [TICKETS_LATE] = {"late", "Late", true, true},
    [TICKETS_LIVING] = {NULL, "All open", true, false},
    [TICKETS_CLOSED] = {"closed", "Closed", false, false},
    [TICKETS_ALL] = {"all", "All", false, false},
};

static void
narrow(struct list *l, const struct desk_view *v, struct request *rq)
{
	tickets_view(l, (enum ticket_view)(v - views),
	    arena_strdup(rq->arena, rq->actor.id.s));
}

static bool
is_search(const struct request *rq)
{
	const char *q = query_text(rq, "q");

	return q && q[0] != '\0';
}

/* The view's parameter is no filter of the noun: it is put last, and hidden
 * while that reads its own. */
static const struct desk_view *
take_view(struct request *rq)
{
	const char *word = query_text(rq, "view");

	for (size_t i = 0; i < rq->n_query; i++) {
		struct param view = rq->query[i];

		if (!str_eq(view.name, "view"))
			continue;
		rq->query[i] = rq->query[rq->n_query - 1];
		rq->query[rq->n_query - 1] = view;
	}
	/* who searches means all of them */
	if (!word && is_search(rq))
		return &views[TICKETS_ALL];
	for (size_t i = 0; i < N_ELEMS(views); i++)
		if (word ? views[i].word && str_eq(views[i].word, word)
			 : !views[i].word)
			return &views[i];
	problem_add(
	    &rq->problems, "view", "not_in_list", "There is no such view.");
	return NULL;
}

static enum err
put_views(struct request *rq, const struct desk_view *now, struct view *tabs)
{
	struct list list[N_ELEMS(views)];
	int64_t n[N_ELEMS(views)];
	size_t counted = 0;
	enum err e;

	for (size_t i = 0; i < N_ELEMS(views) && views[i].is_counted; i++) {
		list_init(&list[counted], &tickets_noun);
		narrow(&list[counted++], &views[i], rq);
	}
	if ((e = list_counts(rq->tx, list, counted, n)) != OK)
		return e;
	for (size_t i = 0; i < N_ELEMS(views); i++) {
		bool counts = i < counted && n[i] > 0;
		const char *href = views[i].word
				       ? arena_printf(rq->arena,
					     DESK "?view=%s", views[i].word)
				       : DESK;

		tab_add(tabs, href, views[i].label, now == &views[i],
		    counts ? show_capped(rq->arena, n[i]) : "",
		    views[i].is_hot && counts);
	}
	return OK;
}

/* ---- filters ---- */

static enum err
put_filters(struct list_page *p)
{
	struct request *rq = p->rq;
	struct view *options =
	    list_page_select(p, "priority", "Priority", "Any priority");
	struct rows r;
	enum err e;

	for (int i = TICKET_PRIORITY__MAX; i-- > 0;)
		list_page_option(p, options, "priority",
		    ticket_priority_words[i],
		    priority_word((enum ticket_priority)i));
	e = db_query(rq->tx, &r,
	    "SELECT id, name FROM departments WHERE tenant_id = $1 "
	    "AND deleted_at IS NULL ORDER BY position, name LIMIT 100",
	    DB_ID(&rq->tx->tenant));
	if (e != OK)
		return e;
	options = NULL;
	while (rows_next(&r)) {
		if (!options)
			options = list_page_select(
			    p, "departmentId", "Department", "Any department");
		list_page_option(p, options, "departmentId", row_text(&r, 0),
		    row_strdup(&r, 1));
	}
	return rows_done(&r);
}

/* ---- the page ---- */

#define SATISFACTION_S (30 * INT64_C(86400))

/* Nothing where nobody has said anything. */
static enum err
put_satisfaction(struct request *rq, struct view *root)
{
	struct ticket_satisfaction s;
	enum err e = tickets_satisfaction(rq->tx, rq->now - SATISFACTION_S, &s);

	if (e == OK && s.n > 0)
		view_text(root, "satisfaction",
		    say_printf(rq->arena,
			"%d.%d of 5 from %s ratings in the last 30 days.",
			(int)(s.tenths / 10), (int)(s.tenths % 10),
			show_count(rq->arena, s.n)));
	return e;
}

static enum err
show_inbox(struct request *rq)
{
	const struct desk_view *now = take_view(rq);
	bool has_view = query_text(rq, "view") != NULL;
	struct list_page p;
	struct view *v, *verbs;
	enum err e;

	if (!now)
		return E_INPUT;
	rq->n_query -= has_view;
	e = list_page_open(rq, &inbox, &p);
	rq->n_query += has_view;
	if (e != OK)
		return e;
	narrow(&p.list, now, rq);
	/* the newest first: an index of words stops there when it has enough */
	if (is_search(rq) && !query_text(rq, "sort"))
		p.list.sort = NULL;
	if (p.is_csv)
		return list_page_csv(&p);
	v = page_view(rq, say("Tickets"), DESK);
	verbs = view_list(view_object(v, "head"), "verbs");
	if (request_may(rq, PERM_TICKETS_WRITE))
		verb_link(verbs, "New ticket", DESK "/new", "plus", "pri");
	verb_link(
	    verbs, "Canned replies", "/settings/canned-replies", "pen", NULL);
	verb_link(
	    verbs, "Incoming mails", incoming_mails_noun.page, "mail", NULL);
	if (request_may(rq, PERM_SETTINGS_READ))
		verb_link(verbs, "Departments", "/settings/departments", "gear",
		    NULL);
	list_page_start(&p, v);
	e = put_satisfaction(rq, v);
	if (e == OK)
		e = put_views(rq, now, put_tabs(v));
	if (e == OK)
		e = put_filters(&p);
	return e == OK ? list_page_reply(&p, v, "admin/tickets") : e;
}

/* clang-format off */
#define READ(path, handler, name)					\
	{GET, DESK path, POOL_UI, AUTH_SESSION, PERM_TICKETS_READ, BODY_NONE, 0, handler, name}
#define WRITE(method, path, body, flags, handler, name)			\
	{method, DESK path, POOL_UI, AUTH_SESSION, PERM_TICKETS_WRITE, body, flags, handler, name}

const struct route desk_page_routes[] = {
	READ("",			show_inbox,	"tickets.page"),
	READ("/:id",			show_ticket,	"tickets.show"),
	READ("/:id/canned/:cannedId",	show_canned,	"tickets.page.canned"),
	READ("/:id/files/:fileId",	show_file,	"tickets.show_file"),
	WRITE(GET,  "/new",		BODY_NONE, 0, show_new_ticket,	"tickets.new"),
	WRITE(POST, "/new",		BODY_FORM, ROUTE_FILES, do_new_ticket, "tickets.new.add"),
	WRITE(POST, "/:id/say",		BODY_FORM, ROUTE_FILES, do_say,	"tickets.page.say"),
	WRITE(POST, "/:id/sort",	BODY_FORM, 0, do_sort,		"tickets.page.sort"),
	WRITE(POST, "/:id/take",	BODY_FORM, 0, do_take,		"tickets.page.take"),
	WRITE(GET,  "/:id/merge",	BODY_NONE, 0, ask_merge,	"tickets.page.ask_merge"),
	WRITE(POST, "/:id/merge",	BODY_FORM, 0, do_merge,		"tickets.page.merge"),
	WRITE(POST, "/:id/close",	BODY_FORM, 0, do_close,		"tickets.page.close"),
	WRITE(POST, "/:id/reopen",	BODY_FORM, 0, do_reopen,	"tickets.page.reopen"),
	{0}
};
/* clang-format on */
