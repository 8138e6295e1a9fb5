/* people_api.c - who looks after an account of mine, for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "billing/billing_api.h"
#include "face/list_api.h"
#include "identity/login_limits_api.h"
#include "portal/people.h"
#include "portal/portal_api.h"

#define PATH	 "/api/client/people"
#define TEXT_MAX 254

enum { INVITATIONS = 20, INVITATIONS_WINDOW_S = 3600 };

enum err
portal_count_invitation(struct request *rq, const struct portal_account *a)
{
	const char *key = arena_printf(rq->arena, "invite:%s", a->customer.s);
	int wait_s;

	if (!key)
		return E_BUSY;
	if (rate_allow(key, INVITATIONS, INVITATIONS_WINDOW_S, &wait_s))
		return OK;
	login_tell_wait(rq, wait_s);
	return E_LIMIT;
}

static enum err
list_people(struct request *rq)
{
	struct portal_account account;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = portal_open(rq, AREA_PEOPLE, &account);
	return e == OK ? reply_customer_people(rq, 200, &account.customer) : e;
}

static enum err
add_person(struct request *rq)
{
	struct portal_account account;
	struct customer_person_wish wish;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e != OK)
		return e;
	if (!read_customer_person(rq, &wish))
		return E_INPUT;
	e = portal_count_invitation(rq, &account);
	if (e == OK)
		e = portal_person_add(rq->tx, &account.customer, wish.email,
		    wish.name, &wish.rights);
	return e == OK ? reply_customer_people(rq, 201, &account.customer) : e;
}

static enum err
remove_person(struct request *rq)
{
	struct portal_account account;
	struct id user;
	enum err e = portal_open(rq, AREA_PEOPLE, &account);

	if (e == OK)
		e = path_id(rq, "id", &user);
	if (e == OK)
		e = portal_person_remove(rq->tx, &account.customer, &user);
	return e == OK ? reply_customer_people(rq, 200, &account.customer) : e;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_people_api_routes[] = {
	ROW(GET,	PATH,		BODY_NONE, list_people,	  "client.people"),
	ROW(POST,	PATH,		BODY_JSON, add_person,	  "client.people.add"),
	ROW(DELETE,	PATH "/:id",	BODY_NONE, remove_person, "client.people.remove"),
	{0}
};
/* clang-format on */
