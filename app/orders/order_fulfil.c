/* order_fulfil.c - what a good order becomes, in one transaction.
 * SPDX-License-Identifier: AGPL-3.0-or-later
 */
#include "config.h"

#include "orders/order_parts.h"

#include "base/clock.h"
#include "base/fact.h"
#include "base/money.h"
#include "base/text.h"
#include "billing/invoice.h"
#include "billing/payment.h"
#include "billing/subscription.h"
#include "billing/tax.h"
#include "domains/domain.h"
#include "hosting/backup.h"
#include "hosting/website.h"
#include "identity/audit.h"
#include "jobs/outbox.h"

/* What has been made so far, for the items that depend on it. */
struct making {
	struct order *order;
	struct invoice invoice;
	int64_t tax_ppm;
	struct subscription subscription[INTAKE_ITEMS_MAX];
	struct id website[INTAKE_ITEMS_MAX];
	struct id site_task[INTAKE_ITEMS_MAX];
};

/* ---- money ---- */

enum err
order_record_money(struct tx *tx, const struct order *o,
    const struct money *money, struct id *payment_out)
{
	struct payment_new p = {
	    .customer = o->customer.id,
	    .order = o->id,
	    .method = "stripe",
	    .transaction_id = o->payment_intent_id,
	    .amount_minor = o->total_minor,
	    .currency = o->currency,
	};

	*payment_out = (struct id){""};
	if (money->state == MONEY_PENDING)
		return OK;
	if (money->state == MONEY_ASKED) {
		if (!money->is_known || !money->is_succeeded)
			return OK;
		p.amount_minor = money->received_minor;
		p.currency = money->currency;
	}
	if (p.amount_minor == 0)
		return OK;
	return payment_receive(tx, &p, payment_out);
}

/* ---- items ---- */

static enum err
start_subscription(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];

	return subscription_start(tx,
	    &(struct subscription_new){
		.customer = m->order->customer.id,
		.product = item->product.id,
		.order = m->order->id,
		.order_item = item->id,
		.domain = item->site_domain,
		.period = item->period,
		.price_minor = item->is_sold ? item->price.price_minor
					     : item->unit_price_minor,
		.currency = m->order->currency,
		.quantity = item->quantity,
		.is_active = item->product.provisions == PROVISIONS_NONE,
	    },
	    &m->subscription[i]);
}

/* The name that the site got is the item's and the subscription's name. */
static enum err
keep_site_domain(struct tx *tx, struct making *m, size_t i, const char *domain)
{
	struct order_item *item = &m->order->item[i];
	enum err e;

	if (item->site_domain && str_eq(item->site_domain, domain))
		return domain_attach(tx, domain, &m->order->customer.id,
		    &m->subscription[i].id, &m->website[i]);
	item->site_domain = domain;
	e = db_exec(tx,
	    "UPDATE order_items SET site_domain = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&item->id), DB_TEXT(domain),
	    DB_INT(tx->now));
	if (e != OK)
		return e;
	return db_exec(tx,
	    "UPDATE subscriptions SET domain = $3, updated_at = $4 "
	    "WHERE tenant_id = $1 AND id = $2",
	    DB_ID(&tx->tenant), DB_ID(&m->subscription[i].id), DB_TEXT(domain),
	    DB_INT(tx->now));
}

static enum err
make_website(struct tx *tx, struct making *m, size_t i)
{
	const struct order *o = m->order;
	const struct order_item *item = &o->item[i];
	const char *domain;
	enum err e = website_order(tx,
	    &(struct website_order){
		.domain = item->site_domain,
		.code = item->product.code,
		.plan = item->product.plan,
		.customer = o->customer.id,
		.customer_name = o->customer.name,
		.customer_email = o->customer.email,
		.subscription = m->subscription[i].id,
		.order = o->id,
	    },
	    &m->website[i], &m->site_task[i], &domain);

	return e == OK ? keep_site_domain(tx, m, i, domain) : e;
}

/* The site of a backup item: made by this order, or there before. */
static enum err
find_site(struct tx *tx, struct making *m, const struct order_item *item,
    struct id *website_out, struct id *task_out)
{
	const struct order *o = m->order;

	for (size_t k = 0; k < o->n_items; k++) {
		if (!id_is_set(&m->website[k]) || !o->item[k].site_domain)
			continue;
		if (!item->site_domain ||
		    str_eq(o->item[k].site_domain, item->site_domain)) {
			*website_out = m->website[k];
			*task_out = m->site_task[k];
			return OK;
		}
	}
	if (!item->site_domain)
		return E_NOTFOUND;
	return website_find(
	    tx, &o->customer.id, item->site_domain, website_out, task_out);
}

static enum err
make_backup(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	struct backup_order b = {
	    .plan = item->product.plan,
	    .subscription = m->subscription[i].id,
	    .order = m->order->id,
	};
	struct id task;
	enum err e = find_site(tx, m, item, &b.website, &b.after);

	return e == OK ? backup_order(tx, &b, &task) : e;
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

static enum err
add_line(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	const struct subscription *s = &m->subscription[i];
	bool recurs = item->period != PERIOD_ONCE;
	int64_t gross;

	if (!money_mul(item->unit_price_minor, item->quantity, &gross))
		return tx_fail(tx, E_INPUT);
	return invoice_add_line(tx, &m->invoice,
	    &(struct invoice_line){
		.description = item->site_domain
				   ? arena_printf(tx->arena, "%s, %s",
					 item->product.name, item->site_domain)
				   : item->product.name,
		.quantity = item->quantity,
		.gross_minor = gross,
		.tax_ppm = item->product.is_taxable ? m->tax_ppm : 0,
		.period_start = recurs ? s->period_start : NULL,
		.period_end = recurs ? s->period_end : NULL,
		.subscription = recurs ? s->id : (struct id){""},
		.product = item->product.id,
	    });
}

static enum err
make_invoice(struct tx *tx, struct making *m, const struct id *payment)
{
	char today[11];
	enum err e = OK;

	for (size_t i = 0; i < m->order->n_items && e == OK; i++)
		e = add_line(tx, m, i);
	date_iso(tx->now, today);
	if (e == OK)
		e = invoice_issue(tx, &m->invoice, today);
	if (e == OK && id_is_set(payment))
		e = payment_apply(tx, payment, &m->invoice.id);
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

static bool
provisions_anything(const struct order *o)
{
	for (size_t i = 0; i < o->n_items; i++) {
		if (o->item[i].product.provisions != PROVISIONS_NONE)
			return true;
	}
	return false;
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

/* Everything that takes the hot counter row comes last. */
enum err
order_fulfil(struct tx *tx, struct order *o, const struct id *payment)
{
	struct making *m = ARENA_NEW(tx->arena, struct making);
	enum err e;

	if (!m)
		return tx_fail(tx, E_BUSY);
	m->order = o;
	o->status = provisions_anything(o) ? ORDER_PROCESSING : ORDER_COMPLETED;
	if ((e = tax_rate(tx, o->customer.country, o->customer.state,
		 &m->tax_ppm)) != OK ||
	    (e = invoice_draft(
		 tx, &o->customer, &o->id, o->currency, &m->invoice)) != OK ||
	    (e = make_items(tx, m)) != OK ||
	    (e = order_set_status(tx, &o->id, o->status)) != OK ||
	    (e = audit(tx, "order.place", "orders", &o->id, NULL)) != OK ||
	    (e = order_mail(tx, o, "mail/order-confirmation")) != OK ||
	    (e = fact(tx, FACT_ORDER_PLACED, &o->id)) != OK)
		return e;
	return make_invoice(tx, m, payment);
}
