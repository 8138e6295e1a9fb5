/* gate.c - one request from its parameters to its whole answer.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * gate_handle() is the one way into the program from the web; nothing is
 * served around it.
 */
#include "config.h"
#include "web/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "web/shm.h"

#define REQUEST_ARENA_MAX (16 * 1024 * 1024)
#define HANDLER_ARENA_MAX (32 * 1024 * 1024)

/* ---- the gate itself ---- */

static enum err
read_ranges(const struct settings *s, const char *name, struct ranges *out,
    struct buf *complaint)
{
	if (ranges_parse(setting_text(s, name), out) == OK)
		return OK;
	buf_printf(complaint,
	    "setting %s: not a list of addresses and ranges like "
	    "127.0.0.0/8\n",
	    name);
	return E_INPUT;
}

static enum err
read_limits(struct gate *g, struct buf *complaint)
{
	const struct settings *s = g->config->settings;

	g->anonymous_per_s = (int)setting_int(s, "rate_anonymous_per_s");
	g->open_metrics = setting_bool(s, "metrics_loopback");
	g->hsts = setting_bool(s, "hsts");
	if (read_ranges(s, "limit_exempt", &g->exempt, complaint) != OK)
		return E_INPUT;
	return read_ranges(s, "trusted_proxies", &g->proxies, complaint);
}

enum err
gate_new(const struct web_config *config, struct db *db, struct gate **out,
    struct buf *complaint)
{
	struct gate *g = calloc(1, sizeof(*g));
	enum err e = E_SYS;

	if (!g)
		return E_SYS;
	g->config = config;
	g->db = db;
	g->request_arena = arena_new(REQUEST_ARENA_MAX);
	g->handler_arena = arena_new(HANDLER_ARENA_MAX);
	buf_init(&g->x.reply.body, REPLY_MAX);
	buf_init(&g->x.reply.headers, 64 * 1024);
	if (g->request_arena && g->handler_arena)
		e = router_new(
		    config->tables, config->n_tables, &g->router, complaint);
	if (e == OK)
		e = read_limits(g, complaint);
	if (e != OK) {
		gate_free(&g);
		return e;
	}
	*out = g;
	return OK;
}

void
gate_free(struct gate **take_g)
{
	struct gate *g = *take_g;

	if (!g)
		return;
	buf_fini(&g->x.reply.body);
	buf_fini(&g->x.reply.headers);
	router_free(&g->router);
	arena_free(&g->request_arena);
	arena_free(&g->handler_arena);
	free(g);
	*take_g = NULL;
}

/* ---- refusing ---- */

/* Memory was refused somewhere on the way. */
bool
exchange_is_starved(const struct exchange *x)
{
	return arena_failed(x->gate->request_arena) ||
	       arena_failed(x->gate->handler_arena);
}

enum err
refuse(struct exchange *x, int status, const char *detail)
{
	x->refusal = (struct refusal){status, NULL, detail};
	return E_INPUT;
}

enum err
deny(struct exchange *x, const char *why, const struct refusal *f)
{
	exchange_end(x); /* what is noted has a transaction of its own */
	if (x->is_wrong)
		return E_RETRY;
	/* Nobody is accused of what got lost here. */
	if (exchange_is_starved(x))
		return E_BUSY;
	metric_add(METRIC_DENIED, 1);
	x->gate->config->ops->note_denied(&x->rq, why);
	x->refusal = *f;
	return E_DENIED;
}

/* ---- 1: a new exchange ---- */

static void
exchange_start(struct gate *g, const struct wire *in)
{
	struct exchange *x = &g->x;
	struct reply reply = x->reply; /* its buffers are kept */
	struct shm_slot *slot = shm_own_slot();

	reader_set(NULL);
	arena_reset(g->request_arena);
	arena_reset(g->handler_arena);
	memset(x, 0, sizeof(*x));
	x->reply = reply;
	x->reply.retry_after = NULL;
	reply_reset(&x->reply);
	x->gate = g;
	x->wire = in;
	x->began_us = clock_mono_us();
	x->match.index = router_count(g->router);
	x->rq.arena = g->request_arena;
	x->rq.db = g->db;
	x->rq.settings = g->config->settings;
	x->rq.box = g->config->box;
	x->rq.reply = &x->reply;
	x->rq.now = clock_now();
	x->rq.id = x->rq.path = x->rq.host = x->rq.client = x->rq.body = "";
	problems_init(&x->rq.problems, g->request_arena);
	atomic_store_explicit(&slot->in_flight, 1, memory_order_relaxed);
}

/* What is being served, for the master's log when we don't live to say. */
static void
tell_slot(const struct exchange *x)
{
	struct shm_slot *slot = shm_own_slot();
	size_t n = strnlen(x->rq.id, sizeof(slot->request_id) - 1);

	memcpy(slot->request_id, x->rq.id, n);
	slot->request_id[n] = '\0';
	atomic_store_explicit(
	    &slot->route, x->match.index, memory_order_relaxed);
}

/* ---- 3: route ---- */

static enum err
find_route(struct exchange *x)
{
	struct request *rq = &x->rq;
	unsigned method = method_of(x->head.method ? x->head.method : "");
	enum err e = router_find(
	    x->gate->router, rq->arena, method, rq->path, &x->match);

	if (e != OK)
		return e;
	rq->method = (enum method)method;
	rq->route = x->match.route;
	rq->path_params = x->match.params;
	rq->n_path_params = x->match.n_params;
	tell_slot(x);
	return OK;
}

/* ---- 4: host -> tenant ---- */

/* Its people may try again once somebody has resumed it; agents and Stripe do
 * so by themselves, so that nothing is lost. */
static enum err
refuse_suspended(struct exchange *x)
{
	const struct problems *p = &x->rq.problems;

	x->reply.retry_after = "60";
	x->refusal = (struct refusal){
	    503, "suspended", problems_kept(p) > 0 ? p->item[0].message : NULL};
	return E_BUSY;
}

static enum err
find_tenant(struct exchange *x)
{
	const struct route *r = x->match.route;
	bool is_always_told =
	    r && (r->auth == AUTH_NONE || r->flags & ROUTE_LOOPBACK);
	enum err e = exchange_begin(x, TX_READ);

	if (is_always_told)
		x->rq.asks_anew = true;
	if (e == OK)
		e = x->gate->config->ops->tenant_of_host(&x->rq);
	if (e == OK) {
		x->rq.actor.tenant = x->rq.tenant;
		tx_set_tenant(&x->tx, &x->rq.tenant);
		log_set_request(x->rq.id, x->rq.tenant.s);
		return OK;
	}
	/* Health must be told, and metrics read, whatever is wrong. */
	if (is_always_told)
		return OK;
	if (e == E_NOTFOUND)
		return refuse(x, 421, NULL);
	return e == E_DENIED ? refuse_suspended(x) : e;
}

/* ---- 5: who ---- */

static const char *
bearer_token(const struct exchange *x)
{
	const char *a = x->head.authorization;

	if (!a || strncasecmp(a, "Bearer ", 7) != 0)
		return NULL;
	return a + 7 + strspn(a + 7, " ");
}

/* Does the route look at credentials at all, and at cookies?  Routes open to
 * anyone look only to show more (GET): a log-in must not depend on them. */
static bool
looks_at_bearer(const struct exchange *x)
{
	const struct route *r = x->match.route;

	if (!r || r->auth == AUTH_NONE)
		return false;
	return r->auth != AUTH_TENANT || x->rq.method == GET;
}

static bool
looks_at_cookie(const struct exchange *x)
{
	const struct route *r = x->match.route;

	if (!r) /* the page that says 404 */
		return !x->rq.is_api;
	return r->auth == AUTH_SESSION || r->auth == AUTH_API ||
	       (r->auth == AUTH_TENANT && x->rq.method == GET);
}

static enum err
sign_in_by_cookie(struct exchange *x, const char *cookie)
{
	enum err e = x->gate->config->ops->actor_of_cookie(&x->rq, cookie);

	if (e == OK) {
		x->session = cookie;
		x->rq.csrf = csrf_token(x->rq.arena, cookie);
	}
	return e;
}

/* A credential that is given and wrong leaves nobody signed in: step 7 says
 * so where it matters. */
static enum err
find_actor(struct exchange *x)
{
	struct request *rq = &x->rq;
	const char *bearer = bearer_token(x);
	const char *cookie = cookie_text(rq, SESSION_COOKIE);
	enum err e = OK;

	if (!rq->tx)
		return OK; /* a database that is down: nobody is signed in */
	if (bearer && looks_at_bearer(x))
		e = x->gate->config->ops->actor_of_token(rq, bearer);
	else if (cookie && !bearer && looks_at_cookie(x))
		e = sign_in_by_cookie(x, cookie);
	if (e == E_NOTFOUND) {
		rq->actor = (struct actor){.tenant = rq->tenant};
		e = OK;
	}
	if (e != OK)
		return e;
	log_set_request(rq->id, rq->tenant.s);
	return exchange_pass_on(x);
}

/* ---- 6: rate; who is signed in is not limited here ---- */

static enum err
check_rate(struct exchange *x)
{
	int n = x->gate->anonymous_per_s;
	char address[ADDRESS_KEY_LEN], key[64];
	int wait_s;

	if (n == 0 || x->rq.actor.kind != ACTOR_ANYONE ||
	    client_is_exempt(&x->rq))
		return OK;
	address_key(x->rq.client, address);
	snprintf(key, sizeof(key), "address:%s", address);
	if (rate_allow(key, n, 1, &wait_s))
		return OK;
	metric_add(METRIC_RATE_LIMITED, 1);
	x->reply.retry_after = arena_printf(x->rq.arena, "%d", wait_s);
	return refuse(x, 429, NULL);
}

/* ---- 8: body ---- */

/* A call with a JSON body has no parameters beside it: they are refused before
 * anything is done. */
static enum err
read_call(struct exchange *x)
{
	struct request *rq = &x->rq;
	enum err e = request_read_body(x);

	if (e == OK && rq->is_api && rq->route->body == BODY_JSON)
		e = query_known(rq, NULL, 0);
	return e;
}

/* ---- 12: errors ---- */

static void
answer_error(struct exchange *x, enum err e)
{
	if (e == OK)
		return;
	/* What was found out with half of it is not to be trusted. */
	if (exchange_is_starved(x)) {
		x->refusal = (struct refusal){0};
		e = E_BUSY;
	}
	if (x->refusal.status == 303)
		return;
	/* A bug or a fault of the machine: trying again does not mend it. */
	if (e == E_SYS && !x->refusal.status)
		x->refusal = (struct refusal){500, NULL, NULL};
	problem_answer(x, e);
}

/* What was refused for its content, from somebody known, may be kept. */
static void
keep_refused(struct exchange *x)
{
	const struct request *rq = &x->rq;
	int status = x->reply.status;
	enum err e;

	if (!rq->route || !(rq->route->flags & ROUTE_KEEP_REFUSED) ||
	    rq->actor.kind == ACTOR_ANYONE)
		return;
	if (status < 400 || status >= 500 || status == 401 || status == 403 ||
	    status == 429)
		return;
	e = x->gate->config->ops->note_refused(&x->rq, status);
	if (e == OK)
		return;
	x->refusal = (struct refusal){0};
	problem_answer(x, e);
}

/* ---- the straight list ---- */

static enum err
serve_once(struct exchange *x)
{
	enum err e;

	/* clang-format off */
	if ((e = find_tenant(x)) != OK)		/* 4. 421, 503 */
		return e;
	if ((e = find_actor(x)) != OK)		/* 5. cookie or token */
		return e;
	page_reader(x);
	if ((e = check_rate(x)) != OK)		/* 6. 429 */
		return e;
	if ((e = permit_check(x)) != OK)	/* 7. 404, 405, 401, 403 */
		return e;
	if ((e = read_call(x)) != OK)		/* 8. 400, 413, 415 */
		return e;
	if ((e = csrf_check(x)) != OK)		/* 9. 403 */
		return e;
	if ((e = idem_read(x)) != OK)		/* 10. the caller's key */
		return e;
	return exchange_run(x);			/* 11. begin ... commit */
	/* clang-format on */
}

/* All that steps 4 to 11 have found out is forgotten. */
static void
forget(struct exchange *x)
{
	struct request *rq = &x->rq;

	reply_reset(&x->reply);
	x->reply.retry_after = NULL;
	x->refusal = (struct refusal){0};
	x->session = NULL;
	x->is_wrong = false;
	rq->arena = x->gate->request_arena;
	problems_init(&rq->problems, rq->arena);
	rq->actor = (struct actor){0};
	rq->csrf = rq->flash_kind = rq->flash_text = NULL;
	rq->seen_at = 0;
	rq->asks_anew = true;
}

/* The host is not whose it was taken for: once more.  Before anything is
 * written, and before a body is read, it is sure. */
static enum err
serve(struct exchange *x)
{
	enum err e = serve_once(x);

	exchange_end(x);
	if (!x->is_wrong)
		return e;
	forget(x);
	e = serve_once(x);
	exchange_end(x);
	return e;
}

void
gate_handle(struct gate *g, const struct wire *in, struct buf *out)
{
	struct exchange *x = &g->x;
	enum err e;

	/* clang-format off */
	exchange_start(g, in);			/* 1. memory, clock */
	e = request_read(x);			/* 2. line, query, cookies */
	if (e == OK)
		e = find_route(x);		/* 3. row of a table */
	if (e == OK)
		e = serve(x);			/* 4 to 11 */
	answer_error(x, e);			/* 12. JSON or page */
	keep_refused(x);			/* 13. intake_refusals */
	reply_print(x, out);			/* 14. headers and body */
	/* clang-format on */
}

/* ---- behind the answer ---- */

static void
log_request(const struct exchange *x, int64_t took_us)
{
	const struct request *rq = &x->rq;
	const char *method = x->head.method ? x->head.method : "";

	log_event(LOG_INFO, "request",
	    LOG_S("route", router_name(x->gate->router, x->match.index)),
	    LOG_S("method", method_of(method) ? method : "other"),
	    LOG_I("status", x->reply.status), LOG_I("us", took_us),
	    LOG_I("bytes", (int64_t)x->reply.body.len),
	    LOG_S("client", rq->client), LOG_S("actor", rq->actor.name));
}

void
gate_finish(struct gate *g)
{
	struct exchange *x = &g->x;
	struct request *rq = &x->rq;
	int64_t took_us = clock_mono_us() - x->began_us;

	if (x->reply.flash_shown)
		flash_clear(x);
	if (x->reply.after)
		x->reply.after(rq);
	if (rq->actor.kind != ACTOR_ANYONE)
		g->config->ops->touch(rq);
	metrics_request(x, took_us);
	log_request(x, took_us);
	log_set_request(NULL, NULL);
	json_decref(rq->json);
	rq->json = NULL;
	atomic_store_explicit(
	    &shm_own_slot()->in_flight, 0, memory_order_relaxed);
}
