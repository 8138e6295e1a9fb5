/* portal_api.c - the customers' own calls: who they are, and what they have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/portal_api.h"

#include "base/text.h"
#include "billing/invoices_pages.h"
#include "face/list_api.h"
#include "identity/user.h"
#include "portal/portal_nouns.h"

/* ---- whose it is ---- */

bool
portal_may(const struct portal_account *a, enum portal_area area)
{
	switch (area) {
	case AREA_ANY:
		return true;
	case AREA_BILLING:
		return a->rights.billing;
	case AREA_TECHNICAL:
		return a->rights.technical;
	case AREA_SUPPORT:
		return a->rights.support;
	case AREA_CONTRACT:
		return a->rights.billing && a->rights.technical;
	case AREA_PEOPLE:
		return a->rights.billing && a->rights.technical &&
		       a->rights.support;
	case AREA__MAX:
		break;
	}
	return false;
}

enum err
portal_check_area(
    struct request *rq, const struct portal_account *a, enum portal_area area)
{
	static const char *const denied[AREA__MAX] = {
	    [AREA_BILLING] = "You don't look after the invoices of this "
			     "account. Somebody who does can let you.",
	    [AREA_TECHNICAL] = "You don't look after the services of this "
			       "account. Somebody who does can let you.",
	    [AREA_CONTRACT] = "Cancelling and changing plans is for whoever "
			      "looks after both the services and the invoices "
			      "of this account.",
	    [AREA_PEOPLE] = "Who looks after all of this account says who "
			    "else does.",
	    [AREA_SUPPORT] = "You don't ask for help for this account. "
			     "Somebody who does can let you.",
	};

	if (portal_may(a, area))
		return OK;
	problem_add(&rq->problems, "", "forbidden", "%s", denied[area]);
	return E_DENIED;
}

enum err
portal_open(
    struct request *rq, enum portal_area area, struct portal_account *out)
{
	enum err e = rq->is_api ? portal_account_now(rq->tx, out)
				: portal_account_of(rq, NULL, out);

	if (e == E_NOTFOUND)
		problem_add(&rq->problems, "", "not_found",
		    "You don't look after any customer account yet.");
	return e == OK ? portal_check_area(rq, out, area) : e;
}

enum err
portal_own_of(struct request *rq, const struct noun *n, enum portal_area area,
    struct id *id_out, struct portal_account *account_out)
{
	int owner_field = noun_field(n, PORTAL_OWNER);
	struct portal_account account;
	struct id id, owner;
	struct rows r;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = noun_get(rq->tx, n, &id, &r)) != OK)
		return e;
	owner = row_id(&r, NOUN_FIELDS + owner_field);
	e = rows_done(&r);
	if (e == OK)
		e = rq->is_api ? portal_account_get(rq->tx, &owner, &account)
			       : portal_account_of(rq, &owner, &account);
	if (e == OK)
		e = portal_check_area(rq, &account, area);
	if (e == OK) {
		*id_out = id;
		*account_out = account;
	}
	return e;
}

enum err
portal_own(struct request *rq, const struct noun *n, enum portal_area area,
    struct id *id_out)
{
	struct portal_account account;

	return portal_own_of(rq, n, area, id_out, &account);
}

/* ---- lists, and one of each ---- */

enum err
portal_pick(struct request *rq, const struct id *named, enum portal_area area,
    struct portal_account *out)
{
	enum err e;

	if (!named)
		return portal_open(rq, area, out);
	e = portal_account_get(rq->tx, named, out);
	return e == OK ? portal_check_area(rq, out, area) : e;
}

enum err
portal_list(struct request *rq, const struct noun *n, enum portal_area area)
{
	const char *named = query_text(rq, PORTAL_OWNER);
	const struct id id = id_of_any(named);
	struct portal_account account;
	enum err e =
	    portal_pick(rq, id_is_set(&id) ? &id : NULL, area, &account);

	return e == OK ? list_api(rq, n, PORTAL_OWNER,
			     arena_strdup(rq->arena, account.customer.s))
		       : e;
}

enum err
portal_reply(struct request *rq, const struct noun *n, enum portal_area area)
{
	struct id id;
	enum err e = portal_own(rq, n, area, &id);

	return e == OK ? noun_reply(rq, n, &id) : e;
}

static enum err
list_services(struct request *rq)
{
	return portal_list(rq, &portal_services_noun, AREA_TECHNICAL);
}

static enum err
get_service(struct request *rq)
{
	return portal_reply(rq, &portal_services_noun, AREA_TECHNICAL);
}

static enum err
list_domains(struct request *rq)
{
	return portal_list(rq, &portal_domains_noun, AREA_TECHNICAL);
}

static enum err
get_domain(struct request *rq)
{
	return portal_reply(rq, &portal_domains_noun, AREA_TECHNICAL);
}

static enum err
list_invoices(struct request *rq)
{
	return portal_list(rq, &portal_invoices_noun, AREA_BILLING);
}

static enum err
get_invoice(struct request *rq)
{
	return portal_reply(rq, &portal_invoices_noun, AREA_BILLING);
}

enum err
portal_invoice_pdf(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_invoices_noun, AREA_BILLING, &id);

	return e == OK ? show_invoice_pdf(rq) : e;
}

/* ---- who one is ---- */

static void
put_account(struct json_out *w, const struct portal_account *a)
{
	json_open(w, NULL, '{');
	json_str(w, "id", a->customer.s);
	json_str(w, "name", a->name);
	json_bool(w, "billing", a->rights.billing);
	json_bool(w, "technical", a->rights.technical);
	json_bool(w, "support", a->rights.support);
	json_close(w, '}');
}

static enum err
get_me(struct request *rq)
{
	const struct portal_account *list;
	struct json_out *w;
	struct user u;
	size_t n;
	enum err e = query_known(rq, NULL, 0);

	if (e != OK || (e = user_get(rq->tx, &rq->actor.id, &u)) != OK ||
	    (e = portal_accounts(rq->tx, &list, &n)) != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_str(w, "id", u.id.s);
	json_str(w, "email", u.email);
	json_str(w, "name", u.name);
	json_open(w, "accounts", '[');
	for (size_t i = 0; i < n; i++)
		put_account(w, &list[i]);
	json_close(w, ']');
	json_close(w, '}');
	return OK;
}

/* clang-format off */
#define READ(path, handler, name)					\
	{GET, "/api/client/" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,	\
		BODY_NONE, 0, handler, name}

const struct route portal_api_routes[] = {
	READ("me",		get_me,		"client.me"),
	READ("services",	list_services,	"client.services"),
	READ("services/:id",	get_service,	"client.service"),
	READ("domains",		list_domains,	"client.domains"),
	READ("domains/:id",	get_domain,	"client.domain"),
	READ("invoices",	list_invoices,	"client.invoices"),
	READ("invoices/:id",	get_invoice,	"client.invoice"),
	READ("invoices/:id/pdf", portal_invoice_pdf, "client.invoice_pdf"),
	{0}
};
/* clang-format on */
