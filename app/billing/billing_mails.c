/* billing_mails.c - mails about invoices and subscriptions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_mails.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/customer_mail.h"
#include "billing/subscription_end.h"
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
	mail_put_name(v, row_text(r, 7));
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
	view_text(v, "id", invoice->s);
	view_flag(v, "isOpen", is_open);
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

/* Of a customer whom nobody else looks after, which most orders are of, there
 * is nothing to find out. */
enum err
invoice_mail_add(
    struct tx *tx, const struct id *invoice, const struct customer *to)
{
	const struct mail m = {
	    .template = MAIL_INVOICE,
	    .once =
		arena_printf(tx->arena, "mail/" MAIL_INVOICE ":%s", invoice->s),
	    .to = to->email,
	    .ref_name = "invoiceId",
	    .ref = invoice,
	};

	if (!m.once)
		return tx_fail(tx, E_BUSY);
	return to->has_people
		   ? customer_mail_add(tx, &to->id, CUSTOMER_MAIL_INVOICES, &m)
		   : mail_add(tx, &m);
}

enum err
receipt_mail_add(
    struct tx *tx, const struct id *customer, const struct id *payment)
{
	const struct mail m = {
	    .template = MAIL_RECEIPT,
	    .once =
		arena_printf(tx->arena, "mail/" MAIL_RECEIPT ":%s", payment->s),
	    .ref_name = "paymentId",
	    .ref = payment,
	};

	return m.once
		   ? customer_mail_add(tx, customer, CUSTOMER_MAIL_INVOICES, &m)
		   : tx_fail(tx, E_BUSY);
}

/* What is open is so when the mail is sent. */
enum err
receipt_mail_fill(
    struct tx *tx, const struct id *payment, const char *lang, struct view *v)
{
	const char *currency;
	struct rows r;
	char day[11];
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
	    "c.name, y.created_at FROM payments y "
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
	date_iso(row_int(&r, 7), day);
	mail_put_date(
	    v, "date", row_is_null(&r, 2) ? day : row_text(&r, 2), lang);
	view_text(v, "number", row_text(&r, 3));
	if (row_int(&r, 4) > 0)
		mail_put_money(v, "open", row_int(&r, 4), currency);
	if (row_int(&r, 5) > 0)
		mail_put_money(v, "credit", row_int(&r, 5), currency);
	mail_put_name(v, row_text(&r, 6));
	return rows_done(&r);
}

enum err
payment_mail_fill(
    struct tx *tx, const struct id *payment, const char *lang, struct view *v)
{
	struct rows r;
	struct buf b;
	enum err e = db_one(tx, &r,
	    "SELECT y.amount_minor - y.refunded_minor, y.currency, c.name "
	    "FROM payments y JOIN customers c ON c.tenant_id = y.tenant_id "
	    "AND c.id = y.customer_id "
	    "WHERE y.tenant_id = $1 AND y.id = $2 AND y.invoice_id IS NULL "
	    "AND y.refunded_minor < y.amount_minor",
	    DB_ID(&tx->tenant), DB_ID(payment));

	(void)lang;
	if (e != OK)
		return e;
	buf_init(&b, 0);
	money_display(
	    &b, row_int(&r, 0), row_text(&r, 1), &number_form_english);
	mail_put_line(v, "text",
	    arena_printf(tx->arena,
		"%s from %s is held: it pays no invoice, and can't be their "
		"credit. Give it back.",
		buf_move(tx->arena, &b), row_text(&r, 2)));
	view_textf(v, "path", "/payments/%s/refund", payment->s);
	return rows_done(&r);
}

/* ---- subscriptions ---- */

/* The last day of what ends before this one. */
static void
put_last_day(struct view *v, const char *ends_on, const char *lang)
{
	char day[11];

	date_add_days(ends_on, -1, day);
	mail_put_date(v, "lastDay", day, lang);
}

static enum err
fill_subscription(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v, bool *ends_out)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT p.name, s.domain, s.next_billing_date, c.name, s.ends_on "
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
	mail_put_name(v, row_text(&r, 3));
	*ends_out = !row_is_null(&r, 4);
	if (*ends_out)
		put_last_day(v, row_text(&r, 4), lang);
	return rows_done(&r);
}

enum err
subscription_mail_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v)
{
	bool ends;

	return fill_subscription(tx, subscription, lang, v, &ends);
}

/* What was taken back meanwhile is not said. */
enum err
subscription_ending_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v)
{
	bool ends;
	enum err e = fill_subscription(tx, subscription, lang, v, &ends);

	return e == OK && !ends ? E_NOTFOUND : e;
}

enum err
subscription_kept_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v)
{
	bool ends;
	enum err e = fill_subscription(tx, subscription, lang, v, &ends);

	return e == OK && ends ? E_NOTFOUND : e;
}

static const char *
reason_label(const char *word)
{
	for (const struct choice *c = END_REASONS_GIVEN; c->word; c++)
		if (str_eq(c->word, word))
			return c->label;
	return "no reason was given";
}

/* Staff read English. */
enum err
subscription_end_alert_fill(struct tx *tx, const struct id *subscription,
    const char *lang, struct view *v)
{
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT COALESCE(s.domain, p.name), c.name, s.ends_on, "
	    "s.end_reason, s.end_note FROM subscriptions s "
	    "JOIN products p ON p.tenant_id = s.tenant_id "
	    "AND p.id = s.product_id "
	    "JOIN customers c ON c.tenant_id = s.tenant_id "
	    "AND c.id = s.customer_id "
	    "WHERE s.tenant_id = $1 AND s.id = $2 "
	    "AND s.ends_on IS NOT NULL",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	(void)lang;
	if (e != OK)
		return e;
	mail_put_line(v, "text",
	    arena_printf(tx->arena,
		"%s cancels %s, which ends before %s: %s%s%s", row_text(&r, 1),
		row_text(&r, 0), row_text(&r, 2), reason_label(row_text(&r, 3)),
		row_text(&r, 4)[0] ? ". " : "", row_text(&r, 4)));
	view_textf(v, "path", "/subscriptions/%s", subscription->s);
	return rows_done(&r);
}

static enum err
add(struct tx *tx, const struct id *subscription, const char *template,
    const char *once)
{
	const char *found;
	struct id customer;
	struct mail m = {
	    .template = template,
	    .once = arena_printf(tx->arena, "mail/%s:%s", template, once),
	    .ref_name = "subscriptionId",
	    .ref = subscription,
	};
	enum err e = db_text(tx, &found,
	    "SELECT customer_id FROM subscriptions "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(subscription));

	if (e != OK || !found)
		return e;
	customer = id_of(found);
	return m.once ? customer_mail_add(
			    tx, &customer, CUSTOMER_MAIL_SERVICES, &m)
		      : tx_fail(tx, E_BUSY);
}

enum err
subscription_mail_ready(struct tx *tx, const struct id *subscription)
{
	return add(tx, subscription, MAIL_SERVICE_READY, subscription->s);
}

enum err
subscription_mail_add(
    struct tx *tx, const struct id *subscription, const char *template)
{
	struct id once = id_new(clock_now_ms());

	return add(tx, subscription, template, once.s);
}

enum err
subscription_mail_suspended(struct tx *tx, const struct id *subscription)
{
	return subscription_mail_add(tx, subscription, MAIL_SERVICE_SUSPENDED);
}
