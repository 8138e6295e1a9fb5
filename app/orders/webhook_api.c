/* webhook_api.c - Stripe's webhooks: signed, kept once, answered after commit.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/stripe_api.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "orders/stripe_event.h"
#include "outside/stripe.h"
#include "tenancy/tenant.h"

enum { SECRETS_MAX = 8, TOLERANCE_S = 300 };

/* The setting's comma-separated secrets; several, so that one can be rolled. */
static size_t
secrets_of(struct request *rq, const char *secret[static SECRETS_MAX])
{
	char *list = arena_strdup(
	    rq->arena, setting_text(rq->settings, "stripe_webhook_secrets"));
	char *rest = NULL;
	size_t n = 0;

	if (!list)
		return 0;
	for (char *s = strtok_r(list, ", ", &rest); s && n < SECRETS_MAX;
	     s = strtok_r(NULL, ", ", &rest))
		secret[n++] = s;
	return n;
}

/* Real time: the signature's time is Stripe's, whatever our clock is set to. */
static bool
is_stripe(struct request *rq, const char *const *secret, size_t n)
{
	const char *header = header_text(rq, "Stripe-Signature");

	return header && stripe_signature_verify(header, rq->body, rq->body_len,
			     secret, n, (int64_t)time(NULL), TOLERANCE_S);
}

struct arrived {
	const json_t *event;
	const char *body;
};

static enum err
keep(struct tx *tx, void *arg)
{
	const struct arrived *a = arg;

	return stripe_event_keep(tx, a->event, a->body);
}

static enum err
keep_event(struct request *rq, const struct id *tenant, const json_t *event)
{
	struct actor stripe = {.kind = ACTOR_SYSTEM, .tenant = *tenant};
	struct arrived a = {
	    event, arena_strndup(rq->arena, rq->body, rq->body_len)};
	struct tx tx;

	snprintf(stripe.name, sizeof(stripe.name), "Stripe");
	request_tx(rq, &tx);
	tx.actor = &stripe;
	tx.tenant = *tenant;
	return tx_run(rq->db, TX_WRITE, &tx, keep, &a);
}

static enum err
take_event(struct request *rq, const struct id *tenant)
{
	const char *secret[SECRETS_MAX];
	size_t n = secrets_of(rq, secret);
	struct json_out *w;
	json_t *event = NULL;
	enum err e;

	if (n == 0) {
		reply_problem(rq, 409, "not_configured",
		    "No webhook secret is set (stripe_webhook_secrets).");
		return OK;
	}
	if (!is_stripe(rq, secret, n)) {
		reply_problem(rq, 400, "bad_signature",
		    "The Stripe-Signature does not vouch for this body.");
		return OK;
	}
	if ((e = json_parse(rq->body, rq->body_len, &rq->problems, &event)) !=
	    OK)
		return e;
	e = keep_event(rq, tenant, event);
	json_decref(event);
	if (e != OK)
		return e;
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	json_bool(w, "received", true);
	json_close(w, '}');
	return OK;
}

static enum err
webhook_by_host(struct request *rq)
{
	return take_event(rq, &rq->tenant);
}

static enum err
webhook_by_slug(struct request *rq)
{
	struct tenant tenant;
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = tenant_find(&tx, path_param(rq, "tenantSlug"), &tenant);
	tx_rollback(&tx);
	return e == OK ? take_event(rq, &tenant.id) : e;
}

/* clang-format off */
#define HOOK(path, auth, handler, name)					\
	{POST, path, POOL_INTAKE, auth, PERM__UNSET, BODY_RAW, ROUTE_OWN_TX, handler, name}

/* The signature is the authentication. */
const struct route webhook_routes[] = {
	HOOK("/api/webhooks/stripe",		AUTH_TENANT, webhook_by_host, "stripe.webhook"),
	HOOK("/webhooks/stripe",		AUTH_TENANT, webhook_by_host, "stripe.webhook_2"),
	HOOK("/api/payments/stripe/webhook",	AUTH_TENANT, webhook_by_host, "stripe.webhook_3"),
	HOOK("/api/webhooks/stripe/:tenantSlug", AUTH_NONE, webhook_by_slug, "stripe.webhook_slug"),
	{0}
};
/* clang-format on */
