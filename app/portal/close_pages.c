/* close_pages.c - that a customer goes, as a page: /client/close.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/customer_close.h"
#include "face/form.h"
#include "face/part.h"
#include "face/show.h"
#include "portal/portal_pages.h"

#define CLOSE	       CLIENT "/close"
#define SERVICES_SHOWN 50

/* ---- what follows ---- */

/* Each service, and until when it is paid. */
static enum err
put_endings(struct request *rq, const struct id *customer, struct view *rows)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT p.name, s.domain, s.current_period_end "
	    "FROM subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id "
	    "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
	    "AND s.status NOT IN ('cancelled', 'expired') "
	    "ORDER BY s.id DESC LIMIT $3",
	    DB_ID(&rq->tx->tenant), DB_ID(customer),
	    DB_INT((int64_t)SERVICES_SHOWN));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		struct view *v = view_item(rows);

		view_text(v, "name",
		    row_is_null(&r, 1) ? row_text(&r, 0) : row_text(&r, 1));
		view_text(v, "product", row_text(&r, 0));
		put_date(v, "ends", row_text(&r, 2), rq->now);
	}
	return rows_done(&r);
}

static enum err
put_standing(struct request *rq, const struct id *customer, struct view *root)
{
	struct customer_standing s;
	struct view *v = view_object(root, "standing");
	enum err e = customer_standing(rq->tx, customer, &s);

	if (e != OK)
		return e;
	if (s.open_invoices > 0) {
		view_text(v, "invoices",
		    show_plural(
			rq->arena, s.open_invoices, "invoice", "invoices"));
		put_money(v, "owed", s.owed_minor, s.currency);
	}
	if (s.credit_minor > 0)
		put_money(v, "credit", s.credit_minor, s.currency);
	return put_endings(rq, customer, view_list(v, "rows"));
}

/* ---- the page ---- */

static void
put_form(struct request *rq, const char *name, struct view *root)
{
	struct view *form = view_object(root, "form"), *fields, *f;

	view_text(form, "account", name);
	fields = view_list(form, "fields");
	f = field_area(
	    fields, "reason", "Why you go", form_typed(rq, "reason", ""), 3);
	view_flag(f, "optional", true);
	form_error(rq, f, "reason");
	f = form_field(rq, fields, "confirm", "The account's name", "", false);
	view_text(f, "hint",
	    say_with(rq->arena,
		"Type %s, so that it does not happen by "
		"mistake.",
		name));
	f = field_text(fields, "password", "Your password", "", false);
	view_text(f, "type", "password");
	view_text(f, "autocomplete", "current-password");
	form_error(rq, f, "password");
}

static enum err
put_request(
    struct request *rq, const struct portal_account *account, struct view *root)
{
	struct close_request q;
	struct view *v;
	enum err e = close_request_get(rq->tx, &account->customer, &q);

	if (e == E_NOTFOUND) {
		put_form(rq, account->name, root);
		return OK;
	}
	if (e != OK)
		return e;
	v = view_object(root, "waiting");
	view_text(v, "by", q.asked_by);
	put_time(v, "asked", q.asked_at, rq->now);
	return OK;
}

static enum err
show(struct request *rq, const void *arg)
{
	const int *status = arg;
	struct portal_account account;
	struct view *v;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	v = page_view(rq, say("Close my account"), CLOSE);
	if (*status != 200)
		form_refusal(rq, v, "Nothing was asked for");
	e = put_standing(rq, &account.customer, v);
	if (e == OK)
		e = put_request(rq, &account, v);
	if (e == OK)
		reply_page(rq, *status, "client/close", v);
	return e;
}

static enum err
show_close(struct request *rq)
{
	const int status = 200;
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? show(rq, &status) : e;
}

static enum err
do_close(struct request *rq)
{
	const struct close_wish wish = {
	    .password = form_text(rq, "password"),
	    .confirm = form_text(rq, "confirm"),
	    .reason = form_trimmed(rq, "reason"),
	};
	enum err e = portal_close(rq, &wish);
	int status;

	if (e == E_INPUT || e == E_CONFLICT) {
		status = err_info(e)->status;
		return request_reading(rq, show, &status);
	}
	if (e == OK)
		reply_redirect(rq, CLOSE);
	return e;
}

static enum err
do_withdraw(struct request *rq)
{
	const int conflict = 409;
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = customer_close_withdraw(rq->tx, &account.customer);
	if (e == E_CONFLICT)
		return show(rq, &conflict);
	if (e != OK)
		return e;
	reply_flash(rq, "good", say("Your account stays open."));
	reply_redirect(rq, CLOSE);
	return OK;
}

/* clang-format off */
#define ROW(method, path, pool, body, flags, handler, name)		\
	{method, path, pool, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route portal_close_page_routes[] = {
	ROW(GET,  CLOSE,	     POOL_UI,	BODY_NONE, 0, show_close, "client.close.page"),
	ROW(POST, CLOSE,	     POOL_DOOR, BODY_FORM, ROUTE_OWN_TX | ROUTE_SECRET | ROUTE_SELF, do_close, "client.close.page.ask"),
	ROW(POST, CLOSE "/withdraw", POOL_UI,	BODY_FORM, ROUTE_SELF, do_withdraw, "client.close.page.withdraw"),
	{0}
};
/* clang-format on */
