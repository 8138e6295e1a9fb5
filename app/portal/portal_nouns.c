/* portal_nouns.c - what customers see of what they have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/portal_nouns.h"

#include "base/error.h"

/* clang-format off */
static const struct field service_fields[] = {
	{"id",		"s.id",			FIELD_ID},
	{"name",	"p.name",		FIELD_TEXT,	JOINED},
	{"type",	"p.type",		FIELD_WORD,	JOINED},
	{"status",	"s.status",		FIELD_WORD,	FILTER},
	{"domain",	"COALESCE(w.domain, s.domain)", FIELD_TEXT, JOINED},
	{"websiteStatus", "w.status",		FIELD_WORD,	JOINED},
	{"price",	"s.price_minor * s.quantity", FIELD_MONEY},
	{"currency",	"s.currency",		FIELD_TEXT},
	{"billingPeriod", "s.period",		FIELD_WORD},
	{"renewDate",	"s.next_billing_date",	FIELD_DATE},
	/* no agent measures a site yet */
	{"diskUsage",	"NULL",			FIELD_INT},
	{"bandwidthUsage", "NULL",		FIELD_INT},
	{PORTAL_OWNER,	"s.customer_id",	FIELD_ID,	FILTER},
	{"createdAt",	"s.created_at",		FIELD_TIME,	0,	"s.id"},
};

static const struct field domain_fields[] = {
	{"id",		"d.id",			FIELD_ID},
	{"name",	"d.name",		FIELD_TEXT,	0,	"d.name"},
	{"registrar",	"d.registrar",		FIELD_TEXT},
	{"registrationDate", "d.registration_date", FIELD_DATE},
	{"expiryDate",	"d.expiry_date",	FIELD_DATE},
	{"status",	"d.status",		FIELD_WORD,	FILTER | COARSE},
	{"autoRenew",	"d.auto_renew",		FIELD_BOOL},
	{PORTAL_OWNER,	"d.customer_id",	FIELD_ID,	FILTER},
	{"createdAt",	"d.created_at",		FIELD_TIME,	0,	"d.id"},
};

/* What an invoice is for: its first line. */
#define FIRST_LINE "(SELECT l.description FROM invoice_items l "	\
	"WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id "	\
	"ORDER BY l.position LIMIT 1)"

static const struct field invoice_fields[] = {
	[BILL_ID]	= {"id",	"i.id",			FIELD_ID},
	[BILL_NUMBER]	= {"number",	"i.number",		FIELD_TEXT},
	[BILL_ISSUED]	= {"date",	"i.issued_at",		FIELD_TIME},
	[BILL_DUE]	= {"dueDate",	"i.due_date",		FIELD_DATE},
	[BILL_TOTAL]	= {"amount",	"i.total_minor",	FIELD_MONEY},
	[BILL_OWED]	= {"amountDue",	"CASE WHEN i.status = 'open' "
		"THEN i.total_minor - i.amount_paid_minor ELSE 0 END", FIELD_MONEY},
	[BILL_CURRENCY]	= {"currency",	"i.currency",		FIELD_TEXT},
	[BILL_STATUS]	= {"status",	"i.status",		FIELD_WORD,	FILTER},
	[BILL_WHAT]	= {"description", FIRST_LINE,		FIELD_TEXT},
	[BILL_OWNER]	= {PORTAL_OWNER, "i.customer_id",	FIELD_ID,	FILTER},
	[BILL_CREATED]	= {"createdAt",	"i.created_at",		FIELD_TIME,	0,	"i.id"},
};
/* clang-format on */

const struct noun portal_services_noun = {
    .name = "client.services",
    .from = "subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "LEFT JOIN websites w ON w.tenant_id = s.tenant_id "
	    "AND w.subscription_id = s.id AND w.status <> 'removed'",
    .base = "subscriptions s",
    .tenant = "s.tenant_id",
    .id = "s.id",
    .currency = "s.currency",
    .field = service_fields,
    .n_fields = N_ELEMS(service_fields),
    .may_read = PERM_PORTAL_USE,
};

const struct noun portal_domains_noun = {
    .name = "client.domains",
    .from = "domains d",
    .tenant = "d.tenant_id",
    .id = "d.id",
    .alive = "d.deleted_at IS NULL",
    .field = domain_fields,
    .n_fields = N_ELEMS(domain_fields),
    .may_read = PERM_PORTAL_USE,
};

const struct noun portal_invoices_noun = {
    .name = "client.invoices",
    .from = "invoices i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .currency = "i.currency",
    /* a draft is nobody's but the company's */
    .alive = "i.deleted_at IS NULL AND i.status <> 'draft'",
    .field = invoice_fields,
    .n_fields = N_ELEMS(invoice_fields),
    .may_read = PERM_PORTAL_USE,
};
