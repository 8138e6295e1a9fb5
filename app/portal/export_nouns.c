/* export_nouns.c - what customers take with them, by noun.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 *
 * Columns are named one by one: no hash, token, key or sealed text is among
 * them, no note of the staff's, and nobody of the staff by name.
 */
#include "config.h"
#include "portal/export.h"

#include "base/error.h"
#include "billing/invoice_paper.h"

/* clang-format off */
#define NEWEST(table) {"createdAt", table ".created_at", FIELD_TIME, 0, table ".id"}
#define OWNER(column) {EXPORT_OWNER, column, FIELD_ID}

static const struct field account_fields[] = {
	{"id",		"c.id",			FIELD_ID},
	OWNER("c.id"),
	{"name",	"c.name",		FIELD_TEXT},
	{"companyName",	"c.company_name",	FIELD_TEXT},
	{"email",	"c.email",		FIELD_EMAIL},
	{"phone",	"c.phone",		FIELD_TEXT},
	{"line1",	"c.line1",		FIELD_TEXT},
	{"line2",	"c.line2",		FIELD_TEXT},
	{"city",	"c.city",		FIELD_TEXT},
	{"state",	"c.state",		FIELD_TEXT},
	{"postalCode",	"c.postal_code",	FIELD_TEXT},
	{"country",	"c.country",		FIELD_TEXT},
	{"taxId",	"c.tax_id",		FIELD_TEXT},
	{"currency",	"c.currency",		FIELD_TEXT},
	{"creditBalance", "c.credit_minor",	FIELD_MONEY},
	{"status",	"c.status",		FIELD_WORD},
	NEWEST("c"),
	{"updatedAt",	"c.updated_at",		FIELD_TIME},
};

static const struct field people_fields[] = {
	{"id",		"u.id",			FIELD_ID},
	OWNER("p.customer_id"),
	{"email",	"u.email",		FIELD_EMAIL},
	{"name",	"u.name",		FIELD_TEXT},
	{"billing",	"p.may_bill",		FIELD_BOOL},
	{"technical",	"p.may_tech",		FIELD_BOOL},
	{"support",	"p.may_support",	FIELD_BOOL},
	{"since",	"p.created_at",		FIELD_TIME},
};

static const struct field order_fields[] = {
	{"id",		"o.id",			FIELD_ID},
	OWNER("o.customer_id"),
	{"number",	"o.number",		FIELD_TEXT},
	{"status",	"o.status",		FIELD_WORD},
	{"total",	"o.total_minor",	FIELD_MONEY},
	{"discount",	"o.discount_minor",	FIELD_MONEY},
	{"currency",	"o.currency",		FIELD_TEXT},
	{"couponCode",	"o.coupon_code",	FIELD_TEXT},
	{"primaryDomain", "o.primary_domain",	FIELD_TEXT},
	{"paymentIntentId", "o.payment_intent_id", FIELD_TEXT},
	NEWEST("o"),
	{"completedAt",	"o.completed_at",	FIELD_TIME},
};

static const struct field order_item_fields[] = {
	{"id",		"t.id",			FIELD_ID},
	OWNER("o.customer_id"),
	{"orderId",	"t.order_id",		FIELD_ID},
	{"position",	"t.position",		FIELD_INT},
	{"product",	"t.product_code",	FIELD_TEXT},
	{"quantity",	"t.quantity",		FIELD_INT},
	{"billingPeriod", "t.period",		FIELD_WORD},
	{"unitPrice",	"t.unit_price_minor",	FIELD_MONEY},
	{"discount",	"t.discount_minor",	FIELD_MONEY},
	{"domain",	"t.domain",		FIELD_TEXT},
	NEWEST("t"),
};

static const struct field subscription_fields[] = {
	{"id",		"s.id",			FIELD_ID},
	OWNER("s.customer_id"),
	{"product",	"p.name",		FIELD_TEXT,	JOINED},
	{"orderId",	"s.order_id",		FIELD_ID},
	{"domain",	"s.domain",		FIELD_TEXT},
	{"status",	"s.status",		FIELD_WORD},
	{"billingPeriod", "s.period",		FIELD_WORD},
	{"price",	"s.price_minor",	FIELD_MONEY},
	{"currency",	"s.currency",		FIELD_TEXT},
	{"quantity",	"s.quantity",		FIELD_INT},
	{"currentPeriodStart", "s.current_period_start", FIELD_DATE},
	{"currentPeriodEnd", "s.current_period_end", FIELD_DATE},
	{"nextBillingDate", "s.next_billing_date", FIELD_DATE},
	{"autoRenew",	"s.auto_renew",		FIELD_BOOL},
	NEWEST("s"),
};

static const struct field website_fields[] = {
	{"id",		"w.id",			FIELD_ID},
	OWNER("w.customer_id"),
	{"subscriptionId", "w.subscription_id",	FIELD_ID},
	{"domain",	"w.domain",		FIELD_TEXT},
	{"additionalDomains", "w.additional_domains", FIELD_TAGS},
	{"type",	"w.app_type",		FIELD_WORD},
	{"phpVersion",	"w.php_version",	FIELD_TEXT},
	{"sslEnabled",	"w.ssl_enabled",	FIELD_BOOL},
	{"sslExpiresAt", "w.ssl_expires_at",	FIELD_TIME},
	{"status",	"w.status",		FIELD_WORD},
	NEWEST("w"),
};

static const struct field domain_fields[] = {
	{"id",		"d.id",			FIELD_ID},
	OWNER("d.customer_id"),
	{"name",	"d.name",		FIELD_TEXT},
	{"status",	"d.status",		FIELD_WORD},
	{"registrar",	"d.registrar",		FIELD_TEXT},
	{"registrationDate", "d.registration_date", FIELD_DATE},
	{"expiryDate",	"d.expiry_date",	FIELD_DATE},
	{"autoRenew",	"d.auto_renew",		FIELD_BOOL},
	{"nameservers",	"d.nameservers",	FIELD_TAGS},
	NEWEST("d"),
	{"removedAt",	"d.deleted_at",		FIELD_TIME},
};

static const struct field invoice_fields[] = {
	{"id",		"i.id",			FIELD_ID},
	OWNER("i.customer_id"),
	{"number",	"i.number",		FIELD_TEXT},
	{"orderId",	"i.order_id",		FIELD_ID},
	{"status",	"i.status",		FIELD_WORD},
	{"currency",	"i.currency",		FIELD_TEXT},
	{"subtotal",	"i.subtotal_minor",	FIELD_MONEY},
	{"discount",	"i.discount_minor",	FIELD_MONEY},
	{"taxAmount",	"i.tax_minor",		FIELD_MONEY},
	{"total",	"i.total_minor",	FIELD_MONEY},
	{"amountPaid",	"i.amount_paid_minor - i.offset_minor", FIELD_MONEY},
	{"amountCredited", "i.credited_minor",	FIELD_MONEY},
	{"dueDate",	"i.due_date",		FIELD_DATE},
	{"issuedAt",	"i.issued_at",		FIELD_TIME},
	{"paidAt",	"i.paid_at",		FIELD_TIME},
	{"notes",	"i.notes",		FIELD_AREA},
	NEWEST("i"),
};

static const struct field line_fields[] = {
	{"id",		"t.id",			FIELD_ID},
	OWNER("i.customer_id"),
	{"invoiceId",	"t.invoice_id",		FIELD_ID},
	{"position",	"t.position",		FIELD_INT},
	{"description",	"t.description",	FIELD_TEXT},
	{"quantity",	"t.quantity",		FIELD_INT},
	{"unitPrice",	"t.unit_price_minor",	FIELD_MONEY},
	{"discount",	"t.discount_minor",	FIELD_MONEY},
	{"taxRate",	"t.tax_rate_ppm",	FIELD_PERCENT},
	{"taxAmount",	"t.tax_minor",		FIELD_MONEY},
	{"amount",	"t.amount_minor",	FIELD_MONEY},
	NEWEST("t"),
};

static const struct field payment_fields[] = {
	{"id",		"y.id",			FIELD_ID},
	OWNER("y.customer_id"),
	{"invoiceId",	"y.invoice_id",		FIELD_ID},
	{"orderId",	"y.order_id",		FIELD_ID},
	{"transactionId", "y.transaction_id",	FIELD_TEXT},
	{"method",	"y.method",		FIELD_WORD},
	{"means",	"y.means",		FIELD_WORD},
	{"reference",	"y.reference",		FIELD_TEXT},
	{"receivedOn",	"y.received_on",	FIELD_DATE},
	{"status",	"y.status",		FIELD_WORD},
	{"amount",	"y.amount_minor",	FIELD_MONEY},
	{"refunded",	"y.refunded_minor",	FIELD_MONEY},
	{"currency",	"y.currency",		FIELD_TEXT},
	NEWEST("y"),
};

static const struct field refund_fields[] = {
	{"id",		"r.id",			FIELD_ID},
	OWNER("y.customer_id"),
	{"paymentId",	"r.payment_id",		FIELD_ID},
	{"amount",	"r.amount_minor",	FIELD_MONEY},
	{"currency",	"r.currency",		FIELD_TEXT},
	{"status",	"r.status",		FIELD_WORD},
	NEWEST("r"),
};

static const struct field credit_note_fields[] = {
	{"id",		"n.id",			FIELD_ID},
	OWNER("n.customer_id"),
	{"number",	"n.number",		FIELD_TEXT},
	{"invoiceId",	"n.invoice_id",		FIELD_ID},
	{"reason",	"n.reason",		FIELD_TEXT},
	{"currency",	"n.currency",		FIELD_TEXT},
	{"subtotal",	"n.net_minor",		FIELD_MONEY},
	{"taxAmount",	"n.tax_minor",		FIELD_MONEY},
	{"total",	"n.total_minor",	FIELD_MONEY},
	NEWEST("n"),
};

static const struct field credit_fields[] = {
	{"id",		"t.id",			FIELD_ID},
	OWNER("t.customer_id"),
	{"description",	"e.description",	FIELD_TEXT},
	{"invoiceId",	"t.invoice_id",		FIELD_ID},
	{"amount",	"CASE WHEN t.credit_account_id = a.id "
		"THEN t.amount_minor ELSE -t.amount_minor END", FIELD_MONEY},
	{"currency",	"t.currency",		FIELD_TEXT},
	NEWEST("t"),
};

static const struct field plan_change_fields[] = {
	{"id",		"g.id",			FIELD_ID},
	OWNER("g.customer_id"),
	{"subscriptionId", "g.subscription_id",	FIELD_ID},
	{"from",	"a.name",		FIELD_TEXT},
	{"to",		"b.name",		FIELD_TEXT},
	{"fromPrice",	"g.from_price_minor",	FIELD_MONEY},
	{"toPrice",	"g.to_price_minor",	FIELD_MONEY},
	{"currency",	"g.currency",		FIELD_TEXT},
	{"billingPeriod", "g.period",		FIELD_WORD},
	{"status",	"g.status",		FIELD_WORD},
	{"note",	"g.note",		FIELD_TEXT},
	{"reason",	"g.reason",		FIELD_TEXT},
	{"dueOn",	"g.due_on",		FIELD_DATE},
	NEWEST("g"),
	{"decidedAt",	"g.decided_at",		FIELD_TIME},
};

static const struct field mail_fields[] = {
	{"id",		"o.id",			FIELD_ID},
	OWNER("c.id"),
	{"kind",	"REPLACE(o.template, 'mail/', '')", FIELD_WORD},
	{"to",		"o.recipient",		FIELD_TEXT},
	{"status",	"o.status",		FIELD_WORD},
	NEWEST("o"),
	{"sentAt",	"o.done_at",		FIELD_TIME},
};

/* Whoever looks after the account is named, of others it is said what they
 * are. */
static const struct field activity_fields[] = {
	{"id",		"a.id",			FIELD_ID},
	OWNER("(t.customer_id)"),
	{"action",	"a.action",		FIELD_WORD},
	{"noun",	"a.noun",		FIELD_WORD},
	{"nounId",	"a.noun_id",		FIELD_ID},
	{"by",		"CASE WHEN u.id IS NULL THEN CASE a.actor_kind "
		"WHEN 'user' THEN 'staff' WHEN 'token' THEN 'program' "
		"ELSE a.actor_kind END "
		"WHEN a.actor_name = u.email THEN u.email "
		"ELSE 'staff as ' || u.email END", FIELD_TEXT},
	NEWEST("a"),
};
/* clang-format on */

const struct noun export_account_noun = {
    .name = "export.account",
    .from = "customers c",
    .currency = "c.currency",
    EXPORT_OF("c", account_fields),
};

const struct noun export_people_noun = {
    .name = "export.people",
    .from = "customer_people p JOIN users u "
	    "ON u.tenant_id = p.tenant_id AND u.id = p.user_id",
    .alive = "u.deleted_at IS NULL",
    EXPORT_OF("u", people_fields),
};

const struct noun export_orders_noun = {
    .name = "export.orders",
    .from = "orders o",
    .currency = "o.currency",
    EXPORT_OF("o", order_fields),
};

const struct noun export_order_items_noun = {
    .name = "export.order_items",
    .from = "order_items t JOIN orders o "
	    "ON o.tenant_id = t.tenant_id AND o.id = t.order_id",
    .currency = "o.currency",
    EXPORT_OF("t", order_item_fields),
};

const struct noun export_subscriptions_noun = {
    .name = "export.subscriptions",
    .from = "subscriptions s JOIN products p "
	    "ON p.tenant_id = s.tenant_id AND p.id = s.product_id",
    .currency = "s.currency",
    EXPORT_OF("s", subscription_fields),
};

const struct noun export_websites_noun = {
    .name = "export.websites",
    .from = "websites w",
    EXPORT_OF("w", website_fields),
};

const struct noun export_domains_noun = {
    .name = "export.domains",
    .from = "domains d",
    EXPORT_OF("d", domain_fields),
};

/* A draft is the company's own until it is issued. */
const struct noun export_invoices_noun = {
    .name = "export.invoices",
    .from = "invoices i",
    .currency = "i.currency",
    .alive = "i.status <> 'draft' AND i.deleted_at IS NULL",
    EXPORT_OF("i", invoice_fields),
};

const struct noun export_lines_noun = {
    .name = "export.invoice_lines",
    .from = "invoice_items t JOIN invoices i "
	    "ON i.tenant_id = t.tenant_id AND i.id = t.invoice_id",
    .currency = "i.currency",
    .alive = "i.status <> 'draft' AND i.deleted_at IS NULL",
    EXPORT_OF("t", line_fields),
};

const struct noun export_payments_noun = {
    .name = "export.payments",
    .from = "payments y",
    .currency = "y.currency",
    EXPORT_OF("y", payment_fields),
};

const struct noun export_refunds_noun = {
    .name = "export.refunds",
    .from = "refunds r JOIN payments y "
	    "ON y.tenant_id = r.tenant_id AND y.id = r.payment_id",
    .currency = "r.currency",
    EXPORT_OF("r", refund_fields),
};

const struct noun export_credit_notes_noun = {
    .name = "export.credit_notes",
    .from = "credit_notes n",
    .currency = "n.currency",
    EXPORT_OF("n", credit_note_fields),
};

/* What went into the account's credit, and out of it. */
const struct noun export_credit_noun = {
    .name = "export.credit",
    .from = "ledger_transfers t JOIN ledger_entries e "
	    "ON e.tenant_id = t.tenant_id AND e.id = t.entry_id "
	    "JOIN ledger_accounts a ON a.tenant_id = t.tenant_id "
	    "AND a.code = '2110' AND a.currency = t.currency "
	    "AND a.id IN (t.credit_account_id, t.debit_account_id)",
    .currency = "t.currency",
    EXPORT_OF("t", credit_fields),
};

const struct noun export_plan_changes_noun = {
    .name = "export.plan_changes",
    .from = "plan_changes g "
	    "JOIN products a ON a.tenant_id = g.tenant_id "
	    "AND a.id = g.from_product_id "
	    "JOIN products b ON b.tenant_id = g.tenant_id "
	    "AND b.id = g.to_product_id",
    .currency = "g.currency",
    EXPORT_OF("g", plan_change_fields),
};

/* What a mail is about, as its payload names it. */
#define REF(name)                                                              \
	SQL_PG("CAST(o.payload AS json) ->> '" name "'")                       \
	SQL_LITE("json_extract(o.payload, '$." name "')")
#define IS_THEIRS(table, name)                                                 \
	"EXISTS (SELECT 1 FROM " table " x WHERE x.tenant_id = o.tenant_id "   \
	"AND x.customer_id = c.id AND x.id = " SQL_PG("CAST(") REF(name)       \
	    SQL_PG("AS uuid)") ")"

/* Those about what is the account's, whoever got them, and those that its own
 * address got about the log-in.  A person of it may look after other accounts,
 * too, whose mails are not told. */
const struct noun export_mails_noun = {
    .name = "export.mails",
    .from = "outbox o JOIN customers c ON c.tenant_id = o.tenant_id",
    .alive =
	"o.kind = 'mail' AND o.recipient <> '' "
	"AND (" IS_THEIRS("orders", "orderId") " OR " IS_THEIRS(
	    "invoices", "invoiceId") " OR " IS_THEIRS("payments",
	    "paymentId") " OR " IS_THEIRS("subscriptions",
	    "subscriptionId") " OR "
			      "(lower(o.recipient) = c.email_key AND "
			      "COALESCE(" REF("orderId") ", " REF("invoiceId") ", " REF(
				  "paymentId") ", " REF("subscriptionId") ") IS NULL))",
    EXPORT_OF("o", mail_fields),
};

/* Both engines look into each of them by its index of customers. */
#define THEIRS(table) " UNION ALL SELECT tenant_id, id, customer_id FROM " table

const struct noun export_activity_noun = {
    .name = "export.activity",
    .from = "(SELECT tenant_id, id, id AS customer_id FROM customers" THEIRS(
	"orders") THEIRS("invoices") THEIRS("payments") THEIRS("subscriptions")
	THEIRS("websites") THEIRS(
	    "domains") ") t "
		       "JOIN audit_logs a ON a.tenant_id = t.tenant_id "
		       "AND a.noun_id = t.id "
		       "LEFT JOIN customer_people p ON p.tenant_id = a.tenant_id "
		       "AND p.customer_id = t.customer_id AND p.user_id = a.actor_id "
		       "LEFT JOIN users u ON u.tenant_id = p.tenant_id "
		       "AND u.id = p.user_id",
    EXPORT_OF("a", activity_fields),
};

/* ---- on paper ---- */

enum err
export_invoice_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out)
{
	const char *number;
	enum err e;

	if (i > 0)
		return E_NOTFOUND;
	e = invoice_on_paper(tx, at->company, row, &out->bytes, &number);
	if (e == OK)
		out->name = arena_printf(tx->arena, "invoices/%s.pdf", number);
	return e == OK && !out->name ? tx_fail(tx, E_BUSY) : e;
}

enum err
export_credit_note_file(struct tx *tx, const struct export_place *at,
    const struct id *row, int i, struct export_file *out)
{
	const char *number;
	enum err e;

	if (i > 0)
		return E_NOTFOUND;
	e = credit_note_on_paper(tx, at->company, row, &out->bytes, &number);
	if (e == OK)
		out->name =
		    arena_printf(tx->arena, "credit-notes/%s.pdf", number);
	return e == OK && !out->name ? tx_fail(tx, E_BUSY) : e;
}
