/* profile_pages.c - an account's name and address, and which mails one gets.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/noun_form.h"
#include "face/part.h"
#include "identity/user.h"
#include "portal/portal_nouns.h"
#include "portal/portal_pages.h"
#include "portal/profile.h"

#define PROFILE	      CLIENT "/profile"
#define NOTIFICATIONS CLIENT "/notifications"
#define TEMPLATE      "client/profile"

/* ---- what is there ---- */

static enum err
read_profile(struct request *rq, const struct id *customer, struct noun_form *f)
{
	const struct noun *n = &portal_profile_noun;
	struct rows r;
	enum err e = noun_get(rq->tx, n, customer, &r);

	if (e != OK)
		return e;
	*f = (struct noun_form){.noun = n, .op = NOUN_CHANGE, .id = *customer};
	f->version = row_int(&r, NOUN_FIELDS + noun_field(n, "version"));
	for (size_t i = 0; i < n->n_fields; i++)
		f->kept[i] = arena_strdup(
		    rq->arena, field_show(rq->arena, &n->field[i],
				   row_text(&r, NOUN_FIELDS + (int)i), NULL));
	return rows_done(&r);
}

/* ---- the page ---- */

static struct view *
put_form(struct view *root, const struct noun_form *f)
{
	struct view *form = view_object(root, "form");

	view_textf(form, "seen", "%" PRId64, f->version);
	view_text(
	    form, "email", f->kept[noun_field(&portal_profile_noun, "email")]);
	return form;
}

static enum err
put_profile(struct request *rq, struct view *root, const struct noun_form *f)
{
	struct conflict c = noun_form_conflict(f);
	struct view *form = put_form(root, f);

	view_text(form, "began",
	    form_typed(rq, CONFLICT_BASE, conflict_base(rq->arena, &c)));
	return noun_form_put(rq, view_list(form, "fields"), f);
}

/* Which of the mails about an account one has a right to, nobody says here:
 * that depends on the account. */
static enum err
put_wishes(struct request *rq, struct view *root)
{
	struct view *fields = view_list(view_object(root, "mails"), "fields");
	struct customer_mail_wishes w;
	enum err e = customer_mail_wishes(rq->tx, &rq->actor.id, &w);

	for (int k = 0; e == OK && k < CUSTOMER_MAIL__MAX; k++) {
		field_check(fields, customer_mails[k].word,
		    customer_mails[k].label, "yes", w.wanted[k]);
		view_text(
		    view_last(fields), "hint", say(customer_mails[k].hint));
	}
	return e;
}

static enum err
put_you(struct request *rq, struct view *root)
{
	struct view *you = view_object(root, "you");
	struct user u;
	enum err e = user_get(rq->tx, &rq->actor.id, &u);

	if (e != OK)
		return e;
	view_text(you, "name", u.name);
	view_text(you, "email", u.email);
	return OK;
}

/* f is NULL for who does not look after the account's invoices. */
static enum err
reply(struct request *rq, int status, const struct portal_account *a,
    const struct noun_form *f)
{
	struct view *v = page_view(rq, say("Profile"), PROFILE);
	enum err e = OK;

	view_flag(v, "mayClose", portal_may(a, AREA_PEOPLE));
	if (f && status != 200)
		noun_form_refusal(rq, v, f, "Nothing was saved");
	if (f)
		e = put_profile(rq, v, f);
	if (e == OK)
		e = put_wishes(rq, v);
	if (e == OK)
		e = put_you(rq, v);
	if (e == OK)
		reply_page(rq, status, TEMPLATE, v);
	return e;
}

static enum err
show_profile(struct request *rq)
{
	struct noun_form *f = ARENA_NEW(rq->arena, struct noun_form);
	struct portal_account account;
	enum err e = query_known(rq, NULL, 0);

	if (e != OK || !f)
		return e == OK ? E_BUSY : e;
	e = portal_open(rq, AREA_ANY, &account);
	if (e == OK && !portal_may(&account, AREA_BILLING))
		return reply(rq, 200, &account, NULL);
	if (e == OK)
		e = read_profile(rq, &account.customer, f);
	return e == OK ? reply(rq, 200, &account, f) : e;
}

/* ---- saved ---- */

static enum err
saved(struct request *rq, const char *what)
{
	reply_flash(rq, "good", what);
	reply_redirect(rq, PROFILE);
	return OK;
}

static enum err
show_overtaken(struct request *rq, const struct noun_form *f)
{
	struct conflict c = noun_form_conflict(f);
	struct view *v = page_view(rq, say("Profile"), PROFILE);
	struct view *form = put_form(v, f);
	bool same = false;
	enum err e = conflict_reply(rq, TEMPLATE, v, form, &c, &same);

	return e == OK && same
		   ? saved(rq, say("It was saved like this already."))
		   : e;
}

static enum err
save_profile(struct request *rq)
{
	struct noun_form *f = ARENA_NEW(rq->arena, struct noun_form);
	struct portal_account account;
	struct values v;
	enum err e = portal_open(rq, AREA_BILLING, &account);

	if (e != OK || !f)
		return e == OK ? E_BUSY : e;
	if ((e = read_profile(rq, &account.customer, f)) != OK ||
	    (e = values_of(&v, rq->tx, f->noun, &f->id)) != OK)
		return e;
	e = noun_form_take(rq, f, &v);
	if (e == OK)
		e = noun_change(&v);
	if (e == OK)
		return saved(rq, say("Saved."));
	if (rq->tx->err != OK || (e != E_INPUT && e != E_CONFLICT))
		return e;
	if (e == E_CONFLICT && v.version != 0 && v.version != f->version)
		return show_overtaken(rq, f);
	if (v.version != 0) /* of what was typed, not of what is there */
		f->version = v.version;
	return reply(rq, e == E_INPUT ? 422 : 409, &account, f);
}

static enum err
save_notifications(struct request *rq)
{
	struct customer_mail_wishes w;
	enum err e;

	for (int k = 0; k < CUSTOMER_MAIL__MAX; k++)
		w.wanted[k] = form_text(rq, customer_mails[k].word) != NULL;
	e = customer_mail_wish(rq->tx, &rq->actor.id, &w);
	return e == OK ? saved(rq, say("Saved.")) : e;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_profile_page_routes[] = {
	ROW(GET,  PROFILE,	 BODY_NONE, show_profile,	"client.profile.page"),
	ROW(POST, PROFILE,	 BODY_FORM, save_profile,	"client.profile.page.save"),
	ROW(POST, NOTIFICATIONS, BODY_FORM, save_notifications,	"client.notifications.page.save"),
	{0}
};
/* clang-format on */
