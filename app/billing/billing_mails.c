/* billing_mails.c - mails about invoices and subscriptions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_mails.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "mail/mail.h"
#include "tenancy/tenant_setting.h"

/* ---- invoices ---- */

/* With the tax that belongs to them and without what a coupon took off, as the
 * order had it. */
static enum err
fill_lines(struct tx *tx, const struct id *invoice, const char *currency,
    struct view *v)
{
	struct view *items = view_list(v, "items"), *item;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT quantity, description, "
	    "amount_minor - discount_minor + tax_minor "
	    "FROM invoice_items WHERE tenant_id = $1 AND invoice_id = $2 "
	    "ORDER BY position",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	while (rows_next(&r)) {
		item = view_item(items);
		view_int(item, "quantity", row_int(&r, 0));
		mail_put_line(item, "description", row_text(&r, 1));
		mail_put_money(item, "amount", row_int(&r, 2), currency);
	}
	return rows_done(&r);
}

/* An object with `lines`, each a `text`; none for no text. */
static void
put_lines(struct view *v, const char *name, const char *text)
{
	struct view *lines =
	    text[0] ? view_list(view_object(v, name), "lines") : NULL;

	while (*text) {
		size_t n = strcspn(text, "\n");

		view_textf(view_item(lines), "text", "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static const char *
member(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* Who sells, as it was when the invoice was issued; nothing where the company
 * had not said more than its name. */
static enum err
fill_seller(struct tx *tx, const char *seller, struct view *v)
{
	static const char *const rows[][2] = {{"legalName"}, {"line1"},
	    {"line2"}, {"postalCode", "city"}, {"state"}, {"country"},
	    {"taxId"}, {"registration"}};
	struct view *lines = NULL;
	json_t *o = json_own(tx->arena, seller);

	if (!o)
		return E_BUSY;
	for (size_t i = 0; i < N_ELEMS(rows); i++) {
		const char *a = member(o, rows[i][0]);
		const char *b = rows[i][1] ? member(o, rows[i][1]) : "";

		if (!a[0] && !b[0])
			continue;
		if (!lines)
			lines = view_list(view_object(v, "seller"), "lines");
		view_textf(view_item(lines), "text", "%s%s%s", a,
		    a[0] && b[0] ? " " : "", b);
	}
	json_decref(o);
	return OK;
}

/* What the company says below every invoice, and how the open ones are paid. */
static enum err
fill_company(struct tx *tx, bool is_open, struct view *v)
{
	const char *footer, *bank = "";
	enum err e = tenant_setting_text(tx, "invoiceFooter", &footer);

	if (e == OK && is_open)
		e = tenant_setting_text(tx, "bankInstructions", &bank);
	if (e != OK)
		return e;
	put_lines(v, "footer", footer);
	put_lines(v, "bank", bank);
	return OK;
}

static void
fill_invoice(const struct rows *r, const char *lang, struct view *v)
{
	const char *currency = row_text(r, 2);
	char issued[11];

	date_iso(row_int(r, 5), issued);
	view_text(v, "number", row_text(r, 0));
	view_flag(v, "isPaid", str_eq(row_text(r, 1), "paid"));
	mail_put_money(v, "total", row_int(r, 3), currency);
	if (row_int(r, 4) > 0)
		mail_put_money(v, "tax", row_int(r, 4), currency);
	mail_put_date(v, "date", issued, lang);
	mail_put_date(v, "due", row_text(r, 6), lang);
	view_text(v, "name", row_text(r, 7));
}

enum err
invoice_mail_fill(
    struct tx *tx, const struct id *invoice, const char *lang, struct view *v)
{
	const char *currency, *seller;
	struct rows r;
	bool is_open;
	enum err e = db_one(tx, &r,
	    "SELECT i.number, i.status, i.currency, i.total_minor, "
	    "i.tax_minor, i.issued_at, i.due_date, c.name, i.seller "
	    "FROM invoices i "
	    "JOIN customers c ON c.tenant_id = i.tenant_id "
	    "AND c.id = i.customer_id "
	    "WHERE i.tenant_id = $1 AND i.id = $2 AND i.number IS NOT NULL "
	    "AND i.status <> 'draft'",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	fill_invoice(&r, lang, v);
	is_open = str_eq(row_text(&r, 1), "open");
	currency = row_strdup(&r, 2);
	seller = row_strdup(&r, 8);
	e = rows_done(&r);
	if (e == OK && !currency)
		e = tx_fail(tx, E_BUSY);
	if (e == OK && seller)
		e = fill_seller(tx, seller, v);
	if (e == OK)
		e = fill_company(tx, is_open, v);
	return e == OK ? fill_lines(tx, invoice, currency, v) : e;
}

enum err
invoice_mail_add(struct tx *tx, const struct id *invoice, const char *email)
{
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_MAIL,
				  .dedupe_key = arena_printf(tx->arena,
				      "mail/" MAIL_INVOICE ":%s", invoice->s),
				  .recipient = email,
				  .template = "mail/" MAIL_INVOICE,
				  .payload = arena_printf(tx->arena,
				      "{\"invoiceId\":\"%s\"}", invoice->s),
			      });
}

/* What is open is so when the mail is sent. */
enum err
receipt_mail_fill(
    struct tx *tx, const struct id *payment, const char *lang, struct view *v)
{
	const char *currency;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT y.currency, y.amount_minor, y.received_on, i.number, "
	    "CASE WHEN i.status = 'open' "
	    "THEN i.total_minor - i.amount_paid_minor ELSE 0 END, "
	    "(SELECT SUM(t.amount_minor) FROM ledger_entries n "
	    "JOIN ledger_transfers t ON t.tenant_id = n.tenant_id "
	    "AND t.entry_id = n.id JOIN ledger_accounts a "
	    "ON a.tenant_id = t.tenant_id AND a.id = t.credit_account_id "
	    "AND a.code = '2110' WHERE n.tenant_id = y.tenant_id "
	    "AND n.kind = 'allocation' AND n.subject_id = y.id), "
	    "c.name FROM payments y "
	    "JOIN invoices i ON i.tenant_id = y.tenant_id "
	    "AND i.id = y.invoice_id "
	    "JOIN customers c ON c.tenant_id = y.tenant_id "
	    "AND c.id = y.customer_id "
	    "WHERE y.tenant_id = $1 AND y.id = $2",
	    DB_ID(&tx->tenant), DB_ID(payment));

	if (e != OK)
		return e;
	currency = row_text(&r, 0);
	mail_put_money(v, "amount", row_int(&r, 1), currency);
	mail_put_date(v, "date", row_text(&r, 2), lang);
	view_text(v, "number", row_text(&r, 3));
	if (row_int(&r, 4) > 0)
		mail_put_money(v, "open", row_int(&r, 4), currency);
	if (row_int(&r, 5) > 0)
		mail_put_money(v, "credit", row_int(&r, 5), currency);
	view_text(v, "name", row_text(&r, 6));
	return rows_done(&r);
}

/* ---- subscriptions ---- */

enum err
subscription_mail_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT p.name, s.domain, s.next_billing_date, c.name "
	    "FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "JOIN customers c ON c.tenant_id = s.tenant_id "
	    "AND c.id = s.customer_id "
	    "WHERE s.tenant_id = $1 AND s.id = $2",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK)
		return e;
	mail_put_line(v, "product", row_text(&r, 0));
	view_text(v, "domain", row_text(&r, 1));
	mail_put_line(v, "service", row_text(&r, row_is_null(&r, 1) ? 0 : 1));
	mail_put_date(v, "next", row_text(&r, 2), lang);
	view_text(v, "name", row_text(&r, 3));
	return rows_done(&r);
}

/* Its address was looked at when the customer was made. */
static enum err
add(struct tx *tx, const struct id *subscription, const char *template,
    const char *once)
{
	const char *email;
	enum err e = db_text(tx, &email,
	    "SELECT c.email FROM subscriptions s "
	    "JOIN customers c ON c.tenant_id = s.tenant_id "
	    "AND c.id = s.customer_id "
	    "WHERE s.tenant_id = $1 AND s.id = $2",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK || !email)
		return e;
	return outbox_add(tx,
	    &(struct outbox_entry){
		.kind = OUTBOX_MAIL,
		.dedupe_key = arena_printf(tx->arena, "%s:%s", template, once),
		.recipient = email,
		.template = template,
		.payload = arena_printf(
		    tx->arena, "{\"subscriptionId\":\"%s\"}", subscription->s),
	    });
}

enum err
subscription_mail_ready(struct tx *tx, const struct id *subscription)
{
	return add(
	    tx, subscription, "mail/" MAIL_SERVICE_READY, subscription->s);
}

enum err
subscription_mail_suspended(struct tx *tx, const struct id *subscription)
{
	struct id once = id_new(clock_now_ms());

	return add(tx, subscription, "mail/" MAIL_SERVICE_SUSPENDED, once.s);
}
