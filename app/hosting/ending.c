/* ending.c - what has ended is taken down, once.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "hosting/ending.h"

#include "billing/billing_mails.h"
#include "billing/subscription.h"
#include "billing/subscription_end.h"
#include "hosting/backup.h"
#include "hosting/website_parts.h"
#include "jobs/due.h"
#include "mail/mail.h"

static const char over[] = "What was paid for is over.";

/* ---- what goes with it ---- */

enum err
hosting_companions(
    struct tx *tx, const struct id *subscription, struct companions *out)
{
	const char *plan[COMPANIONS_MAX];
	struct id website;
	struct rows r;
	enum err e = website_of_subscription(tx, subscription, &website);

	*out = (struct companions){.n = 0};
	if (e != OK)
		return e == E_NOTFOUND ? OK : e;
	e = db_query(tx, &r,
	    "SELECT s.id, p.name, p.plan FROM websites w "
	    "JOIN subscriptions s ON s.tenant_id = w.tenant_id "
	    "AND s.customer_id = w.customer_id AND s.id <> w.subscription_id "
	    "AND s.status NOT IN ('cancelled', 'expired') "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "JOIN provisioning_tasks t ON t.tenant_id = s.tenant_id "
	    "AND t.subscription_id = s.id AND t.type = 'backup' "
	    "AND t.step = 'create' AND t.website_id = w.id "
	    "WHERE w.tenant_id = $1 AND w.id = $2 ORDER BY s.id LIMIT 16",
	    DB_ID(&tx->tenant), DB_ID(&website));
	if (e != OK)
		return e;
	while (out->n < COMPANIONS_MAX && rows_next(&r)) {
		out->id[out->n] = row_id(&r, 0);
		out->name[out->n] = row_strdup(&r, 1);
		plan[out->n++] = row_strdup(&r, 2);
	}
	e = rows_done(&r);
	for (size_t i = 0; e == OK && i < out->n; i++)
		e = plan[i] ? backup_days(tx, plan[i], &out->days[i])
			    : tx_fail(tx, E_BUSY);
	return e;
}

static enum err
end_companion(struct tx *tx, const struct id *subscription)
{
	enum err e = subscription_cancel(tx, subscription);

	if (e == OK)
		e = backup_stop(tx, subscription);
	return e == OK
		   ? subscription_mail_add(tx, subscription, MAIL_SERVICE_ENDED)
		   : e;
}

enum err
hosting_end_subscription(struct tx *tx, const struct id *subscription)
{
	struct companions with;
	bool done;
	enum err e = subscription_end_now(tx, subscription, &done);

	if (e != OK || !done)
		return e;
	e = hosting_companions(tx, subscription, &with);
	for (size_t i = 0; e == OK && i < with.n; i++)
		e = end_companion(tx, &with.id[i]);
	return e == OK ? hosting_remove_subscription(tx, subscription, over)
		       : e;
}

/* ---- clockwork ---- */

static const struct due due = {
    .event = "ending_failed",
    .noun = "subscription",
    .find = subscriptions_due_to_end,
    .run = hosting_end_subscription,
};

enum err
ending_work(struct work *w)
{
	return due_work(w, &due);
}
