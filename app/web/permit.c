/* permit.c - may this actor come by this route?  The row of the table says.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "web/exchange.h"

#include <string.h>

/* The route is open to processes of this machine, and this is one. */
static bool
is_local_call(const struct exchange *x)
{
	return x->gate->open_metrics && x->match.route &&
	       (x->match.route->flags & ROUTE_LOOPBACK) &&
	       address_is_loopback(x->rq.client);
}

/* 401 for programs; people are led to the door, and back if they only
 * looked. */
static enum err
ask_to_sign_in(struct exchange *x)
{
	struct request *rq = &x->rq;
	struct buf to;

	if (rq->is_api)
		return refuse(x, 401, NULL);
	buf_init(&to, 64 * 1024);
	buf_puts(&to, "/login");
	if (rq->method == GET) {
		buf_puts(&to, "?next=");
		buf_uri(&to, x->head.uri, strlen(x->head.uri));
	}
	reply_redirect(rq, buf_failed(&to) ? "/login" : buf_str(&to));
	buf_fini(&to);
	return refuse(x, 303, NULL);
}

/* A person without the second factor that the role wants. */
static enum err
ask_to_enrol(struct exchange *x)
{
	static const struct refusal needed = {403, "factor_required",
	    "Your role needs a second factor. Set one up first."};

	if (x->rq.is_api)
		return deny(x, "second factor", &needed);
	reply_redirect(&x->rq, ENROL_PATH);
	return refuse(x, 303, NULL);
}

static bool
is_kind_for(const struct actor *actor, enum auth auth)
{
	switch (auth) {
	case AUTH_SESSION:
		return actor->kind == ACTOR_USER;
	case AUTH_API:
		return actor->kind == ACTOR_USER || actor->kind == ACTOR_TOKEN;
	case AUTH_TOKEN:
		return actor->kind == ACTOR_TOKEN ||
		       actor->kind == ACTOR_SERVER;
	case AUTH_SERVER:
		return actor->kind == ACTOR_SERVER;
	case AUTH__UNSET:
	case AUTH_NONE:
	case AUTH_TENANT:
	case AUTH__MAX:
		break;
	}
	return false;
}

static bool
has_permission(const struct route *r, const struct actor *actor)
{
	return r->perm == PERM_SIGNED_IN || perm_has(&actor->perms, r->perm);
}

bool
route_is_open(const struct route *r, const struct actor *actor)
{
	if (r->auth == AUTH_NONE || r->auth == AUTH_TENANT)
		return true;
	if (!is_kind_for(actor, r->auth) || !has_permission(r, actor))
		return false;
	if (actor->must_enrol && !(r->flags & ROUTE_ENROL))
		return false;
	return !id_is_set(&actor->behind) || !(r->flags & ROUTE_SELF);
}

enum err
permit_check(struct exchange *x)
{
	static const struct refusal forbidden = {403, NULL, NULL};
	static const struct refusal not_self = {403, "not_allowed",
	    "Only the person can do this, and not staff who look as them."};
	const struct route *r = x->match.route;
	const struct actor *actor = &x->rq.actor;

	if (!r)
		return refuse(x, x->match.methods ? 405 : 404, NULL);
	if (r->auth == AUTH_NONE || r->auth == AUTH_TENANT || is_local_call(x))
		return OK;
	if (actor->kind == ACTOR_ANYONE)
		return ask_to_sign_in(x);
	if (!is_kind_for(actor, r->auth))
		return deny(x, "kind of credential", &forbidden);
	if (actor->must_enrol && !(r->flags & ROUTE_ENROL))
		return ask_to_enrol(x);
	if (id_is_set(&actor->behind) && r->flags & ROUTE_SELF)
		return deny(x, "staff as a customer", &not_self);
	if (!has_permission(r, actor))
		return deny(x, perm_name(r->perm), &forbidden);
	return OK;
}
