/* approvals_pages.c - what waits for a second person: /approvals.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/reader.h"
#include "base/text.h"
#include "face/noun_verbs.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/approvals_api.h"

#define APPROVALS "/approvals"

/* How the one who asked does it again: a form, and the wish's members in it. */
static const struct again {
	const char *format, *yes;
	const char *const *fields;
} agains[APPROVAL__MAX] = {
    [APPROVAL_REFUND] = {"/orders/%s/refund", "Refund it now",
	(const char *const[]){"reason", NULL}},
    [APPROVAL_PAYMENT] = {"/payments/%s/refund", "Refund it now",
	(const char *const[]){"amount", "reason", NULL}},
    [APPROVAL_ROLE] = {"/admin/users/%s/role", "Change the role now",
	(const char *const[]){"role", NULL}},
    [APPROVAL_INVITE] = {"/admin/users/invite", "Send the invitation now",
	(const char *const[]){"email", "firstName", "lastName", "role", NULL}},
    [APPROVAL_ROLE_CHANGE] = {"/role-management/%s/change",
	"Change the role now",
	(const char *const[]){"name", "description", "permissions",
	    "needsFactor", "version", NULL}},
    [APPROVAL_SETTINGS] = {"/settings", "Save it now",
	(const char *const[]){"group", "approveRefundOver",
	    "approveRemovalsOver", "approveRoleChanges", "factorRequiredRoles",
	    NULL}},
    [APPROVAL_REMOVE] = {"/websites/bulk/remove", "Remove them now",
	(const char *const[]){"reason", NULL}}, /* and keep_picks() */
};

/* ---- the list ---- */

static void
fill_row(struct request *rq, const struct approval *a, struct view *row)
{
	view_textf(row, "href", APPROVALS "/%s", a->id.s);
	view_text(row, "what", approval_title_said(rq->arena, a->title));
	view_text(row, "by", a->is_mine ? say("You") : a->asked_name);
	view_text(row, "decider", a->decided_name);
	put_badge(row, a->status);
	put_ago(row, "asked", a->created_at, rq->now);
}

static enum err
show_list(struct request *rq)
{
	const struct approval *list;
	struct view *v, *rows;
	size_t n;
	enum err e = approvals_list(rq->tx, &list, &n);

	if (e != OK)
		return e;
	v = page_view(rq, say("Approvals"), APPROVALS);
	view_text(v, "title", say("Approvals"));
	view_object(v, "head");
	rows = view_list(v, "rows");
	for (size_t i = 0; i < n; i++)
		fill_row(rq, &list[i], view_item(rows));
	reply_page(rq, 200, "admin/approvals", v);
	return OK;
}

/* ---- one of them ---- */

static struct view *
one_view(struct request *rq, const struct approval *a, const char *title,
    bool has_way_back)
{
	struct view *v = page_view(rq, title, APPROVALS);
	struct view *crumbs = head_crumbs(view_object(v, "head"));

	view_text(v, "title", title);
	crumb_add(crumbs, APPROVALS, say("Approvals"));
	if (has_way_back)
		crumb_add(crumbs,
		    arena_printf(rq->arena, APPROVALS "/%s", a->id.s),
		    approval_title_said(rq->arena, a->title));
	return v;
}

static void
put_verbs(struct request *rq, const struct approval *a, struct view *head)
{
	struct view *verbs = view_list(head, "verbs");
	struct arena *arena = rq->arena;

	if (a->may_approve)
		verb_ask(verbs, "Approve",
		    arena_printf(arena, APPROVALS "/%s/approve", a->id.s),
		    "check", "pri");
	if (a->may_refuse)
		verb_ask(verbs, a->is_mine ? "Withdraw" : "Refuse",
		    arena_printf(arena, APPROVALS "/%s/refuse", a->id.s), NULL,
		    NULL);
}

static const char *
sentence(const struct approval *a)
{
	if (str_eq(a->status, "waiting"))
		return a->is_mine ? "Somebody else who may do this must "
				    "approve it. Then you do it here."
				  : "Look whether it is right before you "
				    "approve it.";
	if (str_eq(a->status, "approved"))
		return a->is_mine ? "It is approved, once and as you asked "
				    "for it. Do it within a day."
				  : "It is approved. Whoever asked can do it "
				    "now, once.";
	if (str_eq(a->status, "used"))
		return "It was approved and has been done.";
	if (str_eq(a->status, "refused"))
		return str_eq(a->decided_by.s, a->asked_by.s)
			   ? "It was withdrawn."
			   : "It was not approved, and nothing was done.";
	return "A day has passed. It has to be asked for again.";
}

/* What people may do then that they may not now. */
static const char *
gains(struct arena *a, const json_t *list)
{
	struct buf b;
	enum perm p;

	buf_init(&b, 4096);
	for (size_t i = 0; i < json_array_size(list); i++)
		if (perm_find(json_string_value(json_array_get(list, i)), &p))
			buf_printf(
			    &b, "%s%s", i > 0 ? "; " : "", say(perm_text(p)));
	return buf_move(a, &b);
}

static void
put_role_facts(struct request *rq, struct view *facts, const json_t *wish)
{
	fact_link(facts, "Role",
	    json_string_value(json_object_get(wish, "name")),
	    "/role-management");
	fact_text(facts, "May then also",
	    gains(rq->arena, json_object_get(wish, "given")));
	if (json_is_true(json_object_get(wish, "factorDropped")))
		fact_text(facts, "Second factor", say("No longer needed"));
}

static const char *
domains(struct arena *a, const json_t *list)
{
	struct buf b;

	buf_init(&b, 0);
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    json_string_value(
			json_object_get(json_array_get(list, i), "domain")));
	return buf_move(a, &b);
}

static void
put_facts(struct request *rq, const struct approval *a, struct view *v)
{
	struct view *facts = view_list(v, "facts");
	json_t *wish = json_own(rq->arena, a->wish);
	const char *reason = json_string_value(json_object_get(wish, "reason"));

	fact_text(facts, "Asked by", a->asked_name);
	if (a->action == APPROVAL_REFUND)
		fact_link(facts, "Order", say("Look at it"),
		    arena_printf(rq->arena, "/orders/%s", a->noun_id.s));
	else if (a->action == APPROVAL_PAYMENT)
		fact_link(facts, "Payment", say("Look at it"),
		    arena_printf(rq->arena, "/payments/%s", a->noun_id.s));
	else if (a->action == APPROVAL_ROLE)
		fact_link(facts, "Person", say("Look at them"),
		    arena_printf(rq->arena, "/admin/users/%s", a->noun_id.s));
	else if (a->action == APPROVAL_ROLE_CHANGE)
		put_role_facts(rq, facts, wish);
	else if (a->action == APPROVAL_REMOVE)
		fact_text(facts, "Websites",
		    domains(rq->arena, json_object_get(wish, "websites")));
	fact_text(facts, "Reason", reason && reason[0] ? reason : NULL);
	fact_time(facts, "Asked", a->created_at, rq->now);
	fact_text(facts, "Decided by", a->decided_name);
	fact_time(facts, "Decided", a->decided_at, rq->now);
	if (str_eq(a->status, "waiting") || str_eq(a->status, "approved"))
		fact_time(facts, "Good until", a->expires_at, rq->now);
	json_decref(wish);
}

/* The form's path: the format's one %s is the thing's id. */
static const char *
path_of(struct arena *a, const char *format, const struct id *id)
{
	const char *at = strstr(format, "%s");

	return at ? arena_printf(a, "%.*s%s%s", (int)(at - format), format,
			id->s, at + 2)
		  : format;
}

static void
keep_text(struct view *keep, const char *name, const char *value)
{
	struct view *item = view_item(keep);

	view_text(item, "name", name);
	view_text(item, "value", value);
}

/* As a form sends it: a list is boxes of their own, which are checked. */
static void
keep_member(struct view *keep, const char *name, const json_t *value)
{
	char number[24];

	if (json_is_string(value))
		keep_text(keep, name, json_string_value(value));
	else if (json_is_true(value))
		keep_text(keep, name, "1");
	else if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(value));
		keep_text(keep, name, number);
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		keep_text(
		    keep, json_string_value(json_array_get(value, i)), "1");
}

/* Each as the box that was checked. */
static void
keep_picks(struct view *keep, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		struct view *item = view_item(keep);

		view_textf(item, "name", NOUN_PICK "%s",
		    json_string_value(json_object_get(one, "id")));
		view_text(item, "value", "1");
	}
}

static void
put_again(struct request *rq, const struct approval *a, struct view *root)
{
	const struct again *again = &agains[a->action];
	struct view *v = view_object(root, "again");
	struct view *keep = view_list(v, "keep");
	json_t *wish = json_own(rq->arena, a->wish);

	view_text(v, "action", path_of(rq->arena, again->format, &a->noun_id));
	view_text(v, "yes", say(again->yes));
	for (const char *const *f = again->fields; *f; f++)
		keep_member(keep, *f, json_object_get(wish, *f));
	if (a->action == APPROVAL_REMOVE)
		keep_picks(keep, json_object_get(wish, "websites"));
	json_decref(wish);
}

static enum err
read_one(struct request *rq, struct approval *out)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? approval_get(rq->tx, &id, out) : e;
}

static enum err
show_one(struct request *rq)
{
	struct approval a;
	struct view *v, *head;
	enum err e = read_one(rq, &a);

	if (e != OK)
		return e;
	v = one_view(rq, &a, approval_title_said(rq->arena, a.title), false);
	head = view_object(v, "head");
	put_badge(head, a.status);
	view_text(head, "text", say(sentence(&a)));
	put_verbs(rq, &a, head);
	put_facts(rq, &a, v);
	if (a.is_mine && a.action < APPROVAL__MAX &&
	    str_eq(a.status, "approved"))
		put_again(rq, &a, v);
	reply_page(rq, 200, "admin/approval", v);
	return OK;
}

/* ---- deciding ---- */

static enum err
ask(struct request *rq, bool is_approve)
{
	struct view *v, *ignored;
	struct approval a;
	enum err e = read_one(rq, &a);

	if (e != OK)
		return e;
	v = one_view(rq, &a, say(is_approve ? "Approve" : "Refuse"), true);
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena,
		    is_approve	? "Approve: %s?"
		    : a.is_mine ? "Withdraw: %s?"
				: "Refuse: %s?",
		    approval_title_said(rq->arena, a.title)),
		.text = is_approve ? "Nothing happens yet: whoever asked does "
				     "it then, once and exactly like this, "
				     "within a day."
				   : "It is not done. It can be asked for "
				     "again.",
		.action = rq->path,
		.yes = is_approve  ? "Approve it"
		       : a.is_mine ? "Withdraw it"
				   : "Refuse it",
		.no_href = arena_printf(rq->arena, APPROVALS "/%s", a.id.s),
		.no_label = "Back",
		.danger = !is_approve,
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", v);
	return OK;
}

static enum err
ask_approve(struct request *rq)
{
	return ask(rq, true);
}

static enum err
ask_refuse(struct request *rq)
{
	return ask(rq, false);
}

static enum err
decide(struct request *rq, bool is_approved)
{
	struct id id;
	const char *path;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = approval_decide(rq->tx, &id, is_approved);
	if (e != OK)
		return e;
	path = arena_printf(rq->arena, APPROVALS "/%s", id.s);
	if (path == NULL)
		return E_BUSY;
	reply_flash(
	    rq, "good", is_approved ? "Approved." : "It will not be done.");
	reply_redirect(rq, path);
	return OK;
}

static enum err
do_approve(struct request *rq)
{
	return decide(rq, true);
}

static enum err
do_refuse(struct request *rq)
{
	return decide(rq, false);
}

/* clang-format off */
#define PAGE(method, path, body, flags, handler, name)			       \
	{ method, APPROVALS path, POOL_UI, AUTH_SESSION, PERM_DASHBOARD_READ,  \
	  body, flags, handler, "approvals.page" name }

const struct route approvals_page_routes[] = {
	PAGE(GET,  "",             BODY_NONE, 0,          show_list,   ".list"),
	PAGE(GET,  "/:id",         BODY_NONE, 0,          show_one,    ".show"),
	PAGE(GET,  "/:id/approve", BODY_NONE, ROUTE_SELF, ask_approve, ".approve.ask"),
	PAGE(POST, "/:id/approve", BODY_FORM, ROUTE_SELF, do_approve,  ".approve"),
	PAGE(GET,  "/:id/refuse",  BODY_NONE, ROUTE_SELF, ask_refuse,  ".refuse.ask"),
	PAGE(POST, "/:id/refuse",  BODY_FORM, ROUTE_SELF, do_refuse,   ".refuse"),
	{ 0 },
};
/* clang-format on */
