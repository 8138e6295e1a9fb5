/* billing_nouns.c - customers, subscriptions, invoices, payments as read.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_nouns.h"

#include "billing/payment_said.h"
#include "billing/plan_changes_noun.h"
#include "billing/subscription_end.h"
#include "billing/tax_id.h"

#include "base/error.h"
#include "resource/write.h"

/* clang-format off */
static const struct choice subscription_states[] = {
	{"pending", "Pending"}, {"trialing", "Trialing"}, {"active", "Active"},
	{"past_due", "Past due"}, {"suspended", "Suspended"}, {"paused", "Paused"},
	{"cancelled", "Cancelled"}, {"expired", "Expired"}, {NULL}};
static const struct choice invoice_states[] = {
	{"draft", "Draft"}, {"open", "Open"}, {"paid", "Paid"}, {"void", "Void"},
	{"uncollectible", "Uncollectible"}, {NULL}};
static const struct choice payment_states[] = {
	{"succeeded", "Succeeded"}, {"partially_refunded", "Partly refunded"},
	{"refunded", "Refunded"}, {NULL}};
static const struct choice methods[] = {
	{"stripe", "Stripe"}, {"manual", "By hand"}, {NULL}};
static const struct choice periods[] = {
	{"month", "Month"}, {"quarter", "Quarter"}, {"halfyear", "Half a year"},
	{"year", "Year"}, {"2years", "Two years"}, {"3years", "Three years"}, {NULL}};

static const struct field customer_fields[] = {
	{"id",		"c.id",			FIELD_ID},
	{"name",	"c.name",		FIELD_TEXT,	SEARCH | NEW | EDIT | REQUIRED,	"c.name",
	 .label = "Name", .max = 128},
	{"companyName",	"c.company_name",	FIELD_TEXT,	SEARCH | NEW | EDIT, NULL,
	 .label = "Company"},
	{"email",	"c.email",		FIELD_EMAIL,	FILTER | SEARCH | NEW | EDIT | REQUIRED | FOLDED, "c.email_key",
	 .label = "E-mail", .hint = "By which orders find the customer."},
	{"phone",	"c.phone",		FIELD_TEXT,	NEW | EDIT, NULL, .label = "Phone", .max = 40},
	{"line1",	"c.line1",		FIELD_TEXT,	ADDRESS | NEW | EDIT, NULL, .label = "Address"},
	{"line2",	"c.line2",		FIELD_TEXT,	ADDRESS | NEW | EDIT, NULL, .label = "Address, second line"},
	{"city",	"c.city",		FIELD_TEXT,	ADDRESS | NEW | EDIT, NULL, .label = "City"},
	{"state",	"c.state",		FIELD_TEXT,	ADDRESS | NEW | EDIT, NULL, .label = "State"},
	{"postalCode",	"c.postal_code",	FIELD_TEXT,	ADDRESS | NEW | EDIT, NULL, .label = "Postal code", .max = 20},
	{"country",	"c.country",		FIELD_COUNTRY,	FILTER | NEW | EDIT | COARSE, NULL,
	 .label = "Country", .hint = "Two letters, like DE. Its tax rules hold."},
	{"taxId",	"c.tax_id",		FIELD_TEXT,	NEW | EDIT, NULL, .label = "Tax id", .max = 40},
	{"currency",	"c.currency",		FIELD_CURRENCY,	FILTER | NEW | COARSE, NULL, .label = "Currency"},
	{"creditBalance", "c.credit_minor",	FIELD_MONEY},
	{"status",	"c.status",		FIELD_WORD,	FILTER,		"c.status"},
	{"userId",	"c.user_id",		FIELD_ID},
	{"tenantId",	"c.tenant_id",		FIELD_ID},
	{"version",	"c.version",		FIELD_INT},
	{"createdAt",	"c.created_at",		FIELD_TIME,	0,		"c.id"},
	{"updatedAt",	"c.updated_at",		FIELD_TIME},
};

static const struct field subscription_fields[] = {
	{"id",		"s.id",			FIELD_ID},
	{"productName",	"p.name",		FIELD_TEXT,	JOINED, NULL,
	 .label = "Product"},
	{"customerId",	"s.customer_id",	FIELD_ID,	FILTER},
	{"customer",	"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"productId",	"s.product_id",		FIELD_ID,	FILTER | COARSE},
	{"product",	"p.code",		FIELD_TEXT,	FILTER | JOINED | COARSE | IN_MEMORY,	"p.code"},
	{"orderId",	"s.order_id",		FIELD_ID,	FILTER},
	{"domain",	"s.domain",		FIELD_TEXT,	SEARCH, NULL,
	 .label = "Domain"},
	{"status",	"s.status",		FIELD_WORD,	FILTER,		"s.status",
	 .label = "Status", .choice = subscription_states},
	{"billingPeriod", "s.period",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY,		"s.period",
	 .label = "Period", .choice = periods},
	{"price",	"s.price_minor",	FIELD_MONEY,	IN_MEMORY,		"s.price_minor",
	 .label = "Price"},
	{"currency",	"s.currency",		FIELD_TEXT,	FILTER | COARSE},
	{"quantity",	"s.quantity",		FIELD_INT,	QUIET, NULL, .label = "Quantity"},
	{"currentPeriodStart", "s.current_period_start", FIELD_DATE, QUIET, NULL,
	 .label = "This period began"},
	{"currentPeriodEnd", "s.current_period_end", FIELD_DATE, QUIET, NULL,
	 .label = "This period ends"},
	{"nextBillingDate", "s.next_billing_date", FIELD_DATE,	FILTER, NULL,
	 .label = "Next bill"},
	{"discount",	"s.discount_minor",	FIELD_MONEY,	QUIET, NULL, .label = "Coupon takes off"},
	{"discountPeriods", "s.discount_periods", FIELD_INT,	QUIET, NULL,
	 .label = "For so many more periods"},
	{"autoRenew",	"s.auto_renew",		FIELD_BOOL,	QUIET, NULL, .label = "Renews by itself"},
	{"endsOn",	"s.ends_on",		FIELD_DATE,	QUIET, NULL, .label = "Cancelled, the first day without it"},
	{"endReason",	"s.end_reason",		FIELD_WORD,	QUIET | DETAIL, NULL,
	 .label = "Cancelled because", .choice = END_REASONS_GIVEN},
	{"endNote",	"s.end_note",		FIELD_AREA,	QUIET | DETAIL, NULL, .label = "In their own words"},
	{"endAskedBy",	"s.end_asked_name",	FIELD_TEXT,	QUIET | DETAIL, NULL, .label = "Cancelled by"},
	{"endAskedAt",	"s.end_asked_at",	FIELD_TIME,	QUIET | DETAIL, NULL, .label = "Cancelled on"},
	{"version",	"s.version",		FIELD_INT},
	{"createdAt",	"s.created_at",		FIELD_TIME,	QUIET,	"s.id", .label = "Made"},
	{"updatedAt",	"s.updated_at",		FIELD_TIME},
};

static const struct field invoice_fields[] = {
	{"id",		"i.id",			FIELD_ID},
	{"number",	"i.number",		FIELD_TEXT,	FILTER | SEARCH, NULL,
	 .label = "Number"},
	{"customerId",	"i.customer_id",	FIELD_ID,	FILTER},
	{"customer",	"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"orderId",	"i.order_id",		FIELD_ID,	FILTER},
	{"status",	"i.status",		FIELD_WORD,	FILTER,		"i.status",
	 .label = "Status", .choice = invoice_states},
	{"currency",	"i.currency",		FIELD_TEXT,	FILTER | COARSE},
	{"subtotal",	"i.subtotal_minor",	FIELD_MONEY,	QUIET, NULL, .label = "Net"},
	{"discount",	"i.discount_minor",	FIELD_MONEY,	QUIET, NULL, .label = "Discount"},
	{"taxAmount",	"i.tax_minor",		FIELD_MONEY,	QUIET, NULL, .label = "Tax"},
	{"total",	"i.total_minor",	FIELD_MONEY,	IN_MEMORY,		"i.total_minor",
	 .label = "Total"},
	{"amountPaid",	"i.amount_paid_minor - i.offset_minor", FIELD_MONEY, QUIET, NULL,
	 .label = "Paid"},
	{"amountDue",	"CASE WHEN i.status = 'open' "
		"THEN i.total_minor - i.amount_paid_minor ELSE 0 END", FIELD_MONEY, QUIET, NULL,
	 .label = "Due now"},
	{"amountCredited", "i.credited_minor",	FIELD_MONEY,	QUIET, NULL, .label = "Credited"},
	{"taxRate",	"i.tax_rate_ppm",	FIELD_PERCENT,	DETAIL},
	{"dueDate",	"i.due_date",		FIELD_DATE,	0, NULL, .label = "Due"},
	{"issuedAt",	"i.issued_at",		FIELD_TIME,	0, NULL, .label = "Issued"},
	{"paidAt",	"i.paid_at",		FIELD_TIME,	QUIET, NULL, .label = "Paid on"},
	{"stripeUrl",	"NULL",			FIELD_TEXT},
	{"notes",	"i.notes",		FIELD_AREA,	DETAIL, NULL, .label = "Notes"},
	{"version",	"i.version",		FIELD_INT},
	{"createdAt",	"i.created_at",		FIELD_TIME,	0,		"i.id"},
	{"updatedAt",	"i.updated_at",		FIELD_TIME},
};

static const struct field item_fields[] = {
	{"id",		"t.id",			FIELD_ID},
	{"invoiceId",	"t.invoice_id",		FIELD_ID,	FILTER},
	{"description",	"t.description",	FIELD_TEXT,	0, NULL, .label = "Line"},
	{"quantity",	"t.quantity",		FIELD_INT,	0, NULL, .label = "Quantity"},
	{"unitPrice",	"t.unit_price_minor",	FIELD_MONEY,	0, NULL, .label = "Each"},
	{"taxable",	"t.taxable",		FIELD_BOOL},
	{"taxRate",	"t.tax_rate_ppm",	FIELD_PERCENT,	0, NULL, .label = "Tax rate"},
	{"taxAmount",	"t.tax_minor",		FIELD_MONEY,	0, NULL, .label = "Tax"},
	{"amount",	"t.amount_minor",	FIELD_MONEY,	0, NULL, .label = "Net"},
	{"discount",	"t.discount_minor",	FIELD_MONEY,	0, NULL, .label = "Discount, net"},
	{"position",	"t.position",		FIELD_INT,	0,		"t.position"},
};

static const struct field payment_fields[] = {
	{"id",		"y.id",			FIELD_ID},
	{"invoiceId",	"y.invoice_id",		FIELD_ID,	FILTER},
	{"orderId",	"y.order_id",		FIELD_ID,	FILTER},
	{"customerId",	"y.customer_id",	FIELD_ID,	FILTER},
	{"transactionId", "y.transaction_id",	FIELD_TEXT,	FILTER | SEARCH, NULL,
	 .label = "Transaction"},
	{"customer",	"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"invoice",	"i.number",		FIELD_TEXT,	JOINED, NULL,
	 .label = "Invoice", .of = &invoices_noun, .link = "invoiceId"},
	{"method",	"y.method",		FIELD_WORD,	FILTER | COARSE, NULL,
	 .label = "Method", .choice = methods},
	{"means",	"y.means",		FIELD_WORD,	QUIET, NULL,
	 .label = "Paid by", .choice = payment_means_labels},
	{"reference",	"y.reference",		FIELD_TEXT,	QUIET, NULL,
	 .label = "Reference"},
	{"receivedOn",	"y.received_on",	FIELD_DATE,	QUIET, NULL,
	 .label = "Received on"},
	{"status",	"y.status",		FIELD_WORD,	FILTER | COARSE | IN_MEMORY,		"y.status",
	 .label = "Status", .choice = payment_states},
	{"amount",	"y.amount_minor",	FIELD_MONEY,	IN_MEMORY,		"y.amount_minor",
	 .label = "Amount"},
	{"refunded",	"y.refunded_minor",	FIELD_MONEY,	QUIET, NULL, .label = "Given back"},
	{"currency",	"y.currency",		FIELD_TEXT,	FILTER | COARSE},
	{"version",	"y.version",		FIELD_INT},
	{"createdAt",	"y.created_at",		FIELD_TIME,	0,		"y.id", .label = "Received"},
	{"updatedAt",	"y.updated_at",		FIELD_TIME},
};

static const struct field credit_fields[] = {
	{"id",		"n.id",			FIELD_ID},
	{"number",	"n.number",		FIELD_TEXT,	FILTER | SEARCH, NULL,
	 .label = "Number"},
	{"invoiceId",	"n.invoice_id",		FIELD_ID,	FILTER},
	{"invoice",	"i.number",		FIELD_TEXT,	JOINED, NULL,
	 .label = "Invoice", .of = &invoices_noun, .link = "invoiceId"},
	{"customerId",	"n.customer_id",	FIELD_ID,	FILTER},
	{"customer",	"c.name",		FIELD_TEXT,	SEARCH | JOINED, NULL,
	 .label = "Customer", .of = &customers_noun, .link = "customerId"},
	{"reason",	"n.reason",		FIELD_TEXT,	0, NULL, .label = "Reason"},
	{"currency",	"n.currency",		FIELD_TEXT,	FILTER | COARSE},
	{"subtotal",	"n.net_minor",		FIELD_MONEY,	QUIET, NULL, .label = "Net"},
	{"taxAmount",	"n.tax_minor",		FIELD_MONEY,	QUIET, NULL, .label = "Tax"},
	{"total",	"n.total_minor",	FIELD_MONEY,	0, NULL, .label = "Total"},
	{"createdAt",	"n.created_at",		FIELD_TIME,	0,		"n.id", .label = "Written"},
};
/* clang-format on */

/* The company's own, where nobody names another. */
static enum err
customer_defaults(struct tx *tx, struct values *v)
{
	struct db_val currency;

	(void)tx;
	if (!values_will(v, "currency", &currency))
		values_set(v, "currency", DB_TEXT(v->currency));
	return OK;
}

/* A number that has another form than those of its country is no number; one
 * that was kept before is looked at when it, or the country, is written. */
enum err
customer_check(struct tx *tx, const struct values *v)
{
	struct db_val country, tax_id;

	if (!values_will(v, "taxId", &tax_id) ||
	    !values_will(v, "country", &country) || !tax_id.text ||
	    !country.text || tax_id.text[0] == '\0' ||
	    (!values_has(v, (size_t)noun_field(v->noun, "taxId")) &&
		!values_has(v, (size_t)noun_field(v->noun, "country"))) ||
	    tax_id_fits(country.text, tax_id.text))
		return OK;
	problem_add(tx->problems, "taxId", "bad_format",
	    "VAT numbers of this country look like %s.",
	    tax_id_example(country.text));
	return OK;
}

static const char *const email[] = {"email"};
static const struct noun_key customer_keys[] = {
    {"customers_email", email, 1,
	.message = "There is a customer with this address already."},
    {NULL},
};

static const struct noun_exact customer_exact[] = {{.field = "email"}, {NULL}};

const struct noun_found customers_found = {
    .kind = "customers",
    .code = 'c',
    .exact = customer_exact,
    .title = "name",
    .text = "email",
    .status = "status",
    .icon = "user",
};

const struct noun customers_noun = {
    .name = "customers",
    .from = "customers c",
    .tenant = "c.tenant_id",
    .id = "c.id",
    .currency = "c.currency",
    .alive = "c.deleted_at IS NULL",
    .field = customer_fields,
    .n_fields = N_ELEMS(customer_fields),
    .one = "customer",
    .many = "Customers",
    /* its list and one of it by hand: orders/customers_pages.c */
    .page = "/admin/customers",
    .api = "/api/admin/customers",
    .flat = "/api/customers",
    .table = "customers",
    .ops = NOUN_ADD | NOUN_CHANGE,
    .may_read = PERM_CUSTOMERS_READ,
    .may_write = PERM_CUSTOMERS_WRITE,
    .key = customer_keys,
    .found = &customers_found,
    .defaults = customer_defaults,
    .check = customer_check,
};

#define BUYER(of)                                                              \
	" JOIN customers c ON c.tenant_id = " of ".tenant_id "                 \
	"AND c.id = " of ".customer_id"

static const struct noun_found subscriptions_found = {
    .kind = "subscriptions",
    .code = 's',
    .via = &customers_found,
    .via_column = "customer_id",
    .title = "productName",
    .text = "domain",
    .status = "status",
    .icon = "retry",
};

static const struct noun_related of_subscription[] = {
    {&plan_changes_noun, "subscriptionId", NULL},
    {NULL},
};

const struct noun subscriptions_noun = {
    .name = "subscriptions",
    .from = "subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id" BUYER("s"),
    .base = "subscriptions s",
    .tenant = "s.tenant_id",
    .id = "s.id",
    .currency = "s.currency",
    .field = subscription_fields,
    .n_fields = N_ELEMS(subscription_fields),
    .one = "subscription",
    .many = "Subscriptions",
    .about = "What customers pay for again and again.",
    .empty = "A paid order makes the first ones.",
    .title = "domain",
    .page = "/subscriptions",
    .api = "/api/admin/subscriptions",
    .flat = "/api/subscriptions",
    .related = of_subscription,
    .found = &subscriptions_found,
    .may_read = PERM_SUBSCRIPTIONS_READ,
};

const struct noun invoice_items_noun = {
    .name = "lines",
    .from = "invoice_items t JOIN invoices i "
	    "ON i.tenant_id = t.tenant_id AND i.id = t.invoice_id",
    .tenant = "t.tenant_id",
    .id = "t.id",
    .currency = "i.currency",
    .field = item_fields,
    .n_fields = N_ELEMS(item_fields),
    .few = "an invoice has few lines",
    .one = "line",
    .many = "Lines",
    .may_read = PERM_INVOICES_READ,
};

static const struct noun_related of_invoice[] = {
    {&invoice_items_noun, "invoiceId", "position"},
    {&payments_noun, "invoiceId", NULL},
    {&credit_notes_noun, "invoiceId", NULL},
    {NULL},
};

static const struct noun_exact invoice_exact[] = {
    {"number", KEPT_UPPER}, {NULL}};

const struct noun_found invoices_found = {
    .kind = "invoices",
    .code = 'i',
    .via = &customers_found,
    .via_column = "customer_id",
    .exact = invoice_exact,
    .title = "number",
    .text = "customer",
    .status = "status",
    .icon = "bill",
};

const struct noun invoices_noun = {
    .name = "invoices",
    .from = "invoices i" BUYER("i"),
    .base = "invoices i",
    .tenant = "i.tenant_id",
    .id = "i.id",
    .currency = "i.currency",
    .alive = "i.deleted_at IS NULL",
    .field = invoice_fields,
    .n_fields = N_ELEMS(invoice_fields),
    .one = "invoice",
    .many = "Invoices",
    .about = "What was asked for and what has been paid. Numbers have no gaps.",
    .empty = "A paid order makes the first one.",
    .page = "/invoices",
    .may_read = PERM_INVOICES_READ,
    .found = &invoices_found,
    .related = of_invoice,
};

static const struct noun_exact payment_exact[] = {
    {.field = "transactionId"}, {NULL}};

static const struct noun_found payments_found = {
    .kind = "payments",
    .code = 'p',
    .via = &customers_found,
    .via_column = "customer_id",
    .exact = payment_exact,
    .title = "transactionId",
    .text = "customer",
    .status = "status",
    .icon = "bill",
};

const struct noun credit_notes_noun = {
    .name = "credit-notes",
    .from = "credit_notes n" BUYER(
	"n") " JOIN invoices i "
	     "ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id",
    .base = "credit_notes n",
    .tenant = "n.tenant_id",
    .id = "n.id",
    .currency = "n.currency",
    .field = credit_fields,
    .n_fields = N_ELEMS(credit_fields),
    .one = "credit note",
    .many = "Credit notes",
    .about = "What was taken back of invoices. Numbers have no gaps.",
    .empty = "An invoice that is issued can be credited; that makes the first.",
    .page = "/credit-notes",
    .api = "/api/admin/credit-notes",
    .has_paper = true,
    .may_read = PERM_INVOICES_READ,
};

const struct noun payments_noun = {
    .name = "payments",
    .from = "payments y" BUYER(
	"y") " LEFT JOIN invoices i "
	     "ON i.tenant_id = y.tenant_id AND i.id = y.invoice_id",
    .base = "payments y",
    .tenant = "y.tenant_id",
    .id = "y.id",
    .currency = "y.currency",
    .field = payment_fields,
    .n_fields = N_ELEMS(payment_fields),
    .one = "payment",
    .many = "Payments",
    .about = "Money that has come in, and what of it went back.",
    .empty = "The first paid order brings one.",
    .page = "/payments",
    .found = &payments_found,
    .may_read = PERM_PAYMENTS_READ,
};

void
invoices_due_before(struct list *l, const char *date)
{
	list_only(l, "status", "open");
	list_below(l, "dueDate", date, "i.status = 'open'");
}
