/* billing_mails.c - mails about invoices and subscriptions.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "billing/billing_mails.h"

#include "base/clock.h"
#include "base/text.h"
#include "jobs/outbox.h"
#include "mail/mail.h"

/* ---- invoices ---- */

/* With the tax that belongs to them, as the order had it. */
static enum err
fill_lines(struct tx *tx, const struct id *invoice, const char *currency,
    struct view *v)
{
	struct view *items = view_list(v, "items"), *item;
	struct rows r;
	enum err e = db_query(tx, &r,
	    "SELECT quantity, description, amount_minor + tax_minor "
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
	const char *currency;
	struct rows r;
	enum err e = db_one(tx, &r,
	    "SELECT i.number, i.status, i.currency, i.total_minor, "
	    "i.tax_minor, i.issued_at, i.due_date, c.name FROM invoices i "
	    "JOIN customers c ON c.tenant_id = i.tenant_id "
	    "AND c.id = i.customer_id "
	    "WHERE i.tenant_id = $1 AND i.id = $2 AND i.number IS NOT NULL "
	    "AND i.status <> 'draft'",
	    DB_ID(&tx->tenant), DB_ID(invoice));

	if (e != OK)
		return e;
	fill_invoice(&r, lang, v);
	currency = row_strdup(&r, 2);
	e = rows_done(&r);
	if (e == OK && !currency)
		e = tx_fail(tx, E_BUSY);
	return e == OK ? fill_lines(tx, invoice, currency, v) : e;
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
