/* brand_pages.c - how a company looks to its customers.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "tenancy/brand_api.h"

#include <inttypes.h>

#include "base/reader.h"
#include "base/text.h"
#include "face/form.h"
#include "face/part.h"
#include "tenancy/brand.h"

#define BRAND "/settings/brand"
/* The address changes with what is behind it. */
#define FOR_A_YEAR "public, max-age=31536000, immutable"

/* ---- what pages and mails name ---- */

static enum err
accent_css(struct request *rq)
{
	static const char *const names[] = {"v"};
	const char *css =
	    rq->tenant_accent ? brand_css(rq->arena, rq->tenant_accent) : NULL;
	enum err e = query_known(rq, names, N_ELEMS(names));

	if (e != OK)
		return e;
	if (!css)
		return E_NOTFOUND;
	reply_header(rq, "Cache-Control", FOR_A_YEAR);
	reply_text(rq, 200, "text/css; charset=utf-8", css);
	return OK;
}

/* Mails are read on other sites, which may show it too. */
static enum err
logo_png(struct request *rq)
{
	static const char *const names[] = {"v"};
	const char *data;
	size_t len;
	enum err e = query_known(rq, names, N_ELEMS(names));

	if (e == OK)
		e = brand_logo(rq->tx, &data, &len);
	if (e != OK)
		return e;
	reply_header(rq, "Cache-Control", FOR_A_YEAR);
	reply_header(rq, "Content-Security-Policy",
	    "default-src 'none'; frame-ancestors 'none'; sandbox");
	reply_header(rq, "Cross-Origin-Resource-Policy", "cross-origin");
	reply_bytes(rq, 200, "image/png", data, len);
	return OK;
}

/* ---- the form ---- */

static void
put_field(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *kept, const char *hint)
{
	view_text(form_field(rq, fields, name, label, kept, hint != NULL),
	    "hint", hint);
}

static void
put_select(struct request *rq, struct view *fields, const char *name,
    const char *label, const char *kept, const char *const *words)
{
	const char *now = form_typed(rq, name, kept);
	struct view *options;
	struct view *f = field_select(fields, name, label, &options);

	for (; words[0]; words += 2)
		option_add(
		    options, words[0], say(words[1]), str_eq(words[0], now));
	form_error(rq, f, name);
}

static void
put_looks(struct request *rq, const struct brand *b, struct view *v)
{
	struct view *fields = view_list(v, "looks");

	put_field(rq, fields, "name", "Company", b->name, NULL);
	put_field(rq, fields, "accent", "Colour", b->accent,
	    say("Like #2540c4. Where it could not be read as text, it is made "
		"darker or lighter."));
}

static const char *
help_hint(struct request *rq, const struct brand *b)
{
	if (b->help_email[0] != '\0' && !brand_takes_mail(b, rq->settings))
		return say("Its mails do not come in yet: the installation's "
			   "setting mail_in_domains lacks its domain. Until "
			   "then customers are asked to answer in the portal.");
	return say("Mails to it become tickets, and answers to mails come back "
		   "by it. Your mail server must hand them over.");
}

static void
put_mail(struct request *rq, const struct brand *b, struct view *v)
{
	static const char *const langs[] = {
	    "en", "English", "de", "German", NULL};
	struct view *fields = view_list(v, "mail");

	put_field(rq, fields, "senderName", "Sender's name", b->sender_name,
	    say("Otherwise the company's."));
	put_field(rq, fields, "senderEmail", "Sender's address",
	    b->sender_email,
	    say("Otherwise the installation's. Your mail server must be allowed "
		"to send for it."));
	put_field(rq, fields, "supportEmail", "Support address",
	    b->support_email, say("Where answers and questions go."));
	put_field(rq, fields, "helpEmail", "Address of the help desk",
	    b->help_email, help_hint(rq, b));
	put_field(rq, fields, "publicUrl", "Address of the panel",
	    b->public_url,
	    say("Like https://panel.example.com; links in mails begin with it."));
	put_select(
	    rq, fields, "language", "Language of mails", b->language, langs);
}

static void
put_alerts(struct request *rq, const struct brand *b, struct view *v)
{
	static const char *const often[] = {"each",
	    "At once, gathered by the "
	    "minute",
	    "daily", "Once a day, in the morning (UTC)", NULL};
	struct view *fields = view_list(v, "alertFields");

	put_field(rq, fields, "alertEmail", "Alerts go to", b->alert_email,
	    say("Orders in review, refused calls, failed tasks, mails given up. "
		"Otherwise to the support address."));
	put_select(rq, fields, "alerts", "How often",
	    b->alerts_daily ? "daily" : "each", often);
}

static enum err
reply_brand(struct request *rq, int status)
{
	struct view *v, *form, *logo;
	struct brand b;
	enum err e = brand_get(rq->tx, &b);

	if (e != OK)
		return e;
	v = page_view(rq, say("Brand and mail"), BRAND);
	form_refusal(rq, v, "It was not saved.");
	form = view_object(v, "form");
	view_flag(form, "mayWrite", request_may(rq, PERM_SETTINGS_WRITE));
	view_textf(form, "version", "%" PRId64, b.version);
	put_looks(rq, &b, form);
	put_mail(rq, &b, form);
	put_alerts(rq, &b, form);
	logo = view_object(form, "picture");
	view_text(logo, "src",
	    b.logo_hash[0] != '\0'
		? arena_printf(rq->arena, "/brand/logo.png?v=%s", b.logo_hash)
		: "");
	form_error(rq, logo, "logo");
	reply_page(rq, status, "admin/brand", v);
	return OK;
}

static enum err
show_brand(struct request *rq)
{
	return reply_brand(rq, 200);
}

/* ---- saved ---- */

/* NULL for what the form does not have: it stays as it is. */
static const char *
trimmed(struct request *rq, const char *name)
{
	return form_text(rq, name) ? form_trimmed(rq, name) : NULL;
}

static enum err
read_form(struct request *rq, struct brand_change *c, struct logo *logo)
{
	const struct form_file *file = form_file(rq, "logo");
	const char *version = form_text(rq, "version");

	*c = (struct brand_change){
	    .name = trimmed(rq, "name"),
	    .accent = trimmed(rq, "accent"),
	    .support_email = trimmed(rq, "supportEmail"),
	    .help_email = trimmed(rq, "helpEmail"),
	    .sender_name = trimmed(rq, "senderName"),
	    .sender_email = trimmed(rq, "senderEmail"),
	    .public_url = trimmed(rq, "publicUrl"),
	    .language = trimmed(rq, "language"),
	    .alert_email = trimmed(rq, "alertEmail"),
	    .alerts = trimmed(rq, "alerts"),
	    .drops_logo = form_text(rq, "dropLogo") != NULL,
	};
	if (!version || !str_to_i64(version, 1, INT64_MAX, &c->version)) {
		problem_add(&rq->problems, "version", "required",
		    "The form has no version.");
		return E_INPUT;
	}
	if (!file || file->len == 0)
		return OK;
	c->logo = logo;
	return logo_read(rq->arena, &rq->problems, file->data, file->len, logo);
}

static enum err
save_brand(struct request *rq)
{
	struct brand_change c;
	struct logo logo;
	enum err e = read_form(rq, &c, &logo);

	if (e == OK)
		e = brand_change(rq->tx, &c);
	else if (e == E_INPUT) /* say all that is wrong at once */
		brand_check(rq->tx, &c);
	if (e == E_INPUT)
		return reply_brand(rq, 422);
	if (e == E_CONFLICT)
		return reply_brand(rq, 409);
	if (e != OK)
		return e;
	reply_flash(rq, "good", "Saved. Pages and mails look like this now.");
	reply_redirect(rq, BRAND);
	return OK;
}

/* clang-format off */
const struct route brand_page_routes[] = {
	{GET,	BRAND,			POOL_UI, AUTH_SESSION, PERM_SETTINGS_READ,
		BODY_NONE, 0, show_brand, "brand.page"},
	{POST,	BRAND,			POOL_UI, AUTH_SESSION, PERM_SETTINGS_WRITE,
		BODY_FORM, ROUTE_FILES, save_brand, "brand.save"},
	{GET,	"/brand/accent.css",	POOL_UI, AUTH_TENANT, PERM_SIGNED_IN,
		BODY_NONE, 0, accent_css, "brand.css"},
	{GET,	"/brand/logo.png",	POOL_UI, AUTH_TENANT, PERM_SIGNED_IN,
		BODY_NONE, 0, logo_png, "brand.logo"},
	{0}
};
/* clang-format on */
