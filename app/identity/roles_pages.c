/* roles_pages.c - which role may do what: /role-management.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "face/waiting.h"
#include "identity/company_rules.h"
#include "identity/personal_key_pages.h"
#include "identity/role.h"
#include "identity/role_change_api.h"
#include "identity/role_made.h"
#include "identity/roles_api.h"

#define ROLES "/role-management"

/* ---- all of them ---- */

static bool
may_change(const struct request *rq, const struct role_made *m)
{
	return !m->is_system && request_may(rq, PERM_USERS_WRITE) &&
	       role_made_is_within(rq->tx, &m->perms);
}

static void
put_card(struct request *rq, struct view *cards, const struct role_made *m)
{
	struct view *card = view_item(cards), *verbs;
	const char *base = arena_printf(rq->arena, ROLES "/%s", m->id.s);

	view_text(card, "role", m->title);
	view_text(card, "about", m->is_system ? say(m->text) : m->text);
	view_text(card, "people",
	    show_plural(rq->arena, m->n_people, "person", "people"));
	view_flag(card, "isSystem", m->is_system);
	view_flag(card, "needsFactor", m->needs_factor);
	verbs = view_list(card, "verbs");
	if (!may_change(rq, m))
		return;
	verb_link(verbs, "Change", arena_printf(rq->arena, "%s/change", base),
	    NULL, NULL);
	verb_ask(verbs, "Remove…", arena_printf(rq->arena, "%s/remove", base),
	    NULL, "bad");
}

/* One row for each permission that any of the roles gives. */
static void
put_matrix(struct view *root, const struct role_made *list, size_t n)
{
	struct view *matrix = view_object(root, "matrix");
	struct view *head = view_list(matrix, "head");
	struct view *rows = view_list(matrix, "rows");
	struct perm_set any = {{0}};

	for (size_t i = 0; i < n; i++) {
		view_text(view_item(head), "role", list[i].title);
		any.bits[0] |= list[i].perms.bits[0];
	}
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++) {
		struct view *row, *cells;

		if (!perm_has(&any, (enum perm)p))
			continue;
		row = view_item(rows);
		view_text(row, "what", say(perm_text((enum perm)p)));
		view_text(row, "perm", perm_name((enum perm)p));
		cells = view_list(row, "cells");
		for (size_t i = 0; i < n; i++)
			view_flag(view_item(cells), "may",
			    perm_has(&list[i].perms, (enum perm)p));
	}
}

static enum err
show_roles(struct request *rq)
{
	const struct role_made *list;
	struct view *v, *cards;
	struct company_rules rules;
	size_t n;
	enum err e = company_rules_get(rq->tx, rq->settings, &rules);

	if (e == OK)
		e = roles_list(rq->tx, rules.factor_roles, &list, &n);
	if (e != OK)
		return e;
	v = page_view(rq, say("Roles"), ROLES);
	view_text(v, "title", say("Roles"));
	cards = view_list(v, "cards");
	for (size_t i = 0; i < n; i++)
		put_card(rq, cards, &list[i]);
	put_matrix(v, list, n);
	if (request_may(rq, PERM_USERS_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "New role", ROLES "/new", "plus", "pri");
	reply_page(rq, 200, "admin/roles", v);
	return OK;
}

/* ---- the form of one ---- */

struct form {
	const char *title, *action, *yes, *refused;
	const struct role_made *role; /* NULL: a new one */
};

static bool
is_sent(const struct request *rq)
{
	return form_text(rq, "name") != NULL;
}

static void
put_fields(struct request *rq, struct view *root, const struct role_made *m)
{
	struct view *fields = view_list(root, "fields"), *f;

	f = form_field(rq, fields, "name", "Name", m ? m->name : "", false);
	view_text(f, "hint", say("What people see, like “Billing desk”."));
	form_field(
	    rq, fields, "description", "Description", m ? m->text : "", true);
	view_flag(root, "needsFactor",
	    is_sent(rq) ? form_text(rq, "needsFactor") != NULL
			: m && m->needs_factor);
}

/* What the person may give, as boxes. */
static void
put_boxes(struct request *rq, struct view *root, const struct role_made *m)
{
	struct view *boxes = view_list(root, "boxes");

	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++) {
		const char *name = perm_name((enum perm)p);
		struct view *box;

		if (!perm_has(&rq->actor.perms, (enum perm)p))
			continue;
		box = view_item(boxes);
		view_text(box, "field", name);
		view_text(box, "what", say(perm_text((enum perm)p)));
		view_flag(box, "checked",
		    is_sent(rq) ? form_text(rq, name) != NULL
				: m && perm_has(&m->perms, (enum perm)p));
	}
}

/* Whom a change is about to sign out. */
static enum err
put_people(struct request *rq, struct view *v, const struct role_made *m)
{
	int64_t keys;
	bool asks;
	enum err e = keys_count_role(rq->tx, m->name, &keys);

	if (e == OK)
		e = role_change_is_asked(rq, &asks);
	if (e != OK)
		return e;
	if (m->n_people > 0)
		view_text(v, "people",
		    show_plural(rq->arena, m->n_people, "person", "people"));
	view_flag(v, "asks", asks);
	keys_put(rq, v, keys);
	return OK;
}

static enum err
show_form(struct request *rq, int status, const struct form *form)
{
	const struct role_made *m = form->role;
	struct view *v = page_view(rq, say(form->title), ROLES);
	enum err e = OK;

	view_text(v, "title", say(form->title));
	crumb_add(head_crumbs(view_object(v, "head")), ROLES, say("Roles"));
	if (status != 200)
		put_problems(v, form->refused, &rq->problems);
	view_text(v, "action", form->action);
	view_text(v, "yes", say(form->yes));
	view_text(v, "version",
	    form_typed(rq, "version",
		m ? arena_printf(rq->arena, "%lld", (long long)m->version)
		  : ""));
	if (m)
		e = put_people(rq, v, m);
	if (e != OK)
		return e;
	put_fields(rq, v, m);
	put_boxes(rq, v, m);
	reply_page(rq, status, "admin/role", v);
	return OK;
}

/* The wish borrows `perms`. */
static enum err
read_form(struct request *rq, struct role_wish *wish, struct perm_set *perms)
{
	const char *version = form_text(rq, "version");

	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (form_text(rq, perm_name((enum perm)p)))
			perm_add(perms, (enum perm)p);
	*wish = (struct role_wish){
	    .name = form_trimmed(rq, "name"),
	    .text = form_trimmed(rq, "description"),
	    .perms = perms,
	    .needs_factor = form_text(rq, "needsFactor") != NULL,
	};
	if (version && version[0] &&
	    !str_to_i64(version, 1, INT64_MAX, &wish->version))
		return E_INPUT;
	return wish->name && wish->text ? OK : E_BUSY;
}

static enum err
done(struct request *rq, const char *english, const char *name)
{
	const char *said = say_with(rq->arena, english, name);

	if (said == NULL)
		return E_BUSY;
	reply_flash(rq, "good", said);
	reply_redirect(rq, ROLES);
	return OK;
}

/* ---- a new one ---- */

static const struct form new_form = {
    .title = "New role",
    .action = ROLES "/new",
    .yes = "Make the role",
    .refused = "No role was made",
};

static enum err
ask_new(struct request *rq)
{
	return show_form(rq, 200, &new_form);
}

static enum err
do_new(struct request *rq)
{
	struct perm_set perms = {{0}};
	struct role_wish wish;
	struct id id;
	enum err e = read_form(rq, &wish, &perms);

	if (e == OK)
		e = role_made_add(rq->tx, &wish, &id);
	if (e == E_INPUT || e == E_CONFLICT)
		return show_form(rq, e == E_INPUT ? 422 : 409, &new_form);
	return e == OK ? done(rq, "%s can be given to people now.", wish.name)
		       : e;
}

/* ---- changing ---- */

/* One that the person may change. */
static enum err
read_role(struct request *rq, struct role_made *out)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = role_made_get(rq->tx, &id, out);
	if (e == OK && !role_made_is_within(rq->tx, &out->perms))
		e = E_DENIED;
	return e;
}

static struct form
form_of(struct request *rq, const struct role_made *m)
{
	return (struct form){
	    .title = say_with(rq->arena, "Change %s", m->name),
	    .action = rq->path,
	    .yes = "Save the role",
	    .refused = "The role stays as it was",
	    .role = m,
	};
}

static enum err
ask_change(struct request *rq)
{
	struct role_made m;
	enum err e = read_role(rq, &m);
	struct form form;

	if (e != OK)
		return e;
	form = form_of(rq, &m);
	return show_form(rq, 200, &form);
}

static enum err
do_change(struct request *rq)
{
	struct perm_set perms = {{0}};
	struct role_wish wish;
	struct role_made m;
	struct form form;
	struct id waiting = {""};
	enum err e = read_role(rq, &m);

	if (e != OK)
		return e;
	form = form_of(rq, &m);
	e = read_form(rq, &wish, &perms);
	if (e == OK)
		e = role_made_change_asked(rq, &m.id, &wish, &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	if (e == E_INPUT || e == E_CONFLICT)
		return show_form(rq, e == E_INPUT ? 422 : 409, &form);
	return e == OK ? done(rq, "%s is changed.", wish.name) : e;
}

/* ---- removing ---- */

static enum err
show_remove(struct request *rq, int status, const struct role_made *m)
{
	struct view *v = page_view(rq, say("Remove role"), ROLES), *ignored;

	crumb_add(head_crumbs(view_object(v, "head")), ROLES, say("Roles"));
	if (status != 200)
		put_problems(v, "The role stays", &rq->problems);
	put_ask(v,
	    &(struct ask){
		.title = say_with(rq->arena, "Remove %s?", m->name),
		.text = "A role that somebody has can't be removed. This "
			"cannot be undone.",
		.action = rq->path,
		.yes = "Remove the role",
		.no_href = ROLES,
		.no_label = "Keep it",
		.danger = true,
	    },
	    &ignored);
	reply_page(rq, status, "admin/ask", v);
	return OK;
}

static enum err
ask_remove(struct request *rq)
{
	struct role_made m;
	enum err e = read_role(rq, &m);

	return e == OK ? show_remove(rq, 200, &m) : e;
}

static enum err
do_remove(struct request *rq)
{
	struct role_made m;
	enum err e = read_role(rq, &m);

	if (e != OK)
		return e;
	e = role_made_remove(rq->tx, &m.id);
	if (e == E_CONFLICT)
		return show_remove(rq, 409, &m);
	return e == OK ? done(rq, "%s is removed.", m.name) : e;
}

/* clang-format off */
#define PAGE(path, perm, handler, name)					       \
	{ GET, ROLES path, POOL_UI, AUTH_SESSION, perm, BODY_NONE, 0, handler, \
	  "roles.page" name }
#define ASK(path, ask, act, name)					       \
	PAGE(path, PERM_USERS_WRITE, ask, name ".ask"),			       \
	{ POST, ROLES path, POOL_UI, AUTH_SESSION, PERM_USERS_WRITE,	       \
	  BODY_FORM, 0, act, "roles.page" name }

const struct route roles_page_routes[] = {
	PAGE("",            PERM_USERS_READ, show_roles, ".list"),
	ASK("/new",         ask_new,    do_new,    ".new"),
	ASK("/:id/change",  ask_change, do_change, ".change"),
	ASK("/:id/remove",  ask_remove, do_remove, ".remove"),
	{ 0 },
};
/* clang-format on */
