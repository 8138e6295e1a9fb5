/* gate_api.c - what the gate asks identity: whose host, who, and who was
 * refused (web/web.h, struct gate_ops).
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * The questions are asked in the gate's reading transaction (rq->tx), which
 * has no tenant before the first is answered.
 */
#include "config.h"
#include "identity/gate_api.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "identity/api_token.h"
#include "identity/audit.h"
#include "identity/jwt.h"
#include "identity/session.h"
#include "tenancy/tenant.h"

#define TOUCH_EVERY_S 60

/* ---- whose host ---- */

/* Whoever comes to a suspended company is told whom to ask. */
static enum err
say_suspended(struct request *rq, const struct tenant *t)
{
	rq->tenant_name = t->name;
	if (t->support_email && t->support_email[0] != '\0')
		problem_add(&rq->problems, "host", "suspended",
		    "%s is suspended. Nothing was changed, and nothing is "
		    "lost. Questions go to %s.",
		    t->name, t->support_email);
	else
		problem_add(&rq->problems, "host", "suspended",
		    "%s is suspended. Nothing was changed, and nothing is "
		    "lost.",
		    t->name);
	return E_DENIED;
}

enum err
identity_tenant_of_host(struct request *rq)
{
	const char *fallback = setting_text(rq->settings, "default_tenant");
	struct tenant t;
	enum err e = tenant_of_host(
	    rq->tx, rq->host, fallback, rq->asks_anew, &t, &rq->is_host_sure);

	if (e == E_DENIED)
		return say_suspended(rq, &t);
	if (e != OK)
		return e;
	rq->tenant = t.id;
	rq->tenant_slug = t.slug;
	rq->tenant_name = t.name;
	rq->tenant_currency = t.currency;
	rq->tenant_accent = t.accent;
	rq->tenant_logo = t.logo_hash;
	rq->reader = (struct reader){.language = t.language};
	return OK;
}

/* ---- who ---- */

struct question {
	struct request *rq;
	const char *token;
	enum session_kind kind;
	struct actor actor;
	struct session_seen seen;
	struct tenant tenant; /* the token's, where it is not the host's */
};

static enum err
find_session(struct question *q)
{
	struct request *rq = q->rq;
	struct session_limits limits = session_limits(rq->settings);

	return session_actor(rq->tx, q->kind, q->token, rq->client, &limits,
	    &q->actor, &q->seen);
}

static enum date_order
order_of(const char *format)
{
	if (str_eq(format, "iso"))
		return DATES_ISO;
	return str_eq(format, "month") ? DATES_MONTH : DATES_DAY;
}

/* A person reads in the company's language until they choose another. */
static void
read_as(struct request *rq, const struct session_seen *seen)
{
	if (!seen->language)
		return;
	if (seen->language[0] != '\0')
		rq->reader.language = seen->language;
	rq->reader.zone = seen->time_zone;
	rq->reader.dates = order_of(seen->date_format);
}

static void
answer(const struct question *q)
{
	struct request *rq = q->rq;

	rq->actor = q->actor;
	rq->seen_at = q->seen.at;
	rq->flash_kind = q->seen.flash_kind;
	rq->flash_text = q->seen.flash_text;
	read_as(rq, &q->seen);
	if (id_is_set(&q->tenant.id)) {
		rq->tenant = q->tenant.id;
		rq->tenant_slug = q->tenant.slug;
		rq->tenant_name = q->tenant.name;
		rq->tenant_currency = q->tenant.currency;
		rq->tenant_accent = q->tenant.accent;
		rq->tenant_logo = q->tenant.logo_hash;
	}
}

/* A session of another tenant is none on this host. */
enum err
identity_actor_of_cookie(struct request *rq, const char *cookie)
{
	struct question q = {.rq = rq, .token = cookie, .kind = SESSION_COOKIE};
	enum err e = find_session(&q);

	if (e == OK)
		answer(&q);
	return e;
}

/* A token says whose it is; a host that is only the default one does not
 * contradict it, the host of another tenant does. */
static enum err
agree_on_tenant(struct question *q, const struct id *owner)
{
	struct request *rq = q->rq;
	struct tenant t;
	enum err e;

	if (str_eq(owner->s, rq->tenant.s))
		return OK;
	e = tenant_find_host(rq->tx, rq->host, "", &t);
	if (e == OK && !str_eq(t.id.s, owner->s))
		return E_DENIED;
	if (e != OK && e != E_NOTFOUND)
		return e;
	return tenant_get(rq->tx, owner, &q->tenant);
}

static enum err
find_api_token(struct question *q)
{
	enum err e = api_token_actor(
	    q->rq->tx, q->token, q->rq->client, &q->actor, &q->seen.at);

	return e == OK ? agree_on_tenant(q, &q->actor.tenant) : e;
}

/* The signature says whose it is; the session's row, whether it still is. */
static enum err
find_access_token(struct question *q)
{
	struct request *rq = q->rq;
	struct jwt_issuer by = jwt_issuer(rq->settings, rq->box);
	struct jwt_claims claims;
	enum err e = jwt_verify(rq->arena, &by, q->token, rq->now, &claims);

	if (e != OK)
		return e == E_DENIED ? E_NOTFOUND : e;
	e = agree_on_tenant(q, &claims.tenant);
	if (e != OK)
		return e;
	tx_set_tenant(rq->tx, &claims.tenant);
	e = find_session(q);
	tx_set_tenant(rq->tx, &rq->tenant);
	return e;
}

enum err
identity_actor_of_token(struct request *rq, const char *token)
{
	struct question q = {.rq = rq, .token = token, .kind = SESSION_ACCESS};
	enum err e = E_NOTFOUND;

	if (str_starts(token, API_TOKEN_PREFIX))
		e = find_api_token(&q);
	else if (jwt_is_like(token))
		e = find_access_token(&q);
	if (e == OK)
		answer(&q);
	return e;
}

/* ---- behind the answer ---- */

static enum err
write_denied(struct tx *tx, void *arg)
{
	const char *detail = arg;

	return audit(tx, "denied", "request", NULL, detail);
}

/* Only what somebody known was denied is worth a row: anybody could fill the
 * log otherwise.  The log line is written in any case. */
void
identity_note_denied(struct request *rq, const char *why)
{
	struct buf detail;
	bool too_long;
	char *text;
	struct tx tx;
	enum err e;

	log_event(LOG_WARN, "denied", LOG_S("why", why),
	    LOG_S("path", rq->path), LOG_S("actor", rq->actor.name));
	if (rq->actor.kind == ACTOR_ANYONE || !id_is_set(&rq->tenant))
		return;
	buf_init(&detail, 8192);
	buf_puts(&detail, "{\"path\":\"");
	buf_json(&detail, rq->path, __builtin_strlen(rq->path));
	buf_puts(&detail, "\",\"why\":\"");
	buf_json(&detail, why, __builtin_strlen(why));
	buf_puts(&detail, "\"}");
	too_long = buf_failed(&detail);
	text = buf_move(rq->arena, &detail);
	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_WRITE, &tx, write_denied, too_long ? NULL : text);
	if (e != OK)
		log_event(LOG_ERROR, "denial_not_noted",
		    LOG_S("error", err_info(e)->code));
}

static enum err
write_touch(struct tx *tx, void *arg)
{
	const struct request *rq = arg;

	return rq->actor.kind == ACTOR_USER
		   ? session_touch(tx, &rq->actor.session)
		   : api_token_touch(tx, &rq->actor.id);
}

void
identity_touch(struct request *rq)
{
	bool is_token =
	    rq->actor.kind == ACTOR_TOKEN || rq->actor.kind == ACTOR_SERVER;
	struct tx tx;
	enum err e;

	if (rq->now - rq->seen_at < TOUCH_EVERY_S ||
	    (!is_token && !id_is_set(&rq->actor.session)))
		return;
	request_tx(rq, &tx);
	e = tx_run(rq->db, TX_WRITE, &tx, write_touch, rq);
	if (e != OK)
		log_event(LOG_WARN, "touch_failed",
		    LOG_S("error", err_info(e)->code));
}
