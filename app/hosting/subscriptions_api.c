/* subscriptions_api.c - suspend and reactivate what a customer has, for real.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Here and not in billing/: the subscription and its website change together.
 */
#include "config.h"

#include "hosting/hosting_api.h"

#include "billing/billing_nouns.h"
#include "billing/subscription.h"
#include "face/list_api.h"
#include "hosting/website.h"

static enum err
suspend(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = subscription_suspend(rq->tx, &id);
	if (e == OK)
		e = hosting_suspend_subscription(rq->tx, &id, "By staff.");
	return e == OK ? noun_reply(rq, &subscriptions_noun, &id) : e;
}

static enum err
reactivate(struct request *rq)
{
	struct id id;
	enum err e = path_id(rq, "id", &id);

	if (e == OK)
		e = subscription_reactivate(rq->tx, &id);
	if (e == OK)
		e = hosting_unsuspend_subscription(rq->tx, &id);
	return e == OK ? noun_reply(rq, &subscriptions_noun, &id) : e;
}

/* clang-format off */
#define VERB(path, handler, name)					\
	{POST, path, POOL_UI, AUTH_API, PERM_SUBSCRIPTIONS_WRITE, BODY_JSON, 0, handler, name}
#define SUBSCRIPTION "/api/admin/subscriptions/:id"

const struct route subscriptions_api_routes[] = {
	VERB(SUBSCRIPTION "/suspend",		suspend, "subscriptions.suspend"),
	VERB(SUBSCRIPTION "/reactivate",	reactivate, "subscriptions.reactivate"),
	{0}
};
/* clang-format on */
