/* shop_staff.h - who may ask a shop's panel: its owner, and programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#ifndef MPANEL_T_SHOP_STAFF_H
#define MPANEL_T_SHOP_STAFF_H

#include "identity/session.h"
#include "shop.h"

#define SHOP_OWNER    "owner@example.com"
#define SHOP_PASSWORD "correct horse battery"

/* One session of each kind. */
struct shop_owner {
	char cookie[TOKEN_MAX]; /* its value */
	struct session_pair pair;
};

/* A new super admin, signed in. */
void shop_add_owner(struct shop *s, const struct session_limits *limits,
    struct shop_owner *out);
/* A token with these scopes; server NULL: of none. */
void shop_add_token(struct shop *s, const char *scopes, const struct id *server,
    char token[static TOKEN_MAX]);

#endif
