/* enter_pages.c - staff look at the portal as a customer, and come back.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Everything done meanwhile is noted under both names.  What is the person's
 * alone (password, factors, sessions, means of payment: ROUTE_SELF) stays shut.
 */
#include "config.h"

#include "base/reader.h"
#include "base/text.h"
#include "billing/billing_api.h"
#include "billing/customer.h"
#include "billing/customer_people.h"
#include "face/part.h"
#include "identity/audit.h"
#include "identity/login_api.h"

#define CUSTOMERS "/admin/customers"
#define PATH	  CUSTOMERS "/:id/sign-in-as"

struct visit {
	struct customer customer;
	struct user user;
};

/* E_CONFLICT with a problem: there is nobody to look as. */
static enum err
find(struct request *rq, struct visit *out)
{
	struct id id, user;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = customer_get(rq->tx, &id, &out->customer);
	if (e != OK)
		return e;
	e = customer_people_first(rq->tx, &id, &user);
	if (e == E_NOTFOUND) {
		problem_add(&rq->problems, "", "conflict",
		    "Nobody looks after this account yet: add a person to it "
		    "first.");
		return E_CONFLICT;
	}
	return e == OK ? user_get(rq->tx, &user, &out->user) : e;
}

static const char *
customer_path(struct request *rq, const struct visit *v)
{
	const char *path =
	    arena_printf(rq->arena, CUSTOMERS "/%s", v->customer.id.s);

	return path ? path : CUSTOMERS;
}

static enum err
ask(struct request *rq)
{
	struct view *page, *crumbs, *ignored;
	struct visit v;
	enum err e = find(rq, &v);

	if (e != OK)
		return e;
	page = page_view(rq, say("Look as the customer"), CUSTOMERS);
	crumbs = head_crumbs(view_object(page, "head"));
	crumb_add(crumbs, CUSTOMERS, say("Customers"));
	crumb_add(crumbs, customer_path(rq, &v), v.customer.name);
	put_ask(page,
	    &(struct ask){
		.title = say_with(
		    rq->arena, "Look at the portal as %s?", v.user.email),
		.text = "You see what they see, for an hour at most. What you "
			"do is noted under your name and theirs. Password, "
			"second factor and payment stay theirs.",
		.action = rq->path,
		.yes = "Look as the customer",
		.no_href = customer_path(rq, &v),
		.no_label = "Stay here",
	    },
	    &ignored);
	reply_page(rq, 200, "admin/ask", page);
	return OK;
}

static enum err
enter(struct request *rq)
{
	struct session_from from = login_from(rq);
	char token[TOKEN_MAX];
	struct visit v;
	enum err e = find(rq, &v);

	if (e == OK)
		e = audit(rq->tx, "customer.enter", "customers", &v.customer.id,
		    NULL);
	if (e == OK)
		e = session_open_as(
		    rq->tx, &v.user, &v.customer.id, &from, token);
	if (e != OK)
		return e;
	reply_session(rq, token, 3600);
	reply_redirect(rq, "/client");
	return OK;
}

/* Who visits nobody stays. */
static enum err
leave(struct request *rq)
{
	struct session_from from = login_from(rq);
	char token[TOKEN_MAX];
	int64_t left_s;
	enum err e;

	if (!id_is_set(&rq->actor.behind)) {
		reply_redirect(rq, "/");
		return OK;
	}
	e = session_return(rq->tx, &from, token, &left_s);
	if (e == OK)
		e = audit(
		    rq->tx, "customer.leave", "users", &rq->actor.id, NULL);
	if (e != OK)
		return e;
	reply_session(rq, token, (int)left_s);
	reply_redirect(rq, CUSTOMERS);
	return OK;
}

/* clang-format off */
const struct route enter_page_routes[] = {
	{ GET,  PATH,     POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_ENTER, BODY_NONE,
	  ROUTE_SELF,                ask,   "customers.enter.ask" },
	{ POST, PATH,     POOL_UI, AUTH_SESSION, PERM_CUSTOMERS_ENTER, BODY_FORM,
	  ROUTE_SELF | ROUTE_SECRET, enter, "customers.enter" },
	{ POST, "/leave", POOL_UI, AUTH_SESSION, PERM_SIGNED_IN,       BODY_FORM,
	  ROUTE_SECRET,              leave, "customers.leave" },
	{0}
};
/* clang-format on */
