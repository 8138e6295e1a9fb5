/* users_pages.c - staff and their rights, as pages.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/users_pages.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/list_page.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "face/waiting.h"
#include "identity/account.h"
#include "identity/audit_pages.h"
#include "identity/factor.h"
#include "identity/personal_key_pages.h"
#include "identity/role.h"
#include "identity/role_made.h"
#include "identity/role_change_api.h"
#include "identity/users_noun.h"

#define USERS "/admin/users"

/* ---- words ---- */

static const char *
role_title(const char *role)
{
	const struct role *r = role_builtin(role);

	return r ? r->title : role;
}

/* What a person's row says of coming in. */
static const char *
user_state(const char *status, bool has_password)
{
	if (!str_eq(status, "active"))
		return "suspended";
	return has_password ? "active" : "pending";
}

/* ---- the list ---- */

enum { U_EMAIL, U_NAME, U_ROLE, U_STATUS, U_INVITED, U_FACTOR, U_LAST };

/* clang-format off */
static const struct field user_fields[] = {
	[U_EMAIL]   = {"email",	      "u.email",	 FIELD_TEXT, SEARCH, "u.email_key"},
	[U_NAME]    = {"name",	      "u.name",		 FIELD_TEXT, SEARCH | IN_MEMORY, "u.name"},
	[U_ROLE]    = {"role",	      "u.role",		 FIELD_WORD, FILTER | COARSE | IN_MEMORY, "u.role"},
	[U_STATUS]  = {"status",      "u.status",	 FIELD_WORD, FILTER | COARSE, NULL},
	[U_INVITED] = {"invited",     "CASE WHEN u.password_hash IS NULL THEN 1 ELSE 0 END",
							 FIELD_BOOL, 0,	     NULL},
	[U_FACTOR]  = {"secondFactor", "u.has_factor",	 FIELD_BOOL, FILTER | COARSE, NULL},
	[U_LAST]    = {"lastLoginAt", "u.last_login_at", FIELD_TIME, 0,	     NULL},
};
/* clang-format on */

const struct noun users_page_noun = {
    .name = "users",
    .from = "users u",
    .tenant = "u.tenant_id",
    .id = "u.id",
    .alive = "u.deleted_at IS NULL",
    .field = user_fields,
    .n_fields = N_ELEMS(user_fields),
};

static void
fill_user(const struct list_page *p, const struct cells *c, struct view *row)
{
	const char *name = cell_text(c, U_NAME);

	view_text(row, "name", name[0] ? name : cell_text(c, U_EMAIL));
	view_text(row, "email", cell_text(c, U_EMAIL));
	view_text(row, "role", role_title(cell_text(c, U_ROLE)));
	view_text(
	    row, "factor", cell_int(c, U_FACTOR) ? "Second factor" : NULL);
	put_badge(
	    row, user_state(cell_text(c, U_STATUS), !cell_int(c, U_INVITED)));
	put_ago(row, "last", cell_int(c, U_LAST), p->rq->now);
}

static const struct list_def users_list = {
    .noun = &users_page_noun,
    .path = USERS,
    .file = "users.csv",
    .find = "Name, address",
    .sort = "email",
    .column = (const struct list_column[]){{"name", "name"}, {"role", "role"},
	{NULL}},
    .fill = fill_user,
};

static const struct list_tab tabs[] = {
    {"All", NULL, false, false},
    {"Active", "active", true, false},
    {"Disabled", "disabled", true, false},
};

static enum err
list_users(struct request *rq)
{
	struct list_page p;
	struct view *v;
	enum err e = list_page_open(rq, &users_list, &p);

	if (e != OK || p.is_csv)
		return e == OK ? list_page_csv(&p) : e;
	v = page_view(rq, say("Staff users"), USERS);
	list_page_start(&p, v);
	e = list_page_tabs(&p, put_tabs(v), "status", tabs, N_ELEMS(tabs));
	if (e != OK)
		return e;
	if (request_may(rq, PERM_USERS_WRITE))
		verb_link(view_list(view_object(v, "head"), "verbs"),
		    "Invite somebody", USERS "/invite", "plus", "pri");
	return list_page_reply(&p, v, "admin/users");
}

/* ---- one person ---- */

static const char *
label_of(const struct user *u)
{
	return u->name && u->name[0] ? u->name : u->email;
}

static void
put_verbs(struct request *rq, const struct user *u, struct view *head)
{
	struct view *verbs = view_list(head, "verbs"), *more;
	struct arena *a = rq->arena;
	const char *base = arena_printf(a, USERS "/%s", u->id.s);

	if (!request_may(rq, PERM_USERS_WRITE))
		return;
	verb_ask(
	    verbs, "Change role", arena_printf(a, "%s/role", base), NULL, NULL);
	more = view_list(view_object(head, "more"), "items");
	if (u->password_hash == NULL && u->is_active)
		verb_ask(more, "Send the invitation again",
		    arena_printf(a, "%s/invite", base), NULL, NULL);
	verb_ask(more, "Sign out everywhere",
	    arena_printf(a, "%s/sign-out", base), NULL, NULL);
	if (u->has_factor)
		verb_ask(more, "Reset second factor",
		    arena_printf(a, "%s/reset-factor", base), NULL, "bad");
	if (u->is_active)
		verb_ask(more, "Disable", arena_printf(a, "%s/disable", base),
		    NULL, "bad");
	else
		verb_ask(more, "Enable", arena_printf(a, "%s/enable", base),
		    NULL, NULL);
}

static void
put_facts(struct request *rq, const struct user *u, struct view *root)
{
	struct view *facts = view_list(root, "facts");

	fact_text(facts, "Role", role_title(u->role));
	if (u->email_verified_at != 0)
		fact_mark(facts, "Address", u->email, "good", "ok");
	else
		fact_text(facts, "Address",
		    say_with(rq->arena, "%s, not confirmed", u->email));
	fact_text(facts, "Second factor", u->has_factor ? "Set up" : "None");
	fact_time(facts, "Last signed in", u->last_login_at, rq->now);
	fact_text(facts, "Time zone", u->time_zone);
	fact_time(facts, "Here since", u->created_at, rq->now);
}

static enum err
read_person(struct request *rq, struct user *out)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	return e == OK ? user_get(rq->tx, &id, out) : e;
}

static enum err
show_user(struct request *rq)
{
	struct view *v, *head, *events;
	struct user u;
	enum err e = read_person(rq, &u);

	if (e != OK)
		return e;
	v = page_view(rq, label_of(&u), USERS);
	view_text(v, "title", label_of(&u));
	head = view_object(v, "head");
	crumb_add(head_crumbs(head), USERS, say("Staff users"));
	put_badge(head, user_state(u.is_active ? "active" : "disabled",
			    u.password_hash != NULL));
	view_text(head, "text",
	    u.password_hash ? u.email : say("Invited; has not come in yet."));
	put_verbs(rq, &u, head);
	put_facts(rq, &u, v);
	e = audit_put_history(rq, v, "users", &u.id, &events);
	if (e == OK)
		reply_page(rq, 200, "admin/user", v);
	return e;
}

/* ---- roles to choose from ---- */

/* Those that give no more than the acting person has. */
static enum err
put_roles(struct request *rq, struct view *fields, const char *now)
{
	const struct role_made *list;
	struct view *options;
	size_t n;
	enum err e = roles_list(rq->tx, NULL, &list, &n);

	if (e != OK)
		return e;
	field_select(fields, "role", "Role", &options);
	for (size_t i = 0; i < n; i++)
		if (role_made_is_within(rq->tx, &list[i].perms))
			option_add(options, list[i].name, list[i].title,
			    str_eq(list[i].name, now));
	return OK;
}

/* ---- inviting ---- */

static enum err
show_invite(struct request *rq, int status)
{
	struct view *v = page_view(rq, say("Invite somebody"), USERS), *fields;
	enum err e;

	crumb_add(
	    head_crumbs(view_object(v, "head")), USERS, say("Staff users"));
	if (status != 200)
		put_problems(v, "Nobody was invited", &rq->problems);
	put_ask(v,
	    &(struct ask){
		.title = "Whom do you invite?",
		.text = "They get a mail with a link to choose a password. "
			"It is good for a week.",
		.action = USERS "/invite",
		.yes = "Send the invitation",
		.no_href = USERS,
		.no_label = "Back",
	    },
	    &fields);
	view_text(form_field(rq, fields, "email", "E-mail", "", false), "type",
	    "email");
	form_field(rq, fields, "firstName", "First name", "", true);
	form_field(rq, fields, "lastName", "Last name", "", true);
	e = put_roles(rq, fields, form_typed(rq, "role", "support"));
	if (e == OK)
		reply_page(rq, status, "admin/ask", v);
	return e;
}

static enum err
ask_invite(struct request *rq)
{
	return show_invite(rq, 200);
}

static enum err
do_invite(struct request *rq)
{
	const struct user_new n = {
	    .email = form_trimmed(rq, "email"),
	    .first_name = form_typed(rq, "firstName", ""),
	    .last_name = form_typed(rq, "lastName", ""),
	    .role = form_typed(rq, "role", ""),
	};
	struct id id, waiting = {""};
	enum err e = n.email ? role_invite(rq, &n, &id, &waiting) : E_BUSY;

	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	if (e == E_INPUT || e == E_CONFLICT)
		return show_invite(rq, e == E_INPUT ? 422 : 409);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    say_with(rq->arena, "An invitation to %s is on its way.", n.email));
	reply_redirect(rq, USERS);
	return OK;
}

/* ---- what is done to a person ---- */

static enum err
disable(struct tx *tx, const struct id *id)
{
	return user_set_active(tx, id, false);
}

static enum err
enable(struct tx *tx, const struct id *id)
{
	return user_set_active(tx, id, true);
}

static enum err
reset_factor(struct tx *tx, const struct id *id)
{
	struct user u = {.role = NULL};
	enum err e = user_check_above(tx, id, &u);

	return e == OK ? factors_reset(tx, &u) : e;
}

static const struct verb {
	const char *last; /* of the path */
	const char *title, *text, *yes;
	bool danger, ends_keys;
	const char *done;
	enum err (*fn)(struct tx *tx, const struct id *id);
} verbs[] = {
    {"disable", "Disable %s?",
	"Every session and token of this person ends at once. Nothing of what "
	"they did is lost.",
	"Disable", true, true, "%s is disabled.", disable},
    {"enable", "Enable %s?", "The person can sign in again as before.",
	"Enable", false, false, "%s can sign in again.", enable},
    {"invite", "Send the invitation to %s again?",
	"The link that was sent before stops working.", "Send it", false, false,
	"An invitation to %s is on its way.", account_invite_again},
    {"sign-out", "Sign %s out everywhere?",
	"Every browser and program has to sign in again.", "Sign out", false,
	true, "%s is signed out everywhere.", user_end_sessions},
    {"reset-factor", "Take the second factor of %s away?",
	"Do it only when you are sure who asks. The person is told by mail and "
	"signed out; the password alone opens the door until a new factor is "
	"set up.",
	"Take it away", true, true, "%s has no second factor now.",
	reset_factor},
};

static const struct verb *
verb_of(const struct request *rq)
{
	for (size_t i = 0; i < N_ELEMS(verbs); i++)
		if (str_ends(rq->path, verbs[i].last))
			return &verbs[i];
	return NULL;
}

static struct view *
question(struct request *rq, const struct user *u, const struct ask *q,
    struct view **ask_out, struct view **fields_out)
{
	struct view *v = page_view(rq, say(q->yes), USERS), *crumbs;

	crumbs = head_crumbs(view_object(v, "head"));
	crumb_add(crumbs, USERS, say("Staff users"));
	crumb_add(crumbs, q->no_href, label_of(u));
	*ask_out = put_ask(v, q, fields_out);
	return v;
}

static enum err
ask_verb(struct request *rq)
{
	const struct verb *verb = verb_of(rq);
	struct view *v, *ask, *ignored;
	struct user u;
	enum err e = verb ? read_person(rq, &u) : E_NOTFOUND;

	if (e != OK)
		return e;
	v = question(rq, &u,
	    &(struct ask){
		.title = say_with(rq->arena, verb->title, label_of(&u)),
		.text = verb->text,
		.action = rq->path,
		.yes = verb->yes,
		.no_href = arena_printf(rq->arena, USERS "/%s", u.id.s),
		.no_label = "Leave it",
		.danger = verb->danger,
	    },
	    &ask, &ignored);
	if (verb->ends_keys)
		e = keys_ask(rq, ask, &u.id, verb->fn == disable);
	if (e == OK)
		reply_page(rq, 200, "admin/ask", v);
	return e;
}

static enum err
done(struct request *rq, const struct user *u, const char *said)
{
	const char *path = arena_printf(rq->arena, USERS "/%s", u->id.s);

	if (path == NULL || said == NULL)
		return E_BUSY;
	reply_flash(rq, "good", said);
	reply_redirect(rq, path);
	return OK;
}

static enum err
do_verb(struct request *rq)
{
	const struct verb *verb = verb_of(rq);
	struct user u;
	enum err e = verb ? read_person(rq, &u) : E_NOTFOUND;

	if (e == OK)
		e = verb->fn(rq->tx, &u.id);
	if (e != OK)
		return e;
	return done(rq, &u, say_with(rq->arena, verb->done, label_of(&u)));
}

/* ---- the role ---- */

static enum err
ask_role(struct request *rq)
{
	struct view *v, *ask, *fields;
	struct user u;
	enum err e = read_person(rq, &u);

	if (e != OK)
		return e;
	v = question(rq, &u,
	    &(struct ask){
		.title = say_with(rq->arena, "What may %s do?", label_of(&u)),
		.text = "The person has to sign in again.",
		.action = rq->path,
		.yes = "Change the role",
		.no_href = arena_printf(rq->arena, USERS "/%s", u.id.s),
		.no_label = "Leave it",
	    },
	    &ask, &fields);
	e = put_roles(rq, fields, u.role);
	if (e == OK)
		e = keys_ask(rq, ask, &u.id, false);
	if (e == OK)
		reply_page(rq, 200, "admin/ask", v);
	return e;
}

static enum err
do_role(struct request *rq)
{
	struct id waiting = {""};
	struct user u;
	enum err e = read_person(rq, &u);

	if (e == OK)
		e = role_change(
		    rq, &u.id, form_typed(rq, "role", ""), &waiting);
	if (e == OK && id_is_set(&waiting))
		return reply_waiting(rq, &waiting);
	if (e != OK)
		return e;
	return done(
	    rq, &u, say_with(rq->arena, "%s has another role.", label_of(&u)));
}

/* clang-format off */
#define PAGE(path, perm, handler, name)					       \
	{ GET, USERS path, POOL_UI, AUTH_SESSION, perm, BODY_NONE, 0, handler, \
	  "users.page" name }
#define ASK(path, ask, act, name)					       \
	PAGE(path, PERM_USERS_WRITE, ask, name ".ask"),			       \
	{ POST, USERS path, POOL_UI, AUTH_SESSION, PERM_USERS_WRITE,	       \
	  BODY_FORM, 0, act, "users.page" name }

const struct route users_page_routes[] = {
	PAGE("",                  PERM_USERS_READ, list_users, ".list"),
	PAGE("/:id",              PERM_USERS_READ, show_user,  ".show"),
	ASK("/invite",            ask_invite, do_invite, ".invite"),
	ASK("/:id/role",          ask_role,   do_role,   ".role"),
	ASK("/:id/disable",       ask_verb,   do_verb,   ".disable"),
	ASK("/:id/enable",        ask_verb,   do_verb,   ".enable"),
	ASK("/:id/invite",        ask_verb,   do_verb,   ".invite_again"),
	ASK("/:id/sign-out",      ask_verb,   do_verb,   ".sign_out"),
	ASK("/:id/reset-factor",  ask_verb,   do_verb,   ".reset_factor"),
	{ 0 },
};
/* clang-format on */
