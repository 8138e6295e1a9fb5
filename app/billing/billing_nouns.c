/* billing_nouns.c - customers, subscriptions, invoices, payments as read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_nouns.h"

#include "base/error.h"

/* clang-format off */
static const struct field customer_fields[] = {
	{"id",		"c.id",			FIELD_ID,	0,		NULL},
	{"name",	"c.name",		FIELD_TEXT,	SEARCH,		"c.name"},
	{"companyName",	"c.company_name",	FIELD_TEXT,	SEARCH,		NULL},
	{"email",	"c.email",		FIELD_TEXT,	FILTER | SEARCH, "c.email_key"},
	{"phone",	"c.phone",		FIELD_TEXT,	0,		NULL},
	{"line1",	"c.line1",		FIELD_TEXT,	ADDRESS,		NULL},
	{"line2",	"c.line2",		FIELD_TEXT,	ADDRESS,		NULL},
	{"city",	"c.city",		FIELD_TEXT,	ADDRESS,		NULL},
	{"state",	"c.state",		FIELD_TEXT,	ADDRESS,		NULL},
	{"postalCode",	"c.postal_code",	FIELD_TEXT,	ADDRESS,		NULL},
	{"country",	"c.country",		FIELD_TEXT,	FILTER,		NULL},
	{"taxId",	"c.tax_id",		FIELD_TEXT,	0,		NULL},
	{"currency",	"c.currency",		FIELD_TEXT,	FILTER,		NULL},
	{"creditBalance", "c.credit_minor",	FIELD_MONEY,	0,		NULL},
	{"status",	"c.status",		FIELD_WORD,	FILTER,		"c.status"},
	{"userId",	"c.user_id",		FIELD_ID,	0,		NULL},
	{"tenantId",	"c.tenant_id",		FIELD_ID,	0,		NULL},
	{"version",	"c.version",		FIELD_INT,	0,		NULL},
	{"createdAt",	"c.created_at",		FIELD_TIME,	0,		"c.id"},
	{"updatedAt",	"c.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field subscription_fields[] = {
	{"id",		"s.id",			FIELD_ID,	0,		NULL},
	{"customerId",	"s.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"productId",	"s.product_id",		FIELD_ID,	FILTER,		NULL},
	{"product",	"p.code",		FIELD_TEXT,	FILTER | JOINED,	"p.code"},
	{"orderId",	"s.order_id",		FIELD_ID,	FILTER,		NULL},
	{"domain",	"s.domain",		FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"status",	"s.status",		FIELD_WORD,	FILTER,		"s.status"},
	{"billingPeriod", "s.period",		FIELD_WORD,	FILTER,		"s.period"},
	{"price",	"s.price_minor",	FIELD_MONEY,	0,		"s.price_minor"},
	{"currency",	"s.currency",		FIELD_TEXT,	FILTER,		NULL},
	{"quantity",	"s.quantity",		FIELD_INT,	0,		NULL},
	{"currentPeriodStart", "s.current_period_start", FIELD_DATE, 0,		NULL},
	{"currentPeriodEnd", "s.current_period_end", FIELD_DATE, 0,		NULL},
	{"nextBillingDate", "s.next_billing_date", FIELD_DATE,	FILTER,		NULL},
	{"autoRenew",	"s.auto_renew",		FIELD_BOOL,	0,		NULL},
	{"version",	"s.version",		FIELD_INT,	0,		NULL},
	{"createdAt",	"s.created_at",		FIELD_TIME,	0,		"s.id"},
	{"updatedAt",	"s.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field invoice_fields[] = {
	{"id",		"i.id",			FIELD_ID,	0,		NULL},
	{"number",	"i.number",		FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"customerId",	"i.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"orderId",	"i.order_id",		FIELD_ID,	FILTER,		NULL},
	{"status",	"i.status",		FIELD_WORD,	FILTER,		"i.status"},
	{"currency",	"i.currency",		FIELD_TEXT,	FILTER,		NULL},
	{"subtotal",	"i.subtotal_minor",	FIELD_MONEY,	0,		NULL},
	{"discount",	"i.discount_minor",	FIELD_MONEY,	0,		NULL},
	{"taxAmount",	"i.tax_minor",		FIELD_MONEY,	0,		NULL},
	{"total",	"i.total_minor",	FIELD_MONEY,	0,		"i.total_minor"},
	{"amountPaid",	"i.amount_paid_minor",	FIELD_MONEY,	0,		NULL},
	{"dueDate",	"i.due_date",		FIELD_DATE,	0,		NULL},
	{"issuedAt",	"i.issued_at",		FIELD_TIME,	0,		NULL},
	{"paidAt",	"i.paid_at",		FIELD_TIME,	0,		NULL},
	{"stripeUrl",	"NULL",			FIELD_TEXT,	0,		NULL},
	{"notes",	"i.notes",		FIELD_TEXT,	DETAIL,		NULL},
	{"version",	"i.version",		FIELD_INT,	0,		NULL},
	{"createdAt",	"i.created_at",		FIELD_TIME,	0,		"i.id"},
	{"updatedAt",	"i.updated_at",		FIELD_TIME,	0,		NULL},
};

static const struct field payment_fields[] = {
	{"id",		"y.id",			FIELD_ID,	0,		NULL},
	{"invoiceId",	"y.invoice_id",		FIELD_ID,	FILTER,		NULL},
	{"orderId",	"y.order_id",		FIELD_ID,	FILTER,		NULL},
	{"customerId",	"y.customer_id",	FIELD_ID,	FILTER,		NULL},
	{"amount",	"y.amount_minor",	FIELD_MONEY,	0,		"y.amount_minor"},
	{"refunded",	"y.refunded_minor",	FIELD_MONEY,	0,		NULL},
	{"currency",	"y.currency",		FIELD_TEXT,	FILTER,		NULL},
	{"method",	"y.method",		FIELD_WORD,	FILTER,		NULL},
	{"transactionId", "y.transaction_id",	FIELD_TEXT,	FILTER | SEARCH, NULL},
	{"status",	"y.status",		FIELD_WORD,	FILTER,		"y.status"},
	{"version",	"y.version",		FIELD_INT,	0,		NULL},
	{"createdAt",	"y.created_at",		FIELD_TIME,	0,		"y.id"},
	{"updatedAt",	"y.updated_at",		FIELD_TIME,	0,		NULL},
};
/* clang-format on */

const struct noun customers_noun = {
    .name = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = customer_fields,
    .n_fields = N_ELEMS(customer_fields),
};

const struct noun subscriptions_noun = {
    .name = "subscriptions",
    .from = "subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id",
    .base = "subscriptions s",
    .tenant = "s.tenant_id",
    .id = "s.id",
    .currency = "s.currency",
    .field = subscription_fields,
    .n_fields = N_ELEMS(subscription_fields),
};

const struct noun invoices_noun = {
    .name = "invoices",
    .from = "invoices i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .currency = "i.currency",
    .field = invoice_fields,
    .n_fields = N_ELEMS(invoice_fields),
};

const struct noun payments_noun = {
    .name = "payments",
    .from = "payments y",
    .tenant = "y.tenant_id",
    .id = "y.id",
    .currency = "y.currency",
    .field = payment_fields,
    .n_fields = N_ELEMS(payment_fields),
};
