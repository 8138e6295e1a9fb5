/* security_pages.c - how people come in, at a glance, and from where they may:
 * /security.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/address_api.h"
#include "identity/address_rule.h"
#include "identity/user.h"

#define PAGE  "/security"
#define DAY_S 86400

/* ---- at a glance ---- */

static enum err
put_figures(struct request *rq, struct view *root)
{
	struct view *figures = view_list(view_object(root, "figures"), "items");
	struct arena *a = rq->arena;
	struct rows r;
	enum err e = db_one(rq->tx, &r,
	    "SELECT (SELECT count(*) FROM users WHERE tenant_id = $1 "
	    "AND status = 'active' AND deleted_at IS NULL), "
	    "(SELECT count(*) FROM users WHERE tenant_id = $1 "
	    "AND status = 'active' AND deleted_at IS NULL "
	    "AND has_factor = 1), "
	    "(SELECT count(*) FROM sessions WHERE tenant_id = $1 "
	    "AND revoked_at IS NULL AND expires_at > $2 "
	    "AND kind <> 'access' AND used_at IS NULL), "
	    "(SELECT count(*) FROM (SELECT 1 FROM audit_logs "
	    "WHERE tenant_id = $1 AND action = 'login.failed' "
	    "AND created_at > $3 LIMIT 1000) f)",
	    DB_ID(&rq->tx->tenant), DB_INT(rq->now), DB_INT(rq->now - DAY_S));

	if (e != OK)
		return e;
	figure_add(
	    figures, "People", show_count(a, row_int(&r, 0)), NULL, NULL);
	figure_add(figures, "With a second factor",
	    show_count(a, row_int(&r, 1)), NULL, NULL);
	figure_add(
	    figures, "Sessions", show_count(a, row_int(&r, 2)), NULL, NULL);
	figure_add(figures, "Failed log-ins today",
	    show_capped(a, row_int(&r, 3)), NULL, NULL);
	return rows_done(&r);
}

/* ---- the rules ---- */

static void
put_rule(struct request *rq, struct view *list, const struct address_rule *r)
{
	struct view *row = view_item(list);

	view_text(row, "range", r->range);
	view_text(row, "effect", r->is_deny ? say("Kept out") : say("Let in"));
	view_text(row, "who", r->email ? r->email : say("Everybody"));
	view_text(row, "remark", r->note);
	if (request_may(rq, PERM_SETTINGS_WRITE))
		view_textf(view_object(row, "remove"), "post",
		    PAGE "/addresses/%s/remove", r->id.s);
	else
		view_text(row, "remove", NULL);
}

static enum err
put_rules(struct request *rq, struct view *root)
{
	struct view *list = view_list(root, "rules");
	const struct address_rule *rules;
	size_t n;
	enum err e = address_rules_list(rq->tx, &rules, &n);

	for (size_t i = 0; e == OK && i < n; i++)
		put_rule(rq, list, &rules[i]);
	return e;
}

static void
put_form(struct request *rq, struct view *root)
{
	struct view *fields = view_list(view_object(root, "form"), "fields");
	struct view *f, *options;

	f = form_field(rq, fields, "range", "Address or range", "", false);
	view_text(f, "hint",
	    say_with(
		rq->arena, "Like 192.0.2.0/24. You are at %s.", rq->client));
	field_select(fields, "effect", "Who comes from there", &options);
	option_add(options, "allow", say("is let in, and others are not"),
	    !str_eq(form_typed(rq, "effect", ""), "deny"));
	option_add(options, "deny", say("is kept out"),
	    str_eq(form_typed(rq, "effect", ""), "deny"));
	f = form_field(rq, fields, "email", "Only for", "", true);
	view_text(
	    f, "hint", say("A person's e-mail address; empty: everybody."));
	form_field(rq, fields, "note", "Note", "", true);
}

static enum err
show_page(struct request *rq, int status)
{
	struct view *v = page_view(rq, say("Security"), PAGE);
	enum err e;

	view_text(v, "title", say("Security"));
	if (status != 200)
		put_problems(v, "No rule was changed", &rq->problems);
	e = put_figures(rq, v);
	if (e == OK)
		e = put_rules(rq, v);
	if (e != OK)
		return e;
	if (request_may(rq, PERM_SETTINGS_WRITE))
		put_form(rq, v);
	reply_page(rq, status, "admin/security", v);
	return OK;
}

static enum err
show(struct request *rq)
{
	return show_page(rq, 200);
}

/* ---- what its forms do ---- */

static enum err
find_user(struct request *rq, struct id *out)
{
	const char *email = form_trimmed(rq, "email");
	struct user u;
	enum err e;

	if (email == NULL)
		return E_BUSY;
	if (email[0] == '\0')
		return OK;
	e = user_find(rq->tx, email, &u);
	if (e == OK)
		*out = u.id;
	if (e != E_NOTFOUND)
		return e;
	problem_add(&rq->problems, "email", "not_found",
	    "Nobody here has this address.");
	return E_INPUT;
}

static enum err
show_again(struct request *rq, const void *status)
{
	return show_page(rq, *(const int *)status);
}

/* In a transaction of its own, which ends before the page is shown again:
 * nothing of what was refused may stay. */
static enum err
change(struct request *rq, enum err (*fn)(struct request *rq))
{
	struct tx tx;
	int status;
	enum err e;

	request_tx(rq, &tx);
	e = tx_begin(rq->db, TX_WRITE, &tx);
	rq->tx = &tx;
	if (e == OK)
		e = fn(rq);
	rq->tx = NULL;
	if (e == OK)
		e = tx_commit(&tx);
	tx_rollback(&tx);
	if (e == E_INPUT || e == E_CONFLICT) {
		status = e == E_CONFLICT ? 409 : 422;
		return request_reading(rq, show_again, &status);
	}
	if (e == OK)
		reply_redirect(rq, PAGE);
	return e;
}

static enum err
add(struct request *rq)
{
	struct address_rule_new n = {
	    .is_deny = str_eq(form_typed(rq, "effect", ""), "deny"),
	    .range = form_trimmed(rq, "range"),
	    .note = form_typed(rq, "note", ""),
	};
	struct id id;
	enum err e = n.range ? find_user(rq, &n.user) : E_BUSY;

	return e == OK ? address_rule_add(rq->tx, &n, rq->client, &id) : e;
}

static enum err
remove_rule(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? address_rule_remove(rq->tx, &id, rq->client) : e;
}

static enum err
do_add(struct request *rq)
{
	return change(rq, add);
}

static enum err
do_remove(struct request *rq)
{
	return change(rq, remove_rule);
}

/* clang-format off */
const struct route security_page_routes[] = {
	{ GET,  PAGE,                         POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,  BODY_NONE,
	  0,            show,      "security.page" },
	{ POST, PAGE "/addresses",            POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_FORM,
	  ROUTE_OWN_TX, do_add,    "security.page.add" },
	{ POST, PAGE "/addresses/:id/remove", POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE, BODY_FORM,
	  ROUTE_OWN_TX, do_remove, "security.page.remove" },
	{ 0 },
};
/* clang-format on */
