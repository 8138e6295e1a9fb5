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
#include "domains/domain.h"
#include "hosting/backup.h"
#include "hosting/website.h"
#include "identity/audit.h"
#include "jobs/outbox.h"
#include "mail/mail.h"

/* What has been made so far, for the items that depend on it. */
struct making {
	struct order *order;
	struct order_look *look;
	struct order_made *made;
	struct invoice invoice;
	struct website website[INTAKE_ITEMS_MAX];
	struct id site_task[INTAKE_ITEMS_MAX];
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

	if (money->state == MONEY_PENDING)
		p.amount_minor = 0;
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
	enum err e = website_order(tx,
	    &(struct website_order){
		.domain = item->site_domain,
		.server = item->server,
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
		    str_eq(o->item[k].site_domain, item->site_domain)) {
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

static enum err
add_line(struct tx *tx, struct making *m, size_t i)
{
	const struct order_item *item = &m->order->item[i];
	const struct subscription *s = &m->made->subscription[i];
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
		e = tx_settle(tx);
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

static enum err
mail_invoice(struct tx *tx, const struct making *m)
{
	const char *id = m->invoice.id.s;

	return outbox_add(tx,
	    &(struct outbox_entry){
		.kind = OUTBOX_MAIL,
		.dedupe_key = arena_printf(tx->arena, "mail/invoice:%s", id),
		.recipient = m->order->customer.email,
		.template = "mail/" MAIL_INVOICE,
		.payload =
		    arena_printf(tx->arena, "{\"invoiceId\":\"%s\"}", id),
	    });
}

enum order_status
order_status_placed(const struct order *o)
{
	return provisions_anything(o) ? ORDER_PROCESSING : ORDER_COMPLETED;
}

enum err
order_name_sites(struct tx *tx, struct order *o, struct order_look *look)
{
	for (size_t i = 0; i < o->n_items; i++) {
		struct order_item *item = &o->item[i];

		if (item->product.provisions != PROVISIONS_WEBSITE)
			continue;
		item->server = servers_pick(&look->servers);
		if (!item->server) /* order_check() says so before */
			return tx_fail(tx, E_SYS);
		if (item->site_domain)
			continue;
		item->is_preview = true;
		item->site_domain =
		    website_preview_name(tx, item->product.code, item->server);
	}
	return OK;
}

enum err
order_fulfil(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money,
    struct order_made *made)
{
	struct making *m = ARENA_NEW(tx->arena, struct making);
	enum err e;

	if (!m)
		return tx_fail(tx, E_BUSY);
	m->order = o;
	m->look = look;
	m->made = made;
	if ((e = invoice_draft(
		 tx, &o->customer, &o->id, o->currency, &m->invoice)) != OK)
		return e;
	m->invoice.accounts = &look->accounts;
	m->invoice.seller = look->seller;
	if ((e = make_items(tx, m)) != OK ||
	    (e = audit(tx, "order.place", "orders", &o->id, NULL)) != OK ||
	    (e = order_mail(tx, o, "mail/order-confirmation")) != OK ||
	    (e = mail_invoice(tx, m)) != OK ||
	    (e = fact(tx, FACT_ORDER_PLACED, &o->id)) != OK ||
	    (e = fill_invoice(tx, m)) != OK)
		return e;
	made->invoice = m->invoice.id;
	made->invoice_minor = m->invoice.total_minor;
	return issue_invoice(tx, m, recorded, money);
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
order_fulfil_later(struct tx *tx, struct order *o, struct order_look *look,
    const struct id *recorded, const struct money *money)
{
	struct order_made *made = ARENA_NEW(tx->arena, struct order_made);
	enum err e;

	if (!made)
		return tx_fail(tx, E_BUSY);
	o->status = order_status_placed(o);
	if ((e = order_name_sites(tx, o, look)) != OK ||
	    (e = keep_names(tx, o)) != OK ||
	    (e = order_set_status(tx, &o->id, o->status)) != OK)
		return e;
	return order_fulfil(tx, o, look, recorded, money, made);
}
