/* account_pages.c - one's own account: who one is, the password, and where one
 * is signed in.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/account_pages.h"

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/account.h"
#include "identity/account_change_api.h"
#include "identity/device.h"
#include "identity/personal_key_pages.h"

#define PAGE "/account"

/* ---- the forms ---- */

static void
add_text(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *value, const char *autocomplete)
{
	view_text(form_field(rq, fields, name, label, value, true),
	    "autocomplete", autocomplete);
}

struct choice {
	const char *value, *label;
};

static void
add_choice(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *value, const struct choice *list, size_t n)
{
	struct view *options;
	struct view *f = field_select(fields, name, label, &options);

	value = form_typed(rq, name, value);
	for (size_t i = 0; i < n; i++)
		option_add(options, list[i].value, say(list[i].label),
		    str_eq(list[i].value, value));
	form_error(rq, f, name);
}

static void
put_profile(struct request *rq, struct view *root, const struct user *u)
{
	static const struct choice languages[] = {
	    {"", "As the company"}, {"en", "English"}, {"de", "Deutsch"}};
	static const struct choice formats[] = {{"iso", "2026-12-31"},
	    {"day", "31 December 2026"}, {"month", "December 31, 2026"}};
	struct view *fields = view_list(view_object(root, "profile"), "fields");
	struct view *zone;

	add_text(
	    rq, fields, "firstName", "First name", u->first_name, "given-name");
	add_text(
	    rq, fields, "lastName", "Last name", u->last_name, "family-name");
	add_choice(rq, fields, "language", "Language", u->language, languages,
	    N_ELEMS(languages));
	zone = form_field(
	    rq, fields, "timeZone", "Time zone", u->time_zone, false);
	view_text(zone, "hint", say("Like Europe/Berlin or America/New_York."));
	add_choice(rq, fields, "dateFormat", "Dates", u->date_format, formats,
	    N_ELEMS(formats));
}

static void
add_password(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *autocomplete, const char *hint)
{
	struct view *f = field_text(fields, name, label, "", false);

	view_text(f, "type", "password");
	view_text(f, "autocomplete", autocomplete);
	view_text(f, "hint", hint);
	form_error(rq, f, name);
}

static void
put_password(struct request *rq, struct view *root)
{
	struct view *fields =
	    view_list(view_object(root, "password"), "fields");

	add_password(rq, fields, "currentPassword", "Your password now",
	    "current-password", NULL);
	add_password(rq, fields, "newPassword", "New password", "new-password",
	    say("At least 12 characters; a few unrelated words are good."));
}

/* ---- sessions ---- */

static void
put_session(struct request *rq, struct view *list, const struct session *s,
    bool is_current)
{
	struct view *row = view_item(list);

	view_text(row, "device", device_label(rq->arena, s->device));
	view_text(row, "address", s->client);
	put_moment(row, "last", s->last_seen_at, rq->now);
	view_flag(row, "current", is_current);
	if (is_current)
		view_text(row, "revoke", NULL);
	else
		view_textf(view_object(row, "revoke"), "post",
		    PAGE "/sessions/%s/end", s->id.s);
}

static enum err
put_sessions(struct request *rq, struct view *root)
{
	struct session_limits limits = session_limits(rq->settings);
	struct view *list = view_list(root, "sessions");
	const struct session *s;
	size_t n;
	enum err e = session_list(rq->tx, &rq->actor.id, &limits, &s, &n);

	if (e != OK)
		return e;
	for (size_t i = 0; i < n; i++)
		put_session(
		    rq, list, &s[i], str_eq(s[i].id.s, rq->actor.session.s));
	view_flag(root, "several", n > 1);
	return OK;
}

/* ---- the page ---- */

static enum err
show_page(struct request *rq, int status)
{
	struct user u;
	struct view *v;
	enum err e = user_get(rq->tx, &rq->actor.id, &u);

	if (e != OK)
		return e;
	v = page_view(rq,
	    say(status == 200 ? "Your account" : "Error: Your account"), PAGE);
	view_text(v, "title", say("Your account"));
	view_text(v, "address", u.email);
	view_flag(v, "unverified", u.email_verified_at == 0);
	view_flag(v, "factor", u.has_factor);
	if (status != 200)
		put_problems(v, "This could not be saved", &rq->problems);
	put_profile(rq, v, &u);
	put_password(rq, v);
	e = put_sessions(rq, v);
	if (e == OK)
		e = keys_put_of(rq, v, &u.id);
	if (e == OK)
		reply_page(rq, status, "account/account", v);
	return e;
}

static enum err
show(struct request *rq)
{
	return show_page(rq, 200);
}

static enum err
show_again(struct request *rq, const void *arg)
{
	(void)arg;
	return show_page(rq, 422);
}

/* ---- what its forms do ---- */

static enum err
save(struct request *rq)
{
	const struct account_profile p = {
	    .first_name = form_text(rq, "firstName"),
	    .last_name = form_text(rq, "lastName"),
	    .language = form_text(rq, "language"),
	    .time_zone = form_text(rq, "timeZone"),
	    .date_format = form_text(rq, "dateFormat"),
	};
	enum err e = account_set_profile(rq->tx, &rq->actor.id, &p);

	if (e == E_INPUT)
		return show_page(rq, 422);
	if (e != OK)
		return e;
	reply_flash(rq, "good", "Saved.");
	reply_redirect(rq, PAGE);
	return OK;
}

static enum err
change_password(struct request *rq)
{
	const struct password_change c = {
	    .old_password = form_typed(rq, "currentPassword", ""),
	    .new_password = form_typed(rq, "newPassword", ""),
	    .old_field = "currentPassword",
	    .new_field = "newPassword",
	};
	struct login_next next;
	enum err e = account_change(rq, &c, &next);

	if (e == E_INPUT)
		return request_reading(rq, show_again, NULL);
	if (e != OK)
		return e;
	reply_flash(rq, "good",
	    "Your password is changed. "
	    "You are signed out everywhere else.");
	reply_redirect(rq, PAGE);
	return OK;
}

static enum err
send_verification(struct request *rq)
{
	enum err e = login_count_try(rq, "verify", rq->actor.id.s);

	if (e == OK)
		e = account_send_verification(rq->tx, &rq->actor.id);
	if (e != OK && e != E_CONFLICT)
		return e;
	reply_flash(rq, "good",
	    e == OK ? "A mail with a link is on its way."
		    : "Your address is confirmed already.");
	reply_redirect(rq, PAGE);
	return OK;
}

static enum err
end_session(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = session_revoke(rq->tx, &rq->actor.id, &id);
	if (e == OK)
		reply_redirect(rq, PAGE "#h-sessions");
	return e;
}

static enum err
end_others(struct request *rq)
{
	enum err e =
	    session_revoke_others(rq->tx, &rq->actor.id, &rq->actor.session);

	if (e != OK)
		return e;
	reply_flash(rq, "good", "You are signed out everywhere else.");
	reply_redirect(rq, PAGE);
	return OK;
}

/* clang-format off */
const struct route account_page_routes[] = {
	{ GET,  PAGE,                     POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  0,                           show,              "account.page" },
	{ GET,  PAGE "/history",          POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  0,                           show_log_ins,      "account.history" },
	{ POST, PAGE,                     POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SELF,                           save,              "account.save" },
	{ POST, PAGE "/password",         POOL_DOOR, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_OWN_TX | ROUTE_SECRET | ROUTE_SELF, change_password,   "account.password" },
	{ POST, PAGE "/verify",           POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SELF,                           send_verification, "account.verify" },
	{ POST, PAGE "/sessions/:id/end", POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SELF,                           end_session,       "account.sessions.end" },
	{ POST, PAGE "/sessions/others",  POOL_UI,   AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SELF,                           end_others,        "account.sessions.others" },
	{ 0 },
};
/* clang-format on */
