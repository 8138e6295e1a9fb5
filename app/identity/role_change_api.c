/* role_change_api.c - giving a role, where a second person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role_change_api.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/account.h"
#include "identity/approval.h"
#include "identity/role.h"

static const char *
title_of(const char *role)
{
	const struct role *r = role_builtin(role);

	return r ? r->title : role;
}

/* NULL: no memory. */
static const char *
wish_of(struct arena *a, const struct user_new *n)
{
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	if (n->email)
		json_str(&w, "email", n->email);
	if (n->first_name && n->first_name[0])
		json_str(&w, "firstName", n->first_name);
	if (n->last_name && n->last_name[0])
		json_str(&w, "lastName", n->last_name);
	json_str(&w, "role", n->role);
	json_close(&w, '}');
	return buf_move(a, &b);
}

static enum err
need(struct request *rq, const struct approval_wish *w, bool *granted_out,
    struct id *waiting_out)
{
	if (w->title == NULL || w->json == NULL)
		return E_BUSY;
	return approval_need(rq->tx, w, granted_out, waiting_out);
}

enum err
role_change(struct request *rq, const struct id *user, const char *role,
    struct id *waiting_out)
{
	struct user u = {.role = NULL};
	bool granted = true;
	enum err e = user_check_role(rq->tx, user, role, &u, &role);

	if (e == OK && !str_eq(u.role, role) &&
	    setting_bool(rq->settings, "approve_role_changes"))
		e = need(rq,
		    &(struct approval_wish){
			.action = APPROVAL_ROLE,
			.id = *user,
			.title = arena_printf(rq->arena, "Give %s the role %s",
			    u.email, title_of(role)),
			.json = wish_of(
			    rq->arena, &(struct user_new){.role = role}),
		    },
		    &granted, waiting_out);
	return e == OK && granted ? user_set_role(rq->tx, user, role) : e;
}

enum err
role_invite(struct request *rq, const struct user_new *n, struct id *made_out,
    struct id *waiting_out)
{
	bool granted = true;
	enum err e = user_check_gives(rq->tx, n->role);

	if (e == OK && role_builtin(n->role) != role_builtin("customer") &&
	    setting_bool(rq->settings, "approve_role_changes"))
		e = need(rq,
		    &(struct approval_wish){
			.action = APPROVAL_INVITE,
			.title = arena_printf(rq->arena,
			    "Invite %s with the role %s", n->email,
			    title_of(n->role)),
			.json = wish_of(rq->arena, n),
		    },
		    &granted, waiting_out);
	return e == OK && granted ? account_invite(rq->tx, n, made_out) : e;
}
