/* role_change_api.c - giving a role and giving a role more, where a second
 * person may be needed.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"
#include "identity/role_change_api.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/account.h"
#include "identity/approval.h"
#include "identity/company_rules.h"
#include "identity/role.h"

static const char *
title_of(const char *role)
{
	const struct role *r = role_builtin(role);

	return r ? r->title : role;
}

/* ---- wishes; NULL: no memory ---- */

/* What a made role gives today is a part of what is approved. */
static enum err
put_rights(struct tx *tx, struct json_out *w, const char *role)
{
	struct perm_set perms;
	bool needs_factor;
	enum err e;

	if (role_builtin(role))
		return OK;
	e = role_perms(tx, role, true, &perms);
	if (e == OK)
		e = role_needs_factor(tx, role, NULL, &needs_factor);
	if (e != OK)
		return e;
	json_str(w, "permissions", perms_print(tx->arena, &perms));
	json_bool(w, "needsFactor", needs_factor);
	return OK;
}

static enum err
wish_of(struct tx *tx, const struct user_new *n, const char **wish_out)
{
	struct json_out w;
	struct buf b;
	enum err e;

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
	e = put_rights(tx, &w, n->role);
	json_close(&w, '}');
	*wish_out = buf_move(tx->arena, &b);
	return e;
}

static void
put_perms(struct json_out *w, const char *name, const struct perm_set *perms)
{
	json_open(w, name, '[');
	for (int p = PERM__UNSET + 1; p < PERM__MAX; p++)
		if (perm_has(perms, (enum perm)p))
			json_str(w, NULL, perm_name((enum perm)p));
	json_close(w, ']');
}

static const char *
wish_of_role(
    struct arena *a, const struct role_made *was, const struct role_made *now)
{
	const struct perm_set more = role_made_gains(was, now);
	struct json_out w;
	struct buf b;

	buf_init(&b, 0);
	json_out_init(&w, &b);
	json_open(&w, NULL, '{');
	json_str(&w, "name", now->name);
	json_str(&w, "description", now->text);
	put_perms(&w, "permissions", &now->perms);
	put_perms(&w, "given", &more);
	json_bool(&w, "needsFactor", now->needs_factor);
	json_bool(&w, "factorDropped", was->needs_factor && !now->needs_factor);
	json_int(&w, "version", was->version);
	json_close(&w, '}');
	return buf_move(a, &b);
}

static const char *
title_of_role(
    struct arena *a, const struct role_made *was, const struct role_made *now)
{
	char people[24];

	snprintf(people, sizeof(people), "%" PRId64, (int64_t)was->n_people);
	return approval_title(a,
	    role_made_gains(was, now).bits[0] != 0 ? APPROVAL_SAYS_MORE
						   : APPROVAL_SAYS_FACTOR,
	    was->name, people);
}

/* ---- asking ---- */

static enum err
need(struct request *rq, const struct approval_wish *w, bool *granted_out,
    struct id *waiting_out)
{
	if (w->title == NULL || w->json == NULL)
		return E_BUSY;
	return approval_need(rq->tx, w, granted_out, waiting_out);
}

enum err
role_change_is_asked(struct request *rq, bool *out)
{
	struct company_rules rules;
	enum err e = company_rules_get(rq->tx, rq->settings, &rules);

	if (e == OK)
		*out = rules.asks_roles;
	return e;
}

enum err
role_change(struct request *rq, const struct id *user, const char *role,
    struct id *waiting_out)
{
	struct user u = {.role = NULL};
	const char *wish = NULL;
	bool granted = true, asks = false;
	enum err e = user_check_role(rq->tx, user, role, &u, &role);

	if (e == OK && !str_eq(u.role, role))
		e = role_change_is_asked(rq, &asks);
	if (e == OK && asks)
		e = wish_of(rq->tx, &(struct user_new){.role = role}, &wish);
	if (e == OK && asks)
		e = need(rq,
		    &(struct approval_wish){
			.action = APPROVAL_ROLE,
			.id = *user,
			.title = approval_title(rq->arena, APPROVAL_SAYS_ROLE,
			    u.email, title_of(role)),
			.json = wish,
		    },
		    &granted, waiting_out);
	return e == OK && granted ? user_set_role(rq->tx, user, role) : e;
}

enum err
role_invite(struct request *rq, const struct user_new *n, struct id *made_out,
    struct id *waiting_out)
{
	const char *wish = NULL;
	bool granted = true, asks = false;
	enum err e = user_check_gives(rq->tx, n->role);

	if (e == OK && role_builtin(n->role) != role_builtin("customer"))
		e = role_change_is_asked(rq, &asks);
	if (e == OK && asks)
		e = wish_of(rq->tx, n, &wish);
	if (e == OK && asks)
		e = need(rq,
		    &(struct approval_wish){
			.action = APPROVAL_INVITE,
			.title = approval_title(rq->arena, APPROVAL_SAYS_INVITE,
			    n->email, title_of(n->role)),
			.json = wish,
		    },
		    &granted, waiting_out);
	return e == OK && granted ? account_invite(rq->tx, n, made_out) : e;
}

enum err
role_made_change_asked(struct request *rq, const struct id *id,
    const struct role_wish *wish, struct id *waiting_out)
{
	struct role_made was, now;
	bool granted = true, asks = false;
	enum err e = role_made_check(rq->tx, id, wish, &was, &now);

	if (e == OK && was.n_people > 0 && role_made_widens(&was, &now))
		e = role_change_is_asked(rq, &asks);
	if (e == OK && asks)
		e = need(rq,
		    &(struct approval_wish){
			.action = APPROVAL_ROLE_CHANGE,
			.id = *id,
			.title = title_of_role(rq->arena, &was, &now),
			.json = wish_of_role(rq->arena, &was, &now),
		    },
		    &granted, waiting_out);
	return e == OK && granted ? role_made_change(rq->tx, id, wish) : e;
}
