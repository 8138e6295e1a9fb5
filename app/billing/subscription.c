/* subscription.c - what a customer has, for how long, and in which state.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/subscription.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fact.h"
#include "billing/plan_change.h"
#include "identity/audit.h"

const char *const subscription_status_names[SUBSCRIPTION__MAX] = {
    [SUBSCRIPTION_PENDING] = "pending",
    [SUBSCRIPTION_TRIALING] = "trialing",
    [SUBSCRIPTION_ACTIVE] = "active",
    [SUBSCRIPTION_PAST_DUE] = "past_due",
    [SUBSCRIPTION_SUSPENDED] = "suspended",
    [SUBSCRIPTION_PAUSED] = "paused",
    [SUBSCRIPTION_CANCELLED] = "cancelled",
    [SUBSCRIPTION_EXPIRED] = "expired",
};

enum err
subscription_start(
    struct tx *tx, const struct subscription_new *s, struct subscription *out)
{
	int months = period_info(s->period)->months;
	struct subscription made = {.id = id_new(clock_now_ms())};

	assert(months > 0);
	made.status = s->is_active ? SUBSCRIPTION_ACTIVE : SUBSCRIPTION_PENDING;
	date_iso(tx->now, made.period_start);
	date_add_months(made.period_start, months, 0, made.period_end);
	*out = made;
	return db_later(tx,
	    "INSERT INTO subscriptions (tenant_id, id, customer_id, "
	    "product_id, order_id, order_item_id, domain, status, period, "
	    "price_minor, currency, quantity, anchor_day, "
	    "current_period_start, current_period_end, next_billing_date, "
	    "activated_at, discount_minor, discount_periods, created_at, "
	    "updated_at) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, "
	    "$14, $15, $15, $16, $17, $18, $19, $19)",
	    DB_ID(&tx->tenant), DB_ID(&made.id), DB_ID(&s->customer),
	    DB_ID(&s->product), DB_ID(&s->order), DB_ID(&s->order_item),
	    DB_TEXT(s->domain), DB_TEXT(subscription_status_names[made.status]),
	    DB_TEXT(period_info(s->period)->word), DB_INT(s->price_minor),
	    DB_TEXT(s->currency), DB_INT(s->quantity),
	    DB_INT(atoi(made.period_start + 8)), DB_TEXT(made.period_start),
	    DB_TEXT(made.period_end), DB_TIME(s->is_active ? tx->now : 0),
	    DB_INT(s->discount_minor), DB_INT(s->discount_periods),
	    DB_INT(tx->now));
}

/* After a state change that matched no row: is the state already `wanted`? */
static enum err
already(struct tx *tx, const struct id *id, const char *wanted)
{
	int64_t n;
	enum err e = db_int(tx, -1, &n,
	    "SELECT CASE WHEN status = $3 THEN 1 ELSE 0 END "
	    "FROM subscriptions WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(wanted));

	if (e != OK)
		return e;
	if (n < 0)
		return E_NOTFOUND;
	return n == 1 ? OK : E_CONFLICT;
}

enum err
subscription_activate(struct tx *tx, const struct id *id)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE subscriptions SET status = 'active', activated_at = $3, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'pending'",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));

	if (e != OK)
		return e;
	if (n == 0)
		return already(tx, id, "active");
	e = audit(tx, "subscription.activate", "subscriptions", id, NULL);
	return e == OK ? fact(tx, FACT_SUBSCRIPTION_ACTIVE, id) : e;
}

enum err
subscription_set_domain(struct tx *tx, const struct id *id, const char *domain)
{
	return db_exec(tx,
	    "UPDATE subscriptions SET domain = $3, version = version + 1, "
	    "updated_at = $4 WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(id), DB_TEXT(domain), DB_INT(tx->now));
}

enum err
subscription_suspend(struct tx *tx, const struct id *id)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE subscriptions SET status = 'suspended', "
	    "suspended_at = $3, version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status IN ('active', 'past_due', 'trialing')",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));

	if (e != OK)
		return e;
	if (n == 0)
		return already(tx, id, "suspended");
	e = audit(tx, "subscription.suspend", "subscriptions", id, NULL);
	return e == OK ? fact(tx, FACT_SUBSCRIPTION_SUSPENDED, id) : e;
}

enum err
subscription_reactivate(struct tx *tx, const struct id *id)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE subscriptions SET status = 'active', "
	    "suspended_at = NULL, version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 AND status = 'suspended'",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));

	if (e != OK)
		return e;
	if (n == 0)
		return already(tx, id, "active");
	return audit(tx, "subscription.reactivate", "subscriptions", id, NULL);
}

enum err
subscription_cancel(struct tx *tx, const struct id *id)
{
	int64_t n;
	enum err e = db_exec_n(tx, &n,
	    "UPDATE subscriptions SET status = 'cancelled', "
	    "cancelled_at = $3, auto_renew = 0, next_billing_date = NULL, "
	    "version = version + 1, updated_at = $3 "
	    "WHERE tenant_id = $1 AND id = $2 "
	    "AND status NOT IN ('cancelled', 'expired')",
	    DB_ID(&tx->tenant), DB_ID(id), DB_INT(tx->now));

	if (e != OK || n == 0)
		return e;
	e = plan_change_drop(tx, id, "The service has ended.");
	if (e == OK)
		e = audit(tx, "subscription.cancel", "subscriptions", id, NULL);
	return e == OK ? fact(tx, FACT_SUBSCRIPTION_ENDED, id) : e;
}
