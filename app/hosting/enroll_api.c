/* enroll_api.c - POST /api/agent/enroll: a one-time token becomes a node's own.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/agent_api.h"

#include <stdio.h>

#include "identity/api_token.h"
#include "identity/audit.h"

struct enrolling {
	const char *enroll_token;
	struct id server;
	char token[TOKEN_MAX];
};

static enum err
exchange(struct tx *tx, void *arg)
{
	struct enrolling *n = arg;
	enum err e =
	    api_token_enroll(tx, n->enroll_token, &n->server, n->token);

	return e == OK ? audit(tx, "server.enroll", "servers", &n->server, NULL)
		       : e;
}

/* The token names its tenant; nothing else of the call is believed. */
static enum err
find_tenant(struct request *rq, const char *token, struct id *out)
{
	struct tx tx;
	enum err e;

	request_tx(rq, &tx);
	if ((e = tx_begin(rq->db, TX_READ, &tx)) != OK)
		return e;
	e = api_token_tenant(&tx, token, out);
	tx_rollback(&tx);
	return e;
}

static enum err
run(struct request *rq, const struct id *tenant, struct enrolling *n)
{
	struct actor node = {.kind = ACTOR_SYSTEM, .tenant = *tenant};
	struct tx tx;

	snprintf(node.name, sizeof(node.name), "new node at %s", rq->client);
	request_tx(rq, &tx);
	tx.actor = &node;
	tx.tenant = *tenant;
	return tx_run(rq->db, TX_WRITE, &tx, exchange, n);
}

/* Unknown, used and expired tokens get one answer. */
static enum err
enroll(struct request *rq)
{
	static const char *const known[] = {"token", "hostname"};
	struct json_in in = request_json(rq);
	struct enrolling n = {.enroll_token = NULL};
	const char *hostname;
	struct json_out *w;
	struct id tenant;
	bool good = json_in_known(&in, known, N_ELEMS(known));
	enum err e;

	good &= json_in_text(
	    &in, "token", JSON_REQUIRED, TOKEN_MAX, &n.enroll_token);
	good &= json_in_text(&in, "hostname", JSON_OPTIONAL, 255, &hostname);
	if (!good)
		return E_INPUT;
	e = find_tenant(rq, n.enroll_token, &tenant);
	if (e == OK)
		e = run(rq, &tenant, &n);
	if (e == E_NOTFOUND) {
		reply_problem(rq, 401, "unauthorized",
		    "This token is unknown, used or expired.");
		return OK;
	}
	if (e != OK)
		return e;
	w = reply_json(rq, 201);
	json_open(w, NULL, '{');
	json_str(w, "token", n.token);
	json_str(w, "serverId", n.server.s);
	json_str(w, "tenantId", tenant.s);
	json_close(w, '}');
	return OK;
}

/* clang-format off */
const struct route enroll_routes[] = {
	/* the tenant is known by the token only */
	{POST,	"/api/agent/enroll",	POOL_WORKER, AUTH_NONE, PERM__UNSET,
		BODY_JSON, ROUTE_OWN_TX, enroll, "agent.enroll"},
	{0}
};
/* clang-format on */
