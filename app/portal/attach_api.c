/* attach_api.c - a customer's own domain for a site: looked at, asked about,
 * and done.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "portal/attach_api.h"

#include "base/text.h"
#include "identity/login_limits_api.h"
#include "outside/dns.h"
#include "portal/portal_nouns.h"

enum { TRIES = 30, TRIES_WINDOW_S = 3600, DOMAIN_MAX = 253 };

/* ---- before ---- */

static enum err
count_try(struct attaching *a)
{
	const char *key =
	    arena_printf(a->rq->arena, "attach:%s", a->attach.site.customer.s);
	int wait_s;

	if (!key)
		return E_BUSY;
	if (rate_allow(key, TRIES, TRIES_WINDOW_S, &wait_s))
		return OK;
	login_tell_wait(a->rq, wait_s);
	return E_LIMIT;
}

static enum err
look(struct request *rq, const void *arg)
{
	struct attaching *a = *(struct attaching *const *)arg;
	enum err e =
	    portal_own(rq, &portal_services_noun, AREA_TECHNICAL, &a->service);

	if (e != OK)
		return e;
	e = attach_look(rq->tx, &a->service, a->typed, &a->attach);
	if (e != E_NOTFOUND)
		return e;
	problem_add(&rq->problems, "", "conflict",
	    "There is no website that a domain could lead to.");
	return E_CONFLICT;
}

/* ---- where it points ---- */

static enum err
ask(struct attaching *a, const char *name, struct dns_addresses *out)
{
	const struct settings *s = a->rq->settings;
	enum err e = dns_ask(setting_text(s, "dns_servers"), name,
	    (int)setting_int(s, "dns_timeout_ms"), out);

	if (e == E_REMOTE)
		problem_add(&a->rq->problems, "domain", "dns_no_answer",
		    "The name servers of %s gave no answer. Try again in a "
		    "minute.",
		    name);
	return e == E_INPUT ? E_SYS : e;
}

/* Mostly the addresses in our rows do; its host name is asked for otherwise. */
static enum err
check(struct attaching *a)
{
	struct problems *problems = ARENA_NEW(a->rq->arena, struct problems);
	struct dns_addresses name, host = {.n = 0};
	enum err e;

	if (!problems)
		return E_BUSY;
	problems_init(problems, a->rq->arena);
	if ((e = ask(a, a->attach.name, &name)) != OK ||
	    attach_points_here(&a->attach, &name, &host, problems))
		return e;
	if (name.n > 0 && domain_valid(a->attach.site.fqdn) &&
	    (e = ask(a, a->attach.site.fqdn, &host)) != OK)
		return e;
	return attach_points_here(&a->attach, &name, &host, &a->rq->problems)
		   ? OK
		   : E_INPUT;
}

/* Workers that wait for name servers serve nobody else. */
static enum err
check_in_turn(struct attaching *a)
{
	int half = pool_size() / 2 > 0 ? pool_size() / 2 : 1;
	enum err e;

	if (!slot_take(SLOT_DNS, half))
		return E_BUSY;
	e = check(a);
	slot_give(SLOT_DNS);
	return e;
}

/* ---- doing it ---- */

static const char *
answer_text(struct attaching *a)
{
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "domain", a->attach.name);
	json_str(&w, "status",
	    str_eq(a->attach.name, a->attach.site.domain) ? "active"
							  : "setting_up");
	json_close(&w, '}');
	return buf_move(a->rq->arena, &b);
}

/* Rights may have gone while name servers were asked. */
static enum err
put(struct tx *tx, void *arg)
{
	struct attaching *a = arg;
	struct portal_account account;
	const char *text;
	enum err e = OK;

	if (a->by_program)
		e = request_claim_key(a->rq, tx);
	if (e == OK)
		e = portal_account_get(tx, &a->attach.site.customer, &account);
	if (e == OK && !portal_may(&account, AREA_TECHNICAL))
		e = E_DENIED;
	if (e == OK)
		e = attach_put(tx, &a->attach);
	if (e != OK || !a->by_program)
		return e;
	text = answer_text(a);
	return text ? request_keep_answer(a->rq, tx, 202, text) : E_BUSY;
}

enum err
portal_attach(struct attaching *a)
{
	const struct attaching *const self = a;
	struct tx tx;
	enum err e = request_reading(a->rq, look, &self);

	if (e == OK && !a->attach.is_done) {
		e = count_try(a);
		if (e == OK)
			e = check_in_turn(a);
	}
	if (e != OK)
		return e;
	request_tx(a->rq, &tx);
	return tx_run(a->rq->db, TX_WRITE, &tx, put, a);
}

static enum err
attach(struct request *rq)
{
	static const char *const known[] = {"domain"};
	struct json_in in = request_json(rq);
	struct attaching a = {.rq = rq, .by_program = true};
	const char *text;
	enum err e;

	if (!json_in_known(&in, known, N_ELEMS(known)) ||
	    !json_in_text(&in, "domain", JSON_REQUIRED, DOMAIN_MAX, &a.typed))
		return E_INPUT;
	if ((e = portal_attach(&a)) != OK)
		return e;
	text = answer_text(&a);
	if (!text)
		return E_BUSY;
	reply_json_text(rq, 202, text);
	return OK;
}

/* clang-format off */
const struct route portal_attach_api_routes[] = {
	/* asks name servers in between */
	{POST, "/api/client/services/:id/domain", POOL_UI, AUTH_SESSION, PERM_PORTAL_USE,
		BODY_JSON, ROUTE_OWN_TX, attach, "client.services.attach"},
	{0}
};
/* clang-format on */
