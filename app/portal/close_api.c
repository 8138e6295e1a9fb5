/* close_api.c - that a customer goes, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/customer_close.h"
#include "identity/login_api.h"
#include "portal/portal_api.h"

#define PATH	     "/api/client/close"
#define PASSWORD_MAX 1024
#define TEXT_MAX     4000

/* ---- asked for ---- */

struct asking {
	struct request *rq;
	const struct close_wish *wish;
};

/* Who may, and the name that was to be typed. */
static enum err
check_wish(struct tx *tx, void *arg)
{
	struct asking *a = arg;
	struct portal_account account;
	enum err e = portal_account_now(tx, &account);

	if (e == OK)
		e = portal_check_area(a->rq, &account, AREA_PEOPLE);
	if (e != OK)
		return e;
	if (a->wish->confirm && str_eq(str_trim(tx->arena, a->wish->confirm),
				    str_trim(tx->arena, account.name)))
		return OK;
	problem_add(tx->problems, "confirm", "not_allowed",
	    "Type the account's name: %s", account.name);
	return E_INPUT;
}

static enum err
write_wish(struct tx *tx, void *arg)
{
	struct asking *a = arg;
	struct portal_account account;
	enum err e = check_wish(tx, arg);

	if (e == OK)
		e = portal_account_now(tx, &account);
	return e == OK ? customer_close_ask(tx, &account.customer,
			     a->wish->reason ? a->wish->reason : "")
		       : e;
}

enum err
portal_close(struct request *rq, const struct close_wish *wish)
{
	struct asking a = {rq, wish};
	struct user self;
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_READ, &tx, check_wish, &a);
	if (e == OK) {
		e = login_confirm(
		    rq, wish->password ? wish->password : "", &self);
		if (e == E_DENIED) {
			problem_add(&rq->problems, "password", "not_allowed",
			    "This is not your password.");
			e = E_INPUT;
		}
	}
	if (e != OK)
		return e;
	request_tx(rq, &tx);
	return tx_run(rq->db, TX_WRITE, &tx, write_wish, &a);
}

/* ---- calls ---- */

static enum err
write_standing(struct request *rq, int status, const struct id *customer)
{
	struct customer_standing s;
	struct close_request q = {.reason = NULL};
	struct json_out *w;
	enum err e = customer_standing(rq->tx, customer, &s);
	bool waits;

	if (e == OK)
		e = close_request_get(rq->tx, customer, &q);
	waits = e == OK;
	if (e != OK && e != E_NOTFOUND)
		return e;
	w = reply_json(rq, status);
	json_open(w, NULL, '{');
	json_bool(w, "requested", waits);
	json_str_or_null(w, "requestedBy", waits ? q.asked_by : NULL);
	json_time(w, "requestedAt", waits ? q.asked_at : 0);
	json_str_or_null(w, "reason", waits ? q.reason : NULL);
	json_int(w, "services", s.services);
	json_int(w, "openInvoices", s.open_invoices);
	json_money(w, "owed", s.owed_minor, s.currency);
	json_money(w, "creditBalance", s.credit_minor, s.currency);
	json_str(w, "currency", s.currency);
	json_close(w, '}');
	return OK;
}

static enum err
show_now(struct request *rq, const void *arg)
{
	const int *status = arg;
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	return e == OK ? write_standing(rq, *status, &account.customer) : e;
}

static enum err
get_close(struct request *rq)
{
	const int status = 200;
	enum err e = query_known(rq, NULL, 0);

	return e == OK ? show_now(rq, &status) : e;
}

static enum err
ask_close(struct request *rq)
{
	static const char *const names[] = {"password", "confirm", "reason"};
	static const int status = 201;
	struct json_in in = request_json(rq);
	struct close_wish wish = {.reason = NULL};
	enum err e;

	if (!json_in_known(&in, names, N_ELEMS(names)) ||
	    !json_in_text(
		&in, "password", JSON_REQUIRED, PASSWORD_MAX, &wish.password) ||
	    !json_in_text(
		&in, "confirm", JSON_REQUIRED, TEXT_MAX, &wish.confirm) ||
	    !json_in_text(&in, "reason", JSON_OPTIONAL, TEXT_MAX, &wish.reason))
		return E_INPUT;
	e = portal_close(rq, &wish);
	return e == OK ? request_reading(rq, show_now, &status) : e;
}

static enum err
withdraw_close(struct request *rq)
{
	const int status = 200;
	struct portal_account account;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = customer_close_withdraw(rq->tx, &account.customer);
	return e == OK ? show_now(rq, &status) : e;
}

/* clang-format off */
#define ROW(method, pool, body, flags, handler, name)			\
	{method, PATH, pool, AUTH_SESSION, PERM_PORTAL_USE, body, flags, handler, name}

const struct route portal_close_api_routes[] = {
	ROW(GET,    POOL_UI,   BODY_NONE, 0, get_close, "client.close"),
	ROW(POST,   POOL_DOOR, BODY_JSON, ROUTE_OWN_TX | ROUTE_SECRET | ROUTE_SELF, ask_close, "client.close.ask"),
	ROW(DELETE, POOL_UI,   BODY_NONE, ROUTE_SELF, withdraw_close, "client.close.withdraw"),
	{0}
};
/* clang-format on */
