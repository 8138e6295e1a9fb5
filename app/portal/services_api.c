/* services_api.c - what customers do with a service or a domain, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/plan_change.h"
#include "billing/subscription_end.h"
#include "domains/domain.h"
#include "face/list_api.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"
#include "portal/service_pages.h"

#define WORD_MAX 63

/* ---- ending ---- */

static enum err
cancel(struct request *rq)
{
	static const char *const known[] = {"reason", "note"};
	struct json_in in = request_json(rq);
	struct subscription_end end = {
	    .reason = "", .note = "", .by_customer = true};
	struct id id;
	bool good;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e != OK)
		return e;
	good = json_in_known(&in, known, N_ELEMS(known));
	good &=
	    json_in_text(&in, "reason", JSON_OPTIONAL, WORD_MAX, &end.reason);
	good &=
	    json_in_text(&in, "note", JSON_OPTIONAL, END_NOTE_MAX, &end.note);
	if (!good)
		return E_INPUT;
	e = subscription_cancel_at_end(rq->tx, &id, &end);
	return e == OK ? noun_reply(rq, &portal_services_noun, &id) : e;
}

static enum err
keep(struct request *rq)
{
	struct json_in in = request_json(rq);
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, NULL, 0))
		return E_INPUT;
	e = subscription_keep(rq->tx, &id);
	return e == OK ? noun_reply(rq, &portal_services_noun, &id) : e;
}

/* ---- another plan ---- */

static enum err
list_plans(struct request *rq)
{
	struct plan_offer *list =
	    arena_array(rq->arena, PLAN_OFFERS_MAX, sizeof(*list));
	struct json_out *w;
	struct service s;
	struct id id;
	size_t n = 0;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e == OK)
		e = query_known(rq, NULL, 0);
	if (e == OK)
		e = service_get(rq->tx, &id, &s);
	if (e != OK || !list)
		return e == OK ? E_BUSY : e;
	e = plan_offers(rq->tx, &id, list, PLAN_OFFERS_MAX, &n);
	if (e != OK)
		return e;
	w = reply_items(rq, 200);
	for (size_t i = 0; i < n; i++) {
		json_open(w, NULL, '{');
		json_str(w, "product", list[i].code);
		json_str(w, "name", list[i].name);
		json_str(w, "description", list[i].about);
		json_money(w, "price", list[i].recurring_minor, s.currency);
		json_str(w, "currency", s.currency);
		json_bool(w, "atOnce", !list[i].is_smaller);
		json_close(w, '}');
	}
	reply_items_end(w, n);
	return OK;
}

static enum err
list_changes(struct request *rq)
{
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	return e == OK ? list_api(rq, &portal_changes_noun, "serviceId",
			     arena_strdup(rq->arena, id.s))
		       : e;
}

static enum err
change_plan(struct request *rq)
{
	static const char *const known[] = {"product", "note"};
	struct json_in in = request_json(rq);
	struct plan_wish wish = {.code = "", .note = "", .by_customer = true};
	struct id id, change;
	bool good;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e != OK)
		return e;
	good = json_in_known(&in, known, N_ELEMS(known));
	good &=
	    json_in_text(&in, "product", JSON_REQUIRED, WORD_MAX, &wish.code);
	good &=
	    json_in_text(&in, "note", JSON_OPTIONAL, PLAN_NOTE_MAX, &wish.note);
	if (!good)
		return E_INPUT;
	e = plan_change_ask(rq->tx, &id, &wish, &change);
	return e == OK ? noun_reply_made(rq, &portal_changes_noun, &change) : e;
}

static enum err
withdraw(struct request *rq)
{
	struct json_in in = request_json(rq);
	struct plan_change c;
	struct id id;
	enum err e = portal_own(rq, &portal_services_noun, AREA_CONTRACT, &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, NULL, 0))
		return E_INPUT;
	e = plan_change_current(rq->tx, &id, &c);
	if (e == E_NOTFOUND) {
		problem_add(&rq->problems, "", "conflict",
		    "No other plan has been asked for.");
		return E_CONFLICT;
	}
	if (e == OK)
		e = plan_change_withdraw(
		    rq->tx, &c.id, "The customer took it back.");
	return e == OK ? noun_reply(rq, &portal_changes_noun, &c.id) : e;
}

/* ---- domains ---- */

static enum err
change_domain(struct request *rq)
{
	static const char *const known[] = {"autoRenew"};
	struct json_in in = request_json(rq);
	struct id id;
	bool on = false;
	enum err e = portal_own(rq, &portal_domains_noun, AREA_TECHNICAL, &id);

	if (e != OK)
		return e;
	if (!json_in_known(&in, known, N_ELEMS(known)) ||
	    !json_in_bool(&in, "autoRenew", JSON_REQUIRED, &on))
		return E_INPUT;
	e = domain_set_auto_renew(rq->tx, &id, on);
	return e == OK ? noun_reply(rq, &portal_domains_noun, &id) : e;
}

/* clang-format off */
#define ROW(method, path, handler, name)				\
	{method, "/api/client/" path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,	\
		(method) == GET ? BODY_NONE : BODY_JSON, 0, handler, name}

const struct route portal_services_api_routes[] = {
	ROW(POST,  "services/:id/cancel", cancel,	 "client.services.cancel"),
	ROW(POST,  "services/:id/keep",	  keep,		 "client.services.keep"),
	ROW(GET,   "services/:id/plans",  list_plans,	 "client.services.plans"),
	ROW(GET,   "services/:id/changes", list_changes, "client.services.changes"),
	ROW(POST,  "services/:id/change-plan", change_plan, "client.services.change"),
	ROW(POST,  "services/:id/withdraw", withdraw,	 "client.services.withdraw"),
	ROW(PATCH, "domains/:id",	  change_domain, "client.domains.change"),
	{0}
};
/* clang-format on */
