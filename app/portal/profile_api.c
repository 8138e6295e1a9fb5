/* profile_api.c - an account's name and address, and which mails one gets, for
 * programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "base/text.h"
#include "face/list_api.h"
#include "face/noun_faces.h"
#include "portal/portal_api.h"
#include "portal/portal_nouns.h"
#include "portal/profile.h"
#include "resource/write.h"

#define PROFILE	      "/api/client/profile"
#define NOTIFICATIONS "/api/client/notifications"

/* ---- the account ---- */

static enum err
get_profile(struct request *rq)
{
	struct portal_account account;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = portal_open(rq, AREA_BILLING, &account);
	return e == OK ? noun_reply(rq, &portal_profile_noun, &account.customer)
		       : e;
}

static enum err
change_profile(struct request *rq)
{
	struct portal_account account;
	struct values v;
	enum err e = portal_open(rq, AREA_BILLING, &account);

	if (e == OK)
		e = values_of(
		    &v, rq->tx, &portal_profile_noun, &account.customer);
	if (e == OK)
		e = noun_take_json(rq, &v, NULL, 0);
	if (e == OK)
		e = noun_change(&v);
	return e == OK ? noun_reply(rq, &portal_profile_noun, &account.customer)
		       : e;
}

/* ---- notifications ---- */

/* By kind, and what is always sent. */
static enum err
get_notifications(struct request *rq)
{
	struct customer_mail_wishes w;
	struct json_out *out;
	enum err e = query_known(rq, NULL, 0);

	if (e == OK)
		e = customer_mail_wishes(rq->tx, &rq->actor.id, &w);
	if (e != OK)
		return e;
	out = reply_json(rq, 200);
	json_open(out, NULL, '{');
	for (int k = 0; k < CUSTOMER_MAIL__MAX; k++)
		json_bool(out, customer_mails[k].word, w.wanted[k]);
	json_bool(out, PROFILE_SECURITY, true);
	json_close(out, '}');
	return OK;
}

/* False with a problem. */
static bool
take_wish(struct request *rq, const char *name, json_t *value,
    struct customer_mail_wishes *w)
{
	int k = 0;

	while (k < CUSTOMER_MAIL__MAX && !str_eq(name, customer_mails[k].word))
		k++;
	if (k == CUSTOMER_MAIL__MAX && !str_eq(name, PROFILE_SECURITY)) {
		problem_add(&rq->problems, name, "unknown_field",
		    "There is no such field.");
		return false;
	}
	if (!json_is_boolean(value)) {
		problem_add(&rq->problems, name, "wrong_type",
		    "This is true or false.");
		return false;
	}
	if (k < CUSTOMER_MAIL__MAX) {
		w->wanted[k] = json_is_true(value);
	} else if (!json_is_true(value)) {
		problem_add(&rq->problems, name, "not_allowed",
		    "Mails about security, and those that the law asks for, "
		    "can't be switched off.");
		return false;
	}
	return true;
}

static enum err
change_notifications(struct request *rq)
{
	struct customer_mail_wishes w;
	const char *name;
	json_t *value;
	bool good = true;
	enum err e = customer_mail_wishes(rq->tx, &rq->actor.id, &w);

	if (e != OK)
		return e;
	json_object_foreach(rq->json, name, value)
	{
		good &= take_wish(rq, name, value, &w);
	}
	e = good ? customer_mail_wish(rq->tx, &rq->actor.id, &w) : E_INPUT;
	return e == OK ? get_notifications(rq) : e;
}

/* clang-format off */
#define ROW(method, path, body, handler, name)				\
	{method, path, POOL_UI, AUTH_SESSION, PERM_PORTAL_USE, body, 0, handler, name}

const struct route portal_profile_api_routes[] = {
	ROW(GET,   PROFILE,	  BODY_NONE, get_profile,	   "client.profile"),
	ROW(PATCH, PROFILE,	  BODY_JSON, change_profile,	   "client.profile.change"),
	ROW(GET,   NOTIFICATIONS, BODY_NONE, get_notifications,	   "client.notifications"),
	ROW(PATCH, NOTIFICATIONS, BODY_JSON, change_notifications, "client.notifications.change"),
	{0}
};
/* clang-format on */
