/* factor_pages.c - the page of one's own second factors.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * One page with what there is and what can be set up; what is shown once
 * (backup codes) is the answer to the form that made it.
 */
#include "config.h"
#include "identity/factor_pages.h"

#include <string.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/show.h"
#include "identity/factor_api.h"
#include "identity/personal_key_pages.h"
#include "identity/qr.h"

#define PAGE  ENROL_PATH
#define WRONG "This code is not right."

/* A form of the page that was refused. */
struct wrong {
	const char *field; /* "code", "mailCode", "password" */
	const char *text;
};

/* ---- the page ---- */

/* In groups of four, as people type them. */
static const char *
grouped(struct arena *a, const char *secret)
{
	struct buf b;

	buf_init(&b, 256);
	for (size_t i = 0; secret[i]; i++) {
		if (i > 0 && i % 4 == 0)
			buf_putc(&b, ' ');
		buf_putc(&b, secret[i]);
	}
	return buf_move(a, &b);
}

static enum err
put_setup(struct request *rq, const struct user *u, struct view *root)
{
	const struct factor_by by = factor_by(rq);
	struct totp_setup setup;
	struct view *v;
	struct qr qr;
	enum err e = totp_pending(rq->tx, &by, u, &setup);

	if (e == E_NOTFOUND)
		return OK;
	if (e == OK)
		e = qr_make(rq->arena, setup.uri, &qr);
	if (e != OK)
		return e;
	v = view_object(root, "setup");
	view_int(v, "size", qr.size);
	view_text(v, "path", qr.path);
	view_text(v, "secret", grouped(rq->arena, setup.secret));
	view_text(v, "uri", setup.uri);
	return OK;
}

static void
put_since(
    struct request *rq, struct view *root, const char *name, int64_t since)
{
	if (since > 0)
		put_moment(view_object(root, name), "since", since, rq->now);
}

static void
put_have(struct request *rq, struct view *root, const struct factors *f)
{
	bool takes_mail = setting_bool(rq->settings, "factor_email");

	put_since(rq, root, "app", f->totp_at);
	put_since(rq, root, "mail", f->email_at);
	view_flag(root, "mailOffered", takes_mail && !f->has_email);
	view_flag(root, "any", f->has_totp || f->has_email);
	view_int(root, "codesLeft", f->backup_codes);
	view_flag(root, "mustEnrol", rq->actor.must_enrol);
}

static void
put_wrong(struct view *root, const struct wrong *wrong)
{
	struct view *errors, *item;

	view_text(view_object(root, "wrong"), wrong->field, say(wrong->text));
	errors = view_object(root, "errors");
	view_text(errors, "strong", say("One thing to put right"));
	item = view_item(view_list(errors, "items"));
	view_text(item, "name", wrong->field);
	view_text(item, "text", say(wrong->text));
}

static enum err
show_page(struct request *rq, int status, const struct wrong *wrong)
{
	const char *sent = query_text(rq, "sent");
	struct factors factors;
	struct user user;
	struct view *v;
	enum err e = user_get(rq->tx, &rq->actor.id, &user);

	if (e == OK)
		e = factors_get(rq->tx, &user.id, &factors);
	if (e != OK)
		return e;
	v = page_view(rq, say("Second factors"), PAGE);
	view_text(v, "address", user.email);
	view_flag(v, "sent",
	    (sent && *sent) || (wrong && str_eq(wrong->field, "mailCode")));
	put_have(rq, v, &factors);
	if (wrong)
		put_wrong(v, wrong);
	e = put_setup(rq, &user, v);
	if (e == OK)
		e = keys_put_of(rq, v, &user.id);
	if (e == OK)
		reply_page(rq, status, "account/factors", v);
	return e;
}

static enum err
show(struct request *rq)
{
	rq->query_read = true;
	return show_page(rq, 200, NULL);
}

/* ---- its forms ---- */

static enum err
start(struct request *rq)
{
	const struct factor_by by = factor_by(rq);
	struct totp_setup setup;
	struct user user;
	enum err e = factor_self(rq, &user);

	if (e == OK)
		e = totp_start(rq->tx, &by, &user, &setup);
	if (e == OK)
		reply_redirect(rq, PAGE "#setup");
	return e;
}

static enum err
send_code(struct request *rq)
{
	enum err e = factor_send_code(rq);

	if (e == OK)
		reply_redirect(rq, PAGE "?sent=1#f-mailCode");
	return e;
}

/* The codes, once. */
static void
show_codes(struct request *rq, const struct backup_codes *codes)
{
	struct view *v = page_view(rq, say("Your backup codes"), PAGE);
	struct view *list = view_list(v, "codes");
	struct buf all;

	buf_init(&all, 4096);
	for (int i = 0; i < BACKUP_CODES; i++) {
		view_text(view_item(list), "word", codes->code[i]);
		buf_printf(&all, "%s%s", i > 0 ? " " : "", codes->code[i]);
	}
	view_text(v, "all", buf_move(rq->arena, &all));
	reply_page(rq, 200, "account/codes", v);
}

static enum err
enrol(struct request *rq, const struct user *u)
{
	struct enrolled n;
	enum err e = factor_enrolled(rq, u, &n);

	if (e == OK && n.has_codes)
		show_codes(rq, &n.codes);
	else if (e == OK)
		reply_redirect(rq, PAGE);
	return e;
}

static enum err
verify(struct request *rq)
{
	static const struct wrong wrong = {"code", WRONG};
	const struct factor_by by = factor_by(rq);
	struct user user;
	bool fits = false;
	enum err e = factor_self(rq, &user);

	if (e == OK)
		e = totp_confirm(
		    rq->tx, &by, &user, form_typed(rq, "code", ""), &fits);
	if (e == E_NOTFOUND) {
		reply_redirect(rq, PAGE);
		return OK;
	}
	if (e == OK && !fits)
		return show_page(rq, 422, &wrong);
	return e == OK ? enrol(rq, &user) : e;
}

static enum err
verify_mail(struct request *rq)
{
	static const struct wrong wrong = {"mailCode", WRONG};
	const struct factor_by by = factor_by(rq);
	struct user user;
	bool fits = false;
	enum err e = factor_self(rq, &user);

	if (e == OK)
		e = email_confirm(
		    rq->tx, &by, &user, form_typed(rq, "mailCode", ""), &fits);
	if (e == OK && !fits)
		return show_page(rq, 422, &wrong);
	return e == OK ? enrol(rq, &user) : e;
}

static enum err
renew(struct request *rq)
{
	struct enrolled n;
	enum err e = factor_renew_codes(rq, &n);

	if (e == OK)
		show_codes(rq, &n.codes);
	return e;
}

/* The page's own codes as a file.  They come back from the form, because we
 * don't have them any more; nothing else is let through. */
static enum err
download(struct request *rq)
{
	const char *all = form_typed(rq, "codes", "");
	size_t n = strlen(all);
	char *text;

	if (n > BACKUP_CODES * (size_t)BACKUP_CODE_LEN ||
	    strspn(all, "0123456789abcdefghjkmnpqrstvwxyz- ") != n)
		return E_INPUT;
	text = arena_printf(rq->arena, "%s\n", all);
	if (text == NULL)
		return E_BUSY;
	for (char *c = text; *c; c++)
		if (*c == ' ')
			*c = '\n';
	reply_text(rq, 200, "text/plain; charset=utf-8", text);
	reply_header(rq, "Content-Disposition",
	    "attachment; filename=\"backup-codes.txt\"");
	return OK;
}

static enum err
show_again(struct request *rq, const void *wrong)
{
	return show_page(rq, 422, wrong);
}

static enum err
disable(struct request *rq)
{
	static const struct wrong wrong = {
	    "password", "The password is not right."};
	struct login_next next;
	enum err e = factor_disable(rq, form_typed(rq, "password", ""), &next);

	if (e == E_DENIED)
		return request_reading(rq, show_again, &wrong);
	if (e == OK)
		reply_redirect(rq, PAGE);
	return e;
}

/* clang-format off */
const struct route factor_page_routes[] = {
	{ GET,  PAGE,                POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_NONE,
	  ROUTE_ENROL,                show,        "factors.page" },
	{ POST, PAGE "/totp",        POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_ENROL | ROUTE_SELF,                start,       "factors.page.totp" },
	{ POST, PAGE "/totp/verify", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_ENROL | ROUTE_SECRET | ROUTE_SELF, verify,      "factors.page.totp.verify" },
	{ POST, PAGE "/email",       POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_ENROL | ROUTE_SELF,                send_code,   "factors.page.email" },
	{ POST, PAGE "/email/verify", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_ENROL | ROUTE_SECRET | ROUTE_SELF, verify_mail, "factors.page.email.verify" },
	{ POST, PAGE "/codes",       POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SECRET | ROUTE_SELF,               renew,       "factors.page.codes" },
	{ POST, PAGE "/codes/file",  POOL_UI, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_SECRET | ROUTE_SELF,               download,    "factors.page.codes.file" },
	{ POST, PAGE "/disable",     POOL_DOOR, AUTH_SESSION, PERM_SIGNED_IN, BODY_FORM,
	  ROUTE_OWN_TX | ROUTE_SELF,               disable,     "factors.page.disable" },
	{ 0 },
};
/* clang-format on */
