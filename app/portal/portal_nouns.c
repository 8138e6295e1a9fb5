/* portal_nouns.c - what customers see of what they have.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "portal/portal_nouns.h"

#include "base/error.h"
#include "billing/billing_nouns.h"
#include "hosting/usage.h"

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
	/* cancelled: the first day without it */
	{"endsOn",	"s.ends_on",		FIELD_DATE},
	/* bytes, and of the month of that day; null while nothing was told.
	 * What the plan includes, null: as much as one likes */
	{"diskUsage",	"u.disk_bytes",		FIELD_INT,	JOINED},
	{"diskLimit",	SQL_DISK_LIMIT("p."),	FIELD_INT,	JOINED},
	{"bandwidthUsage", "u.month_sent",	FIELD_INT,	JOINED},
	{"bandwidthLimit", SQL_TRAFFIC_LIMIT("p."), FIELD_INT,	JOINED},
	{"usageDay",	"u.day",		FIELD_DATE,	JOINED},
	{PORTAL_OWNER,	"s.customer_id",	FIELD_ID,	FILTER},
	{"createdAt",	"s.created_at",		FIELD_TIME,	0,	"s.id"},
};

static const struct field domain_fields[] = {
	[DOMAIN_ID]	= {"id",	"d.id",			FIELD_ID},
	[DOMAIN_NAME]	= {"name",	"d.name",		FIELD_TEXT,	0,	"d.name"},
	[DOMAIN_WHERE]	= {"registrar",	"d.registrar",		FIELD_TEXT},
	[DOMAIN_BEGAN]	= {"registrationDate", "d.registration_date", FIELD_DATE},
	[DOMAIN_ENDS]	= {"expiryDate", "d.expiry_date",	FIELD_DATE},
	[DOMAIN_STATUS]	= {"status",	"d.status",		FIELD_WORD,	FILTER | COARSE},
	[DOMAIN_RENEWS]	= {"autoRenew",	"d.auto_renew",		FIELD_BOOL},
	[DOMAIN_OWNER]	= {PORTAL_OWNER, "d.customer_id",	FIELD_ID,	FILTER},
	[DOMAIN_CREATED] = {"createdAt", "d.created_at",	FIELD_TIME,	0,	"d.id"},
};

static const struct field profile_fields[] = {
	{"id",		"c.id",			FIELD_ID},
	{"companyName",	"c.company_name",	FIELD_TEXT,	EDIT, NULL, .label = "Company"},
	{"name",	"c.name",		FIELD_TEXT,	EDIT | REQUIRED, NULL, .label = "Name", .max = 128},
	{"email",	"c.email",		FIELD_EMAIL},
	{"phone",	"c.phone",		FIELD_TEXT,	EDIT, NULL, .label = "Phone", .max = 40},
	{"line1",	"c.line1",		FIELD_TEXT,	ADDRESS | EDIT, NULL, .label = "Address"},
	{"line2",	"c.line2",		FIELD_TEXT,	ADDRESS | EDIT, NULL, .label = "Address, second line"},
	{"city",	"c.city",		FIELD_TEXT,	ADDRESS | EDIT, NULL, .label = "City"},
	{"state",	"c.state",		FIELD_TEXT,	ADDRESS | EDIT, NULL, .label = "State"},
	{"postalCode",	"c.postal_code",	FIELD_TEXT,	ADDRESS | EDIT, NULL, .label = "Postal code", .max = 20},
	{"country",	"c.country",		FIELD_COUNTRY,	EDIT, NULL,
	 .label = "Country", .hint = "Two letters, like DE. The tax of your next invoices follows it."},
	{"taxId",	"c.tax_id",		FIELD_TEXT,	EDIT, NULL,
	 .label = "VAT number or tax id", .hint = "It stands on your next invoices. Those that are written "
	 "stay as they are, and no tax changes by it.", .max = 40},
	{"currency",	"c.currency",		FIELD_TEXT},
	{"version",	"c.version",		FIELD_INT},
};

static const struct field change_fields[] = {
	{"id",		"x.id",			FIELD_ID},
	{"serviceId",	"x.subscription_id",	FIELD_ID,	FILTER},
	{"fromName",	"f.name",		FIELD_TEXT,	JOINED},
	{"name",	"t.name",		FIELD_TEXT,	JOINED},
	{"product",	"t.code",		FIELD_TEXT,	JOINED},
	{"priceNow",	"x.from_price_minor",	FIELD_MONEY},
	{"price",	"x.to_price_minor",	FIELD_MONEY},
	{"currency",	"x.currency",		FIELD_TEXT},
	{"billingPeriod", "x.period",		FIELD_TEXT},
	{"status",	"x.status",		FIELD_WORD,	FILTER},
	{"note",	"x.note",		FIELD_TEXT},
	{"reason",	"x.reason",		FIELD_TEXT},
	{"dueOn",	"x.due_on",		FIELD_DATE},
	{PORTAL_OWNER,	"x.customer_id",	FIELD_ID,	FILTER},
	{"createdAt",	"x.created_at",		FIELD_TIME,	0,	"x.id"},
};

/* What an invoice is for: its first line. */
#define FIRST_LINE "(SELECT l.description FROM invoice_items l "	\
	"WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id "	\
	"ORDER BY l.position LIMIT 1)"

static const struct field invoice_fields[] = {
	[OWN_INVOICE_ID]	= {"id",	"i.id",			FIELD_ID},
	[OWN_INVOICE_NUMBER]	= {"number",	"i.number",		FIELD_TEXT},
	[OWN_INVOICE_ISSUED]	= {"date",	"i.issued_at",		FIELD_TIME},
	[OWN_INVOICE_DUE]	= {"dueDate",	"i.due_date",		FIELD_DATE},
	[OWN_INVOICE_TOTAL]	= {"amount",	"i.total_minor",	FIELD_MONEY},
	[OWN_INVOICE_OWED]	= {"amountDue",	"CASE WHEN i.status = 'open' "
		"THEN i.total_minor - i.amount_paid_minor ELSE 0 END", FIELD_MONEY},
	[OWN_INVOICE_CURRENCY]	= {"currency",	"i.currency",		FIELD_TEXT},
	[OWN_INVOICE_STATUS]	= {"status",	"i.status",		FIELD_WORD,	FILTER},
	[OWN_INVOICE_WHAT]	= {"description", FIRST_LINE,		FIELD_TEXT},
	[OWN_INVOICE_OWNER]	= {PORTAL_OWNER, "i.customer_id",	FIELD_ID,	FILTER},
	[OWN_INVOICE_CREATED]	= {"createdAt",	"i.created_at",		FIELD_TIME,	0,	"i.id"},
};

static const struct field payment_fields[] = {
	[OWN_PAYMENT_ID]	= {"id",	"y.id",			FIELD_ID},
	[OWN_PAYMENT_INVOICE]	= {"invoiceId",	"y.invoice_id",		FIELD_ID,	FILTER},
	[OWN_PAYMENT_NUMBER]	= {"invoice",	"i.number",		FIELD_TEXT,	JOINED},
	[OWN_PAYMENT_AMOUNT]	= {"amount",	"y.amount_minor",	FIELD_MONEY},
	[OWN_PAYMENT_REFUNDED]	= {"refunded",	"y.refunded_minor",	FIELD_MONEY},
	[OWN_PAYMENT_CURRENCY]	= {"currency",	"y.currency",		FIELD_TEXT},
	/* how money came that staff noted; Stripe's is as its page took it */
	[OWN_PAYMENT_METHOD]	= {"method",	"CASE WHEN y.method = 'stripe' THEN 'stripe' "
		"ELSE COALESCE(y.means, 'other') END",		FIELD_WORD},
	[OWN_PAYMENT_STATUS]	= {"status",	"y.status",		FIELD_WORD},
	[OWN_PAYMENT_DATE]	= {"date",	"y.received_on",	FIELD_DATE},
	[OWN_PAYMENT_OWNER]	= {PORTAL_OWNER, "y.customer_id",	FIELD_ID,	FILTER},
	[OWN_PAYMENT_CREATED]	= {"createdAt",	"y.created_at",		FIELD_TIME,	0,	"y.id"},
};
/* clang-format on */

const struct noun portal_services_noun = {
    .name = "client.services",
    .from = PORTAL_SERVICES,
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

const struct noun portal_payments_noun = {
    .name = "client.payments",
    .from = "payments y LEFT JOIN invoices i "
	    "ON i.tenant_id = y.tenant_id AND i.id = y.invoice_id",
    .base = "payments y",
    .tenant = "y.tenant_id",
    .id = "y.id",
    .currency = "y.currency",
    .field = payment_fields,
    .n_fields = N_ELEMS(payment_fields),
    .may_read = PERM_PORTAL_USE,
};

const struct noun portal_profile_noun = {
    .name = "client.profile",
    /* nobody of the staff is named to customers, so nothing is witnessed */
    .noted_as = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .alive = "c.deleted_at IS NULL",
    .field = profile_fields,
    .n_fields = N_ELEMS(profile_fields),
    .one = "profile",
    .many = "Profile",
    .table = "customers",
    .ops = NOUN_CHANGE,
    .may_read = PERM_PORTAL_USE,
    .may_write = PERM_PORTAL_USE,
    .check = customer_check,
};

const struct noun portal_changes_noun = {
    .name = "client.changes",
    .from = "plan_changes x "
	    "JOIN products f ON f.tenant_id = x.tenant_id "
	    "AND f.id = x.from_product_id "
	    "JOIN products t ON t.tenant_id = x.tenant_id "
	    "AND t.id = x.to_product_id",
    .base = "plan_changes x",
    .tenant = "x.tenant_id",
    .id = "x.id",
    .currency = "x.currency",
    .field = change_fields,
    .n_fields = N_ELEMS(change_fields),
    .may_read = PERM_PORTAL_USE,
};
