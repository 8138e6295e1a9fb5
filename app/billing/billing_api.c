/* billing_api.c - customers, subscriptions, invoices, payments for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"

#include "billing/billing_nouns.h"
#include "face/list_api.h"

/* ---- lists and details ---- */

static enum err
list_customers(struct request *rq)
{
	return list_api(rq, &customers_noun, NULL, NULL);
}

static enum err
get_customer(struct request *rq)
{
	return detail_api(rq, &customers_noun);
}

static enum err
list_payments(struct request *rq)
{
	return list_api(rq, &payments_noun, NULL, NULL);
}

static enum err
get_payment(struct request *rq)
{
	return detail_api(rq, &payments_noun);
}

/* ---- what a customer has ---- */

static enum err
customer_subscriptions(struct request *rq)
{
	return sublist_api(
	    rq, &customers_noun, &subscriptions_noun, "customerId");
}

static enum err
customer_invoices(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &invoices_noun, "customerId");
}

static enum err
customer_payments(struct request *rq)
{
	return sublist_api(rq, &customers_noun, &payments_noun, "customerId");
}

/* clang-format off */
#define READ(path, perm, handler, name)					\
	{GET, path, POOL_UI, AUTH_API, perm, BODY_NONE, 0, handler, name}
#define CUSTOMER "/api/admin/customers/:id"

const struct route billing_api_routes[] = {
	READ("/api/admin/customers",		PERM_CUSTOMERS_READ, list_customers, "customers.list"),
	READ("/api/customers",			PERM_CUSTOMERS_READ, list_customers, "customers.list_flat"),
	READ(CUSTOMER,				PERM_CUSTOMERS_READ, get_customer, "customers.get"),
	READ("/api/customers/:id",		PERM_CUSTOMERS_READ, get_customer, "customers.get_flat"),
	READ(CUSTOMER "/subscriptions",		PERM_SUBSCRIPTIONS_READ, customer_subscriptions,
		"customers.subscriptions"),
	READ(CUSTOMER "/invoices",		PERM_INVOICES_READ, customer_invoices, "customers.invoices"),
	READ(CUSTOMER "/payments",		PERM_PAYMENTS_READ, customer_payments, "customers.payments"),
	READ("/api/admin/payments",		PERM_PAYMENTS_READ, list_payments, "payments.list"),
	READ("/api/payments",			PERM_PAYMENTS_READ, list_payments, "payments.list_flat"),
	READ("/api/admin/payments/:id",		PERM_PAYMENTS_READ, get_payment, "payments.get"),
	{0}
};
/* clang-format on */
