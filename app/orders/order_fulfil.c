/* order_fulfil.c - what a good order becomes, in one transaction.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/billing_mails.h"
#include "billing/invoice.h"
#include "billing/payment.h"
#include "billing/subscription.h"
#include "domains/domain.h"
#include "hosting/backup.h"
#include "hosting/website.h"
#include "identity/audit.h"
#include "jobs/outbox.h"

/* What has been made so far, for the items that depend on it. */
struct making {
	struct order *order;
	struct order_look *look;
	struct order_made *made;
	struct invoice invoice;
	struct website website[INTAKE_ITEMS_MAX];
	struct id site_task[INTAKE_ITEMS_MAX];
	/* what the coupon takes off each of the periods to come */
	int64_t renewal_off[INTAKE_ITEMS_MAX], renewals;
};

/* ---- money ---- */

/* What has arrived; nothing when amount_minor is 0. */
static struct payment_new
arrived(const struct order *o, const struct order_look *look,
    const struct money *money)
{
	struct payment_new p = {
	    .customer = o->customer.id,
	    .order = o->id,
	    .method = "stripe",
	    .transaction_id = o->payment_intent_id,
	    .amount_minor = o->total_minor,
	    .currency = o->currency,
	    .accounts = &look->accounts,
	};

	if (money->state == MONEY_PENDING || money->state == MONEY_NONE)
		p.amount_minor = 0;
	if (money->state == MONEY_BY_HAND) {
		p.method = "manual";
		p.transaction_id = o->id.s;
		p.means = money->means;
		p.received_on = money->received_on;
		p.reference = money->reference;
	}
	if (money->state != MONEY_ASKED)
		return p;
	p.amount_minor = 0;
	if (money->is_known && money->is_succeeded) {
		p.amount_minor = money->received_minor;
		p.currency = money->currency;
	}
	if (p.amount_minor > 0 && !str_eq(p.currency, o->currency))
		p.accounts = NULL;
	return p;
}

enum err
order_record_money(struct tx *tx, const struct order *o,
    const struct order_look *look, const struct money *money)
{
	struct payment_new p = arrived(o, look, money);
	struct id payment;

	return p.amount_minor > 0 ? payment_receive(tx, &p, &payment) : OK;
}

/* ---- items ---- */

static enum err
start_subscription(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	bool has_off = m->renewal_off[i] > 0;

	return subscription_start(tx,
	    &(struct subscription_new){
		.customer = m->order->customer.id,
		.product = item->product.id,
		.order = m->order->id,
		.order_item = item->id,
		.domain = item->site_domain,
		.period = item->period,
		.price_minor = order_renewal_price(item),
		.discount_minor = m->renewal_off[i],
		.discount_periods = has_off ? m->renewals : 0,
		.currency = m->order->currency,
		.quantity = item->quantity,
		.is_active = item->product.provisions == PROVISIONS_NONE,
	    },
	    &m->made->subscription[i]);
}

static void
note_task(struct making *m, const struct id *task, const char *type)
{
	m->made->task[m->made->n_tasks++] = (struct made_task){*task, type};
}

static enum err
make_website(struct tx *tx, struct making *m, size_t i)
{
	const struct order *o = m->order;
	const struct order_item *item = &o->item[i];
	const struct id *subscription = &m->made->subscription[i].id;
	const char *domain = item->site_domain;
	enum err e;

	if (!domain)
		domain = website_preview_name(tx, item->product.code, NULL);
	e = website_order(tx,
	    &(struct website_order){
		.domain = domain,
		.place = item->place,
		.code = item->product.code,
		.plan = item->product.plan,
		.customer = o->customer.id,
		.customer_name = o->customer.name,
		.customer_email = o->customer.email,
		.subscription = *subscription,
		.order = o->id,
	    },
	    &m->website[i], &m->site_task[i]);

	if (e != OK)
		return e;
	note_task(m, &m->site_task[i], "website");
	if (item->is_preview)
		return OK;
	return domain_attach(tx, item->site_domain, &o->customer.id,
	    subscription, &m->website[i].id);
}

/* The site of a backup item: made by this order, or there before. */
static enum err
find_site(struct tx *tx, struct making *m, const struct order_item *item,
    struct backup_order *b)
{
	const struct order *o = m->order;

	for (size_t k = 0; k < o->n_items; k++) {
		if (!id_is_set(&m->website[k].id))
			continue;
		if (!item->site_domain ||
		    (o->item[k].site_domain &&
			str_eq(o->item[k].site_domain, item->site_domain))) {
			b->site = &m->website[k];
			b->after = m->site_task[k];
			return OK;
		}
	}
	if (!item->site_domain)
		return E_NOTFOUND;
	return website_find(
	    tx, &o->customer.id, item->site_domain, &b->website, &b->after);
}

static enum err
make_backup(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	struct backup_order b = {
	    .plan = item->product.plan,
	    .subscription = m->made->subscription[i].id,
	    .order = m->order->id,
	    .is_first = true,
	};
	struct id task;
	enum err e = find_site(tx, m, item, &b);

	if (e == OK)
		e = backup_order(tx, &b, &task);
	if (e == OK)
		note_task(m, &task, "backup");
	return e;
}

static enum err
make_item(struct tx *tx, struct making *m, size_t i, enum provisions wanted)
{
	const struct order_item *item = &m->order->item[i];

	if (item->product.provisions != wanted)
		return OK;
	switch (wanted) {
	case PROVISIONS_WEBSITE:
		return make_website(tx, m, i);
	case PROVISIONS_BACKUP:
		return make_backup(tx, m, i);
	case PROVISIONS_NONE:
	case PROVISIONS__MAX:
		break;
	}
	return OK;
}

/* ---- the invoice ---- */

/* "Starter, harbour.test"; of what has not begun, and so has no dates on its
 * line, also for how long: "Starter, harbour.test, annually". */
static const char *
line_text(struct tx *tx, const struct order_item *item, bool has_dates)
{
	const char *domain =
	    item->site_domain ? item->site_domain : item->wanted_domain;
	bool has_term = !has_dates && item->period != PERIOD_ONCE;
	const char *s =
	    arena_printf(tx->arena, "%s%s%s%s%s", item->product.name,
		domain ? ", " : "", domain ? domain : "", has_term ? ", " : "",
		has_term ? period_info(item->period)->label : "");

	return s ? s : "";
}

static enum err
add_line(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	const struct subscription *s = &m->made->subscription[i];
	bool recurs = id_is_set(&s->id);
	int64_t gross;

	if (!order_line(item, &gross) || gross < 0)
		return tx_fail(tx, E_INPUT);
	return invoice_add_line(tx, &m->invoice,
	    &(struct invoice_line){
		.description = line_text(tx, item, recurs),
		.quantity = item->quantity,
		.gross_minor = gross,
		.discount_minor = item->discount_minor,
		.tax_ppm = item->product.is_taxable ? m->look->tax_ppm : 0,
		.period_start = recurs ? s->period_start : NULL,
		.period_end = recurs ? s->period_end : NULL,
		.subscription = recurs ? s->id : (struct id){""},
		.product = item->product.id,
	    });
}

static enum err
fill_invoice(struct tx *tx, struct making *m)
{
	enum err e = OK;

	for (size_t i = 0; i < m->order->n_items && e == OK; i++)
		e = add_line(tx, m, i);
	return e == OK ? invoice_book(tx, &m->invoice) : e;
}

/* Everything up to the hot counter row, which is taken last. */
static enum err
issue_invoice(struct tx *tx, struct making *m, const struct id *recorded,
    const struct money *money)
{
	struct payment_new p = {.amount_minor = 0};
	char today[11];
	enum err e = OK;

	if (!recorded)
		p = arrived(m->order, m->look, money);
	if (p.amount_minor > 0)
		e = payment_receive_for(tx, &p, &m->invoice);
	if (e == OK)
		e = order_settle(tx, m->order);
	date_iso(tx->now, today);
	if (e == OK)
		e = invoice_issue(tx, &m->invoice, today);
	if (e == OK && recorded && id_is_set(recorded))
		e = payment_apply(tx, recorded, &m->invoice.id);
	return e;
}

/* ---- the whole ---- */

/* Websites before backups: a backup waits for its site's task. */
static enum err
make_items(struct tx *tx, struct making *m)
{
	static const enum provisions order[] = {
	    PROVISIONS_WEBSITE, PROVISIONS_BACKUP};
	enum err e = OK;

	for (size_t i = 0; i < m->order->n_items && e == OK; i++) {
		if (m->order->item[i].period != PERIOD_ONCE)
			e = start_subscription(tx, m, i);
	}
	for (size_t k = 0; k < N_ELEMS(order); k++) {
		for (size_t i = 0; i < m->order->n_items && e == OK; i++)
			e = make_item(tx, m, i, order[k]);
	}
	return e;
}

enum err
order_mail(struct tx *tx, const struct order *o, const char *template)
{
	return outbox_add(tx, &(struct outbox_entry){
				  .kind = OUTBOX_MAIL,
				  .dedupe_key = arena_printf(
				      tx->arena, "%s:%s", template, o->id.s),
				  .recipient = o->customer.email,
				  .template = template,
				  .payload = arena_printf(tx->arena,
				      "{\"orderId\":\"%s\"}", o->id.s),
			      });
}

enum err
order_name_sites(struct tx *tx, struct order *o, struct order_look *look)
{
	for (size_t i = 0; i < o->n_items; i++) {
		struct order_item *item = &o->item[i];

		if (item->product.provisions != PROVISIONS_WEBSITE)
			continue;
		item->place = servers_pick(
		    tx->arena, &look->servers, item->product.server_group);
		if (item->site_domain)
			continue;
		item->is_preview = true;
		if (item->place.server)
			item->site_domain = website_preview_name(
			    tx, item->product.code, item->place.server);
	}
	return OK;
}

/* What the order is for: services, and word to whoever waits for them. */
static enum err
deliver(struct tx *tx, struct making *m)
{
	struct order *o = m->order;
	enum err e;

	if ((e = order_coupon_renewals(tx, o, m->renewal_off, &m->renewals)) !=
		OK ||
	    (e = make_items(tx, m)) != OK ||
	    (e = audit(tx, "order.place", "orders", &o->id, NULL)) != OK ||
	    (e = order_mail(tx, o, "mail/order-confirmation")) != OK)
		return e;
	return fact(tx, FACT_ORDER_PLACED, &o->id);
}

static enum err
draft_invoice(struct tx *tx, struct making *m)
{
	struct order *o = m->order;
	enum err e =
	    invoice_draft(tx, &o->customer, &o->id, o->currency, &m->invoice);

	m->invoice.accounts = &m->look->accounts;
	m->invoice.seller = m->look->seller;
	return e;
}

static struct making *
begin(struct tx *tx, struct order *o, struct order_look *look,
    struct order_made *made)
{
	struct making *m = ARENA_NEW(tx->arena, struct making);

	if (!m)
		return NULL;
	m->order = o;
	m->look = look;
	m->made = made;
	return m;
}

enum err
order_fulfil(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money,
    struct order_made *made)
{
	struct making *m = begin(tx, o, look, made);
	enum err e;

	if (!m)
		return tx_fail(tx, E_BUSY);
	if ((e = draft_invoice(tx, m)) != OK || (e = deliver(tx, m)) != OK ||
	    (e = invoice_mail_add(tx, &m->invoice.id, &o->customer)) != OK ||
	    (e = fill_invoice(tx, m)) != OK)
		return e;
	made->invoice = m->invoice.id;
	made->invoice_minor = m->invoice.total_minor;
	return issue_invoice(tx, m, recorded, money);
}

enum err
order_bill(struct tx *tx, struct order *o, struct order_look *look)
{
	struct order_made *made = ARENA_NEW(tx->arena, struct order_made);
	struct making *m = begin(tx, o, look, made);
	char due[11];
	enum err e;

	if (!made || !m)
		return tx_fail(tx, E_BUSY);
	if ((e = invoice_due_date(tx, due)) != OK ||
	    (e = draft_invoice(tx, m)) != OK ||
	    (e = fill_invoice(tx, m)) != OK ||
	    (e = invoice_mail_add(tx, &m->invoice.id, &o->customer)) != OK ||
	    (e = order_settle(tx, o)) != OK)
		return e;
	return invoice_issue(tx, &m->invoice, due);
}

/* A name that was made for a site is its item's name from now on. */
static enum err
keep_names(struct tx *tx, const struct order *o)
{
	enum err e = OK;

	for (size_t i = 0; i < o->n_items && e == OK; i++) {
		const struct order_item *item = &o->item[i];

		if (!item->is_preview)
			continue;
		e = db_later(tx,
		    "UPDATE order_items SET site_domain = $3, updated_at = $4 "
		    "WHERE tenant_id = $1 AND id = $2",
		    DB_ID(&tx->tenant), DB_ID(&item->id),
		    DB_TEXT(item->site_domain), DB_INT(tx->now));
	}
	return e;
}

enum err
order_is_billed(struct tx *tx, const struct order *o, bool *yes_out)
{
	int64_t n = 0;
	enum err e = OK;

	if (o->placed_by)
		e = db_int(tx, 0, &n,
		    "SELECT COUNT(*) FROM invoices "
		    "WHERE tenant_id = $1 AND order_id = $2",
		    DB_ID(&tx->tenant), DB_ID(&o->id));
	*yes_out = n > 0;
	return e;
}

enum err
order_fulfil_later(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money)
{
	struct order_made *made = ARENA_NEW(tx->arena, struct order_made);
	struct making *m = begin(tx, o, look, made);
	bool billed;
	enum err e;

	if (!made || !m)
		return tx_fail(tx, E_BUSY);
	o->status = order_status_placed(o);
	if ((e = order_name_sites(tx, o, look)) != OK ||
	    (e = keep_names(tx, o)) != OK ||
	    (e = order_set_status(tx, &o->id, o->status)) != OK ||
	    (e = order_is_billed(tx, o, &billed)) != OK)
		return e;
	return billed ? deliver(tx, m)
		      : order_fulfil(tx, o, look, recorded, money, made);
}
