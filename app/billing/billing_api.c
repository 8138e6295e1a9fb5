/* billing_api.c - customers, subscriptions, invoices, payments for programs.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_api.h"

#include <inttypes.h>
#include <stdio.h>

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
list_subscriptions(struct request *rq)
{
	return list_api(rq, &subscriptions_noun, NULL, NULL);
}

static enum err
get_subscription(struct request *rq)
{
	return detail_api(rq, &subscriptions_noun);
}

static enum err
list_invoices(struct request *rq)
{
	return list_api(rq, &invoices_noun, NULL, NULL);
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

/* ---- an invoice with its lines ---- */

/* Parts per million as percent, without a float: 81250 is 8.125. */
static void
write_rate(struct json_out *w, const char *name, int64_t ppm)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 ".%04" PRId64, ppm / 10000,
	    ppm % 10000);
	json_raw(w, name, text);
}

static void
write_line(struct json_out *w, const struct rows *r, const char *currency)
{
	json_open(w, NULL, '{');
	json_str(w, "description", row_text(r, 0));
	json_int(w, "quantity", row_int(r, 1));
	json_money(w, "unitPrice", row_int(r, 2), currency);
	json_money(w, "amount", row_int(r, 3), currency);
	write_rate(w, "taxRate", row_int(r, 4));
	json_money(w, "taxAmount", row_int(r, 5), currency);
	json_str_or_null(w, "periodStart", row_text(r, 6));
	json_str_or_null(w, "periodEnd", row_text(r, 7));
	json_str_or_null(w, "subscriptionId", row_text(r, 8));
	json_str_or_null(w, "productId", row_text(r, 9));
	json_close(w, '}');
}

static enum err
write_lines(struct request *rq, struct json_out *w, const struct id *invoice,
    const char *currency)
{
	struct rows r;
	enum err e = db_query(rq->tx, &r,
	    "SELECT description, quantity, unit_price_minor, amount_minor, "
	    "tax_rate_ppm, tax_minor, period_start, period_end, "
	    "subscription_id, product_id FROM invoice_items "
	    "WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY position",
	    DB_ID(&rq->tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	json_open(w, "items", '[');
	while (rows_next(&r))
		write_line(w, &r, currency);
	json_close(w, ']');
	return rows_done(&r);
}

static enum err
get_invoice(struct request *rq)
{
	struct json_out *w;
	struct rows r;
	struct id id;
	const char *currency;
	enum err e = path_id(rq, "id", &id);

	if (e != OK || (e = noun_get(rq->tx, &invoices_noun, &id, &r)) != OK)
		return e;
	currency = arena_strdup(rq->arena, row_text(&r, NOUN_CURRENCY));
	w = reply_json(rq, 200);
	json_open(w, NULL, '{');
	noun_json(&invoices_noun, &r, true, w);
	if ((e = rows_done(&r)) == OK)
		e = write_lines(rq, w, &id, currency);
	json_close(w, '}');
	return e;
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
	READ("/api/admin/subscriptions",	PERM_SUBSCRIPTIONS_READ, list_subscriptions,
		"subscriptions.list"),
	READ("/api/subscriptions",		PERM_SUBSCRIPTIONS_READ, list_subscriptions,
		"subscriptions.list_flat"),
	READ("/api/admin/subscriptions/:id",	PERM_SUBSCRIPTIONS_READ, get_subscription,
		"subscriptions.get"),
	READ("/api/subscriptions/:id",		PERM_SUBSCRIPTIONS_READ, get_subscription,
		"subscriptions.get_flat"),
	READ("/api/admin/invoices",		PERM_INVOICES_READ, list_invoices, "invoices.list"),
	READ("/api/invoices",			PERM_INVOICES_READ, list_invoices, "invoices.list_flat"),
	READ("/api/admin/invoices/:id",		PERM_INVOICES_READ, get_invoice, "invoices.get"),
	READ("/api/invoices/:id",		PERM_INVOICES_READ, get_invoice, "invoices.get_flat"),
	READ("/api/admin/payments",		PERM_PAYMENTS_READ, list_payments, "payments.list"),
	READ("/api/payments",			PERM_PAYMENTS_READ, list_payments, "payments.list_flat"),
	READ("/api/admin/payments/:id",		PERM_PAYMENTS_READ, get_payment, "payments.get"),
	{0}
};
/* clang-format on */
