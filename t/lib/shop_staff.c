/* shop_staff.c - who may ask a shop's panel: its owner, and programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "shop_staff.h"

#include "base/secret.h"
#include "identity/api_token.h"
#include "identity/role.h"
#include "identity/user.h"
#include "tap.h"
#include "testbox.h"

void
shop_add_owner(
    struct shop *s, const struct session_limits *limits, struct shop_owner *out)
{
	static const struct session_from from = {
	    .client = "127.0.0.1", .device = "test"};
	char hash[128];
	const struct jwt_issuer by = {test_box(), "mpanel"};
	struct user_new n = {.email = SHOP_OWNER,
	    .name = "Owner",
	    .role = "super_admin",
	    .password_hash = hash};
	struct user u;
	struct tx tx;

	if (password_hash(SHOP_PASSWORD, hash) != OK)
		bail("password_hash");
	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	if (user_add(&tx, &n, &u) != OK ||
	    session_open(&tx, &u, limits, &from, out->cookie, NULL) != OK ||
	    session_open_pair(&tx, &u, limits, &from, &by, &out->pair) != OK ||
	    tx_commit(&tx) != OK)
		bail("no owner");
}

void
shop_add_token(struct shop *s, const char *scopes, const struct id *server,
    char token[static TOKEN_MAX])
{
	struct api_token_new n = {.name = ""};
	struct id id;
	struct tx tx;

	testdb_begin(s->t, &tx, TX_WRITE, &s->tenant);
	if (server)
		n.server = *server;
	if (perms_parse(&s->t->problems, "scope", scopes, &n.scopes) != OK ||
	    api_token_add(&tx, &n, &id, token) != OK || tx_commit(&tx) != OK)
		bail("no token for %s", scopes);
}
