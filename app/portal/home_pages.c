/* home_pages.c - a customer's first page: is all well, and what is due?
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/reader.h"
#include "base/text.h"
#include "billing/stripe_client.h"
#include "face/part.h"
#include "face/show.h"
#include "identity/user.h"
#include "portal/portal_pages.h"

#define HOME_ROWS 6

/* ---- how it stands ---- */

struct standing {
	int64_t active, setting_up, failed, suspended;
};

static enum err
read_standing(struct tx *tx, const struct id *customer, struct standing *out)
{
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT s.status, w.status FROM subscriptions s "
	    "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "
	    "AND w.subscription_id = s.id AND w.status <> 'removed' "
	    "WHERE s.tenant_id = $1 AND s.customer_id = $2 "
	    "AND s.status NOT IN ('cancelled', 'expired') "
	    "ORDER BY s.id DESC LIMIT 1000",
	    DB_ID(&tx->tenant), DB_ID(customer));

	*out = (struct standing){0};
	if (e != OK)
		return e;
	while (rows_next(&r)) {
		const char *state =
		    service_state(row_text(&r, 0), row_text(&r, 1));

		out->active += str_eq(state, "active");
		out->setting_up += str_eq(state, "setting_up");
		out->failed += str_eq(state, "delayed");
		out->suspended += str_eq(state, "suspended");
	}
	return rows_done(&r);
}

static const char *
sentence(const struct standing *s)
{
	if (s->suspended > 0)
		return say("A service is suspended: its visitors see a "
			   "notice. Your data is kept.");
	if (s->failed > 0)
		return say("Setting up takes longer than it should. Our staff "
			   "have been told, and you need do nothing.");
	if (s->setting_up > 0)
		return say("We are setting things up for you. That usually "
			   "takes a minute.");
	return s->active > 0 ? say("Everything is up and running.")
			     : say("There is nothing here yet.");
}

/* ---- what is due ---- */

/* One alone is paid from here: the way leads to its button. */
static enum err
put_way(struct request *rq, const struct portal_account *a,
    const char *currency, bool is_one, struct view *due)
{
	const char *id = NULL;
	bool pays = is_one && stripe_is_configured(rq->settings) &&
		    !id_is_set(&rq->actor.behind);
	enum err e = OK;

	if (pays)
		e = db_text(rq->tx, &id,
		    "SELECT id FROM invoices WHERE tenant_id = $1 "
		    "AND customer_id = $2 AND currency = $3 "
		    "AND status = 'open' AND deleted_at IS NULL",
		    DB_ID(&rq->tx->tenant), DB_ID(&a->customer),
		    DB_TEXT(currency));
	view_flag(due, "pay", id != NULL);
	if (id)
		view_textf(due, "href", OWN_INVOICES "/%s", id);
	else
		view_text(due, "href", OWN_INVOICES "?status=open");
	return e;
}

/* Of all open invoices, in the currency of the one that is due first. */
static enum err
put_due(struct request *rq, const struct portal_account *a, struct view *root)
{
	const char *currency, *date;
	int64_t minor, n;
	struct view *due;
	struct rows r;
	char today[11];
	enum err e = db_one(rq->tx, &r,
	    "SELECT i.currency, MIN(i.due_date), count(*), "
	    "SUM(i.total_minor - i.amount_paid_minor) FROM invoices i "
	    "WHERE i.tenant_id = $1 AND i.customer_id = $2 "
	    "AND i.status = 'open' AND i.deleted_at IS NULL "
	    "GROUP BY i.currency ORDER BY MIN(i.due_date), i.currency LIMIT 1",
	    DB_ID(&rq->tx->tenant), DB_ID(&a->customer));

	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	currency = row_strdup(&r, 0);
	date = row_strdup(&r, 1);
	n = row_int(&r, 2);
	minor = row_int(&r, 3);
	if ((e = rows_done(&r)) != OK)
		return e;
	date_iso(rq->now, today);
	due = view_object(root, "due");
	view_text(due, "amount", show_money(rq->arena, minor, currency));
	put_date(due, "by", date, rq->now);
	view_flag(due, "late", date && strcmp(date, today) < 0);
	view_text(
	    due, "invoices", show_plural(rq->arena, n, "invoice", "invoices"));
	return put_way(rq, a, currency, n == 1, due);
}

/* ---- the page ---- */

static enum err
put_parts(struct request *rq, const struct portal_account *a, struct view *root)
{
	enum err e = OK;

	if (portal_may(a, AREA_BILLING)) {
		e = put_due(rq, a, root);
		if (e == OK)
			e = put_own_invoices(rq, a, HOME_ROWS,
			    view_list(view_object(root, "invoices"), "rows"));
	}
	if (e == OK && portal_may(a, AREA_TECHNICAL)) {
		e = put_services(rq, a, HOME_ROWS,
		    view_list(view_object(root, "services"), "rows"));
		if (e == OK)
			e = put_domains(rq, a, HOME_ROWS,
			    view_list(view_object(root, "names"), "rows"));
	}
	return e;
}

/* Whoever has no account: staff who look at what customers see, or somebody
 * whose account is not theirs any more. */
static enum err
show_nothing(struct request *rq, struct view *v)
{
	bool is_staff = request_may(rq, PERM_CUSTOMERS_READ);
	struct view *none = view_object(v, "none");

	view_flag(none, "staff", is_staff);
	view_text(none, "heading",
	    is_staff ? say("This is where customers see what they have")
		     : say("There is no account for you to look at"));
	view_text(none, "text",
	    is_staff
		? say("You look after no customer account yourself, so it is "
		      "empty. To see an account as its customer does, open the "
		      "customer and log in as them.")
		: say("You don't look after any customer account yet. Whoever "
		      "looks after one can add you under People; if it was "
		      "taken away from you by mistake, ask them."));
	reply_page(rq, 200, "client/home", v);
	return OK;
}

static enum err
show_home(struct request *rq)
{
	struct view *v = page_view(rq, say("Home"), CLIENT);
	struct portal_account account;
	struct standing standing;
	struct user u;
	enum err e = query_known(rq, NULL, 0);

	if (e != OK || (e = user_get(rq->tx, &rq->actor.id, &u)) != OK)
		return e;
	view_text(v, "hello",
	    u.name[0] ? say_with(rq->arena, "Hello, %s", u.name)
		      : say("Hello"));
	e = portal_account_of(rq, NULL, &account);
	if (e == E_NOTFOUND)
		return show_nothing(rq, v);
	if (e == OK)
		e = put_incidents(rq, &account, v);
	if (e == OK)
		e = put_parts(rq, &account, v);
	if (e == OK && portal_may(&account, AREA_TECHNICAL)) {
		e = read_standing(rq->tx, &account.customer, &standing);
		if (e == OK)
			view_text(v, "sentence", sentence(&standing));
	}
	if (e == OK)
		reply_page(rq, 200, "client/home", v);
	return e;
}

/* clang-format off */
#define SHOW(path, handler, name)					\
	{GET, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, BODY_NONE, 0, handler, name}

const struct route portal_page_routes[] = {
	SHOW(CLIENT,			show_home,	"client.home"),
	SHOW(SERVICES,			show_services,	"client.services.page"),
	SHOW(SERVICES "/:id",		show_service,	"client.services.show"),
	SHOW(DOMAINS,			show_domains,	"client.domains.page"),
	SHOW(OWN_INVOICES,			show_own_invoices,	"client.invoices.page"),
	SHOW(OWN_INVOICES "/:id",		show_own_invoice,	"client.invoices.show"),
	SHOW(OWN_INVOICES "/:id/pdf",		portal_invoice_pdf,	"client.invoices.paper"),
	SHOW(STATUS,			show_client_status,	"client.status"),
	{POST, CLIENT "/account",	POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_FORM, 0, do_switch, "client.switch"},
	{0}
};
/* clang-format on */
